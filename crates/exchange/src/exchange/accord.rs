//! The law of this node, and how much of it holds on a connection: what the peer holds in force as well.

use std::sync::Arc;

use chancery_record::{Country, DocumentHash, Moment};
use chancery_treaty::Law;

use super::{Exchange, Write};
use crate::output::Output;
use crate::session::Records;
use crate::session::lane::walked_under;
use crate::wire::Hello;
use crate::{Holdings, ReadFault};

impl Exchange {
    /// The law has changed: everything prepared and not handed over is void. A peer that was told of other treaties than
    /// are in force now is greeted afresh, so that both ends know what the other holds.
    pub(super) fn change_law<H: Holdings>(
        &mut self,
        now: Moment,
        law: Arc<Law>,
        holdings: &H,
    ) -> Result<(), ReadFault> {
        let before = (Arc::clone(&self.law), std::mem::replace(&mut self.own_law, law));
        self.law = Arc::new(self.own_law.within(&self.accords));
        let mut write = Write::default();
        let mut afresh = Vec::new();
        for session in self.sessions.values_mut() {
            let (peer, connection) = (session.peer, session.connection);
            session.told.is_to_be_seen_again();
            if session.greeted && before.1.treaties_with(peer) != self.own_law.treaties_with(peer) {
                afresh.push((peer, connection));
            }
            let Some(open) = session.conversation() else {
                continue;
            };
            let desk = Self::desk(now, &self.own, &self.law, &mut self.labels, &self.overlay, holdings);
            open.renew(&desk, peer)?;
            open.forwarder.look_again();
            let is_other = before.0.digest_for(peer) != desk.law.digest_for(peer);
            // INVARIANT (nothing beyond the view): a law that changed towards others alone begins no new numbering here,
            // unless something waits that has to be decided again.
            if is_other || open.sender.has_prepared() {
                write.changes.extend(open.sender.reopen(walked_under(desk.law, peer)));
            }
            if is_other && open.missed.by_law && open.records == Records::Flow {
                afresh.push((peer, connection));
            }
        }
        self.persist(write);
        afresh.dedup();
        self.begin_afresh(afresh);
        Ok(())
    }

    /// A peer has said what it holds in force. As long as the connection lasts, nothing else lets anything go to it.
    pub(super) fn agree(&mut self, peer: Country, hello: &Hello) {
        let ours = self.own_law.treaties_with(peer);
        let not_there: Vec<DocumentHash> = ours.iter().filter(|ours| !hello.treaties.contains(ours)).copied().collect();
        let not_here = hello.treaties.iter().filter(|theirs| !ours.contains(theirs)).count();
        for treaty in &not_there {
            let text = format!("{treaty} is in force here and not there: nothing goes under it until it is");
            self.outputs.push_back(Output::Notice { peer, text });
        }
        if not_here > 0 {
            let text = format!("holds {not_here} in force that are not in force here: nothing comes under them");
            self.outputs.push_back(Output::Notice { peer, text });
        }
        self.accords.insert(peer, hello.treaties.clone());
        self.law = Arc::new(self.own_law.within(&self.accords));
    }

    /// What the peer said of its law holds no longer than the connection.
    pub(super) fn part(&mut self, peer: Country) {
        if self.accords.remove(&peer).is_some() {
            self.law = Arc::new(self.own_law.within(&self.accords));
        }
    }
}
