//! Progress bars of long work: on standard error, for a person who watches, and for nobody else.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::talk::{Loudness, Talk};

/// A bar over a known number of bytes.
pub fn of_bytes(talk: &Talk, total: u64, what: &'static str) -> ProgressBar {
    styled(talk, Some(total), what, "{msg} {bar:30} {bytes}/{total_bytes} {eta}")
}

/// A bar over a known number of things.
pub fn of_things(talk: &Talk, total: u64, what: &'static str) -> ProgressBar {
    styled(talk, Some(total), what, "{msg} {bar:30} {pos}/{len} {eta}")
}

/// A sign of life where the length is not known.
pub fn of_unknown(talk: &Talk, what: &'static str) -> ProgressBar {
    let bar = styled(talk, None, what, "{msg} {spinner} {elapsed}");
    bar.enable_steady_tick(TICK);
    bar
}

fn styled(talk: &Talk, total: Option<u64>, what: &'static str, template: &str) -> ProgressBar {
    // Drawn on a terminal only: a log file is no place for a bar.
    let target =
        if talk.loudness() >= Loudness::Usual { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(total, target).with_message(what);
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

const TICK: Duration = Duration::from_millis(200);
