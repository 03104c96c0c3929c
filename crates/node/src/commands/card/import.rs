//! `chancery card import`: another country's card, believed only after people compared its fingerprint.

use std::path::PathBuf;

use chancery_record::{ContactCard, Fingerprint, Instant};
use clap::Args;

use super::view::{CardRow, CertificateState, KnownKeys};
use crate::card_shelf::{CardShelf, Standing, judge};
use crate::cli::Invocation;
use crate::client::reload_if_running;
use crate::clock::now;
use crate::directory::read_card;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::fingerprint;
use crate::learned_keys::LearnedKeys;
use crate::limits::CLOCK_WARNED_MS;

/// Take in another country's card
#[derive(Args, Debug)]
pub struct Import {
    /// The file with the card
    file: PathBuf,
    /// The fingerprint as the country told it, words or digits; it stands for the comparison
    #[arg(long, value_name = "WORDS", value_parser = fingerprint::parse)]
    fingerprint: Option<Fingerprint>,
}

impl Import {
    /// Verifies, shows, has people compare, keeps.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let node = invocation.node()?;
        let own = node.read_config()?.country;
        let (signed, card) = read_card(&self.file)?;
        let _changing = node.lock()?;
        let shelf = CardShelf::of(&node);
        let known = shelf.find(card.country)?.map(|(_, known)| known);
        let standing = judge(own, known.as_ref(), &card)?;
        self.warn(invocation, &card, standing, now());
        if let Some(told) = &self.fingerprint {
            compare(told, &card)?;
        } else if standing.needs_comparison() {
            ask(invocation, &card, standing)?;
        }
        let country = card.country;
        if standing == Standing::Same {
            invocation.talk.say(&format!("card {} of {country} is known already; nothing changed", card.serial));
        } else {
            shelf.put(&signed, &card)?;
            invocation.talk.say(&format!("card {} of {country} ({}) is taken in", card.serial, country.name()));
            reload_if_running(&node, &invocation.talk);
        }
        let learned = LearnedKeys::of(&node).find(country);
        invocation.output.one(&CardRow::of(&card, &KnownKeys::of(&card, learned.as_ref()), now()))?;
        Ok(Exit::Done)
    }

    fn warn(&self, invocation: &Invocation, card: &ContactCard, standing: Standing, now: Instant) {
        let talk = &invocation.talk;
        match standing {
            Standing::Succession => talk.warn(
                "the country changed its country key to the successor that its last card named; that happens when a key was \
                 lost or stolen, so ask why",
            ),
            Standing::OtherSuccessor => talk.warn(
                "the card names another successor of its country key than the last one; a thief of the key would do the \
                 same, so ask why",
            ),
            Standing::New | Standing::Same | Standing::Newer => {}
        }
        if card.issued.0 > now.0.saturating_add(CLOCK_WARNED_MS) {
            talk.warn(&format!("the card says it was issued at {}, which is to come; a clock is off", card.issued));
        }
        let certificates = card.opened_certificates().unwrap_or_default();
        let usable = |state| matches!(state, CertificateState::Valid | CertificateState::ToCome);
        if !certificates.iter().any(|certificate| usable(CertificateState::of(certificate, card, now))) {
            talk.warn("the card names no certificate that is valid; ask for a newer one");
        }
        if card.addresses.is_empty() {
            talk.detail("the card names no address: this node waits to be dialled");
        }
    }
}

fn compare(told: &Fingerprint, card: &ContactCard) -> Result<(), Failure> {
    let found = card.fingerprint();
    if *told == found {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Failed,
        format!("the card's fingerprint is not the one told: it is `{}`", fingerprint::words(&found)),
    )
    .next("do not use this card; ask the country for its card and its fingerprint by two different ways"))
}

fn ask(invocation: &Invocation, card: &ContactCard, standing: Standing) -> Result<(), Failure> {
    let talk = &invocation.talk;
    let (country, fingerprint) = (card.country, card.fingerprint());
    let lead = if standing == Standing::New { "a card of" } else { "another key of" };
    talk.say(&format!("{lead} {country} ({}), agency: {}", country.name(), card.agency));
    talk.say(&format!("  fingerprint  {}", fingerprint::words(&fingerprint)));
    talk.say(&format!("  in digits    {}", fingerprint::digits(&fingerprint)));
    invocation.consent.require(
        &format!("Has {country} told you this fingerprint by another way than the card?"),
        "give `--fingerprint WORDS` with what the country told you, or `--yes` if you have compared it",
    )
}
