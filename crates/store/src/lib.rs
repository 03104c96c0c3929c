//! What a node keeps, in an order it can rely on.
//!
//! It holds no network and makes no policy decision: it says what is kept and never who may have it.

pub mod engine;
pub mod keyspace;
pub mod limits;
