//! One equation for every signature.

use crate::source::has_word;
use crate::{none_of, tree};

/// Two nodes that ask different equations can be made to differ about a seal, so there is one place that asks.
///
/// INVARIANT (the originator's word)
#[test]
fn signatures_are_verified_in_one_place() {
    let mut violations = Vec::new();
    for (path, source) in tree::product_files() {
        let code = source.product_code();
        let uses_the_library = has_word(&code, "ed25519_dalek");
        let named = LOOSE.into_iter().filter(|word| uses_the_library && has_word(&code, word));
        violations.extend(named.map(|word| format!("{path}: `{word}`")));
        let asks = ["VerifyingKey", "verify_strict"].into_iter().any(|word| has_word(&code, word));
        if asks && path != THE_PLACE {
            violations.push(format!("{path}: verifies a signature by itself"));
        }
    }
    none_of("every signature is verified by `is_signed_by`", violations);
}

#[test]
fn the_batch_equation_is_not_even_built() {
    let text = tree::text("Cargo.toml").expect("UTF-8");
    let table: toml::Table = text.parse().expect("a manifest is TOML");
    let library = &table["workspace"]["dependencies"]["ed25519-dalek"];
    let features = library["features"].as_array().expect("a list");
    let loose = features.iter().filter_map(toml::Value::as_str).filter(|feature| LOOSE_FEATURES.contains(feature));
    let mut violations: Vec<String> = loose.map(|feature| format!("Cargo.toml: feature `{feature}`")).collect();
    let lock = tree::text("Cargo.lock").expect("UTF-8");
    if lock.contains("name = \"strobe-rs\"") || lock.contains("name = \"merlin\"") {
        violations.push("Cargo.lock: a library that only batches of signatures need".to_owned());
    }
    none_of("signatures are not verified in batches", violations);
}

/// The file that asks the strict equation.
const THE_PLACE: &str = "crates/record/src/signing.rs";
/// Names of equations that take what the strict one refuses.
const LOOSE: [&str; 4] = ["verify_batch", "verify_prehashed", "verify_cofactored", "raw_verify"];
/// Features of the library that build such equations, or take numbers beyond the order.
const LOOSE_FEATURES: [&str; 3] = ["batch", "legacy_compatibility", "hazmat"];

#[test]
fn the_place_is_there() {
    let source = tree::text(THE_PLACE).expect("the file that verifies signatures");
    assert!(source.contains("verify_strict"), "{THE_PLACE} asks the strict equation");
}
