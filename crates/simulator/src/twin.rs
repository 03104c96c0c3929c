//! Two worlds that differ only outside a liar's view: what it sees of them must not differ in one byte.

use std::collections::BTreeMap;
use std::sync::Arc;

use chancery_exchange::wire::Stream;
use chancery_record::{Classification, Country, Precedence};

use crate::accord::Accord;
use crate::agenda::{Event, Pair};
use crate::bug::Bug;
use crate::chance::{Chance, Fate};
use crate::link::Frame;
use crate::paper::Paper;
use crate::scenario::Scenario;
use crate::script::Act;
use crate::sometimes::Sometimes;
use crate::world::World;

/// What listeners saw of one world: by who heard whom in which conversation, when and what.
type Seen = BTreeMap<(Country, Country, Stream), Vec<(u64, Frame)>>;

/// What came of a pair of worlds.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Where the two differ, or what else was wrong.
    pub violation: Option<String>,
    /// What was seen in the second world.
    pub sometimes: Sometimes,
    /// Frames that the listeners saw.
    pub frames: usize,
}

/// Lives through a scenario twice, the second time with a history that its listeners may know nothing of.
pub fn compare(scenario: &Arc<Scenario>, seed: u64, bug: Option<Bug>) -> Compared {
    let listeners: Vec<Country> = World::new(scenario, seed).tongues.keys().copied().collect();
    let hidden = hidden_acts(scenario, seed, &listeners);
    let live = |hidden: Vec<(u64, Act)>| {
        let world = World::new(scenario, seed);
        let mut world = match bug {
            Some(bug) => world.with_bug(bug),
            None => world,
        };
        world.hide(hidden);
        world.live_through();
        world
    };
    let (bare, full) = (live(Vec::new()), live(hidden));
    let violation = bare.violation.clone().or(full.violation.clone()).or(difference(&seen(&bare), &seen(&full)));
    Compared { violation, sometimes: full.sometimes, frames: seen(&bare).values().map(Vec::len).sum() }
}

/// The first frame that is not the same in both.
fn difference(bare: &Seen, full: &Seen) -> Option<String> {
    let nothing = Vec::new();
    for place in bare.keys().chain(full.keys()) {
        let (one, other) = (bare.get(place).unwrap_or(&nothing), full.get(place).unwrap_or(&nothing));
        let differs = one.iter().zip(other).position(|(one, other)| one.1 != other.1);
        let Some(at) = differs.or((one.len() != other.len()).then_some(one.len().min(other.len()))) else { continue };
        let told = |heard: &Vec<(u64, Frame)>| {
            heard.get(at).map_or("nothing more".to_owned(), |(ms, frame)| {
                format!("at {ms} ms a frame of kind {} and {} bytes", frame.kind, frame.body.len())
            })
        };
        let (to, from, stream) = place;
        return Some(format!(
            "{to} hears of {from} on {stream:?}, as frame {at}: {}; in the twin {}",
            told(one),
            told(other)
        ));
    }
    None
}

/// What the listeners of a world heard.
fn seen(world: &World) -> Seen {
    let mut all = Seen::new();
    for (listener, tongue) in &world.tongues {
        for (ms, from, frame) in &tongue.heard {
            all.entry((*listener, *from, frame.stream)).or_default().push((*ms, frame.clone()));
        }
    }
    all
}

/// A history that no listener may know of: records it may not have, treaties that are not its own.
fn hidden_acts(scenario: &Scenario, seed: u64, listeners: &[Country]) -> Vec<(u64, Act)> {
    let fate = Fate::new(seed);
    let world = World::new(&Arc::new(scenario.clone()), seed);
    let members: Vec<Country> = world.nodes.keys().copied().filter(|of| !listeners.contains(of)).collect();
    let first = world.script.acts.len();
    let end_ms = scenario.minutes * 60 * 1000;
    let mut acts = Vec::new();
    for number in 0..24 {
        let mut chance = fate.of("hidden", &[number]);
        let at_ms = 500 + chance.below(end_ms);
        let Some(by) = chance.one_of(&members) else { continue };
        match chance.below(5) {
            0 => {
                let open = world.pacts.iter().enumerate();
                let others = open.filter(|(_, pact)| !listeners.iter().any(|listener| pact.binds(*listener)));
                let others: Vec<usize> = others.map(|(number, _)| number).collect();
                let Some(pact) = chance.one_of(&others) else { continue };
                let accord = chance.one_of(&Accord::ALL);
                acts.push((at_ms, Act::Agree { pact, accord }));
                for party in world.pacts[pact].parties.clone() {
                    acts.push((at_ms + chance.below(5_000), Act::Amend { pact, accord, party }));
                }
            }
            1 => {
                let papers = (0..chance.within([2, 150])).map(|at| secret(&mut chance, number * 1000 + at, listeners));
                let papers = papers.collect();
                acts.push((at_ms, Act::Publish { by, papers }));
            }
            2 => {
                let paper = secret(&mut chance, number, listeners);
                acts.push((at_ms, Act::Publish { by, papers: vec![paper] }));
                let of_act = first + acts.len() - 1;
                acts.push((at_ms + chance.below(60_000), Act::Withdraw { by, of_act }));
            }
            3 => {
                // Two versions of one record, neither for a listener.
                for turn in 0..2 {
                    let paper = Paper {
                        reference: Some(format!("H-{number}")),
                        not_to: listeners.to_vec(),
                        ..Paper::new(format!("hidden {number} {turn}"))
                    };
                    acts.push((at_ms + turn * 3_000, Act::Publish { by, papers: vec![paper] }));
                }
            }
            _ => {
                let link = world.links.keys().filter(|pair| !listeners.iter().any(|of| pair.has(*of)));
                let pairs: Vec<Pair> = link.copied().collect();
                acts.extend(chance.one_of(&pairs).map(|pair| (at_ms, Act::Lose { pair })));
            }
        }
    }
    acts
}

/// A paper that no listener may have, by its level, its audience, or both.
fn secret(chance: &mut Chance, number: u64, listeners: &[Country]) -> Paper {
    let paper =
        Paper { lane: chance.one_of(Precedence::ALL).unwrap_or_default(), ..Paper::new(format!("hidden {number}")) };
    match chance.below(3) {
        0 => Paper { classification: Classification::Secret, ..paper },
        1 => Paper { not_to: listeners.to_vec(), ..paper },
        _ => Paper { to: Some(Vec::new()), ..paper },
    }
}

impl World {
    /// Adds acts behind those of the script, so that none of those changes its name.
    pub fn hide(&mut self, acts: Vec<(u64, Act)>) {
        for (at_ms, act) in acts {
            self.agenda.plan(at_ms, Event::Act(self.script.acts.len()));
            self.script.acts.push((at_ms, act));
        }
    }
}
