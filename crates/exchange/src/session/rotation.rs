//! Whose turn it is: the most urgent goes first, and nobody waits for ever.

use chancery_record::Precedence;

/// From where a batch is filled; one batch holds what one of them gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// What the main walk of a lane finds.
    Lane(Precedence),
    /// What was withheld until a day, or could not be accepted before.
    Deferred,
    /// What another law had decided before.
    BackFill,
}

/// The sources, from the most urgent to the least.
const SOURCES: [Source; 6] = [
    Source::Lane(Precedence::Flash),
    Source::Lane(Precedence::Immediate),
    Source::Lane(Precedence::Priority),
    Source::Deferred,
    Source::Lane(Precedence::Routine),
    Source::BackFill,
];

/// A weighted rotation: every second turn begins with FLASH, every fourth with IMMEDIATE, and so on down to one in 64 for
/// the back-fill. Who has nothing to say leaves the turn to the most urgent who has.
///
/// Within 64 turns every source is first once at least, so none starves whatever the others have to say.
#[derive(Debug, Default)]
pub(super) struct Rotation {
    turns: u32,
}

/// What of the credit and of the prepared batches a source may fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Share {
    eighths: usize,
}

impl Rotation {
    /// The sources in the order of this turn.
    pub fn order(&self) -> [Source; 6] {
        let mut order = SOURCES;
        let first = self.first();
        if let Some(up_to_it) = order.get_mut(..=first) {
            up_to_it.rotate_right(1);
        }
        order
    }

    /// What a source may fill in this turn: all in its own, else the less the less urgent it is.
    ///
    /// What is prepared or under way is before everything that comes later, however urgent: so the less urgent leave room.
    pub fn share(&self, source: Source) -> Share {
        if SOURCES.get(self.first()) == Some(&source) { Share::ALL } else { Share::of(source) }
    }

    /// The turn is over.
    pub fn turn(&mut self) {
        self.turns = self.turns.wrapping_add(1);
    }

    /// The turns run like the marks of a ruler: 0 1 0 2 0 1 0 3 …
    fn first(&self) -> usize {
        let mark = self.turns.wrapping_add(1).trailing_zeros() as usize;
        if mark < SOURCES.len() { mark } else { 0 }
    }
}

impl Share {
    /// Everything.
    pub const ALL: Self = Self { eighths: 8 };

    /// Where it is another's turn.
    pub fn of(source: Source) -> Self {
        let eighths = match source {
            Source::Lane(Precedence::Flash) => 8,
            Source::Lane(Precedence::Immediate) => 7,
            Source::Lane(Precedence::Priority) => 6,
            Source::Deferred | Source::Lane(Precedence::Routine) => 5,
            Source::BackFill => 4,
        };
        Self { eighths }
    }

    /// What a single record of a source may fill: only FLASH takes the last eighth.
    pub fn of_one(share: Self) -> Self {
        if share.is_all() { share } else { Self { eighths: Self::ALL.eighths - 1 } }
    }

    /// So much of a whole.
    pub fn part_of(self, whole: usize) -> usize {
        whole.saturating_mul(self.eighths) / 8
    }

    /// Whether it is everything.
    pub fn is_all(self) -> bool {
        self == Self::ALL
    }
}

#[cfg(test)]
mod tests {
    use super::{Rotation, SOURCES, Share, Source};

    /// How often each source is first among those that have something to say.
    fn turns_of(speaking: &[Source], turns: usize) -> Vec<usize> {
        let mut rotation = Rotation::default();
        let mut taken = vec![0; speaking.len()];
        for _ in 0..turns {
            let order = rotation.order();
            let next = order.iter().find(|source| speaking.contains(source)).unwrap();
            taken[speaking.iter().position(|source| source == next).unwrap()] += 1;
            rotation.turn();
        }
        taken
    }

    #[test]
    fn nobody_starves_between_the_others() {
        assert_eq!(turns_of(&SOURCES, 64), [33, 16, 8, 4, 2, 1]);
        for silent in 0..SOURCES.len() {
            let speaking: Vec<Source> =
                SOURCES.iter().enumerate().filter(|(at, _)| *at != silent).map(|(_, source)| *source).collect();
            assert!(turns_of(&speaking, 64).iter().all(|turns| *turns > 0), "{silent} is silent");
        }
    }

    #[test]
    fn every_order_names_every_source_once_and_the_rest_by_urgency() {
        let mut rotation = Rotation::default();
        for _ in 0..200 {
            let order = rotation.order();
            assert!(SOURCES.iter().all(|source| order.contains(source)));
            let rank = |source: &Source| SOURCES.iter().position(|one| one == source).unwrap();
            assert!(order[1..].is_sorted_by_key(rank), "{order:?}");
            assert_eq!(rotation.share(order[0]), Share::ALL);
            rotation.turn();
        }
    }

    #[test]
    fn the_less_urgent_leave_room_for_the_more_urgent() {
        let shares: Vec<usize> = SOURCES.iter().map(|source| Share::of(*source).part_of(4096)).collect();
        assert!(shares.is_sorted_by(|more, less| more >= less));
        assert!(shares[0] == 4096 && shares[4] < shares[2] && shares[5] < shares[4]);
    }
}
