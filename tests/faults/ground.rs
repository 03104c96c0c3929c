//! A network namespace for each node, joined by a bridge that stands in one more.

use std::ffi::OsString;
use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use tun_rs::DeviceBuilder;

/// Namespaces that go when the test lets go of them, with every process that is still in one.
///
/// Their names begin with the number of the process that made them, so that a later run finds what a run that was killed
/// left behind.
pub struct Ground {
    name: String,
    countries: Vec<String>,
}

/// What every name begins with.
const PREFIX: &str = "chancery-";
/// The namespace in which the bridge stands.
const SWITCH: &str = "switch";

impl Ground {
    /// What keeps namespaces from being made here; nothing where they can be.
    pub fn lacking() -> Option<String> {
        if !rustix::process::geteuid().is_root() {
            return Some("root is needed".to_owned());
        }
        for (program, word, package) in [("ip", "-V", "iproute2"), ("tc", "-V", "iproute2"), ("nft", "-v", "nftables")]
        {
            if Command::new(program).arg(word).stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
                return Some(format!("`{program}` of the package {package} is needed"));
            }
        }
        if !Path::new("/dev/net/tun").exists() {
            return Some("/dev/net/tun is needed".to_owned());
        }
        let probe = format!("{PREFIX}{}-probe", next());
        let tried = ["add", "del"].map(|what| tool(&format!("ip netns {what} {probe}")));
        if let Some(fault) = tried.into_iter().find_map(Result::err) {
            return Some(format!("this system makes no network namespaces: {fault}"));
        }
        let device = DeviceBuilder::new().name(device_name()).build_sync();
        device.err().map(|fault| format!("this system makes no tunnel devices: {fault}"))
    }

    /// A namespace for each of them, every one reaching every other.
    pub fn of(countries: &[String]) -> Self {
        sweep();
        let ground = Self { name: format!("{PREFIX}{}", next()), countries: countries.to_vec() };
        let switch = ground.namespace(SWITCH);
        done(&format!("ip netns add {switch}"));
        done(&format!("ip -n {switch} link add bridge type bridge"));
        done(&format!("ip -n {switch} link set bridge up"));
        for country in countries {
            let (own, address) = (ground.namespace(country), ground.address(country));
            done(&format!("ip netns add {own}"));
            done(&format!("ip -n {own} link set lo up"));
            done(&format!("ip link add eth0 netns {own} type veth peer name {country} netns {switch}"));
            done(&format!("ip -n {switch} link set {country} master bridge up"));
            done(&format!("ip -n {own} address add {address}/24 dev eth0"));
            done(&format!("ip -n {own} link set eth0 up"));
        }
        ground
    }

    pub fn countries(&self) -> &[String] {
        &self.countries
    }

    pub fn namespace(&self, country: &str) -> String {
        format!("{}-{country}", self.name)
    }

    pub fn address(&self, country: &str) -> Ipv4Addr {
        let at = self.countries.iter().position(|known| known == country).unwrap();
        Ipv4Addr::new(10, 77, 0, u8::try_from(at + 1).unwrap())
    }

    /// Has a program run in the namespace of a country; `ip` becomes the program, so that its process is the program's.
    pub fn inside(&self, country: &str, command: &Command) -> Command {
        let mut inside = Command::new("ip");
        inside.args(["netns", "exec", &self.namespace(country)]).arg(command.get_program()).args(command.get_args());
        if let Some(directory) = command.get_current_dir() {
            inside.current_dir(directory);
        }
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => inside.env(name, value),
                None => inside.env_remove(name),
            };
        }
        inside.stdin(Stdio::null());
        inside
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        for name in self.countries.iter().map(String::as_str).chain([SWITCH]) {
            remove(&self.namespace(name));
        }
    }
}

/// Runs a program of the system with these words.
pub fn tool(line: &str) -> Result<String, String> {
    let mut words = line.split_whitespace().map(OsString::from);
    let output = Command::new(words.next().unwrap()).args(words).stdin(Stdio::null()).output();
    said(line, output.map_err(|fault| format!("{line}: {fault}"))?)
}

/// Runs a program of the system that must succeed.
pub fn done(line: &str) -> String {
    tool(line).unwrap_or_else(|fault| panic!("{fault}"))
}

pub fn said(line: &str, output: Output) -> Result<String, String> {
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(format!("{line}: {}", String::from_utf8_lossy(&output.stderr).trim()))
}

/// A name for a device that nobody else has, short enough for the kernel.
pub fn device_name() -> String {
    format!("cy{}", next().replace('-', "x"))
}

/// The number of this process and one that rises, which together are given once.
fn next() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// What a small disk of this process is mounted from.
pub fn mount_source() -> String {
    format!("{PREFIX}{}", next())
}

/// Removes what runs that were killed have left: whatever bears the number of a process that is gone.
fn sweep() {
    let is_left_over = |name: &str| {
        let maker = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
        maker.is_some_and(|process| process.parse::<u32>().is_ok() && !lives(process))
    };
    let namespaces = tool("ip netns list").unwrap_or_default();
    let names = namespaces.lines().filter_map(|line| line.split_whitespace().next());
    names.filter(|name| is_left_over(name)).for_each(remove);
    for line in fs::read_to_string("/proc/mounts").unwrap_or_default().lines() {
        let mut columns = line.split(' ');
        if let (Some(source), Some(place)) = (columns.next(), columns.next())
            && is_left_over(source)
        {
            let _ = tool(&format!("umount -l {place}"));
        }
    }
}

/// Whether a process runs; one that has ended and was not yet asked how does not.
fn lives(process: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let state = status.lines().find_map(|line| line.strip_prefix("State:"));
    state.is_some_and(|state| !state.trim().starts_with(['Z', 'X']))
}

/// Ends what runs in a namespace, then removes it.
fn remove(namespace: &str) {
    for process in tool(&format!("ip netns pids {namespace}")).unwrap_or_default().lines() {
        let _ = tool(&format!("kill -9 {process}"));
    }
    if let Err(fault) = tool(&format!("ip netns del {namespace}")) {
        eprintln!("{fault}");
    }
}
