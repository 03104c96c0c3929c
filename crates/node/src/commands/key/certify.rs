//! `chancery key certify` with `chancery key new-country`: what happens on the machine that holds the country key.

use std::path::{Path, PathBuf};

use chancery_record::{ContactCard, PublicKey};
use clap::Args;
use serde::Serialize;

use crate::armour::Armour;
use crate::cli::Invocation;
use crate::clock::now;
use crate::commands::card::peer_id;
use crate::directory::{CardFileFault, NodeDirectory, read_card, write_card};
use crate::durable_file;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::fingerprint;
use crate::issuing::{CertificateRequest, Issuer, SignedRequest};
use crate::keys::KeyFault;
use crate::keys::country::CountryKeys;
use crate::limits::ARMOUR_BYTES_MAX;
use crate::output::Row;
use crate::passphrase::{KnownPassphrase, NewPassphrase};

/// Where a country key is kept that is not a node's.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = false)]
pub struct CountryKeyPlace {
    /// The directory with the country key, as `chancery key new-country` made it
    #[arg(long, value_name = "DIR")]
    country_key_dir: Option<PathBuf>,
    /// The file with the country key; the public half of its successor stands beside it
    #[arg(long, value_name = "FILE")]
    country_key: Option<PathBuf>,
}

/// Answer a node's request with the country key
#[derive(Args, Debug)]
pub struct Certify {
    /// The request
    request: PathBuf,
    #[command(flatten)]
    place: CountryKeyPlace,
    #[command(flatten)]
    passphrase: KnownPassphrase,
    /// The file for the answer; standard output if absent
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Make a country key, with its successor, in a directory of its own
#[derive(Args, Debug)]
pub struct NewCountry {
    #[command(flatten)]
    passphrase: NewPassphrase,
}

impl CountryKeyPlace {
    /// The directory of the country key; the last card it signed is kept there, too.
    pub fn directory(&self) -> PathBuf {
        let named = match (&self.country_key_dir, &self.country_key) {
            (Some(directory), _) => directory.clone(),
            (None, Some(file)) => file.parent().map(Path::to_path_buf).unwrap_or_default(),
            (None, None) => PathBuf::new(),
        };
        let inside = named.join("keys");
        if inside.is_dir() { inside } else { named }
    }

    /// The last card signed here.
    pub fn last_card(&self) -> PathBuf {
        self.directory().join("card.chancery")
    }
}

impl Certify {
    /// Shows what is asked, has a person agree, signs.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let request = self.read_request()?;
        let _changing = NodeDirectory::named(&self.place.directory()).lock()?;
        let last = self.last_card(&request)?;
        self.show(invocation, &request);
        invocation.consent.require("Sign this with the country key?", "give `--yes` if you have read the request")?;
        let keys = CountryKeys::in_directory(&self.place.directory());
        let opened = keys.open(&self.passphrase, &invocation.talk)?;
        let issuer = Issuer { country_key: &opened.key, successor: keys.successor()?, now: now() };
        let signed = issuer.issue(&request, last.as_ref())?;
        // Kept before it is handed out: the next card must have a higher serial, whatever becomes of this one.
        write_card(&self.place.last_card(), &signed).map_err(CardFileFault::from)?;
        hand_out(invocation, self.out.as_deref(), &signed)?;
        invocation.talk.say("next: carry the answer to the node and run `chancery key install` there");
        Ok(Exit::Done)
    }

    fn read_request(&self) -> Result<CertificateRequest, Failure> {
        let refused = |why: String| {
            Failure::new(
                Exit::Failed,
                format!("`{}` is no request that can be answered: {why}", self.request.display()),
            )
            .next("ask for the file again")
        };
        let text = durable_file::read_text(&self.request, ARMOUR_BYTES_MAX)
            .map_err(|fault| Failure::new(Exit::Failed, "the request cannot be read").because(fault))?;
        let bytes = Armour::Request.unwrap(&text).map_err(|fault| refused(fault.to_string()))?;
        SignedRequest::open(&bytes).map_err(|fault| refused(fault.to_string()))
    }

    /// The newer of the card kept here and the card the node has.
    fn last_card(&self, request: &CertificateRequest) -> Result<Option<ContactCard>, Failure> {
        let kept = match read_card(&self.place.last_card()) {
            Ok((_, card)) => Some(card),
            Err(CardFileFault::File(fault)) if fault.is_absence() => None,
            Err(fault) => return Err(fault.into()),
        };
        let sent = request.present.as_ref().map(|signed| signed.open()).transpose();
        let sent = sent.map_err(|fault| {
            Failure::new(Exit::Failed, "the card in the request is not good")
                .because(fault)
                .next("ask for the file again")
        })?;
        Ok([kept, sent].into_iter().flatten().max_by_key(|card| card.serial))
    }

    fn show(&self, invocation: &Invocation, request: &CertificateRequest) {
        let talk = &invocation.talk;
        talk.say(&format!("request of {} ({}), made {}", request.country, request.country.name(), request.made));
        talk.say(&format!("  agency        {}", request.agency));
        talk.say(&format!("  addresses     {}", request.addresses.join(", ")));
        talk.say(&format!("  duty contact  {}", request.duty_contact));
        if let Some(wanted) = &request.wanted {
            talk.say(&format!("  certify       network identity {}", peer_id(&wanted.transport_key)));
            talk.say(&format!("                record key {}", wanted.record_key));
            talk.say(&format!("                from {} to {}", wanted.not_before, wanted.not_after));
        }
        for serial in &request.revoke {
            talk.say(&format!("  revoke        certificate {serial}"));
        }
    }
}

/// Writes a card to a file or to standard output.
pub(super) fn hand_out(
    invocation: &Invocation,
    out: Option<&Path>,
    signed: &chancery_record::SignedCard,
) -> Result<(), Failure> {
    match out {
        Some(path) => Ok(write_card(path, signed).map_err(CardFileFault::from)?),
        None => invocation.output.bytes(Armour::Card.wrap(&signed.to_bytes()).as_bytes()),
    }
}

impl NewCountry {
    /// Makes the keys in the directory that `--dir` names.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let directory = invocation
            .named_directory()
            .ok_or_else(|| Failure::new(Exit::Usage, "in which directory? None is named").next("give `--dir DIR`"))?;
        if NodeDirectory::named(directory).config().exists() {
            return Err(Failure::new(Exit::Usage, format!("`{}` is the directory of a node", directory.display()))
                .next("name a directory for the country key alone with `--dir DIR`, best on another machine"));
        }
        let keys = CountryKeys::in_directory(directory);
        if keys.is_here() {
            return Err(Failure::new(Exit::Failed, format!("`{}` already holds a country key", directory.display()))
                .next("choose another directory; a country key is never written over"));
        }
        let protection = self.passphrase.protection(&invocation.talk)?;
        durable_file::make_directory(directory).map_err(KeyFault::from)?;
        let (country, successor) = keys.create(&protection)?;
        let country_key = chancery_record::signing::public_key(&country);
        invocation.talk.say("keep the secret successor apart from the country key: it is for the day that one is lost");
        invocation.output.one(&CountryKeyMade::of(directory, country_key, successor))?;
        Ok(Exit::Done)
    }
}

#[derive(Serialize)]
struct CountryKeyMade {
    directory: PathBuf,
    country_key: PublicKey,
    successor: PublicKey,
    fingerprint: String,
    fingerprint_hex: String,
}

impl CountryKeyMade {
    fn of(directory: &Path, country_key: PublicKey, successor: PublicKey) -> Self {
        let mut first = [0; 16];
        first.copy_from_slice(country_key.digest().split_at(16).0);
        let fingerprint = chancery_record::Fingerprint(first);
        Self {
            directory: directory.to_path_buf(),
            country_key,
            successor,
            fingerprint: fingerprint::words(&fingerprint),
            fingerprint_hex: fingerprint::digits(&fingerprint),
        }
    }
}

impl Row for CountryKeyMade {
    const SCHEMA: &'static str = "chancery/country-key/1";
    const COLUMNS: &'static [&'static str] = &["directory", "country key", "successor", "fingerprint", "in digits"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.directory.display().to_string(),
            self.country_key.to_string(),
            self.successor.to_string(),
            self.fingerprint.clone(),
            self.fingerprint_hex.clone(),
        ]
    }
}
