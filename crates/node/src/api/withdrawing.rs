//! Taking an own record back from everyone who ever had it.

use axum::Json;
use axum::extract::State;
use chancery_exchange::{Answer, WithdrawFault};
use chancery_record::{Country, Lineage, RecordId, StatementId, WithdrawalReason};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::{Caller, Right};
use super::naming;
use super::problem::Problem;
use super::request::Asked;
use crate::api::Api;
use crate::daemon::handle::NodeStopped;
use crate::exit::Exit;

/// Which record to take back, and why.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawAsked {
    /// Its lineage, its id, or the beginning of either; the whole lineage is taken back.
    pub name: String,
    /// The reason's code, which every holder is told.
    #[schema(value_type = String, example = "PURPOSE_ACHIEVED")]
    pub reason: WithdrawalReason,
}

/// A withdrawal that is durable here and owed to every holder.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct WithdrawalMade {
    /// The lineage taken back.
    #[schema(value_type = String)]
    pub lineage: Lineage,
    /// The statement that says so.
    #[schema(value_type = String)]
    pub statement: StatementId,
    /// Whom it is owed to.
    #[schema(value_type = Vec<String>)]
    pub holders: Vec<Country>,
    /// The versions taken back.
    #[schema(value_type = Vec<String>)]
    pub records: Vec<RecordId>,
}

/// Withdraws a record.
#[utoipa::path(post, path = "/v1/withdrawals", request_body = WithdrawAsked, tag = "records",
    responses((status = 200, body = WithdrawalMade), (status = 404, body = Problem), (status = 403, body = Problem)))]
pub async fn withdraw(
    State(api): State<Api>,
    caller: Caller,
    Asked(asked): Asked<WithdrawAsked>,
) -> Result<Json<WithdrawalMade>, Problem> {
    api.require(&caller, Right::Withdraw, "withdraw").await?;
    let name = asked.name.clone();
    let named = api
        .read(&caller, move |handle, viewer| {
            naming::own_lineage(handle.store(), viewer, handle.config().country, &name)
        })
        .await;
    let lineage = api.or_logged(&caller, "withdraw", None, named).await?;
    match api.handle().withdraw(caller.user.name.clone(), lineage, asked.reason).await? {
        Answer::Withdrawn { statement, holders, records } => {
            Ok(Json(WithdrawalMade { lineage, statement, holders, records }))
        }
        Answer::NotWithdrawn(WithdrawFault::NotOwn) => Err(Problem::nothing_named(&asked.name)),
        Answer::NotWithdrawn(fault @ WithdrawFault::Already) => Err(Problem::new(Exit::Failed, fault.to_string())
            .next(format!("`chancery withdraw status {lineage}` shows who has answered"))),
        _ => Err(NodeStopped.into()),
    }
}
