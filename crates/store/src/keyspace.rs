//! The closed set of keyspaces in which the store keeps its entries.

/// Writes the enum, its numbers, its names and the list of all from one table, so that none can be forgotten in one of them.
macro_rules! keyspaces {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $name:literal;)*) => {
        /// One ordered map of byte keys to byte values; a batch writes any number of them as one.
        ///
        /// Number and name are in the files of every node that ever ran: neither is changed, and the number of a keyspace
        /// given up is not used again.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Keyspace {
            $($(#[$doc])* $variant = $code,)*
        }

        impl Keyspace {
            /// Every keyspace, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name on disk, where an engine names its tables.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

keyspaces! {
    /// Facts about the store itself, the schema version first.
    Meta = 1, "meta";
    /// The local order in which records were accepted.
    Journal = 2, "journal";
    /// Records under their local sequence number.
    Records = 3, "records";
    /// Record id to local sequence number.
    RecordIds = 4, "record_ids";
    /// The versions of each lineage.
    Lineages = 5, "lineages";
    /// Records by kind.
    ByKind = 6, "by_kind";
    /// Records by originator.
    ByOriginator = 7, "by_originator";
    /// Records by the day they expire.
    ByExpiry = 8, "by_expiry";
    /// The publisher's own numbers, each once.
    References = 9, "references";
    /// Interned labels.
    Labels = 10, "labels";
    /// A label's bytes to its number.
    LabelIds = 11, "label_ids";
    /// How far each peer and lane has come in the journal.
    Cursors = 12, "cursors";
    /// The numbered disclosures to each peer.
    Ledger = 13, "ledger";
    /// Who holds what of a record.
    Disclosures = 14, "disclosures";
    /// How far each peer's stream is held here.
    Received = 15, "received";
    /// What was promised to holders.
    Obligations = 16, "obligations";
    /// What is still to be handed to each peer.
    Owed = 17, "owed";
    /// Withdrawals, recalls and corrections.
    Marks = 18, "marks";
    /// What is withheld now and could be released later.
    Deferred = 19, "deferred";
    /// What was refused and is kept for a person to look at.
    Quarantine = 20, "quarantine";
    /// Treaties and laws, byte for byte.
    Documents = 21, "documents";
    /// Contact cards.
    Cards = 22, "cards";
    /// The audit log.
    Audit = 23, "audit";
    /// What the store keeps for others without understanding it.
    Opaque = 24, "opaque";
    /// The terms under which each copy is held.
    Terms = 25, "terms";
    /// What is known of each copy without its bodies, under the same sequence number.
    Copies = 26, "copies";
    /// How far each peer holds what was sent to it.
    Receipts = 27, "receipts";
    /// What holders said they deleted.
    DeletionReceipts = 28, "deletion_receipts";
    /// Deliveries that exceeded their treaty.
    Breaches = 29, "breaches";
    /// To whom each statement is owed.
    OwedByStatement = 30, "owed_by_statement";
    /// What went over each ledger and was accepted, by period.
    Sets = 31, "sets";
    /// Count and sum of each period of those.
    Tallies = 32, "tallies";
    /// What peers did not take.
    Refusals = 33, "refusals";
    /// Terms sheets by who signed them, in the order of the stream.
    SheetsOf = 34, "sheets_of";
    /// Statements by their maker.
    StatementsOf = 35, "statements_of";
    /// How far each peer has given back in this life.
    Returns = 36, "returns";
    /// What is left of comparing a set with its peer.
    ChecksDue = 37, "checks_due";
    /// Copies of other countries that may be passed on.
    OnwardCopies = 38, "onward_copies";
    /// How each onward transfer stands.
    Onward = 39, "onward";
    /// Who holds own records through others.
    OnwardHolders = 40, "onward_holders";
    /// Questions about consent, with their answers.
    ConsentAsks = 41, "consent_asks";
    /// Those questions by record and receiver.
    ConsentsOf = 42, "consents_of";
    /// Whose records were passed on to whom.
    PassedOn = 43, "passed_on";
}

impl Keyspace {
    /// The number on disk, where an engine keeps all keyspaces in one map.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

// The end of a keyspace in one shared map is its number plus one, so that must exist.
const _: () = {
    let mut rest = Keyspace::ALL;
    while let [first, others @ ..] = rest {
        assert!(first.code() > 0 && first.code() < u8::MAX);
        rest = others;
    }
};

#[cfg(test)]
mod tests {
    use super::Keyspace;
    use std::collections::BTreeSet;

    #[test]
    fn numbers_rise_along_the_list() {
        assert!(Keyspace::ALL.is_sorted_by(|a, b| a.code() < b.code()));
    }

    #[test]
    fn names_are_unique() {
        let names: BTreeSet<_> = Keyspace::ALL.iter().map(|k| k.name()).collect();
        assert_eq!(names.len(), Keyspace::ALL.len());
    }

    #[test]
    fn numbers_and_names_on_disk_stay() {
        let written: Vec<String> = Keyspace::ALL.iter().map(|k| format!("{} {}", k.code(), k.name())).collect();
        let kept = "1 meta,2 journal,3 records,4 record_ids,5 lineages,6 by_kind,7 by_originator,8 by_expiry,9 references,\
                    10 labels,11 label_ids,12 cursors,13 ledger,14 disclosures,15 received,16 obligations,17 owed,18 marks,\
                    19 deferred,20 quarantine,21 documents,22 cards,23 audit,24 opaque,25 terms";
        assert!(written.join(",").starts_with(kept), "{written:?}");
    }
}
