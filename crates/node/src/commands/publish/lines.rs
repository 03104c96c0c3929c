//! Lines of a file of any length, each within a limit.

use std::io::{self, BufRead};

/// Reads line by line; a line beyond the limit is passed over without being kept.
pub struct Lines<R> {
    input: R,
    limit: usize,
    number: u64,
    read: u64,
}

/// One line.
#[derive(Debug, PartialEq, Eq)]
pub struct Line {
    /// Counted from 1.
    pub number: u64,
    /// Its bytes without the end; nothing where it is longer than the limit.
    pub bytes: Option<Vec<u8>>,
    /// Bytes of the file read so far.
    pub read: u64,
}

impl<R: BufRead> Lines<R> {
    /// Reads from there.
    pub fn new(input: R, limit: usize) -> Self {
        Self { input, limit, number: 0, read: 0 }
    }

    /// The next line; none at the end.
    ///
    /// INVARIANT (everything is bounded): no more than the limit is kept, however long the line is.
    pub fn next(&mut self) -> io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        let mut fits = true;
        let mut any = false;
        loop {
            let available = match self.input.fill_buf() {
                Ok(available) => available,
                Err(fault) if fault.kind() == io::ErrorKind::Interrupted => continue,
                Err(fault) => return Err(fault),
            };
            if available.is_empty() {
                break;
            }
            any = true;
            let end = available.iter().position(|byte| *byte == b'\n');
            let (piece, used) = match end {
                Some(end) => (available.split_at(end).0, end + 1),
                None => (available, available.len()),
            };
            if fits && bytes.len() + piece.len() <= self.limit {
                bytes.extend_from_slice(piece);
            } else {
                fits = false;
                bytes = Vec::new();
            }
            self.read = self.read.saturating_add(u64::try_from(used).unwrap_or(0));
            self.input.consume(used);
            if end.is_some() {
                break;
            }
        }
        if !any {
            return Ok(None);
        }
        self.number += 1;
        Ok(Some(Line { number: self.number, bytes: fits.then_some(bytes), read: self.read }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, limit: usize, buffer: usize) -> Vec<(u64, Option<String>)> {
        let mut lines = Lines::new(io::BufReader::with_capacity(buffer, text.as_bytes()), limit);
        let mut found = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            found.push((line.number, line.bytes.map(|bytes| String::from_utf8(bytes).unwrap())));
        }
        found
    }

    #[test]
    fn a_line_beyond_the_limit_is_passed_over() {
        for buffer in [1, 3, 4096] {
            let some = |text: &str| Some(text.to_owned());
            assert_eq!(
                lines("a\nbcd\n\nefghi\nj", 4, buffer),
                [(1, some("a")), (2, some("bcd")), (3, some("")), (4, None), (5, some("j")),]
            );
            assert_eq!(lines("", 4, buffer), []);
            assert_eq!(lines("abcd\n", 4, buffer), [(1, some("abcd"))]);
            assert_eq!(lines("abcde", 4, buffer), [(1, None)]);
        }
    }
}
