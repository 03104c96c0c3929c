//! What is exchanged: identities, certificates, tags, sealed records.
//!
//! Bytes become records only by verification, records become bytes only by sealing. This crate has no I/O, no clock, no
//! randomness and nothing asynchronous: whoever calls brings the time, the keys and the random bytes.

pub mod encoding;
pub mod limits;
pub mod signing;
pub mod words;

mod audience;
pub mod body;
mod certificate;
mod contact_card;
mod country;
mod draft;
mod fault;
pub mod identifiers;
mod identity;
mod key_news;
mod kind;
mod manifest;
mod moment;
mod record;
mod seal;
mod section;
mod section_set;
mod set;
mod statement;
mod tags;
mod trust;

pub use audience::{Addressee, Audience, Onward, ReleasableTo};
pub use certificate::{Certificate, CertificateFault, Revocation, SignedByCountry};
pub use contact_card::{CardFault, ContactCard, Fingerprint, SignedCard};
pub use country::{Country, CountryFault, Unit, UnitName};
pub use draft::{Draft, DraftSection, FileForm, Placement};
pub use fault::{Fault, Findings};
pub use identity::{
    Commitment, DocumentHash, IdentityFault, LabelHash, Lineage, PublicKey, RecordId, SheetHash, Signature,
    StatementId, StreamHash,
};
pub use key_news::KeyNews;
pub use kind::Kind;
pub use manifest::{Manifest, ManifestFault, SCHEMA_VERSION};
pub use moment::{DAY_MS, Date, DateFault, Instant, Moment};
pub use record::{Record, RecordEnvelope, RecordFault, UnverifiedRecord};
pub use seal::{ED25519, Seal};
pub use section::{Section, SectionName};
pub use section_set::SectionSet;
pub use set::Set;
pub use statement::{ConsentAnswer, Saying, SignedStatement, Statement, StatementFault, WithdrawalReason};
pub use tags::{
    Caveat, Classification, Handling, Minors, ObtainedBy, Offence, Penalty, Precedence, Purpose, SectionTags,
    Sensitive, Status, Tlp, UseTags,
};
pub use trust::{TrustRoster, Untrusted};
