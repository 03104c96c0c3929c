//! A law that lets more go: what it passed before is filled in behind what is new.

use chancery_exchange::wire::Stream;
use chancery_exchange::{BackFill, Change, Cursor, Holdings, JournalPosition, Published, RecordSource};
use chancery_record::{Classification, Precedence, Purpose};
use chancery_treaty::Terms;

use crate::delivery::pair_at_work;
use crate::world::{Grant, Paper, Step, World, country};

const SECRETS: usize = 1200;

/// FR and DE, connected; DE has the first record and none of the many after it, which only a wider treaty lets go.
fn with_secrets(seed: u64) -> World {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = World::new(seed, &[de, fr]);
    world.agree(fr, de, Some(Grant::NARROW));
    world.connect(fr, de);
    world.publish(fr, &Paper::new("a grey van"));
    let secret = |at| Paper::new(format!("van {at}")).level(Classification::Confidential);
    let papers: Vec<Paper> = (0..SECRETS).map(secret).collect();
    papers.chunks(400).for_each(|chunk| drop(world.publish_all(fr, chunk)));
    // The cursor is written down with the receipt of the last.
    world.publish(fr, &Paper::new("a blue van"));
    world.settle();
    world.check_settled();
    world
}

fn cursor(world: &World) -> Cursor {
    world.node(country("FR")).store.cursor(country("DE"), Precedence::Routine).unwrap().unwrap()
}

fn held(world: &World) -> u64 {
    world.node(country("DE")).store.extent().unwrap().records
}

/// Both have the wider treaty, and the back-fill has begun.
fn widen(world: &mut World) {
    let (fr, de) = (country("FR"), country("DE"));
    world.agree(fr, de, Some(Grant::WIDE));
    while held(world) < 200 || cursor(world).back_fill.is_some_and(|old| old.walked == JournalPosition(0)) {
        assert!(world.run(1) > 0);
    }
}

#[test]
fn a_new_record_rides_at_once_while_old_ones_are_filled_in() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = with_secrets(40);
    let before = cursor(&world);
    assert_eq!((before.walked.0, before.back_fill), (SECRETS as u64 + 2, None));
    widen(&mut world);
    let back_fill = cursor(&world).back_fill.expect("it has begun");
    assert_eq!(back_fill.until, before.walked, "it ends where the main walk stood");
    world.ask_publish(fr, &[Paper::new("a red van")]);
    let is_accept = |change: &Change| matches!(change, Change::Accept(_));
    let accepting = world.node(fr).writes.iter().find(|(_, changes)| changes.iter().any(is_accept)).unwrap();
    let is_disclosure = |change: &Change| matches!(change, Change::Ledger(_));
    assert!(accepting.1.iter().any(is_disclosure), "the disclosure is in the accepting commit");
    world.settle();
    world.heal();
    world.check_settled();
    assert_eq!(held(&world), SECRETS as u64 + 3);
    assert_eq!(cursor(&world).back_fill, None, "the back-fill has ended");
    assert!(world.session(fr, de).unwrap().caught_up);
}

#[test]
fn a_back_fill_goes_on_after_a_restart_where_it_stood() {
    let (fr, de) = (country("FR"), country("DE"));
    for seed in 0..6 {
        let mut world = with_secrets(50 + seed);
        widen(&mut world);
        let steps = world.chance.below(200);
        world.run(steps);
        let before = cursor(&world).back_fill;
        world.crash(fr, seed as usize);
        let after = cursor(&world).back_fill;
        assert!(before.is_none_or(|before| {
            after.is_none_or(|after| after.walked >= before.walked && after.until == before.until)
        }));
        world.connect(fr, de);
        world.settle();
        world.quiesce();
        world.check_settled();
        assert_eq!(held(&world), SECRETS as u64 + 2);
        assert_eq!(cursor(&world).back_fill, None);
        // Once for what was receipted before, twice for what the crash left open.
        let again = world.oracle.times.values().filter(|times| **times > 2).count();
        assert!(again <= 1, "{again} were sent again and again");
    }
}

#[test]
fn a_back_fill_begins_anew_under_yet_another_law() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = with_secrets(56);
    widen(&mut world);
    let wide = cursor(&world);
    assert!(wide.back_fill.is_some_and(|old| old.walked > JournalPosition(0)));
    let wider = Grant { up_to: Classification::Secret, ..Grant::WIDE };
    world.agree(fr, de, Some(wider));
    while cursor(&world).law == wide.law {
        assert!(world.run(1) > 0);
    }
    let BackFill { walked, until } = cursor(&world).back_fill.expect("it begins again");
    assert!(until == wide.walked && walked < until, "{walked} of {until}");
    world.settle();
    world.heal();
    world.check_settled();
    assert_eq!(held(&world), SECRETS as u64 + 2);
}

#[test]
fn narrowing_stops_a_back_fill_at_once() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = with_secrets(57);
    widen(&mut world);
    world.agree(fr, de, Some(Grant::NARROW));
    // The oracle checks that nothing more leaves than the law of the moment allows.
    let sent = world.oracle.times.values().sum::<usize>();
    world.settle();
    world.heal();
    assert!(world.oracle.times.values().sum::<usize>() <= sent + 2);
    world.check_settled();
}

#[test]
fn cursors_stand_still_while_no_treaty_is_in_force() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = pair_at_work(58);
    let papers: Vec<Paper> = (0..100).map(|at| Paper::new(format!("van {at}"))).collect();
    world.publish_all(fr, &papers);
    world.settle();
    let before = cursor(&world);
    world.agree(fr, de, None);
    world.heal();
    let late = world.publish(fr, &Paper::new("a late van"));
    world.crash(fr, 9);
    world.heal();
    assert_eq!(cursor(&world), before, "what was walked stays on record");
    assert!(!world.holds(de, &late));
    world.agree(fr, de, Some(Grant::USUAL));
    world.heal();
    world.check_settled();
    let after = cursor(&world);
    assert!(after.back_fill.is_none() && after.law == before.law && after.walked > before.walked);
    assert!(world.holds(de, &late));
    assert!(world.oracle.times.values().all(|times| *times == 1), "nothing was sent again");
}

#[test]
fn what_the_old_law_had_under_way_is_not_passed_over() {
    let (fr, de) = (country("FR"), country("DE"));
    for seed in 0..20 {
        let mut world = with_secrets(70 + seed);
        world.publish(fr, &Paper::new("a white van"));
        let points = world.chance.below(12);
        world.run(points);
        world.agree(fr, de, Some(Grant::WIDE));
        let points = world.chance.below(60);
        world.run(points);
        let arriving = Step::Deliver(fr, de, Stream::Ledger);
        if world.steps().contains(&arriving) {
            world.take(arriving);
        }
        let kept = world.chance.below(3);
        world.crash([fr, de][seed as usize % 2], kept);
        world.heal();
        world.check_settled();
        assert_eq!(held(&world), SECRETS as u64 + 3);
    }
}

/// The terms that bind DE's copy.
fn terms(world: &World, published: &Published) -> Terms {
    match world.node(country("DE")).store.held(&published.record).unwrap().unwrap().source {
        RecordSource::Delivered { narrowed, .. } => Terms::from_bytes(&narrowed).unwrap(),
        RecordSource::Own => panic!("sealed by FR"),
    }
}

#[test]
fn a_copy_gets_the_wider_terms_of_a_later_treaty_once() {
    let (fr, de) = (country("FR"), country("DE"));
    const BOTH: &[Purpose] = &[Purpose::Investigation, Purpose::Identification];
    let mut world = pair_at_work(90);
    let van = world.publish(fr, &Paper { purposes: BOTH, ..Paper::new("a grey van") });
    let single = world.publish(fr, &Paper::new("a blue van"));
    world.settle();
    assert_eq!(terms(&world, &van).purposes(), [Purpose::Investigation].into_iter().collect());
    let times = |world: &World| [&van, &single].map(|of| world.oracle.times[&(fr, de, of.record)]);
    let purposes = |world: &World| terms(world, &van).purposes().iter().copied().collect::<Vec<_>>();
    let wider = Grant { purposes: BOTH, ..Grant::USUAL };
    for grant in [wider, wider, Grant::USUAL, wider] {
        world.agree(fr, de, Some(grant));
        world.settle();
        world.heal();
        world.check_settled();
        assert_eq!(purposes(&world), BOTH);
        assert_eq!(times(&world), [2, 1], "the other copy got nothing that it lacked");
    }
    // Neither the journal nor an index has the copy twice.
    let copy = world.node(de).store.copy(&van.record).unwrap().unwrap();
    assert_eq!(copy.entries.len(), 1);
    assert_eq!(world.node(de).store.extent().unwrap().records, 2);
}

#[test]
fn a_longer_time_to_keep_is_told_and_a_time_that_begins_again_is_not() {
    let (fr, de) = (country("FR"), country("DE"));
    let month = Grant { keep: Some("30 days"), ..Grant::USUAL };
    let mut world = World::new(91, &[de, fr]);
    world.agree(fr, de, Some(month));
    world.connect(fr, de);
    let van = world.publish(fr, &Paper::new("a grey van"));
    world.settle();
    let first = terms(&world, &van).keep_until();
    world.pass(10 * 24 * 60 * 60 * 1000);
    for (grant, later_days, times) in [
        (Grant { up_to: Classification::Secret, ..month }, 0, 1),
        (Grant { keep: Some("90 days"), ..month }, 70, 2),
        (month, 70, 2),
        (Grant::USUAL, i32::MAX, 3),
    ] {
        world.agree(fr, de, Some(grant));
        world.settle();
        world.heal();
        world.check_settled();
        assert_eq!(world.oracle.times[&(fr, de, van.record)], times, "{grant:?}");
        let expires = world.node(fr).store.held(&van.record).unwrap().unwrap().record.manifest().expires;
        assert_eq!(terms(&world, &van).keep_until(), first.plus_days(later_days).min(expires), "{grant:?}");
    }
}
