//! Seeds for the targets that live through a script: one for each sort of thing that can happen.

use crate::life::step::{STEPS, Step};
use crate::made::Made;

/// Every seed that is a script.
pub fn all() -> Vec<Made> {
    [lives(), keepings(), comparisons()].concat()
}

/// One step with what it draws.
type Line<'a> = (Step, &'a [u8]);

/// The first byte asks for healing in the end.
fn life(heals: bool, lines: &[Line<'_>]) -> Vec<u8> {
    let steps = lines.iter().flat_map(|(step, drawn)| [&[step.byte()], *drawn].concat());
    [u8::from(heals)].into_iter().chain(steps).collect()
}

const RUN: Line<'_> = (Step::Run, &[3]);
const DE: Line<'_> = (Step::Connect, &[0]);
const NL: Line<'_> = (Step::Connect, &[1]);
const BR: Line<'_> = (Step::Connect, &[2]);
/// Three drafts: one for everyone, one with a reference, one for DE alone.
const THREE: Line<'_> = (Step::Publish, &[2, 0, 1, 5]);
const FLASH: Line<'_> = (Step::Publish, &[0, 3]);
const STORE: Line<'_> = (Step::Store, &[3]);

fn lives() -> Vec<Made> {
    let alone = life(false, &[THREE, STORE, (Step::Withdraw, &[0]), (Step::Tick, &[])]);
    let bad = vec![("bad-nothing", vec![0]), ("bad-alone", alone)];
    let all = [exchanges(), obligations(), surroundings(), mishaps(), lies(), bad].concat();
    all.into_iter().map(|(name, bytes)| ("life", name, bytes)).collect()
}

/// A name, and the bytes.
type Named = (&'static str, Vec<u8>);

/// Records both ways.
fn exchanges() -> Vec<Named> {
    vec![
        ("good-delivers", life(true, &[DE, NL, RUN, THREE, RUN, FLASH, RUN])),
        ("good-catches-up", life(true, &[THREE, STORE, FLASH, STORE, DE, RUN, (Step::Disconnect, &[0]), DE, RUN])),
        (
            "good-receives",
            life(true, &[DE, RUN, (Step::OpenEpoch, &[0]), (Step::Deliver, &[0, 2, 0, 1, 9]), STORE, RUN, RUN]),
        ),
        (
            "good-refuses",
            life(
                true,
                &[
                    DE,
                    RUN,
                    (Step::OpenEpoch, &[0]),
                    (Step::Deliver, &[0, 2, 3, 7, 8]),
                    (Step::Deliver, &[0, 1, 4, 6]),
                    RUN,
                ],
            ),
        ),
        (
            "good-loses-frames",
            life(true, &[DE, RUN, (Step::Deafen, &[0]), THREE, STORE, (Step::PermitAll, &[0]), DE, RUN]),
        ),
        (
            "good-compares",
            life(true, &[DE, RUN, THREE, RUN, (Step::Check, &[0, 0, 0]), RUN, (Step::Check, &[0, 0, 1]), RUN, RUN]),
        ),
        (
            "good-audits",
            life(
                true,
                &[BR, DE, RUN, (Step::Audit, &[]), STORE, THREE, RUN, (Step::Tick, &[]), (Step::Pass, &[1]), RUN],
            ),
        ),
    ]
}

/// What is taken back, replaced or said of records.
fn obligations() -> Vec<Named> {
    vec![
        (
            "good-withdraws",
            life(true, &[DE, NL, RUN, THREE, RUN, (Step::Withdraw, &[0]), RUN, (Step::Withdraw, &[0]), RUN]),
        ),
        ("good-amends", life(true, &[DE, NL, RUN, THREE, RUN, (Step::Publish, &[1, 2, 12, 0]), RUN, RUN])),
        (
            "good-is-told",
            life(
                true,
                &[
                    DE,
                    RUN,
                    (Step::OpenEpoch, &[0]),
                    (Step::Deliver, &[0, 1, 0, 9]),
                    RUN,
                    (Step::State, &[0, 0, 0]),
                    RUN,
                    (Step::State, &[0, 9, 1]),
                    RUN,
                ],
            ),
        ),
        (
            "good-consents",
            life(true, &[DE, RUN, (Step::AskConsent, &[0, 1, 9, 1]), (Step::AnswerConsent, &[0, 0, 7]), THREE, RUN]),
        ),
        (
            "good-expires",
            life(
                true,
                &[
                    DE,
                    RUN,
                    (Step::Publish, &[1, 6, 7]),
                    RUN,
                    (Step::Pass, &[4]),
                    (Step::Pass, &[3]),
                    (Step::Pass, &[3]),
                    RUN,
                ],
            ),
        ),
    ]
}

/// Laws, clocks and keys that change.
fn surroundings() -> Vec<Named> {
    vec![
        (
            "good-laws",
            life(
                true,
                &[DE, NL, RUN, THREE, (Step::Agree, &[2, 4]), RUN, (Step::Agree, &[4, 3]), RUN, (Step::Agree, &[0, 0])],
            ),
        ),
        (
            "good-clocks",
            life(
                true,
                &[
                    DE,
                    RUN,
                    THREE,
                    (Step::Pass, &[5]),
                    RUN,
                    (Step::Confirm, &[]),
                    STORE,
                    DE,
                    RUN,
                    (Step::Pass, &[3]),
                    RUN,
                ],
            ),
        ),
        (
            "good-keys",
            life(
                true,
                &[
                    DE,
                    RUN,
                    THREE,
                    RUN,
                    (Step::Identity, &[1]),
                    (Step::Learn, &[1]),
                    FLASH,
                    RUN,
                    (Step::Learn, &[2]),
                    RUN,
                ],
            ),
        ),
    ]
}

/// Nodes that die, lose their disks and recover.
fn mishaps() -> Vec<Named> {
    vec![
        (
            "good-crashes",
            life(true, &[DE, RUN, THREE, (Step::Crash, &[1]), DE, RUN, FLASH, (Step::Crash, &[0]), DE, RUN]),
        ),
        (
            "good-disk-fails",
            life(true, &[DE, RUN, THREE, (Step::FailDisk, &[2]), DE, RUN, FLASH, (Step::FailDisk, &[0]), NL, RUN]),
        ),
        (
            "good-recovers",
            life(true, &[DE, NL, RUN, THREE, RUN, (Step::Withdraw, &[0]), RUN, (Step::Recover, &[0]), STORE, RUN]),
        ),
        (
            "good-restored",
            life(
                true,
                &[
                    DE,
                    NL,
                    RUN,
                    THREE,
                    RUN,
                    (Step::Backup, &[]),
                    (Step::Withdraw, &[0]),
                    RUN,
                    FLASH,
                    RUN,
                    (Step::Restore, &[0]),
                ],
            ),
        ),
        (
            "good-restored-silently",
            life(
                true,
                &[
                    DE,
                    RUN,
                    (Step::Backup, &[]),
                    THREE,
                    RUN,
                    (Step::Withdraw, &[0]),
                    RUN,
                    (Step::Restore, &[1]),
                    DE,
                    RUN,
                    RUN,
                ],
            ),
        ),
        (
            "good-overrides",
            life(true, &[DE, RUN, THREE, RUN, (Step::Recover, &[0]), STORE, (Step::Override, &[0, 1]), STORE, DE, RUN]),
        ),
    ]
}

/// Each sort of lie after something honest.
fn lies() -> Vec<Named> {
    let said = |lie: Line<'_>| life(false, &[DE, RUN, THREE, RUN, (Step::OpenEpoch, &[0]), lie, RUN, DE, lie, RUN]);
    vec![
        ("good-lie-in-hello", said((Step::LieInHello, &[0, 6, 0, 1, 1, 1]))),
        ("good-lie-in-receipt", said((Step::LieInReceipt, &[0, 1, 2]))),
        ("good-lie-in-obligation-receipt", said((Step::LieInObligationReceipt, &[0, 0, 1, 0]))),
        ("good-lie-in-opening", said((Step::LieInOpening, &[0, 0, 5]))),
        ("good-lie-in-batch", said((Step::LieInBatch, &[0, 1, 0, 9, 2, 2, 5]))),
        ("good-lie-in-statement", said((Step::LieInStatement, &[0, 1, 0, 0, 0, 1]))),
        ("good-bytes", said((Step::Bytes, &[0, 1, 5, 4, 1, 2, 3, 4]))),
        ("good-mutated", said((Step::Mutated, &[0, 4, 9, 2, 0, 40, 3, 1, 7, 2]))),
        ("good-stale", said((Step::Stale, &[0, 7, 2]))),
        ("good-fault", said((Step::Fault, &[0]))),
        ("good-claim", said((Step::Claim, &[0, 0, 0, 1, 2, 0, 0, 9]))),
        ("good-claim-of-keys", said((Step::Claim, &[0, 5, 1, 0]))),
        ("good-claim-onward", said((Step::Claim, &[0, 6, 0, 1, 1, 2, 0, 3]))),
    ]
}

/// Steps of the store's script: a byte that stands for a commit, a failure, a refusal and so on, or for a change, whose
/// sort and details follow.
fn keepings() -> Vec<Made> {
    let change = |peer: u8, sort: u8, drawn: &[u8]| [&[63, peer, sort], drawn].concat();
    let accept = |which: u8, place: u8| change(0, 0, &[which, 0, place, 1, 0, which % 3, 1]);
    let every: Vec<u8> = (0..32).flat_map(|sort| change(sort % 3, sort, &[sort, 0, 1, 2, 0])).collect();
    let some = [accept(0, 0), accept(1, 1), accept(4, 2), accept(3, 0)].concat();
    let wrong: Vec<u8> = (0..3).flat_map(|sort| [&[10, 0, 5, 0, 0, sort][..], &[0; 6]].concat()).collect();
    let fails: Vec<u8> =
        (0..4).flat_map(|sort| [accept(sort, sort), change(1, 7, &[sort, 0, 1]), vec![8, sort]].concat()).collect();
    let made = [
        ("good-accepts", [some.clone(), vec![0], change(0, 5, &[0]), vec![0, 12, 13]].concat()),
        ("good-every-change", [every.clone(), vec![0, 12], every, vec![0, 13]].concat()),
        ("good-refusals", [some.clone(), vec![0], wrong].concat()),
        ("good-failures", [some.clone(), vec![0], fails].concat()),
        ("good-lost-disk", [some, vec![0, 11, 0, 5, 0, 0, 13]].concat()),
        ("bad-nothing", vec![0, 12, 13]),
    ];
    made.into_iter().map(|(name, bytes)| ("keeping", name, bytes)).collect()
}

/// How a run goes, then for each number of an item where it is; or how an honest message is spoilt.
fn comparisons() -> Vec<Made> {
    let sets = |habits: [u8; 7], places: Vec<u8>| [habits.to_vec(), places].concat();
    let place = |at: usize, every: usize| if at.is_multiple_of(every) { (at / every % 3) as u8 } else { 7 };
    let some = |every: usize| (0..600).map(|at| place(at, every)).collect::<Vec<u8>>();
    vec![
        ("reconcile_sets", "good-equal", sets([0, 3, 0, 255, 255, 0, 1], vec![7; 300])),
        ("reconcile_sets", "good-scattered", sets([0, 7, 0, 255, 255, 0, 1], some(50))),
        ("reconcile_sets", "good-salted", sets([1, 7, 0, 255, 255, 0, 0], some(20))),
        ("reconcile_sets", "good-crowded", sets([0, 1, 56, 40, 0, 0, 1], some(9))),
        ("reconcile_sets", "good-broken-off", sets([0, 2, 8, 90, 0, 3, 5], some(12))),
        ("reconcile_sets", "good-disjoint", sets([0, 2, 0, 255, 255, 0, 0], (0..200).map(|at| at % 2).collect())),
        ("reconcile_sets", "bad-nothing", vec![0; 7]),
        ("reconcile_questions", "good-honest", [7, 1].repeat(40)),
        ("reconcile_questions", "good-spoilt", [[7, 1].repeat(2), vec![2, 0, 9, 0, 1]].concat()),
        ("reconcile_questions", "good-another-run", [[7, 1].repeat(3), vec![7, 0, 5]].concat()),
        ("reconcile_questions", "bad-cut-off", vec![0, 0, 0]),
        ("reconcile_answers", "good-honest", [&[1][..], &[7; 60]].concat()),
        ("reconcile_answers", "good-spoilt", vec![1, 7, 7, 3, 1, 40, 0, 255]),
        ("reconcile_answers", "good-repeated", vec![1, 7, 7, 1, 60, 0]),
        ("reconcile_answers", "bad-cut-off", vec![1, 0, 0, 0]),
    ]
}

#[test]
fn every_step_stands_in_some_seed() {
    let lives = lives();
    for step in STEPS {
        let stands = lives.iter().any(|(_, _, bytes)| bytes.contains(&step.byte()));
        assert!(stands || step == Step::Greet || step == Step::Answer || step == Step::Permit, "{step:?}");
    }
}
