//! A connection: two ends, and between them frames in order on each stream.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chancery_exchange::ConnectionId;
use chancery_exchange::limits::{CONTROL_FRAME_BYTES_MAX, LEDGER_FRAME_BYTES_MAX};
use chancery_exchange::wire::Stream;
use chancery_record::Country;

/// Frames of one stream that are under way; the transport takes no more before the first has arrived.
const BUFFER: usize = 3;

pub const STREAMS: [Stream; 3] = [Stream::Control, Stream::Ledger, Stream::Obligations];

/// A frame as it is on the wire.
#[derive(Clone, Debug)]
pub struct Frame {
    pub stream: Stream,
    pub kind: u8,
    pub body: Vec<u8>,
}

/// One connection, with what each end calls it.
#[derive(Debug)]
pub struct Link {
    pub ids: BTreeMap<Country, ConnectionId>,
    /// How many frames of one stream the transport takes before the first has arrived.
    pub buffer: usize,
    under_way: BTreeMap<(Country, Stream), VecDeque<Frame>>,
    permits: BTreeSet<(Country, Stream)>,
}

impl Link {
    pub fn new(ids: [(Country, ConnectionId); 2]) -> Self {
        Self { ids: ids.into_iter().collect(), buffer: BUFFER, under_way: BTreeMap::new(), permits: BTreeSet::new() }
    }

    pub fn other(&self, end: Country) -> Country {
        *self.ids.keys().find(|country| **country != end).unwrap()
    }

    /// Takes a frame of an end, which must have had a permit for it.
    pub fn take(&mut self, from: Country, frame: Frame) {
        assert!(self.permits.remove(&(from, frame.stream)), "{from} sent on {:?} without a permit", frame.stream);
        let limit = if frame.stream == Stream::Ledger { LEDGER_FRAME_BYTES_MAX } else { CONTROL_FRAME_BYTES_MAX };
        assert!(frame.body.len() <= limit, "{from} sent a frame of {} bytes", frame.body.len());
        self.under_way.entry((from, frame.stream)).or_default().push_back(frame);
    }

    pub fn grant(&mut self, to: Country, stream: Stream) {
        self.permits.insert((to, stream));
    }

    /// The permits that the transport could give now.
    pub fn grantable(&self) -> Vec<(Country, Stream)> {
        let ends = self.ids.keys().flat_map(|end| STREAMS.map(|stream| (*end, stream)));
        ends.filter(|place| !self.permits.contains(place) && self.queued(place) < self.buffer).collect()
    }

    /// The streams on which a frame could arrive now, by who sent it.
    pub fn arriving(&self) -> Vec<(Country, Stream)> {
        self.under_way.iter().filter(|(_, frames)| !frames.is_empty()).map(|(place, _)| *place).collect()
    }

    pub fn deliver(&mut self, from: Country, stream: Stream) -> Option<Frame> {
        self.under_way.get_mut(&(from, stream))?.pop_front()
    }

    /// The next frame to arrive on a stream.
    pub fn next(&self, from: Country, stream: Stream) -> Option<&Frame> {
        self.under_way.get(&(from, stream))?.front()
    }

    fn queued(&self, place: &(Country, Stream)) -> usize {
        self.under_way.get(place).map_or(0, VecDeque::len)
    }
}
