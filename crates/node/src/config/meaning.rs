//! What each section of the configuration means.

use std::path::Path;

use chancery_record::limits::{CARD_ADDRESSES_MAX, SHORT_TEXT_BYTES_MAX};
use chancery_record::words::UnknownWord;
use chancery_record::{Classification, Purpose, Set, UnitName};
use chancery_store::engine::EngineKind;
use chancery_store::limits::{CACHE_BYTES_DEFAULT, CACHE_BYTES_MIN};
use libp2p::Multiaddr;
use toml::Spanned;

use super::reading::{self, Reading, parsed};
use super::written::{Written, WrittenCard, WrittenLimits, WrittenLog, WrittenStore, WrittenUser};
use super::{CardChoice, LimitChoice, LogChoice, LogFormat, LogLevel, Role, StoreChoice, User};
use crate::limits::{CERTIFICATE_DAYS_DEFAULT, CERTIFICATE_DAYS_MAX, USERS_MAX};
use crate::network::carrier;

pub(super) fn card(reader: &mut Reading<'_>, written: WrittenCard) -> CardChoice {
    let addresses = addresses(reader, "card.addresses", written.addresses, Vec::new());
    let languages = reader.list("card.languages", written.languages, Vec::new(), language);
    let duty_contact =
        reader.option("card.duty_contact", written.duty_contact, String::new(), String::clone, short_text);
    let days = (u64::from(CERTIFICATE_DAYS_DEFAULT), u64::from(CERTIFICATE_DAYS_MAX));
    let certificate_days = reader.number("card.certificate_days", written.certificate_days, days.0, 1, days.1);
    let certificate_days = u32::try_from(certificate_days).unwrap_or(CERTIFICATE_DAYS_DEFAULT);
    CardChoice { addresses, languages, duty_contact, certificate_days }
}

pub(super) fn addresses(
    reader: &mut Reading<'_>,
    name: &str,
    written: Written<Vec<Spanned<String>>>,
    default: Vec<Multiaddr>,
) -> Vec<Multiaddr> {
    let place = written.as_ref().map(Spanned::span);
    let addresses = reader.list(name, written, default, address);
    if addresses.len() > CARD_ADDRESSES_MAX {
        reader.fault(format!("`{name}` has more than {CARD_ADDRESSES_MAX} addresses"), place);
    }
    addresses
}

pub(super) fn store(reader: &mut Reading<'_>, written: WrittenStore, root: &Path) -> StoreChoice {
    let shown = |kind: &EngineKind| kind.name().to_owned();
    let engine =
        reader.option("store.engine", written.engine, EngineKind::default(), shown, |word| parsed(word.as_str()));
    let path = reader.option("store.path", written.path, "store".to_owned(), String::clone, |path| {
        if path.is_empty() { Err("the path is empty".to_owned()) } else { Ok(path) }
    });
    let cache = reader.number(
        "store.cache_mib",
        written.cache_mib,
        mib(CACHE_BYTES_DEFAULT),
        mib(CACHE_BYTES_MIN),
        CACHE_MIB_MAX,
    );
    let reserve = reader.number("store.reserve_mib", written.reserve_mib, RESERVE_MIB_DEFAULT, 1, DISK_MIB_MAX);
    let free =
        reader.number("store.free_disk_mib_min", written.free_disk_mib_min, FREE_DISK_MIB_MIN_DEFAULT, 1, DISK_MIB_MAX);
    StoreChoice {
        engine,
        path: root.join(path),
        cache_bytes: usize::try_from(cache.saturating_mul(MIB)).unwrap_or(CACHE_BYTES_DEFAULT),
        reserve_bytes: reserve.saturating_mul(MIB),
        free_disk_bytes_min: free.saturating_mul(MIB),
    }
}

pub(super) fn log(reader: &mut Reading<'_>, written: WrittenLog) -> LogChoice {
    let level = reader.option(
        "log.level",
        written.level,
        LogLevel::Info,
        |level| level.word().to_owned(),
        |word| known("log level", &word, &LogLevel::ALL, LogLevel::word),
    );
    let format = reader.option(
        "log.format",
        written.format,
        LogFormat::Text,
        |form| form.word().to_owned(),
        |word| known("log format", &word, &LogFormat::ALL, LogFormat::word),
    );
    LogChoice { level, format }
}

pub(super) fn limits(reader: &mut Reading<'_>, written: WrittenLimits) -> LimitChoice {
    LimitChoice { session_hours_max: reader.number("limits.session_hours_max", written.session_hours_max, 12, 1, 24) }
}

pub(super) fn users(reader: &mut Reading<'_>, written: Vec<Spanned<WrittenUser>>) -> Vec<User> {
    if written.len() > USERS_MAX {
        reader.fault(format!("more than {USERS_MAX} users"), None);
        return Vec::new();
    }
    let mut users: Vec<User> = Vec::new();
    for entry in written {
        let place = entry.span();
        let Some(user) = user(reader, entry) else { continue };
        if let Some(other) = users.iter().find(|other| other.uid == user.uid || other.name == user.name) {
            let what = format!("`{}` has the name or the user id of `{}`", user.name, other.name);
            reader.fault(what, Some(place));
        }
        users.push(user);
    }
    users
}

fn user(reader: &mut Reading<'_>, entry: Spanned<WrittenUser>) -> Option<User> {
    let place = Some(entry.span());
    let written = entry.into_inner();
    let name = reader.required("user.name", written.name, place.clone(), String::clone, user_name);
    let option = |of: &str| format!("user.{}.{of}", name.as_deref().unwrap_or("?"));
    let uid = reader.required(&option("uid"), written.uid, place.clone(), u32::to_string, |uid| {
        u32::try_from(uid).map_err(|_| format!("`{uid}` is no user id"))
    });
    let roles: Set<Role> = reader.words(&option("roles"), written.roles);
    let unit = reader.required(&option("unit"), written.unit, place.clone(), UnitName::to_string, reading::unit);
    let clearance =
        reader
            .required(&option("clearance"), written.clearance, place, Classification::to_string, |word| parsed(&word));
    let words = reader.list(&option("purposes"), written.purposes, Vec::new(), purposes);
    let purposes = words.into_iter().flat_map(|word| word.meant()).collect();
    Some(User { name: name?, uid: uid?, roles, unit: unit?, clearance: clearance?, purposes })
}

/// A purpose, or all of them.
#[derive(Clone, Copy)]
enum PurposeWord {
    Any,
    One(Purpose),
}

impl PurposeWord {
    fn meant(self) -> Vec<Purpose> {
        match self {
            Self::Any => Purpose::ALL.to_vec(),
            Self::One(purpose) => vec![purpose],
        }
    }
}

impl std::fmt::Display for PurposeWord {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Any => out.write_str("any"),
            Self::One(purpose) => purpose.fmt(out),
        }
    }
}

fn purposes(word: &str) -> Result<PurposeWord, String> {
    if word == "any" { Ok(PurposeWord::Any) } else { parsed(word).map(PurposeWord::One) }
}

fn known<M: Copy>(noun: &'static str, word: &str, all: &[M], name: impl Fn(M) -> &'static str) -> Result<M, String> {
    all.iter()
        .copied()
        .find(|value| name(*value) == word)
        .ok_or_else(|| UnknownWord::new(noun, word, all.iter().copied().map(&name)).to_string())
}

/// An address that the network driver can listen on or dial.
pub fn address(text: &str) -> Result<Multiaddr, String> {
    let shown: String = text.chars().take(120).collect();
    let address: Multiaddr = text.parse().map_err(|_| {
        format!("`{shown}` is no multiaddr; write `/ip4/192.0.2.1/udp/4001/quic-v1` or `/ip4/192.0.2.1/tcp/4001`")
    })?;
    carrier(&address).map_err(|fault| fault.to_string())?;
    Ok(address)
}

/// A language by ISO 639-1.
pub fn language(text: &str) -> Result<String, String> {
    if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Ok(text.to_owned());
    }
    let shown: String = text.chars().take(40).collect();
    Err(format!("`{shown}` is no language (two small letters, ISO 639-1, as in `fr`)"))
}

pub(super) fn short_text(text: String) -> Result<String, String> {
    if text.len() > SHORT_TEXT_BYTES_MAX {
        return Err(format!("longer than {SHORT_TEXT_BYTES_MAX} bytes"));
    }
    if text.chars().any(char::is_control) {
        return Err("holds a control character or a line break".to_owned());
    }
    Ok(text)
}

fn user_name(text: String) -> Result<String, String> {
    let legal = |character: char| character.is_alphanumeric() || matches!(character, '.' | '-' | '_');
    if text.is_empty() || text.len() > 64 || !text.chars().all(legal) {
        return Err("a user's name is 1 to 64 letters, digits, dots, hyphens or underscores".to_owned());
    }
    Ok(text)
}

pub(super) fn listen_default() -> Vec<Multiaddr> {
    ["/ip4/0.0.0.0/udp/4001/quic-v1", "/ip4/0.0.0.0/tcp/4001"].iter().filter_map(|text| text.parse().ok()).collect()
}

fn mib(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX) / MIB
}

const MIB: u64 = 1 << 20;
/// A cache above a TiB is a slip of the finger.
const CACHE_MIB_MAX: u64 = 1 << 20;
/// A reserve above a PiB is one, too.
const DISK_MIB_MAX: u64 = 1 << 30;
const RESERVE_MIB_DEFAULT: u64 = 16;
const FREE_DISK_MIB_MIN_DEFAULT: u64 = 512;
