//! All countries at once.

use chancery_record::{Country, RecordId};
use chancery_simulator::paper::Paper;
use chancery_simulator::run::named;
use chancery_simulator::script::Act;
use chancery_simulator::world::World;

#[test]
fn a_record_for_everyone_costs_each_country_one_body() {
    let (_, scenario) = named("wide").unwrap();
    let mut world = World::new(&scenario, 1);
    let hub: Country = world.pacts[0].parties.iter().copied().find(|of| world.pacts[1].binds(*of)).unwrap();
    world.hide(vec![(30_000, Act::Publish { by: hub, papers: vec![Paper::new("a van for everyone")] })]);
    world.live_through();
    assert_eq!(world.violation, None);
    let is_it = |id: &&RecordId| {
        let record = &world.oracle.sealed[*id];
        record.manifest().originator == hub
            && record.audience().is_some_and(|audience| audience.not_releasable_to.is_empty())
    };
    let counts: Vec<u64> = world.oracle.times.values().copied().collect();
    assert!(counts.iter().all(|times| *times == 1), "no body twice");
    let everyone = world
        .oracle
        .sealed
        .keys()
        .filter(is_it)
        .map(|id| world.oracle.times.keys().filter(|(from, _, record)| *from == hub && record == id).count());
    assert_eq!(everyone.max(), Some(195), "one for each other country");
}
