//! Countries by ISO 3166-1 alpha-2, with the units inside them.

use std::fmt;
use std::str::FromStr;

use bincode::{Decode, Encode};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use crate::limits::UNIT_NAME_BYTES_MAX;

/// A country, ISO 3166-1 alpha-2.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

/// An authority within a country, as in `DE/BKA`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Unit {
    /// The country it belongs to.
    pub country: Country,
    /// Its short name.
    pub name: UnitName,
}

/// The short name of a unit: capital letters, digits and hyphens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitName(String);

/// A text that names no country or unit.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum CountryFault {
    /// No such country.
    #[error("`{0}` is no ISO 3166-1 alpha-2 country code (two capital letters, as in `FR`)")]
    Country(String),
    /// No such form of a unit's name.
    #[error("`{0}` is no unit name (1 to 32 capital letters, digits or hyphens, as in `BKA`)")]
    UnitName(String),
    /// No such form of a unit.
    #[error("`{0}` is no unit (country and name, as in `DE/BKA`)")]
    Unit(String),
}

impl Country {
    /// The two letters.
    pub fn letters(&self) -> [u8; 2] {
        self.0
    }

    /// The country of two letters, if ISO 3166-1 has it.
    pub fn from_letters(letters: [u8; 2]) -> Option<Self> {
        let text = std::str::from_utf8(&letters).ok()?;
        if !text.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return None;
        }
        rust_iso3166::from_alpha2(text).map(|_| Self(letters))
    }

    /// The country's English short name.
    pub fn name(&self) -> &'static str {
        std::str::from_utf8(&self.0).ok().and_then(rust_iso3166::from_alpha2).map_or("", |country| country.name)
    }
}

impl fmt::Display for Country {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(std::str::from_utf8(&self.0).unwrap_or("??"))
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl FromStr for Country {
    type Err = CountryFault;
    fn from_str(text: &str) -> Result<Self, CountryFault> {
        <[u8; 2]>::try_from(text.as_bytes())
            .ok()
            .and_then(Self::from_letters)
            .ok_or_else(|| CountryFault::Country(text.chars().take(40).collect()))
    }
}

impl UnitName {
    /// The name's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UnitName {
    type Err = CountryFault;
    fn from_str(text: &str) -> Result<Self, CountryFault> {
        let legal = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-';
        if text.is_empty() || text.len() > UNIT_NAME_BYTES_MAX || !text.bytes().all(legal) {
            return Err(CountryFault::UnitName(text.chars().take(40).collect()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for UnitName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.country, self.name)
    }
}

impl FromStr for Unit {
    type Err = CountryFault;
    fn from_str(text: &str) -> Result<Self, CountryFault> {
        let fault = || CountryFault::Unit(text.chars().take(80).collect());
        let (country, name) = text.split_once('/').ok_or_else(fault)?;
        Ok(Self { country: country.parse().map_err(|_| fault())?, name: name.parse().map_err(|_| fault())? })
    }
}

macro_rules! text_form {
    ($($name:ident),+) => { $(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                out.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                String::deserialize(input)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )+ };
}
text_form!(Country, Unit, UnitName);

impl Encode for Country {
    fn encode<E: bincode::enc::Encoder>(&self, out: &mut E) -> Result<(), bincode::error::EncodeError> {
        self.0.encode(out)
    }
}

impl<C> Decode<C> for Country {
    fn decode<D: bincode::de::Decoder<Context = C>>(input: &mut D) -> Result<Self, bincode::error::DecodeError> {
        let letters = <[u8; 2] as Decode<C>>::decode(input)?;
        Self::from_letters(letters).ok_or(bincode::error::DecodeError::Other("no such country"))
    }
}

impl Encode for UnitName {
    fn encode<E: bincode::enc::Encoder>(&self, out: &mut E) -> Result<(), bincode::error::EncodeError> {
        self.0.encode(out)
    }
}

impl<C> Decode<C> for UnitName {
    fn decode<D: bincode::de::Decoder<Context = C>>(input: &mut D) -> Result<Self, bincode::error::DecodeError> {
        let text = <String as Decode<C>>::decode(input)?;
        text.parse().map_err(|_| bincode::error::DecodeError::Other("no unit name"))
    }
}

bincode::impl_borrow_decode!(Country);
bincode::impl_borrow_decode!(UnitName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_countries_that_exist() {
        assert_eq!("FR".parse::<Country>().unwrap().name(), "France");
        for bad in ["fr", "XX", "FRA", "", "F", "É", "UK"] {
            assert!(bad.parse::<Country>().is_err(), "{bad}");
        }
        assert_eq!("DE/BKA".parse::<Unit>().unwrap().to_string(), "DE/BKA");
        for bad in ["DE", "DE/", "DE/bka", "XX/BKA", "DE/B KA", "DE/BKA/2"] {
            assert!(bad.parse::<Unit>().is_err(), "{bad}");
        }
    }
}
