//! Lists of what is held, filtered and page by page.

use chancery_exchange::ReadFault;
use chancery_record::{Country, Date, Kind, Precedence};

use super::standing::{self, Standing};
use crate::Store;
use crate::copies::{self, CopySummary};
use crate::engine::{KeyRange, Order};
use crate::key::Key;
use crate::keyspace::Keyspace;
use crate::limits::{LIST_PAGE_MAX, LIST_SCANNED_MAX};
use crate::records::Sequence;

/// What a list is to show; what is left open shows all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListFilter {
    /// Only this kind.
    pub kind: Option<Kind>,
    /// Only records of this country.
    pub originator: Option<Country>,
    /// Only this lane.
    pub lane: Option<Precedence>,
    /// Only what stands so.
    pub standing: Option<Standing>,
    /// What to do with the expired.
    pub expired: Expired,
}

/// Whether a list shows what has expired and is not deleted yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expired {
    /// All of it.
    #[default]
    Shown,
    /// None of it.
    Hidden {
        /// The day.
        today: Date,
    },
}

/// Where the next page goes on; means something to the store that gave it only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListCursor(pub u64);

/// One record of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The copy without its bodies.
    pub copy: CopySummary,
    /// How it stands.
    pub standing: Standing,
}

/// One page of a list, the latest accepted first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListPage {
    /// The records; there may be none of them and still a next page.
    pub items: Vec<Listed>,
    /// Where the list goes on; none at its end.
    pub next: Option<ListCursor>,
}

impl Store {
    /// One page of a list of at most `page` records, after `cursor` where given.
    ///
    /// INVARIANT (everything is bounded)
    pub fn list(&self, filter: &ListFilter, cursor: Option<ListCursor>, page: usize) -> Result<ListPage, ReadFault> {
        let page = page.clamp(1, LIST_PAGE_MAX);
        let (keyspace, prefix) = filter.drive();
        let mut range = KeyRange::prefix(prefix.as_slice());
        if let Some(ListCursor(last)) = cursor {
            range = range.before(prefix.number(last).as_slice());
        }
        let entries = self.rows().scan(keyspace, range, Order::Descending, LIST_SCANNED_MAX)?;
        let mut found = ListPage::default();
        for (key, _) in &entries {
            let sequence = Sequence::of_key(keyspace, key)?;
            found.next = Some(ListCursor(sequence.0));
            let Some(copy) = copies::copy(self.rows(), sequence)? else { continue };
            if !filter.admits(&copy) {
                continue;
            }
            let standing = standing::of(self.rows(), &copy.version())?;
            if filter.standing.is_some_and(|wanted| wanted != standing) {
                continue;
            }
            found.items.push(Listed { copy, standing });
            if found.items.len() >= page {
                return Ok(found);
            }
        }
        if entries.len() < LIST_SCANNED_MAX {
            found.next = None;
        }
        Ok(found)
    }
}

impl ListFilter {
    /// The smallest index that holds all that can match.
    fn drive(&self) -> (Keyspace, Key) {
        match (self.kind, self.originator) {
            (Some(kind), _) => (Keyspace::ByKind, Key::new().byte(kind.code())),
            (None, Some(originator)) => (Keyspace::ByOriginator, Key::new().country(originator)),
            (None, None) => (Keyspace::Copies, Key::new()),
        }
    }

    fn admits(&self, copy: &CopySummary) -> bool {
        self.kind.is_none_or(|kind| kind == copy.kind)
            && self.originator.is_none_or(|originator| originator == copy.originator)
            && self.lane.is_none_or(|lane| lane == copy.lane)
            && match self.expired {
                Expired::Shown => true,
                Expired::Hidden { today } => today < copy.expires,
            }
    }
}
