//! Keys that change, are lost or are succeeded while nodes talk.

use std::sync::Arc;

use chancery_exchange::wire::FrameKind;
use chancery_exchange::{Change, Holdings, Input, ItemNumber, OnwardReport, OnwardState, OwnIdentity, RefusalCode};
use chancery_record::{Country, DAY_MS, KeyNews, RecordId, SectionSet, SignedByCountry, TrustRoster};
use chancery_treaty::{Law, LawBook, LawGeneration, TreatyDocument, sign_document};

use crate::hostile::alone_with_a_liar;
use crate::world::keys::{certificate, country_key, identity, next_record_key, record_key, revocation, transport_key};
use crate::world::{Grant, Paper, START, World, country};

fn two() -> (World, Country, Country) {
    let (fr, de) = (country("FR"), country("DE"));
    let mut world = World::new(11, &[de, fr]);
    world.agree(fr, de, Some(Grant::USUAL));
    world.connect(fr, de);
    world.settle();
    (world, fr, de)
}

/// The identity after a rotation that has taken effect, the first certificate revoked or not.
fn rotated(of: Country, revoked: bool) -> OwnIdentity {
    let next = next_record_key(of);
    let mut own = identity(of);
    own.certificates.push(certificate(of, 2, &next));
    own.record_key = next;
    if revoked {
        own.revocations.push(revocation(of, 1));
    }
    own
}

/// The next certificate is announced; the first one is still used.
fn announced(of: Country) -> OwnIdentity {
    OwnIdentity { record_key: record_key(of), ..rotated(of, false) }
}

fn take_up(world: &mut World, own: OwnIdentity) {
    let of = own.country;
    let mut roster = world.node(of).roster.clone();
    roster.learn(of, &own.certificates, &own.revocations).unwrap();
    teach(world, of, roster);
    world.handle(of, Input::Identity(Box::new(own)));
}

fn teach(world: &mut World, at: Country, roster: TrustRoster) {
    world.node_mut(at).roster = roster.clone();
    world.handle(at, Input::Roster(Arc::new(roster)));
}

fn is_connected(world: &World, one: Country, other: Country) -> bool {
    world.session(one, other).is_some() && world.session(other, one).is_some()
}

#[test]
fn the_next_certificate_travels_ahead_on_the_connection_there_is() {
    let (mut world, fr, de) = two();
    let before = world.oracle.news;
    take_up(&mut world, announced(fr));
    world.settle();
    assert!(is_connected(&world, fr, de), "nothing is cut for it");
    assert!(world.node(de).roster.certificates(fr).any(|one| one.serial == 2));
    assert_eq!(world.oracle.news, before + 1);
    take_up(&mut world, announced(fr));
    world.settle();
    assert_eq!(world.oracle.news, before + 1, "what was told is not told again");
    // It comes into effect: the peer knows it already, so records under it are good from the first.
    take_up(&mut world, rotated(fr, false));
    world.heal();
    let van = world.publish(fr, &Paper::new("a grey van"));
    world.heal();
    world.check_settled();
    assert!(world.holds(de, &van));
    assert!(world.node(de).store.quarantine(fr, 10).unwrap().is_empty());
}

#[test]
fn a_revocation_ends_the_connection_that_it_hits_and_no_other() {
    let (mut world, fr, de) = two();
    let held = world.publish(fr, &Paper::new("a grey van"));
    world.settle();
    // A revocation of another certificate of the country, of no concern to this connection.
    let mut roster = world.node(de).roster.clone();
    roster.learn(fr, &[], &[revocation(fr, 9)]).unwrap();
    teach(&mut world, de, roster.clone());
    assert!(is_connected(&world, fr, de));
    roster.learn(fr, &[], &[revocation(fr, 1)]).unwrap();
    teach(&mut world, de, roster);
    assert!(!is_connected(&world, fr, de));
    let node = world.node(de);
    assert!(node.hang_ups.iter().any(|why| why.contains("the peer's keys")), "{:?}", node.hang_ups);
    assert!(node.notices.iter().any(|text| text.contains("certificate 1 has been revoked")), "{:?}", node.notices);
    assert!(world.holds(de, &held), "what was accepted before stays");
    assert_eq!(world.node(de).store.held(&held.record).unwrap().unwrap().mark, None);
}

#[test]
fn a_record_under_a_lost_key_is_sealed_again_under_the_same_id() {
    let (mut world, fr, de) = two();
    let held = world.publish(fr, &Paper::new("a grey van"));
    world.settle();
    world.disconnect(fr, de);
    let missed = world.publish(fr, &Paper::new("a red van"));
    // The peer hears of the loss before the owner does: what comes is refused, not for good.
    let mut roster = world.node(de).roster.clone();
    roster.learn(fr, &rotated(fr, true).certificates, &rotated(fr, true).revocations).unwrap();
    teach(&mut world, de, roster);
    take_up(&mut world, announced(fr));
    let mut careless = rotated(fr, false);
    careless.certificates.remove(0);
    take_up(&mut world, careless);
    world.connect(fr, de);
    world.settle();
    assert!(!world.holds(de, &missed));
    let refused = world.node(de).store.quarantine(fr, 10).unwrap();
    assert_eq!(
        refused.iter().map(|item| (item.record, item.code)).collect::<Vec<_>>(),
        [(missed.record, RefusalCode::RevokedKey)]
    );
    assert_eq!(world.node(fr).store.deferred(de, None, 10).unwrap().len(), 1);
    let at_home = world.node(fr).store.held(&missed.record).unwrap().unwrap().record;
    assert_eq!(at_home.envelope().seals.len(), 1);

    take_up(&mut world, rotated(fr, true));
    world.heal();
    world.check_settled();
    let copy = world.node(de).store.held(&missed.record).unwrap().expect("it came with a fresh seal");
    assert_eq!((copy.record.id(), copy.record.envelope().seals.len()), (missed.record, 2));
    assert!(world.node(fr).store.deferred(de, None, 10).unwrap().is_empty());
    // What was held before is neither lost nor sent again.
    assert_eq!(world.oracle.times[&(fr, de, held.record)], 1);
    assert_eq!(world.node(de).store.held(&held.record).unwrap().unwrap().record.envelope().seals.len(), 1);
}

#[test]
fn what_is_on_its_way_when_a_key_is_lost_comes_all_the_same() {
    let (mut world, fr, de) = two();
    let mut own = announced(fr);
    own.record_key = next_record_key(fr);
    take_up(&mut world, own);
    world.connect(fr, de);
    world.settle();
    // Sealed by the first key, which is not the one that speaks, while the second is connected.
    let mut old = announced(fr);
    world.disconnect(fr, de);
    old.record_key = record_key(fr);
    take_up(&mut world, old);
    let vans: Vec<_> = ["red", "green", "blue"].map(|colour| world.publish(fr, &Paper::new(colour))).into();
    take_up(&mut world, rotated(fr, false));
    world.connect(fr, de);
    // The batch leaves; before it is judged, its receiver hears of the loss by another way.
    while !world.oracle.times.contains_key(&(fr, de, vans[0].record)) {
        assert_eq!(world.run(1), 1, "the batch never left");
    }
    let mut roster = world.node(de).roster.clone();
    roster.learn(fr, &rotated(fr, true).certificates, &rotated(fr, true).revocations).unwrap();
    teach(&mut world, de, roster);
    take_up(&mut world, rotated(fr, true));
    world.heal();
    world.check_settled();
    for van in &vans {
        assert!(world.holds(de, van));
    }
}

#[test]
fn what_was_verified_before_a_revocation_is_not_judged_after_it() {
    let (mut world, liar) = alone_with_a_liar(12);
    let of = liar.own;
    let mut roster = world.node(liar.peer).roster.clone();
    let next = next_record_key(of);
    let apart = chancery_record::Certificate {
        transport_key: transport_key(liar.peer),
        ..chancery_record::Certificate::read(&certificate(of, 2, &next)).unwrap()
    };
    roster.learn(of, &[apart.sign(&country_key(of))], &[]).unwrap();
    teach(&mut world, liar.peer, roster.clone());
    liar.greet(&mut world);
    liar.open_epoch(&mut world, 1, None);
    let connection = world.links[&crate::world::pair(of, liar.peer)].ids[&liar.peer];
    // A record under a second certificate that names another transport key: its loss does not hit this connection.
    let batch = received(&mut world, &liar, &next);
    let record = batch.items[0].record.as_ref().unwrap().id();
    roster.learn(of, &[], &[revocation(of, 2)]).unwrap();
    teach(&mut world, liar.peer, roster);
    assert!(world.session(liar.peer, of).is_some());
    let message = Ok(chancery_exchange::Incoming::Batch(Box::new(batch)));
    world.handle(liar.peer, Input::Received { peer: of, connection, message });
    world.settle();
    assert!(world.node(liar.peer).store.held(&record).unwrap().is_none());
}

/// A batch of one record under `key`, verified by what its receiver knows now.
fn received(
    world: &mut World,
    liar: &crate::world::liar::Liar,
    key: &ed25519_dalek::SigningKey,
) -> chancery_exchange::ReceivedBatch {
    use chancery_exchange::wire::{Batch, SheetItem};
    use chancery_exchange::{Incoming, SignedByNode, VerifyContext};
    use chancery_record::encoding::{Domain, encode};
    let issued = world.now(liar.own).wall;
    let place = chancery_record::Placement {
        lineage: chancery_record::Lineage([6; 16]),
        revision: 5,
        collected: None,
        originator: liar.own,
        unit: "UNIT-1".parse().unwrap(),
        issued,
    };
    let record = Paper::new("a van").draft().seal(&place, key, || [7; 16]).unwrap();
    let record = record.with_only([chancery_record::SectionName::Object].into_iter().collect());
    let mut sheet = liar.sheet(world, 1, 1);
    sheet.terms.push(liar.terms(world, &record));
    sheet.items.push(SheetItem { record: record.id(), sections: record.sections_held(), terms: 0 });
    let batch = Batch {
        sheet: SignedByNode::sign(Domain::Terms, &sheet, &record_key(liar.own)),
        envelopes: vec![record.envelope().clone()],
    };
    let roster = &world.node(liar.peer).roster;
    let context = VerifyContext { roster, own: liar.peer, peer: liar.own, now: issued };
    let kind = FrameKind::Batch;
    match Incoming::verify(kind.stream(), kind as u8, &encode(Domain::Frame, &batch), &context).unwrap() {
        Incoming::Batch(batch) => *batch,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_revocation_is_relayed_to_who_shares_a_treaty_and_to_nobody_else() {
    let [br, de, fr, nl] = ["BR", "DE", "FR", "NL"].map(country);
    let mut world = World::new(13, &[br, de, fr, nl]);
    let club = [de, fr, nl];
    for member in club {
        world.handle(member, Input::Law(Arc::new(law_of_a_club(&world.node(member).roster, member, &club))));
    }
    world.agree(br, de, Some(Grant::USUAL));
    // The law with BR replaced that of the club at DE.
    let both = law_of_a_club_and(&world.node(de).roster, de, &club, br);
    world.handle(de, Input::Law(Arc::new(both)));
    world.connect(de, fr);
    world.connect(de, br);
    world.settle();
    // NL is cut off, and its key is lost. FR hears of it by its card.
    let (news, of_another) = (
        rotated(nl, true),
        KeyNews {
            country: nl,
            certificates: vec![],
            revocations: vec![
                chancery_record::Revocation { country: nl, serial: 2, revoked: crate::world::START }
                    .sign(&country_key(br)),
            ],
        },
    );
    let mut roster = world.node(fr).roster.clone();
    assert!(roster.learn(nl, &of_another.certificates, &of_another.revocations).is_err());
    roster.learn(nl, &news.certificates, &news.revocations).unwrap();
    teach(&mut world, fr, roster);
    world.settle();
    assert!(world.node(de).roster.is_revoked(nl, 1), "DE shares a treaty with both");
    assert_eq!(world.node(de).roster.news_of(nl), world.node(fr).roster.news_of(nl), "verbatim");
    assert!(!world.node(br).roster.is_revoked(nl, 1), "BR may not know that DE knows NL");
    // What is learned while nobody is connected is told on the next connection.
    world.disconnect(de, fr);
    let mut roster = world.node(fr).roster.clone();
    roster.learn(nl, &[], &[revocation(nl, 7)]).unwrap();
    teach(&mut world, fr, roster);
    assert!(!world.node(de).roster.is_revoked(nl, 7));
    world.connect(de, fr);
    world.settle();
    assert!(world.node(de).roster.is_revoked(nl, 7));
    // Who has records of NL from here has to know which of its keys are lost.
    assert!(!world.node(br).roster.is_revoked(nl, 7));
    let report = OnwardReport {
        originator: nl,
        incarnation: world.node(de).store.incarnation().unwrap(),
        number: ItemNumber(1),
        sections: SectionSet::EMPTY,
        at: START,
    };
    let state = OnwardState::Reported(report);
    world.node(de).store.commit(&[Change::Onward { peer: br, record: RecordId([1; 32]), state }]).unwrap();
    world.disconnect(de, br);
    world.connect(de, br);
    world.settle();
    assert!(world.node(br).roster.is_revoked(nl, 7));
}

#[test]
fn news_that_nobody_may_believe_changes_nothing() {
    let (mut world, liar) = alone_with_a_liar(14);
    let nl = country("NL");
    let before = world.node(liar.peer).roster.clone();
    let forged = |revocations: Vec<SignedByCountry>| KeyNews { country: nl, certificates: vec![], revocations };
    let by_another_hand = chancery_record::Revocation { country: nl, serial: 1, revoked: crate::world::START };
    liar.greet(&mut world);
    liar.say(&mut world, FrameKind::KeyNews, &forged(vec![by_another_hand.sign(&country_key(liar.own))]));
    liar.say(
        &mut world,
        FrameKind::KeyNews,
        &forged(vec![revocation(nl, 1), by_another_hand.sign(&country_key(liar.own))]),
    );
    liar.say(&mut world, FrameKind::KeyNews, &KeyNews { country: country("US"), ..forged(vec![revocation(nl, 1)]) });
    world.settle();
    assert_eq!(world.node(liar.peer).roster, before);
    assert!(world.session(liar.peer, liar.own).is_some(), "a relay is not to blame for what it was given");
    liar.say(&mut world, FrameKind::KeyNews, &forged(vec![revocation(nl, 1)]));
    world.settle();
    assert!(world.node(liar.peer).roster.is_revoked(nl, 1), "a true one is taken from whomever it comes");
    let many: Vec<_> = (1..40).map(|serial| revocation(nl, serial)).collect();
    liar.say(&mut world, FrameKind::KeyNews, &forged(many));
    assert!(world.session(liar.peer, liar.own).is_none(), "a list beyond its limit ends the connection");
    assert!(!world.node(liar.peer).roster.is_revoked(nl, 2));
}

#[test]
fn news_before_the_hello_and_without_end_are_refused() {
    let (mut world, liar) = alone_with_a_liar(15);
    world.connect(liar.own, liar.peer);
    let news =
        KeyNews { country: country("NL"), certificates: vec![], revocations: vec![revocation(country("NL"), 1)] };
    liar.say(&mut world, FrameKind::KeyNews, &news);
    assert!(world.session(liar.peer, liar.own).is_none());
    liar.greet(&mut world);
    for serial in 1..800 {
        let news = KeyNews { revocations: vec![revocation(news.country, serial)], ..news.clone() };
        liar.say(&mut world, FrameKind::KeyNews, &news);
    }
    let known = |serial| world.node(liar.peer).roster.is_revoked(news.country, serial);
    assert!(known(500) && !known(501) && !known(799), "each costs a write to the disk");
}

#[test]
fn a_peer_whose_country_key_was_succeeded_still_takes_back_what_it_sent() {
    let (mut world, fr, de) = two();
    let van = world.publish(fr, &Paper::new("a grey van"));
    world.settle();
    // FR goes by its heir from now on; DE does not have its card yet.
    let heir = ed25519_dalek::SigningKey::from_bytes(&[77; 32]);
    let again = |signed: &SignedByCountry| chancery_record::Certificate::read(signed).unwrap().sign(&heir);
    let mut own = identity(fr);
    own.certificates = own.certificates.iter().map(again).collect();
    world.disconnect(fr, de);
    world.handle(fr, Input::Identity(Box::new(own)));
    world.connect(fr, de);
    world.settle();
    assert!(is_connected(&world, fr, de));
    let notices = &world.node(de).notices;
    assert!(notices.iter().any(|text| text.contains("ask the country for its newest card")), "{notices:?}");
    world.withdraw(fr, van.lineage);
    world.settle();
    assert!(!world.holds(de, &van));
}

#[test]
fn a_certificate_that_ends_ends_its_connection() {
    let (mut world, fr, de) = two();
    let mut brief = identity(fr);
    let ending = chancery_record::Certificate {
        not_after: chancery_record::Instant(crate::world::START.0 + DAY_MS),
        ..chancery_record::Certificate::read(&brief.certificates[0]).unwrap()
    };
    brief.certificates = vec![ending.sign(&country_key(fr))];
    let mut roster = crate::world::keys::roster(&[de]);
    let card =
        chancery_record::ContactCard { certificates: brief.certificates.clone(), ..crate::world::keys::card(fr) };
    roster.admit(&card).unwrap();
    teach(&mut world, de, roster);
    world.handle(fr, Input::Identity(Box::new(brief)));
    world.connect(fr, de);
    world.settle();
    assert!(roster_trusts(&world, de, fr) && is_connected(&world, fr, de));
    world.pass(2 * DAY_MS);
    assert!(world.session(de, fr).is_none());
}

fn roster_trusts(world: &World, at: Country, of: Country) -> bool {
    world.node(at).roster.trusts_transport_key(of, &transport_key(of), world.now(at).wall)
}

fn law_of_a_club(roster: &TrustRoster, own: Country, club: &[Country]) -> Law {
    compile(roster, own, &[club])
}

fn law_of_a_club_and(roster: &TrustRoster, own: Country, club: &[Country], other: Country) -> Law {
    compile(roster, own, &[club, &[own, other]])
}

fn compile(roster: &TrustRoster, own: Country, treaties: &[&[Country]]) -> Law {
    let mut book = LawBook::new(roster.clone());
    for parties in treaties {
        let document = TreatyDocument::parse(treaty(parties).as_bytes()).unwrap_or_else(|faults| panic!("{faults:?}"));
        let signatures = parties.iter().map(|party| sign_document(document.bytes(), *party, &country_key(*party)));
        let signatures: Vec<_> = signatures.collect();
        book.add(Arc::new(document), signatures).unwrap();
    }
    Law::compile(&book, own, crate::world::START, LawGeneration(900))
}

/// A treaty under which vehicles are told among all its parties.
fn treaty(parties: &[Country]) -> String {
    let mut parties: Vec<String> = parties.iter().map(|party| format!("\"{party}\"")).collect();
    parties.sort();
    let dimensions = [
        "from",
        "to",
        "from_units",
        "to_units",
        "handling",
        "tlp",
        "offences",
        "penalty",
        "statuses",
        "minors",
        "caveats",
        "obtained_by",
        "sensitive",
        "originator",
        "onward_to",
        "zone",
        "operation",
        "older_than",
        "classification",
    ];
    let any: String = dimensions.map(|dimension| format!("{dimension} = \"any\"\n")).concat();
    format!(
        r#"treaty = "club-{count}"
title = "Sample"
parties = [{parties}]
version = 1
vocabulary = "chancery-1"
schema = 1
in_force = 2026-01-01
expires = 2036-01-01
languages = ["en"]

[[article]]
n = "1"
grant = "Vehicles"
text.en = "Vehicles are told."
action = ["offer"]
kinds = ["vehicle"]
sections = ["object"]
purposes = ["investigation"]
{any}requires = "none"
quota = "none"
keep = "originator"
"#,
        count = parties.len(),
        parties = parties.join(", "),
    )
}
