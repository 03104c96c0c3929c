//! The sample treaties and laws that come with a node are read, checked and decided.

use std::path::{Path, PathBuf};

use chancery_record::Date;
use chancery_treaty::{Finding, NationalLaw, Severity, TreatyDocument, check, render};

fn sample(path: &str) -> Vec<u8> {
    let root: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../node-config");
    std::fs::read(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn treaty(path: &str) -> TreatyDocument {
    let bytes = sample(path);
    TreatyDocument::parse(&bytes).unwrap_or_else(|faults| {
        let list: Vec<String> = faults.iter().map(ToString::to_string).collect();
        panic!("{path}:\n{}", list.join("\n"))
    })
}

fn law(path: &str) -> NationalLaw {
    let bytes = sample(path);
    NationalLaw::parse(&bytes).unwrap_or_else(|faults| {
        let list: Vec<String> = faults.iter().map(ToString::to_string).collect();
        panic!("{path}:\n{}", list.join("\n"))
    })
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

#[test]
fn the_sample_laws_hold_their_examples() {
    for path in ["law/FR.toml", "law/DE.toml", "law/BR.toml"] {
        let law = law(path);
        assert!(!law.cases().is_empty(), "{path}");
        let failures: Vec<String> = law.check_cases().iter().map(ToString::to_string).collect();
        assert_eq!(failures, Vec::<String>::new(), "{path}");
    }
}

#[test]
fn the_sample_treaties_hold_their_examples() {
    for (path, articles) in [("treaties/fr-de-police.toml", 8), ("treaties/fr-br-border.toml", 6)] {
        let treaty = treaty(path);
        assert!(treaty.articles().len() >= articles, "{path}");
        assert!(treaty.cases().len() >= 8, "{path}");
        assert_eq!(treaty.header().languages.len(), 3, "{path}");
        let failures: Vec<String> = treaty.check_cases().iter().map(ToString::to_string).collect();
        assert_eq!(failures, Vec::<String>::new(), "{path}");
    }
}

#[test]
fn the_check_finds_only_what_is_meant() {
    let found = |path, law_path| {
        let findings = check(&treaty(path), Some(&law(law_path)), day("2026-11-21"));
        assert!(findings.iter().all(|finding| finding.severity() == Severity::Note), "{findings:?}");
        findings
    };
    let police = found("treaties/fr-de-police.toml", "law/FR.toml");
    assert!(matches!(police.as_slice(), [Finding::NothingYet { article, .. }] if article == "9"), "{police:?}");
    let border = found("treaties/fr-br-border.toml", "law/FR.toml");
    assert!(matches!(border.as_slice(), [Finding::NothingYet { article, .. }] if article == "3"), "{border:?}");
}

#[test]
fn a_sample_reads_well() {
    let lines = render(&treaty("treaties/fr-br-border.toml"), None, None).join("\n");
    for part in [
        "fr-br-border v1",
        "parties    BR, FR",
        "from 2026-03-01, ends 2029-03-01",
        "article 1  grant: Documents and vehicles at the border",
        "kinds document, vehicle",
        "article 4  bar, of all between the parties: Sources",
        "when suspended: freeze copies within 10 days",
        "quota 1000 records in 1 year",
    ] {
        assert!(lines.contains(part), "{part}\n{lines}");
    }
    let portuguese = render(&treaty("treaties/fr-br-border.toml"), None, chancery_treaty::Language::from_letters("pt"));
    assert!(portuguese.join("\n").contains("Os pedidos são respondidos em trinta dias."));
}
