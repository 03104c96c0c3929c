//! A scripted peer: what it holds, what it says when it is honest, and what it says when it lies.

use std::collections::BTreeMap;
use std::sync::Arc;

use chancery_exchange::reconcile::{Compare, Responder};
use chancery_exchange::wire::{
    Hello, ObligationReceipt, Obligations, OpenEpoch, PROTOCOL_VERSION, Receipt, Refusal, SheetItem, Stream, TermsSheet,
};
use chancery_exchange::{
    ConnectionId, Epoch, Incarnation, Incoming, ItemNumber, ObligationPosition, ReceivedBatch, ReceivedItem,
    ReceivedObligationReceipt, ReceivedObligations, ReceivedReceipt, ReturnCursor, STREAM_ORIGIN, SignedByNode,
    StreamPosition, chain,
};
use chancery_record::encoding::{Domain, digest, encode};
use chancery_record::{
    Country, Instant, Onward, Purpose, RecordId, SectionSet, Set, SheetHash, SignedStatement, Statement, StreamHash,
};
use chancery_treaty::{Citation, Terms, TermsRow, UseConditions};

use super::giving::Kept;
use super::keys::{Use, by_node, certificate, own, transport_key};
use super::papers::Foreign;
use super::treaties::hash;

/// The life of every scripted peer's store.
pub const PEER_LIFE: Incarnation = Incarnation(3);

/// A country without a node.
pub struct Peer {
    pub country: Country,
    /// How far it durably holds the node's ledger, and what came in it.
    pub ledger_held: Option<StreamPosition>,
    pub sections: BTreeMap<RecordId, SectionSet>,
    pub obligations_held: Option<ObligationPosition>,
    /// The node's signed word on how far it holds this country's streams.
    pub ledger_receipted: Option<SignedByNode>,
    pub obligations_receipted: Option<SignedByNode>,
    /// The epochs of its own ledger that it has used.
    pub epoch: u64,
    /// What it owes the node.
    pub owed: Vec<SignedStatement>,
    /// The node's own word, to be given back.
    pub kept: Kept,
    /// The latest life of the node's store that it has met.
    pub met: Option<Incarnation>,
    /// Whether it ever said that it holds what it does not, or refused what it could take.
    pub has_lied: bool,
    /// Whether it spoke of another life of its store, or of the node's: both are remembered.
    pub lied_of_lives: bool,
    pub line: Option<Line>,
}

/// Its end of a connection.
pub struct Line {
    pub connection: ConnectionId,
    pub permits: [bool; 3],
    pub greeted: bool,
    /// Whether all that it said on this connection is so.
    pub honest: bool,
    /// Whether what the node says is lost on the way.
    pub deaf: bool,
    /// The node's hello.
    pub heard: Option<Box<Hello>>,
    /// Where the node's ledger stands on this connection, once it opened an epoch.
    pub theirs: Option<StreamPosition>,
    /// Where its own stands, once it did.
    pub ours: Option<StreamPosition>,
    /// The first obligation that the node may send next.
    pub next_owed: Option<ItemNumber>,
    /// How far it has told the node what it is owed.
    pub told: Option<u64>,
    /// What the node asks, until it is answered.
    pub compare_due: Option<Compare>,
    pub return_due: Option<ReturnCursor>,
    pub responder: Option<Responder>,
    pub receipt_due: bool,
    pub obligation_receipt_due: bool,
    /// Items and statements the node has receipted here.
    pub receipted: Option<(Epoch, ItemNumber)>,
    pub credit_items: u32,
    /// The grant that it said stands.
    pub named: Option<usize>,
    /// Whether it sent records that the node has not answered; until it does, an honest peer sends no more.
    pub unanswered: bool,
}

impl Line {
    pub fn new(connection: ConnectionId) -> Self {
        Self {
            connection,
            permits: [false; 3],
            greeted: false,
            honest: true,
            deaf: false,
            heard: None,
            theirs: None,
            ours: None,
            next_owed: None,
            told: None,
            compare_due: None,
            return_due: None,
            responder: None,
            receipt_due: false,
            obligation_receipt_due: false,
            receipted: None,
            credit_items: 4096,
            named: None,
            unanswered: false,
        }
    }
}

pub fn place(stream: Stream) -> usize {
    match stream {
        Stream::Control => 0,
        Stream::Ledger => 1,
        Stream::Obligations => 2,
    }
}

impl Peer {
    pub fn new(country: Country) -> Self {
        Self {
            country,
            ledger_held: None,
            sections: BTreeMap::new(),
            obligations_held: None,
            ledger_receipted: None,
            obligations_receipted: None,
            epoch: 0,
            owed: Vec::new(),
            kept: Kept::default(),
            met: None,
            has_lied: false,
            lied_of_lives: false,
            line: None,
        }
    }

    /// What is so.
    pub fn hello(&self, agreed: Option<usize>, now: Instant) -> Hello {
        Hello {
            version_min: PROTOCOL_VERSION,
            version_max: PROTOCOL_VERSION,
            features: 0,
            sender: self.country,
            recipient: own(),
            sender_transport: transport_key(self.country),
            recipient_transport: transport_key(own()),
            certificates: vec![certificate(self.country, 1, Use::Record)],
            revocations: Vec::new(),
            treaties: agreed.map(|which| hash(self.country, which)).into_iter().collect(),
            clock: now,
            incarnation: PEER_LIFE,
            ledger_held: self.ledger_held,
            obligations_held: self.obligations_held,
            credit_items: 4096,
            credit_bytes: 8 << 20,
            ledger_receipted: self.ledger_receipted.clone(),
            obligations_receipted: self.obligations_receipted.clone(),
            is_recovering: false,
            met: self.met,
        }
    }

    pub fn receipt(&self, position: StreamPosition, refusals: Vec<Refusal>, at: Instant) -> ReceivedReceipt {
        let receipt = Receipt { holder: self.country, sender: own(), position, refusals, at };
        ReceivedReceipt { signed: by_node(self.country, Domain::Receipt, &receipt), receipt }
    }

    pub fn obligation_receipt(&self, position: ObligationPosition, at: Instant) -> ReceivedObligationReceipt {
        let receipt = ObligationReceipt { holder: self.country, sender: own(), position, at };
        ReceivedObligationReceipt { signed: by_node(self.country, Domain::ObligationReceipt, &receipt), receipt }
    }

    /// The next epoch of its ledger, where the node says that it holds it; none before it has heard the node.
    pub fn open(&mut self) -> Option<OpenEpoch> {
        let line = self.line.as_mut()?;
        let held = line.heard.as_ref()?.ledger_held;
        let base = if line.ours.is_some() { line.ours } else { held };
        self.epoch = self.epoch.max(base.map_or(0, |base| base.epoch.0)) + 1;
        let hash = base.map_or(STREAM_ORIGIN, |base| base.hash);
        let number = ItemNumber(0);
        line.ours = Some(StreamPosition { incarnation: PEER_LIFE, epoch: Epoch(self.epoch), number, hash });
        Some(OpenEpoch { epoch: Epoch(self.epoch), base, incarnation: PEER_LIFE })
    }

    /// The sheet of a batch that goes on where its ledger stands.
    pub fn sheet(&mut self, items: &[Foreign], grant: Option<usize>, at: Instant) -> Option<TermsSheet> {
        let country = self.country;
        let ours = self.line.as_mut()?.ours.as_mut()?;
        let mut sheet = TermsSheet {
            sender: country,
            recipient: own(),
            epoch: ours.epoch,
            first: ours.number.next(),
            at,
            terms: Vec::new(),
            items: Vec::new(),
        };
        for item in items {
            let (record, sections) = (item.record.id(), item.record.sections_held());
            let terms = terms(country, item, grant);
            ours.number = ours.number.next();
            ours.hash = chain(&ours.hash, &item_bytes(&record, sections, &terms));
            sheet.items.push(SheetItem { record, sections, terms: sheet.terms.len() as u16 });
            sheet.terms.push(terms);
        }
        Some(sheet)
    }

    /// A batch as its verification gives it.
    pub fn verified(&self, sheet: TermsSheet, items: &[Foreign]) -> ReceivedBatch {
        let sheet_bytes = encode(Domain::Terms, &by_node(self.country, Domain::Terms, &sheet));
        let received = sheet.items.iter().zip(items).map(|(entry, item)| ReceivedItem {
            entry: *entry,
            record: item.refused.map_or_else(|| Ok((*item.record).clone()), Err),
        });
        ReceivedBatch {
            epoch: sheet.epoch,
            first: sheet.first,
            at: sheet.at,
            items: received.collect(),
            terms: sheet.terms,
            sheet: SheetHash(digest(Domain::Terms, &[&sheet_bytes])),
            sheet_bytes,
        }
    }

    /// What it owes from where the node stands, at most three statements; none where there is nothing.
    pub fn obligations(&mut self) -> Option<Incoming> {
        let line = self.line.as_mut()?;
        let held = line.heard.as_ref()?.obligations_held;
        let from = line.told.unwrap_or(held.map_or(0, |held| held.number.0));
        let statements: Vec<SignedStatement> = self.owed.iter().skip(from as usize).take(3).cloned().collect();
        line.told = Some(from + statements.len() as u64);
        (!statements.is_empty()).then(|| owed_frame(PEER_LIFE, ItemNumber(from + 1), statements))
    }
}

/// A frame of statements as its verification gives it, all of them good.
pub fn owed_frame(incarnation: Incarnation, first: ItemNumber, statements: Vec<SignedStatement>) -> Incoming {
    let Obligations { incarnation, first, statements } = Obligations { incarnation, first, statements };
    let read = |signed: SignedStatement| {
        let statement: Statement = signed.read().expect("it was made here");
        (signed, Ok(statement))
    };
    Incoming::Obligations(ReceivedObligations {
        incarnation,
        first,
        statements: statements.into_iter().map(read).collect(),
    })
}

/// Terms for every section, under the grant that the peer sees in force.
fn terms(of: Country, item: &Foreign, grant: Option<usize>) -> Terms {
    let document = hash(of, grant.unwrap_or(0));
    let row = |section| TermsRow {
        section,
        purpose: Purpose::Investigation,
        articles: [Citation { document, article: "1".into() }].into_iter().collect(),
        to_units: None,
    };
    let conditions = UseConditions {
        keep_until: item.record.manifest().expires,
        onward: Onward::Never,
        caveats: Set::default(),
        handling: Set::default(),
        requests: Set::default(),
        consents: Set::default(),
    };
    Terms::new(item.record.sections_held().iter().map(row).collect(), conditions).expect("good terms")
}

/// What the running hash of a ledger covers of one item, written down apart from the code that is tried.
pub fn item_bytes(record: &RecordId, sections: SectionSet, terms: &Terms) -> Vec<u8> {
    let terms = digest(Domain::Terms, &[&encode(Domain::Terms, terms)]);
    [record.0.as_slice(), &sections.bits().to_le_bytes(), &terms].concat()
}

/// A running hash that nobody has worked out.
pub const NONSENSE: StreamHash = StreamHash([0x5a; 32]);

/// The records of some foreign items.
pub fn envelopes(items: &[Foreign]) -> Vec<chancery_record::RecordEnvelope> {
    items.iter().map(|item| Arc::clone(&item.record).envelope().clone()).collect()
}
