//! The carriers under a connection: QUIC, or TCP with TLS 1.3 and yamux.

mod closing;

use std::time::Duration;

use libp2p::core::muxing::StreamMuxerBox;
use libp2p::core::transport::timeout::TransportTimeout;
use libp2p::core::transport::{Boxed, OrTransport};
use libp2p::core::upgrade::Version;
use libp2p::identity::Keypair;
use libp2p::swarm::{Config, Swarm};
use libp2p::{PeerId, Transport, quic, tcp, tls, yamux};

use self::closing::ClosingInTime;
use super::behaviour::Behaviour;
use super::config::Timing;
use super::limits;

/// Why the transports could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("the TLS certificate of this node's transport key could not be made: {0}")]
pub struct TransportError(#[from] tls::certificate::GenError);

/// A swarm that can dial and listen; nothing does so yet.
pub(super) fn swarm(keypair: &Keypair, timing: &Timing) -> Result<Swarm<Behaviour>, TransportError> {
    let config = Config::with_tokio_executor()
        // Streams in use keep a connection; one that lost its streams ends by itself.
        .with_idle_connection_timeout(timing.opening_timeout)
        .with_max_negotiating_inbound_streams(limits::NEGOTIATING_STREAMS_MAX);
    Ok(Swarm::new(
        transport(keypair, timing.handshake_timeout)?,
        Behaviour::new(timing.opening_timeout),
        keypair.public().to_peer_id(),
        config,
    ))
}

/// No Noise: its key exchange is not post-quantum, TLS and QUIC here prefer X25519MLKEM768.
fn transport(
    keypair: &Keypair,
    handshake_timeout: Duration,
) -> Result<Boxed<(PeerId, StreamMuxerBox)>, TransportError> {
    let mut yamux = yamux::Config::default();
    yamux.set_max_num_streams(limits::YAMUX_STREAMS_MAX);
    let tcp = tcp::tokio::Transport::new(tcp::Config::new())
        .upgrade(Version::V1Lazy)
        .authenticate(tls::Config::new(keypair)?)
        .multiplex(yamux)
        .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)));

    let mut config = quic::Config::new(keypair);
    config.handshake_timeout = handshake_timeout;
    config.max_idle_timeout = u32::try_from(limits::QUIC_IDLE_TIME_MAX.as_millis()).unwrap_or(u32::MAX);
    config.keep_alive_interval = limits::QUIC_IDLE_TIME_MAX / 3;
    config.max_concurrent_stream_limit = limits::QUIC_STREAMS_MAX;
    config.max_stream_data = limits::QUIC_STREAM_DATA_MAX;
    config.max_connection_data = limits::QUIC_CONNECTION_DATA_MAX;
    let quic = quic::tokio::Transport::new(config).map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)));

    let either = OrTransport::new(quic, tcp)
        .map(|either, _| either.into_inner())
        .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(ClosingInTime::new(muxer, limits::CLOSING_TIME_MAX))));
    Ok(TransportTimeout::new(either, handshake_timeout).boxed())
}
