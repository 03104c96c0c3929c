//! Record by record and country by country: what went under which articles, what is held back and by what.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::State;
use chancery_exchange::{Holdings, LedgerRow};
use chancery_record::encoding::{Domain, decode};
use chancery_record::{Country, Kind, Lineage, RecordId, SectionName, SectionSet};
use chancery_store::{CopySummary, Expired, ListCursor, ListFilter, Listed, Standing as RecordStanding};
use chancery_treaty::{Disclosure, LawBook};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::caller::{Caller, Right};
use super::deciding::{Nearest, VerdictShown, verdict};
use super::limits::DISCLOSURE_RECORDS_PER_PAGE;
use super::problem::Problem;
use super::request::Parameters;
use crate::api::Api;
use crate::clock::now;
use crate::daemon::handle::{NodeHandle, Standing};

/// Which disclosures to list.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DisclosuresAsked {
    /// Only for this country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<String>)]
    pub to: Option<Country>,
    /// Only records of this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<String>)]
    pub kind: Option<Kind>,
    /// Where the page before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
}

/// One page of disclosures, by record, the latest accepted first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DisclosurePage {
    /// One line for each record and country.
    pub items: Vec<DisclosureShown>,
    /// Where the list goes on; none at its end.
    pub next: Option<u64>,
}

/// What became of one record for one country.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DisclosureShown {
    /// The publisher's own number, where the record has one.
    pub source_reference: Option<String>,
    /// The version.
    #[schema(value_type = String)]
    pub id: RecordId,
    /// Its lineage.
    #[schema(value_type = String)]
    pub lineage: Lineage,
    /// What it is.
    #[schema(value_type = String, example = "notice.red")]
    pub kind: Kind,
    /// The country.
    #[schema(value_type = String, example = "DE")]
    pub country: Country,
    /// How it stands with that country.
    pub state: DisclosureState,
    /// The articles it went under.
    pub articles: Vec<String>,
    /// Sections with content that did not go; the audience, which never goes without an onward right, is left out.
    #[schema(value_type = Vec<String>)]
    pub sections_withheld: Vec<SectionName>,
    /// What holds back what did not go, each reason once.
    pub because: Vec<String>,
}

/// How a record stands with a country.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DisclosureState {
    /// The country has said that it holds it durably.
    Delivered,
    /// It was disclosed, and no receipt has come yet.
    Sent,
    /// It may go, and has not gone yet.
    Due,
    /// Nothing of it goes.
    Withheld,
    /// It was disclosed and has been taken back.
    Withdrawn,
}

/// Lists what became of the own records, country by country.
#[utoipa::path(get, path = "/v1/disclosures", params(DisclosuresAsked), tag = "records",
    responses((status = 200, body = DisclosurePage), (status = 403, body = Problem)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Parameters(asked): Parameters<DisclosuresAsked>,
) -> Result<Json<DisclosurePage>, Problem> {
    caller.require(Right::Holders)?;
    let page = api.read(&caller, move |handle, viewer| page(handle, &asked, viewer.today)).await?;
    Ok(Json(page))
}

fn page(
    handle: &NodeHandle,
    asked: &DisclosuresAsked,
    today: chancery_record::Date,
) -> Result<DisclosurePage, Problem> {
    let own = handle.config().country;
    let filter = ListFilter {
        kind: asked.kind,
        originator: Some(own),
        lane: None,
        standing: None,
        expired: Expired::Hidden { today },
    };
    let found = handle.store().list(&filter, asked.after.map(ListCursor), DISCLOSURE_RECORDS_PER_PAGE)?;
    let standing = handle.standing();
    let mut items = Vec::new();
    for listed in &found.items {
        let rows = latest_by_peer(handle.store().ledger_of_record(&listed.copy.id)?);
        let known = standing.roster.countries().filter(|country| *country != own);
        let countries: BTreeSet<Country> = known.chain(rows.keys().copied()).collect();
        for country in countries.into_iter().filter(|country| asked.to.is_none_or(|to| to == *country)) {
            items.push(shown(handle, &standing, listed, country, rows.get(&country))?);
        }
    }
    Ok(DisclosurePage { items, next: found.next.map(|ListCursor(next)| next) })
}

/// The last ledger row of each country; they come the latest first.
fn latest_by_peer(rows: Vec<LedgerRow>) -> BTreeMap<Country, LedgerRow> {
    let mut latest = BTreeMap::new();
    for row in rows {
        latest.entry(row.peer).or_insert(row);
    }
    latest
}

fn shown(
    handle: &NodeHandle,
    standing: &Standing,
    listed: &Listed,
    country: Country,
    row: Option<&LedgerRow>,
) -> Result<DisclosureShown, Problem> {
    let copy = &listed.copy;
    let Some(held) = handle.store().held(&copy.id)? else {
        return Ok(line(copy, country, DisclosureState::Withdrawn));
    };
    let content = held.record.sections_with_content();
    let may_go = listed.standing == RecordStanding::Current;
    let verdict = may_go.then(|| verdict(&standing.law, held.record, country, None, now(), Nearest::Kept));
    let state = match row {
        Some(_) if listed.standing == RecordStanding::Withdrawn => DisclosureState::Withdrawn,
        Some(row) if row.number <= handle.store().receipted_in(country, row.epoch)? => DisclosureState::Delivered,
        Some(_) => DisclosureState::Sent,
        None if verdict.as_ref().is_some_and(|verdict| !verdict.released.is_empty()) => DisclosureState::Due,
        None => DisclosureState::Withheld,
    };
    let disclosed = row.map_or(SectionSet::EMPTY, |row| row.sections);
    Ok(DisclosureShown {
        articles: row.map(|row| articles(row, &standing.book)).unwrap_or_default(),
        sections_withheld: told(content).without(disclosed).iter().collect(),
        because: match verdict {
            Some(verdict) => reasons(&verdict, disclosed),
            None => vec![format!("the record is {}", listed.standing.word())],
        },
        ..line(copy, country, state)
    })
}

fn line(copy: &CopySummary, country: Country, state: DisclosureState) -> DisclosureShown {
    DisclosureShown {
        source_reference: copy.reference.clone(),
        id: copy.id,
        lineage: copy.lineage,
        kind: copy.kind,
        country,
        state,
        articles: Vec::new(),
        sections_withheld: Vec::new(),
        because: Vec::new(),
    }
}

/// The articles of a disclosure as it was made, whatever the law says now.
fn articles(row: &LedgerRow, book: &LawBook) -> Vec<String> {
    let Ok(disclosure) = decode::<Disclosure>(Domain::Row, &row.disclosure, row.disclosure.len()) else {
        return vec!["a disclosure that cannot be read".to_owned()];
    };
    let cited = disclosure.citations.iter().map(|citation| {
        let treaty = book.treaty(&citation.document);
        let document = treaty.map_or_else(|| citation.document.to_string(), |treaty| treaty.header().id.clone());
        format!("{document} art. {}", citation.article)
    });
    cited.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The sections worth telling of: the audience goes to nobody without an onward right, whatever the record.
fn told(sections: SectionSet) -> SectionSet {
    sections.without(SectionSet::EMPTY.with(SectionName::Audience))
}

/// Why what did not go is held back: each article once, then the purposes for which no grant covers it.
fn reasons(verdict: &VerdictShown, disclosed: SectionSet) -> Vec<String> {
    let held_back = verdict.withheld.iter().filter(|row| !told(disclosed).contains(row.section));
    let mut articles = Vec::new();
    let mut uncovered = BTreeSet::new();
    for row in held_back.filter(|row| row.section != SectionName::Audience) {
        for reason in &row.by {
            match (&reason.document, &reason.article) {
                (Some(document), Some(article)) => {
                    let cited = format!("{document} art. {article}: {}", reason.because);
                    if !articles.contains(&cited) {
                        articles.push(cited);
                    }
                }
                _ => drop(uncovered.insert(row.purpose.word())),
            }
        }
    }
    if !uncovered.is_empty() {
        let purposes: Vec<&str> = uncovered.into_iter().collect();
        articles.push(format!("no grant covers it for {}", purposes.join(", ")));
    }
    articles
}
