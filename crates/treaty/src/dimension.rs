//! The dimensions of an article: along which lines it limits what it says.

use chancery_record::words::UnknownWord;
use chancery_record::{
    Caveat, Classification, Handling, Kind, Minors, ObtainedBy, Offence, Penalty, Purpose, SectionName, Sensitive,
    Status, Tlp,
};

use crate::words::{Action, words};

words! {
    /// A dimension that every grant states.
    Dimension, "dimension":
    From = "from",
    To = "to",
    FromUnits = "from_units",
    ToUnits = "to_units",
    Action = "action",
    Kinds = "kinds",
    Sections = "sections",
    Purposes = "purposes",
    Classification = "classification",
    Handling = "handling",
    Tlp = "tlp",
    Offences = "offences",
    Penalty = "penalty",
    Statuses = "statuses",
    Minors = "minors",
    Caveats = "caveats",
    ObtainedBy = "obtained_by",
    Sensitive = "sensitive",
    Originator = "originator",
    OnwardTo = "onward_to",
    Zone = "zone",
    Operation = "operation",
    OlderThan = "older_than",
    Schema = "schema",
    Requires = "requires",
    Quota = "quota",
    Keep = "keep",
}

/// Words of one closed vocabulary, a bit for each code.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct WordSet(pub(crate) u64);

impl WordSet {
    /// No word.
    pub const EMPTY: Self = Self(0);

    /// The set of one code.
    pub const fn one(code: u8) -> Self {
        Self(1 << (code & 63))
    }
    /// Whether the word of `code` is in it.
    pub const fn contains(self, code: u8) -> bool {
        self.0 & Self::one(code).0 != 0
    }
    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
    /// Words of both.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
    /// Words that stand in both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
    /// Words of this that are not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
    /// Whether every word of `other` is in it.
    pub const fn contains_all(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
    /// The codes, ascending.
    pub fn codes(self) -> impl Iterator<Item = u8> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let code = u8::try_from(rest.trailing_zeros()).ok().filter(|code| *code < 64)?;
            rest &= rest - 1;
            Some(code)
        })
    }
}

impl FromIterator<u8> for WordSet {
    fn from_iter<I: IntoIterator<Item = u8>>(codes: I) -> Self {
        codes.into_iter().fold(Self::EMPTY, |set, code| set.union(Self::one(code)))
    }
}

impl std::fmt::Debug for WordSet {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_set().entries(self.codes()).finish()
    }
}

/// The codes from `first` to `last`.
const fn span(first: u32, last: u32) -> u64 {
    (u64::MAX >> (63 - last)) & (u64::MAX << first)
}

macro_rules! word_dimensions {
    ($($variant:ident, $type:ty, $first:expr;)+) => {
        /// A dimension whose values are words of a closed vocabulary.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum WordDimension { $( #[doc = concat!("Words of [`", stringify!($type), "`].")] $variant ),+ }

        impl WordDimension {
            /// Every one, in the order of an article.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The dimension it is.
            pub const fn dimension(self) -> Dimension {
                match self { $(Self::$variant => Dimension::$variant),+ }
            }
            /// The words that `chancery-1` has; later words match no grant of a document written in it.
            ///
            /// The codes are pinned here, so that a word added to a vocabulary never widens a signed treaty.
            pub const fn first_vocabulary(self) -> WordSet {
                match self { $(Self::$variant => WordSet($first)),+ }
            }
            /// Every word known to this node.
            pub fn known(self) -> WordSet {
                match self { $(Self::$variant => <$type>::ALL.iter().map(|word| word.code()).collect()),+ }
            }
            /// What one value is called.
            pub const fn noun(self) -> &'static str {
                match self { $(Self::$variant => <$type>::NOUN),+ }
            }
            /// The word of a code.
            pub fn word(self, code: u8) -> &'static str {
                match self {
                    $(Self::$variant => {
                        <$type>::ALL.iter().find(|word| word.code() == code).map_or("?", |word| word.word())
                    })+
                }
            }
            /// The code of a word.
            pub fn code(self, word: &str) -> Result<u8, UnknownWord> {
                match self { $(Self::$variant => word.parse::<$type>().map(|word| word.code())),+ }
            }
        }
    };
}

word_dimensions! {
    Action, Action, span(0, 3);
    Kinds, Kind, span(1, 11) | span(20, 27) | span(40, 49) | span(60, 63);
    Sections, SectionName, span(1, 13);
    Purposes, Purpose, span(0, 16);
    Classification, Classification, span(0, 4);
    Handling, Handling, span(0, 3);
    Tlp, Tlp, span(0, 4);
    Offences, Offence, span(0, 36) | span(50, 53);
    Penalty, Penalty, span(0, 7);
    Statuses, Status, span(0, 10);
    Minors, Minors, span(0, 2);
    Caveats, Caveat, span(0, 3);
    ObtainedBy, ObtainedBy, span(0, 7);
    Sensitive, Sensitive, span(0, 6);
}

impl WordDimension {
    /// How many there are.
    pub const COUNT: usize = Self::ALL.len();

    /// Its place in tables.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The word that stands for "not stated", which no grant may name.
    pub const fn unknown(self) -> Option<u8> {
        match self {
            Self::Penalty => Some(Penalty::Unknown.code()),
            Self::Minors => Some(Minors::Unknown.code()),
            _ => None,
        }
    }

    /// Whether a record may have none of its words, so that `none` means something.
    pub const fn may_be_empty(self) -> bool {
        matches!(self, Self::Caveats | Self::Sensitive)
    }

    /// Whether its words stand in an order, so that `up to` and `from` mean something.
    pub const fn is_ordered(self) -> bool {
        matches!(self, Self::Classification | Self::Tlp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_vocabulary_is_pinned() {
        for dimension in WordDimension::ALL {
            assert!(dimension.known().contains_all(dimension.first_vocabulary()), "{dimension:?} lost a word");
            assert_eq!(
                dimension.known(),
                dimension.first_vocabulary(),
                "{dimension:?}: a new word needs a new vocabulary version"
            );
        }
    }

    #[test]
    fn spans_and_codes() {
        assert_eq!(WordSet(span(60, 63)).codes().collect::<Vec<_>>(), [60, 61, 62, 63]);
        assert_eq!(WordSet(span(0, 2)), WordSet(7));
        assert_eq!(WordDimension::Kinds.code("notice.rde").unwrap_err().nearest, Some("notice.red"));
    }
}
