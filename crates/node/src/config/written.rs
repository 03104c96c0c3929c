//! The configuration as it was written: every option may be absent, every value knows its place.

use serde::Deserialize;
use toml::Spanned;

/// One option.
pub(super) type Written<T> = Option<Spanned<T>>;

/// `node.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenConfig {
    pub country: Written<String>,
    pub agency: Written<String>,
    pub unit: Written<String>,
    #[serde(default)]
    pub card: WrittenCard,
    #[serde(default)]
    pub network: WrittenNetwork,
    #[serde(default)]
    pub store: WrittenStore,
    #[serde(default)]
    pub log: WrittenLog,
    #[serde(default)]
    pub limits: WrittenLimits,
    #[serde(default)]
    pub user: Vec<Spanned<WrittenUser>>,
}

/// `[card]`
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenCard {
    pub addresses: Written<Vec<Spanned<String>>>,
    pub languages: Written<Vec<Spanned<String>>>,
    pub duty_contact: Written<String>,
    pub certificate_days: Written<u64>,
}

/// `[network]`
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenNetwork {
    pub listen: Written<Vec<Spanned<String>>>,
}

/// `[store]`
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenStore {
    pub engine: Written<String>,
    pub path: Written<String>,
    pub cache_mib: Written<u64>,
    pub reserve_mib: Written<u64>,
    pub free_disk_mib_min: Written<u64>,
}

/// `[log]`
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenLog {
    pub level: Written<String>,
    pub format: Written<String>,
}

/// `[limits]`
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenLimits {
    pub session_hours_max: Written<u64>,
}

/// `[[user]]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenUser {
    pub name: Written<String>,
    pub uid: Written<u64>,
    pub roles: Written<Vec<Spanned<String>>>,
    pub unit: Written<String>,
    pub clearance: Written<String>,
    pub purposes: Written<Vec<Spanned<String>>>,
}
