//! Judges hellos, receipts and what is owed as they leave.

use chancery_exchange::limits::{CREDIT_BYTES, CREDIT_ITEMS};
use chancery_exchange::wire::{Hello, ObligationReceipt, Obligations, Receipt};
use chancery_exchange::{Holdings, ItemNumber, SignedByNode};
use chancery_record::encoding::{Domain, decode};
use chancery_record::{Country, DocumentHash, RecordId, Saying, Set, Statement};

use super::Oracle;
use super::batches::{FRAME_BYTES_MAX, read};
use crate::nations::transport_key;
use crate::node::Node;

impl Oracle {
    /// A hello names what concerns this peer, and nothing that is not so.
    pub(super) fn hello(&mut self, node: &Node, to: Country, body: &[u8]) -> Result<(), String> {
        let hello: Hello = read_signed(body, Domain::Hello)?;
        let own = node.country;
        let between = node.in_force.iter().filter(|(number, _)| {
            let pact = &self.pacts[**number];
            pact.binds(own) && pact.binds(to)
        });
        let treaties: Set<DocumentHash> = between.map(|(number, accord)| self.pacts[*number].hash(*accord)).collect();
        if hello.treaties != treaties {
            return Err("it names other treaties than those with this peer".into());
        }
        if (hello.sender, hello.recipient, hello.sender_transport) != (own, to, transport_key(own)) {
            return Err("it is somebody else's".into());
        }
        let life = node.store.incarnation().map_err(|fault| fault.to_string())?;
        if hello.incarnation != life || (hello.credit_items, hello.credit_bytes) != (CREDIT_ITEMS, CREDIT_BYTES) {
            return Err("it says something of the node that is not so".into());
        }
        let shadow = self.shadows.entry(own).or_default();
        let held = shadow.received.get(&to);
        let is_held = hello
            .ledger_held
            .is_none_or(|said| held.is_some_and(|held| (held.epoch, held.number) >= (said.epoch, said.number)));
        let owed = shadow.obligations_received.get(&to);
        let is_owed = hello.obligations_held.is_none_or(|said| owed.is_some_and(|held| held.number >= said.number));
        if is_held && is_owed { Ok(()) } else { Err("it says that more is held than is durable".into()) }
    }

    pub(super) fn receipt(&mut self, node: &Node, to: Country, body: &[u8]) -> Result<(), String> {
        let receipt: Receipt = read_signed(body, Domain::Receipt)?;
        let position = receipt.position;
        let shadow = self.shadows.entry(node.country).or_default();
        let held = shadow.received.get(&to);
        let is_held = held.is_some_and(|held| (held.epoch, held.number) >= (position.epoch, position.number));
        if !is_held {
            return Err(format!("{}/{} is receipted and {held:?} is durable", position.epoch, position.number));
        }
        if (receipt.holder, receipt.sender) != (node.country, to) {
            return Err("it is about others".into());
        }
        if receipt.refusals.iter().any(|refusal| refusal.number > position.number) {
            return Err("it refuses what never came".into());
        }
        let farthest = self.receipted.entry((node.country, to)).or_insert(position);
        if (position.epoch, position.number) > (farthest.epoch, farthest.number) {
            *farthest = position;
        }
        Ok(())
    }

    pub(super) fn obligation_receipt(&mut self, node: &Node, to: Country, body: &[u8]) -> Result<(), String> {
        let receipt: ObligationReceipt = read_signed(body, Domain::ObligationReceipt)?;
        let shadow = self.shadows.entry(node.country).or_default();
        let held = shadow.obligations_received.get(&to);
        // Who begins its own stream again takes back what was held of it.
        if !self.liars.contains(&to) && held.is_none_or(|held| held.number < receipt.position.number) {
            return Err(format!("{} is receipted and {held:?} is durable", receipt.position.number));
        }
        let farthest = self.owed_receipted.entry((node.country, to)).or_insert(receipt.position);
        if receipt.position.number > farthest.number {
            *farthest = receipt.position;
        }
        Ok(())
    }

    /// What is owed is durable, keeps its number, and names nothing that the peer was not told of.
    pub(super) fn obligations(&mut self, node: &Node, to: Country, body: &[u8]) -> Result<(), String> {
        let obligations: Obligations = read(body)?;
        let from = node.country;
        let mut number = obligations.first;
        for signed in &obligations.statements {
            let shadow = self.shadows.entry(from).or_default();
            if shadow.owed.get(&(to, number)) != Some(&signed.id()) {
                return Err(format!("statement {number} is not written down so"));
            }
            let before = self.stated.insert((from, to, number), signed.id());
            if before.is_some_and(|before| before != signed.id()) {
                return Err(format!("statement {number} was another one before"));
            }
            let statement = signed.read().map_err(|fault| fault.to_string())?;
            if statement.maker != from {
                return Err("a statement of somebody else".into());
            }
            self.names_only_what_is_known(from, to, &statement)?;
            number = ItemNumber(number.0 + 1);
        }
        Ok(())
    }

    fn names_only_what_is_known(&self, from: Country, to: Country, statement: &Statement) -> Result<(), String> {
        let Some(shadow) = self.shadows.get(&from) else { return Ok(()) };
        let was_sent = |record: &RecordId| self.sent.get(&(from, to)).is_some_and(|sent| sent.contains_key(record));
        let was_told = |record: &RecordId| {
            let mut told = [&shadow.told, &shadow.told_before].into_iter().filter_map(|told| told.get(record));
            told.any(|peers| peers.contains(&to)) || was_sent(record)
        };
        let came_from = |record: &RecordId| {
            self.sealed.get(record).is_none_or(|record| record.manifest().originator == to)
                || self.sent.get(&(to, from)).is_some_and(|sent| sent.contains_key(record))
        };
        let unknown = match &statement.saying {
            Saying::Withdrawal { lineage, .. } => {
                let of_lineage = |record: &RecordId| {
                    self.sealed.get(record).is_some_and(|record| record.manifest().lineage == *lineage)
                };
                !self.sealed.keys().filter(|record| of_lineage(record)).any(was_told)
            }
            Saying::Recall { records } | Saying::Correction { records } => !records.iter().all(was_told),
            Saying::Deletion { records, .. } => !records.iter().all(came_from),
            #[allow(unreachable_patterns, reason = "sayings to come")]
            _ => false,
        };
        if unknown { Err("a statement names what the peer was never told of".into()) } else { Ok(()) }
    }
}

/// What is said under a signature; whether it is good, its receiver finds out.
pub(super) fn read_signed<T: bincode::Encode + bincode::Decode<()>>(body: &[u8], domain: Domain) -> Result<T, String> {
    let signed: SignedByNode = read(body)?;
    decode(domain, &signed.bytes, FRAME_BYTES_MAX).map_err(|fault| fault.to_string())
}
