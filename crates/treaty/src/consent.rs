//! Consent: the originator's word on passing one record on to one country.

use chancery_record::{ConsentAnswer, Country, Date, Instant, RecordId, Saying, Statement, StatementId};

/// What an originator answered to a holder that asked to pass a record on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// The originator's statement.
    pub statement: StatementId,
    /// Who made it.
    pub by: Country,
    /// When.
    pub made: Instant,
    /// Which version.
    pub record: RecordId,
    /// To whom it may or may not go.
    pub to: Country,
    /// From this day on nothing leaves under it, and a copy passed on is gone.
    pub until: Date,
    /// Yes or no.
    pub answer: ConsentAnswer,
}

impl Consent {
    /// Reads a verified statement; none where it says something else.
    pub fn of(id: StatementId, statement: &Statement) -> Option<Self> {
        let Saying::Consent { record, to, until, answer, .. } = &statement.saying else { return None };
        Some(Self {
            statement: id,
            by: statement.maker,
            made: statement.made,
            record: *record,
            to: *to,
            until: *until,
            answer: *answer,
        })
    }

    /// The originator's latest word on a record and a receiver.
    pub(crate) fn latest<'a>(
        consents: &'a [Self],
        record: &RecordId,
        [originator, to]: [Country; 2],
    ) -> Option<&'a Self> {
        let about = |consent: &&Self| consent.by == originator && consent.record == *record && consent.to == to;
        // Of two made at one instant the refusal counts.
        consents.iter().filter(about).max_by_key(|consent| (consent.made, consent.answer == ConsentAnswer::Refused))
    }
}
