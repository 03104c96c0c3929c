//! How the peers stand, and dialling one by hand.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use chancery_exchange::{Records, SessionState};
use chancery_record::{Country, Instant};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::{Caller, Right};
use super::problem::Problem;
use crate::api::Api;
use crate::clock::now;
use crate::exit::Exit;
use crate::network::PeerReport;

/// How one country stands.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PeerShown {
    /// The country.
    #[schema(value_type = String)]
    pub country: Country,
    /// Whether a connection is open.
    pub connected: bool,
    /// For how many seconds.
    pub connected_s: Option<u64>,
    /// Whether records flow, or why not.
    pub records: String,
    /// Whether every record has been decided for it.
    pub caught_up: bool,
    /// Records sent and not yet receipted.
    pub in_flight: usize,
    /// Entries of the journal not yet looked at for it, at least; many of them may never go there.
    pub undecided: usize,
    /// What is withheld for now and tried again.
    pub deferred: usize,
    /// Obligations it has not receipted.
    pub obligations: u64,
    /// Its clock less ours, in milliseconds.
    pub clock_offset_ms: Option<i64>,
    /// Treaties in force with it.
    pub treaties: Vec<String>,
    /// Until when its newest certificate is valid.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub certificate_until: Option<Instant>,
    /// Seconds until it is dialled again.
    pub next_attempt_s: Option<u64>,
    /// Why the last connection or dial ended.
    pub last_cause: Option<String>,
    /// The last things that an operator should know of it.
    pub notices: Vec<String>,
}

/// Whether a dial was begun.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RetryBegun {
    /// Whether a connection is open already.
    pub connected: bool,
    /// Why the last connection or dial ended.
    pub last_cause: Option<String>,
}

/// Lists the countries whose card is known, and how each stands.
#[utoipa::path(get, path = "/v1/peers", tag = "exchange",
    responses((status = 200, body = Vec<PeerShown>), (status = 403, body = Problem)))]
pub async fn list(State(api): State<Api>, caller: Caller) -> Result<Json<Vec<PeerShown>>, Problem> {
    caller.require(Right::Peers)?;
    Ok(Json(peers(&api, &caller).await?))
}

/// Forgets how long to wait and dials a country now.
#[utoipa::path(post, path = "/v1/peers/{country}/retry", tag = "exchange",
    params(("country" = String, Path, description = "ISO 3166-1 alpha-2")),
    responses((status = 200, body = RetryBegun), (status = 404, body = Problem), (status = 403, body = Problem)))]
pub async fn retry(
    State(api): State<Api>,
    caller: Caller,
    Path(country): Path<String>,
) -> Result<Json<RetryBegun>, Problem> {
    caller.require(Right::Operate)?;
    let country: Country =
        country.parse().map_err(|fault: chancery_record::CountryFault| Problem::usage(fault.to_string()))?;
    if !api.handle().retry(country).await? {
        return Err(Problem::new(
            Exit::NothingFound,
            format!("{country} ({}) is no peer of this node", country.name()),
        )
        .because("a peer is a country whose card with a valid certificate was imported")
        .next("`chancery card import FILE` takes a card in"));
    }
    let reports = api.handle().network().await?;
    let report = api.handle().sessions().await?;
    let connected = reports.iter().any(|peer| peer.country == country.to_string() && peer.connected.is_some());
    let last_cause = report.last_causes.into_iter().rev().find(|(peer, _)| *peer == country).map(|(_, cause)| cause);
    Ok(Json(RetryBegun { connected, last_cause }))
}

/// How every country whose card is known stands.
pub async fn peers(api: &Api, caller: &Caller) -> Result<Vec<PeerShown>, Problem> {
    let report = api.handle().sessions().await?;
    let network = api.handle().network().await?;
    let sessions: BTreeMap<Country, SessionState> =
        report.sessions.into_iter().map(|session| (session.peer, session)).collect();
    let mut causes: BTreeMap<Country, String> = report.last_causes.into_iter().collect();
    let mut notices: BTreeMap<Country, Vec<String>> = BTreeMap::new();
    for notice in report.notices {
        notices.entry(notice.peer).or_default().push(format!("{}: {}", notice.at, notice.text));
    }
    let (standing, own) = (api.handle().standing(), api.handle().config().country);
    let countries: Vec<Country> = standing.roster.countries().filter(|country| *country != own).collect();
    let wanted = countries.clone();
    let backlogs = api
        .read(caller, move |handle, _| {
            wanted.into_iter().map(|peer| Ok(handle.store().backlog(peer)?)).collect::<Result<Vec<_>, Problem>>()
        })
        .await?;
    let at = now();
    let shown = countries.into_iter().zip(backlogs).map(|(country, backlog)| {
        let link = link(&network, country);
        let session = sessions.get(&country);
        let named = |hash: &chancery_record::DocumentHash| {
            standing.book.treaty(hash).map_or_else(|| hash.to_string(), |treaty| treaty.name())
        };
        PeerShown {
            country,
            connected: session.is_some() || link.is_some_and(|link| link.connected.is_some()),
            connected_s: link.and_then(|link| link.connected).map(|(_, since)| since.as_secs()),
            records: records(session).to_owned(),
            caught_up: session.is_some_and(|session| session.caught_up),
            in_flight: session.map_or(0, |session| session.in_flight),
            // The place in the journal is written down with what is sent; a walk that found nothing to send is over, too.
            undecided: match session.is_some_and(|session| session.caught_up) {
                true => 0,
                false => backlog.journal.iter().map(|(_, count)| count).sum(),
            },
            deferred: backlog.deferred,
            obligations: backlog.obligations,
            clock_offset_ms: session.and_then(|session| session.clock_offset_ms),
            treaties: standing.law.treaties_with(country).iter().map(named).collect(),
            certificate_until: standing.roster.valid_certificates(country, at).map(|one| one.not_after).max(),
            next_attempt_s: link.and_then(|link| link.next_attempt_in).map(|wait| wait.as_secs()),
            last_cause: causes.remove(&country),
            notices: notices.remove(&country).unwrap_or_default(),
        }
    });
    Ok(shown.collect())
}

/// What the network says of a country; of several keys the connected one counts.
fn link(network: &[PeerReport], country: Country) -> Option<&PeerReport> {
    let of_country = network.iter().filter(|peer| peer.country == country.to_string());
    of_country.max_by_key(|peer| peer.connected.is_some())
}

fn records(session: Option<&SessionState>) -> &'static str {
    match session.map(|session| session.records) {
        None => "not connected",
        Some(None) => "greeting",
        Some(Some(Records::Flow)) => "flow",
        Some(Some(Records::NoTreaty)) => "no treaty in force",
        Some(Some(Records::ClocksApart)) => "stopped: clocks more than an hour apart",
        Some(Some(Records::Recovering)) => "received only: this node is recovering, see `chancery recover status`",
        Some(Some(Records::Disagree)) => "stopped: the peer says that it holds more of this node than this store knows",
        Some(Some(Records::Outlived)) => "stopped: a later life of this node has spoken with the peer",
    }
}
