//! Stores that were lost, restored or copied.

use chancery_exchange::{Holdings, Incarnation, Mark, Records};

use crate::delivery::pair_at_work;
use crate::hostile::alone_with_a_liar;
use crate::world::{Paper, country};

#[test]
fn a_copy_of_an_old_store_is_refused() {
    let (mut world, liar) = alone_with_a_liar(1);
    liar.greet(&mut world);
    liar.open_epoch(&mut world, 1, None);
    let record = liar.record(&mut world, &Paper::new("a tram"));
    liar.batch(&mut world, 1, 1, &[record]);
    world.settle();
    liar.disconnected(&mut world);
    liar.greet_with(&mut world, |hello| hello.incarnation = Incarnation(2));
    assert!(world.links.is_empty());
    assert!(world.node(liar.peer).hang_ups[0].contains("copy of an old store"));
}

#[test]
fn a_new_life_of_a_store_holds_records_back_and_not_what_is_owed() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = pair_at_work(2);
    let [van, bus, tram] = ["a van", "a bus", "a tram"].map(|text| world.publish(fr, &Paper::new(text)));
    world.publish(de, &Paper::new("a tractor"));
    world.settle();
    world.withdraw(fr, bus.lineage);
    world.settle();
    assert!(world.node(de).store.obligations_received(fr).unwrap().is_some());
    // DE loses its disk and comes back under a higher incarnation, empty.
    let now = world.now(de);
    world.node_mut(de).replace_disk(Incarnation(8), now);
    world.cut_off(de);
    world.connect(fr, de);
    world.withdraw(fr, van.lineage);
    world.settle();
    assert_eq!(world.session(fr, de).unwrap().records, Some(Records::NeedsRecovery));
    assert!(world.node(fr).notices.iter().any(|notice| notice.contains("recovery")));
    for withdrawn in [van, bus] {
        let mark = world.node(de).store.mark(fr, &withdrawn.lineage, &withdrawn.record).unwrap();
        assert_eq!(mark, Some(Mark::Withdrawn), "what is owed is said again from the beginning");
    }
    assert!(!world.holds(de, &tram), "records wait for recovery");
    let owed = world.node(fr).store.owed_end(de).unwrap().unwrap().number;
    assert_eq!(world.node(fr).store.owed_receipted(de).unwrap(), owed);
    // And the other way round: what the new store owes is taken, whatever the old one had said.
    assert!(world.node(fr).hang_ups.is_empty(), "{:?}", world.node(fr).hang_ups);
    assert!(world.node(de).hang_ups.is_empty(), "{:?}", world.node(de).hang_ups);
    world.heal();
    assert_eq!(world.session(fr, de).unwrap().records, Some(Records::NeedsRecovery), "it does not pass by itself");
    assert_eq!(world.session(de, fr).unwrap().records, Some(Records::NeedsRecovery));
}

#[test]
fn a_store_restored_without_a_word_is_found_out_by_its_receipts() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = pair_at_work(3);
    let van = world.publish(fr, &Paper::new("a van"));
    world.settle();
    world.withdraw(fr, van.lineage);
    world.settle();
    let now = world.now(fr);
    // FR loses its disk, and nobody gives the new store another incarnation.
    world.node_mut(fr).replace_disk(Incarnation(7), now);
    world.cut_off(fr);
    world.connect(fr, de);
    world.settle();
    assert_eq!(world.session(fr, de).unwrap().records, Some(Records::NeedsRecovery));
    let coach = world.publish(fr, &Paper::new("a coach"));
    world.settle();
    assert!(!world.holds(de, &coach));
    assert!(world.node(de).hang_ups.is_empty() && world.node(fr).hang_ups.is_empty());
}

#[test]
fn obligations_of_a_new_life_are_taken_from_their_beginning() {
    use chancery_record::{Lineage, Saying, Statement, WithdrawalReason};
    for incarnation in [3, 4] {
        let (mut world, mut liar) = alone_with_a_liar(4);
        liar.greet(&mut world);
        let statement = |number: u8| Statement {
            maker: liar.own,
            made: crate::world::START,
            saying: Saying::Withdrawal { lineage: Lineage([number; 16]), reason: WithdrawalReason::Other },
            outlive: crate::world::START.date().plus_days(100),
        };
        for number in 1..=5 {
            liar.state(&mut world, u64::from(number), &statement(number));
        }
        world.settle();
        assert_eq!(world.node(liar.peer).store.obligations_received(liar.own).unwrap().unwrap().number.0, 5);
        liar.disconnected(&mut world);
        liar.incarnation = Incarnation(incarnation);
        liar.greet(&mut world);
        for number in [11, 12] {
            liar.state(&mut world, u64::from(number - 10), &statement(number));
        }
        world.settle();
        assert!(world.node(liar.peer).hang_ups.is_empty(), "{:?}", world.node(liar.peer).hang_ups);
        let held = world.node(liar.peer).store.obligations_received(liar.own).unwrap().unwrap();
        assert_eq!((held.incarnation, held.number.0), (Incarnation(incarnation), 2));
    }
}
