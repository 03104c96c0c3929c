//! What was refused, what exceeded its treaty, and the audit log.

use axum::Json;
use axum::extract::State;
use chancery_record::{Country, Instant, RecordId};
use chancery_store::AuditNumber;
use chancery_store::engine::Order;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::caller::{Caller, Right};
use super::limits::PAGE_MAX;
use super::problem::Problem;
use super::request::Parameters;
use crate::api::Api;
use crate::daemon::handle::NodeHandle;

/// Of which country.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PeerAsked {
    /// Only of this country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<String>)]
    pub peer: Option<Country>,
}

/// An item of a peer that was not accepted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct QuarantinedShown {
    /// Who sent it.
    #[schema(value_type = String)]
    pub peer: Country,
    /// The id it claims.
    #[schema(value_type = String)]
    pub record: RecordId,
    /// Why it was refused, in a word.
    pub code: String,
    /// Whether the sender offers it again.
    pub pending: bool,
    /// The item, by its epoch.
    pub epoch: u64,
    /// The item, by its number in the epoch.
    pub number: u64,
    /// When it came.
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
}

/// A delivery that exceeded its treaty; what exceeded it was dropped.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BreachShown {
    /// Who sent it.
    #[schema(value_type = String)]
    pub peer: Country,
    /// Which record.
    #[schema(value_type = String)]
    pub record: RecordId,
    /// What was exceeded.
    pub what: String,
    /// When it came.
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
}

/// Which lines of the audit log.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditAsked {
    /// Only lines before this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
}

/// One page of the audit log, the latest line first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditPage {
    /// The lines.
    pub items: Vec<AuditLine>,
    /// Where the log goes on; none at its beginning.
    pub next: Option<u64>,
}

/// One line of the audit log.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditLine {
    /// Its number, dense and rising.
    pub number: u64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// Which record.
    #[schema(value_type = Option<String>)]
    pub record: Option<RecordId>,
    /// The purpose given.
    pub purpose: Option<String>,
    /// The case number, or post and control number.
    pub reference: Option<String>,
    /// How it ended.
    pub outcome: String,
}

/// Lists what peers sent that was not accepted, the latest of each peer first.
#[utoipa::path(get, path = "/v1/quarantine", params(PeerAsked), tag = "exchange",
    responses((status = 200, body = Vec<QuarantinedShown>), (status = 403, body = Problem)))]
pub async fn quarantine(
    State(api): State<Api>,
    caller: Caller,
    Parameters(asked): Parameters<PeerAsked>,
) -> Result<Json<Vec<QuarantinedShown>>, Problem> {
    caller.require(Right::Incidents)?;
    let shown = api.read(&caller, move |handle, _| {
        let mut items = Vec::new();
        for peer in peers(handle, asked.peer) {
            items.extend(handle.store().quarantine(peer, PAGE_MAX)?.into_iter().map(|item| QuarantinedShown {
                peer,
                record: item.record,
                code: item.code.word().to_owned(),
                pending: item.code.is_pending(),
                epoch: item.epoch.0,
                number: item.number.0,
                at: item.at,
            }));
        }
        Ok(items)
    });
    Ok(Json(shown.await?))
}

/// Lists deliveries that exceeded their treaty, the latest of each peer first.
#[utoipa::path(get, path = "/v1/breaches", params(PeerAsked), tag = "exchange",
    responses((status = 200, body = Vec<BreachShown>), (status = 403, body = Problem)))]
pub async fn breaches(
    State(api): State<Api>,
    caller: Caller,
    Parameters(asked): Parameters<PeerAsked>,
) -> Result<Json<Vec<BreachShown>>, Problem> {
    caller.require(Right::Incidents)?;
    let shown = api.read(&caller, move |handle, _| {
        let mut items = Vec::new();
        for peer in peers(handle, asked.peer) {
            let found = handle.store().breaches(peer, PAGE_MAX)?;
            items.extend(found.into_iter().map(|breach| BreachShown {
                peer,
                record: breach.record,
                what: breach.what,
                at: breach.at,
            }));
        }
        Ok(items)
    });
    Ok(Json(shown.await?))
}

/// Lists the audit log. Reading it is itself a line of it.
#[utoipa::path(get, path = "/v1/audit", params(AuditAsked), tag = "audit",
    responses((status = 200, body = AuditPage), (status = 403, body = Problem)))]
pub async fn audit(
    State(api): State<Api>,
    caller: Caller,
    Parameters(asked): Parameters<AuditAsked>,
) -> Result<Json<AuditPage>, Problem> {
    api.require(&caller, Right::Audit, "read the audit log").await?;
    if asked.before.is_none() {
        api.audit(&caller, "read the audit log", None, None, "shown").await?;
    }
    let shown = api.read(&caller, move |handle, _| {
        let lines = handle.store().audit(Order::Descending, asked.before.map(AuditNumber), PAGE_MAX)?;
        let next = if lines.is_empty() { None } else { lines.last().map(|(AuditNumber(number), _)| *number) };
        let items = lines.into_iter().map(|(AuditNumber(number), entry)| AuditLine {
            number,
            at: entry.at,
            actor: entry.actor,
            action: entry.action,
            record: entry.record,
            purpose: entry.purpose,
            reference: entry.reference,
            outcome: entry.outcome,
        });
        Ok(AuditPage { items: items.collect(), next })
    });
    Ok(Json(shown.await?))
}

/// One country, or every country whose card is known.
fn peers(handle: &NodeHandle, only: Option<Country>) -> Vec<Country> {
    match only {
        Some(peer) => vec![peer],
        None => handle.standing().roster.countries().filter(|country| *country != handle.config().country).collect(),
    }
}
