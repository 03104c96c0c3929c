//! What `init` answers: the node that was made.

use std::path::PathBuf;

use chancery_record::{Country, Instant, SignedCard, UnitName};
use serde::Serialize;

use crate::commands::card::peer_id;
use crate::config::Config;
use crate::directory::NodeDirectory;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::fingerprint;
use crate::output::Row;

/// The node, with the fingerprint that its people will tell others.
#[derive(Serialize)]
pub(super) struct NodeMade {
    directory: PathBuf,
    country: Country,
    agency: String,
    unit: UnitName,
    engine: &'static str,
    fingerprint: Option<String>,
    fingerprint_hex: Option<String>,
    peer: Option<String>,
    certificate_until: Option<Instant>,
    request: Option<PathBuf>,
}

impl NodeMade {
    pub fn of(node: &NodeDirectory, config: &Config, signed: Option<&SignedCard>) -> Result<Self, Failure> {
        let card = signed.map(SignedCard::open).transpose().map_err(|fault| Failure::of(Exit::Failed, fault))?;
        let certificates = card.as_ref().and_then(|card| card.opened_certificates().ok()).unwrap_or_default();
        let certificate = certificates.first();
        Ok(Self {
            directory: node.root().to_path_buf(),
            country: config.country,
            agency: config.agency.clone(),
            unit: config.unit.clone(),
            engine: config.store.engine.name(),
            fingerprint: card.as_ref().map(|card| fingerprint::words(&card.fingerprint())),
            fingerprint_hex: card.as_ref().map(|card| fingerprint::digits(&card.fingerprint())),
            peer: certificate.map(|certificate| peer_id(&certificate.transport_key)),
            certificate_until: certificate.map(|certificate| certificate.not_after),
            request: card.is_none().then(|| node.request()),
        })
    }
}

impl Row for NodeMade {
    const SCHEMA: &'static str = "chancery/node/1";
    const COLUMNS: &'static [&'static str] = &[
        "directory",
        "country",
        "agency",
        "unit",
        "engine",
        "fingerprint",
        "in digits",
        "peer",
        "valid until",
        "request",
    ];

    fn cells(&self) -> Vec<String> {
        let or_nothing = |text: &Option<String>| text.clone().unwrap_or_default();
        vec![
            self.directory.display().to_string(),
            self.country.to_string(),
            self.agency.clone(),
            self.unit.to_string(),
            self.engine.to_owned(),
            or_nothing(&self.fingerprint),
            or_nothing(&self.fingerprint_hex),
            or_nothing(&self.peer),
            self.certificate_until.map_or_else(String::new, |until| until.date().to_string()),
            or_nothing(&self.request.as_ref().map(|path| path.display().to_string())),
        ]
    }
}
