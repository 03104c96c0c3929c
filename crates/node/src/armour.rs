//! Signed bytes as text that survives a mail or a printout.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

/// What stands between the lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Armour {
    /// A signed contact card.
    Card,
    /// A signed request for a certificate.
    Request,
}

/// A text that is no armour, or another one.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ArmourFault {
    /// No such lines.
    #[error("it holds no {0}: the line `-----BEGIN CHANCERY {0}-----` or its end is missing")]
    Missing(&'static str),
    /// Another sort of content.
    #[error("it holds a {found}, not a {expected}")]
    Other {
        /// The title found.
        found: &'static str,
        /// The title expected.
        expected: &'static str,
    },
    /// Not base64 between the lines.
    #[error("the text between its first and last line is damaged")]
    Damaged,
}

impl Armour {
    const ALL: [Self; 2] = [Self::Card, Self::Request];

    const fn title(self) -> &'static str {
        match self {
            Self::Card => "CONTACT CARD",
            Self::Request => "CERTIFICATE REQUEST",
        }
    }

    fn first_line(self) -> String {
        format!("-----BEGIN CHANCERY {}-----", self.title())
    }

    fn last_line(self) -> String {
        format!("-----END CHANCERY {}-----", self.title())
    }

    /// Wraps the bytes. Nothing readable stands beside them: what is not signed must not be believed.
    pub fn wrap(self, bytes: &[u8]) -> String {
        let mut text = self.first_line() + "\n";
        let encoded = STANDARD.encode(bytes);
        let mut rest = encoded.as_str();
        while !rest.is_empty() {
            let (line, after) = rest.split_at(rest.len().min(LINE_CHARACTERS));
            text.push_str(line);
            text.push('\n');
            rest = after;
        }
        text + &self.last_line() + "\n"
    }

    /// The bytes between the lines. What stands before and after them, as a mail adds it, is passed over.
    pub fn unwrap(self, text: &str) -> Result<Vec<u8>, ArmourFault> {
        let Some((_, after)) = text.split_once(&self.first_line()) else {
            let other = Self::ALL.into_iter().find(|other| text.contains(&other.first_line()));
            return Err(match other {
                Some(other) => ArmourFault::Other { found: other.title(), expected: self.title() },
                None => ArmourFault::Missing(self.title()),
            });
        };
        let (body, _) = after.split_once(&self.last_line()).ok_or(ArmourFault::Missing(self.title()))?;
        let encoded: String = body.chars().filter(|character| !character.is_whitespace()).collect();
        STANDARD.decode(encoded).map_err(|_| ArmourFault::Damaged)
    }
}

const LINE_CHARACTERS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survives_a_mail() {
        for length in [0, 1, 47, 48, 49, 1000] {
            let bytes: Vec<u8> = (0..length).map(|at| (at * 7 % 256) as u8).collect();
            let text = Armour::Card.wrap(&bytes);
            assert!(text.lines().all(|line| line.len() <= LINE_CHARACTERS));
            let mailed = format!("Dear colleague,\r\n\r\n{}\r\n-- \r\nThe duty desk", text.replace('\n', "\r\n"));
            assert_eq!(Armour::Card.unwrap(&mailed).unwrap(), bytes);
        }
    }

    #[test]
    fn says_what_it_found_instead() {
        let card = Armour::Card.wrap(b"card");
        let check = |text: &str, fault: ArmourFault| assert_eq!(Armour::Request.unwrap(text).unwrap_err(), fault);
        check(&card, ArmourFault::Other { found: "CONTACT CARD", expected: "CERTIFICATE REQUEST" });
        check("hello", ArmourFault::Missing("CERTIFICATE REQUEST"));
        let request = Armour::Request.wrap(b"request");
        check(request.split("-----END").next().unwrap(), ArmourFault::Missing("CERTIFICATE REQUEST"));
        check(&request.replace("cmVx", "c*Vx"), ArmourFault::Damaged);
    }
}
