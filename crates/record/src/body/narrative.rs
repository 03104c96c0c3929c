//! What is told in words, and the events that a notice is about.

use super::dates::PartialDate;
use super::shape::{form, shape_of_texts};
use crate::Country;
use crate::words::words;

words! {
    /// The purpose of a diffusion, by the colour of the notice it stands for.
    Colour, "colour of a notice":
    Red = 0 "red",
    Blue = 1 "blue",
    Green = 2 "green",
    Yellow = 3 "yellow",
    Black = 4 "black",
    Purple = 5 "purple",
    Orange = 6 "orange",
}
shape_of_texts!(Colour);

form! {
    /// The section `narrative`.
    Narrative {
        /// The purpose of a diffusion.
        colour: Option<Colour>,
        /// In one sentence.
        summary: Option<String>,
        /// In full.
        text: Option<String>,
        /// The language of the text (ISO 639-1).
        language: Option<String>,
        /// The text in other languages.
        translations: Vec<Translation>,
        /// What is asked for.
        what_is_sought: Option<String>,
        /// What the reader should do.
        action: Option<String>,
        /// What danger is seen.
        threat_assessment: Option<String>,
        /// What an officer must know before approaching.
        warnings: Vec<String>,
        /// How a person went missing.
        disappearance: Option<Disappearance>,
        /// How a body or an unidentified person was found.
        found: Option<Found>,
    }
}

form! {
    /// A text in another language.
    Translation {
        /// Which (ISO 639-1).
        language: Option<String>,
        /// The text.
        text: Option<String>,
    }
}

form! {
    /// How a person went missing.
    Disappearance {
        /// When.
        date: Option<PartialDate>,
        /// Where.
        place: Option<String>,
        /// In which country.
        country: Option<Country>,
        /// How.
        circumstances: Option<String>,
        /// When and where the person was last seen.
        last_seen: Option<String>,
        /// Who decides on the person's return.
        authority_for_return: Option<String>,
    }
}

form! {
    /// How a body or an unidentified person was found.
    Found {
        /// When.
        date: Option<PartialDate>,
        /// Where.
        place: Option<String>,
        /// In which country.
        country: Option<Country>,
        /// How.
        circumstances: Option<String>,
    }
}
