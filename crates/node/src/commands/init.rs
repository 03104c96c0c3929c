//! `chancery init`: a new node in a directory of its own.

mod made;

use chancery_record::{Country, DAY_MS, Instant, SignedCard, UnitName};
use chancery_store::engine::EngineKind;
use clap::Args;
use ed25519_dalek::SigningKey;
use libp2p::Multiaddr;

use self::made::NodeMade;
use crate::adoption::adopt;
use crate::armour::Armour;
use crate::cli::Invocation;
use crate::clock::now;
use crate::config::{self, Config, Starting};
use crate::directory::{DirectoryFault, NodeDirectory};
use crate::durable_file::{self, Readers};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::issuing::{CertificateRequest, Issuer, WantedCertificate};
use crate::keys::{KeyFault, KeyKind, generate, write_plain};
use crate::limits::{CERTIFICATE_DAYS_DEFAULT, CERTIFICATE_DAYS_MAX, CLOCK_TOLERANCE_MS};
use crate::passphrase::{NewPassphrase, Protection};

/// Make a new node: its keys, its certificate, its contact card and its configuration
#[derive(Args, Debug)]
pub struct Init {
    /// The country, ISO 3166-1 alpha-2
    #[arg(long, value_name = "CC")]
    country: Country,
    /// The agency that runs the node, as other countries read it
    #[arg(long, value_name = "NAME")]
    agency: String,
    /// The unit that publishes; made from the agency's name if absent
    #[arg(long, value_name = "UNIT")]
    unit: Option<UnitName>,
    /// Where the node listens; QUIC and TCP on port 4001 if absent
    #[arg(long, value_name = "MULTIADDR", value_parser = config::address)]
    listen: Vec<Multiaddr>,
    /// Where other countries reach the node; it goes onto the card
    #[arg(long, value_name = "MULTIADDR", value_parser = config::address)]
    address: Vec<Multiaddr>,
    /// What keeps the records: redb, or sled, which is not durable against the loss of power
    #[arg(long, value_name = "ENGINE", default_value = "redb")]
    engine: EngineKind,
    /// A language the country can be written to in, ISO 639-1
    #[arg(long, value_name = "LL", value_parser = config::language)]
    language: Vec<String>,
    /// Who answers at any hour: a name, a telephone number, an address
    #[arg(long, value_name = "TEXT", default_value = "")]
    duty_contact: String,
    /// Days the certificate is valid
    #[arg(long, value_name = "DAYS", default_value_t = CERTIFICATE_DAYS_DEFAULT,
          value_parser = clap::value_parser!(u32).range(1..=i64::from(CERTIFICATE_DAYS_MAX)))]
    valid_days: u32,
    #[command(flatten)]
    passphrase: NewPassphrase,
    /// Keep the country key on another machine: write a request that it answers
    #[arg(long, conflicts_with_all = ["passphrase_file", "no_passphrase"])]
    country_key_elsewhere: bool,
}

impl Init {
    /// Makes the node. Everything that can be refused is refused before the first file is written.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let root = invocation
            .named_directory()
            .ok_or_else(|| Failure::new(Exit::Usage, "in which directory? None is named").next("give `--dir DIR`"))?;
        let node = NodeDirectory::named(root);
        node.require_empty()?;
        let text = self.starting()?.fill().map_err(|fault| Failure::of(Exit::Failed, fault))?;
        let config = self.meaning(&text, &node)?;
        let protection =
            if self.country_key_elsewhere { None } else { Some(self.passphrase.protection(&invocation.talk)?) };
        let unfinished = Unfinished::begin(node);
        let made = self.fill(&unfinished.node, &config, &text, protection.as_ref());
        let (card, request) = match made {
            Ok(made) => (made, unfinished.node.request()),
            Err(failure) => {
                let path = unfinished.node.root().display().to_string();
                drop(unfinished);
                return Err(
                    failure.next(format!("what was begun in `{path}` has been removed; mend the cause and repeat"))
                );
            }
        };
        let node = unfinished.finished();
        self.say_what_is_next(invocation, &node, card.is_some(), &request);
        invocation.output.one(&NodeMade::of(&node, &config, card.as_ref())?)?;
        Ok(Exit::Done)
    }

    fn fill(
        &self,
        node: &NodeDirectory,
        config: &Config,
        text: &str,
        protection: Option<&Protection>,
    ) -> Result<Option<SignedCard>, Failure> {
        durable_file::make_directory(node.root()).map_err(DirectoryFault::from)?;
        let _changing = node.lock()?;
        node.make().map_err(DirectoryFault::from)?;
        let (transport, record) = (generate()?, generate()?);
        write_plain(&node.key_file("transport", None), KeyKind::Transport, &transport)?;
        write_plain(&node.key_file("record", None), KeyKind::Record, &record)?;
        let now = now();
        let mut request = CertificateRequest::of(config, None, now);
        request.wanted = Some(self.wanted(&transport, &record, now));
        let card = match protection {
            Some(protection) => {
                let (country_key, successor) = node.country_keys().create(protection)?;
                let signed = Issuer { country_key: &country_key, successor, now }.issue(&request, None)?;
                let card = signed.open().map_err(|fault| Failure::of(Exit::Failed, fault))?;
                adopt(node, &signed, &card, now)?;
                Some(signed)
            }
            None => {
                let bytes = request.sign(Some(&transport), Some(&record)).to_bytes();
                let wrapped = Armour::Request.wrap(&bytes);
                durable_file::write(&node.request(), wrapped.as_bytes(), Readers::Everyone).map_err(KeyFault::from)?;
                None
            }
        };
        // Last of all: a directory without its configuration is no node.
        durable_file::write(&node.config(), text.as_bytes(), Readers::Everyone).map_err(DirectoryFault::from)?;
        node.finish().map_err(DirectoryFault::from)?;
        Ok(card)
    }

    fn wanted(&self, transport: &SigningKey, record: &SigningKey, now: Instant) -> WantedCertificate {
        let from = Instant(now.0.saturating_sub(CLOCK_TOLERANCE_MS));
        let to = Instant(now.0.saturating_add(u64::from(self.valid_days).saturating_mul(DAY_MS)));
        // The tolerance stands at the beginning; the longest validity still holds as a whole.
        let longest = u64::from(CERTIFICATE_DAYS_MAX).saturating_mul(DAY_MS);
        WantedCertificate::naming(transport, record, from, to.min(Instant(from.0.saturating_add(longest))))
    }

    fn starting(&self) -> Result<Starting, Failure> {
        let unit = match &self.unit {
            Some(unit) => unit.clone(),
            None => unit_of(&self.agency)?,
        };
        Ok(Starting {
            country: self.country,
            agency: self.agency.clone(),
            unit,
            addresses: self.address.clone(),
            languages: self.language.clone(),
            duty_contact: self.duty_contact.clone(),
            certificate_days: self.valid_days,
            listen: self.listen.clone(),
            engine: self.engine,
            user_name: user_name(),
            uid: rustix::process::getuid().as_raw(),
        })
    }

    /// What was asked for must be a good configuration; a fault is in what was typed, not in a file.
    fn meaning(&self, text: &str, node: &NodeDirectory) -> Result<Config, Failure> {
        Config::parse(text, node.root()).map_err(|faults| {
            let whats: Vec<String> = faults.into_iter().map(|fault| fault.what).collect();
            Failure::new(Exit::Usage, format!("no node can be made with these options: {}", whats.join("; ")))
        })
    }

    fn say_what_is_next(&self, invocation: &Invocation, node: &NodeDirectory, signed: bool, request: &std::path::Path) {
        let talk = &invocation.talk;
        let root = node.root().display();
        if self.engine == EngineKind::Sled {
            talk.warn(
                "engine sled: a record that was acknowledged survives the death of the process, but not for certain the \
                 loss of power",
            );
        }
        if signed {
            talk.say(&format!("made the node of {} in `{root}`", self.country.name()));
            talk.say(
                "next: `chancery card export` gives the card for other countries, `chancery card import` takes theirs",
            );
            if !self.passphrase.no_passphrase {
                talk.say(
                    "keep `keys/successor.age` and a copy of `keys/country.age` elsewhere, in two different places",
                );
            } else {
                talk.warn(
                    "the country key is not encrypted; whoever reads `keys/country.key` can speak for the country",
                );
            }
        } else {
            talk.say(&format!("made the node of {} in `{root}`; it has no certificate yet", self.country.name()));
            talk.say("next: on the machine that is to hold the country key, unless it holds one already, run");
            talk.say("        chancery key new-country --dir DIR");
            talk.say(&format!("      then carry `{}` there and run", request.display()));
            talk.say("        chancery key certify certificate.request --country-key-dir DIR --out answer.card");
            talk.say("      then carry the answer back and run here");
            talk.say(&format!("        chancery --dir '{root}' key install answer.card"));
        }
    }
}

/// A node being made; dropped before it is finished, it leaves nothing behind.
struct Unfinished {
    node: NodeDirectory,
    was_there: bool,
    finished: bool,
}

impl Unfinished {
    fn begin(node: NodeDirectory) -> Self {
        let was_there = node.root().exists();
        Self { node, was_there, finished: false }
    }

    fn finished(mut self) -> NodeDirectory {
        self.finished = true;
        self.node.clone()
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        // The directory was empty before, so all of it was made here.
        let _ = self.node.unmake();
        if !self.was_there {
            let _ = std::fs::remove_dir(self.node.root());
        }
    }
}

fn unit_of(agency: &str) -> Result<UnitName, Failure> {
    let letter = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '-' };
    let name: String = agency.chars().map(letter).collect();
    let name: Vec<&str> = name.split('-').filter(|part| !part.is_empty()).collect();
    name.join("-").parse().map_err(|_| {
        Failure::new(Exit::Usage, format!("no unit's name can be made from the agency `{agency}`"))
            .next("give `--unit UNIT`: 1 to 32 capital letters, digits or hyphens")
    })
}

/// The caller's login name, if it is fit for an audit log.
fn user_name() -> String {
    let fit = |name: &String| {
        !name.is_empty()
            && name.len() <= 64
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    std::env::var("USER").ok().filter(fit).unwrap_or_else(|| "operator".to_owned())
}
