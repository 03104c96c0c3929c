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

/// Which articles each word of each dimension matches; [`row_of`] says where.
#[derive(Clone, Debug, Default)]
pub(super) struct WordTables {
    rows: Vec<ArticleSet>,
    /// For each dimension, the bars that do not name it.
    unnamed: Vec<ArticleSet>,
    grants: ArticleSet,
    bars: ArticleSet,
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

impl WordTables {
    pub fn build(scopes: &[Scoped]) -> Self {
        let of_sort = |wanted: bool| scopes.iter().filter(|one| one.is_bar == wanted).map(|one| one.bit).collect();
        let mut tables = Self {
            rows: vec![ArticleSet::EMPTY; WordDimension::COUNT * ROWS_EACH],
            unnamed: vec![ArticleSet::EMPTY; WordDimension::COUNT],
            grants: of_sort(false),
            bars: of_sort(true),
        };
        for dimension in WordDimension::ALL {
            for article in scopes {
                tables.enter(*dimension, article);
            }
        }
        tables
    }

    fn enter(&mut self, dimension: WordDimension, article: &Scoped) {
        let first = dimension.first_vocabulary();
        let (words, matches_none) = match (article.scope.words(dimension), article.is_bar) {
            (Some(words), false) => (words.intersection(first), true),
            // A word later than the document's vocabulary is unknown to it.
            (Some(words), true) => (words.union(WordSet(!first.0)), false),
            (None, is_bar) => (if is_bar { WordSet(u64::MAX) } else { WordSet::EMPTY }, is_bar),
        };
        if let (None, true, Some(unnamed)) =
            (article.scope.words(dimension), article.is_bar, self.unnamed.get_mut(dimension.index()))
        {
            unnamed.insert(article.bit);
        }
        let codes = words.codes().map(|code| row_of(dimension, Fact::Word(code)));
        for row in codes.chain(matches_none.then(|| row_of(dimension, Fact::None))) {
            if let Some(row) = self.rows.get_mut(usize::from(row)) {
                row.insert(article.bit);
            }
        }
    }

    /// The articles that one row of [`row_of`] matches.
    #[inline]
    pub fn row(&self, row: u16) -> ArticleSet {
        self.rows.get(usize::from(row)).copied().unwrap_or(ArticleSet::EMPTY)
    }

    /// The articles that a fact matches: a grant holds all its words, a bar any; a fact that is not stated matches
    /// every bar that names its dimension and no grant.
    #[inline]
    pub fn matching(&self, dimension: WordDimension, fact: Option<WordSet>) -> ArticleSet {
        let Some(words) = fact else { return self.bars };
        let mut all = self.grants;
        let mut any = self.unnamed.get(dimension.index()).copied().unwrap_or(ArticleSet::EMPTY);
        for code in words.codes() {
            let row = self.row(row_of(dimension, Fact::Word(code)));
            all = all.and(row);
            any = any.or(row);
        }
        all.or(any.and(self.bars))
    }
}

/// A fact that one row of the tables answers.
#[derive(Clone, Copy)]
pub(crate) enum Fact {
    /// Exactly this word.
    Word(u8),
    /// No word, where there may be none.
    None,
}

/// Rows of each dimension: one for each code, and one for no word.
const ROWS_EACH: usize = 65;

/// Where the tables of every law keep a fact's articles, so that a label works its places out once.
pub(crate) const fn row_of(dimension: WordDimension, fact: Fact) -> u16 {
    let place = match fact {
        Fact::Word(code) => code & 63,
        Fact::None => 64,
    };
    #[expect(clippy::cast_possible_truncation, reason = "fourteen dimensions of 65 rows fit")]
    let start = (dimension.index() * ROWS_EACH) as u16;
    start + place as u16
}

const _: () = assert!(WordDimension::COUNT * ROWS_EACH < u16::MAX as usize);

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

    /// The articles that some name of a sort matches.
    pub fn of_any(&self, is_of_sort: impl Fn(&K) -> bool) -> ArticleSet {
        let rows = self.named.iter().filter(|(name, _)| is_of_sort(name));
        rows.fold(ArticleSet::EMPTY, |all, (_, articles)| all.or(*articles))
    }

    /// The names that articles list.
    pub fn names(&self) -> impl Iterator<Item = &K> {
        self.named.iter().map(|(name, _)| name)
    }

    /// Whether every name is alike: then only its presence counts.
    pub fn is_plain(&self) -> bool {
        self.named.is_empty()
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
