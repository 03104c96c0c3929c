//! `chancery key succeed`: the successor takes the place of a country key that was lost or stolen.

use std::path::{Path, PathBuf};

use chancery_record::signing::public_key;
use chancery_record::{ContactCard, SignedCard};
use clap::Args;

use super::certify::hand_out;
use crate::adoption::adopt;
use crate::cli::Invocation;
use crate::clock::now;
use crate::directory::{CardFileFault, NodeDirectory, read_card, write_card};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::fingerprint;
use crate::issuing::{CertificateRequest, Issuer};
use crate::keys::country::CountryKeys;
use crate::passphrase::KnownPassphrase;

/// Put the successor in the place of a lost or stolen country key
#[derive(Args, Debug)]
pub struct Succeed {
    /// The directory with the successor, if it is not the node's
    #[arg(long, value_name = "DIR")]
    country_key_dir: Option<PathBuf>,
    /// The file for the new card, where the key is not the node's; standard output if absent
    #[arg(long, value_name = "FILE", requires = "country_key_dir")]
    out: Option<PathBuf>,
    #[command(flatten)]
    passphrase: KnownPassphrase,
}

impl Succeed {
    /// Signs the next card with the successor, makes the successor's successor, and moves the keys.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        match &self.country_key_dir {
            Some(directory) => self.elsewhere(invocation, directory),
            None => self.here(invocation),
        }
    }

    fn here(&self, invocation: &Invocation) -> Result<Exit, Failure> {
        let node = invocation.node()?;
        let _changing = node.lock()?;
        let (_, last) = node.read_own_card()?;
        let signed = self.succeed(invocation, &node.country_keys(), &last)?;
        let card = signed.open().map_err(|fault| Failure::of(Exit::Failed, fault))?;
        adopt(&node, &signed, &card, now())?;
        say_what_is_next(invocation, &card);
        Ok(Exit::Done)
    }

    fn elsewhere(&self, invocation: &Invocation, directory: &Path) -> Result<Exit, Failure> {
        let _changing = NodeDirectory::named(directory).lock()?;
        let path = directory.join("card.chancery");
        let (_, last) = read_card(&path)?;
        let signed = self.succeed(invocation, &CountryKeys::in_directory(directory), &last)?;
        write_card(&path, &signed).map_err(CardFileFault::from)?;
        hand_out(invocation, self.out.as_deref(), &signed)?;
        let card = signed.open().map_err(|fault| Failure::of(Exit::Failed, fault))?;
        say_what_is_next(invocation, &card);
        Ok(Exit::Done)
    }

    fn succeed(&self, invocation: &Invocation, keys: &CountryKeys, last: &ContactCard) -> Result<SignedCard, Failure> {
        if !keys.has_successor() {
            return Err(Failure::new(Exit::Failed, "the secret successor is not here")
                .next("bring back `successor.age` or `successor.key` from where it is kept"));
        }
        invocation.consent.require(
            "Every country will have to compare the new fingerprint. Give up the present country key?",
            "give `--yes` to give it up",
        )?;
        let opened = keys.open_successor(&self.passphrase, &invocation.talk)?;
        if last.successor != public_key(&opened.key).digest() {
            return Err(Failure::new(Exit::Failed, "the successor here is not the one that the card in force names")
                .next("bring back the successor that was made together with the country key"));
        }
        let next = keys.prepare_next(&opened.protection)?;
        let issuer = Issuer { country_key: &opened.key, successor: next, now: now() };
        let request = CertificateRequest {
            country: last.country,
            agency: last.agency.clone(),
            addresses: last.addresses.clone(),
            languages: last.languages.clone(),
            duty_contact: last.duty_contact.clone(),
            wanted: None,
            revoke: Vec::new(),
            present: None,
            made: now(),
        };
        let signed = issuer.issue(&request, Some(last))?;
        keys.succeed()?;
        Ok(signed)
    }
}

fn say_what_is_next(invocation: &Invocation, card: &ContactCard) {
    let talk = &invocation.talk;
    talk.say(&format!("card {} of {} is signed by the successor", card.serial, card.country));
    talk.say(&format!("  fingerprint  {}", fingerprint::words(&card.fingerprint())));
    talk.say("next: hand the card to every country and tell each the new fingerprint; sign the treaties again");
    talk.say(
        "      the old key is kept as `country-retired-…`; destroy it if it is not needed to find out what happened",
    );
}
