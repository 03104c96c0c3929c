//! What a peer has been told of countries' keys on one connection, and what it has still to be told.

use std::collections::{BTreeMap, BTreeSet};

use chancery_record::{Country, KeyNews, TrustRoster};

use crate::desk::Desk;
use crate::input::OwnIdentity;
use crate::limits::{HELLO_CERTIFICATES_MAX, KEY_NEWS_HEARD_MAX};
use crate::{Holdings, ReadFault};

/// The news of one connection, both ways.
///
/// INVARIANT (everything is bounded): one digest for each country whose card was imported; what is due is made when its
/// frame is.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// What the peer was told last of each country.
    digests: BTreeMap<Country, [u8; 32]>,
    due: BTreeSet<Country>,
    /// Whether keys or laws have changed since it was seen what is due.
    is_stale: bool,
    /// News of this peer that changed something here.
    heard: u32,
}

impl Told {
    /// The hello has said what is to be said of this country's own keys.
    pub fn by_hello(&mut self, own: &OwnIdentity) {
        self.digests.insert(own.country, own.key_news().digest());
        self.is_stale = true;
    }

    /// Keys, or who may know of them, have changed.
    pub fn is_to_be_seen_again(&mut self) {
        self.is_stale = true;
    }

    /// Whether more news of this peer is taken on this connection.
    ///
    /// INVARIANT (everything is bounded): each costs a write to the disk.
    pub fn may_hear(&mut self) -> bool {
        let may = self.heard < KEY_NEWS_HEARD_MAX;
        self.heard = self.heard.saturating_add(1);
        may
    }

    /// The next news for the peer: of this country's own keys, and of those of countries that it may know.
    ///
    /// INVARIANT (nothing beyond the view): news of another country goes to who shares a treaty with it and with us, or has
    /// records of it from us.
    pub fn next<H: Holdings>(
        &mut self,
        peer: Country,
        desk: &Desk<'_, H>,
        own: &OwnIdentity,
        roster: &TrustRoster,
    ) -> Result<Option<KeyNews>, ReadFault> {
        if std::mem::take(&mut self.is_stale) {
            self.due = roster.countries().filter(|country| *country != peer).collect();
            self.due.insert(own.country);
        }
        while let Some(country) = self.due.pop_first() {
            let news = if country == own.country {
                Some(own.key_news())
            } else if may_know(desk, peer, country)? {
                roster.news_at(country, desk.now.wall, HELLO_CERTIFICATES_MAX)
            } else {
                None
            };
            let Some(news) = news.filter(|news| !news.is_empty()) else { continue };
            let digest = news.digest();
            if self.digests.insert(country, digest) != Some(digest) {
                return Ok(Some(news));
            }
        }
        Ok(None)
    }
}

/// Whether a peer may know that this node knows a country: one treaty in force binds all three, or it has records of that
/// country from here.
fn may_know<H: Holdings>(desk: &Desk<'_, H>, peer: Country, country: Country) -> Result<bool, ReadFault> {
    let with_country = desk.law.treaties_with(country);
    let is_common = desk.law.treaties_with(peer).iter().any(|treaty| with_country.contains(treaty));
    Ok(is_common || desk.holdings.has_passed_on(peer, country)?)
}
