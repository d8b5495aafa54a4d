//! Reading ahead, as far as it pays.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What a WebSocket asks for at once. It clears as much before each read, and keeps it: so this is what a message at a quiet
/// hour costs, and what a session at rest holds.
pub(crate) const USUAL: usize = 4 * 1024;
/// What is asked for while more is there than that: it takes a sixteenth of the system calls.
const MUCH: usize = 64 * 1024;

/// A connection that is read in large pieces while much is coming, and needs no memory while little is.
pub(crate) struct Ahead<T> {
    inner: T,
    /// Empty while little is coming.
    buffer: Vec<u8>,
    /// How much the last read into it has brought, and how much of that has been handed on.
    filled: usize,
    taken: usize,
}

impl<T> Ahead<T> {
    pub(crate) const fn new(inner: T) -> Self {
        Self { inner, buffer: Vec::new(), filled: 0, taken: 0 }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Ahead<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.buffer.is_empty() {
            ready!(Pin::new(&mut this.inner).poll_read(cx, into))?;
            if into.remaining() == 0 {
                this.buffer = vec![0; MUCH];
                (this.filled, this.taken) = (0, 0);
            }
            return Poll::Ready(Ok(()));
        }
        if this.taken == this.filled {
            let mut piece = ReadBuf::new(&mut this.buffer);
            let Poll::Ready(read) = Pin::new(&mut this.inner).poll_read(cx, &mut piece) else {
                if this.filled < USUAL {
                    this.buffer = Vec::new();
                }
                return Poll::Pending;
            };
            (this.filled, this.taken) = (piece.filled().len(), 0);
            read?;
        }
        let end = this.filled.min(this.taken + into.remaining());
        into.put_slice(&this.buffer[this.taken..end]);
        this.taken = end;
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Ahead<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    #[tokio::test]
    async fn every_byte_comes_once_and_in_its_order() {
        let (mut far, near) = duplex(10 * MUCH);
        let mut ahead = Ahead::new(near);
        let mut expected: Vec<u8> = Vec::new();
        for (n, length) in [1, 100, USUAL, 3 * MUCH + 7, 5, 2 * USUAL].into_iter().enumerate() {
            let piece: Vec<u8> = (0..length).map(|byte| (byte * 7 + n) as u8).collect();
            far.write_all(&piece).await.expect("there is room");
            expected.extend(piece);
        }
        drop(far);
        let (mut got, mut piece) = (Vec::new(), [0; USUAL]);
        loop {
            match ahead.read(&mut piece).await.expect("memory does not fail") {
                0 => break,
                length => got.extend_from_slice(&piece[..length]),
            }
        }
        assert!(got == expected, "{} of {} bytes", got.len(), expected.len());
    }

    #[tokio::test]
    async fn the_buffer_is_there_while_much_is_coming() {
        let (mut far, near) = duplex(MUCH);
        let (mut ahead, mut piece) = (Ahead::new(near), [0; USUAL]);
        far.write_all(&[1; 10]).await.expect("there is room");
        assert_eq!(ahead.read(&mut piece).await.expect("memory does not fail"), 10);
        assert!(ahead.buffer.is_empty(), "little came");
        far.write_all(&[2; MUCH]).await.expect("there is room");
        for _ in 0..MUCH / USUAL {
            ahead.read_exact(&mut piece).await.expect("memory does not fail");
        }
        assert!(!ahead.buffer.is_empty(), "much came");
        far.write_all(&[3; 10]).await.expect("there is room");
        assert_eq!(ahead.read(&mut piece).await.expect("memory does not fail"), 10);
        tokio::select! {
            biased;
            _ = ahead.read(&mut piece) => panic!("nothing is there"),
            () = std::future::ready(()) => {}
        }
        assert!(ahead.buffer.is_empty(), "little came again");
    }
}
