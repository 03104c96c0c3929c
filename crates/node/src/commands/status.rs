//! `chancery status`: how the running node stands.

use std::time::{Duration, Instant};

use clap::Args;

use crate::api::running::StatusShown;
use crate::cli::Invocation;
use crate::client::Client;
use crate::directory::NodeDirectory;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Row, counted};

/// Say how the running node stands
#[derive(Args, Debug)]
pub struct Status {
    /// Wait up to so many seconds until the node is ready
    #[arg(long, value_name = "SECONDS")]
    wait_ready: Option<u64>,
}

impl Status {
    /// Asks, or waits first.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let node = invocation.node()?;
        let shown = match self.wait_ready {
            None => Client::connect(&node)?.get_soon("/v1/status")?,
            Some(seconds) => wait(&node, Duration::from_secs(seconds))?,
        };
        for warning in &shown.warnings {
            invocation.talk.warn(warning);
        }
        invocation.output.one(&shown)?;
        Ok(Exit::Done)
    }
}

/// Asks again and again until the node says that it is ready.
fn wait(node: &NodeDirectory, patience: Duration) -> Result<StatusShown, Failure> {
    let begun = Instant::now();
    loop {
        let asked = Client::connect(node).and_then(|mut client| client.get_soon::<StatusShown>("/v1/status"));
        match asked {
            Ok(shown) if shown.ready => return Ok(shown),
            Err(failure) if failure.exit() != Exit::DaemonNotRunning => return Err(failure),
            Ok(_) | Err(_) if begun.elapsed() < patience => std::thread::sleep(ASK_AGAIN_AFTER),
            Ok(_) => {
                return Err(Failure::new(Exit::DaemonNotRunning, "the node is not ready yet")
                    .because(format!("it does not listen after {} s", patience.as_secs()))
                    .next("look at its log; `chancery doctor` finds the usual causes"));
            }
            Err(failure) => return Err(failure),
        }
    }
}

impl Row for StatusShown {
    const SCHEMA: &'static str = "chancery/status/1";
    const COLUMNS: &'static [&'static str] = &[
        "country",
        "version",
        "ready",
        "running",
        "recovering since",
        "records",
        "store bytes",
        "law generation",
        "law changes",
        "treaties in force",
        "peers connected",
        "listening",
        "certificate until",
    ];

    fn cells(&self) -> Vec<String> {
        let or_nothing = |instant: Option<chancery_record::Instant>| {
            instant.map_or_else(String::new, |instant| instant.date().to_string())
        };
        vec![
            self.country.to_string(),
            self.version.clone(),
            if self.ready { "yes" } else { "no" }.to_owned(),
            duration(self.running_s),
            self.recovering_since.map_or_else(String::new, |since| since.to_string()),
            self.records.to_string(),
            self.store_bytes.to_string(),
            self.law_generation.to_string(),
            or_nothing(self.law_changes),
            self.treaties.to_string(),
            format!("{} of {}", self.connected, self.peers),
            self.listening.join("\n"),
            or_nothing(self.certificate_until),
        ]
    }
}

/// A time span by its two largest units.
fn duration(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {} s", seconds % 60),
        (0, ..) => format!("{hours} h {} min", minutes % 60),
        _ => format!("{} {} h", counted(days, "day", "days"), hours % 24),
    }
}

const ASK_AGAIN_AFTER: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_span_reads_well() {
        let check = |seconds: u64, text: &str| assert_eq!(duration(seconds), text);
        check(0, "0 s");
        check(59, "59 s");
        check(60, "1 min 0 s");
        check(3_725, "1 h 2 min");
        check(86_400, "1 day 0 h");
        check(183_000, "2 days 2 h");
    }
}
