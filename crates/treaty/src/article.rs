//! Articles: grants that let go, bars that hold back, duties that never release anything.

use std::collections::BTreeMap;

use chancery_record::{Country, Date, Set, Unit, WithdrawalReason};

use crate::dimension::{WordDimension, WordSet};
use crate::document::Language;
use crate::period::Period;
use crate::words::{Action, Aftermath, Incident, Reach, Requirement};

/// One article: a table with a number, a text for people, and one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Article {
    /// Its number, as it is cited.
    pub number: String,
    /// What it is about, in a few words.
    pub heading: String,
    /// Its text, in every language of the document.
    pub text: BTreeMap<Language, String>,
    /// What it does.
    pub rule: Rule,
}

/// The three sorts of articles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Lets go.
    Grant(Box<Grant>),
    /// Holds back.
    Bar(Box<Bar>),
    /// Says what else the parties owe each other; releases nothing.
    Duty(Duty),
}

/// Lets go whatever lies within its scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// What it covers; every dimension is stated.
    pub scope: Scope,
    /// What must be at hand first; nothing where empty.
    pub requires: Set<Requirement>,
    /// How much may go, if there is a limit.
    pub quota: Option<Quota>,
    /// How long the receiver may hold a copy.
    pub keep: Keep,
}

/// Holds back whatever touches its scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// What it covers; a dimension left out is no limit, so that the bar reaches further.
    pub scope: Scope,
    /// Against which grants.
    pub reach: Reach,
}

/// A box: one finite set for each dimension; `None` where the dimension is not named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Countries that send.
    pub from: Option<Countries>,
    /// Countries that receive.
    pub to: Option<Countries>,
    /// Authorities that send.
    pub from_units: Option<Units>,
    /// Authorities that receive.
    pub to_units: Option<Units>,
    /// By [`WordDimension::index`].
    pub(crate) words: [Option<WordSet>; WordDimension::COUNT],
    /// Countries that sealed the record.
    pub originator: Option<Countries>,
    /// Third countries of an onward transfer.
    pub onward_to: Option<Countries>,
    /// Zones.
    pub zone: Option<Names>,
    /// Named cases.
    pub operation: Option<Names>,
    /// Only records collected at least that long ago.
    pub older_than: Option<Age>,
}

/// A set of countries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Countries {
    /// Every country.
    Any,
    /// These.
    Only(Set<Country>),
}

/// A set of authorities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Units {
    /// Every authority.
    Any,
    /// These.
    Only(Set<Unit>),
}

/// A set of names, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Names {
    /// With one or without.
    Any,
    /// Only without one.
    None,
    /// One of these.
    Only(Set<String>),
}

/// A least age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// Of any age.
    Any,
    /// Collected at least that long ago.
    Over(Period),
}

/// How long a receiver may hold a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// As long as the originator says.
    Originator,
    /// That long after the delivery, and no longer than the originator says.
    For(Period),
}

/// How much may go under a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// So many records.
    pub records: u64,
    /// In that time.
    pub per: Period,
}

/// What the parties owe each other beside records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duty {
    /// Who owes it.
    pub owed_by: Countries,
    /// What is owed.
    pub content: DutyContent,
}

/// What is owed, with its clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DutyContent {
    /// A request is answered within that time.
    ReplyWithin(Period),
    /// A request is refused on these grounds only.
    RefusalGrounds(Vec<WithdrawalReason>),
    /// The other party is told of these within that time.
    Notify(Vec<Incident>, Period),
    /// A correction is made within that time.
    CorrectWithin(Period),
    /// What becomes of copies when the treaty is suspended, and by when.
    OnSuspension(Aftermath, Period),
    /// What becomes of copies when the treaty ends, and by when.
    OnEnd(Aftermath, Period),
    /// How long the log of every use is kept.
    LogKeep(Period),
}

impl Grant {
    /// Whether it lets something go unasked.
    pub(crate) fn is_live(&self) -> bool {
        self.requires.is_empty() && self.quota.is_none() && self.covers(Action::Offer)
    }

    /// Whether it lets a holder pass something on, with the originator's consent where it requires one.
    pub(crate) fn passes_on(&self) -> bool {
        let by_consent_at_most = self.requires.iter().all(|required| *required == Requirement::Consent);
        by_consent_at_most && self.quota.is_none() && self.covers(Action::Onward)
    }

    /// Whether it lets nothing go yet: this version has no requests, assurances and counters to hold it against.
    pub(crate) fn is_dormant(&self) -> bool {
        !self.is_live() && !self.passes_on()
    }

    fn covers(&self, action: Action) -> bool {
        self.scope.words(WordDimension::Action).is_some_and(|actions| actions.contains(action.code()))
    }
}

impl Scope {
    /// The words of a dimension, where it is named.
    pub fn words(&self, dimension: WordDimension) -> Option<WordSet> {
        self.words.get(dimension.index()).copied().flatten()
    }

    pub(crate) fn set_words(&mut self, dimension: WordDimension, words: WordSet) {
        if let Some(slot) = self.words.get_mut(dimension.index()) {
            *slot = Some(words);
        }
    }

    /// Whether it covers what goes from one country to another.
    pub fn covers_direction(&self, from: Country, to: Country) -> bool {
        let covers = |side: &Option<Countries>, country| side.as_ref().is_none_or(|side| side.contains(country));
        from != to && covers(&self.from, from) && covers(&self.to, to)
    }
}

impl Countries {
    /// Whether `country` is one of them.
    pub fn contains(&self, country: Country) -> bool {
        match self {
            Self::Any => true,
            Self::Only(countries) => countries.contains(&country),
        }
    }
}

impl Age {
    /// Whether data collected on that day is old enough.
    pub fn is_reached(self, collected: Date, today: Date) -> bool {
        match self {
            Self::Any => true,
            Self::Over(period) => period.after(collected) <= today,
        }
    }
}

impl Rule {
    /// The scope of what decides; duties have none.
    pub fn scope(&self) -> Option<&Scope> {
        match self {
            Self::Grant(grant) => Some(&grant.scope),
            Self::Bar(bar) => Some(&bar.scope),
            Self::Duty(_) => None,
        }
    }
}

impl Duty {
    /// The key that names it in the file.
    pub fn kind(&self) -> crate::words::DutyKind {
        use crate::words::DutyKind as K;
        match self.content {
            DutyContent::ReplyWithin(_) => K::ReplyWithin,
            DutyContent::RefusalGrounds(_) => K::RefusalGrounds,
            DutyContent::Notify(..) => K::Notify,
            DutyContent::CorrectWithin(_) => K::CorrectWithin,
            DutyContent::OnSuspension(..) => K::OnSuspension,
            DutyContent::OnEnd(..) => K::OnEnd,
            DutyContent::LogKeep(_) => K::LogKeep,
        }
    }
}
