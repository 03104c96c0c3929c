//! Records that go where a treaty lets them go.

use chancery_exchange::{Holdings, Records};
use chancery_record::{Classification, Precedence, SectionName};

use crate::world::{Grant, Paper, World, country};

/// FR and DE, connected, with the usual treaty.
pub fn pair_at_work(seed: u64) -> World {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = World::new(seed, &[de, fr]);
    world.agree(fr, de, Some(Grant::USUAL));
    world.connect(fr, de);
    world.settle();
    world
}

#[test]
fn both_say_hello_and_records_flow() {
    let world = pair_at_work(1);
    for (own, peer) in [("FR", "DE"), ("DE", "FR")] {
        let state = world.session(country(own), country(peer)).unwrap();
        assert_eq!(state.records, Some(Records::Flow));
        assert!(state.caught_up);
        assert_eq!(state.clock_offset_ms, Some(0));
    }
}

#[test]
fn what_an_idle_peer_may_have_rides_in_the_accepting_commit() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = pair_at_work(2);
    world.ask_publish(fr, &[Paper::new("a grey van")]);
    assert_eq!(world.node(fr).writes.len(), 1, "one commit for record and disclosure");
    world.settle();
    world.check_settled();
    assert_eq!(world.oracle.batches, 1);
    let (id, _) = world.oracle.sealed.iter().next().unwrap();
    let copy = world.node(de).store.held(id).unwrap().unwrap();
    let sections = [SectionName::Object, SectionName::Circumstances].into_iter().collect();
    assert_eq!(copy.record.sections_held(), sections, "the source stays at home");
}

#[test]
fn a_backlog_of_thousands_walks_within_the_credit() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = World::new(3, &[de, fr]);
    world.agree(fr, de, Some(Grant::USUAL));
    for block in 0..12 {
        let papers: Vec<Paper> = (0..500).map(|at| Paper::new(format!("van {block}/{at}"))).collect();
        world.publish_all(fr, &papers);
    }
    world.connect(fr, de);
    let mut in_flight = 0;
    while world.run(50) > 0 {
        in_flight = in_flight.max(world.session(fr, de).map_or(0, |state| state.in_flight));
    }
    assert!(in_flight <= 4096);
    world.check_settled();
    assert_eq!(world.node(de).store.extent().unwrap().records, 6000);
    assert!(world.oracle.times.values().all(|times| *times == 1));
}

#[test]
fn a_flash_overtakes_a_routine_backlog() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = World::new(4, &[de, fr]);
    world.agree(fr, de, Some(Grant::USUAL));
    for block in 0..8 {
        let papers: Vec<Paper> = (0..500).map(|at| Paper::new(format!("van {block}/{at}"))).collect();
        world.publish_all(fr, &papers);
    }
    world.connect(fr, de);
    while world.node(de).store.extent().unwrap().records < 64 {
        world.run(10);
    }
    let flash = world.publish(fr, &Paper::new("an armed man in a red car").at(Precedence::Flash));
    let before = world.node(de).store.extent().unwrap().records;
    while !world.holds(de, &flash) {
        assert!(world.run(10) > 0);
    }
    let between = world.node(de).store.extent().unwrap().records - before;
    assert!(between <= 17 * 64, "{between} routine records went first");
    world.settle();
    world.check_settled();
}

#[test]
fn equal_content_adds_nothing_and_changed_content_is_a_revision() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = pair_at_work(5);
    let paper = Paper::new("a grey van").under("A-1");
    let first = world.publish(fr, &paper);
    let again = world.publish(fr, &paper);
    assert_eq!((again.record, again.revision), (first.record, first.revision));
    let changed = world.publish(fr, &Paper::new("a blue van").under("A-1"));
    assert_eq!(changed.lineage, first.lineage);
    assert!(changed.revision > first.revision);
    world.settle();
    world.check_settled();
    assert!(world.holds(de, &changed));
    assert_eq!(world.node(fr).store.extent().unwrap().records, 2);
}

#[test]
fn two_of_one_reference_in_one_commit_are_one_lineage() {
    let fr = country("FR");
    for seed in 0..20 {
        let mut world = pair_at_work(seed);
        let papers = ["grey", "blue", "red"].map(|colour| Paper::new(format!("a {colour} van")).under("A-1"));
        let results = world.publish_all(fr, &papers);
        let lineages: Vec<_> = results.iter().map(|result| result.as_ref().unwrap().lineage).collect();
        assert!(lineages.iter().all(|lineage| *lineage == lineages[0]));
        world.settle();
        world.check_settled();
    }
}

#[test]
fn three_countries_learn_nothing_around_a_corner() {
    let (fr, de, br) = (country("FR"), country("DE"), country("BR"));
    let mut world = World::new(7, &[de, fr, br]);
    world.agree(fr, de, Some(Grant::USUAL));
    world.agree(fr, br, Some(Grant::NARROW));
    for (one, other) in [(fr, de), (fr, br), (de, br)] {
        world.connect(one, other);
    }
    for (own, text) in [(fr, "a van of FR"), (de, "a van of DE"), (br, "a van of BR")] {
        world.publish(own, &Paper::new(text));
    }
    world.settle();
    world.quiesce();
    world.check_settled();
    assert_eq!(world.node(fr).store.extent().unwrap().records, 3);
    assert_eq!(world.node(de).store.extent().unwrap().records, 2);
    assert_eq!(world.node(br).store.extent().unwrap().records, 2);
    assert!(!world.oracle.sent.contains_key(&(de, br)) && !world.oracle.sent.contains_key(&(br, de)));
}

#[test]
fn large_records_fit_their_frames() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = World::new(8, &[de, fr]);
    world.agree(fr, de, Some(Grant::USUAL));
    for at in 0..60 {
        let length = if at % 7 == 6 { 240_000 } else { 900 + at * 40 };
        world.publish(fr, &Paper::new(format!("{at}{}", "x".repeat(length))));
    }
    world.connect(fr, de);
    world.settle();
    world.check_settled();
    assert_eq!(world.node(de).store.extent().unwrap().records, 60);
}

#[test]
fn a_long_walk_over_what_is_withheld_goes_step_by_step() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = World::new(9, &[de, fr]);
    world.agree(fr, de, Some(Grant::NARROW));
    for block in 0..24 {
        let secret = |at| Paper::new(format!("van {block}/{at}")).level(Classification::Secret);
        world.publish_all(fr, &(0..500).map(secret).collect::<Vec<_>>());
    }
    let open = world.publish(fr, &Paper::new("a grey van"));
    world.connect(fr, de);
    let mut before = world.node(fr).writes.len();
    while world.run(1) > 0 {
        let writes = world.node(fr).writes.len();
        // The hello is remembered, and brings a second input with it, the renewed roster.
        assert!(writes <= before + 3, "one input walks one step");
        before = writes;
    }
    world.quiesce();
    assert!(world.holds(de, &open) && world.session(fr, de).unwrap().caught_up);
    let cursor = world.node(fr).store.cursor(de, Precedence::Routine).unwrap().unwrap().walked;
    assert!(cursor.0 >= 8_000, "a crash would not walk it all again: {cursor}");
    world.check_settled();
}
