//! Cards, treaties and laws: read from the node's directory, verified, kept in the store by hash, compiled.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chancery_record::{ContactCard, Country, DocumentHash, Instant, SignedCard, TrustRoster};
use chancery_treaty::{DocumentFault, DocumentSignature, Law, LawBook, LawGeneration, NationalLaw, TreatyDocument};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use utoipa::ToSchema;

use crate::daemon::handle::Standing;
use crate::directory::NodeDirectory;
use crate::learned_keys::LearnedKeys;
use crate::limits::DOCUMENT_FILE_BYTES_MAX;
use crate::output::counted;

/// What reading the directory again has found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ReloadReport {
    /// How many cards are trusted, this country's own included.
    pub cards: usize,
    /// How many treaty documents are at hand.
    pub treaties: usize,
    /// How many national laws are at hand.
    pub laws: usize,
    /// Files that were refused, each with the reason.
    pub refused: Vec<RefusedFile>,
    /// What became of it.
    pub outcome: ReloadOutcome,
    /// The generation of the law in force.
    pub law_generation: u64,
}

/// Whether what stands in the directory holds now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReloadOutcome {
    /// It holds, but for the files that were refused.
    #[default]
    Renewed,
    /// It cannot be relied on, so everything stays as it was.
    Kept,
}

/// A file that counts for nothing.
#[derive(Clone, Debug, Serialize)]
pub struct RefusedFile {
    /// The file.
    pub file: String,
    /// Why.
    pub why: String,
}

/// The directory cannot be relied on, so the node does not start, or keeps the law it has.
#[derive(Debug, Error)]
pub enum DocumentsFault {
    /// The own card is missing or bad.
    #[error("the node's own card `{file}` cannot be used: {why}")]
    OwnCard {
        /// The file.
        file: String,
        /// Why.
        why: String,
    },
    /// A national law that cannot be read: what it would hold back is not known.
    #[error("the national law `{file}` is refused, and without it nothing may be released: {why}")]
    Law {
        /// The file.
        file: String,
        /// Why.
        why: String,
    },
    /// A directory cannot be listed.
    #[error("`{directory}` cannot be read: {source}")]
    Directory {
        /// Which.
        directory: String,
        /// Why.
        source: std::io::Error,
    },
}

impl DocumentsFault {
    /// The file or directory that cannot be relied on, with the reason.
    pub fn told(&self) -> RefusedFile {
        let (file, why) = match self {
            Self::OwnCard { file, why } | Self::Law { file, why } => (file, why.clone()),
            Self::Directory { directory, source } => (directory, source.to_string()),
        };
        RefusedFile { file: file.clone(), why }
    }
}

/// Everything read from the directory, before it is compiled.
pub struct Documents {
    /// Verified cards by country, this country's own included.
    pub cards: BTreeMap<Country, (SignedCard, ContactCard)>,
    /// Whom they make us believe.
    pub roster: TrustRoster,
    /// The documents.
    pub book: LawBook,
    /// What came of the reading.
    pub report: ReloadReport,
}

impl Documents {
    /// Reads and verifies the directory's cards, treaties and laws.
    pub fn read(directory: &NodeDirectory, own: Country) -> Result<Self, DocumentsFault> {
        let mut report = ReloadReport::default();
        let cards = read_cards(directory, &mut report)?;
        let mut roster = TrustRoster::default();
        for (file, (_, card)) in &cards {
            if let Err(fault) = roster.admit(card) {
                report.refuse(&directory.card_of(*file), &fault);
            }
        }
        for file in LearnedKeys::of(directory).teach(&mut roster) {
            report.refuse(&file, &"it is damaged; the next greeting of that country brings its keys again");
        }
        let mut book = LawBook::new(roster.clone());
        read_laws(directory, own, &mut book, &mut report)?;
        read_treaties(directory, &mut book, &mut report)?;
        report.cards = cards.len();
        Ok(Self { cards, roster, book, report })
    }

    /// Compiles what holds at an instant.
    pub fn standing(
        book: &LawBook,
        roster: &TrustRoster,
        own: Country,
        at: Instant,
        generation: LawGeneration,
    ) -> Standing {
        let law = Law::compile(book, own, at, generation);
        Standing { law: Arc::new(law), book: Arc::new(book.clone()), roster: Arc::new(roster.clone()) }
    }
}

impl std::fmt::Display for RefusedFile {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "`{}`: {}", self.file, self.why)
    }
}

impl ReloadReport {
    fn refuse(&mut self, file: &Path, why: &dyn std::fmt::Display) {
        tracing::warn!(file = %file.display(), %why, "a file is refused");
        self.refused.push(RefusedFile { file: file.display().to_string(), why: why.to_string() });
    }
}

fn read_cards(
    directory: &NodeDirectory,
    report: &mut ReloadReport,
) -> Result<BTreeMap<Country, (SignedCard, ContactCard)>, DocumentsFault> {
    let own = directory.read_own_card().map_err(|fault| DocumentsFault::OwnCard {
        file: directory.own_card().display().to_string(),
        why: fault.to_string(),
    })?;
    let mut cards = BTreeMap::new();
    for file in files_ending(&directory.cards(), ".card")? {
        match crate::directory::read_card(&file) {
            Ok((signed, card)) if directory.card_of(card.country) == file => {
                cards.insert(card.country, (signed, card));
            }
            Ok((_, card)) => {
                report.refuse(&file, &format!("it is the card of {}, not the one its name says", card.country))
            }
            Err(fault) => report.refuse(&file, &fault),
        }
    }
    cards.insert(own.1.country, own);
    Ok(cards)
}

fn read_laws(
    directory: &NodeDirectory,
    own: Country,
    book: &mut LawBook,
    report: &mut ReloadReport,
) -> Result<(), DocumentsFault> {
    for file in files_ending(&directory.laws(), ".toml")? {
        let law_fault = |why: String| DocumentsFault::Law { file: file.display().to_string(), why };
        let bytes = read_bounded(&file).map_err(|fault| law_fault(fault.to_string()))?;
        let law = NationalLaw::parse(&bytes).map_err(|faults| law_fault(faults_told(&file, &bytes, &faults)))?;
        if law.header().country != own {
            return Err(law_fault(format!("it is the law of {}, and this node is {own}'s", law.header().country)));
        }
        book.set_law(Arc::new(law)).map_err(|fault| law_fault(fault.to_string()))?;
        report.laws += 1;
    }
    Ok(())
}

fn read_treaties(
    directory: &NodeDirectory,
    book: &mut LawBook,
    report: &mut ReloadReport,
) -> Result<(), DocumentsFault> {
    let mut signatures = files_ending(&directory.treaties(), ".sig")?;
    for file in files_ending(&directory.treaties(), ".toml")? {
        let (beside, others): (Vec<_>, Vec<_>) =
            signatures.into_iter().partition(|signature| belongs_to(signature, &file));
        signatures = others;
        let document = match read_bounded(&file) {
            Ok(bytes) => TreatyDocument::parse(&bytes).map_err(|faults| faults_told(&file, &bytes, &faults)),
            Err(fault) => Err(fault.to_string()),
        };
        let document = match document {
            Ok(document) => Arc::new(document),
            Err(why) => {
                report.refuse(&file, &why);
                continue;
            }
        };
        let hash = document.hash();
        if let Err(fault) = book.add(document, []) {
            report.refuse(&file, &fault);
            continue;
        }
        report.treaties += 1;
        for signature in beside.iter() {
            if let Err(why) = read_signature(signature).and_then(|signed| admit(book, signed, hash, &file)) {
                report.refuse(signature, &why);
            }
        }
    }
    for stray in signatures {
        report.refuse(&stray, &"the treaty that it signs does not stand beside it");
    }
    Ok(())
}

/// Has a signature count for the treaty that it stands beside, and for no other.
fn admit(book: &mut LawBook, signed: DocumentSignature, treaty: DocumentHash, file: &Path) -> Result<(), String> {
    if signed.document != treaty {
        return Err(format!(
            "it signs other bytes than `{}` has now: either file was changed after the signing",
            file.display()
        ));
    }
    book.sign(signed).map_err(|why| why.to_string())
}

fn read_signature(file: &Path) -> Result<DocumentSignature, String> {
    let bytes = read_bounded(file).map_err(|fault| fault.to_string())?;
    let text = String::from_utf8(bytes).map_err(|_| "it is no text".to_owned())?;
    DocumentSignature::from_text(&text).map_err(|fault| fault.to_string())
}

/// `NAME.toml.FR.sig` belongs to `NAME.toml`.
fn belongs_to(signature: &Path, treaty: &Path) -> bool {
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name(signature).strip_prefix(&name(treaty)).is_some_and(|rest| rest.starts_with('.'))
}

/// The first faults of a file with their lines, and where all of them are to be had.
pub fn faults_told(file: &Path, bytes: &[u8], faults: &[DocumentFault]) -> String {
    let first = faults.iter().take(FAULTS_TOLD_MAX);
    let mut told: Vec<String> = first.map(|fault| format!("line {}: {fault}", fault.line(bytes))).collect();
    match faults.len().saturating_sub(FAULTS_TOLD_MAX) {
        0 => {}
        more => told.push(counted(more, "more fault", "more faults")),
    }
    format!("{} (`chancery treaty check {}` shows each)", told.join("; "), file.display())
}

/// A file is not read beyond the limit of its sort.
#[derive(Debug, Error)]
pub enum BoundedReadFault {
    /// The system's word.
    #[error("{0}")]
    Read(#[from] std::io::Error),
    /// Too long.
    #[error("it is longer than {DOCUMENT_FILE_BYTES_MAX} bytes")]
    TooLong,
}

/// Reads a document file, refusing one beyond the limit before memory is taken.
pub fn read_bounded(file: &Path) -> Result<Vec<u8>, BoundedReadFault> {
    use std::io::Read;
    let mut bytes = Vec::new();
    fs::File::open(file)?.take(DOCUMENT_FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > DOCUMENT_FILE_BYTES_MAX { Err(BoundedReadFault::TooLong) } else { Ok(bytes) }
}

fn files_ending(directory: &Path, ending: &str) -> Result<Vec<PathBuf>, DocumentsFault> {
    let fault = |source| DocumentsFault::Directory { directory: directory.display().to_string(), source };
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(fault(source)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(fault)?.path();
        if path.is_file() && path.to_string_lossy().ends_with(ending) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Faults of a file told in one line; more would hide the first.
const FAULTS_TOLD_MAX: usize = 3;
