//! Clocks that are apart, that jump, and what expires by them.

use chancery_exchange::{Answer, Holdings, Input, Records};

use crate::delivery::pair_at_work;
use crate::world::{Grant, Paper, World, country};

const HOUR_MS: u64 = 60 * 60 * 1000;

#[test]
fn clocks_an_hour_apart_stop_records_and_not_what_is_owed() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = pair_at_work(1);
    let van = world.publish(fr, &Paper::new("a grey van"));
    world.settle();
    world.crash(de, 0);
    world.node_mut(de).ahead_ms = 2 * HOUR_MS as i64;
    world.connect(fr, de);
    world.settle();
    assert_eq!(world.session(fr, de).unwrap().records, Some(Records::ClocksApart));
    assert_eq!(world.session(de, fr).unwrap().records, Some(Records::ClocksApart));
    let late = world.publish(fr, &Paper::new("a blue van"));
    world.withdraw(fr, van.lineage);
    world.settle();
    assert!(!world.holds(de, &late) && !world.holds(de, &van));
    world.node_mut(de).ahead_ms = 0;
    world.crash(de, 0);
    world.connect(fr, de);
    world.tick();
    confirm(&mut world, "DE");
    world.heal();
    world.check_settled();
    assert!(world.holds(de, &late));
}

fn confirm(world: &mut World, of: &str) {
    let of = country(of);
    let caller = world.caller();
    world.handle(of, Input::ConfirmClock { caller, actor: "operator".into() });
    world.commit_all(of);
    assert_eq!(world.node_mut(of).answers.remove(&caller), Some(Answer::ClockConfirmed));
}

#[test]
fn a_jump_of_the_own_clock_stops_release_until_it_is_confirmed() {
    let (fr, de) = (country("FR"), country("DE"));
    for ahead_ms in [3 * HOUR_MS as i64, -3 * HOUR_MS as i64] {
        let mut world = pair_at_work(2);
        world.ask_publish(fr, &[Paper::new("a grey van")]);
        world.commit_all(fr);
        world.node_mut(fr).ahead_ms = ahead_ms;
        world.settle();
        assert!(world.node(fr).exchange.clock_has_jumped());
        assert_eq!(world.oracle.batches, 0, "nothing leaves by a clock that jumped");
        world.node_mut(fr).ahead_ms = 0;
        world.crash(fr, 0);
        world.connect(fr, de);
        world.settle();
        assert!(world.node(fr).exchange.clock_has_jumped(), "a restart confirms nothing");
        assert_eq!(world.oracle.batches, 0);
        confirm(&mut world, "FR");
        assert!(world.links.is_empty(), "new hellos say what the clocks show now");
        world.connect(fr, de);
        world.quiesce();
        world.check_settled();
        assert_eq!(world.oracle.batches, 1);
    }
}

#[test]
fn a_receiver_whose_clock_jumped_refuses_nothing_for_good() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = pair_at_work(3);
    world.node_mut(de).ahead_ms = 20 * 365 * 24 * HOUR_MS as i64;
    let van = world.publish(fr, &Paper::new("a grey van"));
    world.settle();
    assert!(!world.holds(de, &van));
    assert!(world.node(de).store.quarantine(fr, 10).unwrap().is_empty());
    world.node_mut(de).ahead_ms = 0;
    world.tick();
    confirm(&mut world, "DE");
    world.connect(fr, de);
    world.quiesce();
    world.check_settled();
    assert!(world.holds(de, &van));
}

#[test]
fn what_expired_is_deleted_a_day_of_use_later() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = pair_at_work(4);
    let today = world.now(fr).wall.date();
    let van = world.publish(fr, &Paper { expires: Some(today.plus_days(1)), ..Paper::new("a grey van") });
    let coach = world.publish(fr, &Paper { expires: Some(today.plus_days(40)), ..Paper::new("a coach") });
    world.settle();
    assert!(world.holds(de, &van) && world.holds(de, &coach));
    world.pass(20 * HOUR_MS);
    world.settle();
    assert!(world.holds(de, &van), "its day has come a few hours ago");
    world.pass(60 * HOUR_MS);
    world.settle();
    for node in [fr, de] {
        assert!(!world.holds(node, &van) && world.holds(node, &coach), "{node}");
    }
    world.check_settled();
}

#[test]
fn a_record_from_the_future_is_kept_pending_and_taken_when_it_is_present() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = World::new(5, &[de, fr]);
    world.agree(fr, de, Some(Grant::USUAL));
    world.node_mut(fr).ahead_ms = HOUR_MS as i64 / 3;
    world.connect(fr, de);
    world.settle();
    let van = world.publish(fr, &Paper::new("a grey van"));
    let mut behind = 0;
    while !world.holds(de, &van) {
        assert!(behind < 60, "it comes within the day after");
        world.settle();
        world.pass(HOUR_MS / 2);
        behind += 1;
    }
    assert!(behind > 1, "it was refused at first");
    world.quiesce();
    world.check_settled();
    assert!(world.node(fr).store.deferred(de, None, 10).unwrap().is_empty());
}
