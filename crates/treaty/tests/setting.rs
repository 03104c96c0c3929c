//! Two invented countries' keys, treaties written article by article, and records to decide.

use std::collections::BTreeMap;
use std::sync::Arc;

use chancery_record::{
    Audience, Certificate, Classification, ContactCard, Country, Date, Draft, DraftSection, Handling, Instant, Kind,
    Lineage, Minors, ObtainedBy, Offence, Penalty, Placement, Purpose, Record, ReleasableTo, SectionName, SectionTags,
    Set, Status, Tlp, TrustRoster, UseTags,
};
use chancery_treaty::{
    Action, Direction, Label, Law, LawBook, LawGeneration, NationalLaw, Question, RecordDates, TreatyDocument, Verdict,
    sign_document,
};
use ed25519_dalek::SigningKey;

pub const TODAY: &str = "2026-06-01";

pub fn country(code: &str) -> Country {
    code.parse().unwrap()
}

pub fn day(text: &str) -> Date {
    text.parse().unwrap()
}

pub fn noon(text: &str) -> Instant {
    format!("{text}T12:00:00Z").parse().unwrap()
}

pub fn set<T: Ord>(values: impl IntoIterator<Item = T>) -> Set<T> {
    values.into_iter().collect()
}

/// The country key of an invented ministry.
pub fn country_key(code: &str) -> SigningKey {
    let mut seed = [7; 32];
    seed[..2].copy_from_slice(code.as_bytes());
    SigningKey::from_bytes(&seed)
}

/// The record key of its node.
pub fn record_key(code: &str) -> SigningKey {
    let mut seed = [9; 32];
    seed[..2].copy_from_slice(code.as_bytes());
    SigningKey::from_bytes(&seed)
}

/// A roster that knows these countries.
pub fn roster(codes: &[&str]) -> TrustRoster {
    let mut roster = TrustRoster::default();
    for code in codes {
        let key = country_key(code);
        let certificate = Certificate {
            country: country(code),
            serial: 1,
            transport_key: chancery_record::signing::public_key(&key),
            record_key: chancery_record::signing::public_key(&record_key(code)),
            not_before: noon("2025-01-01"),
            not_after: noon("2035-01-01"),
        };
        let card = ContactCard {
            country: country(code),
            agency: "Agency of the tests".into(),
            country_key: chancery_record::signing::public_key(&key),
            successor: [0; 32],
            serial: 1,
            issued: noon("2025-01-01"),
            certificates: vec![certificate.sign(&key)],
            revocations: Vec::new(),
            addresses: Vec::new(),
            languages: vec!["en".into()],
            duty_contact: "none".into(),
        };
        roster.admit(&card.sign(&key).open().unwrap()).unwrap();
    }
    roster
}

/// One article as lines of a treaty file.
#[derive(Clone, Debug)]
pub struct Written {
    number: String,
    sort: &'static str,
    lines: BTreeMap<String, String>,
}

/// A grant of everything, to be narrowed.
pub fn grant(number: &str) -> Written {
    let mut lines = BTreeMap::new();
    for key in [
        "from",
        "to",
        "from_units",
        "to_units",
        "kinds",
        "sections",
        "purposes",
        "classification",
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
        "older_than",
    ] {
        lines.insert(key.to_owned(), "\"any\"".to_owned());
    }
    for (key, value) in
        [("action", "[\"offer\"]"), ("requires", "\"none\""), ("quota", "\"none\""), ("keep", "\"2 years\"")]
    {
        lines.insert(key.to_owned(), value.to_owned());
    }
    Written { number: number.to_owned(), sort: "grant", lines }
}

/// A bar of everything, to be narrowed.
pub fn bar(number: &str) -> Written {
    let lines = [("reach".to_owned(), "\"treaty\"".to_owned())].into_iter().collect();
    Written { number: number.to_owned(), sort: "bar", lines }
}

/// A bar of a law.
pub fn law_bar(number: &str) -> Written {
    Written { lines: BTreeMap::new(), ..bar(number) }
}

impl Written {
    pub fn with(mut self, key: &str, value: &str) -> Self {
        self.lines.insert(key.to_owned(), value.to_owned());
        self
    }

    pub fn numbered(self, number: usize) -> Self {
        Self { number: number.to_string(), ..self }
    }

    pub fn without(mut self, key: &str) -> Self {
        assert!(self.lines.remove(key).is_some(), "{key}");
        self
    }

    pub fn text(&self) -> String {
        let mut text = format!("[[article]]\nn = \"{}\"\n{} = \"of the tests\"\n", self.number, self.sort);
        text.push_str("text.en = \"An article of the tests.\"\n");
        for (key, value) in &self.lines {
            text.push_str(&format!("{key} = {value}\n"));
        }
        text
    }
}

/// The header of a treaty.
#[derive(Clone, Debug)]
pub struct Head {
    pub id: &'static str,
    pub parties: &'static str,
    pub version: u32,
    pub supersedes: Option<String>,
    pub in_force: &'static str,
    pub expires: &'static str,
    pub annex: &'static str,
}

impl Default for Head {
    fn default() -> Self {
        Self {
            id: "test",
            parties: "[\"FR\", \"DE\"]",
            version: 1,
            supersedes: None,
            in_force: "2026-01-01",
            expires: "2031-01-01",
            annex: "zones = [\"river\"]\noperations = [\"JIT-1\", \"JIT-2\"]\ngroups.friends = [\"BE\", \"NL\"]\n",
        }
    }
}

impl Head {
    pub fn text(&self) -> String {
        let supersedes = self.supersedes.as_ref().map(|hash| format!("supersedes = \"{hash}\"\n")).unwrap_or_default();
        format!(
            "treaty = \"{}\"\ntitle = \"A treaty of the tests\"\nparties = {}\nversion = {}\n{supersedes}vocabulary = \"chancery-1\"\n\
             schema = 1\nin_force = {}\nexpires = {}\nlanguages = [\"en\"]\n{}",
            self.id, self.parties, self.version, self.in_force, self.expires, self.annex
        )
    }
}

/// The text of a treaty.
pub fn treaty_text(head: &Head, articles: &[Written]) -> String {
    let articles: Vec<String> = articles.iter().map(Written::text).collect();
    format!("{}\n{}", head.text(), articles.join("\n"))
}

/// A treaty, which must be well formed.
pub fn treaty(head: &Head, articles: &[Written]) -> Arc<TreatyDocument> {
    parse(&treaty_text(head, articles))
}

pub fn parse(text: &str) -> Arc<TreatyDocument> {
    let document = TreatyDocument::parse(text.as_bytes()).unwrap_or_else(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        panic!("{}\n{text}", faults.join("\n"))
    });
    Arc::new(document)
}

/// A law, which must be well formed.
pub fn law(code: &str, articles: &[Written]) -> Arc<NationalLaw> {
    let articles: Vec<String> = articles.iter().map(Written::text).collect();
    let text = format!(
        "law = \"{code}\"\ntitle = \"A law of the tests\"\nvocabulary = \"chancery-1\"\nlanguages = [\"en\"]\n\
         zones = [\"river\"]\noperations = [\"JIT-1\", \"JIT-2\"]\n{}",
        articles.join("\n")
    );
    Arc::new(NationalLaw::parse(text.as_bytes()).unwrap_or_else(|faults| panic!("{faults:?}\n{text}")))
}

/// A book with these treaties, each signed by all its parties, and these laws.
pub fn book(treaties: &[Arc<TreatyDocument>], laws: &[Arc<NationalLaw>]) -> LawBook {
    let mut book = LawBook::new(roster(&["FR", "DE", "BR"]));
    for treaty in treaties {
        let sign = |party: &Country| sign_document(treaty.bytes(), *party, &country_key(&party.to_string()));
        book.add(Arc::clone(treaty), treaty.header().parties.iter().map(sign)).unwrap();
    }
    for law in laws {
        book.set_law(Arc::clone(law)).unwrap();
    }
    book
}

/// The law of a country under these treaties, today.
pub fn compiled(own: &str, treaties: &[Arc<TreatyDocument>], laws: &[Arc<NationalLaw>]) -> Law {
    Law::compile(&book(treaties, laws), country(own), noon(TODAY), LawGeneration(1))
}

/// Tags with every fact stated.
pub fn tags() -> UseTags {
    UseTags {
        handling: Some(set([Handling::H0])),
        tlp: Some(Tlp::Amber),
        classification: Some(Classification::Restricted),
        purposes: set([Purpose::Investigation, Purpose::Identification]),
        offences: Some(set([Offence::Homicide])),
        penalty: Penalty::ThreeAndMore,
        statuses: Some(set([Status::Wanted])),
        minors: Minors::No,
        obtained_by: Some(set([ObtainedBy::Police])),
        sensitive: Some(set([])),
        ..UseTags::default()
    }
}

/// A red notice of FR/DNPJ, releasable to anyone.
pub fn label() -> Label {
    Label {
        originator: country("FR"),
        unit: "DNPJ".parse().unwrap(),
        kind: Kind::NoticeRed,
        schema: 1,
        tags: tags(),
        sections: vec![
            (SectionName::Identity, SectionTags::default()),
            (SectionName::Narrative, SectionTags::default()),
        ],
        audience: Some(open_audience()),
    }
}

pub fn open_audience() -> Audience {
    Audience { releasable_to: ReleasableTo::Any, ..Audience::default() }
}

pub fn dates() -> RecordDates {
    RecordDates { collected: day("2026-02-01"), expires: day("2030-01-01") }
}

/// What the law says of a label that goes from FR to DE today.
pub fn decide(law: &Law, label: Label) -> Verdict {
    decide_at(law, label, "DE", TODAY)
}

pub fn decide_at(law: &Law, label: Label, peer: &str, on: &str) -> Verdict {
    let label = label.prepare();
    law.decide(&Question {
        label: &label,
        dates: dates(),
        peer: country(peer),
        direction: Direction::WeSend,
        action: Action::Offer,
        purpose: None,
        at: noon(on),
    })
}

/// A sealed red notice of FR with three sections.
pub fn record(change: impl FnOnce(&mut Draft)) -> Arc<Record> {
    let section = |name, tags| DraftSection { name, tags, body: serde_json::json!({ "text": "invented" }) };
    let mut draft = Draft {
        kind: Kind::NoticeRed,
        unit: None,
        collected: Some(day("2026-02-01")),
        review: None,
        expires: Some(day("2030-01-01")),
        tags: tags(),
        audience: open_audience(),
        sections: vec![
            section(SectionName::Identity, SectionTags::default()),
            section(SectionName::Narrative, SectionTags::default()),
            section(SectionName::Source, SectionTags::default()),
        ],
    };
    change(&mut draft);
    let place = Placement {
        lineage: Lineage([5; 16]),
        revision: 1,
        collected: None,
        originator: country("FR"),
        unit: "DNPJ".parse().unwrap(),
        issued: noon("2026-03-01"),
    };
    let mut salt = 0;
    let salts = || {
        salt += 1;
        [salt; 16]
    };
    Arc::new(draft.seal(&place, &record_key("FR"), salts).unwrap())
}
