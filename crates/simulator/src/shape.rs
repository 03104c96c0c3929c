//! Who has treaties with whom as a world begins.

use std::collections::{BTreeMap, BTreeSet};

use chancery_record::Country;

use crate::accord::{Accord, Pact};
use crate::agenda::Pair;
use crate::chance::Fate;
use crate::scenario::{Scenario, Shape};

/// How many countries a league has.
const LEAGUE: usize = 10;

/// The treaties of a world. One in six pairs of a ring has two at once.
pub fn pacts(scenario: &Scenario, fate: Fate, members: &[Country]) -> Vec<Pact> {
    let mut pacts = Vec::new();
    let mut chance = fate.of("shape", &[]);
    match scenario.shape {
        Shape::Ring => {
            let mut pairs: BTreeSet<Pair> = BTreeSet::new();
            for (at, one) in members.iter().enumerate() {
                pairs.insert(Pair::of(*one, members[(at + 1) % members.len()]));
            }
            for _ in 0..members.len() / 3 {
                let (one, other) = (chance.index(members.len()), chance.index(members.len()));
                if one != other {
                    pairs.insert(Pair::of(members[one], members[other]));
                }
            }
            pairs.retain(|pair| pair.0 != pair.1);
            pacts.extend(pairs.into_iter().map(|pair| Pact::between(pair.0, pair.1)));
        }
        Shape::Full => {
            for (at, one) in members.iter().enumerate() {
                pacts.extend(members[at + 1..].iter().map(|other| Pact::between(*one, *other)));
            }
        }
        Shape::Star => pacts.extend(members[1..].iter().map(|other| Pact::between(members[0], *other))),
        Shape::Leagues => {
            for league in members.chunks(LEAGUE).filter(|league| league.len() > 1) {
                let mut parties = league.to_vec();
                parties.sort_unstable();
                pacts.push(Pact { parties });
            }
            let firsts: Vec<Country> = members.chunks(LEAGUE).map(|league| league[0]).collect();
            pacts.extend(firsts.windows(2).map(|two| Pact::between(two[0], two[1])));
        }
    }
    pacts
}

/// What holds under each of them as the world begins; one in eight is not in force yet.
pub fn first_accords(scenario: &Scenario, fate: Fate, pacts: &[Pact]) -> BTreeMap<usize, Accord> {
    let mut first = BTreeMap::new();
    for (number, pact) in pacts.iter().enumerate() {
        let mut chance = fate.of("accord", &[Pair::of(pact.parties[0], pact.parties[1]).code()]);
        let is_open = scenario.acts.amend == 0 || !chance.once_in(8);
        if let Some(accord) = chance.one_of(&scenario.accords).filter(|_| is_open) {
            first.insert(number, accord);
        }
    }
    first
}

/// The pairs that some treaty joins: their nodes connect.
pub fn neighbours(pacts: &[Pact]) -> BTreeSet<Pair> {
    let mut pairs = BTreeSet::new();
    for pact in pacts {
        for (at, one) in pact.parties.iter().enumerate() {
            pairs.extend(pact.parties[at + 1..].iter().map(|other| Pair::of(*one, *other)));
        }
    }
    pairs
}
