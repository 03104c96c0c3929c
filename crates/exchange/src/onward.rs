//! Onward transfer as it is written down: what was offered to whom, who holds a record through whom, consents.

use bincode::{Decode, Encode};
use chancery_record::{ConsentAnswer, Country, Date, Instant, Lineage, RecordId, SectionSet, StatementId};
use chancery_treaty::Consent;

use crate::{Incarnation, ItemNumber, JournalPosition, LabelId};

/// A copy that its terms let be passed on, somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnwardCopy {
    /// Where it stands in the journal.
    pub position: JournalPosition,
    /// The record.
    pub record: RecordId,
    /// Its interned label.
    pub label: LabelId,
}

/// How the transfer of one record to one peer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum OnwardState {
    /// The peer was told the id, or is about to be.
    Offered {
        /// When.
        at: Instant,
    },
    /// The peer does not want it.
    Declined {
        /// When it said so.
        at: Instant,
    },
    /// The originator is owed the word that it goes; it goes once the originator has receipted that.
    Reported(OnwardReport),
}

/// The word to an originator that its record is passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct OnwardReport {
    /// To whom it was said.
    pub originator: Country,
    /// In which life of this store; numbers of another say nothing.
    pub incarnation: Incarnation,
    /// Its number in the obligation stream to the originator.
    pub number: ItemNumber,
    /// The sections it speaks of.
    pub sections: SectionSet,
    /// When.
    pub at: Instant,
}

/// A country that holds an own record, or is about to, through another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct OnwardHolder {
    /// Which version.
    pub record: RecordId,
    /// Of which record.
    pub lineage: Lineage,
    /// Who holds it.
    pub holder: Country,
    /// Who passed it on.
    pub via: Country,
    /// Which sections.
    pub sections: SectionSet,
    /// When that was said.
    pub at: Instant,
}

/// A holder's question to an originator, at either end.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ConsentAsk {
    /// The statement that asks; by it the question is named.
    pub statement: StatementId,
    /// Who asks.
    pub asker: Country,
    /// Who is asked.
    pub originator: Country,
    /// Which version.
    pub record: RecordId,
    /// To whom it would go.
    pub to: Country,
    /// When.
    pub at: Instant,
    /// The latest answer.
    pub reply: Option<ConsentReply>,
}

/// An originator's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ConsentReply {
    /// The statement that answers.
    pub statement: StatementId,
    /// When it was made.
    pub made: Instant,
    /// From when on it counts no more.
    pub until: Date,
    /// Yes or no.
    pub answer: ConsentAnswer,
}

impl ConsentAsk {
    /// The answer as the decision reads it.
    pub fn consent(&self) -> Option<Consent> {
        let reply = self.reply?;
        Some(Consent {
            statement: reply.statement,
            by: self.originator,
            made: reply.made,
            record: self.record,
            to: self.to,
            until: reply.until,
            answer: reply.answer,
        })
    }
}
