//! What each kind of record must say.

use serde_json::Value;

use super::red_minimum::RedNotice;
use super::shape::Reading;
use super::{
    AssetTrace, Biometrics, Circumstances, Colour, Description, Identity, Judicial, Links, Measures, ModusOperandi,
    Narrative, Provenance, PublicNotice, Source, Threat, TravelDocument, Vehicle, WorkOfArt, bounds,
};
use crate::body::shape::Shape;
use crate::draft::body_of;
use crate::{Country, Draft, Kind, Penalty, SectionName, Status};

/// Checks the content of every section of a draft: its limits, its form, and what its kind demands.
pub(crate) fn check(draft: &Draft, at: &mut Reading) {
    for section in &draft.sections {
        at.within(section.name.word(), |at| bounds::check(&section.body, 0, at));
    }
    let content = Content::read(draft, at);
    if let Some(identity) = &content.identity {
        check_identity(identity, at);
    }
    check_statuses(draft, &content, at);
    check_penalty(draft, &content, at);
    check_object(draft, at);
    match content.reproduced() {
        Some(_) => at.as_warnings(|at| content.check_minimum(draft.kind, at)),
        None => content.check_minimum(draft.kind, at),
    }
    if draft.kind == Kind::Diffusion {
        content.check_diffusion(at);
    }
}

/// Checks what depends on who seals the record.
pub(crate) fn check_originator(draft: &Draft, originator: Country, at: &mut Reading) {
    check_issuer(draft, originator, at);
    check_reproduction(draft, originator, at);
}

/// Only the issuing country enters or changes a travel document.
fn check_issuer(draft: &Draft, originator: Country, at: &mut Reading) {
    if draft.kind != Kind::Document {
        return;
    }
    let issuer = body_of(draft, SectionName::Object).and_then(TravelDocument::of).and_then(|it| it.issuing_country);
    if let Some(issuer) = issuer
        && issuer.country().is_some_and(|country| country != originator)
    {
        at.within("object", |at| {
            at.within("issuing_country", |at| {
                at.fault(format!("only the issuing country enters a document: `{issuer}`, not {originator}"));
            });
        });
    }
}

/// A country's own notice states the minimum of its kind.
fn check_reproduction(draft: &Draft, originator: Country, at: &mut Reading) {
    let provenance = body_of(draft, SectionName::Provenance).and_then(Provenance::of);
    if provenance.and_then(|provenance| provenance.reproduces).is_some_and(|notice| notice.is_of(originator)) {
        at.within("provenance", |at| {
            at.within("reproduces", |at| {
                at.fault(format!("a record of {originator} reproduces no notice of {originator}; leave it out"));
            });
        });
    }
}

/// The sections of a draft that its kind's rules look at.
struct Content {
    identity: Option<Identity>,
    description: Option<Description>,
    judicial: Option<Judicial>,
    narrative: Option<Narrative>,
    biometrics: Option<Biometrics>,
    measures: Option<Measures>,
    provenance: Option<Provenance>,
}

impl Content {
    fn read(draft: &Draft, at: &mut Reading) -> Self {
        let content = Self {
            identity: read(draft, SectionName::Identity, at),
            description: read(draft, SectionName::Description, at),
            judicial: read(draft, SectionName::Judicial, at),
            narrative: read(draft, SectionName::Narrative, at),
            biometrics: read(draft, SectionName::Biometrics, at),
            measures: read(draft, SectionName::Measures, at),
            provenance: read(draft, SectionName::Provenance, at),
        };
        let links: Option<Links> = read(draft, SectionName::Links, at);
        if let Some(links) = &links {
            at.within("links", |at| links.check(at));
        }
        if let Some(biometrics) = &content.biometrics {
            at.within("biometrics", |at| biometrics.check(at));
        }
        if let Some(measures) = &content.measures {
            at.within("measures", |at| measures.check(at));
        }
        if let Some(notice) = content.reproduced() {
            at.within("provenance", |at| at.within("reproduces", |at| notice.check(at)));
        }
        let _: Option<Circumstances> = read(draft, SectionName::Circumstances, at);
        let _: Option<Source> = read(draft, SectionName::Source, at);
        content
    }

    /// The public notice of another that the record repeats.
    fn reproduced(&self) -> Option<&PublicNotice> {
        self.provenance.as_ref()?.reproduces.as_ref()
    }

    /// Notes what a notice of this kind must state and does not.
    fn check_minimum(&self, kind: Kind, at: &mut Reading) {
        match kind {
            Kind::NoticeRed => self.as_red(|red| red.check(at)),
            Kind::NoticeBlue => self.check_blue(at),
            Kind::NoticeGreen => self.check_green(at),
            Kind::NoticeYellow => self.check_yellow(at),
            Kind::NoticeBlack => self.check_black(at),
            Kind::NoticeUnSpecial => self.check_un_special(at),
            _ => {}
        }
    }

    fn as_red(&self, check: impl FnOnce(RedNotice<'_>)) {
        check(RedNotice {
            identity: self.identity.as_ref().unwrap_or(&Identity::default()),
            description: self.description.as_ref().unwrap_or(&Description::default()),
            judicial: self.judicial.as_ref().unwrap_or(&Judicial::default()),
            biometrics: self.biometrics.as_ref().unwrap_or(&Biometrics::default()),
        });
    }

    fn check_blue(&self, at: &mut Reading) {
        at.need("identity", self.identity.as_ref(), "a blue notice is about a person");
        let sought = self.narrative.as_ref().and_then(|narrative| narrative.what_is_sought.as_ref());
        at.within("narrative", |at| at.need("what_is_sought", sought, "what is to be found out"));
    }

    fn check_green(&self, at: &mut Reading) {
        at.need("identity", self.identity.as_ref(), "a green notice is about a person");
        let judicial = self.judicial.as_ref();
        if judicial.is_none_or(|judicial| judicial.convictions.is_empty() && judicial.grounds.is_none()) {
            at.within("judicial", |at| at.fault("a green notice states `convictions` or `grounds`"));
        }
        let threat = self.narrative.as_ref().and_then(|narrative| narrative.threat_assessment.as_ref());
        at.within("narrative", |at| at.need("threat_assessment", threat, "the danger that is warned of"));
    }

    fn check_yellow(&self, at: &mut Reading) {
        let narrative = self.narrative.as_ref();
        let disappearance = narrative.and_then(|narrative| narrative.disappearance.as_ref());
        if disappearance.is_none() && narrative.is_none_or(|narrative| narrative.found.is_none()) {
            at.within("narrative", |at| {
                at.fault("a yellow notice states the `disappearance`, or how the person was `found`");
            });
        }
        if let Some(disappearance) = disappearance {
            at.need("identity", self.identity.as_ref(), "a missing person has an identity");
            at.within("narrative", |at| {
                at.within("disappearance", |at| {
                    at.need("date", disappearance.date, "when the person went missing");
                    if disappearance.place.is_none() && disappearance.country.is_none() {
                        at.need("place", None::<()>, "where the person went missing");
                    }
                });
            });
        }
    }

    fn check_black(&self, at: &mut Reading) {
        let found = self.narrative.as_ref().and_then(|narrative| narrative.found.as_ref());
        at.within("narrative", |at| {
            at.need("found", found, "when and where the body was found");
            if let Some(found) = found {
                at.within("found", |at| {
                    at.need("date", found.date, "when the body was found");
                    if found.place.is_none() && found.country.is_none() {
                        at.need("place", None::<()>, "where the body was found");
                    }
                });
            }
        });
        if self.description.is_none() && self.biometrics.is_none() {
            at.need("description", None::<()>, "a description or biometric data of the body");
        }
    }

    fn check_un_special(&self, at: &mut Reading) {
        at.need("identity", self.identity.as_ref(), "whom the measures are against");
        at.need("measures", self.measures.as_ref(), "the measures and the reference of the committee");
    }

    /// A red diffusion leaves without review; that it lacks the minimum of a red notice is said, not forbidden.
    fn check_diffusion(&self, at: &mut Reading) {
        let colour = self.narrative.as_ref().and_then(|narrative| narrative.colour);
        at.within("narrative", |at| {
            at.need("colour", colour, "the purpose, by the colour of the notice it stands for")
        });
        if colour == Some(Colour::Red) {
            at.as_warnings(|at| self.as_red(|red| red.check(at)));
        }
    }
}

fn read<T: Shape>(draft: &Draft, name: SectionName, at: &mut Reading) -> Option<T> {
    let body = body_of(draft, name)?;
    at.within(name.word(), |at| T::read(body, at))
}

fn check_identity(identity: &Identity, at: &mut Reading) {
    at.within("identity", |at| {
        if !identity.has_name() && identity.aliases.is_empty() && identity.name_original_script.is_none() {
            at.warning("names nobody");
        }
        for (index, document) in identity.documents.iter().enumerate() {
            if document.number.is_none() && document.note.is_none() {
                at.within("documents", |at| at.at_entry(index, |at| at.need("number", None::<()>, "its number")));
            }
        }
    });
}

/// The status of a person is mandatory (INTERPOL rules on the processing of data, article 44).
fn check_statuses(draft: &Draft, content: &Content, at: &mut Reading) {
    let names_person = match &content.identity {
        Some(identity) => identity.is_person(),
        None => draft.kind.sections().contains(&SectionName::Description),
    };
    let statuses = draft.tags.statuses.as_ref();
    let is_none = statuses.is_none_or(|statuses| statuses.contains(&Status::None));
    at.within("tags", |at| {
        at.within("statuses", |at| match statuses {
            _ if names_person && is_none => at.fault("missing: the status of every person, as in [\"wanted\"]"),
            None => at.warning(
                "not stated; no treaty can release a record that does not state `statuses` ([\"none\"] where nobody stands in it)",
            ),
            Some(_) => {}
        });
    });
}

/// A band lower than the penalty stated would let a record past a bar.
fn check_penalty(draft: &Draft, content: &Content, at: &mut Reading) {
    let term = content.judicial.as_ref().and_then(|judicial| judicial.max_penalty);
    let stated = draft.tags.penalty;
    if let Some(band) = term.map(|term| term.band())
        && stated != Penalty::Unknown
        && stated != band
    {
        at.within("tags", |at| {
            at.within("penalty", |at| at.fault(format!("`{stated}`, but `judicial.max_penalty` makes it `{band}`")));
        });
    }
}

fn check_object(draft: &Draft, at: &mut Reading) {
    let wants_object = draft.kind.sections().contains(&SectionName::Object);
    let Some(body) = body_of(draft, SectionName::Object) else {
        if wants_object {
            at.need("object", None::<()>, "what the record is about");
        }
        return;
    };
    at.within("object", |at| check_object_body(draft.kind, body, at));
}

fn check_object_body(kind: Kind, body: &Value, at: &mut Reading) {
    macro_rules! check_as {
        ($form:ty) => {
            if let Some(object) = <$form>::read(body, at) {
                object.check(at);
            }
        };
    }
    match kind {
        Kind::Document => check_as!(TravelDocument),
        Kind::Vehicle => check_as!(Vehicle),
        Kind::NoticePurple => check_as!(ModusOperandi),
        Kind::NoticeOrange => check_as!(Threat),
        Kind::NoticeSilver => check_as!(AssetTrace),
        Kind::NoticeArt => check_as!(WorkOfArt),
        _ => {}
    }
}
