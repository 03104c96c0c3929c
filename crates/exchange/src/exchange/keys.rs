//! Key events: own keys and certificates that change, those of others that become known or are revoked.

use std::sync::Arc;

use chancery_record::{Country, Instant, KeyNews, Moment, TrustRoster};

use super::{Exchange, Write};
use crate::ConnectionId;
use crate::input::OwnIdentity;
use crate::output::{HangUp, Output};
use crate::session::Session;
use crate::session::lane::walked_under;

impl Exchange {
    /// Other keys or certificates of this node. Peers are told of certificates and revocations on the connections there are;
    /// a connection on which this node has spoken with another key ends, and the next one begins with the new hello.
    pub(super) fn change_identity(&mut self, own: OwnIdentity) {
        let before = std::mem::replace(&mut self.own, own);
        let speaks_otherwise =
            before.transport_key != self.own.transport_key || before.record_key != self.own.record_key;
        if speaks_otherwise {
            self.hang_up_all(HangUp::OwnKeys);
            return;
        }
        let has_lost_a_key = before.revocations != self.own.revocations;
        let mut write = Write::default();
        for session in self.sessions.values_mut() {
            session.told.is_to_be_seen_again();
            // What was prepared may bear no other seal than a revoked one.
            if has_lost_a_key {
                let law = walked_under(&self.law, session.peer);
                write.changes.extend(session.conversation().map(|open| open.sender.reopen(law)).unwrap_or_default());
            }
        }
        self.persist(write);
    }

    /// Certificates have become known or revoked.
    ///
    /// A revocation ends the connection that it hits, at once; what was still to be judged on it is not judged any more.
    pub(super) fn change_roster(&mut self, now: Moment, roster: Arc<TrustRoster>) {
        let before = std::mem::replace(&mut self.roster, roster);
        if *before == *self.roster {
            return;
        }
        for country in self.roster.countries().collect::<Vec<_>>() {
            for serial in newly_revoked(&before, &self.roster, country) {
                let text = format!(
                    "certificate {serial} has been revoked: what was sealed under it counts only where it is held already"
                );
                self.outputs.push_back(Output::Notice { peer: country, text });
            }
        }
        let (mut hit, mut waiting) = (Vec::new(), Vec::new());
        for session in self.sessions.values_mut() {
            let place = (session.peer, session.connection);
            session.told.is_to_be_seen_again();
            if is_hit(&before, &self.roster, session, now.wall) {
                hit.push(place);
            } else if session.conversation().is_some_and(|open| open.missed.by_trust) {
                waiting.push(place);
            }
        }
        for (peer, connection) in hit {
            self.hang_up(peer, connection, HangUp::PeerKeys);
        }
        self.begin_afresh(waiting);
    }

    /// Takes what a peer passes on of a country's keys; it has been verified by that country's key.
    pub(super) fn take_key_news(&mut self, peer: Country, connection: ConnectionId, news: KeyNews) {
        if news.is_empty() {
            return;
        }
        let country = news.country;
        if country == self.own.country {
            if news.revocations.iter().any(|revocation| !self.own.revocations.contains(revocation)) {
                let text = "it knows of a revocation that this country's own card does not name: an old card is in use \
                            here, as after a restore from a backup";
                self.outputs.push_back(Output::Notice { peer, text: text.to_owned() });
            }
            return;
        }
        let known = self.roster.news_of(country);
        let is_known = known.is_some_and(|known| {
            news.certificates.iter().all(|one| known.certificates.contains(one))
                && news.revocations.iter().all(|one| known.revocations.contains(one))
        });
        let Some(session) = self.session(peer, connection).filter(|_| !is_known) else {
            return;
        };
        if session.told.may_hear() {
            let KeyNews { country, certificates, revocations } = news;
            self.outputs.push_back(Output::Learned { country, certificates, revocations });
        }
    }

    /// Ends connections whose peer has no valid certificate for the key it is known by any more.
    pub(super) fn hang_up_on_the_ended(&mut self, now: Instant) {
        let ended = |session: &&Session| !self.roster.trusts_transport_key(session.peer, &session.transport_key, now);
        let ended: Vec<_> =
            self.sessions.values().filter(ended).map(|session| (session.peer, session.connection)).collect();
        for (peer, connection) in ended {
            self.hang_up(peer, connection, HangUp::PeerKeys);
        }
    }

    fn hang_up_all(&mut self, why: HangUp) {
        let all: Vec<_> = self.sessions.values().map(|session| (session.peer, session.connection)).collect();
        for (peer, connection) in all {
            self.hang_up(peer, connection, why.clone());
        }
    }
}

/// Whether a connection stands under a certificate that counted before and does not count any more.
fn is_hit(before: &TrustRoster, after: &TrustRoster, session: &Session, at: Instant) -> bool {
    let peer = session.peer;
    let stood_under = before.valid_certificates(peer, at).filter(|one| one.transport_key == session.transport_key);
    stood_under.into_iter().any(|one| !after.valid_certificates(peer, at).any(|other| other == one))
}

fn newly_revoked(before: &TrustRoster, after: &TrustRoster, country: Country) -> Vec<u64> {
    let serials = after.certificates(country).map(|certificate| certificate.serial);
    serials.filter(|serial| after.is_revoked(country, *serial) && !before.is_revoked(country, *serial)).collect()
}
