//! Every limit of the simulator, each with its reason.

/// Lines of a story that are kept: the end of what happened, as much as a person reads.
pub const STORY_LINES_MAX: usize = 400;
/// Events after which a world that still moves is said to run in circles.
pub const EVENTS_MAX: u64 = 3_000_000;
/// Virtual time within which a healed world must be at rest but for what waits for a day (10 minutes).
pub const HEALING_MS: u64 = 10 * 60 * 1000;
/// Virtual time within which it must be at rest altogether: what a peer could not accept is offered again daily.
pub const SETTLING_MS: u64 = 26 * 60 * 60 * 1000;
/// One world in so many is watched for that time though it is as it should be before.
pub const LONG_RESTS_ONE_IN: u64 = 10;
/// How often a node is told that time passes while a healed world waits for a day (30 minutes).
pub const SETTLING_TICK_MS: u64 = 30 * 60 * 1000;
/// Bytes of one stream under way: as many frames as the transport takes, of the largest sort.
pub const BYTES_UNDER_WAY_MAX: usize = 3 * (1 << 20) + 2 * 3 * (1 << 16);
/// Frames from one country to another in a world at rest, within [`SETTLING_MS`]: what is offered again daily, the
/// comparisons of both ledgers, their receipts.
pub const CHATTER_MAX: u64 = 600;
/// Batches that may leave before a flash record: those that were prepared when it came, and one turn of each lane.
pub const OVERTAKEN_MAX: u64 = 16;
/// Batches on end that may leave without a routine record while one waits.
pub const PASSED_OVER_MAX: u64 = 64;
