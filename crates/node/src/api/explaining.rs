//! Why a record goes to a country or not, and whether a draft would.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chancery_record::{Country, Draft, Lineage, Placement, Purpose, Record};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::caller::{Caller, Right};
use super::deciding::{Nearest, VerdictShown, onward_verdict, verdict};
use super::naming;
use super::problem::Problem;
use super::publishing::faults_text;
use super::request::{DraftLines, Parameters};
use super::view::is_readable;
use crate::api::Api;
use crate::clock::now;
use crate::config::Config;
use crate::exit::Exit;

/// Which record, and to whom.
#[derive(Clone, Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WhyAsked {
    /// The record's lineage, its id, or the beginning of either.
    pub name: String,
    /// The country.
    #[param(value_type = String)]
    pub to: Country,
    /// For this purpose only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<String>)]
    pub purpose: Option<Purpose>,
}

/// To whom a draft would go.
#[derive(Clone, Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DecideAsked {
    /// The country.
    #[param(value_type = String)]
    pub to: Country,
    /// For this purpose only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<String>)]
    pub purpose: Option<Purpose>,
}

/// Says why a record that is held goes to a country now, or why not.
#[utoipa::path(get, path = "/v1/why", params(WhyAsked), tag = "law",
    responses((status = 200, body = VerdictShown), (status = 404, body = Problem), (status = 403, body = Problem)))]
pub async fn why(
    State(api): State<Api>,
    caller: Caller,
    Parameters(asked): Parameters<WhyAsked>,
) -> Result<Json<VerdictShown>, Problem> {
    caller.require(Right::Explain)?;
    let nearest = nearest_for(&caller);
    let shown = api
        .read(&caller, move |handle, viewer| {
            require_other(handle.config(), asked.to)?;
            let found = naming::find(handle.store(), viewer, &asked.name)?;
            if !is_readable(found.standing) {
                return Err(Problem::new(Exit::Refused, format!("the record is {}", found.standing.word()))
                    .because("what was taken back goes to nobody, whatever the law says"));
            }
            let law = &handle.standing().law;
            if found.held.record.manifest().originator != handle.config().country {
                let mut made = onward_verdict(law, handle.store(), &found.held, asked.to, now())?;
                let is_asked = |purpose| asked.purpose.is_none_or(|asked| asked == purpose);
                made.released.retain(|row| is_asked(row.purpose));
                made.withheld.retain(|row| is_asked(row.purpose));
                return Ok(VerdictShown::of(made, nearest));
            }
            Ok(verdict(law, found.held.record, asked.to, asked.purpose, now(), nearest))
        })
        .await?;
    Ok(Json(shown))
}

/// Says whether a draft, given as one line of JSON, would go to a country if it were published now. Nothing is kept.
#[utoipa::path(post, path = "/v1/decide", params(DecideAsked), tag = "law",
    request_body(content = String, content_type = "application/x-ndjson"),
    responses((status = 200, body = VerdictShown), (status = 400, body = Problem), (status = 403, body = Problem)))]
pub async fn decide(
    State(api): State<Api>,
    caller: Caller,
    Parameters(asked): Parameters<DecideAsked>,
    drafts: DraftLines,
) -> Result<Json<VerdictShown>, Problem> {
    caller.require(Right::Explain)?;
    let nearest = nearest_for(&caller);
    let shown = api
        .read(&caller, move |handle, _| {
            require_other(handle.config(), asked.to)?;
            let mut lines = drafts.lines();
            let (Some(line), None) = (lines.next(), lines.next()) else {
                return Err(Problem::usage("exactly one draft is decided at a time"));
            };
            let draft = Draft::parse_json(line).map_err(|faults| {
                Problem::usage("the draft cannot be published as it is").because(faults_text(&faults))
            })?;
            let record = seal_in_memory(&draft, handle.config())?;
            Ok(verdict(&handle.standing().law, Arc::new(record), asked.to, asked.purpose, now(), nearest))
        })
        .await?;
    Ok(Json(shown))
}

/// Where a draft would stand if it were a new record of this country now.
pub fn throwaway_placement(config: &Config) -> Placement {
    Placement {
        lineage: Lineage([0; 16]),
        revision: 1,
        collected: None,
        originator: config.country,
        unit: config.unit.clone(),
        issued: now(),
    }
}

/// Seals a draft with a key that nobody trusts, for the decision alone: it depends on no key, and the record is never
/// kept or sent.
pub fn seal_in_memory(draft: &Draft, config: &Config) -> Result<Record, Problem> {
    let key = SigningKey::from_bytes(&[0; 32]);
    draft
        .seal(&throwaway_placement(config), &key, || [0; 16])
        .map_err(|fault| Problem::usage("the draft cannot be published as it is").because(fault.to_string()))
}

/// Whether the caller is told which grants come nearest.
pub fn nearest_for(caller: &Caller) -> Nearest {
    if caller.sees_nearest() { Nearest::Told } else { Nearest::Kept }
}

fn require_other(config: &Config, to: Country) -> Result<(), Problem> {
    if to == config.country {
        return Err(Problem::usage(format!("{to} is this node's own country; nothing is released to oneself")));
    }
    Ok(())
}
