//! What would go to a country, by counts: under the law in force, or under one that is still to be signed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant as Clock;

use axum::Json;
use axum::extract::State;
use chancery_exchange::{Outlook, Prospect};
use chancery_record::{Country, Date, Instant, Kind};
use chancery_store::{Expired, ListCursor, ListFilter, Standing};
use chancery_treaty::{DocumentFault, Law, LawBook, LawGeneration, NationalLaw, TreatyDocument};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::{Caller, Right};
use super::limits::{PLAN_PATIENCE, PLAN_RECORDS_PER_STEP, PLAN_TREATIES_MAX};
use super::problem::Problem;
use super::request::AskedAtLength;
use crate::api::Api;
use crate::clock::now;
use crate::daemon::handle::NodeHandle;

/// To whom, and under which law.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanAsked {
    /// The country.
    #[schema(value_type = String, example = "DE")]
    pub peer: Country,
    /// Texts of treaties that count as if every party had signed them. Nothing is kept of them.
    #[serde(default)]
    pub treaties: Vec<String>,
    /// Text of a national law that counts in place of the one in force.
    #[serde(default)]
    pub law: Option<String>,
    /// The day to plan for; today where absent.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub on: Option<Date>,
    /// Where the page before ended.
    #[serde(default)]
    pub after: Option<u64>,
}

/// Counts of some of the own records, to be added up over all pages.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct PlanPage {
    /// Counts by kind.
    pub rows: Vec<PlanRow>,
    /// Treaties that would be in force with the country.
    pub treaties: Vec<String>,
    /// Records looked at for this page.
    pub counted: u64,
    /// Records held, those of other countries among them.
    pub held: u64,
    /// Where the count goes on; none at its end.
    pub next: Option<u64>,
}

/// What would become of the own records of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanRow {
    /// Which kind.
    pub kind: String,
    /// They go, and were never sent before.
    pub goes: u64,
    /// They go once more: with more sections, or under terms that let the country do more.
    pub goes_again: u64,
    /// The country holds all that may go.
    pub delivered: u64,
    /// They are withheld until a day, or the country could not take them yet.
    pub deferred: u64,
    /// Nothing of them may go.
    pub withheld: u64,
    /// Nothing more of them may go; what was sent before stays where it is.
    pub stopped: u64,
    /// Of those that go, now or again: those that do not under the law in force today.
    pub newly: u64,
    /// Of those that do not go: those that do under the law in force today.
    pub no_more: u64,
}

/// Counts what would go to a country, without anything being sent. Ask page by page until there is no next one.
#[utoipa::path(post, path = "/v1/sync/plan", request_body = PlanAsked, tag = "peers",
    responses((status = 200, body = PlanPage), (status = 400, body = Problem), (status = 403, body = Problem)))]
pub async fn plan(
    State(api): State<Api>,
    caller: Caller,
    asked: AskedAtLength<PlanAsked>,
) -> Result<Json<PlanPage>, Problem> {
    api.require(&caller, Right::Plan, "plan").await?;
    let page = api.read(&caller, move |handle, _| Plan::of(handle, &asked)?.page(handle, asked.after)).await?;
    Ok(Json(page))
}

/// Two laws beside each other: the one planned for, and the one in force.
struct Plan {
    peer: Country,
    own: Country,
    at: Instant,
    planned: Arc<Law>,
    in_force: Arc<Law>,
    treaties: Vec<String>,
}

impl Plan {
    fn of(handle: &NodeHandle, asked: &PlanAsked) -> Result<Self, Problem> {
        let (own, standing, today) = (handle.config().country, handle.standing(), now().date());
        if asked.peer == own {
            return Err(Problem::usage(format!("{own} is this node's own country; nothing is released to oneself")));
        }
        if asked.on.is_some_and(|on| on < today) {
            return Err(Problem::usage("a day that is over cannot be planned for"));
        }
        let at = asked.on.filter(|on| *on > today).map_or_else(now, Date::start);
        let mut book = LawBook::clone(&standing.book);
        suppose(&mut book, asked, own)?;
        let is_in_force_now = asked.treaties.is_empty() && asked.law.is_none() && asked.on.is_none();
        let planned = match is_in_force_now {
            true => Arc::clone(&standing.law),
            false => Arc::new(Law::compile(&book, own, at, LawGeneration::TRIAL)),
        };
        let named = |hash: &chancery_record::DocumentHash| {
            book.treaty(hash).map_or_else(|| hash.to_string(), |treaty| treaty.name())
        };
        let treaties = planned.treaties_with(asked.peer).iter().map(named).collect();
        Ok(Self { peer: asked.peer, own, at, planned, in_force: Arc::clone(&standing.law), treaties })
    }

    /// INVARIANT (everything is bounded): a page ends after a number of records or some time, whatever comes first.
    fn page(&self, handle: &NodeHandle, after: Option<u64>) -> Result<PlanPage, Problem> {
        let store = handle.store();
        let filter = ListFilter {
            originator: Some(self.own),
            standing: Some(Standing::Current),
            expired: Expired::Hidden { today: now().date() },
            ..ListFilter::default()
        };
        let mut then = Prospect::new(&self.planned, self.peer, self.at);
        let mut today = Prospect::new(&self.in_force, self.peer, now());
        let mut rows: BTreeMap<Kind, PlanRow> = BTreeMap::new();
        let mut page =
            PlanPage { treaties: self.treaties.clone(), held: store.extent()?.records, ..PlanPage::default() };
        let (begun, mut cursor) = (Clock::now(), after.map(ListCursor));
        loop {
            let listed = store.list(&filter, cursor, PLAN_RECORDS_PER_STEP)?;
            for item in &listed.items {
                let copy = &item.copy;
                let planned = then.of(&copy.id, copy.label, copy.expires, &**store)?;
                let before = today.of(&copy.id, copy.label, copy.expires, &**store)?;
                rows.entry(copy.kind).or_default().count(planned, before);
            }
            page.counted = page.counted.saturating_add(listed.items.len() as u64);
            cursor = listed.next;
            if cursor.is_none() || begun.elapsed() >= PLAN_PATIENCE {
                break;
            }
        }
        page.next = cursor.map(|cursor| cursor.0);
        page.rows = rows.into_iter().map(|(kind, row)| PlanRow { kind: kind.to_string(), ..row }).collect();
        Ok(page)
    }
}

/// Takes the asked documents in, as if they were signed.
fn suppose(book: &mut LawBook, asked: &PlanAsked, own: Country) -> Result<(), Problem> {
    if asked.treaties.len() > PLAN_TREATIES_MAX {
        return Err(Problem::usage(format!("more than {PLAN_TREATIES_MAX} treaties are not planned for at once")));
    }
    for text in &asked.treaties {
        let treaty = TreatyDocument::parse(text.as_bytes()).map_err(|faults| faulty("treaty", text, &faults))?;
        if ![own, asked.peer].iter().all(|party| treaty.header().parties.contains(party)) {
            return Err(Problem::usage(format!("`{}` is no treaty between {own} and {}", treaty.name(), asked.peer)));
        }
        let refused =
            |fault: &dyn std::fmt::Display| Problem::usage("a treaty cannot be tried").because(fault.to_string());
        if let Some(failure) = treaty.check_cases().into_iter().next() {
            return Err(refused(&failure));
        }
        book.suppose(Arc::new(treaty)).map_err(|fault| refused(&fault))?;
    }
    if let Some(text) = &asked.law {
        let law = NationalLaw::parse(text.as_bytes()).map_err(|faults| faulty("law", text, &faults))?;
        if law.header().country != own {
            return Err(Problem::usage(format!("it is the law of {}, and this node is {own}'s", law.header().country)));
        }
        book.set_law(Arc::new(law))
            .map_err(|fault| Problem::usage("the law cannot be tried").because(fault.to_string()))?;
    }
    Ok(())
}

fn faulty(sort: &str, text: &str, faults: &[DocumentFault]) -> Problem {
    let first = faults.first().map(|fault| format!("line {}: {fault}", fault.line(text.as_bytes())));
    Problem::usage(format!("the {sort} has faults"))
        .because(first.unwrap_or_default())
        .next("`chancery treaty check FILE` shows every one")
}

impl PlanRow {
    fn count(&mut self, planned: Outlook, before: Outlook) {
        let slot = match planned {
            Outlook::Goes => &mut self.goes,
            Outlook::GoesAgain => &mut self.goes_again,
            Outlook::Delivered => &mut self.delivered,
            Outlook::Deferred => &mut self.deferred,
            Outlook::Withheld => &mut self.withheld,
            Outlook::Stopped => &mut self.stopped,
        };
        *slot = slot.saturating_add(1);
        let goes = |outlook| matches!(outlook, Outlook::Goes | Outlook::GoesAgain);
        let ends = |outlook| matches!(outlook, Outlook::Withheld | Outlook::Stopped);
        self.newly = self.newly.saturating_add(u64::from(goes(planned) && !goes(before)));
        self.no_more = self.no_more.saturating_add(u64::from(ends(planned) && !ends(before)));
    }

    /// Adds the counts of another page.
    pub fn add(&mut self, other: &Self) {
        for (sum, more) in [
            (&mut self.goes, other.goes),
            (&mut self.goes_again, other.goes_again),
            (&mut self.delivered, other.delivered),
            (&mut self.deferred, other.deferred),
            (&mut self.withheld, other.withheld),
            (&mut self.stopped, other.stopped),
            (&mut self.newly, other.newly),
            (&mut self.no_more, other.no_more),
        ] {
            *sum = sum.saturating_add(more);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_says_what_changes() {
        let mut row = PlanRow::default();
        row.count(Outlook::Goes, Outlook::Withheld);
        row.count(Outlook::Goes, Outlook::Goes);
        row.count(Outlook::GoesAgain, Outlook::Delivered);
        row.count(Outlook::Stopped, Outlook::Delivered);
        row.count(Outlook::Withheld, Outlook::Withheld);
        let expected =
            PlanRow { goes: 2, goes_again: 1, stopped: 1, withheld: 1, newly: 2, no_more: 1, ..PlanRow::default() };
        assert_eq!(row, expected);
        row.add(&expected);
        assert_eq!((row.goes, row.newly, row.no_more), (4, 4, 2));
    }
}
