//! The documented sample, from which the configuration of a new node is made.

use chancery_record::{Country, UnitName};
use chancery_store::engine::EngineKind;
use libp2p::Multiaddr;
use thiserror::Error;
use toml_edit::{Array, DocumentMut, Item, TomlError, Value};

/// `node-config/node.toml` of the source tree: every option with its sentence, its default and what a change needs.
pub const SAMPLE: &str = include_str!("../../../../node-config/node.toml");

/// What a new node starts with; everything else is as the sample has it.
#[derive(Clone, Debug)]
pub struct Starting {
    /// The country.
    pub country: Country,
    /// The agency.
    pub agency: String,
    /// The unit.
    pub unit: UnitName,
    /// Addresses for the card.
    pub addresses: Vec<Multiaddr>,
    /// Languages for the card.
    pub languages: Vec<String>,
    /// Duty contact for the card.
    pub duty_contact: String,
    /// Days a certificate is valid.
    pub certificate_days: u32,
    /// Where the node listens; the default where empty.
    pub listen: Vec<Multiaddr>,
    /// What keeps the records.
    pub engine: EngineKind,
    /// Name of the first user, who gets every role.
    pub user_name: String,
    /// The first user's id.
    pub uid: u32,
}

/// Why the sample could not be filled: a mistake in the program, not of its user.
#[derive(Debug, Error)]
pub enum SampleFault {
    /// It is no TOML.
    #[error("the built-in sample of the configuration is damaged")]
    Syntax(#[from] TomlError),
    /// It lacks an option that a new node fills.
    #[error("the built-in sample of the configuration lacks the option `{0}`")]
    Option(&'static str),
}

impl Starting {
    /// The text of the new node's configuration, comments and all.
    pub fn fill(&self) -> Result<String, SampleFault> {
        let mut document: DocumentMut = SAMPLE.parse()?;
        let addresses = || self.addresses.iter().map(ToString::to_string);
        set(&mut document, None, "country", self.country.to_string())?;
        set(&mut document, None, "agency", self.agency.as_str())?;
        set(&mut document, None, "unit", self.unit.as_str())?;
        set(&mut document, Some("card"), "addresses", Array::from_iter(addresses()))?;
        set(&mut document, Some("card"), "languages", Array::from_iter(self.languages.iter()))?;
        set(&mut document, Some("card"), "duty_contact", self.duty_contact.as_str())?;
        set(&mut document, Some("card"), "certificate_days", i64::from(self.certificate_days))?;
        if !self.listen.is_empty() {
            let listen = Array::from_iter(self.listen.iter().map(ToString::to_string));
            set(&mut document, Some("network"), "listen", listen)?;
        }
        set(&mut document, Some("store"), "engine", self.engine.name())?;
        set(&mut document, Some("user"), "name", self.user_name.as_str())?;
        set(&mut document, Some("user"), "uid", i64::from(self.uid))?;
        set(&mut document, Some("user"), "unit", self.unit.as_str())?;
        Ok(document.to_string())
    }
}

/// Puts a value in the place of the sample's, under the same comments.
fn set(
    document: &mut DocumentMut,
    table: Option<&str>,
    name: &'static str,
    value: impl Into<Value>,
) -> Result<(), SampleFault> {
    let option = match table {
        None => document.get_mut(name),
        Some(table) => match document.get_mut(table) {
            Some(Item::ArrayOfTables(tables)) => tables.get_mut(0).and_then(|table| table.get_mut(name)),
            Some(other) => other.get_mut(name),
            None => None,
        },
    };
    *option.ok_or(SampleFault::Option(name))? = Item::Value(value.into());
    Ok(())
}
