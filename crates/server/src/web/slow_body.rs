//! Bodies that come too slowly: a client that falls silent in the middle of one gets 408, and its handler does not wait.

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
    /// Without a byte.
    pub silence: Duration,
    /// For the whole of a body that is not a file.
    pub whole: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { silence: Duration::from_secs(20), whole: Duration::from_secs(60) }
    }
}

/// Up to this size a body has to be there as a whole in time; larger ones are files, and only have to go on coming.
const FILE: u64 = 5 * 1024 * 1024;

/// Limits how long every body may take.
pub async fn limit(State(patience): State<Patience>, request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let late = Arc::new(AtomicBool::new(false));
    let request = request.map(|body| {
        let now = Instant::now();
        let is_file = body.size_hint().upper().is_none_or(|size| size > FILE);
        let whole = (!is_file).then(|| now + patience.whole);
        Body::new(Limited { body, patience: patience.silence, silence: None, whole, late: Arc::clone(&late) })
    });
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
    /// Runs while the next piece is awaited. Most bodies are there at once and need no timer.
    silence: Option<Pin<Box<Sleep>>>,
    /// When the whole has to be there.
    whole: Option<Instant>,
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
        let in_time = self.whole.is_none_or(|whole| now < whole);
        if outcome.is_ready() && in_time {
            self.silence = None;
            return outcome;
        }
        if outcome.is_pending() {
            let end = now + self.patience;
            let end = self.whole.map_or(end, |whole| whole.min(end));
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
    use axum::middleware::from_fn_with_state;
    use axum::routing::post;
    use futures_util::{StreamExt as _, stream};
    use tower_service::Service as _;

    use super::*;

    const LONG: Duration = Duration::from_secs(3_600);
    const NONE: Duration = Duration::ZERO;

    /// What a body of this many pieces is answered with, if it ends, and with this patience.
    async fn answer(
        pieces: usize,
        ends: bool,
        size: Option<u64>,
        silence: Duration,
        whole: Duration,
    ) -> StatusCode {
        let pieces = stream::iter(0..pieces).map(|_| Ok::<_, std::io::Error>(Bytes::from_static(b"piece")));
        let body =
            if ends { Body::from_stream(pieces) } else { Body::from_stream(pieces.chain(stream::pending())) };
        let mut routes = Router::new()
            .route("/", post(async |body: Bytes| body.len().to_string()))
            .layer(from_fn_with_state(Patience { silence, whole }, limit));
        let body = Body::new(Sized { body, size });
        routes.call(Request::post("/").body(body).unwrap()).await.unwrap().status()
    }

    struct Sized {
        body: Body,
        size: Option<u64>,
    }

    impl HttpBody for Sized {
        type Data = Bytes;
        type Error = axum::Error;
        fn poll_frame(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
            Pin::new(&mut self.body).poll_frame(context)
        }
        fn size_hint(&self) -> SizeHint {
            self.size.map_or_else(SizeHint::default, SizeHint::with_exact)
        }
    }

    #[tokio::test]
    async fn a_body_that_falls_silent_or_trickles_is_given_up() {
        assert_eq!(answer(3, true, Some(15), LONG, LONG).await, StatusCode::OK);
        assert_eq!(answer(1, false, Some(15), Duration::from_millis(5), LONG).await, StatusCode::REQUEST_TIMEOUT);
        assert_eq!(answer(3, true, Some(15), LONG, NONE).await, StatusCode::REQUEST_TIMEOUT);
        // A file may take as long as it continues coming.
        assert_eq!(answer(3, true, None, LONG, NONE).await, StatusCode::OK);
    }
}
