//! Reading of the originator's conditions out of a draft file, strictly: a condition misread could widen a release.

use serde_json::Value;

use crate::body::shape::{Reading, Shape, Slot, fields, shape_of_fields, slot_of_defaults};
use crate::{Audience, Minors, Onward, Penalty, Precedence, ReleasableTo, SectionTags, Set, Tlp, UseTags};

fields!(Refused UseTags {
    handling, tlp, classification, purposes, caveats, precedence, offences, penalty, statuses, minors, minor_until,
    obtained_by, sensitive, operation, zone,
});
fields!(Refused SectionTags { handling, tlp, classification, purposes, caveats, obtained_by, sensitive });
fields!(Refused Audience {
    releasable_to, not_releasable_to, onward, onward_to, h3_text, protective_reasons,
});
shape_of_fields!(UseTags);
shape_of_fields!(SectionTags);
shape_of_fields!(Audience);
slot_of_defaults!(Minors, Onward, Penalty, Precedence);

impl Shape for Tlp {
    /// The retired `WHITE` is read as `CLEAR` and never written.
    fn read(value: &Value, at: &mut Reading) -> Option<Self> {
        match at.text(value)? {
            "WHITE" => Some(Self::Clear),
            word => word.parse().map_err(|fault: crate::words::UnknownWord| at.fault(fault.to_string())).ok(),
        }
    }
}

impl Slot for ReleasableTo {
    fn of_field(value: Option<&Value>, at: &mut Reading) -> Self {
        match value {
            None | Some(Value::Null) => Self::Only(Set::default()),
            Some(Value::String(word)) if word == "any" => Self::Any,
            Some(list @ Value::Array(_)) => Self::Only(Set::of_field(Some(list), at)),
            Some(_) => {
                at.fault("expected `any` or a list of countries and units, as in [\"FR\", \"DE/BKA\"]");
                Self::Only(Set::default())
            }
        }
    }
    fn is_absent(&self) -> bool {
        *self == Self::Only(Set::default())
    }
}
