//! A wire between two TCP nodes that can be held, opened and frozen.

use libp2p::multiaddr::Protocol;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use super::harness::PATIENCE;
use crate::network::Multiaddr;

/// Whether bytes pass. Nothing is ever closed: to each end the other is there, and silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    Open,
    Held,
}

pub struct Proxy {
    pub address: Multiaddr,
    flow: watch::Sender<Flow>,
    accepted: mpsc::UnboundedReceiver<()>,
}

impl Proxy {
    /// Listens and passes on to `target`.
    pub async fn start(target: &Multiaddr, flow: Flow) -> Self {
        let port = target.iter().find_map(|part| match part {
            Protocol::Tcp(port) => Some(port),
            _ => None,
        });
        let port = port.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("/ip4/127.0.0.1/tcp/{}", listener.local_addr().unwrap().port()).parse().unwrap();
        let (flow, flows) = watch::channel(flow);
        let (sender, accepted) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let far = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                let (near_read, near_write) = near.into_split();
                let (far_read, far_write) = far.into_split();
                tokio::spawn(pass(near_read, far_write, flows.clone()));
                tokio::spawn(pass(far_read, near_write, flows.clone()));
                if sender.send(()).is_err() {
                    return;
                }
            }
        });
        Self { address, flow, accepted }
    }

    pub fn set(&self, flow: Flow) {
        self.flow.send_replace(flow);
    }

    /// Waits until somebody has connected.
    pub async fn accepted(&mut self) {
        timeout(PATIENCE, self.accepted.recv()).await.expect("nobody connected").unwrap();
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut flow: watch::Receiver<Flow>) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let Ok(length) = from.read(&mut buffer).await else { return std::future::pending().await };
        if flow.wait_for(|flow| *flow == Flow::Open).await.is_err() {
            return;
        }
        if length == 0 || to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
