//! Countries that lie: an honest node whose frames are bent on their way out.

use serde::Deserialize;

/// What a country does that it should not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lie {
    /// Nothing: it listens and remembers.
    Listens,
}
