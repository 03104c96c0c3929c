//! The limits of the command line, each with its reason.

/// Largest configuration file: the commented sample has 8 KiB, a node with a hundred users 20 KiB more.
pub const CONFIG_BYTES_MAX: u64 = 256 * 1024;
/// Largest key file; a plain one has 130 bytes, an encrypted one 400.
pub const KEY_FILE_BYTES_MAX: u64 = 8 * 1024;
/// Largest passphrase file, of which the first line counts.
pub const PASSPHRASE_FILE_BYTES_MAX: u64 = 4 * 1024;
/// Largest armoured text: a request of [`REQUEST_BYTES_MAX`] in base64 with its line breaks.
pub const ARMOUR_BYTES_MAX: u64 = 512 * 1024;
/// Largest request for a certificate: a whole contact card travels in it.
pub const REQUEST_BYTES_MAX: usize = 192 * 1024;
/// Largest file of learned keys: all that may be known of one country.
pub const LEARNED_FILE_BYTES_MAX: u64 = chancery_record::limits::KEY_NEWS_BYTES_MAX as u64;
/// Most cards kept: one for each country there is, with room to spare.
pub const CARDS_MAX: usize = 300;
/// Most record keys and transport keys kept side by side: one for each certificate on a card.
pub const KEYS_MAX: usize = chancery_record::limits::CARD_CERTIFICATES_MAX;
/// Most users in the configuration.
pub const USERS_MAX: usize = 500;
/// Most faults of a configuration shown at once: enough to mend it, little enough to read.
pub const FAULTS_SHOWN_MAX: usize = 20;

/// Days a certificate is valid where nobody says otherwise.
pub const CERTIFICATE_DAYS_DEFAULT: u32 = 365;
/// Longest validity of a certificate: a stolen key must not speak for a country for ever.
pub const CERTIFICATE_DAYS_MAX: u32 = 3 * 366;
/// Days left at which people are warned that a certificate ends.
pub const CERTIFICATE_DAYS_WARNED: u64 = 30;
/// Days between a new certificate and the day it takes effect, so that every country has it by then.
pub const OVERLAP_DAYS_DEFAULT: u32 = 7;
/// A certificate that is to count at once begins this long before it is made, and one that was announced is used this long
/// after it began: the clocks of two nodes may differ by up to an hour.
pub const CLOCK_TOLERANCE_MS: u64 = 3_600_000;
/// A time this far in the future says that a clock is off.
pub const CLOCK_WARNED_MS: u64 = 5 * 60_000;

/// Work factor (log2) of the passphrase encryption: about a fifth of a second and 64 MiB for each guess.
pub const PASSPHRASE_WORK: u8 = 16;
/// Highest work factor accepted from a file, about a quarter of a minute.
pub const PASSPHRASE_WORK_MAX: u8 = 21;
/// A passphrase of fewer characters is accepted with a warning.
pub const PASSPHRASE_CHARACTERS_WARNED: usize = 12;

const _: () = {
    assert!(REQUEST_BYTES_MAX * 2 < ARMOUR_BYTES_MAX as usize);
    assert!(chancery_record::limits::CARD_BYTES_MAX * 2 < REQUEST_BYTES_MAX);
    assert!(CERTIFICATE_DAYS_DEFAULT <= CERTIFICATE_DAYS_MAX);
    assert!(CLOCK_WARNED_MS < CLOCK_TOLERANCE_MS);
    assert!(PASSPHRASE_WORK <= PASSPHRASE_WORK_MAX);
};

/// Largest treaty, law or signature file: the treaty crate's own limit, checked before memory is taken.
pub const DOCUMENT_FILE_BYTES_MAX: usize = 1 << 20;
