//! Country names as lists write them, by their ISO 3166-1 alpha-2 codes.

use chancery_record::Country;

/// The country of an English name as the United Nations, ISO or a list writes it; letter case, accents of the known
/// forms and surrounding spaces do not matter. A name of a state that is no more has no code.
pub(crate) fn country_of(name: &str) -> Option<Country> {
    let name = name.trim();
    let code = SPELLINGS.iter().find(|(spelling, _)| spelling.eq_ignore_ascii_case(name)).map(|(_, code)| *code);
    let code = code.or_else(|| {
        let iso = rust_iso3166::ALPHA2_MAP.values().find(|country| country.name.eq_ignore_ascii_case(name))?;
        Some(iso.alpha2)
    });
    code?.parse().ok()
}

/// Names that differ from the English short name of ISO 3166-1.
const SPELLINGS: &[(&str, &str)] = &[
    ("Bolivia", "BO"),
    ("British Virgin Islands", "VG"),
    ("Brunei", "BN"),
    ("Burma", "MM"),
    ("Cape Verde", "CV"),
    ("China, Hong Kong Special Administrative Region", "HK"),
    ("China, Macao Special Administrative Region", "MO"),
    ("Cote d'Ivoire", "CI"),
    ("Côte d'Ivoire", "CI"),
    ("Côte d’Ivoire", "CI"),
    ("Czech Republic", "CZ"),
    ("Czechia", "CZ"),
    ("Democratic People's Republic of Korea", "KP"),
    ("Democratic People’s Republic of Korea", "KP"),
    ("Democratic Republic of the Congo", "CD"),
    ("DPRK", "KP"),
    ("Gambia", "GM"),
    ("Great Britain", "GB"),
    ("Holy See", "VA"),
    ("Hong Kong", "HK"),
    ("Iran", "IR"),
    ("Iran (Islamic Republic of)", "IR"),
    ("Islamic Republic of Iran", "IR"),
    ("Ivory Coast", "CI"),
    ("Laos", "LA"),
    ("Lao People's Democratic Republic", "LA"),
    ("Libyan Arab Jamahiriya", "LY"),
    ("Macau", "MO"),
    ("Macedonia", "MK"),
    ("Micronesia (Federated States of)", "FM"),
    ("Moldova", "MD"),
    ("Netherlands", "NL"),
    ("Netherlands (Kingdom of the)", "NL"),
    ("Niger", "NE"),
    ("North Korea", "KP"),
    ("North Macedonia", "MK"),
    ("Palestine", "PS"),
    ("Philippines", "PH"),
    ("Republic of Korea", "KR"),
    ("Republic of Moldova", "MD"),
    ("Republic of the Congo", "CG"),
    ("Russia", "RU"),
    ("Russian Federation", "RU"),
    ("South Korea", "KR"),
    ("State of Palestine", "PS"),
    ("Sudan", "SD"),
    ("Swaziland", "SZ"),
    ("Syria", "SY"),
    ("Syrian Arab Republic", "SY"),
    ("Taiwan", "TW"),
    ("Tanzania", "TZ"),
    ("The former Yugoslav Republic of Macedonia", "MK"),
    ("Timor-Leste", "TL"),
    ("Türkiye", "TR"),
    ("Turkey", "TR"),
    ("UAE", "AE"),
    ("UK", "GB"),
    ("United Arab Emirates", "AE"),
    ("United Kingdom", "GB"),
    ("United Kingdom of Great Britain and Northern Ireland", "GB"),
    ("United Republic of Tanzania", "TZ"),
    ("United States", "US"),
    ("United States of America", "US"),
    ("USA", "US"),
    ("Venezuela", "VE"),
    ("Venezuela (Bolivarian Republic of)", "VE"),
    ("Viet Nam", "VN"),
    ("Vietnam", "VN"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_names_a_country() {
        for (spelling, code) in SPELLINGS {
            assert_eq!(country_of(spelling).map(|country| country.to_string()).as_deref(), Some(*code), "{spelling}");
        }
    }

    #[test]
    fn knows_the_names_of_iso() {
        for (name, code) in
            [("Afghanistan", "AF"), (" france ", "FR"), ("Guinea-Bissau", "GW"), ("Bosnia and Herzegovina", "BA")]
        {
            assert_eq!(country_of(name).map(|country| country.to_string()).as_deref(), Some(code), "{name}");
        }
        for name in ["former Soviet Union", "na", "", "Atlantis", "Kosovo"] {
            assert_eq!(country_of(name), None, "{name}");
        }
    }
}
