//! What the benchmarks publish: about a kilobyte of record each, all of one label, as a register has them.

use chancery_exchange::Publication;
use chancery_record::Draft;

const SAMPLE: &str = include_str!("../../../../examples/notices/stolen-vehicle.toml");

/// So many drafts of new records: none has a source reference, by which the next would be its revision.
pub fn drafts(count: usize) -> Vec<Publication> {
    let mut draft = Draft::parse_toml(SAMPLE.as_bytes()).unwrap();
    for section in &mut draft.sections {
        if let Some(body) = section.body.as_object_mut() {
            body.remove("source_reference");
        }
    }
    let fresh = || {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).unwrap();
        seed
    };
    (0..count).map(|_| Publication { draft: draft.clone(), amends: None, seed: fresh() }).collect()
}
