//! The socket of the local API: three ways of not reaching the daemon, told apart.

use std::io::ErrorKind;
use std::os::unix::net::UnixStream;
use std::path::Path;

use super::{Examination, Finding};

/// What happens when the socket is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketState {
    /// Somebody accepts.
    Answers,
    /// There is no socket: the daemon was stopped in order, or never ran.
    Missing,
    /// There is one that nobody listens on: the daemon was killed.
    Abandoned,
    /// There is one that this user may not open.
    Forbidden,
    /// Something else is wrong.
    Unusable(ErrorKind),
}

/// Tries the socket.
pub fn socket_state(path: &Path) -> SocketState {
    match UnixStream::connect(path) {
        Ok(_) => SocketState::Answers,
        Err(fault) => match fault.kind() {
            ErrorKind::NotFound => SocketState::Missing,
            ErrorKind::ConnectionRefused => SocketState::Abandoned,
            ErrorKind::PermissionDenied => SocketState::Forbidden,
            other => SocketState::Unusable(other),
        },
    }
}

/// Whether the daemon can be reached by this user.
pub(super) fn daemon(examination: &Examination<'_>) -> Vec<Finding> {
    let path = examination.node.socket();
    let shown = path.display();
    vec![match socket_state(&path) {
        SocketState::Answers => Finding::ok("daemon", "the daemon is running"),
        SocketState::Missing => {
            Finding::note("daemon", format!("the daemon is not running: there is no socket `{shown}`"))
        }
        SocketState::Abandoned => Finding::warning(
            "daemon",
            format!("the daemon is not running, and was not stopped in order: nobody listens on `{shown}`"),
            "look into its log for the cause and start it again; it replaces the socket",
        ),
        SocketState::Forbidden => Finding::failure(
            "daemon",
            format!("you may not open the socket `{shown}`"),
            "run the command as a user whom the node's directory lets in",
        ),
        SocketState::Unusable(kind) => Finding::failure(
            "daemon",
            format!("the socket `{shown}` cannot be used: {kind}"),
            "check what stands at that path",
        ),
    }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    #[test]
    fn three_ways_of_not_reaching_the_daemon() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("chancery.sock");
        assert_eq!(socket_state(&path), SocketState::Missing);
        let listener = UnixListener::bind(&path).unwrap();
        assert_eq!(socket_state(&path), SocketState::Answers);
        drop(listener);
        assert_eq!(socket_state(&path), SocketState::Abandoned);
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert_ne!(socket_state(&path), SocketState::Answers);
    }
}
