//! The tongue of a country that lies: its honest frames pass through it on their way out.

use chancery_record::Country;

use crate::liar::Lie;
use crate::link::Frame;
use crate::world::World;

/// How a country lies, with what it remembers.
#[derive(Debug)]
pub struct Tongue {
    /// What it does.
    pub lie: Lie,
    /// What came to it: when, from whom, what.
    pub heard: Vec<(u64, Country, Frame)>,
}

impl Tongue {
    /// A tongue that has heard nothing yet.
    pub fn new(lie: Lie) -> Self {
        Self { lie, heard: Vec::new() }
    }
}

impl World {
    /// What is really said where a node would say a frame.
    pub(crate) fn spoken(&mut self, of: Country, to: Country, frame: Frame) -> Vec<Frame> {
        let _ = (of, to);
        vec![frame]
    }

    /// A liar hears what comes to its node.
    pub(crate) fn listen(&mut self, to: Country, from: Country, frame: &Frame) {
        let now_ms = self.now_ms;
        if let Some(tongue) = self.tongues.get_mut(&to) {
            tongue.heard.push((now_ms, from, frame.clone()));
        }
    }

    /// A liar speaks of its own accord.
    pub(crate) fn whisper(&mut self, of: Country) {
        let _ = of;
    }
}
