//! What people ask of their store.

use chancery_exchange::{
    AuditEntry, BackFill, Change, Cursor, Deferral, DeferralCause, Epoch, ItemNumber, JournalPosition, Mark,
    MarkTarget, RefusalCode,
};
use chancery_record::{Date, DocumentHash, Instant, Kind, Lineage, Precedence, RecordId, SheetHash, StatementId};

use super::sample::{
    Sample, accept, country, delivered, issued, lineage, obligation, own, recall, sheet_of, withdrawal,
};
use super::{Bench, with_each};
use crate::engine::Order;
use crate::limits::{
    BREACHES_PER_PEER_MAX, DELETION_RECEIPTS_PER_HOLDER_MAX, LIST_SCANNED_MAX, QUARANTINE_PER_PEER_MAX,
};
use crate::{Current, Expired, ListFilter, NotAName, Progress, Resolved, Standing, Store};

fn listed(store: &Store, filter: &ListFilter, page: usize) -> Vec<(RecordId, Standing)> {
    let mut all = Vec::new();
    let mut cursor = None;
    loop {
        let found = store.list(filter, cursor, page).unwrap();
        assert!(found.items.len() <= page);
        all.extend(found.items.into_iter().map(|item| (item.copy.id, item.standing)));
        cursor = found.next;
        if cursor.is_none() {
            return all;
        }
    }
}

#[test]
fn versions_stand_as_their_originator_left_them() {
    let first = Sample::default().seal();
    let second = Sample { revision: 20, ..Sample::default() }.seal();
    let foreign = Sample { revision: 99, originator: "FR", ..Sample::default() }.seal();
    let twin = |text: &str| Sample { lineage: 2, text: text.into(), ..Sample::default() }.seal();
    let twins = [twin("one"), twin("two")];
    let withdrawn = Sample { lineage: 3, ..Sample::default() }.seal();
    let recalled = Sample { lineage: 4, ..Sample::default() }.seal();
    let corrected = Sample { lineage: 5, ..Sample::default() }.seal();
    let mark = |target, mark| {
        let statement = recall(1, withdrawn.id(), issued());
        Change::Mark { maker: country("NL"), target, mark, statement, outlive: issued() }
    };
    let all = [&first, &second, &foreign, &twins[0], &twins[1], &withdrawn, &recalled, &corrected];
    let mut changes: Vec<Change> = (1..).zip(all).map(|(position, record)| accept(own(position, record))).collect();
    changes.push(mark(MarkTarget::Lineage(lineage(3)), Mark::Withdrawn));
    changes.push(mark(MarkTarget::Record(recalled.id()), Mark::Recalled));
    changes.push(mark(MarkTarget::Record(corrected.id()), Mark::Corrected));
    with_each(&changes, |store| {
        let standing = |record: &chancery_record::Record| store.standing(&record.id()).unwrap();
        assert_eq!(standing(&first), Some(Standing::Superseded));
        assert_eq!(standing(&second), Some(Standing::Current), "nobody else's version supersedes it");
        assert_eq!(standing(&foreign), Some(Standing::Current));
        assert_eq!(twins.each_ref().map(|twin| standing(twin)), [Some(Standing::Conflicted); 2]);
        assert_eq!(standing(&withdrawn), Some(Standing::Withdrawn));
        assert_eq!(standing(&recalled), Some(Standing::Recalled));
        assert_eq!(standing(&corrected), Some(Standing::Superseded));
        assert_eq!(store.standing(&RecordId([0; 32])).unwrap(), None);

        let nl = country("NL");
        assert!(matches!(store.current(nl, &lineage(1)).unwrap(), Current::Version(copy) if copy.id == second.id()));
        let Current::Conflict(mut both) = store.current(nl, &lineage(2)).unwrap() else { panic!("no conflict") };
        both.sort();
        let mut ids = twins.each_ref().map(|twin| twin.id());
        ids.sort();
        assert_eq!(both, ids);
        assert_eq!(store.current(nl, &lineage(9)).unwrap(), Current::Unknown);
    });
}

#[test]
fn a_deleted_version_gives_its_place_to_no_other() {
    let first = Sample::default().seal();
    let second = Sample { revision: 20, ..Sample::default() }.seal();
    let changes = [accept(own(1, &first)), accept(own(2, &second)), Change::Delete { record: second.id() }];
    with_each(&changes, |store| {
        assert_eq!(store.current(country("NL"), &lineage(1)).unwrap(), Current::Deleted(second.id()));
        assert_eq!(store.standing(&first.id()).unwrap(), Some(Standing::Superseded));
        assert_eq!(store.standing(&second.id()).unwrap(), Some(Standing::Current), "it stands, though it is not held");
        assert!(store.copy(&second.id()).unwrap().is_none());
    });
}

#[test]
fn lists_are_filtered_and_paged() {
    let record = |line, kind, originator, lane, days| {
        let expires = issued().plus_days(days);
        Sample { lineage: line, kind, originator, lane, expires, ..Sample::default() }.seal()
    };
    let routine = Precedence::Routine;
    let a = record(1, Kind::Vehicle, "NL", routine, 10);
    let b = record(2, Kind::Vehicle, "FR", Precedence::Flash, 20);
    let c = record(3, Kind::Document, "FR", routine, 30);
    let changes = [accept(own(1, &a)), accept(delivered(2, &b, "FR")), accept(delivered(3, &c, "FR"))];
    with_each(&changes, |store| {
        let check = |filter: ListFilter, expected: &[RecordId]| {
            for page in [1, 2, 100] {
                let ids: Vec<RecordId> = listed(store, &filter, page).into_iter().map(|(id, _)| id).collect();
                assert_eq!(ids, expected, "{filter:?} by {page}");
            }
        };
        let all = ListFilter::default();
        check(all, &[c.id(), b.id(), a.id()]);
        check(ListFilter { kind: Some(Kind::Vehicle), ..all }, &[b.id(), a.id()]);
        check(ListFilter { kind: Some(Kind::Vehicle), originator: Some(country("NL")), ..all }, &[a.id()]);
        check(ListFilter { originator: Some(country("FR")), ..all }, &[c.id(), b.id()]);
        check(ListFilter { lane: Some(Precedence::Flash), ..all }, &[b.id()]);
        check(ListFilter { standing: Some(Standing::Withdrawn), ..all }, &[]);
        check(ListFilter { kind: Some(Kind::NoticeRed), ..all }, &[]);
        let on = |days| ListFilter { expired: Expired::Hidden { today: issued().plus_days(days) }, ..all };
        check(on(9), &[c.id(), b.id(), a.id()]);
        check(on(10), &[c.id(), b.id()]);
        check(on(30), &[]);
    });
}

#[test]
fn a_list_that_finds_little_gives_up_the_turn_and_goes_on() {
    let store = Bench::memory().open();
    let rare = Sample { lane: Precedence::Flash, ..Sample::default() }.seal();
    let mut changes = vec![accept(own(1, &rare))];
    for number in 0..LIST_SCANNED_MAX as u64 + 5 {
        let common = Sample { revision: 100 + number, ..Sample::default() }.seal();
        changes.push(accept(own(2 + number, &common)));
    }
    store.commit(&changes).unwrap();
    let filter = ListFilter { lane: Some(Precedence::Flash), ..ListFilter::default() };
    let first = store.list(&filter, None, 10).unwrap();
    assert!(first.items.is_empty() && first.next.is_some());
    assert_eq!(listed(&store, &filter, 10), [(rare.id(), Standing::Superseded)]);
}

#[test]
fn a_name_is_a_lineage_or_an_id_or_the_beginning_of_either() {
    let one = Sample { lineage: 0xab, ..Sample::default() }.seal();
    let two = Sample { lineage: 0xab, revision: 11, ..Sample::default() }.seal();
    let three = Sample { lineage: 0xac, ..Sample::default() }.seal();
    let changes =
        [accept(own(1, &one)), accept(own(2, &two)), accept(own(3, &three)), Change::Delete { record: two.id() }];
    with_each(&changes, |store| {
        let resolve = |name: &str| store.resolve(name).unwrap();
        for record in [&one, &two, &three] {
            let id = record.id().to_string();
            for digits in [8, 9, 40, 63, 64] {
                assert_eq!(resolve(&id[..digits]), Resolved::Record(record.id()), "held or deleted");
            }
        }
        for digits in [4, 5, 31, 32] {
            let Resolved::Lineage(found, versions) = resolve(&"ab".repeat(16)[..digits]) else { panic!("{digits}") };
            assert_eq!(found, lineage(0xab));
            assert_eq!(versions.iter().map(|version| version.record).collect::<Vec<_>>(), [one.id(), two.id()]);
        }
        assert_eq!(resolve("ABAB"), resolve("abab"));
        assert_eq!(resolve("ffffffff"), Resolved::Nothing);
        assert_eq!(resolve(&"0".repeat(64)), Resolved::Nothing);
        for name in ["", "ab", "abc", "xyzw", "+abcd", "ab cd", &"a".repeat(65), "ééé"] {
            assert!(matches!(store.resolve(name), Err(NotAName::Form(_))), "{name}");
        }
    });
}

#[test]
fn a_beginning_of_two_names_is_ambiguous() {
    let line = |start: [u8; 3]| {
        let mut bytes = [0; 16];
        bytes[..3].copy_from_slice(&start);
        Sample { exact_lineage: Some(Lineage(bytes)), ..Sample::default() }.seal()
    };
    let (one, other) = (line([0xab, 0xcd, 0x10]), line([0xab, 0xcd, 0x20]));
    let [a, b, ..] = one.id().0;
    let like_an_id = line([a, b, 0x30]);
    let records = [&one, &other, &like_an_id];
    let changes: Vec<Change> = (1..).zip(records).map(|(position, record)| accept(own(position, record))).collect();
    with_each(&changes, |store| {
        let resolve = |name: &str| store.resolve(name).unwrap();
        assert_eq!(resolve("abcd"), Resolved::Ambiguous);
        assert!(matches!(resolve("abcd1"), Resolved::Lineage(found, _) if found == one.manifest().lineage));
        assert!(matches!(resolve("abcd20"), Resolved::Lineage(found, _) if found == other.manifest().lineage));
        assert_eq!(resolve(&format!("{a:02x}{b:02x}")), Resolved::Ambiguous, "an id and a lineage begin so");
    });
}

#[test]
fn a_withdrawal_shows_who_answered_it() {
    let statement = withdrawal(1, issued());
    let id = statement.id();
    let owe =
        |peer, number| Change::Owe { peer: country(peer), position: obligation(number), statement: statement.clone() };
    let deleted = |at| Change::DeletionReceipt {
        peer: country("FR"),
        answers: id,
        records: vec![RecordId([at as u8; 32])],
        backups_until: Date::from_days(21_000),
        at: Instant(at),
    };
    let changes = [
        owe("DE", 1),
        owe("FR", 4),
        Change::OweReceipted { peer: country("FR"), number: ItemNumber(4), proof: None },
        deleted(10),
        deleted(11),
    ];
    with_each(&changes, |store| {
        let answers = store.answers(&id).unwrap();
        let said: Vec<_> = answers.iter().map(|a| (a.peer, a.progress, a.deletions.len())).collect();
        assert_eq!(said, [(country("DE"), Progress::Owed, 0), (country("FR"), Progress::Receipted, 2)]);
        assert_eq!(answers[1].deletions[0].records, [RecordId([10; 32])]);
        assert_eq!(store.deletion_receipts(&id).unwrap(), answers[1].deletions);
        assert_eq!(store.deletion_receipts(&StatementId([0; 32])).unwrap(), []);
        let owed = store.obligations(country("FR"), ItemNumber(0), 10).unwrap();
        assert_eq!((owed[0].position.number, owed[0].progress), (ItemNumber(4), Progress::Receipted));
        assert_eq!(store.statement(&id).unwrap().as_ref(), Some(&statement));
    });
}

#[test]
fn what_peers_can_make_grow_is_bounded() {
    let fr = country("FR");
    let record = RecordId([1; 32]);
    let item = |peer, number| Change::Quarantine {
        peer,
        epoch: Epoch(1),
        number: ItemNumber(number),
        record,
        code: RefusalCode::BadSeal,
        at: Instant(number),
    };
    for bench in Bench::each() {
        let store = bench.open();
        store.commit(&[item(country("DE"), 1)]).unwrap();
        let most = QUARANTINE_PER_PEER_MAX;
        store.commit(&(1..most).map(|number| item(fr, number)).collect::<Vec<_>>()).unwrap();
        store.commit(&(most..most + 7).map(|number| item(fr, number)).collect::<Vec<_>>()).unwrap();
        let kept = store.quarantine(fr, 4000).unwrap();
        assert_eq!(kept.len() as u64, most);
        assert_eq!((kept[0].number.0, kept[kept.len() - 1].number.0), (most + 6, 7));
        assert_eq!(store.quarantine(country("DE"), 10).unwrap().len(), 1);
        assert_eq!(store.quarantine(fr, 3).unwrap(), kept[..3]);
    }

    let store = Bench::memory().open();
    let breach = |number| Change::Breach { peer: fr, record, what: format!("breach {number}"), at: Instant(number) };
    let receipt = |number| Change::DeletionReceipt {
        peer: fr,
        answers: StatementId([1; 32]),
        records: vec![],
        backups_until: issued(),
        at: Instant(number),
    };
    store.commit(&(0..BREACHES_PER_PEER_MAX + 2).map(breach).collect::<Vec<_>>()).unwrap();
    store.commit(&(0..DELETION_RECEIPTS_PER_HOLDER_MAX + 2).map(receipt).collect::<Vec<_>>()).unwrap();
    assert_eq!(store.breaches(fr, 1).unwrap()[0].what, format!("breach {}", BREACHES_PER_PEER_MAX + 1));
    let receipts = store.deletion_receipts(&StatementId([1; 32])).unwrap();
    assert_eq!((receipts.len() as u64, receipts[0].at), (DELETION_RECEIPTS_PER_HOLDER_MAX, Instant(2)));
}

#[test]
fn the_audit_log_is_read_from_both_ends() {
    let line = |number: u64| AuditEntry {
        at: Instant(number),
        actor: "a.tester".into(),
        action: "show".into(),
        record: Some(RecordId([number as u8; 32])),
        purpose: Some("investigation".into()),
        reference: Some("case 12".into()),
        outcome: "shown".into(),
    };
    let changes: Vec<Change> = (1..=5).map(line).map(Change::Audit).collect();
    with_each(&changes, |store| {
        let upwards = store.audit(Order::Ascending, None, 3).unwrap();
        assert_eq!(upwards.iter().map(|(_, entry)| entry.clone()).collect::<Vec<_>>(), [line(1), line(2), line(3)]);
        let rest = store.audit(Order::Ascending, Some(upwards[2].0), 10).unwrap();
        assert_eq!(rest.iter().map(|(_, entry)| entry.at.0).collect::<Vec<_>>(), [4, 5]);
        let last = store.audit(Order::Descending, None, 1).unwrap();
        assert_eq!(last[0].1, line(5));
        let before = store.audit(Order::Descending, Some(last[0].0), 1).unwrap();
        assert_eq!(before[0].1, line(4));
    });
}

#[test]
fn a_backlog_counts_what_was_not_walked_receipted_or_released() {
    let routine: Vec<_> = (1..=4).map(|n| Sample { revision: n, ..Sample::default() }.seal()).collect();
    let flash = Sample { lane: Precedence::Flash, lineage: 2, ..Sample::default() }.seal();
    let fr = country("FR");
    let mut changes: Vec<Change> =
        (1..).zip(&routine).map(|(position, record)| accept(own(position, record))).collect();
    changes.push(accept(own(9, &flash)));
    let lane = Precedence::Routine;
    let back_fill = Some(BackFill { walked: JournalPosition(1), until: JournalPosition(3) });
    let cursor = Cursor { walked: JournalPosition(3), law: DocumentHash([1; 32]), back_fill };
    changes.push(Change::Cursor { peer: fr, lane, cursor });
    changes.push(Change::Owe { peer: fr, position: obligation(2), statement: withdrawal(1, issued()) });
    changes.push(Change::OweReceipted { peer: fr, number: ItemNumber(1), proof: None });
    let cause = DeferralCause::PeerPending(RefusalCode::NewerFormat);
    changes.push(Change::Defer(Deferral { peer: fr, record: flash.id(), lane, cause }));
    changes.push(sheet_of(SheetHash([4; 32]), b"sheet".to_vec()));
    with_each(&changes, |store| {
        let backlog = store.backlog(fr).unwrap();
        let waiting: Vec<_> = backlog.journal.into_iter().filter(|(_, count)| *count > 0).collect();
        assert_eq!(waiting, [(Precedence::Routine, 3), (Precedence::Flash, 1)], "one ahead, two to be passed again");
        assert_eq!((backlog.obligations, backlog.deferred), (1, 1));
        assert_eq!(store.backlog(country("DE")).unwrap().journal[0], (Precedence::Routine, 4));
        let extent = store.extent().unwrap();
        assert_eq!((extent.records, extent.journal_end), (5, JournalPosition(9)));
        assert_eq!(store.sheet(&SheetHash([4; 32])).unwrap().as_deref(), Some(&b"sheet"[..]));
    });
}
