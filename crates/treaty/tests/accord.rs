//! What both ends hold in force lets something go; bars hold wherever they are known.

use std::collections::BTreeMap;
use std::sync::Arc;

use chancery_record::{Country, DocumentHash, Kind, Purpose, Set};
use chancery_treaty::{Action, Candidate, Direction, Law, Question, RecordDates, TreatyDocument};

use crate::setting::{Head, TODAY, bar, book, compiled, country, grant, label, law, noon, record, treaty};

fn hashes(treaties: &[&Arc<TreatyDocument>]) -> Set<DocumentHash> {
    treaties.iter().map(|treaty| treaty.hash()).collect()
}

fn within(law: &Law, theirs: &[&Arc<TreatyDocument>]) -> Law {
    let accords: BTreeMap<Country, Set<DocumentHash>> = [(country("DE"), hashes(theirs))].into_iter().collect();
    law.within(&accords)
}

/// For which purposes something goes from FR to a country.
fn purposes(law: &Law, to: &str) -> Vec<Purpose> {
    match law.release(&Candidate::new(record(|_| {})), country(to), Action::Offer, noon(TODAY)) {
        Ok(released) => released.disclosure().purposes.iter().copied().collect(),
        Err(_) => Vec::new(),
    }
}

fn may_offer(law: &Law, to: &str) -> bool {
    let label = label();
    law.may_offer(&label.prepare(), country(to))
}

fn head(id: &'static str) -> Head {
    Head { id, ..Head::default() }
}

#[test]
fn only_what_both_hold_in_force_lets_go() {
    let one = treaty(&head("one"), &[grant("1").with("purposes", "[\"investigation\"]")]);
    let other = treaty(&head("other"), &[grant("1").with("purposes", "[\"identification\"]")]);
    let law = compiled("FR", &[one.clone(), other.clone()], &[]);
    assert_eq!(purposes(&law, "DE"), [Purpose::Investigation, Purpose::Identification]);
    assert_eq!(purposes(&within(&law, &[&one]), "DE"), [Purpose::Investigation]);
    assert_eq!(purposes(&within(&law, &[&other]), "DE"), [Purpose::Identification]);
    let nothing = within(&law, &[]);
    assert!(purposes(&nothing, "DE").is_empty() && !may_offer(&nothing, "DE"));
    assert!(nothing.accord_with(country("DE")).is_empty());
    assert_eq!(nothing.treaties_with(country("DE")).len(), 2, "what is in force here is told all the same");
    let both = within(&law, &[&one, &other]);
    assert_eq!(both.digest_for(country("DE")), law.digest_for(country("DE")), "nothing has to be walked again");
    let digests = [&law, &nothing, &within(&law, &[&one]), &within(&law, &[&other])];
    let digests: Set<DocumentHash> = digests.iter().map(|law| law.digest_for(country("DE"))).collect();
    assert_eq!(digests.len(), 4, "every accord is another law");
}

#[test]
fn a_bar_holds_though_the_peer_has_it_not_in_force() {
    let open = treaty(&head("open"), &[grant("1")]);
    let bar = bar("2").with("reach", "\"parties\"").with("kinds", "[\"notice.red\"]");
    let barring = treaty(&head("barring"), &[grant("1").with("kinds", "[\"vehicle\"]"), bar]);
    let barred = compiled("FR", &[open.clone(), barring], &[]);
    assert!(purposes(&barred, "DE").is_empty());
    assert!(purposes(&within(&barred, &[&open]), "DE").is_empty());
    let lawless = compiled("FR", &[open.clone()], &[]);
    assert!(!purposes(&within(&lawless, &[&open]), "DE").is_empty());
    let national = crate::setting::bar("1").without("reach").with("kinds", "[\"notice.red\"]");
    let held_back = compiled("FR", &[open.clone()], &[law("FR", &[national])]);
    assert!(purposes(&within(&held_back, &[&open]), "DE").is_empty());
}

#[test]
fn an_accord_with_one_peer_is_nothing_to_the_others_and_to_what_comes_in() {
    let parties = Head { parties: "[\"FR\", \"DE\", \"BR\"]", ..head("three") };
    let three = treaty(&parties, &[grant("1")]);
    let law = compiled("FR", &[three], &[]);
    let narrowed = within(&law, &[]);
    assert_eq!(purposes(&narrowed, "BR"), purposes(&law, "BR"));
    assert_eq!(narrowed.digest_for(country("BR")), law.digest_for(country("BR")));
    assert_eq!(narrowed.generation(), law.generation());
    let mut theirs = label();
    (theirs.originator, theirs.kind) = (country("DE"), Kind::NoticeRed);
    let theirs = theirs.prepare();
    let received = |law: &Law| {
        law.decide(&Question {
            label: &theirs,
            dates: RecordDates::of(&record(|_| {})),
            peer: country("DE"),
            direction: Direction::TheySend,
            action: Action::Offer,
            purpose: None,
            at: noon(TODAY),
        })
        .is_release()
    };
    assert!(received(&law) && received(&narrowed), "what a peer delivers is decided by what is in force here");
}

#[test]
fn a_trial_says_what_signing_would_do_and_lets_nothing_leave() {
    let now = treaty(&head("one"), &[grant("1").with("purposes", "[\"investigation\"]")]);
    let next = Head { version: 2, supersedes: Some(now.hash().to_string()), ..head("one") };
    let next = treaty(&next, &[grant("1")]);
    let in_force = book(&[now.clone()], &[]);
    let mut trial = in_force.clone();
    trial.suppose(next).unwrap();
    let compile = |book| Law::compile(book, country("FR"), noon(TODAY), chancery_treaty::LawGeneration(3));
    assert_eq!(purposes(&compile(&in_force), "DE"), [Purpose::Investigation]);
    let law = compile(&trial);
    assert_eq!(purposes(&law, "DE"), [Purpose::Investigation, Purpose::Identification]);
    let released = law.release(&Candidate::new(record(|_| {})), country("DE"), Action::Offer, noon(TODAY)).unwrap();
    assert!(released.spend(law.generation()).is_err(), "nobody has signed it");
}
