//! Reading of headers and of the annex.

use std::collections::BTreeMap;

use chancery_record::{Country, DocumentHash, SCHEMA_VERSION, Set};

use super::reader::{Keys, Reader, Value, clip};
use super::{Annex, FaultCause, Language, LawHeader, TreatyHeader, VOCABULARY};
use crate::limits::{ANNEX_ENTRIES_MAX, LANGUAGES_MAX, PARTIES_MAX, SHORT_TEXT_BYTES_MAX};

const TREATY_KEYS: &[&str] = &[
    "treaty",
    "title",
    "parties",
    "version",
    "supersedes",
    "vocabulary",
    "schema",
    "in_force",
    "expires",
    "languages",
    "groups",
    "zones",
    "operations",
    "article",
    "case",
];
const LAW_KEYS: &[&str] =
    &["law", "title", "vocabulary", "languages", "groups", "zones", "operations", "article", "case"];

impl<'a> Reader<'a> {
    /// Reads a treaty's header.
    pub fn treaty_header(&mut self, keys: &Keys<'a>) -> Option<TreatyHeader> {
        self.refuse_unknown(keys, TREATY_KEYS);
        let id = self.required(keys, "treaty").and_then(|value| self.treaty_id(&value));
        let title = self.title(keys);
        let parties = self.required(keys, "parties").and_then(|value| self.parties(&value));
        let version = self.required(keys, "version").and_then(|value| self.number(&value, 1, u64::from(u32::MAX)));
        let supersedes = keys.get("supersedes");
        let superseded = supersedes.as_ref().map(|value| self.document_hash(value));
        self.vocabulary(keys);
        let schema = self.required(keys, "schema").and_then(|value| self.number(&value, 1, u64::from(SCHEMA_VERSION)));
        let in_force = self.required(keys, "in_force").and_then(|value| self.date(&value));
        let expires = self.required(keys, "expires").and_then(|value| self.date(&value));
        if let (Some(start), Some(end), Some(value)) = (in_force, expires, keys.get("expires"))
            && end <= start
        {
            self.fault_at(&value, FaultCause::Dates);
        }
        let languages = self.languages(keys);
        let annex = self.annex(keys);
        Some(TreatyHeader {
            id: id?,
            title: title?,
            parties: parties?,
            version: u32::try_from(version?).ok()?,
            supersedes: superseded.map_or(Some(None), |hash| hash.map(Some))?,
            schema: u16::try_from(schema?).ok()?,
            in_force: in_force?,
            expires: expires?,
            languages: languages?,
            annex: annex?,
        })
    }

    /// Reads a law's header.
    pub fn law_header(&mut self, keys: &Keys<'a>) -> Option<LawHeader> {
        self.refuse_unknown(keys, LAW_KEYS);
        let country = self.required(keys, "law").and_then(|value| self.country(&value));
        let title = self.title(keys);
        self.vocabulary(keys);
        let languages = self.languages(keys);
        let annex = self.annex(keys);
        Some(LawHeader { country: country?, title: title?, languages: languages?, annex: annex? })
    }

    /// One country.
    pub fn country(&mut self, value: &Value<'a>) -> Option<Country> {
        match self.text(value, SHORT_TEXT_BYTES_MAX)?.parse() {
            Ok(country) => Some(country),
            Err(fault) => {
                self.fault_at(value, fault);
                None
            }
        }
    }

    fn title(&mut self, keys: &Keys<'a>) -> Option<String> {
        let value = self.required(keys, "title")?;
        self.text(&value, SHORT_TEXT_BYTES_MAX).map(str::to_owned)
    }

    fn treaty_id(&mut self, value: &Value<'a>) -> Option<String> {
        let id = self.text(value, SHORT_TEXT_BYTES_MAX)?;
        let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if id.len() > 64 || !id.bytes().all(legal) {
            self.fault_at(value, FaultCause::Text("an id is 1 to 64 small letters, digits or hyphens"));
            return None;
        }
        Some(id.to_owned())
    }

    fn document_hash(&mut self, value: &Value<'a>) -> Option<DocumentHash> {
        let hash = self.text(value, SHORT_TEXT_BYTES_MAX)?.parse().ok();
        if hash.is_none() {
            self.fault_at(value, FaultCause::Text("a hash is 64 hexadecimal digits, as `treaty show` prints it"));
        }
        hash
    }

    fn vocabulary(&mut self, keys: &Keys<'a>) {
        let Some(value) = self.required(keys, "vocabulary") else { return };
        if let Some(name) = self.text(&value, SHORT_TEXT_BYTES_MAX)
            && name != VOCABULARY
        {
            self.fault_at(&value, FaultCause::Vocabulary(clip(name)));
        }
    }

    fn parties(&mut self, value: &Value<'a>) -> Option<Set<Country>> {
        let entries = self.list(value, PARTIES_MAX)?;
        let count = entries.len();
        let parties: Set<Country> = entries.iter().filter_map(|entry| self.country(entry)).collect();
        if count < 2 {
            self.fault_at(value, FaultCause::Text("a treaty has at least two parties"));
            return None;
        }
        if parties.len() < count {
            self.fault_at(value, FaultCause::Text("a party is no country, or stands twice"));
            return None;
        }
        Some(parties)
    }

    fn languages(&mut self, keys: &Keys<'a>) -> Option<Vec<Language>> {
        let value = self.required(keys, "languages")?;
        let mut languages = Vec::new();
        for (text, entry) in self.texts(&value, LANGUAGES_MAX)? {
            match Language::from_letters(text) {
                Some(language) if !languages.contains(&language) => languages.push(language),
                Some(language) => self.fault_at(&entry, FaultCause::Twice(language.to_string())),
                None => self.fault_at(&entry, FaultCause::Language(clip(text))),
            }
        }
        if languages.is_empty() {
            self.fault_at(&value, FaultCause::EmptySet);
            return None;
        }
        Some(languages)
    }

    fn annex(&mut self, keys: &Keys<'a>) -> Option<Annex> {
        Some(Annex {
            groups: self.groups(keys)?,
            zones: self.names(keys, "zones")?,
            operations: self.names(keys, "operations")?,
        })
    }

    fn groups(&mut self, keys: &Keys<'a>) -> Option<BTreeMap<String, Set<Country>>> {
        let mut groups = BTreeMap::new();
        let Some(value) = keys.get("groups") else { return Some(groups) };
        let table = self.table(&value, "groups".to_owned())?;
        if table.table.len() > ANNEX_ENTRIES_MAX {
            self.fault_at(&value, FaultCause::TooMany { found: table.table.len(), limit: ANNEX_ENTRIES_MAX });
            return None;
        }
        for (key, members) in table.table.iter() {
            let name: &str = key.get_ref();
            let members = Value { value: members, path: format!("groups: {}", clip(name)) };
            let legal = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '_';
            // Two capital letters would read as a country.
            if name.len() < 3 || name.len() > 64 || name == "any" || !name.chars().all(legal) {
                self.fault_at(
                    &members,
                    FaultCause::Text("a group's name is 3 to 64 letters, digits, hyphens or underscores"),
                );
                continue;
            }
            let entries = self.list(&members, ANNEX_ENTRIES_MAX)?;
            let countries: Set<Country> = entries.iter().filter_map(|entry| self.country(entry)).collect();
            if countries.is_empty() {
                self.fault_at(&members, FaultCause::EmptySet);
            }
            groups.insert(name.to_owned(), countries);
        }
        Some(groups)
    }

    fn names(&mut self, keys: &Keys<'a>, key: &'static str) -> Option<Set<String>> {
        let Some(value) = keys.get(key) else { return Some(Set::default()) };
        let texts = self.texts(&value, ANNEX_ENTRIES_MAX)?;
        if let Some((_, entry)) = texts.iter().find(|(text, _)| matches!(*text, "any" | "none")) {
            let entry = entry.clone();
            self.fault_at(&entry, FaultCause::Text("`any` and `none` are no names"));
        }
        Some(texts.into_iter().map(|(text, _)| text.to_owned()).collect())
    }
}
