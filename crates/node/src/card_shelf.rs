//! The cards of other countries: what may be put on the shelf, and what must not replace what stands there.

use chancery_record::{ContactCard, Country, SignedCard, TrustRoster};
use thiserror::Error;

use crate::directory::{CardFileFault, NodeDirectory, read_card, write_card};
use crate::durable_file;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::limits::CARDS_MAX;

/// How a card relates to the one known before; it says whether people must compare fingerprints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The country was not known: only people can say whose key it is.
    New,
    /// The same card again.
    Same,
    /// A newer card under the key that was trusted before.
    Newer,
    /// A newer card under the same key that commits to another successor. Who stole the key could have made it.
    OtherSuccessor,
    /// A newer card under the successor that the known card committed to.
    Succession,
}

/// Why a card is not put on the shelf.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ImportFault {
    /// It is this node's own country.
    #[error("the card is of {0}, which is this node's own country")]
    Own(Country),
    /// A newer one is known.
    #[error("the card of {country} has serial {offered}, and serial {known} is known already")]
    Older {
        /// The country.
        country: Country,
        /// The serial offered.
        offered: u64,
        /// The serial known.
        known: u64,
    },
    /// Another card of the same serial is known.
    #[error("another card of {country} with serial {serial} is known already")]
    Conflict {
        /// The country.
        country: Country,
        /// The serial of both.
        serial: u64,
    },
    /// Another key, and not the one announced.
    #[error("the card of {0} is signed by another country key, and not by the successor that the known card names")]
    OtherKey(Country),
    /// There is no room.
    #[error("{CARDS_MAX} cards are known already")]
    Full,
}

impl From<ImportFault> for Failure {
    fn from(fault: ImportFault) -> Self {
        let next = match &fault {
            ImportFault::Own(_) => "install an answer to your own request with `chancery key install`",
            ImportFault::Older { .. } => "ask for the newest card",
            ImportFault::Conflict { .. } => {
                "a country never signs two cards with one serial: call its duty contact and ask what happened"
            }
            ImportFault::OtherKey(_) => {
                "call the duty contact of the known card before anything else; if both its keys are lost, a person \
                 must remove the known card from the directory `cards` and import the new one as a stranger's"
            }
            ImportFault::Full => "remove cards from the directory `cards`",
        };
        Self::of(Exit::Failed, fault).next(next)
    }
}

impl Standing {
    /// Whether people must have compared the fingerprint before the card is believed.
    pub fn needs_comparison(self) -> bool {
        matches!(self, Self::New | Self::OtherSuccessor | Self::Succession)
    }
}

/// What an offered card is, beside the one known.
pub fn judge(own: Country, known: Option<&ContactCard>, offered: &ContactCard) -> Result<Standing, ImportFault> {
    let country = offered.country;
    if country == own {
        return Err(ImportFault::Own(country));
    }
    let Some(known) = known else {
        return Ok(Standing::New);
    };
    let same_key = known.country_key == offered.country_key;
    if !same_key && known.successor != offered.country_key.digest() {
        return Err(ImportFault::OtherKey(country));
    }
    if offered.serial < known.serial {
        return Err(ImportFault::Older { country, offered: offered.serial, known: known.serial });
    }
    if offered.serial == known.serial {
        let same = offered == known;
        return if same { Ok(Standing::Same) } else { Err(ImportFault::Conflict { country, serial: known.serial }) };
    }
    Ok(match (same_key, known.successor == offered.successor) {
        (false, _) => Standing::Succession,
        (true, false) => Standing::OtherSuccessor,
        (true, true) => Standing::Newer,
    })
}

/// The cards of a node's directory.
pub struct CardShelf<'a> {
    directory: &'a NodeDirectory,
}

impl<'a> CardShelf<'a> {
    /// The shelf of that node.
    pub fn of(directory: &'a NodeDirectory) -> Self {
        Self { directory }
    }

    /// The known card of a country.
    pub fn find(&self, country: Country) -> Result<Option<(SignedCard, ContactCard)>, CardFileFault> {
        match read_card(&self.directory.card_of(country)) {
            Ok(found) => Ok(Some(found)),
            Err(CardFileFault::File(fault)) if fault.is_absence() => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Every known card in the order of countries; one that cannot be read stands in its place as a fault.
    pub fn all(&self) -> Result<Vec<Result<ContactCard, CardFileFault>>, CardFileFault> {
        let files = durable_file::list(&self.directory.cards(), ".card", CARDS_MAX)?;
        Ok(files.iter().map(|path| read_card(path).map(|(_, card)| card)).collect())
    }

    /// Keeps a card that was judged and, where it must be, compared.
    pub fn put(&self, signed: &SignedCard, card: &ContactCard) -> Result<(), Failure> {
        let path = self.directory.card_of(card.country);
        let known = durable_file::list(&self.directory.cards(), ".card", CARDS_MAX).map_err(CardFileFault::from)?;
        if known.len() >= CARDS_MAX && !known.contains(&path) {
            return Err(ImportFault::Full.into());
        }
        Ok(write_card(&path, signed).map_err(CardFileFault::from)?)
    }

    /// Whom the node believes: its own card and every card on the shelf. A card that cannot be read is left out and
    /// returned beside, so that one bad file stops nothing.
    pub fn roster(&self, own: &ContactCard) -> Result<(TrustRoster, Vec<Failure>), Failure> {
        let mut roster = TrustRoster::default();
        let mut faults = Vec::new();
        let admitted = |fault| Failure::new(Exit::Failed, "a card cannot be believed").because(fault);
        roster.admit(own).map_err(admitted)?;
        for read in self.all()? {
            match read {
                Ok(card) => faults.extend(roster.admit(&card).err().map(admitted)),
                Err(fault) => faults.push(fault.into()),
            }
        }
        Ok((roster, faults))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chancery_record::Instant;
    use chancery_record::signing::public_key;
    use ed25519_dalek::SigningKey;

    fn card(country: &str, key: u8, successor: u8, serial: u64) -> ContactCard {
        let key = SigningKey::from_bytes(&[key; 32]);
        let successor = public_key(&SigningKey::from_bytes(&[successor; 32])).digest();
        let card = ContactCard {
            country: country.parse().unwrap(),
            agency: "an agency".into(),
            country_key: public_key(&key),
            successor,
            serial,
            issued: Instant(serial),
            certificates: vec![],
            revocations: vec![],
            addresses: vec![],
            languages: vec![],
            duty_contact: String::new(),
        };
        card.sign(&key).open().unwrap()
    }

    #[test]
    fn what_may_follow_a_known_card() {
        let own: Country = "FR".parse().unwrap();
        let known = card("DE", 1, 2, 5);
        let check = |offered: ContactCard, expected: Result<Standing, ImportFault>| {
            assert_eq!(judge(own, Some(&known), &offered), expected);
        };
        let country = known.country;
        check(card("DE", 1, 2, 5), Ok(Standing::Same));
        check(card("DE", 1, 2, 6), Ok(Standing::Newer));
        check(card("DE", 1, 3, 6), Ok(Standing::OtherSuccessor));
        check(card("DE", 2, 3, 6), Ok(Standing::Succession));
        check(card("DE", 1, 3, 5), Err(ImportFault::Conflict { country, serial: 5 }));
        check(card("DE", 1, 2, 4), Err(ImportFault::Older { country, offered: 4, known: 5 }));
        check(card("DE", 2, 3, 4), Err(ImportFault::Older { country, offered: 4, known: 5 }));
        check(card("DE", 3, 4, 6), Err(ImportFault::OtherKey(country)));
        check(card("FR", 1, 2, 6), Err(ImportFault::Own(own)));
        assert_eq!(judge(own, None, &known), Ok(Standing::New));
        assert!(Standing::New.needs_comparison() && !Standing::Newer.needs_comparison());
    }

    #[test]
    fn one_damaged_card_stops_no_other() {
        let place = tempfile::tempdir().unwrap();
        let directory = NodeDirectory::named(place.path());
        directory.make().unwrap();
        let shelf = CardShelf::of(&directory);
        let key = SigningKey::from_bytes(&[1; 32]);
        let good = card("DE", 1, 2, 5);
        shelf.put(&good.sign(&key), &good).unwrap();
        std::fs::write(directory.card_of("IT".parse().unwrap()), "not a card").unwrap();
        let (roster, faults) = shelf.roster(&card("FR", 8, 9, 1)).unwrap();
        assert_eq!(roster.countries().count(), 2);
        assert_eq!(faults.len(), 1);
        assert_eq!(shelf.find(good.country).unwrap().unwrap().1, good);
        assert!(shelf.find("ES".parse().unwrap()).unwrap().is_none());
    }
}
