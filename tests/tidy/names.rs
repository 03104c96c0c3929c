//! Names that say nothing.

use crate::source::{Source, is_of_a_word};
use crate::{none_of, tree};

#[test]
fn files_are_named_after_what_they_hold() {
    let named = tree::files().into_iter().filter(|path| path.ends_with(".rs"));
    let empty = named.filter(|path| path.split('/').any(|part| BANNED_FILES.contains(&part.trim_end_matches(".rs"))));
    none_of("no file is named after nothing", empty.collect());
}

#[test]
fn items_are_named_after_what_they_are() {
    let found = |(path, source): (String, Source)| {
        let empty = declared_names(&source.code).into_iter().filter(|name| is_empty_name(name));
        empty.map(|name| format!("{path}: `{name}`")).collect::<Vec<_>>()
    };
    none_of("no item is named after nothing", tree::rust_files().into_iter().flat_map(found).collect());
}

fn declared_names(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for keyword in ["fn ", "mod ", "struct ", "enum ", "trait ", "type "] {
        for (at, _) in code.match_indices(keyword) {
            if !code[..at].ends_with(is_of_a_word) {
                names.push(code[at + keyword.len()..].chars().take_while(|letter| is_of_a_word(*letter)).collect());
            }
        }
    }
    names
}

fn is_empty_name(name: &str) -> bool {
    let mut spaced = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() || letter == '_' {
            spaced.push(' ');
        }
        spaced.extend(letter.to_lowercase().filter(|letter| *letter != '_'));
    }
    let words: Vec<&str> = spaced.split_whitespace().collect();
    words.iter().any(|word| BANNED_WORDS.contains(word))
        || words.last().is_some_and(|last| BANNED_ENDINGS.contains(last))
}

const BANNED_FILES: [&str; 12] =
    ["common", "data", "error", "errors", "helper", "helpers", "info", "manager", "misc", "service", "util", "utils"];
const BANNED_WORDS: [&str; 5] = ["helper", "helpers", "misc", "util", "utils"];
const BANNED_ENDINGS: [&str; 2] = ["manager", "service"];

#[test]
fn empty_names_are_told_from_good_ones() {
    assert!(["TimeUtil", "read_helper", "PeerManager", "misc"].into_iter().all(is_empty_name));
    assert!(!["Utility", "futile", "ManagerSeal", "serviceable", "Record"].into_iter().any(is_empty_name));
    assert_eq!(declared_names("pub fn a_b(c: D) {} enum E { F } fn(u8)"), ["a_b", "E"]);
}
