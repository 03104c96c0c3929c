//! The local API: HTTP and JSON over a socket of this machine, for the people and programs that the configuration names.
//!
//! The kernel says who calls; roles, purposes, units and clearance are the configuration's. Nothing is shown before its
//! audit line is durable, and what a caller may not see is not told apart from what is not there.

pub mod caller;
pub mod comparing;
pub mod consenting;
pub mod deciding;
pub mod disclosures;
pub mod explaining;
pub mod holding;
pub mod incidents;
pub mod limits;
pub mod listing;
pub mod metrics;
pub mod naming;
pub mod openapi;
pub mod peering;
pub mod planning;
pub mod problem;
pub mod publishing;
pub mod recovering;
pub mod request;
pub mod running;
pub mod sessions;
pub mod showing;
pub mod socket;
pub mod standing;
pub mod treaties;
pub mod view;
pub mod withdrawing;

#[cfg(test)]
mod tests;

use std::future::Future;
use std::io;
use std::sync::Arc;

use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use chancery_exchange::AuditEntry;
use tokio::net::UnixListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::caller::{Caller, Right};
use self::limits::{DRAFTS_AT_ONCE_MAX, STOP_PATIENCE};
use self::problem::Problem;
use self::sessions::{Ground, Sessions};
use self::socket::{BoundedListener, PeerUid};
use self::view::Viewer;
use crate::clock::now;
use crate::daemon::handle::NodeHandle;
use crate::exit::Exit;

pub use self::socket::{SocketFault, bind, require_unserved};

/// What every request works with; cheap to clone.
#[derive(Clone)]
pub struct Api {
    shared: Arc<Shared>,
}

struct Shared {
    handle: NodeHandle,
    sessions: Sessions,
    drafts: Arc<Semaphore>,
    started: std::time::Instant,
}

/// Serves the API until `stop` ends; then open requests may end within a bounded time, and the socket is removed.
pub async fn serve(
    handle: NodeHandle,
    socket: UnixListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let path = handle.directory().socket();
    let router = router(Api::of(handle)).into_make_service_with_connect_info::<PeerUid>();
    let (stopping, stopped) = tokio::sync::oneshot::channel::<()>();
    let stop = async move {
        stop.await;
        let _ = stopping.send(());
    };
    let serving = axum::serve(BoundedListener::new(socket), router).with_graceful_shutdown(stop);
    let patience = async move {
        let _ = stopped.await;
        tokio::time::sleep(STOP_PATIENCE).await;
    };
    let served = tokio::select! {
        served = serving => served,
        () = patience => Ok(()),
    };
    // The next start would remove it, too; without it callers are told at once that nobody is there.
    let _ = std::fs::remove_file(path);
    served
}

fn router(api: Api) -> Router {
    Router::new()
        .route("/v1/status", get(running::status))
        .route("/v1/reload", post(running::reload))
        .route("/v1/clock/confirm", post(running::confirm_clock))
        .route("/v1/reindex", post(running::reindex))
        .route("/v1/peers", get(peering::list))
        .route("/v1/peers/{country}/retry", post(peering::retry))
        .route("/v1/sync", get(comparing::list))
        .route("/v1/sync/plan", post(planning::plan))
        .route("/v1/sync/check", post(comparing::check))
        .route("/v1/recovery", get(recovering::status).post(recovering::begin))
        .route("/v1/recovery/override", post(recovering::go_on))
        .route("/v1/session", get(running::session).put(running::start_session).delete(running::end_session))
        .route("/v1/records", get(listing::list).post(publishing::publish))
        .route("/v1/records/dry-run", post(publishing::dry_run))
        .route("/v1/records/show", post(showing::show))
        .route("/v1/disclosures", get(disclosures::list))
        .route("/v1/records/{name}/holders", get(holding::holders))
        .route("/v1/withdrawals", post(withdrawing::withdraw))
        .route("/v1/consents", get(consenting::list).post(consenting::ask))
        .route("/v1/consents/answer", post(consenting::answer))
        .route("/v1/why", get(explaining::why))
        .route("/v1/decide", post(explaining::decide))
        .route("/v1/treaties", get(treaties::list))
        .route("/v1/treaties/{name}", get(treaties::show))
        .route("/v1/obligations", get(holding::obligations))
        .route("/v1/quarantine", get(incidents::quarantine))
        .route("/v1/breaches", get(incidents::breaches))
        .route("/v1/audit", get(incidents::audit))
        .route("/openapi.json", get(openapi::document))
        .route("/metrics", get(metrics::scrape))
        .fallback(|| absent(StatusCode::NOT_FOUND))
        .method_not_allowed_fallback(|| absent(StatusCode::METHOD_NOT_ALLOWED))
        .with_state(api)
}

async fn absent(status: StatusCode) -> (StatusCode, Json<Problem>) {
    let problem =
        Problem::new(Exit::Usage, "there is no such request").next("`chancery openapi` describes every request");
    (status, Json(problem))
}

impl Api {
    fn of(handle: NodeHandle) -> Self {
        let shared = Shared {
            handle,
            sessions: Sessions::default(),
            drafts: Arc::new(Semaphore::new(DRAFTS_AT_ONCE_MAX)),
            started: std::time::Instant::now(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// The way into the node.
    pub fn handle(&self) -> &NodeHandle {
        &self.shared.handle
    }

    /// The sessions of this run.
    pub fn sessions(&self) -> &Sessions {
        &self.shared.sessions
    }

    /// When the daemon began to answer.
    pub fn started(&self) -> std::time::Instant {
        self.shared.started
    }

    /// A place for a large request.
    async fn draft_place(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let places = Arc::clone(&self.shared.drafts);
        places.acquire_owned().await.map_err(|_| Problem::new(Exit::DaemonNotRunning, "the daemon is stopping"))
    }

    /// Reads the store on a thread where waiting for the disk holds up nobody.
    async fn read<T: Send + 'static>(
        &self,
        caller: &Caller,
        work: impl FnOnce(&NodeHandle, &Viewer<'_>) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let (handle, user) = (self.handle().clone(), caller.user.clone());
        let work = move || {
            let viewer = Viewer { user: &user, today: now().date() };
            work(&handle, &viewer)
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(done) => done,
            Err(_) => Err(Problem::new(Exit::Failed, "the request could not be worked on")),
        }
    }

    /// Refuses what none of the caller's roles covers; that it was tried is a line of the audit log.
    async fn require(&self, caller: &Caller, right: Right, action: &str) -> Result<(), Problem> {
        self.or_logged(caller, action, None, caller.require(right)).await
    }

    /// Passes an answer on; where the caller was not allowed to ask, a line of the audit log stands first.
    async fn or_logged<T>(
        &self,
        caller: &Caller,
        action: &str,
        ground: Option<&Ground>,
        answer: Result<T, Problem>,
    ) -> Result<T, Problem> {
        if let Err(problem) = &answer
            && problem.exit == Exit::NotAllowed.code()
        {
            self.audit(caller, action, None, ground, "refused").await?;
        }
        answer
    }

    /// Makes a line of the audit log durable.
    async fn audit(
        &self,
        caller: &Caller,
        action: &str,
        record: Option<chancery_record::RecordId>,
        ground: Option<&Ground>,
        outcome: &str,
    ) -> Result<(), Problem> {
        let entry = AuditEntry {
            at: now(),
            actor: caller.user.name.clone(),
            action: action.to_owned(),
            record,
            purpose: ground.map(|ground| ground.purpose.to_string()),
            reference: ground.and_then(|ground| ground.reference.clone()),
            outcome: outcome.to_owned(),
        };
        Ok(self.handle().audit(entry).await?)
    }
}
