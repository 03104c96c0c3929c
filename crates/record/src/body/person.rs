//! Who a record is about: a person, or an organisation on a sanctions list.

use serde_json::Value;

use super::dates::{BirthDate, PartialDate};
use super::shape::{Reading, Shape, form, form_with_own_shape, shape_of_texts};
use super::travel_document::{DocumentType, IssuingState};
use crate::Country;
use crate::words::words;

words! {
    /// What the identity belongs to.
    Subject, "sort of subject":
    Person = 0 "person",
    Entity = 1 "entity",
}
words! {
    /// Sex, as in the public notices.
    Sex, "sex":
    Male = 0 "M",
    Female = 1 "F",
    Unknown = 2 "U",
}
words! {
    /// How good an alias is, in the words of the United Nations list.
    AliasQuality, "quality of an alias":
    Good = 0 "good",
    Low = 1 "low",
    AlsoKnownAs = 2 "a.k.a.",
    FormerlyKnownAs = 3 "f.k.a.",
}
shape_of_texts!(Subject, Sex, AliasQuality);

form! {
    /// The section `identity`.
    Identity {
        /// A person where absent.
        subject: Option<Subject>,
        /// The number of the notice, `YYYY/NNNNN`.
        entity_id: Option<String>,
        /// Family name.
        family_name: Option<String>,
        /// Given names.
        forename: Option<String>,
        /// The whole name, where its parts cannot be told apart; an organisation's name.
        name: Option<String>,
        /// The name in the script it is written in at home.
        name_original_script: Option<String>,
        /// Family name at birth.
        name_at_birth: Option<String>,
        /// Other names.
        aliases: Vec<Alias>,
        /// Sex.
        sex: Option<Sex>,
        /// Date of birth, as far as it is known.
        date_of_birth: Option<BirthDate>,
        /// Several dates of birth, where the sources differ.
        dates_of_birth: Vec<BirthDate>,
        /// Place of birth.
        place_of_birth: Option<String>,
        /// Country of birth.
        country_of_birth: Option<Country>,
        /// Country of birth as a source wrote it, where it is no known country.
        country_of_birth_text: Option<String>,
        /// Several places of birth, where the sources differ.
        places_of_birth: Vec<Place>,
        /// Nationalities.
        nationalities: Vec<Country>,
        /// Nationalities as a source wrote them, where they are no known countries.
        nationalities_text: Vec<String>,
        /// Languages spoken.
        languages_spoken: Vec<String>,
        /// Titles.
        titles: Vec<String>,
        /// Functions held.
        designations: Vec<String>,
        /// The father's name.
        father_name: Option<String>,
        /// The mother's name.
        mother_name: Option<String>,
        /// Papers borne.
        documents: Vec<IdentityDocument>,
        /// Where the subject lives or lived, or has its seat.
        addresses: Vec<Place>,
        /// What else the source says of the identity.
        note: Option<String>,
    }
}

form_with_own_shape! {
    /// Another name of a subject. A plain text is an alias of no stated quality.
    Alias {
        /// The name.
        name: Option<String>,
        /// The name in another script.
        name_original_script: Option<String>,
        /// How good it is.
        quality: Option<AliasQuality>,
        /// The date of birth used with it.
        date_of_birth: Option<BirthDate>,
        /// The place of birth used with it.
        place_of_birth: Option<String>,
        /// What the source adds.
        note: Option<String>,
    }
}

form! {
    /// A place, as far as it is known.
    Place {
        /// Street and number.
        street: Option<String>,
        /// Town.
        city: Option<String>,
        /// State or province.
        state_province: Option<String>,
        /// Postal code.
        postal_code: Option<String>,
        /// Country.
        country: Option<Country>,
        /// Country as a source wrote it, where it is no known country.
        country_text: Option<String>,
        /// What the source adds.
        note: Option<String>,
    }
}

form! {
    /// A paper that the subject bears or bore.
    IdentityDocument {
        /// What it is.
        document_type: Option<DocumentType>,
        /// What it is, as a source wrote it.
        document_type_text: Option<String>,
        /// Its number.
        number: Option<String>,
        /// Who issued it.
        issuing_country: Option<IssuingState>,
        /// Who issued it, as a source wrote it.
        issuing_country_text: Option<String>,
        /// Where it was issued.
        place_of_issue: Option<String>,
        /// When it was issued.
        date_of_issue: Option<PartialDate>,
        /// When it ends.
        expiry: Option<PartialDate>,
        /// What the source adds.
        note: Option<String>,
    }
}

form! {
    /// The section `description`.
    Description {
        /// Height in metres.
        height: Option<Metres>,
        /// Weight in kilograms.
        weight: Option<Kilograms>,
        /// Build.
        build: Option<String>,
        /// Colour of the eyes.
        eyes: Option<String>,
        /// Hair.
        hair: Option<String>,
        /// Scars, tattoos and the like.
        distinguishing_marks: Option<String>,
        /// Estimated age in years, at least.
        estimated_age_from: Option<u16>,
        /// Estimated age in years, at most.
        estimated_age_to: Option<u16>,
        /// Estimated height in metres, where it could not be measured.
        estimated_height: Option<Metres>,
        /// Clothing and things carried.
        clothing: Option<String>,
        /// In words.
        text: Option<String>,
    }
}

/// A height that a person can have, in metres.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, serde::Serialize)]
pub struct Metres(f64);

/// A weight that a person can have, in kilograms.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, serde::Serialize)]
pub struct Kilograms(f64);

impl Identity {
    /// Whether it is a person's.
    pub fn is_person(&self) -> bool {
        self.subject != Some(Subject::Entity)
    }

    /// Every date of birth stated.
    pub fn birth_dates(&self) -> impl Iterator<Item = BirthDate> {
        self.date_of_birth.into_iter().chain(self.dates_of_birth.iter().copied())
    }

    /// Whether the subject is named.
    pub fn has_name(&self) -> bool {
        self.name.is_some() || self.family_name.is_some()
    }
}

impl Description {
    /// Whether it says anything by which a person could be recognised.
    pub fn says_something(&self) -> bool {
        *self != Self::default()
    }
}

impl Shape for Alias {
    fn read(value: &Value, at: &mut Reading) -> Option<Self> {
        if value.is_string() {
            return Some(Self { name: Some(String::read(value, at)?), ..Self::default() });
        }
        let alias = Self::read_fields(value, at)?;
        if alias.name.is_none() && alias.name_original_script.is_none() {
            at.fault("an alias has a `name`");
        }
        Some(alias)
    }
}

macro_rules! measure {
    ($name:ident, $range:expr, $unit:literal) => {
        impl $name {
            /// The number.
            pub fn get(self) -> f64 {
                self.0
            }
        }
        impl Shape for $name {
            fn read(value: &Value, at: &mut Reading) -> Option<Self> {
                let number = value.as_f64().filter(|number| $range.contains(number));
                if number.is_none() {
                    at.fault(format!("expected {} from {} to {}", $unit, $range.start(), $range.end()));
                }
                number.map(Self)
            }
        }
    };
}
measure!(Metres, 0.2..=2.8, "metres");
measure!(Kilograms, 0.3..=500.0, "kilograms");
