//! Edge cases of ed25519, after Wycheproof and "Taming the many EdDSAs": two nodes must never differ about a signature.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod curve;
mod house;
mod number;
mod refusals;
mod vectors;
