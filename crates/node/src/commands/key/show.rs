//! `chancery key show`: which keys there are, under which certificates, until when.

use std::path::PathBuf;

use chancery_record::{Instant, PublicKey};
use clap::Args;
use serde::Serialize;

use crate::cli::Invocation;
use crate::clock::now;
use crate::commands::card::{CertificateState, peer_id};
use crate::directory::{CardFileFault, NodeDirectory};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Row;

/// List the keys of this node and its country
#[derive(Args, Debug)]
pub struct Show {}

impl Show {
    /// Lists them.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let node = invocation.node()?;
        let mut rows = country_rows(&node);
        match node.read_own_card() {
            Ok((_, card)) => {
                let ring = node.read_key_ring()?;
                let at = now();
                let in_effect = ring.in_effect(&card, at).map(|keys| keys.certificate.serial).ok();
                for certificate in card.opened_certificates().unwrap_or_default() {
                    let state = CertificateState::of(&certificate, &card, at);
                    let word = if in_effect == Some(certificate.serial) { "in effect" } else { state.word() };
                    let row = |kind, public, path: Option<&PathBuf>| KeyRow {
                        kind,
                        certificate: Some(certificate.serial),
                        state: word,
                        valid_from: Some(certificate.not_before),
                        valid_until: Some(certificate.not_after),
                        public_key: Some(public),
                        peer: (kind == "transport").then(|| peer_id(&public)),
                        file: path.cloned(),
                    };
                    let transport = ring.transport(&certificate.transport_key).map(|held| &held.path);
                    let record = ring.record(&certificate.record_key).map(|held| &held.path);
                    rows.push(row("transport", certificate.transport_key, transport));
                    rows.push(row("record", certificate.record_key, record));
                }
            }
            Err(CardFileFault::File(fault)) if fault.is_absence() => {
                invocation.talk.warn("no certificate yet: the request for one is not answered");
            }
            Err(fault) => return Err(fault.into()),
        }
        invocation.output.rows(&rows)?;
        Ok(Exit::Done)
    }
}

fn country_rows(node: &NodeDirectory) -> Vec<KeyRow> {
    let keys = node.country_keys();
    let place = |here: bool| if here { "here" } else { "elsewhere" };
    let row = |kind, here, public_key| KeyRow {
        kind,
        certificate: None,
        state: place(here),
        valid_from: None,
        valid_until: None,
        public_key,
        peer: None,
        file: None,
    };
    let on_card = node.read_own_card().ok().map(|(_, card)| card.country_key);
    vec![
        row("country", keys.is_here(), on_card.or_else(|| keys.public())),
        row("successor", keys.has_successor(), keys.successor().ok()),
    ]
}

#[derive(Serialize)]
struct KeyRow {
    kind: &'static str,
    certificate: Option<u64>,
    state: &'static str,
    valid_from: Option<Instant>,
    valid_until: Option<Instant>,
    public_key: Option<PublicKey>,
    peer: Option<String>,
    file: Option<PathBuf>,
}

impl Row for KeyRow {
    const SCHEMA: &'static str = "chancery/key/1";
    const COLUMNS: &'static [&'static str] = &["key", "certificate", "state", "from", "until", "public", "file"];

    fn cells(&self) -> Vec<String> {
        let day = |at: Option<Instant>| at.map_or_else(String::new, |at| at.date().to_string());
        let public = self.peer.clone().or_else(|| self.public_key.map(|key| key.to_string()));
        let file = self.file.as_ref().and_then(|path| path.file_name()).map(|name| name.to_string_lossy().into_owned());
        vec![
            self.kind.to_owned(),
            self.certificate.map_or_else(String::new, |serial| serial.to_string()),
            self.state.to_owned(),
            day(self.valid_from),
            day(self.valid_until),
            public.unwrap_or_default(),
            file.unwrap_or_default(),
        ]
    }
}
