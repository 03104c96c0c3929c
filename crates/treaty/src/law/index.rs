//! The index bit of a label and a peer: whether a verdict is worth making.

use chancery_record::Country;

use super::admission::units_left;
use super::article_set::ArticleSet;
use super::decision::usable_by;
use super::edge::{Edge, FACTS};
use crate::dimension::WordDimension;
use crate::label::PreparedLabel;
use crate::quick::{QuickGroup, SEVERAL};
use crate::words::Action;

/// Whether something may go for some purpose, dates left out. It allocates nothing where the audience names countries
/// only.
///
/// INVARIANT (released under an article): the bit only says where a verdict is worth making; what leaves is decided
/// row by row at the wire.
pub(crate) fn may_offer(edge: &Edge, label: &PreparedLabel, sender: Country, receiver: Country) -> bool {
    let quick = &label.quick;
    if quick.originator != sender || (!quick.needs_audience && !quick.lists(receiver)) {
        return false;
    }
    quick.groups().any(|group| {
        let matched = matching(edge, label, group);
        matched.meets(edge.live) && {
            let usable = if quick.needs_audience { usable(edge, label, group, receiver) } else { ArticleSet::ALL };
            any_row(edge, group, matched, usable)
        }
    })
}

/// The articles that match a group; the rest of them is not worked out once no grant is left.
#[inline]
fn matching(edge: &Edge, label: &PreparedLabel, glance: &QuickGroup) -> ArticleSet {
    // Most labels meet no grant by their kind alone.
    let [kind, ..] = glance.rows;
    if !edge.tables.row(kind).meets(edge.live) {
        return ArticleSet::EMPTY;
    }
    let names = match edge.by_presence(glance.zone, glance.operation) {
        Some(names) => names.and(edge.schema(label.quick.schema)),
        None => match label.groups.get(usize::from(glance.group)) {
            Some(group) => {
                let offer = edge.word(WordDimension::Action, Action::Offer.code());
                edge.names(&label.label, group).and(offer).and(edge.timeless())
            }
            None => return ArticleSet::EMPTY,
        },
    };
    let mut matched = names;
    for row in glance.rows.iter().filter(|row| **row != SEVERAL) {
        matched = matched.and(edge.tables.row(*row));
        if !matched.meets(edge.live) {
            return ArticleSet::EMPTY;
        }
    }
    for (_, dimension) in glance.rows.iter().zip(FACTS).filter(|(row, _)| **row == SEVERAL) {
        let words = label.groups.get(usize::from(glance.group)).and_then(|group| group.words(dimension));
        matched = matched.and(edge.words(dimension, words));
    }
    matched
}

fn usable(edge: &Edge, label: &PreparedLabel, glance: &QuickGroup, receiver: Country) -> ArticleSet {
    let group = label.groups.get(usize::from(glance.group));
    let units = group.and_then(|group| units_left(&label.label, group.tags.tlp, receiver).ok());
    units.map_or(ArticleSet::EMPTY, |units| usable_by(edge, &units))
}

fn any_row(edge: &Edge, glance: &QuickGroup, matched: ArticleSet, usable: ArticleSet) -> bool {
    glance.sections.codes().any(|section| {
        let matched = matched.and(edge.word(WordDimension::Sections, section));
        let row = |code| matched.and(edge.word(WordDimension::Purposes, code));
        matched.meets(edge.live) && glance.purposes.codes().any(|code| !edge.granted(row(code), usable).is_empty())
    })
}
