//! What peers say that is not so, or that is no frame at all.

use chancery_exchange::wire::{Batch, FrameKind, Refusal, Stream};
use chancery_exchange::{
    ConnectionId, Epoch, Incarnation, Incoming, Input, ItemNumber, ObligationPosition, ProtocolFault, RefusalCode,
    STREAM_ORIGIN, StreamPosition, VerifyContext,
};
use chancery_record::encoding::{Domain, encode};
use chancery_record::{Instant, Saying, Statement, WithdrawalReason};

use super::keys::{by_node, own, roster, stated, transport_key};
use super::papers::{FOREIGN, Foreign, foreign};
use super::peer::{NONSENSE, PEER_LIFE, envelopes, owed_frame};
use super::step::Step;
use super::steps::STREAMS;
use super::world::{NODE_LIFE, World};
use crate::script::Script;

/// Numbers near the ends of something.
const NUMBERS: [u64; 6] = [0, 1, 2, 3, 64, u64::MAX];

impl World {
    pub fn lie(&mut self, lie: Step, at: usize, script: &mut Script<'_>) {
        if self.peers[at].line.is_none() {
            return;
        }
        self.is_lying(at);
        match lie {
            Step::LieInHello => self.lie_in_hello(at, script),
            Step::LieInReceipt => self.lie_in_receipt(at, script),
            Step::LieInObligationReceipt => {
                let position = obligation_position(script);
                let receipt = self.peers[at].obligation_receipt(position, self.now.wall);
                self.say(at, Ok(Incoming::ObligationReceipt(Box::new(receipt))));
            }
            Step::LieInOpening => {
                let Some(mut open) = self.peers[at].open() else { return };
                match script.below(3) {
                    0 => open.epoch = Epoch(script.one_of(&NUMBERS)),
                    1 => open.base = Some(position(script)),
                    _ => open.incarnation = Incarnation(script.one_of(&NUMBERS)),
                }
                self.say(at, Ok(Incoming::OpenEpoch(open)));
            }
            Step::LieInBatch => self.lie_in_batch(at, script),
            Step::LieInStatement => self.lie_in_statement(at, script),
            Step::Bytes => {
                let (stream, kind) = (script.one_of(&STREAMS), script.byte() % 16);
                let length = usize::from(script.byte());
                let body = script.bytes(length);
                self.arrive(at, stream, kind, body);
            }
            Step::Mutated => self.mutate(at, script),
            Step::Claim => self.claim(at, script),
            _ => self.speak_on_another_line(at, script),
        }
    }

    /// From now on this connection may be ended by the node, and the peer's word is no measure of what it holds.
    pub fn is_lying(&mut self, at: usize) {
        let peer = &mut self.peers[at];
        peer.has_lied = true;
        if let Some(line) = peer.line.as_mut() {
            line.honest = false;
        }
    }

    fn lie_in_hello(&mut self, at: usize, script: &mut Script<'_>) {
        // The treaty that stands, or one that does not.
        let named = if script.below(4) == 0 { Some(script.below(4)) } else { self.agreed_with(at) };
        let mut hello = self.peers[at].hello(named, self.now.wall);
        match script.below(11) {
            0 => hello.version_min = 2,
            1 => hello.version_max = 0,
            2 => hello.sender_transport = transport_key(own()),
            3 => hello.recipient_transport = transport_key(self.peers[at].country),
            4 => hello.clock = Instant(script.one_of(&NUMBERS)),
            5 => {
                self.peers[at].lied_of_lives = true;
                hello.incarnation = Incarnation(script.one_of(&NUMBERS));
            }
            6 => hello.ledger_held = Some(position(script)),
            7 => hello.obligations_held = Some(obligation_position(script)),
            9 => hello.met = Some(Incarnation(script.one_of(&NUMBERS))),
            8 => (hello.ledger_held, hello.obligations_held) = (None, None),
            _ => {
                (hello.credit_items, hello.credit_bytes) =
                    (script.one_of(&[0, 1, u32::MAX]), script.one_of(&[0, u32::MAX]))
            }
        }
        if let Some(line) = self.peers[at].line.as_mut() {
            line.greeted = true;
            (line.credit_items, line.named) = (hello.credit_items, named);
        }
        self.say(at, Ok(Incoming::Hello(Box::new(hello))));
    }

    /// A receipt for what is not held, or one that refuses what it names.
    fn lie_in_receipt(&mut self, at: usize, script: &mut Script<'_>) {
        let codes = [RefusalCode::BadSeal, RefusalCode::UnknownCertificate, RefusalCode::UnknownTreaty];
        let peer = &self.peers[at];
        let drawn = match (script.below(3), peer.ledger_held, self.ledger_end(peer.country)) {
            (0, Some(held), _) => held,
            // A row that is written down and may not have been handed over.
            (1, _, Some((epoch, number))) => {
                let row = chancery_exchange::Holdings::ledger_row(&self.store, peer.country, epoch, number);
                let hash = row.expect("readable").map_or(NONSENSE, |row| row.hash);
                StreamPosition { incarnation: NODE_LIFE, epoch, number, hash }
            }
            _ => position(script),
        };
        let count = script.below(4) as u64;
        let refusal = |back: u64| Refusal {
            number: ItemNumber(drawn.number.0.saturating_sub(back)),
            code: codes[back as usize % codes.len()],
        };
        let receipt = self.peers[at].receipt(drawn, (0..count).map(refusal).collect(), self.now.wall);
        self.say(at, Ok(Incoming::Receipt(Box::new(receipt))));
    }

    fn lie_in_batch(&mut self, at: usize, script: &mut Script<'_>) {
        let (of, now) = (self.peers[at].country, self.now.wall);
        let items: Vec<Foreign> = (0..=script.below(3)).map(|_| foreign(of, script.below(FOREIGN))).collect();
        let grant = Some(script.below(4));
        let Some(mut sheet) = self.peers[at].sheet(&items, grant, now) else { return };
        match script.below(4) {
            0 => sheet.first = ItemNumber(script.one_of(&NUMBERS)),
            1 => sheet.epoch = Epoch(script.one_of(&NUMBERS)),
            2 => sheet.at = Instant(script.one_of(&NUMBERS)),
            // Terms of another treaty than stands.
            _ => {}
        }
        let batch = self.peers[at].verified(sheet, &items);
        self.say(at, Ok(Incoming::Batch(Box::new(batch))));
    }

    /// Statements about what is another's, from another's mouth, or at another place of the stream.
    fn lie_in_statement(&mut self, at: usize, script: &mut Script<'_>) {
        let of = self.peers[at].country;
        let maker = if script.below(3) == 0 { own() } else { of };
        let lineage = match self.lineages.as_slice() {
            [] => foreign(of, 3).record.manifest().lineage,
            own => script.one_of(own),
        };
        let saying = match script.below(2) {
            0 => Saying::Withdrawal { lineage, reason: WithdrawalReason::Other },
            _ => Saying::Recall { records: self.sealed.keys().copied().take(4).collect() },
        };
        let outlive = self.now.wall.date().plus_days(100);
        let statement = Statement { maker, made: self.now.wall, saying, outlive };
        let life = Incarnation(if script.below(4) == 0 { script.one_of(&NUMBERS) } else { PEER_LIFE.0 });
        self.say(at, Ok(owed_frame(life, ItemNumber(script.one_of(&NUMBERS)), vec![stated(of, &statement)])));
    }

    /// A good frame with some of its bytes changed.
    fn mutate(&mut self, at: usize, script: &mut Script<'_>) {
        let (of, now, agreed) = (self.peers[at].country, self.now.wall, self.agreed_with(at));
        let peer = &mut self.peers[at];
        let kinds = [
            FrameKind::Hello,
            FrameKind::Receipt,
            FrameKind::ObligationReceipt,
            FrameKind::OpenEpoch,
            FrameKind::Batch,
        ];
        let kind = script.one_of(&kinds);
        let signed = match kind {
            FrameKind::Hello => encode(Domain::Frame, &by_node(of, Domain::Hello, &peer.hello(agreed, now))),
            FrameKind::Receipt => {
                let receipt = peer.receipt(peer.ledger_held.unwrap_or(nowhere()), Vec::new(), now);
                encode(Domain::Frame, &receipt.signed)
            }
            FrameKind::ObligationReceipt => {
                let nothing = ObligationPosition { incarnation: NODE_LIFE, number: ItemNumber(0), hash: STREAM_ORIGIN };
                let receipt = peer.obligation_receipt(peer.obligations_held.unwrap_or(nothing), now);
                encode(Domain::Frame, &receipt.signed)
            }
            FrameKind::OpenEpoch => match peer.open() {
                Some(open) => encode(Domain::Frame, &open),
                None => return,
            },
            _ => {
                let items = [foreign(of, script.below(FOREIGN))];
                let Some(sheet) = peer.sheet(&items, Some(0), now) else { return };
                let sheet = by_node(of, Domain::Terms, &sheet);
                encode(Domain::Frame, &Batch { sheet, envelopes: envelopes(&items) })
            }
        };
        let mut body = signed;
        for _ in 0..script.below(3) {
            let place = usize::from(script.byte()) * 257 + usize::from(script.byte());
            let length = body.len();
            body[place % length] ^= 1 << script.below(8);
        }
        self.arrive(at, kind.stream(), kind as u8, &body);
    }

    /// Bytes arrive and are verified as a node verifies them.
    fn arrive(&mut self, at: usize, stream: Stream, kind: u8, body: &[u8]) {
        let known = roster(self.known);
        let context = VerifyContext { roster: &known, own: own(), peer: self.peers[at].country, now: self.now.wall };
        let message: Result<Incoming, ProtocolFault> = Incoming::verify(stream, kind, body, &context);
        self.say(at, message);
    }

    /// Something about a connection that does not stand changes nothing.
    fn speak_on_another_line(&mut self, at: usize, script: &mut Script<'_>) {
        let peer = self.peers[at].country;
        let connection = ConnectionId(u64::from(script.byte()) + 1_000_000);
        let hello = self.peers[at].hello(self.agreed_with(at), self.now.wall);
        let input = match script.below(3) {
            0 => Input::Disconnected { peer, connection },
            1 => Input::Permit { peer, connection, stream: script.one_of(&STREAMS) },
            _ => Input::Received { peer, connection, message: Ok(Incoming::Hello(Box::new(hello))) },
        };
        let before = self.exchange.session_states();
        let writes = self.writes.len();
        self.handle(input);
        assert_eq!(self.exchange.session_states(), before, "a connection that has ended says nothing");
        assert_eq!(self.writes.len(), writes, "a connection that has ended writes nothing");
    }
}

fn nowhere() -> StreamPosition {
    StreamPosition { incarnation: NODE_LIFE, epoch: Epoch(0), number: ItemNumber(0), hash: STREAM_ORIGIN }
}

fn position(script: &mut Script<'_>) -> StreamPosition {
    StreamPosition {
        incarnation: Incarnation(script.one_of(&[NODE_LIFE.0, PEER_LIFE.0, 0, u64::MAX])),
        epoch: Epoch(script.one_of(&NUMBERS)),
        number: ItemNumber(script.one_of(&NUMBERS)),
        hash: script.one_of(&[STREAM_ORIGIN, NONSENSE]),
    }
}

fn obligation_position(script: &mut Script<'_>) -> ObligationPosition {
    ObligationPosition {
        incarnation: Incarnation(script.one_of(&[NODE_LIFE.0, PEER_LIFE.0, 0, u64::MAX])),
        number: ItemNumber(script.one_of(&NUMBERS)),
        hash: script.one_of(&[STREAM_ORIGIN, NONSENSE]),
    }
}
