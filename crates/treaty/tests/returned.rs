//! What is given back goes to its originator alone.

use chancery_record::{SectionName, UnverifiedRecord};
use chancery_treaty::{NotItsOwn, Returned};

use crate::setting::{country, record, roster};

#[test]
fn a_record_goes_back_to_its_originator_as_it_was_sealed() {
    let held = record(|_| {}).with_only([SectionName::Identity].into_iter().collect());
    let returned = Returned::to_originator(&held, country("FR")).unwrap();
    assert_eq!(returned.peer(), country("FR"));
    let envelope = returned.into_envelope();
    assert_eq!(&envelope, held.envelope());
    let read = UnverifiedRecord::from_envelope(envelope).unwrap().verify(&roster(&["FR"])).unwrap();
    assert_eq!((read.id(), read.sections_held()), (held.id(), held.sections_held()));
}

#[test]
fn nobody_else_is_given_it_back() {
    let refused = Returned::to_originator(&record(|_| {}), country("DE")).unwrap_err();
    assert_eq!(refused, NotItsOwn { originator: country("FR"), peer: country("DE") });
    assert_eq!(refused.to_string(), "the record was sealed by FR; only its originator is given it back, not DE");
}
