//! A reader that counts what goes through it, with an allowance for the next piece.

use std::io::{self, BufRead, Read};

use crate::limits::{LIST_BYTES_MAX, TOKEN_BYTES_MAX};

/// Gives at most [`TOKEN_BYTES_MAX`] bytes between two calls of [`Metered::allow`], so that no piece of a file, however
/// long, takes more memory than that.
///
/// INVARIANT (everything is bounded): the XML reader above it grows its buffer without asking; the bytes stop here.
pub(super) struct Metered<R> {
    inner: R,
    allowance: usize,
    offset: u64,
    line: u64,
    failure: Option<io::ErrorKind>,
}

impl<R: BufRead> Metered<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, allowance: TOKEN_BYTES_MAX, offset: 0, line: 1, failure: None }
    }

    /// Lets the next piece through.
    pub(super) fn allow(&mut self) {
        self.allowance = TOKEN_BYTES_MAX;
    }

    /// Bytes read so far.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// The line reached, counted from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Whether more was read than a list may have.
    pub(super) fn is_beyond_limit(&self) -> bool {
        self.offset > LIST_BYTES_MAX
    }

    /// Whether the current piece is longer than one may be.
    pub(super) fn is_spent(&self) -> bool {
        self.allowance == 0
    }

    /// How the source failed, if it did.
    pub(super) fn failure(&self) -> Option<io::ErrorKind> {
        self.failure
    }
}

impl<R: BufRead> Read for Metered<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let count = available.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..count), available.get(..count)) {
            to.copy_from_slice(from);
        }
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Metered<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.allowance == 0 {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        match self.inner.fill_buf() {
            Ok(bytes) => Ok(bytes.get(..self.allowance).unwrap_or(bytes)),
            Err(fault) => {
                if fault.kind() != io::ErrorKind::Interrupted {
                    self.failure = Some(fault.kind());
                }
                Err(fault)
            }
        }
    }

    fn consume(&mut self, count: usize) {
        // A filled buffer is given again as it is, without reading on.
        let lines = match self.inner.fill_buf() {
            Ok(bytes) => bytes.iter().take(count).filter(|byte| **byte == b'\n').count(),
            Err(_) => 0,
        };
        self.line = self.line.saturating_add(u64::try_from(lines).unwrap_or(0));
        self.offset = self.offset.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        self.allowance = self.allowance.saturating_sub(count);
        self.inner.consume(count);
    }
}
