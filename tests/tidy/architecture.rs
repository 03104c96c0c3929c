//! The code map of ARCHITECTURE.md against the tree.

use std::collections::BTreeSet;

use crate::{modules, none_of, tree};

/// A heading of the map names a folder in backticks; the head of each entry, before its colon, names files of it without
/// their ending. A name that ends in `/` stands for a file with all that is below it.
#[derive(Debug, PartialEq)]
struct Entry {
    folder: String,
    name: String,
}

#[test]
fn the_code_map_is_the_tree() {
    let text = tree::text("ARCHITECTURE.md").expect("ARCHITECTURE.md is UTF-8");
    let entries = entries_of(&text);
    let tests = modules::test_files();
    let files = tree::files();
    let mut violations = Vec::new();
    let mapped = files.iter().filter(|path| !tests.contains(*path) && is_mapped(path));
    let lost = mapped.filter(|path| !entries.iter().any(|entry| entry.covers(path)));
    violations.extend(lost.map(|path| format!("{path}: not on the map")));
    let empty = entries.iter().filter(|entry| !files.iter().any(|path| entry.covers(path)));
    violations
        .extend(empty.map(|entry| format!("`{}` of `{}`: on the map, not in the tree", entry.name, entry.folder)));
    let folders: BTreeSet<&str> = files.iter().filter_map(|path| Some(path.split_once('/')?.0)).collect();
    let unnamed = folders.into_iter().filter(|folder| !text.contains(&format!("`{folder}/")));
    violations.extend(unnamed.map(|folder| format!("{folder}/: not on the map")));
    none_of("the code map is the tree", violations);
}

/// The files that the map owes its reader; what a `lib.rs` is, its crate's heading says.
fn is_mapped(path: &str) -> bool {
    path.starts_with("crates/") && path.ends_with(".rs") && !path.ends_with("/src/lib.rs")
}

impl Entry {
    fn covers(&self, path: &str) -> bool {
        let place = if self.folder.is_empty() { self.name.clone() } else { format!("{}/{}", self.folder, self.name) };
        match place.strip_suffix('/') {
            Some(module) => path.starts_with(&place) || path == format!("{module}.rs"),
            None => path == place || path == format!("{place}.rs"),
        }
    }
}

fn entries_of(text: &str) -> Vec<Entry> {
    let (_, map) = text.split_once("\n## Code map\n").expect("ARCHITECTURE.md has a code map");
    let map = map.split("\n## ").next().unwrap_or_default();
    let mut folder = String::new();
    let mut entries = Vec::new();
    for line in map.lines() {
        if let Some(heading) = line.strip_prefix("### ") {
            folder = quoted(heading).next().unwrap_or_default().to_owned();
        } else if let Some((head, _)) = line.strip_prefix("* ").and_then(|entry| entry.split_once(':')) {
            entries.extend(quoted(head).map(|name| Entry { folder: folder.clone(), name: name.to_owned() }));
        }
    }
    entries
}

fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn a_map_is_read() {
    let text = "# A\n\n## Code map\nWords.\n### `a/src`: what `x` is\n* `b`, `c/`: two `d` things\n### Beside\n* `e/`: f\n\n## G\n* `h`: i\n";
    let entries = entries_of(text);
    let places: Vec<_> = entries.iter().map(|entry| (entry.folder.as_str(), entry.name.as_str())).collect();
    assert_eq!(places, [("a/src", "b"), ("a/src", "c/"), ("", "e/")]);
    assert!(entries[0].covers("a/src/b.rs") && !entries[0].covers("a/src/b/d.rs"));
    assert!(entries[1].covers("a/src/c.rs") && entries[1].covers("a/src/c/d.rs"));
}
