//! A request that failed, as it goes back to the caller: what happened, why, what to do next, how a command ends by it.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chancery_exchange::ReadFault;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::daemon::handle::{NodeStopped, NotPublished};
use crate::exit::Exit;
use crate::failure::Failure;

/// Why a request was not answered as asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// The exit code of a command that ends by it.
    pub exit: u8,
    /// What happened.
    pub what: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Problem {
    /// What happened, in lower case, without a full stop.
    pub fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self { exit: exit.code(), what: what.into(), why: None, next: None }
    }

    /// The caller asked wrongly.
    pub fn usage(what: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what)
    }

    /// What made it happen.
    #[must_use]
    pub fn because(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    /// What to do next.
    #[must_use]
    pub fn next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    /// The one answer for what is not held, what the caller may not see, and what a name does not single out.
    ///
    /// INVARIANT (nothing beyond the view): the three must not be told apart, so the text is the same.
    pub fn nothing_named(name: &str) -> Self {
        let name: String = name.chars().take(super::limits::NAME_BYTES_MAX).collect();
        Self::new(Exit::NothingFound, format!("`{name}` names no one record that you may see here for this purpose"))
            .because("this copy may not exist here, or may not be used for that purpose")
            .next("give its whole id or lineage, and a purpose that it was released for")
    }

    fn status(&self) -> StatusCode {
        match self.exit {
            2 => StatusCode::BAD_REQUEST,
            3 => StatusCode::NOT_FOUND,
            4 => StatusCode::FORBIDDEN,
            5 => StatusCode::CONFLICT,
            6 => StatusCode::BAD_GATEWAY,
            75 => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn exit(&self) -> Exit {
        match self.exit {
            2 => Exit::Usage,
            3 => Exit::NothingFound,
            4 => Exit::NotAllowed,
            5 => Exit::Refused,
            6 => Exit::PeerUnreachable,
            7 => Exit::PartlyDone,
            75 => Exit::DaemonNotRunning,
            78 => Exit::BadConfiguration,
            _ => Exit::Failed,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status(), Json(self)).into_response()
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let exit = problem.exit();
        let mut failure = Self::new(exit, problem.what);
        if let Some(why) = problem.why {
            failure = failure.because(why);
        }
        match problem.next {
            Some(next) => failure.next(next),
            None => failure,
        }
    }
}

impl From<ReadFault> for Problem {
    fn from(fault: ReadFault) -> Self {
        Self::new(Exit::Failed, "the store cannot be read").because(fault.0).next("run `chancery doctor`")
    }
}

impl From<NodeStopped> for Problem {
    fn from(stopped: NodeStopped) -> Self {
        Self::new(Exit::DaemonNotRunning, stopped.to_string()).next("ask again once the daemon runs")
    }
}

impl From<NotPublished> for Problem {
    fn from(fault: NotPublished) -> Self {
        match fault {
            NotPublished::Stopped(stopped) => stopped.into(),
            NotPublished::DiskLow | NotPublished::ClockJumped => Self::new(Exit::Failed, fault.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_ends_as_the_daemon_says() {
        for exit in [
            Exit::Failed,
            Exit::Usage,
            Exit::NothingFound,
            Exit::NotAllowed,
            Exit::Refused,
            Exit::PeerUnreachable,
            Exit::PartlyDone,
            Exit::DaemonNotRunning,
            Exit::BadConfiguration,
        ] {
            let text = serde_json::to_string(&Problem::new(exit, "it did not work")).unwrap();
            let read: Problem = serde_json::from_str(&text).unwrap();
            assert_eq!(Failure::from(read).exit(), exit);
        }
    }
}
