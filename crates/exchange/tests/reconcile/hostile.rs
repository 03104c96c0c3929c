//! Peers that break the protocol are refused, and cost bounded work until they are.

use chancery_exchange::limits::{COMPARE_PARTS_MAX, SCAN_ALLOWANCE, SCANS_PER_ITEM_MAX};
use chancery_exchange::reconcile::{
    Answer, Budget, Compare, CompareFault, Compared, ComparedFault, Driver, Item, Mode, PartGroup, Period, PeriodMark,
    Question, Reply, Responder, Run, Turn,
};
use proptest::prelude::*;

use crate::attack;
use crate::play::run;
use crate::vector_set::{VectorSet, item, period, sections};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_answer_brings_a_driver_down(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        attack::answers(&bytes);
    }

    #[test]
    fn no_question_brings_a_responder_down(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        attack::questions(&bytes);
    }

    #[test]
    fn bytes_decide_two_sets(bytes in proptest::collection::vec(any::<u8>(), 0..1200)) {
        attack::two_sets(&bytes);
    }
}

fn set(count: u64) -> VectorSet {
    VectorSet::new((0..count).map(|number| (period(0, 1), item(1, number, 0))))
}

fn step(responder: &mut Responder, set: &VectorSet) -> Option<Compared> {
    match responder.step(set, &mut Budget::new(u64::MAX)).unwrap() {
        Reply::Say(compared) => Some(compared),
        Reply::Idle | Reply::Later => None,
    }
}

fn ask(driver: &mut Driver, set: &VectorSet) -> Compare {
    match driver.step(set, &mut Budget::new(u64::MAX)).unwrap() {
        Turn::Ask(compare) => compare,
        turn => panic!("a question was expected, not {turn:?}"),
    }
}

/// A responder that is asked the root and has answered it.
fn rooted(run: Run, set: &VectorSet) -> Responder {
    let mut responder = Responder::new(Period(0));
    responder.take(Compare { run, number: 0, question: Question::Root([0; 16]) }).unwrap();
    assert!(step(&mut responder, set).is_some());
    responder
}

/// A split of a range into two, with nothing in it.
fn split(period: Period, prefix: &[u8], bits: u8) -> (PartGroup, Vec<u8>) {
    (PartGroup { period, bits, ask: 1, parts: 1 }, [prefix, &[0; 4]].concat())
}

fn ranges(parts: &[(PartGroup, Vec<u8>)]) -> Question {
    Question::Ranges {
        groups: parts.iter().map(|(head, _)| *head).collect(),
        body: parts.iter().flat_map(|(_, body)| body.clone()).collect(),
    }
}

#[test]
fn questions_that_do_not_fit_are_refused() {
    let (run, set, when) = (run(Mode::Plain, 1), set(50), period(0, 1));
    let check = |question: Question, number: u32, fault: CompareFault| {
        let mut responder = rooted(run, &set);
        assert_eq!(responder.take(Compare { run, number, question }), Err(fault));
    };
    let head = |bits, ask| PartGroup { period: when, bits, ask, parts: 1 };
    let one = |head, body: &[u8]| ranges(&[(head, body.to_vec())]);
    check(Question::Root([0; 16]), 1, CompareFault::OutOfTurn);
    check(ranges(&[split(when, &[], 0)]), 2, CompareFault::OutOfTurn);
    check(ranges(&[]), 1, CompareFault::Parts);
    check(ranges(&vec![split(when, &[], 0); COMPARE_PARTS_MAX + 1]), 1, CompareFault::Parts);
    check(ranges(&[split(when, &[], 0), split(when, &[0x80], 1)]), 1, CompareFault::Ranges);
    check(ranges(&[split(when, &[0x80], 1), split(when, &[0], 1)]), 1, CompareFault::Ranges);
    check(ranges(&[split(when, &[0x40], 1)]), 1, CompareFault::Parts);
    check(one(head(0, 10), &[0; 2 << 10]), 1, CompareFault::Parts);
    check(one(PartGroup { parts: 0, ..head(0, 1) }, &[]), 1, CompareFault::Parts);
    check(one(PartGroup { parts: 2, ..head(0, 1) }, &[0; 8]), 1, CompareFault::Ranges);
    check(one(PartGroup { parts: u16::MAX, ..head(0, 1) }, &[0; 8]), 1, CompareFault::Parts);
    check(one(head(0, 1), &[0; 3]), 1, CompareFault::Parts);
    check(one(head(0, 1), &[0; 5]), 1, CompareFault::Parts);
    check(one(head(64, 1), &[0; 12]), 1, CompareFault::Parts);
    check(one(head(65, 0), &[0; 10]), 1, CompareFault::Parts);
    check(one(head(0, 0), &[2, 0, 0]), 1, CompareFault::Parts);
    let many = (0..40u8).map(|at| (head(8, 9), [vec![at], vec![0; 2 << 9]].concat())).collect::<Vec<_>>();
    check(ranges(&many), 1, CompareFault::Parts);
    let many = (0..40u8).map(|at| (head(8, 0), [vec![at, 255], vec![0; 2 * 255]].concat())).collect::<Vec<_>>();
    check(ranges(&many), 1, CompareFault::Parts);

    let floor = Run { floor: Period(when.0 + 1), ..run };
    let mut responder = rooted(floor, &set);
    let early = Compare { run: floor, number: 1, question: ranges(&[split(when, &[], 0)]) };
    assert_eq!(responder.take(early), Err(CompareFault::Ranges));

    let mut responder = rooted(run, &set);
    let question = || Compare { run, number: 1, question: ranges(&[split(when, &[], 0)]) };
    responder.take(question()).unwrap();
    assert_eq!(responder.take(question()), Err(CompareFault::Impatient));
    let mut unasked = Responder::new(Period(0));
    assert_eq!(unasked.take(question()), Err(CompareFault::OutOfTurn));
}

#[test]
fn a_floor_that_rises_counts_from_the_next_run_on() {
    let (run, set, when) = (run(Mode::Plain, 1), set(50), period(0, 1));
    let mut responder = rooted(run, &set);
    responder.raise_floor(Period(when.0 + 1));
    responder.take(Compare { run, number: 1, question: ranges(&[split(when, &[], 0)]) }).unwrap();
    assert!(step(&mut responder, &set).is_some());
    responder.take(Compare { run, number: 0, question: Question::Root([0; 16]) }).unwrap();
    let Some(Compared { answer, .. }) = step(&mut responder, &set) else { panic!() };
    assert_eq!(answer, Answer::Periods { floor: Period(when.0 + 1), marks: Vec::new() });
    let late = Compare { run, number: 1, question: ranges(&[split(when, &[], 0)]) };
    assert_eq!(responder.take(late), Err(CompareFault::Ranges));
}

#[test]
fn the_same_range_again_and_again_ends() {
    let (run, count) = (run(Mode::Plain, 1), 5000);
    let set = set(count);
    let mut responder = rooted(run, &set);
    let mut looked_at = 0;
    for number in 1u32.. {
        let question = ranges(&[split(period(0, 1), &[], 0)]);
        match responder.take(Compare { run, number, question }) {
            Ok(()) => {}
            Err(fault) => {
                assert_eq!(fault, CompareFault::Endless);
                break;
            }
        }
        let mut budget = Budget::new(u64::MAX);
        assert!(matches!(responder.step(&set, &mut budget).unwrap(), Reply::Say(_)));
        looked_at += u64::MAX - budget.left();
    }
    assert!(looked_at <= (SCANS_PER_ITEM_MAX + 2) * (count + SCAN_ALLOWANCE), "{looked_at}");
}

/// A driver of so many items, asked about by a peer whose set is empty, when its first ranges are out.
fn asked(count: u64) -> (Driver, Compare, VectorSet) {
    let (set, mut driver) = (set(count), Driver::start(run(Mode::Plain, 1)));
    let root = ask(&mut driver, &set);
    let marks = Answer::Periods { floor: Period(0), marks: Vec::new() };
    driver.take(&Compared { key: root.run.key, number: 0, answer: marks }).unwrap();
    let question = ask(&mut driver, &set);
    (driver, question, set)
}

#[test]
fn answers_that_do_not_fit_are_refused() {
    let when = period(0, 1);
    let mark = |period, count| PeriodMark { period, count, mark: 1 };
    let check = |answer: Answer, fault: ComparedFault| {
        let (set, mut driver) = (set(10), Driver::start(run(Mode::Plain, 1)));
        let key = ask(&mut driver, &set).run.key;
        assert_eq!(driver.take(&Compared { key, number: 0, answer }), Err(fault));
    };
    let periods = |marks: &[PeriodMark]| Answer::Periods { floor: Period(0), marks: marks.to_vec() };
    check(periods(&[mark(when, 1), mark(when, 2)]), ComparedFault::Periods);
    check(periods(&[mark(Period(9), 1), mark(Period(8), 2)]), ComparedFault::Periods);
    check(periods(&[mark(when, 0)]), ComparedFault::Periods);
    check(periods(&(0..2000).map(|at| mark(Period(at), 1)).collect::<Vec<_>>()), ComparedFault::Periods);
    check(Answer::Ranges { parts: 1, body: vec![0], extras: Vec::new() }, ComparedFault::Unasked);

    let check = |body: &[u8], extras: &[Item], fault: ComparedFault| {
        let (mut driver, question, _) = asked(10);
        let answer = Answer::Ranges { parts: 1, body: body.to_vec(), extras: extras.to_vec() };
        let before = driver.unresolved();
        let answer = Compared { key: question.run.key, number: 1, answer };
        assert_eq!(driver.take(&answer), Err(fault));
        assert_eq!(driver.unresolved(), before);
    };
    // A leaf of ten items: how many are named, ten bits, the whole number.
    let leaf = |bits: [u8; 2], count: u8| [&[count][..], &bits, &[0; 8]].concat();
    check(&[], &[], ComparedFault::Misfit);
    check(&[0, 0xff], &[], ComparedFault::Misfit);
    check(&[0xff, 0], &[], ComparedFault::Misfit);
    check(&[0xfe, 1, 0, 0xff, 0x03, 0, 0, 0, 0, 0, 0, 0, 0], &[item(2, 1, 0)], ComparedFault::Misfit);
    check(&leaf([0xff, 0xff], 0), &[], ComparedFault::Misfit);
    check(&[leaf([0xff, 0x03], 0), vec![0]].concat(), &[], ComparedFault::Misfit);
    check(&leaf([0xff, 0x03], 0), &[item(2, 1, 0)], ComparedFault::Misfit);
    check(&leaf([0xff, 0x03], 1), &[], ComparedFault::Misfit);
    check(&leaf([0xff, 0x03], 2), &[item(2, 1, 0), item(2, 1, 0)], ComparedFault::Items);
    let (mut driver, question, _) = asked(10);
    let whole = Answer::Ranges { parts: 1, body: leaf([0xff, 0x03], 0), extras: Vec::new() };
    let found = driver.take(&Compared { key: question.run.key, number: 1, answer: whole }).unwrap();
    assert_eq!(found.missing.len(), 10);
    for number in [0, 2] {
        let (mut driver, question, _) = asked(10);
        let answer = Answer::Ranges { parts: 1, body: leaf([0xff, 0x03], 0), extras: Vec::new() };
        assert_eq!(driver.take(&Compared { key: question.run.key, number, answer }), Err(ComparedFault::Unasked));
    }
}

#[test]
fn whole_numbers_that_contradict_each_other_are_a_lie() {
    let (mut driver, mut question, set) = asked(10);
    let lie = [&[0][..], &[0, 0], &[1; 8]].concat();
    for is_last in [false, true] {
        let answer = Answer::Ranges { parts: 1, body: lie.clone(), extras: Vec::new() };
        let taken = driver.take(&Compared { key: question.run.key, number: question.number, answer });
        if is_last {
            assert_eq!(taken, Err(ComparedFault::Contradiction));
        } else {
            assert_eq!(taken.unwrap().missing, []);
            question = ask(&mut driver, &set);
        }
    }
}

#[test]
fn an_item_named_twice_in_different_ways_is_a_lie() {
    // The peer says that it holds the first item as we do, and names it once more with other sections.
    let (mut driver, mut question, set) = asked(1);
    let own = item(1, 0, 0);
    let mut honest = rooted(run(Mode::Plain, 1), &set);
    honest.take(question.clone()).unwrap();
    let Some(Compared { answer: Answer::Ranges { body, .. }, .. }) = step(&mut honest, &set) else { panic!() };
    let named = Item { sections: sections(2), ..own };
    let mut lie = body.clone();
    lie[0] = 1;
    for fault in [None, Some(ComparedFault::Contradiction)] {
        let answer = Answer::Ranges { parts: 1, body: lie.clone(), extras: vec![named] };
        let taken = driver.take(&Compared { key: question.run.key, number: question.number, answer });
        assert_eq!(taken.err(), fault);
        if fault.is_none() {
            question = ask(&mut driver, &set);
        }
    }
}

#[test]
fn a_peer_that_calls_everything_different_is_refused() {
    let set = set(20_000);
    let mut driver = Driver::start(run(Mode::Plain, 1));
    let mut looked_at = 0;
    for _ in 0..100_000 {
        let mut budget = Budget::new(u64::MAX);
        let turn = driver.step(&set, &mut budget).unwrap();
        looked_at += u64::MAX - budget.left();
        let Turn::Ask(compare) = turn else { panic!("{turn:?}") };
        let answer = match compare.question {
            Question::Root(_) => {
                let mark = PeriodMark { period: period(0, 1), count: u32::MAX, mark: 1 };
                Answer::Periods { floor: Period(0), marks: vec![mark] }
            }
            Question::Ranges { groups, .. } => {
                // All bits set, nothing equal, so that the whole number is zero; every leaf is crowded.
                let parts = groups.iter().flat_map(|group| std::iter::repeat_n(group, group.parts.into()));
                let body = parts.clone().flat_map(|part| match part.ask & 0x7f {
                    0 => vec![0xff],
                    fan => [
                        vec![if fan < 3 { 0xff >> (8 - (1 << fan)) } else { 0xff }; (1usize << fan).div_ceil(8)],
                        vec![0; 8],
                    ]
                    .concat(),
                });
                Answer::Ranges {
                    parts: u16::try_from(parts.count()).unwrap(),
                    body: body.collect(),
                    extras: Vec::new(),
                }
            }
        };
        match driver.take(&Compared { key: compare.run.key, number: compare.number, answer }) {
            Ok(found) => assert_eq!(found.missing, []),
            Err(fault) => {
                assert!(matches!(fault, ComparedFault::Endless | ComparedFault::Misfit), "{fault:?}");
                assert!(looked_at < 40_000_000, "{looked_at}");
                return;
            }
        }
    }
    panic!("it was never refused");
}
