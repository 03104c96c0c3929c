//! Consent to passing records on: questions to and from other countries, with their answers.

use axum::Json;
use axum::extract::State;
use chancery_exchange::{Answer, ConsentAsk, ConsentFault, ConsentWord, Holdings};
use chancery_record::{ConsentAnswer, Country, Date, Instant, Lineage, RecordId, StatementId};
use chancery_store::Store;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::{Caller, Right};
use super::limits::PAGE_MAX;
use super::naming;
use super::problem::Problem;
use super::request::{Asked, Parameters};
use super::view::Viewer;
use crate::api::Api;
use crate::daemon::handle::NodeStopped;
use crate::exit::Exit;

/// Which questions to list.
#[derive(Clone, Debug, Default, Serialize, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ConsentsAsked {
    /// Where the page before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<String>)]
    pub after: Option<StatementId>,
}

/// One page of questions, by their ids.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConsentPage {
    /// The questions that the caller may know of.
    pub items: Vec<ConsentShown>,
    /// Where the list goes on; none at its end.
    #[schema(value_type = Option<String>)]
    pub next: Option<StatementId>,
}

/// A question whether a record may be passed on.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConsentShown {
    /// The statement that asks; by it the question is answered.
    #[schema(value_type = String)]
    pub ask: StatementId,
    /// Who asks.
    #[schema(value_type = String)]
    pub asker: Country,
    /// Who is asked: the country that sealed the record.
    #[schema(value_type = String)]
    pub originator: Country,
    /// The version.
    #[schema(value_type = String)]
    pub record: RecordId,
    /// Its lineage.
    #[schema(value_type = String)]
    pub lineage: Lineage,
    /// To whom it would go.
    #[schema(value_type = String)]
    pub to: Country,
    /// When it was asked.
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
    /// `open`, `given` or `refused`.
    pub answer: String,
    /// From when on a consent given counts no more.
    #[schema(value_type = Option<String>, format = Date)]
    pub until: Option<Date>,
}

/// Which copy, and to whom it would go.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentWanted {
    /// The copy's lineage, its id, or the beginning of either.
    pub name: String,
    /// The third country.
    #[schema(value_type = String)]
    pub to: Country,
}

/// A question that is durable here and owed to the originator.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConsentOpen {
    /// The statement that asks.
    #[schema(value_type = String)]
    pub ask: StatementId,
    /// Who is asked.
    #[schema(value_type = String)]
    pub originator: Country,
}

/// An answer to a question.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentReplied {
    /// The statement that asked, or its beginning.
    pub ask: String,
    /// From when on the consent counts no more, and no copy passed on is kept; refused where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub until: Option<Date>,
}

/// An answer that is durable here and owed to who asked.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConsentMade {
    /// The statement that answers.
    #[schema(value_type = String)]
    pub statement: StatementId,
    /// Who asked.
    #[schema(value_type = String)]
    pub asker: Country,
    /// From when on it counts no more: no later than the record's own end.
    #[schema(value_type = String, format = Date)]
    pub until: Date,
}

/// Lists the questions whether a record may be passed on, asked here and elsewhere.
#[utoipa::path(get, path = "/v1/consents", params(ConsentsAsked), tag = "records",
    responses((status = 200, body = ConsentPage), (status = 403, body = Problem)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Parameters(asked): Parameters<ConsentsAsked>,
) -> Result<Json<ConsentPage>, Problem> {
    caller.require(Right::Holders)?;
    Ok(Json(api.read(&caller, move |handle, viewer| page(handle.store(), viewer, asked.after)).await?))
}

/// Asks the originator of a copy whether it may be passed on.
#[utoipa::path(post, path = "/v1/consents", request_body = ConsentWanted, tag = "records",
    responses((status = 200, body = ConsentOpen), (status = 404, body = Problem), (status = 403, body = Problem)))]
pub async fn ask(
    State(api): State<Api>,
    caller: Caller,
    Asked(asked): Asked<ConsentWanted>,
) -> Result<Json<ConsentOpen>, Problem> {
    api.require(&caller, Right::Consent, "consent-ask").await?;
    let name = asked.name.clone();
    let named = api
        .read(&caller, move |handle, viewer| Ok(naming::find(handle.store(), viewer, &name)?.held.record.id()))
        .await;
    let record = api.or_logged(&caller, "consent-ask", None, named).await?;
    match api.handle().ask_consent(caller.user.name.clone(), record, asked.to).await? {
        Answer::ConsentAsked { statement, originator } => Ok(Json(ConsentOpen { ask: statement, originator })),
        Answer::NoConsent(ConsentFault::NotHeld) => Err(Problem::nothing_named(&asked.name)),
        Answer::NoConsent(fault) => Err(refused(fault)),
        _ => Err(NodeStopped.into()),
    }
}

/// Answers a question of another country about an own record.
#[utoipa::path(post, path = "/v1/consents/answer", request_body = ConsentReplied, tag = "records",
    responses((status = 200, body = ConsentMade), (status = 404, body = Problem), (status = 403, body = Problem)))]
pub async fn answer(
    State(api): State<Api>,
    caller: Caller,
    Asked(replied): Asked<ConsentReplied>,
) -> Result<Json<ConsentMade>, Problem> {
    api.require(&caller, Right::Consent, "consent").await?;
    let name = replied.ask.clone();
    let named = api.read(&caller, move |handle, viewer| named(handle.store(), viewer, &name)).await;
    let asked = api.or_logged(&caller, "consent", None, named).await?;
    let word = replied.until.map_or(ConsentWord::Refused, ConsentWord::Given);
    match api.handle().answer_consent(caller.user.name.clone(), asked, word).await? {
        Answer::ConsentAnswered { statement, asker, until } => Ok(Json(ConsentMade { statement, asker, until })),
        Answer::NoConsent(ConsentFault::NotAsked) => Err(Problem::nothing_named(&replied.ask)),
        Answer::NoConsent(fault) => Err(refused(fault)),
        _ => Err(NodeStopped.into()),
    }
}

fn refused(fault: ConsentFault) -> Problem {
    let exit = match fault {
        ConsentFault::NoRight | ConsentFault::NotLet { .. } => Exit::Refused,
        ConsentFault::Own | ConsentFault::Receiver(_) | ConsentFault::Over => Exit::Usage,
        _ => Exit::Failed,
    };
    Problem::new(exit, fault.to_string()).next("`chancery why ID --to CC` says what holds a record back")
}

/// INVARIANT (nothing beyond the view): a question about a record that the caller may not see has no line.
fn page(store: &Store, viewer: &Viewer<'_>, after: Option<StatementId>) -> Result<ConsentPage, Problem> {
    let asks = store.all_consent_asks(after, PAGE_MAX)?;
    let next = asks.last().filter(|_| asks.len() >= PAGE_MAX).map(|last| last.statement);
    let mut items = Vec::new();
    for ask in asks {
        items.extend(shown(store, viewer, ask)?);
    }
    Ok(ConsentPage { items, next })
}

fn shown(store: &Store, viewer: &Viewer<'_>, ask: ConsentAsk) -> Result<Option<ConsentShown>, Problem> {
    let Ok(found) = naming::find(store, viewer, &ask.record.to_string()) else { return Ok(None) };
    let answer = match ask.reply.map(|reply| reply.answer) {
        None => "open".to_owned(),
        Some(answer) => answer.to_string(),
    };
    let given = ask.reply.filter(|reply| reply.answer == ConsentAnswer::Given);
    Ok(Some(ConsentShown {
        ask: ask.statement,
        asker: ask.asker,
        originator: ask.originator,
        record: ask.record,
        lineage: found.held.record.manifest().lineage,
        to: ask.to,
        at: ask.at,
        answer,
        until: given.map(|reply| reply.until),
    }))
}

/// The one question that a name begins, among those that the caller may know of.
fn named(store: &Store, viewer: &Viewer<'_>, name: &str) -> Result<StatementId, Problem> {
    if let Ok(id) = name.parse() {
        let known = store.consent_ask(&id)?.map(|ask| shown(store, viewer, ask)).transpose()?.flatten();
        return known.map(|shown| shown.ask).ok_or_else(|| Problem::nothing_named(name));
    }
    let (mut after, mut found) = (None, Vec::new());
    loop {
        let found_here = page(store, viewer, after)?;
        found.extend(found_here.items.into_iter().map(|shown| shown.ask).filter(|id| is_begun_by(id, name)));
        match (found_here.next, found.len()) {
            (Some(next), 0 | 1) => after = Some(next),
            _ => break,
        }
    }
    match found.as_slice() {
        [only] => Ok(*only),
        _ => Err(Problem::nothing_named(name)),
    }
}

fn is_begun_by(id: &StatementId, name: &str) -> bool {
    name.len() >= NAME_CHARS_MIN && id.to_string().starts_with(name)
}

/// Fewer characters name nothing: they would name another question tomorrow.
const NAME_CHARS_MIN: usize = 4;
