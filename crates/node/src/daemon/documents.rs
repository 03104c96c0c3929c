//! Cards, treaties and laws: read from the node's directory, verified, kept in the store by hash, compiled.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chancery_record::{ContactCard, Country, Instant, SignedCard, TrustRoster};
use chancery_treaty::{DocumentSignature, Law, LawBook, LawGeneration, NationalLaw, TreatyDocument};
use thiserror::Error;

use crate::daemon::handle::Standing;
use crate::directory::NodeDirectory;
use crate::limits::DOCUMENT_FILE_BYTES_MAX;

/// What reading the directory again has found.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct ReloadReport {
    /// How many cards are trusted, this country's own included.
    pub cards: usize,
    /// How many treaty documents are at hand.
    pub treaties: usize,
    /// How many national laws are at hand.
    pub laws: usize,
    /// Files that were refused, each with the reason.
    pub refused: Vec<RefusedFile>,
    /// The generation of the law compiled from them.
    pub law_generation: u64,
}

/// A file that counts for nothing.
#[derive(Clone, Debug, serde::Serialize)]
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
        let law = NationalLaw::parse(&bytes).map_err(|faults| law_fault(joined(&faults)))?;
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
    let signatures = files_ending(&directory.treaties(), ".sig")?;
    for file in files_ending(&directory.treaties(), ".toml")? {
        let document = match read_bounded(&file) {
            Ok(bytes) => TreatyDocument::parse(&bytes).map_err(|faults| joined(&faults)),
            Err(fault) => Err(fault.to_string()),
        };
        let document = match document {
            Ok(document) => Arc::new(document),
            Err(why) => {
                report.refuse(&file, &why);
                continue;
            }
        };
        if let Err(fault) = book.add(document, []) {
            report.refuse(&file, &fault);
            continue;
        }
        report.treaties += 1;
        for signature in signatures.iter().filter(|signature| belongs_to(signature, &file)) {
            if let Err(why) =
                read_signature(signature).and_then(|signed| book.sign(signed).map_err(|why| why.to_string()))
            {
                report.refuse(signature, &why);
            }
        }
    }
    Ok(())
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

fn joined(faults: &[chancery_treaty::DocumentFault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
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
