//! A change that only the country key can sign: signed here, or asked for where the key is elsewhere.

use chancery_record::{ContactCard, Instant, SignedCard};
use clap::Args;
use ed25519_dalek::SigningKey;

use crate::adoption::adopt;
use crate::armour::Armour;
use crate::cli::Invocation;
use crate::client::reload_if_running;
use crate::clock::now;
use crate::config::Config;
use crate::directory::{CardFileFault, ChangeLock, NodeDirectory};
use crate::durable_file::{self, Readers};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::issuing::{CertificateRequest, Issuer};
use crate::keys::KeyFault;
use crate::passphrase::KnownPassphrase;

/// How the country key is opened, where it is here.
#[derive(Args, Clone, Debug, Default)]
pub struct Signer {
    #[command(flatten)]
    passphrase: KnownPassphrase,
}

/// A change under way. Other commands that change the node wait for it.
pub struct Change<'a> {
    node: &'a NodeDirectory,
    _lock: ChangeLock,
    /// The configuration.
    pub config: Config,
    /// The card that is to be replaced.
    pub card: ContactCard,
    /// What the next card is to say.
    pub request: CertificateRequest,
    /// When the change began.
    pub now: Instant,
}

impl<'a> Change<'a> {
    /// Begins with what the node has: a card, and a configuration that speaks for the same country. A request that waits for
    /// its answer is never written over, since the answer would then be useless.
    pub fn begin(node: &'a NodeDirectory) -> Result<Self, Failure> {
        let lock = node.lock()?;
        let config = node.read_config()?;
        let (signed, card) = node.read_own_card().map_err(|fault| match fault {
            CardFileFault::File(file) if file.is_absence() => {
                Failure::new(Exit::Failed, "this node has no card yet: its request for a certificate is not answered")
                    .next("answer it with `chancery key certify` and install the answer with `chancery key install`")
            }
            fault => fault.into(),
        })?;
        config.require_country_of(&card)?;
        let waiting = node.request();
        if waiting.exists() && !node.country_keys().is_here() {
            return Err(Failure::new(
                Exit::Failed,
                format!("an earlier request waits for its answer: `{}`", waiting.display()),
            )
            .because("another one would make that answer useless")
            .next(
                "answer it with `chancery key certify` and install the answer with `chancery key install`; or remove the \
                 file to give it up",
            ));
        }
        let now = now();
        let request = CertificateRequest::of(&config, Some(signed), now);
        Ok(Self { node, _lock: lock, config, card, request, now })
    }

    /// Has the change signed and puts it in force, or writes the request for it. `fresh` are the keys to be certified,
    /// transport and record, which prove that the request is this node's.
    pub fn finish(
        self,
        invocation: &Invocation,
        signer: &Signer,
        fresh: Option<(&SigningKey, &SigningKey)>,
    ) -> Result<Exit, Failure> {
        if !self.node.country_keys().is_here() {
            return self.ask(invocation, fresh);
        }
        let signed = self.sign(invocation, signer)?;
        let card = signed.open().map_err(|fault| Failure::of(Exit::Failed, fault))?;
        adopt(self.node, &signed, &card, self.now)?;
        reload_if_running(self.node, &invocation.talk);
        invocation.talk.say(&format!("card {} of {} is signed and in force here", card.serial, card.country));
        invocation.talk.say("next: hand the new card to the other countries (`chancery card export`)");
        Ok(Exit::Done)
    }

    fn sign(&self, invocation: &Invocation, signer: &Signer) -> Result<SignedCard, Failure> {
        let keys = self.node.country_keys();
        let opened = keys.open(&signer.passphrase, &invocation.talk)?;
        let issuer = Issuer { country_key: &opened.key, successor: keys.successor()?, now: self.now };
        Ok(issuer.issue(&self.request, Some(&self.card))?)
    }

    fn ask(&self, invocation: &Invocation, fresh: Option<(&SigningKey, &SigningKey)>) -> Result<Exit, Failure> {
        let path = self.node.request();
        let signed = self.request.sign(fresh.map(|keys| keys.0), fresh.map(|keys| keys.1));
        let text = Armour::Request.wrap(&signed.to_bytes());
        durable_file::write(&path, text.as_bytes(), Readers::Everyone).map_err(KeyFault::from)?;
        let talk = &invocation.talk;
        talk.say(&format!("the country key is elsewhere: wrote the request `{}`", path.display()));
        talk.say(
            "next: on the machine that holds it, run `chancery key certify`; here, `chancery key install` its answer",
        );
        Ok(Exit::Done)
    }
}
