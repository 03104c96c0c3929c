//! The terms of what a decision releases.

use chancery_record::{Caveat, Date, Handling, Onward, SectionName, Set, UnitName};

use super::article_set::ArticleSet;
use super::decision::{Decision, Row};
use crate::article::Keep;
use crate::terms::{Citation, Terms, TermsRow, UseConditions};

impl Decision<'_> {
    /// The terms of the released rows; nothing where none is released.
    pub fn terms(&self, rows: &[Row<'_>], onward: Onward) -> Option<Terms> {
        let released: Vec<&Row<'_>> = rows.iter().filter(|row| !row.granted.is_empty()).collect();
        // The audience stays as long as what it belongs to: its articles say how long a third country may hold a copy.
        let content = released.iter().filter(|row| row.section != SectionName::Audience);
        let keep_until = content.map(|row| self.keep_until(row)).min()?;
        let caveats: Set<Caveat> = released.iter().flat_map(|row| row.group.tags.caveats.iter().copied()).collect();
        let handling: Set<Handling> =
            released.iter().flat_map(|row| row.group.tags.handling.iter().flatten().copied()).collect();
        let conditions =
            UseConditions { keep_until, onward, caveats, handling, requests: Set::default(), consents: Set::default() };
        Terms::new(released.iter().map(|row| self.terms_row(row)).collect(), conditions).ok()
    }

    /// The day on which a copy of the row must be gone: the longest that one of its grants allows, and never longer
    /// than the originator says.
    pub fn keep_until(&self, row: &Row<'_>) -> Date {
        self.kept_under(row.granted)
    }

    /// The longest that one of these grants allows, and never longer than the originator says.
    pub fn kept_under(&self, grants: ArticleSet) -> Date {
        let allowed = grants.bits().filter_map(|bit| match self.edge.grant(bit)?.keep {
            Keep::Originator => Some(self.dates.expires),
            Keep::For(period) => Some(period.after(self.today)),
        });
        allowed.max().unwrap_or(self.today).min(self.dates.expires)
    }

    /// The units that may use the row: those of any of its grants, within what the originator leaves.
    pub fn units(&self, row: &Row<'_>) -> Option<Set<UnitName>> {
        let limit = row.units.as_ref()?;
        let mut units = Set::default();
        for bit in row.granted.bits() {
            // A grant for the whole country makes the row the whole country's.
            units = limit.within(self.edge.to_units(bit)).flatten()?.union(&units);
        }
        Some(units)
    }

    /// The citations of articles.
    pub fn cited(&self, articles: ArticleSet) -> impl Iterator<Item = Citation> {
        articles.bits().filter_map(|bit| {
            let document = self.edge.document_hash(bit)?;
            Some(Citation { document, article: self.edge.article(bit)?.1.number.clone() })
        })
    }

    fn terms_row(&self, row: &Row<'_>) -> TermsRow {
        TermsRow {
            section: row.section,
            purpose: row.purpose,
            articles: self.cited(row.granted).collect(),
            to_units: self.units(row),
        }
    }
}
