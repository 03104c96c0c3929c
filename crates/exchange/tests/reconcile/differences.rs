//! Two sets, however they differ, whatever the budget and however often the run breaks off.

use std::collections::BTreeSet;

use chancery_exchange::reconcile::{Item, Mode, Period};
use proptest::prelude::*;

use crate::play::{Habits, Played, STEADY, play};
use crate::vector_set::{VectorSet, item, period, sections};

/// In which of the two sets an item stands.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Where {
    Both,
    Sender,
    Receiver,
    OtherSections,
}

fn sets(places: &[Where], seed: u64, periods: u64, shared: u32) -> (VectorSet, VectorSet) {
    let (mut sender, mut receiver) = (Vec::new(), Vec::new());
    for (number, place) in (0u64..).zip(places) {
        let (when, item) = (period(number, periods), item(seed, number, shared));
        if *place != Where::Receiver {
            sender.push((when, item));
        }
        match place {
            Where::Both | Where::Receiver => receiver.push((when, item)),
            Where::OtherSections => receiver.push((when, Item { sections: sections(3), ..item })),
            Where::Sender => {}
        }
    }
    (VectorSet::new(sender), VectorSet::new(receiver))
}

/// Holds what a run found against the difference of the sets.
fn check(sender: &VectorSet, receiver: &VectorSet, played: &Played) {
    let (own, theirs): (BTreeSet<_>, BTreeSet<_>) = (sender.iter().collect(), receiver.iter().collect());
    let missing: BTreeSet<(Period, Item)> = own.difference(&theirs).copied().collect();
    let extras: BTreeSet<(Period, Item)> = theirs.difference(&own).copied().collect();
    assert_eq!(played.missing, missing);
    assert_eq!(played.extras, extras);
    assert_eq!(played.outcome.abandoned, 0);
    assert_eq!(played.outcome.unexplained, 0);
}

fn places(most: usize) -> impl Strategy<Value = Vec<Where>> {
    let place = |differing: u32| {
        prop_oneof![
            20 => Just(Where::Both),
            differing => Just(Where::Sender),
            differing => Just(Where::Receiver),
            differing => Just(Where::OtherSections),
        ]
    };
    prop_oneof![
        proptest::collection::vec(place(1), 0..most),
        proptest::collection::vec(place(30), 0..most),
        proptest::collection::vec(Just(Where::Sender), 0..most),
        proptest::collection::vec(Just(Where::Receiver), 0..most),
    ]
}

fn mode() -> impl Strategy<Value = Mode> {
    prop_oneof![Just(Mode::Plain), Just(Mode::Salted)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn exactly_the_difference_is_found(
        places in places(3000),
        seed in any::<u64>(),
        periods in 1u64..40,
        mode in mode(),
    ) {
        let (sender, receiver) = sets(&places, seed, periods, 0);
        let played = play(&sender, &receiver, &Habits { mode, ..STEADY });
        check(&sender, &receiver, &played);
        prop_assert_eq!(played.outcome.missing, played.missing.len() as u64);
        prop_assert_eq!(played.outcome.extras, played.extras.len() as u64);
    }

    #[test]
    fn any_budget_comes_to_the_same_end(
        places in places(600),
        seed in any::<u64>(),
        budget in 1u64..200,
        mode in mode(),
    ) {
        let (sender, receiver) = sets(&places, seed, 3, 0);
        check(&sender, &receiver, &play(&sender, &receiver, &Habits { mode, budget, ..STEADY }));
    }

    #[test]
    fn a_run_that_breaks_off_goes_on(
        places in places(3000),
        seed in any::<u64>(),
        budget in 50u64..5000,
        breaks in proptest::collection::vec(0usize..20, 1..12),
        mode in mode(),
        mends in any::<bool>(),
    ) {
        let (sender, receiver) = sets(&places, seed, 4, 0);
        check(&sender, &receiver, &play(&sender, &receiver, &Habits { mode, budget, breaks, mends, ..STEADY }));
    }

    #[test]
    fn what_arrives_meanwhile_is_never_missing(
        places in places(2000),
        seed in any::<u64>(),
        budget in 20u64..2000,
        arrivals in 1u64..400,
        mode in mode(),
    ) {
        let (sender, receiver) = sets(&places, seed, 2, 0);
        let arrivals: Vec<_> = (0..arrivals).map(|at| (period(at, 2), item(seed ^ 1, at, 0))).collect();
        let habits = Habits { mode, budget, arrivals: arrivals.clone(), ..STEADY };
        let mut played = play(&sender, &receiver, &habits);
        played.extras.retain(|extra| !arrivals.contains(extra));
        played.outcome.unexplained = 0;
        check(&sender, &receiver, &played);
    }

    #[test]
    fn ids_chosen_to_begin_alike_are_told_apart(
        places in places(1500),
        seed in any::<u64>(),
        shared in 20u32..56,
    ) {
        let (sender, receiver) = sets(&places, seed, 2, shared);
        check(&sender, &receiver, &play(&sender, &receiver, &STEADY));
    }
}

#[test]
fn ten_thousand_differences() {
    for (periods, shape) in [(1, 0), (60, 0), (1, 1), (1, 2)] {
        let places: Vec<Where> = (0..60_000u64)
            .map(|number| match (shape, number % 6) {
                (0, 0) => [Where::Sender, Where::Receiver, Where::OtherSections][number as usize / 6 % 3],
                (1, _) if number < 10_000 => Where::Sender,
                (2, _) if number < 10_000 => Where::Receiver,
                _ => Where::Both,
            })
            .collect();
        let (sender, receiver) = sets(&places, 7, periods, 0);
        let played = play(&sender, &receiver, &STEADY);
        check(&sender, &receiver, &played);
        assert!(played.outcome.missing.max(played.outcome.extras) >= 6_666);
    }
}

#[test]
fn an_empty_set_is_compared_too() {
    let (none, some) = sets(&[Where::Receiver; 20_000], 3, 5, 0);
    let both_empty = play(&none, &none, &STEADY);
    check(&none, &none, &both_empty);
    assert_eq!(both_empty.questions, 1);
    check(&none, &some, &play(&none, &some, &STEADY));
    check(&some, &none, &play(&some, &none, &STEADY));
}

#[test]
fn more_items_than_a_prefix_tells_apart_are_left_alone() {
    let (sender, receiver) = sets(&[Where::Sender; 300], 3, 1, 64);
    let played = play(&sender, &receiver, &STEADY);
    assert_eq!((played.outcome.abandoned, played.missing.len()), (1, 0));
}
