//! What was once seen at a node is there whenever somebody looks again, and what is gone stays gone.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::book::{Book, Withdrawal};

/// Every version that was ever seen, by where it was seen.
#[derive(Default)]
pub struct Sightings {
    seen: BTreeMap<String, BTreeMap<String, Seen>>,
    /// Copies that were seen and are no longer there: their originator must have withdrawn them.
    pub gone: BTreeSet<(String, String)>,
}

/// A version as it was last seen.
struct Seen {
    originator: String,
    state: String,
}

impl Sightings {
    /// Holds a whole list of a node against what was seen there before, and what the node acknowledged.
    pub fn note(&mut self, holder: &str, rows: &[Value], book: &Book) {
        let seen = |row: &Value| Seen { originator: text(row, "originator"), state: text(row, "state") };
        let listed: BTreeMap<String, Seen> = rows.iter().map(|row| (text(row, "id"), seen(row))).collect();
        assert_eq!(listed.len(), rows.len(), "{holder} lists a version twice");
        for id in listed.keys() {
            assert!(!self.gone.contains(&(holder.to_owned(), id.clone())), "{id} was gone from {holder} and is back");
        }
        for (id, before) in self.seen.remove(holder).into_iter().flatten() {
            match listed.get(&id) {
                Some(now) => {
                    let stays = before.state != "withdrawn" || now.state == "withdrawn";
                    assert!(stays, "{id} was withdrawn at {holder} and is {}", now.state);
                }
                None if before.originator == holder => {
                    panic!("{holder} had sealed {id}, {}, and lost it", before.state)
                }
                None => drop(self.gone.insert((holder.to_owned(), id))),
            }
        }
        for (reference, entry) in book.entries.iter().filter(|(_, entry)| entry.originator == holder) {
            for id in &entry.acknowledged {
                let now = listed.get(id).unwrap_or_else(|| panic!("{holder} acknowledged {reference} and lost {id}"));
                let is_withdrawn = now.state == "withdrawn";
                let may_be = match entry.withdrawal {
                    Withdrawal::Never => !is_withdrawn,
                    Withdrawal::Asked => true,
                    Withdrawal::Acknowledged => is_withdrawn,
                };
                assert!(may_be, "{holder} has {reference} as {}, withdrawn: {:?}", now.state, entry.withdrawal);
            }
        }
        self.seen.insert(holder.to_owned(), listed);
    }

    /// Takes in what others saw at other nodes.
    pub fn join(&mut self, other: Self) {
        self.seen.extend(other.seen);
        self.gone.extend(other.gone);
    }
}

pub fn text(row: &Value, name: &str) -> String {
    row[name].as_str().unwrap_or_else(|| panic!("no `{name}` in {row}")).to_owned()
}
