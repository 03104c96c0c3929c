//! Drafts gathered into requests, each within the limits of the daemon.

use chancery_exchange::limits::PUBLICATIONS_MAX;
use chancery_record::Draft;

use super::draft_line;
use crate::api::limits::DRAFTS_BYTES_MAX;
use crate::api::publishing::{DraftResult, PublishAsked, PublishReport};
use crate::client::Client;
use crate::exit::Exit;
use crate::failure::Failure;

/// Drafts that wait to be handed over together, with the place of each.
pub struct Batch {
    asked: PublishAsked,
    lines: Vec<u8>,
    places: Vec<String>,
}

impl Batch {
    /// An empty batch, to be published so.
    pub fn new(asked: PublishAsked) -> Self {
        Self { asked, lines: Vec::new(), places: Vec::new() }
    }

    /// Adds a draft. Where the batch is full, it is handed over first, and what became of it is returned.
    pub fn push(
        &mut self,
        client: &mut Client,
        place: String,
        draft: &Draft,
    ) -> Result<Vec<(String, DraftResult)>, Failure> {
        let line = draft_line::line_of(draft)?;
        let full =
            self.places.len() >= PUBLICATIONS_MAX || self.lines.len() + line.len() > BATCH_BYTES_CUT.max(line.len());
        let done = if full { self.flush(client)? } else { Vec::new() };
        self.lines.extend_from_slice(&line);
        self.places.push(place);
        Ok(done)
    }

    /// Hands over what waits. It returns when all of it is durable.
    pub fn flush(&mut self, client: &mut Client) -> Result<Vec<(String, DraftResult)>, Failure> {
        if self.places.is_empty() {
            return Ok(Vec::new());
        }
        let report: PublishReport = client.post_drafts("/v1/records", &self.asked, &self.lines)?;
        let places = std::mem::take(&mut self.places);
        self.lines.clear();
        if report.results.len() != places.len() {
            return Err(Failure::new(Exit::Failed, "the daemon's answer does not fit the question")
                .next("the daemon may be of another version than this command; restart it"));
        }
        Ok(places.into_iter().zip(report.results).collect())
    }
}

/// A batch is handed over once it reaches this; a single longer draft goes alone.
const BATCH_BYTES_CUT: usize = DRAFTS_BYTES_MAX / 4;
