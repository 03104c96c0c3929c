//! Where a record comes from: what may be known of it, and the source that may need protection.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::dates::PartialDate;
use super::shape::{Reading, form, shape_of_texts};
use crate::{Addressee, Country};

/// The 4x4 evaluation, as in `B2`: the source first, the information second.
///
/// The second is provenance and no ranking; a code of another scale is carried along as it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Evaluation {
    source: char,
    information: char,
}
shape_of_texts!(Evaluation);

/// A text that is no 4x4 evaluation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no 4x4 evaluation: A, B, C or X for the source, 1 to 4 for the information, as in `B2`")]
pub struct EvaluationFault(String);

form! {
    /// The section `provenance`.
    Provenance {
        /// The publisher's own number for the record.
        source_reference: Option<String>,
        /// The 4x4 evaluation.
        evaluation: Option<Evaluation>,
        /// The evaluation as it was first given, where it was of another scale.
        evaluation_original: Option<String>,
        /// The authority that answers for the record.
        authority: Option<String>,
        /// Whom to write to.
        contact: Option<String>,
        /// The public notice that the record repeats, where it is not the originator's own.
        reproduces: Option<PublicNotice>,
        /// The list or publication it was taken from.
        publication: Option<String>,
        /// Where that is published.
        url: Option<String>,
        /// The version of it.
        version: Option<String>,
        /// When it was published or last changed there.
        published: Option<PartialDate>,
        /// When it was taken from there.
        retrieved: Option<PartialDate>,
        /// What else is known of where it comes from.
        note: Option<String>,
    }
}

form! {
    /// The public notice of another publisher, which a record reproduces.
    ///
    /// What a publisher withholds from the public, a country that repeats its notice cannot state: for such a record the
    /// minimum data of its kind are asked for, not demanded.
    PublicNotice {
        /// Who published it, as in `INTERPOL`; never the country that seals the record.
        publisher: Option<String>,
        /// Its number there.
        number: Option<String>,
        /// Its address there.
        url: Option<String>,
    }
}

form! {
    /// The section `source`: who said so.
    Source {
        /// The source's number.
        reference: Option<String>,
        /// The 4x4 evaluation of what this source said.
        evaluation: Option<Evaluation>,
        /// The evaluation as it was first given, where it was of another scale.
        evaluation_original: Option<String>,
        /// Who handles the source.
        handler: Option<String>,
        /// When it was said.
        obtained: Option<PartialDate>,
        /// How it came to be known.
        access: Option<String>,
        /// Why the source is protected.
        protection: Option<String>,
        /// In words.
        text: Option<String>,
    }
}

impl PublicNotice {
    /// That the notice can be looked up is what excuses the record.
    pub(crate) fn check(&self, at: &mut Reading) {
        at.need("publisher", self.publisher.as_ref(), "who published the notice, as in `INTERPOL`");
        at.need(
            "number",
            self.number.as_ref().or(self.url.as_ref()),
            "the number of the notice, or its address in `url`",
        );
    }

    /// Whether `country`, or a unit of it, is named as the publisher.
    pub(crate) fn is_of(&self, country: Country) -> bool {
        let publisher = self.publisher.as_deref().and_then(|publisher| publisher.parse::<Addressee>().ok());
        publisher.is_some_and(|publisher| publisher.country() == country)
    }
}

impl Evaluation {
    /// The letter for the source.
    pub fn source(self) -> char {
        self.source
    }

    /// The digit for the information.
    pub fn information(self) -> char {
        self.information
    }
}

impl fmt::Display for Evaluation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}", self.source, self.information)
    }
}

impl FromStr for Evaluation {
    type Err = EvaluationFault;
    fn from_str(text: &str) -> Result<Self, EvaluationFault> {
        let mut letters = text.chars();
        match (letters.next(), letters.next(), letters.next()) {
            (Some(source @ ('A' | 'B' | 'C' | 'X')), Some(information @ '1'..='4'), None) => {
                Ok(Self { source, information })
            }
            _ => Err(EvaluationFault(text.chars().take(20).collect())),
        }
    }
}

impl Serialize for Evaluation {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}
