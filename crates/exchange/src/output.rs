//! What the exchange wants done, with the frames that only a decision can fill.

use chancery_record::encoding::{Domain, encode};
use chancery_record::{Country, KeyNews, SignedByCountry, SignedStatement};
use chancery_treaty::{Announced, LawGeneration, Owed, Released, Returned, Stale};
use ed25519_dalek::SigningKey;

use crate::answer::Answer;
use crate::session::returning::ReturnPage;
use crate::sheet::SheetDraft;
use crate::wire::{
    self, Batch, CheckAsk, Compare, Compared, FrameKind, Hello, ObligationReceipt, Obligations, OfferedRecord,
    OnwardOffer, OnwardWant, OpenEpoch, Receipt, ReturnAsk, ReturnedSheet, Stream,
};
use crate::{CallerId, Change, ConnectionId, Incarnation, ItemNumber, SignedByNode, Ticket};

/// One thing to do, in order.
#[derive(Debug)]
pub enum Output {
    /// Write these changes in one durable commit, then say [`crate::Input::Stored`].
    Persist {
        /// What to say then.
        ticket: Ticket,
        /// The changes.
        changes: Vec<Change>,
    },
    /// Hand this frame to the network driver, which holds a permit for it.
    Send {
        /// To whom.
        peer: Country,
        /// On which connection.
        connection: ConnectionId,
        /// The frame.
        frame: Outgoing,
    },
    /// Hang up.
    Disconnect {
        /// On whom.
        peer: Country,
        /// Which connection.
        connection: ConnectionId,
        /// Why.
        why: HangUp,
    },
    /// Answer a local caller.
    Answer {
        /// Whom.
        caller: CallerId,
        /// What.
        answer: Answer,
    },
    /// A peer handed over certificates or revocations of its country; keep them and renew the roster.
    Learned {
        /// Whose.
        country: Country,
        /// Certificates, verified.
        certificates: Vec<SignedByCountry>,
        /// Revocations, verified.
        revocations: Vec<SignedByCountry>,
    },
    /// Something an operator should know.
    Notice {
        /// About whom.
        peer: Country,
        /// What, without record content.
        text: String,
    },
}

/// Why a connection is ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HangUp {
    /// The peer broke the protocol, in words for the log.
    Violation(String),
    /// What could not be taken before may be taken now: the next connection begins afresh, and the peer is not to blame.
    Afresh,
    /// This node speaks with other keys from now on; the next connection begins with them.
    OwnKeys,
    /// The peer's certificate on this connection has been revoked or is over.
    PeerKeys,
}

/// A frame on its way out. Its content is private: it is built only from `Released`, `Owed` or a view.
///
/// INVARIANT (released under an article): the constructors below are the only ones, and none of them takes a record.
#[derive(Debug)]
pub struct Outgoing {
    kind: FrameKind,
    body: Vec<u8>,
}

impl Outgoing {
    /// The type byte.
    pub fn kind(&self) -> FrameKind {
        self.kind
    }

    /// The conversation it belongs to.
    pub fn stream(&self) -> Stream {
        self.kind.stream()
    }

    /// The bytes for the wire.
    pub fn into_body(self) -> Vec<u8> {
        self.body
    }

    /// Spends released records: from here on they have left.
    ///
    /// INVARIANT (decided at the wire): every one is asked for the law generation it was decided in; one stale verdict
    /// voids the batch.
    pub(crate) fn released(
        sheet: SheetDraft,
        released: Vec<Released>,
        current: LawGeneration,
        record_key: &SigningKey,
    ) -> Result<Self, Stale> {
        let envelopes = released.into_iter().map(|one| one.spend(current)).collect::<Result<Vec<_>, _>>()?;
        let envelopes = envelopes.into_iter().map(|delivery| delivery.envelope).collect();
        let batch = Batch { sheet: sheet.sign(record_key), envelopes };
        Ok(Self { kind: FrameKind::Batch, body: encode(Domain::Frame, &batch) })
    }

    /// Statements owed to a past holder.
    ///
    /// INVARIANT (what is owed follows the record): built from `Owed` alone, whatever the treaties say now.
    pub(crate) fn owed(incarnation: Incarnation, first: ItemNumber, owed: Vec<Owed>) -> Self {
        let statements: Vec<SignedStatement> = owed.into_iter().map(Owed::into_statement).collect();
        Self {
            kind: FrameKind::Obligations,
            body: encode(Domain::Frame, &Obligations { incarnation, first, statements }),
        }
    }

    /// What a recovering peer once signed and sealed, on its way back.
    ///
    /// INVARIANT (released under an article): records in it are `Returned`, so they go to their originator alone.
    pub(crate) fn returned(page: ReturnPage) -> Self {
        let sheets = page.sheets.into_iter().map(|(sheet, records)| ReturnedSheet {
            sheet,
            envelopes: records.into_iter().map(Returned::into_envelope).collect(),
        });
        let frame = wire::Returned {
            cursor: page.cursor,
            statements: page.statements,
            sheets: sheets.collect(),
            next: page.next,
        };
        Self { kind: FrameKind::Returned, body: encode(Domain::Frame, &frame) }
    }

    /// Ids of records that the law lets be passed on to the peer.
    ///
    /// INVARIANT (nothing beyond the view): built from `Announced` alone, so that no id is offered which could not go.
    pub(crate) fn offered_onward(number: u64, announced: Vec<Announced>) -> Self {
        let offered = |one: Announced| OfferedRecord { originator: one.originator(), record: one.record() };
        let offer = OnwardOffer { number, items: announced.into_iter().map(offered).collect() };
        Self { kind: FrameKind::OnwardOffer, body: encode(Domain::Frame, &offer) }
    }

    /// What the peer may know of the conversation itself.
    ///
    /// INVARIANT (nothing beyond the view): a view has no field for a record that the peer did not send or was not sent.
    pub(crate) fn view(view: &View<'_>, record_key: &SigningKey) -> Self {
        let signed = |domain, kind, bytes: SignedByNode| (kind, encode(domain, &bytes));
        let (kind, body) = match view {
            View::Hello(hello) => {
                signed(Domain::Frame, FrameKind::Hello, SignedByNode::sign(Domain::Hello, *hello, record_key))
            }
            View::Receipt(receipt) => {
                signed(Domain::Frame, FrameKind::Receipt, SignedByNode::sign(Domain::Receipt, *receipt, record_key))
            }
            View::ObligationReceipt(receipt) => signed(
                Domain::Frame,
                FrameKind::ObligationReceipt,
                SignedByNode::sign(Domain::ObligationReceipt, *receipt, record_key),
            ),
            View::OpenEpoch(open) => (FrameKind::OpenEpoch, encode(Domain::Frame, *open)),
            View::Compare(question) => (FrameKind::Compare, encode(Domain::Frame, *question)),
            View::Compared(answer) => (FrameKind::Compared, encode(Domain::Frame, *answer)),
            View::CheckAsk(ask) => (FrameKind::CheckAsk, encode(Domain::Frame, *ask)),
            View::ReturnAsk(ask) => (FrameKind::ReturnAsk, encode(Domain::Frame, *ask)),
            View::KeyNews(news) => (FrameKind::KeyNews, encode(Domain::Frame, *news)),
            View::OnwardWant(want) => (FrameKind::OnwardWant, encode(Domain::Frame, *want)),
        };
        Self { kind, body }
    }
}

/// Everything that may be said of a conversation to the peer in it.
pub(crate) enum View<'a> {
    /// Who speaks, and how far it holds the peer's streams.
    Hello(&'a Hello),
    /// How far it holds the peer's ledger.
    Receipt(&'a Receipt),
    /// How far it holds the peer's obligations.
    ObligationReceipt(&'a ObligationReceipt),
    /// Where the numbering of what follows begins.
    OpenEpoch(&'a OpenEpoch),
    /// What the peer holds of what was delivered to it.
    Compare(&'a Compare),
    /// What is held here of what the peer delivered.
    Compared(&'a Compared),
    /// That the peer should compare.
    CheckAsk(&'a CheckAsk),
    /// What a recovering node asks of a peer.
    ReturnAsk(&'a ReturnAsk),
    /// What a country that the peer may know says of its keys.
    KeyNews(&'a KeyNews),
    /// What of an offer is wanted.
    OnwardWant(&'a OnwardWant),
}
