//! Graph for the echo channel: its two requests are handled here, everything else by the sandbox.

use std::sync::{Arc, Mutex};

use axum::Json;
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::meta_proxy::MetaProxy;

#[derive(Default)]
struct Shared {
    proxy: MetaProxy,
    /// The recipients and texts of sent messages.
    sent: Mutex<Vec<(String, String)>>,
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
            .route("/{version}/{account}/echo", post(send))
            .route("/{version}/{user}/echo-name", get(name))
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

    /// Where requests go that are not the echo channel's.
    pub fn pass_on_to(&self, sandbox: &str) {
        self.shared.proxy.pass_on_to(sandbox);
    }

    /// All that a customer was sent, in order.
    pub fn sent_to(&self, user: &str) -> String {
        let sent = self.shared.sent.lock().unwrap();
        sent.iter().filter(|(to, _)| to == user).map(|(_, text)| text.as_str()).collect()
    }

    /// The length of the longest text that was sent, in bytes.
    pub fn longest_text(&self) -> usize {
        self.shared.sent.lock().unwrap().iter().map(|(_, text)| text.len()).max().unwrap_or(0)
    }
}

impl Drop for Meta {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn send(State(shared): State<Arc<Shared>>, Json(message): Json<Value>) -> Json<Value> {
    let text = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
    let mut sent = shared.sent.lock().unwrap();
    sent.push((text("to"), text("text")));
    Json(json!({ "message_id": format!("echo_{}", sent.len()), "recipient_id": message["to"] }))
}

async fn name(Path((_, user)): Path<(String, String)>) -> Json<Value> {
    let mut first = user.chars();
    let first = first.next().map(|c| c.to_uppercase().to_string() + first.as_str()).unwrap_or_default();
    Json(json!({ "id": user, "name": format!("{first} Echo") }))
}

async fn pass_on(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    shared.proxy.answer(request).await
}
