//! What must hold of everything the node hands over, read by hand.

use chancery_exchange::limits::{
    CONTROL_FRAME_BYTES_MAX, CREDIT_ITEMS, CREDIT_ITEMS_MIN, LEDGER_FRAME_BYTES_MAX, OBLIGATIONS_IN_FLIGHT_MAX,
    OBLIGATIONS_PER_FRAME_MAX, REFUSALS_PER_RECEIPT_MAX,
};
use chancery_exchange::wire::{
    Batch, FrameKind, Hello, ObligationReceipt, Obligations, OpenEpoch, Receipt, ReturnAsk, Stream, TermsSheet,
};
use chancery_exchange::{
    Change, Epoch, Holdings, Incarnation, ItemNumber, Life, Mark, MarkTarget, ObligationPosition, STREAM_ORIGIN,
    SignedByNode, StreamPosition, chain,
};
use chancery_record::encoding::{Domain, decode};
use chancery_record::{Country, Lineage, Manifest, Record, SectionSet};

use super::keys::{own, peers};
use super::peer::item_bytes;
use super::treaties::{grant_with, hash};
use super::world::World;

impl World {
    /// A frame has been handed over: it is checked, and heard by the peer unless it is lost.
    pub fn sent(&mut self, to: Country, kind: FrameKind, body: &[u8]) {
        let limit = if kind.stream() == Stream::Ledger { LEDGER_FRAME_BYTES_MAX } else { CONTROL_FRAME_BYTES_MAX };
        assert!(body.len() <= limit, "a frame of {} bytes on {:?}", body.len(), kind.stream());
        match kind {
            FrameKind::Hello => self.sent_hello(to, content(&read(body), Domain::Hello)),
            FrameKind::Receipt => self.sent_receipt(to, read(body)),
            FrameKind::ObligationReceipt => self.sent_obligation_receipt(to, read(body)),
            FrameKind::OpenEpoch => self.sent_open_epoch(to, &read(body)),
            FrameKind::Batch => self.sent_batch(to, &read(body)),
            FrameKind::Obligations => self.sent_obligations(to, &read(body)),
            FrameKind::Compare => {
                let line = self.line(to);
                line.compare_due = (!line.deaf).then(|| read(body));
            }
            FrameKind::ReturnAsk => {
                let line = self.line(to);
                line.return_due = (!line.deaf).then(|| read::<ReturnAsk>(body).cursor);
            }
            _ => {}
        }
    }

    fn sent_hello(&mut self, to: Country, hello: Hello) {
        assert_eq!((hello.sender, hello.recipient), (own(), to), "a hello names both ends");
        let known = self.agreed_with(at_of(to)).map(|which| hash(to, which));
        let named = hello.treaties.iter().copied().collect::<Vec<_>>();
        assert!(named.iter().all(|treaty| Some(*treaty) == known), "a hello names treaties with this peer alone");
        let held = self.store.received(to).expect("readable");
        let is_durable =
            |said: StreamPosition| held.is_some_and(|held| (held.epoch, held.number) >= (said.epoch, said.number));
        assert!(hello.ledger_held.is_none_or(is_durable), "a hello speaks of what is durable");
        let line = self.line(to);
        assert!(line.heard.is_none(), "one hello on one connection");
        if !line.deaf {
            let met = hello.incarnation;
            line.heard = Some(Box::new(hello));
            let peer = self.peer(to);
            peer.met = peer.met.max(Some(met));
        }
    }

    fn sent_receipt(&mut self, to: Country, signed: SignedByNode) {
        let receipt: Receipt = content(&signed, Domain::Receipt);
        assert_eq!((receipt.holder, receipt.sender), (own(), to), "a receipt names both ends");
        let said = (receipt.position.epoch, receipt.position.number);
        let held = self.store.received(to).expect("readable");
        let is_durable = held.is_some_and(|held| (held.epoch, held.number) >= said);
        assert!(is_durable, "a receipt for {said:?} where {held:?} is durable");
        assert!(receipt.refusals.len() <= REFUSALS_PER_RECEIPT_MAX, "refusals are bounded");
        assert!(receipt.refusals.iter().all(|refusal| refusal.number <= receipt.position.number), "of what it covers");
        let line = self.line(to);
        assert!(line.receipted.is_none_or(|before| before < said), "receipts rise");
        line.receipted = Some(said);
        line.unanswered = false;
        if !line.deaf {
            self.peer(to).ledger_receipted = Some(signed);
        }
        self.spoke += 1;
    }

    fn sent_obligation_receipt(&mut self, to: Country, signed: SignedByNode) {
        let receipt: ObligationReceipt = content(&signed, Domain::ObligationReceipt);
        assert_eq!((receipt.holder, receipt.sender), (own(), to), "a receipt names both ends");
        let held = self.store.obligations_received(to).expect("readable");
        let is_durable = held.is_some_and(|held| {
            held.incarnation == receipt.position.incarnation && held.number >= receipt.position.number
        });
        assert!(is_durable, "a receipt for {:?} where {held:?} is durable", receipt.position);
        if !self.line(to).deaf {
            self.peer(to).obligations_receipted = Some(signed);
        }
        self.spoke += 1;
    }

    fn sent_open_epoch(&mut self, to: Country, open: &OpenEpoch) {
        assert_eq!(open.incarnation, self.life(), "an epoch is one of this store");
        // What was lost on the way, or held no item, and was lost at home as well may be said anew: nobody keeps it.
        let is_heard = !self.line(to).deaf && !self.has_restored;
        let place = (open.incarnation, open.epoch);
        let last = self.epochs.get(&to).copied();
        assert!(last.is_none_or(|last| last < place), "epoch {place:?} to {to} after {last:?}");
        if is_heard {
            self.epochs.insert(to, place);
        }
        let held = self.peer(to).ledger_held;
        let line = self.line(to);
        let stands = line.theirs.or(held);
        if line.honest && !line.deaf {
            assert_eq!(open.base, stands, "an epoch begins where the stream stands");
        }
        let hash = open.base.map_or(STREAM_ORIGIN, |base| base.hash);
        let number = ItemNumber(0);
        let incarnation = open.incarnation;
        line.theirs = Some(StreamPosition { incarnation, epoch: open.epoch, number, hash });
    }

    fn sent_batch(&mut self, to: Country, batch: &Batch) {
        let sheet: TermsSheet =
            decode(Domain::Terms, &batch.sheet.bytes, LEDGER_FRAME_BYTES_MAX).expect("a sheet of our own");
        assert_eq!((sheet.sender, sheet.recipient), (own(), to), "a sheet names both ends");
        assert!(!self.store.life().expect("readable").is_recovering(), "a node that recovers sends no records");
        let mut stands = self.line(to).theirs.expect("an epoch is opened before a batch");
        assert_eq!((sheet.epoch, sheet.first), (stands.epoch, stands.number.next()), "numbers are dense");
        assert_eq!(sheet.items.len(), batch.envelopes.len());
        let mut arrived = Vec::new();
        for (item, envelope) in sheet.items.iter().zip(&batch.envelopes) {
            let terms = &sheet.terms[usize::from(item.terms)];
            stands.number = stands.number.next();
            stands.hash = chain(&stands.hash, &item_bytes(&item.record, item.sections, terms));
            let row = self.store.ledger_row(to, sheet.epoch, stands.number).expect("readable");
            let row = row.expect("a disclosure is durable before its bytes leave");
            assert_eq!((row.record, row.sections, row.hash), (item.record, item.sections, stands.hash), "as written");
            let record = self.sealed.get(&item.record).expect("only own records leave");
            assert_eq!(Manifest::id_of(&envelope.manifest), item.record, "the record is the one that is named");
            let left: SectionSet = envelope.sections.iter().map(|section| section.name).collect();
            assert_eq!(left, item.sections, "what leaves is what is named");
            let verbatim = |section: &chancery_record::Section| record.section(section.name) == Some(section);
            assert!(envelope.sections.iter().all(verbatim), "sections leave as they were sealed");
            let allowed = self.allowed(record, to);
            assert!(allowed.contains_all(left), "{left:?} of {} goes to {to}, where {allowed:?} may", item.record);
            let covered: SectionSet = terms.sections().iter().collect();
            assert!(covered.contains_all(left), "terms cover what leaves");
            arrived.push((item.record, left));
        }
        self.spoke += 1;
        let line = self.line(to);
        line.theirs = Some(stands);
        if line.deaf {
            return;
        }
        line.receipt_due = true;
        let peer = self.peer(to);
        peer.ledger_held = Some(stands);
        peer.kept.sheet(&sheet);
        self.epochs.insert(to, (stands.incarnation, stands.epoch));
        let peer = self.peer(to);
        for (record, sections) in arrived {
            let known = peer.sections.entry(record).or_insert(SectionSet::EMPTY);
            *known = known.union(sections);
        }
    }

    fn sent_obligations(&mut self, to: Country, obligations: &Obligations) {
        let count = obligations.statements.len();
        assert!((1..=OBLIGATIONS_PER_FRAME_MAX).contains(&count), "a frame of {count} statements");
        assert_eq!(obligations.incarnation, self.life());
        let before = ItemNumber(obligations.first.0 - 1);
        let rows = self.store.owed(to, before, count).expect("readable");
        assert_eq!(rows.len(), count, "what is owed is durable before it leaves");
        for ((_, statement), left) in rows.iter().zip(&obligations.statements) {
            assert_eq!(statement.bytes, left.bytes, "what leaves is what is owed");
        }
        let held = self.peer(to).obligations_held;
        let line = self.line(to);
        let stands = line.next_owed.or(line.honest.then(|| held.map_or(ItemNumber(1), |held| held.number.next())));
        let begins_again = obligations.first == ItemNumber(1);
        assert!(
            begins_again || stands.is_none_or(|next| next == obligations.first),
            "obligations follow without a gap"
        );
        let last = rows.last().map(|(position, _)| *position).expect("at least one");
        line.next_owed = Some(last.number.next());
        if !line.deaf {
            line.obligation_receipt_due = true;
            let position = ObligationPosition { incarnation: obligations.incarnation, ..last };
            let peer = self.peer(to);
            peer.obligations_held = Some(position);
            obligations.statements.iter().for_each(|statement| peer.kept.statement(statement));
        }
    }

    /// The life of the node's store.
    fn life(&self) -> Incarnation {
        self.store.incarnation().expect("readable")
    }

    fn line(&mut self, of: Country) -> &mut super::peer::Line {
        self.peer(of).line.as_mut().expect("a connection")
    }

    /// What may go of an own record to a peer now.
    pub fn allowed(&self, record: &Record, to: Country) -> SectionSet {
        let manifest = record.manifest();
        let peer = self.peers.iter().find(|peer| peer.country == to).expect("a peer");
        let is_common = peer.line.as_ref().is_some_and(|line| line.named == self.agreed_with(at_of(to)));
        let Some(grant) = grant_with(&self.agreed, to).filter(|_| is_common) else { return SectionSet::EMPTY };
        let marked = self.store.mark(own(), &manifest.lineage, &record.id()).expect("readable");
        let versions = self.store.versions(own(), &manifest.lineage).expect("readable");
        let under_way = self.writes.iter().flat_map(|(_, changes)| changes).any(|change| match change {
            Change::Mark { maker, target: MarkTarget::Lineage(of), .. } => *maker == own() && *of == manifest.lineage,
            Change::Accept(acceptance) => {
                let later = acceptance.record.manifest();
                (later.originator, later.lineage) == (own(), manifest.lineage) && later.revision > manifest.revision
            }
            _ => false,
        });
        let is_gone = self.was_taken_back(&manifest.lineage, to)
            || marked.is_some_and(|mark| mark != Mark::Corrected)
            || versions.iter().any(|(revision, _)| *revision > manifest.revision)
            || under_way;
        if is_gone { SectionSet::EMPTY } else { grant.lets_go(record, to, self.now.wall.date()) }
    }

    /// Whether an honest peer was told of a withdrawal: then it does not come back to it, nor, once everyone has given back
    /// what it knew, to anybody.
    fn was_taken_back(&self, lineage: &Lineage, to: Country) -> bool {
        let has_recovered = matches!(self.store.life().expect("readable"), Life::Recovered(_)) && !self.has_overridden;
        let told = self.peers.iter().filter(|peer| !peer.has_lied && (has_recovered || peer.country == to));
        !self.has_overridden && told.into_iter().any(|peer| peer.kept.withdrawn.contains(lineage))
    }

    /// What stands with each peer is within what was agreed.
    pub fn check_sessions(&self) {
        for state in self.exchange.session_states() {
            let peer = self.peers.iter().find(|peer| peer.country == state.peer).expect("a peer");
            let line = peer.line.as_ref().expect("a session has a connection");
            let credit = line.credit_items.clamp(CREDIT_ITEMS_MIN, CREDIT_ITEMS) as usize;
            assert!(state.in_flight <= credit, "{} items under way, {credit} may be", state.in_flight);
            assert!(state.obligations_in_flight < OBLIGATIONS_IN_FLIGHT_MAX + OBLIGATIONS_PER_FRAME_MAX as u64);
        }
    }

    /// No copy of another country's record stands that its originator took back, and the store finds itself sound.
    pub fn check_kept(&self, foreign: &[Record]) {
        for record in foreign {
            let Some(held) = self.store.held(&record.id()).expect("readable") else { continue };
            let is_gone = held.mark.is_some_and(|mark| mark != Mark::Corrected);
            assert!(!is_gone, "a record that was taken back is held: {:?}", held.mark);
        }
        let mut findings = Vec::new();
        self.store.verify(|_| (), |finding| findings.push(finding)).expect("readable");
        assert!(findings.is_empty(), "{findings:?}");
    }

    /// The last item of a ledger that is on disk.
    pub fn ledger_end(&self, to: Country) -> Option<(Epoch, ItemNumber)> {
        self.store.ledger_end(to).expect("readable")
    }
}

fn at_of(peer: Country) -> usize {
    peers().iter().position(|of| *of == peer).expect("a peer")
}

fn read<T: bincode::Encode + bincode::Decode<()>>(body: &[u8]) -> T {
    decode(Domain::Frame, body, LEDGER_FRAME_BYTES_MAX).expect("a frame of our own")
}

/// What the node signed; that the signature is good, the targets of each frame say.
fn content<T: bincode::Encode + bincode::Decode<()>>(signed: &SignedByNode, domain: Domain) -> T {
    decode(domain, &signed.bytes, CONTROL_FRAME_BYTES_MAX).expect("content of our own")
}
