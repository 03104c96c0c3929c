//! The store as it would be with all of it in a few lists: slow, and plain to see.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::ops::ControlFlow;
use std::sync::Arc;

use chancery_exchange::{
    Acceptance, Change, ClockMark, ConsentAsk, Cursor, Deferral, Disclosed, Epoch, HeldRecord, Holdings, Incarnation,
    Item, ItemNumber, JournalEntry, JournalPosition, LabelId, LedgerRow, Life, Mark, MarkTarget, ObligationPosition,
    OnwardCopy, OnwardHolder, OnwardState, Period, ReadFault, ReceiptProofs, RecordSource, ReturnProgress, SetItem,
    Side, StreamPosition, Tally,
};
use chancery_record::{
    Country, Date, LabelHash, Lineage, Precedence, Record, RecordId, SectionSet, SignedStatement, StatementId,
};

use super::FIRST;

#[path = "model/onward.rs"]
mod onward;

pub(crate) use onward::OnwardModel;

struct Copy {
    record: Arc<Record>,
    label: LabelId,
    source: RecordSource,
    reference: Option<String>,
    /// The place of its first acceptance since it was last deleted.
    since: JournalPosition,
}

/// Holds what changes say, and answers by looking through all of it.
#[derive(Default)]
pub(crate) struct Model {
    journal_end: JournalPosition,
    journal: Vec<(Precedence, JournalEntry)>,
    held: BTreeMap<RecordId, Copy>,
    versions: BTreeSet<(Lineage, Country, u64, RecordId)>,
    labels: BTreeMap<LabelId, (LabelHash, Vec<u8>)>,
    cursors: BTreeMap<(Country, Precedence), Cursor>,
    ledger: Vec<LedgerRow>,
    receipts: Vec<(Country, StreamPosition)>,
    proofs: BTreeMap<Country, ReceiptProofs>,
    received: BTreeMap<Country, StreamPosition>,
    owed: Vec<(Country, ObligationPosition, SignedStatement)>,
    owed_receipted: BTreeMap<Country, ItemNumber>,
    obligations_received: BTreeMap<Country, ObligationPosition>,
    marks: Vec<(Country, MarkTarget, Mark, SignedStatement)>,
    deferred: BTreeMap<(Country, RecordId), Deferral>,
    clock: Option<ClockMark>,
    sets: BTreeMap<(Side, Country, Period, RecordId), SectionSet>,
    statements: BTreeMap<(Country, StatementId), SignedStatement>,
    sheets: BTreeMap<(Country, Epoch, ItemNumber), Vec<u8>>,
    checks_due: BTreeMap<Country, Vec<u8>>,
    incarnation: Option<Incarnation>,
    life: Option<Life>,
    met: BTreeMap<Country, Incarnation>,
    returned: BTreeMap<Country, ReturnProgress>,
    onward: OnwardModel,
}

impl Model {
    pub(crate) fn apply_all(&mut self, changes: &[Change]) {
        changes.iter().for_each(|change| self.apply(change));
    }

    pub(crate) fn records(&self) -> usize {
        self.held.len()
    }

    /// Every record that is or was held.
    pub(crate) fn known(&self) -> Vec<RecordId> {
        self.versions.iter().map(|(_, _, _, record)| *record).collect()
    }

    fn apply(&mut self, change: &Change) {
        match change.clone() {
            Change::Label { id, hash, bytes } => {
                self.labels.insert(id, (hash, bytes));
            }
            Change::Accept(acceptance) => self.accept(*acceptance),
            Change::Ledger(row) => self.ledger.push(row),
            Change::Cursor { peer, lane, cursor } => {
                self.cursors.insert((peer, lane), cursor);
            }
            Change::Receipted { peer, position, proof } => {
                self.receipts.push((peer, position));
                let known = self.proofs.entry(peer).or_default();
                known.ledger = proof.or(known.ledger.take());
            }
            Change::Received { peer, position } => {
                self.received.insert(peer, position);
            }
            Change::Owe { peer, position, statement } => self.owed.push((peer, position, statement)),
            Change::OweReceipted { peer, number, proof } => {
                let known = self.proofs.entry(peer).or_default();
                known.obligations = proof.or(known.obligations.take());
                self.owed_receipted.insert(peer, number);
            }
            Change::ObligationsReceived { peer, position } => {
                self.obligations_received.insert(peer, position);
            }
            Change::Mark { maker, target, mark, statement, .. } => {
                self.statements.insert((maker, statement.id()), statement.clone());
                self.marks.push((maker, target, mark, statement));
            }
            Change::Delete { record } => {
                self.held.remove(&record);
                self.journal.retain(|(_, entry)| entry.record != record);
            }
            Change::Defer(deferral) => {
                self.deferred.insert((deferral.peer, deferral.record), deferral);
            }
            Change::Undefer { peer, record } => {
                self.deferred.remove(&(peer, record));
            }
            Change::Clock(mark) => self.clock = Some(mark),
            other => self.apply_of_both_ends(other),
        }
    }

    /// What is kept so that two ends can be compared, and a lost one be recovered.
    fn apply_of_both_ends(&mut self, change: Change) {
        match change {
            Change::Items { side, peer, items } => {
                for SetItem { period, item: Item { record, sections } } in items {
                    let known = self.sets.entry((side, peer, period, record)).or_insert(SectionSet::EMPTY);
                    *known = known.union(sections);
                }
            }
            Change::DropItems { peer, items } => {
                for SetItem { period, item } in items {
                    self.sets.remove(&(Side::Delivered, peer, period, item.record));
                }
            }
            Change::CheckDue { peer, left: Some(left) } => {
                self.checks_due.insert(peer, left);
            }
            Change::CheckDue { peer, left: None } => {
                self.checks_due.remove(&peer);
            }
            Change::NewLife { incarnation, at } => {
                (self.incarnation, self.life) = (Some(incarnation), Some(Life::Recovering(at)));
                self.returned.clear();
            }
            Change::Met { peer, incarnation } => {
                self.met.insert(peer, incarnation);
            }
            Change::LifeRecovered { at } => self.life = Some(Life::Recovered(at)),
            Change::Returned { peer, progress } => {
                self.returned.insert(peer, progress);
            }
            Change::RestoreLedger(row) => {
                let place = |row: &LedgerRow| (row.peer, row.epoch, row.number);
                if self.ledger.iter().all(|known| place(known) != place(&row)) {
                    self.ledger.push(row);
                    self.ledger.sort_by_key(place);
                }
            }
            Change::Sheet { peer, epoch, first, bytes, .. } => {
                self.sheets.insert((peer, epoch, first), bytes);
            }
            change @ (Change::OnwardCopy(_)
            | Change::NoOnwardCopy { .. }
            | Change::Onward { .. }
            | Change::OnwardHolder(_)
            | Change::ConsentAsk(_)
            | Change::ConsentReply { .. }) => self.onward.apply(change),
            // What the exchange never reads back has tests of its own.
            _ => {}
        }
    }

    fn accept(&mut self, acceptance: Acceptance) {
        let Acceptance { record, label, position, source_reference, source, .. } = acceptance;
        let manifest = record.manifest();
        self.journal_end = position;
        let entry = JournalEntry { position, record: record.id(), label, expires: manifest.expires };
        if self.held.get(&record.id()).is_some_and(|before| before.record.sections_held() == record.sections_held()) {
            let last = self.journal.iter().rposition(|(_, entry)| entry.record == record.id());
            last.map(|last| self.journal.remove(last));
        }
        self.journal.push((manifest.tags.precedence, entry));
        self.versions.insert((manifest.lineage, manifest.originator, manifest.revision, record.id()));
        let before = self.held.remove(&record.id());
        let (since, reference) = match before {
            Some(before) => (before.since, source_reference.or(before.reference)),
            None => (position, source_reference),
        };
        self.held.insert(record.id(), Copy { record, label, source, reference, since });
    }

    fn marks_on(&self, originator: Country, lineage: &Lineage, record: &RecordId) -> impl Iterator<Item = Mark> {
        let targets = [MarkTarget::Lineage(*lineage), MarkTarget::Record(*record)];
        self.marks
            .iter()
            .filter(move |(maker, target, _, _)| *maker == originator && targets.contains(target))
            .map(|mark| mark.2)
    }
}

impl Holdings for Model {
    fn incarnation(&self) -> Result<Incarnation, ReadFault> {
        Ok(self.incarnation.unwrap_or(FIRST))
    }
    fn journal_end(&self) -> Result<JournalPosition, ReadFault> {
        Ok(self.journal_end)
    }
    fn journal(&self, lane: Precedence, after: JournalPosition, page: usize) -> Result<Vec<JournalEntry>, ReadFault> {
        let wanted = self.journal.iter().filter(|(of, entry)| *of == lane && entry.position > after);
        Ok(wanted.map(|(_, entry)| entry.clone()).take(page).collect())
    }
    fn held(&self, record: &RecordId) -> Result<Option<HeldRecord>, ReadFault> {
        let Some(copy) = self.held.get(record) else { return Ok(None) };
        let manifest = copy.record.manifest();
        let mark = self.mark(manifest.originator, &manifest.lineage, record)?;
        let (record, source) = (Arc::clone(&copy.record), copy.source.clone());
        Ok(Some(HeldRecord { record, label: copy.label, source, mark }))
    }
    fn sections_held(&self, record: &RecordId) -> Result<Option<SectionSet>, ReadFault> {
        Ok(self.held.get(record).map(|copy| copy.record.sections_held()))
    }
    fn versions(&self, originator: Country, lineage: &Lineage) -> Result<Vec<(u64, RecordId)>, ReadFault> {
        let wanted = self.versions.iter().filter(|(of, by, _, _)| of == lineage && *by == originator);
        Ok(wanted.map(|(_, _, revision, record)| (*revision, *record)).collect())
    }
    fn lineage_of_reference(&self, source_reference: &str) -> Result<Option<Lineage>, ReadFault> {
        let named =
            |copy: &&Copy| copy.reference.as_deref() == Some(source_reference) && copy.source == RecordSource::Own;
        let latest = self.held.values().filter(named).max_by_key(|copy| copy.since);
        Ok(latest.map(|copy| copy.record.manifest().lineage))
    }
    fn mark(&self, originator: Country, lineage: &Lineage, record: &RecordId) -> Result<Option<Mark>, ReadFault> {
        let marks: Vec<Mark> = self.marks_on(originator, lineage, record).collect();
        let by_weight = [Mark::Withdrawn, Mark::Recalled, Mark::Corrected];
        Ok(by_weight.into_iter().find(|mark| marks.contains(mark)))
    }
    fn label_end(&self) -> Result<LabelId, ReadFault> {
        Ok(self.labels.last_key_value().map_or(LabelId(0), |(id, _)| id.next()))
    }
    fn label_id(&self, hash: &LabelHash) -> Result<Option<LabelId>, ReadFault> {
        Ok(self.labels.iter().find(|(_, label)| label.0 == *hash).map(|(id, _)| *id))
    }
    fn label(&self, id: LabelId) -> Result<Option<Vec<u8>>, ReadFault> {
        Ok(self.labels.get(&id).map(|label| label.1.clone()))
    }
    fn cursor(&self, peer: Country, lane: Precedence) -> Result<Option<Cursor>, ReadFault> {
        Ok(self.cursors.get(&(peer, lane)).copied())
    }
    fn ledger_end(&self, peer: Country) -> Result<Option<(Epoch, ItemNumber)>, ReadFault> {
        Ok(self.ledger.iter().filter(|row| row.peer == peer).map(|row| (row.epoch, row.number)).max())
    }
    fn ledger_row(&self, peer: Country, epoch: Epoch, number: ItemNumber) -> Result<Option<LedgerRow>, ReadFault> {
        let wanted = |row: &&LedgerRow| (row.peer, row.epoch, row.number) == (peer, epoch, number);
        Ok(self.ledger.iter().find(wanted).cloned())
    }
    fn receipted(&self, peer: Country) -> Result<Option<StreamPosition>, ReadFault> {
        Ok(self.receipts.iter().rfind(|(of, _)| *of == peer).map(|(_, position)| *position))
    }
    fn receipted_in(&self, peer: Country, epoch: Epoch) -> Result<ItemNumber, ReadFault> {
        let wanted = self.receipts.iter().filter(|(of, position)| *of == peer && position.epoch == epoch);
        Ok(wanted.map(|(_, position)| position.number).max().unwrap_or_default())
    }
    fn receipt_proofs(&self, peer: Country) -> Result<ReceiptProofs, ReadFault> {
        Ok(self.proofs.get(&peer).cloned().unwrap_or_default())
    }
    fn disclosed(&self, peer: Country, record: &RecordId) -> Result<Option<Disclosed>, ReadFault> {
        let rows = || self.ledger.iter().filter(|row| row.peer == peer && row.record == *record);
        let sections = rows().fold(SectionSet::EMPTY, |all, row| all.union(row.sections));
        Ok(rows().next_back().map(|row| Disclosed { sections, epoch: row.epoch, number: row.number }))
    }
    fn holders(&self, record: &RecordId) -> Result<Vec<Country>, ReadFault> {
        let holders: BTreeSet<Country> =
            self.ledger.iter().filter(|row| row.record == *record).map(|row| row.peer).collect();
        Ok(holders.into_iter().collect())
    }
    fn set_sections(
        &self,
        side: Side,
        peer: Country,
        record: &RecordId,
        expires: Date,
    ) -> Result<Option<SectionSet>, ReadFault> {
        Ok(self.sets.get(&(side, peer, Period::of(expires), *record)).copied())
    }
    fn tallies(&self, side: Side, peer: Country, from: Period) -> Result<Vec<(Period, Tally)>, ReadFault> {
        let mut tallies: BTreeMap<Period, Tally> = BTreeMap::new();
        for ((_, _, period, record), sections) in
            self.sets.iter().filter(|((of, with, ..), _)| (*of, *with) == (side, peer))
        {
            tallies.entry(*period).or_default().add(&Item { record: *record, sections: *sections });
        }
        Ok(tallies.into_iter().filter(|(period, _)| *period >= from).collect())
    }
    fn set_items(
        &self,
        side: Side,
        peer: Country,
        period: Period,
        from: &RecordId,
        visit: &mut dyn FnMut(Item) -> ControlFlow<()>,
    ) -> Result<(), ReadFault> {
        for ((of, with, within, record), sections) in &self.sets {
            let is_wanted = (*of, *with, *within) == (side, peer, period) && record >= from;
            if is_wanted && visit(Item { record: *record, sections: *sections }).is_break() {
                break;
            }
        }
        Ok(())
    }
    fn onward_copies(&self, after: JournalPosition, page: usize) -> Result<Vec<OnwardCopy>, ReadFault> {
        Ok(self.onward.copies(after, page))
    }
    fn onward(&self, peer: Country, record: &RecordId) -> Result<Option<OnwardState>, ReadFault> {
        Ok(self.onward.state(peer, record))
    }
    fn has_passed_on(&self, peer: Country, originator: Country) -> Result<bool, ReadFault> {
        Ok(self.onward.has_passed_on(peer, originator))
    }
    fn onward_holders(&self, record: &RecordId) -> Result<Vec<OnwardHolder>, ReadFault> {
        Ok(self.onward.holders(record))
    }
    fn consent_asks(&self, record: &RecordId, to: Country, _: usize) -> Result<Vec<ConsentAsk>, ReadFault> {
        Ok(self.onward.asks_about(record, to))
    }
    fn consent_ask(&self, statement: &StatementId) -> Result<Option<ConsentAsk>, ReadFault> {
        Ok(self.onward.ask(statement))
    }
    fn check_due(&self, peer: Country) -> Result<Option<Vec<u8>>, ReadFault> {
        Ok(self.checks_due.get(&peer).cloned())
    }
    fn met(&self, peer: Country) -> Result<Option<Incarnation>, ReadFault> {
        Ok(self.met.get(&peer).copied())
    }
    fn life(&self) -> Result<Life, ReadFault> {
        Ok(self.life.unwrap_or(Life::First))
    }
    fn returned(&self, peer: Country) -> Result<Option<ReturnProgress>, ReadFault> {
        Ok(self.returned.get(&peer).copied())
    }
    fn sheets_of(
        &self,
        peer: Country,
        after: Option<(Epoch, ItemNumber)>,
        page: usize,
    ) -> Result<Vec<(Epoch, ItemNumber, Vec<u8>)>, ReadFault> {
        let wanted = self
            .sheets
            .iter()
            .filter(|((of, epoch, first), _)| *of == peer && after.is_none_or(|after| (*epoch, *first) > after));
        Ok(wanted.map(|((_, epoch, first), bytes)| (*epoch, *first, bytes.clone())).take(page).collect())
    }
    fn statements_of(
        &self,
        maker: Country,
        after: Option<StatementId>,
        page: usize,
    ) -> Result<Vec<SignedStatement>, ReadFault> {
        let wanted =
            self.statements.iter().filter(|((of, id), _)| *of == maker && after.is_none_or(|after| *id > after));
        Ok(wanted.map(|(_, statement)| statement.clone()).take(page).collect())
    }
    fn mark_statements(
        &self,
        originator: Country,
        lineage: &Lineage,
        record: &RecordId,
    ) -> Result<Vec<SignedStatement>, ReadFault> {
        let targets = [MarkTarget::Lineage(*lineage), MarkTarget::Record(*record)];
        let named = self.marks.iter().filter(|(maker, target, ..)| *maker == originator && targets.contains(target));
        Ok(named.map(|(.., statement)| statement.clone()).collect())
    }
    fn is_owed(&self, peer: Country, statement: &StatementId) -> Result<bool, ReadFault> {
        Ok(self.owed.iter().any(|(of, _, owed)| *of == peer && owed.id() == *statement))
    }
    fn received(&self, peer: Country) -> Result<Option<StreamPosition>, ReadFault> {
        Ok(self.received.get(&peer).copied())
    }
    fn owed_end(&self, peer: Country) -> Result<Option<ObligationPosition>, ReadFault> {
        Ok(self.owed.iter().rfind(|(of, _, _)| *of == peer).map(|(_, position, _)| *position))
    }
    fn owed_receipted(&self, peer: Country) -> Result<ItemNumber, ReadFault> {
        Ok(self.owed_receipted.get(&peer).copied().unwrap_or_default())
    }
    fn owed(
        &self,
        peer: Country,
        after: ItemNumber,
        page: usize,
    ) -> Result<Vec<(ObligationPosition, SignedStatement)>, ReadFault> {
        let wanted = self.owed.iter().filter(|(of, position, _)| *of == peer && position.number > after);
        Ok(wanted.map(|(_, position, statement)| (*position, statement.clone())).take(page).collect())
    }
    fn obligations_received(&self, peer: Country) -> Result<Option<ObligationPosition>, ReadFault> {
        Ok(self.obligations_received.get(&peer).copied())
    }
    fn deferred(&self, peer: Country, after: Option<RecordId>, page: usize) -> Result<Vec<Deferral>, ReadFault> {
        let wanted =
            self.deferred.iter().filter(|((of, record), _)| *of == peer && after.is_none_or(|after| *record > after));
        Ok(wanted.map(|(_, deferral)| deferral.clone()).take(page).collect())
    }
    fn expired(&self, through: Date, page: usize) -> Result<Vec<RecordId>, ReadFault> {
        let mut expired: Vec<(Date, JournalPosition, RecordId)> = self
            .held
            .iter()
            .map(|(id, copy)| (copy.record.manifest().expires, copy.since, *id))
            .filter(|(expires, _, _)| *expires <= through)
            .collect();
        expired.sort();
        Ok(expired.into_iter().map(|(_, _, id)| id).take(page).collect())
    }
    fn clock_mark(&self) -> Result<Option<ClockMark>, ReadFault> {
        Ok(self.clock)
    }
}

/// What questions are asked about; every combination is.
pub(crate) struct Questions {
    pub(crate) peers: Vec<Country>,
    pub(crate) records: Vec<RecordId>,
    pub(crate) lineages: Vec<Lineage>,
    pub(crate) references: Vec<String>,
    pub(crate) epochs: Vec<Epoch>,
    pub(crate) numbers: Vec<ItemNumber>,
    pub(crate) labels: Vec<(LabelId, LabelHash)>,
    pub(crate) days: Vec<Date>,
}

/// Page after page until an empty one, each call for `page` entries.
fn pages<T: Clone, K>(mut next: impl FnMut(Option<K>) -> Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
    let mut all = Vec::new();
    loop {
        let page = next(all.last().map(&key));
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

/// Asks both everything that can be asked and says where they differ.
pub(crate) fn compare(store: &impl Holdings, model: &impl Holdings, asked: &Questions) {
    let same = Compare(store, model);
    same.all("incarnation", |h| h.incarnation().unwrap());
    same.all("journal_end", |h| h.journal_end().unwrap());
    same.all("label_end", |h| h.label_end().unwrap());
    same.all("life", |h| h.life().unwrap());
    same.all("clock_mark", |h| h.clock_mark().unwrap());
    for lane in Precedence::ALL {
        for page in [1, 3, 1000] {
            same.all("journal", |h| {
                let next = |after: Option<JournalPosition>| h.journal(*lane, after.unwrap_or_default(), page).unwrap();
                pages(next, |entry| entry.position)
            });
        }
    }
    for (id, hash) in &asked.labels {
        same.all("label", |h| (h.label(*id).unwrap(), h.label_id(hash).unwrap()));
    }
    for lineage in &asked.lineages {
        for originator in &asked.peers {
            same.all("versions", |h| h.versions(*originator, lineage).unwrap());
        }
        for record in &asked.records {
            for maker in &asked.peers {
                same.all("mark", |h| h.mark(*maker, lineage, record).unwrap());
            }
        }
    }
    for reference in &asked.references {
        same.all("lineage_of_reference", |h| h.lineage_of_reference(reference).unwrap());
    }
    for day in &asked.days {
        same.all("expired", |h| (h.expired(*day, 1000).unwrap(), h.expired(*day, 2).unwrap()));
    }
    for record in &asked.records {
        same.all("held", |h| h.held(record).unwrap().map(|held| (held.record, held.label, held.source, held.mark)));
        same.all("sections_held", |h| h.sections_held(record).unwrap());
        same.all("holders", |h| h.holders(record).unwrap());
    }
    for peer in &asked.peers {
        compare_peer(&same, *peer, asked);
    }
}

struct Compare<'a, S: ?Sized, M: ?Sized>(&'a S, &'a M);

impl<S: Holdings, M: Holdings> Compare<'_, S, M> {
    #[track_caller]
    fn all<T: PartialEq + Debug>(&self, what: &str, ask: impl Fn(&dyn Holdings) -> T) {
        assert_eq!(ask(self.0), ask(self.1), "{what}: the store on the left, the model on the right");
    }
}

fn compare_peer<S: Holdings, M: Holdings>(same: &Compare<'_, S, M>, peer: Country, asked: &Questions) {
    for lane in Precedence::ALL {
        same.all("cursor", |h| h.cursor(peer, *lane).unwrap());
    }
    for side in [Side::Delivered, Side::Received] {
        let tallies = |h: &dyn Holdings| h.tallies(side, peer, Period(0)).unwrap();
        same.all("tallies", tallies);
        for (period, _) in tallies(same.0) {
            same.all("set_items", |h| {
                let mut items = Vec::new();
                let mut visit = |item| {
                    items.push(item);
                    ControlFlow::Continue(())
                };
                h.set_items(side, peer, period, &RecordId([0; 32]), &mut visit).unwrap();
                items
            });
        }
    }
    same.all("check_due", |h| h.check_due(peer).unwrap());
    same.all("returned", |h| h.returned(peer).unwrap());
    same.all("sheets_of", |h| h.sheets_of(peer, None, 1000).unwrap());
    same.all("statements_of", |h| h.statements_of(peer, None, 1000).unwrap());
    same.all("ledger_end", |h| h.ledger_end(peer).unwrap());
    same.all("receipted", |h| h.receipted(peer).unwrap());
    same.all("received", |h| h.received(peer).unwrap());
    same.all("owed_end", |h| h.owed_end(peer).unwrap());
    same.all("owed_receipted", |h| h.owed_receipted(peer).unwrap());
    same.all("obligations_received", |h| h.obligations_received(peer).unwrap());
    for epoch in &asked.epochs {
        same.all("receipted_in", |h| h.receipted_in(peer, *epoch).unwrap());
        for number in &asked.numbers {
            same.all("ledger_row", |h| h.ledger_row(peer, *epoch, *number).unwrap());
        }
    }
    for record in &asked.records {
        same.all("disclosed", |h| h.disclosed(peer, record).unwrap());
    }
    for page in [1, 1000] {
        same.all("owed", |h| {
            let next = |after: Option<ItemNumber>| h.owed(peer, after.unwrap_or_default(), page).unwrap();
            pages(next, |(position, _)| position.number)
        });
        same.all("deferred", |h| pages(|after| h.deferred(peer, after, page).unwrap(), |deferral| deferral.record));
    }
}
