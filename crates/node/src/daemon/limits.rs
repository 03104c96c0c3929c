//! Every limit of the running node, each with its reason.

/// Requests of local callers that may wait; a caller beyond them waits to hand its request in.
pub const LOCAL_REQUESTS_WAITING_MAX: usize = 256;
/// Commits that may wait for the writer; beyond, the loop waits, and with it everything it reads from.
pub const COMMITS_WAITING_MAX: usize = 256;
/// Writes gathered into one commit while the last one runs.
pub const TICKETS_PER_COMMIT_MAX: usize = 1000;
/// Frames of one connection being verified at a time, on all cores.
pub const FRAMES_VERIFIED_AT_ONCE: usize = 4;
/// Notices kept for `peer list`; older ones stand in the log.
pub const NOTICES_KEPT_MAX: usize = 64;
/// How often the loop looks at the clocks, in milliseconds.
pub const TICK_MS: u64 = 1_000;
/// Ticks between two looks at which certificates have come into effect or ended.
pub const PEER_CHECK_TICKS: u64 = 60;
/// Ticks between telling peers of another transport key and moving to it: news of keys goes out at once and is taken in far
/// less time, and who is not connected then learns it from a card.
pub const MOVE_TICKS: u64 = 5;
/// Ticks between two looks at which marks have outlived what they block (6 hours).
pub const FORGET_MARKS_TICKS: u64 = 6 * 60 * 60;
