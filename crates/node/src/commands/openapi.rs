//! `chancery openapi`: the description of the local API.

use clap::Args;

use crate::api::openapi;
use crate::cli::Invocation;
use crate::exit::Exit;
use crate::failure::Failure;

/// Write the OpenAPI description of the local API
#[derive(Args, Debug)]
pub struct Openapi {}

impl Openapi {
    /// Writes it; no daemon is needed.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let text = openapi::text()
            .map_err(|fault| Failure::new(Exit::Failed, "the description cannot be written").because(fault))?;
        invocation.output.bytes(text.as_bytes())?;
        Ok(Exit::Done)
    }
}
