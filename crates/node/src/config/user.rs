//! Who may use this node, and for what.

use std::fmt;
use std::str::FromStr;

use chancery_record::words::UnknownWord;
use chancery_record::{Classification, Purpose, Set, UnitName};
use serde::{Serialize, Serializer};

/// What a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Runs the node: peers, keys, backups.
    Operator,
    /// Publishes and queries.
    Analyst,
    /// Writes, signs and explains treaties and law.
    Officer,
    /// Reads everything and changes nothing.
    Auditor,
    /// Imports from and exports to other systems.
    Engineer,
}

/// A user of this node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The name in the audit log.
    pub name: String,
    /// The user id by which the kernel knows the caller.
    pub uid: u32,
    /// What the user may do.
    pub roles: Set<Role>,
    /// The unit the user works for.
    pub unit: UnitName,
    /// The highest classification shown.
    pub clearance: Classification,
    /// What the user may query for.
    pub purposes: Set<Purpose>,
}

impl User {
    /// Whether the user has that role.
    pub fn is(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] = [Self::Operator, Self::Analyst, Self::Officer, Self::Auditor, Self::Engineer];

    /// The word in the configuration.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Analyst => "analyst",
            Self::Officer => "officer",
            Self::Auditor => "auditor",
            Self::Engineer => "engineer",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.word())
    }
}

impl FromStr for Role {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL
            .into_iter()
            .find(|role| role.word() == text)
            .ok_or_else(|| UnknownWord::new("role", text, Self::ALL.into_iter().map(Self::word)))
    }
}

impl Serialize for Role {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.word())
    }
}
