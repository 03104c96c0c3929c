//! Record by record and country by country: what went under which articles, what is held back and by what.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chancery_exchange::{DeferralCause, Holdings, LedgerRow, RefusalCode};
use chancery_record::{Country, Kind, Lineage, Record, RecordId, SectionName, SectionSet};
use chancery_store::{CopySummary, Expired, ListCursor, ListFilter, Listed, Standing as RecordStanding};
use chancery_treaty::{Disclosure, LawBook};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::caller::{Caller, Right};
use super::deciding::{Nearest, ReasonShown, VerdictShown, verdict};
use super::limits::DISCLOSURE_RECORDS_PER_PAGE;
use super::problem::Problem;
use super::request::Parameters;
use super::view::{Binding, Bound, LabelMeanings, Viewer};
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
    /// Who passed it on to the country, where it came so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub through: Option<Country>,
    /// How it stands with that country.
    pub state: DisclosureState,
    /// The articles it went under.
    pub articles: Vec<String>,
    /// Sections with content that did not go; the audience, which never goes without an onward right, is left out.
    #[schema(value_type = Vec<String>)]
    pub sections_withheld: Vec<SectionName>,
    /// What holds back what did not go, each reason once: what holds for the most sections and purposes comes first.
    pub because: Vec<String>,
}

/// How a record stands with a country.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DisclosureState {
    /// The country has said that it holds it durably.
    Delivered,
    /// The country holds it durably, without sections that are held back.
    PartlyDelivered,
    /// It was disclosed, and no receipt has come yet.
    Sent,
    /// The country could not accept it yet; it is offered again.
    Deferred,
    /// The country has refused it for good; the reason says by which code.
    Refused,
    /// It may go, and has not gone yet.
    Due,
    /// Nothing of it goes.
    Withheld,
    /// It was disclosed and has been taken back.
    Withdrawn,
    /// A country that holds it has said that it passes it on to this one.
    PassedOn,
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
    if asked.after.is_none() {
        api.audit(&caller, "disclosures", None, None, "listed").await?;
    }
    let page = api.read(&caller, move |handle, viewer| page(handle, viewer, &asked)).await?;
    Ok(Json(page))
}

/// INVARIANT (nothing beyond the view): a record whose manifest the caller may not see has no line here either.
fn page(handle: &NodeHandle, viewer: &Viewer<'_>, asked: &DisclosuresAsked) -> Result<DisclosurePage, Problem> {
    let own = handle.config().country;
    let filter = ListFilter {
        kind: asked.kind,
        originator: Some(own),
        lane: None,
        standing: None,
        expired: Expired::Hidden { today: viewer.today },
    };
    let found = handle.store().list(&filter, asked.after.map(ListCursor), DISCLOSURE_RECORDS_PER_PAGE)?;
    let standing = handle.standing();
    let mut items = Vec::new();
    let mut meanings = LabelMeanings::default();
    for listed in &found.items {
        let label = meanings.of(listed.copy.label, || handle.store().label(listed.copy.label))?;
        let bound = label.map(|label| Bound { label, expires: listed.copy.expires, binding: Binding::Own });
        if !bound.is_some_and(|bound| viewer.sees_manifest(&bound)) {
            continue;
        }
        let record = handle.store().held(&listed.copy.id)?.map(|held| held.record);
        let rows = latest_by_peer(handle.store().ledger_of_record(&listed.copy.id)?);
        let known = standing.roster.countries().filter(|country| *country != own);
        let countries: BTreeSet<Country> = known.chain(rows.keys().copied()).collect();
        for country in countries.into_iter().filter(|country| asked.to.is_none_or(|to| to == *country)) {
            items.push(shown(handle, &standing, listed, record.as_ref(), country, rows.get(&country))?);
        }
        for told in handle.store().onward_holders(&listed.copy.id)? {
            if asked.to.is_none_or(|to| to == told.holder) {
                let state = DisclosureState::PassedOn;
                items.push(DisclosureShown { through: Some(told.via), ..line(&listed.copy, told.holder, state) });
            }
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
    record: Option<&Arc<Record>>,
    country: Country,
    row: Option<&LedgerRow>,
) -> Result<DisclosureShown, Problem> {
    let copy = &listed.copy;
    let Some(record) = record else {
        return Ok(line(copy, country, DisclosureState::Withdrawn));
    };
    let content = record.sections_with_content();
    let may_go = listed.standing == RecordStanding::Current;
    let verdict = may_go.then(|| verdict(&standing.law, Arc::clone(record), country, None, now(), Nearest::Kept));
    let disclosed = row.map_or(SectionSet::EMPTY, |row| row.sections);
    let sections_withheld = told(content).without(disclosed);
    let refused = refused(handle, country, row)?;
    let state =
        match row {
            Some(_) if listed.standing == RecordStanding::Withdrawn => DisclosureState::Withdrawn,
            Some(_) if refused.is_some() => DisclosureState::Refused,
            Some(_) if is_deferred(handle, country, &copy.id)? => DisclosureState::Deferred,
            Some(row) if row.number <= handle.store().receipted_in(country, row.epoch)? => {
                if sections_withheld.is_empty() { DisclosureState::Delivered } else { DisclosureState::PartlyDelivered }
            }
            Some(_) => DisclosureState::Sent,
            None if verdict.as_ref().is_some_and(|verdict| !verdict.released.is_empty()) => DisclosureState::Due,
            None => DisclosureState::Withheld,
        };
    Ok(DisclosureShown {
        articles: row.map(|row| articles(row, &standing.book)).unwrap_or_default(),
        sections_withheld: sections_withheld.iter().collect(),
        because: match (refused, verdict) {
            (Some(code), _) => vec![format!("{country} refused it for good as `{code}`")],
            (None, Some(verdict)) => reasons(&verdict, disclosed),
            (None, None) => vec![format!("the record is {}", listed.standing.word())],
        },
        ..line(copy, country, state)
    })
}

/// By which code the country has refused the item for good: its receipt is no word that it holds it.
fn refused(handle: &NodeHandle, country: Country, row: Option<&LedgerRow>) -> Result<Option<RefusalCode>, Problem> {
    let Some(row) = row else { return Ok(None) };
    let code = handle.store().refused(country, row.epoch, row.number)?;
    Ok(code.filter(|code| !code.is_pending()))
}

/// Whether the country has refused the record for now, so that its receipt is no word that it holds it.
fn is_deferred(handle: &NodeHandle, country: Country, record: &RecordId) -> Result<bool, Problem> {
    let found = handle.store().deferred(country, just_before(*record), 1)?;
    Ok(found
        .first()
        .is_some_and(|deferral| deferral.record == *record && matches!(deferral.cause, DeferralCause::PeerPending(_))))
}

/// The id before this one in order; none where it is the first.
fn just_before(mut record: RecordId) -> Option<RecordId> {
    for byte in record.0.iter_mut().rev() {
        match byte.checked_sub(1) {
            Some(less) => {
                *byte = less;
                return Some(record);
            }
            None => *byte = u8::MAX,
        }
    }
    None
}

fn line(copy: &CopySummary, country: Country, state: DisclosureState) -> DisclosureShown {
    DisclosureShown {
        source_reference: copy.reference.clone(),
        id: copy.id,
        lineage: copy.lineage,
        kind: copy.kind,
        country,
        through: None,
        state,
        articles: Vec::new(),
        sections_withheld: Vec::new(),
        because: Vec::new(),
    }
}

/// The articles of a disclosure as it was made, whatever the law says now.
fn articles(row: &LedgerRow, book: &LawBook) -> Vec<String> {
    let Ok(disclosure) = Disclosure::from_bytes(&row.disclosure) else {
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

/// Why what did not go is held back. What holds for the most sections and purposes comes first: that is what would have
/// to change. Of what holds for equally many, treaty and law come before the originator's tags.
fn reasons(verdict: &VerdictShown, disclosed: SectionSet) -> Vec<String> {
    let held_back = verdict.withheld.iter().filter(|row| !disclosed.contains(row.section));
    let mut weighed: Vec<(Weight, String)> = Vec::new();
    let mut uncovered = (Weight::of("none"), BTreeSet::new());
    for row in held_back.filter(|row| row.section != SectionName::Audience) {
        for reason in &row.by {
            let Some(text) = cited(reason) else {
                uncovered.0.rows += 1;
                uncovered.1.insert(row.purpose.word());
                continue;
            };
            match weighed.iter_mut().find(|(_, known)| *known == text) {
                Some((weight, _)) => weight.rows += 1,
                None => weighed.push((Weight { rows: 1, ..Weight::of(&reason.source) }, text)),
            }
        }
    }
    let (weight, purposes) = uncovered;
    if !purposes.is_empty() {
        let purposes: Vec<&str> = purposes.into_iter().collect();
        weighed.push((weight, format!("no grant covers it for {}", purposes.join(", "))));
    }
    weighed.sort_by_key(|(weight, _)| (std::cmp::Reverse(weight.rows), weight.rank));
    weighed.into_iter().map(|(_, text)| text).collect()
}

/// How much a reason says about what is held back.
#[derive(Clone, Copy)]
struct Weight {
    /// For how many sections and purposes it holds.
    rows: usize,
    /// Its place among those that hold for equally many.
    rank: u8,
}

impl Weight {
    fn of(source: &str) -> Self {
        let rank = match source {
            "treaty" | "law" => 0,
            "originator" => 1,
            _ => 2,
        };
        Self { rows: 0, rank }
    }
}

/// A reason with its article or tag, where it has one.
fn cited(reason: &ReasonShown) -> Option<String> {
    let (document, article) = (reason.document.as_ref()?, reason.article.as_ref()?);
    Some(match reason.source.as_str() {
        "originator" => format!("tag {article}: {}", reason.because),
        _ => format!("{document} art. {article}: {}", reason.because),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::deciding::{Answer, WithheldShown};
    use chancery_record::{Instant, Purpose};

    fn reason(source: &str, article: &str) -> ReasonShown {
        let named = |name: &str| (source != "none").then(|| name.to_owned());
        let document = if source == "originator" { "tags" } else { "fr-de-police v1" };
        ReasonShown {
            source: source.into(),
            document: named(document),
            article: named(article),
            because: "because".into(),
        }
    }

    fn verdict(rows: Vec<(SectionName, Purpose, Vec<ReasonShown>)>) -> VerdictShown {
        VerdictShown {
            verdict: Answer::Withhold,
            released: Vec::new(),
            withheld: rows.into_iter().map(|(section, purpose, by)| WithheldShown { section, purpose, by }).collect(),
            nearest: Vec::new(),
            deferred: None,
            onward: None,
            law_generation: 1,
            decided_at: Instant(0),
        }
    }

    #[test]
    fn the_reason_that_holds_for_most_comes_first() {
        let (tag, article) = (reason("originator", "tlp"), reason("treaty", "4"));
        let verdict = verdict(vec![
            (SectionName::Identity, Purpose::Investigation, vec![tag.clone(), reason("none", "")]),
            (SectionName::Identity, Purpose::Evidence, vec![reason("none", "")]),
            (SectionName::Source, Purpose::Evidence, vec![article, reason("none", "")]),
            (SectionName::Audience, Purpose::Evidence, vec![tag.clone(), tag]),
        ]);
        assert_eq!(
            reasons(&verdict, SectionSet::EMPTY),
            ["no grant covers it for evidence, investigation", "fr-de-police v1 art. 4: because", "tag tlp: because"]
        );
        let sent = SectionSet::EMPTY.with(SectionName::Identity);
        assert_eq!(reasons(&verdict, sent)[0], "fr-de-police v1 art. 4: because");
    }
}
