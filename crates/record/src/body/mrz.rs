//! The machine-readable zone of travel documents, with its check digits (ICAO 9303 parts 3 to 7).

use thiserror::Error;

/// What a machine-readable zone says. Built by [`Mrz::parse`], which checks every check digit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mrz {
    document_code: Option<String>,
    issuer: Option<String>,
    number: String,
    expiry: Option<(i16, i8, i8)>,
    names: Option<String>,
}

/// Why lines are no good machine-readable zone.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum MrzFault {
    /// Not the lines of any form.
    #[error("no machine-readable zone: two lines of 44 or 36 letters, three of 30, or the lower line of the former")]
    Form,
    /// A letter that the zone cannot hold.
    #[error("line {0} holds a letter other than A to Z, 0 to 9 and <")]
    Letter(usize),
    /// A check digit that does not fit.
    #[error("the check digit of the {0} does not fit")]
    CheckDigit(&'static str),
}

/// Where the parts of a lower line stand.
struct Layout {
    number: Field,
    birth: Field,
    expiry: Field,
    /// Optional data with a check digit of its own, which may be left out where the data is.
    personal: Option<Field>,
    composite: Option<Composite>,
}

/// A field, with its check digit right behind it.
#[derive(Clone, Copy)]
struct Field {
    from: usize,
    to: usize,
}

struct Composite {
    parts: &'static [(usize, usize)],
    digit: usize,
}

impl Mrz {
    /// Reads the lines of one document: of two-line forms both or the lower one, of three-line forms all or the first
    /// two. Every check digit is checked, and every fault told.
    pub fn parse<T: AsRef<str>>(lines: &[T]) -> Result<Self, Vec<MrzFault>> {
        let lines: Vec<&str> = lines.iter().map(|line| line.as_ref().trim()).take(LINES_MAX + 1).collect();
        let legal = |line: &&str| {
            line.bytes().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == b'<')
        };
        let odd: Vec<MrzFault> = (1..)
            .zip(&lines)
            .filter(|(_, line)| !legal(line))
            .map(|(position, _)| MrzFault::Letter(position))
            .collect();
        if !odd.is_empty() {
            return Err(odd);
        }
        let lengths: Vec<usize> = lines.iter().map(|line| line.len()).collect();
        match (lengths.as_slice(), lines.as_slice()) {
            ([44, 44] | [36, 36], [upper, lower]) => Self::two_lines(Some(upper), lower),
            ([44] | [36], [lower]) => Self::two_lines(None, lower),
            ([30, 30], [first, second]) => Self::three_lines(first, second, None),
            ([30, 30, 30], [first, second, third]) => Self::three_lines(first, second, Some(third)),
            _ => Err(vec![MrzFault::Form]),
        }
    }

    /// The two letters that say what the document is, without fillers.
    pub fn document_code(&self) -> Option<&str> {
        self.document_code.as_deref()
    }

    /// The issuer, by ISO alpha-3 or a code of ICAO 9303.
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// The document number, without fillers.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// Year of the century, month and day of expiry.
    pub fn expiry(&self) -> Option<(i16, i8, i8)> {
        self.expiry
    }

    /// Whether it names a bearer.
    pub fn has_names(&self) -> bool {
        self.names.is_some()
    }

    /// The names as the zone writes them, fillers as spaces.
    pub fn names(&self) -> Option<&str> {
        self.names.as_deref()
    }

    fn two_lines(upper: Option<&&str>, lower: &str) -> Result<Self, Vec<MrzFault>> {
        let is_visa = upper.is_some_and(|line| line.starts_with('V'));
        let layout = match (lower.len(), is_visa) {
            (44, false) => PASSPORT,
            (44, true) => VISA,
            (_, false) => CARD,
            (_, true) => VISA,
        };
        let mut faults = Vec::new();
        layout.check(lower, &mut faults);
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self {
            document_code: upper.map(|line| without_filler(part(line, 0, 2))),
            issuer: upper.map(|line| without_filler(part(line, 2, 5))),
            number: without_filler(part(lower, layout.number.from, layout.number.to)),
            expiry: date(part(lower, layout.expiry.from, layout.expiry.to)),
            names: upper.and_then(|line| names(part(line, 5, line.len()))),
        })
    }

    fn three_lines(first: &str, second: &str, third: Option<&&str>) -> Result<Self, Vec<MrzFault>> {
        let mut faults = Vec::new();
        let number = long_number(first, &mut faults);
        check_field(second, Field { from: 0, to: 6 }, "date of birth", &mut faults);
        check_field(second, Field { from: 8, to: 14 }, "date of expiry", &mut faults);
        let whole = [part(first, 5, 30), part(second, 0, 7), part(second, 8, 15), part(second, 18, 29)].concat();
        if Some(check_digit(&whole)) != digit(second, 29) {
            faults.push(MrzFault::CheckDigit("whole"));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self {
            document_code: Some(without_filler(part(first, 0, 2))),
            issuer: Some(without_filler(part(first, 2, 5))),
            number,
            expiry: date(part(second, 8, 14)),
            names: third.and_then(|line| names(line)),
        })
    }
}

impl Layout {
    fn check(&self, line: &str, faults: &mut Vec<MrzFault>) {
        check_field(line, self.number, "document number", faults);
        check_field(line, self.birth, "date of birth", faults);
        check_field(line, self.expiry, "date of expiry", faults);
        if let Some(field) = self.personal {
            let is_empty = part(line, field.from, field.to).bytes().all(|letter| letter == b'<');
            let is_left_out = is_empty && part(line, field.to, field.to + 1) == "<";
            if !is_left_out {
                check_field(line, field, "personal number", faults);
            }
        }
        if let Some(composite) = &self.composite {
            let whole: String = composite.parts.iter().map(|(from, to)| part(line, *from, *to)).collect();
            if Some(check_digit(&whole)) != digit(line, composite.digit) {
                faults.push(MrzFault::CheckDigit("whole"));
            }
        }
    }
}

/// The check digit of ICAO 9303: weights 7, 3, 1; letters count from 10, the filler is 0.
pub fn check_digit(text: &str) -> u8 {
    let value = |letter: u8| match letter {
        b'0'..=b'9' => u32::from(letter - b'0'),
        b'A'..=b'Z' => u32::from(letter - b'A') + 10,
        _ => 0,
    };
    let sum = text
        .bytes()
        .zip([7u32, 3, 1].into_iter().cycle())
        .fold(0u32, |sum, (letter, weight)| (sum + value(letter) * weight) % 10);
    u8::try_from(sum).unwrap_or(0)
}

/// A number longer than nine letters fills its check digit with `<` and goes on in the optional data, check digit last.
fn long_number(line: &str, faults: &mut Vec<MrzFault>) -> String {
    let (head, optional) = (part(line, 5, 14), part(line, 15, 30));
    let tail = optional.split('<').next().unwrap_or_default();
    if part(line, 14, 15) != "<" || tail.is_empty() {
        check_field(line, Field { from: 5, to: 14 }, "document number", faults);
        return without_filler(head);
    }
    let (rest, _) = tail.split_at(tail.len().saturating_sub(1));
    let number = format!("{head}{rest}");
    if Some(check_digit(&number)) != digit(tail, rest.len()) {
        faults.push(MrzFault::CheckDigit("document number"));
    }
    without_filler(&number)
}

fn check_field(line: &str, field: Field, what: &'static str, faults: &mut Vec<MrzFault>) {
    if Some(check_digit(part(line, field.from, field.to))) != digit(line, field.to) {
        faults.push(MrzFault::CheckDigit(what));
    }
}

fn part(line: &str, from: usize, to: usize) -> &str {
    line.get(from..to).unwrap_or_default()
}

fn digit(line: &str, at: usize) -> Option<u8> {
    part(line, at, at + 1).parse().ok()
}

fn without_filler(text: &str) -> String {
    text.chars().filter(|letter| *letter != '<').collect()
}

fn names(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split('<').filter(|word| !word.is_empty()).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

fn date(text: &str) -> Option<(i16, i8, i8)> {
    Some((part(text, 0, 2).parse().ok()?, part(text, 2, 4).parse().ok()?, part(text, 4, 6).parse().ok()?))
}

const LINES_MAX: usize = 3;
const NUMBER: Field = Field { from: 0, to: 9 };
const BIRTH: Field = Field { from: 13, to: 19 };
const EXPIRY: Field = Field { from: 21, to: 27 };
/// Passports: two lines of 44 (TD3).
const PASSPORT: Layout = Layout {
    number: NUMBER,
    birth: BIRTH,
    expiry: EXPIRY,
    personal: Some(Field { from: 28, to: 42 }),
    composite: Some(Composite { parts: &[(0, 10), (13, 20), (21, 43)], digit: 43 }),
};
/// Cards of two lines of 36 (TD2).
const CARD: Layout = Layout {
    number: NUMBER,
    birth: BIRTH,
    expiry: EXPIRY,
    personal: None,
    composite: Some(Composite { parts: &[(0, 10), (13, 20), (21, 35)], digit: 35 }),
};
/// Visas of either length carry no digit over the whole.
const VISA: Layout = Layout { number: NUMBER, birth: BIRTH, expiry: EXPIRY, personal: None, composite: None };

#[cfg(test)]
mod tests {
    use super::*;

    // The specimens of ICAO 9303 itself, issued by Utopia, under another name: no check digit stands over names.
    const SPECIMEN: [&str; 2] =
        ["P<UTOQUAXLORN<<ZEMA<MOLVE<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"];

    fn check(lines: &[&str], number: &str, issuer: Option<&str>, names: Option<&str>) {
        let mrz = Mrz::parse(lines).unwrap();
        assert_eq!((mrz.number(), mrz.issuer(), mrz.names()), (number, issuer, names));
    }

    #[test]
    fn the_specimens_of_icao_9303() {
        check(&SPECIMEN, "L898902C3", Some("UTO"), Some("QUAXLORN ZEMA MOLVE"));
        check(&SPECIMEN[1..], "L898902C3", None, None);
        let card =
            ["I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "QUAXLORN<<ZEMA<MOLVE<<<<<<<<<<"];
        check(&card, "D23145890", Some("UTO"), Some("QUAXLORN ZEMA MOLVE"));
        check(&card[..2], "D23145890", Some("UTO"), None);
        let small = ["I<UTOQUAXLORN<<ZEMA<MOLVE<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"];
        check(&small, "D23145890", Some("UTO"), Some("QUAXLORN ZEMA MOLVE"));
        let visa = ["V<UTOQUAXLORN<<ZEMA<MOLVE<<<<<<<<<<<<<<<<<<<", "L8988901C4XXX4009078F96121096ZE184226B<<<<<<"];
        check(&visa, "L8988901C", Some("UTO"), Some("QUAXLORN ZEMA MOLVE"));
    }

    #[test]
    fn every_wrong_digit_is_told() {
        let lower = SPECIMEN[1];
        let faults = |at: usize| {
            let wrong = if &lower[at..=at] == "1" { "2" } else { "1" };
            Mrz::parse(&[format!("{}{wrong}{}", &lower[..at], &lower[at + 1..])]).unwrap_err()
        };
        assert_eq!(faults(9), [MrzFault::CheckDigit("document number"), MrzFault::CheckDigit("whole")]);
        assert_eq!(faults(19), [MrzFault::CheckDigit("date of birth"), MrzFault::CheckDigit("whole")]);
        assert_eq!(faults(27), [MrzFault::CheckDigit("date of expiry"), MrzFault::CheckDigit("whole")]);
        assert_eq!(faults(43), [MrzFault::CheckDigit("whole")]);
        assert_eq!(Mrz::parse(&["short"]).unwrap_err(), [MrzFault::Letter(1)]);
        assert_eq!(Mrz::parse(&["SHORT"]).unwrap_err(), [MrzFault::Form]);
        assert_eq!(Mrz::parse::<&str>(&[]).unwrap_err(), [MrzFault::Form]);
    }

    #[test]
    fn a_number_longer_than_its_field_goes_on_in_the_optional_data() {
        let (head, rest) = ("D23145890", "734");
        let number = format!("{head}{rest}");
        let first = format!("I<UTO{head}<{rest}{}<<<<<<<<<<<", check_digit(&number));
        let second = "7408122F1204159UTO<<<<<<<<<<<";
        let whole = [&first[5..30], &second[..7], &second[8..15], &second[18..29]].concat();
        let mrz = Mrz::parse(&[first, format!("{second}{}", check_digit(&whole))]).unwrap();
        assert_eq!(mrz.number(), number);
    }
}
