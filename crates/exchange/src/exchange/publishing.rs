//! Publishing: a draft becomes a sealed record of this country, a further version of one, or nothing new.

use std::sync::Arc;

use chancery_record::encoding::{Domain, digest};
use chancery_record::{Country, Lineage, Moment, Placement, Record, RecordId};
use chancery_treaty::Label;

use super::accepting::NewRecord;
use super::{Exchange, Write};
use crate::answer::{Answer, PublishFault, PublishOutcome, Published};
use crate::change::{AuditEntry, Change, Mark};
use crate::input::Publication;
use crate::limits::PUBLICATIONS_MAX;
use crate::{CallerId, Holdings, ReadFault, RecordSource};

/// Revisions rise by a random step below this, so that they do not count versions.
const REVISION_STEP: u64 = 1 << 16;

/// The version on which a publication builds.
enum Basis {
    New,
    Amends(Arc<Record>),
}

impl Exchange {
    pub(super) fn publish<H: Holdings>(
        &mut self,
        now: Moment,
        caller: CallerId,
        actor: String,
        publications: Vec<Publication>,
        holdings: &H,
    ) -> Result<(), ReadFault> {
        let mut write = Write::default();
        let mut results = Vec::with_capacity(publications.len().min(PUBLICATIONS_MAX));
        for publication in publications.into_iter().take(PUBLICATIONS_MAX) {
            let result = if self.life.is_recovering() {
                Err(PublishFault::Recovering)
            } else {
                self.publish_one(now, &publication, &mut write, holdings)?
            };
            write.changes.extend(result.as_ref().ok().and_then(|published| audit_line(now, &actor, published)));
            results.push(result);
        }
        // Where nothing changed, what stood there may still be in flight: the answer comes behind a line in any case.
        if results.iter().any(Result::is_err) {
            write.changes.push(audit(now, &actor, None, "refused"));
        } else if write.changes.is_empty() {
            write.changes.push(audit(now, &actor, None, "unchanged"));
        }
        self.answer_after(write, caller, Answer::Published(results));
        Ok(())
    }

    fn publish_one<H: Holdings>(
        &mut self,
        now: Moment,
        publication: &Publication,
        write: &mut Write,
        holdings: &H,
    ) -> Result<Result<Published, PublishFault>, ReadFault> {
        let basis = match self.basis(publication, holdings)? {
            Ok(basis) => basis,
            Err(fault) => return Ok(Err(fault)),
        };
        if let Basis::Amends(current) = &basis
            && publication.draft.says_the_same_as(current)
        {
            let manifest = current.manifest();
            return Ok(Ok(Published {
                record: current.id(),
                lineage: manifest.lineage,
                revision: manifest.revision,
                outcome: PublishOutcome::Unchanged,
            }));
        }
        let record = match self.seal(now, publication, &basis) {
            Ok(record) => Arc::new(record),
            Err(fault) => return Ok(Err(PublishFault::Manifest(fault.to_string()))),
        };
        let manifest = record.manifest();
        let published = Published {
            record: record.id(),
            lineage: manifest.lineage,
            revision: manifest.revision,
            outcome: if matches!(basis, Basis::New) { PublishOutcome::New } else { PublishOutcome::Revised },
        };
        let source_reference = publication.draft.source_reference().map(str::to_owned);
        if matches!(basis, Basis::Amends(_)) {
            self.supersede(now, &record, write, holdings)?;
        }
        let label = Label::of(&record);
        self.accept(now, NewRecord { record, label, source: RecordSource::Own, source_reference }, write, holdings)?;
        Ok(Ok(published))
    }

    /// What the publication builds on: the lineage it names, or the one with its source reference.
    fn basis<H: Holdings>(
        &self,
        publication: &Publication,
        holdings: &H,
    ) -> Result<Result<Basis, PublishFault>, ReadFault> {
        let lineage = match (publication.amends, publication.draft.source_reference()) {
            (Some(lineage), _) => Some(lineage),
            (None, Some(reference)) => match self.overlay.lineage_of_reference(reference) {
                Some(lineage) => Some(lineage),
                None => holdings.lineage_of_reference(reference)?,
            },
            (None, None) => None,
        };
        let Some(lineage) = lineage else {
            return Ok(Ok(Basis::New));
        };
        if self.overlay.is_withdrawing(self.own.country, &lineage) {
            return Ok(Err(PublishFault::Withdrawn));
        }
        let in_flight = self.overlay.versions(self.own.country, &lineage);
        let current = match in_flight.iter().max_by_key(|record| record.manifest().revision) {
            Some(record) => Some(Arc::clone(record)),
            None => newest_held(self.own.country, &lineage, holdings)?,
        };
        let Some(current) = current else {
            // Known by its reference and held no more: it was withdrawn, or it expired.
            let marked = holdings.mark(self.own.country, &lineage, &RecordId([0; 32]))?;
            return Ok(if marked == Some(Mark::Withdrawn) {
                Err(PublishFault::Withdrawn)
            } else if publication.amends.is_some() {
                Err(PublishFault::NotOwn)
            } else {
                Ok(Basis::New)
            });
        };
        if current.manifest().originator != self.own.country {
            return Ok(Err(PublishFault::NotOwn));
        }
        if holdings.mark(self.own.country, &lineage, &current.id())? == Some(Mark::Withdrawn) {
            return Ok(Err(PublishFault::Withdrawn));
        }
        Ok(Ok(Basis::Amends(current)))
    }

    /// INVARIANT (the originator's word): only drafts published here are sealed, with this country's key.
    fn seal(
        &self,
        now: Moment,
        publication: &Publication,
        basis: &Basis,
    ) -> Result<Record, chancery_record::ManifestFault> {
        let mut counter = 0u64;
        let mut fresh = || {
            counter += 1;
            let drawn = digest(Domain::Record, &[b"salt", &publication.seed, &counter.to_le_bytes()]);
            let mut salt = [0; 16];
            salt.copy_from_slice(drawn.split_at(16).0);
            salt
        };
        let first = fresh();
        let step =
            u64::from(u16::from_le_bytes([first.first().copied().unwrap_or(0), first.get(1).copied().unwrap_or(0)]));
        let step = 1 + step % (REVISION_STEP - 1);
        let (lineage, revision, collected) = match basis {
            Basis::New => (Lineage(fresh()), step, None),
            Basis::Amends(current) => {
                let manifest = current.manifest();
                (manifest.lineage, manifest.revision.saturating_add(step), Some(manifest.collected))
            }
        };
        let place = Placement {
            lineage,
            revision,
            collected,
            originator: self.own.country,
            unit: self.own.unit.clone(),
            issued: now.wall,
        };
        publication.draft.seal(&place, &self.own.record_key, fresh)
    }
}

fn newest_held<H: Holdings>(own: Country, lineage: &Lineage, holdings: &H) -> Result<Option<Arc<Record>>, ReadFault> {
    for (_, id) in holdings.versions(own, lineage)?.into_iter().rev() {
        if let Some(held) = holdings.held(&id)? {
            return Ok(Some(held.record));
        }
    }
    Ok(None)
}

fn audit_line(now: Moment, actor: &str, published: &Published) -> Option<Change> {
    let outcome = match published.outcome {
        PublishOutcome::New => "new",
        PublishOutcome::Revised => "revised",
        PublishOutcome::Unchanged => return None,
    };
    Some(audit(now, actor, Some(published.record), outcome))
}

fn audit(now: Moment, actor: &str, record: Option<RecordId>, outcome: &str) -> Change {
    Change::Audit(AuditEntry::of_deed(now.wall, actor, "publish", record, outcome))
}
