//! What terms let a holder do, without the articles behind it: by it a later delivery is seen to widen an earlier one.

use bincode::{Decode, Encode};
use chancery_record::encoding::{DecodeFault, Domain, decode, encode};
use chancery_record::{
    Country, Date, Instant, Lineage, Onward, Purpose, RecordId, SectionName, SectionSet, Set, UnitName,
};

use crate::dimension::WordSet;
use crate::release::Disclosure;
use crate::terms::{Citation, Terms, TermsRow};
use crate::verdict::LawGeneration;

/// What may be used for what, by whom, until when.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Latitude {
    uses: Vec<Use>,
    keep_until: Date,
    onward: Onward,
}

/// A section with its purposes, a bit for each code, and the only units that may use it for them.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct Use {
    section: SectionName,
    purposes: u64,
    to_units: Option<Set<UnitName>>,
}

/// Days by which two periods of one length may differ, the months being what they are.
const CALENDAR_DAYS: i32 = 3;

impl Latitude {
    /// What these terms let their holder do.
    pub fn of(terms: &Terms) -> Self {
        let mut uses: Vec<Use> = Vec::new();
        for TermsRow { section, purpose, to_units, .. } in terms.rows() {
            let purpose = WordSet::one(purpose.code()).0;
            match uses.iter_mut().find(|one| one.section == *section && one.to_units == *to_units) {
                Some(known) => known.purposes |= purpose,
                None => uses.push(Use { section: *section, purposes: purpose, to_units: to_units.clone() }),
            }
        }
        Self { uses, keep_until: terms.keep_until(), onward: terms.onward() }
    }

    /// Whether whoever has this may do all that the other lets him.
    pub fn covers(&self, other: &Self) -> bool {
        self.keep_until >= other.keep_until && self.covers_uses(other)
    }

    /// Whether whoever was given this so many days ago was given no less than the other gives today: a copy that may be
    /// kept for a time is not given for longer because the time begins again.
    pub fn covers_after(&self, other: &Self, days: i32) -> bool {
        self.keep_until.plus_days(days.saturating_add(CALENDAR_DAYS)) >= other.keep_until && self.covers_uses(other)
    }

    fn covers_uses(&self, other: &Self) -> bool {
        self.onward >= other.onward && other.uses.iter().all(|wanted| self.covers_use(wanted))
    }

    fn covers_use(&self, wanted: &Use) -> bool {
        let admits = |one: &&Use| match (&one.to_units, &wanted.to_units) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(ours), Some(theirs)) => theirs.iter().all(|unit| ours.contains(unit)),
        };
        let uses = self.uses.iter().filter(|one| one.section == wanted.section);
        let covered = uses.filter(admits).fold(0, |covered, one| covered | one.purposes);
        wanted.purposes & !covered == 0
    }
}

impl Disclosure {
    /// The bytes that are written down.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(Domain::Row, self)
    }

    /// Reads what was written down, by this version or by the first.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeFault> {
        decode(Domain::Row, bytes, bytes.len()).or_else(|fault| {
            let first: Result<FirstDisclosure, DecodeFault> = decode(Domain::Row, bytes, bytes.len());
            first.map(Self::from).map_err(|_| fault)
        })
    }
}

/// A disclosure as the first version wrote it down.
#[derive(Encode, Decode)]
struct FirstDisclosure {
    peer: Country,
    record: RecordId,
    lineage: Lineage,
    sections: SectionSet,
    citations: Set<Citation>,
    purposes: Set<Purpose>,
    at: Instant,
    generation: LawGeneration,
}

impl From<FirstDisclosure> for Disclosure {
    /// What it let the peer do besides is not known; it is taken for all there is, so that nothing is sent again for it.
    fn from(first: FirstDisclosure) -> Self {
        let FirstDisclosure { peer, record, lineage, sections, citations, purposes, at, generation } = first;
        let purposes_of_each = purposes.iter().fold(0, |bits, purpose| bits | WordSet::one(purpose.code()).0);
        let use_of = |section| Use { section, purposes: purposes_of_each, to_units: None };
        let uses = sections.iter().map(use_of).collect();
        let keep_until = Date::from_days(i32::MAX);
        let latitude = Latitude { uses, keep_until, onward: Onward::Allowed };
        Self { peer, record, lineage, sections, citations, purposes, at, generation, latitude }
    }
}

#[cfg(test)]
mod tests {
    use chancery_record::DocumentHash;

    use super::*;
    use crate::terms::UseConditions;

    fn row(section: SectionName, purpose: Purpose, units: Option<&[&str]>) -> TermsRow {
        let article = Citation { document: DocumentHash([1; 32]), article: "1".into() };
        let to_units = units.map(|units| units.iter().map(|unit| unit.parse().unwrap()).collect());
        TermsRow { section, purpose, articles: [article].into_iter().collect(), to_units }
    }

    fn latitude(rows: &[TermsRow], keep_until: i32, onward: Onward) -> Latitude {
        let conditions = UseConditions {
            keep_until: Date::from_days(keep_until),
            onward,
            caveats: Set::default(),
            handling: Set::default(),
            requests: Set::default(),
            consents: Set::default(),
        };
        Latitude::of(&Terms::new(rows.iter().cloned().collect(), conditions).unwrap())
    }

    #[test]
    fn more_purposes_sections_units_days_and_rights_are_not_covered_by_less() {
        use Purpose::{Identification, Investigation};
        let all = [
            row(SectionName::Object, Identification, None),
            row(SectionName::Object, Investigation, None),
            row(SectionName::Source, Investigation, Some(&["BKA", "LKA"])),
        ];
        let whole = latitude(&all, 100, Onward::WithConsent);
        let fewer_units = [all[0].clone(), all[1].clone(), row(SectionName::Source, Investigation, Some(&["BKA"]))];
        let narrower = [
            latitude(&all[..1], 100, Onward::WithConsent),
            latitude(&all[..2], 100, Onward::WithConsent),
            latitude(&fewer_units, 100, Onward::WithConsent),
            latitude(&all, 99, Onward::WithConsent),
            latitude(&all, 100, Onward::Never),
        ];
        assert!(whole.covers(&whole));
        for (at, less) in narrower.iter().enumerate() {
            assert!(whole.covers(less) && !less.covers(&whole), "{at}: {less:?}");
        }
        let whole_country = [row(SectionName::Source, Investigation, None)];
        assert!(!whole.covers(&latitude(&whole_country, 100, Onward::Never)));
    }

    #[test]
    fn a_disclosure_of_the_first_version_is_read() {
        let first = FirstDisclosure {
            peer: "DE".parse().unwrap(),
            record: RecordId([7; 32]),
            lineage: Lineage([3; 16]),
            sections: [SectionName::Object].into_iter().collect(),
            citations: Set::default(),
            purposes: [Purpose::Investigation].into_iter().collect(),
            at: Instant(5),
            generation: LawGeneration(4),
        };
        let read = Disclosure::from_bytes(&encode(Domain::Row, &first)).unwrap();
        let held = latitude(&[row(SectionName::Object, Purpose::Investigation, None)], 9999, Onward::Never);
        let other = latitude(&[row(SectionName::Object, Purpose::Identification, None)], 9, Onward::Never);
        assert!(read.latitude.covers_after(&held, 10) && !read.latitude.covers_after(&other, 10));
        assert_eq!(Disclosure::from_bytes(&read.to_bytes()).unwrap(), read);
        assert!(Disclosure::from_bytes(b"").is_err());
    }

    #[test]
    fn a_time_that_begins_again_is_no_longer_time() {
        let rows = [row(SectionName::Object, Purpose::Investigation, None)];
        let until = |day| latitude(&rows, day, Onward::Never);
        assert!(until(365).covers_after(&until(365 + 200), 200), "a year from either day");
        assert!(until(365).covers_after(&until(365 + 201), 200), "one of them a leap year");
        assert!(!until(365).covers_after(&until(730 + 200), 200), "two years from now on");
        assert!(!until(365).covers(&until(366)));
    }
}
