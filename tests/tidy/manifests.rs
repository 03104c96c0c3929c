//! Which crate may use what.

use std::collections::BTreeSet;

use crate::source::{Source, has_word};
use crate::{none_of, tree};

/// The crates with what each may use of the house. An arrow that is not here is a decision with a commit of its own.
const ARROWS: [(&str, &[&str]); 7] = [
    ("record", &[]),
    ("treaty", &["record"]),
    ("exchange", &["record", "treaty"]),
    ("store", &["record", "treaty", "exchange"]),
    ("formats", &["record"]),
    ("node", &["record", "treaty", "exchange", "store", "formats"]),
    ("simulator", &["record", "treaty", "exchange", "store"]),
];

/// Crates that only `node` may link: the network, the async runtime, what speaks to people.
const ONLY_IN_NODE: [&str; 9] =
    ["libp2p", "tokio", "futures", "axum", "hyper", "clap", "getrandom", "rustix", "tracing-subscriber"];

/// The crates without I/O, with the names that would betray it.
const PURE: [&str; 4] = ["record", "treaty", "exchange", "formats"];
const IMPURE_PATHS: [&str; 6] = ["std::fs", "std::net", "std::process", "std::env", "std::thread", "std::time"];

struct Manifest {
    path: String,
    folder: String,
    table: toml::Table,
}

#[test]
fn arrows_point_one_way() {
    let mut violations = Vec::new();
    for manifest in manifests() {
        let Some((_, allowed)) = ARROWS.iter().find(|(folder, _)| *folder == manifest.folder) else {
            violations.push(format!("{}: a crate that has no place among the arrows", manifest.path));
            continue;
        };
        for (name, use_of_it) in manifest.dependencies() {
            let Some(house) = name.strip_prefix("chancery-") else { continue };
            let only_tests = use_of_it == Use::ByTests;
            if ["node", "simulator"].contains(&house) || !allowed.contains(&house) && !only_tests {
                violations.push(format!("{}: uses `{name}`", manifest.path));
            }
        }
    }
    none_of("dependencies point one way", violations);
}

#[test]
fn the_network_stays_in_the_node() {
    let mut violations = Vec::new();
    for manifest in manifests().into_iter().filter(|manifest| manifest.folder != "node") {
        let linked = manifest.dependencies().into_iter().filter(|(_, use_of_it)| *use_of_it == Use::ByProduct);
        let banned = linked.filter(|(name, _)| ONLY_IN_NODE.contains(&name.as_str()));
        violations.extend(banned.map(|(name, _)| format!("{}: uses `{name}`", manifest.path)));
    }
    for (path, source) in tree::product_files() {
        let folder = folder_of(&path);
        let code = source.product_code();
        let is_async = has_word(&code, "async") || has_word(&code, "await");
        if folder != "node" && is_async {
            violations.push(format!("{path}: something asynchronous"));
        }
        let impure = IMPURE_PATHS.into_iter().filter(|name| PURE.contains(&folder) && code.contains(name));
        violations.extend(impure.map(|name| format!("{path}: `{name}`")));
    }
    none_of("only the node touches the world", violations);
}

#[test]
fn one_dependency_table() {
    let mut violations = Vec::new();
    for manifest in manifests() {
        for (sort, table) in manifest.dependency_tables() {
            let own = table
                .into_iter()
                .filter(|(_, value)| value.get("workspace").and_then(toml::Value::as_bool) != Some(true));
            violations
                .extend(own.map(|(name, _)| format!("{}: `{name}` of [{sort}] is not the workspace's", manifest.path)));
        }
        let linted =
            manifest.table.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
        if linted != Some(true) {
            violations.push(format!("{}: the lints are not the workspace's", manifest.path));
        }
        if manifest.table.contains_key("features") {
            violations.push(format!("{}: a feature flag of our own", manifest.path));
        }
    }
    none_of("one dependency table, one set of lints, no features", violations);
}

#[test]
fn every_dependency_is_used() {
    let sources = tree::rust_files();
    let mut violations = Vec::new();
    let mut wanted = BTreeSet::new();
    for manifest in manifests() {
        let within =
            |path: &str| folder_of(path) == manifest.folder || manifest.folder == "node" && path.starts_with("tests/");
        for (name, _) in manifest.dependencies() {
            wanted.insert(name.clone());
            let word = name.replace('-', "_");
            let named = |(path, source): &(String, Source)| within(path) && has_word(&source.code, &word);
            if !sources.iter().any(named) {
                violations.push(format!("{}: `{name}` is used nowhere", manifest.path));
            }
        }
    }
    let workspace: toml::Table = tree::text("Cargo.toml").expect("UTF-8").parse().expect("a manifest is TOML");
    let table = workspace["workspace"]["dependencies"].as_table().expect("the workspace has a dependency table");
    let unwanted = table.keys().filter(|name| !wanted.contains(*name));
    violations.extend(unwanted.map(|name| format!("Cargo.toml: no crate takes `{name}`")));
    none_of("a dependency earns its place", violations);
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Use {
    ByProduct,
    ByTests,
}

impl Manifest {
    fn dependencies(&self) -> Vec<(String, Use)> {
        let tables = self.dependency_tables().into_iter();
        let named = tables.flat_map(|(sort, table)| {
            let use_of_it = if sort == "dev-dependencies" { Use::ByTests } else { Use::ByProduct };
            table.keys().map(|name| (name.clone(), use_of_it)).collect::<Vec<_>>()
        });
        named.collect()
    }

    fn dependency_tables(&self) -> Vec<(&'static str, toml::Table)> {
        let mut tables = Vec::new();
        let targets = self.table.get("target").and_then(toml::Value::as_table).into_iter();
        let places =
            targets.flat_map(|targets| targets.values().filter_map(toml::Value::as_table)).chain([&self.table]);
        for place in places {
            for sort in ["dependencies", "dev-dependencies", "build-dependencies"] {
                if let Some(table) = place.get(sort).and_then(toml::Value::as_table) {
                    tables.push((sort, table.clone()));
                }
            }
        }
        tables
    }
}

fn manifests() -> Vec<Manifest> {
    let paths = tree::files().into_iter().filter(|path| path.starts_with("crates/") && path.ends_with("/Cargo.toml"));
    let read = |path: String| {
        let text = tree::text(&path).expect("a manifest is UTF-8");
        let table = text.parse().unwrap_or_else(|fault| panic!("{path}: {fault}"));
        Manifest { folder: folder_of(&path).to_owned(), path, table }
    };
    paths.map(read).collect()
}

fn folder_of(path: &str) -> &str {
    path.strip_prefix("crates/").and_then(|rest| rest.split('/').next()).unwrap_or_default()
}
