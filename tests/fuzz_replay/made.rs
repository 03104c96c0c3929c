//! Seeds of the signed formats, made by the code that signs them.

mod frames;

use chancery_record::encoding::{Domain, encode};
use chancery_record::{
    Country, Date, DocumentHash, Lineage, Onward, Purpose, Record, RecordId, Saying, SectionName, Set, SignedStatement,
    Statement, StatementId, UnitName, WithdrawalReason,
};
use chancery_treaty::{Citation, Label, Terms, TermsRow, UseConditions};

use crate::{scripts, sealing};

/// Target, file name, bytes.
pub type Made = (&'static str, &'static str, Vec<u8>);

/// Every seed that is made.
pub fn all() -> Vec<Made> {
    [records(), frames::all(), trust(), statements(), labels_and_terms(), scripts::all()].concat()
}

fn records() -> Vec<Made> {
    let record = sample();
    let reduced = record.with_only([SectionName::Identity, SectionName::Narrative].into_iter().collect());
    let mut unsealed = record.envelope().clone();
    unsealed.seals.clear();
    vec![
        ("record", "good-whole", record.to_bytes()),
        ("record", "good-two-sections", reduced.to_bytes()),
        ("record", "bad-unsealed", encode(Domain::Record, &unsealed)),
    ]
}

fn trust() -> Vec<Made> {
    let certificate = sealing::certificate();
    let card = sealing::card(&certificate, Vec::new());
    let revoking = sealing::card(&certificate, vec![sealing::revocation().sign(&sealing::country_key())]);
    vec![
        ("contact_card", "good-plain", card.sign(&sealing::country_key()).to_bytes()),
        ("contact_card", "good-revoking", revoking.sign(&sealing::country_key()).to_bytes()),
        ("contact_card", "bad-signed-by-another", card.sign(&sealing::record_key()).to_bytes()),
    ]
}

fn statements() -> Vec<Made> {
    let written = |signed: SignedStatement| encode(Domain::Statement, &signed);
    let records: Set<RecordId> = [sample().id(), RecordId([5; 32])].into_iter().collect();
    let withdrawal = withdrawal();
    let deletion = Saying::Deletion { answers: StatementId([6; 32]), records: records.clone(), backups_until: day() };
    vec![
        ("statement", "good-withdrawal", written(withdrawal.sign(&sealing::record_key()))),
        ("statement", "good-recall", written(saying(Saying::Recall { records: records.clone() }))),
        ("statement", "good-correction", written(saying(Saying::Correction { records }))),
        ("statement", "good-deletion", written(saying(deletion))),
        ("statement", "bad-signed-by-another", written(withdrawal.sign(&sealing::country_key()))),
    ]
}

fn labels_and_terms() -> Vec<Made> {
    let record = sample();
    let unheard = record.with_only([SectionName::Identity].into_iter().collect());
    vec![
        ("label_terms", "good-label", Label::of(&record).to_bytes()),
        ("label_terms", "good-label-without-audience", Label::of(&unheard).to_bytes()),
        ("label_terms", "good-terms", terms().to_bytes()),
        ("label_terms", "bad-cut-off", terms().to_bytes().split_last().unwrap().1.to_vec()),
    ]
}

fn sample() -> Record {
    sealing::sealed(&sealing::sample(), 3)
}

fn country(code: &str) -> Country {
    code.parse().unwrap()
}

fn day() -> Date {
    "2030-11-02".parse().unwrap()
}

fn withdrawal() -> Statement {
    stated(Saying::Withdrawal { lineage: Lineage([7; 16]), reason: WithdrawalReason::PurposeAchieved })
}

fn stated(saying: Saying) -> Statement {
    Statement { maker: country("FR"), made: sealing::ISSUED, saying, outlive: day() }
}

fn saying(saying: Saying) -> SignedStatement {
    stated(saying).sign(&sealing::record_key())
}

fn terms() -> Terms {
    let row = |section, purpose, units: Option<&str>| TermsRow {
        section,
        purpose,
        articles: [Citation { document: DocumentHash([8; 32]), article: "3".to_owned() }].into_iter().collect(),
        to_units: units.map(|unit| [unit.parse::<UnitName>().unwrap()].into_iter().collect()),
    };
    let rows = [
        row(SectionName::Identity, Purpose::Investigation, None),
        row(SectionName::Identity, Purpose::Identification, Some("BKA")),
    ];
    let conditions = UseConditions {
        keep_until: day(),
        onward: Onward::Never,
        caveats: Set::default(),
        handling: Set::default(),
        requests: Set::default(),
        consents: Set::default(),
    };
    Terms::new(rows.into_iter().collect(), conditions).unwrap()
}
