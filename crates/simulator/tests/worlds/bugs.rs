//! Planted bugs: each is found within its number of seeds.

use chancery_simulator::bug::Bug;
use chancery_simulator::run::{named, one};
use chancery_simulator::story::Told;

/// The bug is found within so many seeds of a scenario, and in words that fit it.
fn is_found(bug: Bug, scenario: &str, seeds: u64, words: &[&str]) {
    let (_, lived) = named(scenario).unwrap();
    let mut others = Vec::new();
    for seed in 1..=seeds {
        let Some(what) = one(&lived, seed, Some(bug), Told::Nothing).violation else { continue };
        if words.iter().any(|words| what.contains(words)) {
            return;
        }
        others.push(format!("seed {seed}: {what}"));
    }
    panic!("{bug:?} was not found in {seeds} seeds of {scenario}; found instead: {others:#?}");
}

#[test]
fn a_decision_skipped() {
    is_found(
        Bug::DecisionSkipped,
        "small",
        30,
        &["leave, where", "which no treaty says", "not in force", "other treaties"],
    );
}

#[test]
fn an_acknowledgement_before_the_commit() {
    is_found(Bug::AckBeforeCommit, "small", 10, &["is not durable", "is not written down", "is receipted and"]);
}

#[test]
fn a_cursor_that_moves_on_sending() {
    is_found(Bug::CursorOnSend, "disks", 60, &["may be held"]);
}

#[test]
fn a_tombstone_collected_early() {
    is_found(Bug::TombstoneEarly, "small", 60, &["was taken back", "leave, where"]);
}

#[test]
fn a_withdrawal_routed_by_the_view() {
    is_found(Bug::WithdrawalByView, "endings", 60, &["was withdrawn", "is not written down", "does not take"]);
}

#[test]
fn a_gap_in_the_numbering() {
    is_found(Bug::GapInNumbering, "small", 10, &["follows"]);
}

#[test]
fn a_receipt_that_is_not_checked() {
    is_found(Bug::ReceiptUnchecked, "backlog", 20, &["as held by"]);
}

#[test]
fn stale_law_at_the_wire() {
    is_found(Bug::StaleLaw, "small", 60, &["leave, where", "not in force", "other treaties"]);
}

#[test]
fn a_disclosure_that_is_not_written_down() {
    is_found(Bug::LedgerSkipped, "small", 10, &["is not written down so"]);
}

#[test]
fn a_body_sent_twice() {
    is_found(Bug::SentTwice, "small", 60, &["leaves again"]);
}

#[test]
fn an_epoch_used_twice() {
    is_found(Bug::EpochReused, "disks", 60, &["does not take", "was used", "already", "another place"]);
}

#[test]
fn a_record_lost_behind_its_receipt() {
    is_found(Bug::AcceptDropped, "small", 10, &["may be held"]);
}

#[test]
fn a_lane_that_starves() {
    is_found(Bug::LaneStarvation, "backlog", 10, &["is flash", "may be held", "is not done"]);
}

#[test]
fn a_withdrawal_that_a_holder_does_not_hear() {
    is_found(Bug::WithdrawalUnheard, "small", 30, &["nobody said so here", "was taken back"]);
}

#[test]
fn an_incarnation_that_two_lives_share() {
    let words = ["which is honest", "was used", "already", "says of", "forgot", "seals revision", "another one before"];
    is_found(Bug::DuplicateIncarnation, "restores", 60, &words);
}
