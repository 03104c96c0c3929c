//! Closed vocabularies: enumerations whose every value is one word of the field.

/// Declares a closed vocabulary. Each value has one word for people and one byte for the encoding; both are part of the
/// signed format and never change meaning.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $noun:literal: $( $(#[$vdoc:meta])* $variant:ident = $code:literal $word:literal ),+ $(,)?) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name { $( $(#[$vdoc])* #[doc = concat!("`", $word, "`")] $variant = $code ),+ }

        impl $name {
            /// Every value, in the order of the encoding.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// What one value of this vocabulary is called.
            pub const NOUN: &'static str = $noun;

            /// The word for people, files and articles.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The byte of the encoding.
            pub const fn code(self) -> u8 {
                self as u8
            }

            /// The value of an encoded byte.
            pub const fn from_code(code: u8) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.pad(self.word())
            }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::words::UnknownWord;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|value| value.word() == text).ok_or_else(|| {
                    $crate::words::UnknownWord::new(Self::NOUN, text, Self::ALL.iter().map(|value| value.word()))
                })
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                out.serialize_str(self.word())
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                String::deserialize(input)?.parse().map_err(serde::de::Error::custom)
            }
        }
        impl bincode::Encode for $name {
            fn encode<E: bincode::enc::Encoder>(&self, out: &mut E) -> Result<(), bincode::error::EncodeError> {
                bincode::Encode::encode(&self.code(), out)
            }
        }
        impl<C> bincode::Decode<C> for $name {
            fn decode<D: bincode::de::Decoder<Context = C>>(input: &mut D) -> Result<Self, bincode::error::DecodeError> {
                let code = <u8 as bincode::Decode<C>>::decode(input)?;
                Self::from_code(code).ok_or(bincode::error::DecodeError::Other("a code outside the vocabulary"))
            }
        }
        bincode::impl_borrow_decode!($name);
    };
}
/// Declares what a word means where it is left out.
macro_rules! default_words {
    ($($name:ident = $variant:ident),+ $(,)?) => { $(
        impl Default for $name {
            fn default() -> Self {
                Self::$variant
            }
        }
    )+ };
}
pub(crate) use {default_words, words};

use thiserror::Error;

/// A word outside its closed vocabulary.
#[derive(Debug, Error, PartialEq, Eq, Clone)]
#[error("`{word}` is no {noun}{}", .nearest.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default())]
pub struct UnknownWord {
    /// What the word was to be.
    pub noun: &'static str,
    /// The word found.
    pub word: String,
    /// The nearest known word, if one is near.
    pub nearest: Option<&'static str>,
}

impl UnknownWord {
    /// Names the nearest of `known`.
    pub fn new(noun: &'static str, word: &str, known: impl Iterator<Item = &'static str>) -> Self {
        let word: String = word.chars().take(80).collect();
        let nearest = nearest(&word, known);
        Self { noun, word, nearest }
    }
}

/// The known word that takes the fewest edits from `word`, if it takes no more than a third of its letters.
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let bound = (word.chars().count() / 3).max(2);
    known
        .map(|candidate| (edits(&word.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= bound)
        .min()
        .map(|(_, candidate)| candidate)
}

fn edits(from: &str, to: &str) -> usize {
    let target: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=target.len()).collect();
    for (line, letter) in from.chars().enumerate() {
        let mut diagonal = line;
        let mut left = line + 1;
        let mut next = vec![left];
        for (above, other) in row.iter().skip(1).zip(&target) {
            let cost = usize::from(letter != *other);
            left = (diagonal + cost).min(above + 1).min(left + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_nearest_word() {
        let known = ["investigation", "identification", "prevention"];
        assert_eq!(nearest("investigaton", known.into_iter()), Some("investigation"));
        assert_eq!(nearest("tax", known.into_iter()), None);
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("", "abc"), 3);
    }
}
