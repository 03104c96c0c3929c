//! Names that must not tell absent and forbidden apart.

use std::sync::Arc;

use chancery_exchange::{Acceptance, Change, Incarnation, JournalPosition, LabelId, RecordSource};
use chancery_record::{Classification, Date, Draft, Kind, Placement, Purpose, Record, SectionName, UseTags};
use chancery_store::engine::MemoryEngine;
use chancery_treaty::Label;
use ed25519_dalek::SigningKey;

use super::*;
use crate::api::caller::tests::user;
use crate::config::{Role, User};

const TODAY: &str = "2026-11-21";

fn today() -> Date {
    TODAY.parse().unwrap()
}

fn record(lineage: u8, revision: u64, originator: &str, purpose: Purpose, salt: u8) -> Arc<Record> {
    record_of(Lineage([lineage; 16]), revision, originator, purpose, salt)
}

fn record_of(lineage: Lineage, revision: u64, originator: &str, purpose: Purpose, salt: u8) -> Arc<Record> {
    let mut draft = Draft::of_kind(Kind::NoticeBlue);
    draft.tags = UseTags {
        purposes: [purpose].into_iter().collect(),
        classification: Some(Classification::Restricted),
        ..UseTags::default()
    };
    draft.put(SectionName::Narrative, serde_json::json!({ "summary": "invented" }));
    let place = Placement {
        lineage,
        revision,
        collected: None,
        originator: originator.parse().unwrap(),
        unit: "NCB-PARIS".parse().unwrap(),
        issued: today().start(),
    };
    Arc::new(draft.seal(&place, &SigningKey::from_bytes(&[1; 32]), || [salt; 16]).unwrap())
}

fn store(records: &[(Arc<Record>, RecordSource)]) -> Store {
    let store =
        Store::open(Arc::new(MemoryEngine::new()) as Arc<dyn chancery_store::engine::Engine>, Incarnation(1)).unwrap();
    for (place, (record, source)) in (1..).zip(records) {
        let label = Label::of(record);
        let id = store.label_id(&label.hash()).unwrap();
        let mut changes = Vec::new();
        let id = id.unwrap_or_else(|| {
            let id = store.label_end().unwrap();
            changes.push(Change::Label { id, hash: label.hash(), bytes: label.to_bytes() });
            id
        });
        changes.push(accepted(record, source, place, id));
        store.commit(&changes).unwrap();
    }
    store
}

fn accepted(record: &Arc<Record>, source: &RecordSource, place: u64, label: LabelId) -> Change {
    Change::Accept(Box::new(Acceptance {
        record: Arc::clone(record),
        label,
        position: JournalPosition(place),
        source_reference: None,
        source: source.clone(),
        at: today().start(),
    }))
}

fn analyst() -> User {
    user(&[Role::Analyst], &[Purpose::Investigation], Classification::Secret)
}

fn named(store: &Store, name: &str) -> Result<RecordId, Problem> {
    let user = analyst();
    find(store, &Viewer { user: &user, today: today() }, name).map(|found| found.held.record.id())
}

#[test]
fn a_lineage_names_its_current_version_and_a_beginning_its_record() {
    let first = record(0xaa, 5, "FR", Purpose::Investigation, 1);
    let second = record(0xaa, 9, "FR", Purpose::Investigation, 2);
    let store = store(&[(Arc::clone(&first), RecordSource::Own), (Arc::clone(&second), RecordSource::Own)]);
    assert_eq!(named(&store, &"aa".repeat(16)).unwrap(), second.id());
    assert_eq!(named(&store, &first.id().to_string()).unwrap(), first.id());
    assert_eq!(named(&store, &first.id().to_string()[..12]).unwrap(), first.id());
}

#[test]
fn absent_and_forbidden_look_the_same() {
    let hidden = record(0xbb, 1, "FR", Purpose::BorderControl, 1);
    let id = hidden.id().to_string();
    let with = store(&[(hidden, RecordSource::Own)]);
    let without = store(&[]);
    for name in [id.as_str(), &id[..16], &"bb".repeat(16), &"bb".repeat(8)] {
        let forbidden = named(&with, name).unwrap_err();
        assert_eq!(forbidden, named(&without, name).unwrap_err());
        assert_eq!(forbidden, Problem::nothing_named(name));
    }
}

#[test]
fn what_more_than_one_thing_answers_to_looks_the_same_as_nothing() {
    let mut sibling = [0xaa; 16];
    sibling[15] = 0xab;
    let store = store(&[
        (record(0xaa, 1, "FR", Purpose::Investigation, 1), RecordSource::Own),
        (record_of(Lineage(sibling), 1, "FR", Purpose::Investigation, 2), RecordSource::Own),
    ]);
    assert_eq!(named(&store, "aaaaaaaa").unwrap_err(), Problem::nothing_named("aaaaaaaa"));
    assert!(named(&store, &"aa".repeat(16)).is_ok());
    assert_eq!(named(&store, "zz").unwrap_err().exit, Exit::Usage.code(), "no name at all");
}

#[test]
fn contradicting_versions_are_both_refused() {
    let one = record(0xcc, 4, "FR", Purpose::Investigation, 1);
    let other = record(0xcc, 4, "FR", Purpose::Investigation, 2);
    let store = store(&[(Arc::clone(&one), RecordSource::Own), (Arc::clone(&other), RecordSource::Own)]);
    let problem = named(&store, &"cc".repeat(16)).unwrap_err();
    assert!(problem.what.contains("contradict"));
    assert!(problem.next.unwrap().contains(&one.id().to_string()));
    assert_eq!(named(&store, &one.id().to_string()).unwrap(), one.id());
}

#[test]
fn only_own_lineages_are_taken_back() {
    let own: Country = "FR".parse().unwrap();
    let mine = record(0xdd, 1, "FR", Purpose::Investigation, 1);
    let store = store(&[(Arc::clone(&mine), RecordSource::Own)]);
    let user = analyst();
    let viewer = Viewer { user: &user, today: today() };
    assert_eq!(own_lineage(&store, &viewer, own, &mine.id().to_string()).unwrap(), Lineage([0xdd; 16]));
    let german: Country = "DE".parse().unwrap();
    let problem = own_lineage(&store, &viewer, german, &mine.id().to_string()).unwrap_err();
    assert_eq!(problem.exit, Exit::NotAllowed.code());
    assert_eq!(
        own_lineage(&store, &viewer, own, &"ee".repeat(16)).unwrap_err(),
        Problem::nothing_named(&"ee".repeat(16))
    );
}
