//! The minimum that a red notice must state (INTERPOL rules on the processing of data, articles 82 and 83).

use super::biometrics::{Biometrics, Modality};
use super::judicial::{Judicial, Term, WantedFor};
use super::person::{Description, Identity, Sex};
use super::shape::Reading;

/// Months of the heaviest penalty below which nobody is sought for prosecution.
const PENALTY_MONTHS_MIN: u32 = 24;
/// Months of a sentence, imposed or remaining, below which nobody is sought to serve it.
const SENTENCE_MONTHS_MIN: u32 = 6;

/// The sections that the minimum is spread over.
pub(super) struct RedNotice<'a> {
    pub(super) identity: &'a Identity,
    pub(super) description: &'a Description,
    pub(super) judicial: &'a Judicial,
    pub(super) biometrics: &'a Biometrics,
}

impl RedNotice<'_> {
    /// Notes everything that is missing.
    pub(super) fn check(&self, at: &mut Reading) {
        at.within("identity", |at| self.check_identity(at));
        at.within("judicial", |at| {
            self.check_threshold(at);
            self.check_case(at);
            self.check_warrants(at);
        });
        self.check_recognition(at);
    }

    fn check_identity(&self, at: &mut Reading) {
        let identity = self.identity;
        if identity.name.is_none() {
            at.need("family_name", identity.family_name.as_ref(), "a red notice names the person");
            at.need("forename", identity.forename.as_ref(), "a red notice names the person");
        }
        at.need("sex", identity.sex.filter(|sex| *sex != Sex::Unknown), "a red notice states the sex, M or F");
        at.need(
            "date_of_birth",
            identity.birth_dates().next(),
            "a red notice states the birth date, the year at least",
        );
    }

    fn check_threshold(&self, at: &mut Reading) {
        let judicial = self.judicial;
        let reaches = |term: Option<Term>, months| term.is_some_and(|term| term.is_at_least_months(months));
        match judicial.wanted_for {
            None => at.need("wanted_for", None::<()>, "`prosecution` or `sentence`"),
            Some(WantedFor::Prosecution) => {
                if !reaches(judicial.max_penalty, PENALTY_MONTHS_MIN) {
                    at.within("max_penalty", |at| {
                        at.fault("a red notice for prosecution needs a maximum penalty of at least 2 years");
                    });
                }
            }
            Some(WantedFor::Sentence) => {
                let decides = judicial.sentence_remaining.or(judicial.sentence_imposed);
                if !reaches(decides, SENTENCE_MONTHS_MIN) {
                    at.within("sentence_imposed", |at| {
                        at.fault("a red notice for a sentence needs at least 6 months, imposed or remaining");
                    });
                }
            }
        }
    }

    fn check_case(&self, at: &mut Reading) {
        at.need("charges", self.judicial.charges.first(), "a red notice states the charge");
        at.need("laws", self.judicial.laws.first(), "a red notice states the provision of law");
        at.need("facts", self.judicial.facts.first(), "a red notice states what happened, when and where");
        for (index, facts) in self.judicial.facts.iter().enumerate() {
            at.within("facts", |at| {
                at.at_entry(index, |at| {
                    at.need("what", facts.what.as_ref(), "what happened");
                    at.need("when", facts.when, "when it happened");
                    if facts.r#where.is_none() && facts.country.is_none() {
                        at.need("where", None::<()>, "where it happened");
                    }
                });
            });
        }
    }

    fn check_warrants(&self, at: &mut Reading) {
        at.need("warrants", self.judicial.warrants.first(), "a red notice stands on a valid warrant");
        for (index, warrant) in self.judicial.warrants.iter().enumerate() {
            at.within("warrants", |at| {
                at.at_entry(index, |at| {
                    at.need("reference", warrant.reference.as_ref(), "the number of the warrant");
                    at.need("issuing_country", warrant.issuing_country, "the country that issued the warrant");
                    at.need("issuing_authority", warrant.issuing_authority.as_ref(), "the court or prosecutor");
                    at.need("date", warrant.date, "the date of the warrant");
                });
            });
        }
    }

    /// One of: a description, DNA, fingerprints, an identity document; or a photograph, which needs further data beside
    /// it, and the minimum on identity is that.
    fn check_recognition(&self, at: &mut Reading) {
        let has_document = self.identity.documents.iter().any(|document| document.number.is_some());
        let is_recognisable = self.description.says_something()
            || has_document
            || [Modality::Dna, Modality::Fingerprint, Modality::Face]
                .into_iter()
                .any(|modality| self.biometrics.has(modality));
        if !is_recognisable {
            at.within("description", |at| {
                at.fault(
                    "a red notice needs a description, DNA, fingerprints, a numbered identity document or a photograph",
                );
            });
        }
    }
}
