//! Running the program: a place of its own for each test, and what came out of each run.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The program under test, as it was built with the tests.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_chancery");

/// A directory that goes when the test ends, in which commands are run.
pub struct Place {
    directory: tempfile::TempDir,
}

/// What came out of one run.
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Place {
    pub fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Runs `chancery` with these words, off a terminal and with an environment that says nothing.
    pub fn run(&self, line: &str) -> Run {
        self.run_words(&words(line))
    }

    pub fn run_words(&self, words: &[String]) -> Run {
        self.run_with(words, |_| {})
    }

    pub fn run_with(&self, words: &[String], prepare: impl FnOnce(&mut Command)) -> Run {
        let mut command = self.command(words);
        prepare(&mut command);
        Run::of(command.output().unwrap())
    }

    /// The program with these words, not yet started.
    pub fn command(&self, words: &[String]) -> Command {
        // A run of hours takes a copy, which a build meanwhile does not change under it.
        let mut command = Command::new(std::env::var_os("CHANCERY_PROGRAM").unwrap_or_else(|| PROGRAM.into()));
        command.args(words).current_dir(self.directory.path()).stdin(Stdio::null());
        for name in ["CHANCERY_DIR", "CHANCERY_FORMAT", "NO_COLOR", "SSLKEYLOGFILE", "CLICOLOR_FORCE", "RUST_LOG"] {
            command.env_remove(name);
        }
        command
    }

    /// Runs another program here.
    pub fn other(&self, command: &mut Command) -> Run {
        Run::of(command.current_dir(self.directory.path()).stdin(Stdio::null()).output().unwrap())
    }

    /// Runs a command that must succeed.
    pub fn done(&self, line: &str) -> Run {
        let run = self.run(line);
        assert_eq!(run.code, 0, "chancery {line}\n{}", run.stderr);
        run
    }

    /// Runs a command that must succeed and answers with one JSON document.
    pub fn json(&self, line: &str) -> Value {
        let run = self.done(&format!("{line} --format json"));
        serde_json::from_str(&run.stdout).unwrap_or_else(|fault| panic!("chancery {line}: {fault}\n{}", run.stdout))
    }

    /// Runs a command that must end with that code and say each of these.
    pub fn refused(&self, line: &str, code: i32, said: &[&str]) -> Run {
        let run = self.run(line);
        assert_eq!(run.code, code, "chancery {line}\n{}{}", run.stdout, run.stderr);
        let flat = run.flat_stderr();
        for part in said {
            assert!(flat.contains(part), "chancery {line}: `{part}` is not in\n{}", run.stderr);
        }
        run
    }

    /// Makes a node with an unencrypted country key.
    pub fn node(&self, country: &str, agency: &str, directory: &str) -> Value {
        self.json(&format!(
            "init --country {country} --agency '{agency}' --dir {directory} --no-passphrase --address \
             /ip4/192.0.2.1/udp/4001/quic-v1 --language en"
        ))
    }
}

impl Run {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// What was said, without the breaks and marks of its layout.
    pub fn flat_stderr(&self) -> String {
        let marks = |character: char| matches!(character, '│' | '╰' | '─' | '▶' | '├' | '×');
        self.stderr.replace(marks, " ").split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Every file below a directory with its mode and content, in order.
pub fn files(directory: &Path) -> Vec<(PathBuf, u32, Vec<u8>)> {
    use std::os::unix::fs::PermissionsExt;
    let mut found = Vec::new();
    let mut waiting = vec![directory.to_path_buf()];
    while let Some(next) = waiting.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
            if path.is_dir() {
                waiting.push(path);
            } else {
                let content = std::fs::read(&path).unwrap();
                found.push((path, mode, content));
            }
        }
    }
    found.sort();
    found
}

/// Splits a line at spaces, as a shell would, with single quotes.
pub fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in line.split('\'').enumerate() {
        if at % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}
