//! Bounds of everything a peer, or a fault, could make the network driver hold or do.

use std::time::Duration;

use super::rate::RateLimit;

/// Body of a frame on the control and obligations streams: a hello, a receipt, a treaty document in parts.
pub const SMALL_BODY_BYTES_MAX: u32 = 64 * 1024;

/// Body of a frame on the ledger stream: a batch of 16 to 64 records of a few KiB each.
pub const LEDGER_BODY_BYTES_MAX: u32 = 1024 * 1024;

/// Memory taken in one step for a frame still being read: a peer that announces much
/// has to send it before it is given room for it.
pub const BODY_STEP_BYTES: usize = 64 * 1024;

/// Frames handed over and not yet let go by the consumer, per peer, for each small stream.
pub const SMALL_FRAMES_WAITING_MAX: usize = 16;

/// The same for the ledger stream; four are enough to keep the verifying pool busy.
pub const LEDGER_FRAMES_WAITING_MAX: usize = 4;

/// Time for one frame, header to last byte. A full ledger frame needs two minutes at 64 kbit/s.
pub const FRAME_READ_TIME_MAX: Duration = Duration::from_secs(300);

/// Events that wait for the consumer. Frames are bounded per peer on top of this.
pub const EVENTS_WAITING_MAX: usize = 1024;

/// Commands that wait for the driver.
pub const COMMANDS_WAITING_MAX: usize = 256;

/// Words from the connections' tasks that wait for the driver.
pub const NOTES_WAITING_MAX: usize = 256;

/// Events of the driver itself kept back while the consumer's queue is full; beyond it no
/// new connection is looked at, commands still are.
pub const OUTBOX_MAX: usize = 256;

/// Peers on the allow-list: every country of the world twice, for the overlap of two node certificates.
pub const PEERS_MAX: usize = 512;

/// Addresses of each carrier kept per peer; tried one after the other.
pub const ADDRESSES_PER_CARRIER_MAX: usize = 4;

/// Connections of one peer looked at together: one in use, two of a simultaneous dial, one to spare.
pub const CONNECTIONS_PER_PEER_MAX: usize = 4;

/// Handshakes of strangers and peers under way at a time; each costs a signature and some KiB.
pub const PENDING_INCOMING_MAX: u32 = 32;

/// Incoming connections kept: two for each admitted peer.
pub const ESTABLISHED_INCOMING_MAX: u32 = 2 * PEERS_MAX as u32;

/// Dials under way at a time: a thousand handshakes at once run into their own timeouts.
pub const DIALS_AT_ONCE_MAX: usize = 16;

/// Streams of a connection, both directions together: six are used.
pub const YAMUX_STREAMS_MAX: usize = 16;

/// Streams a peer may open over QUIC: three are used.
pub const QUIC_STREAMS_MAX: u32 = 16;

/// Incoming streams of a connection that are still agreeing on the protocol.
pub const NEGOTIATING_STREAMS_MAX: usize = 6;

/// Unread bytes of one QUIC stream and of one QUIC connection.
pub const QUIC_STREAM_DATA_MAX: u32 = 2 * 1024 * 1024;
/// See [`QUIC_STREAM_DATA_MAX`].
pub const QUIC_CONNECTION_DATA_MAX: u32 = 4 * 1024 * 1024;

/// A QUIC connection without any packet for this long is dead; keep-alives go out at a third of it.
pub const QUIC_IDLE_TIME_MAX: Duration = Duration::from_secs(30);

/// How long TCP goes before QUIC after QUIC did not get through: a connection lost and dialled
/// again in this time does not wait for QUIC to time out, and a firewall opened later is noticed.
pub const TCP_FIRST_TIME: Duration = Duration::from_secs(600);

/// From the first packet to an authenticated, multiplexed connection; measured: a busy
/// machine needs more than five seconds when many dial at once.
pub const HANDSHAKE_TIME_MAX: Duration = Duration::from_secs(15);

/// An orderly close that a frozen peer does not take is cut off after this.
pub const CLOSING_TIME_MAX: Duration = Duration::from_secs(5);

/// What one peer may send, per stream. Beyond it the driver reads more slowly; it does not hang up,
/// for a partner catching up after an outage is no enemy.
pub const CONTROL_FRAME_RATE: RateLimit = RateLimit { per_second: 200, burst: 400 };
/// See [`CONTROL_FRAME_RATE`].
pub const CONTROL_BYTE_RATE: RateLimit = RateLimit { per_second: 4 << 20, burst: 8 << 20 };
/// See [`CONTROL_FRAME_RATE`]: 64 records a frame make this 25,600 records a second.
pub const LEDGER_FRAME_RATE: RateLimit = RateLimit { per_second: 400, burst: 800 };
/// See [`CONTROL_FRAME_RATE`]: more than two cores verify.
pub const LEDGER_BYTE_RATE: RateLimit = RateLimit { per_second: 64 << 20, burst: 128 << 20 };
/// See [`CONTROL_FRAME_RATE`].
pub const OBLIGATIONS_FRAME_RATE: RateLimit = RateLimit { per_second: 400, burst: 800 };
/// See [`CONTROL_FRAME_RATE`].
pub const OBLIGATIONS_BYTE_RATE: RateLimit = RateLimit { per_second: 8 << 20, burst: 16 << 20 };

const _: () = {
    assert!(SMALL_BODY_BYTES_MAX <= LEDGER_BODY_BYTES_MAX);
    assert!(BODY_STEP_BYTES <= SMALL_BODY_BYTES_MAX as usize);
    // The largest frame must pass its own rate limit at once.
    assert!(CONTROL_BYTE_RATE.burst > SMALL_BODY_BYTES_MAX as u64);
    assert!(OBLIGATIONS_BYTE_RATE.burst > SMALL_BODY_BYTES_MAX as u64);
    assert!(LEDGER_BYTE_RATE.burst > LEDGER_BODY_BYTES_MAX as u64);
    assert!(YAMUX_STREAMS_MAX >= 6 && QUIC_STREAMS_MAX >= 3 && NEGOTIATING_STREAMS_MAX >= 3);
    assert!(QUIC_STREAM_DATA_MAX <= QUIC_CONNECTION_DATA_MAX);
};
