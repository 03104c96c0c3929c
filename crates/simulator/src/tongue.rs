//! The tongue of a country that lies: its honest frames pass through it on their way out.

mod forged;

use chancery_record::Country;

use crate::chance::code;
use crate::liar::Lie;
use crate::link::Frame;
use crate::world::World;

/// Frames that a liar remembers to say again.
const REMEMBERED_MAX: usize = 200;

/// How a country lies, with what it remembers.
#[derive(Debug)]
pub struct Tongue {
    /// What it does.
    pub lie: Lie,
    /// What came to it: when, from whom, what.
    pub heard: Vec<(u64, Country, Frame)>,
    /// What its node said.
    said: Vec<Frame>,
    /// How often it opened its mouth.
    times: u64,
}

impl Tongue {
    /// A tongue that has heard nothing yet.
    pub fn new(lie: Lie) -> Self {
        Self { lie, heard: Vec::new(), said: Vec::new(), times: 0 }
    }
}

impl World {
    /// What is really said where a node would say a frame.
    pub(crate) fn spoken(&mut self, of: Country, to: Country, frame: Frame) -> Vec<Frame> {
        let Some(tongue) = self.tongues.get_mut(&of) else { return vec![frame] };
        tongue.times += 1;
        if tongue.said.len() < REMEMBERED_MAX {
            tongue.said.push(frame.clone());
        }
        let mut chance = self.fate.of("lie", &[code(of), code(to), tongue.times]);
        if self.healed && tongue.lie != Lie::Replays || !chance.once_in(2) {
            return vec![frame];
        }
        let lie = tongue.lie;
        let bent = match lie {
            Lie::Listens => vec![frame.clone()],
            Lie::Replays => {
                let of_stream = |old: &&Frame| old.stream == frame.stream && **old != frame;
                let heard = tongue.heard.iter().map(|(_, _, heard)| heard);
                let old: Vec<&Frame> = tongue.said.iter().chain(heard).filter(of_stream).collect();
                let again = chance.one_of(&old).cloned();
                std::iter::once(frame.clone()).chain(again).collect()
            }
            Lie::OffersUnreleasable if frame.stream == chancery_exchange::wire::Stream::Control => {
                let offer = self.offered(of, to, &mut chance);
                std::iter::once(frame.clone()).chain(offer).collect()
            }
            _ => vec![self.forged(lie, of, to, frame.clone(), &mut chance)],
        };
        if bent != [frame] {
            self.sometimes.saw("a lie told");
            self.story.tell(self.now_ms, || format!("{of} lies to {to}: {lie:?}"));
        }
        bent
    }

    /// A liar hears what comes to its node.
    pub(crate) fn listen(&mut self, to: Country, from: Country, frame: &Frame) {
        let now_ms = self.now_ms;
        if let Some(tongue) = self.tongues.get_mut(&to) {
            tongue.heard.push((now_ms, from, frame.clone()));
        }
    }
}
