//! Both ends of every ledger: how much they hold, whether they are known to agree, comparing them now.

use axum::Json;
use axum::extract::State;
use chancery_exchange::reconcile::Unresolved;
use chancery_exchange::{Answer, CheckFault, Holdings, Mode, Period, Repair, Side};
use chancery_record::Country;
use chancery_store::Store;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::{Caller, Right};
use super::problem::Problem;
use super::request::Asked;
use crate::api::Api;
use crate::daemon::handle::NodeStopped;
use crate::exit::Exit;

/// What both ends of the ledgers with one country count.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SyncShown {
    /// The country.
    #[schema(value_type = String)]
    pub country: Country,
    /// Records, with the sections sent of each, that the country has receipted.
    pub delivered: u64,
    /// Records, with the sections that came of each, that were taken from it.
    pub received: u64,
    /// Whether a comparison of what was delivered is outstanding; records wait for it.
    pub comparison_due: bool,
    /// How much of it is left, where it was broken off: ranges of ids; none where it is the whole.
    pub ranges_left: Option<usize>,
}

/// With whom to compare, and what is to follow.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckAsked {
    /// The country.
    #[schema(value_type = String, example = "DE")]
    pub peer: Country,
    /// What follows from a difference.
    pub difference: Difference,
    /// How it is compared.
    pub by: ComparedBy,
}

/// What follows from a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// It is told.
    Told,
    /// What the country lacks is offered to it again, by the law of today.
    Repaired,
}

/// How it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ComparedBy {
    /// By the sums that both ends keep.
    Sums,
    /// By every item, under a key drawn for it, so that no sum that was made to match hides anything.
    Items,
}

/// How what was delivered to a country compared with what it holds.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CheckShown {
    /// The country.
    #[schema(value_type = String)]
    pub country: Country,
    /// Whether both ends hold the same.
    pub agrees: bool,
    /// Records that count as delivered and that the country does not hold.
    pub missing: u64,
    /// Records that the country holds and that did not count as delivered.
    pub extras: u64,
    /// Those among them that no disclosure explains.
    pub unexplained: u64,
    /// Months of expiry in which the two ends differed.
    pub periods: u32,
    /// Ranges that could not be told apart.
    pub abandoned: u32,
    /// What followed.
    pub difference: Difference,
}

/// Shows what both ends of every ledger count.
#[utoipa::path(get, path = "/v1/sync", tag = "peers",
    responses((status = 200, body = Vec<SyncShown>), (status = 403, body = Problem)))]
pub async fn list(State(api): State<Api>, caller: Caller) -> Result<Json<Vec<SyncShown>>, Problem> {
    caller.require(Right::Peers)?;
    let own = api.handle().config().country;
    let known: Vec<Country> = api.handle().standing().roster.countries().filter(|country| *country != own).collect();
    let shown = api.read(&caller, move |handle, _| known.into_iter().map(|peer| sync(handle.store(), peer)).collect());
    Ok(Json(shown.await?))
}

/// Compares what was delivered to a country with what it holds, and asks it to compare the other way round. Answers when
/// it is compared.
#[utoipa::path(post, path = "/v1/sync/check", request_body = CheckAsked, tag = "peers",
    responses((status = 200, body = CheckShown), (status = 502, body = Problem), (status = 403, body = Problem)))]
pub async fn check(
    State(api): State<Api>,
    caller: Caller,
    Asked(asked): Asked<CheckAsked>,
) -> Result<Json<CheckShown>, Problem> {
    let action = match asked.difference {
        Difference::Told => "sync check",
        Difference::Repaired => "sync repair",
    };
    api.require(&caller, Right::Operate, action).await?;
    let peer = asked.peer;
    if !api.handle().standing().roster.countries().any(|country| country == peer) {
        return Err(Problem::new(Exit::NothingFound, format!("{peer} ({}) is no peer of this node", peer.name()))
            .next("`chancery card import FILE` takes a card in"));
    }
    api.audit(&caller, action, None, None, &format!("asked of {peer}")).await?;
    let repair = match asked.difference {
        Difference::Told => Repair::No,
        Difference::Repaired => Repair::Yes,
    };
    let mode = match asked.by {
        ComparedBy::Sums => Mode::Plain,
        ComparedBy::Items => Mode::Salted,
    };
    match api.handle().check(peer, repair, mode).await? {
        Answer::Checked(report) => Ok(Json(CheckShown {
            country: peer,
            agrees: (report.missing, report.extras, report.periods, report.abandoned) == (0, 0, 0, 0),
            missing: report.missing,
            extras: report.extras,
            unexplained: report.unexplained,
            periods: report.periods,
            abandoned: report.abandoned,
            difference: asked.difference,
        })),
        Answer::NotChecked(fault) => Err(not_checked(peer, fault)),
        _ => Err(NodeStopped.into()),
    }
}

fn not_checked(peer: Country, fault: CheckFault) -> Problem {
    let (exit, next) = match fault {
        CheckFault::NotConnected => (Exit::PeerUnreachable, format!("`chancery peer retry {peer}` dials it now")),
        CheckFault::Ended => (Exit::PeerUnreachable, "ask again once it is connected".to_owned()),
        CheckFault::NoRecords => (Exit::Failed, "see to what stands against them, then ask again".to_owned()),
        CheckFault::Busy => (Exit::Failed, "ask again when they are answered".to_owned()),
    };
    Problem::new(exit, format!("the ledgers with {peer} ({}) were not compared", peer.name()))
        .because(fault.to_string())
        .next(next)
}

fn sync(store: &Store, peer: Country) -> Result<SyncShown, Problem> {
    let due = store.check_due(peer)?;
    let left = due.as_deref().and_then(|left| Unresolved::from_bytes(left).ok());
    let count = |side| {
        let tallies = store.tallies(side, peer, Period::default())?;
        Ok::<u64, Problem>(tallies.iter().map(|(_, tally)| tally.count).sum())
    };
    Ok(SyncShown {
        country: peer,
        delivered: count(Side::Delivered)?,
        received: count(Side::Received)?,
        comparison_due: due.is_some(),
        ranges_left: left.and_then(|left| left.count()),
    })
}
