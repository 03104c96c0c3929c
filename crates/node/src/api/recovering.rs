//! Another life of the store: what has come back from whom, beginning one, going on without the rest.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use chancery_exchange::{Answer, AuditEntry, Holdings, Life, ReturnProgress, ReturnState};
use chancery_record::{Country, Instant};
use chancery_store::engine::Order;
use chancery_store::{Losses, Store};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::{Caller, Right};
use super::limits::{AUDIT_LINES_SCANNED_MAX, PAGE_MAX, REFERENCE_BYTES_MAX};
use super::problem::Problem;
use super::request::Asked;
use super::running::Done;
use crate::api::Api;
use crate::clock::now;
use crate::daemon::handle::NodeStopped;
use crate::exit::Exit;

/// Which life the store is in, and what came back from whom.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RecoveryShown {
    /// Which.
    pub life: LifeShown,
    /// Since when it is so; none where no other life is known.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Instant>,
    /// Every country whose card is known; none where no other life is known.
    pub peers: Vec<ReturnShown>,
    /// Own records that a country proved to have had, and that nobody has given back.
    pub held_by_nobody: u64,
    /// Own records, current, that came back without the section that says to whom they may go: they go to nobody.
    pub without_audience: u64,
    /// Whether everything was counted; else both counts are the least that it is.
    pub counted_all: bool,
}

/// Which life a store is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LifeShown {
    /// The one it began with, as far as it knows.
    First,
    /// A later one, which takes back what its peers hold of the one before, and is mute meanwhile.
    Recovering,
    /// A later one, which knows what its peers knew.
    Recovered,
}

/// What one country has given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReturnShown {
    /// The country.
    #[schema(value_type = String)]
    pub country: Country,
    /// How far it is.
    pub state: ReturnedShown,
    /// Withdrawals, recalls and corrections that were not known here any more.
    pub statements: u64,
    /// Disclosures that were not known here any more.
    pub disclosures: u64,
    /// Own records, or sections of them, that were not held here any more.
    pub records: u64,
    /// What came and could not be taken.
    pub refused: u64,
    /// Who decided to go on without it.
    pub overridden_by: Option<String>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub overridden_at: Option<Instant>,
}

/// How far a country is with giving back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReturnedShown {
    /// It is connected and asked.
    Asked,
    /// It is not connected, and is asked as soon as it is.
    NotConnected,
    /// It has given back all it held.
    Done,
    /// An operator goes on without the rest.
    Overridden,
}

/// Without whom to go on, and why.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OverrideAsked {
    /// The country; every one that has not given back where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub peer: Option<Country>,
    /// Why; it stands in the audit log.
    pub reason: String,
}

impl ReturnShown {
    /// Whether something may still come back from it.
    pub fn is_awaited(&self) -> bool {
        matches!(self.state, ReturnedShown::Asked | ReturnedShown::NotConnected)
    }
}

/// Says which life the store is in, and what came back from whom.
#[utoipa::path(get, path = "/v1/recovery", tag = "node",
    responses((status = 200, body = RecoveryShown), (status = 403, body = Problem)))]
pub async fn status(State(api): State<Api>, caller: Caller) -> Result<Json<RecoveryShown>, Problem> {
    caller.require(Right::Peers)?;
    Ok(Json(recovery(&api, &caller).await?))
}

/// Begins another life of the store, which is mute until its peers have given back what they hold of the last one.
#[utoipa::path(post, path = "/v1/recovery", tag = "node",
    responses((status = 200, body = Done), (status = 403, body = Problem)))]
pub async fn begin(State(api): State<Api>, caller: Caller) -> Result<Json<Done>, Problem> {
    api.require(&caller, Right::Operate, "recover").await?;
    match api.handle().recover(caller.user.name.clone()).await? {
        Answer::RecoveryBegun => Ok(Json(Done { done: true })),
        _ => Err(NodeStopped.into()),
    }
}

/// Goes on without what a country, or all that have not answered, may still hold. Gives what was given up.
#[utoipa::path(post, path = "/v1/recovery/override", request_body = OverrideAsked, tag = "node",
    responses((status = 200, body = Vec<ReturnShown>), (status = 404, body = Problem), (status = 403, body = Problem)))]
pub async fn go_on(
    State(api): State<Api>,
    caller: Caller,
    Asked(asked): Asked<OverrideAsked>,
) -> Result<Json<Vec<ReturnShown>>, Problem> {
    api.require(&caller, Right::Operate, "recover-override").await?;
    let reason = asked.reason.trim();
    if reason.is_empty() || reason.len() > REFERENCE_BYTES_MAX {
        return Err(Problem::usage(format!("a reason has 1 to {REFERENCE_BYTES_MAX} bytes")));
    }
    let standing = recovery(&api, &caller).await?;
    let mut given_up = standing.peers;
    given_up.retain(|peer| peer.is_awaited() && asked.peer.is_none_or(|one| one == peer.country));
    if standing.life != LifeShown::Recovering || given_up.is_empty() {
        return Err(nothing_awaited(asked.peer));
    }
    let whom = asked.peer.map_or_else(|| "all".to_owned(), |peer| peer.to_string());
    let entry = AuditEntry {
        at: now(),
        actor: caller.user.name.clone(),
        action: "recover-override".to_owned(),
        record: None,
        purpose: None,
        reference: Some(reason.to_owned()),
        outcome: format!("asked for {whom}"),
    };
    api.handle().audit(entry).await?;
    match api.handle().override_recovery(caller.user.name.clone(), asked.peer).await? {
        Answer::RecoveryOverridden => Ok(Json(given_up)),
        Answer::NothingToOverride => Err(nothing_awaited(asked.peer)),
        _ => Err(NodeStopped.into()),
    }
}

fn nothing_awaited(peer: Option<Country>) -> Problem {
    let from = peer.map_or_else(String::new, |peer| format!(" from {peer} ({})", peer.name()));
    Problem::new(Exit::NothingFound, format!("nothing is waited for{from}"))
        .next("`chancery recover status` shows what came back from whom")
}

async fn recovery(api: &Api, caller: &Caller) -> Result<RecoveryShown, Problem> {
    let report = api.handle().sessions().await?;
    let connected: BTreeSet<Country> = report.sessions.iter().map(|session| session.peer).collect();
    let own = api.handle().config().country;
    let known: Vec<Country> = api.handle().standing().roster.countries().filter(|country| *country != own).collect();
    api.read(caller, move |handle, viewer| {
        let store = handle.store();
        let (life, since) = match store.life()? {
            Life::First => return Ok(first_life()),
            Life::Recovering(since) => (LifeShown::Recovering, since),
            Life::Recovered(since) => (LifeShown::Recovered, since),
        };
        let mut peers = Vec::with_capacity(known.len());
        for country in known {
            let progress = store.returned(country)?.unwrap_or_default();
            peers.push(returned(country, &progress, connected.contains(&country)));
        }
        name_who_overrode(store, &mut peers)?;
        let Losses { held_by_nobody, without_audience, is_complete } = store.losses(own, viewer.today)?;
        let since = Some(since);
        Ok(RecoveryShown { life, since, peers, held_by_nobody, without_audience, counted_all: is_complete })
    })
    .await
}

fn first_life() -> RecoveryShown {
    RecoveryShown {
        life: LifeShown::First,
        since: None,
        peers: Vec::new(),
        held_by_nobody: 0,
        without_audience: 0,
        counted_all: true,
    }
}

fn returned(country: Country, progress: &ReturnProgress, connected: bool) -> ReturnShown {
    let state = match progress.state {
        ReturnState::Asking(_) if connected => ReturnedShown::Asked,
        ReturnState::Asking(_) => ReturnedShown::NotConnected,
        ReturnState::Done => ReturnedShown::Done,
        ReturnState::Overridden => ReturnedShown::Overridden,
    };
    ReturnShown {
        country,
        state,
        statements: progress.statements,
        disclosures: progress.disclosures,
        records: progress.records,
        refused: progress.refused,
        overridden_by: None,
        overridden_at: None,
    }
}

/// The audit log knows who; it is read back to where this life began.
fn name_who_overrode(store: &Store, peers: &mut [ReturnShown]) -> Result<(), Problem> {
    let is_nameless = |peer: &ReturnShown| peer.state == ReturnedShown::Overridden && peer.overridden_by.is_none();
    let (mut beyond, mut scanned) = (None, 0);
    while peers.iter().any(is_nameless) && scanned < AUDIT_LINES_SCANNED_MAX {
        let lines = store.audit(Order::Descending, beyond, PAGE_MAX)?;
        let Some((last, _)) = lines.last() else { break };
        beyond = Some(*last);
        scanned += lines.len();
        for (_, line) in lines {
            match (line.action.as_str(), line.outcome.as_str()) {
                ("recover", "begun" | "proved") => return Ok(()),
                ("recover-override", whom) => {
                    let is_meant = |peer: &&mut ReturnShown| {
                        is_nameless(peer) && (whom == "all" || whom == peer.country.to_string())
                    };
                    for peer in peers.iter_mut().filter(is_meant) {
                        (peer.overridden_by, peer.overridden_at) = (Some(line.actor.clone()), Some(line.at));
                    }
                }
                _ => {}
            }
        }
    }
    Ok(())
}
