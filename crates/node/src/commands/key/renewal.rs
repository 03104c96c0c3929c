//! `chancery key rotate` with `chancery key revoke`: new keys in time, and the end of old ones before theirs.

use chancery_record::{Certificate, DAY_MS, Instant};
use clap::Args;

use super::change::{Change, Signer};
use crate::adoption::waiting_key;
use crate::cli::Invocation;
use crate::commands::card::CertificateState;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::issuing::WantedCertificate;
use crate::keys::{KeyKind, generate, write_plain};
use crate::limits::{CERTIFICATE_DAYS_MAX, CLOCK_TOLERANCE_MS, OVERLAP_DAYS_DEFAULT};

/// Make a new record key under a new certificate
///
/// The new certificate goes onto the card at once and takes effect after the overlap, so that every country has it before the
/// first record under it comes. Until then the old key seals. The old certificate stays on the card: what was sealed under it
/// stays good.
#[derive(Args, Debug)]
pub struct Rotate {
    /// Days until the new certificate takes effect; 0 if the old keys must not be used any more
    #[arg(long, value_name = "DAYS", default_value_t = OVERLAP_DAYS_DEFAULT,
          value_parser = clap::value_parser!(u32).range(0..=365))]
    overlap_days: u32,
    /// Days the new certificate is valid; `card.certificate_days` of the configuration if absent
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=i64::from(CERTIFICATE_DAYS_MAX)))]
    valid_days: Option<u32>,
    /// Make a new transport key, too; the node then has another network identity
    #[arg(long)]
    transport: bool,
    #[command(flatten)]
    signer: Signer,
}

/// End a certificate before its time, when its keys are lost or stolen
#[derive(Args, Debug)]
pub struct Revoke {
    /// The serial of the certificate, as `chancery key show` lists it
    serial: u64,
    #[command(flatten)]
    signer: Signer,
}

impl Rotate {
    /// Makes the keys and has them certified.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let node = invocation.node()?;
        let mut change = Change::begin(&node)?;
        let certificates = change.card.opened_certificates().unwrap_or_default();
        let from = self.takes_effect(&change, &certificates);
        let days = self.valid_days.unwrap_or(change.config.card.certificate_days);
        let until = Instant(from.0.saturating_add(u64::from(days).saturating_mul(DAY_MS)));
        let record = generate()?;
        write_plain(&waiting_key(&node, "record"), KeyKind::Record, &record)?;
        let newest = certificates.iter().max_by_key(|certificate| certificate.serial);
        let ring = node.read_key_ring()?;
        let known = newest.and_then(|certificate| ring.transport(&certificate.transport_key));
        let mut moves = false;
        let transport = match known {
            Some(held) if !self.transport => held.key.clone(),
            _ => {
                let fresh = generate()?;
                moves = true;
                write_plain(&waiting_key(&node, "transport"), KeyKind::Transport, &fresh)?;
                fresh
            }
        };
        change.request.wanted = Some(WantedCertificate::naming(&transport, &record, from, until));
        let exit = change.finish(invocation, &self.signer, Some((&transport, &record)))?;
        invocation.talk.say(&format!(
            "the new certificate takes effect on {}, and ends on {}",
            from.date(),
            until.date()
        ));
        if moves {
            invocation.talk.say(
                "the node's network identity changes with it: a running node then leaves the network for a moment and comes \
                 back by itself; no restart is needed",
            );
        }
        Ok(exit)
    }

    /// After the overlap, but never later than the end of what is in effect now; without one, before now by every clock.
    fn takes_effect(&self, change: &Change<'_>, certificates: &[Certificate]) -> Instant {
        let usable = certificates.iter().filter(|certificate| {
            CertificateState::of(certificate, &change.card, change.now) == CertificateState::Valid
        });
        if self.overlap_days == 0 {
            return Instant(change.now.0.saturating_sub(CLOCK_TOLERANCE_MS));
        }
        let end = usable.map(|certificate| certificate.not_after).max().unwrap_or(change.now);
        let wished = Instant(change.now.0.saturating_add(u64::from(self.overlap_days).saturating_mul(DAY_MS)));
        wished.min(end)
    }
}

impl Revoke {
    /// Revokes, unless the node would be left without a certificate.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let node = invocation.node()?;
        let mut change = Change::begin(&node)?;
        let certificates = change.card.opened_certificates().unwrap_or_default();
        let state = |certificate: &Certificate| CertificateState::of(certificate, &change.card, change.now);
        let Some(revoked) = certificates.iter().find(|certificate| certificate.serial == self.serial) else {
            return Err(Failure::new(Exit::NothingFound, format!("the card has no certificate {}", self.serial))
                .next("`chancery key show` lists the certificates and their serials"));
        };
        let stays = |other: &&Certificate| other.serial != self.serial && state(other) == CertificateState::Valid;
        if state(revoked) == CertificateState::Valid && !certificates.iter().any(|other| stays(&other)) {
            return Err(Failure::new(
                Exit::Failed,
                format!("certificate {} is the only one that is valid; without it the node has no voice", self.serial),
            )
            .next(
                "run `chancery key rotate --overlap-days 0` first; add `--transport` if the machine was broken into",
            ));
        }
        invocation.consent.require(
            &format!(
                "Other countries will refuse what is sealed under certificate {} and not yet theirs. Revoke it?",
                self.serial
            ),
            "give `--yes` to revoke it",
        )?;
        let same_transport =
            certificates.iter().any(|other| stays(&other) && other.transport_key == revoked.transport_key);
        change.request.revoke = vec![self.serial];
        let exit = change.finish(invocation, &self.signer, None)?;
        if same_transport {
            invocation.talk.warn(
                "the certificate that stays names the same transport key; if that may be stolen, rotate with `--transport` \
                 and revoke the other certificate, too",
            );
        }
        Ok(exit)
    }
}
