//! Frames that a node would not say, under its own good signature.

use std::sync::Arc;

use chancery_exchange::reconcile::{Answer, Compared, PeriodMark};
use chancery_exchange::wire::{
    Batch, FrameKind, Hello, ObligationReceipt, Obligations, OfferedRecord, OnwardOffer, OpenEpoch, Receipt, TermsSheet,
};
use chancery_exchange::{Epoch, Item, ItemNumber, Period, SignedByNode};
use chancery_record::encoding::{Domain, decode, digest, encode};
use chancery_record::{
    Country, Date, Lineage, Placement, Purpose, RecordId, Saying, SectionName, SectionSet, Set, Statement, StatementId,
    StreamHash, WithdrawalReason,
};
use chancery_treaty::{Terms, TermsRow, UseConditions};

use crate::chance::Chance;
use crate::house::resigned;
use crate::liar::Lie;
use crate::link::Frame;
use crate::nations::record_key;
use crate::paper::Paper;
use crate::world::World;

const FRAME_BYTES_MAX: usize = 1 << 20;

impl World {
    /// The frame as a lie has it; as it was where the lie does not touch its kind.
    pub(super) fn forged(&mut self, lie: Lie, of: Country, to: Country, frame: Frame, chance: &mut Chance) -> Frame {
        let Some(kind) = FrameKind::from_byte(frame.kind) else { return frame };
        let drawn = digest(Domain::Row, &[&chance.draw().to_le_bytes()]);
        let node = &self.nodes[&of];
        match (lie, kind) {
            (Lie::ForgedIds, FrameKind::Batch) => resigned(node, frame, Domain::Terms, |sheet: &mut TermsSheet| {
                if let Some(item) = sheet.items.first_mut() {
                    item.record = RecordId(drawn);
                }
            }),
            (Lie::FalseReceipts, FrameKind::Receipt) => {
                resigned(node, frame, Domain::Receipt, |receipt: &mut Receipt| match chance.below(3) {
                    0 => receipt.position.number = ItemNumber(receipt.position.number.0 + 1 + chance.below(5)),
                    1 => receipt.position.epoch = Epoch(receipt.position.epoch.0 + 1),
                    _ => receipt.position.hash = StreamHash(drawn),
                })
            }
            (Lie::FalseReceipts, FrameKind::ObligationReceipt) => {
                resigned(node, frame, Domain::ObligationReceipt, |receipt: &mut ObligationReceipt| {
                    receipt.position.number = ItemNumber(receipt.position.number.0 + 1 + chance.below(5));
                })
            }
            (Lie::Forks, FrameKind::Hello) => resigned(node, frame, Domain::Hello, |hello: &mut Hello| {
                if let Some(held) = &mut hello.ledger_held {
                    match chance.below(3) {
                        0 => held.number = ItemNumber(held.number.0.saturating_sub(1)),
                        1 => held.hash = StreamHash(drawn),
                        _ => hello.ledger_held = None,
                    }
                }
            }),
            (Lie::Forks, FrameKind::OpenEpoch) => changed(frame, |open: &mut OpenEpoch| {
                open.epoch = Epoch(open.epoch.0.saturating_sub(chance.below(3)));
            }),
            (Lie::Forks, FrameKind::Batch) => resigned(node, frame, Domain::Terms, |sheet: &mut TermsSheet| {
                sheet.first = ItemNumber(sheet.first.0.saturating_sub(1));
            }),
            (Lie::UnknownIds, FrameKind::Obligations) => self.spoken_of_others(of, frame, chance),
            (Lie::EqualSums, FrameKind::Compared) => changed(frame, |compared: &mut Compared| {
                compared.answer = Answer::Equal;
            }),
            (Lie::EndlessRanges, FrameKind::Compared) => changed(frame, |compared: &mut Compared| {
                compared.answer = endless(&compared.answer, node.moment(self.now_ms).wall.date(), chance);
            }),
            (Lie::WidenedSections, FrameKind::Batch) => self.widened(of, frame),
            (Lie::TwoManifests, FrameKind::Batch) if u64::from(to.letters()[1]) % 2 == 0 => {
                self.doubled(of, frame, chance)
            }
            _ => frame,
        }
    }

    /// An offer of records that others sealed and that the liar may not even have.
    pub(super) fn offered(&self, of: Country, to: Country, chance: &mut Chance) -> Option<Frame> {
        let others = self.oracle.sealed.values().filter(|record| ![of, to].contains(&record.manifest().originator));
        let others: Vec<_> = others.map(|record| (record.manifest().originator, record.id())).collect();
        let (originator, record) = chance.one_of(&others)?;
        let offer = OnwardOffer { number: chance.below(4), items: vec![OfferedRecord { originator, record }] };
        let kind = FrameKind::OnwardOffer;
        Some(Frame { stream: kind.stream(), kind: kind as u8, body: encode(Domain::Frame, &offer) })
    }

    /// Statements about records that the liar did not originate, and was not told of.
    fn spoken_of_others(&self, of: Country, frame: Frame, chance: &mut Chance) -> Frame {
        let others: Vec<(RecordId, Lineage)> =
            self.oracle.sealed.values().map(|r| (r.id(), r.manifest().lineage)).collect();
        let Some((record, lineage)) = chance.one_of(&others) else { return frame };
        let node = &self.nodes[&of];
        let now = node.moment(self.now_ms).wall;
        let records: Set<RecordId> = [record].into_iter().collect();
        let backups_until = now.date().plus_days(30);
        let saying = match chance.below(4) {
            0 => Saying::Withdrawal { lineage, reason: WithdrawalReason::Other },
            1 => Saying::Recall { records },
            2 => Saying::Correction { records },
            _ => Saying::Deletion { answers: StatementId(record.0), records, backups_until },
        };
        let statement = Statement { maker: of, made: now, saying, outlive: now.date().plus_days(400) };
        let signed = statement.sign(&record_key(of, node.serial));
        changed(frame, |obligations: &mut Obligations| {
            if let Some(first) = obligations.statements.first_mut() {
                *first = signed;
            }
        })
    }

    /// Everything that the liar has of its own records, for every purpose.
    fn widened(&self, of: Country, frame: Frame) -> Frame {
        let node = &self.nodes[&of];
        let Ok(mut batch) = decode::<Batch>(Domain::Frame, &frame.body, FRAME_BYTES_MAX) else { return frame };
        let Ok(mut sheet) = decode::<TermsSheet>(Domain::Terms, &batch.sheet.bytes, FRAME_BYTES_MAX) else {
            return frame;
        };
        for (item, envelope) in sheet.items.iter_mut().zip(&mut batch.envelopes) {
            if let Some(record) = self.oracle.sealed.get(&item.record) {
                *envelope = record.envelope().clone();
                item.sections = record.sections_held();
            }
        }
        let all = sheet.items.iter().fold(SectionSet::EMPTY, |all, item| all.union(item.sections));
        sheet.terms = sheet.terms.iter().map(|terms| widest(terms, all)).collect();
        let sheet = SignedByNode::sign(Domain::Terms, &sheet, &record_key(of, node.serial));
        Frame { body: encode(Domain::Frame, &Batch { sheet, ..batch }), ..frame }
    }

    /// Another manifest of the same lineage and revision in the place of the first.
    fn doubled(&mut self, of: Country, frame: Frame, chance: &mut Chance) -> Frame {
        let serial = self.nodes[&of].serial;
        let Ok(mut batch) = decode::<Batch>(Domain::Frame, &frame.body, FRAME_BYTES_MAX) else { return frame };
        let Ok(mut sheet) = decode::<TermsSheet>(Domain::Terms, &batch.sheet.bytes, FRAME_BYTES_MAX) else {
            return frame;
        };
        let (Some(item), Some(envelope)) = (sheet.items.first_mut(), batch.envelopes.first_mut()) else { return frame };
        let Some(first) = self.oracle.sealed.get(&item.record).cloned() else { return frame };
        let manifest = first.manifest();
        let place = Placement {
            lineage: manifest.lineage,
            revision: manifest.revision,
            collected: Some(manifest.collected),
            originator: of,
            unit: manifest.unit.clone(),
            issued: manifest.issued,
        };
        let salt = || {
            let mut salt = [0; 16];
            salt[..8].copy_from_slice(&chance.draw().to_le_bytes());
            salt
        };
        let paper = Paper { lane: manifest.tags.precedence, ..Paper::new("the other van") };
        let Ok(other) = paper.draft().seal(&place, &record_key(of, serial), salt) else { return frame };
        let other = Arc::new(other);
        let part = other.with_only(item.sections);
        *envelope = part.envelope().clone();
        (item.record, item.sections) = (part.id(), part.sections_held());
        self.oracle.sealed.insert(other.id(), other);
        let sheet = SignedByNode::sign(Domain::Terms, &sheet, &record_key(of, serial));
        Frame { body: encode(Domain::Frame, &Batch { sheet, ..batch }), ..frame }
    }
}

/// Terms that give every section for every purpose under whatever article the first row cites.
fn widest(terms: &Terms, sections: SectionSet) -> Terms {
    let Some(first) = terms.rows().iter().next() else { return terms.clone() };
    let row = |section| {
        Purpose::ALL.iter().map(move |purpose| TermsRow {
            section,
            purpose: *purpose,
            articles: first.articles.clone(),
            to_units: None,
        })
    };
    let conditions = UseConditions {
        keep_until: terms.keep_until().plus_days(4000),
        onward: terms.onward(),
        caveats: terms.caveats().clone(),
        handling: terms.handling().clone(),
        requests: terms.requests().clone(),
        consents: terms.consents().clone(),
    };
    Terms::new(sections.iter().flat_map(row).collect(), conditions).unwrap_or_else(|_| terms.clone())
}

/// An answer after which there is always more to ask.
fn endless(answer: &Answer, today: Date, chance: &mut Chance) -> Answer {
    let mut drawn = || digest(Domain::Row, &[&chance.draw().to_le_bytes()]);
    let period = |days: i32| Period::of(today.plus_days(days));
    match answer {
        Answer::Equal | Answer::Periods { .. } => {
            let mark = |months: i32| PeriodMark {
                period: period(months * 31),
                count: 1000,
                mark: u64::from_le_bytes(drawn()[..8].try_into().unwrap_or_default()),
            };
            Answer::Periods { floor: period(-31), marks: (0..60).map(mark).collect() }
        }
        Answer::Ranges { parts, body, .. } => {
            let item = |_| Item { record: RecordId(drawn()), sections: [SectionName::Object].into_iter().collect() };
            let body = body.iter().map(|_| u8::MAX).collect();
            Answer::Ranges { parts: *parts, body, extras: (0..500).map(item).collect() }
        }
    }
}

/// An unsigned frame with other content.
fn changed<T: bincode::Encode + bincode::Decode<()>>(frame: Frame, change: impl FnOnce(&mut T)) -> Frame {
    let Ok(mut content) = decode::<T>(Domain::Frame, &frame.body, FRAME_BYTES_MAX) else { return frame };
    change(&mut content);
    Frame { body: encode(Domain::Frame, &content), ..frame }
}
