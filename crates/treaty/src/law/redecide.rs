//! The receiver's own decision on a delivery, by treaty and tags alone.

use chancery_record::{Country, Date, Instant, Onward, Purpose, Record, SectionName, Set, Tlp};
use thiserror::Error;

use super::decision::{Decision, Leg, Row};
use super::onward::OnwardRight;
use super::{Direction, Law, Question};
use crate::dimension::WordSet;
use crate::label::{Label, RecordDates};
use crate::terms::{Terms, TermsRow, UseConditions};
use crate::words::Action;

/// What the receiver makes of a delivery: the narrower of its terms and of its own decision counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redecision {
    /// What binds the copy here.
    pub narrowed: Terms,
    /// Where the delivery exceeds what treaty and tags allow, for the operator to take up with the sender.
    pub breaches: Vec<Breach>,
}

/// One way in which a delivery exceeds what treaty and tags allow.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Breach {
    /// A row that no grant covers, or that a bar of the treaty or a tag holds back.
    #[error("section `{section}` came for {purpose}, which treaty and tags do not allow: {because}")]
    Row {
        /// The section.
        section: SectionName,
        /// The purpose.
        purpose: Purpose,
        /// Why, as decided here.
        because: String,
    },
    /// A section without terms.
    #[error("section `{0}` came without terms that cover it")]
    Section(SectionName),
    /// A colour that binds to units, for a whole country.
    #[error("section `{0}` is for named units only, and its terms name none")]
    Units(SectionName),
    /// A copy that may be kept longer than allowed.
    #[error("the terms keep the copy until {claimed}, where {allowed} is the latest")]
    Keep {
        /// What the terms say.
        claimed: Date,
        /// What is allowed.
        allowed: Date,
    },
    /// An onward right wider than tags and treaty give.
    #[error("the terms give an onward right that tags and treaty do not give")]
    Onward,
}

/// Days by which the sender's calendar may be ahead of ours: deliveries travel around midnight.
const CALENDAR_SLACK_DAYS: i32 = 1;

impl Law {
    /// Decides a delivery again.
    ///
    /// INVARIANT (terms stay with the copy): what is stored with it is `narrowed`, never wider than what came.
    pub fn redecide(&self, record: &Record, from: Country, terms: &Terms, at: Instant) -> Redecision {
        let label = Label::of(record).prepare();
        let dates = RecordDates::of(record);
        let question = Question {
            label: &label,
            dates,
            peer: from,
            direction: Direction::TheySend,
            action: Action::Offer,
            purpose: None,
            at,
        };
        let is_passed_on = ![from, self.own].contains(&record.manifest().originator);
        let leg = if is_passed_on { Leg::Onward } else { Leg::First };
        let decision = Decision { leg, ..self.decision(&question) };
        let purposes: WordSet = terms.purposes().iter().map(|purpose| purpose.code()).collect();
        let mut rows = decision.rows(Some(purposes));
        let mut breaches = Vec::new();
        let right = if terms.onward() == Onward::Never {
            OnwardRight::none("the terms give none")
        } else {
            let kept = decision.kept(terms, &rows, &mut Vec::new());
            let delivered: Vec<_> = kept.iter().map(|(narrowed, row)| (*row, narrowed.to_units.clone())).collect();
            decision.onward_right(&delivered)
        };
        right.settle(&mut rows);
        let kept = decision.kept(terms, &rows, &mut breaches);
        let unnamed = record.sections_with_content().without(terms.sections());
        breaches.extend(unnamed.iter().map(Breach::Section));
        let keep_until = decision.kept_until(terms, &kept, &mut breaches);
        // Without the audience nobody knows to whom it may be passed on.
        let has_audience = kept.iter().any(|(_, row)| row.section == SectionName::Audience);
        let allowed = if has_audience { right.onward } else { Onward::Never };
        if terms.onward() > allowed {
            breaches.push(Breach::Onward);
        }
        let rows = kept.into_iter().map(|(row, _)| row).collect();
        let narrowed = narrowed_terms(terms, rows, terms.onward().min(allowed), keep_until);
        Redecision { narrowed, breaches }
    }
}

impl Decision<'_> {
    /// The rows of the terms that hold here too, each narrowed; the others are breaches.
    fn kept<'r, 'a>(
        &self,
        terms: &Terms,
        rows: &'r [Row<'a>],
        breaches: &mut Vec<Breach>,
    ) -> Vec<(TermsRow, &'r Row<'a>)> {
        let mut kept = Vec::new();
        for claimed in terms.rows() {
            let row = rows.iter().find(|row| row.section == claimed.section && row.purpose == claimed.purpose);
            match row.ok_or_else(|| absent(claimed)).and_then(|row| self.narrow_row(claimed, row)) {
                Ok(narrowed) => kept.extend(row.map(|row| (narrowed, row))),
                Err(breach) => breaches.push(breach),
            }
        }
        kept
    }

    fn narrow_row(&self, claimed: &TermsRow, row: &Row<'_>) -> Result<TermsRow, Breach> {
        if row.granted.is_empty() {
            let reasons: Vec<String> = self.reasons(row).iter().map(ToString::to_string).collect();
            let because = reasons.join("; ");
            return Err(Breach::Row { section: row.section, purpose: row.purpose, because });
        }
        let is_for_units = matches!(row.group.tags.tlp, Some(Tlp::Red | Tlp::AmberStrict));
        let to_units = match (&claimed.to_units, self.units(row)) {
            (Some(theirs), Some(ours)) => Some(theirs.intersection(&ours)),
            (Some(units), None) => Some(units.clone()),
            (None, Some(_)) | (None, None) if is_for_units => return Err(Breach::Units(row.section)),
            (None, ours) => ours,
        };
        if to_units.as_ref().is_some_and(Set::is_empty) {
            return Err(Breach::Units(row.section));
        }
        Ok(TermsRow { to_units, ..claimed.clone() })
    }

    fn kept_until(&self, terms: &Terms, kept: &[(TermsRow, &Row<'_>)], breaches: &mut Vec<Breach>) -> Date {
        let content = kept.iter().filter(|(_, row)| row.section != SectionName::Audience);
        let allowed = content.map(|(_, row)| self.keep_until(row)).min().unwrap_or(self.today);
        let allowed = allowed.min(self.dates.expires);
        let claimed = terms.keep_until();
        if claimed > allowed.plus_days(CALENDAR_SLACK_DAYS) && !kept.is_empty() {
            breaches.push(Breach::Keep { claimed, allowed });
        }
        claimed.min(allowed)
    }
}

fn absent(claimed: &TermsRow) -> Breach {
    let because = "the section did not come with content".to_owned();
    Breach::Row { section: claimed.section, purpose: claimed.purpose, because }
}

fn narrowed_terms(terms: &Terms, rows: Set<TermsRow>, onward: Onward, keep_until: Date) -> Terms {
    let conditions = UseConditions {
        keep_until,
        onward,
        caveats: terms.caveats().clone(),
        handling: terms.handling().clone(),
        requests: terms.requests().clone(),
        consents: terms.consents().clone(),
    };
    // Rows of checked terms stay well formed when some are left out; should they not, nothing may be used.
    Terms::new(rows, conditions).unwrap_or_else(|_| terms.narrowed(|_| false, keep_until))
}
