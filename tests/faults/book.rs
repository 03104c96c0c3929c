//! What people asked of their nodes, and what the nodes acknowledged.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::world::World;
use crate::network::car;

/// Everything that was ever published, by the publisher's own number.
#[derive(Default)]
pub struct Book {
    pub entries: BTreeMap<String, Entry>,
    /// The references of what was acknowledged and nobody has asked to withdraw, by originator.
    standing: BTreeMap<String, Vec<String>>,
}

/// One record with all of its versions.
pub struct Entry {
    pub originator: String,
    pub audience: Audience,
    /// As acknowledged.
    pub lineage: Option<String>,
    /// The ids of its versions that were acknowledged, in order.
    pub acknowledged: Vec<String>,
    /// Whether a version was asked for after the last that was acknowledged: it may be there or not.
    pub is_in_doubt: bool,
    pub withdrawal: Withdrawal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withdrawal {
    Never,
    /// Asked for without an answer: it may hold or not.
    Asked,
    Acknowledged,
}

/// To whom a record may go.
#[derive(Clone, Debug)]
pub enum Audience {
    /// Every partner.
    Partners,
    /// This country, if it is a partner.
    Only(String),
    /// It names nobody.
    Nobody,
    /// Every partner, but under a restriction that a person must read.
    Restricted,
}

impl Audience {
    /// A decision of its own, to hold the nodes' against: who may have it, in a world of police treaties.
    pub fn entitles(&self, world: &World, originator: &str, to: &str) -> bool {
        world.are_partners(originator, to)
            && match self {
                Self::Partners => true,
                Self::Only(country) => country == to,
                Self::Nobody | Self::Restricted => false,
            }
    }

    /// A stolen car for this audience.
    pub fn draft(&self, reference: &str, version: usize) -> Value {
        let mut draft = car(reference, &format!("colour {version}"));
        match self {
            Self::Partners => {}
            Self::Only(country) => draft["audience"] = json!({ "releasable_to": [country] }),
            Self::Nobody => drop(draft.as_object_mut().unwrap().remove("audience")),
            Self::Restricted => {
                draft["tags"]["handling"] = json!(["H3"]);
                draft["audience"]["h3_text"] = json!("ask before any use");
            }
        }
        draft
    }
}

impl Book {
    /// Notes that a first version is about to be asked for.
    pub fn begin(&mut self, reference: &str, originator: &str, audience: Audience) {
        let entry = Entry {
            originator: originator.to_owned(),
            audience,
            lineage: None,
            acknowledged: Vec::new(),
            is_in_doubt: true,
            withdrawal: Withdrawal::Never,
        };
        assert!(self.entries.insert(reference.to_owned(), entry).is_none());
    }

    /// Notes what a node answered to a draft.
    pub fn acknowledge(&mut self, row: &Value) {
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        let entry = self.entries.get_mut(&text("source_reference")).unwrap_or_else(|| panic!("nobody published {row}"));
        assert!(entry.lineage.as_ref().is_none_or(|known| *known == text("lineage")), "two lineages: {row}");
        if entry.lineage.is_none() {
            self.standing.entry(entry.originator.clone()).or_default().push(text("source_reference"));
        }
        entry.lineage = Some(text("lineage"));
        entry.acknowledged.push(text("id"));
        entry.is_in_doubt = false;
    }

    /// The references of the entries that can be amended or withdrawn.
    pub fn standing(&self, originator: &str) -> &[String] {
        self.standing.get(originator).map_or(&[], Vec::as_slice)
    }

    /// Notes that a withdrawal is about to be asked for; the lineage to ask for.
    pub fn begin_withdrawal(&mut self, reference: &str) -> String {
        let entry = self.entries.get_mut(reference).unwrap();
        entry.withdrawal = Withdrawal::Asked;
        self.standing.get_mut(&entry.originator).unwrap().retain(|standing| standing != reference);
        entry.lineage.clone().unwrap()
    }

    /// Notes that a node answered that it withdrew an entry.
    pub fn acknowledge_withdrawal(&mut self, reference: &str) {
        self.entries.get_mut(reference).unwrap().withdrawal = Withdrawal::Acknowledged;
    }

    /// Takes in the book of others.
    pub fn join(&mut self, other: Self) {
        self.entries.extend(other.entries);
    }

    /// How many entries were acknowledged, and how many withdrawals.
    pub fn counts(&self) -> (usize, usize) {
        let acknowledged = self.entries.values().filter(|entry| entry.lineage.is_some()).count();
        let withdrawn = self.entries.values().filter(|entry| entry.withdrawal == Withdrawal::Acknowledged).count();
        (acknowledged, withdrawn)
    }
}
