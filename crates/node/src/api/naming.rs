//! From the name that a caller gives to the one copy it names, among those the caller may see.

use std::collections::BTreeSet;

use chancery_exchange::{HeldRecord, Holdings};
use chancery_record::{Country, Lineage, RecordId};
use chancery_store::{Current, NotAName, Resolved, Standing, Store};

use super::limits::NAME_BYTES_MAX;
use super::problem::Problem;
use super::view::{Bound, Viewer};
use crate::exit::Exit;

/// A copy that the caller may know of.
pub struct Found {
    /// The copy.
    pub held: HeldRecord,
    /// What binds it.
    pub bound: Bound,
    /// How it stands in its lineage.
    pub standing: Standing,
}

/// Finds the copy that a lineage, an id or the beginning of either names. A lineage names its current version.
pub fn find(store: &Store, viewer: &Viewer<'_>, name: &str) -> Result<Found, Problem> {
    match resolve(store, name)? {
        Resolved::Record(id) => visible(store, viewer, &id)?.ok_or_else(|| Problem::nothing_named(name)),
        Resolved::Lineage(lineage, versions) => {
            let originators: BTreeSet<Country> = versions.iter().map(|version| version.originator).collect();
            let mut found = Vec::new();
            for originator in originators {
                found.extend(current(store, viewer, originator, &lineage)?);
            }
            // Who borrows a lineage must not stand in the way of the country whose it is.
            match (found.len(), found.pop()) {
                (1, Some(only)) => Ok(only),
                _ => Err(Problem::nothing_named(name)),
            }
        }
        Resolved::Nothing | Resolved::Ambiguous => Err(Problem::nothing_named(name)),
    }
}

/// The lineage of an own record, held or once held, that the caller may know of.
pub fn own_lineage(store: &Store, viewer: &Viewer<'_>, own: Country, name: &str) -> Result<Lineage, Problem> {
    let (lineage, versions) = match resolve(store, name)? {
        Resolved::Lineage(lineage, versions) => (lineage, versions),
        Resolved::Record(id) => match lineage_of(store, &id)? {
            Some(lineage) => (lineage, store.lineage_versions(&lineage)?),
            None => return Err(Problem::nothing_named(name)),
        },
        Resolved::Nothing | Resolved::Ambiguous => return Err(Problem::nothing_named(name)),
    };
    let mut foreign = false;
    let mut deleted = false;
    for version in &versions {
        let seen = visible(store, viewer, &version.record)?;
        if version.originator == own {
            if seen.is_some() {
                return Ok(lineage);
            }
            deleted |= store.copy(&version.record)?.is_none();
        } else {
            foreign |= seen.is_some();
        }
    }
    if foreign {
        return Err(Problem::new(Exit::NotAllowed, format!("`{lineage}` was sealed by another country"))
            .because("only the country that sealed a record may take it back or knows every holder"));
    }
    // Of what was deleted nothing is left that could be secret but its name, which the caller had.
    if deleted { Ok(lineage) } else { Err(Problem::nothing_named(name)) }
}

fn resolve(store: &Store, name: &str) -> Result<Resolved, Problem> {
    if name.len() > NAME_BYTES_MAX {
        return Err(Problem::usage(format!("a name has at most {NAME_BYTES_MAX} characters")));
    }
    store.resolve(name).map_err(|fault| match fault {
        NotAName::Form(_) => Problem::usage(fault.to_string()),
        NotAName::Read(fault) => fault.into(),
    })
}

fn current(
    store: &Store,
    viewer: &Viewer<'_>,
    originator: Country,
    lineage: &Lineage,
) -> Result<Option<Found>, Problem> {
    match store.current(originator, lineage)? {
        Current::Version(copy) => visible(store, viewer, &copy.id),
        Current::Conflict([one, other]) => {
            let mut seen = Vec::new();
            for id in [one, other] {
                seen.extend(visible(store, viewer, &id)?.map(|_| format!("`{id}`")));
            }
            if seen.is_empty() {
                return Ok(None);
            }
            Err(Problem::new(Exit::Failed, format!("`{lineage}` has two versions that contradict each other"))
                .because("its originator sealed both under one number, so neither is current")
                .next(format!("ask the originator; what can be looked at by its id is {}", seen.join(" and "))))
        }
        Current::Deleted(_) | Current::Unknown => Ok(None),
    }
}

fn visible(store: &Store, viewer: &Viewer<'_>, id: &RecordId) -> Result<Option<Found>, Problem> {
    let Some(held) = store.held(id)? else { return Ok(None) };
    let bound = Bound::of(&held);
    if !viewer.sees_manifest(&bound) {
        return Ok(None);
    }
    let Some(standing) = store.standing(id)? else { return Ok(None) };
    Ok(Some(Found { held, bound, standing }))
}

fn lineage_of(store: &Store, id: &RecordId) -> Result<Option<Lineage>, Problem> {
    if let Some(copy) = store.copy(id)? {
        return Ok(Some(copy.lineage));
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
