//! What the countries of a world publish: vehicles that nobody drives.

use chancery_exchange::Publication;
use chancery_record::encoding::{Domain, digest};
use chancery_record::{
    Addressee, Audience, Classification, Country, Date, Draft, DraftSection, Handling, Kind, Lineage, Minors,
    ObtainedBy, Offence, Penalty, Precedence, Purpose, ReleasableTo, SectionName, SectionTags, Status, Tlp, UseTags,
};

use crate::chance::Chance;

/// A vehicle; whoever makes one states what matters to it.
#[derive(Clone, Debug)]
pub struct Paper {
    /// The publisher's own number.
    pub reference: Option<String>,
    /// What it says.
    pub text: String,
    /// How urgent it is.
    pub lane: Precedence,
    /// How secret it is.
    pub classification: Classification,
    /// Everyone where absent.
    pub to: Option<Vec<Country>>,
    /// Not to these.
    pub not_to: Vec<Country>,
    /// When it ends.
    pub expires: Option<Date>,
    /// Of when the data is.
    pub collected: Option<Date>,
    /// What it is about.
    pub offence: Offence,
    /// For what it may be used.
    pub purposes: Vec<Purpose>,
}

impl Paper {
    /// An open, routine paper for everyone.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            reference: None,
            text: text.into(),
            lane: Precedence::Routine,
            classification: Classification::Unclassified,
            to: None,
            not_to: Vec::new(),
            expires: None,
            collected: None,
            offence: Offence::StolenVehicles,
            purposes: vec![Purpose::Investigation],
        }
    }

    /// A paper as chance has it, among these countries.
    pub fn drawn(chance: &mut Chance, text: String, today: Date, countries: &[Country]) -> Self {
        let levels = [Classification::Unclassified, Classification::Restricted, Classification::Confidential];
        let mut some = |most: u64| {
            let count = 1 + chance.below(most);
            (0..count).filter_map(|_| chance.one_of(countries)).collect::<Vec<_>>()
        };
        let (named, excluded) = (some(4), some(2));
        Self {
            reference: (chance.below(3) > 0).then(|| format!("A-{}", chance.below(5))),
            lane: chance.one_of(Precedence::ALL).unwrap_or(Precedence::Routine),
            classification: chance.one_of(&levels).unwrap_or(Classification::Unclassified),
            to: chance.once_in(4).then_some(named),
            not_to: if chance.once_in(6) { excluded } else { Vec::new() },
            collected: chance.once_in(5).then(|| today.plus_days(-20)),
            offence: if chance.once_in(5) { Offence::Theft } else { Offence::StolenVehicles },
            purposes: if chance.once_in(2) {
                vec![Purpose::Investigation, Purpose::Identification]
            } else {
                vec![Purpose::Investigation]
            },
            ..Self::new(text)
        }
    }

    /// The draft of it.
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
        let listed = |countries: &[Country]| countries.iter().copied().map(Addressee::Country).collect();
        let releasable_to =
            self.to.as_ref().map_or(ReleasableTo::Any, |countries| ReleasableTo::Only(listed(countries)));
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
                offences: Some([self.offence].into_iter().collect()),
                penalty: Penalty::OneToTwo,
                statuses: Some([Status::None].into_iter().collect()),
                minors: Minors::No,
                obtained_by: Some([ObtainedBy::Police].into_iter().collect()),
                sensitive: Some(Vec::new().into_iter().collect()),
                ..UseTags::default()
            },
            audience: Audience { releasable_to, not_releasable_to: listed(&self.not_to), ..Audience::default() },
            sections,
        }
    }

    /// What a node is asked to publish, with randomness that belongs to this one event.
    pub fn publication(&self, amends: Option<Lineage>, chance: &mut Chance) -> Publication {
        let (one, other) = (chance.draw().to_le_bytes(), chance.draw().to_le_bytes());
        Publication { draft: self.draft(), amends, seed: digest(Domain::Row, &[b"seed", &one, &other]) }
    }
}
