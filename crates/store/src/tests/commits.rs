//! Commits: whole or not at all, durable, refused where one entry would hide another.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chancery_exchange::{AuditEntry, Change, ClockMark, Holdings, Incarnation, JournalPosition, LabelId, RecordSource};
use chancery_record::{DocumentHash, Instant, LabelHash, Precedence, SheetHash};

use super::sample::{Sample, accept, country, delivered, issued, ledger_row, obligation, own, sheet_of, withdrawal};
use super::{Bench, FIRST, findings};
use crate::engine::{Batch, Engine, EngineFault, EngineKind, MemoryEngine, OpenFault, OpenOptions, SchemaFault, open};
use crate::keyspace::Keyspace;
use crate::limits::{BATCH_BYTES_MAX, DOCUMENT_BYTES_MAX, NOTE_ROW_BYTES_MAX, REFERENCE_BYTES_MAX, SHEET_BYTES_MAX};
use crate::{CommitFault, DocumentKind, RowFault, Store, Weight};

fn clock(wall_ms: u64) -> Change {
    Change::Clock(ClockMark { wall_ms, ..ClockMark::default() })
}

fn audit(actor: String) -> Change {
    Change::Audit(AuditEntry {
        at: Instant(1),
        actor,
        action: "show".into(),
        record: None,
        purpose: None,
        reference: None,
        outcome: "shown".into(),
    })
}

#[test]
fn an_incarnation_stays_with_its_store() {
    for bench in Bench::each() {
        assert_eq!(bench.open().incarnation(), FIRST);
        if let Bench::Disk(kind, directory) = &bench {
            let engine = open(*kind, directory.path(), &OpenOptions::default()).unwrap();
            assert_eq!(Store::open(engine, Incarnation(99)).unwrap().incarnation(), FIRST);
        }
    }
}

#[test]
fn a_store_of_another_schema_is_refused() {
    for kind in EngineKind::ALL {
        let bench = Bench::on_disk(kind);
        let Bench::Disk(_, directory) = &bench else { unreachable!() };
        let store = bench.open();
        let mut newer = Batch::new();
        newer.put(Keyspace::Meta, *b"schema-version", 9u32.to_be_bytes());
        store.engine().commit(newer).unwrap();
        drop(store);
        let refused = open(kind, directory.path(), &OpenOptions::default()).err().unwrap();
        assert!(matches!(refused, OpenFault::Schema(SchemaFault::Unknown { found: 9, .. })), "{refused}");
    }
}

#[test]
fn a_refused_list_leaves_nothing_and_the_store_goes_on() {
    let record = Sample::default().seal();
    let row = ledger_row("FR", 2, 5, &record, record.sections_held());
    let owe =
        |number| Change::Owe { peer: country("FR"), position: obligation(number), statement: withdrawal(1, issued()) };
    let label = |id, hash| Change::Label { id: LabelId(id), hash: LabelHash([hash; 32]), bytes: vec![1] };
    let mut earlier_row = row.clone();
    earlier_row.epoch.0 = 1;
    earlier_row.number.0 = 9;
    let mut long_reference = own(9, &record);
    long_reference.source_reference = Some("x".repeat(REFERENCE_BYTES_MAX + 1));
    let refused = [
        accept(own(4, &record)),
        accept(own(3, &record)),
        accept(long_reference),
        Change::Ledger(row.clone()),
        Change::Ledger(earlier_row),
        owe(2),
        label(1, 50),
        sheet_of(SheetHash([1; 32]), vec![0; SHEET_BYTES_MAX + 1]),
        audit("x".repeat(NOTE_ROW_BYTES_MAX)),
    ];
    for bench in Bench::each() {
        let store = bench.open();
        store
            .commit(&[
                accept(own(4, &record)),
                Change::Ledger(row.clone()),
                owe(2),
                label(0, 10),
                label(1, 11),
                clock(1),
            ])
            .unwrap();
        for bad in &refused {
            let other = Sample { lineage: 7, ..Sample::default() }.seal();
            let fault = store.commit(&[clock(2), accept(own(5, &other)), bad.clone()]).unwrap_err();
            assert!(fault.is_refusal(), "{fault}");
            assert_eq!(store.clock_mark().unwrap().unwrap().wall_ms, 1);
            assert!(store.held(&other.id()).unwrap().is_none());
        }
        store.commit(&[label(1, 11), clock(3)]).unwrap();
        assert_eq!(store.clock_mark().unwrap().unwrap().wall_ms, 3);
        assert_eq!(store.label_end().unwrap(), LabelId(2));
        assert_eq!(findings(&store), []);
    }
}

#[test]
fn a_list_too_large_for_one_batch_is_refused_whole() {
    let store = Bench::memory().open();
    let sheets = BATCH_BYTES_MAX / SHEET_BYTES_MAX + 1;
    let mut changes = vec![clock(1)];
    for number in 0..sheets {
        changes.push(sheet_of(SheetHash([number as u8; 32]), vec![0; SHEET_BYTES_MAX]));
    }
    assert!(!Weight::of(&changes).fits() && Weight::of(&changes[..sheets - 1]).fits());
    let fault = store.commit(&changes).unwrap_err();
    assert!(fault.is_refusal(), "{fault}");
    assert!(matches!(fault, CommitFault::Row(RowFault::Engine(EngineFault::TooLarge(_)))));
    assert_eq!(store.clock_mark().unwrap(), None);
}

#[test]
fn a_hostile_sender_cannot_make_terms_that_stop_a_commit() {
    let record = Sample::default().seal();
    let mut acceptance = delivered(1, &record, "FR");
    let RecordSource::Delivered { narrowed, .. } = &mut acceptance.source else { unreachable!() };
    *narrowed = vec![7; 900 << 10];
    let source = acceptance.source.clone();
    let store = Bench::memory().open();
    store.commit(&[accept(acceptance)]).unwrap();
    assert_eq!(store.held(&record.id()).unwrap().unwrap().source, source);
}

#[test]
fn a_failed_commit_closes_the_store_and_leaves_nothing() {
    let disk = Arc::new(MemoryEngine::new());
    let store = Store::open(Arc::clone(&disk) as Arc<dyn Engine>, FIRST).unwrap();
    let record = Sample::default().seal();
    store.commit(&[clock(1)]).unwrap();
    disk.fail_next_commit();
    let fault = store.commit(&[accept(own(1, &record)), clock(2)]).unwrap_err();
    assert!(!fault.is_refusal(), "{fault}");
    assert!(!store.commit(&[clock(3)]).unwrap_err().is_refusal());
    let unreadable = store.held(&record.id()).unwrap_err().to_string();
    assert!(unreadable.contains("restart the node"), "{unreadable}");

    let store = Store::open(Arc::new(disk.reopen()) as Arc<dyn Engine>, FIRST).unwrap();
    assert_eq!(store.clock_mark().unwrap().unwrap().wall_ms, 1);
    assert!(store.held(&record.id()).unwrap().is_none());
}

#[test]
fn changes_of_one_list_see_each_other() {
    let one = Sample::default().seal();
    let two = Sample { revision: 11, ..Sample::default() }.seal();
    let store = Bench::memory().open();
    store
        .commit(&[
            accept(own(1, &one)),
            accept(own(2, &two)),
            Change::Delete { record: one.id() },
            Change::Delete { record: two.id() },
            accept(own(3, &two)),
        ])
        .unwrap();
    let entries = store.journal(Precedence::Routine, JournalPosition(0), 10).unwrap();
    assert_eq!(entries.iter().map(|entry| (entry.position.0, entry.record)).collect::<Vec<_>>(), [(3, two.id())]);
    assert_eq!(findings(&store), []);
}

#[test]
fn one_thread_reads_whole_copies_while_another_commits() {
    for bench in Bench::each() {
        let store = bench.open();
        let whole = Sample::default().seal();
        let part = super::sample::only(&whole, &[chancery_record::SectionName::Object]);
        store.commit(&[accept(own(1, &whole))]).unwrap();
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for round in 1.. {
                    if done.load(Ordering::Acquire) {
                        return;
                    }
                    // Label 0 stands on the part, label 1 on the whole, and in between there is no copy at all.
                    let is_whole = round % 2 == 0;
                    let mut next = own(round * 2, if is_whole { &whole } else { &part });
                    next.label = LabelId(is_whole.into());
                    store.commit(&[Change::Delete { record: whole.id() }]).unwrap();
                    store.commit(&[accept(next)]).unwrap();
                }
            });
            let (mut seen, mut before) = (0, LabelId(3));
            while seen < 20 {
                let Some(held) = store.held(&whole.id()).unwrap() else { continue };
                let is_whole = held.record.sections_held() == whole.sections_held();
                assert!(held.label == LabelId(3) || (held.label == LabelId(1)) == is_whole);
                seen += i32::from(held.label != before);
                before = held.label;
            }
            done.store(true, Ordering::Release);
        });
        assert_eq!(findings(&store), []);
    }
}

#[test]
fn documents_are_kept_by_kind_and_hash() {
    const TREATY: DocumentKind = DocumentKind(1);
    for bench in Bench::each() {
        let store = bench.open();
        let hash = |number| DocumentHash([number; 32]);
        store.put_document(TREATY, hash(2), b"two").unwrap();
        store.put_document(TREATY, hash(1), b"one").unwrap();
        store.put_document(DocumentKind(2), hash(1), b"other").unwrap();
        let too_long = store.put_document(TREATY, hash(3), &vec![0; DOCUMENT_BYTES_MAX + 1]).unwrap_err();
        assert!(too_long.is_refusal(), "{too_long}");
        drop(store);
        let store = bench.open();
        assert_eq!(store.documents(TREATY).unwrap(), [(hash(1), b"one".to_vec()), (hash(2), b"two".to_vec())]);
        assert_eq!(store.document(DocumentKind(2), &hash(1)).unwrap().as_deref(), Some(&b"other"[..]));
        assert_eq!(store.document(TREATY, &hash(3)).unwrap(), None);
    }
}

#[test]
fn documents_of_a_kind_fit_into_memory_together() {
    let store = Bench::memory().open();
    let put =
        |number: u8| store.put_document(DocumentKind(1), DocumentHash([number; 32]), &vec![0; DOCUMENT_BYTES_MAX]);
    let fitting = (crate::limits::DOCUMENTS_BYTES_MAX / DOCUMENT_BYTES_MAX) as u8;
    (0..fitting).for_each(|number| put(number).unwrap());
    assert!(put(fitting).unwrap_err().is_refusal());
    put(0).expect("what is kept already takes no room");
}
