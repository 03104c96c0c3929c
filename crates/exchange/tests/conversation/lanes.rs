//! The urgent goes before the rest, and the rest goes too.

use std::collections::BTreeMap;

use chancery_exchange::Holdings;
use chancery_exchange::wire::Stream;
use chancery_record::{Classification, Precedence};

use crate::world::{Grant, Paper, Step, World, country, pair};

/// FR with papers for DE and no connection.
fn backlog(seed: u64, count: usize, paper: impl Fn(usize) -> Paper) -> World {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = World::new(seed, &[de, fr]);
    world.agree(fr, de, Some(Grant::USUAL));
    publish(&mut world, count, paper);
    world
}

fn publish(world: &mut World, count: usize, paper: impl Fn(usize) -> Paper) {
    let papers: Vec<Paper> = (0..count).map(paper).collect();
    papers.chunks(500).for_each(|chunk| drop(world.publish_all(country("FR"), chunk)));
}

/// Lets everything happen at once but the arrival of records, which takes as long as a link of so many bytes a second
/// needs for them. Gives the milliseconds until something holds.
fn run_slowly(world: &mut World, bytes_per_s: usize, is_done: impl Fn(&World) -> bool) -> u64 {
    let (fr, de) = (country("FR"), country("DE"));
    let slow = Step::Deliver(fr, de, Stream::Ledger);
    let mut took_ms = 0;
    while !is_done(world) {
        match world.steps().into_iter().find(|step| *step != slow) {
            Some(step) => world.take(step),
            None => {
                let length = world.links[&pair(fr, de)].next(fr, Stream::Ledger).expect("a link in use").body.len();
                let ms = (length * 1000 / bytes_per_s) as u64;
                world.pass(ms);
                took_ms += ms;
                world.take(slow);
            }
        }
    }
    took_ms
}

#[test]
fn a_flash_is_there_in_seconds_on_a_narrow_link_that_is_busy_for_minutes() {
    const BYTES_PER_S: usize = 1_000_000 / 8;
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = backlog(60, 4000, |at| Paper::new(format!("van {at} {}", "x".repeat(1200))));
    world.connect(fr, de);
    // Even a transport that buffers all it is given.
    world.links.get_mut(&pair(fr, de)).unwrap().buffer = usize::MAX;
    let held = |world: &World| world.node(de).store.extent().unwrap().records;
    let warm_ms = run_slowly(&mut world, BYTES_PER_S, |world| held(world) >= 600);
    let flash = world.publish(fr, &Paper::new("an armed man in a red car").at(Precedence::Flash));
    let before = held(&world);
    let took_ms = run_slowly(&mut world, BYTES_PER_S, |world| world.holds(de, &flash));
    assert!(took_ms <= 4000, "{took_ms} ms, and {} routine records went first", held(&world) - before);
    assert!(warm_ms > 6000, "the link is narrow");
    let rest_ms = run_slowly(&mut world, BYTES_PER_S, |world| held(world) == 4001);
    assert!(rest_ms > 30_000, "a backlog of {rest_ms} ms was overtaken");
    world.settle();
    world.check_settled();
}

#[test]
fn no_lane_starves_another() {
    let (fr, de) = (country("FR"), country("DE"));
    let lanes = [Precedence::Routine, Precedence::Priority, Precedence::Immediate];
    let mut world = backlog(61, 3500, |at| Paper::new(format!("alarm {at}")).at(Precedence::Flash));
    for lane in lanes {
        publish(&mut world, 100, |at| Paper::new(format!("{lane:?} {at}")).at(lane));
    }
    world.connect(fr, de);
    let mut first: BTreeMap<Precedence, usize> = BTreeMap::new();
    while world.run(20) > 0 {
        let mut held: BTreeMap<Precedence, usize> = BTreeMap::new();
        for (id, record) in &world.oracle.sealed {
            if world.node(de).store.sections_held(id).unwrap().is_some() {
                *held.entry(record.manifest().tags.precedence).or_default() += 1;
            }
        }
        let alarms = held.get(&Precedence::Flash).copied().unwrap_or(0);
        for lane in held.keys() {
            first.entry(*lane).or_insert(alarms);
        }
        if first.len() == 4 {
            break;
        }
    }
    assert!(first[&Precedence::Routine] < 3000, "with ROUTINE came {first:?}");
    assert!(first[&Precedence::Priority] < 1500 && first[&Precedence::Immediate] < 1000, "{first:?}");
    world.settle();
    world.check_settled();
}

#[test]
fn the_back_fill_comes_last_and_does_come() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = World::new(62, &[de, fr]);
    world.agree(fr, de, Some(Grant::NARROW));
    world.connect(fr, de);
    let old = world.publish(fr, &Paper::new("a black van").level(Classification::Restricted));
    world.publish(fr, &Paper::new("a grey van"));
    world.settle();
    world.disconnect(fr, de);
    world.agree(fr, de, Some(Grant::USUAL));
    publish(&mut world, 6000, |at| Paper::new(format!("van {at}")));
    world.connect(fr, de);
    let held = |world: &World| world.node(de).store.extent().unwrap().records;
    while !world.holds(de, &old) {
        assert!(world.run(1) > 0);
    }
    assert!((500..5900).contains(&held(&world)), "{} came before what is filled in", held(&world));
    world.settle();
    world.check_settled();
}
