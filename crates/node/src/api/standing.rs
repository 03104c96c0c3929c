//! What a record says of itself without its content, as lists and single answers show it.

use chancery_record::{Country, Instant, Kind, Lineage, Precedence, Purpose, RecordId, SectionName, UnitName, UseTags};
use chancery_store::Standing;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One record by its manifest. No field of a person stands in it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ManifestShown {
    /// This version's id.
    #[schema(value_type = String)]
    pub id: RecordId,
    /// The lineage, which all versions share.
    #[schema(value_type = String)]
    pub lineage: Lineage,
    /// Rises with every version, in steps that do not count versions.
    pub revision: u64,
    /// How this version stands: current, superseded, conflicted, recalled or withdrawn.
    pub state: String,
    /// Who sealed it.
    #[schema(value_type = String, example = "FR")]
    pub originator: Country,
    /// The authority there.
    #[schema(value_type = String)]
    pub unit: UnitName,
    /// What it is.
    #[schema(value_type = String, example = "notice.red")]
    pub kind: Kind,
    /// Its urgency.
    #[schema(value_type = String)]
    pub precedence: Precedence,
    /// When it was sealed.
    #[schema(value_type = String, format = DateTime)]
    pub issued: Instant,
    /// From this day on it is gone.
    #[schema(value_type = String, format = Date)]
    pub expires: chancery_record::Date,
    /// When this copy was accepted here.
    #[schema(value_type = String, format = DateTime)]
    pub accepted: Instant,
    /// Who delivered it; none where it was sealed here.
    #[schema(value_type = Option<String>)]
    pub delivered_by: Option<Country>,
    /// The sections that the caller may read for some purpose.
    #[schema(value_type = Vec<String>)]
    pub sections: Vec<SectionName>,
    /// What it may be used for here: what the terms of its delivery give, or what its tags say where it was sealed here.
    #[schema(value_type = Vec<String>)]
    pub purposes: Vec<Purpose>,
    /// The originator's conditions.
    #[schema(value_type = Object)]
    pub tags: UseTags,
    /// The publisher's own number, for those who publish here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_reference: Option<String>,
}

/// Reads a state as people write it.
pub fn standing_of(text: &str) -> Option<Standing> {
    Standing::ALL.into_iter().find(|standing| standing.word() == text)
}
