//! A stand-in for the Graph API that costs next to nothing and refuses nothing: what is measured is the product, not
//! the strictness of the sandbox. It answers the calls of connecting, of sending and of profiles, on a thread of its own.

use crate::body::{APP_ID, INSTAGRAM_ID, NUMBER_ID, PAGE_ID, WABA_ID};
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{Method, Response, header};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Permissions that the connected person granted.
const GRANTED: [&str; 9] = [
    "public_profile",
    "pages_show_list",
    "pages_messaging",
    "pages_manage_metadata",
    "pages_read_engagement",
    "instagram_basic",
    "instagram_manage_messages",
    "whatsapp_business_management",
    "whatsapp_business_messaging",
];

/// The stand-in; it ends with the process.
#[derive(Debug)]
pub struct Graph {
    /// Its address: dialog, Graph and files.
    pub url: String,
    sent: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    messages: AtomicUsize,
    /// The id of the last message to each recipient.
    last: Mutex<HashMap<String, String>>,
}

impl Graph {
    /// Starts it on a free port.
    pub fn start() -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("The stand-in for Graph did not start: {error}.");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let url = format!("http://{}", listener.local_addr().map_err(failed)?);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let sent = Arc::new(Inner::default());
        let app = axum::Router::new().fallback(answer).with_state(sent.clone());
        std::thread::spawn(move || {
            runtime.block_on(async move {
                if let Ok(listener) = tokio::net::TcpListener::from_std(listener) {
                    let _ = axum::serve(listener, app).await;
                }
            });
        });
        Ok(Self { url, sent })
    }

    /// How many messages the product has sent.
    pub fn messages(&self) -> usize {
        self.sent.messages.load(Ordering::Relaxed)
    }

    /// The id of the last message that the product sent to someone.
    pub fn last_sent(&self, user: &str) -> Option<String> {
        self.sent.last.lock().unwrap_or_else(PoisonError::into_inner).get(user).cloned()
    }
}

async fn answer(State(inner): State<Arc<Inner>>, request: Request) -> Response<Body> {
    let method = request.method().clone();
    let host =
        request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default().to_owned();
    let path = request.uri().path().to_owned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap_or_default();
    let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && !is_version(part)).collect();
    if segments.first() == Some(&"picture") {
        return respond("image/png", Bytes::from_static(PICTURE));
    }
    let value = match (&method, segments.as_slice()) {
        (&Method::POST, [_, "messages"]) => {
            let number = inner.messages.fetch_add(1, Ordering::Relaxed);
            let (answer, sent) = sent(&body, number);
            if let Some((user, mid)) = sent {
                inner.last.lock().unwrap_or_else(PoisonError::into_inner).insert(user, mid);
            }
            answer
        }
        (_, segments) => node(&method, segments, &fields(&query, &body), &host),
    };
    respond("application/json; charset=UTF-8", Bytes::from(value.to_string()))
}

/// The calls of connecting, and profiles.
fn node(method: &Method, segments: &[&str], fields: &HashMap<String, String>, host: &str) -> Value {
    let page = || {
        json!({
            "id": PAGE_ID, "name": "Lavka", "category": "Local business", "access_token": "page-token",
            "tasks": ["ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MESSAGING", "MODERATE", "MANAGE"],
            "picture": {"data": {"url": format!("http://{host}/picture/page.png")}},
            "instagram_business_account": {"id": INSTAGRAM_ID, "username": "lavka", "name": "Lavka"},
        })
    };
    let number = || {
        json!({
            "id": NUMBER_ID, "display_phone_number": "+380 44 390 0101", "verified_name": "Lavka", "quality_rating": "GREEN",
            "name_status": "APPROVED", "status": "CONNECTED", "platform_type": "CLOUD_API",
        })
    };
    match (method, segments) {
        (_, ["oauth", "access_token"]) => match fields.get("grant_type").map(String::as_str) {
            Some("client_credentials") => {
                json!({"access_token": format!("{APP_ID}|app-token"), "token_type": "bearer"})
            }
            Some("fb_exchange_token") => {
                json!({"access_token": "long-token", "token_type": "bearer", "expires_in": 5_184_000})
            }
            _ => json!({"access_token": "short-token", "token_type": "bearer", "expires_in": 5_100}),
        },
        (_, ["debug_token"]) => {
            let is_page = fields.get("input_token").is_some_and(|token| token == "page-token");
            let granular = GRANTED.iter().map(|scope| match scope.starts_with("whatsapp") {
                true => json!({"scope": scope, "target_ids": [WABA_ID]}),
                false => json!({"scope": scope}),
            });
            let granular: Vec<Value> = granular.collect();
            json!({"data": {
                "app_id": APP_ID, "application": "Bench", "type": if is_page { "PAGE" } else { "USER" },
                "user_id": "10210000000000001", "profile_id": PAGE_ID, "is_valid": true, "issued_at": 1_790_000_000,
                "expires_at": 0, "data_access_expires_at": 0, "scopes": GRANTED, "granular_scopes": granular,
            }})
        }
        (_, ["me"]) => json!({"id": "10210000000000001", "name": "Anna Bench"}),
        (_, ["me", "accounts"]) => json!({"data": [page()], "paging": {"cursors": {"before": "A", "after": "A"}}}),
        (_, ["me", "permissions"]) => {
            let granted = GRANTED.iter().map(|permission| json!({"permission": permission, "status": "granted"}));
            json!({"data": granted.collect::<Vec<_>>()})
        }
        (&Method::GET, [_, "subscribed_apps" | "subscriptions" | "businesses" | "conversations"]) => {
            json!({"data": []})
        }
        (&Method::GET, [id, "picture"]) => json!({"data": {"url": format!("http://{host}/picture/{id}.png")}}),
        (&Method::GET, [id]) if *id == PAGE_ID => page(),
        (&Method::GET, [id]) if *id == NUMBER_ID => number(),
        (&Method::GET, [id]) if *id == WABA_ID => json!({"id": WABA_ID, "name": "Lavka"}),
        (&Method::GET, [id, "phone_numbers"]) if *id == WABA_ID => json!({"data": [number()]}),
        // WhatsApp's files are handed out in two steps.
        (&Method::GET, [id]) if id.starts_with("media") => {
            json!({"id": id, "mime_type": "image/png", "url": format!("http://{host}/picture/{id}.png")})
        }
        (&Method::GET, [id]) if *id == APP_ID => json!({"id": APP_ID, "name": "Bench"}),
        (&Method::GET, [id]) => json!({
            "id": id, "first_name": "Olena", "last_name": format!("No {}", id.get(8..).unwrap_or_default()),
            "profile_pic": format!("http://{host}/picture/{id}.png"),
        }),
        _ => json!({"success": true}),
    }
}

/// The answer to a message or to a sender action; with a message whom it goes to, and its id.
fn sent(body: &[u8], number: usize) -> (Value, Option<(String, String)>) {
    let asked: Value = serde_json::from_slice(body).unwrap_or_default();
    if asked["status"] == "read" {
        return (json!({"success": true}), None);
    }
    if asked["messaging_product"] == "whatsapp" {
        let user = asked["recipient"].as_str().or(asked["to"].as_str()).unwrap_or_default().to_owned();
        let mid = format!("wamid.out_{number}");
        let answer =
            json!({"messaging_product": "whatsapp", "messages": [{"id": mid, "message_status": "accepted"}]});
        return (answer, Some((user, mid)));
    }
    let recipient = &asked["recipient"]["id"];
    if asked["sender_action"].is_string() {
        return (json!({"recipient_id": recipient}), None);
    }
    let mid = format!("m_out_{number}");
    let user = recipient.as_str().unwrap_or_default().to_owned();
    (json!({"recipient_id": recipient, "message_id": mid}), Some((user, mid)))
}

/// Parameters of the query and of a form; nothing that we look at needs unescaping.
fn fields(query: &str, body: &[u8]) -> HashMap<String, String> {
    let form = String::from_utf8_lossy(body);
    let pairs = query.split('&').chain(form.split('&')).filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn is_version(part: &str) -> bool {
    part.strip_prefix('v').is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
}

fn respond(mime: &'static str, body: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(mime));
    response
}

/// A PNG of one grey pixel.
const PICTURE: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1,
    8, 0, 0, 0, 0, 0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0, 0x0a, b'I', b'D', b'A', b'T', 0x78, 0x9c, 0x63, 0x68, 0, 0, 0,
    0x82, 0, 0x81, 0x77, 0xcd, 0x72, 0xb6, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_gets_an_id_and_a_typing_bubble_none() {
        let (answer, known) = sent(br#"{"recipient":{"id":"7"},"message":{"text":"Hi"}}"#, 3);
        assert_eq!(answer, json!({"recipient_id": "7", "message_id": "m_out_3"}));
        assert_eq!(known, Some(("7".to_owned(), "m_out_3".to_owned())));
        let (answer, known) = sent(br#"{"recipient":{"id":"7"},"sender_action":"typing_on"}"#, 4);
        assert_eq!((answer, known), (json!({"recipient_id": "7"}), None));
        let (answer, known) = sent(br#"{"messaging_product":"whatsapp","recipient":"UA.7","type":"text"}"#, 5);
        assert_eq!(answer["messages"][0]["id"], "wamid.out_5");
        assert_eq!(known, Some(("UA.7".to_owned(), "wamid.out_5".to_owned())));
    }

    #[test]
    fn versions_are_distinguished_from_ids() {
        assert!(is_version("v26.0") && !is_version("video") && !is_version("me"));
    }
}
