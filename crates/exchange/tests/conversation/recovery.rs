//! Stores that were lost, restored or copied.

use chancery_exchange::{
    Answer, Holdings, Incarnation, Input, Life, Mark, PublishFault, Published, Records, ReturnState, Side,
};
use chancery_record::Country;

use crate::delivery::pair_at_work;
use crate::hostile::alone_with_a_liar;
use crate::world::{Grant, Paper, World, country};

/// FR, DE and NL, connected each with each under the usual treaty; BR's card is known, and nobody is there.
fn three_at_work(seed: u64) -> (World, [Country; 3]) {
    let countries = ["DE", "FR", "NL"].map(country);
    let mut world = World::new(seed, &countries);
    for (one, other) in [(0, 1), (0, 2), (1, 2)] {
        world.agree(countries[one], countries[other], Some(Grant::USUAL));
        world.connect(countries[one], countries[other]);
    }
    world.settle();
    (world, countries)
}

/// An operator goes on without the countries that have no node here.
fn without(world: &mut World, own: Country, absent: &[&str]) {
    for peer in absent {
        let caller = world.caller();
        let input = Input::OverrideRecovery { caller, actor: "operator".into(), peer: Some(country(peer)) };
        world.handle(own, input);
    }
    world.commit_all(own);
}

fn restore(world: &mut World, own: Country, backup: chancery_store::engine::MemoryEngine) {
    let now = world.now(own);
    world.node_mut(own).restore(backup, now);
    world.cut_off(own);
}

fn state_of(world: &World, own: Country, peer: Country) -> ReturnState {
    world.node(own).store.returned(peer).unwrap().unwrap_or_default().state
}

fn life(world: &World, own: Country) -> Life {
    world.node(own).store.life().unwrap()
}

fn is_withdrawn(world: &World, at: Country, of: Country, published: &Published) -> bool {
    let mark = world.node(at).store.mark(of, &published.lineage, &published.record).unwrap();
    mark == Some(Mark::Withdrawn)
        && world.node(at).store.held(&published.record).unwrap().is_none_or(|held| held.mark.is_some())
}

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
fn a_lost_store_takes_back_what_its_peers_hold_before_it_says_a_word() {
    let (mut world, [de, fr, nl]) = three_at_work(2);
    let [van, bus, tram] = ["a van", "a bus", "a tram"].map(|text| world.publish(de, &Paper::new(text)));
    let coach = world.publish(fr, &Paper::new("a coach"));
    world.settle();
    world.withdraw(de, bus.lineage);
    world.quiesce();
    assert!(world.holds(fr, &van) && world.holds(nl, &tram) && world.holds(de, &coach));

    let now = world.now(de);
    world.node_mut(de).replace_disk(Incarnation(8), now);
    world.cut_off(de);
    world.connect(de, fr);
    world.settle();
    assert!(life(&world, de).is_recovering(), "its own signature proves that it lost something");
    let refused = world.publish_all(de, &[Paper::new("a tractor")]).remove(0);
    assert_eq!(refused, Err(PublishFault::Recovering));
    world.connect(de, fr);
    world.connect(de, nl);
    world.quiesce();
    assert_eq!(state_of(&world, de, fr), ReturnState::Done);
    assert_eq!(state_of(&world, de, nl), ReturnState::Done);
    assert!(life(&world, de).is_recovering(), "BR has not answered");
    assert_eq!(world.session(de, fr).unwrap().records, Some(Records::Recovering));
    assert!(world.holds(de, &coach), "it takes in what is released to it");
    let own = |id| world.node(de).store.held(id).unwrap().is_some();
    assert!(own(&van.record) && own(&tram.record), "its own records are back");
    assert!(is_withdrawn(&world, de, de, &bus));
    assert!(world.oracle.sent.get(&(de, fr)).is_some_and(|sent| sent.len() == 3), "nothing left it meanwhile");

    without(&mut world, de, &["BR"]);
    world.settle();
    assert!(matches!(life(&world, de), Life::Recovered(_)));
    world.heal();
    assert_eq!(world.session(de, fr).unwrap().records, Some(Records::Flow));
    for peer in [fr, nl] {
        for record in [van.record, tram.record] {
            assert_eq!(world.oracle.times[&(de, peer, record)], 1, "no body goes twice");
            assert!(world.node(de).store.disclosed(peer, &record).unwrap().is_some());
            assert!(
                world
                    .node(de)
                    .store
                    .set_sections(Side::Delivered, peer, &record, expiry(&world, &record))
                    .unwrap()
                    .is_some()
            );
        }
    }
    let lorry = world.publish(de, &Paper::new("a lorry"));
    world.withdraw(de, van.lineage);
    world.quiesce();
    assert!(world.holds(fr, &lorry) && world.holds(nl, &lorry));
    for peer in [fr, nl] {
        assert!(is_withdrawn(&world, peer, de, &van), "the ledgers that came back know the holders");
    }
}

fn expiry(world: &World, record: &chancery_record::RecordId) -> chancery_record::Date {
    world.oracle.sealed[record].manifest().expires
}

#[test]
fn a_record_withdrawn_after_the_backup_does_not_come_alive_again() {
    let (mut world, [de, fr, nl]) = three_at_work(3);
    let van = world.publish(de, &Paper::new("a van"));
    world.settle();
    let backup = world.node(de).backup();
    world.disconnect(de, nl);
    world.withdraw(de, van.lineage);
    world.quiesce();
    assert!(is_withdrawn(&world, fr, de, &van) && world.holds(nl, &van));

    restore(&mut world, de, backup);
    assert!(!is_withdrawn(&world, de, de, &van), "the backup knows nothing of it");
    world.connect(de, nl);
    world.settle();
    assert_eq!(life(&world, de), Life::First, "NL cannot know that anything was lost");
    world.connect(de, fr);
    world.settle();
    assert!(life(&world, de).is_recovering(), "FR holds its word that the record is withdrawn");
    world.heal();
    without(&mut world, de, &["BR"]);
    world.heal();
    assert!(matches!(life(&world, de), Life::Recovered(_)));
    assert!(is_withdrawn(&world, de, de, &van));
    assert!(is_withdrawn(&world, nl, de, &van), "and who had not heard of it yet, hears of it now");
}

#[test]
fn a_version_that_was_replaced_after_the_backup_goes_to_nobody_again() {
    let (mut world, [de, fr, nl]) = three_at_work(4);
    world.disconnect(de, nl);
    let van = world.publish(de, &Paper::new("a van").under("A-1"));
    world.quiesce();
    let backup = world.node(de).backup();
    let repainted = world.publish(de, &Paper::new("a red van").under("A-1"));
    world.quiesce();
    assert!(world.holds(fr, &repainted));
    restore(&mut world, de, backup);
    world.connect(de, fr);
    world.settle();
    world.heal();
    without(&mut world, de, &["BR"]);
    world.heal();
    assert!(world.holds(de, &repainted), "the later version is back");
    assert!(!world.oracle.sent.get(&(de, nl)).is_some_and(|sent| sent.contains_key(&van.record)));
    let third = world.publish(de, &Paper::new("a blue van").under("A-1"));
    assert_eq!(third.lineage, van.lineage);
    assert!(third.revision > repainted.revision, "the lineage does not fork");
}

#[test]
fn an_operator_says_that_a_store_was_restored_and_goes_on_without_the_rest() {
    let (mut world, [de, fr, _]) = three_at_work(5);
    let van = world.publish(de, &Paper::new("a van"));
    world.settle();
    let before = world.node(de).store.incarnation().unwrap();
    let caller = world.caller();
    world.handle(de, Input::Recover { caller, actor: "operator".into() });
    assert!(world.node(de).writes.len() == 1 && !world.node(de).answers.contains_key(&caller));
    world.commit_all(de);
    assert_eq!(world.node(de).answers[&caller], Answer::RecoveryBegun);
    assert!(world.node(de).store.incarnation().unwrap() > before);
    let caller = world.caller();
    world.handle(de, Input::OverrideRecovery { caller, actor: "operator".into(), peer: None });
    world.commit_all(de);
    assert_eq!(world.node(de).answers[&caller], Answer::RecoveryOverridden);
    assert!(matches!(life(&world, de), Life::Recovered(_)));
    world.heal();
    let bus = world.publish(de, &Paper::new("a bus"));
    world.quiesce();
    assert!(world.holds(fr, &bus));
    assert_eq!(world.oracle.times[&(de, fr, van.record)], 1);
    let caller = world.caller();
    world.handle(de, Input::OverrideRecovery { caller, actor: "operator".into(), peer: None });
    assert_eq!(world.node(de).answers[&caller], Answer::NothingToOverride);
}

#[test]
fn a_recovery_survives_crashes_at_any_write() {
    for kept in 0..6 {
        let (mut world, [de, fr, nl]) = three_at_work(6);
        let records: Vec<_> = (0..70).map(|at| world.publish(de, &Paper::new(format!("van {at}")))).collect();
        world.settle();
        world.withdraw(de, records[3].lineage);
        world.quiesce();
        let now = world.now(de);
        world.node_mut(de).replace_disk(Incarnation(8), now);
        world.cut_off(de);
        world.connect(de, fr);
        for step in 0..8 {
            world.run(20 + 13 * step);
            world.crash(de, kept);
            world.connect(de, fr);
            world.connect(de, nl);
        }
        world.heal();
        without(&mut world, de, &["BR"]);
        world.heal();
        assert!(matches!(life(&world, de), Life::Recovered(_)), "kept {kept}");
        let held = records.iter().filter(|record| world.holds(de, record)).count();
        assert!(held >= 69 && is_withdrawn(&world, de, de, &records[3]), "kept {kept}: {held}");
    }
}

#[test]
fn a_receiver_restored_from_a_backup_gets_what_it_lost() {
    let (mut world, [de, fr, nl]) = three_at_work(7);
    let early: Vec<_> = (0..30).map(|at| world.publish(fr, &Paper::new(format!("van {at}")))).collect();
    world.quiesce();
    let backup = world.node(de).backup();
    let late: Vec<_> = (0..30).map(|at| world.publish(fr, &Paper::new(format!("bus {at}")))).collect();
    world.quiesce();
    restore(&mut world, de, backup);
    world.connect(de, fr);
    world.connect(de, nl);
    world.quiesce();
    assert!(life(&world, de).is_recovering(), "its own receipts prove it");
    world.heal();
    assert!(early.iter().chain(&late).all(|record| world.holds(de, record)));
    assert!(early.iter().all(|record| world.oracle.times[&(fr, de, record.record)] == 1));
    assert!(late.iter().all(|record| world.oracle.times[&(fr, de, record.record)] == 2));
}

#[test]
fn a_claim_without_proof_silences_nobody() {
    let (mut world, liar) = alone_with_a_liar(8);
    let position = chancery_exchange::StreamPosition {
        incarnation: Incarnation(3),
        epoch: chancery_exchange::Epoch(9),
        number: chancery_exchange::ItemNumber(9),
        hash: chancery_exchange::STREAM_ORIGIN,
    };
    liar.greet_with(&mut world, |hello| hello.ledger_held = Some(position));
    assert_eq!(world.session(liar.peer, liar.own).unwrap().records, Some(Records::Disagree));
    world.settle();
    assert_eq!(life(&world, liar.peer), Life::First);
    assert!(world.publish_all(liar.peer, &[Paper::new("a van")]).remove(0).is_ok());
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

#[test]
fn a_pair_that_lost_nothing_agrees_by_one_question() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = pair_at_work(9);
    for at in 0..40 {
        world.publish(fr, &Paper::new(format!("van {at}")));
    }
    world.quiesce();
    let caller = world.caller();
    let input =
        Input::Check { caller, peer: de, repair: chancery_exchange::Repair::No, mode: chancery_exchange::Mode::Plain };
    world.handle(fr, input);
    world.settle();
    assert_eq!(world.node(fr).answers[&caller], Answer::Checked(chancery_exchange::CheckReport::default()));
}
