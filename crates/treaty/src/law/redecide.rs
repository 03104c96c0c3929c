//! The receiver's own decision on a delivery, by treaty and tags alone.

use chancery_record::{Country, Date, Instant, Onward, Purpose, Record, SectionName, Set, Tlp};
use thiserror::Error;

use super::decision::{Decision, Row};
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
    /// An onward right that no treaty gives.
    #[error("the terms give an onward right that no treaty gives")]
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
        let decision = self.decision(&question);
        let purposes: WordSet = terms.purposes().iter().map(|purpose| purpose.code()).collect();
        let rows = decision.rows(Some(purposes));
        let mut breaches = Vec::new();
        let mut kept: Vec<(TermsRow, &Row<'_>)> = Vec::new();
        for claimed in terms.rows() {
            let row = rows.iter().find(|row| row.section == claimed.section && row.purpose == claimed.purpose);
            match row.ok_or_else(|| absent(claimed)).and_then(|row| decision.narrow_row(claimed, row)) {
                Ok(narrowed) => kept.extend(row.map(|row| (narrowed, row))),
                Err(breach) => breaches.push(breach),
            }
        }
        let unnamed = record.sections_with_content().without(terms.sections());
        breaches.extend(unnamed.iter().map(Breach::Section));
        let keep_until = decision.kept_until(terms, &kept, &mut breaches);
        if terms.onward() != Onward::Never {
            breaches.push(Breach::Onward);
        }
        let narrowed = narrowed_terms(terms, kept.into_iter().map(|(row, _)| row).collect(), keep_until);
        Redecision { narrowed, breaches }
    }
}

impl Decision<'_> {
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
        let allowed = kept.iter().map(|(_, row)| self.keep_until(row)).min().unwrap_or(self.today);
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

fn narrowed_terms(terms: &Terms, rows: Set<TermsRow>, keep_until: Date) -> Terms {
    let conditions = UseConditions {
        keep_until,
        onward: Onward::Never,
        caveats: terms.caveats().clone(),
        handling: terms.handling().clone(),
        requests: terms.requests().clone(),
        consents: terms.consents().clone(),
    };
    // Rows of checked terms stay well formed when some are left out; should they not, nothing may be used.
    Terms::new(rows, conditions).unwrap_or_else(|_| terms.narrowed(|_| false, keep_until))
}
