//! Refusal to run where the environment asks for session secrets to be written to a file.

use std::ffi::OsStr;

/// Why the node does not start.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "the environment variable `SSLKEYLOGFILE` is set: the TLS library would write the secrets of every \
     connection to that file, and whoever reads it could read all traffic with other countries; unset it \
     (in a systemd unit: UnsetEnvironment=SSLKEYLOGFILE) and start again"
)]
pub struct KeyLogRequested;

/// To be called first thing in the program; [`super::Network::start`] calls it again.
pub fn refuse_key_log() -> Result<(), KeyLogRequested> {
    judge(std::env::var_os("SSLKEYLOGFILE").as_deref())
}

fn judge(value: Option<&OsStr>) -> Result<(), KeyLogRequested> {
    // An empty value counts as set: the library's own reading of it is not ours to rely on.
    match value {
        Some(_) => Err(KeyLogRequested),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_absent_variable_passes() {
        assert_eq!(judge(None), Ok(()));
        assert_eq!(judge(Some(OsStr::new("/tmp/keys"))), Err(KeyLogRequested));
        assert_eq!(judge(Some(OsStr::new(""))), Err(KeyLogRequested));
    }

    #[test]
    fn the_message_says_what_to_do() {
        let text = KeyLogRequested.to_string();
        assert!(text.contains("unset it") && text.contains("SSLKEYLOGFILE"), "{text}");
    }
}
