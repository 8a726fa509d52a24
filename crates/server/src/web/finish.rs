//! A change runs to its end, even if the browser disconnects. hyper drops the future of a closed connection, and a
//! handler with several steps would stop between two of them.

use std::future::Future;

use axum::extract::Request;
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

use crate::web::request_id;

/// Runs requests that may change something in a separate task.
pub async fn changes(request: Request, next: Next) -> Response {
    if is_change(request.method()) { in_own_task(next.run(request)).await } else { next.run(request).await }
}

/// Whether a request with this method may change something.
pub fn is_change(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Returns the result of `work`. If the caller is dropped, `work` continues.
pub async fn in_own_task<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    match tokio::spawn(request_id::with_current(work).in_current_span()).await {
        Ok(answer) => answer,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Tasks are cancelled when the runtime ends, and so is the caller.
            Err(_) => std::future::pending().await,
        },
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn work_goes_on_when_its_caller_is_dropped() {
        let (proceed, wait) = oneshot::channel::<()>();
        let (report, done) = oneshot::channel();
        let mut caller = Box::pin(in_own_task(async move {
            wait.await.unwrap();
            report.send("done").unwrap();
        }));
        assert!((&mut caller).now_or_never().is_none());
        drop(caller);
        proceed.send(()).unwrap();
        assert_eq!(done.await, Ok("done"));
    }

    #[tokio::test]
    async fn a_panic_reaches_the_caller() {
        let caller = tokio::spawn(in_own_task(async { panic!("on purpose") }));
        assert!(caller.await.unwrap_err().is_panic());
    }
}
