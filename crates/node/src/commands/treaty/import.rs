//! `chancery treaty import`: treaties and signatures that other parties handed over.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chancery_record::{Country, DocumentHash};
use chancery_treaty::{DocumentSignature, SignatureFault, TreatyDocument};
use clap::Args;

use super::shelf;
use super::view::TreatyRow;
use crate::api::treaties;
use crate::cli::Invocation;
use crate::client::reload_if_running;
use crate::clock::now;
use crate::daemon::documents::Documents;
use crate::durable_file;
use crate::exit::Exit;
use crate::failure::Failure;

/// Take in a treaty with its signatures, or signatures of a treaty that is here already
///
/// Signatures that stand beside a named treaty (`FILE.CC.sig`) are taken in with it. A daemon that runs reads them at once.
#[derive(Args, Debug)]
pub struct Import {
    /// Treaties and signature files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// What came, before any of it is kept.
#[derive(Default)]
struct Arrived {
    treaties: Vec<Arc<TreatyDocument>>,
    signatures: Vec<(PathBuf, DocumentSignature)>,
}

impl Import {
    /// Reads and verifies everything, then keeps it.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let node = invocation.node()?;
        let documents = shelf::documents(&node)?;
        let arrived = self.read(&documents)?;
        let own = node.read_config()?.country;
        for treaty in arrived.treaties.iter().filter(|treaty| arrived.is_signed_by(own, treaty.hash())) {
            shelf::require_no_fork(invocation, &documents.book, treaty, own)?;
        }
        let mut kept: Vec<DocumentHash> = Vec::new();
        for treaty in &arrived.treaties {
            shelf::keep(&node, treaty, &arrived.signatures_of(treaty.hash()))?;
            kept.push(treaty.hash());
        }
        for (_, signature) in &arrived.signatures {
            if let Some(treaty) = documents.book.treaty(&signature.document)
                && !kept.contains(&signature.document)
            {
                shelf::keep(&node, treaty, &arrived.signatures_of(treaty.hash()))?;
                kept.push(treaty.hash());
            }
        }
        reload_if_running(&node, &invocation.talk);
        let book = shelf::documents(&node)?.book;
        let rows: Vec<TreatyRow> = treaties::all(&book, now().date())
            .into_iter()
            .filter(|shown| kept.contains(&shown.hash))
            .map(TreatyRow)
            .collect();
        invocation.output.rows(&rows)?;
        Ok(Exit::Done)
    }

    fn read(&self, documents: &Documents) -> Result<Arrived, Failure> {
        let mut arrived = Arrived::default();
        for file in &self.files {
            match signature(file)? {
                Some(signature) => arrived.signatures.push((file.clone(), signature)),
                None => {
                    let treaty = shelf::read_treaty(file)?;
                    for beside in beside(file) {
                        if let Some(signature) = signature(&beside)? {
                            arrived.signatures.push((beside, signature));
                        }
                    }
                    if let Some(failure) = treaty.check_cases().into_iter().next() {
                        return Err(Failure::new(Exit::Failed, format!("`{}` is not taken in", file.display()))
                            .because(failure)
                            .next("its authors must mend it and sign again; it would count for nothing"));
                    }
                    arrived.treaties.push(Arc::new(treaty));
                }
            }
        }
        arrived.require_genuine(documents)?;
        Ok(arrived)
    }
}

impl Arrived {
    /// One signature that does not count and nothing is taken in: it was to put a treaty in force, and would not.
    fn require_genuine(&self, documents: &Documents) -> Result<(), Failure> {
        // Beside a named treaty a signature is meant for that one, whatever else is here.
        let meant = |treaty: &DocumentHash| match self.treaties.as_slice() {
            [] => documents.book.treaty(treaty).is_some(),
            named => named.iter().any(|named| named.hash() == *treaty),
        };
        for (path, signature) in &self.signatures {
            let refused = || Failure::new(Exit::Failed, format!("`{}` is not taken in", path.display()));
            if !meant(&signature.document) {
                return Err(refused()
                    .because(format!("it signs other bytes than the treaty has: document {}", signature.document))
                    .next("take the treaty in with it, byte for byte as it was signed; nothing was taken in"));
            }
            signature.verify(signature.document, &documents.roster).map_err(|fault| {
                let next = match &fault {
                    SignatureFault::UnknownCountry(_) => "take in its card first: `chancery card import FILE`",
                    _ => "ask the country for its signature again, and for its newest card",
                };
                refused().because(fault).next(format!("{next}; nothing was taken in"))
            })?;
        }
        Ok(())
    }

    fn is_signed_by(&self, country: Country, treaty: DocumentHash) -> bool {
        self.signatures.iter().any(|(_, signature)| signature.country == country && signature.document == treaty)
    }

    fn signatures_of(&self, treaty: DocumentHash) -> Vec<DocumentSignature> {
        let of_treaty = self.signatures.iter().filter(|(_, signature)| signature.document == treaty);
        of_treaty.map(|(_, signature)| signature.clone()).collect()
    }
}

/// The signature in a file whose name says that it holds one.
fn signature(path: &Path) -> Result<Option<DocumentSignature>, Failure> {
    if path.extension().is_none_or(|ending| ending != "sig") {
        return Ok(None);
    }
    let refused = || Failure::new(Exit::Failed, format!("`{}` is not taken in", path.display()));
    let limit = u64::try_from(chancery_treaty::limits::SIGNATURE_BYTES_MAX).unwrap_or(u64::MAX);
    let text = durable_file::read_text(path, limit).map_err(|fault| refused().because(fault))?;
    DocumentSignature::from_text(&text).map(Some).map_err(|fault| refused().because(fault))
}

/// The signature files that stand beside a treaty.
fn beside(treaty: &Path) -> Vec<PathBuf> {
    let Some(name) = treaty.file_name().map(|name| name.to_string_lossy().into_owned()) else { return Vec::new() };
    let directory = match treaty.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let found = durable_file::list(directory, ".sig", chancery_treaty::limits::SIGNATURES_MAX).unwrap_or_default();
    let belongs = |path: &PathBuf| {
        path.file_name()
            .is_some_and(|found| found.to_string_lossy().strip_prefix(&name).is_some_and(|rest| rest.starts_with('.')))
    };
    found.into_iter().filter(belongs).collect()
}
