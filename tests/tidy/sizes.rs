//! How long things may be.

use crate::source::Source;
use crate::{modules, none_of, tree};

const FILE_LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 70;
/// A `lib.rs` is a table of contents.
const LIB_LINES_MAX: usize = 80;
const ARCHITECTURE_LINES_MAX: usize = 200;

#[test]
fn files_stay_short() {
    let tests = modules::test_files();
    let measured = tree::rust_files().into_iter().filter(|(path, _)| !tests.contains(path));
    let long = measured.filter_map(|(path, source)| {
        let limit = if path.ends_with("/lib.rs") { LIB_LINES_MAX } else { FILE_LINES_MAX };
        let lines = source.product_lines();
        (lines > limit).then(|| format!("{path}: {lines} lines, at most {limit}"))
    });
    none_of("a file holds one idea", long.collect());
}

#[test]
fn functions_stay_short() {
    let long = |(path, source): (String, Source)| {
        let functions = source.functions().into_iter().filter(|function| function.lines > FUNCTION_LINES_MAX);
        let named = functions.map(|function| {
            format!(
                "{path}:{}: `{}` has {} lines, at most {FUNCTION_LINES_MAX}",
                function.line, function.name, function.lines
            )
        });
        named.collect::<Vec<_>>()
    };
    none_of("a function does one thing", tree::rust_files().into_iter().flat_map(long).collect());
}

#[test]
fn the_architecture_fits_one_sitting() {
    let lines = tree::text("ARCHITECTURE.md").expect("ARCHITECTURE.md is UTF-8").lines().count();
    assert!(lines <= ARCHITECTURE_LINES_MAX, "ARCHITECTURE.md has {lines} lines, at most {ARCHITECTURE_LINES_MAX}");
}
