//! No forgotten line ever widens a release: every line of a sample is left out once.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use chancery_record::Purpose;
use chancery_treaty::{Action, Case, Direction, NationalLaw, Question, RecordDates, TreatyDocument};

use crate::setting::{book, country, noon};
use chancery_treaty::{Law, LawGeneration};

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../node-config").join(path)).unwrap()
}

/// Everything that may go of the examples' records, in both directions, on two days.
fn released(treaty: &Arc<TreatyDocument>, law: Option<&Arc<NationalLaw>>, cases: &[Case]) -> BTreeSet<String> {
    // The examples would refuse the treaty; what is asked is what its articles would let go if they were left out too.
    let book = book(&[Arc::clone(treaty)], &law.cloned().into_iter().collect::<Vec<_>>());
    let mut all = BTreeSet::new();
    for (at, case) in cases.iter().enumerate() {
        let law = Law::compile(&book, case.from, noon("2026-06-01"), LawGeneration(1));
        let mut label = case.record.label.clone();
        label.tags.purposes = Purpose::ALL.iter().copied().collect();
        label.originator = case.from;
        let label = label.prepare();
        let dates = RecordDates { collected: case.record.collected, expires: case.record.expires };
        let question = Question {
            label: &label,
            dates,
            peer: case.to,
            direction: Direction::WeSend,
            action: Action::Offer,
            purpose: None,
            at: noon("2026-06-01"),
        };
        let verdict = law.decide(&question);
        all.extend(verdict.released.iter().map(|row| format!("{at} {} {}", row.section, row.purpose)));
    }
    all
}

/// The articles of a document without its examples.
fn articles_only(text: &str) -> &str {
    text.split("\n[[case]]").next().unwrap()
}

fn without_line(text: &str, left_out: usize) -> String {
    let kept = text.lines().enumerate().filter(|(at, _)| *at != left_out);
    kept.map(|(_, line)| format!("{line}\n")).collect()
}

#[test]
fn of_a_treaty() {
    for path in ["treaties/fr-de-police.toml", "treaties/fr-br-border.toml"] {
        let whole = read(path);
        let cases = TreatyDocument::parse(whole.as_bytes()).unwrap().cases().to_vec();
        let text = articles_only(&whole);
        let parse = |text: &str| TreatyDocument::parse(text.as_bytes()).ok().map(Arc::new);
        let before = released(&parse(text).unwrap(), None, &cases);
        assert!(before.len() > 10, "{}", before.len());
        let mut still_read = 0;
        for at in 0..text.lines().count() {
            let Some(treaty) = parse(&without_line(text, at)) else { continue };
            still_read += 1;
            let after = released(&treaty, None, &cases);
            assert!(after.is_subset(&before), "{path}, line {}: {:?}", at + 1, after.difference(&before));
        }
        assert!(still_read > 10, "{path}: {still_read}");
    }
}

#[test]
fn of_a_law() {
    let whole = read("treaties/fr-de-police.toml");
    let treaty = Arc::new(TreatyDocument::parse(articles_only(&whole).as_bytes()).unwrap());
    let cases = TreatyDocument::parse(whole.as_bytes()).unwrap().cases().to_vec();
    let text = read("law/FR.toml");
    let text = articles_only(&text);
    let parse = |text: &str| NationalLaw::parse(text.as_bytes()).ok().map(Arc::new);
    let before = released(&treaty, parse(text).as_ref(), &cases);
    assert!(before.is_subset(&released(&treaty, None, &cases)));
    for at in 0..text.lines().count() {
        let Some(law) = parse(&without_line(text, at)) else { continue };
        assert_eq!(law.header().country, country("FR"));
        let after = released(&treaty, Some(&law), &cases);
        assert!(after.is_subset(&before), "line {}: {:?}", at + 1, after.difference(&before));
    }
}
