//! What local callers ask of the loop.

use chancery_exchange::{Answer, CallerId, Input};
use tokio::sync::oneshot;

use super::{Course, NodeLoop};
use crate::daemon::DaemonFault;
use crate::daemon::disk_watch::Disk;
use crate::daemon::handle::{LocalRequest, LoopReport, NotPublished};
use crate::network::{NetworkCommand, PeerId};

/// Where the answer to a local caller goes.
pub(super) enum Reply {
    /// The request is taken whatever the disk has left.
    Always(oneshot::Sender<Answer>),
    /// The request is refused where nothing new is accepted.
    Accepted(oneshot::Sender<Result<Answer, NotPublished>>),
}

impl Reply {
    /// Answers; that nobody waits any more changes nothing.
    pub fn answer(self, answer: Answer) {
        match self {
            Self::Always(reply) => drop(reply.send(answer)),
            Self::Accepted(reply) => drop(reply.send(Ok(answer))),
        }
    }
}

impl NodeLoop {
    pub(super) async fn on_request(&mut self, request: LocalRequest) -> Result<Course, DaemonFault> {
        match request {
            LocalRequest::Publish { reply, .. } if self.disk == Disk::Low => {
                let _ = reply.send(Err(NotPublished::DiskLow));
                Ok(Course::Go)
            }
            LocalRequest::Publish { reply, .. } if self.exchange.clock_has_jumped() => {
                let _ = reply.send(Err(NotPublished::ClockJumped));
                Ok(Course::Go)
            }
            LocalRequest::Publish { actor, publications, reply } => {
                let caller = self.caller(Reply::Accepted(reply));
                self.take(Input::Publish { caller, actor, publications }).await
            }
            LocalRequest::Withdraw { actor, lineage, reason, reply } => {
                self.ask(reply, |caller| Input::Withdraw { caller, actor, lineage, reason }).await
            }
            LocalRequest::AskConsent { actor, record, to, reply } => {
                self.ask(reply, |caller| Input::AskConsent { caller, actor, record, to }).await
            }
            LocalRequest::AnswerConsent { actor, asked, word, reply } => {
                self.ask(reply, |caller| Input::AnswerConsent { caller, actor, asked, word }).await
            }
            LocalRequest::Audit { entry, reply } => self.ask(reply, |caller| Input::Audit { caller, entry }).await,
            LocalRequest::Check { peer, repair, mode, reply } => {
                self.ask(reply, |caller| Input::Check { caller, peer, repair, mode }).await
            }
            LocalRequest::Recover { actor, reply } => self.ask(reply, |caller| Input::Recover { caller, actor }).await,
            LocalRequest::OverrideRecovery { actor, peer, reply } => {
                self.ask(reply, |caller| Input::OverrideRecovery { caller, actor, peer }).await
            }
            LocalRequest::ConfirmClock { actor, reply } => {
                let caller = self.caller(Reply::Always(reply));
                let course = self.take(Input::ConfirmClock { caller, actor }).await?;
                // The law in force was compiled for a day that may not have been today.
                self.compile().await?;
                Ok(course)
            }
            LocalRequest::Reload { reply } => {
                let report = self.reload().await?;
                let _ = reply.send(report);
                Ok(Course::Go)
            }
            LocalRequest::Retry { peer, reply } => {
                let keys: Vec<PeerId> = self.peers.of(peer).collect();
                let _ = reply.send(!keys.is_empty());
                for peer in keys {
                    self.command(NetworkCommand::Retry { peer }).await;
                }
                Ok(Course::Go)
            }
            LocalRequest::Sessions { reply } => {
                let _ = reply.send(self.loop_report());
                Ok(Course::Go)
            }
            LocalRequest::Network { reply } if self.seed_to_start.is_some() => {
                let _ = reply.send(Vec::new());
                Ok(Course::Go)
            }
            LocalRequest::Network { reply } => {
                self.command(NetworkCommand::Inspect { reply }).await;
                Ok(Course::Go)
            }
            LocalRequest::Shutdown => Ok(Course::Stop),
        }
    }

    /// What the exchange answers once it is durable, whatever the disk has left.
    async fn ask(
        &mut self,
        reply: oneshot::Sender<Answer>,
        input: impl FnOnce(CallerId) -> Input,
    ) -> Result<Course, DaemonFault> {
        let caller = self.caller(Reply::Always(reply));
        self.take(input(caller)).await
    }

    fn loop_report(&self) -> LoopReport {
        LoopReport {
            sessions: self.exchange.session_states(),
            clock_jumped: self.exchange.clock_has_jumped(),
            disk_low: self.disk == Disk::Low,
            outlived: self.exchange.is_outlived(),
            notices: self.notices.iter().cloned().collect(),
            last_causes: self.causes.iter().map(|(peer, cause)| (*peer, cause.clone())).collect(),
            listening: self.report.listening.clone(),
        }
    }

    fn caller(&mut self, reply: Reply) -> CallerId {
        self.next_caller += 1;
        let caller = CallerId(self.next_caller);
        self.callers.insert(caller, reply);
        caller
    }
}
