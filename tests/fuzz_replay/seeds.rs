//! The committed seeds, with the samples of the repository that serve every target.

use std::path::{Path, PathBuf};

/// One input.
pub struct Seed {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// The seeds of a target.
pub fn own(target: &str) -> Vec<Seed> {
    let seeds = in_folder(&Path::new("fuzz/seeds").join(target));
    assert!(!seeds.is_empty(), "{target}: no seeds");
    seeds
}

/// Records, lists, laws and treaties as people write them; `scripts/test` gives the fuzzer the same.
pub fn shared() -> Vec<Seed> {
    let folders = ["examples/notices", "examples/imports", "node-config/treaties", "node-config/law"];
    let seeds: Vec<Seed> = folders.iter().flat_map(|folder| in_folder(Path::new(folder))).collect();
    assert!(seeds.len() >= folders.len(), "the samples were not found");
    seeds
}

/// Holds a committed seed against what the code makes now.
pub fn compare(target: &str, name: &str, bytes: &[u8]) {
    let path = root().join("fuzz/seeds").join(target).join(name);
    if std::env::var_os("CHANCERY_WRITE_VECTORS").is_some() {
        std::fs::write(&path, bytes).unwrap();
    }
    let committed = std::fs::read(&path).unwrap_or_else(|fault| panic!("{target}/{name}: {fault}"));
    assert!(committed == bytes, "{target}/{name}: the format changed; CHANCERY_WRITE_VECTORS=1 writes the seed anew");
}

fn in_folder(folder: &Path) -> Vec<Seed> {
    let entries =
        std::fs::read_dir(root().join(folder)).unwrap_or_else(|fault| panic!("{}: {fault}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    paths.sort();
    let read = |path: PathBuf| Seed {
        name: path.file_name().unwrap().to_string_lossy().into_owned(),
        bytes: std::fs::read(path).unwrap(),
    };
    paths.into_iter().map(read).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
