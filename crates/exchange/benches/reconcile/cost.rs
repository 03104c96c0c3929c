//! What a run cost, and how it is printed.

use std::fs;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// One run.
#[derive(Clone, Copy, Default)]
pub struct Cost {
    pub to_lacking: usize,
    pub from_lacking: usize,
    pub turns: usize,
    pub lacking: Duration,
    pub other: Duration,
    pub lacking_build: Duration,
    pub other_build: Duration,
    /// Memory that the run took at its height beyond the sets, in KiB.
    pub peak_kib: u64,
}

/// CPU time of this thread so far: the machine may be busy with other work.
pub fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap(), u32::try_from(time.tv_nsec).unwrap())
}

/// What a step cost, added to `sum`.
pub fn timed<T>(sum: &mut Duration, step: impl FnOnce() -> T) -> T {
    let begun = cpu();
    let result = step();
    *sum += cpu() - begun;
    result
}

/// Resident memory in KiB: at its height since the last `forget_peak`, and now.
pub fn resident_kib(field: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// The height of memory counts from now on.
pub fn forget_peak() -> u64 {
    fs::write("/proc/self/clear_refs", "5").unwrap();
    resident_kib("VmRSS:")
}

/// The median of each figure.
pub fn print(what: &str, how: &str, costs: Vec<Cost>) {
    let middle = |of: &dyn Fn(&Cost) -> Duration| {
        let mut all: Vec<Duration> = costs.iter().map(of).collect();
        all.sort_unstable();
        all[all.len() / 2].as_secs_f64() * 1000.0
    };
    let one = costs[0];
    let peak = costs.iter().map(|cost| cost.peak_kib).min().unwrap();
    println!(
        "{what:<28}{how:<26}{:>9}{:>9}{:>10}{:>7}{:>8.1}{:>8.1}{:>9.1}{:>9.1}{peak:>9}",
        one.to_lacking,
        one.from_lacking,
        one.to_lacking + one.from_lacking,
        one.turns,
        middle(&|cost| cost.lacking),
        middle(&|cost| cost.other),
        middle(&|cost| cost.lacking_build),
        middle(&|cost| cost.other_build),
    );
}
