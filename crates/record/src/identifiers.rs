//! Identifiers as keys: what is the same number must be the same text, however it was written down.

use std::fmt;

use serde::Serialize;

use crate::limits::IDENTIFIER_CHARS_MAX;

/// A document's number: upper case, without fillers and separators.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct DocumentNumber(String);

/// A vehicle identification number: upper case, without separators; I, O and Q, which none holds, as 1 and 0.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Vin(String);

/// A registration plate: upper case, without separators, letters that look Latin as Latin.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Plate(String);

impl DocumentNumber {
    /// The key of a number as somebody wrote it; `None` where no letter or digit is left, or too many are.
    pub fn of(text: &str) -> Option<Self> {
        key(text, |letter| letter).map(Self)
    }
}

impl Vin {
    /// The key of a number as somebody wrote it; `None` where no letter or digit is left, or too many are.
    pub fn of(text: &str) -> Option<Self> {
        let read = |letter| match letter {
            'I' => '1',
            'O' | 'Q' => '0',
            other => other,
        };
        key(text, read).map(Self)
    }

    /// Whether position 9 is the check digit of the other positions (ISO 3779, mandatory in North America only);
    /// `None` where the number has not 17 letters.
    pub fn check_digit_holds(&self) -> Option<bool> {
        if self.0.len() != VIN_WEIGHTS.len() {
            return None;
        }
        let mut sum = 0;
        for (letter, weight) in self.0.chars().zip(VIN_WEIGHTS) {
            sum += transliterated(letter)? * weight;
        }
        let expected = char::from_digit(sum % 11, 10).unwrap_or('X');
        Some(self.0.chars().nth(8) == Some(expected))
    }
}

impl Plate {
    /// The key of a plate as somebody wrote it; `None` where no letter or digit is left, or too many are.
    pub fn of(text: &str) -> Option<Self> {
        key(text, latin_twin).map(Self)
    }
}

macro_rules! text_of_key {
    ($($name:ident),+) => { $(
        impl $name {
            /// The key's text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.pad(&self.0)
            }
        }
    )+ };
}
text_of_key!(DocumentNumber, Vin, Plate);

/// INVARIANT (everything is bounded): no key is longer than [`IDENTIFIER_CHARS_MAX`] letters, whatever the text.
fn key(text: &str, read: fn(char) -> char) -> Option<String> {
    let letters = text.chars().map(ascii_twin).filter(|letter| letter.is_alphanumeric());
    let upper = letters.flat_map(char::to_uppercase).filter(|letter| letter.is_alphanumeric()).map(read);
    let key: String = upper.take(IDENTIFIER_CHARS_MAX + 1).collect();
    (!key.is_empty() && key.chars().count() <= IDENTIFIER_CHARS_MAX).then_some(key)
}

/// Full-width forms and the digits of Arabic and Persian as ASCII.
fn ascii_twin(letter: char) -> char {
    let code = u32::from(letter);
    let shifted = match code {
        0xff01..=0xff5e => code - 0xff01 + 0x21,
        0x0660..=0x0669 => code - 0x0660 + 0x30,
        0x06f0..=0x06f9 => code - 0x06f0 + 0x30,
        _ => code,
    };
    char::from_u32(shifted).unwrap_or(letter)
}

/// The twelve Cyrillic and the Greek capitals that plates use because they look Latin.
fn latin_twin(letter: char) -> char {
    match letter {
        'А' | 'Α' => 'A',
        'В' | 'Β' => 'B',
        'Е' | 'Ε' => 'E',
        'К' | 'Κ' => 'K',
        'М' | 'Μ' => 'M',
        'Н' | 'Η' => 'H',
        'О' | 'Ο' => 'O',
        'Р' | 'Ρ' => 'P',
        'С' => 'C',
        'Т' | 'Τ' => 'T',
        'У' | 'Υ' => 'Y',
        'Х' | 'Χ' => 'X',
        'Ζ' => 'Z',
        'Ι' => 'I',
        'Ν' => 'N',
        other => other,
    }
}

fn transliterated(letter: char) -> Option<u32> {
    match letter {
        '0'..='9' => letter.to_digit(10),
        'A'..='H' => Some(u32::from(letter) - u32::from('A') + 1),
        'J'..='N' => Some(u32::from(letter) - u32::from('J') + 1),
        'P' => Some(7),
        'R' => Some(9),
        'S'..='Z' => Some(u32::from(letter) - u32::from('S') + 2),
        _ => None,
    }
}

const VIN_WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_same_number_is_the_same_key() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(DocumentNumber::of(text).as_ref().map(DocumentNumber::as_str), expected, "{text}");
        };
        for same in ["12ab34567", "12 AB 34567", "12-ab-34567", "12AB34567<<<", "１２ＡＢ34567", "12.AB/34567"] {
            check(same, Some("12AB34567"));
        }
        check("٣٤٥", Some("345"));
        check("۳۴۵", Some("345"));
        check("", None);
        check("<<<---", None);
        check(&"9".repeat(64), Some(&"9".repeat(64)));
        check(&"9".repeat(65), None);
    }

    #[test]
    fn plates_of_look_alike_letters() {
        assert_eq!(Plate::of("а 123 вс 77"), Plate::of("A123BC77"));
        assert_eq!(Plate::of("B-ÖX 12").unwrap().as_str(), "BÖX12");
    }

    #[test]
    fn check_digits_of_vehicle_numbers() {
        // The worked example of the North American rule, and seventeen ones.
        for good in ["1M8GDM9AXKP042788", "1m8gdm9a xkp-042788", "11111111111111111"] {
            assert_eq!(Vin::of(good).unwrap().check_digit_holds(), Some(true), "{good}");
        }
        assert_eq!(Vin::of("1M8GDM9A1KP042788").unwrap().check_digit_holds(), Some(false));
        assert_eq!(Vin::of("SHORT123").unwrap().check_digit_holds(), None);
        assert_eq!(Vin::of("IOQ"), Vin::of("100"));
        assert_eq!(Vin::of("1M8GDM9AÉKP042788").unwrap().check_digit_holds(), None);
    }
}
