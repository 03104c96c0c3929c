//! Which addresses of a contact card can be dialled, in what order.

use libp2p::{Multiaddr, PeerId, multiaddr::Protocol};

use super::limits::ADDRESSES_PER_CARRIER_MAX;

/// What carries a connection to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Carrier {
    /// QUIC over UDP, tried first.
    Quic,
    /// TCP with TLS 1.3 and yamux, where UDP is blocked.
    Tcp,
}

/// Why an address cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum AddressError {
    /// Names, other transports, or a form that nothing here can dial.
    #[error(
        "the address `{0}` is of no kind this node can use; write `/ip4/192.0.2.1/udp/4001/quic-v1` \
         or `/ip4/192.0.2.1/tcp/4001`, with a numeric IPv4 or IPv6 address"
    )]
    Unsupported(Multiaddr),
    /// The address names another peer than the one it was given for.
    #[error("the address `{address}` ends in the peer id of another node than `{expected}`")]
    OtherPeer {
        /// The address as given.
        address: Multiaddr,
        /// The peer it should lead to.
        expected: PeerId,
    },
}

/// The carrier of an address, if it is exactly of a form that can be listened on or dialled.
pub fn carrier(address: &Multiaddr) -> Result<Carrier, AddressError> {
    let mut parts = address.iter();
    let unsupported = || AddressError::Unsupported(address.clone());
    if !matches!(parts.next(), Some(Protocol::Ip4(_) | Protocol::Ip6(_))) {
        return Err(unsupported());
    }
    let carrier = match (parts.next(), parts.next()) {
        (Some(Protocol::Udp(_)), Some(Protocol::QuicV1)) => Carrier::Quic,
        (Some(Protocol::Tcp(_)), None) => return Ok(Carrier::Tcp),
        (Some(Protocol::Tcp(_)), Some(Protocol::P2p(_))) => Carrier::Tcp,
        _ => return Err(unsupported()),
    };
    match (parts.next(), parts.next()) {
        (None, None) => Ok(carrier),
        (Some(Protocol::P2p(_)), None) if carrier == Carrier::Quic => Ok(carrier),
        _ => Err(unsupported()),
    }
}

/// The usable addresses of `peer`, QUIC before TCP, otherwise in the order of its card.
pub(super) fn in_dialling_order(peer: &PeerId, addresses: &[Multiaddr]) -> (Vec<Multiaddr>, Vec<AddressError>) {
    let mut refused = Vec::new();
    let mut usable: [Vec<Multiaddr>; 2] = Default::default();
    let [quic, tcp] = &mut usable;
    for address in addresses {
        match carrier_for(peer, address) {
            Ok(Carrier::Quic) => push_new(quic, address),
            Ok(Carrier::Tcp) => push_new(tcp, address),
            Err(error) => refused.push(error),
        }
    }
    (usable.concat(), refused)
}

fn carrier_for(peer: &PeerId, address: &Multiaddr) -> Result<Carrier, AddressError> {
    let carrier = carrier(address)?;
    match address.iter().last() {
        Some(Protocol::P2p(named)) if named != *peer => {
            Err(AddressError::OtherPeer { address: address.clone(), expected: *peer })
        }
        _ => Ok(carrier),
    }
}

fn push_new(list: &mut Vec<Multiaddr>, address: &Multiaddr) {
    if list.len() < ADDRESSES_PER_CARRIER_MAX && !list.contains(address) {
        list.push(address.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Multiaddr {
        text.parse().unwrap()
    }

    #[test]
    fn carriers_of_written_addresses() {
        let peer = PeerId::random();
        let check = |text: &str, expected: Option<Carrier>| {
            assert_eq!(carrier(&parse(text)).ok(), expected, "{text}");
        };
        check("/ip4/192.0.2.1/udp/4001/quic-v1", Some(Carrier::Quic));
        check("/ip6/2001:db8::1/tcp/4001", Some(Carrier::Tcp));
        check(&format!("/ip4/192.0.2.1/udp/4001/quic-v1/p2p/{peer}"), Some(Carrier::Quic));
        check(&format!("/ip4/192.0.2.1/tcp/4001/p2p/{peer}"), Some(Carrier::Tcp));
        check("/ip4/192.0.2.1/udp/4001", None);
        check("/ip4/192.0.2.1/udp/4001/quic", None);
        check("/dns4/node.example/tcp/4001", None);
        check("/ip4/192.0.2.1/tcp/4001/ws", None);
        check(&format!("/ip4/192.0.2.1/tcp/4001/p2p/{peer}/p2p-circuit"), None);
        check("/memory/7", None);
    }

    #[test]
    fn quic_comes_first_and_strays_are_named() {
        let (peer, other) = (PeerId::random(), PeerId::random());
        let (usable, refused) = in_dialling_order(
            &peer,
            &[
                parse("/ip4/192.0.2.1/tcp/1"),
                parse("/ip4/192.0.2.1/udp/1/quic-v1"),
                parse("/ip4/192.0.2.1/tcp/1"),
                parse(&format!("/ip4/192.0.2.9/tcp/1/p2p/{other}")),
                parse("/dns4/node.example/tcp/1"),
            ],
        );
        assert_eq!(usable, [parse("/ip4/192.0.2.1/udp/1/quic-v1"), parse("/ip4/192.0.2.1/tcp/1")]);
        assert_eq!(refused.len(), 2);
    }

    #[test]
    fn a_long_card_cannot_crowd_out_the_fallback() {
        let peer = PeerId::random();
        let mut card: Vec<_> = (1..100).map(|port| parse(&format!("/ip4/192.0.2.1/udp/{port}/quic-v1"))).collect();
        card.push(parse("/ip4/192.0.2.1/tcp/1"));
        let (usable, _) = in_dialling_order(&peer, &card);
        assert_eq!(usable.len(), ADDRESSES_PER_CARRIER_MAX + 1);
        assert_eq!(usable.last(), card.last());
    }
}
