//! Records to keep: a few lineages, with versions that follow and versions that contradict each other.

use std::sync::{Arc, OnceLock};

use chancery_record::{
    Country, Draft, DraftSection, Instant, Kind, Lineage, Placement, Precedence, Record, SectionName, SectionTags,
    UseTags,
};
use ed25519_dalek::SigningKey;

const ISSUED: Instant = Instant(1_795_262_400_000);

/// Records that there are.
pub const RECORDS: usize = 12;

pub fn lineage(number: u8) -> Lineage {
    Lineage([number; 16])
}

pub fn key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::from_bytes(&[5; 32]))
}

pub fn record(which: usize) -> Arc<Record> {
    static MADE: OnceLock<Vec<Arc<Record>>> = OnceLock::new();
    let made = MADE.get_or_init(|| (0..RECORDS).map(|which| Arc::new(sealed(which))).collect());
    Arc::clone(&made[which % RECORDS])
}

fn sealed(which: usize) -> Record {
    let (line, version) = (which / 4, which % 4);
    let section = |name, text: &str| DraftSection {
        name,
        tags: SectionTags::default(),
        body: serde_json::json!({ "text": format!("{text} {which}") }),
    };
    let lane = if line == 2 { Precedence::Flash } else { Precedence::Routine };
    let draft = Draft {
        unit: None,
        collected: None,
        review: None,
        expires: Some(ISSUED.date().plus_days(20 * line as i32 + version as i32 + 10)),
        tags: UseTags { precedence: lane, ..UseTags::default() },
        sections: vec![section(SectionName::Object, "a van"), section(SectionName::Circumstances, "seen")],
        ..Draft::of_kind(Kind::Vehicle)
    };
    // Versions two and three are of one revision; the fourth is another country's under the same lineage.
    let originator: Country = if version == 3 { "FR" } else { "NL" }.parse().expect("two letters");
    let place = Placement {
        lineage: lineage(line as u8 + 1),
        revision: [10, 12, 12, 17][version],
        collected: None,
        originator,
        unit: "UNIT-1".parse().expect("a unit"),
        issued: ISSUED,
    };
    let mut salt = 0u8;
    let salts = || {
        salt += 1;
        [salt; 16]
    };
    draft.seal(&place, key(), salts).expect("a good draft")
}
