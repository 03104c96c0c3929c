//! The network: connections are dialled, carry frames with delay, stall, break, are replaced.

use chancery_exchange::limits::{CONTROL_FRAME_BYTES_MAX, LEDGER_FRAME_BYTES_MAX};
use chancery_exchange::wire::Stream;
use chancery_exchange::{ConnectionId, Incoming, Input, VerifyContext};
use chancery_record::Country;

use super::World;
use crate::agenda::{Event, Pair};
use crate::chance::code;
use crate::limits::BYTES_UNDER_WAY_MAX;
use crate::link::{End, EndState, Frame, STREAMS, UNDER_WAY_MAX, Way, id_of};
use crate::nations::transport_key;

/// How long a node waits before it dials again.
const BACKOFF_MS: [u64; 2] = [500, 4_000];

impl World {
    /// Plans a try to connect, unless one is planned or a connection stands.
    pub(crate) fn plan_dial(&mut self, pair: Pair) {
        let Some(link) = self.links.get_mut(&pair).filter(|link| !link.dialling && !link.stands()) else { return };
        link.dialling = true;
        let wait = self.fate.of("backoff", &[pair.code(), link.tried]).within(BACKOFF_MS);
        self.agenda.plan(self.now_ms + wait, Event::Dial(pair));
    }

    pub(crate) fn plan_dials_of(&mut self, of: Country) {
        let pairs: Vec<Pair> = self.links.keys().filter(|pair| pair.has(of)).copied().collect();
        pairs.into_iter().for_each(|pair| self.plan_dial(pair));
    }

    pub(crate) fn dial(&mut self, pair: Pair) {
        let both_up = [pair.0, pair.1].iter().all(|end| self.nodes.get(end).is_some_and(|node| node.is_up()));
        let now_ms = self.now_ms;
        let Some(link) = self.links.get_mut(&pair) else { return };
        link.dialling = false;
        link.tried += 1;
        if link.stands() {
            return;
        }
        if !both_up || link.is_cut(now_ms) {
            self.sometimes.saw("a dial that failed");
            self.plan_dial(pair);
            return;
        }
        self.connect(pair);
    }

    /// Makes a connection; each end learns of it in its own time.
    pub(crate) fn connect(&mut self, pair: Pair) {
        let Some(link) = self.links.get_mut(&pair) else { return };
        let number = link.make();
        for end in [pair.0, pair.1] {
            let mut chance = self.fate.of("handshake", &[pair.code(), number, code(end)]);
            let taken = chance.within(self.scenario.network.latency_ms);
            self.agenda.plan(self.now_ms + taken, Event::Connected(pair, number, end));
        }
    }

    pub(crate) fn connected(&mut self, pair: Pair, number: u64, of: Country) {
        let is_up = self.nodes.get(&of).is_some_and(|node| node.is_up());
        let Some(link) = self.links.get_mut(&pair) else { return };
        let Some(end) = link.end(number, of).filter(|end| end.state == EndState::Opening) else { return };
        if !is_up {
            end.state = EndState::Closed;
            self.agenda.plan(self.now_ms + 1000, Event::Lost(pair, number, pair.other(of)));
            return;
        }
        end.state = EndState::Open;
        let older: Vec<u64> = link.connections.range(..number).map(|(older, _)| *older).collect();
        for older in older {
            if let Some(end) = link.end(older, of).filter(|end| end.state != EndState::Closed) {
                // The driver replaces it without a word to the exchange.
                end.state = EndState::Closed;
                self.sometimes.saw("a connection replaced by a later one");
                self.agenda.plan(self.now_ms + 500, Event::Lost(pair, older, pair.other(of)));
            }
        }
        self.mark(&[&of.letters(), &pair.other(of).letters(), b"connected"]);
        self.story.tell(self.now_ms, || format!("{of} is connected to {} ({number})", pair.other(of)));
        let peer = pair.other(of);
        self.handle(of, Input::Connected { peer, connection: id_of(number), transport_key: transport_key(peer) });
        for stream in STREAMS {
            self.plan_permit(pair, number, of, stream, 1);
        }
    }

    fn plan_permit(&mut self, pair: Pair, number: u64, of: Country, stream: Stream, wait_ms: u64) {
        let Some(end) = self.links.get_mut(&pair).and_then(|link| link.end(number, of)) else { return };
        let way = end.lanes.entry(stream).or_default();
        if !way.permitted && !way.permit_planned && way.under_way.len() < UNDER_WAY_MAX {
            way.permit_planned = true;
            self.agenda.plan(self.now_ms + wait_ms, Event::Permit(pair, number, of, stream));
        }
    }

    pub(crate) fn permit(&mut self, pair: Pair, number: u64, of: Country, stream: Stream) {
        let Some(link) = self.links.get_mut(&pair).filter(|link| !link.is_broken(number)) else { return };
        let Some(end) = link.end(number, of) else { return };
        let way = end.lanes.entry(stream).or_default();
        way.permit_planned = false;
        if end.state == EndState::Open {
            way.permitted = true;
            self.handle(of, Input::Permit { peer: pair.other(of), connection: id_of(number), stream });
        }
    }

    /// A node hands a frame to its driver.
    pub(crate) fn send(&mut self, of: Country, peer: Country, connection: ConnectionId, frame: Frame) {
        let (pair, number) = (Pair::of(of, peer), connection.0);
        let bent = |node| crate::house::misspoken(node, self.fate, self.now_ms, frame.clone());
        let frame = self.nodes.get(&of).filter(|node| node.bug.is_some()).map_or(frame.clone(), bent);
        self.mark(&[&of.letters(), &peer.letters(), &[frame.kind], &frame.body]);
        let Some(link) = self.links.get_mut(&pair) else { return };
        let is_broken = link.is_broken(number);
        let Some(end) = link.end(number, of).filter(|end| end.state == EndState::Open) else { return };
        let way = end.lanes.entry(frame.stream).or_default();
        let limit = if frame.stream == Stream::Ledger { LEDGER_FRAME_BYTES_MAX } else { CONTROL_FRAME_BYTES_MAX };
        if !std::mem::take(&mut way.permitted) {
            return self.find(format!("{of} sent on {:?} without a permit", frame.stream));
        }
        if frame.body.len() > limit {
            return self.find(format!("{of} sent a frame of {} bytes", frame.body.len()));
        }
        let checked = self.nodes.get(&of).filter(|node| !node.lies).map(|node| {
            let now = node.moment(self.now_ms);
            self.oracle.sending(node, peer, connection, &frame, now)
        });
        self.take(checked);
        if is_broken {
            return;
        }
        for frame in self.spoken(of, peer, frame) {
            self.put_on_the_wire(pair, number, of, frame);
        }
    }

    /// A frame is under way from here on.
    pub(crate) fn put_on_the_wire(&mut self, pair: Pair, number: u64, of: Country, frame: Frame) {
        let network = &self.scenario.network;
        let (stream, bytes) = (frame.stream, frame.body.len() as u64);
        let to = pair.other(of);
        self.story.tell_frame(self.now_ms, || format!("{of} to {to}: {} of {bytes} bytes", kind_word(frame.kind)));
        if self.rests {
            *self.chatter.entry((of, to)).or_default() += 1;
        }
        let Some(link) = self.links.get_mut(&pair) else { return };
        let Some(End { lanes, .. }) = link.end(number, of) else { return };
        let way: &mut Way = lanes.entry(stream).or_default();
        way.sent += 1;
        let mut chance = self.fate.of("frame", &[pair.code(), number, code(of), stream as u64, way.sent]);
        let written = bytes / network.bytes_per_ms.max(1);
        let mut taken = written + chance.within(network.latency_ms);
        if !self.healed && chance.once_in(network.late_one_in) {
            self.sometimes.saw("a frame sent again by the transport");
            taken += chance.within([200, 4_000]);
        }
        let breaks = !self.healed && chance.once_in(network.break_one_in);
        let at_ms = (self.now_ms + taken).max(way.last_ms);
        way.last_ms = at_ms;
        way.under_way.push_back(frame);
        self.agenda.plan(at_ms, Event::Arrive(pair, number, of, stream));
        self.plan_permit(pair, number, of, stream, written);
        if breaks {
            self.sometimes.saw("a connection that broke");
            self.break_off(pair, number);
        }
    }

    pub(crate) fn arrive(&mut self, pair: Pair, number: u64, from: Country, stream: Stream) {
        let to = pair.other(from);
        let Some(link) = self.links.get_mut(&pair) else { return };
        if link.is_blocked(from, self.now_ms) {
            let until = link.blocked_until_ms.get(&from).copied().unwrap_or_default();
            self.agenda.plan(until + 20, Event::Arrive(pair, number, from, stream));
            return;
        }
        match link.end(number, to).map(|end| end.state) {
            Some(EndState::Opening) => {
                self.agenda.plan(self.now_ms + 20, Event::Arrive(pair, number, from, stream));
                return;
            }
            Some(EndState::Open) => {}
            Some(EndState::Closed) | None => return,
        }
        let way = link.end(number, from).and_then(|end| end.lanes.get_mut(&stream));
        let Some(frame) = way.and_then(|way| way.under_way.pop_front()) else { return };
        self.deliver(from, to, number, &frame);
        self.plan_permit(pair, number, from, stream, 1);
    }

    /// A frame arrives and is verified as a node verifies it.
    pub(crate) fn deliver(&mut self, from: Country, to: Country, number: u64, frame: &Frame) {
        let Some(node) = self.nodes.get(&to).filter(|node| node.is_up()) else { return };
        let now = node.moment(self.now_ms).wall;
        let context = VerifyContext { roster: &node.roster, own: to, peer: from, now };
        let message = Incoming::verify(frame.stream, frame.kind, &frame.body, &context);
        self.oracle.arrived(from, to, &message);
        self.sometimes.saw(kind_word(frame.kind));
        self.listen(to, from, frame);
        let connection = id_of(number);
        let message = crate::house::misread(&self.oracle, from, self.nodes.get(&to), message);
        self.handle(to, Input::Received { peer: from, connection, message });
    }

    pub(crate) fn lost(&mut self, pair: Pair, number: u64, of: Country) {
        let Some(link) = self.links.get_mut(&pair) else { return };
        if let Some(end) = link.end(number, of).filter(|end| end.state != EndState::Closed) {
            let was_open = end.state == EndState::Open;
            end.state = EndState::Closed;
            link.sweep();
            if was_open {
                self.mark(&[&of.letters(), &pair.other(of).letters(), b"lost"]);
                self.handle(of, Input::Disconnected { peer: pair.other(of), connection: id_of(number) });
            }
        }
        self.plan_dial(pair);
    }

    /// A connection is gone without a word; both ends find out by themselves.
    pub(crate) fn break_off(&mut self, pair: Pair, number: u64) {
        let give_up = self.scenario.network.give_up_ms;
        let Some(connection) = self.links.get_mut(&pair).and_then(|link| link.connections.get_mut(&number)) else {
            return;
        };
        connection.is_broken = true;
        for (of, end) in &mut connection.ends {
            end.lanes.values_mut().for_each(|way| way.under_way.clear());
            let wait = self.fate.of("give up", &[pair.code(), number, code(*of)]).within(give_up);
            self.agenda.plan(self.now_ms + wait, Event::Lost(pair, number, *of));
        }
    }

    /// An end closes its connection; what it had sent may still arrive, or not.
    pub(crate) fn hang_up(&mut self, of: Country, peer: Country, connection: ConnectionId) {
        let (pair, number) = (Pair::of(of, peer), connection.0);
        let mut chance = self.fate.of("hang up", &[pair.code(), number, code(of)]);
        let latency = self.scenario.network.latency_ms;
        let Some(link) = self.links.get_mut(&pair) else { return };
        let Some(end) = link.end(number, of) else { return };
        end.state = EndState::Closed;
        let mut known_ms = self.now_ms + chance.within(latency);
        if chance.once_in(2) {
            end.lanes.values_mut().for_each(|way| way.under_way.clear());
        } else {
            let last = end.lanes.values().map(|way| way.last_ms).max().unwrap_or_default();
            known_ms = known_ms.max(last + 1);
        }
        self.agenda.plan(known_ms, Event::Lost(pair, number, peer));
    }

    /// The connections of a killed process end; its peers find out now or later.
    pub(crate) fn cut_off(&mut self, of: Country) {
        let network = self.scenario.network.clone();
        for (pair, link) in self.links.iter_mut().filter(|(pair, _)| pair.has(of)) {
            for (number, connection) in &mut link.connections {
                let Some(end) = connection.ends.get_mut(&of).filter(|end| end.state != EndState::Closed) else {
                    continue;
                };
                end.state = EndState::Closed;
                let mut chance = self.fate.of("cut off", &[pair.code(), *number, self.now_ms]);
                let range = if chance.once_in(3) { network.give_up_ms } else { network.latency_ms };
                self.agenda.plan(self.now_ms + chance.within(range), Event::Lost(*pair, *number, pair.other(of)));
            }
        }
    }

    /// What is bounded stays within its bounds.
    pub(crate) fn check_bounds(&mut self, of: Country) {
        let Some(exchange) = self.nodes.get(&of).and_then(|node| node.exchange.as_ref()) else { return };
        let over = |state: &chancery_exchange::SessionState| {
            state.in_flight > chancery_exchange::limits::CREDIT_ITEMS as usize
                || state.obligations_in_flight
                    > chancery_exchange::limits::OBLIGATIONS_IN_FLIGHT_MAX
                        + chancery_exchange::limits::OBLIGATIONS_PER_FRAME_MAX as u64
        };
        let beyond = exchange.session_states().into_iter().find(over);
        let heavy =
            self.links.values().find(|link| link.pair.has(of) && link.bytes_under_way(of) > BYTES_UNDER_WAY_MAX);
        if let Some(state) = beyond {
            self.find(format!("{of} has more in flight to {} than it may", state.peer));
        } else if heavy.is_some() {
            self.find(format!("{of} has more bytes under way than it may"));
        }
    }
}

/// What arrived, by its type byte.
fn kind_word(kind: u8) -> &'static str {
    match kind {
        1 => "frame: hello",
        2 => "frame: receipt",
        3 => "frame: receipt of what is owed",
        4 => "frame: open epoch",
        5 => "frame: batch",
        6 => "frame: obligations",
        7 => "frame: compare",
        8 => "frame: compared",
        9 => "frame: ask for what was given",
        10 => "frame: given back",
        11 => "frame: key news",
        12 => "frame: onward offer",
        13 => "frame: onward want",
        _ => "frame: another",
    }
}
