//! Frames on the wire: a length of four bytes, big-endian, that counts the type byte with the body.

use std::fmt;
use std::io;

use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use super::limits::{BODY_STEP_BYTES, FRAME_READ_TIME_MAX};
use super::streams::StreamKind;

/// Types from here up belong to the driver; the consumer neither sends nor sees them.
pub const RESERVED_KINDS_FROM: u8 = 0xF0;

/// "Are you there?", with eight bytes to be given back.
pub(super) const HEARTBEAT: u8 = 0xF0;

/// "I am", with the eight bytes.
pub(super) const HEARTBEAT_ANSWER: u8 = 0xF1;

/// One message of a stream. What the type and the body mean is the consumer's affair.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    /// The type, below [`RESERVED_KINDS_FROM`].
    pub kind: u8,
    /// The body, at most [`StreamKind::body_bytes_max`].
    pub body: Vec<u8>,
}

impl fmt::Debug for Frame {
    /// Never the body: it may hold records, and what is printed ends in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame {{ kind: {:#04x}, body: {} bytes }}", self.kind, self.body.len())
    }
}

/// Why no frame could be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The stream ended.
    #[error("the peer closed the {0} stream")]
    Closed(StreamKind),
    /// The stream broke.
    #[error("the {stream} stream broke: {cause}")]
    Broken {
        /// The stream.
        stream: StreamKind,
        /// What the transport said.
        #[source]
        cause: io::Error,
    },
    /// A length of zero has no room for the type.
    #[error("the peer sent a frame of length zero on the {0} stream")]
    Empty(StreamKind),
    /// The announced body is over the limit; nothing of it was read.
    #[error("the peer announced a frame of {length} bytes on the {stream} stream, where at most {max} are allowed")]
    TooLong {
        /// The stream.
        stream: StreamKind,
        /// The length announced, type byte included.
        length: u32,
        /// The longest allowed, type byte included.
        max: u32,
    },
    /// The frame was begun and not finished.
    #[error("a frame on the {0} stream was not finished in time")]
    TimedOut(StreamKind),
}

/// The first five bytes of a frame, within its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) kind: u8,
    pub(super) body_length: u32,
}

/// Reads the header. INVARIANT (everything is bounded): the length is checked here, before memory is taken for the body.
pub(super) async fn read_header<R>(from: &mut R, stream: StreamKind) -> Result<Header, ReadError>
where
    R: AsyncRead + Unpin,
{
    let mut length = [0; 4];
    fill(from, &mut length, stream).await?;
    let length = u32::from_be_bytes(length);
    let max = stream.body_bytes_max() + 1;
    if length > max {
        return Err(ReadError::TooLong { stream, length, max });
    }
    let Some(body_length) = length.checked_sub(1) else {
        return Err(ReadError::Empty(stream));
    };
    let mut kind = [0];
    within_time(stream, fill(from, &mut kind, stream)).await?;
    let [kind] = kind;
    Ok(Header { kind, body_length })
}

/// Reads the body in steps, calling `progress` after each.
pub(super) async fn read_body<R>(
    from: &mut R,
    stream: StreamKind,
    header: Header,
    progress: impl Fn(),
) -> Result<Frame, ReadError>
where
    R: AsyncRead + Unpin,
{
    let reading = async {
        let mut left = header.body_length as usize;
        let mut body = Vec::new();
        while left > 0 {
            let step = left.min(BODY_STEP_BYTES);
            let read_before = body.len();
            body.resize(read_before + step, 0);
            let (_, room) = body.split_at_mut(read_before);
            fill(from, room, stream).await?;
            progress();
            left -= step;
        }
        Ok(Frame { kind: header.kind, body })
    };
    within_time(stream, reading).await
}

/// Writes the whole frame and hands it to the transport.
pub(super) async fn write_frame<W>(to: &mut W, frame: &Frame) -> io::Result<()>
where
    W: AsyncWrite + Unpin,
{
    let length = u32::try_from(frame.body.len())
        .ok()
        .and_then(|body| body.checked_add(1))
        .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    let [a, b, c, d] = length.to_be_bytes();
    to.write_all(&[a, b, c, d, frame.kind]).await?;
    to.write_all(&frame.body).await?;
    to.flush().await
}

async fn fill<R>(from: &mut R, room: &mut [u8], stream: StreamKind) -> Result<(), ReadError>
where
    R: AsyncRead + Unpin,
{
    from.read_exact(room).await.map_err(|cause| match cause.kind() {
        io::ErrorKind::UnexpectedEof => ReadError::Closed(stream),
        _ => ReadError::Broken { stream, cause },
    })
}

async fn within_time<T>(
    stream: StreamKind,
    reading: impl Future<Output = Result<T, ReadError>>,
) -> Result<T, ReadError> {
    timeout(FRAME_READ_TIME_MAX, reading).await.unwrap_or(Err(ReadError::TimedOut(stream)))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::io::Cursor;

    use super::*;

    async fn read(bytes: &[u8], stream: StreamKind) -> Result<Frame, ReadError> {
        let mut from = Cursor::new(bytes);
        let header = read_header(&mut from, stream).await?;
        read_body(&mut from, stream, header, || {}).await
    }

    #[tokio::test]
    async fn what_is_written_is_read_again() {
        for (stream, length) in [
            (StreamKind::Control, 0),
            (StreamKind::Control, 65_536),
            (StreamKind::Ledger, 1_048_576),
            (StreamKind::Obligations, 5),
        ] {
            let frame = Frame { kind: 7, body: (0..length).map(|n| n as u8).collect() };
            let mut wire = Vec::new();
            write_frame(&mut wire, &frame).await.unwrap();
            assert_eq!(read(&wire, stream).await.unwrap(), frame);
        }
    }

    #[tokio::test]
    async fn the_bytes_on_the_wire_are_these() {
        let mut wire = Vec::new();
        write_frame(&mut wire, &Frame { kind: 0x2A, body: b"abc".to_vec() }).await.unwrap();
        assert_eq!(wire, [0, 0, 0, 4, 0x2A, b'a', b'b', b'c']);
    }

    #[tokio::test]
    async fn lengths_out_of_bounds_are_refused_by_name() {
        assert!(matches!(read(&[0; 8], StreamKind::Control).await, Err(ReadError::Empty(StreamKind::Control))));
        let over = 65_538_u32.to_be_bytes();
        assert!(matches!(
            read(&over, StreamKind::Obligations).await,
            Err(ReadError::TooLong { length: 65_538, max: 65_537, .. })
        ));
        // The same length is fine on the ledger stream, where only the bytes are missing.
        assert!(matches!(read(&over, StreamKind::Ledger).await, Err(ReadError::Closed(StreamKind::Ledger))));
        let huge = u32::MAX.to_be_bytes();
        assert!(matches!(read(&huge, StreamKind::Ledger).await, Err(ReadError::TooLong { .. })));
    }

    #[tokio::test]
    async fn a_truncated_frame_is_a_closed_stream() {
        let mut wire = Vec::new();
        write_frame(&mut wire, &Frame { kind: 1, body: vec![9; 100] }).await.unwrap();
        for cut in 0..wire.len() {
            assert!(matches!(read(&wire[..cut], StreamKind::Control).await, Err(ReadError::Closed(_))), "{cut}");
        }
    }

    #[tokio::test]
    async fn memory_follows_what_arrives() {
        // Announces a megabyte, sends three steps of it.
        let sent = vec![0_u8; 3 * BODY_STEP_BYTES];
        let steps = AtomicUsize::new(0);
        let header = Header { kind: 1, body_length: 1_048_576 };
        let mut from = Cursor::new(&sent);
        let read = read_body(&mut from, StreamKind::Ledger, header, || {
            steps.fetch_add(1, Ordering::Relaxed);
        });
        assert!(matches!(read.await, Err(ReadError::Closed(_))));
        assert_eq!(steps.into_inner(), 3);
    }

    #[test]
    fn a_body_is_never_printed() {
        let frame = Frame { kind: 3, body: b"confidential".to_vec() };
        assert_eq!(format!("{frame:?}"), "Frame { kind: 0x03, body: 12 bytes }");
    }
}
