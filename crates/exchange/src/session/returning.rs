//! Giving back: what a recovering peer once said, sealed and signed, as far as it is held here.

use chancery_record::encoding::{Domain, decode, digest};
use chancery_record::{Country, SheetHash, SignedStatement};
use chancery_treaty::Returned;

use crate::change::RecordSource;
use crate::incoming::sheet_content;
use crate::limits::{
    BATCH_BYTES_CUT, LEDGER_FRAME_BYTES_MAX, RETURNED_SHEET_BYTES_MAX, RETURNED_SHEETS_MAX, RETURNED_STATEMENTS_MAX,
};
use crate::wire::TermsSheet;
use crate::{Epoch, Holdings, ItemNumber, ReadFault, ReturnCursor, SignedByNode};

/// One page of what a peer is given back.
pub(crate) struct ReturnPage {
    pub cursor: ReturnCursor,
    pub statements: Vec<SignedStatement>,
    pub sheets: Vec<(SignedByNode, Vec<Returned>)>,
    pub next: Option<ReturnCursor>,
}

/// The page that a recovering peer asks for.
///
/// INVARIANT (nothing beyond the view): all of it bears the peer's own seal or signature.
pub(crate) fn page<H: Holdings>(peer: Country, cursor: ReturnCursor, holdings: &H) -> Result<ReturnPage, ReadFault> {
    match cursor {
        ReturnCursor::Statements(after) => {
            let statements = holdings.statements_of(peer, after, RETURNED_STATEMENTS_MAX)?;
            let next = match statements.last() {
                Some(last) if statements.len() >= RETURNED_STATEMENTS_MAX => ReturnCursor::Statements(Some(last.id())),
                _ => ReturnCursor::Sheets { after: None, given: 0 },
            };
            Ok(ReturnPage { cursor, statements, sheets: Vec::new(), next: Some(next) })
        }
        ReturnCursor::Sheets { after, given } => sheets(peer, cursor, after, usize::from(given), holdings),
    }
}

fn sheets<H: Holdings>(
    peer: Country,
    cursor: ReturnCursor,
    mut after: Option<(Epoch, ItemNumber)>,
    mut given: usize,
    holdings: &H,
) -> Result<ReturnPage, ReadFault> {
    let mut page = ReturnPage { cursor, statements: Vec::new(), sheets: Vec::new(), next: None };
    let mut bytes = 0;
    let found = holdings.sheets_of(peer, after, RETURNED_SHEETS_MAX)?;
    let more = found.len() >= RETURNED_SHEETS_MAX;
    for (epoch, first, sheet_bytes) in found {
        if bytes > 0 && bytes + sheet_bytes.len() > BATCH_BYTES_CUT {
            page.next = Some(ReturnCursor::Sheets { after, given: 0 });
            return Ok(page);
        }
        let hash = SheetHash(digest(Domain::Terms, &[&sheet_bytes]));
        if let Some((signed, sheet)) = opened(&sheet_bytes) {
            bytes += sheet_bytes.len();
            let mut records = Vec::new();
            for (index, item) in sheet.items.iter().enumerate().skip(given) {
                if bytes >= BATCH_BYTES_CUT && !records.is_empty() {
                    page.sheets.push((signed, records));
                    let given = u16::try_from(index).unwrap_or(u16::MAX);
                    page.next = Some(ReturnCursor::Sheets { after, given });
                    return Ok(page);
                }
                let held = holdings.held(&item.record)?;
                let came_so = |source: &RecordSource| matches!(source, RecordSource::Delivered { peer: from, sheet, .. } if *from == peer && *sheet == hash);
                if let Some(held) = held.filter(|held| came_so(&held.source))
                    && let Ok(returned) = Returned::to_originator(&held.record, peer)
                {
                    bytes += held.record.to_bytes().len();
                    records.push(returned);
                }
            }
            page.sheets.push((signed, records));
        }
        (after, given) = (Some((epoch, first)), 0);
    }
    page.next = more.then_some(ReturnCursor::Sheets { after, given: 0 });
    Ok(page)
}

/// A stored sheet; none where it is too large to travel with a record, which no honest peer signs.
fn opened(bytes: &[u8]) -> Option<(SignedByNode, TermsSheet)> {
    if bytes.len() > RETURNED_SHEET_BYTES_MAX {
        return None;
    }
    let signed: SignedByNode = decode(Domain::Terms, bytes, LEDGER_FRAME_BYTES_MAX).ok()?;
    let sheet = sheet_content(&signed).ok()?;
    Some((signed, sheet))
}
