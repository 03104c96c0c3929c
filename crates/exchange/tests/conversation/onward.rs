//! Onward transfer: FR seals, DE holds and passes on, NL receives.

use std::sync::Arc;

use chancery_exchange::wire::{FrameKind, OfferedRecord, OnwardOffer, OnwardWant};
use chancery_exchange::{
    Answer, ConsentFault, ConsentWord, Holdings, Input, OnwardHolder, OnwardState, Published, RecordSource,
};
use chancery_record::encoding::{Domain, decode};
use chancery_record::{
    ConsentAnswer, Country, DAY_MS, Date, Onward, RecordId, Saying, SectionName, SectionSet, Statement, StatementId,
};
use chancery_treaty::Terms;

use crate::world::keys::{record_key, roster};
use crate::world::liar::Liar;
use crate::world::{Grant, Paper, World, country};

const HOUR_MS: u64 = 60 * 60 * 1000;

fn three() -> [Country; 3] {
    ["FR", "DE", "NL"].map(country)
}

/// FR lets DE pass on what goes to it, and DE has a usual treaty with NL.
fn world(seed: u64) -> World {
    let [fr, de, nl] = three();
    let mut world = World::new(seed, &[de, fr, nl]);
    world.agree(fr, de, Some(Grant::ONWARD));
    world.agree(de, nl, Some(Grant::USUAL));
    world
}

fn linked(seed: u64) -> World {
    let [fr, de, nl] = three();
    let mut world = world(seed);
    world.connect(fr, de);
    world.connect(de, nl);
    world.settle();
    world
}

fn free(text: &str) -> Paper {
    Paper::new(text).passed_on(Onward::Allowed)
}

fn through(world: &World, published: &Published) -> Vec<(Country, Country)> {
    let [fr, ..] = three();
    let told: Vec<OnwardHolder> = world.node(fr).store.onward_holders(&published.record).unwrap();
    told.iter().map(|told| (told.holder, told.via)).collect()
}

fn state(world: &World, published: &Published) -> Option<OnwardState> {
    let [_, de, nl] = three();
    world.node(de).store.onward(nl, &published.record).unwrap()
}

#[test]
fn a_record_goes_on_and_its_originator_knows() {
    let [fr, de, nl] = three();
    for seed in 0..20 {
        let mut world = linked(seed);
        let van = world.publish(fr, &free("a grey van"));
        let bus = world.publish(fr, &Paper::new("a bus"));
        world.quiesce();
        assert!(world.holds(nl, &van) && !world.holds(nl, &bus), "seed {seed}");
        assert_eq!(through(&world, &van), [(nl, de)]);
        assert_eq!(through(&world, &bus), []);
        let held = world.node(nl).store.held(&van.record).unwrap().unwrap();
        let sections: SectionSet = [SectionName::Object, SectionName::Circumstances].into_iter().collect();
        assert_eq!(held.record.sections_held(), sections, "the audience goes no further");
        let RecordSource::Delivered { peer, narrowed, .. } = held.source else { panic!() };
        let terms = Terms::from_bytes(&narrowed).unwrap();
        assert_eq!((peer, terms.onward()), (de, Onward::Never));
        assert_eq!(terms.treaties().iter().copied().collect::<Vec<_>>(), [Grant::USUAL.hash(de, nl)]);
        assert_eq!(world.oracle.times[&(de, nl, van.record)], 1);
        assert!(world.node(de).store.deferred(nl, None, 10).unwrap().is_empty());
        world.check_settled();
    }
}

#[test]
fn a_record_that_one_condition_holds_back_is_not_even_offered() {
    let [fr, de, nl] = three();
    let stays = |what: &str, paper: &Paper, first: Grant, second: Option<Grant>| {
        let mut world = world(1);
        world.agree(fr, de, Some(first));
        world.agree(de, nl, second);
        world.connect(fr, de);
        world.connect(de, nl);
        let van = world.publish(fr, paper);
        world.quiesce();
        assert!(world.holds(de, &van) && !world.holds(nl, &van), "{what}");
        assert_eq!((world.oracle.offers, state(&world, &van)), (0, None), "{what}");
        world.check_settled();
    };
    let (onward, usual) = (Grant::ONWARD, Some(Grant::USUAL));
    stays("tags", &Paper::new("a van"), onward, usual);
    stays("the first treaty", &free("a van"), Grant::USUAL, usual);
    stays("no second treaty", &free("a van"), onward, None);
    stays("to others only", &Paper { onward_to: vec![country("BR")], ..free("a van") }, onward, usual);
    stays("by the treaty to others", &free("a van"), Grant { onward: Some("[\"BR\"]"), ..onward }, usual);
    stays("releasable to others", &free("a van").only_to(&[de, country("BR")]), onward, usual);
    stays("a consent", &Paper::new("a van").passed_on(Onward::WithConsent), onward, usual);
    let of_old = Some(Grant::OLD);
    stays("age", &free("a van"), onward, of_old);
}

#[test]
fn what_the_day_or_another_law_lets_go_is_passed_on_then() {
    let [fr, de, nl] = three();
    let mut world = world(3);
    world.agree(de, nl, Some(Grant::OLD));
    world.connect(fr, de);
    world.connect(de, nl);
    let van = world.publish(fr, &free("a grey van"));
    world.quiesce();
    assert!(world.holds(de, &van) && !world.holds(nl, &van));
    for _ in 0..11 {
        world.pass(DAY_MS);
        world.quiesce();
    }
    assert!(world.holds(nl, &van), "old enough");
    let bus = world.publish(fr, &free("a bus"));
    world.quiesce();
    assert!(!world.holds(nl, &bus));
    world.agree(de, nl, Some(Grant::USUAL));
    world.quiesce();
    assert!(world.holds(nl, &bus), "another law");
    world.check_settled();
}

#[test]
fn a_transfer_waits_for_the_originator() {
    let [fr, de, nl] = three();
    for seed in 0..10 {
        let mut world = world(seed);
        world.connect(fr, de);
        let van = world.publish(fr, &free("a grey van"));
        world.quiesce();
        world.disconnect(fr, de);
        world.connect(de, nl);
        world.quiesce();
        world.pass(3 * HOUR_MS);
        world.quiesce();
        assert!(!world.holds(nl, &van) && through(&world, &van).is_empty());
        assert!(matches!(state(&world, &van), Some(OnwardState::Reported(_))), "offered, wanted, and not sent");
        if seed % 2 == 1 {
            world.crash(de, 0);
            world.connect(de, nl);
            world.settle();
        }
        world.connect(fr, de);
        world.quiesce();
        assert!(world.holds(nl, &van), "seed {seed}");
        assert_eq!((through(&world, &van), world.oracle.times[&(de, nl, van.record)]), (vec![(nl, de)], 1));
        world.check_settled();
    }
}

#[test]
fn what_was_taken_back_meanwhile_does_not_go() {
    let [fr, de, nl] = three();
    let mut world = world(5);
    world.connect(fr, de);
    let van = world.publish(fr, &free("a grey van"));
    world.quiesce();
    world.disconnect(fr, de);
    world.connect(de, nl);
    world.quiesce();
    world.withdraw(fr, van.lineage);
    world.connect(fr, de);
    world.quiesce();
    assert!(!world.holds(de, &van) && !world.holds(nl, &van));
    assert!(!world.oracle.times.contains_key(&(de, nl, van.record)));
    // The report crossed the withdrawal: who was to have it is told all the same.
    assert!(world.node(fr).store.owed_end(nl).unwrap().is_some());
    world.check_settled();
}

#[test]
fn a_withdrawal_reaches_a_holder_whose_relay_is_gone() {
    let [fr, de, nl] = three();
    for seed in 0..10 {
        let mut world = linked(seed);
        let van = world.publish(fr, &free("a grey van"));
        world.quiesce();
        assert!(world.holds(nl, &van));
        world.cut_off(de);
        let Answer::Withdrawn { holders, .. } = world.withdraw(fr, van.lineage) else { panic!() };
        assert_eq!(holders, [de, nl]);
        world.connect(fr, nl);
        world.quiesce();
        assert!(!world.holds(nl, &van), "no treaty, and it came all the same");
        let statement = world.node(fr).store.marks_on(fr, &van.lineage, &van.record).unwrap()[0].statement;
        let answers = world.node(fr).store.answers(&statement).unwrap();
        let deleted = |of: Country| answers.iter().find(|answer| answer.peer == of).unwrap().deletions.len();
        assert_eq!((deleted(nl), deleted(de)), (1, 0));
        // The relay comes back, hears of it, and passes it along to nobody's harm.
        world.connect(fr, de);
        world.connect(de, nl);
        world.quiesce();
        assert!(!world.holds(de, &van));
        world.check_settled();
    }
}

#[test]
fn a_withdrawal_is_passed_along_where_the_originator_reaches_nobody() {
    let [fr, de, nl] = three();
    for seed in 0..10 {
        let mut world = linked(seed);
        let van = world.publish(fr, &free("a grey van"));
        let bus = world.publish(fr, &free("a bus"));
        world.quiesce();
        world.withdraw(fr, van.lineage);
        world.quiesce();
        assert!(!world.holds(nl, &van) && world.holds(nl, &bus));
        let owed = world.node(de).store.owed(nl, Default::default(), 10).unwrap();
        let made: Vec<Country> = owed.iter().map(|(_, signed)| signed.read().unwrap().maker).collect();
        assert_eq!(made, [fr], "verbatim, as its maker signed it");
        // It is owed to the originator that the copy is gone, whenever the two meet.
        world.connect(fr, nl);
        world.quiesce();
        let statement = world.node(fr).store.marks_on(fr, &van.lineage, &van.record).unwrap()[0].statement;
        let answers = world.node(fr).store.answers(&statement).unwrap();
        let of_nl = answers.iter().find(|answer| answer.peer == nl).unwrap();
        assert!(of_nl.deletions.iter().any(|receipt| receipt.records == [van.record]), "{of_nl:?}");
        world.check_settled();
    }
}

#[test]
fn a_new_version_follows_the_old_one_and_marks_it() {
    let [fr, de, nl] = three();
    let mut world = linked(7);
    let van = world.publish(fr, &free("a grey van").under("R-1"));
    world.quiesce();
    let red = world.publish(fr, &free("a red van").under("R-1"));
    world.quiesce();
    assert!(world.holds(nl, &red));
    let mark = world.node(nl).store.held(&van.record).unwrap().unwrap().mark;
    assert_eq!(mark, Some(chancery_exchange::Mark::Corrected));
    world.check_settled();
    // A version that goes no further takes the earlier ones back.
    let blue = world.publish(fr, &Paper::new("a blue van").under("R-1"));
    world.quiesce();
    assert!(world.holds(de, &blue) && !world.holds(nl, &blue));
    world.connect(fr, nl);
    world.quiesce();
    assert!(!world.holds(nl, &red) && !world.holds(nl, &van));
    world.check_settled();
}

#[test]
fn terms_are_those_of_the_narrower_treaty() {
    let [fr, de, nl] = three();
    let mut world = world(9);
    world.agree(fr, de, Some(Grant { keep: Some("200 days"), ..Grant::ONWARD }));
    let narrow = Grant { sections: &[SectionName::Object], keep: Some("30 days"), ..Grant::USUAL };
    world.agree(de, nl, Some(narrow));
    world.connect(fr, de);
    world.connect(de, nl);
    let van = world.publish(fr, &free("a grey van"));
    world.quiesce();
    let terms = |of: Country| {
        let held = world.node(of).store.held(&van.record).unwrap().unwrap();
        let RecordSource::Delivered { narrowed, .. } = held.source else { panic!() };
        Terms::from_bytes(&narrowed).unwrap()
    };
    let today = world.now(nl).wall.date();
    assert_eq!(terms(de).keep_until(), today.plus_days(200));
    assert_eq!(terms(nl).keep_until(), today.plus_days(30));
    assert_eq!(terms(nl).sections().iter().collect::<Vec<_>>(), [SectionName::Object]);
    // A wider second treaty lets the rest go, once the originator knows of that too.
    world.agree(de, nl, Some(Grant { keep: Some("400 days"), ..Grant::USUAL }));
    world.quiesce();
    let told = world.node(fr).store.onward_holders(&van.record).unwrap();
    assert!(told[0].sections.contains(SectionName::Circumstances), "{told:?}");
    let held = world.node(nl).store.held(&van.record).unwrap().unwrap();
    assert!(held.record.sections_held().contains(SectionName::Circumstances));
    world.check_settled();
}

#[test]
fn the_originators_own_word_stands_over_what_was_passed_on() {
    let [fr, de, nl] = three();
    let mut world = linked(10);
    let van = world.publish(fr, &free("a grey van"));
    world.quiesce();
    let source = |world: &World| match world.node(nl).store.held(&van.record).unwrap().unwrap().source {
        RecordSource::Delivered { peer, .. } => peer,
        RecordSource::Own => panic!(),
    };
    assert_eq!(source(&world), de);
    // A treaty between the two lets it go directly, for as much.
    world.agree(fr, nl, Some(Grant::USUAL));
    world.connect(fr, nl);
    world.quiesce();
    assert_eq!(source(&world), fr);
    // More sections by way of the holder change nothing any more, and a recall of the holder's copy takes back no other.
    world.agree(fr, de, Some(Grant { sections: Grant::WIDE.sections, ..Grant::ONWARD }));
    world.agree(de, nl, Some(Grant::WIDE));
    world.quiesce();
    assert_eq!(source(&world), fr);
    let red = world.publish(fr, &free("a red van").only_to(&[nl]));
    let amended = world.publish(fr, &free("a blue bus").under("R-2"));
    world.quiesce();
    assert!(world.holds(nl, &red) && world.holds(nl, &amended) && !world.holds(de, &red));
    world.publish(fr, &free("a black bus").under("R-2").only_to(&[nl]));
    world.quiesce();
    assert!(!world.holds(de, &amended) && world.holds(nl, &amended), "recalled from the holder, corrected at home");
}

#[test]
fn a_receiver_that_cannot_verify_does_not_want_it() {
    let [fr, de, nl] = three();
    let mut world = linked(11);
    let stranger = roster(&[de, nl]);
    world.node_mut(nl).roster = stranger.clone();
    world.handle(nl, Input::Roster(Arc::new(stranger)));
    let van = world.publish(fr, &free("a grey van"));
    world.quiesce();
    assert!(!world.holds(nl, &van) && through(&world, &van).is_empty());
    assert!(matches!(state(&world, &van), Some(OnwardState::Declined { .. })));
    let known = roster(&[fr, de, nl]);
    world.node_mut(nl).roster = known.clone();
    world.handle(nl, Input::Roster(Arc::new(known)));
    world.pass(2 * DAY_MS);
    world.quiesce();
    assert!(world.holds(nl, &van), "it is offered again another day");
    world.check_settled();
}

fn ask(world: &mut World, record: RecordId, to: Country) -> Answer {
    let [_, de, _] = three();
    let caller = world.caller();
    world.handle(de, Input::AskConsent { caller, actor: "officer".into(), record, to });
    world.commit_all(de);
    world.node_mut(de).answers.remove(&caller).unwrap()
}

fn give(world: &mut World, asked: StatementId, word: ConsentWord) -> Answer {
    let [fr, ..] = three();
    let caller = world.caller();
    world.handle(fr, Input::AnswerConsent { caller, actor: "officer".into(), asked, word });
    world.commit_all(fr);
    world.node_mut(fr).answers.remove(&caller).unwrap()
}

#[test]
fn consent_is_asked_for_given_and_taken_away() {
    let [fr, _, nl] = three();
    let mut world = linked(13);
    let van = world.publish(fr, &Paper::new("a grey van").passed_on(Onward::WithConsent));
    let bus = world.publish(fr, &Paper::new("a bus"));
    world.quiesce();
    assert!(!world.holds(nl, &van));
    let fault = |answer, expected| assert_eq!(answer, Answer::NoConsent(expected));
    fault(ask(&mut world, bus.record, nl), ConsentFault::NoRight);
    fault(ask(&mut world, van.record, fr), ConsentFault::Receiver(fr));
    fault(ask(&mut world, RecordId([4; 32]), nl), ConsentFault::NotHeld);
    let Answer::ConsentAsked { statement, originator } = ask(&mut world, van.record, nl) else { panic!() };
    assert_eq!(originator, fr);
    fault(ask(&mut world, van.record, nl), ConsentFault::Asked(statement));
    world.quiesce();
    let asked = world.node(fr).store.consent_ask(&statement).unwrap().unwrap();
    assert_eq!((asked.record, asked.to, asked.reply), (van.record, nl, None));
    fault(give(&mut world, StatementId([1; 32]), ConsentWord::Refused), ConsentFault::NotAsked);
    let today = world.now(fr).wall.date();
    fault(give(&mut world, statement, ConsentWord::Given(today)), ConsentFault::Over);
    let refused = give(&mut world, statement, ConsentWord::Refused);
    assert!(matches!(refused, Answer::ConsentAnswered { .. }), "{refused:?}");
    world.pass(1000);
    world.quiesce();
    assert!(!world.holds(nl, &van), "refused");
    let until = today.plus_days(20);
    assert!(matches!(give(&mut world, statement, ConsentWord::Given(until)), Answer::ConsentAnswered { .. }));
    world.quiesce();
    assert!(world.holds(nl, &van), "given");
    let held = world.node(nl).store.held(&van.record).unwrap().unwrap();
    let RecordSource::Delivered { narrowed, .. } = held.source else { panic!() };
    let terms = Terms::from_bytes(&narrowed).unwrap();
    assert_eq!((terms.keep_until(), terms.consents().len()), (until, 1));
    let kept = world.node(country("DE")).store.consent_ask(&statement).unwrap().unwrap().reply.unwrap();
    assert_eq!((kept.answer, kept.until), (ConsentAnswer::Given, until));
    world.check_settled();
}

#[test]
fn a_consent_that_would_change_nothing_is_not_given() {
    let [fr, _, nl] = three();
    let mut world = linked(14);
    let van = world.publish(fr, &Paper::new("a grey van").passed_on(Onward::WithConsent));
    world.quiesce();
    let Answer::ConsentAsked { statement, .. } = ask(&mut world, van.record, country("BR")) else { panic!() };
    let Answer::ConsentAsked { statement: of_nl, .. } = ask(&mut world, van.record, nl) else { panic!() };
    world.quiesce();
    world.agree_at(fr, country("DE"), Some(Grant { onward: Some("[\"NL\"]"), ..Grant::ONWARD }));
    let until = world.now(fr).wall.date().plus_days(9);
    let answer = give(&mut world, statement, ConsentWord::Given(until));
    let (asker, to) = (country("DE"), country("BR"));
    assert_eq!(answer, Answer::NoConsent(ConsentFault::NotLet { asker, to }));
    world.withdraw(fr, van.lineage);
    world.quiesce();
    let late = give(&mut world, of_nl, ConsentWord::Given(until));
    assert!(matches!(late, Answer::ConsentAnswered { .. } | Answer::NoConsent(_)));
    world.quiesce();
    assert!(!world.holds(nl, &van), "what is withdrawn goes nowhere, consent or not");
}

#[test]
fn nothing_is_lost_or_leaked_whatever_crashes() {
    let [fr, de, nl] = three();
    for seed in 0..40 {
        let mut world = linked(seed);
        let mut lineages = Vec::new();
        for at in 0..12 {
            let paper = if at % 3 == 0 { Paper::new(format!("van {at}")) } else { free(&format!("van {at}")) };
            lineages.push(world.publish(fr, &paper));
            world.run(40);
            let crashed = [fr, de, nl][world.chance.below(3)];
            if world.chance.below(3) == 0 {
                let kept = world.chance.below(4);
                world.crash(crashed, kept);
            }
            for (one, other) in [(fr, de), (de, nl)] {
                if world.session(one, other).is_none() {
                    world.connect(one, other);
                }
            }
            if at == 7 {
                world.withdraw(fr, lineages[1].lineage);
            }
        }
        world.quiesce();
        for (at, published) in lineages.iter().enumerate() {
            let expected = at % 3 != 0 && at != 1;
            assert_eq!(world.holds(nl, published), expected, "seed {seed}, van {at}");
            assert!(world.oracle.times.get(&(de, nl, published.record)).is_none_or(|times| *times <= 4));
        }
        world.check_settled();
    }
}

/// NL with a treaty with DE, whose frames are written by hand; NL holds a record of FR that it may not pass on.
fn asked_by_a_liar(seed: u64, holds: bool) -> (World, Liar, RecordId) {
    let [fr, de, nl] = three();
    let mut world = World::new(seed, &[nl, fr]);
    world.agree(de, nl, Some(Grant::USUAL));
    world.agree(fr, nl, Some(Grant::USUAL));
    world.connect(fr, nl);
    let only_nl = if holds { vec![nl] } else { vec![country("BR")] };
    let secret = world.publish(fr, &Paper::new("a grey van").only_to(&only_nl));
    world.quiesce();
    assert_eq!(world.holds(nl, &secret), holds);
    let liar = Liar::new(de, nl);
    liar.greet(&mut world);
    (world, liar, secret.record)
}

fn want(liar: &Liar, world: &mut World) -> OnwardWant {
    let heard = liar.heard(world, FrameKind::OnwardWant);
    let [frame] = heard.as_slice() else { panic!("{heard:?} {:?}", world.node(liar.peer).hang_ups) };
    decode(Domain::Frame, &frame.body, 1 << 16).unwrap()
}

#[test]
fn an_offer_does_not_show_what_is_held() {
    let [fr, de, nl] = three();
    let answers = [true, false].map(|holds| {
        let (mut world, liar, secret) = asked_by_a_liar(4, holds);
        let item = |originator, record| OfferedRecord { originator, record };
        let items = vec![
            item(fr, secret),
            item(fr, RecordId([9; 32])),
            item(country("US"), RecordId([8; 32])),
            item(nl, secret),
            item(de, secret),
        ];
        liar.say(&mut world, FrameKind::OnwardOffer, &OnwardOffer { number: 1, items });
        world.settle();
        want(&liar, &mut world)
    });
    assert_eq!(answers[0], answers[1], "held and not held look the same");
    assert_eq!(answers[0], OnwardWant { number: 1, wanted: 0b00011 });
}

#[test]
fn what_could_go_to_who_asks_may_be_said_to_be_held() {
    let [fr, de, nl] = three();
    let mut world = World::new(6, &[nl, fr]);
    world.agree(de, nl, Some(Grant::USUAL));
    world.agree(fr, nl, Some(Grant::ONWARD));
    world.connect(fr, nl);
    let van = world.publish(fr, &free("a grey van"));
    world.quiesce();
    let liar = Liar::new(de, nl);
    liar.greet(&mut world);
    world.settle();
    let items = vec![OfferedRecord { originator: fr, record: van.record }];
    liar.say(&mut world, FrameKind::OnwardOffer, &OnwardOffer { number: 1, items });
    world.settle();
    assert_eq!(want(&liar, &mut world).wanted, 0);
}

#[test]
fn answers_that_nobody_asked_for_end_the_connection() {
    let hung_up = |what: &str, lie: fn(&Liar, &mut World)| {
        let (mut world, liar, _) = asked_by_a_liar(5, true);
        lie(&liar, &mut world);
        assert!(world.session(liar.peer, liar.own).is_none(), "{what}");
    };
    hung_up("a want without an offer", |liar, world| {
        liar.say(world, FrameKind::OnwardWant, &OnwardWant { number: 1, wanted: 1 });
    });
    hung_up("an empty offer", |liar, world| {
        liar.say(world, FrameKind::OnwardOffer, &OnwardOffer { number: 1, items: Vec::new() });
    });
    hung_up("more ids than an answer has bits", |liar, world| {
        let item = OfferedRecord { originator: country("FR"), record: RecordId([1; 32]) };
        liar.say(world, FrameKind::OnwardOffer, &OnwardOffer { number: 1, items: vec![item; 65] });
    });
    hung_up("offers without end", |liar, world| {
        let item = OfferedRecord { originator: country("FR"), record: RecordId([1; 32]) };
        for number in 0..6 {
            liar.say(world, FrameKind::OnwardOffer, &OnwardOffer { number, items: vec![item] });
        }
    });
}

#[test]
fn a_false_report_makes_no_holder() {
    let [fr, de, nl] = three();
    let mut world = World::new(8, &[fr]);
    world.agree(fr, de, Some(Grant::USUAL));
    let liar = Liar::new(de, fr);
    liar.greet(&mut world);
    let given = world.publish(fr, &Paper::new("a bus"));
    world.settle();
    world.disconnect(fr, de);
    let secret = world.publish(fr, &Paper::new("a van").only_to(&[country("BR")]));
    liar.greet(&mut world);
    let said = |saying| Statement {
        maker: de,
        made: chancery_record::Instant(1_795_262_400_000),
        saying,
        outlive: Date::from_days(22_000),
    };
    let sections: SectionSet = [SectionName::Object].into_iter().collect();
    let onward = |of: &Published, to| said(Saying::Onward { record: of.record, lineage: of.lineage, to, sections });
    let asked = |of: &Published| said(Saying::ConsentAsked { record: of.record, to: nl });
    let statements = [onward(&secret, nl), asked(&secret), onward(&given, fr), onward(&given, nl)];
    let signed: Vec<_> = statements.iter().map(|statement| statement.sign(&record_key(de))).collect();
    for (at, one) in signed.iter().enumerate() {
        liar.obligations(&mut world, at as u64 + 1, vec![one.clone()]);
        world.settle();
    }
    assert!(world.session(fr, de).is_some(), "{:?}", world.node(fr).hang_ups);
    assert!(through(&world, &secret).is_empty());
    assert!(world.node(fr).store.consent_ask(&signed[1].id()).unwrap().is_none());
    // What was given may be anywhere by now, allowed or not: whoever is named is owed its withdrawal.
    assert_eq!(through(&world, &given), [(nl, de)]);
    let breaches = world.node(fr).store.breaches(de, 10).unwrap();
    assert_eq!(breaches.len(), 3, "{breaches:?}");
    let Answer::Withdrawn { holders, .. } = world.withdraw(fr, given.lineage) else { panic!() };
    assert_eq!(holders, [de, nl]);
    let Answer::Withdrawn { holders, .. } = world.withdraw(fr, secret.lineage) else { panic!() };
    assert_eq!(holders, []);
}
