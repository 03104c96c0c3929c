//! Who holds what of an own record, and what each country is owed.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use chancery_exchange::{Holdings, ItemNumber, Mark};
use chancery_record::{Country, Date, Instant, Lineage, RecordId, Saying, SectionName, SectionSet, StatementId};
use chancery_store::{Answer, Progress, Store};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::caller::{Caller, Right};
use super::limits::PAGE_MAX;
use super::naming;
use super::problem::Problem;
use super::request::Parameters;
use crate::api::Api;
use crate::daemon::handle::NodeHandle;

/// Everyone whom an own record was ever disclosed to.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HoldersShown {
    /// The lineage.
    #[schema(value_type = String)]
    pub lineage: Lineage,
    /// How it was taken back, where it was.
    pub withdrawal: Option<WithdrawalShown>,
    /// The holders.
    pub holders: Vec<HolderShown>,
}

/// A withdrawal.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct WithdrawalShown {
    /// The statement.
    #[schema(value_type = String)]
    pub statement: StatementId,
    /// When it was made.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub made: Option<Instant>,
    /// The reason's code.
    pub reason: Option<String>,
    /// Until when it is remembered.
    #[schema(value_type = String, format = Date)]
    pub outlive: Date,
}

/// One holder.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HolderShown {
    /// The country.
    #[schema(value_type = String)]
    pub country: Country,
    /// Who passed it on to the country, where it came so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub through: Vec<Country>,
    /// The versions it was ever given.
    #[schema(value_type = Vec<String>)]
    pub records: Vec<RecordId>,
    /// All sections that ever went.
    #[schema(value_type = Vec<String>)]
    pub sections: Vec<SectionName>,
    /// When something last went.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub disclosed_at: Option<Instant>,
    /// How far it is with the withdrawal: `owed` or `receipted`; absent where none was made.
    pub obligation: Option<String>,
    /// Versions it says it deleted.
    pub deleted: usize,
    /// Until when its backups may still hold a copy.
    #[schema(value_type = Option<String>, format = Date)]
    pub backups_until: Option<Date>,
}

/// Which obligations to list.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ObligationsAsked {
    /// Only those of this country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<String>)]
    pub peer: Option<Country>,
    /// Where the page before ended: a country with a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<String>)]
    pub after_peer: Option<Country>,
    /// Where the page before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
}

/// One page of obligations.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ObligationPage {
    /// The obligations, country by country.
    pub items: Vec<ObligationShown>,
    /// Whether there are more after the last of them.
    pub more: bool,
}

/// Something that this country owes another.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ObligationShown {
    /// Whom it is owed to.
    #[schema(value_type = String)]
    pub peer: Country,
    /// Its place in the peer's stream.
    pub number: u64,
    /// `withdrawal`, `recall`, `correction` or `deletion`.
    pub sort: String,
    /// What it is about: a lineage, or records.
    pub about: Vec<String>,
    /// When the statement was made.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub made: Option<Instant>,
    /// The statement.
    #[schema(value_type = String)]
    pub statement: StatementId,
    /// `owed`, or `receipted` where the peer says it holds it durably.
    pub progress: String,
}

/// Shows who holds an own record, and how far each is with its withdrawal.
#[utoipa::path(get, path = "/v1/records/{name}/holders", tag = "records",
    params(("name" = String, Path, description = "lineage, id, or the beginning of either")),
    responses((status = 200, body = HoldersShown), (status = 404, body = Problem), (status = 403, body = Problem)))]
pub async fn holders(
    State(api): State<Api>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<HoldersShown>, Problem> {
    caller.require(Right::Holders)?;
    let shown = api
        .read(&caller, move |handle, viewer| {
            let own = handle.config().country;
            let lineage = naming::own_lineage(handle.store(), viewer, own, &name)?;
            holders_of(handle.store(), own, lineage)
        })
        .await?;
    Ok(Json(shown))
}

/// Lists what is owed to other countries: withdrawals, recalls, corrections, deletion receipts.
#[utoipa::path(get, path = "/v1/obligations", params(ObligationsAsked), tag = "exchange",
    responses((status = 200, body = ObligationPage), (status = 403, body = Problem)))]
pub async fn obligations(
    State(api): State<Api>,
    caller: Caller,
    Parameters(asked): Parameters<ObligationsAsked>,
) -> Result<Json<ObligationPage>, Problem> {
    caller.require(Right::Incidents)?;
    Ok(Json(api.read(&caller, move |handle, _| page(handle, &asked)).await?))
}

fn holders_of(store: &Store, own: Country, lineage: Lineage) -> Result<HoldersShown, Problem> {
    let versions = store.lineage_versions(&lineage)?.into_iter().filter(|version| version.originator == own);
    let mut holders: BTreeMap<Country, HolderShown> = BTreeMap::new();
    let mut any = RecordId([0; 32]);
    for version in versions {
        any = version.record;
        for row in store.ledger_of_record(&version.record)? {
            let holder = holders.entry(row.peer).or_insert_with(|| HolderShown::none(row.peer));
            holder.had(row.record, row.sections, row.at);
        }
        // The ledger of a record is bounded; who holds it is not left out.
        for peer in store.holders(&version.record)? {
            let sections = store.disclosed(peer, &version.record)?.map_or(SectionSet::EMPTY, |held| held.sections);
            let holder = holders.entry(peer).or_insert_with(|| HolderShown::none(peer));
            holder.had(version.record, sections, Instant(0));
        }
        for told in store.onward_holders(&version.record)? {
            let holder = holders.entry(told.holder).or_insert_with(|| HolderShown::none(told.holder));
            holder.had(told.record, told.sections, told.at);
            if !holder.through.contains(&told.via) {
                holder.through.push(told.via);
            }
        }
    }
    let marks = store.marks_on(own, &lineage, &any)?;
    let Some(withdrawn) = marks.into_iter().find(|mark| mark.mark == Mark::Withdrawn) else {
        return Ok(HoldersShown { lineage, withdrawal: None, holders: holders.into_values().collect() });
    };
    for answer in store.answers(&withdrawn.statement)? {
        holders.entry(answer.peer).or_insert_with(|| HolderShown::none(answer.peer)).answered(&answer);
    }
    let statement = store.statement(&withdrawn.statement)?.and_then(|signed| signed.read().ok());
    let reason = statement.as_ref().and_then(|statement| match &statement.saying {
        Saying::Withdrawal { reason, .. } => Some(reason.to_string()),
        _ => None,
    });
    let withdrawal = WithdrawalShown {
        statement: withdrawn.statement,
        made: statement.map(|statement| statement.made),
        reason,
        outlive: withdrawn.outlive,
    };
    Ok(HoldersShown { lineage, withdrawal: Some(withdrawal), holders: holders.into_values().collect() })
}

impl HolderShown {
    fn none(country: Country) -> Self {
        Self {
            country,
            through: Vec::new(),
            records: Vec::new(),
            sections: Vec::new(),
            disclosed_at: None,
            obligation: None,
            deleted: 0,
            backups_until: None,
        }
    }

    fn had(&mut self, record: RecordId, sections: SectionSet, at: Instant) {
        if !self.records.contains(&record) {
            self.records.push(record);
        }
        let known: SectionSet = self.sections.iter().copied().collect();
        self.sections = known.union(sections).iter().collect();
        if at > Instant(0) {
            self.disclosed_at = self.disclosed_at.max(Some(at));
        }
    }

    fn answered(&mut self, answer: &Answer) {
        self.obligation = Some(word(answer.progress).to_owned());
        let deleted: std::collections::BTreeSet<&RecordId> =
            answer.deletions.iter().flat_map(|receipt| receipt.records.iter()).collect();
        self.deleted = deleted.len();
        self.backups_until = answer.deletions.iter().map(|receipt| receipt.backups_until).max();
    }
}

fn page(handle: &NodeHandle, asked: &ObligationsAsked) -> Result<ObligationPage, Problem> {
    let store = handle.store();
    let peers: Vec<Country> = match asked.peer {
        Some(peer) => vec![peer],
        None => handle.standing().roster.countries().filter(|country| *country != handle.config().country).collect(),
    };
    let mut items = Vec::new();
    for peer in peers {
        let after = match asked.after_peer {
            Some(last) if peer < last => continue,
            Some(last) if peer == last => ItemNumber(asked.after.unwrap_or(0)),
            _ => ItemNumber(0),
        };
        let room = PAGE_MAX.saturating_sub(items.len());
        let found = store.obligations(peer, after, room)?;
        items.extend(found.into_iter().map(|owed| {
            let statement = owed.statement.read().ok();
            let (sort, about) = statement.as_ref().map_or(("unreadable", Vec::new()), |said| described(&said.saying));
            ObligationShown {
                peer,
                number: owed.position.number.0,
                sort: sort.to_owned(),
                about,
                made: statement.map(|statement| statement.made),
                statement: owed.statement.id(),
                progress: word(owed.progress).to_owned(),
            }
        }));
        if items.len() >= PAGE_MAX {
            return Ok(ObligationPage { items, more: true });
        }
    }
    Ok(ObligationPage { items, more: false })
}

fn described(saying: &Saying) -> (&'static str, Vec<String>) {
    let ids = |records: &chancery_record::Set<RecordId>| records.iter().map(RecordId::to_string).collect();
    match saying {
        Saying::Withdrawal { lineage, .. } => ("withdrawal", vec![lineage.to_string()]),
        Saying::Recall { records } => ("recall", ids(records)),
        Saying::Correction { records } => ("correction", ids(records)),
        Saying::Deletion { records, .. } => ("deletion", ids(records)),
        Saying::Onward { record, .. } => ("onward report", vec![record.to_string()]),
        Saying::ConsentAsked { record, .. } => ("consent asked", vec![record.to_string()]),
        Saying::Consent { record, .. } => ("consent", vec![record.to_string()]),
    }
}

const fn word(progress: Progress) -> &'static str {
    match progress {
        Progress::Owed => "owed",
        Progress::Receipted => "receipted",
    }
}
