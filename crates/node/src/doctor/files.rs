//! Whether the files of the node are its owner's alone.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::{Examination, Finding};
use crate::directory::NodeDirectory;

/// The directory, those in it, and every secret.
pub(super) fn directory(examination: &Examination<'_>) -> Vec<Finding> {
    let node = examination.node;
    let mut findings = Vec::new();
    let caller = rustix::process::geteuid().as_raw();
    match fs::metadata(node.root()) {
        Err(fault) => {
            let what = format!("`{}` cannot be entered: {fault}", node.root().display());
            return vec![Finding::failure("directory", what, "check whom it belongs to")];
        }
        Ok(root) => {
            if root.uid() != caller {
                findings.push(Finding::warning(
                    "directory",
                    format!("`{}` belongs to user {}, and you are user {caller}", node.root().display(), root.uid()),
                    "run the node's commands as the user who runs the daemon",
                ));
            }
            findings.extend(open_to_others(node.root(), root.mode(), "chmod 700"));
        }
    }
    for directory in [node.keys(), node.cards(), node.treaties(), node.laws()] {
        if !directory.is_dir() {
            let what = format!("the directory `{}` is missing", directory.display());
            findings.push(Finding::failure("directory", what, "restore it from a backup, or make it"));
        }
    }
    findings.extend(open_secrets(node));
    if findings.is_empty() {
        findings.push(Finding::ok("directory", format!("`{}` is its owner's alone", node.root().display())));
    }
    findings
}

/// What others than its owner may open of the node's keys.
pub fn open_secrets(node: &NodeDirectory) -> Vec<Finding> {
    let keys = &node.keys();
    let mut findings = Vec::new();
    if let Ok(metadata) = fs::metadata(keys) {
        findings.extend(open_to_others(keys, metadata.mode(), "chmod 700"));
    }
    for entry in fs::read_dir(keys).into_iter().flatten().flatten() {
        let path = entry.path();
        let public = path.extension().is_some_and(|ending| ending == "pub");
        if let (false, Ok(metadata)) = (public, fs::metadata(&path)) {
            findings.extend(open_to_others(&path, metadata.mode(), "chmod 600"));
        }
    }
    findings
}

fn open_to_others(path: &Path, mode: u32, command: &str) -> Option<Finding> {
    if mode & 0o077 == 0 {
        return None;
    }
    let what = format!("others than its owner may open `{}` (mode {:03o})", path.display(), mode & 0o777);
    let next = format!("run `{command} '{}'`; if others may have read a key there, rotate it", path.display());
    Some(Finding::failure("directory", what, next))
}
