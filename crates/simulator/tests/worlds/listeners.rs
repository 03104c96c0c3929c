//! Nothing beyond the view: what listeners hear does not depend on what they may not know of.

use chancery_simulator::bug::Bug;
use chancery_simulator::run::named;
use chancery_simulator::twin::compare;

#[test]
fn what_lies_outside_the_view_changes_no_byte_in_it() {
    let (_, scenario) = named("listeners").unwrap();
    let mut frames = 0;
    for seed in 1..=60 {
        let compared = compare(&scenario, seed, None);
        assert_eq!(compared.violation, None, "seed {seed}");
        frames += compared.frames;
    }
    assert!(frames > 1000, "{frames} frames were compared");
}

#[test]
fn a_count_over_all_records_is_found() {
    let (_, scenario) = named("listeners").unwrap();
    let found = (1..=5).find(|seed| {
        compare(&scenario, *seed, Some(Bug::CountOverAll)).violation.is_some_and(|what| what.contains("in the twin"))
    });
    assert!(found.is_some());
}
