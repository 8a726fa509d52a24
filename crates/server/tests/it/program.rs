//! Another program with configurable responses, such as a language model.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::app::TestApp;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    pub path: String,
    pub key: String,
    pub authorization: String,
    pub body: String,
}

/// How a stream ends.
#[derive(Debug, Clone, Copy)]
pub enum End {
    Closes,
    /// The connection is lost.
    Breaks,
    /// Nothing follows, and the connection stays open.
    Hangs,
    /// The pieces are repeated without an end.
    Repeats,
}

#[derive(Clone)]
enum Prepared {
    Whole(u16, String),
    Stream(Vec<Bytes>, End),
}

/// Another program. It hangs where it is asked to.
#[derive(Clone)]
pub struct Program {
    asked: Arc<Mutex<Vec<Asked>>>,
    answer: Arc<Mutex<Prepared>>,
    pub hangs: watch::Sender<Vec<&'static str>>,
}

impl Program {
    pub async fn start() -> (Self, String) {
        let it = Self {
            asked: Arc::default(),
            answer: Arc::new(Mutex::new(Prepared::Whole(200, "{}".into()))),
            hangs: watch::Sender::new(Vec::new()),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(it.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (it, address)
    }

    pub fn answers(&self, status: u16, body: impl Into<String>) {
        *self.answer.lock().unwrap() = Prepared::Whole(status, body.into());
    }

    /// Answers with server-sent events, slowly and in pieces of this many bytes.
    pub fn streams(&self, body: &str, size: usize, end: End) {
        let pieces = body.as_bytes().chunks(size).map(Bytes::copy_from_slice).collect();
        *self.answer.lock().unwrap() = Prepared::Stream(pieces, end);
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

async fn answer(State(it): State<Program>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers.get(name).map(|it| it.to_str().unwrap().to_owned()).unwrap_or_default();
    it.asked.lock().unwrap().push(Asked {
        path: uri.to_string(),
        key: header("idempotency-key"),
        authorization: header("authorization"),
        body: String::from_utf8(body.to_vec()).unwrap(),
    });
    let _ = it.hangs.subscribe().wait_for(|paths| !paths.contains(&uri.path())).await;
    let prepared = it.answer.lock().unwrap().clone();
    match prepared {
        Prepared::Whole(status, body) => (StatusCode::from_u16(status).unwrap(), body).into_response(),
        Prepared::Stream(pieces, end) => streamed(pieces, end),
    }
}

fn streamed(pieces: Vec<Bytes>, end: End) -> Response {
    let rest = match end {
        End::Closes => stream::empty().boxed(),
        End::Breaks => stream::iter([Err(io::Error::other("lost"))]).boxed(),
        End::Hangs => stream::pending().boxed(),
        End::Repeats => stream::iter(pieces.clone()).cycle().map(Ok).boxed(),
    };
    let pieces = stream::iter(pieces).map(Ok).chain(rest).then(async |piece| {
        // Each one arrives on its own.
        tokio::time::sleep(Duration::from_millis(1)).await;
        piece
    });
    ([("content-type", "text/event-stream")], Body::from_stream(pieces.boxed())).into_response()
}

/// What a language model answers, as OpenAI's chat completions do.
pub fn completion(text: &str) -> String {
    json!({ "choices": [{ "message": { "role": "assistant", "content": text } }] }).to_string()
}

/// The beginning of an answer that a language model streams: an event for each of these texts.
pub fn deltas(texts: &[&str]) -> String {
    let event = |text: &&str| format!("data: {}\n\n", json!({ "choices": [{ "delta": { "content": text } }] }));
    texts.iter().map(event).collect()
}

/// A whole answer that a language model streams.
pub fn stream_of(texts: &[&str]) -> String {
    let end = json!({ "choices": [{ "delta": {}, "finish_reason": "stop" }] });
    format!(": hello\n\n{}data: {end}\n\ndata: [DONE]\n\n", deltas(texts))
}

/// A language model that helps agents, but answers no customers.
pub async fn model_for_agents(it: &TestApp) -> Program {
    let (program, address) = Program::start().await;
    let ai = json!({ "url": format!("{address}/v1"), "key": "sk-1", "model": "small", "agents": true });
    let (status, answer) = it.call(&it.admin, Method::PATCH, "/settings", Some(json!({ "ai": ai }))).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    program
}

impl Asked {
    /// The messages that a language model was asked with: of the system, and the data.
    pub fn question(&self) -> (String, Value) {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        let messages = body["messages"].as_array().unwrap();
        assert_eq!(
            (messages.len(), &messages[0]["role"], &messages[1]["role"]),
            (2, &json!("system"), &json!("user"))
        );
        let text = |at: usize| messages[at]["content"].as_str().unwrap();
        (text(0).to_owned(), serde_json::from_str(text(1)).unwrap())
    }
}
