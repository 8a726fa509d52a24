//! The corpus is the specification: one payload for each kind of event of Meta (`crates/channels/fixtures`), next to
//! it the result of parsing (`.snap`) and the thread that an agent sees (`.thread.snap`). Each payload is signed,
//! delivered to a running server, and delivered once more, which must change nothing.

use std::path::{Path, PathBuf};

use aws_lc_rs::hmac;
use domain::channel::Channel;
use domain::id::GatewayId;
use engine::directory::token_purpose;
use engine::secrets::Cipher;
use reqwest::StatusCode;
use serde_json::{Map, Value, json};
use store::table::account::{self, NewAccount};
use store::table::account_access::{self, NewAccess};
use store::table::pending_update;
use store::{Batch, Signal};

use crate::app::{ANNA, APP_ID, APP_SECRET, LAVKA, TestApp};
use crate::whatsapp::connect_number;

/// The Instagram account of the files, which belongs to the same Page.
const INSTAGRAM: &str = "17841400000000200";

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../channels/fixtures");

/// The payload of a file for this test's page, app and a separate customer. File addresses lead nowhere: no test
/// calls Meta's hosts.
fn placed(value: Value, name: &str, customer: u64, live: bool) -> Value {
    let mapped = |id: &str| match id {
        "200" => Some(LAVKA.to_owned()),
        "300" => Some(customer.to_string()),
        "100" => Some(APP_ID.to_owned()),
        // WhatsApp's customers: by number and by user id, before and after a change of both.
        "4915100" => Some(format!("49{customer}")),
        "4915199" => Some(format!("48{customer}")),
        "DE.123abc" => Some(format!("DE.{customer}")),
        "DE.456def" => Some(format!("DE.{customer}b")),
        _ => None,
    };
    match value {
        Value::String(text) if text.starts_with("m_") || text.starts_with("wamid.") => {
            json!(format!("{name}.{text}"))
        }
        // WhatsApp writes times as text, in seconds.
        Value::String(text) if live && text.len() == 10 && text.parse::<i64>().is_ok() => {
            json!(recent(text.parse().unwrap()).to_string())
        }
        Value::String(text) if text.contains(".fbcdn.net/") || text.contains(".fbsbx.com/") => {
            let path = text.splitn(4, '/').nth(3).unwrap_or_default();
            json!(format!("http://127.0.0.1:9/{path}"))
        }
        Value::String(text) => json!(mapped(&text).unwrap_or(text)),
        Value::Number(number) => match mapped(&number.to_string()) {
            Some(id) => Value::Number(id.parse().unwrap()),
            None if live => number.as_i64().map_or(Value::Number(number), |number| json!(recent(number))),
            None => Value::Number(number),
        },
        Value::Array(list) => list.into_iter().map(|one| placed(one, name, customer, live)).collect(),
        Value::Object(map) if is_whatsapp(name) => {
            map.into_iter().map(|(key, one)| (key, placed(one, name, customer, live))).collect()
        }
        Value::Object(map) => {
            // What happens on posts knows no window, and its times are in the snapshots.
            let live = live && !map.contains_key("field");
            let placed: Map<String, Value> =
                map.into_iter().map(|(key, one)| (key, placed(one, name, customer, live))).collect();
            Value::Object(placed)
        }
        other => other,
    }
}

fn is_whatsapp(name: &str) -> bool {
    name.starts_with("whatsapp_")
}

fn hours_now() -> i64 {
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since_1970.as_secs() / 3_600).unwrap()
}

/// Times of the files, in milliseconds or seconds, are of one day: it becomes the last hours, inside the messaging window.
fn recent(number: i64) -> i64 {
    const FILES: i64 = 1_790_000_000;
    const DAY: i64 = 86_400;
    let later = (hours_now() - 1) * 3_600 - FILES;
    if (FILES..FILES + DAY).contains(&number) {
        number + later
    } else if (FILES * 1_000..(FILES + DAY) * 1_000).contains(&number) {
        number + later * 1_000
    } else {
        number
    }
}

fn payloads() -> Vec<PathBuf> {
    let mut paths: Vec<_> = std::fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    assert!(paths.len() > 60, "the corpus is there");
    paths
}

/// What the login writes down for an Instagram account that is found through its Page.
async fn connect_instagram(it: &TestApp, gateway: GatewayId) {
    let token = Cipher::load(&it.config).unwrap().seal("a-token", &token_purpose(gateway));
    let mut batch = Batch::new();
    let named = NewAccount::named(1, gateway, Channel::INSTAGRAM, INSTAGRAM, "lavka");
    account::upsert(&mut batch, &NewAccount { node: LAVKA, parent_id: Some(LAVKA), ..named }, it.clock.now());
    account::set_subscribed(&mut batch, gateway, INSTAGRAM, true, None);
    let tasks = ["MESSAGING".to_owned()];
    let access = NewAccess { gateway, account_id: INSTAGRAM, person: ANNA, token: &token, tasks: &tasks };
    account_access::upsert(&mut batch, &access);
    batch.notify(Signal::Config);
    it.store.commit(batch).await.unwrap();
    it.until("the account is known", async || {
        let accounts = it.get(&it.admin, &format!("/gateways/{gateway}/accounts")).await;
        accounts["items"].as_array()?.iter().any(|account| account["id"] == INSTAGRAM).then_some(())
    })
    .await;
}

/// Posts a body as Meta does and waits until everything in it is processed; returns the delivery.
async fn deliver(it: &TestApp, url: &str, body: &str) -> Value {
    let key = hmac::Key::new(hmac::HMAC_SHA256, APP_SECRET.as_bytes());
    let hex: String = hmac::sign(&key, body.as_bytes()).as_ref().iter().map(|b| format!("{b:02x}")).collect();
    let request = it.http().post(url).header("content-type", "application/json");
    let request = request.header("x-hub-signature-256", format!("sha256={hex}")).body(body.to_owned());
    assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
    let delivery = it.get(&it.admin, "/deliveries?limit=1").await["items"][0].clone();
    let path = format!("/deliveries/{}", delivery["id"].as_str().unwrap());
    it.until("the delivery's end", async || {
        let delivery = it.get(&it.admin, &path).await;
        let ready = pending_update::ready(&it.store, 1).await.unwrap();
        (delivery["state"] != "pending" && ready.is_empty()).then_some(delivery)
    })
    .await
}

/// The conversations of a customer as the API shows them, without ids and times.
async fn threads(it: &TestApp, customer: u64) -> Value {
    let list = it.get(&it.admin, "/conversations?limit=200").await;
    let mut threads = Vec::new();
    for conversation in list["items"].as_array().unwrap() {
        let known_as = conversation["contact"]["identities"][0]["external_id"].as_str().unwrap_or_default();
        if !known_as.contains(&customer.to_string()) {
            continue;
        }
        let path = format!("/conversations/{}/messages?limit=200", conversation["id"].as_str().unwrap());
        let messages = it.get(&it.admin, &path).await["items"].as_array().unwrap().clone();
        let place = |id: &Value| messages.iter().position(|message| message["id"] == *id);
        let bot = messages.iter().filter(|message| message["sender"]["kind"] == "bot").count();
        let thread: Vec<Value> = messages
            .iter()
            .filter(|message| message["sender"]["kind"] != "bot")
            .map(|message| shown(message, message["reply_to"].is_string().then(|| place(&message["reply_to"]))))
            .collect();
        threads.push(tidy(json!({
            "state": conversation["state"],
            "held_by": conversation["held_by"]["name"],
            "first_referral": conversation["first_referral"],
            "latest_referral": conversation["latest_referral"],
            "last_message": conversation["last_message"]["text"],
            "first_text": conversation["first_text"],
            "unread": conversation["unread"],
            "said_by_the_bot": bot,
            "thread": thread,
        })));
    }
    json!(threads)
}

/// The author's name. A customer's depends on whether their profile was fetched already.
fn author(message: &Value) -> &str {
    if message["sender"]["kind"] == "contact" { "" } else { message["sender"]["name"].as_str().unwrap() }
}

fn shown(message: &Value, answers: Option<Option<usize>>) -> Value {
    let files: Vec<Value> = message["attachments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| tidy(json!({ "type": file["type"], "name": file["name"] })))
        .collect();
    tidy(json!({
        "kind": message["kind"],
        "direction": message["direction"],
        "sender": format!("{} {}", message["sender"]["kind"].as_str().unwrap(), author(message)),
        "text": message["text"],
        "attachments": files,
        "cards": message["cards"].as_array().unwrap().iter().cloned().map(tidy).collect::<Vec<_>>(),
        "location": message["location"],
        "link": message["link"],
        "link_title": message["link_title"],
        "booking": message["booking"],
        "referral": message["referral"],
        "story": message["story"],
        "view_once": message["view_once"],
        "answers_message": answers,
        "reactions": message["reactions"],
        "edited": message["edited_at"].is_string(),
        "unsent": message["unsent_at"].is_string(),
        "standby": message["standby"],
        "incomplete": message["incomplete"],
        "forwarded": message["forwarded"],
        "status": message["status"],
    }))
}

/// Without what is empty: a snapshot shows what there is.
fn tidy(value: Value) -> Value {
    match value {
        Value::Object(map) => map
            .into_iter()
            .map(|(key, value)| (key, tidy(value)))
            .filter(|(_, value)| !matches!(value, Value::Null | Value::Bool(false)))
            .filter(|(_, value)| {
                value.as_str() != Some("") && value.as_array().is_none_or(|list| !list.is_empty())
            })
            .filter(|(_, value)| value.as_object().is_none_or(|map| !map.is_empty()))
            .collect(),
        other => other,
    }
}

/// A receipt that comes again finds messages that came after it the first time: a status may go forward.
fn without_status(value: Value) -> Value {
    match value {
        Value::Object(map) => map
            .into_iter()
            .filter(|(key, _)| key != "status")
            .map(|(key, one)| (key, without_status(one)))
            .collect(),
        Value::Array(list) => list.into_iter().map(without_status).collect(),
        other => other,
    }
}

async fn comments(it: &TestApp, account: &str) -> Value {
    let list = it.get(&it.admin, &format!("/pages/{account}/comments")).await;
    let comment = |one: &Value| {
        tidy(json!({
            "kind": one["kind"], "from": one["from_name"], "text": one["text"], "state": one["state"],
            "created_at": one["created_at"], "edited": one["edited_at"].is_string(), "permalink": one["permalink"],
        }))
    };
    list["items"].as_array().unwrap().iter().map(comment).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_payload_of_the_corpus_becomes_the_thread_beside_it() {
    let it = TestApp::start().await;
    let gateway = it.connected().await;
    connect_instagram(&it, GatewayId(gateway.parse().unwrap())).await;
    let gateway = it.get(&it.admin, &format!("/gateways/{gateway}")).await;
    let url = gateway["webhook_url"].as_str().unwrap().to_owned();
    let health = format!("/gateways/{}/health", gateway["id"].as_str().unwrap());
    connect_number(&it, gateway["id"].as_str().unwrap()).await;
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new(FOLDER));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (customer, path) in (7_100_000_000_000_001_u64..).zip(payloads()) {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let payload: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        // Instagram gives comments no time of their own: that of the entry is in the snapshots.
        let on_instagram = name.starts_with("instagram_comment") || name.starts_with("instagram_mention");
        let body = placed(payload, name, customer, !on_instagram).to_string();
        let delivery = deliver(&it, &url, &body).await;
        let first = threads(&it, customer).await;
        let commented_on = match name {
            _ if name.starts_with("feed") => Some(LAVKA),
            _ if on_instagram => Some(INSTAGRAM),
            _ => None,
        };
        let commented = match commented_on {
            Some(account) => comments(&it, account).await,
            None => Value::Null,
        };
        let policy: Vec<Value> = it.get(&it.admin, &health).await["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|finding| finding["code"] == "page_blocked" || finding["code"] == "page_warned")
            .map(|finding| finding["code"].clone())
            .collect();
        let seen = tidy(json!({
            "delivery": { "state": delivery["state"], "error": delivery["error"] },
            "conversations": first,
            "comments": commented,
            "page": policy,
        }));
        settings.bind(|| insta::assert_json_snapshot!(format!("{name}.thread"), seen));

        deliver(&it, &url, &body).await;
        let again = threads(&it, customer).await;
        assert_eq!(
            without_status(again),
            without_status(first),
            "{name}: delivered twice, the thread is the same"
        );
        if let Some(account) = commented_on {
            assert_eq!(
                comments(&it, account).await,
                commented,
                "{name}: delivered twice, the comments are the same"
            );
        }
    }
    it.stop().await;
}
