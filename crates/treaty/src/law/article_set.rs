//! A set of articles, one bit for each that bears on a direction.

use crate::limits::ARTICLES_PER_PEER_MAX;

/// Bits of articles; verdict and citations are the same bits.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ArticleSet([u64; ARTICLES_PER_PEER_MAX / 64]);

impl ArticleSet {
    /// No article.
    pub const EMPTY: Self = Self([0; ARTICLES_PER_PEER_MAX / 64]);
    /// Every bit.
    pub const ALL: Self = Self([u64::MAX; ARTICLES_PER_PEER_MAX / 64]);

    pub fn insert(&mut self, bit: usize) {
        if let Some(word) = self.0.get_mut(bit / 64) {
            *word |= 1 << (bit % 64);
        }
    }

    #[inline]
    pub fn contains(&self, bit: usize) -> bool {
        self.0.get(bit / 64).is_some_and(|word| word & (1 << (bit % 64)) != 0)
    }

    #[inline]
    pub fn and(self, other: Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Self([a & e, b & f, c & g, d & h])
    }

    #[inline]
    pub fn or(self, other: Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Self([a | e, b | f, c | g, d | h])
    }

    #[inline]
    pub fn without(self, other: Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Self([a & !e, b & !f, c & !g, d & !h])
    }

    #[inline]
    pub fn is_empty(self) -> bool {
        let [a, b, c, d] = self.0;
        a | b | c | d == 0
    }

    #[inline]
    pub fn meets(self, other: Self) -> bool {
        !self.and(other).is_empty()
    }

    /// The bits, ascending.
    pub fn bits(self) -> impl Iterator<Item = usize> {
        self.0.into_iter().enumerate().flat_map(|(at, mut word)| {
            std::iter::from_fn(move || {
                let bit = word.trailing_zeros() as usize;
                (bit < 64).then(|| {
                    word &= word - 1;
                    at * 64 + bit
                })
            })
        })
    }
}

impl FromIterator<usize> for ArticleSet {
    fn from_iter<I: IntoIterator<Item = usize>>(bits: I) -> Self {
        let mut set = Self::EMPTY;
        bits.into_iter().for_each(|bit| set.insert(bit));
        set
    }
}

impl std::fmt::Debug for ArticleSet {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_set().entries(self.bits()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_come_back() {
        let bits = [0, 63, 64, 130, 255];
        let set: ArticleSet = bits.into_iter().collect();
        assert_eq!(set.bits().collect::<Vec<_>>(), bits);
        assert!(set.contains(130) && !set.contains(131) && !set.contains(256));
        assert_eq!(ArticleSet::ALL.without(set).or(set), ArticleSet::ALL);
        assert!(ArticleSet::ALL.and(ArticleSet::EMPTY).is_empty());
    }
}
