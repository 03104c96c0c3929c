//! Memory, file descriptors and threads of processes over time, and whether they stay flat.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Pid;

/// Watches processes that are to run all the while.
pub struct Meter {
    processes: Vec<(String, Pid)>,
    each: Duration,
    begun: Instant,
    samples: Vec<Sample>,
}

/// What one process had at one moment.
#[derive(Clone, Copy, Debug)]
struct Sample {
    process: usize,
    at_s: f64,
    figures: [f64; 3],
}

/// What is looked at, and by how much it may rise from the first half of the time to the second: a part of the mean, and
/// an amount besides.
struct Figure {
    name: &'static str,
    part_max: f64,
    rise_max: f64,
}

/// Memory rises by what the store's cache and the allocator keep; the rest comes and goes with connections and with what waits for
/// the disk.
const FIGURES: [Figure; 3] = [
    Figure { name: "resident KiB", part_max: 0.10, rise_max: 4096.0 },
    Figure { name: "descriptors", part_max: 0.05, rise_max: 4.0 },
    Figure { name: "threads", part_max: 0.0, rise_max: 4.0 },
];

/// The part of the time, from its beginning, in which caches fill and pools grow to their size.
const WARMING_PART: f64 = 0.25;
/// Fewer samples say nothing.
const SAMPLES_MIN: usize = 12;
/// Lines of the table for each process.
const LINES_SHOWN: usize = 20;

impl Meter {
    pub fn of(processes: Vec<(String, Pid)>, each: Duration) -> Self {
        Self { processes, each, begun: Instant::now(), samples: Vec::new() }
    }

    /// Takes samples until told to stop.
    pub fn watch(mut self, stop: &AtomicBool) -> Self {
        let mut next = self.begun;
        while !stop.load(Ordering::Relaxed) {
            if Instant::now() >= next {
                self.sample();
                next += self.each;
            }
            thread::sleep(TICK);
        }
        self
    }

    fn sample(&mut self) {
        let at_s = self.begun.elapsed().as_secs_f64();
        for (process, (country, id)) in self.processes.iter().enumerate() {
            let figures = figures_of(*id).unwrap_or_else(|| panic!("the process of {country} is gone"));
            self.samples.push(Sample { process, at_s, figures });
        }
    }

    /// Prints the samples and their slopes; fails where one is not flat.
    pub fn judge(&self) {
        let mut risen = Vec::new();
        println!("\nnode  {:>8}  {:>12}  {:>11}  {:>7}", "second", FIGURES[0].name, FIGURES[1].name, FIGURES[2].name);
        for (process, (country, _)) in self.processes.iter().enumerate() {
            let own: Vec<Sample> = self.samples.iter().filter(|sample| sample.process == process).copied().collect();
            for sample in own.iter().step_by(own.len().div_ceil(LINES_SHOWN).max(1)) {
                let [resident, descriptors, threads] = sample.figures;
                println!("{country}    {:8.0}  {resident:12.0}  {descriptors:11.0}  {threads:7.0}", sample.at_s);
            }
            let warm_at = own.last().map_or(0.0, |last| last.at_s * WARMING_PART);
            let warm: Vec<Sample> = own.into_iter().filter(|sample| sample.at_s >= warm_at).collect();
            assert!(warm.len() >= SAMPLES_MIN, "{} samples of {country} say nothing", warm.len());
            for (at, figure) in FIGURES.iter().enumerate() {
                let points: Vec<(f64, f64)> = warm.iter().map(|sample| (sample.at_s, sample.figures[at])).collect();
                let trend = Trend::of(&points);
                println!(
                    "{country}  {:12}  mean {:8.0}  slope {:+9.1} an hour  rise {:+7.1} between the halves",
                    figure.name,
                    trend.mean,
                    trend.slope_s * 3600.0,
                    trend.rise,
                );
                if trend.rise > trend.mean * figure.part_max + figure.rise_max {
                    risen.push(format!("{country}: {} rise by {:.0} from {:.0}", figure.name, trend.rise, trend.mean));
                }
            }
        }
        assert!(risen.is_empty(), "not flat: {}", risen.join("; "));
    }
}

/// How points lie over time.
struct Trend {
    mean: f64,
    /// By least squares, in a second.
    slope_s: f64,
    /// The mean of the second half less that of the first.
    rise: f64,
}

impl Trend {
    fn of(points: &[(f64, f64)]) -> Self {
        let mean_of = |points: &[(f64, f64)], pick: fn(&(f64, f64)) -> f64| {
            points.iter().map(pick).sum::<f64>() / points.len() as f64
        };
        let (time, mean) = (mean_of(points, |point| point.0), mean_of(points, |point| point.1));
        let together: f64 = points.iter().map(|(at, value)| (at - time) * (value - mean)).sum();
        let apart: f64 = points.iter().map(|(at, _)| (at - time).powi(2)).sum();
        let (first, second) = points.split_at(points.len() / 2);
        let rise = mean_of(second, |point| point.1) - mean_of(first, |point| point.1);
        Self { mean, slope_s: together / apart, rise }
    }
}

fn figures_of(process: Pid) -> Option<[f64; 3]> {
    let folder = format!("/proc/{}", process.as_raw_nonzero());
    let status = fs::read_to_string(format!("{folder}/status")).ok()?;
    let line =
        |name: &str| status.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok());
    let descriptors = fs::read_dir(format!("{folder}/fd")).ok()?.count();
    Some([line("VmRSS:")?, descriptors as f64, line("Threads:")?])
}

#[test]
fn a_slope_is_told_from_noise() {
    let rising: Vec<(f64, f64)> = (0..100).map(|at| (f64::from(at), 50.0 + 2.0 * f64::from(at))).collect();
    let trend = Trend::of(&rising);
    assert!(
        (trend.slope_s - 2.0).abs() < 1e-9 && (trend.rise - 100.0).abs() < 1e-9 && (trend.mean - 149.0).abs() < 1e-9
    );
    let noise: Vec<(f64, f64)> = (0..100).map(|at| (f64::from(at), 50.0 + f64::from(at % 2))).collect();
    let trend = Trend::of(&noise);
    assert!(trend.slope_s.abs() < 0.01 && trend.rise.abs() < 0.1, "{} {}", trend.slope_s, trend.rise);
    let own = figures_of(rustix::process::getpid()).unwrap();
    assert!(own.iter().all(|figure| *figure > 0.0), "{own:?}");
}

const TICK: Duration = Duration::from_millis(200);
