//! What may go to whom, decided naively: a second opinion that shares nothing with the compiled law.

use std::collections::{BTreeMap, BTreeSet};

use chancery_record::{Country, Date, Manifest, Purpose, Record, ReleasableTo, SectionName, SectionSet};

use crate::accord::{Accord, Pact, keeps_sources};

/// The treaties that a node has in force, by their number in the world.
pub type InForce = BTreeMap<usize, Accord>;

/// Which sections may go for which purposes from one country to another on a day.
pub fn may_go(
    record: &Record,
    from: Country,
    to: Country,
    today: Date,
    pacts: &[Pact],
    in_force: &InForce,
) -> BTreeSet<(SectionName, Purpose)> {
    let mut allowed = by_treaty(record, from, to, today, pacts, in_force);
    allowed.retain(|(section, _)| *section != SectionName::Source || !keeps_sources(from));
    allowed
}

/// Which sections a receiver may keep, who cannot see the sender's own law, and whose day may be a day behind.
pub fn may_be_kept(
    record: &Record,
    from: Country,
    to: Country,
    today: Date,
    pacts: &[Pact],
    in_force: &InForce,
) -> SectionSet {
    let on = |day| sections(&by_treaty(record, from, to, day, pacts, in_force));
    on(today).union(on(today.plus_days(1)))
}

fn by_treaty(
    record: &Record,
    from: Country,
    to: Country,
    today: Date,
    pacts: &[Pact],
    in_force: &InForce,
) -> BTreeSet<(SectionName, Purpose)> {
    let Manifest { tags, originator, collected, expires, .. } = record.manifest();
    let mut allowed = BTreeSet::new();
    if *originator != from || today >= *expires || !names(record, to) {
        return allowed;
    }
    for (number, accord) in in_force {
        let wording = accord.wording();
        let offences = tags.offences.as_ref();
        let holds = pacts.get(*number).is_some_and(|pact| pact.binds(from) && pact.binds(to))
            && tags.classification.is_some_and(|level| level <= wording.up_to)
            && (wording.older_than_days == 0 || collected.plus_days(wording.older_than_days) <= today)
            && wording.bars.is_none_or(|barred| offences.is_some_and(|offences| !offences.contains(&barred)));
        if !holds {
            continue;
        }
        for section in record.sections_with_content().iter().filter(|section| wording.sections.contains(section)) {
            let purposes = tags.purposes.iter().filter(|purpose| wording.purposes.contains(purpose));
            allowed.extend(purposes.map(|purpose| (section, *purpose)));
        }
    }
    allowed
}

/// The sections among them.
pub fn sections(allowed: &BTreeSet<(SectionName, Purpose)>) -> SectionSet {
    allowed.iter().map(|(section, _)| *section).collect()
}

fn names(record: &Record, to: Country) -> bool {
    let Some(audience) = record.audience() else { return false };
    let named = match &audience.releasable_to {
        ReleasableTo::Any => true,
        ReleasableTo::Only(entries) => entries.iter().any(|entry| entry.country() == to),
    };
    named && !audience.not_releasable_to.iter().any(|entry| entry.country() == to)
}
