//! Whether the national law and the treaties can be read.

use std::path::Path;

use chancery_treaty::limits::{DOCUMENT_BYTES_MAX, DOCUMENTS_MAX};
use chancery_treaty::{DocumentFault, NationalLaw, TreatyDocument};

use super::{Examination, Finding};
use crate::durable_file;

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
    vec![match read(&path, |bytes| NationalLaw::parse(bytes).map(drop)) {
        None => Finding::ok("law", format!("`{}` can be read", path.display())),
        Some(fault) => Finding::failure("law", fault, "mend the file; until then nothing may be released"),
    }]
}

/// Every treaty file; one that is bad counts for nothing and stops no other.
pub(super) fn treaties(examination: &Examination<'_>) -> Vec<Finding> {
    let directory = examination.node.treaties();
    let Ok(files) = durable_file::list(&directory, ".toml", DOCUMENTS_MAX) else {
        let what = format!("the directory `{}` cannot be listed", directory.display());
        return vec![Finding::failure("treaties", what, "check whom it belongs to")];
    };
    let bad = |path: &Path| {
        let fault = read(path, |bytes| TreatyDocument::parse(bytes).map(drop))?;
        Some(Finding::failure("treaties", fault, "ask the officers to mend the file; until then it counts for nothing"))
    };
    let mut findings: Vec<Finding> = files.iter().filter_map(|path| bad(path)).collect();
    if findings.is_empty() {
        findings.push(Finding::ok("treaties", counted(files.len())));
    }
    findings
}

fn counted(treaties: usize) -> String {
    match treaties {
        0 => "there is no treaty yet, so nothing may be released".to_owned(),
        1 => "the one treaty file can be read".to_owned(),
        many => format!("all {many} treaty files can be read"),
    }
}

/// What is wrong with a document, if anything is.
fn read(path: &Path, parse: impl FnOnce(&[u8]) -> Result<(), Vec<DocumentFault>>) -> Option<String> {
    let limit = u64::try_from(DOCUMENT_BYTES_MAX).unwrap_or(u64::MAX);
    let bytes = match durable_file::read(path, limit) {
        Ok(bytes) => bytes,
        Err(fault) => return Some(fault.to_string()),
    };
    let faults = parse(&bytes).err()?;
    let first = faults.first().map(ToString::to_string).unwrap_or_default();
    let others = faults.len().saturating_sub(1);
    let more = if others == 0 { String::new() } else { format!("; {others} more") };
    Some(format!("`{}`: {first}{more}", path.display()))
}
