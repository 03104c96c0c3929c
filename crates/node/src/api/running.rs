//! How the node runs: its status, its sessions, and what an operator may set going.

use axum::Json;
use axum::extract::State;
use chancery_exchange::{Holdings, Life};
use chancery_record::{Country, Instant};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::{Caller, Right};
use super::limits::TREATY_DAYS_WARNED;
use super::problem::Problem;
use super::request::Asked;
use super::sessions::{Occasion, SessionShown};
use crate::api::Api;
use crate::clock::now;
use crate::daemon::documents::ReloadOutcome;
use crate::exit::Exit;

/// How the node stands.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StatusShown {
    /// The country it speaks for.
    #[schema(value_type = String)]
    pub country: Country,
    /// The program's version.
    pub version: String,
    /// Whether it listens, reads and answers.
    pub ready: bool,
    /// For how many seconds it has answered.
    pub running_s: u64,
    /// Records held.
    pub records: u64,
    /// Bytes of the store.
    pub store_bytes: u64,
    /// The law that is decided by.
    pub law_generation: u64,
    /// When the law next changes by itself.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub law_changes: Option<Instant>,
    /// Treaties in force.
    pub treaties: usize,
    /// Countries with a treaty in force.
    pub peers: usize,
    /// Of those, how many are connected.
    pub connected: usize,
    /// Where it listens.
    pub listening: Vec<String>,
    /// Whether a jump of the wall clock waits for an operator's word.
    pub clock_jumped: bool,
    /// Since when the store takes back what was lost, and is mute; none where it is whole.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub recovering_since: Option<Instant>,
    /// Until when the own certificate is valid.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub certificate_until: Option<Instant>,
    /// What an operator should see to.
    pub warnings: Vec<String>,
}

/// What reading the directory again has found.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReloadShown {
    /// How many cards are trusted, the own one included.
    pub cards: usize,
    /// How many treaties are at hand.
    pub treaties: usize,
    /// How many national laws are at hand.
    pub laws: usize,
    /// Files that were refused.
    pub refused: Vec<RefusedShown>,
    /// Whether what stands in the directory holds now, or everything stays as it was.
    pub outcome: ReloadOutcome,
    /// The law in force.
    pub law_generation: u64,
}

/// A file that counts for nothing.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RefusedShown {
    /// The file.
    pub file: String,
    /// Why.
    pub why: String,
}

/// What a rebuild of the indexes did.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReindexShown {
    /// Records whose entries were written anew.
    pub records: u64,
    /// Entries taken away because nothing is behind them.
    pub dropped: u64,
    /// Records that cannot be read.
    pub unreadable: u64,
}

/// That what was asked is done.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Done {
    /// Always true.
    pub done: bool,
}

/// Says how the node stands. Every user may ask.
#[utoipa::path(get, path = "/v1/status", tag = "node",
    responses((status = 200, body = StatusShown), (status = 403, body = Problem)))]
pub async fn status(State(api): State<Api>, caller: Caller) -> Result<Json<StatusShown>, Problem> {
    let report = api.handle().sessions().await?;
    let (extent, life) = api.read(&caller, |handle, _| Ok((handle.store().extent()?, handle.store().life()?))).await?;
    let (standing, config) = (api.handle().standing(), api.handle().config());
    let at = now();
    let certificate_until = standing.roster.valid_certificates(config.country, at).map(|one| one.not_after).max();
    let peers: Vec<Country> = standing.law.peers().collect();
    let mut shown = StatusShown {
        country: config.country,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ready: !report.listening.is_empty() || config.listen.is_empty(),
        running_s: api.started().elapsed().as_secs(),
        records: extent.records,
        store_bytes: extent.bytes,
        law_generation: standing.law.generation().0,
        law_changes: standing.law.next_change(),
        treaties: standing
            .book
            .in_force(at.date())
            .filter(|one| one.header().parties.contains(&config.country))
            .count(),
        peers: peers.len(),
        connected: report.sessions.iter().filter(|session| peers.contains(&session.peer)).count(),
        listening: report.listening,
        clock_jumped: report.clock_jumped,
        recovering_since: match life {
            Life::Recovering(since) => Some(since),
            Life::First | Life::Recovered(_) => None,
        },
        certificate_until,
        warnings: Vec::new(),
    };
    shown.warnings = warnings(&shown, &standing, at);
    if report.outlived {
        shown.warnings.push(OUTLIVED.to_owned());
    }
    Ok(Json(shown))
}

/// Reads cards, treaties and law from the directory again.
#[utoipa::path(post, path = "/v1/reload", tag = "node",
    responses((status = 200, body = ReloadShown), (status = 403, body = Problem)))]
pub async fn reload(State(api): State<Api>, caller: Caller) -> Result<Json<ReloadShown>, Problem> {
    api.require(&caller, Right::Reload, "reload").await?;
    let report = api.handle().reload().await?;
    let outcome = match report.outcome {
        ReloadOutcome::Kept => "nothing changed",
        ReloadOutcome::Renewed if report.refused.is_empty() => "done",
        ReloadOutcome::Renewed => "some files refused",
    };
    api.audit(&caller, "reload", None, None, outcome).await?;
    let refused = report.refused.into_iter().map(|refused| RefusedShown { file: refused.file, why: refused.why });
    Ok(Json(ReloadShown {
        cards: report.cards,
        treaties: report.treaties,
        laws: report.laws,
        refused: refused.collect(),
        outcome: report.outcome,
        law_generation: report.law_generation,
    }))
}

/// Confirms the wall clock after a jump, so that release and purge go on.
#[utoipa::path(post, path = "/v1/clock/confirm", tag = "node",
    responses((status = 200, body = Done), (status = 403, body = Problem)))]
pub async fn confirm_clock(State(api): State<Api>, caller: Caller) -> Result<Json<Done>, Problem> {
    caller.require(Right::Operate)?;
    api.handle().confirm_clock(caller.user.name.clone()).await?;
    Ok(Json(Done { done: true }))
}

/// Writes the indexes of the store anew from its records.
#[utoipa::path(post, path = "/v1/reindex", tag = "node",
    responses((status = 200, body = ReindexShown), (status = 403, body = Problem)))]
pub async fn reindex(State(api): State<Api>, caller: Caller) -> Result<Json<ReindexShown>, Problem> {
    caller.require(Right::Operate)?;
    api.audit(&caller, "reindex", None, None, "begun").await?;
    let rebuilt = api
        .read(&caller, |handle, _| {
            handle.store().rebuild_indexes(|_| {}).map_err(|fault| {
                Problem::new(Exit::Failed, "the indexes cannot be written anew").because(fault.to_string())
            })
        })
        .await?;
    Ok(Json(ReindexShown { records: rebuilt.records, dropped: rebuilt.dropped, unreadable: rebuilt.unreadable }))
}

/// Shows the caller's session.
#[utoipa::path(get, path = "/v1/session", tag = "session",
    responses((status = 200, body = SessionShown), (status = 404, body = Problem)))]
pub async fn session(State(api): State<Api>, caller: Caller) -> Result<Json<SessionShown>, Problem> {
    api.sessions().current(caller.user.uid).map(Json).ok_or_else(no_session)
}

/// Sets the purpose and reference that the caller's queries stand under for a shift.
#[utoipa::path(put, path = "/v1/session", request_body = Occasion, tag = "session",
    responses((status = 200, body = SessionShown), (status = 400, body = Problem), (status = 403, body = Problem)))]
pub async fn start_session(
    State(api): State<Api>,
    caller: Caller,
    Asked(occasion): Asked<Occasion>,
) -> Result<Json<SessionShown>, Problem> {
    let ground = occasion.ground()?;
    let allowed = caller.require(Right::Show).and_then(|()| caller.require_purpose(ground.purpose));
    api.or_logged(&caller, "session start", Some(&ground), allowed).await?;
    api.audit(&caller, "session start", None, Some(&ground), "begun").await?;
    let hours = api.handle().config().limits.session_hours_max;
    Ok(Json(api.sessions().start(caller.user.uid, ground, hours, now())))
}

/// Ends the caller's session.
#[utoipa::path(delete, path = "/v1/session", tag = "session",
    responses((status = 200, body = Done), (status = 404, body = Problem)))]
pub async fn end_session(State(api): State<Api>, caller: Caller) -> Result<Json<Done>, Problem> {
    if api.sessions().end(caller.user.uid) { Ok(Json(Done { done: true })) } else { Err(no_session()) }
}

fn no_session() -> Problem {
    Problem::new(Exit::NothingFound, "no session is open").next("`chancery session start` opens one")
}

/// What an operator of an old copy is told.
const OUTLIVED: &str = "another country has met a later life of this node: this store is an old copy, or another node runs with \
    its keys, and other countries refuse it; if this one is to go on, stop the other, then `chancery recover begin`";

fn warnings(shown: &StatusShown, standing: &crate::daemon::handle::Standing, at: Instant) -> Vec<String> {
    let mut warnings = Vec::new();
    if shown.clock_jumped {
        warnings.push(
            "the wall clock jumped by more than an hour: nothing is released or purged until `chancery clock confirm`"
                .to_owned(),
        );
    }
    if let Some(since) = shown.recovering_since {
        warnings.push(format!(
            "the node is recovering since {since}: it sends and publishes nothing until its peers have given back what they hold of \
             it; `chancery recover status` shows who is missing"
        ));
    }
    match shown.certificate_until {
        None => warnings.push("no certificate of this node is valid; `chancery key rotate` makes one".to_owned()),
        Some(until) => {
            let left = until.0.saturating_sub(at.0) / chancery_record::DAY_MS;
            if left < crate::limits::CERTIFICATE_DAYS_WARNED {
                warnings
                    .push(format!("the node's certificate ends in {left} days; `chancery key rotate` makes the next"));
            }
        }
    }
    for treaty in standing.book.in_force(at.date()) {
        let left = treaty.header().expires.days() - at.date().days();
        if left < TREATY_DAYS_WARNED && treaty.header().parties.contains(&shown.country) {
            warnings
                .push(format!("the treaty {} ends in {left} days; nothing goes under it afterwards", treaty.name()));
        }
    }
    for peer in standing.law.overfull() {
        warnings.push(format!("more articles bear on {peer} than can be decided; nothing goes there"));
    }
    if !shown.ready {
        warnings.push("the node does not listen yet".to_owned());
    }
    warnings
}
