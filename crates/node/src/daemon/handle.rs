//! The local side's way into a running node: requests that end when they are durable, reads of committed state.

use std::sync::Arc;

use chancery_exchange::{
    Answer, AuditEntry, ConsentWord, Mode, Publication, PublishFault, Published, Repair, SessionState,
};
use chancery_record::{Country, Lineage, RecordId, StatementId, TrustRoster, WithdrawalReason};
use chancery_store::Store;
use chancery_treaty::{Law, LawBook};
use thiserror::Error;
use tokio::sync::{mpsc, oneshot, watch};

use crate::config::Config;
use crate::daemon::documents::ReloadReport;
use crate::directory::NodeDirectory;
use crate::network::PeerReport;

/// A request of a local caller to the node loop.
#[derive(Debug)]
pub enum LocalRequest {
    /// Publish drafts.
    Publish {
        /// Who asks.
        actor: String,
        /// The drafts; at most `PUBLICATIONS_MAX` of the exchange.
        publications: Vec<Publication>,
        /// Where the answer goes; none where nothing new is accepted.
        reply: oneshot::Sender<Result<Answer, NotPublished>>,
    },
    /// Take a lineage back.
    Withdraw {
        /// Who asks.
        actor: String,
        /// Which.
        lineage: Lineage,
        /// Why.
        reason: WithdrawalReason,
        /// Where the answer goes.
        reply: oneshot::Sender<Answer>,
    },
    /// Ask the originator of a copy whether it may be passed on.
    AskConsent {
        /// Who asks.
        actor: String,
        /// Which version.
        record: RecordId,
        /// To whom it would go.
        to: Country,
        /// Where the answer goes.
        reply: oneshot::Sender<Answer>,
    },
    /// Answer a country that asked.
    AnswerConsent {
        /// Who answers.
        actor: String,
        /// The statement that asked.
        asked: StatementId,
        /// The answer.
        word: ConsentWord,
        /// Where the answer goes.
        reply: oneshot::Sender<Answer>,
    },
    /// Write an audit line.
    Audit {
        /// The line.
        entry: AuditEntry,
        /// Where the answer goes.
        reply: oneshot::Sender<Answer>,
    },
    /// Confirm the wall clock after a jump.
    ConfirmClock {
        /// Who asks.
        actor: String,
        /// Where the answer goes.
        reply: oneshot::Sender<Answer>,
    },
    /// Compare both ends of the ledgers with a peer.
    Check {
        /// With whom.
        peer: Country,
        /// What is to follow from a difference.
        repair: Repair,
        /// How.
        mode: Mode,
        /// Where the answer goes.
        reply: oneshot::Sender<Answer>,
    },
    /// Begin another life of the store.
    Recover {
        /// Who asks.
        actor: String,
        /// Where the answer goes.
        reply: oneshot::Sender<Answer>,
    },
    /// Go on without what has not come back.
    OverrideRecovery {
        /// Who asks.
        actor: String,
        /// From whom; from all where none is named.
        peer: Option<Country>,
        /// Where the answer goes.
        reply: oneshot::Sender<Answer>,
    },
    /// Read cards, treaties and law from the directory again.
    Reload {
        /// Where the report goes.
        reply: oneshot::Sender<ReloadReport>,
    },
    /// Forget the backoff and dial now.
    Retry {
        /// Whom.
        peer: Country,
        /// Whether the country is a peer at all.
        reply: oneshot::Sender<bool>,
    },
    /// How things stand.
    Sessions {
        /// Where the answer goes.
        reply: oneshot::Sender<LoopReport>,
    },
    /// How things stand with every admitted transport key.
    Network {
        /// Where the answer goes.
        reply: oneshot::Sender<Vec<PeerReport>>,
    },
    /// End the node in order.
    Shutdown,
}

/// What the node loop knows of itself.
#[derive(Clone, Debug, Default)]
pub struct LoopReport {
    /// One line for each connection.
    pub sessions: Vec<SessionState>,
    /// Whether a jump of the wall clock stopped release and purge.
    pub clock_jumped: bool,
    /// Whether the disk has too little room for anything new.
    pub disk_low: bool,
    /// Whether another country has met a later life of this node's store.
    pub outlived: bool,
    /// The addresses that accept connections.
    pub listening: Vec<String>,
    /// The latest notices about peers, newest last.
    pub notices: Vec<PeerNotice>,
    /// Why the last connection or dial of a peer ended.
    pub last_causes: Vec<(Country, String)>,
}

/// Something an operator should know of a peer.
#[derive(Clone, Debug)]
pub struct PeerNotice {
    /// When.
    pub at: chancery_record::Instant,
    /// About whom.
    pub peer: Country,
    /// What.
    pub text: String,
}

/// The node has stopped, or stops before the request was durable; nothing was acknowledged.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the node is stopping; what was asked is not acknowledged and may or may not be done")]
pub struct NodeStopped;

/// Why drafts were not published.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum NotPublished {
    /// The node ends.
    #[error(transparent)]
    Stopped(#[from] NodeStopped),
    /// Nothing new is accepted.
    #[error(
        "the disk of the store has less free space than `store.free_disk_mib_min`: nothing new is accepted; free some space and try again"
    )]
    DiskLow,
    /// The wall clock jumped, and a record would be sealed with a date that may be wrong.
    #[error(
        "the wall clock jumped: nothing is sealed until an operator has set it right and said `chancery clock confirm`"
    )]
    ClockJumped,
}

/// What everyone on this side shares; the law, book and roster are those of this moment.
#[derive(Debug)]
pub struct Standing {
    /// The law in force.
    pub law: Arc<Law>,
    /// The documents it was compiled from.
    pub book: Arc<LawBook>,
    /// Whom this node believes.
    pub roster: Arc<TrustRoster>,
}

/// A handle on a running node; cheap to clone.
#[derive(Clone)]
pub struct NodeHandle {
    pub(super) requests: mpsc::Sender<LocalRequest>,
    pub(super) store: Arc<Store>,
    pub(super) standing: watch::Receiver<Arc<Standing>>,
    pub(super) config: Arc<Config>,
    pub(super) directory: NodeDirectory,
}

impl NodeHandle {
    /// Committed state.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// Law, documents and roster of this moment.
    pub fn standing(&self) -> Arc<Standing> {
        Arc::clone(&self.standing.borrow())
    }

    /// The configuration the node runs with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The node's directory.
    pub fn directory(&self) -> &NodeDirectory {
        &self.directory
    }

    /// Publishes drafts; answers when all of them are durable.
    pub async fn publish(
        &self,
        actor: String,
        publications: Vec<Publication>,
    ) -> Result<Vec<Result<Published, PublishFault>>, NotPublished> {
        match self.ask(|reply| LocalRequest::Publish { actor, publications, reply }).await? {
            Ok(Answer::Published(results)) => Ok(results),
            Ok(_) => Err(NodeStopped.into()),
            Err(not_published) => Err(not_published),
        }
    }

    /// Withdraws a lineage: `Answer::Withdrawn` or `Answer::NotWithdrawn`.
    pub async fn withdraw(
        &self,
        actor: String,
        lineage: Lineage,
        reason: WithdrawalReason,
    ) -> Result<Answer, NodeStopped> {
        self.ask(|reply| LocalRequest::Withdraw { actor, lineage, reason, reply }).await
    }

    /// Asks the originator of a copy whether it may be passed on: `Answer::ConsentAsked` or `Answer::NoConsent`.
    pub async fn ask_consent(&self, actor: String, record: RecordId, to: Country) -> Result<Answer, NodeStopped> {
        self.ask(|reply| LocalRequest::AskConsent { actor, record, to, reply }).await
    }

    /// Answers a country that asked: `Answer::ConsentAnswered` or `Answer::NoConsent`.
    pub async fn answer_consent(
        &self,
        actor: String,
        asked: StatementId,
        word: ConsentWord,
    ) -> Result<Answer, NodeStopped> {
        self.ask(|reply| LocalRequest::AnswerConsent { actor, asked, word, reply }).await
    }

    /// Makes an audit line durable; what it is about may be shown afterwards, not before.
    pub async fn audit(&self, entry: AuditEntry) -> Result<(), NodeStopped> {
        self.ask(|reply| LocalRequest::Audit { entry, reply }).await.map(|_| ())
    }

    /// Confirms the wall clock after a jump.
    pub async fn confirm_clock(&self, actor: String) -> Result<(), NodeStopped> {
        self.ask(|reply| LocalRequest::ConfirmClock { actor, reply }).await.map(|_| ())
    }

    /// Compares both ends of the ledgers with a peer: `Answer::Checked` or `Answer::NotChecked`.
    pub async fn check(&self, peer: Country, repair: Repair, mode: Mode) -> Result<Answer, NodeStopped> {
        self.ask(|reply| LocalRequest::Check { peer, repair, mode, reply }).await
    }

    /// Begins another life of the store: `Answer::RecoveryBegun`.
    pub async fn recover(&self, actor: String) -> Result<Answer, NodeStopped> {
        self.ask(|reply| LocalRequest::Recover { actor, reply }).await
    }

    /// Goes on without what has not come back: `Answer::RecoveryOverridden` or `Answer::NothingToOverride`.
    pub async fn override_recovery(&self, actor: String, peer: Option<Country>) -> Result<Answer, NodeStopped> {
        self.ask(|reply| LocalRequest::OverrideRecovery { actor, peer, reply }).await
    }

    /// Reads cards, treaties and law from the directory again.
    pub async fn reload(&self) -> Result<ReloadReport, NodeStopped> {
        self.ask(|reply| LocalRequest::Reload { reply }).await
    }

    /// Dials a country now; false where it is no peer.
    pub async fn retry(&self, peer: Country) -> Result<bool, NodeStopped> {
        self.ask(|reply| LocalRequest::Retry { peer, reply }).await
    }

    /// How the conversations stand.
    pub async fn sessions(&self) -> Result<LoopReport, NodeStopped> {
        self.ask(|reply| LocalRequest::Sessions { reply }).await
    }

    /// How the network stands.
    pub async fn network(&self) -> Result<Vec<PeerReport>, NodeStopped> {
        self.ask(|reply| LocalRequest::Network { reply }).await
    }

    /// Ends the node in order.
    pub async fn shutdown(&self) {
        let _ = self.requests.send(LocalRequest::Shutdown).await;
    }

    async fn ask<T>(&self, request: impl FnOnce(oneshot::Sender<T>) -> LocalRequest) -> Result<T, NodeStopped> {
        let (reply, answer) = oneshot::channel();
        self.requests.send(request(reply)).await.map_err(|_| NodeStopped)?;
        answer.await.map_err(|_| NodeStopped)
    }
}
