//! Keys, certificates and rosters of the countries in a life, made once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use chancery_exchange::{OwnIdentity, SignedByNode};
use chancery_record::encoding::{Domain, digest, encode};
use chancery_record::signing::{public_key, sign};
use chancery_record::{
    Certificate, ContactCard, Country, DAY_MS, Instant, PublicKey, Revocation, Signature, SignedByCountry,
    SignedStatement, Statement, TrustRoster,
};
use ed25519_dalek::SigningKey;

/// 2026-11-21T12:00:00Z.
pub const START: Instant = Instant(1_795_262_400_000);
const YEAR_MS: u64 = 365 * DAY_MS;

/// The country of the node, then its peers. With the last of them it never has a treaty.
pub const COUNTRIES: [&str; 4] = ["FR", "DE", "NL", "BR"];

/// What the node may come to know of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Known {
    Everyone,
    /// DE's certificate has been revoked.
    DeRevoked,
    /// DE has a second certificate.
    DeNext,
    /// Nobody has handed over NL's card.
    WithoutNl,
}

pub const KNOWN: [Known; 4] = [Known::Everyone, Known::DeRevoked, Known::DeNext, Known::WithoutNl];

pub fn country(letters: &str) -> Country {
    letters.parse().expect("two letters")
}

pub fn own() -> Country {
    country(COUNTRIES[0])
}

pub fn peers() -> [Country; 3] {
    [1, 2, 3].map(|at| country(COUNTRIES[at]))
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Use {
    Country,
    Record,
    NextRecord,
    Transport,
}

pub fn key(of: Country, purpose: Use) -> SigningKey {
    thread_local!(static KEYS: RefCell<HashMap<([u8; 2], Use), SigningKey>> = RefCell::default());
    let make = || {
        let seed = digest(Domain::Row, &[of.letters().as_slice(), format!("{purpose:?}").as_bytes()]);
        SigningKey::from_bytes(&seed)
    };
    KEYS.with_borrow_mut(|keys| keys.entry((of.letters(), purpose)).or_insert_with(make).clone())
}

pub fn transport_key(of: Country) -> PublicKey {
    public_key(&key(of, Use::Transport))
}

pub fn certificate(of: Country, serial: u64, purpose: Use) -> SignedByCountry {
    let certificate = Certificate {
        country: of,
        serial,
        transport_key: transport_key(of),
        record_key: public_key(&key(of, purpose)),
        not_before: Instant(START.0 - YEAR_MS),
        not_after: Instant(START.0 + 20 * YEAR_MS),
    };
    let bytes = encode(Domain::Certificate, &certificate);
    SignedByCountry { signature: signature(of, Use::Country, &bytes), bytes }
}

pub fn revocation(of: Country, serial: u64) -> SignedByCountry {
    let bytes = encode(Domain::Revocation, &Revocation { country: of, serial, revoked: START });
    SignedByCountry { signature: signature(of, Use::Country, &bytes), bytes }
}

pub fn roster(known: Known) -> Arc<TrustRoster> {
    static ROSTERS: OnceLock<Vec<(Known, Arc<TrustRoster>)>> = OnceLock::new();
    let rosters = ROSTERS.get_or_init(|| KNOWN.map(|known| (known, Arc::new(made_roster(known)))).to_vec());
    let (_, roster) = rosters.iter().find(|(of, _)| *of == known).expect("each is made");
    Arc::clone(roster)
}

fn made_roster(known: Known) -> TrustRoster {
    let mut roster = TrustRoster::default();
    let wanted = COUNTRIES.into_iter().filter(|letters| known != Known::WithoutNl || *letters != "NL");
    for of in wanted.map(country) {
        let mut card = ContactCard {
            country: of,
            agency: "Police".into(),
            country_key: public_key(&key(of, Use::Country)),
            successor: [0; 32],
            serial: 1,
            issued: START,
            certificates: vec![certificate(of, 1, Use::Record)],
            revocations: Vec::new(),
            addresses: Vec::new(),
            languages: Vec::new(),
            duty_contact: "desk".into(),
        };
        if of == country("DE") && known == Known::DeRevoked {
            card.revocations.push(revocation(of, 1));
        }
        if of == country("DE") && known == Known::DeNext {
            card.certificates.push(certificate(of, 2, Use::NextRecord));
        }
        roster.admit(&card).expect("a good card");
    }
    roster
}

/// Whether a node that knows this much believes the key a peer signs with.
pub fn knows_key_of(known: Known, of: Country) -> bool {
    match known {
        Known::Everyone | Known::DeNext => true,
        Known::DeRevoked => of != country("DE"),
        Known::WithoutNl => of != country("NL"),
    }
}

/// The node's identity, with its first record key or with the next.
pub fn identity(purpose: Use) -> OwnIdentity {
    let mut certificates = vec![certificate(own(), 1, Use::Record)];
    if purpose == Use::NextRecord {
        certificates.push(certificate(own(), 2, Use::NextRecord));
    }
    OwnIdentity {
        country: own(),
        unit: "UNIT-1".parse().expect("a unit"),
        record_key: key(own(), purpose),
        transport_key: transport_key(own()),
        certificates,
        revocations: Vec::new(),
    }
}

/// A signature, made once for each content: a fuzzer says the same things over and over.
fn signature(of: Country, purpose: Use, bytes: &[u8]) -> Signature {
    thread_local!(static MADE: RefCell<HashMap<[u8; 32], Signature>> = RefCell::default());
    let name = digest(Domain::Row, &[of.letters().as_slice(), &[purpose as u8], bytes]);
    MADE.with_borrow_mut(|made| {
        if made.len() > SIGNATURES_MAX {
            made.clear();
        }
        *made.entry(name).or_insert_with(|| sign(&key(of, purpose), bytes))
    })
}

/// Signatures remembered, so that hours of fuzzing take no more memory than minutes.
const SIGNATURES_MAX: usize = 100_000;

pub fn by_node<T: bincode::Encode>(of: Country, domain: Domain, content: &T) -> SignedByNode {
    let bytes = encode(domain, content);
    let signature = signature(of, Use::Record, &bytes);
    SignedByNode { bytes, key: public_key(&key(of, Use::Record)), signature }
}

pub fn stated(of: Country, statement: &Statement) -> SignedStatement {
    let bytes = encode(Domain::Statement, statement);
    let signature = signature(of, Use::Record, &bytes);
    SignedStatement { bytes, key: public_key(&key(of, Use::Record)), signature }
}
