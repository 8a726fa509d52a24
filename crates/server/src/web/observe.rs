//! Observability of every request: its id, the span of its log lines, and metrics by route. Nothing of its query,
//! headers or body is ever logged.

use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use tower::util::MapRequestLayer;
use tower_http::request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer};
use tower_http::trace::TraceLayer;
use tracing::Span;

use crate::app::App;
use crate::web::{client, request_id};

const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id that is accepted from a proxy.
const LONGEST: usize = 64;

/// Wraps every route of a router: ids, spans, metrics.
pub fn observed(routes: Router<App>, app: &App) -> Router<App> {
    let known = app.clone();
    routes.layer((
        MapRequestLayer::new(move |request| accept_id(client::note(&known, request))),
        SetRequestIdLayer::new(HEADER, Ids(app.clone())),
        PropagateRequestIdLayer::new(HEADER),
        TraceLayer::new_for_http().make_span_with(span).on_request(()).on_response(answered).on_failure(()),
        from_fn(measure),
    ))
}

/// Our own ids: they are unique and show when a request came.
#[derive(Clone)]
struct Ids(App);

impl MakeRequestId for Ids {
    fn make_request_id<B>(&mut self, _: &axum::http::Request<B>) -> Option<RequestId> {
        HeaderValue::from_str(&self.0.ids.next().to_string()).ok().map(RequestId::new)
    }
}

/// Removes an id that did not come from a trusted proxy, or that would corrupt the log.
fn accept_id(mut request: Request) -> Request {
    if let Some(id) = request.headers().get(HEADER) {
        let trusted = client::find(request.extensions()).is_some_and(|client| client.proxied);
        if !trusted || !is_sane(id.as_bytes()) {
            request.headers_mut().remove(HEADER);
        }
    }
    request
}

fn is_sane(id: &[u8]) -> bool {
    (1..=LONGEST).contains(&id.len()) && id.iter().all(|c| c.is_ascii_alphanumeric() || b"-_.:".contains(c))
}

/// The template of the route that a request goes to: never the address itself, which may contain secrets.
fn route<B>(request: &axum::http::Request<B>) -> &str {
    request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str)
}

fn span<B>(request: &axum::http::Request<B>) -> Span {
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok());
    tracing::info_span!("request", id, method = method(request.method()), route = route(request))
}

fn answered<B>(response: &axum::http::Response<B>, latency: Duration, _: &Span) {
    let (status, milliseconds) = (response.status().as_u16(), latency.as_millis());
    if response.status().is_server_error() {
        tracing::warn!(status, milliseconds, "answered with an error of ours");
    } else {
        tracing::debug!(status, milliseconds, "answered");
    }
}

/// Counts and times a request. For a stream, the time until it begins is measured.
async fn measure(request: Request, next: Next) -> Response {
    let (method, route) = (method(request.method()), route(&request).to_owned());
    let begun = Instant::now();
    let response = match request.extensions().get::<RequestId>().cloned() {
        Some(id) => request_id::scope(id, next.run(request)).await,
        None => next.run(request).await,
    };
    let status = match response.status().as_u16() / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    };
    metrics::histogram!("deskbell_http_request_seconds", "method" => method, "route" => route.clone())
        .record(begun.elapsed());
    metrics::counter!("deskbell_http_requests_total", "method" => method, "route" => route, "status" => status)
        .increment(1);
    response
}

/// Methods as labels. Unknown methods are grouped: clients invent others, and each would become a separate metric.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_proxies_are_short_and_plain() {
        assert!(is_sane(b"6f1c-4b_7.a:1"));
        for bad in [&b""[..], b"a b", b"a\"b", b"\xff", &[b'a'; 65]] {
            assert!(!is_sane(bad), "{bad:?}");
        }
    }
}
