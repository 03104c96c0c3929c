//! Treaty files: read with every fault at its line, kept in the node's directory under names that tell them apart.

use std::path::{Path, PathBuf};

use chancery_treaty::{DocumentFault, DocumentSignature, FaultCause, NationalLaw, TreatyDocument};
use miette::LabeledSpan;

use crate::daemon::documents::{Documents, read_bounded};
use crate::directory::NodeDirectory;
use crate::durable_file::{self, Readers};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::limits::FAULTS_SHOWN_MAX;

/// Why a document cannot be used: one failure for each fault, shown at its line. There is at least one.
#[derive(Debug)]
pub struct Refused(Vec<Failure>);

impl Refused {
    /// Each fault by itself.
    pub fn each(&self) -> impl Iterator<Item = &Failure> {
        self.0.iter()
    }
}

impl From<Refused> for Failure {
    /// The first fault, with how many there are.
    fn from(Refused(failures): Refused) -> Self {
        let more = failures.len().saturating_sub(1);
        let first = failures.into_iter().next();
        let first = first.unwrap_or_else(|| Self::new(Exit::Failed, "the file cannot be used"));
        if more == 0 {
            first
        } else {
            first.next(format!("{more} more faults stand in the file; `chancery treaty check` shows every one"))
        }
    }
}

/// Reads a treaty; what is wrong is shown in its text.
pub fn read_treaty(path: &Path) -> Result<TreatyDocument, Refused> {
    let bytes = read(path).map_err(|failure| Refused(vec![failure]))?;
    TreatyDocument::parse(&bytes).map_err(|faults| refused(path, &bytes, &faults))
}

/// Reads a national law; what is wrong is shown in its text.
pub fn read_law(path: &Path) -> Result<NationalLaw, Refused> {
    let bytes = read(path).map_err(|failure| Refused(vec![failure]))?;
    NationalLaw::parse(&bytes).map_err(|faults| refused(path, &bytes, &faults))
}

/// Whether a file says that it is a national law.
pub fn is_law(path: &Path) -> bool {
    let text = read_bounded(path).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let table = text.and_then(|text| text.parse::<toml::Table>().ok());
    table.is_some_and(|table| table.contains_key("law") && !table.contains_key("treaty"))
}

/// Reads a document's bytes within their limit.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    read_bounded(path)
        .map_err(|fault| Failure::new(Exit::Failed, format!("`{}` cannot be read", path.display())).because(fault))
}

/// Keeps a treaty with signatures in the node's directory. Equal bytes have one place, so that nothing is ever overwritten.
pub fn keep(
    node: &NodeDirectory,
    document: &TreatyDocument,
    signatures: &[DocumentSignature],
) -> Result<PathBuf, Failure> {
    let failed = |fault| Failure::new(Exit::Failed, "the treaty cannot be kept").because(fault);
    let _changing = node.lock()?;
    durable_file::make_directory(&node.treaties()).map_err(failed)?;
    let path = node.treaties().join(file_name(document));
    // The signatures first: a treaty must not be read without those that came with it.
    for signature in signatures {
        let beside = signature_path(&path, signature);
        durable_file::write(&beside, signature.to_text().as_bytes(), Readers::Everyone).map_err(failed)?;
    }
    if !path.exists() {
        durable_file::write(&path, document.bytes(), Readers::Everyone).map_err(failed)?;
    }
    Ok(path)
}

/// Where a signature stands beside its treaty.
pub fn signature_path(treaty: &Path, signature: &DocumentSignature) -> PathBuf {
    let name = treaty.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    treaty.with_file_name(format!("{name}.{}.sig", signature.country))
}

/// The name of a treaty's file in the node's directory.
pub fn file_name(document: &TreatyDocument) -> String {
    let hash = document.hash().to_string();
    let beginning: String = hash.chars().take(HASH_DIGITS).collect();
    format!("{}-v{}-{beginning}.toml", document.header().id, document.header().version)
}

/// Everything in the node's directory, for commands that work with the daemon stopped.
pub fn documents(node: &NodeDirectory) -> Result<Documents, Failure> {
    let own = node.read_config()?.country;
    Documents::read(node, own)
        .map_err(|fault| Failure::of(Exit::Failed, fault).next("`chancery doctor` checks every file of the node"))
}

/// The faults of a file as a person mends them, each at its line.
fn refused(path: &Path, bytes: &[u8], faults: &[DocumentFault]) -> Refused {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let failure = |fault: &DocumentFault| {
        let end = fault.span.end.min(text.len());
        let place = LabeledSpan::at(fault.span.start.min(end)..end, fault.cause.to_string());
        let next = match &fault.cause {
            FaultCause::Vocabulary(_) => "the file was written for another version of this program",
            _ => "mend the file and check it again",
        };
        Failure::new(Exit::Failed, fault.to_string()).at(path.to_string_lossy(), text.clone(), vec![place]).next(next)
    };
    let mut failures: Vec<Failure> = faults.iter().take(FAULTS_SHOWN_MAX).map(failure).collect();
    if failures.is_empty() {
        failures.push(Failure::new(Exit::Failed, format!("`{}` cannot be used", path.display())));
    }
    Refused(failures)
}

/// Enough of a hash to tell two documents of one name and version apart.
const HASH_DIGITS: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Paint;
    use chancery_treaty::{Template, sign_document, template};
    use ed25519_dalek::SigningKey;

    fn treaty() -> TreatyDocument {
        let (from, to) = ("FR".parse().unwrap(), "DE".parse().unwrap());
        let text = template(Template::Police, from, to, "2026-01-01".parse().unwrap(), "2031-01-01".parse().unwrap());
        TreatyDocument::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_fault_is_shown_at_its_line() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("treaty.toml");
        let text = String::from_utf8(treaty().bytes().to_vec()).unwrap();
        let broken = text.replacen("\"investigation\"", "\"investigaton\"", 1);
        assert_ne!(broken, text);
        std::fs::write(&path, &broken).unwrap();
        let refused = read_treaty(&path).unwrap_err();
        for failure in refused.each() {
            let report = failure.report(Paint::Plain);
            assert!(report.contains("investigaton") && report.contains("did you mean `investigation`"), "{report}");
            assert!(report.contains("treaty.toml:"), "{report}");
        }
        assert_eq!(Failure::from(refused).exit(), Exit::Failed);
    }

    #[test]
    fn equal_bytes_have_one_place_and_forks_have_two() {
        let place = tempfile::tempdir().unwrap();
        let node = NodeDirectory::named(place.path());
        node.make().unwrap();
        let first = treaty();
        let signature = sign_document(first.bytes(), "FR".parse().unwrap(), &SigningKey::from_bytes(&[3; 32]));
        let path = keep(&node, &first, &[]).unwrap();
        assert_eq!(keep(&node, &first, std::slice::from_ref(&signature)).unwrap(), path);
        assert!(signature_path(&path, &signature).exists());
        let fork = [first.bytes(), b"\n# another\n"].concat();
        let fork = TreatyDocument::parse(&fork).unwrap();
        let other = keep(&node, &fork, &[]).unwrap();
        assert_ne!(other, path);
        assert_eq!(std::fs::read(&path).unwrap(), first.bytes());
        assert!(!is_law(&path));
    }
}
