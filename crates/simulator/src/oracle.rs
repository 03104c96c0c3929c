//! Who watches from outside: every frame as it is sent, every commit, every answer, and the world when it has healed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chancery_exchange::wire::FrameKind;
use chancery_exchange::{
    Answer, CallerId, Change, ConnectionId, Epoch, Incoming, ItemNumber, ObligationPosition, ProtocolFault,
    StreamPosition,
};
use chancery_record::{Country, Lineage, Moment, Record, RecordId, SectionSet};

use crate::accord::Pact;
use crate::link::Frame;
use crate::node::Node;

mod batches;
mod control;
mod durable;
mod lanes;
mod shadow;

pub mod settled;

pub use shadow::Shadow;

/// The place of a delivery, with its sections and purposes.
type Delivery = (Epoch, ItemNumber, Rows);

/// All that was ever sealed, sent and made durable, as nobody in the world knows it.
pub struct Oracle {
    /// Who has treaties with whom.
    pub pacts: Arc<Vec<Pact>>,
    /// Whose disk was replaced by an older one.
    pub restored: BTreeSet<Country>,
    /// Which manifest bears a revision of an own lineage.
    revisions: BTreeMap<(Country, Lineage, u64), RecordId>,
    /// Whose word is worth nothing.
    pub liars: BTreeSet<Country>,
    /// Every record as its originator sealed it.
    pub sealed: BTreeMap<RecordId, Arc<Record>>,
    /// What each disk holds, by what was committed to it.
    pub shadows: BTreeMap<Country, Shadow>,
    /// What was handed over, from whom to whom.
    pub sent: BTreeMap<(Country, Country), BTreeMap<RecordId, SectionSet>>,
    /// How often each was handed over.
    pub times: BTreeMap<(Country, Country, RecordId), u64>,
    /// Where a country's stream to a peer stands on a connection.
    streams: BTreeMap<(Country, Country, ConnectionId), (Epoch, ItemNumber)>,
    /// Which record bore a number.
    numbers: BTreeMap<(Country, Country, Epoch, ItemNumber), (RecordId, SectionSet)>,
    /// The farthest receipt that each gave.
    receipted: BTreeMap<(Country, Country), StreamPosition>,
    owed_receipted: BTreeMap<(Country, Country), ObligationPosition>,
    /// Which statement bore a number.
    stated: BTreeMap<(Country, Country, ItemNumber), chancery_record::StatementId>,
    /// What was acknowledged to local callers.
    published: BTreeMap<Country, BTreeSet<RecordId>>,
    withdrawn: BTreeMap<Country, BTreeSet<Lineage>>,
    withdrawing: BTreeMap<CallerId, Lineage>,
    /// Records that came to a country in some frame, by who sent them.
    pub arrived: BTreeMap<Country, BTreeSet<RecordId>>,
    /// How far each peer's receipts of an epoch are durable and since which commit, by whose ledger it is.
    came_back: BTreeMap<(Country, Country, Epoch), Vec<(ItemNumber, u64)>>,
    /// What a peer did not take, or said that it lacks.
    refused: BTreeSet<(Country, Country, RecordId)>,
    /// Each delivery of a record to a peer: its place, and which sections for which purposes.
    deliveries: BTreeMap<(Country, Country, RecordId), Vec<Delivery>>,
    /// Commits of all nodes so far.
    commits: u64,
    /// After how many of them a disclosure was asked to be written down.
    asked_since: BTreeMap<(Country, Country, Epoch, ItemNumber), u64>,
    /// What waits in which lane.
    queues: lanes::Queues,
}

/// Sections with the purposes for which they went.
type Rows = BTreeSet<(chancery_record::SectionName, chancery_record::Purpose)>;

impl Oracle {
    /// An oracle that has seen nothing yet.
    pub fn new(pacts: Arc<Vec<Pact>>) -> Self {
        Self {
            pacts,
            restored: BTreeSet::new(),
            revisions: BTreeMap::new(),
            liars: BTreeSet::new(),
            sealed: BTreeMap::new(),
            shadows: BTreeMap::new(),
            sent: BTreeMap::new(),
            times: BTreeMap::new(),
            streams: BTreeMap::new(),
            numbers: BTreeMap::new(),
            receipted: BTreeMap::new(),
            owed_receipted: BTreeMap::new(),
            stated: BTreeMap::new(),
            published: BTreeMap::new(),
            withdrawn: BTreeMap::new(),
            withdrawing: BTreeMap::new(),
            arrived: BTreeMap::new(),
            came_back: BTreeMap::new(),
            refused: BTreeSet::new(),
            deliveries: BTreeMap::new(),
            commits: 0,
            asked_since: BTreeMap::new(),
            queues: lanes::Queues::default(),
        }
    }

    /// Judges a frame of an honest node at the moment at which it is handed over.
    pub fn sending(
        &mut self,
        node: &Node,
        to: Country,
        connection: ConnectionId,
        frame: &Frame,
        now: Moment,
    ) -> Result<(), String> {
        let from = node.country;
        let kind = FrameKind::from_byte(frame.kind).ok_or("a frame of no kind")?;
        let judged = match kind {
            FrameKind::Batch => self.batch(node, to, connection, &frame.body, now),
            FrameKind::OpenEpoch => self.open_epoch(node, to, connection, &frame.body),
            FrameKind::Receipt => self.receipt(node, to, &frame.body),
            FrameKind::ObligationReceipt => self.obligation_receipt(node, to, &frame.body),
            FrameKind::Obligations => self.obligations(node, to, &frame.body),
            FrameKind::Hello => self.hello(node, to, &frame.body),
            #[allow(unreachable_patterns, reason = "frames to come")]
            _ => Ok(()),
        };
        judged.map_err(|what| format!("{from} to {to}, {kind:?}: {what}"))
    }

    /// A node asks for a list of changes: of what came it keeps no more than treaty and tags allow, whoever sent it.
    pub fn asked(&mut self, node: &Node, changes: &[Change], now_ms: u64) -> Result<(), String> {
        let today = node.moment(now_ms).wall.date();
        for change in changes.iter().filter(|_| !node.lies) {
            if let Change::Ledger(row) = change {
                self.asked_since.insert((node.country, row.peer, row.epoch, row.number), self.commits);
            }
            let Change::Accept(acceptance) = change else { continue };
            if acceptance.source == chancery_exchange::RecordSource::Own {
                let (id, manifest) = (acceptance.record.id(), acceptance.record.manifest());
                let place = (node.country, manifest.lineage, manifest.revision);
                if *self.revisions.entry(place).or_insert(id) != id {
                    return Err(format!("{} seals revision {} twice", node.country, manifest.revision));
                }
            }
            let chancery_exchange::RecordSource::Delivered { peer, .. } = &acceptance.source else { continue };
            let record = self.sealed.get(&acceptance.record.id()).ok_or("a record is kept that nobody sealed")?;
            // Around midnight the sender's day may have begun already.
            let allowed =
                crate::reference::may_be_kept(record, *peer, node.country, today, &self.pacts, &node.in_force);
            let kept = acceptance.record.sections_held();
            let before = self.shadows.get(&node.country).and_then(|shadow| shadow.held.get(&record.id())).copied();
            let may = allowed.union(before.unwrap_or(SectionSet::EMPTY));
            if !may.contains_all(kept) {
                return Err(format!(
                    "{} keeps {kept:?} of {} from {peer}, where {may:?} may be",
                    node.country,
                    record.id()
                ));
            }
        }
        Ok(())
    }

    /// A list of changes is durable at a node.
    pub fn committed(&mut self, of: Country, changes: &[Change]) -> Result<(), String> {
        self.commits += 1;
        for change in changes {
            if let Change::Receipted { peer, position, .. } = change {
                let held = self.shadows.get(peer).and_then(|shadow| shadow.received.get(&of));
                let is_held = held.is_some_and(|held| {
                    held.incarnation != position.incarnation
                        || (held.epoch, held.number) >= (position.epoch, position.number)
                });
                if !is_held && !self.restored.contains(peer) && !self.liars.contains(peer) && !self.liars.contains(&of)
                {
                    return Err(format!("{of} counts {}/{} as held by {peer}", position.epoch, position.number));
                }
                self.came_back.entry((of, *peer, position.epoch)).or_default().push((position.number, self.commits));
            }
            if let Change::Accept(acceptance) = change
                && acceptance.source == chancery_exchange::RecordSource::Own
            {
                let lane = acceptance.record.manifest().tags.precedence;
                self.queues.own.entry((of, lane)).or_default().push(acceptance.record.id());
            }
            if let Change::NewLife { .. } = change {
                self.numbers.retain(|(from, ..), _| *from != of);
                self.stated.retain(|(from, ..), _| *from != of);
            }
            if let Change::DropItems { peer, items } = change {
                self.refused.extend(items.iter().map(|item| (of, *peer, item.item.record)));
            }
        }
        let shadow = self.shadows.entry(of).or_default();
        shadow.take(of, changes, &self.sealed).map_err(|what| format!("{of}: {what}"))
    }

    /// A disk was replaced by an older one: what only the later one knew is lost, unless peers give it back.
    pub fn restored(&mut self, of: Country, shadow: Shadow, begun: crate::node::Life) {
        let mut told_before =
            self.shadows.remove(&of).map(|before| (before.told, before.told_before)).unwrap_or_default();
        told_before.0.append(&mut told_before.1);
        let shadow = Shadow { is_restored: true, told_before: told_before.0, ..shadow };
        self.restored.insert(of);
        let kept = |id: &RecordId| shadow.held.contains_key(id);
        self.published.entry(of).or_default().retain(kept);
        self.withdrawn.entry(of).or_default().retain(|lineage| shadow.withdrawn.contains(lineage));
        self.receipted.retain(|(holder, _), _| *holder != of);
        self.owed_receipted.retain(|(holder, _), _| *holder != of);
        self.came_back.retain(|(from, ..), _| *from != of);
        if begun == crate::node::Life::Announced || shadow.newest.is_empty() {
            self.numbers.retain(|(from, ..), _| *from != of);
            self.stated.retain(|(from, ..), _| *from != of);
        }
        self.shadows.insert(of, shadow);
    }

    /// A frame came to the end of its way.
    pub fn arrived(&mut self, from: Country, to: Country, message: &Result<Incoming, ProtocolFault>) {
        match message {
            Ok(Incoming::Batch(batch)) => {
                let good = batch.items.iter().filter(|item| item.record.is_ok());
                self.arrived.entry(to).or_default().extend(good.map(|item| item.entry.record));
            }
            Ok(Incoming::Receipt(received)) => {
                let receipt = &received.receipt;
                let epoch = receipt.position.epoch;
                for refusal in &receipt.refusals {
                    if let Some((record, _)) = self.numbers.get(&(to, from, epoch, refusal.number)) {
                        self.refused.insert((to, from, *record));
                    }
                }
            }
            _ => {}
        }
    }

    /// The last number of an epoch that was handed over.
    pub fn handed(&self, from: Country, to: Country, epoch: Epoch) -> Option<ItemNumber> {
        let of_epoch = (from, to, epoch, ItemNumber(0))..=(from, to, epoch, ItemNumber(u64::MAX));
        self.numbers.range(of_epoch).next_back().map(|((_, _, _, number), _)| *number)
    }

    /// Whether a peer had receipted all this of a record when it was asked to be written down, and refused none of it.
    fn is_known_to_be_held(
        &self,
        (from, to): (Country, Country),
        (epoch, number): (Epoch, ItemNumber),
        record: RecordId,
        rows: &Rows,
    ) -> bool {
        let asked = self.asked_since.get(&(from, to, epoch, number)).copied().unwrap_or(u64::MAX);
        let is_back = |epoch: Epoch, number: ItemNumber| {
            let receipts = self.came_back.get(&(from, to, epoch)).into_iter().flatten();
            receipts.into_iter().any(|(up_to, since)| *up_to >= number && *since <= asked)
        };
        let before = self.deliveries.get(&(from, to, record)).into_iter().flatten();
        let mut known = before.filter(|(epoch, number, before)| before.is_superset(rows) && is_back(*epoch, *number));
        known.next().is_some() && !self.refused.contains(&(from, to, record))
    }

    /// A caller will be answered about a withdrawal.
    pub fn asked_to_withdraw(&mut self, caller: CallerId, lineage: Lineage) {
        self.withdrawing.insert(caller, lineage);
    }

    /// A caller was answered: what it was told is durable, and stays so.
    pub fn answered(&mut self, node: &Node, caller: CallerId, answer: &Answer) -> Result<(), String> {
        let of = node.country;
        let shadow = self.shadows.entry(of).or_default();
        match answer {
            Answer::Published(results) => {
                for published in results.iter().flatten() {
                    if !shadow.ever_held.contains(&published.record) {
                        return Err(format!("{of} acknowledges {}, which is not durable", published.record));
                    }
                    self.published.entry(of).or_default().insert(published.record);
                }
            }
            Answer::Withdrawn { .. } => {
                let Some(lineage) = self.withdrawing.get(&caller).filter(|lineage| shadow.withdrawn.contains(*lineage))
                else {
                    return Err(format!("{of} acknowledges a withdrawal that is not durable"));
                };
                self.withdrawn.entry(of).or_default().insert(*lineage);
            }
            _ => {}
        }
        Ok(())
    }
}
