//! Every limit of the exchange, each with its reason.
