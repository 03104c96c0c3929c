//! Reading of a scope: one value for each dimension.

use chancery_record::{Country, Set, Unit};

use super::FaultCause;
use super::reader::{Keys, Naming, Reader, Value, clip, sort};
use crate::article::{Age, Countries, Names, Scope, Units};
use crate::dimension::{Dimension, WordDimension, WordSet};
use crate::limits::{SET_VALUES_MAX, SHORT_TEXT_BYTES_MAX};
use crate::period::Period;

/// Which sort of article a scope belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ScopeOf {
    Grant,
    Bar,
}

impl<'a> Reader<'a> {
    /// Reads the dimensions of a grant or bar. What is faulty is noted; the scope is used only where nothing is.
    pub fn scope(&mut self, keys: &Keys<'a>, naming: &Naming<'_>, of: ScopeOf) -> Scope {
        let mut scope = Scope::default();
        for dimension in WordDimension::ALL {
            if let Some(value) = self.dimension(keys, dimension.dimension(), of)
                && let Some(words) = self.words(&value, *dimension, of)
            {
                scope.set_words(*dimension, words);
            }
        }
        let countries = |reader: &mut Self, dimension, parties: Option<&Set<Country>>| {
            let value = reader.dimension(keys, dimension, of)?;
            reader.countries(&value, naming, parties)
        };
        scope.from = countries(self, Dimension::From, naming.parties);
        scope.to = countries(self, Dimension::To, naming.parties);
        scope.originator = countries(self, Dimension::Originator, None);
        scope.onward_to = countries(self, Dimension::OnwardTo, None);
        scope.from_units = self.dimension(keys, Dimension::FromUnits, of).and_then(|value| self.units(&value, naming));
        scope.to_units = self.dimension(keys, Dimension::ToUnits, of).and_then(|value| self.units(&value, naming));
        scope.zone = self.dimension(keys, Dimension::Zone, of).and_then(|value| self.zones(&value, naming));
        scope.operation =
            self.dimension(keys, Dimension::Operation, of).and_then(|value| self.operations(&value, naming));
        scope.older_than = self.dimension(keys, Dimension::OlderThan, of).and_then(|value| self.age(&value));
        if of == ScopeOf::Bar && scope.onward_to.is_some() {
            let onward = WordSet::one(crate::words::Action::Onward.code());
            if scope.words(WordDimension::Action) != Some(onward) {
                self.fault(keys.path.clone(), keys.span.clone(), FaultCause::OnwardWithoutAction);
            }
        }
        scope
    }

    /// The value of a dimension. A grant must have it; a bar's must stand on one line.
    pub fn dimension(&mut self, keys: &Keys<'a>, dimension: Dimension, of: ScopeOf) -> Option<Value<'a>> {
        let value = keys.get(dimension.word());
        match (&value, of) {
            (None, ScopeOf::Grant) => {
                self.fault(keys.path.clone(), keys.span.clone(), FaultCause::DimensionMissing(dimension));
            }
            (Some(value), ScopeOf::Bar) => {
                let written = self.source.get(value.value.span()).unwrap_or("\n");
                if written.contains('\n') {
                    self.fault_at(value, FaultCause::OverLines);
                }
            }
            _ => {}
        }
        value
    }

    fn words(&mut self, value: &Value<'a>, dimension: WordDimension, of: ScopeOf) -> Option<WordSet> {
        let vocabulary = dimension.first_vocabulary();
        if let Some(text) = value.as_text() {
            if text == "any" {
                return Some(vocabulary);
            }
            if text == "none" && dimension.may_be_empty() {
                return self.no_words(value, of);
            }
            if dimension.is_ordered()
                && let Some(words) = self.ordered(value, text, dimension)
            {
                return words;
            }
        }
        let texts = self.texts(value, SET_VALUES_MAX)?;
        if texts.is_empty() {
            if dimension.may_be_empty() {
                return self.no_words(value, of);
            }
            self.fault_at(value, FaultCause::EmptySet);
            return None;
        }
        let mut words = WordSet::EMPTY;
        for (text, entry) in texts {
            match dimension.code(text) {
                Ok(code) if of == ScopeOf::Grant && dimension.unknown() == Some(code) => {
                    self.fault_at(&entry, FaultCause::UnknownOnGrant(dimension.word(code)));
                }
                Ok(code) => words = words.union(WordSet::one(code)),
                Err(unknown) => self.fault_at(&entry, unknown),
            }
        }
        Some(words)
    }

    fn no_words(&mut self, value: &Value<'a>, of: ScopeOf) -> Option<WordSet> {
        if of == ScopeOf::Bar {
            self.fault_at(value, FaultCause::NoneOnBar);
            return None;
        }
        Some(WordSet::EMPTY)
    }

    /// `up to RESTRICTED`, `from SECRET`; nothing where the text is neither.
    fn ordered(&mut self, value: &Value<'a>, text: &str, dimension: WordDimension) -> Option<Option<WordSet>> {
        let (bound, is_upper) = match (text.strip_prefix("up to "), text.strip_prefix("from ")) {
            (Some(bound), _) => (bound, true),
            (_, Some(bound)) => (bound, false),
            _ => return None,
        };
        match dimension.code(bound) {
            Ok(bound) => {
                let within = |code: &u8| if is_upper { *code <= bound } else { *code >= bound };
                Some(Some(dimension.first_vocabulary().codes().filter(within).collect()))
            }
            Err(unknown) => {
                self.fault_at(value, unknown);
                Some(None)
            }
        }
    }

    /// A set of countries and groups; where `parties` are given, only of those.
    pub fn countries(
        &mut self,
        value: &Value<'a>,
        naming: &Naming<'_>,
        parties: Option<&Set<Country>>,
    ) -> Option<Countries> {
        if value.as_text() == Some("any") {
            return Some(Countries::Any);
        }
        let mut countries = Vec::new();
        let texts = self.texts(value, SET_VALUES_MAX)?;
        for (text, entry) in &texts {
            if let Some(members) = naming.annex.groups.get(*text) {
                countries.extend(members.iter().copied());
                continue;
            }
            match text.parse::<Country>() {
                Ok(country) if parties.is_some_and(|parties| !parties.contains(&country)) => {
                    self.fault_at(entry, FaultCause::NotAParty(country));
                }
                Ok(country) => countries.push(country),
                Err(fault) if text.len() == 2 => self.fault_at(entry, fault),
                Err(_) => self.fault_at(entry, FaultCause::UnknownGroup(clip(text))),
            }
        }
        if texts.is_empty() {
            self.fault_at(value, FaultCause::EmptySet);
        }
        Some(Countries::Only(countries.into_iter().collect()))
    }

    fn units(&mut self, value: &Value<'a>, naming: &Naming<'_>) -> Option<Units> {
        if value.as_text() == Some("any") {
            return Some(Units::Any);
        }
        let mut units = Vec::new();
        let texts = self.texts(value, SET_VALUES_MAX)?;
        for (text, entry) in &texts {
            match text.parse::<Unit>() {
                Ok(unit) if naming.parties.is_some_and(|parties| !parties.contains(&unit.country)) => {
                    self.fault_at(entry, FaultCause::NotAParty(unit.country));
                }
                Ok(unit) => units.push(unit),
                Err(fault) => self.fault_at(entry, fault),
            }
        }
        if texts.is_empty() {
            self.fault_at(value, FaultCause::EmptySet);
        }
        Some(Units::Only(units.into_iter().collect()))
    }

    fn zones(&mut self, value: &Value<'a>, naming: &Naming<'_>) -> Option<Names> {
        self.named(value, |text| is_subdivision(text) || naming.annex.zones.contains(&text.to_owned()))
    }

    fn operations(&mut self, value: &Value<'a>, naming: &Naming<'_>) -> Option<Names> {
        self.named(value, |text| naming.annex.operations.contains(&text.to_owned()))
    }

    fn named(&mut self, value: &Value<'a>, is_known: impl Fn(&str) -> bool) -> Option<Names> {
        match value.as_text() {
            Some("any") => return Some(Names::Any),
            Some("none") => return Some(Names::None),
            _ => {}
        }
        let texts = self.texts(value, SET_VALUES_MAX)?;
        for (text, entry) in &texts {
            if !is_known(text) {
                self.fault_at(entry, FaultCause::NotInAnnex(clip(text)));
            }
        }
        if texts.is_empty() {
            self.fault_at(value, FaultCause::EmptySet);
        }
        Some(Names::Only(texts.into_iter().map(|(text, _)| text.to_owned()).collect()))
    }

    fn age(&mut self, value: &Value<'a>) -> Option<Age> {
        if value.as_text() == Some("any") {
            return Some(Age::Any);
        }
        let period = self.period(value)?;
        if period.is_hours() {
            self.fault_at(value, sort("`any`, or a number of days or years", value));
            return None;
        }
        Some(Age::Over(period))
    }

    /// A period.
    pub fn period(&mut self, value: &Value<'a>) -> Option<Period> {
        match Period::parse(self.text(value, SHORT_TEXT_BYTES_MAX)?) {
            Ok(period) => Some(period),
            Err(fault) => {
                self.fault_at(value, fault);
                None
            }
        }
    }
}

/// ISO 3166-2: a country, a hyphen, one to three letters or digits.
fn is_subdivision(text: &str) -> bool {
    let Some((country, rest)) = text.split_once('-') else { return false };
    let legal = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    country.parse::<Country>().is_ok() && (1..=3).contains(&rest.len()) && rest.bytes().all(legal)
}
