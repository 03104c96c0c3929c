//! Judges records as they leave: numbered, written down, as they were sealed, and allowed at this moment.

use std::collections::BTreeSet;

use chancery_exchange::wire::{Batch, OpenEpoch, TermsSheet};
use chancery_exchange::{Change, ConnectionId, Holdings, ItemNumber, MarkTarget};
use chancery_record::encoding::{Domain, decode};
use chancery_record::{Country, Moment, Onward, Purpose, Record, SectionName, SectionSet};
use chancery_treaty::Terms;

use super::Oracle;
use super::shadow::is_part_of;
use crate::node::Node;
use crate::reference::{may_go, sections};

/// The longest frame there is.
pub(super) const FRAME_BYTES_MAX: usize = 1 << 20;

impl Oracle {
    pub(super) fn open_epoch(
        &mut self,
        node: &Node,
        to: Country,
        connection: ConnectionId,
        body: &[u8],
    ) -> Result<(), String> {
        let open: OpenEpoch = read(body)?;
        let from = node.country;
        let of_peer = (from, to, chancery_exchange::Epoch(0), ItemNumber(0))..;
        let mut earlier =
            self.numbers.range(of_peer).map(|(place, _)| place).take_while(|at| (at.0, at.1) == (from, to));
        if earlier.any(|(_, _, epoch, _)| *epoch >= open.epoch) {
            return Err(format!("epoch {} is opened after it was used", open.epoch));
        }
        if Ok(open.incarnation) != node.store.incarnation().map_err(|_| ()) {
            return Err("an incarnation that the store never had".into());
        }
        self.streams.insert((from, to, connection), (open.epoch, ItemNumber(0)));
        self.begin_counting(from, to);
        Ok(())
    }

    pub(super) fn batch(
        &mut self,
        node: &Node,
        to: Country,
        connection: ConnectionId,
        body: &[u8],
        now: Moment,
    ) -> Result<(), String> {
        let from = node.country;
        let batch: Batch = read(body)?;
        let sheet: TermsSheet =
            decode(Domain::Terms, &batch.sheet.bytes, FRAME_BYTES_MAX).map_err(|f| f.to_string())?;
        let stream = self.streams.get_mut(&(from, to, connection)).ok_or("a batch before an epoch")?;
        if (sheet.epoch, sheet.first) != (stream.0, stream.1.next()) {
            return Err(format!("item {}/{} follows {}/{}", sheet.epoch, sheet.first, stream.0, stream.1));
        }
        let mut number = stream.1;
        stream.1 = ItemNumber(number.0 + sheet.items.len() as u64);
        if (sheet.sender, sheet.recipient) != (from, to) || sheet.items.len() != batch.envelopes.len() {
            return Err("a sheet that is not this one's".into());
        }
        let lanes = sheet.items.iter().filter_map(|item| self.sealed.get(&item.record));
        let lanes: Vec<_> = lanes.map(|record| record.manifest().tags.precedence).collect();
        for (item, envelope) in sheet.items.iter().zip(&batch.envelopes) {
            number = number.next();
            let named = (item.record, item.sections);
            let shadow = self.shadows.entry(from).or_default();
            if shadow.rows.get(&(to, sheet.epoch, number)) != Some(&named) {
                return Err(format!("{} leaves as {}/{number} and is not written down so", item.record, sheet.epoch));
            }
            if self.numbers.insert((from, to, sheet.epoch, number), named).is_some() {
                return Err(format!("number {number} of epoch {} was used before", sheet.epoch));
            }
            let record = self.sealed.get(&item.record).ok_or("something leaves that nobody sealed")?;
            if envelope.manifest != record.envelope().manifest || !is_part_of(envelope, record.envelope()) {
                return Err(format!("{} does not leave as it was sealed", item.record));
            }
            let left: SectionSet = envelope.sections.iter().map(|section| section.name).collect();
            if left != item.sections {
                return Err(format!("{left:?} of {} leave, and {:?} are said to", item.record, item.sections));
            }
            let terms = sheet.terms.get(usize::from(item.terms)).ok_or("an item without terms")?;
            self.allowed(node, record, to, now, item.sections, terms)?;
            let rows = terms.rows().iter().map(|row| (row.section, row.purpose)).collect();
            if self.is_known_to_be_held((from, to), (sheet.epoch, number), item.record, &rows) {
                return Err(format!("{} leaves again, and was receipted", item.record));
            }
            self.deliveries.entry((from, to, item.record)).or_default().push((sheet.epoch, number, rows));
            let sent = self.sent.entry((from, to)).or_default().entry(item.record).or_insert(SectionSet::EMPTY);
            *sent = sent.union(item.sections);
            *self.times.entry((from, to, item.record)).or_default() += 1;
        }
        self.lanes(node, to, now, &lanes)
    }

    fn allowed(
        &self,
        node: &Node,
        record: &Record,
        to: Country,
        now: Moment,
        left: SectionSet,
        terms: &Terms,
    ) -> Result<(), String> {
        let allowed = self.may_leave(node, record, to, now);
        let id = record.id();
        if !sections(&allowed).contains_all(left) {
            return Err(format!("{left:?} of {id} leave, where {:?} may", sections(&allowed)));
        }
        let excess = terms.rows().iter().find(|row| !allowed.contains(&(row.section, row.purpose)));
        if let Some(row) = excess {
            return Err(format!("{id} leaves with its {} for {}, which no treaty says", row.section, row.purpose));
        }
        let known: BTreeSet<_> =
            node.in_force.iter().map(|(number, accord)| self.pacts[*number].hash(*accord)).collect();
        if !terms.treaties().iter().all(|treaty| known.contains(treaty)) {
            return Err(format!("{id} leaves under a treaty that is not in force"));
        }
        if terms.keep_until() > record.manifest().expires || terms.onward() != Onward::Never {
            return Err(format!("{id} leaves under terms wider than its originator's"));
        }
        Ok(())
    }

    /// What may go of a record at this moment, as far as this life of the node knows it.
    pub fn may_leave(
        &self,
        node: &Node,
        record: &Record,
        to: Country,
        now: Moment,
    ) -> BTreeSet<(SectionName, Purpose)> {
        if self.is_gone_at_home(node, record) {
            return BTreeSet::new();
        }
        may_go(record, node.country, to, now.wall.date(), &self.pacts, &node.in_force)
    }

    /// Whether the originator has taken an own record back or replaced it, durably or not yet.
    pub fn is_gone_at_home(&self, node: &Node, record: &Record) -> bool {
        let manifest = record.manifest();
        let lineage = manifest.lineage;
        let durably = self.shadows.get(&node.country).is_some_and(|shadow| {
            shadow.withdrawn.contains(&lineage)
                || shadow.newest.get(&lineage).is_some_and(|newest| *newest > manifest.revision)
        });
        durably
            || node.asked().any(|change| match change {
                Change::Mark { maker, target: MarkTarget::Lineage(of), .. } => *maker == node.country && *of == lineage,
                Change::Accept(acceptance) => {
                    let later = acceptance.record.manifest();
                    later.originator == node.country && later.lineage == lineage && later.revision > manifest.revision
                }
                _ => false,
            })
    }
}

pub(super) fn read<T: bincode::Encode + bincode::Decode<()>>(body: &[u8]) -> Result<T, String> {
    decode(Domain::Frame, body, FRAME_BYTES_MAX).map_err(|fault| format!("it does not decode: {fault}"))
}
