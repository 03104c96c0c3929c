//! Two countries that do not hold the same treaties in force.

use std::sync::Arc;

use chancery_exchange::{Holdings, Input, Published, Records};
use chancery_record::{Country, SectionName, SectionSet};

use crate::delivery::pair_at_work;
use crate::world::grant::law;
use crate::world::{Grant, Paper, World, country};

/// A further treaty, under which the source goes, too.
const FURTHER: Grant = Grant { sections: &[SectionName::Source], name: "-further", ..Grant::USUAL };
/// What the usual and the further treaty let go together.
const BOTH: Grant = Grant { sections: Grant::WIDE.sections, ..Grant::USUAL };

/// The node holds these in force with the peer; of what it sends, `lets_go` is all that may be seen to leave.
fn hold(world: &mut World, own: Country, peer: Country, grants: &[Grant], lets_go: Grant) {
    let now = world.now(own);
    let node = world.node_mut(own);
    node.grants.insert(peer, lets_go);
    node.generation += 1;
    let held = grants.iter().map(|grant| (peer, *grant));
    let law = law(&node.roster, own, held, now.wall, node.generation);
    world.handle(own, Input::Law(Arc::new(law)));
}

fn sections(world: &World, of: Country, published: &Published) -> SectionSet {
    world.node(of).store.sections_held(&published.record).unwrap().unwrap_or(SectionSet::EMPTY)
}

fn set_of(sections: &[SectionName]) -> SectionSet {
    sections.iter().copied().collect()
}

#[test]
fn what_only_the_sender_holds_in_force_lets_nothing_go_until_both_do() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = pair_at_work(80);
    let early = world.publish(fr, &Paper::new("a grey van"));
    // The oracle sees to it that only what the common treaty lets go leaves.
    hold(&mut world, fr, de, &[Grant::USUAL, FURTHER], Grant::USUAL);
    let late = world.publish(fr, &Paper::new("a blue van"));
    world.settle();
    let usual = set_of(Grant::USUAL.sections);
    assert_eq!([&early, &late].map(|van| sections(&world, de, van)), [usual, usual]);
    assert!(world.node(fr).notices.iter().any(|text| text.contains("in force here and not there")));
    assert!(world.node(de).notices.iter().any(|text| text.contains("not in force here")));
    assert!(world.node(de).notices.iter().all(|text| !text.contains("refused")));

    world.node_mut(fr).grants.insert(de, BOTH);
    hold(&mut world, de, fr, &[Grant::USUAL, FURTHER], BOTH);
    world.settle();
    let both = set_of(BOTH.sections);
    assert_eq!([&early, &late].map(|van| sections(&world, de, van)), [both, both], "what is old is filled in");
    assert_eq!(world.session(fr, de).unwrap().records, Some(Records::Flow));
    assert!(world.node(fr).store.deferred(de, None, 10).unwrap().is_empty(), "nothing had to be refused for it");
}

#[test]
fn two_versions_exchange_nothing_and_all_of_it_once_both_have_one() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = pair_at_work(81);
    let early = world.publish(fr, &Paper::new("a grey van"));
    world.settle();
    world.agree_at(fr, de, Some(Grant::WIDE));
    let [ours, theirs] = [fr, de].map(|own| world.publish(own, &Paper::new("a blue van")));
    world.settle();
    assert_eq!(world.session(fr, de).unwrap().records, Some(Records::NoTreaty));
    assert!(!world.holds(de, &ours) && !world.holds(fr, &theirs) && world.holds(de, &early));
    world.withdraw(fr, early.lineage);
    world.settle();
    assert!(!world.holds(de, &early), "what is owed needs no treaty");
    world.agree_at(de, fr, Some(Grant::WIDE));
    world.settle();
    world.check_settled();
    assert!(world.holds(de, &ours) && world.holds(fr, &theirs));
}

#[test]
fn treaties_that_come_and_go_at_either_end_wedge_nothing() {
    let (fr, de) = (country("FR"), country("DE"));
    for seed in 0..40 {
        let mut world = pair_at_work(300 + seed);
        let papers: Vec<Paper> = (0..200).map(|at| Paper::new(format!("van {at}"))).collect();
        world.publish_all(fr, &papers);
        for _ in 0..12 {
            let (own, peer) = if world.chance.below(2) == 0 { (fr, de) } else { (de, fr) };
            match world.chance.below(3) {
                0 => hold(&mut world, own, peer, &[Grant::USUAL], Grant::USUAL),
                1 => hold(&mut world, own, peer, &[Grant::USUAL, FURTHER], BOTH),
                _ => hold(&mut world, own, peer, &[FURTHER], FURTHER),
            }
            let steps = world.chance.below(40);
            world.run(steps);
        }
        for (own, peer) in [(fr, de), (de, fr)] {
            hold(&mut world, own, peer, &[Grant::USUAL, FURTHER], BOTH);
        }
        world.settle();
        world.quiesce();
        world.check_settled();
        let gave_up = [fr, de].map(|node| world.node(node).hang_ups.iter().any(|why| !why.contains("afresh")));
        assert_eq!(gave_up, [false, false], "{:?} {:?}", world.node(fr).hang_ups, world.node(de).hang_ups);
    }
}
