//! Which file belongs to which build, found by following `mod` from each root.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::Source;
use crate::{none_of, tree};

/// A file that a build reaches, and whether only tests do.
type Reached = BTreeMap<String, bool>;

#[test]
fn every_file_is_reached() {
    let (reached, missing) = reach();
    let files = tree::files();
    let dead = files.iter().filter(|path| path.ends_with(".rs") && !reached.contains_key(*path));
    let violations = dead.map(|path| format!("{path}: no `mod` leads here")).chain(missing).collect();
    none_of("every Rust file is part of a build", violations);
}

#[test]
fn modules_have_no_mod_rs() {
    let files = tree::files();
    none_of("`foo.rs` stands beside `foo/`", files.into_iter().filter(|path| path.ends_with("/mod.rs")).collect());
}

/// The files that only tests, benches and fuzz targets use.
pub fn test_files() -> BTreeSet<String> {
    reach().0.into_iter().filter(|(_, only_tests)| *only_tests).map(|(path, _)| path).collect()
}

fn reach() -> (Reached, Vec<String>) {
    let files: BTreeSet<String> = tree::files().into_iter().collect();
    let mut reached = Reached::new();
    let mut missing = Vec::new();
    let mut waiting: Vec<(String, bool, bool)> = Vec::new();
    for (root, only_tests) in roots(&files) {
        waiting.push((root, only_tests, true));
    }
    while let Some((path, only_tests, is_root)) = waiting.pop() {
        if !files.contains(&path) {
            missing.push(format!("{path}: named by a manifest or a `mod`, but not there"));
            continue;
        }
        if reached.get(&path).is_some_and(|known| !known || only_tests) {
            continue;
        }
        reached.insert(path.clone(), only_tests);
        let source = Source::new(tree::text(&path).expect("Rust source is UTF-8"));
        for declared in declared_in(&source) {
            let child = declared.file(&path, is_root);
            let is_root_like = declared.path.is_some();
            waiting.push((child, only_tests || declared.only_tests, is_root_like));
        }
    }
    (reached, missing)
}

/// What cargo builds by itself, and what the manifests name.
fn roots(files: &BTreeSet<String>) -> Vec<(String, bool)> {
    let mut roots = Vec::new();
    for path in files {
        let Some((package, rest)) = package_of(path) else { continue };
        let parts: Vec<&str> = rest.split('/').collect();
        match parts.as_slice() {
            ["src", "lib.rs" | "main.rs"] | ["build.rs"] => roots.push((path.clone(), package == "fuzz")),
            ["src", "bin", _] | ["examples", _] => roots.push((path.clone(), false)),
            ["tests" | "benches", file] if file.ends_with(".rs") => roots.push((path.clone(), true)),
            ["tests" | "benches", _, "main.rs"] => roots.push((path.clone(), true)),
            ["Cargo.toml"] => roots.extend(named_by(path, package)),
            _ => {}
        }
    }
    roots
}

fn package_of(path: &str) -> Option<(&str, &str)> {
    let behind = if path.starts_with("crates/") { path.match_indices('/').nth(1)?.0 } else { path.find('/')? };
    let (package, rest) = (&path[..behind], &path[behind + 1..]);
    (package.starts_with("crates/") || package == "fuzz").then_some((package, rest))
}

/// Targets that a manifest states by path.
fn named_by(manifest: &str, package: &str) -> Vec<(String, bool)> {
    let text = tree::text(manifest).expect("a manifest is UTF-8");
    let table: toml::Table = text.parse().unwrap_or_else(|fault| panic!("{manifest}: {fault}"));
    let mut named = Vec::new();
    for (sort, only_tests) in [("test", true), ("bench", true), ("bin", package == "fuzz")] {
        let targets = table.get(sort).and_then(toml::Value::as_array).map_or(&[][..], Vec::as_slice);
        for path in targets.iter().filter_map(|target| target.get("path")?.as_str()) {
            named.push((joined(package, path), only_tests));
        }
    }
    named
}

/// A path from a folder, with its `..` resolved.
fn joined(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// A `mod` that stands in a file of its own.
#[derive(Debug, PartialEq)]
struct Declared {
    name: String,
    path: Option<String>,
    only_tests: bool,
}

impl Declared {
    fn file(&self, parent: &str, parent_is_root: bool) -> String {
        let (folder, file) = parent.rsplit_once('/').unwrap_or(("", parent));
        if let Some(path) = &self.path {
            return joined(folder, path);
        }
        let stem = file.trim_end_matches(".rs");
        if parent_is_root {
            joined(folder, &format!("{}.rs", self.name))
        } else {
            format!("{folder}/{stem}/{}.rs", self.name)
        }
    }
}

fn declared_in(source: &Source) -> Vec<Declared> {
    let mut declared = Vec::new();
    let (mut path, mut only_tests) = (None, false);
    for (line, code) in source.text.lines().zip(source.code.lines()) {
        let code = code.trim();
        if code.is_empty() {
            continue;
        }
        if code.starts_with("#[") {
            only_tests |= code.starts_with("#[cfg(test)]");
            if code.starts_with("#[path") {
                path = line.split('"').nth(1).map(str::to_owned);
            }
            continue;
        }
        let visible =
            code.strip_prefix("pub(crate) ").or(code.strip_prefix("pub(super) ")).or(code.strip_prefix("pub "));
        let item = visible.unwrap_or(code).strip_prefix("mod ").and_then(|item| item.strip_suffix(';'));
        if let Some(name) = item {
            declared.push(Declared { name: name.to_owned(), path: path.take(), only_tests });
        }
        (path, only_tests) = (None, false);
    }
    declared
}

#[test]
fn declarations_are_found() {
    let text = "mod a;\n// mod b;\n#[cfg(test)]\nmod c;\npub mod d;\n#[path = \"../e.rs\"]\nmod f;\nmod g {}\n";
    let found = declared_in(&Source::new(text.into()));
    let files: Vec<_> =
        found.iter().map(|declared| (declared.file("x/src/y.rs", false), declared.only_tests)).collect();
    let expected = [("x/src/y/a.rs", false), ("x/src/y/c.rs", true), ("x/src/y/d.rs", false), ("x/e.rs", false)];
    assert_eq!(files, expected.map(|(path, only_tests)| (path.to_owned(), only_tests)));
    assert_eq!(found[0].file("x/src/lib.rs", true), "x/src/a.rs");
}
