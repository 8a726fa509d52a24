//! `POST /me/push`, `DELETE /me/push`

use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{self, ECDSA_P256_SHA256_FIXED};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode as Status};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::role::Role;
use domain::time::SECOND;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixture::Screen;
use crate::routes::on_both_engines;

on_both_engines! {
    what_an_agent_must_hear_is_pushed_while_no_screen_is_looked_at
    who_subscribes_is_checked_and_who_is_gone_is_forgotten
    a_failed_step_of_a_flow_is_pushed_to_administrators_once
    a_user_has_at_most_twenty_browsers
}

/// A browser with its push service, which decrypts what it gets: written from RFC 8291 and 8292, apart from the server's code.
#[derive(Clone)]
struct Browser(Arc<Inner>);

struct Inner {
    key: PrivateKey,
    auth: [u8; 16],
    /// The status that the service returns.
    status: AtomicU16,
    got: Mutex<Vec<(HeaderMap, Value)>>,
    origin: String,
    vapid: String,
}

impl Browser {
    async fn start(it: &TestApp) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let inner = Inner {
            key: PrivateKey::generate(&ECDH_P256).unwrap(),
            auth: *b"sixteen secrets!",
            status: AtomicU16::new(201),
            got: Mutex::default(),
            origin: format!("http://{}", listener.local_addr().unwrap()),
            vapid: it.get(&it.admin, "/me/settings").await["push_public_key"].as_str().unwrap().to_owned(),
        };
        let browser = Self(Arc::new(inner));
        let router = Router::new().route("/send/{id}", post(take)).with_state(browser.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        browser
    }

    /// The browser's own form of its subscription.
    fn subscription(&self) -> Value {
        let point = self.0.key.compute_public_key().unwrap();
        json!({ "endpoint": format!("{}/send/1", self.0.origin), "expirationTime": null, "keys": {
            "p256dh": URL_SAFE_NO_PAD.encode(point.as_ref()), "auth": URL_SAFE_NO_PAD.encode(self.0.auth) } })
    }

    fn decrypt(&self, body: &[u8]) -> Value {
        let (salt, rest) = body.split_at(16);
        let (record, rest) = rest.split_at(4);
        assert_eq!(record, 4096_u32.to_be_bytes());
        let (sender, sealed) = rest[1..].split_at(usize::from(rest[0]));
        let own = self.0.key.compute_public_key().unwrap();
        let hash =
            |key: &[u8], text: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text).as_ref().to_vec();
        let peer = UnparsedPublicKey::new(&ECDH_P256, sender);
        let shared = agree(&self.0.key, peer, (), |shared| Ok(shared.to_vec())).unwrap();
        let info = [b"WebPush: info\0", own.as_ref(), sender, &[1]].concat();
        let secret = hash(&hash(&self.0.auth, &shared), &info);
        let root = hash(salt, &secret);
        let key = &hash(&root, b"Content-Encoding: aes128gcm\0\x01")[..16];
        let nonce: [u8; 12] = hash(&root, b"Content-Encoding: nonce\0\x01")[..12].try_into().unwrap();
        let mut text = sealed.to_vec();
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, key).unwrap());
        let plain = key.open_in_place(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut text).unwrap();
        let end = plain.iter().rposition(|byte| *byte != 0).unwrap();
        assert_eq!(plain[end], 2, "the last record");
        serde_json::from_slice(&plain[..end]).unwrap()
    }

    /// Whether the sender is who the browser subscribed to.
    fn check(&self, headers: &HeaderMap) {
        let header = headers["authorization"].to_str().unwrap();
        let (token, key) = header.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
        assert_eq!(key, self.0.vapid);
        let (signed, mark) = token.rsplit_once('.').unwrap();
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        let public = signature::UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, bytes(key));
        public.verify(signed.as_bytes(), &bytes(mark)).unwrap();
        let claims: Value = serde_json::from_slice(&bytes(signed.split_once('.').unwrap().1)).unwrap();
        assert_eq!(claims["aud"], self.0.origin);
    }

    /// Waits for a push of this kind, and returns it with its headers.
    async fn push(&self, it: &TestApp, kind: &str) -> (HeaderMap, Value) {
        it.until("a push", async || {
            self.0.got.lock().unwrap().iter().find(|(_, push)| push["kind"] == kind).cloned()
        })
        .await
    }

    fn count(&self) -> usize {
        self.0.got.lock().unwrap().len()
    }
}

async fn take(State(it): State<Browser>, Path(_): Path<String>, headers: HeaderMap, body: Bytes) -> Status {
    it.check(&headers);
    let push = it.decrypt(&body);
    it.0.got.lock().unwrap().push((headers, push));
    Status::from_u16(it.0.status.load(Ordering::SeqCst)).unwrap()
}

async fn what_an_agent_must_hear_is_pushed_while_no_screen_is_looked_at(it: &TestApp) {
    it.connected().await;
    let ben = it.user("Ben", Role::Agent).await;
    let browser = Browser::start(it).await;
    it.post(&ben, "/me/push", browser.subscription()).await;
    let (status, _) = it.call(&ben, Method::PATCH, "/me/settings", Some(json!({ "language": "uk" }))).await;
    assert_eq!(status, StatusCode::OK);
    // A visible screen shows the offer itself.
    let screen = Screen::open(it, &ben).await;
    let beat = async |visible: bool| {
        let beat = Some(json!({ "visible": visible }));
        assert_eq!(it.call(&ben, Method::POST, "/me/presence", beat).await.0, StatusCode::NO_CONTENT);
    };
    beat(true).await;
    it.online(&ben).await;
    it.asks_for_an_agent("maria").await;
    let first = it.offered(&ben).await["id"].as_str().unwrap().to_owned();
    it.post(&ben, &format!("/conversations/{first}/accept"), json!({})).await;
    // Now the screen is not visible.
    beat(false).await;
    it.asks_for_an_agent("olena").await;
    let id = it.offered(&ben).await["id"].as_str().unwrap().to_owned();
    let (headers, push) = browser.push(it, "offer").await;
    assert_eq!(
        (&headers["urgency"], &headers["content-encoding"]),
        (&"high".parse().unwrap(), &"aes128gcm".parse().unwrap())
    );
    assert!((1..=30).contains(&headers["ttl"].to_str().unwrap().parse::<i64>().unwrap()));
    assert_eq!(push["tag"], format!("offer-{id}"));
    assert_eq!(
        (&push["name"], &push["place"], &push["language"]),
        (&json!("Olena Kovalenko"), &json!("General"), &json!("uk"))
    );

    // A customer writes in the agent's own conversation.
    it.post(&ben, &format!("/conversations/{id}/accept"), json!({})).await;
    it.writes("olena", json!({ "text": "Are you there? 4111 1111" })).await;
    let (_, push) = browser.push(it, "message").await;
    assert_eq!(
        (&push["path"], &push["tag"]),
        (&json!(format!("/workspace/{id}")), &json!(format!("message-{id}")))
    );
    assert!(!push.to_string().contains("4111"), "a locked screen shows pushes to everyone: {push}");

    // A colleague mentions them in a note, whose words stay off the screen.
    let own = it.get(&ben, "/me").await["user"]["id"].clone();
    let note = json!({ "text": "@Ben her card is 4111", "mentions": [own] });
    it.post(&it.admin, &format!("/conversations/{id}/notes"), note).await;
    let (_, push) = browser.push(it, "mention").await;
    assert_eq!((&push["name"], &push["tag"]), (&json!("Olena Kovalenko"), &json!(format!("mention-{id}"))));
    assert!(push["path"].as_str().unwrap().starts_with(&format!("/workspace/{id}?at=")), "{push}");
    assert!(push["by"].is_string() && !push.to_string().contains("4111"), "{push}");

    // In quiet hours nothing is pushed, and neither is what the user does not want.
    let quiet = json!({ "quiet_hours": { "from": "00:00", "to": "24:00", "time_zone": "Europe/Kyiv" } });
    for change in [quiet, json!({ "quiet_hours": null, "notifications": { "messages": false } })] {
        it.call(&ben, Method::PATCH, "/me/settings", Some(change)).await;
        let before = browser.count();
        it.writes("olena", json!({ "text": "Hello?" })).await;
        it.until("the message", async || {
            (it.get(&ben, &format!("/conversations/{id}")).await["unread"].as_i64()? > 0).then_some(())
        })
        .await;
        it.post(&ben, &format!("/conversations/{id}/read"), json!({})).await;
        assert_eq!(browser.count(), before);
    }
    assert!(browser.0.got.lock().unwrap().iter().all(|(_, push)| push["tag"] != format!("offer-{first}")));
    // The phone is locked, and its browser is lost: before the conversations go to others, it is woken.
    drop(screen);
    it.until("the loss", async || {
        it.clock.advance(5 * SECOND);
        (it.get(&ben, "/me").await["status"]["reason"] == "lost").then_some(())
    })
    .await;
    let (_, push) = browser.push(it, "lost").await;
    assert_eq!(push["conversations"], 2);
}

async fn who_subscribes_is_checked_and_who_is_gone_is_forgotten(it: &TestApp) {
    it.connected().await;
    let ben = it.user("Ben", Role::Agent).await;
    let browser = Browser::start(it).await;
    let good = browser.subscription();
    let with = |pointer: &str, value: Value| {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        bad
    };
    for (bad, pointer) in [
        (with("/endpoint", json!("https://10.0.0.1/push")), "/endpoint"),
        (with("/endpoint", json!("http://push.example/1")), "/endpoint"),
        (with("/endpoint", json!("nowhere")), "/endpoint"),
        (with("/keys/p256dh", json!("AAAA")), "/keys/p256dh"),
        (with("/keys/auth", json!("c2hvcnQ")), "/keys/auth"),
        (json!({ "endpoint": good["endpoint"] }), "/keys"),
    ] {
        let (status, problem) = it.call(&ben, Method::POST, "/me/push", Some(bad.clone())).await;
        assert_eq!(
            (status, &problem["errors"][0]["pointer"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(pointer)),
            "{bad}: {problem}"
        );
    }
    let (status, made) = it.call(&ben, Method::POST, "/me/push", Some(good.clone())).await;
    assert_eq!((status, &made["endpoint"]), (StatusCode::CREATED, &good["endpoint"]));
    let end = Some(json!({ "endpoint": good["endpoint"] }));
    let delete = async |token: &str| it.call(token, Method::DELETE, "/me/push", end.clone()).await.0;
    assert_eq!(delete(&it.admin).await, StatusCode::NOT_FOUND, "it is Ben's");
    assert_eq!(delete(&ben).await, StatusCode::NO_CONTENT);
    assert_eq!(delete(&ben).await, StatusCode::NOT_FOUND);

    // A browser that its push service no longer knows is forgotten.
    it.post(&ben, "/me/push", good.clone()).await;
    browser.0.status.store(410, Ordering::SeqCst);
    it.online(&ben).await;
    it.asks_for_an_agent("olena").await;
    it.offered(&ben).await;
    browser.push(it, "offer").await;
    it.until("the browser to be forgotten", async || {
        (!store::table::push_subscription::any(&it.store).await.ok()?).then_some(())
    })
    .await;
    assert_eq!(delete(&ben).await, StatusCode::NOT_FOUND);
}

async fn a_failed_step_of_a_flow_is_pushed_to_administrators_once(it: &TestApp) {
    let gateway = it.connected().await;
    let sue = it.user("Sue", Role::Supervisor).await;
    let (asleep, unwilling) =
        (it.user("Nadia", Role::Administrator).await, it.user("Yura", Role::Administrator).await);
    let quiet = json!({ "quiet_hours": { "from": "00:00", "to": "24:00", "time_zone": "Europe/Kyiv" } });
    it.call(&asleep, Method::PATCH, "/me/settings", Some(quiet)).await;
    it.call(&unwilling, Method::PATCH, "/me/settings", Some(json!({ "notifications": { "flows": false } }))).await;
    let others = Browser::start(it).await;
    for (n, user) in [&sue, &asleep, &unwilling].into_iter().enumerate() {
        let mut subscription = others.subscription();
        subscription["endpoint"] = json!(format!("{}/send/{n}", others.0.origin));
        it.post(user, "/me/push", subscription).await;
    }
    let browser = Browser::start(it).await;
    it.post(&it.admin, "/me/push", browser.subscription()).await;
    // Screens do not show it everywhere, so that it is pushed although one is visible.
    let _screen = Screen::open(it, &it.admin).await;

    let body = json!({ "schema": 2, "start": "which", "nodes": {
        "which": { "type": "ask", "text": "Which step?", "variable": "step", "next": "way" },
        "way": { "type": "switch", "variable": "step", "otherwise": "look",
            "cases": [{ "value": "other", "next": "other" }] },
        "look": { "type": "http", "url": "http://169.254.169.254/latest", "next": "which" },
        "other": { "type": "http", "url": "http://169.254.169.254/other", "next": "which" },
    } });
    let flow = it.post(&it.admin, "/flows", json!({ "name": "Orders", "body": body })).await;
    let path = format!("/flows/{}", flow["id"].as_str().unwrap());
    it.post(&it.admin, &format!("{path}/publish"), json!({})).await;
    let flow_id = Some(json!({ "flow_id": flow["id"] }));
    it.call(&it.admin, Method::PATCH, &format!("/gateways/{gateway}"), flow_id).await;
    let fails = async |customer: &str, node: &str, count: i64| {
        it.writes(customer, json!({ "text": "Hello" })).await;
        it.phone_shows(customer, "Which step?").await;
        it.writes(customer, json!({ "text": node })).await;
        it.until("the failure", async || {
            let failures = it.get(&it.admin, &path).await["failures"].clone();
            failures.as_array()?.iter().any(|it| it["node"] == node && it["count"] == count).then_some(())
        })
        .await;
    };
    fails("olena", "look", 1).await;
    let (headers, push) = browser.push(it, "flow_failed").await;
    assert_eq!((&push["flow"], &push["step"]), (&json!("Orders"), &json!("look")));
    assert_eq!(push["path"], json!(format!("/admin{path}")));
    assert!(!push.to_string().contains("169.254"), "a locked screen shows pushes to everyone: {push}");
    assert_eq!(
        (&headers["topic"], headers["topic"].len() <= 32),
        (&push["tag"].as_str().unwrap().parse().unwrap(), true)
    );

    // It fails again, which is not announced, and then another step does.
    fails("maria", "look", 2).await;
    fails("ahmed", "other", 1).await;
    let other = it
        .until("the other step", async || {
            let got = browser.0.got.lock().unwrap();
            got.iter().find(|(_, push)| push["step"] == "other").map(|(_, push)| push.clone())
        })
        .await;
    assert_ne!(other["tag"], push["tag"], "neither replaces the other");
    assert_eq!((browser.count(), others.count()), (2, 0));
}

async fn a_user_has_at_most_twenty_browsers(it: &TestApp) {
    let browser = Browser::start(it).await;
    let endpoint = |n: usize| json!(format!("{}/send/{n}", browser.0.origin));
    for n in 0..21 {
        let mut subscription = browser.subscription();
        subscription["endpoint"] = endpoint(n);
        it.post(&it.admin, "/me/push", subscription).await;
        it.clock.advance(SECOND);
    }
    let mut left = Vec::new();
    for n in 0..21 {
        let end = json!({ "endpoint": endpoint(n) });
        if it.call(&it.admin, Method::DELETE, "/me/push", Some(end)).await.0 == StatusCode::NO_CONTENT {
            left.push(n);
        }
    }
    assert_eq!(left, (1..21).collect::<Vec<_>>(), "the oldest one makes room");
}
