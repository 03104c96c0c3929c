//! The audience tags: to whom a record may go, known only to a holder with an onward right.

use bincode::{Decode, Encode};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::words::{default_words, words};
use crate::{Country, CountryFault, Set, Unit};

words! {
    /// Whether a holder may pass the record on to a third country.
    Onward, "onward policy":
    Never = 0 "never",
    WithConsent = 1 "with_consent",
    Allowed = 2 "allowed",
}
default_words!(Onward = Never);

/// One entry of an audience list: a whole country, or one unit of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Addressee {
    /// Every authority of the country.
    Country(Country),
    /// One authority.
    Unit(Unit),
}

/// To whom the originator releases a record.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Encode, Decode)]
pub enum ReleasableTo {
    /// Every country that a treaty lets it go to.
    Any,
    /// These only; nobody where empty.
    Only(Set<Addressee>),
}

/// The body of the `audience` section.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Audience {
    /// Who may have it.
    pub releasable_to: ReleasableTo,
    /// Who may not, whatever else is said.
    pub not_releasable_to: Set<Addressee>,
    /// Whether a holder may pass it on.
    pub onward: Onward,
    /// Third countries it may be passed on to, where it may.
    pub onward_to: Set<Country>,
    /// The text of the restriction that handling code H3 stands for.
    pub h3_text: Option<String>,
    /// Why it is kept from someone.
    pub protective_reasons: Vec<String>,
}

impl Default for Audience {
    /// Nobody: a record that names no audience is offered to no one.
    fn default() -> Self {
        Self {
            releasable_to: ReleasableTo::Only(Set::default()),
            not_releasable_to: Set::default(),
            onward: Onward::Never,
            onward_to: Set::default(),
            h3_text: None,
            protective_reasons: Vec::new(),
        }
    }
}

impl Addressee {
    /// The country addressed, wholly or in one unit.
    pub fn country(&self) -> Country {
        match self {
            Self::Country(country) => *country,
            Self::Unit(unit) => unit.country,
        }
    }
}

impl std::fmt::Display for Addressee {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Country(country) => country.fmt(out),
            Self::Unit(unit) => unit.fmt(out),
        }
    }
}

impl std::str::FromStr for Addressee {
    type Err = CountryFault;
    fn from_str(text: &str) -> Result<Self, CountryFault> {
        if text.contains('/') { text.parse().map(Self::Unit) } else { text.parse().map(Self::Country) }
    }
}

impl Serialize for Addressee {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Addressee {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        String::deserialize(input)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for ReleasableTo {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Any => out.serialize_str("any"),
            Self::Only(addressees) => addressees.serialize(out),
        }
    }
}

impl<'de> Deserialize<'de> for ReleasableTo {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Word(String),
            List(Set<Addressee>),
        }
        match Written::deserialize(input) {
            Ok(Written::Word(word)) if word == "any" => Ok(Self::Any),
            Ok(Written::List(addressees)) => Ok(Self::Only(addressees)),
            _ => Err(serde::de::Error::custom(
                "expected `any` or a list of countries and units, as in [\"FR\", \"DE/BKA\"]",
            )),
        }
    }
}
