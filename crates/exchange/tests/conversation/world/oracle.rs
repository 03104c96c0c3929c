//! What must hold of every frame at the moment it is handed over.

use std::collections::BTreeMap;
use std::sync::Arc;

use chancery_exchange::wire::{
    Batch, FrameKind, ObligationReceipt, Obligations, OnwardOffer, OpenEpoch, Receipt, TermsSheet,
};
use chancery_exchange::{ConnectionId, Epoch, Holdings, ItemNumber, OnwardHolder, SignedByNode};
use chancery_record::encoding::{Domain, decode};
use chancery_record::{ConsentAnswer, Country, KeyNews, Moment, Onward, Record, RecordId, SectionSet};

use super::link::Frame;
use super::node::Node;

const FRAME_BYTES_MAX: usize = 1 << 20;

/// All that was ever sealed and sent, as nobody in the world knows it.
#[derive(Default)]
pub struct Oracle {
    pub sealed: BTreeMap<RecordId, Arc<Record>>,
    /// What was handed over, from whom to whom.
    pub sent: BTreeMap<(Country, Country), BTreeMap<RecordId, SectionSet>>,
    /// How often each was handed over.
    pub times: BTreeMap<(Country, Country, RecordId), usize>,
    /// Which record bore a number.
    numbers: BTreeMap<(Country, Country, Epoch, ItemNumber), (RecordId, SectionSet)>,
    streams: BTreeMap<(Country, ConnectionId), (Epoch, ItemNumber)>,
    pub batches: usize,
    /// News of countries' keys that were handed over.
    pub news: usize,
    /// Offers to pass something on.
    pub offers: usize,
}

impl Oracle {
    pub fn check(&mut self, node: &Node, to: Country, connection: ConnectionId, frame: &Frame, now: Moment) {
        match FrameKind::from_byte(frame.kind).unwrap() {
            FrameKind::Batch => self.check_batch(node, to, connection, &frame.body, now),
            FrameKind::OpenEpoch => {
                let open: OpenEpoch = read(&frame.body);
                let earlier = self.numbers.keys().filter(|(from, peer, ..)| (*from, *peer) == (node.country, to));
                let last = earlier.map(|(_, _, epoch, _)| *epoch).max();
                assert!(last.is_none_or(|last| last < open.epoch), "{} opens epoch {} again", node.country, open.epoch);
                self.streams.insert((node.country, connection), (open.epoch, ItemNumber(0)));
            }
            FrameKind::Receipt => {
                let receipt: Receipt = read_signed(&frame.body, Domain::Receipt);
                let held = node.store.received(to).unwrap();
                let is_held = held
                    .is_some_and(|held| (held.epoch, held.number) >= (receipt.position.epoch, receipt.position.number));
                assert!(is_held, "{} receipts {:?} and holds {held:?}", node.country, receipt.position);
            }
            FrameKind::ObligationReceipt => {
                let receipt: ObligationReceipt = read_signed(&frame.body, Domain::ObligationReceipt);
                let held = node.store.obligations_received(to).unwrap();
                assert!(
                    held.is_some_and(|held| held.number >= receipt.position.number),
                    "receipted before it is durable"
                );
            }
            FrameKind::Obligations => {
                let obligations: Obligations = read(&frame.body);
                let end = node.store.owed_end(to).unwrap().unwrap();
                assert!(obligations.first <= end.number, "an obligation left before it was durable");
            }
            FrameKind::KeyNews => {
                let news: KeyNews = read(&frame.body);
                let law = node.exchange.law();
                let common = |treaty| law.treaties_with(news.country).contains(treaty);
                let may_know = news.country == node.country
                    || law.treaties_with(to).iter().any(common)
                    || node.store.has_passed_on(to, news.country).unwrap();
                assert!(may_know && news.country != to, "{} tells {to} of {}", node.country, news.country);
                self.news += 1;
            }
            FrameKind::Hello
            | FrameKind::ReturnAsk
            | FrameKind::Returned
            | FrameKind::Compare
            | FrameKind::Compared
            | FrameKind::CheckAsk
            | FrameKind::OnwardWant => {}
            FrameKind::OnwardOffer => {
                let offer: OnwardOffer = read(&frame.body);
                for item in &offer.items {
                    let is_written = node.store.onward(to, &item.record).unwrap().is_some();
                    assert!(is_written, "{} offers {} to {to} before it is durable", node.country, item.record);
                    let record = &self.sealed[&item.record];
                    assert_eq!(record.manifest().originator, item.originator);
                    let allowed = allowed(node, record, to, now);
                    assert!(
                        !allowed.is_empty(),
                        "{} offers {} to {to}, where it may not go",
                        node.country,
                        item.record
                    );
                }
                self.offers += 1;
            }
        }
    }

    /// What goes on is known to its originator first.
    pub fn check_known(&self, nodes: &BTreeMap<Country, Node>, from: Country, to: Country, frame: &Frame) {
        if FrameKind::from_byte(frame.kind) != Some(FrameKind::Batch) {
            return;
        }
        let batch: Batch = read(&frame.body);
        let sheet: TermsSheet = decode(Domain::Terms, &batch.sheet.bytes, FRAME_BYTES_MAX).unwrap();
        for item in &sheet.items {
            let originator = self.sealed[&item.record].manifest().originator;
            if let Some(node) = nodes.get(&originator).filter(|_| originator != from) {
                let told = node.store.onward_holders(&item.record).unwrap();
                let knows = |told: &OnwardHolder| {
                    (told.holder, told.via) == (to, from) && told.sections.contains_all(item.sections)
                };
                assert!(
                    told.iter().any(knows),
                    "{from} passes {} on to {to}, and {originator} knows nothing",
                    item.record
                );
            }
        }
    }

    fn check_batch(&mut self, node: &Node, to: Country, connection: ConnectionId, body: &[u8], now: Moment) {
        self.batches += 1;
        let from = node.country;
        let batch: Batch = read(body);
        let sheet: TermsSheet = decode(Domain::Terms, &batch.sheet.bytes, FRAME_BYTES_MAX).unwrap();
        let stream = self.streams.get_mut(&(from, connection)).expect("an epoch is opened before a batch");
        assert_eq!(sheet.epoch, stream.0, "a batch of another epoch");
        assert_eq!(sheet.first, stream.1.next(), "numbers are dense");
        let mut number = stream.1;
        stream.1 = ItemNumber(number.0 + sheet.items.len() as u64);
        for (item, envelope) in sheet.items.iter().zip(&batch.envelopes) {
            number = number.next();
            let row = node.store.ledger_row(to, sheet.epoch, number).unwrap().expect("written down first");
            assert_eq!((row.record, row.sections), (item.record, item.sections), "the row says what leaves");
            let before = self.numbers.insert((from, to, sheet.epoch, number), (item.record, item.sections));
            assert!(before.is_none(), "number {number} of epoch {} was used before", sheet.epoch);
            let record = self.sealed.get(&item.record).expect("only what was sealed leaves");
            let allowed = allowed(node, record, to, now);
            let left: SectionSet = envelope.sections.iter().map(|section| section.name).collect();
            assert_eq!(left, item.sections);
            assert!(
                allowed.contains_all(left),
                "{from} let {left:?} of {} go to {to}, where {allowed:?} may",
                item.record
            );
            let sent = self.sent.entry((from, to)).or_default().entry(item.record).or_insert(SectionSet::EMPTY);
            *sent = sent.union(left);
            *self.times.entry((from, to, item.record)).or_default() += 1;
        }
    }
}

/// What may go of an own record now, decided by hand.
pub fn allowed(node: &Node, record: &Record, to: Country, now: Moment) -> SectionSet {
    let lineage = record.manifest().lineage;
    let Some(grant) = node.grants.get(&to) else { return SectionSet::EMPTY };
    if record.manifest().originator != node.country {
        return allowed_onward(node, record, to, now);
    }
    if node.has_withdrawn(&lineage, record) || node.has_successor(record) {
        return SectionSet::EMPTY;
    }
    grant.lets_go(record, to, now.wall.date())
}

/// What a holder may pass on of another's record now, decided by hand.
fn allowed_onward(node: &Node, record: &Record, to: Country, now: Moment) -> SectionSet {
    let (originator, today) = (record.manifest().originator, now.wall.date());
    let audience = record.audience().unwrap();
    let (Some(first), Some(second)) = (node.grants.get(&originator), node.grants.get(&to)) else {
        return SectionSet::EMPTY;
    };
    let names = |onward_to: &str| onward_to == "\"any\"" || onward_to.contains(&to.to_string());
    let asks = node.store.consent_asks(&record.id(), to, 100).unwrap();
    let latest = asks.iter().filter_map(|ask| ask.reply).max_by_key(|reply| reply.made);
    let has_consent = latest.is_some_and(|reply| reply.answer == ConsentAnswer::Given && today < reply.until);
    let may = match audience.onward {
        Onward::Never => false,
        Onward::WithConsent => has_consent,
        Onward::Allowed => true,
    };
    let to_is_named = audience.onward_to.is_empty() || audience.onward_to.contains(&to);
    let taken_back = node.store.mark(originator, &record.manifest().lineage, &record.id()).unwrap().is_some();
    if !may || !to_is_named || taken_back || node.has_successor(record) || !first.onward.is_some_and(names) {
        return SectionSet::EMPTY;
    }
    let came = first.lets_go(record, node.country, today);
    second.lets_go(record, to, today).iter().filter(|name| came.contains(*name)).collect()
}

fn read<T: bincode::Encode + bincode::Decode<()>>(body: &[u8]) -> T {
    decode(Domain::Frame, body, FRAME_BYTES_MAX).unwrap()
}

fn read_signed<T: bincode::Encode + bincode::Decode<()>>(body: &[u8], domain: Domain) -> T {
    read::<SignedByNode>(body).open_by_key(domain, FRAME_BYTES_MAX).unwrap()
}
