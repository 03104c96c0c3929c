//! Fingerprints of country keys in the two forms people compare: words for the voice, digits for paper.

use bip39::{Language, Mnemonic};
use chancery_record::Fingerprint;
use thiserror::Error;

/// A text that is no fingerprint.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum FingerprintFault {
    /// Neither form.
    #[error("`{0}` is no fingerprint: it is twelve words or 32 hexadecimal digits")]
    Form(String),
    /// Twelve words, one of which is not in the list.
    #[error("`{0}` is not in the list of words that fingerprints are made of")]
    Word(String),
    /// The words are in the list, but their checksum fails.
    #[error("the twelve words do not belong together; at least one was misheard or misspelt")]
    Checksum,
}

/// The twelve words of a fingerprint (BIP 39, English). The last holds a checksum, so that a misheard word is noticed.
pub fn words(fingerprint: &Fingerprint) -> String {
    match Mnemonic::from_entropy(&fingerprint.0) {
        Ok(mnemonic) => mnemonic.words().collect::<Vec<_>>().join(" "),
        // Sixteen bytes always make twelve words.
        Err(_) => digits(fingerprint),
    }
}

/// The hexadecimal digits of a fingerprint, in groups of four.
pub fn digits(fingerprint: &Fingerprint) -> String {
    let pair = |pair: &[u8]| pair.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    fingerprint.0.chunks(2).map(pair).collect::<Vec<_>>().join(" ")
}

/// Reads either form, whatever its case and spacing.
pub fn parse(text: &str) -> Result<Fingerprint, FingerprintFault> {
    let text = text.trim().to_lowercase();
    let joined: String = text.chars().filter(|character| !character.is_whitespace() && *character != ':').collect();
    if joined.len() == 32 && joined.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return joined.parse().map(|lineage: chancery_record::Lineage| Fingerprint(lineage.0)).map_err(|_| form(&text));
    }
    let words: Vec<&str> =
        text.split(|character: char| !character.is_ascii_lowercase()).filter(|word| !word.is_empty()).collect();
    if words.len() != WORDS {
        return Err(form(&text));
    }
    if let Some(stranger) = words.iter().find(|word| Language::English.find_word(word).is_none()) {
        return Err(FingerprintFault::Word((*stranger).chars().take(40).collect()));
    }
    let mnemonic =
        Mnemonic::parse_in_normalized(Language::English, &words.join(" ")).map_err(|_| FingerprintFault::Checksum)?;
    mnemonic.to_entropy().try_into().map(Fingerprint).map_err(|_| form(&text))
}

fn form(text: &str) -> FingerprintFault {
    FingerprintFault::Form(text.chars().take(120).collect())
}

const WORDS: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_read_back() {
        for seed in 0..=255u8 {
            let mut bytes = [seed; 16];
            bytes[3] = seed.wrapping_mul(31);
            let fingerprint = Fingerprint(bytes);
            assert_eq!(words(&fingerprint).split(' ').count(), WORDS);
            assert_eq!(parse(&words(&fingerprint)).unwrap(), fingerprint);
            assert_eq!(parse(&digits(&fingerprint)).unwrap(), fingerprint);
            assert_eq!(parse(&words(&fingerprint).to_uppercase().replace(' ', ", ")).unwrap(), fingerprint);
        }
        assert_eq!(
            words(&Fingerprint([0x7f; 16])),
            "legal winner thank year wave sausage worth useful legal winner thank yellow"
        );
    }

    #[test]
    fn what_is_misheard_is_said() {
        let good = "legal winner thank year wave sausage worth useful legal winner thank yellow";
        let check = |text: &str, fault: FingerprintFault| assert_eq!(parse(text).unwrap_err(), fault);
        check(&good.replace("sausage", "sausages"), FingerprintFault::Word("sausages".into()));
        check(&good.replace("yellow", "year"), FingerprintFault::Checksum);
        check("legal winner", FingerprintFault::Form("legal winner".into()));
        check("", FingerprintFault::Form(String::new()));
    }
}
