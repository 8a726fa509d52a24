//! Bodies that arrive too slowly: a client that stops in the middle of one, or does not finish it in time, gets 408,
//! and its handler does not wait. Only files of signed-in users may take longer.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http_body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep};

use crate::web::problem::Problem;

/// How slow a body may be.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// The limit without a byte.
    pub silence: Duration,
    /// The limit for a whole body, unless a route [accepts files](file).
    pub whole: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { silence: Duration::from_secs(20), whole: Duration::from_secs(60) }
    }
}

/// Marks a request whose body is a file.
#[derive(Debug, Clone, Default)]
struct IsFile(Arc<AtomicBool>);

/// For routes that accept files, behind the guard: a body may take any time while it keeps arriving. Its announced
/// size does not matter, because it is only the sender's claim.
pub async fn file(request: Request, next: Next) -> Response {
    if let Some(IsFile(is_file)) = request.extensions().get() {
        is_file.store(true, Ordering::Release);
    }
    next.run(request).await
}

/// Limits how long every body may take.
pub async fn limit(State(patience): State<Patience>, request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let late = Arc::new(AtomicBool::new(false));
    let is_file = IsFile::default();
    let mut request = request.map(|body| {
        let whole = Instant::now() + patience.whole;
        let (late, is_file) = (Arc::clone(&late), is_file.clone());
        Body::new(Limited { body, patience: patience.silence, silence: None, whole, is_file, late })
    });
    request.extensions_mut().insert(is_file);
    let response = next.run(request).await;
    if late.load(Ordering::Acquire) {
        return Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "The body came too slowly: check the connection and send it again.",
        )
        .into_response();
    }
    response
}

struct Limited {
    body: Body,
    patience: Duration,
    /// Runs while waiting for the next chunk. Most bodies arrive at once and need no timer.
    silence: Option<Pin<Box<Sleep>>>,
    /// When the whole body must have arrived, unless it is a file.
    whole: Instant,
    is_file: IsFile,
    late: Arc<AtomicBool>,
}

impl HttpBody for Limited {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let outcome = Pin::new(&mut self.body).poll_frame(context);
        let now = Instant::now();
        let whole = (!self.is_file.0.load(Ordering::Acquire)).then_some(self.whole);
        let in_time = whole.is_none_or(|whole| now < whole);
        if outcome.is_ready() && in_time {
            self.silence = None;
            return outcome;
        }
        if outcome.is_pending() {
            let end = now + self.patience;
            let end = whole.map_or(end, |whole| whole.min(end));
            let silence = self.silence.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(end)));
            if silence.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
        }
        self.late.store(true, Ordering::Release);
        Poll::Ready(Some(Err(axum::Error::new(std::io::Error::from(std::io::ErrorKind::TimedOut)))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::middleware::{from_fn, from_fn_with_state};
    use axum::routing::post;
    use futures_util::{StreamExt as _, stream};
    use tower_service::Service as _;

    use super::*;

    const LONG: Duration = Duration::from_secs(3_600);
    const NONE: Duration = Duration::ZERO;

    /// The response to a body of this many chunks, complete or not, at this address and with this patience.
    async fn answer(pieces: usize, ends: bool, path: &str, silence: Duration, whole: Duration) -> StatusCode {
        let pieces = stream::iter(0..pieces).map(|_| Ok::<_, std::io::Error>(Bytes::from_static(b"piece")));
        let body =
            if ends { Body::from_stream(pieces) } else { Body::from_stream(pieces.chain(stream::pending())) };
        let length = async |body: Bytes| body.len().to_string();
        let mut routes = Router::new()
            .route("/file", post(length).layer(from_fn(file)))
            .route("/", post(length))
            .layer(from_fn_with_state(Patience { silence, whole }, limit));
        routes.call(Request::post(path).body(body).unwrap()).await.unwrap().status()
    }

    #[tokio::test]
    async fn a_body_that_falls_silent_or_trickles_is_given_up_and_only_a_file_may_take_long() {
        assert_eq!(answer(3, true, "/", LONG, LONG).await, StatusCode::OK);
        let short = Duration::from_millis(5);
        assert_eq!(answer(1, false, "/", short, LONG).await, StatusCode::REQUEST_TIMEOUT);
        // No length is given, as for any chunked body.
        assert_eq!(answer(3, true, "/", LONG, NONE).await, StatusCode::REQUEST_TIMEOUT);
        assert_eq!(answer(1, false, "/", LONG, short).await, StatusCode::REQUEST_TIMEOUT);
        assert_eq!(answer(3, true, "/file", LONG, NONE).await, StatusCode::OK);
        assert_eq!(answer(1, false, "/file", short, NONE).await, StatusCode::REQUEST_TIMEOUT);
    }
}
