//! A peer's places in the journal, lane by lane: how far each was walked, and how far that is written down.

use chancery_record::{Country, DocumentHash, Precedence};
use chancery_treaty::Law;

use crate::change::{BackFill, Change, Cursor};
use crate::{Holdings, JournalPosition, ReadFault};

/// The lanes, from the most urgent to the least.
pub(crate) const LANES: [Precedence; 4] =
    [Precedence::Flash, Precedence::Immediate, Precedence::Priority, Precedence::Routine];

/// The digest under which lanes to a peer are walked; none where nothing may go, and the cursors stand where they stood.
pub(crate) fn walked_under(law: &Law, peer: Country) -> Option<DocumentHash> {
    (!law.accord_with(peer).is_empty()).then(|| law.digest_for(peer))
}

/// One walk along a lane.
#[derive(Clone, Copy, Debug, Default)]
struct Walk {
    /// Everything up to here was decided on this connection.
    walked: JournalPosition,
    /// Everything up to here is receipted or withheld, durably.
    written: JournalPosition,
}

/// The walk over what another law had decided before.
#[derive(Clone, Copy, Debug)]
struct OldWalk {
    walk: Walk,
    /// Where the main walk stood when the law changed.
    until: JournalPosition,
}

/// One lane: the main walk, and behind it what it passed under another law.
///
/// The back-fill ends where the main walk stood, so no entry belongs to both.
#[derive(Clone, Copy, Debug, Default)]
struct Lane {
    main: Walk,
    /// Nothing committed lies beyond the main walk.
    caught_up: bool,
    /// The law of both walks; none where no law has let anything go yet.
    law: Option<DocumentHash>,
    back_fill: Option<OldWalk>,
}

/// A peer's cursors.
#[derive(Clone, Debug)]
pub(crate) struct LaneCursors([Lane; 4]);

impl LaneCursors {
    /// The cursors as they are written, taken up under a law; under none they stay as they are.
    pub fn load(peer: Country, law: Option<DocumentHash>, holdings: &impl Holdings) -> Result<Self, ReadFault> {
        let mut lanes = [Lane::default(); 4];
        for (lane, slot) in LANES.into_iter().zip(&mut lanes) {
            if let Some(cursor) = holdings.cursor(peer, lane)? {
                let old = |old: BackFill| OldWalk { walk: Walk::at(old.walked), until: old.until };
                *slot = Lane {
                    main: Walk::at(cursor.walked),
                    caught_up: false,
                    law: Some(cursor.law),
                    back_fill: cursor.back_fill.map(old),
                };
            }
            slot.rewind(law);
        }
        Ok(Self(lanes))
    }

    /// How far the main walk came.
    pub fn walked(&self, lane: Precedence) -> JournalPosition {
        self.lane(lane).main.walked
    }

    /// Whether nothing committed lies beyond the main walk.
    pub fn is_caught_up(&self, lane: Precedence) -> bool {
        self.lane(lane).caught_up
    }

    /// What the back-fill has still to walk: after the one entry, up to the other.
    pub fn to_back_fill(&self, lane: Precedence) -> Option<(JournalPosition, JournalPosition)> {
        let OldWalk { walk, until } = self.lane(lane).back_fill?;
        (walk.walked < until).then_some((walk.walked, until))
    }

    /// An entry was decided by the main walk.
    pub fn pass(&mut self, lane: Precedence, position: JournalPosition) {
        let main = &mut self.lane_mut(lane).main;
        main.walked = main.walked.max(position);
    }

    /// An entry was decided by the back-fill.
    pub fn pass_old(&mut self, lane: Precedence, position: JournalPosition) {
        if let Some(OldWalk { walk, until }) = &mut self.lane_mut(lane).back_fill {
            walk.walked = walk.walked.max(position.min(*until));
        }
    }

    /// The journal has no entry beyond the main walk.
    pub fn caught_up(&mut self, lane: Precedence) {
        self.lane_mut(lane).caught_up = true;
    }

    /// An entry was appended that has still to be walked.
    pub fn fall_behind(&mut self, lane: Precedence) {
        self.lane_mut(lane).caught_up = false;
    }

    /// Starts again from what is receipted or withheld. Under another law the main walk goes on from there, and what it
    /// passed is walked once more behind it. Gives what must be written.
    pub fn rewind(&mut self, peer: Country, law: Option<DocumentHash>) -> Vec<Change> {
        let moved = LANES.into_iter().filter(|lane| self.lane_mut(*lane).rewind(law) == Rewound::UnderAnother);
        let moved: Vec<Precedence> = moved.collect();
        self.changes(peer, moved)
    }

    /// Moves the written cursors up to the first item still unreceipted.
    pub fn advance(&mut self, peer: Country, waiting: &[(Precedence, JournalPosition)]) -> Vec<Change> {
        let advanced = |lane: &Precedence| {
            let of_lane = waiting.iter().filter(|(of, _)| of == lane).map(|(_, position)| *position);
            self.lane_mut(*lane).advance(of_lane)
        };
        let moved: Vec<Precedence> = LANES.into_iter().filter(advanced).collect();
        self.changes(peer, moved)
    }

    /// Cursors that a long run of withheld entries has left far behind, to be written though nothing was receipted; an
    /// ended back-fill is written at once.
    pub fn lagging(&mut self, peer: Country, lag: u64) -> Vec<Change> {
        let moved: Vec<Precedence> = LANES.into_iter().filter(|lane| self.lane_mut(*lane).catch_up(lag)).collect();
        self.changes(peer, moved)
    }

    fn changes(&self, peer: Country, lanes: Vec<Precedence>) -> Vec<Change> {
        let change = |lane| Some(Change::Cursor { peer, lane, cursor: self.lane(lane).cursor()? });
        lanes.into_iter().filter_map(change).collect()
    }

    fn lane(&self, lane: Precedence) -> &Lane {
        let [flash, immediate, priority, routine] = &self.0;
        match lane {
            Precedence::Flash => flash,
            Precedence::Immediate => immediate,
            Precedence::Priority => priority,
            Precedence::Routine => routine,
        }
    }

    fn lane_mut(&mut self, lane: Precedence) -> &mut Lane {
        let [flash, immediate, priority, routine] = &mut self.0;
        match lane {
            Precedence::Flash => flash,
            Precedence::Immediate => immediate,
            Precedence::Priority => priority,
            Precedence::Routine => routine,
        }
    }
}

/// Under which law a lane goes on.
#[derive(PartialEq, Eq)]
enum Rewound {
    UnderTheSame,
    UnderAnother,
}

impl Lane {
    fn rewind(&mut self, law: Option<DocumentHash>) -> Rewound {
        self.main.walked = self.main.written;
        self.caught_up = false;
        if law.is_none() || law == self.law {
            if let Some(old) = &mut self.back_fill {
                old.walk.walked = old.walk.written;
            }
            return Rewound::UnderTheSame;
        }
        self.law = law;
        let until = self.main.written;
        self.back_fill = (until > JournalPosition(0)).then(|| OldWalk { walk: Walk::default(), until });
        Rewound::UnderAnother
    }

    fn advance(&mut self, waiting: impl Iterator<Item = JournalPosition> + Clone) -> bool {
        let until = self.back_fill.map_or(JournalPosition(0), |old| old.until);
        // What was sent before a rewind may lie beyond what has been walked since.
        let is_main = self.main.advance(waiting.clone().filter(|position| *position > until).min());
        let first = waiting.filter(|position| *position <= until).min();
        let is_old = self.back_fill.as_mut().is_some_and(|old| old.walk.advance(first));
        self.drop_ended();
        is_main || is_old
    }

    fn catch_up(&mut self, lag: u64) -> bool {
        let is_main = self.main.catch_up(lag);
        let is_old = self.back_fill.as_mut().is_some_and(|old| {
            let lag = if old.walk.walked >= old.until { 0 } else { lag };
            old.walk.catch_up(lag)
        });
        self.drop_ended();
        is_main || is_old
    }

    fn drop_ended(&mut self) {
        self.back_fill = self.back_fill.filter(|old| old.walk.written < old.until);
    }

    fn cursor(&self) -> Option<Cursor> {
        let back_fill = self.back_fill.map(|old| BackFill { walked: old.walk.written, until: old.until });
        Some(Cursor { walked: self.main.written, law: self.law?, back_fill })
    }
}

impl Walk {
    fn at(written: JournalPosition) -> Self {
        Self { walked: written, written }
    }

    fn advance(&mut self, first_waiting: Option<JournalPosition>) -> bool {
        let to = first_waiting.map_or(self.walked, |first| self.walked.min(JournalPosition(first.0.saturating_sub(1))));
        let is_moved = to > self.written;
        if is_moved {
            self.written = to;
        }
        is_moved
    }

    fn catch_up(&mut self, lag: u64) -> bool {
        let behind = self.walked.0.saturating_sub(self.written.0);
        if behind > 0 && behind >= lag {
            self.written = self.walked;
            return true;
        }
        false
    }
}
