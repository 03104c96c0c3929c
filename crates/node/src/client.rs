//! The other end of the local API: what a command says to the running daemon.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::SendRequest;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::UnixStream;
use tokio::runtime::Runtime;

use crate::api::problem::Problem;
use crate::api::running::ReloadShown;
use crate::daemon::documents::ReloadOutcome;
use crate::directory::NodeDirectory;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::talk::Talk;

/// A conversation with the daemon of one node, one request after the other.
pub struct Client {
    runtime: Runtime,
    path: PathBuf,
    connection: Option<SendRequest<Full<Bytes>>>,
}

/// How long a request may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// For what is read at once.
    Short,
    /// For what waits for the disk.
    Usual,
    /// For what goes through the whole store.
    Long,
}

impl Patience {
    const fn duration(self) -> Duration {
        Duration::from_secs(match self {
            Self::Short => 5,
            Self::Usual => 60,
            Self::Long => 6 * 3600,
        })
    }
}

/// What a request carries.
enum Carried<'a> {
    Nothing,
    Json(Vec<u8>),
    Lines(&'a [u8]),
}

impl Client {
    /// Connects to the daemon of a node.
    pub fn connect(directory: &NodeDirectory) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|fault| Failure::new(Exit::Failed, "the system gives no means to wait").because(fault))?;
        let mut client = Self { runtime, path: directory.socket(), connection: None };
        client.reconnect()?;
        Ok(client)
    }

    /// Asks for something that changes nothing.
    pub fn get<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, Failure> {
        self.ask(Method::GET, path, Carried::Nothing, Patience::Usual)
    }

    /// As [`Client::get`], and gives up soon.
    pub fn get_soon<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, Failure> {
        self.ask(Method::GET, path, Carried::Nothing, Patience::Short)
    }

    /// Asks with parameters behind the path.
    pub fn get_with<T: DeserializeOwned>(&mut self, path: &str, parameters: &impl Serialize) -> Result<T, Failure> {
        self.get(&with_parameters(path, parameters)?)
    }

    /// Asks for a text.
    pub fn get_text(&mut self, path: &str) -> Result<Vec<u8>, Failure> {
        self.exchange(Method::GET, path, Carried::Nothing, Patience::Usual)
    }

    /// Has something done that needs no more words.
    pub fn post<T: DeserializeOwned>(&mut self, path: &str, patience: Patience) -> Result<T, Failure> {
        self.ask(Method::POST, path, Carried::Nothing, patience)
    }

    /// Has something done.
    pub fn post_json<T: DeserializeOwned>(&mut self, path: &str, body: &impl Serialize) -> Result<T, Failure> {
        self.ask(Method::POST, path, Carried::Json(json(body)?), Patience::Usual)
    }

    /// As [`Client::get`], for what goes through the whole store.
    pub fn get_patiently<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, Failure> {
        self.ask(Method::GET, path, Carried::Nothing, Patience::Long)
    }

    /// As [`Client::post_json`], for what waits for another country.
    pub fn post_json_patiently<T: DeserializeOwned>(
        &mut self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Failure> {
        self.ask(Method::POST, path, Carried::Json(json(body)?), Patience::Long)
    }

    /// Has something put in place.
    pub fn put_json<T: DeserializeOwned>(&mut self, path: &str, body: &impl Serialize) -> Result<T, Failure> {
        self.ask(Method::PUT, path, Carried::Json(json(body)?), Patience::Usual)
    }

    /// Has something taken away.
    pub fn delete<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, Failure> {
        self.ask(Method::DELETE, path, Carried::Nothing, Patience::Usual)
    }

    /// Hands over drafts as lines of JSON.
    pub fn post_drafts<T: DeserializeOwned>(
        &mut self,
        path: &str,
        parameters: &impl Serialize,
        lines: &[u8],
    ) -> Result<T, Failure> {
        self.ask(Method::POST, &with_parameters(path, parameters)?, Carried::Lines(lines), Patience::Usual)
    }

    fn ask<T: DeserializeOwned>(
        &mut self,
        method: Method,
        path: &str,
        carried: Carried<'_>,
        patience: Patience,
    ) -> Result<T, Failure> {
        let answer = self.exchange(method, path, carried, patience)?;
        serde_json::from_slice(&answer).map_err(|fault| {
            Failure::new(Exit::Failed, "the daemon's answer cannot be read")
                .because(fault)
                .next("the daemon may be of another version than this command; restart it")
        })
    }

    fn exchange(
        &mut self,
        method: Method,
        path: &str,
        carried: Carried<'_>,
        patience: Patience,
    ) -> Result<Vec<u8>, Failure> {
        if self.connection.as_ref().is_none_or(SendRequest::is_closed) {
            self.reconnect()?;
        }
        let request = request(method, path, carried)?;
        let Some(connection) = self.connection.as_mut() else {
            return Err(silent(&self.path, patience));
        };
        let answered = self.runtime.block_on(async {
            tokio::time::timeout(patience.duration(), async {
                connection.ready().await?;
                let response = connection.send_request(request).await?;
                let status = response.status();
                let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
                Ok::<_, hyper::Error>((status, body))
            })
            .await
        });
        let (status, body) = match answered {
            Err(_) => {
                self.connection = None;
                return Err(silent(&self.path, patience));
            }
            Ok(Err(fault)) => {
                self.connection = None;
                return Err(broken(&self.path, fault));
            }
            Ok(Ok(answer)) => answer,
        };
        let body = match body {
            Ok(body) => body.to_bytes(),
            Err(fault) => {
                self.connection = None;
                return Err(Failure::new(Exit::Failed, "the daemon's answer broke off or is too long").because(fault));
            }
        };
        if status == StatusCode::OK { Ok(body.to_vec()) } else { Err(refusal(status, &body)) }
    }

    fn reconnect(&mut self) -> Result<(), Failure> {
        let path = self.path.clone();
        let connected = self.runtime.block_on(async {
            tokio::time::timeout(Patience::Short.duration(), async {
                let stream = UnixStream::connect(&path).await.map_err(|fault| unreachable(&path, fault))?;
                let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
                    .await
                    .map_err(|fault| broken(&path, fault))?;
                tokio::spawn(connection);
                Ok(sender)
            })
            .await
        });
        self.connection = Some(connected.unwrap_or_else(|_| Err(silent(&path, Patience::Short)))?);
        Ok(())
    }
}

/// Has a daemon that runs read its directory again; one that does not run reads it when it starts.
///
/// What changed in the directory stays changed whatever comes of this, so nothing here fails the command.
pub fn reload_if_running(directory: &NodeDirectory, talk: &Talk) {
    let reloaded = match Client::connect(directory) {
        Ok(mut client) => client.post::<ReloadShown>("/v1/reload", Patience::Usual),
        Err(failure) if failure.exit() == Exit::DaemonNotRunning => {
            talk.detail("no daemon runs; it reads this when it starts");
            return;
        }
        Err(failure) => Err(failure),
    };
    match reloaded {
        Ok(report) => {
            for refused in &report.refused {
                talk.warn(&format!("the daemon refuses `{}`: {}", refused.file, refused.why));
            }
            match report.outcome {
                ReloadOutcome::Renewed => {
                    talk.detail(&format!("the daemon has read it; law {} holds now", report.law_generation));
                }
                ReloadOutcome::Kept => {
                    talk.warn("in the running daemon everything stays as it was until that is mended")
                }
            }
        }
        Err(failure) => talk.warn(&format!(
            "the running daemon has not read this yet ({failure}); an operator does it with `chancery reload`"
        )),
    }
}

fn request(method: Method, path: &str, carried: Carried<'_>) -> Result<Request<Full<Bytes>>, Failure> {
    let (sort, bytes) = match carried {
        Carried::Nothing => (None, Bytes::new()),
        Carried::Json(bytes) => (Some("application/json"), Bytes::from(bytes)),
        Carried::Lines(lines) => (Some("application/x-ndjson"), Bytes::copy_from_slice(lines)),
    };
    let mut request = Request::builder().method(method).uri(path).header("host", "chancery");
    if let Some(sort) = sort {
        request = request.header("content-type", sort);
    }
    request.body(Full::new(bytes)).map_err(|fault| Failure::new(Exit::Usage, "this cannot be asked").because(fault))
}

fn json(body: &impl Serialize) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(body).map_err(|fault| Failure::new(Exit::Failed, "the request cannot be written").because(fault))
}

/// Puts a value's fields behind a path. Fields that are absent are left out.
fn with_parameters(path: &str, parameters: &impl Serialize) -> Result<String, Failure> {
    let unwritable = |why: String| Failure::new(Exit::Failed, "the request cannot be written").because(why);
    let value = serde_json::to_value(parameters).map_err(|fault| unwritable(fault.to_string()))?;
    let Some(fields) = value.as_object() else { return Err(unwritable("the parameters are no fields".into())) };
    let mut text = path.to_owned();
    let mut sign = '?';
    for (name, value) in fields {
        let value = match value {
            serde_json::Value::Null => continue,
            serde_json::Value::String(value) => value.clone(),
            other => other.to_string(),
        };
        text.push(sign);
        text.push_str(name);
        text.push('=');
        text.push_str(&percent_encoded(&value));
        sign = '&';
    }
    Ok(text)
}

/// A text as it may stand in one part of a path or among its parameters.
pub fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

fn refusal(status: StatusCode, body: &[u8]) -> Failure {
    match serde_json::from_slice::<Problem>(body) {
        Ok(problem) => problem.into(),
        Err(_) => Failure::new(Exit::Failed, format!("the daemon refused the request with status {status}"))
            .next("the daemon may be of another version than this command; restart it"),
    }
}

fn unreachable(path: &Path, fault: io::Error) -> Failure {
    let shown = path.display();
    match fault.kind() {
        io::ErrorKind::NotFound => Failure::new(Exit::DaemonNotRunning, "the daemon is not running")
            .because(format!("there is no socket `{shown}`"))
            .next("start it with `chancery run`, or name another node with `--dir`"),
        io::ErrorKind::ConnectionRefused => Failure::new(Exit::DaemonNotRunning, "the daemon is not running")
            .because(format!("nobody serves the socket `{shown}`; a daemon that ended left it behind"))
            .next("start it with `chancery run`; it replaces the socket"),
        io::ErrorKind::PermissionDenied => {
            Failure::new(Exit::NotAllowed, format!("you may not open `{shown}`")).because(fault).next(
                "run the command as a user whom the directory and its socket let in; an operator decides who that is",
            )
        }
        _ => Failure::new(Exit::DaemonNotRunning, format!("the daemon cannot be reached through `{shown}`"))
            .because(fault),
    }
}

fn silent(path: &Path, patience: Patience) -> Failure {
    Failure::new(Exit::DaemonNotRunning, "the daemon does not answer")
        .because(format!("no answer came through `{}` within {} s", path.display(), patience.duration().as_secs()))
        .next("look at its log; whether what was asked is done is not known, and asking again does no harm")
}

fn broken(path: &Path, fault: hyper::Error) -> Failure {
    Failure::new(Exit::DaemonNotRunning, "the daemon ended the conversation")
        .because(format!("`{}`: {fault}", path.display()))
        .next("it may have stopped, or too many commands run at once; try again")
}

/// Longest answer: a page of a thousand manifests has 2 MB, a treaty half of one.
const ANSWER_BYTES_MAX: usize = 64 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::explaining::WhyAsked;
    use crate::talk::Loudness;

    fn failed(directory: &NodeDirectory) -> (Exit, String) {
        match Client::connect(directory) {
            Ok(_) => panic!("nobody is there"),
            Err(failure) => (failure.exit(), failure.report(crate::failure::Paint::Plain)),
        }
    }

    #[test]
    fn says_why_nobody_answers() {
        let place = tempfile::tempdir().unwrap();
        let directory = NodeDirectory::named(place.path());
        let (exit, report) = failed(&directory);
        assert_eq!(exit, Exit::DaemonNotRunning);
        assert!(report.contains("there is no socket"), "{report}");
        drop(std::os::unix::net::UnixListener::bind(directory.socket()).unwrap());
        let (exit, report) = failed(&directory);
        assert_eq!(exit, Exit::DaemonNotRunning);
        assert!(report.contains("left it behind"), "{report}");
        let denied = unreachable(&directory.socket(), io::ErrorKind::PermissionDenied.into());
        assert_eq!(denied.exit(), Exit::NotAllowed);
        reload_if_running(&directory, &Talk::new(Loudness::Quiet));
    }

    #[test]
    fn a_daemon_that_never_answers_is_given_up() {
        let place = tempfile::tempdir().unwrap();
        let directory = NodeDirectory::named(place.path());
        let _deaf = std::os::unix::net::UnixListener::bind(directory.socket()).unwrap();
        let mut client = Client::connect(&directory).unwrap();
        let failure = client.get_soon::<serde_json::Value>("/v1/status").unwrap_err();
        assert_eq!(failure.exit(), Exit::DaemonNotRunning);
        assert!(failure.to_string().contains("does not answer"));
    }

    #[test]
    fn parameters_are_written_so_that_they_come_out_alike() {
        let asked = WhyAsked { name: "a b&c=ü".into(), to: "DE".parse().unwrap(), purpose: None };
        let text = with_parameters("/v1/why", &asked).unwrap();
        assert_eq!(text, "/v1/why?name=a%20b%26c%3D%C3%BC&to=DE");
        let uri: axum::http::Uri = text.parse().unwrap();
        let read = axum::extract::Query::<WhyAsked>::try_from_uri(&uri).unwrap().0;
        assert_eq!(read.name, asked.name);
    }
}
