//! Publishing drafts, and saying beforehand what publishing them would do.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chancery_exchange::limits::PUBLICATIONS_MAX;
use chancery_exchange::{Holdings, Publication, PublishFault, PublishOutcome, Published};
use chancery_record::{Country, Draft, Fault, Lineage, RecordId};
use chancery_store::{Current, Store};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::caller::{Caller, Right};
use super::deciding::{VerdictShown, verdict};
use super::explaining::{nearest_for, seal_in_memory, throwaway_placement};
use super::limits::DRY_RUN_DRAFTS_MAX;
use super::naming;
use super::problem::Problem;
use super::request::{DraftLines, Parameters};
use super::view::Viewer;
use crate::api::Api;
use crate::clock::now;
use crate::config::Config;
use crate::daemon::handle::NodeHandle;
use crate::exit::Exit;

/// How drafts are to be published.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PublishAsked {
    /// The record that the one draft amends: its lineage, its id, or the beginning of either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amends: Option<String>,
    /// What becomes of the others where one draft has a fault.
    #[serde(default)]
    pub faulty: Faulty,
    /// What becomes of a draft whose source reference stands already.
    #[serde(default)]
    pub standing: Standing,
}

/// What a faulty draft does to those that come with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Faulty {
    /// None is published.
    #[default]
    StopAll,
    /// It alone is left out.
    Skip,
}

/// What a draft does to a record with its source reference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is revised, where the draft says something else.
    #[default]
    Revise,
    /// It is left as it is.
    Keep,
}

/// What became of each draft, in order.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PublishReport {
    /// For each draft.
    pub results: Vec<DraftResult>,
}

/// What became of one draft.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DraftResult {
    /// New, revised, unchanged, kept, faulty or not published.
    pub outcome: Outcome,
    /// The version that stands now.
    #[schema(value_type = Option<String>)]
    pub id: Option<RecordId>,
    /// Its lineage.
    #[schema(value_type = Option<String>)]
    pub lineage: Option<Lineage>,
    /// Its revision.
    pub revision: Option<u64>,
    /// The publisher's own number.
    pub source_reference: Option<String>,
    /// What must be mended.
    pub faults: Vec<PlacedFault>,
}

/// The end of one draft in a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The first version of a lineage.
    New,
    /// A further version.
    Revised,
    /// Equal content stood there already.
    Unchanged,
    /// A record with its reference stood there and was to be kept.
    Kept,
    /// It has faults.
    Faulty,
    /// Another draft has a fault, so this one was not looked at further.
    #[default]
    NotPublished,
}

/// A fault with its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlacedFault {
    /// Where it stands, as in `identity.aliases[2].name`; empty where it is the whole.
    pub path: String,
    /// What is wrong and what would be right.
    pub message: String,
}

/// What publishing each draft would do, in order.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DryRunReport {
    /// For each draft.
    pub results: Vec<DryRunResult>,
}

/// What publishing one draft would do.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DryRunResult {
    /// What would become of it.
    pub result: DraftResult,
    /// What should be looked at.
    pub warnings: Vec<PlacedFault>,
    /// What the law says of it for each country with a treaty in force.
    pub peers: Vec<PeerVerdict>,
}

/// What the law says for one country.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PeerVerdict {
    /// The country.
    #[schema(value_type = String)]
    pub peer: Country,
    /// The verdict.
    pub verdict: VerdictShown,
}

/// Publishes drafts, given as lines of JSON. Each is checked here again; the answer comes when all of it is durable.
#[utoipa::path(post, path = "/v1/records", params(PublishAsked), tag = "records",
    request_body(content = String, content_type = "application/x-ndjson"),
    responses((status = 200, body = PublishReport), (status = 400, body = Problem), (status = 403, body = Problem)))]
pub async fn publish(
    State(api): State<Api>,
    caller: Caller,
    Parameters(asked): Parameters<PublishAsked>,
    drafts: DraftLines,
) -> Result<Json<PublishReport>, Problem> {
    api.require(&caller, Right::Publish, "publish").await?;
    let prepared = api
        .read(&caller, move |handle, viewer| {
            let amends = match &asked.amends {
                Some(name) => Some(naming::own_lineage(handle.store(), viewer, handle.config().country, name)?),
                None => None,
            };
            prepare(handle, viewer, &drafts, amends, &asked)
        })
        .await;
    let Prepared { mut results, publications, places } = api.or_logged(&caller, "publish", None, prepared).await?;
    if results.iter().any(DraftResult::is_faulty) {
        api.audit(&caller, "publish", None, None, "refused").await?;
    }
    let published = if publications.is_empty() {
        Vec::new()
    } else {
        api.handle().publish(caller.user.name.clone(), publications).await?
    };
    for (place, outcome) in places.into_iter().zip(published) {
        if let Some(result) = results.get_mut(place) {
            result.end(outcome);
        }
    }
    Ok(Json(PublishReport { results }))
}

/// Says what publishing drafts, given as lines of JSON, would do, and to whom they would go. Nothing is kept.
#[utoipa::path(post, path = "/v1/records/dry-run", tag = "records",
    request_body(content = String, content_type = "application/x-ndjson"),
    responses((status = 200, body = DryRunReport), (status = 400, body = Problem), (status = 403, body = Problem)))]
pub async fn dry_run(
    State(api): State<Api>,
    caller: Caller,
    drafts: DraftLines,
) -> Result<Json<DryRunReport>, Problem> {
    caller.require(Right::Publish)?;
    let nearest = nearest_for(&caller);
    let results = api
        .read(&caller, move |handle, viewer| {
            let lines = bounded(&drafts, DRY_RUN_DRAFTS_MAX)?;
            let law = Arc::clone(&handle.standing().law);
            lines
                .into_iter()
                .map(|line| {
                    let checked = match checked(line, handle.config()) {
                        Ok(draft) if is_taken(handle, viewer, &draft)? => Err(vec![taken()]),
                        checked => checked,
                    };
                    let draft = match checked {
                        Ok(draft) => draft,
                        Err(faults) => {
                            return Ok(DryRunResult {
                                result: DraftResult::faulty(&faults),
                                warnings: Vec::new(),
                                peers: Vec::new(),
                            });
                        }
                    };
                    let record = Arc::new(seal_in_memory(&draft, handle.config())?);
                    let verdict_for = |peer| PeerVerdict {
                        peer,
                        verdict: verdict(&law, Arc::clone(&record), peer, None, now(), nearest),
                    };
                    Ok(DryRunResult {
                        result: foretold(handle.store(), handle.config(), &draft)?,
                        warnings: placed(&draft.warnings()),
                        peers: law.peers().map(verdict_for).collect(),
                    })
                })
                .collect::<Result<Vec<_>, Problem>>()
        })
        .await?;
    Ok(Json(DryRunReport { results }))
}

struct Prepared {
    results: Vec<DraftResult>,
    publications: Vec<Publication>,
    /// For each publication its place among the results.
    places: Vec<usize>,
}

fn prepare(
    handle: &NodeHandle,
    viewer: &Viewer<'_>,
    drafts: &DraftLines,
    amends: Option<Lineage>,
    asked: &PublishAsked,
) -> Result<Prepared, Problem> {
    let lines = bounded(drafts, PUBLICATIONS_MAX)?;
    if amends.is_some() && lines.len() != 1 {
        return Err(Problem::usage(format!("exactly one draft amends a record, and {} came", lines.len())));
    }
    let mut prepared = Prepared { results: Vec::new(), publications: Vec::new(), places: Vec::new() };
    for (place, line) in lines.into_iter().enumerate() {
        let draft = match checked(line, handle.config()) {
            Ok(draft) => draft,
            Err(faults) => {
                if asked.faulty == Faulty::StopAll {
                    require_json(place, line)?;
                }
                prepared.results.push(DraftResult::faulty(&faults));
                continue;
            }
        };
        if is_taken(handle, viewer, &draft)? {
            prepared.results.push(DraftResult::faulty(&[taken()]));
            continue;
        }
        if asked.standing == Standing::Keep
            && let Some(kept) = standing_already(handle.store(), handle.config(), &draft)?
        {
            prepared.results.push(kept);
            continue;
        }
        prepared.results.push(DraftResult {
            source_reference: draft.source_reference().map(str::to_owned),
            ..DraftResult::default()
        });
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|_| Problem::new(Exit::Failed, "the system gives no random bytes"))?;
        prepared.publications.push(Publication { draft, amends, seed });
        prepared.places.push(place);
    }
    if asked.faulty == Faulty::StopAll && prepared.results.iter().any(DraftResult::is_faulty) {
        prepared.publications.clear();
        prepared.places.clear();
    }
    Ok(prepared)
}

/// INVARIANT (everything is bounded): the lines are counted before the first is read.
fn bounded(drafts: &DraftLines, most: usize) -> Result<Vec<&[u8]>, Problem> {
    let lines: Vec<&[u8]> = drafts.lines().take(most.saturating_add(1)).collect();
    match lines.len() {
        0 => Err(Problem::usage("no draft came; each stands on a line of its own, as JSON")),
        found if found > most => Err(Problem::usage(format!("more than {most} drafts came in one request"))),
        _ => Ok(lines),
    }
}

/// Refuses the whole request where a line is no JSON at all: whoever wrote it did not mean a draft by that line.
fn require_json(place: usize, line: &[u8]) -> Result<(), Problem> {
    serde_json::from_slice::<serde::de::IgnoredAny>(line).map(drop).map_err(|fault| {
        Problem::usage(format!("draft {} is not JSON, at its column {}", place.saturating_add(1), fault.column()))
            .next("each draft stands on a line of its own, as one JSON object")
    })
}

/// A draft with all that depends on the day and the publisher checked, too.
fn checked(line: &[u8], config: &Config) -> Result<Draft, Vec<Fault>> {
    let draft = Draft::parse_json(line)?;
    let faults = draft.findings_at(&throwaway_placement(config)).faults;
    if faults.is_empty() { Ok(draft) } else { Err(faults) }
}

/// Whether the draft's source reference is that of a record the caller may not see: it is neither revised nor told of.
fn is_taken(handle: &NodeHandle, viewer: &Viewer<'_>, draft: &Draft) -> Result<bool, Problem> {
    let Some(reference) = draft.source_reference() else { return Ok(false) };
    let Some(lineage) = handle.store().lineage_of_reference(reference)? else { return Ok(false) };
    Ok(naming::own_lineage(handle.store(), viewer, handle.config().country, &lineage.to_string()).is_err())
}

fn taken() -> Fault {
    Fault::new("source_reference", "this source reference is not free; give another")
}

/// The own record with the draft's source reference, where one is held.
fn standing_already(store: &Store, config: &Config, draft: &Draft) -> Result<Option<DraftResult>, Problem> {
    let Some(reference) = draft.source_reference() else { return Ok(None) };
    let Some(lineage) = store.lineage_of_reference(reference)? else { return Ok(None) };
    let Current::Version(copy) = store.current(config.country, &lineage)? else { return Ok(None) };
    Ok(Some(DraftResult {
        outcome: Outcome::Kept,
        id: Some(copy.id),
        lineage: Some(lineage),
        revision: Some(copy.revision),
        source_reference: Some(reference.to_owned()),
        faults: Vec::new(),
    }))
}

/// What publishing would come to, as far as committed state tells.
fn foretold(store: &Store, config: &Config, draft: &Draft) -> Result<DraftResult, Problem> {
    let Some(standing) = standing_already(store, config, draft)? else {
        return Ok(DraftResult {
            outcome: Outcome::New,
            source_reference: draft.source_reference().map(str::to_owned),
            ..DraftResult::default()
        });
    };
    let held = match standing.id {
        Some(id) => store.held(&id)?,
        None => None,
    };
    let same = held.is_some_and(|held| draft.says_the_same_as(&held.record));
    Ok(DraftResult { outcome: if same { Outcome::Unchanged } else { Outcome::Revised }, ..standing })
}

impl DraftResult {
    fn faulty(faults: &[Fault]) -> Self {
        Self { outcome: Outcome::Faulty, faults: placed(faults), ..Self::default() }
    }

    fn is_faulty(&self) -> bool {
        self.outcome == Outcome::Faulty
    }

    fn end(&mut self, outcome: Result<Published, PublishFault>) {
        match outcome {
            Ok(published) => {
                self.outcome = match published.outcome {
                    PublishOutcome::New => Outcome::New,
                    PublishOutcome::Revised => Outcome::Revised,
                    PublishOutcome::Unchanged => Outcome::Unchanged,
                };
                self.id = Some(published.record);
                self.lineage = Some(published.lineage);
                self.revision = Some(published.revision);
            }
            Err(fault) => {
                self.outcome = Outcome::Faulty;
                self.faults = vec![PlacedFault { path: String::new(), message: fault.to_string() }];
            }
        }
    }
}

impl std::fmt::Display for PlacedFault {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.path.is_empty() { out.write_str(&self.message) } else { write!(out, "{}: {}", self.path, self.message) }
    }
}

impl Outcome {
    /// The word for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Revised => "revised",
            Self::Unchanged => "unchanged",
            Self::Kept => "kept",
            Self::Faulty => "faulty",
            Self::NotPublished => "not published",
        }
    }
}

/// Faults in one line.
pub fn faults_text(faults: &[Fault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn placed(faults: &[Fault]) -> Vec<PlacedFault> {
    faults.iter().map(|fault| PlacedFault { path: fault.path.clone(), message: fault.message.clone() }).collect()
}
