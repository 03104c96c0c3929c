//! One cursor per precedence lane: how far the journal was walked, and how far that is written down.

use chancery_record::{Country, DocumentHash, Precedence};

use crate::change::Change;
use crate::{Holdings, JournalPosition, ReadFault};

/// The lanes, from the least urgent to the most.
pub(crate) const LANES: [Precedence; 4] =
    [Precedence::Routine, Precedence::Priority, Precedence::Immediate, Precedence::Flash];

pub(crate) fn lane_index(lane: Precedence) -> usize {
    usize::from(lane.code())
}

#[derive(Clone, Copy, Debug, Default)]
struct Lane {
    /// Everything up to here was decided on this connection.
    walked: JournalPosition,
    /// Everything up to here is receipted or withheld, durably.
    written: JournalPosition,
    /// Nothing committed lies beyond `walked`.
    caught_up: bool,
}

/// A peer's cursors under one law.
#[derive(Clone, Debug)]
pub(crate) struct LaneCursors {
    law: DocumentHash,
    lanes: [Lane; 4],
}

impl LaneCursors {
    /// The cursors as they are written; from the beginning where they were walked under another law.
    pub fn load(peer: Country, law: DocumentHash, holdings: &impl Holdings) -> Result<Self, ReadFault> {
        let mut lanes = [Lane::default(); 4];
        for (lane, slot) in LANES.into_iter().zip(&mut lanes) {
            if let Some((position, walked_under)) = holdings.cursor(peer, lane)?
                && walked_under == law
            {
                *slot = Lane { walked: position, written: position, caught_up: false };
            }
        }
        Ok(Self { law, lanes })
    }

    fn lane(&self, lane: Precedence) -> Lane {
        self.lanes.get(lane_index(lane)).copied().unwrap_or_default()
    }

    fn lane_mut(&mut self, lane: Precedence) -> Option<&mut Lane> {
        self.lanes.get_mut(lane_index(lane))
    }

    /// How far the lane was walked.
    pub fn walked(&self, lane: Precedence) -> JournalPosition {
        self.lane(lane).walked
    }

    /// Whether nothing committed lies beyond.
    pub fn is_caught_up(&self, lane: Precedence) -> bool {
        self.lane(lane).caught_up
    }

    /// An entry was decided.
    pub fn pass(&mut self, lane: Precedence, position: JournalPosition) {
        if let Some(lane) = self.lane_mut(lane) {
            lane.walked = lane.walked.max(position);
        }
    }

    /// The journal has no entry beyond.
    pub fn caught_up(&mut self, lane: Precedence) {
        if let Some(lane) = self.lane_mut(lane) {
            lane.caught_up = true;
        }
    }

    /// An entry was appended that has still to be walked.
    pub fn fall_behind(&mut self, lane: Precedence) {
        if let Some(lane) = self.lane_mut(lane) {
            lane.caught_up = false;
        }
    }

    /// Starts again: from the beginning under another law, else from what is receipted or withheld.
    pub fn rewind(&mut self, law: DocumentHash) {
        let same = self.law == law;
        self.law = law;
        for lane in &mut self.lanes {
            let from = if same { lane.written } else { JournalPosition::default() };
            *lane = Lane { walked: from, written: from, caught_up: false };
        }
    }

    /// Moves the written cursors up to the first item still unreceipted.
    pub fn advance(&mut self, peer: Country, waiting: &[(Precedence, JournalPosition)]) -> Vec<Change> {
        let mut moved = Vec::new();
        for lane in LANES {
            let first = waiting.iter().filter(|(of, _)| *of == lane).map(|(_, position)| *position).min();
            // What was sent before a rewind may lie beyond what has been walked since.
            let walked = self.walked(lane);
            let to = first.map_or(walked, |first| walked.min(JournalPosition(first.0.saturating_sub(1))));
            if let Some(slot) = self.lane_mut(lane)
                && to > slot.written
            {
                slot.written = to;
                moved.push(lane);
            }
        }
        self.changes(peer, moved)
    }

    /// Cursors that a long run of withheld entries has left far behind, to be written though nothing was receipted.
    pub fn lagging(&mut self, peer: Country, lag: u64) -> Vec<Change> {
        let mut moved = Vec::new();
        for lane in LANES {
            if let Some(slot) = self.lane_mut(lane)
                && slot.walked.0.saturating_sub(slot.written.0) >= lag
            {
                slot.written = slot.walked;
                moved.push(lane);
            }
        }
        self.changes(peer, moved)
    }

    /// The writes that make the cursors of these lanes durable.
    pub fn changes(&self, peer: Country, lanes: impl IntoIterator<Item = Precedence>) -> Vec<Change> {
        lanes
            .into_iter()
            .map(|lane| Change::Cursor { peer, lane, position: self.lane(lane).written, law: self.law })
            .collect()
    }
}
