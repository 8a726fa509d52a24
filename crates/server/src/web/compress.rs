//! Compression of the API's responses: lists and threads are JSON that shrinks to a tenth. Streams and files are not
//! compressed, nor are responses that may contain a secret: the size of a secret compressed together with a guess
//! would reveal whether the guess is right.

use axum::body::HttpBody;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{And, Predicate, SizeAbove};

/// Smaller responses are not worth it.
const SMALLEST: u64 = 1_024;
/// Nouns whose responses may contain tokens, passwords or files, and the OpenAPI document, which is already
/// compressed.
const PLAIN: [&str; 8] = ["session", "setup", "tokens", "gateways", "webhooks", "media", "events", "openapi.json"];

/// A response that must not be compressed.
#[derive(Debug, Clone, Copy)]
struct Plain;

/// Marks responses that must not be compressed: responses to changes often repeat the input, and contain new secrets.
pub async fn mark(request: Request, next: Next) -> Response {
    let noun = request.uri().path().strip_prefix("/api/v1/").and_then(|path| path.split('/').next());
    let plain = request.method() != Method::GET || noun.is_none_or(|noun| PLAIN.contains(&noun));
    let mut response = next.run(request).await;
    if plain {
        response.extensions_mut().insert(Plain);
    }
    response
}

/// Compresses unmarked text responses.
pub fn layer() -> CompressionLayer<And<SizeAbove, IsText>> {
    CompressionLayer::new()
        .quality(CompressionLevel::Precise(4))
        .compress_when(SizeAbove::new(SMALLEST).and(IsText))
}

/// Matches JSON, and tables and texts for download.
#[derive(Debug, Clone, Copy)]
pub struct IsText;

impl Predicate for IsText {
    fn should_compress<B: HttpBody>(&self, response: &axum::http::Response<B>) -> bool {
        is_text(response.headers()) && response.extensions().get::<Plain>().is_none()
    }
}

fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    matches!(kind, "application/json" | "application/problem+json" | "text/csv" | "text/plain")
}
