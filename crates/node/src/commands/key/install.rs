//! `chancery key install`: the answer of the machine that holds the country key, put in force.

use std::path::PathBuf;

use chancery_record::{ContactCard, Fingerprint, Instant};
use clap::Args;

use crate::adoption::adopt;
use crate::cli::Invocation;
use crate::clock::now;
use crate::directory::{CardFileFault, NodeDirectory, read_card};
use crate::durable_file;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::fingerprint;
use crate::keys::KeyFault;

/// Put the answer to a request in force
#[derive(Args, Debug)]
pub struct Install {
    /// The answer
    answer: PathBuf,
    /// The fingerprint of the country key as its keeper told it; it stands for the comparison
    #[arg(long, value_name = "WORDS", value_parser = fingerprint::parse)]
    fingerprint: Option<Fingerprint>,
}

impl Install {
    /// Checks that the answer is this node's and newer than what it has, and puts it in force.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let node = invocation.node()?;
        let config = node.read_config()?;
        let _changing = node.lock()?;
        let (signed, card) = read_card(&self.answer)?;
        let refused = |what: String| Failure::new(Exit::Failed, what).next("ask for the answer to this node's request");
        if card.country != config.country {
            return Err(refused(format!(
                "the answer is a card of {}, this node is of {}",
                card.country, config.country
            )));
        }
        let now = now();
        self.follow(invocation, &node, &card)?;
        if !names_own_keys(&node, &card, now)? {
            return Err(refused("the answer certifies no keys that this node has".to_owned()));
        }
        adopt(&node, &signed, &card, now)?;
        if node.request().exists() {
            durable_file::remove(&node.request()).map_err(KeyFault::from)?;
        }
        invocation.talk.say(&format!("card {} of {} is in force here", card.serial, card.country));
        invocation.talk.say("next: hand the new card to the other countries (`chancery card export`)");
        Ok(Exit::Done)
    }

    /// The first card needs a person's word for its key; a later one must follow the card that is here.
    fn follow(&self, invocation: &Invocation, node: &NodeDirectory, card: &ContactCard) -> Result<(), Failure> {
        let offered = card.fingerprint();
        if self.fingerprint.as_ref().is_some_and(|told| *told != offered) {
            return Err(Failure::new(
                Exit::Failed,
                format!("the fingerprint is not the one told: it is `{}`", fingerprint::words(&offered)),
            )
            .next("do not use this answer; ask the keeper of the country key"));
        }
        let present = match node.read_own_card() {
            Ok((_, present)) => present,
            Err(CardFileFault::File(fault)) if fault.is_absence() => return self.compare(invocation, &offered),
            Err(fault) => return Err(fault.into()),
        };
        if card.serial <= present.serial {
            return Err(Failure::new(
                Exit::Failed,
                format!("the answer is card {}, and card {} is in force already", card.serial, present.serial),
            )
            .next("ask for the answer to the newest request"));
        }
        if card.country_key != present.country_key {
            if present.successor != card.country_key.digest() {
                return Err(Failure::new(
                    Exit::Failed,
                    "the answer is signed by another country key, and not by the successor that the card in force names",
                )
                .next("do not use this answer; ask the keeper of the country key"));
            }
            return self.compare(invocation, &offered);
        }
        Ok(())
    }

    fn compare(&self, invocation: &Invocation, offered: &Fingerprint) -> Result<(), Failure> {
        if self.fingerprint.is_some() {
            return Ok(());
        }
        invocation.talk.say(&format!("  fingerprint  {}", fingerprint::words(offered)));
        invocation.talk.say(&format!("  in digits    {}", fingerprint::digits(offered)));
        invocation.consent.require(
            "Is this the fingerprint of the country key?",
            "give `--fingerprint WORDS` with what its keeper told you, or `--yes` if you have compared it",
        )
    }
}

fn names_own_keys(node: &NodeDirectory, card: &ContactCard, now: Instant) -> Result<bool, Failure> {
    let ring = node.read_key_ring()?;
    let certificates = card.opened_certificates().unwrap_or_default();
    Ok(certificates.iter().any(|certificate| {
        certificate.not_after > now
            && ring.transport(&certificate.transport_key).is_some()
            && ring.record(&certificate.record_key).is_some()
    }))
}
