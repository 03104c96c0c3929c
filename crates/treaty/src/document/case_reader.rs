//! Reading of worked examples.

use chancery_record::{Audience, Kind, SectionName, SectionTags, UnitName, UseTags};
use serde::de::DeserializeOwned;
use toml::de::ValueDeserializer;

use super::FaultCause;
use super::reader::{Keys, Naming, Reader, Value, clip};
use crate::article::Article;
use crate::case::{Case, CaseRecord, Expectation};
use crate::label::Label;
use crate::limits::{SET_VALUES_MAX, SHORT_TEXT_BYTES_MAX};

/// The expiry of an example's record, where it states none: years after the day of the example.
const CASE_RECORD_YEARS: i16 = 1;

impl<'a> Reader<'a> {
    /// Reads one example.
    pub fn case(&mut self, keys: &Keys<'a>, naming: &Naming<'_>, articles: &[Article]) -> Option<Case> {
        self.refuse_unknown(keys, &["name", "from", "to", "record", "purpose", "section", "on", "expect"]);
        let name = self.required(keys, "name").and_then(|value| self.text(&value, SHORT_TEXT_BYTES_MAX));
        // A law's examples always start from its own country.
        let from = match naming.law_of {
            Some(country) => keys.get("from").map_or(Some(country), |value| self.party(&value, naming)),
            None => self.required(keys, "from").and_then(|value| self.party(&value, naming)),
        };
        let to = self.required(keys, "to").and_then(|value| self.party(&value, naming));
        let purpose = self.required(keys, "purpose").and_then(|value| self.word(&value));
        let section = keys.get("section").map(|value| self.word::<SectionName>(&value));
        let on = self.required(keys, "on").and_then(|value| self.date(&value));
        let expect = self.required(keys, "expect").and_then(|value| self.expectation(&value, naming, articles));
        let (from, on) = (from?, on?);
        let record = self.required(keys, "record").and_then(|value| {
            let table = self.table(&value, format!("{}: record", keys.path))?;
            self.case_record(&table, naming, from, on)
        });
        Some(Case {
            name: name?.to_owned(),
            from,
            to: to?,
            purpose: purpose?,
            section: section.map_or(Some(None), |section| section.map(Some))?,
            on,
            record: record?,
            expect: expect?,
        })
    }

    fn case_record(
        &mut self,
        keys: &Keys<'a>,
        naming: &Naming<'_>,
        originator: chancery_record::Country,
        on: chancery_record::Date,
    ) -> Option<CaseRecord> {
        self.refuse_unknown(
            keys,
            &["kind", "unit", "sections", "section_tags", "tags", "audience", "collected", "expires"],
        );
        let kind: Option<Kind> = self.required(keys, "kind").and_then(|value| self.word(&value));
        let unit = keys.get("unit").map_or_else(|| "CASE".parse::<UnitName>().ok(), |value| self.unit_name(&value));
        let sections = self.required(keys, "sections").and_then(|value| self.case_sections(&value, kind));
        let tags = self.required(keys, "tags").and_then(|value| self.tags::<UseTags>(&value));
        let audience = keys.get("audience").map(|value| self.tags::<Audience>(&value));
        let audience = audience.unwrap_or_else(|| Some(CaseRecord::open_audience()));
        let collected = keys.get("collected").map_or(Some(on), |value| self.date(&value));
        let expires = keys.get("expires").map_or(Some(on.plus_years(CASE_RECORD_YEARS)), |value| self.date(&value));
        let mut sections: Vec<(SectionName, SectionTags)> =
            sections?.into_iter().map(|name| (name, SectionTags::default())).collect();
        if let Some(value) = keys.get("section_tags") {
            self.case_section_tags(&value, &mut sections)?;
        }
        let label = Label {
            originator,
            unit: unit?,
            kind: kind?,
            schema: naming.schema,
            tags: tags?,
            sections,
            audience: Some(audience?),
        };
        Some(CaseRecord { label: label.reduced(), collected: collected?, expires: expires? })
    }

    fn case_sections(&mut self, value: &Value<'a>, kind: Option<Kind>) -> Option<Vec<SectionName>> {
        let mut names: Vec<SectionName> = Vec::new();
        for (text, entry) in self.texts(value, SET_VALUES_MAX)? {
            match text.parse::<SectionName>() {
                Ok(name) if names.contains(&name) => self.fault_at(&entry, FaultCause::Twice(name.to_string())),
                Ok(name) if kind.is_some_and(|kind| !kind.sections().contains(&name)) => {
                    self.fault_at(&entry, FaultCause::Text("the kind has no such section"));
                }
                Ok(name) => names.push(name),
                Err(unknown) => self.fault_at(&entry, unknown),
            }
        }
        if names.is_empty() {
            self.fault_at(value, FaultCause::EmptySet);
            return None;
        }
        Some(names)
    }

    fn case_section_tags(&mut self, value: &Value<'a>, sections: &mut [(SectionName, SectionTags)]) -> Option<()> {
        let table = self.table(value, value.path.clone())?;
        for (key, tags) in table.table.iter() {
            let name: &str = key.get_ref();
            let value = Value { value: tags, path: format!("{}.{}", table.path, clip(name)) };
            match sections.iter_mut().find(|(section, _)| section.word() == name) {
                Some((_, slot)) => *slot = self.tags::<SectionTags>(&value)?,
                None => self.fault_at(&value, FaultCause::Text("the example's record has no such section")),
            }
        }
        Some(())
    }

    fn party(&mut self, value: &Value<'a>, naming: &Naming<'_>) -> Option<chancery_record::Country> {
        let country = self.country(value)?;
        if naming.parties.is_some_and(|parties| !parties.contains(&country)) {
            self.fault_at(value, FaultCause::NotAParty(country));
        }
        Some(country)
    }

    fn unit_name(&mut self, value: &Value<'a>) -> Option<UnitName> {
        match self.text(value, SHORT_TEXT_BYTES_MAX)?.parse() {
            Ok(name) => Some(name),
            Err(fault) => {
                self.fault_at(value, FaultCause::Country(fault));
                None
            }
        }
    }

    fn word<T>(&mut self, value: &Value<'a>) -> Option<T>
    where
        T: std::str::FromStr<Err = chancery_record::words::UnknownWord>,
    {
        match self.text(value, SHORT_TEXT_BYTES_MAX)?.parse() {
            Ok(word) => Some(word),
            Err(unknown) => {
                self.fault_at(value, FaultCause::Word(unknown));
                None
            }
        }
    }

    fn tags<T: DeserializeOwned>(&mut self, value: &Value<'a>) -> Option<T> {
        match T::deserialize(ValueDeserializer::from(value.value.clone())) {
            Ok(tags) => Some(tags),
            Err(error) => {
                let span = error.span().unwrap_or_else(|| value.value.span());
                self.fault(value.path.clone(), span, FaultCause::Tags { reason: clip(error.message()) });
                None
            }
        }
    }

    fn expectation(&mut self, value: &Value<'a>, naming: &Naming<'_>, articles: &[Article]) -> Option<Expectation> {
        // A law lets nothing go, so its examples either name the bar that holds or say that none does.
        let fits = |expect: &Expectation| match expect {
            Expectation::Release(_) => naming.law_of.is_none(),
            Expectation::Withhold(bars) => naming.law_of.is_none() || !bars.is_empty(),
            Expectation::Pass => naming.law_of.is_some(),
        };
        let Some(expect) = Expectation::parse(self.text(value, SHORT_TEXT_BYTES_MAX)?).filter(fits) else {
            self.fault_at(value, FaultCause::Expectation);
            return None;
        };
        for number in expect.articles() {
            if !articles.iter().any(|article| article.number == *number) {
                self.fault_at(value, FaultCause::NoSuchArticle(clip(number)));
            }
        }
        Some(expect)
    }
}
