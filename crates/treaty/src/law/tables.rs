//! Which articles a value of one dimension matches.

use chancery_record::{Country, Unit};

use super::article_set::ArticleSet;
use crate::article::{Countries, Names, Scope, Units};
use crate::dimension::{WordDimension, WordSet};

/// An article's scope with its bit.
pub(super) struct Scoped {
    pub bit: usize,
    pub scope: Scope,
    pub is_bar: bool,
    /// The newest schema that its document lets go.
    pub schema: u16,
}

/// Which articles each word matches.
#[derive(Clone, Debug, Default)]
pub(super) struct WordTable {
    pub rows: Vec<ArticleSet>,
    /// Bars that do not name the dimension.
    pub unnamed: ArticleSet,
}

/// Which articles each name matches.
#[derive(Clone, Debug)]
pub(super) struct NameTable<K> {
    named: Vec<(K, ArticleSet)>,
    /// A name that no article names.
    other: ArticleSet,
    /// No name at all.
    absent: ArticleSet,
}

impl WordTable {
    pub fn build(dimension: WordDimension, scopes: &[Scoped]) -> Self {
        let first = dimension.first_vocabulary();
        let codes = dimension.known().codes().max().map_or(0, |code| usize::from(code) + 1);
        let mut table = Self { rows: vec![ArticleSet::EMPTY; codes], unnamed: ArticleSet::EMPTY };
        for Scoped { bit, scope, is_bar, .. } in scopes {
            let words = match (scope.words(dimension), is_bar) {
                (Some(words), false) => words.intersection(first),
                // A word later than the document's vocabulary is unknown to it.
                (Some(words), true) => words.union(WordSet(!first.0)),
                (None, true) => {
                    table.unnamed.insert(*bit);
                    WordSet(u64::MAX)
                }
                (None, false) => WordSet::EMPTY,
            };
            for (code, row) in table.rows.iter_mut().enumerate() {
                if u8::try_from(code).is_ok_and(|code| words.contains(code)) {
                    row.insert(*bit);
                }
            }
        }
        table
    }
}

impl<K> Default for NameTable<K> {
    fn default() -> Self {
        Self { named: Vec::new(), other: ArticleSet::EMPTY, absent: ArticleSet::EMPTY }
    }
}

impl<K: Clone + PartialEq> NameTable<K> {
    #[inline]
    pub fn matching(&self, is_stated: bool, is_it: impl Fn(&K) -> bool) -> ArticleSet {
        if !is_stated {
            return self.absent;
        }
        self.named.iter().find(|(name, _)| is_it(name)).map_or(self.other, |(_, articles)| *articles)
    }

    /// Builds a table from, for each article, the names it lists (none: every name) and whether it matches no name.
    fn build(articles: &[(usize, Option<Vec<K>>, bool)]) -> Self {
        let mut table = Self::default();
        for (_, names, _) in articles {
            for name in names.iter().flatten() {
                if !table.named.iter().any(|(known, _)| known == name) {
                    table.named.push((name.clone(), ArticleSet::EMPTY));
                }
            }
        }
        for (bit, names, matches_absent) in articles {
            for (name, row) in &mut table.named {
                if names.as_ref().is_none_or(|names| names.contains(name)) {
                    row.insert(*bit);
                }
            }
            if names.is_none() {
                table.other.insert(*bit);
            }
            if *matches_absent {
                table.absent.insert(*bit);
            }
        }
        table
    }
}

impl NameTable<Country> {
    pub fn of_countries(scopes: &[Scoped], dimension: impl Fn(&Scope) -> Option<&Countries>) -> Self {
        let row = |Scoped { bit, scope, is_bar, .. }: &Scoped| {
            let names = match dimension(scope) {
                Some(Countries::Only(countries)) => Some(countries.iter().copied().collect()),
                Some(Countries::Any) | None => None,
            };
            (*bit, names, *is_bar)
        };
        Self::build(&scopes.iter().map(row).collect::<Vec<_>>())
    }
}

impl NameTable<Unit> {
    pub fn of_units(scopes: &[Scoped]) -> Self {
        let row = |Scoped { bit, scope, is_bar, .. }: &Scoped| {
            let names = match &scope.from_units {
                Some(Units::Only(units)) => Some(units.iter().cloned().collect()),
                Some(Units::Any) | None => None,
            };
            (*bit, names, *is_bar)
        };
        Self::build(&scopes.iter().map(row).collect::<Vec<_>>())
    }
}

impl NameTable<String> {
    pub fn of_names(scopes: &[Scoped], dimension: impl Fn(&Scope) -> Option<&Names>) -> Self {
        let row = |Scoped { bit, scope, is_bar, .. }: &Scoped| match dimension(scope) {
            None | Some(Names::Any) => (*bit, None, true),
            Some(Names::None) => (*bit, Some(Vec::new()), true),
            Some(Names::Only(names)) => (*bit, Some(names.iter().cloned().collect()), *is_bar),
        };
        Self::build(&scopes.iter().map(row).collect::<Vec<_>>())
    }
}
