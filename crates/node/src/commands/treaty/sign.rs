//! `chancery treaty sign`: this country's signature over a treaty's exact bytes.

use std::path::PathBuf;

use chancery_record::signing::public_key;
use chancery_treaty::{Severity, check, sign_document};
use clap::Args;
use serde::Serialize;

use super::shelf;
use crate::cli::Invocation;
use crate::client::reload_if_running;
use crate::clock::now;
use crate::durable_file::{self, Readers};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::keys::country::CountryKeys;
use crate::output::Row;
use crate::passphrase::KnownPassphrase;

/// Sign a treaty with the country key
///
/// The signature is written beside the file; treaty and signature are taken into the node's directory. A treaty whose examples
/// do not come out as written is not signed.
#[derive(Args, Debug)]
pub struct Sign {
    /// The treaty
    file: PathBuf,
    /// The directory that holds the country key; the node's own if absent
    #[arg(long, value_name = "DIR")]
    country_key_dir: Option<PathBuf>,
    #[command(flatten)]
    passphrase: KnownPassphrase,
}

impl Sign {
    /// Checks, asks, signs, keeps.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let node = invocation.node()?;
        let own = node.read_config()?.country;
        let treaty = shelf::read_treaty(&self.file)?;
        if !treaty.header().parties.contains(&own) {
            let parties: Vec<String> = treaty.header().parties.iter().map(ToString::to_string).collect();
            return Err(Failure::new(Exit::Failed, format!("{own} is no party of `{}`", treaty.name()))
                .because(format!("its parties are {}", parties.join(", "))));
        }
        if let Some(failure) = treaty.check_cases().into_iter().next() {
            return Err(Failure::new(Exit::Failed, format!("`{}` is not signed", treaty.name()))
                .because(failure)
                .next("mend the article or the example; `chancery treaty check` shows all of them"));
        }
        let law = node.law_of(own);
        let law = if law.exists() { Some(shelf::read_law(&law)?) } else { None };
        for finding in check(&treaty, law.as_ref(), now().date()) {
            if finding.severity() >= Severity::Warning {
                invocation.talk.warn(&finding.to_string());
            }
        }
        let text = String::from_utf8_lossy(treaty.bytes()).into_owned();
        invocation.talk.detail(&text);
        invocation.consent.require(
            &format!(
                "Sign `{}` ({}) for {own}? It binds until {}.",
                treaty.name(),
                treaty.header().title,
                treaty.header().expires
            ),
            "read it with `chancery treaty show FILE`, then give `--yes`",
        )?;
        let keys =
            self.country_key_dir.as_ref().map_or_else(|| node.country_keys(), |dir| CountryKeys::in_directory(dir));
        let opened = keys.open(&self.passphrase, &invocation.talk)?;
        if let Ok((_, card)) = node.read_own_card()
            && card.country_key != public_key(&opened.key)
        {
            return Err(Failure::new(Exit::Failed, "the country key is not the one on this node's card")
                .because("no other country would believe the signature")
                .next("name the directory of the right key with `--country-key-dir`"));
        }
        let signature = sign_document(treaty.bytes(), own, &opened.key);
        let beside = shelf::signature_path(&self.file, &signature);
        durable_file::write(&beside, signature.to_text().as_bytes(), Readers::Everyone)
            .map_err(|fault| Failure::new(Exit::Failed, "the signature cannot be written").because(fault))?;
        shelf::keep(&node, &treaty, std::slice::from_ref(&signature))?;
        reload_if_running(&node, &invocation.talk);
        invocation.talk.say(&format!(
            "next: hand `{}` and `{}` to the other parties; `chancery treaty import` takes theirs in",
            self.file.display(),
            beside.display()
        ));
        invocation.output.one(&SignedRow {
            treaty: treaty.name(),
            country: own.to_string(),
            hash: treaty.hash().to_string(),
            signature: beside.display().to_string(),
        })?;
        Ok(Exit::Done)
    }
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
