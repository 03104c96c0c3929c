//! How fast the law answers: index bits and full verdicts, on one core.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::disallowed_types,
    reason = "a benchmark reads the clock, prints, and stops where it is surprised"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant as Stopwatch;

use chancery_record::signing::public_key;
use chancery_record::{
    Addressee, Audience, Classification, ContactCard, Country, Handling, Instant, Kind, Minors, ObtainedBy, Offence,
    Penalty, Purpose, ReleasableTo, SectionName, SectionTags, Status, Tlp, TrustRoster, UseTags,
};
use chancery_treaty::{
    Action, Direction, Label, Law, LawBook, LawGeneration, PreparedLabel, Question, RecordDates, Template,
    TreatyDocument, sign_document, template,
};
use ed25519_dalek::SigningKey;

const PEERS: [&str; 24] = [
    "AT", "BE", "BG", "BR", "CA", "CH", "CY", "CZ", "DE", "DK", "ES", "FI", "GR", "HR", "HU", "IE", "IT", "JP", "LT",
    "LU", "NL", "PL", "PT", "US",
];
const LABELS: usize = 20_000;
const ROUNDS: usize = 11;

/// A small generator of numbers, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    fn one<T: Clone>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())].clone()
    }
}

fn main() {
    let law = law();
    let mut numbers = Numbers(1);
    let labels: Vec<PreparedLabel> = (0..LABELS).map(|_| label(&mut numbers).prepare()).collect();
    let peers: Vec<Country> = PEERS.iter().map(|code| code.parse().unwrap()).collect();

    measure("index bits", peers.len() * labels.len(), || {
        peers.iter().map(|peer| labels.iter().filter(|label| law.may_offer(black_box(label), *peer)).count()).sum()
    });
    measure("full verdicts", labels.len(), || {
        let asked = labels.iter().zip(peers.iter().cycle());
        asked.filter(|(label, peer)| black_box(law.decide(&question(label, **peer))).is_release()).count()
    });
}

/// Prints the rate of the best and of the middle round: on a shared machine the best says most about the code.
fn measure(what: &str, count: usize, round: impl Fn() -> usize) {
    let mut seconds = Vec::new();
    let mut yes = 0;
    for _ in 0..ROUNDS {
        let start = Stopwatch::now();
        yes = black_box(round());
        seconds.push(start.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    let rate = |at: usize| count as f64 / seconds[at];
    let share = 100.0 * yes as f64 / count as f64;
    println!("{what:<14}{:>12.0} a second, {:>12.0} in the middle round ({share:.1} % yes)", rate(0), rate(ROUNDS / 2));
}

fn question(label: &PreparedLabel, peer: Country) -> Question<'_> {
    Question {
        label,
        dates: RecordDates { collected: "2026-02-01".parse().unwrap(), expires: "2030-01-01".parse().unwrap() },
        peer,
        direction: Direction::WeSend,
        action: Action::Offer,
        purpose: None,
        at: now(),
    }
}

fn now() -> Instant {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

/// France with one or two treaties with each peer, as the templates write them.
fn law() -> Law {
    let key = |code: &str| {
        let mut seed = [3; 32];
        seed[..2].copy_from_slice(code.as_bytes());
        SigningKey::from_bytes(&seed)
    };
    let mut roster = TrustRoster::default();
    for code in PEERS.iter().chain(&["FR"]) {
        let card = ContactCard {
            country: code.parse().unwrap(),
            agency: String::new(),
            country_key: public_key(&key(code)),
            successor: [0; 32],
            serial: 1,
            issued: now(),
            certificates: Vec::new(),
            revocations: Vec::new(),
            addresses: Vec::new(),
            languages: Vec::new(),
            duty_contact: String::new(),
        };
        roster.admit(&card).unwrap();
    }
    let mut book = LawBook::new(roster);
    let france: Country = "FR".parse().unwrap();
    for (at, code) in PEERS.iter().enumerate() {
        let peer: Country = code.parse().unwrap();
        for name in Template::ALL.iter().take(1 + at % 2) {
            let text = template(*name, france, peer, "2026-01-01".parse().unwrap(), "2031-01-01".parse().unwrap());
            let document = Arc::new(TreatyDocument::parse(text.as_bytes()).unwrap());
            let signatures =
                [("FR", france), (code, peer)].map(|(code, by)| sign_document(text.as_bytes(), by, &key(code)));
            book.add(document, signatures).unwrap();
        }
    }
    Law::compile(&book, france, now(), LawGeneration(1))
}

fn label(numbers: &mut Numbers) -> Label {
    let kind =
        numbers.one(&[Kind::NoticeRed, Kind::NoticeBlue, Kind::NoticeYellow, Kind::Document, Kind::Vehicle, Kind::Pnr]);
    let status = match kind {
        Kind::NoticeRed | Kind::NoticeBlue => Status::Wanted,
        Kind::NoticeYellow => Status::Missing,
        _ => Status::None,
    };
    let offences = 1 + numbers.below(2);
    let names = kind.sections().iter().filter(|name| !matches!(name, SectionName::Links | SectionName::Biometrics));
    let mut sections: Vec<(SectionName, SectionTags)> = names.map(|name| (*name, SectionTags::default())).collect();
    if numbers.below(4) == 0
        && let Some((_, tags)) = sections.first_mut()
    {
        tags.classification = Some(Classification::Secret);
    }
    let listed = (0..numbers.below(12)).map(|_| Addressee::Country(numbers.one(&PEERS).parse().unwrap())).collect();
    let releasable_to = if numbers.below(3) == 0 { ReleasableTo::Only(listed) } else { ReleasableTo::Any };
    Label {
        originator: "FR".parse().unwrap(),
        unit: "DNPJ".parse().unwrap(),
        kind,
        schema: 1,
        tags: UseTags {
            handling: Some(
                [numbers.one(&[Handling::H0, Handling::H0, Handling::H1, Handling::H2])].into_iter().collect(),
            ),
            tlp: Some(numbers.one(&[Tlp::Green, Tlp::Amber, Tlp::Amber, Tlp::Red])),
            classification: Some(numbers.one(&[
                Classification::Unclassified,
                Classification::Restricted,
                Classification::Secret,
            ])),
            purposes: (0..6).map(|_| numbers.one(Purpose::ALL)).collect(),
            offences: Some((0..offences).map(|_| numbers.one(Offence::ALL)).collect()),
            penalty: Penalty::ThreeAndMore,
            statuses: Some([status].into_iter().collect()),
            minors: numbers.one(&[Minors::No, Minors::No, Minors::Yes]),
            obtained_by: Some([ObtainedBy::Police].into_iter().collect()),
            sensitive: Some([].into_iter().collect()),
            ..UseTags::default()
        },
        sections,
        audience: Some(Audience { releasable_to, ..Audience::default() }),
    }
}
