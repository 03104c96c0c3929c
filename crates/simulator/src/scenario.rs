//! A scenario: which world, what happens in it, how bad its surroundings are.

use serde::Deserialize;

use crate::accord::Accord;
use crate::liar::Lie;

/// A scenario as it stands in a file. Numbers of acts are the most of each; a seed draws how many there are.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scenario {
    /// What it is called.
    pub name: String,
    /// How many countries there are.
    pub countries: usize,
    /// Who has treaties with whom.
    pub shape: Shape,
    /// The treaties in force as it begins, in turn.
    pub accords: Vec<Accord>,
    /// How long the faults last, in virtual minutes.
    pub minutes: u64,
    /// How often a node is told that time passes.
    pub tick_s: u64,
    /// What happens.
    pub acts: Acts,
    /// The network.
    pub network: Network,
    /// The disks.
    pub disk: Disk,
    /// The clocks.
    pub clock: Clock,
    /// Countries that lie, the last ones of the list, each with its lie.
    pub liars: Vec<Lie>,
}

/// Who has treaties with whom.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Each with its neighbours, and a few more as the seed draws them.
    Ring,
    /// Each with each.
    Full,
    /// The first with all others.
    Star,
    /// Groups of ten under one treaty each, neighbouring groups joined by one edge.
    Leagues,
}

/// How often each sort of act happens at most.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Acts {
    /// Single publications, new or amending.
    pub publish: u64,
    /// Publications of many papers at once.
    pub bulk: u64,
    /// Papers in each of those.
    pub bulk_papers: u64,
    /// Withdrawals.
    pub withdraw: u64,
    /// Papers that expire within days.
    pub expire: u64,
    /// Treaties replaced by another version, at each party at a time of its own.
    pub amend: u64,
    /// Treaties that end.
    pub end: u64,
    /// Processes killed at some output.
    pub crash: u64,
    /// Two-way partitions.
    pub cut: u64,
    /// One-way partitions.
    pub one_way: u64,
    /// Connections that break.
    pub lose: u64,
    /// Connections replaced by a second one.
    pub replace: u64,
    /// Disks that become slow for a while.
    pub slow_disk: u64,
    /// Disks that stop answering for a while.
    pub stuck_disk: u64,
    /// Disks that are full for a while.
    pub full_disk: u64,
    /// Wall clocks that jump and are set right again.
    pub jump: u64,
    /// Record keys replaced, the certificate travelling ahead.
    pub rotate: u64,
    /// Disks replaced by an old copy, or by none.
    pub restore: u64,
}

/// The network between two countries.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Network {
    /// Least and most latency.
    pub latency_ms: [u64; 2],
    /// Bytes per millisecond.
    pub bytes_per_ms: u64,
    /// One frame in so many is sent again by the transport and comes late.
    pub late_one_in: u64,
    /// One frame in so many breaks its connection.
    pub break_one_in: u64,
    /// After which time a silent connection is given up.
    pub give_up_ms: [u64; 2],
    /// How long partitions last.
    pub cut_ms: [u64; 2],
}

/// The disks.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Disk {
    /// Least and most time of a commit; none at all where both are 0.
    pub commit_ms: [u64; 2],
    /// How long faults of disks last.
    pub fault_ms: [u64; 2],
    /// How long a killed process stays down.
    pub down_ms: [u64; 2],
}

/// The clocks.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Clock {
    /// By how much wall clocks are apart from the true time at most.
    pub skew_ms: u64,
    /// After which time a clock that jumped is set right.
    pub set_right_ms: [u64; 2],
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            name: "plain".into(),
            countries: 3,
            shape: Shape::Ring,
            accords: Accord::ALL.to_vec(),
            minutes: 10,
            tick_s: 20,
            acts: Acts::default(),
            network: Network::default(),
            disk: Disk::default(),
            clock: Clock::default(),
            liars: Vec::new(),
        }
    }
}

impl Default for Network {
    fn default() -> Self {
        Self {
            latency_ms: [2, 80],
            bytes_per_ms: 2000,
            late_one_in: 0,
            break_one_in: 0,
            give_up_ms: [15_000, 45_000],
            cut_ms: [5_000, 120_000],
        }
    }
}

impl Default for Disk {
    fn default() -> Self {
        Self { commit_ms: [1, 15], fault_ms: [2_000, 60_000], down_ms: [500, 20_000] }
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self { skew_ms: 0, set_right_ms: [5_000, 120_000] }
    }
}

impl Scenario {
    /// Reads a scenario.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }
}
