//! What the stand-ins for Meta have in common: each handles its channel's requests, and the sandbox all others.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::{self, Body};
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::{Json, http};
use serde_json::json;

/// The token of an account that the tests connect without a login.
pub const ACCOUNT_TOKEN: &str = "account-token";

/// Passes requests on to the sandbox, except those about [`ACCOUNT_TOKEN`], which the sandbox does not know: it would
/// report the token as invalid, and a health check at the wrong moment would disconnect the account.
pub struct MetaProxy {
    is_dead: AtomicBool,
    sandbox: OnceLock<String>,
    client: reqwest::Client,
}

impl Default for MetaProxy {
    fn default() -> Self {
        Self {
            is_dead: AtomicBool::new(false),
            sandbox: OnceLock::new(),
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }
}

impl MetaProxy {
    /// Where the requests go.
    pub fn pass_on_to(&self, sandbox: &str) {
        self.sandbox.set(sandbox.to_owned()).unwrap();
    }

    /// Whether Meta reports the token as invalid from now on.
    pub fn token_is_dead(&self, is_dead: bool) {
        self.is_dead.store(is_dead, Ordering::SeqCst);
    }

    /// The answer to a request that the stand-in does not handle itself.
    pub async fn answer(&self, request: Request) -> Response {
        let query = request.uri().query().unwrap_or_default();
        if query.split('&').any(|part| part.strip_prefix("input_token=") == Some(ACCOUNT_TOKEN)) {
            let is_valid = !self.is_dead.load(Ordering::SeqCst);
            return Json(json!({ "data": { "is_valid": is_valid } })).into_response();
        }
        // The health check reads the account too.
        if is_authorised(request.headers()) {
            return Json(json!({ "data": [], "success": true })).into_response();
        }
        let sandbox = self.sandbox.get().expect("the sandbox is known before the first request");
        let (parts, content) = request.into_parts();
        let content = body::to_bytes(content, usize::MAX).await.unwrap();
        let mut headers = parts.headers;
        headers.remove(http::header::HOST);
        let url = format!("{sandbox}{}", parts.uri);
        let answer = self.client.request(parts.method, url).headers(headers).body(content).send().await.unwrap();
        let mut response = Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            if name != "transfer-encoding" && name != "content-length" {
                response = response.header(name, value);
            }
        }
        response.body(Body::from(answer.bytes().await.unwrap())).unwrap()
    }
}

/// Whether a request is made with [`ACCOUNT_TOKEN`].
pub fn is_authorised(headers: &HeaderMap) -> bool {
    let value = headers.get(http::header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    value.and_then(|value| value.strip_prefix("Bearer ")) == Some(ACCOUNT_TOKEN)
}
