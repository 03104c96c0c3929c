//! The configuration of a node as it is meant, checked from what was written.

mod meaning;
mod reading;
mod sample;
mod user;
mod written;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use chancery_record::{ContactCard, Country, UnitName};
use chancery_store::engine::EngineKind;
use libp2p::Multiaddr;
use miette::LabeledSpan;
use thiserror::Error;

pub use self::meaning::{address, language};
pub use self::reading::{ConfigFault, ConfigOption, Origin};
use self::reading::{Reading, parsed};
pub use self::sample::{SAMPLE, Starting};
pub use self::user::{Role, User};
use self::written::WrittenConfig;
use crate::durable_file::{self, FileFault};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::limits::CONFIG_BYTES_MAX;

/// What the configuration of a node means. Built only from a file in which nothing is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The country this node speaks for.
    pub country: Country,
    /// The agency, in its own words.
    pub agency: String,
    /// The unit that publishes where a record names none.
    pub unit: UnitName,
    /// What goes onto the card.
    pub card: CardChoice,
    /// Where the node listens.
    pub listen: Vec<Multiaddr>,
    /// What keeps the records.
    pub store: StoreChoice,
    /// What the daemon writes about itself.
    pub log: LogChoice,
    /// Bounds an operator may choose.
    pub limits: LimitChoice,
    /// Who may use the node.
    pub users: Vec<User>,
    /// Every option with its origin, in the order of the sample.
    pub options: Vec<ConfigOption>,
}

/// What goes onto the card, apart from keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardChoice {
    /// Where other countries reach the node.
    pub addresses: Vec<Multiaddr>,
    /// Languages it can be written to in.
    pub languages: Vec<String>,
    /// Who answers at any hour.
    pub duty_contact: String,
    /// Days that the next certificate is valid.
    pub certificate_days: u32,
}

/// What keeps the records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreChoice {
    /// The engine.
    pub engine: EngineKind,
    /// The directory of its files.
    pub path: PathBuf,
    /// Memory for its cache.
    pub cache_bytes: usize,
    /// Size of the file given up when the disk is full.
    pub reserve_bytes: u64,
    /// Free space below which nothing new is accepted.
    pub free_disk_bytes_min: u64,
}

/// What the daemon writes about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogChoice {
    /// How much.
    pub level: LogLevel,
    /// For whom.
    pub format: LogFormat,
}

/// How much the daemon writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// Failures.
    Error,
    /// What may become one.
    Warn,
    /// What happens.
    Info,
    /// How it happens.
    Debug,
    /// Every step.
    Trace,
}

/// For whom the daemon writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// People.
    Text,
    /// Machines.
    Json,
}

/// Bounds an operator may choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitChoice {
    /// Hours that a session lasts.
    pub session_hours_max: u64,
}

/// Why a configuration cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file.
    #[error("the configuration cannot be read")]
    File(#[from] FileFault),
    /// What is written means nothing.
    #[error("{}", summary(faults))]
    Faults {
        /// The file.
        path: PathBuf,
        /// Its text.
        text: String,
        /// What is wrong.
        faults: Vec<ConfigFault>,
    },
}

/// The configuration speaks for another country than the card.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the configuration speaks for {config}, the card for {card}")]
pub struct OtherCountry {
    /// The country of the configuration.
    pub config: Country,
    /// The country of the card.
    pub card: Country,
}

impl From<OtherCountry> for Failure {
    fn from(fault: OtherCountry) -> Self {
        let next = format!("set `country = \"{}\"` back in `node.toml`; a node never changes its country", fault.card);
        Self::of(Exit::BadConfiguration, fault).next(next)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let next = "mend the file and run `chancery config check`; `node-config/node.toml` is a sample of every option";
        match error {
            ConfigError::File(fault) => {
                Self::new(Exit::BadConfiguration, "the configuration cannot be read").because(fault).next(next)
            }
            ConfigError::Faults { path, text, faults } => {
                let what = summary(&faults);
                let missing = faults.iter().filter(|fault| fault.place.is_none()).map(|fault| fault.what.as_str());
                let missing: Vec<&str> = missing.collect();
                let label =
                    |fault: &ConfigFault| fault.place.clone().map(|place| LabeledSpan::at(place, fault.what.clone()));
                let places = faults.iter().filter_map(label).collect();
                let failure = Self::new(Exit::BadConfiguration, what).at(path.to_string_lossy(), text, places);
                if missing.is_empty() { failure.next(next) } else { failure.because(missing.join("; ")).next(next) }
            }
        }
    }
}

impl Config {
    /// Reads the file of a node whose directory is `root`.
    pub fn load(path: &Path, root: &Path) -> Result<Self, ConfigError> {
        let text = durable_file::read_text(path, CONFIG_BYTES_MAX)?;
        Self::parse(&text, root).map_err(|faults| ConfigError::Faults { path: path.to_path_buf(), text, faults })
    }

    /// What a text means for a node whose directory is `root`, or everything that is wrong with it.
    pub fn parse(text: &str, root: &Path) -> Result<Self, Vec<ConfigFault>> {
        let written: WrittenConfig = toml::from_str(text)
            .map_err(|fault| vec![ConfigFault { what: fault.message().to_owned(), place: fault.span() }])?;
        let mut reading = Reading::of(text);
        let reader = &mut reading;
        let country = reader.required("country", written.country, None, Country::to_string, |text| parsed(&text));
        let agency = reader.required("agency", written.agency, None, String::clone, meaning::short_text);
        let unit = reader.required("unit", written.unit, None, UnitName::to_string, reading::unit);
        let card = meaning::card(reader, written.card);
        let listen = meaning::addresses(reader, "network.listen", written.network.listen, meaning::listen_default());
        let store = meaning::store(reader, written.store, root);
        let log = meaning::log(reader, written.log);
        let limits = meaning::limits(reader, written.limits);
        let users = meaning::users(reader, written.user);
        let Reading { options, faults, .. } = reading;
        match (country, agency, unit) {
            (Some(country), Some(agency), Some(unit)) if faults.is_empty() => {
                Ok(Self { country, agency, unit, card, listen, store, log, limits, users, options })
            }
            _ => Err(faults),
        }
    }

    /// Refuses a card of another country: its keys would speak for one that they are not of.
    pub fn require_country_of(&self, card: &ContactCard) -> Result<(), OtherCountry> {
        if self.country == card.country {
            Ok(())
        } else {
            Err(OtherCountry { config: self.country, card: card.country })
        }
    }

    /// The user with that id on this machine.
    pub fn user(&self, uid: u32) -> Option<&User> {
        self.users.iter().find(|user| user.uid == uid)
    }
}

impl LogLevel {
    pub(crate) const ALL: [Self; 5] = [Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace];

    /// The word in the configuration, which a filter of the log understands, too.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

impl LogFormat {
    pub(crate) const ALL: [Self; 2] = [Self::Text, Self::Json];

    /// The word in the configuration.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

fn summary(faults: &[ConfigFault]) -> String {
    match faults {
        [one] => format!("the configuration cannot be used: {}", one.what),
        many => format!("the configuration cannot be used: {} faults", many.len()),
    }
}
