//! Whether a TCP port is free to listen on.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;

/// Fails where another program listens on the address already.
///
/// The TCP transport lets several listeners share a port, so that the system would deal connections out between two nodes
/// and neither would notice. A listener that does not share is refused where any other stands, and is gone again at once.
pub(super) fn require_free(address: &Multiaddr) -> io::Result<()> {
    let mut parts = address.iter();
    let ip: IpAddr = match parts.next() {
        Some(Protocol::Ip4(ip)) => ip.into(),
        Some(Protocol::Ip6(ip)) => ip.into(),
        _ => return Ok(()),
    };
    match parts.next() {
        Some(Protocol::Tcp(port)) if port != 0 => TcpListener::bind(SocketAddr::new(ip, port)).map(drop),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_use_is_seen_though_it_is_shared() {
        let address = |port: u16| -> Multiaddr { format!("/ip4/127.0.0.1/tcp/{port}").parse().unwrap() };
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        assert_eq!(require_free(&address(port)).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        drop(taken);
        require_free(&address(port)).unwrap();
        require_free(&address(port)).unwrap();
        require_free(&address(0)).unwrap();
        require_free(&"/ip4/127.0.0.1/udp/1/quic-v1".parse().unwrap()).unwrap();
    }
}
