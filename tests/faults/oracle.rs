//! What must be true of all nodes together once nothing fails any more, read from what they export.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::book::{Book, Entry, Withdrawal};
use super::sightings::{Sightings, text};
use super::traffic::MARK;
use super::world::World;
use crate::network::eventually;

/// A version as a node lists it.
struct Held {
    id: String,
    state: String,
    reference: Option<String>,
    lineage: String,
}

/// Waits until everything has come right; the differences that are left after the time fail the run.
pub fn converges(world: &World, book: &Book, within: Duration) -> Duration {
    let begun = Instant::now();
    loop {
        let differences = differences(world, book);
        if differences.is_empty() {
            return begun.elapsed();
        }
        let shown: Vec<&str> = differences.iter().take(SHOWN_MAX).map(String::as_str).collect();
        let count = differences.len();
        assert!(begun.elapsed() < within, "after {within:?}, {count} differences, such as:\n{}", shown.join("\n"));
        thread::sleep(ASK_AGAIN_AFTER);
    }
}

/// What has not come right yet. What can never come right panics at once.
fn differences(world: &World, book: &Book) -> Vec<String> {
    let mut left = Vec::new();
    let mut lists: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for country in world.countries() {
        lists.insert(country, world.network.held(country));
    }
    for originator in world.countries() {
        let own = own_versions(originator, &lists[originator.as_str()], book);
        for holder in world.countries().iter().filter(|holder| *holder != originator) {
            let theirs = versions_of(originator, &lists[holder.as_str()]);
            for id in theirs.keys() {
                assert!(own.contains_key(id), "{holder} holds {id}, which {originator} does not know");
            }
            for version in own.values() {
                let reference = version.reference.as_ref().unwrap();
                let entitled = book.entries[reference].audience.entitles(world, originator, holder);
                let at_holder = theirs.get(&version.id).map(|held| held.state.as_str());
                assert!(at_holder.is_none() || entitled, "{holder} holds {reference} and nothing entitles it");
                let is_right = match version.state.as_str() {
                    "current" if entitled => at_holder == Some("current"),
                    "current" => at_holder.is_none(),
                    state => at_holder.is_none_or(|held| held == state),
                };
                if !is_right {
                    left.push(format!(
                        "{reference} ({}) is {} at {originator}, {at_holder:?} at {holder}",
                        version.id, version.state
                    ));
                }
            }
        }
        left.extend(owing(world, originator, &own));
    }
    left
}

/// The versions that a country sealed, of which every one that it acknowledged must be there.
fn own_versions(originator: &str, rows: &[Value], book: &Book) -> BTreeMap<String, Held> {
    let own = versions_of(originator, rows);
    for version in own.values() {
        let reference = version.reference.as_ref().unwrap_or_else(|| panic!("{} has no reference", version.id));
        let entry = book.entries.get(reference).unwrap_or_else(|| panic!("nobody published {reference}"));
        assert!(entry.lineage.as_ref().is_none_or(|known| *known == version.lineage), "{reference} has two lineages");
    }
    for (reference, entry) in book.entries.iter().filter(|(_, entry)| entry.originator == originator) {
        check_entry(reference, entry, &own);
    }
    own
}

fn check_entry(reference: &str, entry: &Entry, own: &BTreeMap<String, Held>) {
    for id in &entry.acknowledged {
        assert!(own.contains_key(id), "{reference} was acknowledged as {id} and is gone");
    }
    let versions = || own.values().filter(|version| version.reference.as_deref() == Some(reference));
    let states: BTreeSet<&str> = versions().map(|version| version.state.as_str()).collect();
    if states.is_empty() {
        return;
    }
    let is_withdrawn = states.contains("withdrawn");
    assert!(!is_withdrawn || states.len() == 1, "{reference} is withdrawn in part: {states:?}");
    match entry.withdrawal {
        Withdrawal::Never => assert!(!is_withdrawn, "nobody withdrew {reference}"),
        Withdrawal::Asked => {}
        Withdrawal::Acknowledged => assert!(is_withdrawn, "{reference} was withdrawn and is {states:?}"),
    }
    if !is_withdrawn {
        let current: Vec<&str> =
            versions().filter(|version| version.state == "current").map(|version| version.id.as_str()).collect();
        assert_eq!(current.len(), 1, "one version of {reference} stands");
        let latest = entry.acknowledged.last().map(String::as_str);
        assert!(entry.is_in_doubt || latest == Some(current[0]), "{reference}: a version before the last stands");
    }
}

fn versions_of(originator: &str, rows: &[Value]) -> BTreeMap<String, Held> {
    let of_originator = rows.iter().filter(|row| row["originator"] == originator);
    let held = of_originator.map(|row| {
        let deliverer = row["delivered_by"].as_str();
        assert!(deliverer.is_none_or(|deliverer| deliverer == originator), "passed on by another: {row}");
        let reference = row["source_reference"].as_str().map(str::to_owned);
        let held = Held { id: text(row, "id"), state: text(row, "state"), lineage: text(row, "lineage"), reference };
        (held.id.clone(), held)
    });
    held.collect()
}

/// What a node still owes or has not yet sent; what went must have gone under an article of a treaty with that country.
fn owing(world: &World, country: &str, own: &BTreeMap<String, Held>) -> Vec<String> {
    let rows = |line: &str| world.network.rows(country, line);
    let mut left = Vec::new();
    let owed = rows("obligations").into_iter().filter(|row| row["progress"] != "receipted");
    left.extend(owed.map(|row| format!("{country} owes {row}")));
    for row in rows("disclosures") {
        let (to, state) = (text(&row, "country"), text(&row, "state"));
        let articles = row["articles"].as_array().unwrap();
        // Of a version that was replaced before its receipt came, nobody needs to know any more whether it came.
        let stands = own[&text(&row, "id")].state == "current";
        if stands && ["due", "sent", "deferred", "refused"].contains(&state.as_str()) {
            left.push(format!("{country} has {} ({}) for {to} {state}", row["source_reference"], row["id"]));
        }
        if state.ends_with("delivered") {
            assert!(!articles.is_empty(), "{country} let go without an article: {row}");
        }
        for article in articles {
            let treaty = [format!("{country}-{to}-"), format!("{to}-{country}-")].map(|name| name.to_lowercase());
            let named = article.as_str().unwrap();
            assert!(treaty.iter().any(|name| named.starts_with(name)), "{country} let go to {to} under {named}");
        }
    }
    // A withdrawal has a stream of its own, and may come before what it withdraws.
    let refused = rows("quarantine list").into_iter().filter(|row| row["code"] != "withdrawn");
    left.extend(refused.map(|row| format!("{country} refused {row}")));
    assert_eq!(rows("breaches"), Vec::<Value>::new(), "{country} was given more than its treaty allows");
    left
}

/// What was seen while things failed is still there, and what is gone was withdrawn by who sealed it.
pub fn what_was_seen_holds(world: &World, book: &Book, sightings: &mut Sightings) {
    let mut withdrawn = BTreeSet::new();
    for country in world.countries() {
        let rows = world.network.held(country);
        sightings.note(country, &rows, book);
        let own = rows.iter().filter(|row| row["originator"] == country.as_str() && row["state"] == "withdrawn");
        withdrawn.extend(own.map(|row| text(row, "id")));
    }
    for (holder, id) in &sightings.gone {
        assert!(withdrawn.contains(id), "{holder} had {id}, which nobody withdrew, and has it no more");
    }
}

/// Every pair agrees on what was delivered, by the sums that both ends keep and record by record.
pub fn ledgers_agree(world: &World) {
    let both_ways = world.pairs.iter().flat_map(|(one, other)| [(one, other), (other, one)]);
    for (at, peer) in both_ways {
        for thorough in ["", " --thorough"] {
            let line = format!("sync check --peer {peer}{thorough}");
            eventually(&format!("{at} to compare its ledger with {peer}"), || {
                let run = world.network.run(at, &line);
                assert_ne!(run.code, 7, "{at} and {peer} do not agree:\n{}{}", run.stdout, run.stderr);
                (run.code == 0).then_some(())
            });
        }
    }
}

/// The audit log has no gap and a line for everything that was acknowledged.
pub fn audits_agree(world: &World, book: &Book) {
    for country in world.countries() {
        let lines = world.network.rows(country, "audit list");
        let numbers: Vec<u64> = lines.iter().map(|line| line["number"].as_u64().unwrap()).collect();
        assert!(
            numbers.windows(2).all(|pair| pair[0] == pair[1] + 1),
            "a line is missing from the audit log of {country}"
        );
        assert_eq!(numbers.last(), Some(&1), "the audit log of {country} begins late");
        let records = |action: &str| {
            let done = lines.iter().filter(|line| line["action"] == action);
            done.filter_map(|line| line["record"].as_str().map(str::to_owned)).collect::<BTreeSet<String>>()
        };
        let (published, withdrawn) = (records("publish"), records("withdraw"));
        for (reference, entry) in book.entries.iter().filter(|(_, entry)| entry.originator == *country) {
            for id in &entry.acknowledged {
                assert!(published.contains(id), "{country} published {reference} and did not write it down");
            }
            let is_noted = || {
                let lineage = entry.lineage.as_ref().unwrap();
                withdrawn.contains(lineage) || entry.acknowledged.iter().any(|id| withdrawn.contains(id))
            };
            let is_owed = entry.withdrawal == Withdrawal::Acknowledged;
            assert!(!is_owed || is_noted(), "{country} withdrew {reference} and did not write it down");
        }
    }
}

/// No file of a node holds a mark of a record that nothing entitles it to, nor a log the mark of any.
pub fn files_hold_only_what_they_may(world: &World, book: &Book) -> usize {
    let mut marks = 0;
    for holder in world.countries() {
        let content = fs::read(world.network.path(holder, "store/store.redb")).unwrap();
        for reference in references_in(&content) {
            marks += 1;
            let Some(entry) = book.entries.get(&reference) else { continue };
            let allowed = entry.originator == *holder || entry.audience.entitles(world, &entry.originator, holder);
            assert!(allowed, "the store of {holder} holds {reference}, {:?} of {}", entry.audience, entry.originator);
        }
        let log = fs::read(world.network.place.path(&format!("{holder}.log"))).unwrap();
        assert!(!log.is_empty() && references_in(&log).is_empty(), "the log of {holder} holds a record's content");
    }
    marks
}

fn references_in(content: &[u8]) -> BTreeSet<String> {
    let length = MARK.len() + "FR000000".len();
    let found = content.windows(length).filter(|window| window.starts_with(MARK.as_bytes()));
    found.map(|window| String::from_utf8_lossy(window).into_owned()).collect()
}

const SHOWN_MAX: usize = 20;
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(500);
