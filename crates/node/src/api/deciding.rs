//! What the law says of a record and a country, in the form that people and programs read.

use chancery_exchange::limits::CONSENTS_PER_RECEIVER_MAX;
use chancery_exchange::{ConsentAsk, HeldRecord, Holdings, RecordSource};
use chancery_record::{Country, Date, Instant, Onward, Purpose, Record, SectionName};
use chancery_store::Store;
use chancery_treaty::{Action, Candidate, Direction, Law, Question, RecordDates, Terms, Verdict};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

use super::problem::Problem;
use crate::exit::Exit;

/// Whether something may go: what for which purpose under which articles, and what is held back by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VerdictShown {
    /// `release` where something may go, else `withhold`.
    pub verdict: Answer,
    /// What may go.
    pub released: Vec<ReleasedShown>,
    /// What may not.
    pub withheld: Vec<WithheldShown>,
    /// Where no grant covers something, the grants that come nearest. Shown to officers only.
    pub nearest: Vec<NearestShown>,
    /// What would go on a later day by itself.
    pub deferred: Option<DeferredShown>,
    /// Whether the receiver may pass it on, where it may: `allowed` or `with_consent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub onward: Option<Onward>,
    /// The law it was decided by.
    pub law_generation: u64,
    /// The instant it was decided for.
    #[schema(value_type = String, format = DateTime)]
    pub decided_at: Instant,
}

/// The answer in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Something may go.
    Release,
    /// Nothing may go.
    Withhold,
}

/// One section that may go for one purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReleasedShown {
    /// Which section.
    #[schema(value_type = String)]
    pub section: SectionName,
    /// For which purpose.
    #[schema(value_type = String)]
    pub purpose: Purpose,
    /// The grants that let it go.
    pub articles: Vec<ArticleShown>,
}

/// One section that may not go for one purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WithheldShown {
    /// Which section.
    #[schema(value_type = String)]
    pub section: SectionName,
    /// For which purpose.
    #[schema(value_type = String)]
    pub purpose: Purpose,
    /// What holds it back.
    pub by: Vec<ReasonShown>,
}

/// An article as people cite it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ArticleShown {
    /// The treaty's id with its version, or the law's name.
    pub document: String,
    /// The article's number.
    pub article: String,
}

/// One thing that holds a section back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReasonShown {
    /// `treaty`, `law`, `originator`, or `none` where no grant covers it.
    pub source: String,
    /// The treaty or law, or `tags`.
    pub document: Option<String>,
    /// Its article, or the tag.
    pub article: Option<String>,
    /// Why it applies, in words.
    pub because: String,
}

/// A grant that covers a withheld section in all but a few dimensions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NearestShown {
    /// The treaty.
    pub document: String,
    /// The grant.
    pub article: String,
    /// The section that comes nearest.
    #[schema(value_type = String)]
    pub section: SectionName,
    /// The purpose that comes nearest.
    #[schema(value_type = String)]
    pub purpose: Purpose,
    /// What is missing.
    pub lacks: Vec<LackShown>,
}

/// One dimension in which a grant does not cover a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LackShown {
    /// Which dimension.
    pub dimension: String,
    /// Why it does not cover.
    pub because: String,
}

/// What would go later by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeferredShown {
    /// The first day on which more would go.
    #[schema(value_type = String, format = Date)]
    pub until: Date,
    /// The grants that then cover it.
    pub articles: Vec<ArticleShown>,
}

/// Whether the grants that come nearest are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nearest {
    /// To an officer.
    Told,
    /// To anyone else: they teach how to word a record so that it goes.
    Kept,
}

/// Asks the law what may be offered of a record to a country now: the same decision that the wire makes.
pub fn verdict(
    law: &Law,
    record: Arc<Record>,
    peer: Country,
    purpose: Option<Purpose>,
    at: Instant,
    nearest: Nearest,
) -> VerdictShown {
    let dates = RecordDates::of(&record);
    let candidate = Candidate::new(record);
    let question = Question {
        label: candidate.label(),
        dates,
        peer,
        direction: Direction::WeSend,
        action: Action::Offer,
        purpose,
        at,
    };
    VerdictShown::of(law.decide(&question), nearest)
}

/// Asks the law whether a copy of another country's record may be passed on to a country now: the same decision that the
/// wire makes, with what the originator answered.
pub fn onward_verdict(
    law: &Law,
    store: &Store,
    held: &HeldRecord,
    peer: Country,
    at: Instant,
) -> Result<Verdict, Problem> {
    let terms = match &held.source {
        RecordSource::Own => None,
        RecordSource::Delivered { peer: from, narrowed, .. } => Terms::from_bytes(narrowed)
            .ok()
            // From another holder it came to go no further.
            .filter(|_| *from == held.record.manifest().originator),
    };
    let terms = terms.ok_or_else(|| {
        Problem::new(Exit::Refused, "the copy came from a country that had it from another")
            .because("a record is passed on once only, by who has it from the country that sealed it")
    })?;
    let asks = store.consent_asks(&held.record.id(), peer, CONSENTS_PER_RECEIVER_MAX)?;
    let consents: Vec<_> = asks.iter().filter_map(ConsentAsk::consent).collect();
    Ok(law.decide_onward(&Candidate::new(Arc::clone(&held.record)), &terms, &consents, peer, at))
}

impl VerdictShown {
    /// The form that is read, of the verdict that was made.
    pub fn of(verdict: Verdict, nearest: Nearest) -> Self {
        let article =
            |cited: chancery_treaty::ArticleRef| ArticleShown { document: cited.document, article: cited.article };
        Self {
            verdict: if verdict.is_release() { Answer::Release } else { Answer::Withhold },
            released: verdict
                .released
                .into_iter()
                .map(|row| ReleasedShown {
                    section: row.section,
                    purpose: row.purpose,
                    articles: row.articles.into_iter().map(article).collect(),
                })
                .collect(),
            withheld: verdict
                .withheld
                .into_iter()
                .map(|row| WithheldShown {
                    section: row.section,
                    purpose: row.purpose,
                    by: row.by.into_iter().map(ReasonShown::of).collect(),
                })
                .collect(),
            nearest: match nearest {
                Nearest::Told => verdict.nearest.into_iter().map(NearestShown::of).collect(),
                Nearest::Kept => Vec::new(),
            },
            deferred: verdict.deferred.map(|deferred| DeferredShown {
                until: deferred.until,
                articles: deferred.articles.into_iter().map(article).collect(),
            }),
            onward: Some(verdict.onward).filter(|onward| *onward != Onward::Never),
            law_generation: verdict.law_generation.0,
            decided_at: verdict.decided_at,
        }
    }
}

impl ReasonShown {
    fn of(reason: chancery_treaty::Reason) -> Self {
        Self {
            source: reason.source.to_string(),
            document: reason.document,
            article: reason.article,
            because: reason.because,
        }
    }
}

impl NearestShown {
    fn of(nearest: chancery_treaty::Nearest) -> Self {
        let lack =
            |lack: chancery_treaty::Lack| LackShown { dimension: lack.dimension.to_string(), because: lack.because };
        Self {
            document: nearest.document,
            article: nearest.article,
            section: nearest.section,
            purpose: nearest.purpose,
            lacks: nearest.lacks.into_iter().map(lack).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chancery_treaty::{
        ArticleRef, Deferred, Dimension, Lack, LawGeneration, Reason, ReasonSource, ReleasedRow, WithheldRow,
    };

    fn made() -> Verdict {
        let article = ArticleRef { document: "fr-de-police v1".into(), article: "3".into() };
        Verdict {
            released: vec![ReleasedRow {
                section: SectionName::Identity,
                purpose: Purpose::Investigation,
                articles: vec![article.clone()],
            }],
            withheld: vec![WithheldRow {
                section: SectionName::Judicial,
                purpose: Purpose::Evidence,
                by: vec![
                    Reason {
                        source: ReasonSource::Law,
                        document: Some("law of FR".into()),
                        article: Some("2".into()),
                        because: "minors".into(),
                    },
                    Reason { source: ReasonSource::None, document: None, article: None, because: "no grant".into() },
                ],
            }],
            nearest: vec![chancery_treaty::Nearest {
                document: "fr-de-police v1".into(),
                article: "4".into(),
                section: SectionName::Judicial,
                purpose: Purpose::Evidence,
                lacks: vec![Lack { dimension: Dimension::Purposes, because: "not among them".into() }],
            }],
            deferred: Some(Deferred { until: "2027-01-01".parse().unwrap(), articles: vec![article] }),
            onward: Onward::WithConsent,
            law_generation: LawGeneration(7),
            decided_at: Instant(0),
        }
    }

    #[test]
    fn it_reads_as_the_decision_writes_it() {
        let made = made();
        let shown = VerdictShown::of(made.clone(), Nearest::Told);
        assert_eq!(serde_json::to_string(&shown).unwrap(), serde_json::to_string(&made).unwrap());
        let read: VerdictShown = serde_json::from_str(&serde_json::to_string(&made).unwrap()).unwrap();
        assert_eq!(read, shown);
    }

    #[test]
    fn the_nearest_grants_are_for_officers() {
        let kept = VerdictShown::of(made(), Nearest::Kept);
        assert!(kept.nearest.is_empty());
        assert_eq!(kept.withheld, VerdictShown::of(made(), Nearest::Told).withheld, "the reasons are for everyone");
    }
}
