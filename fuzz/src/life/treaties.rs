//! Treaties of one grant each, the laws made of them, and by hand what such a grant lets go.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use chancery_record::{
    Classification, Country, Date, DocumentHash, Manifest, Purpose, Record, ReleasableTo, SectionName, SectionSet,
};
use chancery_treaty::{DocumentSignature, Law, LawBook, LawGeneration, TreatyDocument, sign_document};

use super::keys::{Known, START, Use, key, own, peers, roster};

/// What a treaty with a peer lets go, either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    sections: &'static [SectionName],
    up_to: Classification,
    older_than_days: i32,
}

const BOTH: &[SectionName] = &[SectionName::Object, SectionName::Circumstances];

/// The grants that may be agreed.
pub const GRANTS: [Grant; 4] = [
    Grant { sections: BOTH, up_to: Classification::Restricted, older_than_days: 0 },
    Grant { sections: &[SectionName::Object], up_to: Classification::Unclassified, older_than_days: 0 },
    Grant {
        sections: &[SectionName::Object, SectionName::Circumstances, SectionName::Source],
        up_to: Classification::Confidential,
        older_than_days: 0,
    },
    Grant { sections: BOTH, up_to: Classification::Restricted, older_than_days: 10 },
];

/// Which grant stands with each of the first two peers.
pub type Agreed = [Option<usize>; 2];

/// The grant that stands with a peer.
pub fn grant_with(agreed: &Agreed, peer: Country) -> Option<Grant> {
    let at = peers().iter().position(|of| *of == peer)?;
    agreed.get(at).copied().flatten().map(|which| GRANTS[which])
}

/// The law in which these grants stand; each is compiled once.
pub fn law(agreed: Agreed, generation: u64) -> Arc<Law> {
    thread_local!(static LAWS: RefCell<HashMap<(Agreed, u64), Arc<Law>>> = RefCell::default());
    let make = || {
        let mut book = LawBook::new((*roster(Known::Everyone)).clone());
        for (peer, which) in peers().into_iter().zip(agreed) {
            let Some(which) = which else { continue };
            let (document, signatures) = signed(peer, which);
            book.add(document, signatures).expect("a signed treaty");
        }
        Arc::new(Law::compile(&book, own(), START, LawGeneration(generation)))
    };
    LAWS.with_borrow_mut(|laws| Arc::clone(laws.entry((agreed, generation)).or_insert_with(make)))
}

/// The hash of the treaty of a grant.
pub fn hash(peer: Country, which: usize) -> DocumentHash {
    signed(peer, which).0.hash()
}

type Signed = (Arc<TreatyDocument>, [DocumentSignature; 2]);

fn signed(peer: Country, which: usize) -> Signed {
    static MADE: OnceLock<Vec<((Country, usize), Signed)>> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let pairs = peers().into_iter().flat_map(|peer| (0..GRANTS.len()).map(move |which| (peer, which)));
        pairs.map(|(peer, which)| ((peer, which), made_treaty(peer, which))).collect()
    });
    made.iter().find(|(of, _)| *of == (peer, which)).expect("each is made").1.clone()
}

fn made_treaty(peer: Country, which: usize) -> Signed {
    let document = TreatyDocument::parse(GRANTS[which].text(peer).as_bytes()).expect("a treaty");
    let signatures = [own(), peer].map(|party| sign_document(document.bytes(), party, &key(party, Use::Country)));
    (Arc::new(document), signatures)
}

impl Grant {
    /// What the grant lets go of a record to a peer on a day, read by hand.
    pub fn lets_go(&self, record: &Record, to: Country, today: Date) -> SectionSet {
        let Manifest { tags, collected, expires, .. } = record.manifest();
        let is_addressed = match record.audience().map(|audience| audience.releasable_to) {
            Some(ReleasableTo::Any) => true,
            Some(ReleasableTo::Only(entries)) => entries.iter().any(|entry| entry.country() == to),
            None => false,
        };
        let may = is_addressed
            && tags.classification.is_some_and(|level| level <= self.up_to)
            && tags.purposes.contains(&Purpose::Investigation)
            && today < *expires
            && (self.older_than_days == 0 || collected.plus_days(self.older_than_days) <= today);
        let granted: SectionSet = self.sections.iter().copied().collect();
        if may {
            record.sections_with_content().iter().filter(|name| granted.contains(*name)).collect()
        } else {
            SectionSet::EMPTY
        }
    }

    fn text(&self, peer: Country) -> String {
        let sections: Vec<String> = self.sections.iter().map(|section| format!("\"{section}\"")).collect();
        let age = match self.older_than_days {
            0 => "any".to_owned(),
            days => format!("{days} days"),
        };
        let (one, other) = (own().min(peer), own().max(peer));
        let (up_to, sections) = (self.up_to, sections.join(", "));
        let any: String = ANY.iter().map(|dimension| format!("{dimension} = \"any\"\n")).collect();
        format!(
            r#"treaty = "{id}"
title = "Sample"
parties = ["{one}", "{other}"]
version = 1
vocabulary = "chancery-1"
schema = 1
in_force = 2026-01-01
expires = 2036-01-01
languages = ["en"]

[[article]]
n = "1"
grant = "Vehicles"
text.en = "Vehicles are told."
action = ["offer"]
kinds = ["vehicle"]
sections = [{sections}]
purposes = ["investigation"]
classification = "up to {up_to}"
older_than = "{age}"
requires = "none"
quota = "none"
keep = "originator"
{any}"#,
            id = format!("{one}-{other}").to_lowercase(),
        )
    }
}

/// Dimensions that these treaties leave open.
const ANY: [&str; 17] = [
    "from",
    "to",
    "from_units",
    "to_units",
    "handling",
    "tlp",
    "offences",
    "penalty",
    "statuses",
    "minors",
    "caveats",
    "obtained_by",
    "sensitive",
    "originator",
    "onward_to",
    "zone",
    "operation",
];
