//! Whether keys, certificates and cards fit together, and how long they last.

use chancery_record::{Certificate, ContactCard, DAY_MS, Instant};

use super::{Examination, Finding};
use crate::card_shelf::CardShelf;
use crate::limits::CERTIFICATE_DAYS_WARNED;
use crate::output::counted;

const INSTALL: &str = "answer the request with `chancery key certify` and install it with `chancery key install`";

/// Every secret key can be read, and the certificates name keys that are here.
pub(super) fn keys(examination: &Examination<'_>) -> Vec<Finding> {
    let ring = match examination.node.read_key_ring() {
        Ok(ring) => ring,
        Err(fault) => {
            let next = "check whom the file belongs to, or restore it from a backup";
            return vec![Finding::failure("keys", causes(&fault), next)];
        }
    };
    let country = examination.node.country_keys();
    let place = if country.is_here() { "the country key is here" } else { "the country key is elsewhere" };
    let Some(card) = examination.good_card() else {
        return vec![Finding::ok("keys", format!("the node's keys can be read; {place}"))];
    };
    let mut findings = Vec::new();
    if country.public().is_some_and(|public| public != card.country_key) {
        findings.push(Finding::failure(
            "keys",
            "the country key in `keys` is not the one that signed the card",
            "bring back the country key that signed it, or remove this one if the key is kept elsewhere",
        ));
    }
    if country.has_successor() && country.is_here() {
        findings.push(Finding::warning(
            "keys",
            "the secret successor lies beside the country key: what takes one takes both",
            "move `keys/successor.age` (or `.key`) elsewhere; `keys/successor.pub` stays",
        ));
    }
    match ring.in_effect(card, examination.now) {
        Ok(keys) => findings.push(Finding::ok(
            "keys",
            format!("the keys of certificate {} are here; {place}", keys.certificate.serial),
        )),
        Err(fault) => {
            findings.push(Finding::failure("keys", fault.to_string(), "run `chancery key rotate --overlap-days 0`"))
        }
    }
    findings
}

/// How long the certificate in effect lasts.
pub(super) fn certificate(examination: &Examination<'_>) -> Vec<Finding> {
    let Some(card) = examination.good_card() else {
        return match examination.card {
            Ok(_) => vec![Finding::failure("certificate", "this node has no certificate yet", INSTALL)],
            Err(_) => {
                vec![Finding::failure("certificate", "the card that holds it is not good", "see the check of the card")]
            }
        };
    };
    let Some(last) = last_usable(card) else {
        return vec![Finding::failure("certificate", "the card names no certificate", "run `chancery key rotate`")];
    };
    vec![match days_left(&last, examination.now) {
        None => Finding::failure(
            "certificate",
            format!("certificate {} ended on {}", last.serial, last.not_after.date()),
            "run `chancery key rotate --overlap-days 0` and hand out the new card",
        ),
        Some(days) if days < CERTIFICATE_DAYS_WARNED => Finding::warning(
            "certificate",
            format!(
                "certificate {} ends in {}, on {}",
                last.serial,
                counted(days, "day", "days"),
                last.not_after.date()
            ),
            "run `chancery key rotate` and hand out the new card",
        ),
        Some(days) => Finding::ok(
            "certificate",
            format!(
                "certificate {} is valid for {}, until {}",
                last.serial,
                counted(days, "day", "days"),
                last.not_after.date()
            ),
        ),
    }]
}

/// The own card is good and says what the configuration says.
pub(super) fn card(examination: &Examination<'_>) -> Vec<Finding> {
    let card = match &examination.card {
        Err(fault) => return vec![Finding::failure("card", causes(fault), "restore `card.chancery` from a backup")],
        Ok(None) => return vec![Finding::failure("card", "this country has no card yet", INSTALL)],
        Ok(Some(card)) => card,
    };
    let Ok(config) = &examination.config else {
        return vec![Finding::ok("card", format!("card {} is good", card.serial))];
    };
    if config.country != card.country {
        return vec![Finding::failure(
            "card",
            format!("the card is of {}, the configuration of {}", card.country, config.country),
            "set `country` back in `node.toml`; a node never changes its country",
        )];
    }
    let addresses: Vec<String> = config.card.addresses.iter().map(ToString::to_string).collect();
    let differs = config.agency != card.agency
        || addresses != card.addresses
        || config.card.languages != card.languages
        || config.card.duty_contact != card.duty_contact;
    let mut findings = Vec::new();
    if differs {
        findings.push(Finding::warning(
            "card",
            "the card says something else than the configuration",
            "run `chancery card renew` and hand out the new card",
        ));
    }
    if card.addresses.is_empty() {
        findings.push(Finding::warning(
            "card",
            "the card names no address, so that other countries cannot dial this node",
            "set `card.addresses` in `node.toml` and run `chancery card renew`, unless this node is to dial only",
        ));
    }
    if findings.is_empty() {
        findings
            .push(Finding::ok("card", format!("card {} is good and says what the configuration says", card.serial)));
    }
    findings
}

/// The cards of other countries are good and their certificates last.
pub(super) fn cards(examination: &Examination<'_>) -> Vec<Finding> {
    let known = match CardShelf::of(examination.node).all() {
        Ok(known) => known,
        Err(fault) => {
            return vec![Finding::failure("cards", causes(&fault), "check whom the directory `cards` belongs to")];
        }
    };
    let count = known.len();
    let mut findings = Vec::new();
    for read in known {
        match read {
            Err(fault) => findings.push(Finding::failure(
                "cards",
                causes(&fault),
                "remove the file and import the card again; until then the country is not admitted",
            )),
            Ok(card) => findings.extend(ending(&card, examination.now)),
        }
    }
    if findings.is_empty() {
        let what = if count == 0 {
            "no card of another country is known yet".to_owned()
        } else {
            format!("cards that are good: {count}")
        };
        findings.push(Finding::ok("cards", what));
    }
    findings
}

fn ending(card: &ContactCard, now: Instant) -> Option<Finding> {
    let (country, next) = (card.country, "ask the country for its new card");
    match last_usable(card) {
        None => Some(Finding::warning("cards", format!("the card of {country} names no certificate in use"), next)),
        Some(last) => match days_left(&last, now) {
            None => Some(Finding::warning(
                "cards",
                format!("the last certificate of {country} ended on {}", last.not_after.date()),
                next,
            )),
            Some(days) if days < CERTIFICATE_DAYS_WARNED => Some(Finding::warning(
                "cards",
                format!("the last certificate of {country} ends in {}", counted(days, "day", "days")),
                next,
            )),
            Some(_) => None,
        },
    }
}

/// The certificate that ends last of those not revoked.
fn last_usable(card: &ContactCard) -> Option<Certificate> {
    let revoked = card.opened_revocations().unwrap_or_default();
    card.opened_certificates()
        .unwrap_or_default()
        .into_iter()
        .filter(|certificate| !revoked.iter().any(|revocation| revocation.serial == certificate.serial))
        .max_by_key(|certificate| certificate.not_after)
}

/// Whole days until it ends; nothing if it has.
fn days_left(certificate: &Certificate, now: Instant) -> Option<u64> {
    (now < certificate.not_after).then(|| (certificate.not_after.0 - now.0) / DAY_MS)
}

/// An error with everything that caused it, in one line.
fn causes(fault: &dyn std::error::Error) -> String {
    let mut text = fault.to_string();
    let mut cause = fault.source();
    while let Some(below) = cause {
        text = format!("{text}: {below}");
        cause = below.source();
    }
    text
}
