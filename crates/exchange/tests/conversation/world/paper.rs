//! What the nodes of a world publish.

use chancery_exchange::Publication;
use chancery_record::encoding::{Domain, digest};
use chancery_record::{
    Addressee, Audience, Classification, Country, Date, Draft, DraftSection, Handling, Kind, Lineage, Minors,
    ObtainedBy, Offence, Onward, Penalty, Precedence, Purpose, ReleasableTo, SectionName, SectionTags, Status, Tlp,
    UseTags,
};

/// A vehicle; a test states what matters to it.
#[derive(Clone, Debug)]
pub struct Paper {
    pub reference: Option<String>,
    pub text: String,
    pub lane: Precedence,
    pub classification: Classification,
    /// Everyone where absent.
    pub to: Option<Vec<Country>>,
    pub expires: Option<Date>,
    pub collected: Option<Date>,
    pub purposes: &'static [Purpose],
    /// Whether and to whom a holder may pass it on.
    pub onward: Onward,
    pub onward_to: Vec<Country>,
}

impl Paper {
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            reference: None,
            text: text.into(),
            lane: Precedence::Routine,
            classification: Classification::Unclassified,
            to: None,
            expires: None,
            collected: None,
            purposes: &[Purpose::Investigation],
            onward: Onward::Never,
            onward_to: Vec::new(),
        }
    }

    pub fn passed_on(self, onward: Onward) -> Self {
        Self { onward, ..self }
    }

    pub fn under(self, reference: &str) -> Self {
        Self { reference: Some(reference.to_owned()), ..self }
    }

    pub fn at(self, lane: Precedence) -> Self {
        Self { lane, ..self }
    }

    pub fn only_to(self, countries: &[Country]) -> Self {
        Self { to: Some(countries.to_vec()), ..self }
    }

    pub fn level(self, classification: Classification) -> Self {
        Self { classification, ..self }
    }

    pub fn draft(&self) -> Draft {
        let section = |name, body| DraftSection { name, tags: SectionTags::default(), body };
        let mut sections = vec![
            section(SectionName::Object, serde_json::json!({ "text": self.text })),
            section(SectionName::Circumstances, serde_json::json!({ "text": format!("{} was seen", self.text) })),
            section(SectionName::Source, serde_json::json!({ "text": format!("who saw {}", self.text) })),
        ];
        if let Some(reference) = &self.reference {
            sections.push(section(SectionName::Provenance, serde_json::json!({ "source_reference": reference })));
        }
        let releasable_to = match &self.to {
            None => ReleasableTo::Any,
            Some(countries) => ReleasableTo::Only(countries.iter().copied().map(Addressee::Country).collect()),
        };
        Draft {
            kind: Kind::Vehicle,
            unit: None,
            collected: self.collected,
            review: None,
            expires: self.expires,
            tags: UseTags {
                handling: Some([Handling::H0].into_iter().collect()),
                tlp: Some(Tlp::Green),
                classification: Some(self.classification),
                purposes: self.purposes.iter().copied().collect(),
                precedence: self.lane,
                offences: Some([Offence::StolenVehicles].into_iter().collect()),
                penalty: Penalty::OneToTwo,
                statuses: Some([Status::None].into_iter().collect()),
                minors: Minors::No,
                obtained_by: Some([ObtainedBy::Police].into_iter().collect()),
                sensitive: Some(Vec::new().into_iter().collect()),
                ..UseTags::default()
            },
            audience: Audience {
                releasable_to,
                onward: self.onward,
                onward_to: self.onward_to.iter().copied().collect(),
                ..Audience::default()
            },
            sections,
        }
    }

    /// With randomness drawn from a number that is used once.
    pub fn publication(&self, amends: Option<Lineage>, number: u64) -> Publication {
        Publication { draft: self.draft(), amends, seed: digest(Domain::Row, &[b"seed", &number.to_le_bytes()]) }
    }
}
