//! What is owed to everyone a record was ever disclosed to.

use chancery_exchange::{Answer, Holdings, Mark, PublishFault};
use chancery_record::{Classification, Country, Saying};

use crate::delivery::pair_at_work;
use crate::world::{Grant, Paper, World, country};

/// What a country owes another, as it stands in its stream.
fn owed(world: &World, by: Country, to: Country) -> Vec<Saying> {
    let owed = world.node(by).store.owed(to, chancery_exchange::ItemNumber(0), 100).unwrap();
    owed.into_iter().map(|(_, statement)| statement.read().unwrap().saying).collect()
}

#[test]
fn a_withdrawal_reaches_the_holder_and_its_deletion_receipt_comes_back() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = pair_at_work(1);
    let van = world.publish(fr, &Paper::new("a grey van").under("A-1"));
    world.settle();
    let Answer::Withdrawn { statement, holders, .. } = world.withdraw(fr, van.lineage) else { panic!() };
    assert_eq!(holders, [de]);
    world.settle();
    world.check_settled();
    assert!(!world.holds(de, &van));
    let receipts = world.node(fr).store.deletion_receipts(&statement).unwrap();
    assert_eq!(receipts.len(), 1);
    assert_eq!((receipts[0].peer, receipts[0].records.as_slice()), (de, [van.record].as_slice()));
    let again = world.publish_all(fr, &[Paper::new("a grey van").under("A-1")]).remove(0);
    assert_eq!(again, Err(PublishFault::Withdrawn));
    assert!(matches!(world.withdraw(fr, van.lineage), Answer::NotWithdrawn(_)));
}

#[test]
fn a_withdrawal_at_any_moment_of_a_publication_leaves_no_copy() {
    let (fr, de) = (country("FR"), country("DE"));
    for seed in 0..10 {
        for point in 0..25 {
            let mut world = pair_at_work(seed);
            world.ask_publish(fr, &[Paper::new("a grey van").under("A-1")]);
            let lineage = world.oracle.sealed.values().next().unwrap().manifest().lineage;
            world.run(point);
            world.ask_withdraw(fr, lineage);
            world.ask_publish(fr, &[Paper::new("a blue van").under("A-1")]);
            world.settle();
            world.heal();
            world.check_settled();
            assert_eq!(world.node(de).store.extent().unwrap().records, 0);
            assert_eq!(world.oracle.sealed.len(), 1, "the second was refused");
        }
    }
}

#[test]
fn a_disclosure_counts_from_when_it_is_asked_to_be_written_down() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = pair_at_work(9);
    world.ask_publish(fr, &[Paper::new("a grey van")]);
    let lineage = world.oracle.sealed.values().next().unwrap().manifest().lineage;
    // Its ledger row is not on disk yet.
    let Answer::Withdrawn { holders, .. } = world.withdraw(fr, lineage) else { panic!() };
    assert_eq!(holders, [de]);
    world.settle();
    assert_eq!(owed(&world, fr, de).len(), 1);
    assert_eq!(world.oracle.batches, 0, "and it does not leave any more");
    world.check_settled();
}

#[test]
fn a_withdrawal_in_the_middle_of_a_backlog_finds_every_holder() {
    let (fr, de) = (country("FR"), country("DE"));
    for seed in 0..20 {
        let mut world = World::new(seed, &[de, fr]);
        world.agree(fr, de, Some(Grant::USUAL));
        let papers: Vec<Paper> = (0..200).map(|at| Paper::new(format!("van {at}"))).collect();
        let published: Vec<_> = world.publish_all(fr, &papers).into_iter().map(Result::unwrap).collect();
        world.connect(fr, de);
        for van in &published {
            let steps = world.chance.below(4);
            world.run(steps);
            if world.chance.below(3) == 0 {
                world.ask_withdraw(fr, van.lineage);
            }
        }
        world.settle();
        world.heal();
        world.check_settled();
    }
}

#[test]
fn a_revision_corrects_those_who_may_have_it_and_recalls_from_the_others() {
    let (fr, de, br) = (country("FR"), country("DE"), country("BR"));
    let mut world = World::new(3, &[de, fr, br]);
    world.agree(fr, de, Some(Grant::USUAL));
    world.agree(fr, br, Some(Grant::NARROW));
    world.connect(fr, de);
    world.connect(fr, br);
    let first = world.publish(fr, &Paper::new("a grey van").under("A-1"));
    world.settle();
    assert!(world.holds(de, &first) && world.holds(br, &first));
    let tightened = Paper::new("a grey van of a witness").under("A-1").level(Classification::Restricted);
    let second = world.publish(fr, &tightened);
    world.settle();
    world.check_settled();
    assert!(world.holds(de, &second) && world.holds(de, &first));
    assert!(!world.holds(br, &second) && !world.holds(br, &first));
    let named = |saying: &Saying| match saying {
        Saying::Recall { records } | Saying::Correction { records } => records.iter().copied().collect::<Vec<_>>(),
        _ => Vec::new(),
    };
    let [to_de, to_br] = [de, br].map(|peer| owed(&world, fr, peer));
    assert!(matches!(to_de.as_slice(), [Saying::Correction { .. }]));
    assert!(matches!(to_br.as_slice(), [Saying::Recall { .. }]));
    assert_eq!([named(&to_de[0]), named(&to_br[0])], [vec![first.record], vec![first.record]], "never the successor");
    assert!(matches!(owed(&world, br, fr).as_slice(), [Saying::Deletion { .. }]));
}

#[test]
fn a_revision_at_any_moment_leaves_no_version_that_does_not_say_so() {
    let fr = country("FR");
    for (seed, level) in (0..20).zip([Classification::Unclassified, Classification::Secret].into_iter().cycle()) {
        for point in 0..20 {
            let mut world = pair_at_work(seed);
            world.ask_publish(fr, &[Paper::new("a grey van").under("A-1")]);
            world.run(point);
            world.ask_publish(fr, &[Paper::new("a blue van").under("A-1").level(level)]);
            world.run(point / 2);
            world.ask_publish(fr, &[Paper::new("a red van").under("A-1")]);
            world.settle();
            world.heal();
            world.check_settled();
        }
    }
}

#[test]
fn a_lineage_of_hundreds_of_versions_is_recalled_whole() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = pair_at_work(5);
    for at in 0..300 {
        world.publish(fr, &Paper::new(format!("van {at}")).under("A-1"));
        world.settle();
    }
    assert_eq!(world.node(de).store.extent().unwrap().records, 300);
    world.publish(fr, &Paper::new("a van of the service").under("A-1").level(Classification::Secret));
    world.settle();
    world.check_settled();
    assert_eq!(world.node(de).store.extent().unwrap().records, 0);
    assert!(world.node(fr).notices.iter().all(|notice| !notice.contains("not sent")), "{:?}", world.node(fr).notices);
}

#[test]
fn a_withdrawal_of_hundreds_of_versions_is_answered_whole() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = pair_at_work(6);
    let mut last = None;
    for at in 0..300 {
        last = Some(world.publish(fr, &Paper::new(format!("van {at}")).under("A-1")));
        world.settle();
    }
    let Answer::Withdrawn { statement, .. } = world.withdraw(fr, last.unwrap().lineage) else { panic!() };
    world.settle();
    world.check_settled();
    let receipts = world.node(fr).store.deletion_receipts(&statement).unwrap();
    assert_eq!(receipts.iter().map(|receipt| receipt.records.len()).sum::<usize>(), 300);
    assert_eq!(world.node(de).store.extent().unwrap().records, 0);
}

#[test]
fn what_was_sent_under_a_revoked_key_is_still_owed() {
    use crate::world::keys::{certificate, identity, next_record_key, revocation};
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = pair_at_work(7);
    let van = world.publish(fr, &Paper::new("a grey van"));
    world.settle();
    world.disconnect(fr, de);
    world.withdraw(fr, van.lineage);
    let mut own = identity(fr);
    own.record_key = next_record_key(fr);
    own.certificates.push(certificate(fr, 2, &own.record_key));
    own.revocations.push(revocation(fr, 1));
    world.handle(fr, chancery_exchange::Input::Identity(Box::new(own)));
    world.connect(fr, de);
    world.settle();
    // Where the statement overtook the hello that brings the certificate, all begins afresh, and nobody is to blame.
    assert!(world.node(de).hang_ups.iter().all(|why| why.contains("afresh")), "{:?}", world.node(de).hang_ups);
    world.heal();
    assert_eq!(world.node(de).store.mark(fr, &van.lineage, &van.record).unwrap(), Some(Mark::Withdrawn));
    assert!(!world.holds(de, &van));
}

#[test]
fn a_lost_receipt_for_obligations_is_made_good_by_the_hello() {
    let (fr, de) = (country("FR"), country("DE"));
    for seed in 0..20 {
        let mut world = pair_at_work(seed);
        let van = world.publish(fr, &Paper::new("a grey van"));
        world.settle();
        world.ask_withdraw(fr, van.lineage);
        while world.node(de).store.obligations_received(fr).unwrap().is_none() {
            world.run(1);
        }
        world.disconnect(fr, de);
        world.connect(fr, de);
        world.settle();
        let receipted = world.node(fr).store.owed_receipted(de).unwrap();
        assert_eq!(receipted, world.node(fr).store.owed_end(de).unwrap().unwrap().number);
        world.check_settled();
    }
}
