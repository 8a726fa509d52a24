//! A bench for the tests: a sandbox on a free port, a webhook receiver, and helpers that play browser and app.

use aws_lc_rs::hmac;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sandbox::{Options, Sandbox, Seed};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, mpsc};

pub const APP: &str = sandbox::seed::DEMO_APP_ID;
pub const SECRET: &str = sandbox::seed::DEMO_APP_SECRET;
pub const LAVKA: &str = "105500000000000001";
pub const ANNA: &str = "10210000000000001";
/// The Instagram account of Lavka.
pub const INSTAGRAM: &str = "17841400000000001";
/// The WhatsApp business account and its number.
pub const WABA: &str = "102290000000001";
pub const NUMBER: &str = "106540000000001";
pub const SYSTEM_USER: &str = sandbox::seed::DEMO_SYSTEM_USER_TOKEN;
pub const SCOPES: &[&str] = &["pages_show_list", "pages_messaging", "pages_manage_metadata"];
pub const REDIRECT: &str = "http://127.0.0.1:1/chat/abc";

pub fn hmac_hex(key: &str, message: &[u8]) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), message);
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn proof(token: &str) -> String {
    hmac_hex(SECRET, token.as_bytes())
}

pub struct Received {
    pub raw: Vec<u8>,
    pub signature: String,
    pub sha1: String,
    pub item: Value,
    /// The whole body.
    pub body: Value,
}

impl Received {
    /// Whether this secret signed it.
    pub fn is_signed_by(&self, secret: &str) -> bool {
        self.signature == format!("sha256={}", hmac_hex(secret, &self.raw))
    }
}

pub struct Receiver {
    pub url: String,
    fail: Arc<AtomicU32>,
    events: Mutex<mpsc::UnboundedReceiver<Received>>,
    signed: Mutex<mpsc::UnboundedReceiver<Value>>,
}

#[derive(Clone)]
struct Inbox {
    fail: Arc<AtomicU32>,
    events: mpsc::UnboundedSender<Received>,
    signed: mpsc::UnboundedSender<Value>,
}

impl Receiver {
    async fn start() -> Self {
        let (events, received) = mpsc::unbounded_channel();
        let (signed, requests) = mpsc::unbounded_channel();
        let fail = Arc::new(AtomicU32::new(0));
        let inbox = Inbox { fail: fail.clone(), events, signed };
        let app = Router::new().route("/hook", get(verify).post(receive)).with_state(inbox);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, fail, events: Mutex::new(received), signed: Mutex::new(requests) }
    }

    pub fn fail_next(&self, times: u32) {
        self.fail.store(times, Ordering::SeqCst);
    }

    /// The next event whose item has this key; others are skipped.
    pub async fn next(&self, key: &str) -> Received {
        let mut events = self.events.lock().await;
        loop {
            let event = tokio::time::timeout(Duration::from_secs(10), events.recv())
                .await
                .expect("an event comes")
                .unwrap();
            if event.item.get(key).is_some() {
                return event;
            }
        }
    }

    /// The next change of this field in a WhatsApp webhook whose value has this key; others are skipped.
    pub async fn change(&self, field: &str, key: &str) -> Value {
        let mut events = self.events.lock().await;
        loop {
            let event = tokio::time::timeout(Duration::from_secs(10), events.recv())
                .await
                .unwrap_or_else(|_| panic!("a change of {field} with {key} comes"))
                .unwrap();
            let change = &event.body["entry"][0]["changes"][0];
            if change["field"] == field && change["value"].get(key).is_some() {
                assert_eq!(event.body["object"], "whatsapp_business_account");
                assert!(event.is_signed_by(SECRET));
                return change["value"].clone();
            }
        }
    }

    /// The next status of WhatsApp.
    pub async fn status(&self) -> Value {
        self.change("messages", "statuses").await["statuses"][0].clone()
    }

    pub async fn signed(&self) -> Value {
        let mut signed = self.signed.lock().await;
        tokio::time::timeout(Duration::from_secs(10), signed.recv())
            .await
            .expect("a signed request comes")
            .unwrap()
    }
}

async fn verify(RawQuery(query): RawQuery) -> (StatusCode, String) {
    let url = reqwest::Url::parse(&format!("http://x/?{}", query.unwrap_or_default())).unwrap();
    let get = |name: &str| {
        url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    if get("hub.verify_token") == "verify-me" {
        (StatusCode::OK, get("hub.challenge"))
    } else {
        (StatusCode::FORBIDDEN, String::new())
    }
}

async fn receive(State(inbox): State<Inbox>, headers: HeaderMap, body: Bytes) -> StatusCode {
    if inbox.fail.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    let text = String::from_utf8_lossy(&body);
    if let Some(request) = text.strip_prefix("signed_request=") {
        let (signature, payload) = request.split_once('.').unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        hmac::verify(&key, payload.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap())
            .expect("the signature is right");
        let payload: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
        inbox.signed.send(payload).unwrap();
        return StatusCode::OK;
    }
    let header =
        |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    let value: Value = serde_json::from_slice(&body).unwrap();
    let received = Received {
        raw: body.to_vec(),
        signature: header("x-hub-signature-256"),
        sha1: header("x-hub-signature"),
        item: value["entry"][0]["messaging"][0].clone(),
        body: value,
    };
    let _ = inbox.events.send(received);
    StatusCode::OK
}

pub struct Bench {
    sandbox: Sandbox,
    pub http: reqwest::Client,
    pub receiver: Receiver,
}

impl Bench {
    pub async fn start() -> Self {
        Self::start_with(None).await
    }

    pub async fn start_with(state: Option<PathBuf>) -> Self {
        let listen = "127.0.0.1:0".parse().unwrap();
        let options = Options { listen, public_url: None, seed: Seed::demo(), state };
        let sandbox = Sandbox::start(options).await.unwrap();
        let http =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
        let bench = Self { sandbox, http, receiver: Receiver::start().await };
        bench.control(&format!("apps/{APP}"), json!({"redirect_uris": [REDIRECT]})).await;
        bench
    }

    pub async fn stop(self) {
        self.sandbox.stop().await;
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.sandbox.address())
    }

    async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        Self::answer(self.http.get(self.url(path))).await
    }

    pub async fn graph_get(&self, path: &str, token: &str) -> (u16, Value) {
        Self::answer(self.http.get(self.url(path)).query(&[("appsecret_proof", proof(token))]).bearer_auth(token))
            .await
    }

    pub async fn graph_post(&self, path: &str, token: &str, mut body: Value) -> (u16, Value) {
        body["access_token"] = json!(token);
        body["appsecret_proof"] = json!(proof(token));
        Self::answer(self.http.post(self.url(path)).json(&body)).await
    }

    pub async fn app_post(&self, path: &str, token: &str, mut body: Value) -> (u16, Value) {
        body["access_token"] = json!(token);
        Self::answer(self.http.post(self.url(path)).json(&body)).await
    }

    pub async fn control(&self, path: &str, body: Value) -> Value {
        let (status, answer) =
            Self::answer(self.http.post(self.url(&format!("/control/{path}"))).json(&body)).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// What a customer does with an account of any channel.
    pub async fn act(&self, account: &str, customer: &str, what: &str, body: Value) -> Value {
        self.control(&format!("accounts/{account}/customers/{customer}/{what}"), body).await
    }

    pub async fn thread_of(&self, account: &str, customer: &str) -> Value {
        self.get(&format!("/control/accounts/{account}/customers/{customer}/messages")).await.1
    }

    /// Subscribes the app to an object.
    pub async fn subscribe(&self, object: &str, fields: &str) {
        let order = json!({"object": object, "callback_url": self.receiver.url, "verify_token": "verify-me", "fields": fields});
        let (_, app) =
            self.app_post(&format!("/v26.0/{APP}/subscriptions"), &format!("{APP}|{SECRET}"), order).await;
        assert_eq!(app["success"], true, "{app}");
    }

    /// Connects Lavka's Instagram account through its Page and returns the Page token.
    pub async fn connect_instagram(&self) -> String {
        let scopes = [SCOPES, &["instagram_basic", "instagram_manage_messages"]].concat();
        let code = self.log_in_with("Anna Admin", &[LAVKA], &scopes).await;
        let token = self.exchange(&code).await.1["access_token"].as_str().unwrap().to_owned();
        let (_, answer) = self.graph_get(&format!("/{LAVKA}?fields=access_token"), &token).await;
        let page_token = answer["access_token"].as_str().unwrap().to_owned();
        self.subscribe("instagram", "messages,message_reactions,messaging_postbacks,messaging_seen,message_edit,messaging_referral,comments").await;
        let order = json!({"subscribed_fields": "messages"});
        let (_, subscribed) = self.graph_post(&format!("/{LAVKA}/subscribed_apps"), &page_token, order).await;
        assert_eq!(subscribed["success"], true, "{subscribed}");
        page_token
    }

    /// Subscribes the app to the WhatsApp account with the system user's token.
    pub async fn connect_whatsapp(&self) {
        let fields = "messages,message_template_status_update,message_template_quality_update,template_category_update,\
                      phone_number_quality_update,phone_number_name_update,account_update,user_preferences,smb_message_echoes";
        self.subscribe("whatsapp_business_account", fields).await;
        let (status, answer) =
            self.graph_post(&format!("/v26.0/{WABA}/subscribed_apps"), SYSTEM_USER, json!({})).await;
        assert_eq!((status, &answer["success"]), (200, &json!(true)), "{answer}");
    }

    /// Sends over WhatsApp.
    pub async fn whatsapp(&self, mut body: Value) -> (u16, Value) {
        body["messaging_product"] = json!("whatsapp");
        self.graph_post(&format!("/v26.0/{NUMBER}/messages"), SYSTEM_USER, body).await
    }

    pub async fn say(&self, customer: &str, body: Value) -> Value {
        self.control(&format!("pages/{LAVKA}/customers/{customer}/messages"), body).await
    }

    pub async fn thread(&self, customer: &str) -> Value {
        self.get(&format!("/control/pages/{LAVKA}/customers/{customer}/messages")).await.1
    }

    pub async fn open_dialog(&self, extra: &str) -> String {
        let url = self
            .url(&format!("/v26.0/dialog/oauth?client_id={APP}&redirect_uri={REDIRECT}&state=st%2Fate{extra}"));
        self.http.get(url).send().await.unwrap().text().await.unwrap()
    }

    pub fn session(html: &str) -> String {
        let rest = html.split("name=\"session\" value=\"").nth(1).expect("the page holds a form");
        rest.split('"').next().unwrap().to_owned()
    }

    pub async fn step(&self, form: &[(&str, &str)]) -> reqwest::Response {
        self.http.post(self.url("/dialog/step")).form(form).send().await.unwrap()
    }

    pub fn location(answer: &reqwest::Response) -> String {
        assert_eq!(answer.status(), 302);
        answer.headers()["location"].to_str().unwrap().to_owned()
    }

    pub async fn cancel(&self) -> String {
        let session = Self::session(&self.open_dialog("&scope=pages_messaging").await);
        Self::location(&self.step(&[("session", &session), ("step", "cancel")]).await)
    }

    /// Goes through the dialog as a browser would and returns the code.
    pub async fn log_in(&self, person: &str, pages: &[&str], granted: &[&str]) -> String {
        self.log_in_asking(person, pages, granted, SCOPES).await
    }

    /// The same, asking for what is granted.
    pub async fn log_in_with(&self, person: &str, pages: &[&str], granted: &[&str]) -> String {
        self.log_in_asking(person, pages, granted, granted).await
    }

    async fn log_in_asking(&self, person: &str, pages: &[&str], granted: &[&str], asked: &[&str]) -> String {
        let html = self.open_dialog(&format!("&scope={}", asked.join(","))).await;
        let session = Self::session(&html);
        let button = html
            .split("<button")
            .find(|part| part.contains(&format!("aria-label=\"{person}\"")))
            .expect("the person is there");
        let id = button.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        self.step(&[("session", &session), ("step", "person"), ("person", &id)]).await;
        let mut form = vec![("session", session.as_str()), ("step", "pages")];
        form.extend(pages.iter().map(|page| if *page == "all" { ("all", "on") } else { ("page", *page) }));
        assert_eq!(self.step(&form).await.status(), 200);
        let mut form = vec![("session", session.as_str()), ("step", "permissions")];
        form.extend(granted.iter().map(|permission| ("permission", *permission)));
        let location = Self::location(&self.step(&form).await);
        assert!(location.starts_with(REDIRECT) && location.ends_with("&state=st%2Fate#_=_"), "{location}");
        location.split("code=").nth(1).unwrap().split('&').next().unwrap().to_owned()
    }

    pub async fn exchange(&self, code: &str) -> (u16, Value) {
        self.get(&format!(
            "/v26.0/oauth/access_token?client_id={APP}&client_secret={SECRET}&redirect_uri={REDIRECT}&code={code}"
        ))
        .await
    }

    /// Logs Anna in, subscribes the app on both levels and returns the Page token.
    pub async fn connect(&self, page: &str) -> String {
        let code = self.log_in("Anna Admin", &[page], SCOPES).await;
        let token = self.exchange(&code).await.1["access_token"].as_str().unwrap().to_owned();
        let (_, answer) = self.graph_get(&format!("/{page}?fields=access_token"), &token).await;
        let page_token = answer["access_token"].as_str().unwrap().to_owned();
        let fields =
            "messages,messaging_postbacks,message_echoes,message_deliveries,message_reads,message_reactions";
        let order = json!({"object": "page", "callback_url": self.receiver.url, "verify_token": "verify-me", "fields": fields});
        let (_, app) =
            self.app_post(&format!("/v26.0/{APP}/subscriptions"), &format!("{APP}|{SECRET}"), order).await;
        assert_eq!(app["success"], true, "{app}");
        let (_, subscribed) = self
            .graph_post(&format!("/{page}/subscribed_apps"), &page_token, json!({"subscribed_fields": fields}))
            .await;
        assert_eq!(subscribed["success"], true, "{subscribed}");
        page_token
    }
}
