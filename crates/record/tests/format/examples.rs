//! Every sample record under `examples/notices` parses without a fault and seals.

use std::path::PathBuf;

use chancery_record::{Draft, Fault, FileForm, Kind, ReleasableTo, SectionName};

use crate::sealing;

fn examples() -> Vec<(String, Draft)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/notices");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let form = FileForm::of_file_name(&name).unwrap_or_else(|| panic!("{name}: no form of a draft file"));
        let mut drafts = Draft::parse_many(&std::fs::read(&path).unwrap(), form);
        assert_eq!(drafts.len(), 1, "{name}");
        let draft = drafts.remove(0).unwrap_or_else(|faults| panic!("{name}: {}", lines(&faults)));
        (name, draft)
    };
    paths.into_iter().map(read).collect()
}

fn lines(faults: &[Fault]) -> String {
    faults.iter().map(|fault| format!("\n  {fault}")).collect()
}

#[test]
fn every_example_is_without_fault_or_warning_and_seals() {
    let examples = examples();
    assert!(examples.len() >= 11, "{}", examples.len());
    for (name, draft) in &examples {
        let findings = draft.findings_at(&sealing::placement(1));
        assert!(findings.faults.is_empty(), "{name}: {}", lines(&findings.faults));
        assert!(findings.warnings.is_empty(), "{name}: {}", lines(&findings.warnings));
        assert!(draft.source_reference().is_some(), "{name}");
        let record = sealing::sealed(draft, 1);
        assert!(draft.says_the_same_as(&record), "{name}");
        assert_eq!(record.audience().as_ref(), Some(&draft.audience), "{name}");
    }
}

#[test]
fn the_examples_show_what_they_are_for() {
    let examples = examples();
    let of = |name: &str| &examples.iter().find(|(file, _)| file == name).unwrap_or_else(|| panic!("{name}")).1;
    let protected = of("red-protected-source.toml");
    let source = protected.sections.iter().find(|section| section.name == SectionName::Source).unwrap();
    assert_eq!(source.tags.classification.unwrap().word(), "SECRET");
    assert_eq!(of("kept-at-home.toml").audience.releasable_to, ReleasableTo::Only(Default::default()));
    assert_eq!(of("stolen-passport.json").kind, Kind::Document);
    assert!(of("restricted-by-words.toml").audience.h3_text.is_some());
}
