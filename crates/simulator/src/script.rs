//! What is made to happen in a world, drawn before it begins.

use chancery_record::{Country, Offence};

use crate::accord::{Accord, Pact};
use crate::agenda::Pair;
use crate::chance::{Chance, Fate};
use crate::nations::START;
use crate::node::{Ailment, Life};
use crate::paper::Paper;
use crate::scenario::Scenario;

/// One thing that is made to happen.
#[derive(Clone, Debug)]
pub enum Act {
    /// A country publishes papers.
    Publish {
        /// Which.
        by: Country,
        /// What.
        papers: Vec<Paper>,
    },
    /// A country takes back what it published in an earlier act.
    Withdraw {
        /// Which.
        by: Country,
        /// The act.
        of_act: usize,
    },
    /// The parties agree on another accord, or on none; what they do about it are acts of their own.
    Agree {
        /// Which treaty.
        pact: usize,
        /// On what.
        accord: Option<Accord>,
    },
    /// A party puts an accord in force.
    Amend {
        /// Which treaty.
        pact: usize,
        /// What.
        accord: Option<Accord>,
        /// Which party.
        party: Country,
    },
    /// A process is killed at an output to come.
    Kill {
        /// Whose.
        who: Country,
        /// How many outputs it has left.
        fuse: u64,
    },
    /// Nothing gets through from one country to another for a while.
    Cut {
        /// Who sends.
        from: Country,
        /// To whom.
        to: Country,
        /// How long.
        for_ms: u64,
    },
    /// A connection breaks.
    Lose {
        /// Whose.
        pair: Pair,
    },
    /// A second connection takes the place of the first.
    Replace {
        /// Whose.
        pair: Pair,
    },
    /// Something ails a disk.
    Ail {
        /// Whose.
        who: Country,
        /// What.
        ailment: Ailment,
    },
    /// A wall clock jumps.
    Jump {
        /// Whose.
        who: Country,
        /// How far.
        by_ms: i64,
    },
    /// A disk is copied.
    BackUp {
        /// Whose.
        who: Country,
    },
    /// The copy, or nothing at all, takes the place of a disk.
    Restore {
        /// Whose.
        who: Country,
        /// Whether anybody says so.
        begun: Life,
    },
    /// A record key is replaced.
    Rotate {
        /// Whose.
        who: Country,
    },
}

/// The farthest jump of a clock: what was sealed under it is past when a healed world comes to rest.
const JUMP_MS_MAX: u64 = 20 * 60 * 60 * 1000;

/// All acts of a world with their times; the place of an act in the list is its name.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// The acts.
    pub acts: Vec<(u64, Act)>,
}

/// What acts are drawn from.
struct Drawing<'a> {
    scenario: &'a Scenario,
    fate: Fate,
    members: &'a [Country],
    pacts: &'a [Pact],
    end_ms: u64,
    script: Script,
}

impl Script {
    /// The script of a scenario under a seed. Each sort of act is left out of one world in four.
    pub fn drawn(scenario: &Scenario, fate: Fate, members: &[Country], pacts: &[Pact]) -> Self {
        let end_ms = scenario.minutes * 60 * 1000;
        let mut drawing = Drawing { scenario, fate, members, pacts, end_ms, script: Self::default() };
        drawing.papers();
        drawing.treaties();
        drawing.machines();
        drawing.networks();
        drawing.script
    }
}

impl Drawing<'_> {
    /// The acts of one sort: when, with the numbers to draw them from.
    fn times(&self, sort: &str, most: u64) -> Vec<(u64, Chance)> {
        let mut how_many = self.fate.of("how many", &[most, sort.len() as u64]);
        let some = self.fate.of(sort, &[u64::MAX]).below(4);
        let count = if some == 0 { 0 } else { how_many.within([most.div_ceil(2), most]) };
        let one = |number| {
            let mut chance = self.fate.of(sort, &[number]);
            (1000 + chance.below(self.end_ms.saturating_sub(1000)), chance)
        };
        (0..count).map(one).collect()
    }

    fn put(&mut self, at_ms: u64, act: Act) {
        self.script.acts.push((at_ms, act));
    }

    fn who(&self, chance: &mut Chance) -> Country {
        self.members[chance.index(self.members.len())]
    }

    fn pair(&self, chance: &mut Chance) -> Option<Pair> {
        let pact = &self.pacts[chance.index(self.pacts.len())];
        let (one, other) = (chance.one_of(&pact.parties)?, chance.one_of(&pact.parties)?);
        let other = if one == other { *pact.parties.iter().find(|party| **party != one)? } else { other };
        Some(Pair::of(one, other))
    }

    fn papers(&mut self) {
        let acts = self.scenario.acts.clone();
        let today = START.date();
        for (at_ms, mut chance) in self.times("publish", acts.publish) {
            let by = self.who(&mut chance);
            let text = format!("van {}", chance.below(1_000_000));
            let papers = vec![Paper::drawn(&mut chance, text, today, self.members)];
            let number = self.script.acts.len();
            self.put(at_ms, Act::Publish { by, papers });
            if number % 4 == 1 && acts.withdraw > 0 && chance.once_in(2) {
                let wait = chance.below(self.end_ms.saturating_sub(at_ms).max(1));
                let soon = if chance.once_in(3) { chance.below(100) } else { wait };
                self.put(at_ms + soon, Act::Withdraw { by, of_act: number });
            }
        }
        for (at_ms, mut chance) in self.times("bulk", acts.bulk) {
            let by = self.who(&mut chance);
            let one = |at| {
                let text = format!("van {at}");
                Paper { reference: None, ..Paper::drawn(&mut chance, text, today, self.members) }
            };
            let papers = (0..acts.bulk_papers).map(one).collect();
            self.put(at_ms, Act::Publish { by, papers });
        }
        for (at_ms, mut chance) in self.times("expire", acts.expire) {
            let by = self.who(&mut chance);
            let days = 1 + i32::try_from(chance.below(3)).unwrap_or(0);
            let ends = START.date().plus_days(i32::try_from(at_ms / chancery_record::DAY_MS).unwrap_or(0) + days);
            let text = format!("lorry {}", chance.below(1_000_000));
            let paper = Paper { expires: Some(ends), offence: Offence::StolenVehicles, ..Paper::new(text) };
            self.put(at_ms, Act::Publish { by, papers: vec![paper] });
        }
    }

    fn treaties(&mut self) {
        let acts = self.scenario.acts.clone();
        for (sort, most) in [("amend", acts.amend), ("end", acts.end)] {
            for (at_ms, mut chance) in self.times(sort, most) {
                let pact = chance.index(self.pacts.len());
                let accord = chance.one_of(&self.scenario.accords).filter(|_| sort == "amend");
                self.put(at_ms, Act::Agree { pact, accord });
                for party in self.pacts[pact].parties.clone() {
                    let late = if chance.once_in(2) { 0 } else { chance.below(60_000) };
                    self.put(at_ms + late, Act::Amend { pact, accord, party });
                }
            }
        }
    }

    fn machines(&mut self) {
        let acts = self.scenario.acts.clone();
        let fault = self.scenario.disk.fault_ms;
        for (at_ms, mut chance) in self.times("crash", acts.crash) {
            let who = self.who(&mut chance);
            self.put(at_ms, Act::Kill { who, fuse: chance.below(24) });
        }
        type Ail = fn(u64) -> Ailment;
        let ailments: [(&str, u64, Ail); 3] = [
            ("slow disk", acts.slow_disk, Ailment::Slow),
            ("stuck disk", acts.stuck_disk, Ailment::Stuck),
            ("full disk", acts.full_disk, Ailment::Full),
        ];
        for (sort, most, ailment) in ailments {
            for (at_ms, mut chance) in self.times(sort, most) {
                let who = self.who(&mut chance);
                let until = at_ms + chance.within(fault);
                self.put(at_ms, Act::Ail { who, ailment: ailment(until) });
            }
        }
        for (at_ms, mut chance) in self.times("jump", acts.jump) {
            let who = self.who(&mut chance);
            let by_ms = chance.within([30 * 60 * 1000, JUMP_MS_MAX]).cast_signed();
            self.put(at_ms, Act::Jump { who, by_ms: if chance.once_in(2) { by_ms } else { -by_ms } });
        }
        for (at_ms, mut chance) in self.times("restore", acts.restore) {
            let who = self.who(&mut chance);
            if !chance.once_in(4) {
                self.put(chance.below(at_ms), Act::BackUp { who });
            }
            let begun = if chance.once_in(2) { Life::Announced } else { Life::Untold };
            self.put(at_ms, Act::Restore { who, begun });
        }
        for (at_ms, mut chance) in self.times("rotate", acts.rotate) {
            let who = self.who(&mut chance);
            self.put(at_ms, Act::Rotate { who });
        }
    }

    fn networks(&mut self) {
        let acts = self.scenario.acts.clone();
        let long = self.scenario.network.cut_ms;
        for (sort, most) in [("cut", acts.cut), ("one way", acts.one_way)] {
            for (at_ms, mut chance) in self.times(sort, most) {
                let Some(Pair(one, other)) = self.pair(&mut chance) else { continue };
                let for_ms = chance.within(long);
                let (from, to) = if chance.once_in(2) { (one, other) } else { (other, one) };
                self.put(at_ms, Act::Cut { from, to, for_ms });
                if sort == "cut" {
                    self.put(at_ms, Act::Cut { from: to, to: from, for_ms });
                }
            }
        }
        for (sort, most) in [("lose", acts.lose), ("replace", acts.replace)] {
            for (at_ms, mut chance) in self.times(sort, most) {
                let Some(pair) = self.pair(&mut chance) else { continue };
                self.put(at_ms, if sort == "lose" { Act::Lose { pair } } else { Act::Replace { pair } });
            }
        }
    }
}

impl Act {
    /// The act in words.
    pub fn told(&self) -> String {
        match self {
            Self::Publish { by, papers } => {
                let first = papers.first().map(|paper| {
                    let to = paper.to.as_ref().map_or("everyone".to_owned(), |to| format!("{to:?}"));
                    format!("{:?} under {:?}, {}, to {to}", paper.text, paper.reference, paper.classification)
                });
                format!("{by} publishes {} papers, first {}", papers.len(), first.unwrap_or_default())
            }
            Self::Withdraw { by, of_act } => format!("{by} withdraws what it published in act {of_act}"),
            Self::Agree { pact, accord } => format!("the parties of treaty {pact} agree on {accord:?}"),
            Self::Amend { pact, accord, party } => format!("{party} puts {accord:?} in force as treaty {pact}"),
            Self::Kill { who, fuse } => format!("{who} will be killed {fuse} outputs later"),
            Self::Cut { from, to, for_ms } => format!("nothing gets from {from} to {to} for {for_ms} ms"),
            Self::Lose { pair } => format!("the connection of {} and {} breaks", pair.0, pair.1),
            Self::Replace { pair } => format!("{} and {} connect a second time", pair.0, pair.1),
            Self::Ail { who, ailment } => format!("the disk of {who} is {ailment:?}"),
            Self::Jump { who, by_ms } => format!("the clock of {who} jumps by {by_ms} ms"),
            Self::BackUp { who } => format!("the disk of {who} is copied"),
            Self::Restore { who, begun } => format!("the copy takes the place of the disk of {who}: {begun:?}"),
            Self::Rotate { who } => format!("{who} replaces its record key"),
        }
    }
}
