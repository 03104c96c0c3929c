//! Documents: what is refused, where, and in which words; hostile files are refused and nothing worse.

use chancery_treaty::{DocumentFault, DocumentSignature, NationalLaw, TreatyDocument, limits, sign_document};
use proptest::prelude::*;

use crate::setting::{Head, bar, country, country_key, grant, law_bar, treaty_text};

fn faults(text: &str) -> Vec<DocumentFault> {
    TreatyDocument::parse(text.as_bytes()).expect_err(text)
}

/// The one fault of a treaty, which must say this, at this place of the file.
#[track_caller]
fn check(text: &str, path: &str, message: &str, place: &str) {
    let faults = faults(text);
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(faults[0].path, path);
    assert!(faults[0].to_string().contains(message), "{}", faults[0]);
    assert!(text[faults[0].span.clone()].contains(place), "`{}`", &text[faults[0].span.clone()]);
}

fn with_grant(key: &str, value: &str) -> String {
    treaty_text(&Head::default(), &[grant("1").with(key, value)])
}

fn with_bar(key: &str, value: &str) -> String {
    treaty_text(&Head::default(), &[grant("1"), bar("2").with(key, value)])
}

#[test]
fn words_outside_a_vocabulary_name_the_nearest() {
    check(&with_grant("kinds", "[\"notice.rde\"]"), "article 1: kinds", "did you mean `notice.red`?", "notice.rde");
    check(&with_grant("purposes", "[\"investigaton\"]"), "article 1: purposes", "`investigation`", "investigaton");
    check(&with_bar("offences", "[\"taxx\"]"), "article 2: offences", "`taxx` is no offence category", "taxx");
    check(&with_grant("classification", "\"up to RESTRICT\""), "article 1: classification", "RESTRICTED", "RESTRICT");
    check(&with_grant("requires", "[\"requests\"]"), "article 1: requires", "`request`", "requests");
    check(&with_bar("reach", "\"all\""), "article 2: reach", "`all` is no reach", "all");
    check(&with_grant("kind", "[\"notice.red\"]"), "article 1", "`kind` is no key here; did you mean `kinds`?", "kind");
}

#[test]
fn names_must_be_known() {
    check(&with_grant("from", "[\"BR\"]"), "article 1: from", "BR is not a party", "BR");
    check(&with_grant("to_units", "[\"BR/PF\"]"), "article 1: to_units", "BR is not a party", "BR/PF");
    check(&with_grant("originator", "[\"XX\"]"), "article 1: originator", "`XX` is no ISO 3166-1", "XX");
    check(&with_grant("originator", "[\"foes\"]"), "article 1: originator", "neither a country nor a group", "foes");
    check(&with_grant("zone", "[\"lake\"]"), "article 1: zone", "`lake` is not named in the annex", "lake");
    check(&with_grant("operation", "[\"JIT-9\"]"), "article 1: operation", "`JIT-9` is not named", "JIT-9");
    check(&with_grant("from_units", "[\"bka\"]"), "article 1: from_units", "`bka` is no unit", "bka");
}

#[test]
fn bars_that_could_narrow_by_accident_are_refused() {
    check(&with_bar("offences", "[\n  \"tax\",\n  \"fraud\",\n]"), "article 2: offences", "stands on one line", "tax");
    check(&with_bar("caveats", "\"none\""), "article 2: caveats", "would hold nothing back", "none");
    check(&with_bar("sensitive", "[]"), "article 2: sensitive", "would hold nothing back", "[]");
    check(&with_bar("kinds", "[]"), "article 2: kinds", "names nothing", "[]");
    check(&with_bar("keep", "\"1 year\""), "article 2: keep", "a bar has no `keep`", "1 year");
    check(&with_bar("onward_to", "[\"BR\"]"), "article 2", "states `action = [\"onward\"]`", "[[article]]");
    // A grant's set may spread: a lost line only narrows it.
    let spread = with_grant("kinds", "[\n  \"notice.red\",\n  \"vehicle\",\n]");
    assert!(TreatyDocument::parse(spread.as_bytes()).is_ok());
}

#[test]
fn grants_that_cover_what_nobody_stated_are_refused() {
    check(&with_grant("minors", "[\"no\", \"unknown\"]"), "article 1: minors", "`unknown`", "unknown");
    check(&with_grant("penalty", "[\"unknown\"]"), "article 1: penalty", "`unknown`", "unknown");
    check(&with_grant("kinds", "[]"), "article 1: kinds", "names nothing", "[]");
    check(&with_grant("reach", "\"treaty\""), "article 1: reach", "a grant has no `reach`", "treaty");
    check(&with_grant("keep", "\"6 months\""), "article 1: keep", "`6 months` is no period", "6 months");
    check(&with_grant("older_than", "\"8 hours\""), "article 1: older_than", "days or years", "8 hours");
    check(&with_grant("quota", "{ records = 0, per = \"1 day\" }"), "article 1: quota: records", "between 1", "0");
}

#[test]
fn headers_are_complete() {
    let head = Head::default();
    let check_line = |line: &str, instead: &str, message: &str| {
        let text = treaty_text(&head, &[grant("1")]);
        assert!(text.contains(line), "{line}");
        let faults = faults(&text.replacen(line, instead, 1));
        assert!(faults.iter().any(|fault| fault.to_string().contains(message)), "{line}: {faults:?}");
    };
    check_line("expires = 2031-01-01\n", "", "`expires` is missing");
    check_line("expires = 2031-01-01", "expires = \"2031-01-01\"", "expected a day without quotes");
    check_line("expires = 2031-01-01", "expires = 2031-01-01T00:00:00Z", "expected a day");
    check_line("expires = 2031-01-01", "expires = 2025-01-01", "expires before it comes into force");
    check_line("vocabulary = \"chancery-1\"", "vocabulary = \"chancery-2\"", "`chancery-2` is not known here");
    check_line("schema = 1", "schema = 2", "between 1 and 1");
    check_line("version = 1", "version = 0", "between 1");
    check_line("parties = [\"FR\", \"DE\"]", "parties = [\"FR\"]", "at least two parties");
    check_line("parties = [\"FR\", \"DE\"]", "parties = [\"FR\", \"FR\"]", "stands twice");
    check_line("languages = [\"en\"]", "languages = [\"en\", \"fr\"]", "the text in `fr` is missing");
    check_line("languages = [\"en\"]", "languages = [\"english\"]", "`english` is no language");
    check_line("title = \"A treaty of the tests\"", "title = \"A \\u001b[2J treaty\"", "control or text-direction");
    check_line("treaty = \"test\"", "treaty = \"Test v2\"", "small letters");
    check_line("version = 1", "version = 1\nversoin = 2", "did you mean `version`?");
    check_line("version = 1", "version = 1\nsupersedes = \"abc\"", "64 hexadecimal digits");
    check_line("[[article]]\nn = \"1\"", "[[article]]\nn = 1", "expected a text, found integer");
}

#[test]
fn articles_are_of_one_sort_and_number() {
    let two = treaty_text(&Head::default(), &[grant("1"), bar("1")]);
    assert!(faults(&two).iter().any(|fault| fault.to_string().contains("`1` stands twice")));
    let both = with_grant("bar", "\"both\"");
    assert!(faults(&both).iter().any(|fault| fault.to_string().contains("exactly one of `grant`, `bar` and `duty`")));
    let none = Head::default().text();
    assert!(faults(&none).iter().any(|fault| fault.to_string().contains("`article` is missing")));
}

#[test]
fn a_law_holds_bars_only() {
    let head = "law = \"FR\"\ntitle = \"A law\"\nvocabulary = \"chancery-1\"\nlanguages = [\"en\"]\n";
    let refused = |article: String, message: &str| {
        let faults = NationalLaw::parse(format!("{head}{article}").as_bytes()).unwrap_err();
        assert!(faults.iter().any(|fault| fault.to_string().contains(message)), "{faults:?}");
    };
    refused(grant("1").text(), "a national law holds bars only");
    refused(bar("1").text(), "a bar of a law has no `reach`");
    let duty = "[[article]]\nn = \"1\"\nduty = \"log_keep\"\ntext.en = \"x\"\nowed_by = \"any\"\nkeep = \"1 year\"\n";
    refused(duty.to_owned(), "a national law holds bars only");
    assert!(NationalLaw::parse(format!("{head}{}", law_bar("1").with("to", "[\"JP\"]").text()).as_bytes()).is_ok());
}

#[test]
fn duties_are_typed() {
    let with_duty = |lines: &str| {
        let duty = format!("[[article]]\nn = \"2\"\ntext.en = \"x\"\nowed_by = \"any\"\n{lines}");
        TreatyDocument::parse(format!("{}\n{duty}", treaty_text(&Head::default(), &[grant("1")])).as_bytes())
    };
    for good in [
        "duty = \"reply_within\"\nwithin = \"8 hours\"",
        "duty = \"refusal_grounds\"\ngrounds = [\"REFUGEE\"]",
        "duty = \"notify\"\nof = [\"hit\", \"loss\"]\nwithin = \"24 hours\"",
        "duty = \"correct_within\"\nwithin = \"3 days\"",
        "duty = \"on_suspension\"\nthen = \"freeze\"\nwithin = \"1 day\"",
        "duty = \"on_end\"\nthen = \"delete\"\nwithin = \"30 days\"",
        "duty = \"log_keep\"\nkeep = \"3 years\"",
    ] {
        assert!(with_duty(good).is_ok(), "{good}: {:?}", with_duty(good));
    }
    for (bad, message) in [
        ("duty = \"reply_within\"", "`within` is missing"),
        ("duty = \"reply\"\nwithin = \"8 hours\"", "`reply` is no duty"),
        ("duty = \"reply_within\"\nwithin = \"soon\"", "`soon` is no period"),
        ("duty = \"on_end\"\nthen = \"burn\"\nwithin = \"1 day\"", "`burn` is no treatment of copies"),
        ("duty = \"log_keep\"\nkeep = \"1 year\"\nkinds = \"any\"", "`kinds` is no key here"),
    ] {
        let faults = with_duty(bad).unwrap_err();
        assert!(faults.iter().any(|fault| fault.to_string().contains(message)), "{bad}: {faults:?}");
    }
}

#[test]
fn every_fault_is_told_at_once() {
    let text = treaty_text(
        &Head::default(),
        &[grant("1").with("kinds", "[\"x\"]").with("tlp", "\"up to BLUE\""), bar("2").with("minors", "[\"maybe\"]")],
    );
    assert_eq!(faults(&text).len(), 3);
    let many: String = (0..200).map(|at| format!("unknown{at} = 1\n")).collect();
    assert_eq!(faults(&format!("{many}{text}")).len(), limits::FAULTS_MAX);
}

#[test]
fn hostile_files_are_refused() {
    let deep = [
        "[".repeat(200_000),
        format!("a = {}", "[".repeat(200_000)),
        format!("a = {}", "{a=".repeat(100_000)),
        format!("[{}]", vec!["a"; 50_000].join(".")),
        format!("{} = 1", vec!["a"; 50_000].join(".")),
        format!("article = {}{}", "[".repeat(70), "]".repeat(70)),
        "[[case]]\n".repeat(10_000),
        "[[article]]\n".repeat(10_000),
        "a = \"".to_owned() + &"é".repeat(100_000),
        "[[article]]\n[[article.article]]\n".repeat(1000),
    ];
    for text in deep {
        assert!(TreatyDocument::parse(text.as_bytes()).is_err());
        assert!(NationalLaw::parse(text.as_bytes()).is_err());
    }
    let huge = vec![b'#'; limits::DOCUMENT_BYTES_MAX + 1];
    assert!(TreatyDocument::parse(&huge).unwrap_err()[0].to_string().contains("at most"));
    assert!(TreatyDocument::parse(&[0xff, 0xfe, 0x00]).unwrap_err()[0].to_string().contains("UTF-8"));
    assert!(TreatyDocument::parse(b"").is_err());
    let crowded: Vec<_> = (0..=limits::ARTICLES_PER_DOCUMENT_MAX).map(|at| grant(&at.to_string())).collect();
    assert!(faults(&treaty_text(&Head::default(), &crowded))[0].to_string().contains("at most 128"));
}

proptest! {
    #[test]
    fn any_bytes_are_a_document_or_faults(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = TreatyDocument::parse(&bytes);
        let _ = NationalLaw::parse(&bytes);
    }

    #[test]
    fn a_broken_treaty_gives_faults_in_the_file(
        at in any::<proptest::sample::Index>(),
        length in 0usize..30,
        instead in "[\\[\\]\"{}=a-z0-9\n .-]{0,12}",
    ) {
        let text = treaty_text(&Head::default(), &[grant("1").with("kinds", "[\"notice.red\"]"), bar("2").with("tlp", "[\"RED\"]")]);
        let start = at.index(text.len());
        let end = (start + length).min(text.len());
        let broken = format!("{}{instead}{}", &text[..start], &text[end..]);
        if let Err(faults) = TreatyDocument::parse(broken.as_bytes()) {
            prop_assert!(!faults.is_empty());
            for fault in faults {
                prop_assert!(broken.get(fault.span.clone()).is_some(), "{fault:?}");
            }
        }
    }

    #[test]
    fn any_text_is_a_signature_file_or_a_fault(text in "\\PC{0,300}") {
        let _ = DocumentSignature::from_text(&text);
    }
}

#[test]
fn signature_files_read_back() {
    let signature = sign_document(b"any bytes", country("FR"), &country_key("FR"));
    assert_eq!(DocumentSignature::from_text(&signature.to_text()).unwrap(), signature);
    let twice = signature.to_text().replace("country = ", "countri = ");
    assert!(DocumentSignature::from_text(&twice).is_err());
    assert!(DocumentSignature::from_text(&"#".repeat(limits::SIGNATURE_BYTES_MAX + 1)).is_err());
}
