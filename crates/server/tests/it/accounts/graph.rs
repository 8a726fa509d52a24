//! Graph with one person, their Page and its Instagram account, an account of Instagram Login, and a WhatsApp
//! business account with two numbers. It remembers subscriptions and rejects invalid tokens.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use tokio::sync::oneshot;

pub const PAGE: &str = "200";
pub const INSTAGRAM: &str = "17841400000000001";
pub const ALONE: &str = "17841400000000002";
pub const WABA: &str = "500";
pub const NUMBER: &str = "700";
pub const UNREGISTERED: &str = "701";
pub const PIN: &str = "123456";
pub const SYSTEM_USER: &str = "SU-token";
const PAGES: &[&str] = &["pages_show_list", "pages_messaging", "pages_manage_metadata"];

#[derive(Default)]
struct Known {
    /// The subscriptions of apps, by app and object.
    apps: BTreeMap<(String, String), Value>,
    /// The subscriptions of nodes: fields, and the callback if they have their own.
    nodes: BTreeMap<String, Value>,
    dead: BTreeSet<String>,
    registered: bool,
    /// Whether customers rate the number as bad.
    disliked: bool,
    /// How often a token of Instagram Login was prolonged.
    prolonged: usize,
    /// Notified when a subscription is requested, and awaited before the response.
    held: Option<(oneshot::Sender<()>, oneshot::Receiver<()>)>,
}

/// A running stand-in.
pub struct Graph {
    url: String,
    known: Arc<Mutex<Known>>,
    task: tokio::task::JoinHandle<()>,
}

impl Graph {
    pub async fn start() -> Self {
        let known = Arc::new(Mutex::new(Known::default()));
        let routes = Router::new().fallback(answer).with_state(Arc::clone(&known));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { url, known, task }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where an app's events of an object go.
    pub fn app(&self, app: &str, object: &str) -> Value {
        self.known.lock().unwrap().apps.get(&(app.into(), object.into())).cloned().unwrap_or_default()
    }

    /// Another product has the app's events of an object.
    pub fn take_app(&self, app: &str, object: &str, callback: &str) {
        let theirs = json!({ "object": object, "callback_url": callback, "active": true, "fields": ["messages"] });
        self.known.lock().unwrap().apps.insert((app.into(), object.into()), theirs);
    }

    /// What a node is subscribed to; null if it is not.
    pub fn node(&self, node: &str) -> Value {
        self.known.lock().unwrap().nodes.get(node).cloned().unwrap_or_default()
    }

    /// Meta lost a subscription.
    pub fn forget_node(&self, node: &str) {
        self.known.lock().unwrap().nodes.remove(node);
    }

    /// Delays the response to the next subscription: the first reports that it was requested, the second releases it.
    pub fn hold_subscription(&self) -> (oneshot::Receiver<()>, oneshot::Sender<()>) {
        let (asked, is_asked) = oneshot::channel();
        let (go, release) = oneshot::channel();
        self.known.lock().unwrap().held = Some((asked, release));
        (is_asked, go)
    }

    pub fn kill(&self, token: &str) {
        self.known.lock().unwrap().dead.insert(token.into());
    }

    /// Customers rate the number as bad.
    pub fn dislike(&self) {
        self.known.lock().unwrap().disliked = true;
    }

    pub fn prolonged(&self) -> usize {
        self.known.lock().unwrap().prolonged
    }
}

impl Drop for Graph {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The parameters of a request, no matter where they are.
struct Asked {
    method: Method,
    path: Vec<String>,
    fields: BTreeMap<String, String>,
    token: String,
}

async fn read(request: Request) -> Asked {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let pairs = |text: &str| -> Vec<(String, String)> {
        let url = reqwest::Url::parse(&format!("http://x/?{text}")).unwrap();
        url.query_pairs().into_owned().collect()
    };
    let mut fields: BTreeMap<String, String> = pairs(parts.uri.query().unwrap_or_default()).into_iter().collect();
    match serde_json::from_slice::<BTreeMap<String, Value>>(&body) {
        Ok(json) => {
            fields.extend(json.into_iter().map(|(key, value)| (key, value.as_str().unwrap_or_default().into())))
        }
        Err(_) => fields.extend(pairs(std::str::from_utf8(&body).unwrap_or_default())),
    }
    let mut path: Vec<String> = parts.uri.path().trim_matches('/').split('/').map(str::to_owned).collect();
    if path[0].starts_with("v2") {
        path.remove(0);
    }
    let bearer = parts.headers.get("authorization").and_then(|value| value.to_str().ok());
    let token = bearer.and_then(|value| value.strip_prefix("Bearer ")).map(str::to_owned);
    let token = token.or_else(|| fields.get("access_token").cloned()).unwrap_or_default();
    Asked { method: parts.method, path, fields, token }
}

fn refuse(code: i64, message: &str) -> Response {
    let error = json!({ "error": { "code": code, "message": message, "type": "OAuthException" } });
    (StatusCode::BAD_REQUEST, error.to_string()).into_response()
}

async fn answer(State(known): State<Arc<Mutex<Known>>>, request: Request) -> Response {
    let asked = read(request).await;
    let is_subscription =
        asked.method == Method::POST && asked.path.last().is_some_and(|it| it == "subscribed_apps");
    let held = if is_subscription { known.lock().unwrap().held.take() } else { None };
    if let Some((asked, release)) = held {
        asked.send(()).unwrap();
        release.await.unwrap();
    }
    let mut known = known.lock().unwrap();
    if known.dead.contains(&asked.token) {
        return refuse(190, "The session was invalidated");
    }
    let path: Vec<&str> = asked.path.iter().map(String::as_str).collect();
    let field = |name: &str| asked.fields.get(name).map(String::as_str).unwrap_or_default();
    let found = match (asked.method.as_str(), path.as_slice()) {
        // Instagram Login.
        ("POST", ["oauth", "access_token"])
            if field("code") == "good" && field("client_secret") == "ig-secret" =>
        {
            json!({ "data": [{ "access_token": "IG-short", "user_id": 2, "permissions":
                "instagram_business_basic,instagram_business_manage_messages" }] })
        }
        ("POST", ["oauth", "access_token"]) => {
            let error =
                json!({ "error_type": "OAuthException", "code": 400, "error_message": "Invalid platform app" });
            return (StatusCode::BAD_REQUEST, error.to_string()).into_response();
        }
        ("GET", ["access_token"]) => json!({ "access_token": "IG-long-0", "expires_in": 5_184_000 }),
        ("GET", ["refresh_access_token"]) => {
            known.prolonged += 1;
            json!({ "access_token": format!("IG-long-{}", known.prolonged), "expires_in": 5_184_000 })
        }
        ("GET", ["me"]) if asked.token.starts_with("IG") => {
            json!({ "id": "9", "user_id": ALONE, "username": "lonely", "name": "Lonely shop" })
        }
        // Tokens of Facebook.
        ("GET", ["oauth", "access_token"]) => json!({ "access_token": "FB-long", "expires_in": 5_184_000 }),
        ("GET", ["me"]) if asked.token == SYSTEM_USER => json!({ "id": "122", "name": "Deskbell bot" }),
        ("GET", ["me"]) => json!({ "id": "300", "name": "Anna" }),
        ("GET", ["me", "permissions"]) => {
            let granted =
                scopes(&asked.token).into_iter().map(|it| json!({ "permission": it, "status": "granted" }));
            json!({ "data": granted.collect::<Vec<_>>() })
        }
        ("GET", ["debug_token"]) => inspected(&known, field("input_token"), field("app")),
        ("GET", ["me", "accounts"]) => json!({ "data": [page()] }),
        ("GET", [PAGE]) => page(),
        ("GET", [PAGE, "settings"]) => json!({ "data": [] }),
        // Subscriptions.
        ("GET", [app, "subscriptions"]) => {
            let own = known.apps.iter().filter(|((of, _), _)| of == app);
            json!({ "data": own.map(|(_, it)| it.clone()).collect::<Vec<_>>() })
        }
        ("POST", [app, "subscriptions"]) => {
            let fields: Vec<&str> = field("fields").split(',').collect();
            let (object, url) = (field("object"), field("callback_url"));
            let it = json!({ "object": object, "callback_url": url, "active": true, "fields": fields });
            known.apps.insert(((*app).to_owned(), object.to_owned()), it);
            json!({ "success": true })
        }
        ("GET", [node, "subscribed_apps"]) => {
            let own = known.nodes.get(*node).cloned();
            json!({ "data": own.into_iter().collect::<Vec<_>>() })
        }
        ("POST", [node, "subscribed_apps"]) => {
            let it = if *node == WABA {
                let app = json!({ "id": APP, "name": "Gw" });
                match field("override_callback_uri") {
                    "" => json!({ "whatsapp_business_api_data": app }),
                    own => json!({ "whatsapp_business_api_data": app, "override_callback_uri": own }),
                }
            } else {
                json!({ "id": APP, "subscribed_fields": field("subscribed_fields").split(',').collect::<Vec<_>>() })
            };
            known.nodes.insert((*node).to_owned(), it);
            json!({ "success": true })
        }
        ("DELETE", [node, "subscribed_apps"]) => {
            known.nodes.remove(*node);
            json!({ "success": true })
        }
        // WhatsApp.
        ("GET", [WABA]) => json!({ "id": WABA, "name": "Shop Ltd" }),
        ("GET", [NUMBER]) => {
            let mut number = numbers(known.registered)[0].take();
            if known.disliked {
                number["quality_rating"] = json!("RED");
            }
            number
        }
        ("GET", [WABA, "phone_numbers"]) => json!({ "data": numbers(known.registered) }),
        ("POST", [UNREGISTERED, "register"]) if field("pin") == PIN => {
            known.registered = true;
            json!({ "success": true })
        }
        ("POST", [UNREGISTERED, "register"]) => return refuse(133_005, "Two step verification PIN Mismatch"),
        ("GET", [id]) => json!({ "id": id, "name": "An app" }),
        _ => return refuse(100, "Unknown path components"),
    };
    Response::new(Body::from(found.to_string()))
}

/// The app of the responses.
pub const APP: &str = crate::app::APP_ID;

fn scopes(token: &str) -> Vec<&'static str> {
    match token {
        SYSTEM_USER => vec!["whatsapp_business_management", "whatsapp_business_messaging"],
        "half-token" => vec!["whatsapp_business_management"],
        _ => [PAGES, &["instagram_basic", "instagram_manage_messages"]].concat(),
    }
}

fn inspected(known: &Known, token: &str, _: &str) -> Value {
    let app = if token == "other-token" { "1" } else { APP };
    if known.dead.contains(token) {
        return json!({ "data": { "app_id": app, "is_valid": false, "error": { "code": 190, "subcode": 460 } } });
    }
    let scopes = scopes(token);
    let granular = scopes.iter().map(|scope| {
        let target = match scope.split('_').next() {
            Some("pages") => PAGE,
            Some("instagram") => INSTAGRAM,
            _ => WABA,
        };
        json!({ "scope": scope, "target_ids": [target] })
    });
    json!({ "data": { "app_id": app, "is_valid": true, "user_id": "1", "expires_at": 0, "scopes": scopes,
        "granular_scopes": granular.collect::<Vec<_>>() } })
}

fn page() -> Value {
    json!({ "id": PAGE, "name": "Shop", "access_token": "PAGE-token", "tasks": ["MANAGE"],
        "instagram_business_account": { "id": INSTAGRAM, "username": "shop", "name": "The shop" } })
}

fn numbers(registered: bool) -> Value {
    let (platform, status) = if registered { ("CLOUD_API", "CONNECTED") } else { ("NOT_APPLICABLE", "PENDING") };
    json!([
        { "id": NUMBER, "display_phone_number": "+380 44 000 00 00", "verified_name": "Shop", "quality_rating": "GREEN",
          "name_status": "APPROVED", "status": "CONNECTED", "platform_type": "CLOUD_API", "messaging_limit_tier": "TIER_1K" },
        { "id": UNREGISTERED, "display_phone_number": "+380 44 000 00 01", "verified_name": "Branch",
          "quality_rating": "YELLOW", "status": status, "platform_type": platform },
    ])
}
