//! Somebody who listens on the wire and keeps all that passes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::ground::Ground;
use crate::network::eventually;

/// `tcpdump` at a device of a country's namespace.
pub struct Listener {
    child: Child,
    path: PathBuf,
}

/// A packet as it passed.
pub struct Packet {
    pub at: Duration,
    pub bytes: Vec<u8>,
}

impl Listener {
    /// What keeps anybody from listening here; nothing where it is possible.
    pub fn lacking() -> Option<String> {
        let tcpdump = Command::new("tcpdump").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        tcpdump.err().map(|_| "`tcpdump` is needed".to_owned())
    }

    /// Starts it and waits until it listens.
    pub fn start(ground: &Ground, country: &str, device: &str, path: &Path) -> Self {
        let mut command = Command::new("tcpdump");
        command.args(["-i", device, "-U", "--immediate-mode", "-Z", "root", "-w"]).arg(path);
        // Room for many packets at once: by itself the kernel keeps eight of this length, and drops the others.
        command.args(["-s", "65535", "-B", "32768"]);
        let child = ground.inside(country, &command).stderr(Stdio::null()).spawn().unwrap();
        eventually("the listener to listen", || path.exists().then_some(()));
        Self { child, path: path.to_owned() }
    }

    /// All that was kept so far.
    pub fn heard(&self) -> Vec<u8> {
        fs::read(&self.path).unwrap()
    }

    /// Ends it; all that was kept.
    pub fn stop(mut self) -> Vec<u8> {
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
        assert!(self.child.wait().unwrap().success());
        self.heard()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The packets of a capture file in order, of which the last may not be whole yet.
pub fn packets(mut capture: &[u8]) -> Vec<Packet> {
    let mut found = Vec::new();
    capture = capture.get(FILE_HEADER_BYTES..).unwrap_or_default();
    while let Some((header, rest)) = capture.split_at_checked(PACKET_HEADER_BYTES) {
        let number = |at: usize| u32::from_ne_bytes(header[at..at + 4].try_into().unwrap());
        let Some((bytes, rest)) = rest.split_at_checked(usize::try_from(number(8)).unwrap()) else { break };
        let at = Duration::new(u64::from(number(0)), number(4) * 1000);
        found.push(Packet { at, bytes: bytes.to_vec() });
        capture = rest;
    }
    found
}

const FILE_HEADER_BYTES: usize = 24;
/// Seconds, microseconds, bytes kept and bytes passed, each in the machine's own order.
const PACKET_HEADER_BYTES: usize = 16;
