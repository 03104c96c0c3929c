//! Treaty files: read with every fault at its line, kept in the node's directory under names that tell them apart.

use std::path::{Path, PathBuf};

use chancery_record::Country;
use chancery_treaty::{DocumentFault, DocumentSignature, FaultCause, LawBook, NationalLaw, TreatyDocument};
use miette::LabeledSpan;

use crate::cli::Invocation;
use crate::daemon::documents::{Documents, read_bounded};
use crate::directory::NodeDirectory;
use crate::durable_file::{self, Readers};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::limits::FAULTS_SHOWN_MAX;
use crate::output::counted;

/// Why a document cannot be used: everything that is wrong with it. There is at least one fault.
#[derive(Debug)]
pub struct Refused(Vec<ShownFault>);

/// One thing wrong with a document.
#[derive(Debug)]
pub struct ShownFault {
    /// Where, in the words of the file; nothing where the whole file is meant.
    pub path: Option<String>,
    /// In which line.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// The same for a person, shown at its line.
    pub failure: Failure,
}

impl Refused {
    /// Each fault by itself.
    pub fn each(&self) -> impl Iterator<Item = &ShownFault> {
        self.0.iter()
    }

    /// A fault of the whole file.
    fn whole(failure: Failure) -> Self {
        let why = std::error::Error::source(&failure).map(|why| format!(": {why}")).unwrap_or_default();
        Self(vec![ShownFault { path: None, line: None, message: format!("{failure}{why}"), failure }])
    }
}

impl From<Refused> for Failure {
    /// The first fault, with how many there are.
    fn from(Refused(faults): Refused) -> Self {
        let more = faults.len().saturating_sub(1);
        let first = faults.into_iter().next().map(|fault| fault.failure);
        let first = first.unwrap_or_else(|| Self::new(Exit::Failed, "the file cannot be used"));
        if more == 0 {
            first
        } else {
            let more = counted(more, "more fault stands", "more faults stand");
            first.next(format!("{more} in the file; `chancery treaty check` shows every one"))
        }
    }
}

/// Reads a treaty; what is wrong is shown in its text.
pub fn read_treaty(path: &Path) -> Result<TreatyDocument, Refused> {
    let bytes = read(path).map_err(Refused::whole)?;
    TreatyDocument::parse(&bytes).map_err(|faults| refused(path, &bytes, &faults))
}

/// Reads a national law; what is wrong is shown in its text.
pub fn read_law(path: &Path) -> Result<NationalLaw, Refused> {
    let bytes = read(path).map_err(Refused::whole)?;
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

/// Two signed documents of one id and version hold each other out of force, so that no yes is worth asking for.
pub fn require_no_fork(
    invocation: &Invocation,
    book: &LawBook,
    treaty: &TreatyDocument,
    own: Country,
) -> Result<(), Failure> {
    for (other, signed_by) in book.rivals(treaty) {
        if signed_by.contains(&own) {
            return Err(Failure::new(
                Exit::Failed,
                format!("{own} has signed another document as `{}`: {}", other.name(), other.hash()),
            )
            .because("with both signed, neither would be in force")
            .next(format!(
                "raise `version`, and state `supersedes = \"{}\"` if it takes the other's place",
                other.hash()
            )));
        }
        let signers: Vec<String> = signed_by.iter().map(Country::to_string).collect();
        invocation.talk.warn(&format!(
            "{} signed another document as `{}` ({}); while both are signed, neither is in force",
            signers.join(", "),
            other.name(),
            other.hash()
        ));
    }
    Ok(())
}

/// The faults of a file as a person mends them, each at its line.
fn refused(path: &Path, bytes: &[u8], faults: &[DocumentFault]) -> Refused {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let shown = |fault: &DocumentFault| {
        let end = fault.span.end.min(text.len());
        let place = LabeledSpan::at(fault.span.start.min(end)..end, fault.cause.to_string());
        let next = match &fault.cause {
            FaultCause::Vocabulary(_) => "the file was written for another version of this program",
            _ => "mend the file and check it again",
        };
        let failure = Failure::new(Exit::Failed, fault.to_string());
        ShownFault {
            path: Some(fault.path.clone()),
            line: Some(fault.line(bytes)),
            message: fault.cause.to_string(),
            failure: failure.at(path.to_string_lossy(), text.clone(), vec![place]).next(next),
        }
    };
    if faults.is_empty() {
        return Refused::whole(Failure::new(Exit::Failed, format!("`{}` cannot be used", path.display())));
    }
    Refused(faults.iter().take(FAULTS_SHOWN_MAX).map(shown).collect())
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
        let line = 1 + broken.lines().position(|line| line.contains("investigaton")).unwrap();
        for fault in refused.each() {
            assert_eq!((fault.line, fault.path.is_some()), (Some(line), true));
            let report = fault.failure.report(Paint::Plain);
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
