//! Every limit of the exchange, each with its reason.

/// Largest control or obligation frame body.
pub const CONTROL_FRAME_BYTES_MAX: usize = 64 * 1024;
/// Largest ledger frame body.
pub const LEDGER_FRAME_BYTES_MAX: usize = 1 << 20;
/// Most records in one batch: a signed sheet for 64 costs less than a thousandth of their seals.
pub const BATCH_ITEMS_MAX: usize = 64;
/// A batch is cut once its records with their terms reach this; the largest record under the longest terms still fits
/// after it.
pub const BATCH_BYTES_CUT: usize = 96 * 1024;
/// What one item adds to a frame besides its record and terms: its line of the sheet, lengths.
pub const SHEET_ITEM_BYTES: usize = 64;
/// Most statements in one obligation frame.
pub const OBLIGATIONS_PER_FRAME_MAX: usize = 3;
/// Most obligations sent and not yet receipted.
pub const OBLIGATIONS_IN_FLIGHT_MAX: u64 = 256;
/// Records a receiver lets a sender have unreceipted.
pub const CREDIT_ITEMS: u32 = 4096;
/// Bytes a receiver lets a sender have unreceipted.
pub const CREDIT_BYTES: u32 = 8 << 20;
/// Least credit that is believed; less would stall the stream for ever.
pub const CREDIT_ITEMS_MIN: u32 = 64;
/// Least byte credit that is believed: one frame.
pub const CREDIT_BYTES_MIN: u32 = 1 << 20;
/// Batches being written or waiting for a permit, per peer; what waits longer is decided later.
pub const BATCHES_PREPARED_MAX: usize = 8;
/// Journal entries read at a time while walking.
pub const JOURNAL_PAGE: usize = 512;
/// Journal entries passed in one step of the loop, so that a long walk over withheld records starves nobody.
pub const WALK_STEP_MAX: usize = 4096;
/// Withheld entries after which a cursor is written though nothing was receipted.
pub const CURSOR_LAG_MAX: u64 = 4096;
/// Deferred entries looked at in one step.
pub const DEFERRED_PAGE: usize = 256;
/// Refusals named in one receipt: as many as there can be items without a receipt, so that none is ever left out.
pub const REFUSALS_PER_RECEIPT_MAX: usize = CREDIT_ITEMS as usize;
/// Highest epoch that a peer is believed to hold: a liar's may not use up the numbers, and one opens for each connection.
pub const HELD_EPOCH_MAX: crate::Epoch = crate::Epoch(1 << 48);
/// Items that comparing may look at each second over all connections, our questions and the peers' together: a fifth of a
/// core, where a store on disk gives half a million a second.
pub const CHECK_ITEMS_PER_SECOND: u64 = 100_000;
/// What each connection may look at in any case, however many there are: a month of a busy peer.
pub const CHECK_ITEMS_PER_PEER_MIN: u64 = 2_000;
/// How often both ends of a ledger are compared while connected, by their tallies (10 minutes).
pub const CHECK_EVERY_MS: u64 = 10 * 60 * 1000;
/// How often they are compared item by item under a fresh key, so that no choice of records hides a difference (1 day).
pub const CHECK_SALTED_EVERY_MS: u64 = 24 * 60 * 60 * 1000;
/// How often a peer's wish that we compare our ledger is heard (1 minute).
pub const CHECK_AGAIN_MS: u64 = 60 * 1000;
/// How far ahead of our clock a life of a store may be numbered (1 day): more is no number of a clock.
pub const LIFE_AHEAD_MAX_MS: u64 = 24 * 60 * 60 * 1000;
/// How often a connection begins afresh because a key of the peer is not known yet (1 minute).
pub const KEY_GRACE_EVERY_MS: u64 = 60 * 1000;
/// Callers that may wait for a comparison on one connection.
pub const CHECK_CALLERS_MAX: usize = 8;
/// Statements given back in one page: their bytes fill a quarter of a ledger frame.
pub const RETURNED_STATEMENTS_MAX: usize = 16;
/// Terms sheets looked at for one page of what is given back.
pub const RETURNED_SHEETS_MAX: usize = 64;
/// Largest sheet that is given back: what an honest sender signs, so that it travels in one frame with any record.
pub const RETURNED_SHEET_BYTES_MAX: usize =
    BATCH_BYTES_CUT + chancery_treaty::limits::TERMS_BYTES_MAX + BATCH_ITEMS_MAX * SHEET_ITEM_BYTES;
/// Largest signed receipt that a hello gives back; one that names more refusals stays at home.
pub const RECEIPT_PROOF_BYTES_MAX: usize = 1024;
/// Most drafts in one publish request.
pub const PUBLICATIONS_MAX: usize = 512;
/// Most certificates or revocations in a hello.
pub const HELLO_CERTIFICATES_MAX: usize = 16;
/// News of countries' keys taken from one peer on one connection, where they change something: twice as many as there are
/// countries.
pub const KEY_NEWS_HEARD_MAX: u32 = 500;
/// Times on one connection or law that what a peer refused for its seals is offered again within a minute, sealed anew.
pub const SEALED_AGAIN_LOOKS_MAX: u32 = 3;
/// Treaties named in a hello.
pub const HELLO_TREATIES_MAX: usize = 64;
/// Frames kept that overtook the hello on other streams. Before it has a receipt of a stream, a node sends one batch and
/// one frame of obligations, and opens an epoch more than once only where its law changes meanwhile.
pub const EARLY_FRAMES_MAX: usize = 4;
/// Clocks further apart than this are told to an operator (5 minutes).
pub const CLOCK_WARN_MS: u64 = 5 * 60 * 1000;
/// Clocks further apart than this stop records (1 hour).
pub const CLOCK_STOP_MS: u64 = 60 * 60 * 1000;
/// A record issued further in the future than this is kept pending (5 minutes).
pub const CLOCK_FUTURE_MS: u64 = CLOCK_WARN_MS;
/// What has expired is deleted after this time in use (24 hours).
pub const PURGE_AFTER_MS: u64 = 24 * 60 * 60 * 1000;
/// Copies deleted in one step of the purge.
pub const PURGE_PAGE: usize = 256;
/// How often the clocks are compared and written (10 minutes).
pub const CLOCK_MARK_EVERY_MS: u64 = 10 * 60 * 1000;
/// How often deferred entries are looked at while connected (1 minute).
pub const DEFERRED_EVERY_MS: u64 = 60 * 1000;
/// How often what a peer could not accept is offered to it again while connected (1 day).
pub const PENDING_EVERY_MS: u64 = 24 * 60 * 60 * 1000;
/// Days after a deletion until which backups may still hold a copy, as deletion receipts say.
pub const BACKUP_DAYS: i32 = 35;
/// Bytes under way to begin with, before a receipt has told how wide the link is: two seconds of 1 Mbit/s.
pub const WINDOW_BYTES_FIRST: usize = 256 * 1024;
/// Fewest bytes under way that a slow link is left with: one batch and the beginning of the next.
pub const WINDOW_BYTES_MIN: usize = 128 * 1024;
/// As long as receipts come no later than this behind the promptest one, more may be under way (half a second).
pub const WINDOW_LAG_GROW_MS: u64 = 500;
/// Where receipts come later than this, less may be: something urgent would wait as long (1.5 seconds).
pub const WINDOW_LAG_SHRINK_MS: u64 = 1500;
/// Most months that a set of items may reach over: no kind of record may last longer than a fraction of them.
pub const PERIODS_PER_SET_MAX: usize = 1024;
/// Ranges in one question of a reconciliation.
pub const COMPARE_PARTS_MAX: usize = 2048;
/// Bytes of prefixes, fingerprints and short ids in one question; the heads of its groups fit a control frame beside them.
pub const COMPARE_BODY_BYTES_MAX: usize = 48 * 1024;
/// Parts into which the ranges of one question are split: the driver keeps the sum of each until the answer.
pub const COMPARE_CHILDREN_MAX: usize = 16 * 1024;
/// Items named in one question: the driver keeps them until the answer.
pub const COMPARE_IDS_MAX: usize = 8192;
/// A range is split into at most 2 to this many parts: one difference in a million items stays below 2 KiB.
pub const FAN_BITS_MAX: u8 = 9;
/// Items by which one range may be asked for; their number is one byte.
pub const LEAF_ITEMS_MAX: u8 = u8::MAX;
/// Bytes that one range can take in a question: its prefix, then a whole number for each part.
pub const PART_BYTES_MAX: usize = 9 + (8 << FAN_BITS_MAX);
/// Items that the answer about one range may name; a range with more is split first.
pub const EXTRAS_PER_PART_MAX: usize = 1024;
/// Bytes of one item in an answer.
pub const ITEM_BYTES: usize = 36;
/// Bytes of one frame of an answer, its head left out.
pub const COMPARED_BYTES_MAX: usize = 60 * 1024;
/// Ranges that a driver has open at once: below 1 MiB for each peer it compares with.
pub const OPEN_RANGES_MAX: usize = 32 * 1024;
/// Ranges that one run may come to differ in: as many as 10 million items that all differ need, several times over.
pub const RANGES_PER_RUN_MAX: usize = 1 << 22;
/// Ranges in which nothing differs though the peer says so, beyond one for each difference found: what both ends accept
/// while a set is compared makes as many.
pub const BARREN_RANGES_MAX: usize = 1 << 20;
/// Ranges by which a run that was broken off is remembered.
pub const UNRESOLVED_RANGES_MAX: usize = 256;
/// Bytes of them.
pub const UNRESOLVED_BYTES_MAX: usize = 4096;
/// What looking at a range costs of a budget of items besides its items: a search in the store.
pub const RANGE_COST: u64 = 8;
/// How often one run may make a responder look at all its items: an honest one needs five times, or ten where narrow
/// fingerprints failed it.
pub const SCANS_PER_ITEM_MAX: u64 = 32;
/// Items that a run may make a responder look at beyond those of its set.
pub const SCAN_ALLOWANCE: u64 = 4096;
/// Questions in one run: 10 million items in leaves need a twentieth.
pub const QUESTIONS_PER_RUN_MAX: u32 = 1 << 16;

/// Records in one offer to pass on: the answer has one bit for each.
pub const ONWARD_IDS_MAX: usize = 64;
/// Copies looked at in one step for what may be passed on.
pub const ONWARD_PAGE: usize = 256;
/// Offers of a peer that wait for an answer; an honest one makes one at a time.
pub const ONWARD_OFFERS_WAITING_MAX: usize = 4;
/// How often what may be passed on is looked through again, and offered again where it was not wanted (1 day).
pub const ONWARD_AGAIN_MS: u64 = 24 * 60 * 60 * 1000;
/// Questions for consent about one record and receiver that are read: the latest answer of them counts.
pub const CONSENTS_PER_RECEIVER_MAX: usize = 64;

const _: () = assert!(
    BATCH_BYTES_CUT
        + chancery_record::limits::RECORD_BYTES_MAX
        + chancery_treaty::limits::TERMS_BYTES_MAX
        + BATCH_ITEMS_MAX * SHEET_ITEM_BYTES
        + 1024
        < LEDGER_FRAME_BYTES_MAX
);
const _: () =
    assert!(OBLIGATIONS_PER_FRAME_MAX * (chancery_record::limits::STATEMENT_BYTES_MAX + 128) < CONTROL_FRAME_BYTES_MAX);
const _: () =
    assert!(RETURNED_SHEET_BYTES_MAX + chancery_record::limits::RECORD_BYTES_MAX + 4096 < LEDGER_FRAME_BYTES_MAX);
const _: () =
    assert!(RETURNED_STATEMENTS_MAX * (chancery_record::limits::STATEMENT_BYTES_MAX + 128) < LEDGER_FRAME_BYTES_MAX);
const _: () = assert!(REFUSALS_PER_RECEIPT_MAX * 9 < CONTROL_FRAME_BYTES_MAX);
const _: () = assert!(WINDOW_BYTES_MIN > BATCH_BYTES_CUT && WINDOW_BYTES_FIRST <= CREDIT_BYTES_MIN as usize);
const _: () = assert!(CREDIT_BYTES >= CREDIT_BYTES_MIN && CREDIT_ITEMS >= CREDIT_ITEMS_MIN);
const _: () = assert!(COMPARE_PARTS_MAX * 6 + COMPARE_BODY_BYTES_MAX + 128 < CONTROL_FRAME_BYTES_MAX);
const _: () = assert!(COMPARED_BYTES_MAX + 128 < CONTROL_FRAME_BYTES_MAX && COMPARE_PARTS_MAX <= u16::MAX as usize);
const _: () = assert!(EXTRAS_PER_PART_MAX * ITEM_BYTES + LEAF_ITEMS_MAX as usize + 16 < COMPARED_BYTES_MAX);
const _: () =
    assert!(PART_BYTES_MAX < COMPARE_BODY_BYTES_MAX && PERIODS_PER_SET_MAX * 14 + 128 < CONTROL_FRAME_BYTES_MAX);
const _: () = assert!(UNRESOLVED_RANGES_MAX * 11 + 16 < UNRESOLVED_BYTES_MAX);
const _: () = assert!(ONWARD_IDS_MAX <= u64::BITS as usize);
const _: () = assert!(ONWARD_IDS_MAX * 34 + 64 < CONTROL_FRAME_BYTES_MAX);
