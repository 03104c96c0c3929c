//! The law changes while records are prepared, under way and held.

use chancery_exchange::wire::Stream;
use chancery_exchange::{Holdings, Mark};
use chancery_record::{Classification, SectionName};

use crate::delivery::pair_at_work;
use crate::world::{Grant, Paper, Step, World, country};

#[test]
fn what_is_prepared_never_leaves_under_another_law() {
    let (fr, de) = (country("FR"), country("DE"));
    for (seed, grant) in [None, Some(Grant::NARROW), Some(Grant::WIDE), Some(Grant::OLD)].into_iter().enumerate() {
        for point in 0..40 {
            let mut world = pair_at_work(seed as u64);
            let papers: Vec<Paper> =
                (0..150).map(|at| Paper::new(format!("van {at}")).level(Classification::Restricted)).collect();
            world.ask_publish(fr, &papers);
            world.run(point);
            // The oracle checks every frame by the law of the moment at which it is handed over.
            world.agree_at(fr, de, grant);
            world.run(20);
            world.agree(fr, de, grant);
            world.settle();
            world.agree(fr, de, Some(Grant::WIDE));
            world.heal();
            world.check_settled();
        }
    }
}

#[test]
fn widening_back_fills_what_is_old_and_narrowing_stops_at_once() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = World::new(8, &[de, fr]);
    world.agree(fr, de, Some(Grant::NARROW));
    world.connect(fr, de);
    let open = world.publish(fr, &Paper::new("a grey van"));
    let secret = world.publish(fr, &Paper::new("a black van").level(Classification::Confidential));
    world.settle();
    world.check_settled();
    assert!(world.holds(de, &open) && !world.holds(de, &secret));
    world.agree(fr, de, Some(Grant::WIDE));
    world.settle();
    world.heal();
    world.check_settled();
    assert!(world.holds(de, &secret));
    let copy = world.node(de).store.held(&open.record).unwrap().unwrap();
    let all = [SectionName::Object, SectionName::Circumstances, SectionName::Source];
    assert_eq!(copy.record.sections_held(), all.into_iter().collect());
    world.agree(fr, de, Some(Grant::NARROW));
    let later = world.publish(fr, &Paper::new("a red van").level(Classification::Confidential));
    world.heal();
    world.check_settled();
    assert!(!world.holds(de, &later));
}

#[test]
fn a_law_that_changes_again_and_again_wedges_nothing() {
    let (fr, de) = (country("FR"), country("DE"));
    for seed in 0..30 {
        let mut world = pair_at_work(seed);
        let papers: Vec<Paper> = (0..300).map(|at| Paper::new(format!("van {at}"))).collect();
        world.publish_all(fr, &papers);
        for turn in 0..20 {
            let grant = [Grant::USUAL, Grant::WIDE, Grant::NARROW][turn % 3];
            world.agree(fr, de, Some(grant));
            let steps = world.chance.below(12);
            world.run(steps);
        }
        world.settle();
        world.heal();
        world.check_settled();
        let gave_up =
            [fr, de].map(|node| world.node(node).hang_ups.iter().filter(|why| !why.contains("afresh")).count());
        assert_eq!(gave_up, [0, 0], "{:?} {:?}", world.node(fr).hang_ups, world.node(de).hang_ups);
    }
}

#[test]
fn an_epoch_that_was_opened_and_stayed_empty_is_a_base_like_any_other() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = pair_at_work(11);
    world.publish(fr, &Paper::new("a grey van"));
    world.commit_all(fr);
    // One frame leaves: the opening of the epoch. Then the law changes.
    while !world.steps().contains(&Step::Deliver(fr, de, Stream::Ledger)) {
        world.take(Step::Permit(fr, de, Stream::Ledger));
    }
    world.agree(fr, de, Some(Grant::WIDE));
    world.settle();
    world.check_settled();
    assert!(world.node(de).hang_ups.is_empty(), "{:?}", world.node(de).hang_ups);
}

#[test]
fn a_law_reloaded_as_it_was_sends_nothing_again() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = pair_at_work(12);
    let papers: Vec<Paper> = (0..100).map(|at| Paper::new(format!("van {at}"))).collect();
    world.publish_all(fr, &papers);
    world.settle();
    for _ in 0..5 {
        world.agree(fr, de, Some(Grant::USUAL));
        world.settle();
    }
    world.check_settled();
    assert!(world.oracle.times.values().all(|times| *times == 1));
}

#[test]
fn a_receiver_that_learns_of_the_treaty_later_gets_what_came_too_early() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = World::new(13, &[de, fr]);
    world.agree_at(fr, de, Some(Grant::USUAL));
    world.connect(fr, de);
    world.settle();
    let van = world.publish(fr, &Paper::new("a grey van"));
    world.settle();
    assert!(!world.holds(de, &van), "DE knows of no treaty");
    world.agree_at(de, fr, Some(Grant::USUAL));
    assert_eq!(world.node(de).hang_ups.len(), 1, "the stream begins afresh");
    world.connect(de, fr);
    world.settle();
    world.check_settled();
    assert!(world.holds(de, &van));
}

#[test]
fn a_receiver_that_learns_of_an_amendment_later_gets_what_exceeded_its_law() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = pair_at_work(14);
    world.agree_at(fr, de, Some(Grant::WIDE));
    let van = world.publish(fr, &Paper::new("a grey van").level(Classification::Confidential));
    world.settle();
    assert!(!world.holds(de, &van));
    world.agree_at(de, fr, Some(Grant::WIDE));
    world.connect(de, fr);
    world.settle();
    world.check_settled();
    assert!(world.holds(de, &van));
    assert!(world.node(fr).store.deferred(de, None, 10).unwrap().is_empty(), "nothing is deferred any more");
}

#[test]
fn sections_that_never_arrived_are_sent_again() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = pair_at_work(15);
    world.disconnect(fr, de);
    let van = world.publish(fr, &Paper::new("a grey van"));
    // Two sections are written down as disclosed and lost with the connection.
    world.connect(fr, de);
    while !world.steps().contains(&Step::Deliver(fr, de, Stream::Ledger)) {
        let steps = world.steps().into_iter().filter(|step| !matches!(step, Step::Deliver(_, _, Stream::Ledger)));
        let steps: Vec<Step> = steps.collect();
        let drawn = world.chance.below(steps.len());
        world.take(steps[drawn]);
    }
    world.disconnect(fr, de);
    // One of them arrives under a narrower treaty, and the other under the old one.
    world.agree(fr, de, Some(Grant::NARROW));
    world.connect(fr, de);
    world.settle();
    assert!(world.holds(de, &van));
    world.agree(fr, de, Some(Grant::USUAL));
    world.heal();
    world.check_settled();
}

#[test]
fn a_treaty_that_ends_stops_records_and_not_what_is_owed() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = pair_at_work(16);
    let van = world.publish(fr, &Paper::new("a grey van"));
    world.settle();
    world.agree(fr, de, None);
    let late = world.publish(fr, &Paper::new("a blue van"));
    world.withdraw(fr, van.lineage);
    world.settle();
    world.check_settled();
    assert!(!world.holds(de, &late) && !world.holds(de, &van));
    let mark = world.node(de).store.mark(fr, &van.lineage, &van.record).unwrap();
    assert_eq!(mark, Some(Mark::Withdrawn));
}

#[test]
fn a_record_that_must_be_old_goes_when_its_day_comes() {
    let (fr, de) = (country("FR"), country("DE"));
    for seed in 0..10 {
        let mut world = World::new(seed, &[de, fr]);
        world.agree(fr, de, Some(Grant::OLD));
        world.connect(fr, de);
        world.settle();
        let young = world.publish(fr, &Paper::new("a grey van"));
        let old = world.now(fr).wall.date().plus_days(-20);
        let mature = world.publish(fr, &Paper { collected: Some(old), ..Paper::new("an old van") });
        world.quiesce();
        assert!(world.holds(de, &mature) && !world.holds(de, &young));
        assert_eq!(world.node(fr).store.deferred(de, None, 10).unwrap().len(), 1);
        if seed % 2 == 1 {
            world.crash(fr, 0);
            world.connect(fr, de);
        }
        for day in 1..=10 {
            assert!(!world.holds(de, &young), "on day {day}");
            world.pass(24 * 60 * 60 * 1000);
            world.quiesce();
        }
        assert!(world.holds(de, &young));
        world.check_settled();
        assert!(world.node(fr).store.deferred(de, None, 10).unwrap().is_empty());
        let told = (&world.node(fr).notices, &world.node(de).notices, &world.node(fr).hang_ups);
        assert_eq!(world.oracle.times[&(fr, de, young.record)], 1, "seed {seed}: {told:?}");
    }
}

#[test]
fn what_expires_while_it_waits_for_a_permit_does_not_leave() {
    let fr = country("FR");
    let mut world = pair_at_work(17);
    let tomorrow = world.now(fr).wall.date().plus_days(1);
    for at in 0..70 {
        world.publish(fr, &Paper { expires: Some(tomorrow), ..Paper::new(format!("van {at}")) });
    }
    world.pass(24 * 60 * 60 * 1000);
    world.settle();
    world.check_settled();
}

#[test]
fn a_receiver_whose_day_begins_later_takes_what_came_of_age() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = World::new(18, &[de, fr]);
    world.node_mut(fr).ahead_ms = 10 * 60 * 1000;
    world.agree(fr, de, Some(Grant::OLD));
    world.connect(fr, de);
    let almost = world.now(fr).wall.date().plus_days(-9);
    let van = world.publish(fr, &Paper { collected: Some(almost), ..Paper::new("a grey van") });
    world.quiesce();
    assert!(!world.holds(de, &van));
    let days = |world: &World| [fr, de].map(|node| world.now(node).wall.date());
    while days(&world)[0] == days(&world)[1] {
        world.pass(60_000);
        world.settle();
    }
    world.pass(2 * 60_000);
    world.settle();
    assert_ne!(days(&world)[0], days(&world)[1], "it is still yesterday at DE");
    assert!(world.holds(de, &van));
    world.quiesce();
    world.check_settled();
}

#[test]
fn what_was_refused_as_pending_is_sent_after_the_law_withheld_it_for_a_while() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = pair_at_work(19);
    world.agree_at(fr, de, Some(Grant::WIDE));
    let van = world.publish(fr, &Paper::new("a grey van").level(Classification::Restricted));
    world.settle();
    assert!(!world.holds(de, &van), "DE has not loaded the amendment");
    for grant in [Some(Grant::OLD), Some(Grant::NARROW), None, Some(Grant::USUAL)] {
        world.agree_at(fr, de, grant);
        world.quiesce();
    }
    world.heal();
    world.check_settled();
    assert!(world.holds(de, &van));
}

#[test]
fn a_receipt_for_what_the_old_law_sent_does_not_pass_over_what_the_new_one_has_not_walked() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = pair_at_work(20);
    let vans = |level: Classification, count: usize| {
        (0..count).map(|at| Paper::new(format!("van {at}")).level(level)).collect::<Vec<_>>()
    };
    // More than one step of the walk lies before the one that only the new law lets go.
    for _ in 0..10 {
        world.publish_all(fr, &vans(Classification::Unclassified, 500));
        world.settle();
    }
    let secret = world.publish(fr, &Paper::new("a black van").level(Classification::Confidential));
    // Two batches under way: the first is receipted, the second not.
    world.publish_all(fr, &vans(Classification::Unclassified, 1));
    world.publish_all(fr, &vans(Classification::Unclassified, 1));
    let receipt_of_de = Step::Deliver(de, fr, Stream::Control);
    while !world.steps().contains(&receipt_of_de) {
        world.run(1);
    }
    let amended = Grant { up_to: Classification::Confidential, ..Grant::USUAL };
    world.agree(fr, de, Some(amended));
    world.take(receipt_of_de);
    world.commit_all(fr);
    world.crash(fr, 0);
    world.heal();
    world.check_settled();
    assert!(world.holds(de, &secret));
}
