//! Graph for one Instagram account that is found through its Page: its requests are handled here, everything else by
//! the sandbox.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{self, Body, Bytes};
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, RequestExt as _};
use serde_json::{Value, json};

use super::CUSTOMER;
use crate::meta_proxy::MetaProxy;

#[derive(Default)]
struct Shared {
    proxy: MetaProxy,
    /// Bodies of the requests to send something to the customer, in order.
    sent: Mutex<Vec<Value>>,
    /// What was uploaded: the form as text.
    uploads: Mutex<Vec<String>>,
    /// What the Conversations API has, by its query.
    listed: Mutex<Option<Value>>,
    asked: Mutex<Vec<HashMap<String, String>>>,
    /// Files that were fetched.
    fetched: Mutex<Vec<String>>,
    /// The error response to the next send request.
    refusal: Mutex<Option<Value>>,
}

/// A running stand-in.
pub struct Meta {
    url: String,
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

impl Meta {
    pub async fn start() -> Self {
        let shared = Arc::new(Shared::default());
        let routes = Router::new()
            .route("/{version}/{node}/messages", post(send))
            .route("/{version}/{node}/message_attachments", post(upload))
            .route("/{version}/{node}/conversations", get(conversations))
            .route(&format!("/{{version}}/{CUSTOMER}"), get(profile))
            .route("/cdn/{file}", get(file))
            .fallback(pass_on)
            .with_state(Arc::clone(&shared));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { url, shared, task }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn host(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Where requests go that are not the account's.
    pub fn pass_on_to(&self, sandbox: &str) {
        self.shared.proxy.pass_on_to(sandbox);
    }

    pub fn sent(&self) -> Vec<Value> {
        self.shared.sent.lock().unwrap().clone()
    }

    pub fn uploads(&self) -> Vec<String> {
        self.shared.uploads.lock().unwrap().clone()
    }

    pub fn fetched(&self) -> Vec<String> {
        self.shared.fetched.lock().unwrap().clone()
    }

    pub fn asked(&self) -> Vec<HashMap<String, String>> {
        self.shared.asked.lock().unwrap().clone()
    }

    pub fn lists(&self, conversations: Value) {
        *self.shared.listed.lock().unwrap() = Some(conversations);
    }

    pub fn refuses(&self, error: Value) {
        *self.shared.refusal.lock().unwrap() = Some(error);
    }
}

impl Drop for Meta {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn send(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, content) = request.into_parts();
    let content = body::to_bytes(content, usize::MAX).await.unwrap();
    let message: Value = serde_json::from_slice(&content).unwrap_or_default();
    let recipient = &message["recipient"];
    if recipient["id"] != CUSTOMER && !recipient["comment_id"].is_string() {
        return pass_on(State(shared), Request::from_parts(parts, Body::from(content))).await;
    }
    if let Some(error) = shared.refusal.lock().unwrap().take() {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response();
    }
    let mut sent = shared.sent.lock().unwrap();
    sent.push(message);
    Json(json!({ "recipient_id": CUSTOMER, "message_id": format!("ig_{}", sent.len()) })).into_response()
}

async fn upload(State(shared): State<Arc<Shared>>, content: Bytes) -> Json<Value> {
    let mut uploads = shared.uploads.lock().unwrap();
    uploads.push(String::from_utf8_lossy(&content).into_owned());
    Json(json!({ "attachment_id": format!("a{}", uploads.len()) }))
}

async fn conversations(State(shared): State<Arc<Shared>>, mut request: Request) -> Response {
    let Query(query): Query<HashMap<String, String>> = request.extract_parts().await.unwrap();
    if query.get("platform").is_none_or(|platform| platform != "instagram") {
        return pass_on(State(shared), request).await;
    }
    shared.asked.lock().unwrap().push(query);
    let listed = shared.listed.lock().unwrap().clone().unwrap_or_else(|| json!([]));
    Json(json!({ "data": listed })).into_response()
}

async fn profile() -> Json<Value> {
    Json(json!({ "id": CUSTOMER, "name": null, "username": "olena.k" }))
}

async fn file(State(shared): State<Arc<Shared>>, Path(name): Path<String>) -> Response {
    shared.fetched.lock().unwrap().push(name);
    // One white point.
    const GIF: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";
    ([(header::CONTENT_TYPE, "image/gif")], GIF).into_response()
}

async fn pass_on(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    shared.proxy.answer(request).await
}
