//! The kinds of records, with the sections each of them knows.

use crate::words::words;
use crate::{Date, SectionName};

words! {
    /// What a record is.
    Kind, "kind of record":
    NoticeRed = 1 "notice.red",
    NoticeBlue = 2 "notice.blue",
    NoticeGreen = 3 "notice.green",
    NoticeYellow = 4 "notice.yellow",
    NoticeBlack = 5 "notice.black",
    NoticePurple = 6 "notice.purple",
    NoticeOrange = 7 "notice.orange",
    NoticeSilver = 8 "notice.silver",
    NoticeArt = 9 "notice.art",
    NoticeUnSpecial = 10 "notice.un_special",
    Diffusion = 11 "diffusion",
    Document = 20 "document",
    Vehicle = 21 "vehicle",
    Firearm = 22 "firearm",
    Asset = 23 "asset",
    Artwork = 24 "artwork",
    Biometric = 25 "biometric",
    CyberIndicator = 26 "cyber.indicator",
    Pnr = 27 "pnr",
    RequestInformation = 40 "request.information",
    RequestMla = 41 "request.mla",
    RequestExtradition = 42 "request.extradition",
    RequestProvisionalArrest = 43 "request.provisional_arrest",
    RequestEvidence = 44 "request.evidence",
    RequestOnwardConsent = 45 "request.onward_consent",
    RequestAssurance = 46 "request.assurance",
    RequestOtherPurpose = 47 "request.other_purpose",
    RequestSubjectAccess = 48 "request.subject_access",
    RequestCorrection = 49 "request.correction",
    Hit = 60 "hit",
    Reply = 61 "reply",
    Addendum = 62 "addendum",
    Dispute = 63 "dispute",
}

use SectionName as S;

/// Sections of a record about a person.
const PERSON: &[SectionName] = &[
    S::Identity,
    S::Description,
    S::Judicial,
    S::Narrative,
    S::Biometrics,
    S::Links,
    S::Provenance,
    S::Source,
    S::Audience,
];
/// Sections of a United Nations special notice.
const UN_SPECIAL: &[SectionName] = &[
    S::Identity,
    S::Description,
    S::Measures,
    S::Narrative,
    S::Biometrics,
    S::Links,
    S::Provenance,
    S::Source,
    S::Audience,
];
/// Sections of a notice about a thing or an event, which may name persons.
const MATTER: &[SectionName] =
    &[S::Object, S::Identity, S::Judicial, S::Narrative, S::Links, S::Provenance, S::Source, S::Audience];
/// Sections of a record about a thing.
const OBJECT: &[SectionName] = &[S::Object, S::Circumstances, S::Provenance, S::Source, S::Audience];
/// Sections of a passenger record: identity and travel are apart.
const PASSENGER: &[SectionName] = &[S::Identity, S::Travel, S::Provenance, S::Source, S::Audience];
/// Sections of a message in a thread.
const MESSAGE: &[SectionName] =
    &[S::Identity, S::Judicial, S::Narrative, S::Links, S::Provenance, S::Source, S::Audience];

impl Kind {
    /// The sections that a record of this kind commits to, in the order of its commitments.
    pub const fn sections(self) -> &'static [SectionName] {
        match self {
            Kind::NoticeRed
            | Kind::NoticeBlue
            | Kind::NoticeGreen
            | Kind::NoticeYellow
            | Kind::NoticeBlack
            | Kind::Diffusion
            | Kind::Biometric => PERSON,
            Kind::NoticeUnSpecial => UN_SPECIAL,
            Kind::NoticePurple | Kind::NoticeOrange | Kind::NoticeSilver | Kind::NoticeArt => MATTER,
            Kind::Document | Kind::Vehicle | Kind::Firearm | Kind::Asset | Kind::Artwork | Kind::CyberIndicator => {
                OBJECT
            }
            Kind::Pnr => PASSENGER,
            _ => MESSAGE,
        }
    }

    /// Whether this version can check, and so publish, a record of this kind.
    pub const fn is_publishable(self) -> bool {
        (self.code() >= Kind::NoticeRed.code() && self.code() <= Kind::Diffusion.code())
            || matches!(self, Kind::Document | Kind::Vehicle)
    }

    /// Years a record of this kind may be kept at most, counted from its collection (the field's retention defaults).
    pub const fn retention_years_max(self) -> i16 {
        match self {
            Kind::Document | Kind::Vehicle | Kind::Asset => 10,
            Kind::Firearm | Kind::Artwork => 30,
            // A listing lasts until the Committee ends it; a review every year keeps it true.
            Kind::NoticeUnSpecial => 30,
            Kind::NoticeArt => 30,
            Kind::Biometric => 15,
            // Five years, and once extended by five with a reason.
            Kind::NoticeRed
            | Kind::NoticeBlue
            | Kind::NoticeGreen
            | Kind::NoticeYellow
            | Kind::NoticeBlack
            | Kind::NoticePurple
            | Kind::NoticeOrange
            | Kind::NoticeSilver
            | Kind::Diffusion => 10,
            _ => 5,
        }
    }

    /// The expiry that is set where the publisher states none.
    pub fn default_expiry(self, issued: Date) -> Date {
        let years = match self {
            Kind::NoticeUnSpecial | Kind::NoticeArt => 5,
            _ => self.retention_years_max().min(10),
        };
        let years = if self.sections().contains(&SectionName::Identity) { years.min(5) } else { years };
        issued.plus_years(years)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::SECTIONS_MAX;

    #[test]
    fn every_kind_has_an_audience_section_last() {
        for kind in Kind::ALL {
            let sections = kind.sections();
            assert!(sections.len() <= SECTIONS_MAX);
            assert_eq!(sections.last(), Some(&SectionName::Audience), "{kind}");
            assert_eq!(sections.iter().collect::<std::collections::BTreeSet<_>>().len(), sections.len());
        }
    }
}
