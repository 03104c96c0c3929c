//! What a receiver does not accept, for good or for now.

use chancery_exchange::wire::{FrameKind, Receipt, Refusal, SheetItem};
use chancery_exchange::{Epoch, Holdings, Input, ItemNumber, RefusalCode, StreamPosition};
use chancery_record::encoding::Domain;
use chancery_record::{Country, DAY_MS, Instant, Placement, Record, RecordEnvelope};

use crate::hostile::alone_with_a_liar;
use crate::world::keys::{certificate, next_record_key};
use crate::world::liar::Liar;
use crate::world::{Grant, Paper, World, country};

/// DE sends this among two good records, and FR refuses it alone.
fn is_refused(code: RefusalCode, make: impl FnOnce(&Liar, &mut World) -> Record) {
    let (mut world, liar) = alone_with_a_liar(1);
    liar.greet(&mut world);
    liar.open_epoch(&mut world, 1, None);
    let [one, two] = ["a tram", "a tractor"].map(|text| liar.record(&mut world, &Paper::new(text)));
    let bad = make(&liar, &mut world);
    liar.batch(&mut world, 1, 1, &[one.clone(), bad.clone(), two.clone()]);
    assert!(liar.heard(&mut world, FrameKind::Receipt).is_empty(), "nothing is receipted before it is durable");
    world.settle();
    let receipts: Vec<Receipt> = liar.heard_signed(&mut world, FrameKind::Receipt, Domain::Receipt);
    let [receipt] = receipts.as_slice() else { panic!("{receipts:?} {:?}", world.node(liar.peer).hang_ups) };
    assert_eq!((receipt.position.epoch, receipt.position.number), (Epoch(1), ItemNumber(3)));
    assert_eq!(receipt.refusals, [Refusal { number: ItemNumber(2), code }]);
    let store = &world.node(liar.peer).store;
    for (record, held) in [(&one, true), (&bad, false), (&two, true)] {
        assert_eq!(store.held(&record.id()).unwrap().is_some(), held);
    }
    let quarantined = store.quarantine(liar.own, 10).unwrap();
    assert_eq!(quarantined.iter().map(|item| (item.record, item.code)).collect::<Vec<_>>(), [(bad.id(), code)]);
}

#[test]
fn one_bad_record_stops_nothing() {
    is_refused(RefusalCode::NotTheOriginator, |liar, world| {
        liar.record_of(world, &Paper::new("a van of FR"), country("FR"))
    });
    is_refused(RefusalCode::Clock, |liar, world| {
        let issued = Instant(world.now(liar.own).wall.0 + DAY_MS);
        liar.seal(&Paper::new("a van to come"), &place(issued, liar.own), || [8; 16])
    });
    is_refused(RefusalCode::Expired, |liar, world| {
        let today = world.now(liar.own).wall.date();
        let issued = today.plus_days(-10).start();
        let paper = Paper { expires: Some(today), ..Paper::new("a van of old") };
        liar.seal(&paper, &place(issued, liar.own), || [8; 16])
    });
    is_refused(RefusalCode::ExceedsTreaty, |liar, world| {
        liar.record(world, &Paper::new("a van of the service").level(chancery_record::Classification::Secret))
    });
    is_refused(RefusalCode::UnknownCertificate, |liar, world| {
        let issued = world.now(liar.own).wall;
        let record = Paper::new("a van").draft().seal(&place(issued, liar.own), &next_record_key(liar.own), || [7; 16]);
        record.unwrap().with_only(chancery_record::SectionSet::EMPTY.with(chancery_record::SectionName::Object))
    });
    is_refused(RefusalCode::BadSeal, |liar, world| {
        let record = liar.record(world, &Paper::new("a van"));
        let other = liar.record(world, &Paper::new("a bus"));
        let envelope = RecordEnvelope { seals: other.envelope().seals.clone(), ..record.envelope().clone() };
        forged(&envelope)
    });
}

fn place(issued: Instant, originator: Country) -> Placement {
    let lineage = chancery_record::Lineage([6; 16]);
    Placement { lineage, revision: 5, collected: None, originator, unit: "UNIT-1".parse().unwrap(), issued }
}

/// A record that its originator never sealed, as a liar holds it in memory.
fn forged(envelope: &RecordEnvelope) -> Record {
    Record::from_store(&chancery_record::encoding::encode(Domain::Record, envelope))
        .unwrap_or_else(|_| panic!("unsealed"))
}

#[test]
fn a_sheet_that_names_another_record_is_a_bad_section() {
    let (mut world, liar) = alone_with_a_liar(2);
    liar.greet(&mut world);
    liar.open_epoch(&mut world, 1, None);
    let [one, two] = ["a tram", "a tractor"].map(|text| liar.record(&mut world, &Paper::new(text)));
    let mut sheet = liar.sheet(&world, 1, 1);
    sheet.terms.push(liar.terms(&world, &one));
    sheet.items.push(SheetItem { record: two.id(), sections: one.sections_held(), terms: 0 });
    liar.batch_of(&mut world, &sheet, vec![one.envelope().clone()]);
    let mut tampered = one.envelope().clone();
    tampered.sections[0].body = b"{}".to_vec();
    let mut sheet = liar.sheet(&world, 1, 2);
    sheet.terms.push(liar.terms(&world, &one));
    sheet.items.push(SheetItem { record: one.id(), sections: one.sections_held(), terms: 0 });
    liar.batch_of(&mut world, &sheet, vec![tampered]);
    world.settle();
    let store = &world.node(liar.peer).store;
    let codes: Vec<_> = store.quarantine(liar.own, 10).unwrap().into_iter().map(|item| item.code).collect();
    assert_eq!(codes, [RefusalCode::BadSection, RefusalCode::BadSection]);
    assert_eq!(store.extent().unwrap().records, 0);
}

#[test]
fn a_final_refusal_is_never_offered_again() {
    let (mut world, liar) = alone_with_a_liar(3);
    let van = world.publish(liar.peer, &Paper::new("a grey van"));
    liar.greet(&mut world);
    refuse(&mut world, &liar, RefusalCode::BadSeal);
    for _ in 0..3 {
        liar.disconnected(&mut world);
        greet_holding(&mut world, &liar);
        world.pass(2 * DAY_MS);
        world.settle();
    }
    assert_eq!(world.oracle.times[&(liar.peer, liar.own, van.record)], 1);
    assert!(world.node(liar.peer).notices.iter().any(|notice| notice.contains("bad_seal")));
}

#[test]
fn a_pending_refusal_is_offered_on_the_next_connection_and_daily() {
    let (mut world, liar) = alone_with_a_liar(4);
    let van = world.publish(liar.peer, &Paper::new("a grey van"));
    let times = |world: &World| world.oracle.times[&(country("FR"), country("DE"), van.record)];
    liar.greet(&mut world);
    refuse(&mut world, &liar, RefusalCode::NewerFormat);
    assert_eq!(times(&world), 1, "not again at once");
    world.pass(DAY_MS / 2);
    world.settle();
    assert_eq!(times(&world), 1);
    world.pass(DAY_MS);
    world.settle();
    assert_eq!(times(&world), 2, "a day later on the same connection");
    refuse(&mut world, &liar, RefusalCode::NewerFormat);
    liar.disconnected(&mut world);
    world.crash(liar.peer, 0);
    greet_holding(&mut world, &liar);
    assert_eq!(times(&world), 3, "on the next connection, a restart between");
    receipt_all(&mut world, &liar, Vec::new());
    world.settle();
    assert!(world.node(liar.peer).store.deferred(liar.own, None, 10).unwrap().is_empty());
    liar.disconnected(&mut world);
    greet_holding(&mut world, &liar);
    world.pass(2 * DAY_MS);
    world.settle();
    assert_eq!(times(&world), 3, "accepted in the end");
}

/// Receipts all that was handed over so far, with its last item refused.
fn refuse(world: &mut World, liar: &Liar, code: RefusalCode) {
    let number = last_row(world, liar).number;
    receipt_all(world, liar, vec![Refusal { number, code }]);
    world.settle();
}

fn receipt_all(world: &mut World, liar: &Liar, refusals: Vec<Refusal>) {
    let position = last_row(world, liar);
    liar.receipt(world, position, refusals);
}

fn last_row(world: &World, liar: &Liar) -> StreamPosition {
    let store = &world.node(liar.peer).store;
    let (epoch, number) = store.ledger_end(liar.own).unwrap().unwrap();
    let hash = store.ledger_row(liar.own, epoch, number).unwrap().unwrap().hash;
    StreamPosition { incarnation: store.incarnation().unwrap(), epoch, number, hash }
}

fn greet_holding(world: &mut World, liar: &Liar) {
    let held = world.node(liar.peer).store.receipted(liar.own).unwrap();
    liar.greet_with(world, |hello| hello.ledger_held = held);
}

#[test]
fn a_record_under_an_unknown_certificate_comes_when_the_certificate_does() {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = World::new(5, &[de, fr]);
    world.agree(fr, de, Some(Grant::USUAL));
    let mut own = crate::world::keys::identity(fr);
    own.record_key = next_record_key(fr);
    own.certificates.push(certificate(fr, 2, &own.record_key));
    // FR seals with its next key, then falls back to the first, of which alone DE hears.
    world.handle(fr, Input::Identity(Box::new(own)));
    let van = world.publish(fr, &Paper::new("a grey van"));
    world.handle(fr, Input::Identity(Box::new(crate::world::keys::identity(fr))));
    world.connect(fr, de);
    world.settle();
    assert!(!world.holds(de, &van));
    assert_eq!(world.node(fr).store.deferred(de, None, 10).unwrap().len(), 1);
    let mut roster = world.node(de).roster.clone();
    roster.learn(fr, &[certificate(fr, 2, &next_record_key(fr))], &[]).unwrap();
    world.node_mut(de).roster = roster.clone();
    world.handle(de, Input::Roster(std::sync::Arc::new(roster)));
    world.heal();
    world.check_settled();
    assert!(world.holds(de, &van));
}

#[test]
fn a_withdrawal_that_comes_before_its_record_keeps_it_out() {
    use chancery_record::{Saying, Statement, WithdrawalReason};
    let (mut world, liar) = alone_with_a_liar(6);
    liar.greet(&mut world);
    liar.open_epoch(&mut world, 1, None);
    let record = liar.record(&mut world, &Paper::new("a tram"));
    let statement =
        |saying| Statement { maker: liar.own, made: crate::world::START, saying, outlive: record.manifest().expires };
    let lineage = record.manifest().lineage;
    liar.state(&mut world, 1, &statement(Saying::Withdrawal { lineage, reason: WithdrawalReason::Other }));
    // Neither is on disk yet when the other comes.
    liar.batch(&mut world, 1, 1, std::slice::from_ref(&record));
    let other = liar.record(&mut world, &Paper::new("a tractor"));
    liar.batch(&mut world, 1, 2, std::slice::from_ref(&other));
    liar.state(&mut world, 2, &statement(Saying::Recall { records: [other.id()].into_iter().collect() }));
    world.settle();
    liar.batch(&mut world, 1, 3, &[record.clone(), other.clone()]);
    world.settle();
    let store = &world.node(liar.peer).store;
    assert!(store.held(&record.id()).unwrap().is_none() && store.held(&other.id()).unwrap().is_none());
    assert_eq!(store.extent().unwrap().records, 0);
    let refused = store.quarantine(liar.own, 10).unwrap();
    assert_eq!(refused.iter().filter(|item| item.code == RefusalCode::Withdrawn).count(), 3);
}

#[test]
fn a_section_that_comes_close_behind_is_neither_lost_nor_doubled() {
    use chancery_record::SectionName;
    let (mut world, liar) = alone_with_a_liar(7);
    liar.greet(&mut world);
    liar.open_epoch(&mut world, 1, None);
    let whole = liar.record(&mut world, &Paper::new("a tram"));
    let part = whole.with_only([SectionName::Object].into_iter().collect());
    liar.batch(&mut world, 1, 1, std::slice::from_ref(&part));
    liar.batch(&mut world, 1, 2, &[part.clone(), whole.clone(), part.clone(), whole.clone()]);
    liar.batch(&mut world, 1, 6, std::slice::from_ref(&whole));
    world.settle();
    let store = &world.node(liar.peer).store;
    assert_eq!(store.held(&whole.id()).unwrap().unwrap().record.sections_held(), whole.sections_held());
    assert_eq!(store.copy(&whole.id()).unwrap().unwrap().entries.len(), 2);
    assert_eq!(store.extent().unwrap().records, 1);
}
