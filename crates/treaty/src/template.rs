//! Templates of treaties, for officers to start from.

use chancery_record::{Country, Date};

use crate::words::words;

words! {
    /// A treaty to start from.
    Template, "treaty template":
    /// Notices, diffusions, documents and vehicles between police forces.
    Police = "police",
    /// Documents and vehicles at one border, and nothing else.
    Border = "border",
}

/// Writes a treaty from a template; the text is a valid document, for two different countries and a later end.
pub fn template(template: Template, from: Country, to: Country, in_force: Date, expires: Date) -> String {
    let text = match template {
        Template::Police => include_str!("template/police.toml"),
        Template::Border => include_str!("template/border.toml"),
    };
    let id = format!("{from}-{to}").to_lowercase();
    text.replace("{ID}", &id)
        .replace("{FROM}", &from.to_string())
        .replace("{TO}", &to.to_string())
        .replace("{IN_FORCE}", &in_force.to_string())
        .replace("{EXPIRES}", &expires.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{TreatyDocument, check};

    #[test]
    fn every_template_is_a_treaty() {
        let (from, to) = ("FR".parse().unwrap(), "BR".parse().unwrap());
        let (start, end) = ("2026-01-01".parse().unwrap(), "2031-01-01".parse().unwrap());
        for name in Template::ALL {
            let text = template(*name, from, to, start, end);
            let document = TreatyDocument::parse(text.as_bytes()).unwrap_or_else(|faults| panic!("{name}: {faults:?}"));
            assert_eq!(document.check_cases(), []);
            assert_eq!(check(&document, None, start), [], "{name}");
            assert!(!text.contains('{') || text.contains("tags = {"), "{name}");
        }
    }
}
