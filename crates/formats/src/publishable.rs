//! Whether an imported draft would be accepted for publication.

use chancery_record::Draft;

use crate::import::ImportCause;

/// Refuses a draft that has faults, naming where they stand and what they are without what was found there.
pub(crate) fn publishable(draft: &Draft) -> Result<(), ImportCause> {
    let faults: Vec<String> = draft.faults().iter().map(|fault| without_quotes(&fault.to_string())).collect();
    if faults.is_empty() { Ok(()) } else { Err(ImportCause::Draft(faults.join("; "))) }
}

/// A message without what stands between backticks, which may be content of the record.
fn without_quotes(message: &str) -> String {
    let pieces: Vec<&str> =
        message.split('`').enumerate().map(|(at, piece)| if at % 2 == 1 { "…" } else { piece }).collect();
    pieces.join("`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_repeats_no_content() {
        assert_eq!(without_quotes("sex: `X1` is no sex; did you mean `M`?"), "sex: `…` is no sex; did you mean `…`?");
        assert_eq!(without_quotes("plain"), "plain");
    }
}
