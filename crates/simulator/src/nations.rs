//! The countries of a world with their keys and certificates, made once for the whole process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use chancery_exchange::OwnIdentity;
use chancery_record::encoding::{Domain, digest};
use chancery_record::signing::public_key;
use chancery_record::{
    Certificate, ContactCard, Country, DAY_MS, Instant, PublicKey, Revocation, SignedByCountry, TrustRoster,
};
use ed25519_dalek::SigningKey;

/// 2026-11-21T12:00:00Z, when every world begins.
pub const START: Instant = Instant(1_795_262_400_000);
const YEAR_MS: u64 = 365 * DAY_MS;

/// 196 countries: as many as there are members of INTERPOL.
const CODES: &str = "FR DE NL BR BE ES IT PT PL CZ AT CH SE FI NO DK IE GB GR BG RO HU SK SI HR RS BA ME MK AL \
    EE LV LT UA MD BY RU TR CY MT IS LI MC SM AD VA LU GE AM AZ KZ UZ TM KG TJ AF PK IN NP BT BD LK MV MM TH LA KH VN \
    MY SG ID PH BN TL CN MN KP KR JP AU NZ PG SB VU FJ TO WS KI TV NR FM MH PW US CA MX GT BZ SV HN NI CR PA CU HT DO \
    JM BS BB TT GD LC VC DM AG KN CO VE GY SR EC PE BO PY UY AR CL MA DZ TN LY EG SD SS ER ET DJ SO KE UG RW BI TZ MW \
    MZ ZM ZW BW NA ZA LS SZ AO CD CG GA GQ CM CF TD NE NG BJ TG GH CI LR SL GN GW SN GM MR ML BF CV ST KM MG MU SC IL \
    PS JO LB SY IQ IR SA KW BH QA AE OM YE AW";

/// The first `count` countries.
pub fn countries(count: usize) -> Vec<Country> {
    let all = CODES.split_whitespace().take(count);
    all.map(|letters| letters.parse().expect("the list names countries")).collect()
}

/// The key that signs a country's treaties and certificates.
pub fn country_key(of: Country) -> SigningKey {
    key(of, "country", 0)
}

/// The record key of a country's certificate with that serial.
pub fn record_key(of: Country, serial: u64) -> SigningKey {
    key(of, "record", serial)
}

/// The transport key of a country.
pub fn transport_key(of: Country) -> PublicKey {
    static MADE: Made<Country, PublicKey> = OnceLock::new();
    once(&MADE, of, || public_key(&key(of, "transport", 0)))
}

/// The certificate of a serial.
pub fn certificate(of: Country, serial: u64) -> SignedByCountry {
    static MADE: Made<(Country, u64), SignedByCountry> = OnceLock::new();
    once(&MADE, (of, serial), || {
        let certificate = Certificate {
            country: of,
            serial,
            transport_key: transport_key(of),
            record_key: public_key(&record_key(of, serial)),
            not_before: Instant(START.0 - YEAR_MS),
            not_after: Instant(START.0 + 20 * YEAR_MS),
        };
        certificate.sign(&country_key(of))
    })
}

/// The word of a country that a certificate counts no more, from the beginning of the world.
pub fn revocation(of: Country, serial: u64, revoked: Instant) -> SignedByCountry {
    Revocation { country: of, serial, revoked }.sign(&country_key(of))
}

/// A roster with the cards of the first `count` countries.
pub fn roster(count: usize) -> Arc<TrustRoster> {
    static MADE: Made<usize, Arc<TrustRoster>> = OnceLock::new();
    once(&MADE, count, || {
        let mut roster = TrustRoster::default();
        for of in countries(count) {
            roster.admit(&card(of)).expect("the cards are good");
        }
        Arc::new(roster)
    })
}

/// Who a country is under the certificate of that serial; earlier ones are shown beside it.
pub fn identity(of: Country, serial: u64, revocations: Vec<SignedByCountry>) -> OwnIdentity {
    OwnIdentity {
        country: of,
        unit: "UNIT-1".parse().expect("a unit"),
        record_key: record_key(of, serial),
        transport_key: transport_key(of),
        certificates: (1..=serial).map(|serial| certificate(of, serial)).collect(),
        revocations,
    }
}

fn card(of: Country) -> ContactCard {
    ContactCard {
        country: of,
        agency: "Police".into(),
        country_key: public_key(&country_key(of)),
        successor: [0; 32],
        serial: 1,
        issued: START,
        certificates: vec![certificate(of, 1)],
        revocations: Vec::new(),
        addresses: Vec::new(),
        languages: Vec::new(),
        duty_contact: "desk".into(),
    }
}

/// Whose key it is, what for, and which one of those.
type KeyName = (Country, &'static str, u64);

fn key(of: Country, what: &'static str, serial: u64) -> SigningKey {
    static MADE: Made<KeyName, SigningKey> = OnceLock::new();
    once(&MADE, (of, what, serial), || {
        let secret = digest(Domain::Row, &[of.letters().as_slice(), what.as_bytes(), &serial.to_le_bytes()]);
        SigningKey::from_bytes(&secret)
    })
}

/// What was made so far, for the whole process.
pub(crate) type Made<K, V> = OnceLock<Mutex<BTreeMap<K, V>>>;

/// What stands under a key, made where it does not stand there yet.
pub(crate) fn once<K: Ord, V: Clone>(made: &'static Made<K, V>, key: K, make: impl FnOnce() -> V) -> V {
    let table = made.get_or_init(Mutex::default);
    if let Some(found) = table.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return found.clone();
    }
    let fresh = make();
    table.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_insert(fresh).clone()
}
