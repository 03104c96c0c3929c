//! The law book: every document at hand, with what its signatures and the day make of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use chancery_record::{Country, Date, DocumentHash, Set, TrustRoster};
use thiserror::Error;

use crate::case::CaseFailure;
use crate::document::{NationalLaw, TreatyDocument};
use crate::limits::{DOCUMENTS_MAX, SIGNATURES_MAX};
use crate::signature::{DocumentSignature, SignatureFault};

/// All treaties and laws that this node has, by the keys it trusts.
///
/// What is wrong with one document never stops the others; a law that is wrong stops everything, since what it would
/// have held back is not known.
#[derive(Clone, Debug, Default)]
pub struct LawBook {
    roster: TrustRoster,
    treaties: BTreeMap<DocumentHash, Entry>,
    laws: BTreeMap<Country, Arc<NationalLaw>>,
    /// Whether a treaty in it is only supposed to be signed.
    is_trial: bool,
}

#[derive(Clone, Debug)]
struct Entry {
    document: Arc<TreatyDocument>,
    signatures: Vec<DocumentSignature>,
    signed_by: Set<Country>,
    failure: Option<CaseFailure>,
    /// Every party has signed it once, whatever its signatures count for today.
    concluded: bool,
    /// It counts as signed by every party, in a trial.
    supposed: bool,
}

/// What a treaty is worth on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TreatyState {
    /// Nobody has signed it.
    Drafted,
    /// Some parties have not signed it.
    Proposed {
        /// Which.
        missing: Vec<Country>,
    },
    /// Signed by all, its day has not come.
    NotYetInForce {
        /// The day.
        from: Date,
    },
    /// Signed by all and in force.
    InForce,
    /// A later version has taken its place.
    Superseded {
        /// The later version.
        by: DocumentHash,
    },
    /// Its day has passed.
    Ended {
        /// The day.
        on: Date,
    },
    /// It does not count, whoever signed it.
    Refused(Refusal),
}

/// Why a document does not count.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// One of its examples does not come out as written.
    #[error(transparent)]
    Case(#[from] CaseFailure),
    /// Another document bears the same id and version, and both are signed.
    #[error("document {other} is signed too and has the same id and version; sign a new version instead")]
    Fork {
        /// The other document.
        other: DocumentHash,
    },
}

/// Why a law book takes something not in.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum LawBookFault {
    /// An example of a national law does not come out as written.
    #[error(transparent)]
    Case(#[from] CaseFailure),
    /// It is full.
    #[error("the law book holds {DOCUMENTS_MAX} treaties and takes no more")]
    Full,
    /// The treaty was not added before its signature.
    #[error("no treaty {0} is at hand")]
    UnknownDocument(DocumentHash),
    /// A signature does not count.
    #[error(transparent)]
    Signature(#[from] SignatureFault),
}

impl LawBook {
    /// An empty book that believes the country keys of `roster`.
    pub fn new(roster: TrustRoster) -> Self {
        Self { roster, ..Self::default() }
    }

    /// Takes in a treaty, signed or not. A signature that does not count is passed over; [`LawBook::sign`] says why.
    pub fn add(
        &mut self,
        document: Arc<TreatyDocument>,
        signatures: impl IntoIterator<Item = DocumentSignature>,
    ) -> Result<(), LawBookFault> {
        let hash = document.hash();
        if !self.treaties.contains_key(&hash) {
            if self.treaties.len() >= DOCUMENTS_MAX {
                return Err(LawBookFault::Full);
            }
            let failure = document.check_cases().into_iter().next();
            let entry = Entry {
                document,
                signatures: Vec::new(),
                signed_by: Set::default(),
                failure,
                concluded: false,
                supposed: false,
            };
            self.treaties.insert(hash, entry);
        }
        for signature in signatures {
            // A bad signature beside good ones must not keep a treaty out of force.
            let _ = self.sign(signature);
        }
        Ok(())
    }

    /// Takes in a treaty as if every party had signed it, to see what signing it would do.
    ///
    /// INVARIANT (released under an article): what a law of such a book lets go can never be spent.
    pub fn suppose(&mut self, document: Arc<TreatyDocument>) -> Result<(), LawBookFault> {
        let hash = document.hash();
        self.add(document, [])?;
        self.is_trial = true;
        if let Some(entry) = self.treaties.get_mut(&hash) {
            (entry.supposed, entry.concluded) = (true, true);
        }
        Ok(())
    }

    /// Whether a treaty in it is only supposed to be signed.
    pub(crate) fn is_trial(&self) -> bool {
        self.is_trial
    }

    /// Adds a signature to a treaty at hand.
    pub fn sign(&mut self, signature: DocumentSignature) -> Result<(), LawBookFault> {
        let hash = signature.document;
        let entry = self.treaties.get_mut(&hash).ok_or(LawBookFault::UnknownDocument(hash))?;
        signature.verify(hash, &self.roster)?;
        if !entry.signatures.contains(&signature) && entry.signatures.len() < SIGNATURES_MAX {
            let signer: Set<Country> = [signature.country].into_iter().collect();
            entry.signed_by = entry.signed_by.union(&signer);
            entry.signatures.push(signature);
            entry.concluded |= entry.is_signed();
        }
        Ok(())
    }

    /// The caller's durable word that every party has signed a treaty once, under keys that may have been succeeded since.
    ///
    /// Its grants still need every party's signature under the keys of today; its bars hold without.
    pub fn remember_concluded(&mut self, hash: &DocumentHash) {
        if let Some(entry) = self.treaties.get_mut(hash) {
            entry.concluded = true;
        }
    }

    /// Whether every party has signed a treaty once.
    pub fn is_concluded(&self, hash: &DocumentHash) -> bool {
        self.treaties.get(hash).is_some_and(|entry| entry.concluded)
    }

    /// Treaties whose grants do not count on a day, but whose bars between the parties do: once signed by all, begun, not
    /// ended and not replaced. A lost signature, a fork or a failing example stops grants, never bars.
    ///
    /// INVARIANT (released under an article): what goes out passes every bar the parties ever agreed and did not end.
    pub(crate) fn barring(&self, today: Date) -> impl Iterator<Item = &Arc<TreatyDocument>> {
        let bars = move |entry: &&Entry| {
            let header = &entry.document.header;
            entry.concluded
                && header.in_force <= today
                && today < header.expires
                && self.successor_of(entry, today).is_none()
                && self.state_of(entry, today) != TreatyState::InForce
        };
        self.treaties.values().filter(bars).map(|entry| &entry.document)
    }

    /// Takes out a treaty, for a draft that was a mistake.
    pub fn remove(&mut self, hash: &DocumentHash) -> Option<Arc<TreatyDocument>> {
        self.treaties.remove(hash).map(|entry| entry.document)
    }

    /// Takes in a national law, in place of an earlier one of the same country.
    ///
    /// A law whose examples fail is not taken in; the caller must then release nothing at all.
    pub fn set_law(&mut self, law: Arc<NationalLaw>) -> Result<(), LawBookFault> {
        if let Some(failure) = law.check_cases().into_iter().next() {
            return Err(failure.into());
        }
        self.laws.insert(law.header.country, law);
        Ok(())
    }

    /// The law of a country, where it is at hand.
    pub fn law(&self, country: Country) -> Option<&Arc<NationalLaw>> {
        self.laws.get(&country)
    }

    /// All treaties, by hash.
    pub fn treaties(&self) -> impl Iterator<Item = &Arc<TreatyDocument>> {
        self.treaties.values().map(|entry| &entry.document)
    }

    /// One treaty.
    pub fn treaty(&self, hash: &DocumentHash) -> Option<&Arc<TreatyDocument>> {
        self.treaties.get(hash).map(|entry| &entry.document)
    }

    /// The signatures of a treaty that count.
    pub fn signatures(&self, hash: &DocumentHash) -> &[DocumentSignature] {
        self.treaties.get(hash).map_or(&[], |entry| &entry.signatures)
    }

    /// Signed documents that a signature under this one would make a fork with, each with who signed it.
    pub fn rivals(&self, document: &TreatyDocument) -> impl Iterator<Item = (&Arc<TreatyDocument>, &Set<Country>)> {
        let rivals = self.treaties.values().filter(|other| other.is_signed_rival_of(document));
        rivals.map(|other| (&other.document, &other.signed_by))
    }

    /// What a treaty is worth on a day; nothing where it is not at hand.
    pub fn state(&self, hash: &DocumentHash, today: Date) -> Option<TreatyState> {
        self.treaties.get(hash).map(|entry| self.state_of(entry, today))
    }

    /// The treaties in force on a day.
    pub fn in_force(&self, today: Date) -> impl Iterator<Item = &Arc<TreatyDocument>> {
        let counts = move |entry: &&Entry| self.state_of(entry, today) == TreatyState::InForce;
        self.treaties.values().filter(counts).map(|entry| &entry.document)
    }

    /// The first day after `today` on which the state of some treaty changes by itself.
    pub(crate) fn next_change(&self, today: Date) -> Option<Date> {
        let signed = self.treaties.values().filter(|entry| entry.concluded);
        let days = signed.flat_map(|entry| [entry.document.header.in_force, entry.document.header.expires]);
        days.filter(|day| *day > today).min()
    }

    fn state_of(&self, entry: &Entry, today: Date) -> TreatyState {
        let header = &entry.document.header;
        if let Some(failure) = &entry.failure {
            return TreatyState::Refused(Refusal::Case(failure.clone()));
        }
        if let Some(other) = self.fork_of(entry) {
            return TreatyState::Refused(Refusal::Fork { other });
        }
        let missing = entry.missing();
        if !missing.is_empty() {
            return if entry.signed_by.is_empty() { TreatyState::Drafted } else { TreatyState::Proposed { missing } };
        }
        if today < header.in_force {
            return TreatyState::NotYetInForce { from: header.in_force };
        }
        if let Some(by) = self.successor_of(entry, today) {
            return TreatyState::Superseded { by };
        }
        if today >= header.expires {
            return TreatyState::Ended { on: header.expires };
        }
        TreatyState::InForce
    }

    /// Another signed document of the same treaty and version: nobody can say which of them the parties meant.
    fn fork_of(&self, entry: &Entry) -> Option<DocumentHash> {
        if entry.signed_by.is_empty() {
            return None;
        }
        // What only some have signed takes nothing from what all have signed: else one party alone could end a treaty.
        let counts = |signed_by: &Set<Country>| {
            !entry.is_signed() || entry.document.header.parties.iter().all(|party| signed_by.contains(party))
        };
        self.rivals(&entry.document).find(|(_, signed_by)| counts(signed_by)).map(|(other, _)| other.hash)
    }

    /// The version that takes this one's place: signed by every party of both, named or higher, its day come.
    ///
    /// It stays in its place when it ends in turn: an earlier version never comes back by itself. A version that is
    /// refused takes nobody's place, but a fork of a successor does, so that neither side falls back unseen.
    fn successor_of(&self, entry: &Entry, today: Date) -> Option<DocumentHash> {
        let header = &entry.document.header;
        let succeeds = |other: &&Entry| {
            let later = &other.document.header;
            other.document.hash != entry.document.hash
                && (later.supersedes == Some(entry.document.hash)
                    || (later.id == header.id && later.version > header.version))
                && header.parties.iter().all(|party| later.parties.contains(party))
                && other.is_signed()
                && other.failure.is_none()
                && today >= later.in_force
        };
        let successors = self.treaties.values().filter(succeeds);
        successors.max_by_key(|other| other.document.header.version).map(|other| other.document.hash)
    }
}

impl Entry {
    fn missing(&self) -> Vec<Country> {
        let lacks = |party: &&Country| !self.supposed && !self.signed_by.contains(party);
        self.document.header.parties.iter().filter(lacks).copied().collect()
    }

    fn is_signed_rival_of(&self, document: &TreatyDocument) -> bool {
        let (ours, theirs) = (&document.header, &self.document.header);
        self.document.hash != document.hash
            && theirs.id == ours.id
            && theirs.version == ours.version
            && theirs.parties == ours.parties
            && !self.signed_by.is_empty()
    }

    fn is_signed(&self) -> bool {
        self.missing().is_empty()
    }
}

impl std::fmt::Display for TreatyState {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Drafted => out.write_str("drafted"),
            Self::Proposed { missing } => {
                let missing: Vec<String> = missing.iter().map(Country::to_string).collect();
                write!(out, "proposed, not yet signed by {}", missing.join(", "))
            }
            Self::NotYetInForce { from } => write!(out, "signed, in force from {from}"),
            Self::InForce => out.write_str("in force"),
            Self::Superseded { .. } => out.write_str("superseded"),
            Self::Ended { on } => write!(out, "ended on {on}"),
            Self::Refused(refusal) => write!(out, "refused: {refusal}"),
        }
    }
}
