//! The socket that people and programs of this machine speak to the daemon through.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::limits::{CONNECTIONS_MAX, CONNECTIONS_PER_USER_MAX, PROBE_PATIENCE};
use crate::directory::NodeDirectory;

/// Why the socket cannot be had.
#[derive(Debug, Error)]
pub enum SocketFault {
    /// A daemon serves it.
    #[error("another daemon serves `{0}` already")]
    InUse(PathBuf),
    /// Something else stands there.
    #[error("`{0}` is there and is no socket; it is not removed")]
    NotASocket(PathBuf),
    /// The system refused.
    #[error("cannot {doing} the socket `{path}`: {source}")]
    System {
        /// What was to be done.
        doing: &'static str,
        /// The socket.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl SocketFault {
    fn of(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::System { doing, path, source }
    }
}

/// Refuses where a daemon serves the node's socket already; one that nobody serves any more is removed.
pub fn require_unserved(directory: &NodeDirectory) -> Result<(), SocketFault> {
    remove_stale(&directory.socket())
}

/// Binds the node's socket. One that nobody serves any more is removed first; one that is served is left alone.
///
/// Its group may open it where the group may enter the directory; what each user may then do, the user id decides. Needs
/// a tokio runtime.
pub fn bind(directory: &NodeDirectory) -> Result<UnixListener, SocketFault> {
    let path = directory.socket();
    remove_stale(&path)?;
    let shared = fs::metadata(directory.root()).is_ok_and(|root| root.permissions().mode() & 0o010 != 0);
    let bits = if shared { 0o660 } else { 0o600 };
    // Bound under another name and put in place with its final mode, so that nobody connects before.
    let unfinished = path.with_extension(format!("{}.unfinished", std::process::id()));
    let _ = fs::remove_file(&unfinished);
    let listener = UnixListener::bind(&unfinished).map_err(SocketFault::of("bind", &path))?;
    fs::set_permissions(&unfinished, fs::Permissions::from_mode(bits))
        .and_then(|()| fs::rename(&unfinished, &path))
        .map_err(|source| {
            let _ = fs::remove_file(&unfinished);
            SocketFault::of("put in place", &path)(source)
        })?;
    Ok(listener)
}

fn remove_stale(path: &Path) -> Result<(), SocketFault> {
    match fs::symlink_metadata(path) {
        Err(absent) if absent.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(fault) => return Err(SocketFault::of("look at", path)(fault)),
        Ok(found) if !found.file_type().is_socket() => return Err(SocketFault::NotASocket(path.to_path_buf())),
        Ok(_) => {}
    }
    match probe(path) {
        Some(Err(refused)) if refused.kind() == io::ErrorKind::ConnectionRefused => {
            fs::remove_file(path).map_err(SocketFault::of("remove", path))
        }
        Some(Err(gone)) if gone.kind() == io::ErrorKind::NotFound => Ok(()),
        Some(Err(fault)) => Err(SocketFault::of("try", path)(fault)),
        // Somebody listens, even if too busy to accept.
        Some(Ok(())) | None => Err(SocketFault::InUse(path.to_path_buf())),
    }
}

/// Connects and hangs up; nothing where that takes too long, as with a daemon that accepts no more.
fn probe(path: &Path) -> Option<io::Result<()>> {
    let (tell, told) = std::sync::mpsc::channel();
    let path = path.to_path_buf();
    std::thread::spawn(move || tell.send(std::os::unix::net::UnixStream::connect(path).map(drop)));
    told.recv_timeout(PROBE_PATIENCE).ok()
}

/// The user id of whoever is at the other end, as the kernel says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerUid(pub Option<u32>);

/// A listener that accepts a bounded number of connections, and of each user a share.
///
/// INVARIANT (everything is bounded)
pub struct BoundedListener {
    listener: UnixListener,
    all: Arc<Semaphore>,
    users: Arc<Mutex<BTreeMap<u32, usize>>>,
}

/// A connection that gives its place back when it ends.
pub struct BoundedStream {
    stream: UnixStream,
    uid: Option<u32>,
    users: Arc<Mutex<BTreeMap<u32, usize>>>,
    _place: OwnedSemaphorePermit,
}

impl BoundedListener {
    /// Bounds what `listener` accepts.
    pub fn new(listener: UnixListener) -> Self {
        Self { listener, all: Arc::new(Semaphore::new(CONNECTIONS_MAX)), users: Arc::default() }
    }

    fn admit(&self, stream: UnixStream, place: OwnedSemaphorePermit) -> Option<BoundedStream> {
        let uid = stream.peer_cred().ok().map(|peer| peer.uid());
        if let Some(uid) = uid {
            let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
            let open = users.entry(uid).or_insert(0);
            if *open >= CONNECTIONS_PER_USER_MAX {
                tracing::warn!(uid, "a user has too many connections open; a further one is closed");
                return None;
            }
            *open += 1;
        }
        Some(BoundedStream { stream, uid, users: Arc::clone(&self.users), _place: place })
    }
}

impl Listener for BoundedListener {
    type Io = BoundedStream;
    type Addr = tokio::net::unix::SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let Ok(place) = Arc::clone(&self.all).acquire_owned().await else {
                // The semaphore is never closed while the listener lives.
                std::future::pending::<()>().await;
                continue;
            };
            match self.listener.accept().await {
                Ok((stream, address)) => {
                    if let Some(stream) = self.admit(stream, place) {
                        return (stream, address);
                    }
                }
                Err(fault) => {
                    tracing::warn!(%fault, "a local connection cannot be accepted");
                    // The usual cause is a lack of file descriptors, which only time mends.
                    tokio::time::sleep(ACCEPT_AGAIN_AFTER).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

impl Connected<IncomingStream<'_, BoundedListener>> for PeerUid {
    fn connect_info(stream: IncomingStream<'_, BoundedListener>) -> Self {
        Self(stream.io().uid)
    }
}

impl Drop for BoundedStream {
    fn drop(&mut self) {
        let Some(uid) = self.uid else { return };
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = users.get_mut(&uid) {
            *open = open.saturating_sub(1);
            if *open == 0 {
                users.remove(&uid);
            }
        }
    }
}

impl AsyncRead for BoundedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for BoundedStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

const ACCEPT_AGAIN_AFTER: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    fn node(place: &tempfile::TempDir, bits: u32) -> NodeDirectory {
        fs::set_permissions(place.path(), fs::Permissions::from_mode(bits)).unwrap();
        NodeDirectory::named(place.path())
    }

    #[tokio::test]
    async fn a_stale_socket_is_replaced_and_a_served_one_is_not() {
        let place = tempfile::tempdir().unwrap();
        let directory = node(&place, 0o700);
        let path = directory.socket();
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        let first = bind(&directory).unwrap();
        assert_eq!(mode(), 0o600);
        assert!(matches!(bind(&directory), Err(SocketFault::InUse(_))));
        drop(first);
        let second = bind(&node(&place, 0o710)).unwrap();
        assert_eq!(mode(), 0o660, "the group that may enter the directory may open the socket");
        let connected = UnixStream::connect(&path).await;
        assert!(connected.is_ok(), "the socket that was put in place is the one that is bound");
        drop(second);
        fs::remove_file(&path).unwrap();
        fs::write(&path, "notes").unwrap();
        assert!(matches!(bind(&directory), Err(SocketFault::NotASocket(_))));
        assert_eq!(fs::read_to_string(&path).unwrap(), "notes");
    }

    #[tokio::test]
    async fn one_user_cannot_take_every_place() {
        let place = tempfile::tempdir().unwrap();
        let directory = node(&place, 0o700);
        let path = directory.socket();
        let mut bounded = BoundedListener::new(bind(&directory).unwrap());
        let mut callers = Vec::new();
        let mut accepted = Vec::new();
        for _ in 0..CONNECTIONS_PER_USER_MAX {
            callers.push(UnixStream::connect(&path).await.unwrap());
            accepted.push(bounded.accept().await.0);
        }
        let beyond = UnixStream::connect(&path).await.unwrap();
        let waited = tokio::time::timeout(Duration::from_millis(50), bounded.accept()).await;
        assert!(waited.is_err(), "a connection beyond the share is closed, not served");
        let mut byte = [0u8; 1];
        beyond.readable().await.unwrap();
        assert_eq!(beyond.try_read(&mut byte).unwrap(), 0, "the caller sees the end at once");
        accepted.pop();
        let _next = UnixStream::connect(&path).await.unwrap();
        bounded.accept().await;
    }
}
