//! What is wrong with something a person or an import wrote, each fault with the place where it stands.

use std::fmt;

use serde::Serialize;

use crate::limits::FAULTS_MAX;

/// One thing to mend, or to think about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where it stands, as in `identity.aliases[2].name`; empty where it is the whole.
    pub path: String,
    /// What is wrong and what would be right.
    pub message: String,
}

/// All that was found in one reading: faults stop a publication, warnings do not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// What must be mended; at most [`FAULTS_MAX`].
    pub faults: Vec<Fault>,
    /// What should be looked at; at most [`FAULTS_MAX`].
    pub warnings: Vec<Fault>,
}

impl Fault {
    /// A fault at `path`.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() { out.write_str(&self.message) } else { write!(out, "{}: {}", self.path, self.message) }
    }
}

impl std::error::Error for Fault {}

impl Findings {
    /// Notes a fault.
    ///
    /// INVARIANT (everything is bounded): what passes the limit is not kept; the file is refused all the same.
    pub fn fault(&mut self, path: impl Into<String>, message: impl Into<String>) {
        let fault = Fault::new(path, message);
        if self.faults.len() < FAULTS_MAX && !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    /// Notes a warning.
    pub fn warning(&mut self, path: impl Into<String>, message: impl Into<String>) {
        if self.warnings.len() < FAULTS_MAX {
            self.warnings.push(Fault::new(path, message));
        }
    }
}
