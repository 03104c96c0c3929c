//! Travel documents: what they are, who issues them, and what became of them.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::dates::PartialDate;
use super::mrz::Mrz;
use super::shape::{Reading, form, shape_of_texts};
use crate::identifiers::DocumentNumber;
use crate::words::{UnknownWord, words};
use crate::{Country, CountryFault};

words! {
    /// What sort of document it is.
    DocumentType, "type of document":
    Passport = 0 "passport",
    DiplomaticPassport = 1 "diplomatic_passport",
    ServicePassport = 2 "service_passport",
    IdentityCard = 3 "identity_card",
    Visa = 4 "visa",
    Seafarer = 5 "seafarer",
    Refugee = 6 "refugee",
    LaissezPasser = 7 "laissez_passer",
    ResidencePermit = 8 "residence_permit",
    DrivingLicence = 9 "driving_licence",
    NationalNumber = 10 "national_number",
    Other = 11 "other",
}
words! {
    /// What became of a document.
    DocumentStatus, "status of a document":
    Stolen = 0 "stolen",
    Lost = 1 "lost",
    Revoked = 2 "revoked",
    Invalidated = 3 "invalidated",
    StolenBlank = 4 "stolen_blank",
}
words! {
    /// Issuers that ICAO 9303 knows beside ISO 3166-1.
    IssuerBeyondIso, "issuer beyond ISO 3166":
    Utopia = 0 "UTO",
    Stateless = 1 "XXA",
    Refugee = 2 "XXB",
    OtherRefugee = 3 "XXC",
    UnitedNations = 4 "UNO",
    EuropeanUnion = 5 "EUE",
    Germany = 6 "D",
}

/// Who issues a travel document: a country, or one of the codes beyond ISO 3166.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IssuingState {
    /// A country.
    Country(Country),
    /// A code of ICAO 9303.
    Beyond(IssuerBeyondIso),
}
shape_of_texts!(DocumentType, DocumentStatus, IssuingState);

form! {
    /// The section `object` of a `document`. It carries no name of a bearer.
    TravelDocument {
        /// Who issued it.
        issuing_country: Option<IssuingState>,
        /// What it is.
        document_type: Option<DocumentType>,
        /// Its number; the first of them, for blanks stolen together.
        number: Option<String>,
        /// The last number, for blanks stolen together.
        number_to: Option<String>,
        /// What became of it.
        status: Option<DocumentStatus>,
        /// When it was issued.
        date_of_issue: Option<PartialDate>,
        /// When it ends.
        expiry: Option<PartialDate>,
        /// The lines of its machine-readable zone, without the line that names the bearer.
        mrz: Vec<String>,
        /// What else is known of it.
        note: Option<String>,
    }
}

impl IssuingState {
    /// The country that issues it, if it is one.
    pub fn country(self) -> Option<Country> {
        match self {
            Self::Country(country) => Some(country),
            Self::Beyond(IssuerBeyondIso::Germany) => Country::from_letters(*b"DE"),
            Self::Beyond(_) => None,
        }
    }

    /// The issuer that a machine-readable zone names by ISO alpha-3 or a code of ICAO 9303.
    pub fn from_mrz_code(code: &str) -> Option<Self> {
        if let Ok(beyond) = code.parse() {
            return Some(Self::Beyond(beyond));
        }
        rust_iso3166::from_alpha3(code).and_then(|country| country.alpha2.parse().ok()).map(Self::Country)
    }

    /// Whether both are the same issuer, `D` and `DE` among them.
    pub fn is_same_as(self, other: Self) -> bool {
        self == other || (self.country().is_some() && self.country() == other.country())
    }
}

impl fmt::Display for IssuingState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Country(country) => country.fmt(out),
            Self::Beyond(code) => code.fmt(out),
        }
    }
}

/// A text that names no issuer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no issuer: an ISO 3166-1 alpha-2 code as in `FR`, or UTO, XXA, XXB, XXC, UNO, EUE, D")]
pub struct IssuerFault(String);

impl FromStr for IssuingState {
    type Err = IssuerFault;
    fn from_str(text: &str) -> Result<Self, IssuerFault> {
        let country: Result<Country, CountryFault> = text.parse();
        let beyond: Result<IssuerBeyondIso, UnknownWord> = text.parse();
        match (country, beyond) {
            (Ok(country), _) => Ok(Self::Country(country)),
            (_, Ok(beyond)) => Ok(Self::Beyond(beyond)),
            _ => Err(IssuerFault(text.chars().take(40).collect())),
        }
    }
}

impl Serialize for IssuingState {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl TravelDocument {
    /// All that must hold of the section.
    pub(crate) fn check(&self, at: &mut Reading) {
        at.need("issuing_country", self.issuing_country.as_ref(), "the issuer of the document");
        at.need("document_type", self.document_type.as_ref(), "what sort of document it is");
        at.need("number", self.number.as_ref(), "the number of the document");
        at.need("status", self.status.as_ref(), "what became of the document");
        for (field, number) in [("number", &self.number), ("number_to", &self.number_to)] {
            if number.as_ref().is_some_and(|number| DocumentNumber::of(number).is_none()) {
                at.within(field, |at| at.fault("no letter or digit in it, or too many"));
            }
        }
        if !self.mrz.is_empty() {
            at.within("mrz", |at| self.check_mrz(at));
        }
    }

    fn check_mrz(&self, at: &mut Reading) {
        let mrz = match Mrz::parse(&self.mrz) {
            Ok(mrz) => mrz,
            Err(faults) => {
                for fault in faults {
                    at.fault(fault.to_string());
                }
                return;
            }
        };
        if mrz.has_names() {
            at.fault("it names the bearer; a document record carries no bearer's name, leave that line out");
        }
        if DocumentNumber::of(mrz.number()) != self.number.as_deref().and_then(DocumentNumber::of) {
            at.fault("its document number is not the `number` stated");
        }
        if let (Some(code), Some(stated)) = (mrz.issuer(), self.issuing_country) {
            match IssuingState::from_mrz_code(code) {
                Some(issuer) if issuer.is_same_as(stated) => {}
                Some(issuer) => at.fault(format!("it is issued by `{issuer}`, not by `{stated}`")),
                None => at.fault(format!("its issuer `{code}` is no code of ISO 3166-1 or ICAO 9303")),
            }
        }
        if let (Some(expiry), Some(stated)) = (mrz.expiry(), self.expiry) {
            let parts = (stated.year().rem_euclid(100), stated.month(), stated.day());
            if parts != (expiry.0, Some(expiry.1), Some(expiry.2)) {
                at.fault(format!("its expiry is not `{stated}`"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_beyond_countries() {
        for code in ["FR", "UTO", "XXA", "XXB", "XXC", "UNO", "EUE", "D"] {
            assert_eq!(code.parse::<IssuingState>().unwrap().to_string(), code);
        }
        for bad in ["fr", "FRA", "ZZ", "XXX", ""] {
            assert!(bad.parse::<IssuingState>().is_err(), "{bad}");
        }
        let germany: IssuingState = "DE".parse().unwrap();
        assert!(germany.is_same_as("D".parse().unwrap()));
        assert_eq!(IssuingState::from_mrz_code("FRA"), "FR".parse().ok());
        assert!(!germany.is_same_as("UTO".parse().unwrap()));
    }
}
