//! A country without a node, whose frames a test writes by hand.

use chancery_exchange::wire::{
    Batch, FrameKind, Hello, ObligationReceipt, Obligations, OpenEpoch, PROTOCOL_VERSION, Receipt, Refusal, SheetItem,
    Stream, TermsSheet,
};
use chancery_exchange::{Epoch, Incarnation, Input, ItemNumber, ObligationPosition, SignedByNode, StreamPosition};
use chancery_record::encoding::{Domain, decode, encode};
use chancery_record::{
    Country, DocumentHash, Onward, Placement, Purpose, Record, RecordEnvelope, SectionName, SectionSet, Set,
    SignedStatement, Statement,
};
use chancery_treaty::{Citation, Terms, TermsRow, UseConditions};

use super::keys::{certificate, record_key, transport_key};
use super::{Frame, Grant, Paper, World, pair};

/// The hand that writes for `own` to `peer`.
#[derive(Clone, Copy, Debug)]
pub struct Liar {
    pub own: Country,
    pub peer: Country,
    pub incarnation: Incarnation,
}

/// What a node holds in force with a peer, so that the peer can say the same.
fn treaties_with(world: &World, node: Country, peer: Country) -> Set<DocumentHash> {
    world
        .nodes
        .get(&node)
        .map(|node| node.exchange.law().treaties_with(peer).iter().copied().collect())
        .unwrap_or_default()
}

impl Liar {
    pub fn new(own: Country, peer: Country) -> Self {
        Self { own, peer, incarnation: Incarnation(3) }
    }

    pub fn hello(&self, world: &World) -> Hello {
        Hello {
            version_min: PROTOCOL_VERSION,
            version_max: PROTOCOL_VERSION,
            features: 0,
            sender: self.own,
            recipient: self.peer,
            sender_transport: transport_key(self.own),
            recipient_transport: transport_key(self.peer),
            certificates: vec![certificate(self.own, 1, &record_key(self.own))],
            revocations: Vec::new(),
            treaties: treaties_with(world, self.peer, self.own),
            clock: world.now(self.own).wall,
            incarnation: self.incarnation,
            ledger_held: None,
            obligations_held: None,
            credit_items: 4096,
            credit_bytes: 8 << 20,
            ledger_receipted: None,
            obligations_receipted: None,
            is_recovering: false,
            met: None,
        }
    }

    /// Connects and says a good hello.
    pub fn greet(&self, world: &mut World) {
        self.greet_with(world, |_| {});
    }

    pub fn greet_with(&self, world: &mut World, change: impl FnOnce(&mut Hello)) {
        world.connect(self.own, self.peer);
        let mut hello = self.hello(world);
        change(&mut hello);
        self.say_hello(world, &hello);
        world.settle();
    }

    pub fn say_hello(&self, world: &mut World, hello: &Hello) {
        self.say_signed(world, FrameKind::Hello, Domain::Hello, hello);
    }

    pub fn say_signed<T: bincode::Encode>(&self, world: &mut World, kind: FrameKind, domain: Domain, content: &T) {
        let signed = SignedByNode::sign(domain, content, &record_key(self.own));
        self.say(world, kind, &signed);
    }

    /// Says a frame on the stream where it belongs; it arrives at once.
    pub fn say<T: bincode::Encode>(&self, world: &mut World, kind: FrameKind, content: &T) {
        self.say_on(world, kind.stream(), kind, encode(Domain::Frame, content));
    }

    pub fn say_on(&self, world: &mut World, stream: Stream, kind: FrameKind, body: Vec<u8>) {
        let Some(link) = world.links.get(&pair(self.own, self.peer)) else { return };
        let connection = link.ids[&self.peer];
        world.arrive(self.own, self.peer, connection, Frame { stream, kind: kind as u8, body });
    }

    pub fn receipt(&self, world: &mut World, position: StreamPosition, refusals: Vec<Refusal>) {
        let receipt = Receipt { holder: self.own, sender: self.peer, position, refusals, at: world.now(self.own).wall };
        self.say_signed(world, FrameKind::Receipt, Domain::Receipt, &receipt);
    }

    pub fn obligation_receipt(&self, world: &mut World, position: ObligationPosition) {
        let at = world.now(self.own).wall;
        let receipt = ObligationReceipt { holder: self.own, sender: self.peer, position, at };
        self.say_signed(world, FrameKind::ObligationReceipt, Domain::ObligationReceipt, &receipt);
    }

    pub fn open_epoch(&self, world: &mut World, epoch: u64, base: Option<StreamPosition>) {
        let open = OpenEpoch { epoch: Epoch(epoch), base, incarnation: self.incarnation };
        self.say(world, FrameKind::OpenEpoch, &open);
    }

    /// Sends records under terms that say each of their sections is for investigation under article 1.
    pub fn batch(&self, world: &mut World, epoch: u64, first: u64, records: &[Record]) {
        let mut sheet = self.sheet(world, epoch, first);
        for record in records {
            let sections = record.sections_held();
            sheet.items.push(SheetItem { record: record.id(), sections, terms: sheet.terms.len() as u16 });
            sheet.terms.push(self.terms(world, record));
        }
        let envelopes = records.iter().map(|record| record.envelope().clone()).collect();
        self.batch_of(world, &sheet, envelopes);
    }

    /// Every section of a record, for investigation under article 1.
    pub fn terms(&self, world: &World, record: &Record) -> Terms {
        let grant = world.node(self.peer).grants.get(&self.own).copied().unwrap_or(Grant::USUAL);
        let document = grant.hash(self.own, self.peer);
        let row = |section| TermsRow {
            section,
            purpose: Purpose::Investigation,
            articles: [Citation { document, article: "1".into() }].into_iter().collect(),
            to_units: None,
        };
        let conditions = UseConditions {
            keep_until: record.manifest().expires,
            onward: Onward::Never,
            caveats: Set::default(),
            handling: Set::default(),
            requests: Set::default(),
            consents: Set::default(),
        };
        Terms::new(record.sections_held().iter().map(row).collect(), conditions).unwrap()
    }

    pub fn sheet(&self, world: &World, epoch: u64, first: u64) -> TermsSheet {
        TermsSheet {
            sender: self.own,
            recipient: self.peer,
            epoch: Epoch(epoch),
            first: ItemNumber(first),
            at: world.now(self.own).wall,
            terms: Vec::new(),
            items: Vec::new(),
        }
    }

    pub fn batch_of(&self, world: &mut World, sheet: &TermsSheet, envelopes: Vec<RecordEnvelope>) {
        let sheet = SignedByNode::sign(Domain::Terms, sheet, &record_key(self.own));
        self.say(world, FrameKind::Batch, &Batch { sheet, envelopes });
    }

    pub fn obligations(&self, world: &mut World, first: u64, statements: Vec<SignedStatement>) {
        let obligations = Obligations { incarnation: self.incarnation, first: ItemNumber(first), statements };
        self.say(world, FrameKind::Obligations, &obligations);
    }

    pub fn state(&self, world: &mut World, first: u64, statement: &Statement) {
        self.obligations(world, first, vec![statement.sign(&record_key(self.own))]);
    }

    /// A record of this country with the sections that the usual treaty lets go.
    pub fn record(&self, world: &mut World, paper: &Paper) -> Record {
        self.record_of(world, paper, self.own)
    }

    /// A record that says it is of `originator`, sealed by its key.
    pub fn record_of(&self, world: &mut World, paper: &Paper, originator: Country) -> Record {
        let issued = world.now(self.own).wall;
        let mut salt = || {
            let (one, two) = (world.chance.next().to_le_bytes(), world.chance.next().to_le_bytes());
            let mut salt = [0; 16];
            salt[..8].copy_from_slice(&one);
            salt[8..].copy_from_slice(&two);
            salt
        };
        let lineage = chancery_record::Lineage(salt());
        let place =
            Placement { lineage, revision: 5, collected: None, originator, unit: "UNIT-1".parse().unwrap(), issued };
        self.seal(paper, &place, salt)
    }

    pub fn seal(&self, paper: &Paper, place: &Placement, salts: impl FnMut() -> [u8; 16]) -> Record {
        let record = paper.draft().seal(place, &record_key(place.originator), salts).unwrap();
        let released: SectionSet = [SectionName::Object, SectionName::Circumstances].into_iter().collect();
        record.with_only(released)
    }

    /// What came since it was asked last, of one kind.
    pub fn heard(&self, world: &mut World, kind: FrameKind) -> Vec<Frame> {
        let inbox = world.inboxes.entry(self.own).or_default();
        let heard = inbox.iter().filter(|frame| frame.kind == kind as u8).cloned().collect();
        inbox.retain(|frame| frame.kind != kind as u8);
        heard
    }

    pub fn heard_signed<T: bincode::Encode + bincode::Decode<()>>(
        &self,
        world: &mut World,
        kind: FrameKind,
        domain: Domain,
    ) -> Vec<T> {
        let heard = self.heard(world, kind);
        let open = |frame: Frame| {
            let signed: SignedByNode = decode(Domain::Frame, &frame.body, 1 << 20).unwrap();
            signed.open_by_key(domain, 1 << 20).unwrap()
        };
        heard.into_iter().map(open).collect()
    }

    pub fn disconnected(&self, world: &mut World) {
        let link = world.links.remove(&pair(self.own, self.peer)).unwrap();
        let connection = link.ids[&self.peer];
        world.handle(self.peer, Input::Disconnected { peer: self.own, connection });
    }
}
