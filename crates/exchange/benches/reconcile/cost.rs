//! What a run cost, and how it is printed.

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

/// The best of each figure: on a shared machine it says most about the code.
pub fn print(what: &str, how: &str, costs: &[Cost]) {
    let best = |of: &dyn Fn(&Cost) -> Duration| costs.iter().map(of).min().unwrap().as_secs_f64() * 1000.0;
    let one = costs[0];
    println!(
        "{what:<28}{how:<26}{:>9}{:>9}{:>10}{:>7}{:>8.1}{:>8.1}{:>9.1}{:>9.1}",
        one.to_lacking,
        one.from_lacking,
        one.to_lacking + one.from_lacking,
        one.turns,
        best(&|cost| cost.lacking),
        best(&|cost| cost.other),
        best(&|cost| cost.lacking_build),
        best(&|cost| cost.other_build),
    );
}
