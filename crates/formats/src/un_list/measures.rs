//! Which measures a listing carries: those the entry states, else those of its committee.

use super::listing::Subject;

/// The words of records for the measures of the Security Council.
const ASSET_FREEZE: &str = "asset_freeze";
const TRAVEL_BAN: &str = "travel_ban";
const ARMS_EMBARGO: &str = "arms_embargo";

/// What a committee may impose on those it lists.
pub(super) struct Regime {
    /// The word of the list.
    list_type: &'static str,
    /// The resolutions that the committee is called after.
    pub(super) committee: &'static str,
    /// On every individual, unless the entry says otherwise.
    individuals: &'static [&'static str],
    /// On every entity, unless the entry says otherwise.
    entities: &'static [&'static str],
}

/// The measures on one subject.
#[derive(Default)]
pub(super) struct Imposed {
    /// In the words of records, in order.
    pub(super) words: Vec<&'static str>,
    stated_by: StatedBy,
}

/// Where the measures were read.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum StatedBy {
    Entry,
    Committee,
    #[default]
    Nobody,
}

impl Imposed {
    /// What the entry's comments state, else what the committee imposes on all alike.
    pub(super) fn on(subject: Subject, regime: Option<&Regime>, comments: Option<&str>) -> Self {
        let words = comments.map(stated).unwrap_or_default();
        if !words.is_empty() {
            return Self { words, stated_by: StatedBy::Entry };
        }
        let words = regime.map_or(&[][..], |regime| match subject {
            Subject::Individual => regime.individuals,
            Subject::Entity => regime.entities,
        });
        let stated_by = if words.is_empty() { StatedBy::Nobody } else { StatedBy::Committee };
        Self { words: words.to_vec(), stated_by }
    }

    /// What a reader must know of where the measures come from.
    pub(super) fn note(&self) -> Option<&'static str> {
        match self.stated_by {
            StatedBy::Entry => None,
            StatedBy::Committee => Some("the entry names no measures; those stated are what its committee imposes"),
            StatedBy::Nobody => Some("neither the entry nor its committee tells which measures apply"),
        }
    }
}

/// The regime of a list type.
pub(super) fn regime_of(list_type: &str) -> Option<&'static Regime> {
    REGIMES.iter().find(|regime| regime.list_type.eq_ignore_ascii_case(list_type))
}

/// The measures that a comment names in brackets that hold nothing else, as in `(Travel Ban, Asset Freeze)`.
fn stated(comments: &str) -> Vec<&'static str> {
    let mut found = Vec::new();
    for bracket in comments.split('(').skip(1) {
        let Some((inside, _)) = bracket.split_once(')') else { continue };
        let parts: Vec<String> = inside
            .split(',')
            .map(|part| part.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase())
            .collect();
        let words: Option<Vec<&'static str>> = parts.iter().map(|part| word_of(part)).collect();
        for word in words.unwrap_or_default() {
            if !found.contains(&word) {
                found.push(word);
            }
        }
    }
    found.sort_unstable();
    found
}

fn word_of(text: &str) -> Option<&'static str> {
    match text {
        "asset freeze" | "assets freeze" => Some(ASSET_FREEZE),
        "travel ban" => Some(TRAVEL_BAN),
        "arms embargo" | "targeted arms embargo" => Some(ARMS_EMBARGO),
        _ => None,
    }
}

const fn regime(
    list_type: &'static str,
    committee: &'static str,
    individuals: &'static [&'static str],
    entities: &'static [&'static str],
) -> Regime {
    Regime { list_type, committee, individuals, entities }
}

/// As the committees' own pages state them. Where the measures differ from entry to entry, only what is common to all.
const REGIMES: &[Regime] = &[
    regime("Al-Qaida", "1267/1989/2253", &[ARMS_EMBARGO, ASSET_FREEZE, TRAVEL_BAN], &[ARMS_EMBARGO, ASSET_FREEZE]),
    regime("CAR", "2745", &[ASSET_FREEZE, TRAVEL_BAN], &[ASSET_FREEZE]),
    regime("DPRK", "1718", &[ASSET_FREEZE, TRAVEL_BAN], &[ASSET_FREEZE]),
    regime("DRC", "1533", &[ASSET_FREEZE, TRAVEL_BAN], &[ASSET_FREEZE]),
    regime("GB", "2048", &[TRAVEL_BAN], &[]),
    regime("Haiti", "2653", &[ARMS_EMBARGO, ASSET_FREEZE, TRAVEL_BAN], &[ARMS_EMBARGO, ASSET_FREEZE]),
    regime("Iran", "1737", &[ASSET_FREEZE], &[ASSET_FREEZE]),
    regime("Iraq", "1518", &[ASSET_FREEZE], &[ASSET_FREEZE]),
    regime("Libya", "1970", &[], &[ASSET_FREEZE]),
    regime("Somalia", "2713", &[ARMS_EMBARGO, ASSET_FREEZE, TRAVEL_BAN], &[ARMS_EMBARGO, ASSET_FREEZE]),
    regime("SouthSudan", "2206", &[ASSET_FREEZE, TRAVEL_BAN], &[ASSET_FREEZE]),
    regime("Sudan", "1591", &[ASSET_FREEZE, TRAVEL_BAN], &[ASSET_FREEZE]),
    regime("Taliban", "1988", &[ARMS_EMBARGO, ASSET_FREEZE, TRAVEL_BAN], &[ARMS_EMBARGO, ASSET_FREEZE]),
    regime("Yemen", "2140", &[ASSET_FREEZE, TRAVEL_BAN], &[ASSET_FREEZE]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_goes_before_the_committee() {
        assert_eq!(
            stated("Listed under paragraph 15 (Travel\nBan,Asset  Freeze). See (page 2)."),
            [ASSET_FREEZE, TRAVEL_BAN]
        );
        assert!(stated("Broke the arms embargo (of 2006, a travel ban among it").is_empty());
        assert!(stated("(Travel Ban, and more)").is_empty());
        let libya = regime_of("libya");
        let check = |regime, subject, comments, words: &[&str], has_note: bool| {
            let imposed = Imposed::on(subject, regime, comments);
            assert_eq!((imposed.words.as_slice(), imposed.note().is_some()), (words, has_note));
        };
        check(libya, Subject::Individual, Some("(Travel Ban)"), &[TRAVEL_BAN], false);
        check(libya, Subject::Individual, None, &[], true);
        check(regime_of("DRC"), Subject::Entity, Some("(no measure)"), &[ASSET_FREEZE], true);
        check(regime_of("Atlantis"), Subject::Entity, None, &[], true);
    }

    #[test]
    fn no_entity_is_banned_from_travel() {
        assert!(REGIMES.iter().all(|regime| !regime.entities.contains(&TRAVEL_BAN)));
    }
}
