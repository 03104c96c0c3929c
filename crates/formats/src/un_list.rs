//! The consolidated list of the United Nations Security Council.

mod birth;
mod identity;
mod listing;
mod measures;

use std::collections::BTreeSet;
use std::io::BufRead;

use crate::import::{Excess, ImportCause, ImportFault, ImportOptions, Imported};
use crate::limits::LIST_ENTRIES_MAX;
use crate::xml::entries::{Entries, ListForm};

/// Reads the list entry by entry, in its order, with bounded memory; a broken entry is reported and the rest is read.
pub fn un_list<R: BufRead>(input: R, options: &ImportOptions) -> UnList<R> {
    UnList {
        entries: Entries::new(input, &LIST),
        options: options.clone(),
        numbers: BTreeSet::new(),
        individuals: 0,
        entities: 0,
    }
}

/// The reading of a list, made by [`un_list`]. What it tells of the list as a whole is known when it has ended.
pub struct UnList<R> {
    entries: Entries<R>,
    options: ImportOptions,
    numbers: BTreeSet<String>,
    individuals: usize,
    entities: usize,
}

impl<R: BufRead> UnList<R> {
    /// When the list says it was generated, as it is written there. Stands in no record, which would otherwise change
    /// with every list.
    pub fn generated(&self) -> Option<&str> {
        self.entries.root_attribute("dateGenerated")
    }

    /// Individuals met so far, those with faults of their content included.
    pub fn individuals(&self) -> usize {
        self.individuals
    }

    /// Entities met so far, those with faults of their content included.
    pub fn entities(&self) -> usize {
        self.entities
    }

    /// Whether the list was read to its very end: only then is an entry that was not met gone from it.
    pub fn is_complete(&self) -> bool {
        self.entries.is_complete()
    }
}

impl<R: BufRead> Iterator for UnList<R> {
    type Item = Result<Imported, ImportFault>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = match self.entries.next()? {
            Ok(entry) => entry,
            Err(fault) => return Some(Err(fault)),
        };
        if self.individuals + self.entities >= LIST_ENTRIES_MAX {
            self.entries.stop();
            return Some(Err(ImportFault::file(entry.place, ImportCause::TooMuch(Excess::ListEntries))));
        }
        match listing::Subject::of(&entry.element) {
            listing::Subject::Individual => self.individuals += 1,
            listing::Subject::Entity => self.entities += 1,
        }
        let number = match listing::number(&entry.element) {
            Ok(number) => number,
            Err(cause) => return Some(Err(ImportFault::entry(entry.place, cause))),
        };
        if !self.numbers.insert(number.clone()) {
            return Some(Err(ImportFault::entry(entry.place, ImportCause::Twice).of(Some(number))));
        }
        let imported = listing::import(entry.element, number.clone(), &self.options);
        Some(imported.map_err(|cause| ImportFault::entry(entry.place, cause).of(Some(number))))
    }
}

const LIST: ListForm =
    ListForm { root: "CONSOLIDATED_LIST", parts: &[("INDIVIDUALS", "INDIVIDUAL"), ("ENTITIES", "ENTITY")] };

#[cfg(test)]
mod real_list;
#[cfg(test)]
mod tests;
