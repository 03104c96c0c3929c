//! Verdicts: what may go for what purpose, under which articles, or why not.

use chancery_record::{Date, Instant, Onward, Purpose, SectionName, SectionSet};
use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::dimension::Dimension;
use crate::words::words;

/// Counts the changes of the law that this node decides by; rises with every change.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, bincode::Encode, bincode::Decode, Serialize,
)]
#[serde(transparent)]
pub struct LawGeneration(pub u64);

impl LawGeneration {
    /// Of a law that nobody has signed: nothing leaves under it.
    pub const TRIAL: Self = Self(u64::MAX);
}

/// The answer to one question: a list of (section, purpose, articles), never two flat lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What may go.
    pub released: Vec<ReleasedRow>,
    /// What may not.
    pub withheld: Vec<WithheldRow>,
    /// Where no grant covers something, the grants that come nearest. It teaches how to word a record so that it goes,
    /// so it is for officers only.
    pub nearest: Vec<Nearest>,
    /// What would go on a later day, and which.
    pub deferred: Option<Deferred>,
    /// Whether the receiver may pass it on.
    pub onward: Onward,
    /// The law it was decided by.
    pub law_generation: LawGeneration,
    /// The instant it was decided for.
    pub decided_at: Instant,
}

/// One section that may go for one purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReleasedRow {
    /// Which section.
    pub section: SectionName,
    /// For which purpose.
    pub purpose: Purpose,
    /// The grants that let it go.
    pub articles: Vec<ArticleRef>,
}

/// One section that may not go for one purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WithheldRow {
    /// Which section.
    pub section: SectionName,
    /// For which purpose.
    pub purpose: Purpose,
    /// What holds it back; at least one reason.
    pub by: Vec<Reason>,
}

words! {
    /// Who holds something back.
    ReasonSource, "source of a reason":
    /// A bar of a treaty, or a limit of one of its grants.
    Treaty = "treaty",
    /// A bar of national law.
    Law = "law",
    /// The originator's own tags.
    Originator = "originator",
    /// No grant covers it.
    None = "none",
}

/// One thing that holds a section back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// Who.
    pub source: ReasonSource,
    /// The treaty or law, or `tags`; absent where no grant covers it.
    pub document: Option<String>,
    /// Its article, or the tag.
    pub article: Option<String>,
    /// Why it applies, in words.
    pub because: String,
}

/// An article as people cite it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ArticleRef {
    /// The treaty's id with its version, or the law's name.
    pub document: String,
    /// The article's number.
    pub article: String,
}

/// A grant that covers a withheld section in all but a few dimensions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Nearest {
    /// The treaty.
    pub document: String,
    /// The grant.
    pub article: String,
    /// The section that comes nearest.
    pub section: SectionName,
    /// The purpose that comes nearest.
    pub purpose: Purpose,
    /// What is missing.
    pub lacks: Vec<Lack>,
}

/// One dimension in which a grant does not cover a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lack {
    /// Which dimension.
    pub dimension: Dimension,
    /// Why it does not cover.
    pub because: String,
}

/// What would go later by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Deferred {
    /// The first day on which more would go than today, nothing else changing.
    pub until: Date,
    /// The grants that then cover it.
    pub articles: Vec<ArticleRef>,
}

impl Verdict {
    /// Whether anything may go.
    pub fn is_release(&self) -> bool {
        !self.released.is_empty()
    }

    /// The sections that may go for some purpose.
    pub fn sections(&self) -> SectionSet {
        self.released.iter().map(|row| row.section).collect()
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let passes_on = self.onward != Onward::Never;
        let mut fields = out.serialize_struct("Verdict", 7 + usize::from(passes_on))?;
        fields.serialize_field("verdict", if self.is_release() { "release" } else { "withhold" })?;
        fields.serialize_field("released", &self.released)?;
        fields.serialize_field("withheld", &self.withheld)?;
        fields.serialize_field("nearest", &self.nearest)?;
        fields.serialize_field("deferred", &self.deferred)?;
        if passes_on {
            fields.serialize_field("onward", &self.onward)?;
        }
        fields.serialize_field("law_generation", &self.law_generation)?;
        fields.serialize_field("decided_at", &self.decided_at)?;
        fields.end()
    }
}

impl std::fmt::Display for ArticleRef {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}, article {}", self.document, self.article)
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.document, &self.article) {
            (Some(document), Some(article)) => write!(out, "{document}, article {article}: {}", self.because),
            _ => out.write_str(&self.because),
        }
    }
}
