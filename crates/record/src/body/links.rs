//! Links from a record to others, here or elsewhere.

use super::shape::{Reading, form, shape_of_texts};
use crate::words::words;
use crate::{Country, Lineage, RecordId};

words! {
    /// What the other record is to this one.
    Relation, "relation":
    SamePerson = 0 "same_person",
    SameCase = 1 "same_case",
    Accomplice = 2 "accomplice",
    Relative = 3 "relative",
    VictimOf = 4 "victim_of",
    SuspectOf = 5 "suspect_of",
    Owns = 6 "owns",
    Uses = 7 "uses",
    ObjectOf = 8 "object_of",
    MemberOf = 9 "member_of",
    RefersTo = 10 "refers_to",
    Publication = 11 "publication",
    Other = 12 "other",
}
shape_of_texts!(Relation);

form! {
    /// The section `links`.
    Links {
        /// The links.
        links: Vec<Link>,
    }
}

form! {
    /// One link.
    Link {
        /// What the other is to this record.
        relation: Option<Relation>,
        /// All versions of another record.
        lineage: Option<Lineage>,
        /// One version of another record.
        record: Option<RecordId>,
        /// The country that the other record is from.
        originator: Option<Country>,
        /// The other record's number, where it is no record of this exchange.
        reference: Option<String>,
        /// Where it is published.
        url: Option<String>,
        /// What the source adds.
        note: Option<String>,
    }
}

impl Links {
    /// All that must hold of the section.
    pub(crate) fn check(&self, at: &mut Reading) {
        for (index, link) in self.links.iter().enumerate() {
            let leads_nowhere =
                link.lineage.is_none() && link.record.is_none() && link.reference.is_none() && link.url.is_none();
            at.within("links", |at| {
                at.at_entry(index, |at| {
                    at.need("relation", link.relation, "what the other is to this record");
                    if leads_nowhere {
                        at.fault("leads nowhere: give `lineage`, `record`, `reference` or `url`");
                    }
                });
            });
        }
    }
}
