//! `chancery card`: this country's contact card, and those of others.

mod import;
mod view;

use std::path::{Path, PathBuf};

use chancery_record::{ContactCard, Country};
use clap::Subcommand;

use self::view::{CardRow, KnownKeys, ListedCard};
pub use self::view::{CertificateState, peer_id};
use super::key::change::{Change, Signer};
use crate::armour::Armour;
use crate::card_shelf::CardShelf;
use crate::cli::Invocation;
use crate::clock::now;
use crate::directory::{CardFileFault, NodeDirectory, read_card, write_card};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::learned_keys::LearnedKeys;

/// Show, hand out and take in contact cards
#[derive(Subcommand, Debug)]
pub enum Card {
    /// Show a card: this country's own, one that was imported, or one in a file
    Show {
        /// A file, or the code of a country whose card was imported
        #[arg(value_name = "FILE|CC")]
        which: Option<String>,
    },
    /// Write this country's card for other countries
    Export {
        /// The file to write; standard output if absent
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    Import(import::Import),
    /// List this country's card and every imported one
    List,
    /// Sign the card again with what the configuration says now
    Renew {
        #[command(flatten)]
        signer: Signer,
    },
}

impl Card {
    /// Runs the command.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        match self {
            Self::Show { which } => show(invocation, which.as_deref()),
            Self::Export { out } => export(invocation, out.as_deref()),
            Self::Import(command) => command.run(invocation),
            Self::List => list(invocation),
            Self::Renew { signer } => {
                let node = invocation.node()?;
                let change = Change::begin(&node)?;
                change.finish(invocation, &signer, None)
            }
        }
    }
}

fn show(invocation: &Invocation, which: Option<&str>) -> Result<Exit, Failure> {
    let (card, learned) = match which {
        None => (invocation.node()?.read_own_card()?.1, None),
        Some(text) => match text.parse::<Country>() {
            Ok(country) if !Path::new(text).is_file() => {
                let node = invocation.node()?;
                (known_card(&node, country)?, LearnedKeys::of(&node).find(country))
            }
            _ => (read_card(Path::new(text))?.1, None),
        },
    };
    invocation.output.one(&CardRow::of(&card, &KnownKeys::of(&card, learned.as_ref()), now()))?;
    Ok(Exit::Done)
}

fn known_card(node: &NodeDirectory, country: Country) -> Result<ContactCard, Failure> {
    if let Some((_, card)) = CardShelf::of(node).find(country)? {
        return Ok(card);
    }
    let (_, own) = node.read_own_card()?;
    if own.country == country {
        return Ok(own);
    }
    Err(Failure::new(Exit::NothingFound, format!("no card of {country} ({}) is known", country.name()))
        .next("`chancery card import FILE` takes one in"))
}

fn export(invocation: &Invocation, out: Option<&Path>) -> Result<Exit, Failure> {
    let (signed, card) = invocation.node()?.read_own_card()?;
    match out {
        None => invocation.output.bytes(Armour::Card.wrap(&signed.to_bytes()).as_bytes())?,
        Some(path) => {
            write_card(path, &signed).map_err(CardFileFault::from)?;
            invocation.talk.say(&format!("wrote card {} of {} to `{}`", card.serial, card.country, path.display()));
        }
    }
    let words = crate::fingerprint::words(&card.fingerprint());
    invocation.talk.say(&format!("tell its fingerprint by another way than the card itself: {words}"));
    Ok(Exit::Done)
}

fn list(invocation: &Invocation) -> Result<Exit, Failure> {
    let node = invocation.node()?;
    let now = now();
    let mut rows = Vec::new();
    let mut exit = Exit::Done;
    match node.read_own_card() {
        Ok((_, own)) => rows.push(ListedCard::of(&own, &KnownKeys::of(&own, None), "own", now)),
        Err(CardFileFault::File(fault)) if fault.is_absence() => {
            invocation.talk.warn("this country has no card yet: the request for a certificate is not answered");
        }
        Err(fault) => {
            invocation.talk.warn(&fault.to_string());
            exit = Exit::PartlyDone;
        }
    }
    for read in CardShelf::of(&node).all()? {
        match read {
            Ok(card) => {
                let learned = LearnedKeys::of(&node).find(card.country);
                rows.push(ListedCard::of(&card, &KnownKeys::of(&card, learned.as_ref()), "imported", now));
            }
            Err(fault) => {
                invocation.talk.warn(&fault.to_string());
                exit = Exit::PartlyDone;
            }
        }
    }
    invocation.output.rows(&rows)?;
    Ok(exit)
}
