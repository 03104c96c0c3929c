//! Treaties between the countries of a world: what each sort lets go, as a document that the law reads.

use std::sync::{Arc, OnceLock};

use chancery_record::{Classification, Country, DocumentHash, Offence, Purpose, SectionName};
use chancery_treaty::{DocumentSignature, LawBook, NationalLaw, TreatyDocument, sign_document};
use serde::Deserialize;

use crate::nations::{Made, country_key, once, roster};

/// The sorts of treaties that worlds know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Accord {
    /// What a vehicle is, and of nothing classified.
    Narrow,
    /// What it is and where it was seen, up to RESTRICTED.
    Usual,
    /// The source as well, up to CONFIDENTIAL, for identification too.
    Wide,
    /// As usual, but only data of more than ten days.
    Old,
    /// As usual, but for what touches theft.
    Guarded,
}

/// What an accord says, in words that need no compiled law.
#[derive(Clone, Copy, Debug)]
pub struct Wording {
    /// Which sections.
    pub sections: &'static [SectionName],
    /// For which purposes.
    pub purposes: &'static [Purpose],
    /// The highest classification.
    pub up_to: Classification,
    /// Least age of the data in days.
    pub older_than_days: i32,
    /// The offence that bars everything.
    pub bars: Option<Offence>,
}

/// A treaty of a world: who its parties are. Which accord holds between them changes with time, and from node to node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pact {
    /// The parties, sorted.
    pub parties: Vec<Country>,
}

/// A document with the signatures of all its parties.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The treaty.
    pub document: Arc<TreatyDocument>,
    /// Everyone's word.
    pub signatures: Vec<DocumentSignature>,
}

impl Accord {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Narrow, Self::Usual, Self::Wide, Self::Old, Self::Guarded];

    /// What it says.
    pub fn wording(self) -> Wording {
        let usual = Wording {
            sections: &[SectionName::Object, SectionName::Circumstances],
            purposes: &[Purpose::Investigation],
            up_to: Classification::Restricted,
            older_than_days: 0,
            bars: None,
        };
        match self {
            Self::Narrow => Wording { sections: &[SectionName::Object], up_to: Classification::Unclassified, ..usual },
            Self::Usual => usual,
            Self::Wide => Wording {
                sections: &[SectionName::Object, SectionName::Circumstances, SectionName::Source],
                purposes: &[Purpose::Investigation, Purpose::Identification],
                up_to: Classification::Confidential,
                ..usual
            },
            Self::Old => Wording { older_than_days: 10, ..usual },
            Self::Guarded => Wording { bars: Some(Offence::Theft), ..usual },
        }
    }
}

impl Pact {
    /// A treaty of two.
    pub fn between(one: Country, other: Country) -> Self {
        Self { parties: vec![one.min(other), one.max(other)] }
    }

    /// Whether a country is a party.
    pub fn binds(&self, country: Country) -> bool {
        self.parties.binary_search(&country).is_ok()
    }

    /// The signed document under which an accord holds; made once for the whole process.
    pub fn signed(&self, accord: Accord) -> Signed {
        static MADE: Made<(Pact, Accord), Signed> = OnceLock::new();
        once(&MADE, (self.clone(), accord), || {
            let document = self.document(accord);
            let sign = |party: &Country| sign_document(document.bytes(), *party, &country_key(*party));
            let signatures = self.parties.iter().map(sign).collect();
            Signed { document: Arc::new(document), signatures }
        })
    }

    /// The hash of that document.
    pub fn hash(&self, accord: Accord) -> DocumentHash {
        self.signed(accord).document.hash()
    }

    fn document(&self, accord: Accord) -> TreatyDocument {
        let text = self.text(accord);
        TreatyDocument::parse(text.as_bytes()).unwrap_or_else(|faults| panic!("{faults:?}\n{text}"))
    }

    fn text(&self, accord: Accord) -> String {
        let Wording { sections, purposes, up_to, older_than_days, bars } = accord.wording();
        let words = |words: Vec<String>| words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
        let age = if older_than_days == 0 { "any".to_owned() } else { format!("{older_than_days} days") };
        let bar = bars.map(|offence| format!("{BAR}offences = [\"{offence}\"]\n")).unwrap_or_default();
        let id: Vec<String> = self.parties.iter().map(|party| party.to_string().to_lowercase()).collect();
        format!(
            "treaty = \"{id}\"\ntitle = \"Sample\"\nparties = [{parties}]\n{HEADER}sections = [{sections}]\n\
             purposes = [{purposes}]\nclassification = \"up to {up_to}\"\nolder_than = \"{age}\"\n{GRANT}{bar}",
            id = if id.len() > 2 { format!("{}-and-{}", id[0], id.len() - 1) } else { id.join("-") },
            parties = words(self.parties.iter().map(Country::to_string).collect()),
            sections = words(sections.iter().map(ToString::to_string).collect()),
            purposes = words(purposes.iter().map(ToString::to_string).collect()),
        )
    }
}

/// How many countries there are, and what they concluded.
type Concluded = (usize, Vec<(Pact, Accord)>);

/// A book with all treaties of a world under these accords, and the laws of its countries; made once for each list.
pub fn book(known: usize, pacts: &[(Pact, Accord)]) -> LawBook {
    static MADE: Made<Concluded, LawBook> = OnceLock::new();
    once(&MADE, (known, pacts.to_vec()), || {
        let mut book = LawBook::new((*roster(known)).clone());
        for of in crate::nations::countries(known).into_iter().filter(|of| keeps_sources(*of)) {
            book.set_law(law_of(of)).expect("the law is good");
        }
        for (pact, accord) in pacts {
            let Signed { document, signatures } = pact.signed(*accord);
            book.add(document, signatures).expect("the book takes it");
        }
        book
    })
}

/// Whether a country's own law holds its sources back, whatever its treaties say.
pub fn keeps_sources(of: Country) -> bool {
    let [first, second] = of.letters();
    (first ^ second).is_multiple_of(3)
}

fn law_of(of: Country) -> Arc<NationalLaw> {
    static MADE: Made<Country, Arc<NationalLaw>> = OnceLock::new();
    once(&MADE, of, || {
        let text = format!("law = \"{of}\"\n{LAW}");
        Arc::new(NationalLaw::parse(text.as_bytes()).unwrap_or_else(|faults| panic!("{faults:?}\n{text}")))
    })
}

const HEADER: &str = r#"version = 1
vocabulary = "chancery-1"
schema = 1
in_force = 2026-01-01
expires = 2036-01-01
languages = ["en"]

[[article]]
n = "1"
grant = "Vehicles"
text.en = "Vehicles are told."
"#;

const GRANT: &str = r#"from = "any"
to = "any"
from_units = "any"
to_units = "any"
action = ["offer"]
kinds = ["vehicle"]
handling = "any"
tlp = "any"
offences = "any"
penalty = "any"
statuses = "any"
minors = "any"
caveats = "any"
obtained_by = "any"
sensitive = "any"
originator = "any"
onward_to = "any"
zone = "any"
operation = "any"
requires = "none"
quota = "none"
keep = "originator"
"#;

const BAR: &str = r#"
[[article]]
n = "2"
bar = "Thefts"
text.en = "Thefts are not told."
reach = "treaty"
"#;

const LAW: &str = r#"title = "Sample"
vocabulary = "chancery-1"
languages = ["en"]

[[article]]
n = "1"
bar = "Sources"
text.en = "Sources are not told."
sections = ["source"]
"#;
