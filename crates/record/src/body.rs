//! The content of sections: typed by kind, checked when published, kept verbatim afterwards.
//!
//! Each form names the fields that the field of police cooperation knows. Fields beyond them stay in the bytes. `of` reads
//! what a holder has and passes over what it does not understand; a draft is read by the same code, with every fault told.

mod biometrics;
mod bounds;
mod circumstances;
mod dates;
mod judicial;
mod links;
mod matter;
mod measures;
mod mrz;
mod narrative;
mod person;
mod provenance;
mod red_minimum;
mod rules;
pub(crate) mod shape;
mod travel_document;
mod vehicle;

pub use biometrics::{BiometricReference, Biometrics, Modality};
pub use circumstances::Circumstances;
pub use dates::{BirthDate, PartialDate, PartialDateFault};
pub use judicial::{Conviction, Facts, Judicial, Term, TermFault, WantedFor, Warrant};
pub use links::{Link, Links, Relation};
pub use matter::{Asset, AssetTrace, ModusOperandi, Threat, WorkOfArt};
pub use measures::{Measure, Measures};
pub use mrz::{Mrz, MrzFault, check_digit};
pub use narrative::{Colour, Disappearance, Found, Narrative, Translation};
pub use person::{
    Alias, AliasQuality, Description, Identity, IdentityDocument, Kilograms, Metres, Place, Sex, Subject,
};
pub use provenance::{Evaluation, EvaluationFault, Provenance, PublicNotice, Source};
pub(crate) use rules::{check, check_originator};
pub use travel_document::{DocumentStatus, DocumentType, IssuerBeyondIso, IssuerFault, IssuingState, TravelDocument};
pub use vehicle::{Vehicle, VehicleStatus};
