//! What must hold of a draft before it may be sealed, whoever wrote it.

use serde_json::Value;

use super::Placement;
use crate::body;
use crate::body::shape::Reading;
use crate::limits::{
    AUDIENCE_ENTRIES_MAX, MANIFEST_BYTES_MAX, RECORD_BYTES_MAX, SECTION_BODY_BYTES_MAX, SHORT_TEXT_BYTES_MAX,
    TAG_VALUES_MAX,
};
use crate::{
    Date, Draft, DraftSection, Findings, Handling, Kind, Minors, Offence, Penalty, ReleasableTo, SectionName, Set,
    Status,
};

impl Draft {
    /// All that stands against publishing this draft; what depends on the day or the publisher is
    /// [`Draft::findings_at`].
    pub fn findings(&self) -> Findings {
        let mut at = Reading::default();
        check(self, &mut at);
        at.findings
    }

    /// As [`Draft::findings`], with what only the place and day of publication decide.
    pub fn findings_at(&self, place: &Placement) -> Findings {
        let mut at = Reading::default();
        check(self, &mut at);
        check_place(self, place, &mut at);
        at.findings
    }

    /// What must be mended before this draft may be published.
    pub fn faults(&self) -> Vec<crate::Fault> {
        self.findings().faults
    }

    /// What should be looked at before this draft is published.
    pub fn warnings(&self) -> Vec<crate::Fault> {
        self.findings().warnings
    }
}

pub(super) fn check(draft: &Draft, at: &mut Reading) {
    if !draft.kind.is_publishable() {
        let message = format!("records of kind `{}` are known here but cannot be published yet", draft.kind);
        at.within("kind", |at| at.fault(message));
        return;
    }
    check_sections(draft, at);
    check_dates(draft, at);
    at.within("tags", |at| check_tags(draft, at));
    at.within("audience", |at| check_audience(draft, at));
    check_section_tags(draft, at);
    body::check(draft, at);
}

fn check_sections(draft: &Draft, at: &mut Reading) {
    let known = draft.kind.sections();
    let mut length = audience_length(draft);
    for (index, section) in draft.sections.iter().enumerate() {
        let name = section.name;
        at.within(name.word(), |at| {
            if name == SectionName::Audience {
                at.fault("the audience is stated once, apart from the sections");
            } else if !known.contains(&name) {
                let names: Vec<&str> = known.iter().map(|name| name.word()).collect();
                at.fault(format!("a record of kind `{}` has no such section; it has {}", draft.kind, names.join(", ")));
            }
            if draft.sections.iter().take(index).any(|earlier| earlier.name == name) {
                at.fault("the section stands twice");
            }
            let bytes = serde_json::to_vec(&section.body).map_or(usize::MAX, |bytes| bytes.len());
            if bytes > SECTION_BODY_BYTES_MAX {
                at.fault(format!("longer than {SECTION_BODY_BYTES_MAX} bytes"));
            }
            length = length.saturating_add(bytes);
        });
    }
    if length > RECORD_BYTES_MAX - 2 * MANIFEST_BYTES_MAX {
        at.fault(format!("the sections together are longer than a record may be, {RECORD_BYTES_MAX} bytes"));
    }
}

fn audience_length(draft: &Draft) -> usize {
    serde_json::to_vec(&draft.audience).map_or(usize::MAX, |bytes| bytes.len())
}

fn check_dates(draft: &Draft, at: &mut Reading) {
    if let (Some(expires), Some(collected)) = (draft.expires, draft.collected) {
        check_expiry(draft.kind, expires, collected, at);
    }
    if let (Some(review), Some(expires)) = (draft.review, draft.expires)
        && review > expires
    {
        at.within("review", |at| at.fault("lies after the expiry"));
    }
}

fn check_expiry(kind: Kind, expires: Date, collected: Date, at: &mut Reading) {
    let years = kind.retention_years_max();
    let latest = collected.plus_years(years);
    at.within("expires", |at| {
        if expires > latest {
            at.fault(format!(
                "`{expires}` lies beyond the longest retention of `{kind}`, {years} years from the collection: {latest}"
            ));
        } else if expires <= collected {
            at.fault(format!("`{expires}` does not lie after the collection, {collected}"));
        }
    });
}

/// What depends on who publishes, and when.
fn check_place(draft: &Draft, place: &Placement, at: &mut Reading) {
    let today = place.issued.date();
    let collected = place.collected.or(draft.collected).unwrap_or(today);
    if collected > today {
        at.within("collected", |at| at.fault(format!("`{collected}` lies in the future")));
    }
    if let Some(expires) = draft.expires {
        check_expiry(draft.kind, expires, collected, at);
        if expires <= today {
            at.within("expires", |at| at.fault(format!("`{expires}` has passed")));
        }
    } else if draft.expiry_on(today, collected) <= today {
        at.within("collected", |at| at.fault("the longest retention of the kind has passed since the collection"));
    }
    body::check_originator(draft, place.originator, at);
}

fn check_tags(draft: &Draft, at: &mut Reading) {
    let tags = &draft.tags;
    let stated = [
        ("handling", tags.handling.is_some()),
        ("tlp", tags.tlp.is_some()),
        ("classification", tags.classification.is_some()),
        ("offences", tags.offences.is_some()),
        ("penalty", tags.penalty != Penalty::Unknown),
        ("minors", tags.minors != Minors::Unknown),
        ("obtained_by", tags.obtained_by.is_some()),
        ("sensitive", tags.sensitive.is_some()),
    ];
    for (tag, _) in stated.into_iter().filter(|(_, is_stated)| !is_stated) {
        let message = format!("not stated; no treaty can release a record that does not state `{tag}`");
        at.within(tag, |at| at.warning(message));
    }
    if tags.purposes.is_empty() {
        at.within("purposes", |at| at.warning("not stated; a record without purposes can be used for nothing"));
    }
    if let Some(codes) = &tags.handling
        && codes.contains(&Handling::H0)
        && codes.len() > 1
    {
        at.within("handling", |at| at.fault("H0 stands alone, or one or more of H1, H2, H3 without it"));
    }
    not_empty(at, "handling", &tags.handling, "H0");
    not_empty(at, "offences", &tags.offences, Offence::None.word());
    not_empty(at, "statuses", &tags.statuses, Status::None.word());
    not_empty(at, "obtained_by", &tags.obtained_by, "open");
    none_alone(at, "offences", &tags.offences, Offence::None);
    none_alone(at, "statuses", &tags.statuses, Status::None);
    match (tags.minors, tags.minor_until) {
        (Minors::No, Some(_)) => at.within("minor_until", |at| at.fault("stated though `minors` is `no`")),
        (Minors::Yes, None) => at.within("minor_until", |at| {
            at.warning("not stated; protection of minors then never ends for this record");
        }),
        _ => {}
    }
    for (name, text) in [("operation", &tags.operation), ("zone", &tags.zone)] {
        at.within(name, |at| short_text(text.as_deref(), at));
    }
    if tags.purposes.len() > TAG_VALUES_MAX {
        at.within("purposes", |at| at.fault(format!("more than {TAG_VALUES_MAX} words")));
    }
}

fn not_empty<T: Ord>(at: &mut Reading, tag: &str, values: &Option<Set<T>>, nothing: &str) {
    if values.as_ref().is_some_and(Set::is_empty) {
        at.within(tag, |at| at.fault(format!("names at least one word; `{nothing}` where there is nothing to name")));
    }
}

fn none_alone<T: Ord>(at: &mut Reading, tag: &str, values: &Option<Set<T>>, none: T) {
    if values.as_ref().is_some_and(|values| values.contains(&none) && values.len() > 1) {
        at.within(tag, |at| at.fault("`none` stands beside another word"));
    }
}

fn short_text(text: Option<&str>, at: &mut Reading) {
    if let Some(text) = text {
        if text.len() > SHORT_TEXT_BYTES_MAX {
            at.fault(format!("longer than {SHORT_TEXT_BYTES_MAX} bytes"));
        }
        if text.chars().any(char::is_control) {
            at.fault("control characters in it");
        }
    }
}

fn check_audience(draft: &Draft, at: &mut Reading) {
    let audience = &draft.audience;
    let named = match &audience.releasable_to {
        ReleasableTo::Any => 0,
        ReleasableTo::Only(addressees) => addressees.len(),
    };
    for (field, entries) in [
        ("releasable_to", named),
        ("not_releasable_to", audience.not_releasable_to.len()),
        ("onward_to", audience.onward_to.len()),
        ("protective_reasons", audience.protective_reasons.len()),
    ] {
        if entries > AUDIENCE_ENTRIES_MAX {
            at.within(field, |at| at.fault(format!("more than {AUDIENCE_ENTRIES_MAX} entries")));
        }
    }
    for (index, reason) in audience.protective_reasons.iter().take(AUDIENCE_ENTRIES_MAX).enumerate() {
        at.within("protective_reasons", |at| at.at_entry(index, |at| short_text(Some(reason), at)));
    }
    at.within("h3_text", |at| short_text(audience.h3_text.as_deref(), at));
    let codes = draft.tags.handling.iter().chain(draft.sections.iter().map(|section| &section.tags.handling));
    let has_h3 = codes.into_iter().any(|codes| codes.contains(&Handling::H3));
    let says_why = audience.h3_text.as_ref().is_some_and(|text| !text.trim().is_empty());
    if has_h3 && !says_why {
        at.within("h3_text", |at| at.fault("missing; handling code H3 stands for a restriction put in words"));
    }
    if !has_h3 && audience.h3_text.is_some() {
        at.within("h3_text", |at| at.fault("stated, but no handling code H3 stands on the record or a section"));
    }
    if draft.kind == Kind::Diffusion && audience.releasable_to == ReleasableTo::Any {
        at.within("releasable_to", |at| at.fault("a diffusion goes to chosen countries: name them"));
    }
}

fn check_section_tags(draft: &Draft, at: &mut Reading) {
    let check = |section: &DraftSection, at: &mut Reading| {
        let tags = &section.tags;
        if tags.handling.contains(&Handling::H0) {
            at.within("handling", |at| at.fault("H0 stands on a whole record, not on a section"));
        }
        let looser = (tags.tlp.is_some() && tags.tlp < draft.tags.tlp)
            || (tags.classification.is_some() && tags.classification < draft.tags.classification);
        if looser {
            at.warning("looser than the record's own conditions, which count");
        }
        if tags.purposes.as_ref().is_some_and(Set::is_empty) {
            at.within("purposes", |at| at.warning("no purpose is left; nobody can use the section"));
        }
    };
    at.within("section_tags", |at| {
        for section in &draft.sections {
            at.within(section.name.word(), |at| check(section, at));
        }
    });
}

/// A section's body, where the draft has it.
pub(crate) fn body_of(draft: &Draft, name: SectionName) -> Option<&Value> {
    draft.sections.iter().find(|section| section.name == name).map(|section| &section.body)
}
