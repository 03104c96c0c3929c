//! Peers that lie, and what must come of it: the connection ends or nothing happens, and no state is harmed.

use chancery_exchange::wire::{Batch, FrameKind, Hello, ObligationReceipt, Obligations, OpenEpoch, Receipt, Stream};
use chancery_exchange::{
    Epoch, Holdings, Incarnation, ItemNumber, ObligationPosition, Records, STREAM_ORIGIN, SignedByNode, StreamPosition,
};
use chancery_record::encoding::{Domain, encode};
use chancery_record::{
    Date, Instant, Lineage, Placement, Record, RecordId, Saying, Set, Statement, StreamHash, WithdrawalReason,
};
use proptest::prelude::*;

use crate::world::keys::{record_key, transport_key};
use crate::world::liar::Liar;
use crate::world::{Frame, Grant, Paper, World, country, pair};

/// FR with a treaty with DE, whose frames are written by hand.
pub fn alone_with_a_liar(seed: u64) -> (World, Liar) {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = World::new(seed, &[fr]);
    world.agree(fr, de, Some(Grant::USUAL));
    (world, Liar::new(de, fr))
}

/// The first epoch of a world's first connection: the time on its clock.
const FIRST: u64 = crate::world::START.0;

fn is_connected(world: &World, liar: &Liar) -> bool {
    world.links.contains_key(&pair(liar.own, liar.peer))
}

/// Greets, lies once, and is hung up on; nothing of it is left in the store.
fn is_hung_up_on(what: &str, lie: impl FnOnce(&Liar, &mut World)) {
    let (mut world, liar) = alone_with_a_liar(1);
    let van = world.publish(liar.peer, &Paper::new("a grey van"));
    liar.greet(&mut world);
    lie(&liar, &mut world);
    assert!(!is_connected(&world, &liar), "{what}: the connection stands");
    world.settle();
    assert!(world.holds(liar.peer, &van));
    assert_eq!(world.node(liar.peer).store.extent().unwrap().records, 1, "{what}");
    assert_eq!(world.node(liar.peer).store.receipted(liar.own).unwrap(), None, "{what}");
    liar.greet(&mut world);
    assert_eq!(world.session(liar.peer, liar.own).unwrap().records, Some(Records::Flow), "{what}: and all goes on");
}

/// Greets, lies once, and is not heard; nothing of it is left in the store.
fn is_ignored(what: &str, lie: impl FnOnce(&Liar, &mut World)) {
    let (mut world, liar) = alone_with_a_liar(2);
    let van = world.publish(liar.peer, &Paper::new("a grey van"));
    liar.greet(&mut world);
    lie(&liar, &mut world);
    world.settle();
    assert!(is_connected(&world, &liar), "{what}: {:?}", world.node(liar.peer).hang_ups);
    assert!(world.holds(liar.peer, &van));
    assert_eq!(world.node(liar.peer).store.extent().unwrap().records, 1, "{what}");
}

fn position(epoch: u64, number: u64) -> StreamPosition {
    let (epoch, number) = (Epoch(epoch), ItemNumber(number));
    StreamPosition { incarnation: Incarnation(7), epoch, number, hash: StreamHash([4; 32]) }
}

fn withdrawal(liar: &Liar, world: &World, maker: &str, lineage: Lineage) -> Statement {
    let saying = Saying::Withdrawal { lineage, reason: WithdrawalReason::Other };
    let outlive = world.now(liar.own).wall.date().plus_days(100);
    Statement { maker: country(maker), made: world.now(liar.own).wall, saying, outlive }
}

#[test]
fn false_receipts_end_the_connection() {
    for (epoch, number) in [(FIRST, 1), (FIRST, 2), (FIRST + 1, 0), (FIRST + 8, 1), (u64::MAX, u64::MAX)] {
        is_hung_up_on(&format!("a receipt for {epoch}/{number}"), |liar, world| {
            liar.receipt(world, position(epoch, number), Vec::new());
        });
    }
    is_hung_up_on("a receipt under another incarnation", |liar, world| {
        let batch = liar.heard(world, FrameKind::Batch).remove(0);
        let batch: Batch = chancery_record::encoding::decode(Domain::Frame, &batch.body, 1 << 20).unwrap();
        assert_eq!(batch.envelopes.len(), 1);
        let row = world.node(liar.peer).store.ledger_row(liar.own, Epoch(FIRST), ItemNumber(1)).unwrap().unwrap();
        let position = StreamPosition { incarnation: Incarnation(6), hash: row.hash, ..position(FIRST, 1) };
        liar.receipt(world, position, Vec::new());
    });
    is_hung_up_on("a receipt for obligations never sent", |liar, world| {
        let position = ObligationPosition { incarnation: Incarnation(7), number: ItemNumber(1), hash: STREAM_ORIGIN };
        liar.obligation_receipt(world, position);
    });
}

#[test]
fn a_receipt_for_what_is_written_down_and_not_handed_over_is_false() {
    let (mut world, liar) = alone_with_a_liar(3);
    liar.greet(&mut world);
    let papers: Vec<Paper> = (0..200).map(|at| Paper::new(format!("van {at}"))).collect();
    world.publish_all(liar.peer, &papers);
    world.settle();
    let mut number = 0;
    while world.node(liar.peer).store.ledger_row(liar.own, Epoch(FIRST), ItemNumber(number + 1)).unwrap().is_some() {
        number += 1;
    }
    let row = world.node(liar.peer).store.ledger_row(liar.own, Epoch(FIRST), ItemNumber(number)).unwrap().unwrap();
    let handed: usize = world.oracle.times.len();
    assert!((handed as u64) < number, "one batch is handed over before the first receipt");
    liar.receipt(&mut world, StreamPosition { hash: row.hash, ..position(FIRST, number) }, Vec::new());
    assert!(!is_connected(&world, &liar));
}

#[test]
fn a_true_receipt_twice_changes_nothing() {
    is_ignored("the same receipt twice", |liar, world| {
        let row = world.node(liar.peer).store.ledger_row(liar.own, Epoch(FIRST), ItemNumber(1)).unwrap().unwrap();
        for _ in 0..3 {
            liar.receipt(world, StreamPosition { hash: row.hash, ..position(FIRST, 1) }, Vec::new());
        }
    });
}

#[test]
fn a_receipt_for_what_lies_behind_changes_nothing() {
    is_ignored("a receipt for the beginning", |liar, world| {
        liar.receipt(world, position(0, 0), Vec::new());
        liar.receipt(world, position(FIRST, 0), Vec::new());
        assert_eq!(world.node(liar.peer).store.receipted(liar.own).unwrap(), None);
    });
}

#[test]
fn gaps_and_wrong_epochs_end_the_connection() {
    is_hung_up_on("an epoch with another base", |liar, world| liar.open_epoch(world, 1, Some(position(1, 1))));
    is_hung_up_on("the same epoch twice", |liar, world| {
        liar.open_epoch(world, 1, None);
        liar.open_epoch(
            world,
            1,
            Some(StreamPosition { hash: STREAM_ORIGIN, incarnation: liar.incarnation, ..position(1, 0) }),
        );
    });
    is_hung_up_on("an epoch of another incarnation", |liar, world| {
        let open = OpenEpoch { epoch: Epoch(1), base: None, incarnation: Incarnation(99) };
        liar.say(world, FrameKind::OpenEpoch, &open);
    });
    is_hung_up_on("a batch outside an epoch", |liar, world| {
        let record = liar.record(world, &Paper::new("a tram"));
        liar.batch(world, 1, 1, &[record]);
    });
    is_hung_up_on("a gap", |liar, world| {
        let record = liar.record(world, &Paper::new("a tram"));
        liar.open_epoch(world, 1, None);
        liar.batch(world, 1, 2, &[record]);
    });
    is_hung_up_on("a batch of another epoch", |liar, world| {
        let record = liar.record(world, &Paper::new("a tram"));
        liar.open_epoch(world, 1, None);
        liar.batch(world, 2, 1, &[record]);
    });
    is_hung_up_on("a gap in what is owed", |liar, world| {
        let statement = withdrawal(liar, world, "DE", Lineage([1; 16]));
        liar.state(world, 5, &statement);
    });
}

#[test]
fn hellos_for_another_connection_end_it() {
    type Change = fn(&mut Hello);
    let changes: [(&str, Change); 6] = [
        ("another recipient", |hello| hello.recipient = country("BR")),
        ("another sender", |hello| hello.sender = country("BR")),
        ("another transport key of the recipient", |hello| hello.recipient_transport = transport_key(country("BR"))),
        ("another transport key of the sender", |hello| hello.sender_transport = transport_key(country("BR"))),
        ("a later version", |hello| (hello.version_min, hello.version_max) = (2, 3)),
        ("too many certificates", |hello| hello.certificates = vec![hello.certificates[0].clone(); 17]),
    ];
    for (what, change) in changes {
        let (mut world, liar) = alone_with_a_liar(4);
        liar.greet_with(&mut world, change);
        assert!(!is_connected(&world, &liar), "{what}");
        assert!(world.session(liar.peer, liar.own).is_none(), "{what}");
    }
    is_hung_up_on("a second hello", |liar, world| {
        let hello = liar.hello(world);
        liar.say_hello(world, &hello);
    });
    is_hung_up_on("a hello signed by another country", |liar, world| {
        let signed = SignedByNode::sign(Domain::Hello, &liar.hello(world), &record_key(country("BR")));
        liar.say(world, FrameKind::Hello, &signed);
    });
}

#[test]
fn frames_before_the_hello_are_few_or_end_the_connection() {
    let (mut world, liar) = alone_with_a_liar(5);
    world.connect(liar.own, liar.peer);
    liar.receipt(&mut world, position(1, 1), Vec::new());
    assert!(!is_connected(&world, &liar), "a receipt follows the hello on its stream");
    world.connect(liar.own, liar.peer);
    for _ in 0..4 {
        liar.open_epoch(&mut world, 1, None);
        assert!(is_connected(&world, &liar));
    }
    liar.open_epoch(&mut world, 1, None);
    assert!(!is_connected(&world, &liar), "nobody sends so much before it is heard");
    assert_eq!(world.node(liar.peer).store.extent().unwrap().records, 0);
}

#[test]
fn frames_on_wrong_streams_and_of_no_form_end_the_connection() {
    for stream in [Stream::Control, Stream::Ledger, Stream::Obligations] {
        for kind in 0..=9u8 {
            for body in [Vec::new(), vec![1, 12], vec![1, 12, 255, 255, 255, 255, 255, 255, 255, 255], vec![7; 5000]] {
                is_hung_up_on(&format!("{stream:?} {kind}"), |liar, world| {
                    let connection = world.links[&pair(liar.own, liar.peer)].ids[&liar.peer];
                    world.arrive(liar.own, liar.peer, connection, Frame { stream, kind, body });
                });
            }
        }
    }
    is_hung_up_on("a batch on the control stream", |liar, world| {
        let batch = Batch {
            sheet: SignedByNode::sign(Domain::Terms, &liar.sheet(world, 1, 1), &record_key(liar.own)),
            envelopes: Vec::new(),
        };
        liar.say_on(world, Stream::Control, FrameKind::Batch, encode(Domain::Frame, &batch));
    });
    is_hung_up_on("an empty batch", |liar, world| {
        liar.open_epoch(world, 1, None);
        liar.batch(world, 1, 1, &[]);
    });
    is_hung_up_on("no obligations", |liar, world| liar.obligations(world, 1, Vec::new()));
    is_hung_up_on("a receipt about others", |liar, world| {
        let at = world.now(liar.own).wall;
        let receipt =
            Receipt { holder: liar.own, sender: country("BR"), position: position(1, 1), refusals: Vec::new(), at };
        liar.say_signed(world, FrameKind::Receipt, Domain::Receipt, &receipt);
    });
    is_hung_up_on("a receipt of one sort for another", |liar, world| {
        let position = ObligationPosition { incarnation: Incarnation(7), number: ItemNumber(1), hash: STREAM_ORIGIN };
        let receipt = ObligationReceipt { holder: liar.own, sender: liar.peer, position, at: world.now(liar.own).wall };
        liar.say_signed(world, FrameKind::Receipt, Domain::ObligationReceipt, &receipt);
    });
}

#[test]
fn more_than_the_credit_ends_the_connection() {
    let (mut world, liar) = alone_with_a_liar(6);
    liar.greet(&mut world);
    liar.open_epoch(&mut world, 1, None);
    let records: Vec<Record> = (0..64).map(|at| liar.record(&mut world, &Paper::new(format!("van {at}")))).collect();
    // Nothing is committed at FR, so nothing is receipted.
    for block in 0..64 {
        liar.batch(&mut world, 1, block * 64 + 1, &records);
        assert!(is_connected(&world, &liar), "block {block}: {:?}", world.node(liar.peer).hang_ups);
    }
    liar.batch(&mut world, 1, 64 * 64 + 1, &records);
    assert!(!is_connected(&world, &liar));
    world.settle();
    assert_eq!(world.node(liar.peer).store.extent().unwrap().records, 64, "what came within the credit is kept once");
}

#[test]
fn more_bytes_than_the_credit_end_the_connection() {
    let (mut world, liar) = alone_with_a_liar(7);
    liar.greet(&mut world);
    liar.open_epoch(&mut world, 1, None);
    let record = liar.record(&mut world, &Paper::new("x".repeat(200_000)));
    let mut sent = 0;
    while is_connected(&world, &liar) {
        sent += 1;
        liar.batch(&mut world, 1, sent, std::slice::from_ref(&record));
        assert!(sent < 40, "some 400 kB each");
    }
    assert!(sent > 15, "{sent}: {:?}", world.node(liar.peer).hang_ups);
}

#[test]
fn statements_by_others_end_the_connection() {
    is_ignored("a withdrawal by BR of what BR sealed", |liar, world| {
        let statement = withdrawal(liar, world, "BR", Lineage([1; 16])).sign(&record_key(country("BR")));
        liar.obligations(world, 1, vec![statement]);
    });
    is_hung_up_on("a deletion receipt of BR", |liar, world| {
        let answers = chancery_record::StatementId([3; 32]);
        let saying = Saying::Deletion { answers, records: Set::default(), backups_until: Date::from_days(21_000) };
        let statement = Statement { saying, ..withdrawal(liar, world, "BR", Lineage([1; 16])) };
        liar.obligations(world, 1, vec![statement.sign(&record_key(country("BR")))]);
    });
    is_hung_up_on("a withdrawal of FR's own making, brought back", |liar, world| {
        let own = world.oracle.sealed.values().next().unwrap().manifest().lineage;
        let statement = withdrawal(liar, world, "FR", own).sign(&record_key(country("FR")));
        liar.obligations(world, 1, vec![statement]);
    });
    is_hung_up_on("a withdrawal by FR itself", |liar, world| {
        let own = world.oracle.sealed.values().next().unwrap().manifest().lineage;
        let statement = withdrawal(liar, world, "FR", own).sign(&record_key(country("DE")));
        liar.obligations(world, 1, vec![statement]);
    });
    is_hung_up_on("a withdrawal that nobody signed", |liar, world| {
        let mut statement = withdrawal(liar, world, "DE", Lineage([1; 16])).sign(&record_key(liar.own));
        statement.bytes[9] ^= 1;
        liar.obligations(world, 1, vec![statement]);
    });
    is_hung_up_on("too many in one frame", |liar, world| {
        let statement = withdrawal(liar, world, "DE", Lineage([1; 16])).sign(&record_key(liar.own));
        let obligations =
            Obligations { incarnation: liar.incarnation, first: ItemNumber(1), statements: vec![statement; 4] };
        liar.say(world, FrameKind::Obligations, &obligations);
    });
}

#[test]
fn marks_on_what_others_originated_bind_nothing() {
    let own = |world: &World| {
        let record = world.oracle.sealed.values().next().unwrap();
        (record.id(), record.manifest().lineage)
    };
    is_ignored("a withdrawal of another's lineage", |liar, world| {
        let statement = withdrawal(liar, world, "DE", own(world).1);
        liar.state(world, 1, &statement);
    });
    for recalls in [true, false] {
        is_ignored("a recall or correction of another's record", |liar, world| {
            let records: Set<RecordId> = [own(world).0].into_iter().collect();
            let saying = if recalls { Saying::Recall { records } } else { Saying::Correction { records } };
            let statement = Statement { saying, ..withdrawal(liar, world, "DE", Lineage([1; 16])) };
            liar.state(world, 1, &statement);
            world.settle();
            let (id, lineage) = own(world);
            assert_eq!(world.node(liar.peer).store.mark(liar.peer, &lineage, &id).unwrap(), None);
        });
    }
    is_ignored("a deletion receipt for nothing", |liar, world| {
        let answers = chancery_record::StatementId([3; 32]);
        let backups_until = Date::from_days(30_000);
        let saying = Saying::Deletion { answers, records: Set::default(), backups_until };
        let statement = Statement { saying, ..withdrawal(liar, world, "DE", Lineage([1; 16])) };
        liar.state(world, 1, &statement);
    });
}

#[test]
fn a_version_sealed_by_another_in_an_own_lineage_hides_nothing() {
    let (mut world, liar) = alone_with_a_liar(8);
    let (fr, br) = (liar.peer, country("BR"));
    let van = world.publish(fr, &Paper::new("a grey van").under("A-1"));
    liar.greet(&mut world);
    liar.open_epoch(&mut world, 1, None);
    let place = Placement {
        lineage: van.lineage,
        revision: u64::MAX - 1,
        collected: None,
        originator: liar.own,
        unit: "UNIT-1".parse().unwrap(),
        issued: world.now(liar.own).wall,
    };
    let hijack = liar.seal(&Paper::new("no van"), &place, || [9; 16]);
    liar.batch(&mut world, 1, 1, &[hijack]);
    world.settle();
    let second = world.publish(fr, &Paper::new("a blue van").under("A-1"));
    assert_eq!(second.lineage, van.lineage);
    world.agree(fr, br, Some(Grant::USUAL));
    let reader = Liar::new(br, fr);
    reader.greet(&mut world);
    assert!(world.oracle.sent[&(fr, br)].contains_key(&second.record), "it is still the current one");
    assert!(matches!(world.withdraw(fr, van.lineage), chancery_exchange::Answer::Withdrawn { .. }));
}

#[test]
fn hellos_that_lie_about_what_is_held_stop_records_only() {
    type Change = fn(&mut Hello);
    let changes: [(&str, Records, Change); 5] = [
        ("items never sent", Records::Disagree, |hello| hello.ledger_held = Some(position(1, 1))),
        ("an epoch at the end of time", Records::Disagree, |hello| {
            hello.ledger_held = Some(position(u64::MAX, u64::MAX));
        }),
        ("another incarnation", Records::Outlived, |hello| {
            hello.ledger_held = Some(StreamPosition { incarnation: Incarnation(99), ..position(1, 1) });
        }),
        ("obligations never sent", Records::Disagree, |hello| {
            let incarnation = Incarnation(7);
            hello.obligations_held =
                Some(ObligationPosition { incarnation, number: ItemNumber(3), hash: STREAM_ORIGIN });
        }),
        ("obligations at the end of time", Records::Disagree, |hello| {
            let incarnation = Incarnation(u64::MAX);
            hello.obligations_held =
                Some(ObligationPosition { incarnation, number: ItemNumber(u64::MAX), hash: STREAM_ORIGIN });
        }),
    ];
    for (what, records, change) in changes {
        let (mut world, liar) = alone_with_a_liar(9);
        let van = world.publish(liar.peer, &Paper::new("a grey van"));
        liar.greet_with(&mut world, change);
        assert_eq!(world.session(liar.peer, liar.own).unwrap().records, Some(records), "{what}");
        assert_eq!(world.oracle.batches, 0, "{what}");
        world.withdraw(liar.peer, van.lineage);
        world.settle();
        liar.disconnected(&mut world);
        let coach = world.publish(liar.peer, &Paper::new("a coach"));
        liar.greet(&mut world);
        assert_eq!(world.session(liar.peer, liar.own).unwrap().records, Some(Records::Flow), "{what}: the truth helps");
        assert!(world.oracle.sent[&(liar.peer, liar.own)].contains_key(&coach.record));
        assert!(world.oracle.times.keys().all(|(_, _, id)| *id != van.record));
    }
}

#[test]
fn clocks_at_the_end_of_time_do_no_harm() {
    for clock in [0, 1, u64::MAX] {
        let (mut world, liar) = alone_with_a_liar(10);
        liar.greet_with(&mut world, |hello| hello.clock = Instant(clock));
        assert_eq!(world.session(liar.peer, liar.own).unwrap().records, Some(Records::ClocksApart));
    }
    let (mut world, liar) = alone_with_a_liar(10);
    liar.greet_with(&mut world, |hello| (hello.credit_items, hello.credit_bytes) = (0, 0));
    let van = world.publish(liar.peer, &Paper::new("a grey van"));
    world.settle();
    assert!(world.oracle.sent[&(liar.peer, liar.own)].contains_key(&van.record), "a credit of nothing is not believed");
}

#[derive(Clone, Debug)]
enum Lie {
    Hello,
    Receipt(u64, u64),
    ObligationReceipt(u64),
    Open(u64, bool),
    Batch(u64, u64, usize),
    State(u64),
    Bytes(usize, u8, Vec<u8>),
    Reconnect,
    Settle,
    Publish,
}

fn lie() -> impl Strategy<Value = Lie> {
    let small = 0..4u64;
    prop_oneof![
        Just(Lie::Hello),
        (small.clone(), small.clone()).prop_map(|(epoch, number)| Lie::Receipt(epoch, number)),
        small.clone().prop_map(Lie::ObligationReceipt),
        (small.clone(), any::<bool>()).prop_map(|(epoch, based)| Lie::Open(epoch, based)),
        (small.clone(), small.clone(), 1..3usize).prop_map(|(epoch, first, count)| Lie::Batch(epoch, first, count)),
        small.prop_map(Lie::State),
        (0..3usize, 0..8u8, proptest::collection::vec(any::<u8>(), 0..40))
            .prop_map(|(stream, kind, body)| Lie::Bytes(stream, kind, body)),
        Just(Lie::Reconnect),
        Just(Lie::Settle),
        Just(Lie::Publish),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// The oracle stands behind every frame that FR sends; whatever DE says, FR does not fall over.
    #[test]
    fn no_sequence_of_lies_does_harm(lies in proptest::collection::vec(lie(), 1..40)) {
        let (mut world, liar) = alone_with_a_liar(11);
        liar.greet(&mut world);
        for lie in lies {
            match lie {
                Lie::Hello => { let hello = liar.hello(&world); liar.say_hello(&mut world, &hello); }
                Lie::Receipt(epoch, number) => {
                    let row = world.node(liar.peer).store.ledger_row(liar.own, Epoch(epoch), ItemNumber(number)).unwrap();
                    let hash = row.map_or(STREAM_ORIGIN, |row| row.hash);
                    liar.receipt(&mut world, StreamPosition { hash, ..position(epoch, number) }, Vec::new());
                }
                Lie::ObligationReceipt(number) => {
                    let (incarnation, number) = (Incarnation(7), ItemNumber(number));
                    liar.obligation_receipt(&mut world, ObligationPosition { incarnation, number, hash: STREAM_ORIGIN });
                }
                Lie::Open(epoch, based) => liar.open_epoch(&mut world, epoch, based.then(|| position(epoch, 0))),
                Lie::Batch(epoch, first, count) => {
                    let records: Vec<Record> =
                        (0..count).map(|at| liar.record(&mut world, &Paper::new(format!("van {at}")))).collect();
                    liar.batch(&mut world, epoch, first, &records);
                }
                Lie::State(first) => {
                    let statement = withdrawal(&liar, &world, "DE", Lineage([1; 16]));
                    liar.state(&mut world, first, &statement);
                }
                Lie::Bytes(stream, kind, body) => {
                    let stream = crate::world::link::STREAMS[stream];
                    if let Some(link) = world.links.get(&pair(liar.own, liar.peer)) {
                        let connection = link.ids[&liar.peer];
                        world.arrive(liar.own, liar.peer, connection, Frame { stream, kind, body });
                    }
                }
                Lie::Reconnect => liar.greet(&mut world),
                Lie::Settle => world.settle(),
                Lie::Publish => { world.ask_publish(liar.peer, &[Paper::new("a van")]); }
            }
        }
        world.settle();
    }
}
