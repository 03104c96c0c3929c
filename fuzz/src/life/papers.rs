//! What the node and its peers publish in a life, drafted and sealed once.

use std::sync::{Arc, OnceLock};

use chancery_exchange::{Publication, RefusalCode};
use chancery_record::encoding::{Domain, digest};
use chancery_record::{
    Addressee, Audience, Classification, Country, Draft, DraftSection, Handling, Instant, Kind, Lineage, Minors,
    ObtainedBy, Offence, Penalty, Placement, Precedence, Purpose, Record, ReleasableTo, SectionName, SectionSet,
    SectionTags, Status, Tlp, UseTags,
};

use super::keys::{START, Use, country, key};

/// Drafts that the node may publish.
pub const DRAFTS: usize = 8;

/// A draft to publish; `number` is used once in a life.
pub fn publication(which: usize, amends: Option<Lineage>, number: u64) -> Publication {
    static MADE: OnceLock<Vec<Draft>> = OnceLock::new();
    let drafts = MADE.get_or_init(|| (0..DRAFTS).map(own_draft).collect());
    let seed = digest(Domain::Row, &[b"seed", &number.to_le_bytes()]);
    Publication { draft: drafts[which % DRAFTS].clone(), amends, seed }
}

fn own_draft(which: usize) -> Draft {
    let mut draft = draft(&format!("van {which}"));
    match which {
        0 => {}
        1 | 2 => draft.put(SectionName::Provenance, serde_json::json!({ "source_reference": "A-1" })),
        3 => draft.tags.precedence = Precedence::Flash,
        4 => draft.tags.classification = Some(Classification::Confidential),
        5 => {
            let only = [Addressee::Country(country("DE"))].into_iter().collect();
            draft.audience.releasable_to = ReleasableTo::Only(only);
        }
        6 => draft.expires = Some(START.date().plus_days(3)),
        _ => draft.collected = Some(START.date().plus_days(-8)),
    }
    draft
}

fn draft(text: &str) -> Draft {
    let section = |name, body| DraftSection { name, tags: SectionTags::default(), body };
    Draft {
        kind: Kind::Vehicle,
        unit: None,
        collected: None,
        review: None,
        expires: None,
        tags: UseTags {
            handling: Some([Handling::H0].into_iter().collect()),
            tlp: Some(Tlp::Green),
            classification: Some(Classification::Unclassified),
            purposes: [Purpose::Investigation].into_iter().collect(),
            precedence: Precedence::Routine,
            offences: Some([Offence::StolenVehicles].into_iter().collect()),
            penalty: Penalty::OneToTwo,
            statuses: Some([Status::None].into_iter().collect()),
            minors: Minors::No,
            obtained_by: Some([ObtainedBy::Police].into_iter().collect()),
            sensitive: Some(Vec::new().into_iter().collect()),
            ..UseTags::default()
        },
        audience: Audience { releasable_to: ReleasableTo::Any, ..Audience::default() },
        sections: vec![
            section(SectionName::Object, serde_json::json!({ "text": text })),
            section(SectionName::Circumstances, serde_json::json!({ "text": format!("{text} was seen") })),
            section(SectionName::Source, serde_json::json!({ "text": format!("who saw {text}") })),
        ],
    }
}

/// What a peer may deliver, and what its verification came to.
#[derive(Clone)]
pub struct Foreign {
    pub record: Arc<Record>,
    pub refused: Option<RefusalCode>,
}

/// Records that a peer may deliver.
pub const FOREIGN: usize = 10;

/// One of the records that a peer delivers.
pub fn foreign(of: Country, which: usize) -> Foreign {
    static MADE: OnceLock<Vec<(Country, Vec<Foreign>)>> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        super::keys::peers().map(|of| (of, (0..FOREIGN).map(|which| made_foreign(of, which)).collect())).into()
    });
    let (_, records) = made.iter().find(|(peer, _)| *peer == of).expect("a peer");
    records[which % FOREIGN].clone()
}

fn made_foreign(of: Country, which: usize) -> Foreign {
    let (mut lineage, mut revision, mut issued, mut originator) = (which as u8, 5, START, of);
    let mut paper = draft(&format!("coach {which} of {of}"));
    match which {
        // A later version, and two that contradict each other.
        1 => (lineage, revision) = (0, 9),
        2 => (lineage, revision) = (0, 9),
        3 => originator = country(if of == country("NL") { "DE" } else { "NL" }),
        4 => issued = Instant(START.0 + 3_600_000),
        5 => paper.expires = Some(START.date().plus_days(2)),
        6 => paper.tags.classification = Some(Classification::Confidential),
        _ => {}
    }
    let place = Placement {
        lineage: Lineage([lineage ^ of.letters()[0]; 16]),
        revision,
        collected: None,
        originator,
        unit: "UNIT-1".parse().expect("a unit"),
        issued,
    };
    let mut salt = which as u8 * 16;
    let salts = || {
        salt = salt.wrapping_add(1);
        [salt; 16]
    };
    let record = paper.seal(&place, &key(originator, Use::Record), salts).expect("a good draft");
    let released: SectionSet = [SectionName::Object, SectionName::Circumstances].into_iter().collect();
    let refused = match which {
        7 => Some(RefusalCode::BadSeal),
        8 => Some(RefusalCode::UnknownCertificate),
        _ => None,
    };
    Foreign { record: Arc::new(record.with_only(released)), refused }
}
