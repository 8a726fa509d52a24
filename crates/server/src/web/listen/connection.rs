//! The state of one open connection: when its client last sent or read something, and whether a request is being
//! answered.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use http_body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::Limits;

/// What a connection did and when, in milliseconds since it began.
#[derive(Debug)]
pub(super) struct Activity {
    since: Instant,
    /// The last byte in or out.
    last: AtomicU64,
    /// When the head of the next request began to arrive; for the first one, when the connection began.
    head: AtomicU64,
    /// Whether a head is arriving.
    reading_head: AtomicBool,
    /// Whether the client must read before we can write more.
    blocked: AtomicBool,
    /// Requests that are being answered: 0 or 1.
    busy: AtomicUsize,
    /// Whether the current request waits for more of its body.
    awaits_body: AtomicBool,
}

impl Activity {
    pub(super) fn new() -> Self {
        Self {
            since: Instant::now(),
            last: AtomicU64::new(0),
            head: AtomicU64::new(0),
            reading_head: AtomicBool::new(true),
            blocked: AtomicBool::new(false),
            busy: AtomicUsize::new(0),
            awaits_body: AtomicBool::new(false),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// The head of a request has arrived: it is being answered until the guard is dropped.
    pub(super) fn begin(self: &Arc<Self>) -> Busy {
        self.reading_head.store(false, Ordering::Relaxed);
        self.busy.fetch_add(1, Ordering::Relaxed);
        Busy(Arc::clone(self))
    }

    pub(super) fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Relaxed) > 0
    }

    /// Whether it is the client's turn, so that closing the connection loses no response.
    pub(super) fn waits_for_the_client(&self) -> bool {
        !self.is_busy() || self.awaits_body.load(Ordering::Relaxed)
    }

    /// When the client last sent or read something.
    pub(super) fn last(&self) -> Instant {
        self.since + Duration::from_millis(self.last.load(Ordering::Relaxed))
    }

    /// When the connection has to end if nothing happens until then; None while a request is being answered.
    pub(super) fn deadline(&self, limits: &Limits) -> Option<Instant> {
        if self.blocked.load(Ordering::Relaxed) {
            return Some(self.last() + limits.unread);
        }
        if self.is_busy() {
            return None;
        }
        if self.reading_head.load(Ordering::Relaxed) {
            return Some(self.since + Duration::from_millis(self.head.load(Ordering::Relaxed)) + limits.head);
        }
        Some(self.last() + limits.idle)
    }

    fn received(&self) {
        let now = self.now();
        self.last.store(now, Ordering::Relaxed);
        if !self.is_busy() && !self.reading_head.swap(true, Ordering::Relaxed) {
            self.head.store(now, Ordering::Relaxed);
        }
    }

    /// The write buffer is full: the client has to read first.
    pub(super) fn must_wait_for_the_client(&self) {
        self.blocked.store(true, Ordering::Relaxed);
    }

    pub(super) fn sent(&self) {
        self.last.store(self.now(), Ordering::Relaxed);
        self.blocked.store(false, Ordering::Relaxed);
    }
}

#[cfg(test)]
impl Activity {
    /// Pretends that the client was last active this long after the connection began.
    pub(super) fn did_last(&self, after: Duration) {
        self.last.store(u64::try_from(after.as_millis()).unwrap(), Ordering::Relaxed);
    }
}

/// A request that is being answered, including the response body.
#[derive(Debug)]
pub(super) struct Busy(Arc<Activity>);

impl Drop for Busy {
    fn drop(&mut self) {
        // From now on the client is idle.
        self.0.last.store(self.0.now(), Ordering::Relaxed);
        self.0.busy.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A request's body: while we wait for it, its connection waits for the client.
#[derive(Debug)]
pub(super) struct Awaited<B> {
    body: B,
    activity: Arc<Activity>,
}

impl<B> Awaited<B> {
    pub(super) fn new(body: B, activity: Arc<Activity>) -> Self {
        Self { body, activity }
    }
}

impl<B: HttpBody + Unpin> HttpBody for Awaited<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let outcome = Pin::new(&mut self.body).poll_frame(context);
        self.activity.awaits_body.store(outcome.is_pending(), Ordering::Relaxed);
        outcome
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B> Drop for Awaited<B> {
    fn drop(&mut self) {
        self.activity.awaits_body.store(false, Ordering::Relaxed);
    }
}

/// A response that counts as unfinished until its body is sent.
pub(super) fn counted(response: Response, busy: Busy) -> Response<Counted> {
    response.map(|body| Counted { body, _busy: busy })
}

/// The body of a response.
#[derive(Debug)]
pub(super) struct Counted {
    body: Body,
    _busy: Busy,
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A stream that records when bytes pass.
#[derive(Debug)]
pub(super) struct Watched {
    stream: TcpStream,
    activity: Arc<Activity>,
}

impl Watched {
    pub(super) fn new(stream: TcpStream, activity: Arc<Activity>) -> Self {
        Self { stream, activity }
    }

    fn wrote(&self, outcome: &Poll<io::Result<usize>>) {
        match outcome {
            Poll::Ready(Ok(_)) => self.activity.sent(),
            Poll::Ready(Err(_)) => {}
            Poll::Pending => self.activity.must_wait_for_the_client(),
        }
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.activity.received();
        }
        outcome
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.wrote(&outcome);
        outcome
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.wrote(&outcome);
        outcome
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
