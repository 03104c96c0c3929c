//! Onward transfer: whether a holder may pass on what another country sealed, as that country and both treaties allow.

use chancery_record::{ConsentAnswer, Country, Date, Instant, Onward, SectionName, Set, UseTags};

use super::admission::{Objection, Sight, audience_objection};
use super::decision::{Decision, Leg, Row};
use super::edge::Third;
use super::onward::{Passage, asks_for_consent, never_passed_on};
use super::{Direction, Law, Question};
use crate::consent::Consent;
use crate::label::{PreparedLabel, RecordDates};
use crate::release::{Candidate, Released};
use crate::terms::{Citation, Terms, TermsRow, UseConditions};
use crate::verdict::{Reason, ReasonSource, ReleasedRow, Verdict, WithheldRow};
use crate::words::Action;

/// Both legs of an onward transfer, with what binds the copy held here.
struct Transfer<'a> {
    law: &'a Law,
    /// From the originator to this country, as the treaties between the two speak of passing on.
    first: Decision<'a>,
    /// From this country to the peer.
    second: Decision<'a>,
    held: &'a Terms,
    consent: Option<&'a Consent>,
    peer: Country,
    at: Instant,
}

/// One section for one purpose, on both legs.
struct Passed<'a> {
    row: Row<'a>,
    first: Passage,
    /// What stands against it besides the second leg.
    against: Vec<Reason>,
}

impl Law {
    /// Releases to a peer what another country sealed, or says why nothing goes: `held` are the terms that bind the copy
    /// here, `consents` what the originator answered.
    ///
    /// It goes where its originator's tags, the terms of the copy, an article on passing on of the treaties with the
    /// originator and an article of the treaties with the peer all let the same section go for the same purpose, and no
    /// bar on either leg nor this country's law holds it back. What goes with it is never wider than any of these, and
    /// it is passed on once only.
    ///
    /// INVARIANT (released under an article): with [`Law::release`] the only maker of [`Released`].
    pub fn release_onward(
        &self,
        candidate: &Candidate,
        held: &Terms,
        consents: &[Consent],
        peer: Country,
        now: Instant,
    ) -> Result<Released, Box<Verdict>> {
        let transfer = self.transfer(candidate, held, consents, peer, now);
        let rows = transfer.rows();
        match transfer.terms(&rows) {
            Some(terms) => {
                let cited = transfer.citations(&rows);
                Ok(Released::granted(candidate.record(), peer, terms, cited, now, self.generation))
            }
            None => Err(Box::new(transfer.explain(&rows))),
        }
    }

    /// Answers whether a copy may be passed on, with every reason.
    pub fn decide_onward(
        &self,
        candidate: &Candidate,
        held: &Terms,
        consents: &[Consent],
        peer: Country,
        now: Instant,
    ) -> Verdict {
        let transfer = self.transfer(candidate, held, consents, peer, now);
        transfer.explain(&transfer.rows())
    }

    /// Whether what stands under a label may be passed on to a peer at all; where it is false nothing goes on any day.
    pub fn may_pass_on(&self, label: &PreparedLabel, peer: Country) -> bool {
        let label = label.label();
        let audience = label.audience.as_ref().filter(|audience| audience.onward != Onward::Never);
        let names_peer = |countries: &Set<Country>| countries.is_empty() || countries.contains(&peer);
        ![self.own, peer].contains(&label.originator)
            && audience.is_some_and(|audience| names_peer(&audience.onward_to))
            && !self.peer(label.originator).receiving.passing.is_empty()
            && !self.peer(peer).sending.live.is_empty()
    }

    /// Whether this country, which sealed the record, lets `via` pass any of it on to a third country.
    pub fn lets_pass_on(&self, candidate: &Candidate, [via, to]: [Country; 2], now: Instant) -> bool {
        let decision = self.decision(&Question {
            label: candidate.label(),
            dates: RecordDates::of(candidate.record()),
            peer: via,
            direction: Direction::WeSend,
            action: Action::Offer,
            purpose: None,
            at: now,
        });
        let (rows, onward) = decision.settled(None);
        let Some(audience) = &candidate.label().label().audience else { return false };
        let goes = |row: &Row<'_>| {
            let units = decision.units(row);
            let passage = decision.passage(row.group, row.section, row.purpose, units.as_ref(), Third::Named(to));
            let by_tags = decision.tags_leave(audience, &row.group.tags, Third::Named(to));
            by_tags && !row.granted.is_empty() && row.section != SectionName::Audience && !passage.granted.is_empty()
        };
        onward != Onward::Never && rows.iter().any(goes)
    }

    fn transfer<'a>(
        &'a self,
        candidate: &'a Candidate,
        held: &'a Terms,
        consents: &'a [Consent],
        peer: Country,
        at: Instant,
    ) -> Transfer<'a> {
        let originator = candidate.label().label().originator;
        let leg = |edge, [sender, receiver]: [Country; 2], action, sight, leg| Decision {
            edge,
            label: candidate.label(),
            dates: RecordDates::of(candidate.record()),
            sender,
            receiver,
            action,
            today: at.date(),
            sight,
            leg,
        };
        Transfer {
            law: self,
            first: leg(
                &self.peer(originator).receiving,
                [originator, self.own],
                Action::Onward,
                Sight::Receiver,
                Leg::First,
            ),
            second: leg(&self.peer(peer).sending, [self.own, peer], Action::Offer, Sight::Sender, Leg::Onward),
            held,
            consent: Consent::latest(consents, &candidate.record().id(), [originator, peer]),
            peer,
            at,
        }
    }
}

impl<'a> Transfer<'a> {
    fn rows(&self) -> Vec<Passed<'a>> {
        let record = self.against_record();
        let passed = |row: Row<'a>| {
            let held = self.held.rows().iter().find(|held| held.section == row.section && held.purpose == row.purpose);
            let units = held.and_then(|held| held.to_units.as_ref());
            let first = self.first.passage(row.group, row.section, row.purpose, units, Third::Named(self.peer));
            let mut against = record.clone();
            against.extend(self.against_row(&row, held));
            against.extend(self.against_first(&row, &first));
            Passed { row, first, against }
        };
        self.second.rows(None).into_iter().map(passed).collect()
    }

    /// What stands against the whole record: the originator's policy and the terms of the copy.
    fn against_record(&self) -> Vec<Reason> {
        let label = &self.second.label.label;
        let audience = label.audience.as_ref();
        let forbids = audience
            .is_some_and(|audience| audience.onward == Onward::Never)
            .then(|| Objection::new("onward", "the originator lets nobody pass it on").reason());
        let elsewhere = audience
            .is_some_and(|audience| !audience.onward_to.is_empty() && !audience.onward_to.contains(&self.peer))
            .then(|| {
                let because = format!("{} is not among the countries it may be passed on to", self.peer);
                Objection::new("onward_to", because).reason()
            });
        let no_right = (self.held.onward() == Onward::Never)
            .then(|| terms_reason("onward", "the copy came without an onward right"));
        let over = (self.second.today >= self.held.keep_until())
            .then(|| terms_reason("keep_until", format!("the copy was to be kept until {}", self.held.keep_until())));
        [forbids, elsewhere, no_right, over].into_iter().flatten().collect()
    }

    fn against_row(&self, row: &Row<'_>, held: Option<&TermsRow>) -> Vec<Reason> {
        let audience = (row.section == SectionName::Audience)
            .then(|| audience_objection("what is passed on is passed on no further").reason());
        let uncovered = held
            .is_none()
            .then(|| terms_reason("rows", format!("the copy may not be used so: {} for {}", row.section, row.purpose)));
        let never = never_passed_on(&row.group.tags).map(|(tag, because)| Objection::new(tag, because).reason());
        let consent = self.asks_for_consent(&row.group.tags).filter(|_| !self.has_consent());
        let consent = consent
            .map(|(tag, because)| Objection::new(tag, format!("{because}; {}", self.consent_lacking())).reason());
        [audience, uncovered, never, consent].into_iter().flatten().collect()
    }

    /// What the treaties with the originator have against it.
    fn against_first(&self, row: &Row<'_>, first: &Passage) -> Vec<Reason> {
        let grants = self.grants_left(first);
        if !grants.is_empty() {
            return Vec::new();
        }
        let bars = self.first.edge.barring(first.matched).bits().filter_map(|bit| {
            let scope = self.first.edge.article(bit)?.1.rule.scope()?;
            self.first.reason(bit, format!("{}; passed on to {}", self.first.common(scope, row), self.peer))
        });
        let waiting = first
            .granted
            .bits()
            .filter_map(|bit| self.first.reason(bit, format!("requires consent; {}", self.consent_lacking())));
        let mut reasons: Vec<Reason> = bars.chain(waiting).collect();
        if reasons.is_empty() {
            let because = format!(
                "no article of the treaties with {} lets {} pass {} of it on to {} for {}",
                self.first.sender, self.law.own, row.section, self.peer, row.purpose
            );
            reasons.push(Reason { source: ReasonSource::None, document: None, article: None, because });
        }
        reasons
    }

    /// The grants on passing on, less those that ask for a consent that is not at hand.
    fn grants_left(&self, first: &Passage) -> super::article_set::ArticleSet {
        if self.has_consent() { first.granted } else { first.granted.without(self.first.edge.by_consent) }
    }

    fn has_consent(&self) -> bool {
        self.consent.is_some_and(|consent| consent.answer == ConsentAnswer::Given && self.second.today < consent.until)
    }

    fn consent_lacking(&self) -> String {
        let originator = self.first.sender;
        match self.consent {
            None => format!("{originator} has given no consent for {}", self.peer),
            Some(consent) if consent.answer == ConsentAnswer::Refused => {
                format!("{originator} refused its consent for {}", self.peer)
            }
            Some(consent) => format!("the consent of {originator} for {} ended on {}", self.peer, consent.until),
        }
    }

    /// Why what is tagged so goes only with the originator's consent, where that is so.
    fn asks_for_consent(&self, tags: &UseTags) -> Option<(&'static str, &'static str)> {
        let policy = self.second.label.label.audience.as_ref().map_or(Onward::Never, |audience| audience.onward);
        let by_policy = policy.min(self.held.onward()) == Onward::WithConsent;
        let by_policy = by_policy.then_some(("onward", "to be passed on only with the originator's consent"));
        asks_for_consent(tags).or(by_policy)
    }

    fn terms(&self, rows: &[Passed<'_>]) -> Option<Terms> {
        let goes: Vec<&Passed<'_>> = rows.iter().filter(|passed| passed.goes()).collect();
        let keep_until = goes.iter().map(|passed| self.keep_until(passed)).min()?;
        let relied_on = self.consent.filter(|_| goes.iter().any(|passed| self.relies_on_consent(passed)));
        let keep_until = relied_on.map_or(keep_until, |consent| consent.until.min(keep_until));
        if keep_until <= self.second.today {
            return None;
        }
        let tags = || goes.iter().map(|passed| &passed.row.group.tags);
        let conditions = UseConditions {
            keep_until,
            onward: Onward::Never,
            caveats: tags().flat_map(|tags| tags.caveats.iter()).chain(self.held.caveats()).copied().collect(),
            handling: tags()
                .flat_map(|tags| tags.handling.iter().flatten())
                .chain(self.held.handling())
                .copied()
                .collect(),
            requests: Set::default(),
            consents: relied_on.map(|consent| consent.statement).into_iter().collect(),
        };
        // Only the articles between this country and the peer: of its treaties with others the peer learns nothing.
        let row = |passed: &&Passed<'_>| TermsRow {
            section: passed.row.section,
            purpose: passed.row.purpose,
            articles: self.second.cited(passed.row.granted).collect(),
            to_units: self.second.units(&passed.row),
        };
        Terms::new(goes.iter().map(row).collect(), conditions).ok()
    }

    fn keep_until(&self, passed: &Passed<'_>) -> Date {
        let first = self.first.kept_under(self.grants_left(&passed.first));
        self.second.keep_until(&passed.row).min(first).min(self.held.keep_until())
    }

    fn relies_on_consent(&self, passed: &Passed<'_>) -> bool {
        let by_article = passed.first.granted.without(self.first.edge.by_consent).is_empty();
        by_article || self.asks_for_consent(&passed.row.group.tags).is_some()
    }

    fn citations(&self, rows: &[Passed<'_>]) -> Set<Citation> {
        let both = |passed: &Passed<'_>| {
            let first: Vec<Citation> = self.first.cited(self.grants_left(&passed.first)).collect();
            first.into_iter().chain(self.second.cited(passed.row.granted)).collect::<Vec<_>>()
        };
        rows.iter().filter(|passed| passed.goes()).flat_map(both).collect()
    }

    fn explain(&self, rows: &[Passed<'_>]) -> Verdict {
        let (mut released, mut withheld) = (Vec::new(), Vec::new());
        for passed in rows {
            let Row { section, purpose, granted, .. } = passed.row;
            if passed.goes() {
                let first = self.grants_left(&passed.first).bits().filter_map(|bit| self.first.edge.reference(bit));
                let second = granted.bits().filter_map(|bit| self.second.edge.reference(bit));
                released.push(ReleasedRow { section, purpose, articles: first.chain(second).collect() });
            } else {
                let mut by = passed.against.clone();
                if granted.is_empty() && section != SectionName::Audience {
                    by.extend(self.second.reasons(&passed.row));
                }
                withheld.push(WithheldRow { section, purpose, by });
            }
        }
        Verdict {
            released,
            withheld,
            nearest: Vec::new(),
            deferred: None,
            onward: Onward::Never,
            law_generation: self.law.generation,
            decided_at: self.at,
        }
    }
}

impl Passed<'_> {
    fn goes(&self) -> bool {
        self.against.is_empty() && !self.row.granted.is_empty()
    }
}

/// A condition of the terms that bind the copy here.
fn terms_reason(article: &str, because: impl Into<String>) -> Reason {
    Reason {
        source: ReasonSource::Originator,
        document: Some("terms".to_owned()),
        article: Some(article.to_owned()),
        because: because.into(),
    }
}
