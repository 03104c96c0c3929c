//! The rules of the house that can be checked by reading the tree.

#![expect(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod architecture;
mod manifests;
mod modules;
mod names;
mod signatures;
mod sizes;
mod source;
mod tree;
mod wording;

/// Fails with every violation of a rule at once, so that one run tells all there is to mend.
fn none_of(rule: &str, mut violations: Vec<String>) {
    violations.sort();
    assert!(violations.is_empty(), "{rule}:\n  {}\n", violations.join("\n  "));
}
