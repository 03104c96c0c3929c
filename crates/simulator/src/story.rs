//! What happened, in words, for whoever replays a failing seed.

use std::collections::VecDeque;

use crate::limits::STORY_LINES_MAX;

/// The last lines of what happened; empty unless somebody wants to read it.
#[derive(Debug, Default)]
pub struct Story {
    lines: VecDeque<String>,
    told: Told,
}

/// How much of it is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Told {
    /// Nothing.
    #[default]
    Nothing,
    /// What people, machines and networks do.
    Events,
    /// Every frame as well.
    Frames,
}

impl Story {
    /// A story that is told.
    pub fn told(told: Told) -> Self {
        Self { lines: VecDeque::new(), told }
    }

    /// Adds a line; the words are made only where somebody listens.
    pub fn tell(&mut self, now_ms: u64, words: impl FnOnce() -> String) {
        if self.told == Told::Nothing {
            return;
        }
        if self.lines.len() == STORY_LINES_MAX {
            self.lines.pop_front();
        }
        self.lines.push_back(format!("{:>9}.{:03} s  {}", now_ms / 1000, now_ms % 1000, words()));
    }

    /// Adds a line about a frame.
    pub fn tell_frame(&mut self, now_ms: u64, words: impl FnOnce() -> String) {
        if self.told == Told::Frames {
            self.tell(now_ms, words);
        }
    }

    /// The lines.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }
}
