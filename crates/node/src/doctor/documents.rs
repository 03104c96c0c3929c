//! Whether the national law can be relied on, and what each treaty is worth today.

use std::path::Path;

use chancery_record::{Country, Date};
use chancery_treaty::{NationalLaw, Refusal, TreatyDocument, TreatyState};

use super::{Examination, Finding};
use crate::daemon::documents::{Documents, DocumentsFault, RefusedFile, faults_told, read_bounded};
use crate::output::counted;

/// The own law: what it would hold back is not known while it cannot be read.
pub(super) fn law(examination: &Examination<'_>) -> Vec<Finding> {
    let Ok(config) = &examination.config else {
        return vec![Finding::warning(
            "law",
            "not looked at, because the configuration cannot be used",
            "mend it first",
        )];
    };
    let path = examination.node.law_of(config.country);
    if !path.exists() {
        return vec![Finding::warning(
            "law",
            format!("there is no national law `{}`: treaties and tags alone hold records back", path.display()),
            "write it; `node-config/law` has samples",
        )];
    }
    vec![match law_fault(&path, config.country) {
        None => Finding::ok("law", format!("`{}` can be read, and its examples come out", path.display())),
        Some(fault) => Finding::failure(
            "law",
            format!("`{}`: {fault}", path.display()),
            "mend the file; until then nothing may be released",
        ),
    }]
}

/// Every treaty as the daemon takes it: one that is bad counts for nothing and stops no other.
pub(super) fn treaties(examination: &Examination<'_>) -> Vec<Finding> {
    let Ok(config) = &examination.config else {
        return vec![Finding::warning(
            "treaties",
            "not looked at, because the configuration cannot be used",
            "mend it first",
        )];
    };
    let documents = match Documents::read(examination.node, config.country) {
        Ok(documents) => documents,
        Err(DocumentsFault::Directory { directory, source }) => {
            let what = format!("the directory `{directory}` cannot be listed: {source}");
            return vec![Finding::failure("treaties", what, "check whom it belongs to")];
        }
        Err(fault) => {
            let what = format!("not looked at, because {}", fault.told());
            return vec![Finding::warning("treaties", what, "see the check of the card and of the law")];
        }
    };
    let place = examination.node.treaties();
    let here = documents.report.refused.iter().filter(|refused| Path::new(&refused.file).starts_with(&place));
    let mut findings: Vec<Finding> = here.map(refused).collect();
    let (own, today) = (config.country, examination.now.date());
    let mut in_force = 0usize;
    for treaty in documents.book.treaties() {
        match documents.book.state(&treaty.hash(), today) {
            Some(TreatyState::InForce) => in_force += 1,
            Some(state) => findings.push(standing(treaty, &state, own, today)),
            None => {}
        }
    }
    if in_force > 0 {
        let what = format!("{} in force, signed by all parties", counted(in_force, "treaty is", "treaties are"));
        findings.push(Finding::ok("treaties", what));
    } else if findings.is_empty() {
        findings.push(Finding::note("treaties", "there is no treaty yet, so nothing may be released"));
    }
    findings
}

fn law_fault(path: &Path, own: Country) -> Option<String> {
    let bytes = match read_bounded(path) {
        Ok(bytes) => bytes,
        Err(fault) => return Some(fault.to_string()),
    };
    let law = match NationalLaw::parse(&bytes) {
        Ok(law) => law,
        Err(faults) => return Some(faults_told(path, &bytes, &faults)),
    };
    if law.header().country != own {
        return Some(format!("it is the law of {}, and this node is {own}'s", law.header().country));
    }
    law.check_cases().first().map(ToString::to_string)
}

fn refused(refused: &RefusedFile) -> Finding {
    let signature = Path::new(&refused.file).extension().is_some_and(|ending| ending == "sig");
    let next = if signature {
        "put the treaty back as it was signed, or ask for the signature again and `chancery treaty import` it; until then it \
         counts for nothing"
    } else {
        "ask the officers to mend the file; until then it counts for nothing"
    };
    Finding::failure("treaties", refused.to_string(), next)
}

/// A treaty that is not in force, and what would change that.
fn standing(treaty: &TreatyDocument, state: &TreatyState, own: Country, today: Date) -> Finding {
    let what = format!("`{}` ({}): {state}", treaty.name(), shortened_hash(treaty));
    match state {
        TreatyState::Drafted => Finding::warning(
            "treaties",
            format!("{what}; no signature of it counts"),
            "`chancery treaty sign` it, and `chancery treaty import` the signatures of the other parties",
        ),
        TreatyState::Proposed { missing } => {
            let others: Vec<String> = missing.iter().filter(|party| **party != own).map(Country::to_string).collect();
            let mut steps = Vec::new();
            if missing.contains(&own) {
                steps.push("sign it with `chancery treaty sign`".to_owned());
            }
            if !others.is_empty() {
                steps.push(format!("`chancery treaty import` the signature of {}", others.join(", ")));
            }
            Finding::warning("treaties", what, steps.join("; "))
        }
        TreatyState::NotYetInForce { from } => {
            let left = counted(from.days() - today.days(), "day", "days");
            Finding::warning("treaties", what, format!("nothing goes under it for {left}"))
        }
        TreatyState::Ended { .. } => Finding::warning(
            "treaties",
            what,
            "nothing goes under it; sign a new version if the exchange is to go on, or move the file away",
        ),
        TreatyState::Refused(Refusal::Fork { .. }) => Finding::failure(
            "treaties",
            what,
            "agree with the other parties on one text and sign it as a new version; until then neither counts",
        ),
        TreatyState::Refused(Refusal::Case(_)) => Finding::failure(
            "treaties",
            what,
            "`chancery treaty check` shows the example; its authors must mend it as a new version, which all sign",
        ),
        TreatyState::Superseded { .. } | TreatyState::InForce => Finding::note("treaties", what),
    }
}

fn shortened_hash(treaty: &TreatyDocument) -> String {
    crate::output::shortened(&treaty.hash())
}
