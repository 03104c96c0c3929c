//! The originator's tags, read as bars against a peer.

use chancery_record::{Addressee, Country, Date, ReleasableTo, Set, Tlp, UnitName};

use super::decision::Leg;
use crate::label::{Label, RecordDates};
use crate::verdict::{Reason, ReasonSource};

/// One of the originator's conditions that stands against a release: tag and reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Objection {
    pub tag: &'static str,
    pub because: String,
}

/// The units of the peer that the originator's tags leave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct UnitLimit {
    /// The only units; every unit where absent.
    admitted: Option<Set<UnitName>>,
    /// Units that may not have it.
    excluded: Set<UnitName>,
    /// Whether it goes to named units only.
    named_only: bool,
}

/// How much of the originator's conditions whoever decides can see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// The sender holds the audience.
    Sender,
    /// The receiver does not; the units stand in the terms.
    Receiver,
}

/// The units that the audience and the colour leave, or why nothing goes to the peer.
pub(crate) fn units_left(label: &Label, tlp: Option<Tlp>, peer: Country) -> Result<UnitLimit, Objection> {
    let Some(audience) = &label.audience else {
        return Err(Objection::new("audience", "who may have it is not known here"));
    };
    let units = |entries: &Set<Addressee>| -> Set<UnitName> {
        let unit = |entry: &Addressee| match entry {
            Addressee::Unit(unit) if unit.country == peer => Some(unit.name.clone()),
            _ => None,
        };
        entries.iter().filter_map(unit).collect()
    };
    if audience.not_releasable_to.contains(&Addressee::Country(peer)) {
        return Err(Objection::new("not_releasable_to", format!("not releasable to {peer}")));
    }
    let excluded = units(&audience.not_releasable_to);
    let (is_listed, named) = match &audience.releasable_to {
        ReleasableTo::Any => (true, Set::default()),
        ReleasableTo::Only(entries) => (entries.contains(&Addressee::Country(peer)), units(entries)),
    };
    if !is_listed && named.is_empty() {
        let because = match &audience.releasable_to {
            ReleasableTo::Only(entries) if entries.is_empty() => "releasable to nobody".to_owned(),
            _ => format!("{peer} is not among those it is releasable to"),
        };
        return Err(Objection::new("releasable_to", because));
    }
    if tlp == Some(Tlp::Red) && named.is_empty() {
        return Err(Objection::new("tlp", format!("TLP RED goes to named units only, and none of {peer} is named")));
    }
    // Where the country stands beside some of its units, the units count only for a colour that asks for them.
    let admitted = if !is_listed || (is_for_units(tlp) && !named.is_empty()) { Some(named) } else { None };
    Ok(UnitLimit { admitted, excluded, named_only: is_for_units(tlp) })
}

impl UnitLimit {
    /// The units that may use what a grant lets go (none: the whole country), or nothing where no unit is left.
    #[expect(clippy::option_option, reason = "no limit and no unit left are two answers")]
    pub fn within(&self, grant_units: Option<&Set<UnitName>>) -> Option<Option<Set<UnitName>>> {
        let units = match (&self.admitted, grant_units) {
            (None, None) if self.excluded.is_empty() && !self.named_only => return Some(None),
            // Terms name who may use a copy; they cannot name everyone but one.
            (None, None) => return None,
            (Some(units), None) => units.clone(),
            (None, Some(units)) => units.clone(),
            (Some(admitted), Some(units)) => admitted.intersection(units),
        };
        let left: Set<UnitName> = units.iter().filter(|unit| !self.excluded.contains(unit)).cloned().collect();
        (!left.is_empty()).then_some(Some(left))
    }

    /// Why no unit is left of what a grant lets go.
    pub fn objection(&self, peer: Country) -> Objection {
        if self.named_only && self.admitted.is_none() {
            let because =
                format!("this TLP colour binds to the receiving unit, and neither tags nor grant name one of {peer}");
            return Objection::new("tlp", because);
        }
        if self.excluded.is_empty() {
            return Objection::new(
                "releasable_to",
                format!("no unit of {peer} that it is releasable to may have it under the grant"),
            );
        }
        let excluded: Vec<&str> = self.excluded.iter().map(UnitName::as_str).collect();
        let because =
            format!("not releasable to {peer}/{}, and the units that may have it are not named", excluded.join(", "));
        Objection::new("not_releasable_to", because)
    }
}

impl Objection {
    pub fn new(tag: &'static str, because: impl Into<String>) -> Self {
        Self { tag, because: because.into() }
    }

    /// The same as a person reads it.
    pub fn reason(&self) -> Reason {
        Reason {
            source: ReasonSource::Originator,
            document: Some("tags".to_owned()),
            article: Some(self.tag.to_owned()),
            because: self.because.clone(),
        }
    }
}

/// Who sealed it stands against every other sender but a holder that passes it on, and against nobody but itself then.
pub(crate) fn origin_objection(label: &Label, leg: Leg, [sender, receiver]: [Country; 2]) -> Option<Objection> {
    let originator = label.originator;
    let because = match leg {
        Leg::First if originator != sender => format!("sealed by {originator}; it goes on only by onward transfer"),
        Leg::Onward if originator == sender => format!("sealed by {originator} itself; nobody passes it on to it"),
        Leg::Onward if originator == receiver => format!("sealed by {receiver}, which needs no copy of its own"),
        Leg::First | Leg::Onward => return None,
    };
    Some(Objection::new("onward", because))
}

/// What has expired goes nowhere.
pub(crate) fn expiry_objection(dates: RecordDates, today: Date) -> Option<Objection> {
    (today >= dates.expires).then(|| Objection::new("expires", format!("the record expired on {}", dates.expires)))
}

/// The audience is a secret of its own: who has no onward right does not get it, for this reason.
pub(crate) fn audience_objection(because: &str) -> Objection {
    Objection::new("audience", format!("the audience goes only to a holder with an onward right; {because}"))
}

fn is_for_units(tlp: Option<Tlp>) -> bool {
    matches!(tlp, Some(Tlp::AmberStrict | Tlp::Red))
}
