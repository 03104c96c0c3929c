//! Reading of duties.

use chancery_record::WithdrawalReason;

use super::reader::{Keys, Naming, Reader};
use crate::article::{Duty, DutyContent};
use crate::limits::{SET_VALUES_MAX, SHORT_TEXT_BYTES_MAX};
use crate::period::Period;
use crate::words::{Aftermath, DutyKind, Incident};

impl<'a> Reader<'a> {
    /// Reads a duty; its keys depend on what is owed.
    pub fn duty(&mut self, keys: &Keys<'a>, naming: &Naming<'_>) -> Option<Duty> {
        let value = keys.get("duty")?;
        let kind: DutyKind = match self.text(&value, SHORT_TEXT_BYTES_MAX)?.parse() {
            Ok(kind) => kind,
            Err(unknown) => {
                self.fault_at(&value, unknown);
                return None;
            }
        };
        self.refuse_unknown(keys, keys_of(kind));
        let owed_by = self.required(keys, "owed_by");
        let owed_by = owed_by.and_then(|value| self.countries(&value, naming, naming.parties));
        let content = self.duty_content(keys, kind);
        Some(Duty { owed_by: owed_by?, content: content? })
    }

    fn duty_content(&mut self, keys: &Keys<'a>, kind: DutyKind) -> Option<DutyContent> {
        match kind {
            DutyKind::ReplyWithin => self.clock(keys, "within").map(DutyContent::ReplyWithin),
            DutyKind::CorrectWithin => self.clock(keys, "within").map(DutyContent::CorrectWithin),
            DutyKind::LogKeep => self.clock(keys, "keep").map(DutyContent::LogKeep),
            DutyKind::RefusalGrounds => {
                self.words_of::<WithdrawalReason>(keys, "grounds").map(DutyContent::RefusalGrounds)
            }
            DutyKind::Notify => {
                let incidents = self.words_of::<Incident>(keys, "of");
                let within = self.clock(keys, "within");
                Some(DutyContent::Notify(incidents?, within?))
            }
            DutyKind::OnSuspension => {
                let (then, within) = self.aftermath(keys)?;
                Some(DutyContent::OnSuspension(then, within))
            }
            DutyKind::OnEnd => {
                let (then, within) = self.aftermath(keys)?;
                Some(DutyContent::OnEnd(then, within))
            }
        }
    }

    fn aftermath(&mut self, keys: &Keys<'a>) -> Option<(Aftermath, Period)> {
        let then = self.words_of::<Aftermath>(keys, "then");
        let within = self.clock(keys, "within");
        Some((then?.first().copied()?, within?))
    }

    fn clock(&mut self, keys: &Keys<'a>, key: &'static str) -> Option<Period> {
        let value = self.required(keys, key)?;
        self.period(&value)
    }

    fn words_of<T>(&mut self, keys: &Keys<'a>, key: &'static str) -> Option<Vec<T>>
    where
        T: std::str::FromStr<Err = chancery_record::words::UnknownWord>,
    {
        let value = self.required(keys, key)?;
        let mut words = Vec::new();
        let texts = self.texts(&value, SET_VALUES_MAX)?;
        if texts.is_empty() {
            self.fault_at(&value, super::FaultCause::EmptySet);
        }
        for (text, entry) in texts {
            match text.parse() {
                Ok(word) => words.push(word),
                Err(unknown) => self.fault_at(&entry, unknown),
            }
        }
        Some(words)
    }
}

const fn keys_of(kind: DutyKind) -> &'static [&'static str] {
    match kind {
        DutyKind::ReplyWithin | DutyKind::CorrectWithin => &["n", "duty", "text", "owed_by", "within"],
        DutyKind::RefusalGrounds => &["n", "duty", "text", "owed_by", "grounds"],
        DutyKind::Notify => &["n", "duty", "text", "owed_by", "of", "within"],
        DutyKind::OnSuspension | DutyKind::OnEnd => &["n", "duty", "text", "owed_by", "then", "within"],
        DutyKind::LogKeep => &["n", "duty", "text", "owed_by", "keep"],
    }
}
