//! Countries whose nodes stand in namespaces of their own, and who has a treaty with whom.

use std::collections::BTreeMap;
use std::time::Duration;

use super::chance::Chance;
use super::disk::SmallDisk;
use super::ground::Ground;
use super::rough_link::RoughLink;
use crate::network::{Daemon, Network, Transport};

/// The world of a run. What it holds goes in the order in which it stands here.
pub struct World {
    pub rough_links: Vec<RoughLink>,
    pub small_disks: BTreeMap<String, SmallDisk>,
    pub network: Network,
    pub ground: Ground,
    /// Pairs with a treaty.
    pub pairs: Vec<(String, String)>,
}

/// How large a world is.
pub struct Extent {
    pub countries: usize,
    pub small_disks: usize,
    pub rough_links: usize,
    /// What each node listens with, QUIC first.
    pub transports: Vec<Transport>,
    /// Memory for the cache of each store.
    pub cache_mib: u32,
}

/// The daemons of a world; nothing where one is not to run for now.
pub type Daemons = BTreeMap<String, Option<Daemon>>;

impl World {
    /// Nodes of a ring with chords, each pair of neighbours under a treaty. The first and the third know each other's
    /// cards and have none.
    pub fn of(extent: &Extent, chance: &Chance) -> Self {
        let countries: Vec<String> = COUNTRIES.iter().take(extent.countries).map(|code| (*code).to_owned()).collect();
        let ground = Ground::of(&countries);
        let network = Network::of(&[]);
        let mut small_disks = BTreeMap::new();
        for (at, country) in countries.iter().enumerate() {
            init(&network, &ground, country, extent);
            if at % 3 == 1 && small_disks.len() < extent.small_disks {
                network.configure(country, "reserve_mib = 16", "reserve_mib = 1");
                network.configure(country, "free_disk_mib_min = 512", "free_disk_mib_min = 4");
                small_disks.insert(country.clone(), SmallDisk::at(&network.path(country, "store"), DISK_MIB));
            }
        }
        let pairs = neighbours(&countries);
        for (one, other) in &pairs {
            network.introduce(one, other);
            network.introduce(other, one);
            let treaty = format!("{one}-{other}.toml");
            network.done(one, &format!("treaty new --with {other} --template police --out {treaty}"));
            network.sign(&treaty, one, other);
        }
        if countries.len() > 3 {
            network.introduce(&countries[0], &countries[2]);
            network.introduce(&countries[2], &countries[0]);
        }
        let rough = pairs.iter().step_by(2).take(extent.rough_links).enumerate();
        let rough_links = rough
            .map(|(at, (one, other))| RoughLink::between(&ground, one, other, &chance.part(100 + at as u64)))
            .collect();
        Self { rough_links, small_disks, network, ground, pairs }
    }

    pub fn countries(&self) -> &[String] {
        self.ground.countries()
    }

    /// Whether the two have a treaty.
    pub fn are_partners(&self, one: &str, other: &str) -> bool {
        self.pairs.iter().any(|(a, b)| (a == one && b == other) || (a == other && b == one))
    }

    pub fn start(&self, country: &str) -> Daemon {
        self.network.start_with(country, |command| *command = self.ground.inside(country, command))
    }

    pub fn start_all(&self) -> Daemons {
        self.countries().iter().map(|country| (country.clone(), Some(self.start(country)))).collect()
    }
}

/// Makes one node that listens in its namespace.
fn init(network: &Network, ground: &Ground, country: &str, extent: &Extent) {
    let address = ground.address(country);
    let mut addresses = String::new();
    for transport in &extent.transports {
        let address = match transport {
            Transport::Quic => format!("/ip4/{address}/udp/4001/quic-v1"),
            Transport::Tcp => format!("/ip4/{address}/tcp/4001"),
        };
        addresses.push_str(&format!(" --listen {address} --address {address}"));
    }
    network.place.done(&format!(
        "init --country {country} --agency 'Agency of {country}' --unit HQ --dir {country} --no-passphrase{addresses}"
    ));
    network.configure(country, "cache_mib = 64", &format!("cache_mib = {}", extent.cache_mib));
}

/// Each with the next of a ring, every second one with the third after it, too.
fn neighbours(countries: &[String]) -> Vec<(String, String)> {
    let count = countries.len();
    let mut pairs = Vec::new();
    let mut join = |one: usize, other: usize| {
        let (one, other) = (one.min(other), one.max(other));
        let pair = (countries[one].clone(), countries[other].clone());
        if one != other && !pairs.contains(&pair) {
            pairs.push(pair);
        }
    };
    (0..count).for_each(|at| join(at, (at + 1) % count));
    if count > 4 {
        (0..count).step_by(2).for_each(|at| join(at, (at + 3) % count));
    }
    pairs
}

/// How long everything may take to come right once nothing fails any more: the longest wait between two dials after
/// outages of half a minute, two dials that find nobody, and the records themselves on a busy machine.
pub const HEALING_TIME_MAX: Duration = Duration::from_secs(180);

/// Room for the records of a run of some minutes.
const DISK_MIB: u32 = 96;

/// Countries with ordinary codes; a world takes as many of them as it has nodes.
const COUNTRIES: [&str; 20] = [
    "FR", "DE", "BR", "ES", "IT", "PT", "NL", "BE", "LU", "CH", "AT", "PL", "CZ", "SK", "HU", "RO", "BG", "GR", "SE",
    "FI",
];
