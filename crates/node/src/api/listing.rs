//! Lists of manifests, page by page, of what the caller may know of.

use axum::Json;
use axum::extract::State;
use chancery_exchange::Holdings;
use chancery_record::{Country, Kind};
use chancery_store::{Expired, ListCursor, ListFilter, Listed, Standing, Store};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::caller::{Caller, Right};
use super::limits::PAGE_MAX;
use super::problem::Problem;
use super::request::Parameters;
use super::standing::{ManifestShown, standing_of};
use super::view::{Binding, Bound, LabelMeanings, Viewer};
use crate::api::Api;
use crate::config::Role;

/// Which records to list.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListAsked {
    /// Only of this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<String>)]
    pub kind: Option<Kind>,
    /// Only of this country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<String>)]
    pub originator: Option<Country>,
    /// `current`, `superseded`, `conflicted`, `recalled`, `withdrawn`, or `all`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Where the page before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
}

/// One page of manifests, the latest accepted first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ManifestPage {
    /// The manifests; there may be none of them and still a next page.
    pub items: Vec<ManifestShown>,
    /// Where the list goes on; none at its end.
    pub next: Option<u64>,
}

/// Lists the manifests that the caller may see.
#[utoipa::path(get, path = "/v1/records", params(ListAsked), tag = "records",
    responses((status = 200, body = ManifestPage), (status = 403, body = Problem)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Parameters(asked): Parameters<ListAsked>,
) -> Result<Json<ManifestPage>, Problem> {
    caller.require(Right::List)?;
    let standing = match asked.state.as_deref() {
        None | Some("all") => None,
        Some(text) => Some(standing_of(text).ok_or_else(|| unknown_state(text))?),
    };
    // One list is one query, however many pages it has.
    if asked.after.is_none() {
        api.audit(&caller, "list", None, None, "listed").await?;
    }
    let page = api
        .read(&caller, move |handle, viewer| {
            let filter = ListFilter {
                kind: asked.kind,
                originator: asked.originator,
                lane: None,
                standing,
                expired: Expired::Hidden { today: viewer.today },
            };
            page(handle.store(), viewer, &filter, asked.after.map(ListCursor))
        })
        .await?;
    Ok(Json(page))
}

fn unknown_state(text: &str) -> Problem {
    let known: Vec<&str> = Standing::ALL.into_iter().map(Standing::word).collect();
    let text: String = text.chars().take(40).collect();
    Problem::usage(format!("`{text}` is no state of a record; states are {}, and all", known.join(", ")))
}

fn page(
    store: &Store,
    viewer: &Viewer<'_>,
    filter: &ListFilter,
    after: Option<ListCursor>,
) -> Result<ManifestPage, Problem> {
    let found = store.list(filter, after, PAGE_MAX)?;
    let mut meanings = LabelMeanings::default();
    let mut items = Vec::with_capacity(found.items.len());
    for listed in found.items {
        items.extend(shown(store, viewer, &mut meanings, listed)?);
    }
    Ok(ManifestPage { items, next: found.next.map(|ListCursor(next)| next) })
}

/// A manifest as the viewer may see it, if at all.
fn shown(
    store: &Store,
    viewer: &Viewer<'_>,
    meanings: &mut LabelMeanings,
    listed: Listed,
) -> Result<Option<ManifestShown>, Problem> {
    let copy = listed.copy;
    let Some(label) = meanings.of(copy.label, || store.label(copy.label))? else { return Ok(None) };
    let binding = if copy.is_own() {
        Binding::Own
    } else {
        match store.held(&copy.id)? {
            Some(held) => Binding::of(&held.source),
            None => return Ok(None),
        }
    };
    let bound = Bound { label, expires: copy.expires, binding };
    if !viewer.sees_manifest(&bound) {
        return Ok(None);
    }
    let sections = if viewer.user.is(Role::Auditor) {
        bound.label.sections.iter().map(|(name, _)| *name).collect()
    } else {
        viewer.sections_for_any(&bound)
    };
    let purposes = bound.purposes();
    let mut tags = bound.label.tags;
    // A label leaves the urgency out, for no decision depends on it.
    tags.precedence = copy.lane;
    let publishes = Right::Publish.roles().iter().any(|role| viewer.user.is(*role));
    Ok(Some(ManifestShown {
        id: copy.id,
        lineage: copy.lineage,
        revision: copy.revision,
        state: listed.standing.word().to_owned(),
        originator: copy.originator,
        unit: copy.unit,
        kind: copy.kind,
        precedence: copy.lane,
        issued: copy.issued,
        expires: copy.expires,
        accepted: copy.accepted,
        delivered_by: copy.delivered_by,
        sections: sections.iter().collect(),
        purposes: purposes.iter().copied().collect(),
        tags,
        source_reference: copy.reference.filter(|_| copy.delivered_by.is_none() && publishes),
    }))
}
