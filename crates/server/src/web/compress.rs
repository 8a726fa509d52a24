//! Smaller answers of the API: lists and threads are JSON that shrinks to a tenth. Streams and files stay as they are, and so
//! does what may hold a secret: how well a secret and a guess shrink together would tell whether the guess is right.

use axum::body::HttpBody;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{And, Predicate, SizeAbove};

/// Less is not worth the work.
const SMALLEST: u64 = 1_024;
/// Nouns whose answers may hold tokens, passwords or files, and the document, which is compressed already.
const PLAIN: [&str; 8] = ["session", "setup", "tokens", "gateways", "webhooks", "media", "events", "openapi.json"];

/// An answer that must not be compressed.
#[derive(Debug, Clone, Copy)]
struct Plain;

/// Marks answers that must not be compressed: what follows a change often repeats what was sent, and shows what was made.
pub async fn mark(request: Request, next: Next) -> Response {
    let noun = request.uri().path().strip_prefix("/api/v1/").and_then(|path| path.split('/').next());
    let plain = request.method() != Method::GET || noun.is_none_or(|noun| PLAIN.contains(&noun));
    let mut response = next.run(request).await;
    if plain {
        response.extensions_mut().insert(Plain);
    }
    response
}

/// Compresses what is not marked and consists of text.
pub fn layer() -> CompressionLayer<And<SizeAbove, IsText>> {
    CompressionLayer::new()
        .quality(CompressionLevel::Precise(4))
        .compress_when(SizeAbove::new(SMALLEST).and(IsText))
}

/// JSON, and the tables and texts that people download.
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
