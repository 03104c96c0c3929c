//! What of a copy a user may see: within the terms it is held under, the user's purposes, unit and clearance.

use chancery_exchange::{HeldRecord, LabelId, RecordSource};
use chancery_record::{Classification, Date, Purpose, SectionName, SectionSet, Set};
use chancery_store::Standing;
use chancery_treaty::{Label, Terms};

use crate::config::{Role, User};

/// The tags of a copy with what binds it here; its content is not needed to say who may see it.
#[derive(Clone, Debug)]
pub struct Bound {
    /// The record's tags and those of its sections.
    pub label: Label,
    /// From when on it is gone.
    pub expires: Date,
    /// Where it came from.
    pub binding: Binding,
}

/// What a copy is held under.
#[derive(Clone, Debug)]
pub enum Binding {
    /// It was sealed here.
    Own,
    /// The terms that the receiver's own decision left.
    Terms(Box<Terms>),
    /// Terms that cannot be read, so that nothing is known to be allowed.
    Unreadable,
}

/// The eyes of one user on one day.
#[derive(Clone, Copy, Debug)]
pub struct Viewer<'a> {
    /// Who looks.
    pub user: &'a User,
    /// When.
    pub today: Date,
}

impl Bound {
    /// What binds a copy as it is held.
    pub fn of(held: &HeldRecord) -> Self {
        Self {
            label: Label::of(&held.record),
            expires: held.record.manifest().expires,
            binding: Binding::of(&held.source),
        }
    }

    /// What the copy may be used for here, whoever asks.
    pub fn purposes(&self) -> Set<Purpose> {
        match &self.binding {
            Binding::Own => self.label.tags.purposes.clone(),
            Binding::Terms(terms) => terms.purposes(),
            Binding::Unreadable => Set::default(),
        }
    }

    fn is_own(&self) -> bool {
        matches!(self.binding, Binding::Own)
    }
}

impl Binding {
    /// What a copy from there is held under.
    pub fn of(source: &RecordSource) -> Self {
        match source {
            RecordSource::Own => Self::Own,
            RecordSource::Delivered { narrowed, .. } => match Terms::from_bytes(narrowed) {
                Ok(terms) => Self::Terms(Box::new(terms)),
                Err(_) => Self::Unreadable,
            },
        }
    }
}

impl Viewer<'_> {
    /// Whether the user may know that the record is there, and read its manifest. No field of a person stands in it.
    pub fn sees_manifest(&self, bound: &Bound) -> bool {
        if self.today >= bound.expires || !self.cleared_for(bound.label.tags.classification) {
            return false;
        }
        // Who explains, runs or audits works with the manifests of the own register, and an auditor with all.
        let by_office = self.user.is(Role::Auditor)
            || (bound.is_own()
                && [Role::Officer, Role::Operator, Role::Engineer].iter().any(|role| self.user.is(*role)));
        by_office || self.user.purposes.iter().any(|purpose| !self.sections(bound, *purpose).is_empty())
    }

    /// The sections whose content the user may read for a purpose.
    ///
    /// INVARIANT (terms stay with the copy): what another country sealed is found and used within the narrowed terms
    /// only: its section, for its purpose, by its units, until its day.
    pub fn sections(&self, bound: &Bound, purpose: Purpose) -> SectionSet {
        if self.today >= bound.expires || !self.user.purposes.contains(&purpose) {
            return SectionSet::EMPTY;
        }
        let readable = bound.label.sections.iter().filter(|(_, own)| {
            let tags = own.narrow(&bound.label.tags);
            tags.purposes.contains(&purpose) && self.cleared_for(tags.classification)
        });
        readable.map(|(name, _)| *name).filter(|name| self.permitted(bound, *name, purpose)).collect()
    }

    /// The sections that the user may read for some purpose.
    pub fn sections_for_any(&self, bound: &Bound) -> SectionSet {
        self.user.purposes.iter().fold(SectionSet::EMPTY, |seen, purpose| seen.union(self.sections(bound, *purpose)))
    }

    fn permitted(&self, bound: &Bound, section: SectionName, purpose: Purpose) -> bool {
        match &bound.binding {
            Binding::Own => true,
            Binding::Terms(terms) => terms.permit(section, purpose, &self.user.unit, self.today),
            Binding::Unreadable => false,
        }
    }

    /// What states no classification could be of any.
    fn cleared_for(&self, classification: Option<Classification>) -> bool {
        classification.unwrap_or(Classification::TopSecret) <= self.user.clearance
    }
}

/// Whether the content of what stands so may be read at all.
///
/// What was taken back is gone for every reader; what was superseded is read only by who names that very version.
pub fn is_readable(standing: Standing) -> bool {
    !matches!(standing, Standing::Withdrawn | Standing::Recalled)
}

/// What labels mean, remembered while many records are looked at.
#[derive(Debug, Default)]
pub struct LabelMeanings {
    known: std::collections::BTreeMap<LabelId, Label>,
}

impl LabelMeanings {
    /// The meaning of a label, read by `read` the first time. One that cannot be read has none.
    pub fn of<E>(
        &mut self,
        id: LabelId,
        read: impl FnOnce() -> Result<Option<Vec<u8>>, E>,
    ) -> Result<Option<Label>, E> {
        if let Some(label) = self.known.get(&id) {
            return Ok(Some(label.clone()));
        }
        let label = read()?.and_then(|bytes| Label::from_bytes(&bytes).ok());
        if let Some(label) = &label
            && self.known.len() < super::limits::LABELS_REMEMBERED_MAX
        {
            self.known.insert(id, label.clone());
        }
        Ok(label)
    }
}

#[cfg(test)]
mod tests;
