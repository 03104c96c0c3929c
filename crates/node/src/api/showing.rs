//! One record with its content, for a stated purpose.

use axum::Json;
use axum::extract::State;
use chancery_record::{Caveat, Country, Date, Handling, Instant, Purpose, Record, SectionName, SectionTags, UseTags};
use chancery_record::{Kind, Lineage, RecordId, UnitName};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::caller::{Caller, Right};
use super::naming::{self, Found};
use super::problem::Problem;
use super::request::Asked;
use super::sessions::Occasion;
use super::view::{Binding, Viewer, is_readable};
use crate::api::Api;
use crate::daemon::handle::NodeHandle;

/// Which record to show, and what for.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShowAsked {
    /// Its lineage, its id, or the beginning of either.
    pub name: String,
    /// The purpose with its reference; the session's where absent.
    #[serde(default)]
    pub occasion: Occasion,
}

/// A record as the caller may read it for that purpose.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RecordShown {
    /// This version's id.
    #[schema(value_type = String)]
    pub id: RecordId,
    /// The lineage, which all versions share.
    #[schema(value_type = String)]
    pub lineage: Lineage,
    /// Rises with every version.
    pub revision: u64,
    /// How this version stands: current, superseded or conflicted.
    pub state: String,
    /// Who sealed it.
    #[schema(value_type = String)]
    pub originator: Country,
    /// The authority there.
    #[schema(value_type = String)]
    pub unit: UnitName,
    /// What it is.
    #[schema(value_type = String)]
    pub kind: Kind,
    /// When the data was first collected.
    #[schema(value_type = String, format = Date)]
    pub collected: Date,
    /// When this version was sealed.
    #[schema(value_type = String, format = DateTime)]
    pub issued: Instant,
    /// When its need is reviewed.
    #[schema(value_type = String, format = Date)]
    pub review: Date,
    /// From this day on it is gone.
    #[schema(value_type = String, format = Date)]
    pub expires: Date,
    /// The originator's conditions.
    #[schema(value_type = Object)]
    pub tags: UseTags,
    /// What else binds this copy, where another country delivered it.
    pub terms: Option<TermsShown>,
    /// The purpose it is shown for.
    #[schema(value_type = String)]
    pub purpose: Purpose,
    /// The sections that may be read for it, in the kind's order.
    pub sections: Vec<SectionShown>,
}

/// The conditions of a delivery that its reader must obey.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TermsShown {
    /// The copy is deleted on that day at the latest.
    #[schema(value_type = String, format = Date)]
    pub keep_until: Date,
    /// Whether it may be passed on to a third country.
    pub onward: String,
    /// What may not be done with it.
    #[schema(value_type = Vec<String>)]
    pub caveats: Vec<Caveat>,
    /// Handling codes.
    #[schema(value_type = Vec<String>)]
    pub handling: Vec<Handling>,
    /// The articles under which what is shown was delivered.
    pub articles: Vec<CitationShown>,
}

/// An article of a treaty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct CitationShown {
    /// The treaty, by its name where it is known here, else by its hash.
    pub document: String,
    /// The article.
    pub article: String,
}

/// One section.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SectionShown {
    /// Which.
    #[schema(value_type = String)]
    pub section: SectionName,
    /// Its stricter conditions, where it has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub tags: Option<SectionTags>,
    /// Its content.
    pub body: Value,
}

/// Shows one record. The audit line is durable before anything is shown.
#[utoipa::path(post, path = "/v1/records/show", request_body = ShowAsked, tag = "records",
    responses((status = 200, body = RecordShown), (status = 404, body = Problem), (status = 403, body = Problem)))]
pub async fn show(
    State(api): State<Api>,
    caller: Caller,
    Asked(asked): Asked<ShowAsked>,
) -> Result<Json<RecordShown>, Problem> {
    api.require(&caller, Right::Show, "show").await?;
    let ground = api.sessions().ground(caller.user.uid, &asked.occasion)?;
    api.or_logged(&caller, "show", Some(&ground), caller.require_purpose(ground.purpose)).await?;
    let purpose = ground.purpose;
    let name = asked.name.clone();
    let first = api.read(&caller, move |handle, viewer| look(handle, viewer, &name, purpose)).await;
    let (record, outcome) = match &first {
        Ok(shown) => (Some(shown.id), "shown".to_owned()),
        Err(_) => (None, nothing_shown(&asked.name)),
    };
    // INVARIANT (terms stay with the copy): the line stands before the answer, and a failed query has one, too.
    api.audit(&caller, "show", record, Some(&ground), &outcome).await?;
    let id = first?.id;
    // While the line was written the record may have been taken back; what is shown is what stands now.
    let again = api.read(&caller, move |handle, viewer| look(handle, viewer, &id.to_string(), purpose)).await;
    Ok(Json(again.map_err(|_| Problem::nothing_named(&asked.name))?))
}

/// The outcome of a query that found nothing: with the beginning of the name where it is one, and never with whatever else
/// was typed in its place.
fn nothing_shown(name: &str) -> String {
    let is_name = name.len() >= NAME_DIGITS_LOGGED && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    match name.get(..NAME_DIGITS_LOGGED).filter(|_| is_name) {
        Some(beginning) => format!("nothing shown of {}", beginning.to_ascii_lowercase()),
        None => "nothing shown".to_owned(),
    }
}

fn look(handle: &NodeHandle, viewer: &Viewer<'_>, name: &str, purpose: Purpose) -> Result<RecordShown, Problem> {
    let found = naming::find(handle.store(), viewer, name)?;
    let sections = viewer.sections(&found.bound, purpose);
    if sections.is_empty() || !is_readable(found.standing) {
        return Err(Problem::nothing_named(name));
    }
    let record = &found.held.record;
    let manifest = record.manifest();
    Ok(RecordShown {
        id: record.id(),
        lineage: manifest.lineage,
        revision: manifest.revision,
        state: found.standing.word().to_owned(),
        originator: manifest.originator,
        unit: manifest.unit.clone(),
        kind: manifest.kind,
        collected: manifest.collected,
        issued: manifest.issued,
        review: manifest.review,
        expires: manifest.expires,
        tags: manifest.tags.clone(),
        terms: terms_of(handle, viewer, &found, purpose),
        purpose,
        sections: manifest
            .kind
            .sections()
            .iter()
            .filter(|section| sections.contains(**section))
            .filter_map(|section| section_shown(record, *section))
            .collect(),
    })
}

fn section_shown(record: &Record, name: SectionName) -> Option<SectionShown> {
    let section = record.section(name)?;
    // What another country sealed need not be JSON; a reader still gets what it says.
    let body = serde_json::from_slice(&section.body)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&section.body).into_owned()));
    let tags = (!section.tags.is_empty()).then(|| section.tags.clone());
    Some(SectionShown { section: name, tags, body })
}

fn terms_of(handle: &NodeHandle, viewer: &Viewer<'_>, found: &Found, purpose: Purpose) -> Option<TermsShown> {
    let Binding::Terms(terms) = &found.bound.binding else { return None };
    let book = &handle.standing().book;
    let rows = terms.rows().iter().filter(|row| row.purpose == purpose);
    let permitted = rows.filter(|row| terms.permit(row.section, purpose, &viewer.user.unit, viewer.today));
    let mut articles: Vec<CitationShown> = permitted
        .flat_map(|row| row.articles.iter())
        .map(|citation| CitationShown {
            document: book
                .treaty(&citation.document)
                .map_or_else(|| citation.document.to_string(), |known| known.name()),
            article: citation.article.clone(),
        })
        .collect();
    articles.sort();
    articles.dedup();
    Some(TermsShown {
        keep_until: terms.keep_until(),
        onward: terms.onward().to_string(),
        caveats: terms.caveats().iter().copied().collect(),
        handling: terms.handling().iter().copied().collect(),
        articles,
    })
}

/// Digits of a name in the audit log: enough to tell which record somebody looked for.
const NAME_DIGITS_LOGGED: usize = 12;
