//! Committed bytes: terms are signed and labels are stored, so neither may change unseen.

use std::fmt::Write;

use chancery_record::{
    Addressee, Audience, Caveat, DocumentHash, Handling, Lineage, Onward, Purpose, ReleasableTo, SectionName,
    SectionTags, StatementId,
};
use chancery_treaty::{Citation, Label, Terms, TermsFault, TermsRow, UseConditions};
use proptest::prelude::*;

use crate::setting::{day, label, set};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn cite(document: u8, article: &str) -> Citation {
    Citation { document: DocumentHash([document; 32]), article: article.to_owned() }
}

fn conditions() -> UseConditions {
    UseConditions {
        keep_until: day("2027-06-01"),
        onward: Onward::Never,
        caveats: set([Caveat::NotForCourt]),
        handling: set([Handling::H1, Handling::H2]),
        requests: set([Lineage([1; 16])]),
        consents: set([StatementId([2; 32])]),
    }
}

fn rows() -> Vec<TermsRow> {
    vec![
        TermsRow {
            section: SectionName::Identity,
            purpose: Purpose::Investigation,
            articles: set([cite(3, "5(2)"), cite(4, "1")]),
            to_units: None,
        },
        TermsRow {
            section: SectionName::Narrative,
            purpose: Purpose::Investigation,
            articles: set([cite(3, "1")]),
            to_units: Some(set(["BKA".parse().unwrap()])),
        },
    ]
}

fn terms() -> Terms {
    Terms::new(set(rows()), conditions()).unwrap()
}

fn full_label() -> Label {
    let mut label = label();
    label.sections[1].1 = SectionTags { caveats: set([Caveat::SourceProtection]), ..SectionTags::default() };
    label.tags.zone = Some("FR-973".into());
    let listed: [Addressee; 2] = ["DE/BKA".parse().unwrap(), "BR".parse().unwrap()];
    label.audience = Some(Audience { releasable_to: ReleasableTo::Only(set(listed)), ..Audience::default() });
    label
}

#[test]
fn committed_vectors() {
    assert_eq!(hex(&terms().to_bytes()), include_str!("vectors/terms.hex").trim());
    assert_eq!(hex(&full_label().to_bytes()), include_str!("vectors/label.hex").trim());
    assert_eq!(full_label().hash().to_string(), include_str!("vectors/label.sha256").trim());
}

#[test]
fn they_read_back() {
    assert_eq!(Terms::from_bytes(&terms().to_bytes()).unwrap(), terms());
    assert_eq!(Label::from_bytes(&full_label().to_bytes()).unwrap(), full_label());
    for end in 0..terms().to_bytes().len() {
        assert!(Terms::from_bytes(&terms().to_bytes()[..end]).is_err());
    }
}

#[test]
fn terms_that_contradict_themselves_are_refused() {
    let check = |change: fn(&mut Vec<TermsRow>), fault: TermsFault| {
        let mut rows = rows();
        change(&mut rows);
        assert_eq!(Terms::new(set(rows), conditions()), Err(fault));
    };
    check(
        |rows| rows.push(TermsRow { to_units: Some(set(["BPOL".parse().unwrap()])), ..rows[0].clone() }),
        TermsFault::RowTwice,
    );
    check(|rows| rows[0].articles = set([]), TermsFault::Citations);
    check(|rows| rows[0].to_units = Some(set([])), TermsFault::NoUnit);
    check(|rows| rows[0].articles = set([cite(1, "")]), TermsFault::Number);
    check(|rows| rows[0].articles = set([cite(1, &"1".repeat(33))]), TermsFault::Number);
    // A treaty named that no row cites: the hash of the second treaty stands within the first bytes.
    let mut bytes = terms().to_bytes();
    bytes[10..42].copy_from_slice(&[1; 32]);
    assert!(Terms::from_bytes(&bytes).is_err());
}

#[test]
fn labels_leave_out_what_no_decision_needs() {
    let mut other = full_label();
    other.tags.precedence = chancery_record::Precedence::Flash;
    if let Some(audience) = &mut other.audience {
        audience.h3_text = Some("a text that no label carries".into());
        audience.protective_reasons = vec!["nor this one".into()];
    }
    assert_eq!(other.reduced().hash(), full_label().hash());
}

proptest! {
    #[test]
    fn any_bytes_are_terms_in_one_form_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let framed = [&[1u8, 9][..], &bytes].concat();
        if let Ok(terms) = Terms::from_bytes(&framed) {
            prop_assert_eq!(terms.to_bytes(), framed);
        }
        let _ = Label::from_bytes(&[&[1u8, 15][..], &bytes].concat());
    }

    #[test]
    fn a_changed_byte_is_seen(at in any::<proptest::sample::Index>(), bit in 0u8..8) {
        let mut bytes = terms().to_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert_ne!(Terms::from_bytes(&bytes).ok(), Some(terms()));
    }
}
