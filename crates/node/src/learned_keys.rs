//! Certificates and revocations that peers brought between two cards, kept in the node's directory.

use std::path::PathBuf;

use chancery_record::{Country, KeyNews, TrustRoster};

use crate::directory::NodeDirectory;
use crate::durable_file::{self, FileFault, Readers};
use crate::limits::{CARDS_MAX, LEARNED_FILE_BYTES_MAX};

/// What was learned, one file for each country beside its card. Each file says all that is known of the country's keys, as
/// its country key signed it, so that nothing in it needs to be believed for its own sake.
pub struct LearnedKeys<'a> {
    directory: &'a NodeDirectory,
}

impl<'a> LearnedKeys<'a> {
    /// What the node of that directory has learned.
    pub fn of(directory: &'a NodeDirectory) -> Self {
        Self { directory }
    }

    /// Keeps all that is known of a country; durable when it returns.
    pub fn keep(&self, news: &KeyNews) -> Result<(), FileFault> {
        durable_file::make_directory(&self.directory.learned())?;
        durable_file::write(&self.file(news.country), &news.to_bytes(), Readers::Everyone)
    }

    /// What is kept of a country, if anything.
    pub fn find(&self, country: Country) -> Option<KeyNews> {
        let bytes = durable_file::read(&self.file(country), LEARNED_FILE_BYTES_MAX).ok()?;
        KeyNews::from_bytes(&bytes).ok().filter(|news| news.country == country)
    }

    /// Has a roster learn what is kept. Gives the files that cannot be read; what no longer fits its country's card is passed
    /// over, because the key that signed it was succeeded.
    pub fn teach(&self, roster: &mut TrustRoster) -> Vec<PathBuf> {
        let mut unread = Vec::new();
        let Ok(files) = durable_file::list(&self.directory.learned(), ENDING, CARDS_MAX) else {
            return unread;
        };
        for path in files {
            let country = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
            match country.and_then(|country| self.find(country)) {
                Some(news) => drop(roster.learn(news.country, &news.certificates, &news.revocations)),
                None => unread.push(path),
            }
        }
        unread
    }

    fn file(&self, country: Country) -> PathBuf {
        self.directory.learned().join(format!("{country}{ENDING}"))
    }
}

const ENDING: &str = ".keys";

#[cfg(test)]
mod tests {
    use super::*;
    use chancery_record::signing::public_key;
    use chancery_record::{ContactCard, Instant, Revocation};
    use ed25519_dalek::SigningKey;

    fn card(key: &SigningKey) -> ContactCard {
        ContactCard {
            country: "DE".parse().unwrap(),
            agency: "an agency".into(),
            country_key: public_key(key),
            successor: [0; 32],
            serial: 1,
            issued: Instant(1),
            certificates: vec![],
            revocations: vec![],
            addresses: vec![],
            languages: vec![],
            duty_contact: String::new(),
        }
    }

    #[test]
    fn what_was_learned_is_known_again_under_the_same_country_key_only() {
        let place = tempfile::tempdir().unwrap();
        let directory = NodeDirectory::named(place.path());
        let learned = LearnedKeys::of(&directory);
        let (key, other) = (SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32]));
        let country: Country = "DE".parse().unwrap();
        let mut roster = TrustRoster::default();
        roster.admit(&card(&key)).unwrap();
        let before = roster.clone();
        roster.learn(country, &[], &[Revocation { country, serial: 3, revoked: Instant(5) }.sign(&key)]).unwrap();
        learned.keep(&roster.news_of(country).unwrap()).unwrap();
        let mut again = before;
        assert!(learned.teach(&mut again).is_empty());
        assert_eq!(again, roster);
        assert!(again.is_revoked(country, 3));
        let mut succeeded = TrustRoster::default();
        succeeded.admit(&card(&other)).unwrap();
        assert!(learned.teach(&mut succeeded).is_empty());
        assert!(!succeeded.is_revoked(country, 3), "the heir says for itself what counts");
        std::fs::write(place.path().join("learned/DE.keys"), "damaged").unwrap();
        std::fs::write(place.path().join("learned/FR.keys"), roster.news_of(country).unwrap().to_bytes()).unwrap();
        assert_eq!(learned.teach(&mut again).len(), 2);
    }
}
