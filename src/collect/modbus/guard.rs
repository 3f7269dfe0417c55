//! I/O. A layer between the Modbus library and the socket: nothing but reads goes out, and nothing but the one right answer
//! to the last of them comes in.

use super::frame::{Asked, MAX_FRAME_LEN, Progress, Wrong, asked};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The socket, checked. After its first error it must be dropped.
#[derive(Debug)]
pub struct Guard<T> {
    inner: T,
    /// The request that waits for its answer.
    asked: Option<Asked>,
    /// Bytes of it not yet sent.
    unsent: usize,
    /// What has come of the answer.
    received: [u8; MAX_FRAME_LEN],
    len: usize,
    /// The same, for who gave up waiting.
    came: Arc<AtomicUsize>,
    /// How much of it was handed on.
    given: usize,
    /// True when more came than was asked for.
    has_surplus: bool,
}

/// Why the guard closed the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Bytes that must not be sent or believed.
    #[error(transparent)]
    Wrong(#[from] Wrong),
    /// The stream was of no use any more before the request was sent; nothing was sent.
    #[error("the connection was closed between two requests")]
    Idle,
    /// As `Idle`, because of bytes nobody asked for.
    #[error("the device sent bytes nobody asked for")]
    Unasked,
    /// The stream ended before the answer did.
    #[error(
        "the connection was closed before the answer was whole: look at the device or gateway, and at what else uses it"
    )]
    Ended,
}

impl<T> Guard<T> {
    /// Watches over a fresh stream.
    pub fn new(inner: T) -> Guard<T> {
        Guard {
            inner,
            asked: None,
            unsent: 0,
            received: [0; MAX_FRAME_LEN],
            len: 0,
            came: Arc::default(),
            given: 0,
            has_surplus: false,
        }
    }

    /// Bytes that have come of the answer to the last request.
    pub fn came(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.came)
    }
}

impl<T: AsyncRead + Unpin> Guard<T> {
    /// Fails when the stream was closed, or holds bytes nobody asked for, such as an answer that came too late.
    fn expect_silence(&mut self, cx: &mut Context<'_>) -> Result<(), Fault> {
        if self.has_surplus || self.asked.is_some() {
            return Err(Fault::Unasked);
        }
        let mut byte = [0];
        let mut buffer = ReadBuf::new(&mut byte);
        match Pin::new(&mut self.inner).poll_read(cx, &mut buffer) {
            Poll::Pending => Ok(()),
            Poll::Ready(Ok(())) if !buffer.filled().is_empty() => Err(Fault::Unasked),
            Poll::Ready(Ok(()) | Err(_)) => Err(Fault::Idle),
        }
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Guard<T> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.unsent > 0 {
            let rest = &bytes[..bytes.len().min(this.unsent)];
            let sent = ready!(Pin::new(&mut this.inner).poll_write(cx, rest))?;
            this.unsent -= sent;
            return Poll::Ready(Ok(sent));
        }
        let request = asked(bytes).map_err(|wrong| io::Error::other(Fault::from(wrong)))?;
        this.expect_silence(cx).map_err(io::Error::other)?;
        let sent = ready!(Pin::new(&mut this.inner).poll_write(cx, bytes))?;
        this.asked = Some(request);
        this.unsent = bytes.len() - sent;
        this.len = 0;
        this.came.store(0, Ordering::Relaxed);
        this.given = 0;
        Poll::Ready(Ok(sent))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncRead for Guard<T> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let Some(request) = this.asked else {
            return Poll::Ready(Err(io::Error::other(Fault::Unasked)));
        };
        loop {
            let progress = request.check(&this.received[..this.len]);
            match progress.map_err(|wrong| io::Error::other(Fault::from(wrong)))? {
                Progress::Whole(whole) => {
                    let until = whole.min(this.given + out.remaining());
                    out.put_slice(&this.received[this.given..until]);
                    this.given = until;
                    if until == whole {
                        this.has_surplus = this.len > whole;
                        this.asked = None;
                    }
                    return Poll::Ready(Ok(()));
                }
                Progress::More => {
                    let mut buffer = ReadBuf::new(&mut this.received[this.len..]);
                    ready!(Pin::new(&mut this.inner).poll_read(cx, &mut buffer))?;
                    let came = buffer.filled().len();
                    if came == 0 {
                        return Poll::Ready(Err(io::Error::other(Fault::Ended)));
                    }
                    this.len += came;
                    this.came.store(this.len, Ordering::Relaxed);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    const READ: [u8; 12] = [0, 7, 0, 0, 0, 6, 3, 3, 0, 100, 0, 2];
    const ANSWER: [u8; 13] = [0, 7, 0, 0, 0, 7, 3, 3, 4, 1, 2, 3, 4];

    fn pair() -> (Guard<DuplexStream>, DuplexStream) {
        let (near, far) = duplex(1_024);
        (Guard::new(near), far)
    }

    fn fault(error: &io::Error) -> Fault {
        *error.get_ref().unwrap().downcast_ref().unwrap()
    }

    #[tokio::test]
    async fn a_write_to_the_device_never_leaves() {
        let (mut guard, mut far) = pair();
        let mut write = READ;
        write[7] = 6;
        let error = guard.write_all(&write).await.unwrap_err();
        assert_eq!(fault(&error), Fault::Wrong(Wrong::NotARead));
        drop(guard);
        let mut sent = Vec::new();
        far.read_to_end(&mut sent).await.unwrap();
        assert!(sent.is_empty());
    }

    #[tokio::test]
    async fn an_answer_in_single_bytes_is_handed_on_whole() {
        let (near, mut far) = duplex(1);
        let mut guard = Guard::new(near);
        let device = tokio::spawn(async move {
            let mut request = [0; 12];
            far.read_exact(&mut request).await.unwrap();
            far.write_all(&ANSWER).await.unwrap();
            request
        });
        guard.write_all(&READ).await.unwrap();
        let mut answer = [0; 13];
        guard.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer, ANSWER);
        assert_eq!(device.await.unwrap(), READ);
    }

    #[tokio::test]
    async fn bytes_nobody_asked_for_stop_the_next_request_before_it_is_sent() {
        for extra in [&ANSWER[..], &[0]] {
            let (mut guard, mut far) = pair();
            guard.write_all(&READ).await.unwrap();
            far.write_all(&[&ANSWER, extra].concat()).await.unwrap();
            let mut answer = [0; 13];
            guard.read_exact(&mut answer).await.unwrap();
            assert_eq!(fault(&guard.write_all(&READ).await.unwrap_err()), Fault::Unasked);
        }
        let (mut guard, mut far) = pair();
        far.write_all(&ANSWER).await.unwrap();
        assert_eq!(fault(&guard.write_all(&READ).await.unwrap_err()), Fault::Unasked);
    }

    #[tokio::test]
    async fn a_stream_that_was_closed_is_noticed_before_the_request_is_sent() {
        let (mut guard, far) = pair();
        drop(far);
        assert_eq!(fault(&guard.write_all(&READ).await.unwrap_err()), Fault::Idle);
    }

    #[tokio::test]
    async fn an_answer_that_breaks_off_is_an_error_of_its_own() {
        let (mut guard, mut far) = pair();
        guard.write_all(&READ).await.unwrap();
        far.write_all(&ANSWER[..9]).await.unwrap();
        drop(far);
        let mut answer = [0; 13];
        let error = guard.read_exact(&mut answer).await.unwrap_err();
        assert_eq!(fault(&error), Fault::Ended);
    }
}
