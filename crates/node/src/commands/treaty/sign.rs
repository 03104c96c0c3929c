//! `chancery treaty sign`: this country's signature over a treaty's exact bytes.

use std::path::{Path, PathBuf};

use chancery_record::Country;
use chancery_record::signing::public_key;
use chancery_treaty::{DocumentSignature, NationalLaw, Severity, TreatyDocument, check, sign_document};
use clap::Args;
use ed25519_dalek::SigningKey;
use serde::Serialize;

use super::shelf;
use crate::cli::Invocation;
use crate::client::reload_if_running;
use crate::clock::now;
use crate::directory::NodeDirectory;
use crate::durable_file::{self, Readers};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::keys::country::CountryKeys;
use crate::output::Row;
use crate::passphrase::KnownPassphrase;

/// Sign a treaty with the country key
///
/// The signature is written beside the file; treaty and signature are taken into the node's directory. A treaty whose examples
/// do not come out as written is not signed. On a machine that holds the country key and no node, `--country` says for whom;
/// nothing but the signature is then written, and `chancery treaty import` takes it in at the node.
#[derive(Args, Debug)]
pub struct Sign {
    /// The treaty
    file: PathBuf,
    /// The directory that holds the country key; the node's own if absent
    #[arg(long, value_name = "DIR", group = "key_place")]
    country_key_dir: Option<PathBuf>,
    /// The file with the country key
    #[arg(long, value_name = "FILE", group = "key_place")]
    country_key: Option<PathBuf>,
    /// Sign for this country, on a machine without its node
    #[arg(long, value_name = "CC", requires = "key_place")]
    country: Option<Country>,
    #[command(flatten)]
    passphrase: KnownPassphrase,
}

impl Sign {
    /// Checks, asks, signs, keeps.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let treaty = shelf::read_treaty(&self.file)?;
        match self.country {
            Some(country) => self.alone(invocation, &treaty, country),
            None => self.at_the_node(invocation, &treaty),
        }
    }

    fn at_the_node(&self, invocation: &Invocation, treaty: &TreatyDocument) -> Result<Exit, Failure> {
        let node = invocation.node()?;
        let own = node.read_config()?.country;
        require_signable(treaty, own)?;
        let law = node.law_of(own);
        let law = if law.exists() { Some(shelf::read_law(&law)?) } else { None };
        if !self.key_is_here(&node) {
            let shown = self.file.display();
            return Err(Failure::new(Exit::Failed, "the country key is not on this machine").next(format!(
                "on the machine that holds it run `chancery treaty sign {shown} --country-key KEYFILE --country {own}`, \
                 then here `chancery treaty import {shown} {shown}.{own}.sig`"
            )));
        }
        shelf::require_no_fork(invocation, &shelf::documents(&node)?.book, treaty, own)?;
        warn_and_ask(invocation, treaty, law.as_ref(), own)?;
        let key = self.open(invocation, || node.country_keys())?;
        if let Ok((_, card)) = node.read_own_card()
            && card.country_key != public_key(&key)
        {
            return Err(Failure::new(Exit::Failed, "the country key is not the one on this node's card")
                .because("no other country would believe the signature")
                .next("name the directory of the right key with `--country-key-dir`"));
        }
        let (signature, beside) = self.write(treaty, own, &key)?;
        shelf::keep(&node, treaty, std::slice::from_ref(&signature))?;
        reload_if_running(&node, &invocation.talk);
        invocation.talk.say(&format!(
            "next: hand `{}` and `{}` to the other parties; `chancery treaty import` takes theirs in",
            self.file.display(),
            beside.display()
        ));
        shown(invocation, treaty, own, &beside)
    }

    /// Signs where there is no node; whether the signature makes a fork is seen where it is taken in.
    fn alone(&self, invocation: &Invocation, treaty: &TreatyDocument, country: Country) -> Result<Exit, Failure> {
        require_signable(treaty, country)?;
        warn_and_ask(invocation, treaty, None, country)?;
        let key = self.open(invocation, || CountryKeys::in_directory(Path::new(".")))?;
        let (_, beside) = self.write(treaty, country, &key)?;
        invocation.talk.say(&format!(
            "next: at the node run `chancery treaty import {} {}`, and hand both files to the other parties",
            self.file.display(),
            beside.display()
        ));
        shown(invocation, treaty, country, &beside)
    }

    fn key_is_here(&self, node: &NodeDirectory) -> bool {
        match (&self.country_key, &self.country_key_dir) {
            (Some(file), _) => file.exists(),
            (None, Some(directory)) => CountryKeys::in_directory(directory).is_here(),
            (None, None) => node.country_keys().is_here(),
        }
    }

    fn open(&self, invocation: &Invocation, own: impl FnOnce() -> CountryKeys) -> Result<SigningKey, Failure> {
        let (passphrase, talk) = (&self.passphrase, &invocation.talk);
        let opened = match (&self.country_key, &self.country_key_dir) {
            (Some(file), _) => CountryKeys::open_file(file, passphrase, talk),
            (None, Some(directory)) => CountryKeys::in_directory(directory).open(passphrase, talk),
            (None, None) => own().open(passphrase, talk),
        };
        opened.map(|opened| opened.key)
    }

    fn write(
        &self,
        treaty: &TreatyDocument,
        country: Country,
        key: &SigningKey,
    ) -> Result<(DocumentSignature, PathBuf), Failure> {
        let signature = sign_document(treaty.bytes(), country, key);
        let beside = shelf::signature_path(&self.file, &signature);
        durable_file::write(&beside, signature.to_text().as_bytes(), Readers::Everyone)
            .map_err(|fault| Failure::new(Exit::Failed, "the signature cannot be written").because(fault))?;
        Ok((signature, beside))
    }
}

fn require_signable(treaty: &TreatyDocument, country: Country) -> Result<(), Failure> {
    if !treaty.header().parties.contains(&country) {
        let parties: Vec<String> = treaty.header().parties.iter().map(ToString::to_string).collect();
        return Err(Failure::new(Exit::Failed, format!("{country} is no party of `{}`", treaty.name()))
            .because(format!("its parties are {}", parties.join(", "))));
    }
    if let Some(failure) = treaty.check_cases().into_iter().next() {
        return Err(Failure::new(Exit::Failed, format!("`{}` is not signed", treaty.name()))
            .because(failure)
            .next("mend the article or the example; `chancery treaty check` shows all of them"));
    }
    Ok(())
}

fn warn_and_ask(
    invocation: &Invocation,
    treaty: &TreatyDocument,
    law: Option<&NationalLaw>,
    country: Country,
) -> Result<(), Failure> {
    for finding in check(treaty, law, now().date()) {
        if finding.severity() >= Severity::Warning {
            invocation.talk.warn(&finding.to_string());
        }
    }
    let text = String::from_utf8_lossy(treaty.bytes()).into_owned();
    invocation.talk.detail(&text);
    let header = treaty.header();
    invocation.consent.require(
        &format!("Sign `{}` ({}) for {country}? It ends {}.", treaty.name(), header.title, header.expires),
        "read it with `chancery treaty show FILE`, then give `--yes`",
    )
}

fn shown(invocation: &Invocation, treaty: &TreatyDocument, country: Country, beside: &Path) -> Result<Exit, Failure> {
    invocation.output.one(&SignedRow {
        treaty: treaty.name(),
        country: country.to_string(),
        hash: treaty.hash().to_string(),
        signature: beside.display().to_string(),
    })?;
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct SignedRow {
    treaty: String,
    country: String,
    hash: String,
    signature: String,
}

impl Row for SignedRow {
    const SCHEMA: &'static str = "chancery/treaty-signature/1";
    const COLUMNS: &'static [&'static str] = &["treaty", "country", "hash", "signature"];

    fn cells(&self) -> Vec<String> {
        vec![self.treaty.clone(), self.country.clone(), self.hash.clone(), self.signature.clone()]
    }
}
