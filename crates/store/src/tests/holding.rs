//! What the exchange reads after what it wrote, case by case.

use chancery_exchange::{
    Change, Epoch, Holdings, ItemNumber, JournalPosition, LabelId, Mark, MarkTarget, RecordSource,
};
use chancery_record::{Kind, Precedence, SectionName, SectionSet};

use super::sample::{
    Sample, accept, country, delivered, hash, issued, ledger_row, lineage, obligation, only, own, recall, stream,
    withdrawal,
};
use super::{Bench, findings, with_each};
use crate::limits::ENTRIES_PER_COPY_MAX;

const ROUTINE: Precedence = Precedence::Routine;

#[test]
fn a_record_comes_back_as_it_was_sealed() {
    let record = Sample::default().seal();
    let mut acceptance = delivered(4, &record, "FR");
    acceptance.label = LabelId(8);
    let source = acceptance.source.clone();
    with_each(&[accept(acceptance)], |store| {
        let held = store.held(&record.id()).unwrap().unwrap();
        assert_eq!(held.record.to_bytes(), record.to_bytes());
        assert_eq!((held.label, &held.source, held.mark), (LabelId(8), &source, None));
        assert_eq!(store.sections_held(&record.id()).unwrap(), Some(record.sections_held()));
        assert_eq!(store.journal_end().unwrap(), JournalPosition(4));
        let entries = store.journal(ROUTINE, JournalPosition(0), 10).unwrap();
        assert_eq!(entries.len(), 1);
        assert_eq!((entries[0].record, entries[0].label), (record.id(), LabelId(8)));
        assert_eq!(entries[0].expires, record.manifest().expires);
        assert_eq!(store.journal(Precedence::Flash, JournalPosition(0), 10).unwrap(), []);
        assert_eq!(store.journal(ROUTINE, JournalPosition(4), 10).unwrap(), []);
    });
}

#[test]
fn a_joined_copy_replaces_the_first_and_is_walked_again() {
    let whole = Sample { originator: "FR", ..Sample::default() }.seal();
    let part = only(&whole, &[SectionName::Object]);
    let first = delivered(1, &part, "FR");
    let mut second = delivered(5, &whole, "FR");
    second.label = LabelId(9);
    with_each(&[accept(first), accept(second)], |store| {
        let held = store.held(&whole.id()).unwrap().unwrap();
        assert_eq!(held.record, whole);
        assert_eq!(held.label, LabelId(9));
        let positions = |after| {
            let entries = store.journal(ROUTINE, JournalPosition(after), 10).unwrap();
            entries.into_iter().map(|entry| entry.position.0).collect::<Vec<_>>()
        };
        assert_eq!((positions(0), positions(1)), (vec![1, 5], vec![5]));
        assert_eq!(store.versions(country("FR"), &lineage(1)).unwrap(), [(10, whole.id())]);
        assert_eq!(store.extent().unwrap().records, 1);
        assert_eq!(findings(store), []);
    });
}

#[test]
fn a_copy_joined_again_and_again_keeps_its_last_entries() {
    let record = Sample::default().seal();
    let part = only(&record, &[SectionName::Object]);
    let times = ENTRIES_PER_COPY_MAX as u64 + 3;
    let other = |position: u64| if position.is_multiple_of(2) { &part } else { &record };
    let changes: Vec<Change> = (1..=times).map(|position| accept(own(position, other(position)))).collect();
    let store = Bench::memory().open();
    store.commit(&changes).unwrap();
    let entries = store.journal(ROUTINE, JournalPosition(0), 1000).unwrap();
    assert_eq!(entries.len(), ENTRIES_PER_COPY_MAX);
    assert_eq!(entries[0].position, JournalPosition(4));
    assert_eq!(findings(&store), []);
    store.commit(&[Change::Delete { record: record.id() }]).unwrap();
    assert_eq!(store.journal(ROUTINE, JournalPosition(0), 1000).unwrap(), []);
}

#[test]
fn a_copy_under_other_terms_moves_its_last_entry() {
    let whole = Sample { originator: "FR", ..Sample::default() }.seal();
    let part = only(&whole, &[SectionName::Object]);
    let changes = [(1, &part), (2, &part), (5, &whole), (7, &whole)];
    let changes: Vec<Change> =
        changes.into_iter().map(|(position, record)| accept(delivered(position, record, "FR"))).collect();
    with_each(&changes, |store| {
        let entries = store.journal(ROUTINE, JournalPosition(0), 10).unwrap();
        assert_eq!(entries.iter().map(|entry| entry.position.0).collect::<Vec<_>>(), [2, 7]);
        assert_eq!(store.held(&whole.id()).unwrap().unwrap().record, whole);
        assert_eq!(store.extent().unwrap().records, 1);
        assert_eq!(findings(store), []);
    });
}

#[test]
fn what_is_deleted_leaves_its_version_and_its_disclosures() {
    let record = Sample::default().seal();
    let mut acceptance = own(1, &record);
    acceptance.source_reference = Some("REF".into());
    let changes = [
        accept(acceptance),
        Change::Ledger(ledger_row("FR", 1, 1, &record, record.sections_held())),
        Change::Delete { record: record.id() },
        Change::Delete { record: record.id() },
    ];
    with_each(&changes, |store| {
        assert!(store.held(&record.id()).unwrap().is_none());
        assert_eq!(store.sections_held(&record.id()).unwrap(), None);
        assert_eq!(store.journal(ROUTINE, JournalPosition(0), 10).unwrap(), []);
        assert_eq!(store.journal_end().unwrap(), JournalPosition(1), "a place is never given twice");
        assert_eq!(store.expired(issued().plus_days(5000), 10).unwrap(), []);
        assert_eq!(store.lineage_of_reference("REF").unwrap(), None);
        assert_eq!(store.versions(record.manifest().originator, &lineage(1)).unwrap(), [(10, record.id())]);
        assert_eq!(store.holders(&record.id()).unwrap(), [country("FR")]);
        assert!(store.ledger_row(country("FR"), Epoch(1), ItemNumber(1)).unwrap().is_some());
        assert_eq!(store.extent().unwrap().records, 0);
        assert_eq!(findings(store), []);
    });
}

#[test]
fn what_was_deleted_may_come_again() {
    let record = Sample::default().seal();
    let changes =
        [accept(own(1, &record)), Change::Delete { record: record.id() }, accept(delivered(2, &record, "FR"))];
    with_each(&changes, |store| {
        assert!(matches!(store.held(&record.id()).unwrap().unwrap().source, RecordSource::Delivered { .. }));
        assert_eq!(store.extent().unwrap().records, 1);
        assert_eq!(findings(store), []);
    });
}

#[test]
fn two_manifests_of_one_revision_are_both_kept() {
    let one = Sample::default().seal();
    let other = Sample { text: "a white van".into(), ..Sample::default() }.seal();
    with_each(&[accept(own(1, &one)), accept(own(2, &other))], |store| {
        let mut both = [(10, one.id()), (10, other.id())];
        both.sort();
        assert_eq!(store.versions(one.manifest().originator, &lineage(1)).unwrap(), both);
        assert!(store.held(&one.id()).unwrap().is_some() && store.held(&other.id()).unwrap().is_some());
    });
}

#[test]
fn a_reference_names_the_latest_own_record_only() {
    let named = |position, line, reference: &str, from: Option<&str>| {
        let record = Sample { lineage: line, kind: Kind::Document, ..Sample::default() }.seal();
        let mut acceptance = match from {
            Some(peer) => delivered(position, &record, peer),
            None => own(position, &record),
        };
        acceptance.source_reference = Some(reference.into());
        accept(acceptance)
    };
    let changes = [
        named(1, 1, "A", None),
        named(2, 2, "A", None),
        named(3, 3, "AB", None),
        named(4, 4, "C", Some("FR")),
        named(5, 5, "", None),
    ];
    with_each(&changes, |store| {
        let lineage_of = |reference: &str| store.lineage_of_reference(reference).unwrap();
        assert_eq!(lineage_of("A"), Some(lineage(2)));
        assert_eq!(lineage_of("AB"), Some(lineage(3)));
        assert_eq!(lineage_of("C"), None, "a peer's numbers are not ours");
        assert_eq!(lineage_of(""), Some(lineage(5)));
        assert_eq!(lineage_of(&"A".repeat(100_000)), None);
    });
}

#[test]
fn the_heaviest_mark_of_the_originator_counts() {
    let record = Sample::default().seal();
    let id = record.id();
    let outlive = issued();
    let mark = |maker, target, mark| {
        let (maker, statement) = (country(maker), recall(1, id, outlive));
        Change::Mark { maker, target, mark, statement, outlive }
    };
    let changes = [
        accept(own(1, &record)),
        mark("NL", MarkTarget::Record(id), Mark::Corrected),
        mark("NL", MarkTarget::Lineage(lineage(1)), Mark::Recalled),
        mark("FR", MarkTarget::Lineage(lineage(1)), Mark::Withdrawn),
        mark("NL", MarkTarget::Lineage(lineage(2)), Mark::Withdrawn),
    ];
    with_each(&changes, |store| {
        let of = |maker, line| store.mark(country(maker), &lineage(line), &id).unwrap();
        assert_eq!(of("NL", 1), Some(Mark::Recalled));
        assert_eq!(of("FR", 1), Some(Mark::Withdrawn));
        assert_eq!(of("NL", 2), Some(Mark::Withdrawn));
        assert_eq!(of("DE", 1), None);
        assert_eq!(of("NL", 3), Some(Mark::Corrected), "a mark on a version holds in any lineage");
        assert_eq!(store.held(&id).unwrap().unwrap().mark, Some(Mark::Recalled));
    });
}

#[test]
fn a_disclosure_is_found_from_both_ends() {
    let record = Sample::default().seal();
    let object = SectionSet::EMPTY.with(SectionName::Object);
    let source = SectionSet::EMPTY.with(SectionName::Source);
    let rows = [
        ledger_row("FR", 1, 1, &record, object),
        ledger_row("DE", 4, 9, &record, object),
        ledger_row("FR", 2, 1, &record, source),
    ];
    let changes: Vec<Change> = rows.iter().cloned().map(Change::Ledger).collect();
    with_each(&changes, |store| {
        let fr = country("FR");
        let disclosed = store.disclosed(fr, &record.id()).unwrap().unwrap();
        assert_eq!(disclosed.sections, object.union(source));
        assert_eq!((disclosed.epoch, disclosed.number), (Epoch(2), ItemNumber(1)));
        assert_eq!(store.holders(&record.id()).unwrap(), [country("DE"), fr]);
        assert_eq!(store.ledger_end(fr).unwrap(), Some((Epoch(2), ItemNumber(1))));
        assert_eq!(store.ledger_end(country("PL")).unwrap(), None);
        assert_eq!(store.ledger_row(fr, Epoch(1), ItemNumber(1)).unwrap().as_ref(), Some(&rows[0]));
        assert_eq!(store.ledger_row(fr, Epoch(1), ItemNumber(2)).unwrap(), None);
        assert_eq!(store.ledger_of_record(&record.id()).unwrap(), [rows[1].clone(), rows[2].clone(), rows[0].clone()]);
        assert_eq!(store.ledger_of_peer(fr, None, 10).unwrap(), [rows[0].clone(), rows[2].clone()]);
        assert_eq!(store.ledger_of_peer(fr, Some((Epoch(1), ItemNumber(1))), 10).unwrap(), [rows[2].clone()]);
        assert_eq!(findings(store), []);
    });
}

#[test]
fn receipts_speak_for_the_last_and_for_each_epoch() {
    let fr = country("FR");
    let receipt = |epoch, number| Change::Receipted { peer: fr, position: stream(epoch, number), proof: None };
    let changes = [receipt(1, 5), receipt(2, 3), receipt(2, 1), Change::Received { peer: fr, position: stream(9, 9) }];
    with_each(&changes, |store| {
        assert_eq!(store.receipted(fr).unwrap(), Some(stream(2, 1)));
        assert_eq!(store.receipted_in(fr, Epoch(1)).unwrap(), ItemNumber(5));
        assert_eq!(store.receipted_in(fr, Epoch(2)).unwrap(), ItemNumber(3));
        assert_eq!(store.receipted_in(fr, Epoch(3)).unwrap(), ItemNumber(0));
        assert_eq!(store.received(fr).unwrap(), Some(stream(9, 9)));
        assert_eq!(store.received(country("DE")).unwrap(), None);
    });
}

#[test]
fn obligations_stand_in_each_peers_own_order() {
    let owe = |peer, number, statement: u8| Change::Owe {
        peer: country(peer),
        position: obligation(number),
        statement: withdrawal(statement, issued()),
    };
    let changes = [
        owe("FR", 1, 1),
        owe("FR", 2, 2),
        owe("DE", 1, 2),
        Change::OweReceipted { peer: country("FR"), number: ItemNumber(1), proof: None },
    ];
    with_each(&changes, |store| {
        let fr = country("FR");
        let owed = store.owed(fr, ItemNumber(0), 10).unwrap();
        assert_eq!(owed, [1, 2].map(|n| (obligation(n), withdrawal(n as u8, issued()))));
        assert_eq!(store.owed(fr, ItemNumber(1), 10).unwrap(), owed[1..]);
        assert_eq!(store.owed(fr, ItemNumber(0), 1).unwrap(), owed[..1]);
        assert_eq!(store.owed_end(fr).unwrap().unwrap().hash, hash(2));
        assert_eq!(store.owed_end(country("PL")).unwrap(), None);
        assert_eq!(store.owed_receipted(fr).unwrap(), ItemNumber(1));
        assert_eq!(store.owed_receipted(country("DE")).unwrap(), ItemNumber(0));
    });
}
