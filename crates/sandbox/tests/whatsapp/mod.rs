//! WhatsApp: messages both ways, statuses, media in two steps, every refusal with its code.

mod accounts;
mod media;
mod templates;
mod trouble;

use crate::support::{Bench, NUMBER, WABA};
use serde_json::{Value, json};

/// The code of a refused call.
pub fn code(answer: &(u16, Value)) -> i64 {
    assert!(answer.0 >= 400, "{}", answer.1);
    answer.1["error"]["code"].as_i64().unwrap_or_default()
}

pub fn text(to: &str, body: &str) -> Value {
    json!({"to": to, "type": "text", "text": {"body": body}})
}

/// The customer writes, which opens the window; returns their phone with `+`.
pub async fn writes(bench: &Bench, customer: &str) -> String {
    let answer = bench.act(NUMBER, customer, "messages", json!({"text": "Hello"})).await;
    format!("+{}", answer["phone"].as_str().unwrap())
}

#[tokio::test]
async fn a_customer_writes_and_is_answered_up_to_read() {
    let bench = Bench::start().await;
    bench.connect_whatsapp().await;
    let phone = writes(&bench, "olena").await;
    let value = bench.receiver.change("messages", "messages").await;
    let message = &value["messages"][0];
    assert_eq!(value["metadata"], json!({"display_phone_number": "380443900101", "phone_number_id": NUMBER}));
    assert_eq!(format!("+{}", message["from"].as_str().unwrap()), phone);
    assert_eq!(value["contacts"][0]["user_id"], message["from_user_id"]);
    assert!(message["timestamp"].is_string() && message["text"]["body"] == "Hello", "{message}");

    let mut order = text(&phone, "Hi 😀");
    order["biz_opaque_callback_data"] = json!("row-1");
    order["context"] = json!({"message_id": message["id"]});
    let (status, answer) = bench.whatsapp(order).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["contacts"][0]["input"], phone);
    assert_eq!(answer["messages"][0]["message_status"], "accepted");
    for expected in ["sent", "delivered"] {
        let status = bench.receiver.status().await;
        assert_eq!((&status["status"], &status["id"]), (&json!(expected), &answer["messages"][0]["id"]));
        assert_eq!(status["biz_opaque_callback_data"], "row-1");
        assert_eq!(status["pricing"]["category"], "service");
        assert_eq!(status["recipient_user_id"], message["from_user_id"]);
    }
    bench.act(NUMBER, "olena", "read", json!({})).await;
    assert_eq!(bench.receiver.status().await["status"], "read");
    let (_, seen) = bench
        .whatsapp(json!({"status": "read", "message_id": message["id"], "typing_indicator": {"type": "text"}}))
        .await;
    assert_eq!(seen, json!({"success": true}));
    let thread = bench.thread_of(NUMBER, "olena").await;
    assert!(thread["typing"] == true && thread["messages"][0]["seen"] == true, "{thread}");
    bench.stop().await;
}

#[tokio::test]
async fn a_number_without_a_plus_reaches_someone_of_our_own_country() {
    let bench = Bench::start().await;
    bench.connect_whatsapp().await;
    bench.control("customers/olena", json!({"whatsapp": {"phone": "+4915100000001"}})).await;
    bench.control("customers/ahmed", json!({"whatsapp": {"phone": "+3804915100000001"}})).await;
    writes(&bench, "olena").await;
    writes(&bench, "ahmed").await;
    let (_, stranger) = bench.whatsapp(text("4915100000001", "For Olena")).await;
    assert_eq!(stranger["contacts"][0]["wa_id"], "3804915100000001");
    let (_, right) = bench.whatsapp(text("+49 151 00000001", "For Olena")).await;
    assert_eq!(right["contacts"][0]["wa_id"], "4915100000001");
    let out = async |customer: &str| {
        let thread = bench.thread_of(NUMBER, customer).await;
        thread["messages"].as_array().unwrap().iter().filter(|it| it["direction"] == "out").count()
    };
    assert_eq!((out("olena").await, out("ahmed").await), (1, 1));
    assert_eq!(code(&bench.whatsapp(text("+12", "x")).await), 100);
    assert_eq!(code(&bench.whatsapp(text("+380443900101", "x")).await), 131_021);
    bench.stop().await;
}

#[tokio::test]
async fn a_customer_without_a_phone_is_known_by_their_user_id() {
    let bench = Bench::start().await;
    bench.connect_whatsapp().await;
    let user_id = bench.act(NUMBER, "nopic", "messages", json!({"text": "Hello"})).await["user_id"].clone();
    let value = bench.receiver.change("messages", "messages").await;
    let (contact, message) = (&value["contacts"][0], &value["messages"][0]);
    assert!(contact.get("wa_id").is_none() && message.get("from").is_none(), "{value}");
    assert_eq!((&contact["user_id"], &contact["profile"]["username"]), (&user_id, &json!("@petro.s")));
    let order = json!({"recipient": user_id, "type": "text", "text": {"body": "Hi"}});
    let (status, answer) = bench.whatsapp(order).await;
    assert_eq!(
        (status, &answer["contacts"][0]),
        (200, &json!({"input": user_id, "user_id": user_id})),
        "{answer}"
    );
    let sent = bench.receiver.status().await;
    assert!(sent["recipient_user_id"] == user_id && sent.get("recipient_id").is_none(), "{sent}");

    let request = json!({"recipient": user_id, "type": "interactive", "interactive": {
        "type": "contact_request", "body": {"text": "Your number?"}, "action": {"name": "request_contact_info"}}});
    let (_, asked) = bench.whatsapp(request).await;
    bench.act(NUMBER, "nopic", "tap", json!({"mid": asked["messages"][0]["id"], "choice": "share"})).await;
    let shared = bench.receiver.change("messages", "messages").await;
    assert_eq!(shared["messages"][0]["type"], "contacts");
    assert!(shared["contacts"][0]["wa_id"].is_string(), "the phone is known from now on");
    assert_eq!(
        code(&bench.whatsapp(json!({"recipient": "UA.1", "type": "text", "text": {"body": "x"}})).await),
        131_009
    );
    bench.stop().await;
}

#[tokio::test]
async fn what_cannot_arrive_fails_after_it_was_accepted() {
    let bench = Bench::start().await;
    bench.connect_whatsapp().await;
    let failed = async |answer: (u16, Value)| {
        assert_eq!(answer.0, 200, "{}", answer.1);
        let value = bench.receiver.change("messages", "statuses").await;
        let status = &value["statuses"][0];
        assert_eq!((&status["status"], &status["id"]), (&json!("failed"), &answer.1["messages"][0]["id"]));
        assert!(value.get("contacts").is_none() && status.get("recipient_user_id").is_none(), "{value}");
        status["errors"][0]["code"].as_i64().unwrap()
    };
    assert_eq!(failed(bench.whatsapp(text("+4915199999999", "x")).await).await, 131_026, "not on WhatsApp");
    let phone = writes(&bench, "olena").await;
    let clock = |hours: u32| json!({"page_id": NUMBER, "customer_id": "olena", "shift_hours": hours});
    bench.control("clock", clock(25)).await;
    assert_eq!(failed(bench.whatsapp(text(&phone, "x")).await).await, 131_047, "the window is closed");
    bench.control("clock", clock(0)).await;
    bench
        .control("faults", json!({"kind": "whatsapp_status", "code": 131_049, "message": "Held back", "times": 1}))
        .await;
    assert_eq!(failed(bench.whatsapp(text(&phone, "x")).await).await, 131_049);
    bench.act(NUMBER, "olena", "block", json!({"blocked": true})).await;
    assert_eq!(failed(bench.whatsapp(text(&phone, "x")).await).await, 131_026);
    bench.stop().await;
}

#[tokio::test]
async fn what_is_not_a_message_is_refused() {
    let bench = Bench::start().await;
    bench.connect_whatsapp().await;
    let phone = writes(&bench, "olena").await;
    let refused = async |kind: &str, object: Value| {
        code(&bench.whatsapp(json!({"to": phone, "type": kind, kind: object})).await)
    };
    assert_eq!(refused("text", json!({"body": "x".repeat(4_097)})).await, 100);
    assert_eq!(refused("text", json!({"body": ""})).await, 100);
    assert_eq!(refused("hologram", json!({})).await, 100);
    assert_eq!(refused("image", json!({"id": "1", "link": "https://x.example/a.png"})).await, 100);
    assert_eq!(refused("image", json!({"id": "150000000000000"})).await, 100, "no such file");
    assert_eq!(refused("audio", json!({"link": "https://x.example/a.ogg", "caption": "x"})).await, 100);
    assert_eq!(
        refused("image", json!({"link": "https://x.example/a.png", "caption": "x".repeat(1_025)})).await,
        100
    );
    assert_eq!(refused("location", json!({"latitude": 91, "longitude": 0})).await, 131_009);
    assert_eq!(refused("location", json!({"latitude": 1})).await, 131_008);
    assert_eq!(refused("contacts", json!([{"name": {"formatted_name": "Ann"}}])).await, 131_008);
    assert_eq!(refused("reaction", json!({"message_id": "wamid.none", "emoji": "👍"})).await, 131_009);
    let bare = json!({"to": phone, "text": {"body": "x"}});
    let (status, answer) =
        bench.graph_post(&format!("/{NUMBER}/messages"), crate::support::SYSTEM_USER, bare).await;
    assert!(
        status == 400 && answer["error"]["message"].as_str().unwrap().contains("messaging_product"),
        "{answer}"
    );
    assert_eq!(code(&bench.whatsapp(json!({"type": "text", "text": {"body": "x"}})).await), 131_008);
    let details = bench.whatsapp(text("+380443900101", "x")).await.1["error"]["error_data"].clone();
    assert_eq!(details["messaging_product"], "whatsapp");
    bench.stop().await;
}

#[tokio::test]
async fn buttons_and_lists_come_back_when_they_are_tapped() {
    let bench = Bench::start().await;
    bench.connect_whatsapp().await;
    let phone = writes(&bench, "olena").await;
    bench.receiver.change("messages", "messages").await;
    let send = async |interactive: Value| {
        let (status, answer) =
            bench.whatsapp(json!({"to": phone, "type": "interactive", "interactive": interactive})).await;
        assert_eq!(status, 200, "{answer}");
        answer["messages"][0]["id"].clone()
    };
    let buttons = json!({"type": "button", "body": {"text": "Which?"}, "action": {"buttons": [
        {"type": "reply", "reply": {"id": "yes", "title": "Yes"}}, {"type": "reply", "reply": {"id": "no", "title": "No"}}]}});
    let mid = send(buttons).await;
    bench.act(NUMBER, "olena", "tap", json!({"mid": mid, "choice": "yes"})).await;
    let reply = bench.receiver.change("messages", "messages").await["messages"][0].clone();
    assert_eq!(
        reply["interactive"],
        json!({"type": "button_reply", "button_reply": {"id": "yes", "title": "Yes"}})
    );
    assert_eq!(reply["context"], json!({"from": "380443900101", "id": mid}));
    let list = json!({"type": "list", "body": {"text": "Bread?"}, "action": {"button": "Choose", "sections": [
        {"rows": [{"id": "rye", "title": "Rye", "description": "Dark"}]}]}});
    let mid = send(list).await;
    bench.act(NUMBER, "olena", "tap", json!({"mid": mid, "choice": "rye"})).await;
    let reply = bench.receiver.change("messages", "messages").await["messages"][0].clone();
    assert_eq!(reply["interactive"]["list_reply"], json!({"id": "rye", "title": "Rye", "description": "Dark"}));
    bench.act(NUMBER, "olena", "reaction", json!({"mid": mid, "emoji": "👍"})).await;
    let reaction = bench.receiver.change("messages", "messages").await["messages"][0].clone();
    assert_eq!(reaction["reaction"], json!({"message_id": mid, "emoji": "👍"}));
    let (_, answer) = bench
        .whatsapp(json!({"to": phone, "type": "reaction", "reaction": {"message_id": reply["id"], "emoji": "❤️"}}))
        .await;
    assert!(answer["messages"][0]["id"].is_string(), "{answer}");
    let thread = bench.thread_of(NUMBER, "olena").await;
    let marked =
        thread["messages"].as_array().unwrap().iter().find(|it| it["mid"] == reply["id"]).unwrap().clone();
    assert_eq!(marked["reactions"]["page"], "❤️");
    bench.stop().await;
}

#[tokio::test]
async fn a_moved_customer_is_announced_twice_and_answered_under_the_new_number() {
    let bench = Bench::start().await;
    bench.connect_whatsapp().await;
    let old = writes(&bench, "olena").await;
    let before = bench.receiver.change("messages", "messages").await["messages"][0]["from_user_id"].clone();
    let moved = bench.act(NUMBER, "olena", "number", json!({"phone": "+4915100000042"})).await;
    let first = bench.receiver.change("messages", "messages").await;
    assert!(first.get("contacts").is_none(), "{first}");
    assert_eq!(first["messages"][0]["system"]["wa_id"], "4915100000042");
    assert_eq!(first["messages"][0]["system"]["type"], "user_changed_number");
    let second = bench.receiver.change("messages", "messages").await["messages"][0].clone();
    assert_eq!((&second["system"]["user_id"], &second["from_user_id"]), (&moved["user_id"], &before));
    assert_ne!(moved["user_id"], before);
    assert_eq!(bench.whatsapp(text("+4915100000042", "Still there?")).await.0, 200);
    assert_eq!(bench.receiver.status().await["status"], "sent");
    bench.whatsapp(text(&old, "Still there?")).await;
    let gone = async || bench.receiver.status().await;
    let mut status = gone().await;
    if status["status"] == "delivered" {
        status = gone().await;
    }
    assert_eq!(status["errors"][0]["code"], 131_026, "no one has the old number");
    bench.stop().await;
}

#[tokio::test]
async fn every_kind_of_event_arrives_with_its_words_filled_in() {
    let bench = Bench::start().await;
    bench.connect_whatsapp().await;
    let kinds = bench.get("/control/kinds?channel=whatsapp").await.1["items"].as_array().unwrap().clone();
    let mut fields: Vec<&str> = kinds.iter().map(|kind| kind["field"].as_str().unwrap()).collect();
    fields.sort_unstable();
    fields.dedup();
    bench.subscribe("whatsapp_business_account", &fields.join(",")).await;
    writes(&bench, "olena").await;
    for kind in &kinds {
        let sent = bench.act(NUMBER, "olena", "event", json!({"kind": kind["name"]})).await;
        assert_eq!(sent["receivers"], 1, "{kind}");
        assert!(!sent["item"].to_string().contains('$'), "a word was left: {}", sent["item"]);
    }
    let instagram = bench.get("/control/kinds?channel=instagram").await.1["items"].as_array().unwrap().clone();
    bench.connect_instagram().await;
    let mut fields: Vec<&str> = instagram.iter().map(|kind| kind["field"].as_str().unwrap()).collect();
    fields.sort_unstable();
    fields.dedup();
    bench.subscribe("instagram", &fields.join(",")).await;
    for kind in &instagram {
        let sent = bench.act(crate::support::INSTAGRAM, "olena", "event", json!({"kind": kind["name"]})).await;
        assert_eq!(sent["receivers"], 1, "{kind}");
        assert!(!sent["item"].to_string().contains('$'), "a word was left: {}", sent["item"]);
    }
    let all = kinds.len() + instagram.len() + 1;
    let delivered = async || {
        let log = bench.get("/control/deliveries?kind=webhook&limit=2000").await.1;
        log["items"].as_array().unwrap().iter().filter(|entry| entry["status"] == 200).count()
    };
    for _ in 0..500 {
        if delivered().await == all {
            return bench.stop().await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("{} of {all} arrived", delivered().await);
}

#[tokio::test]
async fn too_many_messages_to_one_person_or_at_once_are_refused() {
    let bench = Bench::start().await;
    bench.connect_whatsapp().await;
    let phone = writes(&bench, "olena").await;
    for n in 0..45 {
        let answer = bench.whatsapp(text(&phone, &n.to_string())).await;
        assert_eq!(answer.0, 200, "{n}: {}", answer.1);
    }
    assert_eq!(code(&bench.whatsapp(text(&phone, "one more")).await), 131_056);
    bench.control("clock", json!({"advance_seconds": 7})).await;
    assert_eq!(bench.whatsapp(text(&phone, "after six seconds")).await.0, 200);
    bench.control("settings", json!({"whatsapp_pair_limit": false, "whatsapp_messages_per_second": 1})).await;
    bench.control("clock", json!({"advance_seconds": 2})).await;
    let answers = [bench.whatsapp(text(&phone, "1")).await, bench.whatsapp(text(&phone, "2")).await];
    assert!(answers.iter().any(|answer| answer.0 == 400 && code(answer) == 130_429), "{answers:?}");
    let waba = bench.control("whatsapp", json!({"id": WABA, "locked": true})).await;
    assert_eq!(waba["locked"], true);
    assert_eq!(bench.receiver.change("account_update", "event").await["event"], "DISABLED_UPDATE");
    assert_eq!(code(&bench.whatsapp(text(&phone, "x")).await), 131_031);
    bench.stop().await;
}
