//! The files of the repository, as they stand on the disk.

use std::path::{Path, PathBuf};

use crate::modules;
use crate::source::Source;

/// The root of the repository.
pub fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.ancestors().nth(2).expect("crates stand two levels below the root").to_owned()
}

/// Every file that belongs to the repository, by its path from the root, in order.
pub fn files() -> Vec<String> {
    let mut found = Vec::new();
    gather(&root(), "", &mut found);
    found.sort();
    assert!(found.iter().any(|path| path == "crates/record/src/lib.rs"), "the tree was not found");
    found
}

/// The text of a file; what is not UTF-8 has none.
pub fn text(path: &str) -> Option<String> {
    String::from_utf8(std::fs::read(root().join(path)).expect("a listed file can be read")).ok()
}

/// Every Rust file with its source.
pub fn rust_files() -> Vec<(String, Source)> {
    let rust = files().into_iter().filter(|path| path.ends_with(".rs"));
    rust.map(|path| (path.clone(), Source::new(text(&path).expect("Rust source is UTF-8")))).collect()
}

/// The Rust files that are part of the product.
pub fn product_files() -> Vec<(String, Source)> {
    let tests = modules::test_files();
    rust_files().into_iter().filter(|(path, _)| path.starts_with("crates/") && !tests.contains(path)).collect()
}

fn gather(folder: &Path, prefix: &str, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the tree can be listed") {
        let entry = entry.expect("a folder of the tree can be listed");
        let name = entry.file_name().into_string().expect("names in the tree are UTF-8");
        let path = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
        if entry.file_type().expect("a file of the tree has a type").is_dir() {
            if !NOT_OURS.contains(&path.as_str()) {
                gather(&entry.path(), &path, found);
            }
        } else {
            found.push(path);
        }
    }
}

/// What builds and runs leave behind, and the version control's own folder.
const NOT_OURS: [&str; 5] = [".git", "target", "fuzz/target", "fuzz/corpus", "fuzz/artifacts"];
