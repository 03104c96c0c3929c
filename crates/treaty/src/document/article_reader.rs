//! Reading of articles.

use std::collections::BTreeMap;

use chancery_record::Set;

use super::reader::{Keys, Naming, Reader, clip};
use super::scope_reader::ScopeOf;
use super::{FaultCause, Language};
use crate::article::{Article, Bar, Grant, Keep, Quota, Rule};
use crate::case::Case;
use crate::dimension::Dimension;
use crate::limits::{
    ARTICLE_NUMBER_BYTES_MAX, ARTICLE_TEXT_BYTES_MAX, ARTICLES_PER_DOCUMENT_MAX, CASES_MAX, SHORT_TEXT_BYTES_MAX,
};
use crate::words::{Reach, Requirement};

impl<'a> Reader<'a> {
    /// Reads the articles and worked examples; nothing can be said of them where the header is faulty.
    pub fn body(&mut self, keys: &Keys<'a>, naming: Option<&Naming<'_>>) -> (Vec<Article>, Vec<Case>) {
        let Some(naming) = naming else { return (Vec::new(), Vec::new()) };
        let mut articles: Vec<Article> = Vec::new();
        for table in self.tables(keys, "article", ARTICLES_PER_DOCUMENT_MAX) {
            let Some(article) = self.article(table.clone(), naming) else { continue };
            if articles.iter().any(|other| other.number == article.number) {
                self.fault("article", table.span.clone(), FaultCause::Twice(article.number.clone()));
            }
            articles.push(article);
        }
        if keys.get("article").is_none() {
            self.fault("document", 0..0, FaultCause::Missing("article"));
        }
        let mut cases: Vec<Case> = Vec::new();
        for table in self.tables(keys, "case", CASES_MAX) {
            let Some(case) = self.case(&table, naming, &articles) else { continue };
            if cases.iter().any(|other| other.name == case.name) {
                self.fault("case", table.span.clone(), FaultCause::Twice(case.name.clone()));
            }
            cases.push(case);
        }
        (articles, cases)
    }

    fn article(&mut self, mut keys: Keys<'a>, naming: &Naming<'_>) -> Option<Article> {
        let number = self.required(&keys, "n").and_then(|value| {
            let number = self.text(&value, ARTICLE_NUMBER_BYTES_MAX)?;
            let legal = |letter: char| letter.is_alphanumeric() || " .()-/§".contains(letter);
            if !number.chars().all(legal) || number.trim() != number {
                self.fault_at(&value, FaultCause::Text("a number is made of letters, digits, spaces and .()-/§"));
                return None;
            }
            Some(number.to_owned())
        });
        if let Some(number) = &number {
            keys.path = format!("article {number}");
        }
        let text = self.texts_by_language(&keys, naming);
        let sorts = ["grant", "bar", "duty"].map(|key| keys.get(key));
        let (heading, rule) = match sorts {
            [Some(heading), None, None] => {
                let heading = self.text(&heading, SHORT_TEXT_BYTES_MAX).map(str::to_owned);
                (heading, self.grant(&keys, naming).map(|grant| Rule::Grant(Box::new(grant))))
            }
            [None, Some(heading), None] => {
                let heading = self.text(&heading, SHORT_TEXT_BYTES_MAX).map(str::to_owned);
                (heading, self.bar(&keys, naming).map(|bar| Rule::Bar(Box::new(bar))))
            }
            [None, None, Some(_)] if naming.law_of.is_none() => {
                let duty = self.duty(&keys, naming);
                (duty.as_ref().map(|duty| duty.kind().word().replace('_', " ")), duty.map(Rule::Duty))
            }
            [None, None, Some(_)] => {
                self.fault(keys.path.clone(), keys.span.clone(), FaultCause::NotABar);
                return None;
            }
            _ => {
                self.fault(keys.path.clone(), keys.span.clone(), FaultCause::ArticleSort);
                return None;
            }
        };
        Some(Article { number: number?, heading: heading?, text: text?, rule: rule? })
    }

    fn texts_by_language(&mut self, keys: &Keys<'a>, naming: &Naming<'_>) -> Option<BTreeMap<Language, String>> {
        let value = self.required(keys, "text")?;
        let table = self.table(&value, format!("{}: text", keys.path))?;
        let mut texts = BTreeMap::new();
        for (key, text) in table.table.iter() {
            let name: &str = key.get_ref();
            let value = super::reader::Value { value: text, path: format!("{}.{}", table.path, clip(name)) };
            match Language::from_letters(name).filter(|language| naming.languages.contains(language)) {
                Some(language) => {
                    if let Some(text) = self.text(&value, ARTICLE_TEXT_BYTES_MAX) {
                        texts.insert(language, text.trim().to_owned());
                    }
                }
                None => self.fault_at(&value, FaultCause::Language(clip(name))),
            }
        }
        for language in naming.languages {
            if table.get(&language.to_string()).is_none() {
                self.fault(table.path.clone(), table.span.clone(), FaultCause::TextMissing(language.to_string()));
            }
        }
        Some(texts)
    }

    fn grant(&mut self, keys: &Keys<'a>, naming: &Naming<'_>) -> Option<Grant> {
        if naming.law_of.is_some() {
            self.fault(keys.path.clone(), keys.span.clone(), FaultCause::NotABar);
            return None;
        }
        let mut known: Vec<&'static str> = dimension_keys();
        known.extend(["n", "grant", "text"]);
        self.refuse_keys_of_other_sorts(keys, "grant", &["reach"]);
        known.push("reach");
        self.refuse_unknown(keys, &known);
        let scope = self.scope(keys, naming, ScopeOf::Grant);
        let requires = self.requires(keys);
        let quota = self.quota(keys);
        let keep = self.keep(keys);
        Some(Grant { scope, requires: requires?, quota: quota?, keep: keep? })
    }

    fn bar(&mut self, keys: &Keys<'a>, naming: &Naming<'_>) -> Option<Bar> {
        let mut known = dimension_keys();
        known.extend(["n", "bar", "text", "reach"]);
        self.refuse_keys_of_other_sorts(keys, "bar", &["requires", "quota", "keep"]);
        self.refuse_unknown(keys, &known);
        let scope = self.scope(keys, naming, ScopeOf::Bar);
        let reach = match (naming.law_of, keys.get("reach")) {
            // A law reaches everything that leaves the country.
            (Some(_), None) => Reach::Parties,
            (Some(_), Some(value)) => {
                self.fault_at(&value, FaultCause::KeyOfAnotherSort { sort: "bar of a law", key: "reach".to_owned() });
                return None;
            }
            (None, _) => self.reach(keys)?,
        };
        Some(Bar { scope, reach })
    }

    fn reach(&mut self, keys: &Keys<'a>) -> Option<Reach> {
        let value = self.required(keys, "reach")?;
        match self.text(&value, SHORT_TEXT_BYTES_MAX)?.parse() {
            Ok(reach) => Some(reach),
            Err(unknown) => {
                self.fault_at(&value, unknown);
                None
            }
        }
    }

    fn requires(&mut self, keys: &Keys<'a>) -> Option<Set<Requirement>> {
        let value = self.dimension(keys, Dimension::Requires, ScopeOf::Grant)?;
        if value.as_text() == Some("none") {
            return Some(Set::default());
        }
        let mut required = Vec::new();
        let texts = self.texts(&value, Requirement::ALL.len())?;
        if texts.is_empty() {
            self.fault_at(&value, FaultCause::EmptySet);
        }
        for (text, entry) in texts {
            match text.parse() {
                Ok(word) => required.push(word),
                Err(unknown) => self.fault_at(&entry, FaultCause::Word(unknown)),
            }
        }
        Some(required.into_iter().collect())
    }

    fn quota(&mut self, keys: &Keys<'a>) -> Option<Option<Quota>> {
        let value = self.dimension(keys, Dimension::Quota, ScopeOf::Grant)?;
        if value.as_text() == Some("none") {
            return Some(None);
        }
        let table = self.table(&value, value.path.clone())?;
        self.refuse_unknown(&table, &["records", "per"]);
        let records = self.required(&table, "records").and_then(|value| self.number(&value, 1, u64::MAX >> 1));
        let per = self.required(&table, "per").and_then(|value| self.period(&value));
        Some(Some(Quota { records: records?, per: per? }))
    }

    fn keep(&mut self, keys: &Keys<'a>) -> Option<Keep> {
        let value = self.dimension(keys, Dimension::Keep, ScopeOf::Grant)?;
        if value.as_text() == Some("originator") {
            return Some(Keep::Originator);
        }
        self.period(&value).map(Keep::For)
    }

    fn refuse_keys_of_other_sorts(&mut self, keys: &Keys<'a>, sort: &'static str, foreign: &[&'static str]) {
        for key in foreign {
            if let Some(value) = keys.get(key) {
                self.fault_at(&value, FaultCause::KeyOfAnotherSort { sort, key: (*key).to_owned() });
            }
        }
    }
}

/// The keys of all dimensions that an article may state; the schema stands in the header.
fn dimension_keys() -> Vec<&'static str> {
    Dimension::ALL
        .iter()
        .filter(|dimension| **dimension != Dimension::Schema)
        .map(|dimension| dimension.word())
        .collect()
}
