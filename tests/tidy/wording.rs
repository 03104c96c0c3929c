//! What stands in the text of the files.

use std::collections::BTreeMap;

use crate::source::Source;
use crate::{none_of, tree};

/// What must always be true; ARCHITECTURE.md says what each means.
const INVARIANTS: [&str; 9] = [
    "released under an article",
    "decided at the wire",
    "written down first",
    "acknowledged means durable",
    "the originator's word",
    "what is owed follows the record",
    "nothing beyond the view",
    "everything is bounded",
    "terms stay with the copy",
];

#[test]
fn every_file_says_what_it_is() {
    let wrong = tree::rust_files().into_iter().filter_map(|(path, source)| {
        let complaint = complaint_about_opening(&source.text)?;
        Some(format!("{path}: {complaint}"))
    });
    none_of("every file opens with one `//!` sentence", wrong.collect());
}

fn complaint_about_opening(text: &str) -> Option<&'static str> {
    let paragraph = text.lines().map_while(|line| line.strip_prefix("//! "));
    let paragraph = paragraph.collect::<Vec<_>>().join(" ");
    let sentence = paragraph.split_inclusive(". ").next().unwrap_or_default().trim();
    if sentence.is_empty() {
        Some("it opens with no `//!`")
    } else if !sentence.ends_with(['.', ':', '?']) {
        Some("its first `//!` is no sentence")
    } else {
        None
    }
}

#[test]
fn invariants_are_kept_in_more_than_one_place() {
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    let mut violations = Vec::new();
    for (path, source) in tree::rust_files().into_iter().filter(|(path, _)| path.starts_with("crates/")) {
        for (_, named) in
            source.text.match_indices("INVARIANT (").map(|(at, mark)| (at, &source.text[at + mark.len()..]))
        {
            let name = named.split([')', '\n']).next().unwrap_or_default();
            if !INVARIANTS.contains(&name) {
                violations.push(format!("{path}: there is no invariant `{name}`"));
            }
            *uses.entry(name.to_owned()).or_default() += 1;
        }
    }
    let architecture = tree::text("ARCHITECTURE.md").expect("ARCHITECTURE.md is UTF-8");
    for name in INVARIANTS {
        let count = uses.get(name).copied().unwrap_or_default();
        if count < 2 {
            violations.push(format!("`{name}` is named {count} times in the code"));
        }
        if !architecture.contains(&format!("**{name}**")) {
            violations.push(format!("`{name}` does not stand in ARCHITECTURE.md"));
        }
    }
    none_of("an invariant is named wherever the code keeps it", violations);
}

#[test]
fn nothing_is_left_to_be_done() {
    let left = |(path, source): (String, Source)| {
        let found = UNFINISHED.into_iter().filter(|word| source.code.contains(word));
        found.map(|word| format!("{path}: `{word}`")).collect::<Vec<_>>()
    };
    none_of("nothing is left unfinished", tree::rust_files().into_iter().flat_map(left).collect());
}

#[test]
fn no_path_of_one_machine_stands_anywhere() {
    let mut violations = Vec::new();
    for path in tree::files() {
        let Some(text) = tree::text(&path) else { continue };
        let found = MACHINE_PATHS.into_iter().filter(|folder| text.contains(folder));
        violations.extend(found.map(|folder| format!("{path}: `{folder}`")));
    }
    none_of("the repository knows no machine", violations);
}

const UNFINISHED: [&str; 2] = ["todo!", "unimplemented!"];

// Written in two pieces, so that this file is not its own finding.
const MACHINE_PATHS: [&str; 4] =
    [concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/Use", "rs/"), concat!("/wo", "rk/")];

#[test]
fn openings_are_judged() {
    let check = |text: &str, accepted: bool| assert_eq!(complaint_about_opening(text).is_none(), accepted, "{text}");
    check("//! What a record is.\n", true);
    check("//! What a record is: its\n//! parts. And more and more.\n", true);
    check("use std::fs;\n", false);
    check("//! x\n", false);
}
