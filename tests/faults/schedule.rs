//! Which fault begins and ends when, drawn from a seed.

use std::fmt;
use std::ops::Range;

use super::chance::Chance;

/// Something that fails, and to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing passes between two.
    Cut(String, String),
    /// Nothing passes from the first to the second.
    OneWay(String, String),
    /// So many of a hundred packets between two are lost.
    Loss(String, String, u64),
    /// No UDP reaches a node, as behind many a firewall; TCP does.
    NoUdp(String),
    /// A node's only link is down.
    Down(String),
    /// A node sends no faster than 1 Mbit/s.
    Narrow(String),
    /// The rough link of this number is rough.
    Rough(usize),
    /// The node is killed, and started again at the end.
    Killed(String),
    /// The node is stopped in order, and started again at the end.
    Stopped(String),
    /// The node gets no time of a processor.
    Frozen(String),
    /// The disk of the node has no room.
    Full(String),
}

/// The kinds of [`Fault`] that a schedule draws from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Cut,
    OneWay,
    Loss,
    NoUdp,
    Down,
    Narrow,
    Rough,
    Killed,
    Stopped,
    Frozen,
    Full,
}

impl Kind {
    pub const ALL: [Self; 11] = [
        Self::Cut,
        Self::OneWay,
        Self::Loss,
        Self::NoUdp,
        Self::Down,
        Self::Narrow,
        Self::Rough,
        Self::Killed,
        Self::Stopped,
        Self::Frozen,
        Self::Full,
    ];
}

/// What can fail.
pub struct Setting {
    pub kinds: Vec<Kind>,
    pub pairs: Vec<(String, String)>,
    pub countries: Vec<String>,
    /// Those whose process may end.
    pub mortal: Vec<String>,
    /// Those with a disk that can be filled.
    pub small_disks: Vec<String>,
    pub rough_links: usize,
    /// How long a fault lasts.
    pub lasts_ms: Range<u64>,
    /// How long after one fault the next begins.
    pub pause_ms: Range<u64>,
}

/// A fault with its beginning and end, in milliseconds from the start.
#[derive(Clone, Debug)]
pub struct Event {
    pub begins_ms: u64,
    pub ends_ms: u64,
    pub fault: Fault,
}

/// The faults of a run by their beginning; every kind occurs before any occurs again.
pub struct Schedule {
    pub events: Vec<Event>,
}

impl Schedule {
    pub fn draw(chance: &mut Chance, setting: &Setting, length_ms: u64) -> Self {
        let mut events: Vec<Event> = Vec::new();
        let mut kinds = Vec::new();
        let mut begins_ms = 0;
        while begins_ms < length_ms {
            if kinds.is_empty() {
                kinds.clone_from(&setting.kinds);
                chance.shuffle(&mut kinds);
            }
            let ends_ms = (begins_ms + chance.within(setting.lasts_ms.clone())).min(length_ms);
            let busy: Vec<&str> = events
                .iter()
                .filter(|event| event.ends_ms >= begins_ms)
                .filter_map(|event| event.fault.process())
                .collect();
            if let Some(fault) = kinds.pop().and_then(|kind| setting.draw(chance, kind, &busy)) {
                events.push(Event { begins_ms, ends_ms, fault });
            }
            begins_ms += chance.within(setting.pause_ms.clone());
        }
        Self { events }
    }
}

impl Setting {
    /// A fault of that kind that befalls nobody whose process is already in trouble.
    fn draw(&self, chance: &mut Chance, kind: Kind, busy: &[&str]) -> Option<Fault> {
        let idle = |from: &[String]| {
            from.iter().filter(|country| !busy.contains(&country.as_str())).cloned().collect::<Vec<_>>()
        };
        let any = |chance: &mut Chance, from: &[String]| chance.pick(from).cloned();
        let (one, other) = chance.pick(&self.pairs)?.clone();
        let (one, other) = if chance.percent(50) { (one, other) } else { (other, one) };
        Some(match kind {
            Kind::Cut => Fault::Cut(one, other),
            Kind::OneWay => Fault::OneWay(one, other),
            Kind::Loss => Fault::Loss(one, other, chance.within(5..40)),
            Kind::NoUdp => Fault::NoUdp(any(chance, &self.countries)?),
            Kind::Down => Fault::Down(any(chance, &self.countries)?),
            Kind::Narrow => Fault::Narrow(any(chance, &self.countries)?),
            Kind::Rough => Fault::Rough(usize::try_from(chance.within(0..self.rough_links as u64)).ok()?),
            Kind::Killed => Fault::Killed(any(chance, &idle(&self.mortal))?),
            Kind::Stopped => Fault::Stopped(any(chance, &idle(&self.mortal))?),
            Kind::Frozen => Fault::Frozen(any(chance, &idle(&self.countries))?),
            Kind::Full => Fault::Full(any(chance, &idle(&self.small_disks))?),
        })
    }
}

impl Fault {
    /// Whose process it befalls, where it befalls one.
    fn process(&self) -> Option<&str> {
        match self {
            Self::Killed(country) | Self::Stopped(country) | Self::Frozen(country) | Self::Full(country) => {
                Some(country)
            }
            _ => None,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut(one, other) => write!(out, "{one} and {other} are cut off from each other"),
            Self::OneWay(from, to) => write!(out, "nothing of {from} reaches {to}"),
            Self::Loss(one, other, percent) => write!(out, "{percent} % between {one} and {other} is lost"),
            Self::NoUdp(country) => write!(out, "no UDP reaches {country}"),
            Self::Down(country) => write!(out, "the link of {country} is down"),
            Self::Narrow(country) => write!(out, "{country} sends at 1 Mbit/s"),
            Self::Rough(number) => write!(out, "link {number} is rough"),
            Self::Killed(country) => write!(out, "{country} is killed"),
            Self::Stopped(country) => write!(out, "{country} is stopped"),
            Self::Frozen(country) => write!(out, "{country} is frozen"),
            Self::Full(country) => write!(out, "the disk of {country} is full"),
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = |ms: u64| ms as f64 / 1000.0;
        for event in &self.events {
            writeln!(out, "  {:7.1} to {:7.1} s  {}", seconds(event.begins_ms), seconds(event.ends_ms), event.fault)?;
        }
        Ok(())
    }
}
