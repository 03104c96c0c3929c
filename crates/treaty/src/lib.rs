//! What the law allows: treaties, national law, the one decision, its explanation and analysis.
//!
//! Whether a section of a record may go to a country is decided here and nowhere else. This crate has no I/O, no clock
//! and nothing asynchronous: whoever calls brings the files and the time.

pub mod limits;

mod article;
mod case;
mod check;
mod consent;
mod dimension;
mod document;
mod label;
mod latitude;
mod law;
mod law_book;
mod owed;
mod period;
mod quick;
mod release;
mod render;
mod returned;
mod signature;
mod template;
mod terms;
mod verdict;
mod words;

pub use article::{Age, Article, Bar, Countries, Duty, DutyContent, Grant, Keep, Names, Quota, Rule, Scope, Units};
pub use case::{Case, CaseFailure, CaseRecord, Expectation};
pub use check::{Finding, Severity, check};
pub use consent::Consent;
pub use dimension::{Dimension, WordDimension, WordSet};
pub use document::{
    Annex, DocumentFault, FaultCause, Language, LawHeader, NationalLaw, TreatyDocument, TreatyHeader, VOCABULARY,
    hash_of,
};
pub use label::{Label, LabelFault, PreparedLabel, RecordDates};
pub use latitude::Latitude;
pub use law::{Breach, Direction, Law, Question, Redecision};
pub use law_book::{LawBook, LawBookFault, Refusal, TreatyState};
pub use owed::{DisclosureProof, NotOwed, Owed};
pub use period::{Period, PeriodFault};
pub use release::{Announced, Candidate, Delivery, Disclosure, Released, Stale};
pub use render::render;
pub use returned::{NotItsOwn, Returned};
pub use signature::{DocumentSignature, SignatureFault, SignatureFileFault, sign_document};
pub use template::{Template, template};
pub use terms::{Citation, Terms, TermsFault, TermsRow, UseConditions};
pub use verdict::{
    ArticleRef, Deferred, Lack, LawGeneration, Nearest, Reason, ReasonSource, ReleasedRow, Verdict, WithheldRow,
};
pub use words::{Action, Aftermath, DutyKind, Incident, Reach, Requirement};
