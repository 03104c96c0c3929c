//! Crashes, lost connections and replaced ones, at every point of a conversation.

use chancery_exchange::{Answer, CallerId};
use chancery_record::Country;

use crate::delivery::pair_at_work;
use crate::world::{Grant, Paper, World, country};

/// A conversation in which everything happens: records both ways, a revision, a withdrawal.
fn eventful(seed: u64) -> (World, Vec<CallerId>) {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = pair_at_work(seed);
    let withdrawn = world.publish(fr, &Paper::new("a stolen coach").under("W"));
    let mut callers = vec![world.ask_publish(fr, &[Paper::new("a grey van").under("R")])];
    callers.push(world.ask_publish(de, &[Paper::new("a tractor").under("T"), Paper::new("a tram")]));
    world.run(6);
    callers.push(world.ask_publish(fr, &[Paper::new("a blue van").under("R"), Paper::new("a bus")]));
    world.ask_withdraw(fr, withdrawn.lineage);
    (world, callers)
}

/// What was acknowledged is there, and both stores say what they should.
fn check_after(mut world: World, callers: &[CallerId]) {
    world.heal();
    world.check_settled();
    for node in world.nodes.values() {
        for caller in callers {
            let Some(Answer::Published(results)) = node.answers.get(caller) else { continue };
            for published in results.iter().flatten() {
                assert!(world.holds(node.country, published), "{} was acknowledged and lost", published.record);
            }
        }
    }
}

fn steps_of(seed: u64) -> usize {
    eventful(seed).0.run(10_000)
}

fn at_every_point(what: impl Fn(&mut World)) {
    for seed in 0..3 {
        for point in 0..=steps_of(seed) {
            let (mut world, callers) = eventful(seed);
            world.run(point);
            what(&mut world);
            check_after(world, &callers);
        }
    }
}

#[test]
fn the_sender_crashes_at_every_point() {
    at_every_point(|world| world.crash(country("FR"), 0));
}

#[test]
fn the_receiver_crashes_at_every_point() {
    at_every_point(|world| world.crash(country("DE"), 0));
}

#[test]
fn both_crash_at_every_point_with_some_writes_on_disk() {
    at_every_point(|world| {
        world.crash(country("FR"), 1);
        world.crash(country("DE"), 1);
    });
}

#[test]
fn the_connection_ends_at_every_point() {
    at_every_point(|world| world.disconnect(country("FR"), country("DE")));
}

#[test]
fn the_connection_is_replaced_at_every_point() {
    at_every_point(|world| {
        world.connect(country("FR"), country("DE"));
        world.run(7);
        world.connect(country("DE"), country("FR"));
    });
}

#[test]
fn a_crash_follows_a_replaced_connection() {
    at_every_point(|world| {
        world.connect(country("FR"), country("DE"));
        world.run(9);
        world.crash(country("DE"), 2);
        world.connect(country("FR"), country("DE"));
        world.run(9);
        world.crash(country("FR"), 2);
    });
}

#[test]
fn many_connections_in_the_middle_of_a_backlog_send_nothing_twice_that_was_receipted() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = World::new(31, &[de, fr]);
    world.agree(fr, de, Some(Grant::USUAL));
    let papers: Vec<Paper> = (0..500).map(|at| Paper::new(format!("van {at}"))).collect();
    world.publish_all(fr, &papers);
    let ends: [fn(&mut World, Country, Country); 2] =
        [World::connect, |world: &mut World, one, other| world.disconnect(one, other)];
    for round in 0..60 {
        ends[round % 5 / 4](&mut world, fr, de);
        world.run(25);
    }
    world.heal();
    world.check_settled();
    assert!(world.node(fr).hang_ups.is_empty(), "{:?}", world.node(fr).hang_ups);
    assert!(world.node(de).hang_ups.is_empty(), "{:?}", world.node(de).hang_ups);
}

#[test]
fn the_first_frames_overtake_the_hello() {
    use chancery_exchange::wire::Stream;

    use crate::world::Step;
    let (fr, de) = (country("FR"), country("DE"));
    for seed in 0..10 {
        let mut world = World::new(seed, &[de, fr]);
        world.agree(fr, de, Some(Grant::USUAL));
        let papers: Vec<Paper> = (0..500).map(|at| Paper::new(format!("van {at}"))).collect();
        world.publish_all(fr, &papers);
        let first = world.publish(fr, &Paper::new("a coach"));
        world.connect(fr, de);
        // The hello of FR hangs in the network while everything else flows.
        loop {
            let held_back = Step::Deliver(fr, de, Stream::Control);
            let steps: Vec<Step> = world.steps().into_iter().filter(|step| *step != held_back).collect();
            if steps.is_empty() {
                break;
            }
            let drawn = world.chance.below(steps.len());
            world.take(steps[drawn]);
        }
        assert!(!world.holds(de, &first));
        world.settle();
        world.check_settled();
        assert!(world.node(de).hang_ups.is_empty(), "{:?}", world.node(de).hang_ups);
    }
}
