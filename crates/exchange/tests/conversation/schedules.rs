//! Random lives of three nodes, which end by healing and must then agree with the decision made by hand.

use std::collections::BTreeMap;

use chancery_exchange::{Answer, CallerId, Holdings};
use chancery_record::{Classification, Country, Precedence};
use proptest::prelude::*;

use crate::world::{Chance, Grant, Paper, World, country};

const HOUR_MS: u64 = 60 * 60 * 1000;

#[derive(Clone, Debug)]
enum Act {
    Publish { by: usize, reference: u8, text: u8, level: usize, lane: usize, to: usize },
    Withdraw { by: usize, which: usize },
    Crash { who: usize, kept: usize },
    Connect { pair: usize },
    Disconnect { pair: usize },
    Agree { pair: usize, at_both: bool, grant: usize },
    Run { steps: usize },
    Pass { hours: u64 },
}

fn act() -> impl Strategy<Value = Act> {
    let publish = (0..3usize, 0..6u8, 0..4u8, 0..3usize, 0..4usize, 0..4usize)
        .prop_map(|(by, reference, text, level, lane, to)| Act::Publish { by, reference, text, level, lane, to });
    prop_oneof![
        6 => publish,
        2 => (0..3usize, any::<usize>()).prop_map(|(by, which)| Act::Withdraw { by, which }),
        1 => (0..3usize, 0..4usize).prop_map(|(who, kept)| Act::Crash { who, kept }),
        2 => (0..3usize).prop_map(|pair| Act::Connect { pair }),
        1 => (0..3usize).prop_map(|pair| Act::Disconnect { pair }),
        2 => (0..3usize, any::<bool>(), 0..5usize).prop_map(|(pair, at_both, grant)| Act::Agree { pair, at_both, grant }),
        8 => (0..60usize).prop_map(|steps| Act::Run { steps }),
        1 => (1..40u64).prop_map(|hours| Act::Pass { hours }),
    ]
}

struct Life {
    world: World,
    countries: [Country; 3],
    pairs: [(Country, Country); 3],
    agreed: BTreeMap<usize, usize>,
    callers: Vec<(Country, CallerId)>,
}

const GRANTS: [Option<Grant>; 5] = [Some(Grant::USUAL), Some(Grant::NARROW), Some(Grant::WIDE), Some(Grant::OLD), None];

impl Life {
    fn new(seed: u64) -> Self {
        let countries = ["BR", "DE", "FR"].map(country);
        let [br, de, fr] = countries;
        let mut world = World::new(seed, &countries);
        world.agree(fr, de, Some(Grant::USUAL));
        world.agree(fr, br, Some(Grant::NARROW));
        for (one, other) in [(fr, de), (fr, br), (de, br)] {
            world.connect(one, other);
        }
        let pairs = [(fr, de), (fr, br), (de, br)];
        Self { world, countries, pairs, agreed: [(0, 0), (1, 1), (2, 4)].into_iter().collect(), callers: Vec::new() }
    }

    fn take(&mut self, act: &Act) {
        let world = &mut self.world;
        match act {
            Act::Publish { by, reference, text, level, lane, to } => {
                let levels = [Classification::Unclassified, Classification::Restricted, Classification::Confidential];
                let mut paper = Paper::new(format!("van {text}")).level(levels[*level]).at(Precedence::ALL[*lane]);
                if *reference > 0 {
                    paper = paper.under(&format!("A-{reference}"));
                }
                if *to < 3 {
                    paper = paper.only_to(&[self.countries[*to]]);
                }
                let by = self.countries[*by];
                self.callers.push((by, world.ask_publish(by, &[paper])));
            }
            Act::Withdraw { by, which } => {
                let by = self.countries[*by];
                let own = world.oracle.sealed.values().filter(|record| record.manifest().originator == by);
                let lineages: Vec<_> = own.map(|record| record.manifest().lineage).collect();
                if !lineages.is_empty() {
                    world.ask_withdraw(by, lineages[which % lineages.len()]);
                }
            }
            Act::Crash { who, kept } => world.crash(self.countries[*who], *kept),
            Act::Connect { pair } => world.connect(self.pairs[*pair].0, self.pairs[*pair].1),
            Act::Disconnect { pair } => world.disconnect(self.pairs[*pair].0, self.pairs[*pair].1),
            Act::Agree { pair, at_both, grant } => {
                let (one, other) = self.pairs[*pair];
                self.agreed.insert(*pair, *grant);
                world.agree_at(one, other, GRANTS[*grant]);
                if *at_both {
                    world.agree_at(other, one, GRANTS[*grant]);
                }
            }
            Act::Run { steps } => {
                world.run(*steps);
            }
            Act::Pass { hours } => world.pass(*hours * HOUR_MS),
        }
    }

    fn end(&mut self) {
        for (pair, grant) in &self.agreed {
            let (one, other) = self.pairs[*pair];
            self.world.agree(one, other, GRANTS[*grant]);
        }
        self.world.settle();
        self.world.heal();
        self.world.check_settled();
        self.check_acknowledged();
        for node in self.world.nodes.values() {
            let broken: Vec<_> = node.hang_ups.iter().filter(|why| !why.contains("afresh")).collect();
            assert!(broken.is_empty(), "{} hung up: {broken:?}", node.country);
        }
    }

    fn check_acknowledged(&self) {
        for (by, caller) in &self.callers {
            let node = self.world.node(*by);
            let Some(Answer::Published(results)) = node.answers.get(caller) else { continue };
            for published in results.iter().flatten() {
                assert!(node.store.held(&published.record).unwrap().is_some(), "{} was lost", published.record);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, max_shrink_iters: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn every_life_heals(seed in any::<u64>(), acts in proptest::collection::vec(act(), 1..60)) {
        let mut life = Life::new(seed);
        for act in &acts {
            life.take(act);
        }
        life.end();
    }
}

/// A life drawn from a seed alone.
fn lived(seed: u64) -> Life {
    let mut chance = Chance::new(seed ^ 0x5eed);
    let mut life = Life::new(seed);
    for _ in 0..60 {
        let mut below = |bound| chance.below(bound);
        let act = match below(14) {
            0..4 => Act::Publish {
                by: below(3),
                reference: below(6) as u8,
                text: below(4) as u8,
                level: below(3),
                lane: below(4),
                to: below(4),
            },
            4 => Act::Withdraw { by: below(3), which: below(1000) },
            5 => Act::Crash { who: below(3), kept: below(4) },
            6 => Act::Connect { pair: below(3) },
            12 => Act::Disconnect { pair: below(3) },
            13 => Act::Pass { hours: 1 + below(40) as u64 },
            7 => Act::Agree { pair: below(3), at_both: below(2) == 0, grant: below(5) },
            _ => Act::Run { steps: below(60) },
        };
        life.take(&act);
    }
    life.end();
    life
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    let traces: Vec<_> = (0..4).map(|seed| lived(seed).world.trace).collect();
    let again: Vec<_> = (0..4).map(|seed| lived(seed).world.trace).collect();
    assert_eq!(traces, again);
    assert!(traces.windows(2).all(|two| two[0] != two[1]), "and another seed another one");
}

#[test]
fn many_lives_heal() {
    for seed in 100..160 {
        lived(seed);
    }
}
