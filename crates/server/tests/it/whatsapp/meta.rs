//! Graph for WhatsApp numbers: requests for messages and files are handled here, everything else by the sandbox.
//! Written from meta-platform.md §3.8 alone.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, OnceLock};

use axum::Json;
use axum::Router;
use axum::extract::{Multipart, Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::meta_proxy::{MetaProxy, is_authorised};

/// A customer's file: its id, its bytes, the checksum that Meta announces in hex, and how often its address fails.
#[derive(Clone)]
pub struct Hosted {
    pub id: &'static str,
    pub bytes: &'static [u8],
    pub sha256: String,
    pub dead: u32,
}

#[derive(Default)]
struct Shared {
    own: OnceLock<String>,
    proxy: MetaProxy,
    sent: Mutex<Vec<Value>>,
    uploads: Mutex<Vec<(String, Vec<u8>)>>,
    /// The error responses to the next messages.
    refusals: Mutex<VecDeque<Value>>,
    files: Mutex<Vec<Hosted>>,
    templates: Mutex<Vec<Value>>,
    asked: Mutex<Vec<String>>,
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
            .route("/{version}/700/messages", post(send))
            .route("/{version}/700/media", post(upload))
            .route("/{version}/WABA/message_templates", get(templates))
            .route("/{version}/{id}", get(address))
            .route("/files/{id}", get(file))
            .fallback(pass_on)
            .with_state(Arc::clone(&shared));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        shared.own.set(url.clone()).unwrap();
        let task = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { url, shared, task }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where requests go that are not WhatsApp's.
    pub fn pass_on_to(&self, sandbox: &str) {
        self.shared.proxy.pass_on_to(sandbox);
    }

    /// All that was sent, in order.
    pub fn sent(&self) -> Vec<Value> {
        self.shared.sent.lock().unwrap().clone()
    }

    /// The types and bytes of the files that were uploaded.
    pub fn uploads(&self) -> Vec<(String, Vec<u8>)> {
        self.shared.uploads.lock().unwrap().clone()
    }

    /// How often the address of a file was asked for.
    pub fn asked(&self, id: &str) -> usize {
        self.shared.asked.lock().unwrap().iter().filter(|asked| *asked == id).count()
    }

    /// The next message is refused with a code.
    pub fn refuse(&self, code: i64) {
        let refusal = json!({ "error": { "message": "no", "type": "OAuthException", "code": code } });
        self.shared.refusals.lock().unwrap().push_back(refusal);
    }

    /// Whether Meta reports the number's token as invalid from now on.
    pub fn token_is_dead(&self, is_dead: bool) {
        self.shared.proxy.token_is_dead(is_dead);
    }

    /// The business account has these templates and no others.
    pub fn has_templates(&self, templates: &[Value]) {
        *self.shared.templates.lock().unwrap() = templates.to_vec();
    }

    pub fn host(&self, file: Hosted) {
        let mut files = self.shared.files.lock().unwrap();
        files.retain(|hosted| hosted.id != file.id);
        files.push(file);
    }
}

impl Drop for Meta {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn send(State(shared): State<Arc<Shared>>, headers: HeaderMap, Json(message): Json<Value>) -> Response {
    assert!(is_authorised(&headers));
    assert_eq!(message["messaging_product"], "whatsapp");
    let is_mark = message["status"] == "read";
    if !is_mark && let Some(refusal) = shared.refusals.lock().unwrap().pop_front() {
        return (StatusCode::BAD_REQUEST, Json(refusal)).into_response();
    }
    let mut sent = shared.sent.lock().unwrap();
    sent.push(message.clone());
    if is_mark {
        return Json(json!({ "success": true })).into_response();
    }
    let to = message["to"].as_str().unwrap_or_default();
    Json(json!({
        "messaging_product": "whatsapp",
        "contacts": [{ "input": to, "wa_id": to.trim_start_matches('+') }],
        "messages": [{ "id": format!("wamid.out.{}", sent.len()), "message_status": "accepted" }],
    }))
    .into_response()
}

/// One template an answer, so that a list has several parts.
async fn templates(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Query(asked): Query<HashMap<String, String>>,
) -> Json<Value> {
    assert!(is_authorised(&headers));
    let at: usize = asked.get("after").map_or(0, |after| after.parse().unwrap());
    let all = shared.templates.lock().unwrap();
    let mut answer = json!({ "data": all.get(at).into_iter().collect::<Vec<_>>() });
    if at + 1 < all.len() {
        answer["paging"] =
            json!({ "cursors": { "after": (at + 1).to_string() }, "next": "https://graph.facebook.com/next" });
    }
    Json(answer)
}

async fn upload(State(shared): State<Arc<Shared>>, headers: HeaderMap, mut form: Multipart) -> Json<Value> {
    assert!(is_authorised(&headers));
    let (mut kind, mut bytes, mut product) = (String::new(), Vec::new(), String::new());
    while let Some(field) = form.next_field().await.unwrap() {
        match field.name().unwrap_or_default() {
            "messaging_product" => product = field.text().await.unwrap(),
            "type" => kind = field.text().await.unwrap(),
            "file" => bytes = field.bytes().await.unwrap().to_vec(),
            other => panic!("a field {other}"),
        }
    }
    assert_eq!(product, "whatsapp");
    let mut uploads = shared.uploads.lock().unwrap();
    uploads.push((kind, bytes));
    Json(json!({ "id": format!("5550{}", uploads.len()) }))
}

/// The first step of a download.
async fn address(
    State(shared): State<Arc<Shared>>,
    Path((_, id)): Path<(String, String)>,
    request: Request,
) -> Response {
    let file = shared.files.lock().unwrap().iter().find(|file| file.id == id).cloned();
    let Some(file) = file else { return pass_on(State(shared), request).await };
    assert!(is_authorised(request.headers()));
    assert!(request.uri().query().is_some_and(|query| query.contains("phone_number_id=700")), "{}", request.uri());
    shared.asked.lock().unwrap().push(id.clone());
    let url = format!("{}/files/{id}", shared.own.get().unwrap());
    Json(json!({ "url": url, "mime_type": "image/png", "sha256": file.sha256, "file_size": file.bytes.len().to_string(),
        "id": id, "messaging_product": "whatsapp" }))
    .into_response()
}

/// The second.
async fn file(State(shared): State<Arc<Shared>>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    let named = headers.get("user-agent").is_some_and(|name| !name.is_empty());
    if !is_authorised(&headers) || !named {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let mut files = shared.files.lock().unwrap();
    let Some(file) = files.iter_mut().find(|file| file.id == id) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if file.dead > 0 {
        file.dead -= 1;
        return StatusCode::NOT_FOUND.into_response();
    }
    ([("content-type", "image/png")], file.bytes).into_response()
}

async fn pass_on(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    shared.proxy.answer(request).await
}
