//! `chancery show`: one record, for a stated purpose.

use clap::Args;
use serde_json::Value;

use super::session::OccasionArgs;
use crate::api::showing::{RecordShown, ShowAsked, TermsShown};
use crate::cli::Invocation;
use crate::client::Client;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Row;

/// Show one record with its content
///
/// The query is entered in the audit log before anything is shown. What is not held, and what is held but may not be used for
/// the purpose or seen by you, look the same.
#[derive(Args, Debug)]
pub struct Show {
    /// The record's lineage, its id, or the beginning of either
    #[arg(value_name = "ID")]
    name: String,
    #[command(flatten)]
    occasion: OccasionArgs,
}

impl Show {
    /// Asks and shows.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let asked = ShowAsked { name: self.name, occasion: self.occasion.into() };
        let shown: RecordShown = Client::connect(&invocation.node()?)?.post_json("/v1/records/show", &asked)?;
        match shown.state.as_str() {
            "superseded" => invocation.talk.warn("a later version stands, or the originator says: stop using this one"),
            "conflicted" => {
                invocation
                    .talk
                    .warn("the originator sealed another version under the same number; neither is to be relied on");
            }
            _ => {}
        }
        invocation.output.one(&shown)?;
        Ok(Exit::Done)
    }
}

impl Row for RecordShown {
    const SCHEMA: &'static str = "chancery/record/1";
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "lineage",
        "state",
        "originator",
        "kind",
        "issued",
        "collected",
        "review",
        "expires",
        "conditions",
        "terms",
        "purpose",
        "content",
    ];

    fn cells(&self) -> Vec<String> {
        let tags = serde_json::to_value(&self.tags).unwrap_or_default();
        let mut conditions = String::new();
        outline(&tags, 0, &mut conditions);
        let mut content = String::new();
        for section in &self.sections {
            content.push_str(&format!("[{}]\n", section.section));
            if let Some(tags) = section.tags.as_ref().and_then(|tags| serde_json::to_value(tags).ok()) {
                content.push_str("  (stricter conditions)\n");
                outline(&tags, 2, &mut content);
            }
            outline(&section.body, 1, &mut content);
        }
        vec![
            self.id.to_string(),
            format!("{}, revision {}", self.lineage, self.revision),
            self.state.clone(),
            format!("{}/{}", self.originator, self.unit),
            self.kind.to_string(),
            self.issued.to_string(),
            self.collected.to_string(),
            self.review.to_string(),
            self.expires.to_string(),
            conditions.trim_end().to_owned(),
            self.terms.as_ref().map_or_else(|| "sealed here".to_owned(), terms),
            self.purpose.to_string(),
            content.trim_end().to_owned(),
        ]
    }
}

fn terms(terms: &TermsShown) -> String {
    let mut lines = vec![format!("kept until {}", terms.keep_until), format!("onward: {}", terms.onward)];
    if !terms.caveats.is_empty() {
        lines.push(terms.caveats.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
    }
    if !terms.handling.is_empty() {
        lines.push(format!(
            "handling {}",
            terms.handling.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        ));
    }
    lines.extend(terms.articles.iter().map(|cited| format!("under {}, article {}", cited.document, cited.article)));
    lines.join("\n")
}

/// A value as indented lines, field by field; what is absent or empty is left out.
fn outline(value: &Value, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::Null => {}
                    Value::Array(entries) if entries.is_empty() => {}
                    Value::Array(entries) if entries.iter().all(is_plain) => {
                        let entries: Vec<String> = entries.iter().map(plain).collect();
                        out.push_str(&format!("{indent}{name}: {}\n", entries.join(", ")));
                    }
                    Value::Array(entries) => {
                        for entry in entries {
                            out.push_str(&format!("{indent}{name}:\n"));
                            outline(entry, depth + 1, out);
                        }
                    }
                    Value::Object(_) => {
                        out.push_str(&format!("{indent}{name}:\n"));
                        outline(value, depth + 1, out);
                    }
                    other => out.push_str(&format!("{indent}{name}: {}\n", plain(other))),
                }
            }
        }
        Value::Array(entries) => entries.iter().for_each(|entry| outline(entry, depth, out)),
        other => out.push_str(&format!("{indent}{}\n", plain(other))),
    }
}

fn is_plain(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}

/// Line ends of a text stay within its line: a text must not look like a field of its own.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.lines().collect::<Vec<_>>().join(" / "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_reads_as_lines() {
        let body = serde_json::json!({
            "family_name": "BROMBELDJIAN", "aliases": ["A", "B"], "absent": null, "empty": [],
            "births": [{"year": 1968}, {"year": 1971}], "note": "one\nexpires: never"
        });
        let mut out = String::new();
        outline(&body, 1, &mut out);
        assert_eq!(
            out,
            "  aliases: A, B\n  births:\n    year: 1968\n  births:\n    year: 1971\n  family_name: BROMBELDJIAN\n  note: one / expires: never\n"
        );
    }
}
