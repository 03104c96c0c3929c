//! The use tags: conditions of the originator that every holder must obey.

use bincode::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::Set;
use crate::words::{default_words, words};

words! {
    /// Europol handling code; a set of them stands on a record, never a level.
    Handling, "handling code":
    H0 = 0 "H0",
    H1 = 1 "H1",
    H2 = 2 "H2",
    H3 = 3 "H3",
}
words! {
    /// Traffic Light Protocol 2.0, from the widest to the strictest.
    Tlp, "TLP colour":
    Clear = 0 "CLEAR",
    Green = 1 "GREEN",
    Amber = 2 "AMBER",
    AmberStrict = 3 "AMBER+STRICT",
    Red = 4 "RED",
}
words! {
    /// Classification, from the lowest to the highest.
    Classification, "classification":
    Unclassified = 0 "UNCLASSIFIED",
    Restricted = 1 "RESTRICTED",
    Confidential = 2 "CONFIDENTIAL",
    Secret = 3 "SECRET",
    TopSecret = 4 "TOP SECRET",
}
words! {
    /// What a record may be used for.
    Purpose, "purpose":
    Prevention = 0 "prevention",
    Investigation = 1 "investigation",
    Prosecution = 2 "prosecution",
    Evidence = 3 "evidence",
    Extradition = 4 "extradition",
    ExecutionOfSentence = 5 "execution_of_sentence",
    BorderControl = 6 "border_control",
    MissingPersons = 7 "missing_persons",
    Identification = 8 "identification",
    AssetRecovery = 9 "asset_recovery",
    ThreatWarning = 10 "threat_warning",
    VictimProtection = 11 "victim_protection",
    VitalInterest = 12 "vital_interest",
    Administrative = 13 "administrative",
    DataSubject = 14 "data_subject",
    Supervision = 15 "supervision",
    Statistics = 16 "statistics",
}
words! {
    /// What a holder may not do with a record, whatever the purpose.
    Caveat, "use caveat":
    NotForCourt = 0 "not_for_court",
    NoDeathPenaltyProceedings = 1 "no_death_penalty_proceedings",
    NoArrestOnThisAlone = 2 "no_arrest_on_this_alone",
    SourceProtection = 3 "source_protection",
}
words! {
    /// How urgent a record is; also its lane in the exchange.
    Precedence, "precedence":
    Routine = 0 "ROUTINE",
    Priority = 1 "PRIORITY",
    Immediate = 2 "IMMEDIATE",
    Flash = 3 "FLASH",
}
words! {
    /// Offence category, after the 32 offences of the European arrest warrant, with the characters that article 3 of
    /// the INTERPOL constitution excludes.
    Offence, "offence category":
    None = 0 "none",
    CriminalOrganisation = 1 "criminal_organisation",
    Terrorism = 2 "terrorism",
    TraffickingInPersons = 3 "trafficking_in_persons",
    ChildSexualExploitation = 4 "child_sexual_exploitation",
    DrugTrafficking = 5 "drug_trafficking",
    ArmsTrafficking = 6 "arms_trafficking",
    Corruption = 7 "corruption",
    Fraud = 8 "fraud",
    MoneyLaundering = 9 "money_laundering",
    Counterfeiting = 10 "counterfeiting",
    Cybercrime = 11 "cybercrime",
    EnvironmentalCrime = 12 "environmental_crime",
    MigrantSmuggling = 13 "migrant_smuggling",
    Homicide = 14 "homicide",
    OrganTrafficking = 15 "organ_trafficking",
    Kidnapping = 16 "kidnapping",
    RacismXenophobia = 17 "racism_xenophobia",
    Robbery = 18 "robbery",
    CulturalGoods = 19 "cultural_goods",
    Swindling = 20 "swindling",
    Extortion = 21 "extortion",
    ProductPiracy = 22 "product_piracy",
    ForgeryOfDocuments = 23 "forgery_of_documents",
    ForgeryOfPayment = 24 "forgery_of_payment",
    HormonalSubstances = 25 "hormonal_substances",
    NuclearMaterials = 26 "nuclear_materials",
    StolenVehicles = 27 "stolen_vehicles",
    Rape = 28 "rape",
    Arson = 29 "arson",
    InternationalCrimes = 30 "international_crimes",
    AircraftShipSeizure = 31 "aircraft_ship_seizure",
    Sabotage = 32 "sabotage",
    Theft = 33 "theft",
    Tax = 34 "tax",
    Sanctions = 35 "sanctions",
    OtherOffence = 36 "other_offence",
    Political = 50 "political",
    Military = 51 "military",
    Religious = 52 "religious",
    Racial = 53 "racial",
}
words! {
    /// Maximum penalty of the offence, lower bound inclusive.
    Penalty, "penalty band":
    Unknown = 0 "unknown",
    None = 1 "none",
    UnderOneYear = 2 "under_1_year",
    OneToTwo = 3 "1_to_2_years",
    TwoToThree = 4 "2_to_3_years",
    ThreeAndMore = 5 "3_years_and_more",
    Life = 6 "life",
    Death = 7 "death",
}
words! {
    /// Status of a person in a record (INTERPOL rules on the processing of data, article 44).
    Status, "status of a person":
    None = 0 "none",
    Wanted = 1 "wanted",
    Suspect = 2 "suspect",
    Charged = 3 "charged",
    Convicted = 4 "convicted",
    Witness = 5 "witness",
    Victim = 6 "victim",
    Missing = 7 "missing",
    Unidentified = 8 "unidentified",
    Deceased = 9 "deceased",
    PersonOfInterest = 10 "person_of_interest",
}
words! {
    /// Whether a person in the record was a minor at the facts.
    Minors, "answer on minors":
    Unknown = 0 "unknown",
    No = 1 "no",
    Yes = 2 "yes",
}
words! {
    /// How the data was obtained.
    ObtainedBy, "way of obtaining":
    Open = 0 "open",
    Police = 1 "police",
    HumanSource = 2 "human_source",
    Coercive = 3 "coercive",
    Interception = 4 "interception",
    Passenger = 5 "passenger",
    Financial = 6 "financial",
    Foreign = 7 "foreign",
}
words! {
    /// Special category of personal data.
    Sensitive, "sensitive category":
    Health = 0 "health",
    Religion = 1 "religion",
    Ethnicity = 2 "ethnicity",
    Opinion = 3 "opinion",
    SexualLife = 4 "sexual_life",
    Genetic = 5 "genetic",
    Biometric = 6 "biometric",
}

/// The conditions that stand in a record's manifest.
///
/// A fact that is `None` (or `unknown`) was not stated: it matches every bar that names its dimension, and no grant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UseTags {
    /// Handling codes: `{H0}`, or any of the others.
    pub handling: Option<Set<Handling>>,
    /// TLP colour.
    pub tlp: Option<Tlp>,
    /// Classification.
    pub classification: Option<Classification>,
    /// What the record may be used for; nothing where empty.
    pub purposes: Set<Purpose>,
    /// What no holder may do with it.
    pub caveats: Set<Caveat>,
    /// Urgency.
    pub precedence: Precedence,
    /// Offences the record is about; `none` where there is none.
    pub offences: Option<Set<Offence>>,
    /// Heaviest penalty among them.
    pub penalty: Penalty,
    /// Statuses of the persons; `none` where no person stands in it.
    pub statuses: Option<Set<Status>>,
    /// Whether one of them was a minor at the facts.
    pub minors: Minors,
    /// Last year in which the youngest is a minor, rounded up.
    pub minor_until: Option<u16>,
    /// How the data was obtained.
    pub obtained_by: Option<Set<ObtainedBy>>,
    /// Special categories it holds; empty where none.
    pub sensitive: Option<Set<Sensitive>>,
    /// A named case or joint team.
    pub operation: Option<String>,
    /// ISO 3166-2 subdivision, or a word of a treaty's annex.
    pub zone: Option<String>,
}

default_words!(Precedence = Routine, Penalty = Unknown, Minors = Unknown);

/// Stricter conditions of one section; what is absent is as in the manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SectionTags {
    /// Further handling codes.
    pub handling: Set<Handling>,
    /// A stricter colour.
    pub tlp: Option<Tlp>,
    /// A higher classification.
    pub classification: Option<Classification>,
    /// The only purposes left for this section.
    pub purposes: Option<Set<Purpose>>,
    /// Further caveats.
    pub caveats: Set<Caveat>,
    /// Further ways of obtaining.
    pub obtained_by: Set<ObtainedBy>,
    /// Further sensitive categories.
    pub sensitive: Set<Sensitive>,
}

impl SectionTags {
    /// The conditions of a section: the manifest's, narrowed by its own. Nothing here ever widens.
    pub fn narrow(&self, manifest: &UseTags) -> UseTags {
        let mut tags = manifest.clone();
        tags.handling = tags.handling.map(|codes| union_of_handling(&codes, &self.handling));
        tags.tlp = tags.tlp.map(|colour| self.tlp.map_or(colour, |own| own.max(colour)));
        tags.classification = tags.classification.map(|level| self.classification.map_or(level, |own| own.max(level)));
        if let Some(only) = &self.purposes {
            tags.purposes = tags.purposes.intersection(only);
        }
        tags.caveats = tags.caveats.union(&self.caveats);
        tags.obtained_by = tags.obtained_by.map(|ways| ways.union(&self.obtained_by));
        tags.sensitive = tags.sensitive.map(|kinds| kinds.union(&self.sensitive));
        tags
    }

    /// Whether the section adds nothing of its own.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// H0 says that no other code stands; it gives way to any other.
fn union_of_handling(codes: &Set<Handling>, own: &Set<Handling>) -> Set<Handling> {
    let all = codes.union(own);
    if all.len() > 1 { all.iter().copied().filter(|code| *code != Handling::H0).collect() } else { all }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_only_narrows() {
        let manifest = UseTags {
            handling: Some([Handling::H0].into_iter().collect()),
            tlp: Some(Tlp::Amber),
            classification: Some(Classification::Restricted),
            purposes: [Purpose::Investigation, Purpose::Evidence].into_iter().collect(),
            ..UseTags::default()
        };
        let own = SectionTags {
            handling: [Handling::H1].into_iter().collect(),
            tlp: Some(Tlp::Clear),
            classification: Some(Classification::Secret),
            purposes: Some([Purpose::Investigation, Purpose::Extradition].into_iter().collect()),
            ..SectionTags::default()
        };
        let narrowed = own.narrow(&manifest);
        assert_eq!(narrowed.handling, Some([Handling::H1].into_iter().collect()));
        assert_eq!(narrowed.tlp, Some(Tlp::Amber));
        assert_eq!(narrowed.classification, Some(Classification::Secret));
        assert_eq!(narrowed.purposes, [Purpose::Investigation].into_iter().collect());
        assert_eq!(narrowed.sensitive, None, "what was not stated stays unknown");
    }
}
