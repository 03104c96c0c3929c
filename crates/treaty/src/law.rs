//! The compiled law: the one place that answers whether something may go to somebody.

mod accord;
mod admission;
mod article_set;
mod case_check;
mod decision;
mod edge;
mod explain;
mod index;
mod onward;
mod passing;
mod redecide;
mod sheet;
mod tables;

use std::sync::Arc;

use chancery_record::encoding::{Domain, digest};
use chancery_record::{Country, DocumentHash, Instant, Purpose};

pub use redecide::{Breach, Redecision};

pub(crate) use edge::{FACTS, Presence};
pub(crate) use explain::dormant_because;
pub(crate) use tables::{Fact, row_of};

use admission::Sight;
use decision::{Decision, Leg};
use edge::Edge;

use crate::dimension::WordSet;
use crate::document::TreatyDocument;
use crate::label::{PreparedLabel, RecordDates};
use crate::law_book::LawBook;
use crate::release::{Candidate, Released};
use crate::verdict::{LawGeneration, Verdict};
use crate::words::Action;

/// The law of one instant, compiled: treaties in force, the country's own law, each as bits by value.
///
/// INVARIANT (decided at the wire): it carries the generation it stands for; the owner compiles a new one, with a
/// higher generation, whenever the law book changes and when [`Law::next_change`] has come.
#[derive(Clone, Debug)]
pub struct Law {
    own: Country,
    generation: LawGeneration,
    next_change: Option<Instant>,
    peers: Vec<Arc<PeerLaw>>,
    /// For each pair of letters the place in `peers`, counted from 1.
    places: Vec<u16>,
    nothing: PeerLaw,
}

/// What bears on one peer.
#[derive(Clone, Debug)]
struct PeerLaw {
    country: Country,
    treaties: Vec<DocumentHash>,
    /// Those of them under which something may go.
    accord: Vec<DocumentHash>,
    own_law: Option<DocumentHash>,
    /// Treaties of which the bars alone count.
    barring: Vec<DocumentHash>,
    digest: DocumentHash,
    sending: Edge,
    receiving: Edge,
    is_overfull: bool,
}

/// What is asked of the law.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// What the record is, by its label.
    pub label: &'a PreparedLabel,
    /// Its dates, which stand in no label.
    pub dates: RecordDates,
    /// The other country.
    pub peer: Country,
    /// Who sends.
    pub direction: Direction,
    /// In which way.
    pub action: Action,
    /// For which purpose; each of the record's where absent.
    pub purpose: Option<Purpose>,
    /// When.
    pub at: Instant,
}

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// This country, under treaties, its own law and the originator's tags.
    WeSend,
    /// The peer; its law is not known here, so treaties and tags alone decide.
    TheySend,
}

impl Law {
    /// Compiles what `own` may send and receive at an instant.
    pub fn compile(book: &LawBook, own: Country, at: Instant, generation: LawGeneration) -> Self {
        let today = at.date();
        let mut in_force: Vec<Arc<TreatyDocument>> = book.in_force(today).cloned().collect();
        in_force
            .sort_by(|a, b| (&a.header.id, a.header.version, a.hash).cmp(&(&b.header.id, b.header.version, b.hash)));
        in_force.retain(|treaty| treaty.header.parties.contains(&own));
        let barring: Vec<Arc<TreatyDocument>> = book.barring(today).cloned().collect();
        let mut countries: Vec<Country> = in_force
            .iter()
            .flat_map(|treaty| treaty.header.parties.iter().copied())
            .filter(|party| *party != own)
            .collect();
        countries.sort_unstable();
        countries.dedup();
        let peer_law = |country: &Country| {
            let between = |treaty: &&Arc<TreatyDocument>| treaty.header.parties.contains(country);
            let treaties: Vec<Arc<TreatyDocument>> = in_force.iter().filter(between).cloned().collect();
            let barring: Vec<Arc<TreatyDocument>> = barring.iter().filter(between).cloned().collect();
            Arc::new(PeerLaw::compile(own, *country, book, &treaties, &barring))
        };
        let peers: Vec<Arc<PeerLaw>> = countries.iter().map(peer_law).collect();
        let mut places = vec![0; PLACES];
        for (at, peer) in peers.iter().enumerate() {
            if let (Some(slot), Ok(place)) = (places.get_mut(place_of(peer.country)), u16::try_from(at + 1)) {
                *slot = place;
            }
        }
        let next_change = book.next_change(today).map(|day| day.start());
        let generation = if book.is_trial() { LawGeneration::TRIAL } else { generation };
        Self { own, generation, next_change, peers, places, nothing: PeerLaw::empty(own) }
    }

    /// Which country's law it is.
    pub fn own(&self) -> Country {
        self.own
    }

    /// Counts the law's changes.
    pub fn generation(&self) -> LawGeneration {
        self.generation
    }

    /// When it changes next by itself: a treaty comes into force or ends.
    pub fn next_change(&self) -> Option<Instant> {
        self.next_change
    }

    /// The countries with a treaty in force.
    pub fn peers(&self) -> impl Iterator<Item = Country> {
        self.peers.iter().map(|peer| peer.country)
    }

    /// The treaties in force with a peer.
    pub fn treaties_with(&self, peer: Country) -> &[DocumentHash] {
        &self.peer(peer).treaties
    }

    /// Digest of all documents that bear on what goes to a peer: while it stays, no walk has to be made again.
    pub fn digest_for(&self, peer: Country) -> DocumentHash {
        self.peer(peer).digest
    }

    /// Peers that nothing goes to because more articles bear on them than can be decided.
    pub fn overfull(&self) -> impl Iterator<Item = Country> {
        self.peers.iter().filter(|peer| peer.is_overfull).map(|peer| peer.country)
    }

    /// Whether something may be offered to a peer for some purpose, dates left out.
    ///
    /// The bit of an index: where it is false nothing goes on any day; where it is true, a verdict is worth making.
    pub fn may_offer(&self, label: &PreparedLabel, peer: Country) -> bool {
        index::may_offer(&self.peer(peer).sending, label, self.own, peer)
    }

    /// Answers a question, with every reason.
    pub fn decide(&self, question: &Question<'_>) -> Verdict {
        let decision = self.decision(question);
        let (rows, onward) = decision.settled(question.purpose.map(|purpose| WordSet::one(purpose.code())));
        decision.explain(&rows, onward, self.generation, question.at)
    }

    /// Releases to a peer what may go now, or says why nothing does.
    ///
    /// INVARIANT (released under an article): with [`Law::release_onward`] the only maker of [`Released`].
    pub fn release(
        &self,
        candidate: &Candidate,
        peer: Country,
        action: Action,
        now: Instant,
    ) -> Result<Released, Box<Verdict>> {
        let question = Question {
            label: candidate.label(),
            dates: RecordDates::of(candidate.record()),
            peer,
            direction: Direction::WeSend,
            action,
            purpose: None,
            at: now,
        };
        let decision = self.decision(&question);
        let (rows, onward) = decision.settled(None);
        match decision.terms(&rows, onward) {
            Some(terms) => {
                let cited = terms.citations().collect();
                Ok(Released::granted(candidate.record(), peer, terms, cited, now, self.generation))
            }
            None => Err(Box::new(decision.explain(&rows, onward, self.generation, now))),
        }
    }

    fn decision<'a>(&'a self, question: &Question<'a>) -> Decision<'a> {
        let peer = self.peer(question.peer);
        let (edge, sender, receiver, sight) = match question.direction {
            Direction::WeSend => (&peer.sending, self.own, question.peer, Sight::Sender),
            Direction::TheySend => (&peer.receiving, question.peer, self.own, Sight::Receiver),
        };
        let Question { label, dates, action, at, .. } = *question;
        Decision { edge, label, dates, sender, receiver, action, today: at.date(), sight, leg: Leg::First }
    }

    fn peer(&self, country: Country) -> &PeerLaw {
        let place = self.places.get(place_of(country)).copied().unwrap_or(0);
        usize::from(place).checked_sub(1).and_then(|place| self.peers.get(place)).map_or(&self.nothing, Arc::as_ref)
    }
}

impl PeerLaw {
    fn compile(
        own: Country,
        country: Country,
        book: &LawBook,
        treaties: &[Arc<TreatyDocument>],
        barring: &[Arc<TreatyDocument>],
    ) -> Self {
        let sending = Edge::build(own, country, book.law(own), treaties, barring);
        let receiving = Edge::build(country, own, None, treaties, barring);
        let treaties: Vec<DocumentHash> = treaties.iter().map(|treaty| treaty.hash).collect();
        let own_law = book.law(own).map(|law| law.hash);
        let barring: Vec<DocumentHash> = barring.iter().map(|treaty| treaty.hash).collect();
        let is_overfull = sending.is_err() || receiving.is_err();
        let (sending, receiving) = match (sending, receiving) {
            (Ok(sending), Ok(receiving)) => (sending, receiving),
            _ => (Edge::default(), Edge::default()),
        };
        let (accord, empty) = (treaties.clone(), Self::empty(own));
        let law = Self { country, treaties, accord, own_law, barring, sending, receiving, is_overfull, ..empty };
        Self { digest: law.digest(), ..law }
    }

    /// Of everything that bears on what goes to the peer.
    fn digest(&self) -> DocumentHash {
        let whole = self.accord.iter().chain(&self.own_law).map(|hash| hash.0.as_slice());
        let bars_only = self.barring.iter().map(|hash| hash.0.as_slice());
        let hashes: Vec<&[u8]> = whole.chain([b"bars only".as_slice()]).chain(bars_only).collect();
        DocumentHash(digest(Domain::Document, &hashes))
    }

    fn empty(country: Country) -> Self {
        Self {
            country,
            treaties: Vec::new(),
            accord: Vec::new(),
            own_law: None,
            barring: Vec::new(),
            digest: DocumentHash([0; 32]),
            sending: Edge::default(),
            receiving: Edge::default(),
            is_overfull: false,
        }
    }
}

/// Places for all pairs of letters, so that a peer is found without a search.
const PLACES: usize = 26 * 26;

fn place_of(country: Country) -> usize {
    let [first, second] = country.letters().map(|letter| usize::from(letter.saturating_sub(b'A')));
    first * 26 + second
}
