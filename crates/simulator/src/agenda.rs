//! What happens when: events by virtual time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use chancery_exchange::wire::Stream;
use chancery_record::Country;

use crate::chance::code;

/// Something that will happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Time passes at a node.
    Tick(Country),
    /// A node's disk is done with a group of writes; the life is that of the process which asked.
    Committed(Country, u64),
    /// A frame comes to the end of its way.
    Arrive(Pair, u64, Country, Stream),
    /// The driver of an end can take a frame.
    Permit(Pair, u64, Country, Stream),
    /// A connection stands for one end.
    Connected(Pair, u64, Country),
    /// An end notices that its connection is gone.
    Lost(Pair, u64, Country),
    /// Two countries without a connection try to make one.
    Dial(Pair),
    /// Something of the script.
    Act(usize),
    /// A process starts again.
    Start(Country),
    /// An operator sets a clock right and says so.
    SetClock(Country),
    /// What is withheld from a node's exchange by a fault of the house comes to it.
    Belated(Country),
}

/// Two countries, the lower first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair(pub Country, pub Country);

impl Pair {
    /// The pair of two countries.
    pub fn of(one: Country, other: Country) -> Self {
        Self(one.min(other), one.max(other))
    }

    /// The other one.
    pub fn other(self, end: Country) -> Country {
        if self.0 == end { self.1 } else { self.0 }
    }

    /// Whether a country is one of the two.
    pub fn has(self, country: Country) -> bool {
        self.0 == country || self.1 == country
    }

    /// The pair as a part of a name.
    pub fn code(self) -> u64 {
        code(self.0) << 16 | code(self.1)
    }
}

/// Events in the order of their time. What happens in one millisecond is ordered by name, then as it was planned.
#[derive(Debug, Default)]
pub struct Agenda {
    events: BinaryHeap<Reverse<Planned>>,
    planned: u64,
}

#[derive(Debug, PartialEq, Eq)]
struct Planned {
    at_ms: u64,
    name: u64,
    place: u64,
    event: Event,
}

impl Agenda {
    /// Plans an event.
    pub fn plan(&mut self, at_ms: u64, event: Event) {
        self.planned += 1;
        self.events.push(Reverse(Planned { at_ms, name: name_of(&event), place: self.planned, event }));
    }

    /// When the next event is due.
    pub fn due_ms(&self) -> Option<u64> {
        self.events.peek().map(|next| next.0.at_ms)
    }

    /// The next event.
    pub fn take_next(&mut self) -> Option<(u64, Event)> {
        self.events.pop().map(|next| (next.0.at_ms, next.0.event))
    }

    /// Whether nothing but the passing of time is planned.
    pub fn is_quiet(&self) -> bool {
        self.events.iter().all(|planned| matches!(planned.0.event, Event::Tick(_)))
    }
}

impl Ord for Planned {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at_ms, self.name, self.place).cmp(&(other.at_ms, other.name, other.place))
    }
}

impl PartialOrd for Planned {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// Orders events of one moment by what they are, so that an event more elsewhere changes no order.
fn name_of(event: &Event) -> u64 {
    let stream = |stream: &Stream| *stream as u64;
    match event {
        Event::Act(number) => *number as u64,
        Event::Start(country) => 1 << 40 | code(*country),
        Event::SetClock(country) => 2 << 40 | code(*country),
        Event::Belated(country) => 3 << 40 | code(*country),
        Event::Tick(country) => 4 << 40 | code(*country),
        Event::Dial(pair) => 5 << 40 | pair.code(),
        Event::Lost(pair, _, end) => 6 << 40 | pair.code() << 1 | u64::from(pair.0 == *end),
        Event::Connected(pair, _, end) => 7 << 40 | pair.code() << 1 | u64::from(pair.0 == *end),
        Event::Committed(country, _) => 8 << 40 | code(*country),
        Event::Permit(pair, _, end, on) => 9 << 40 | pair.code() << 3 | stream(on) << 1 | u64::from(pair.0 == *end),
        Event::Arrive(pair, _, from, on) => 10 << 40 | pair.code() << 3 | stream(on) << 1 | u64::from(pair.0 == *from),
    }
}
