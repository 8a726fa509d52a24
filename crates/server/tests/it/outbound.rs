//! What agents can say besides a few words: long texts, files, cards, reactions. The customer's phone is the judge.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{LAVKA, TestApp};
use crate::fixture::{active, message};

/// A PNG of one point; the last byte makes each one different.
fn png(which: u8) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0".to_vec();
    bytes.push(which);
    bytes
}

async fn upload(it: &TestApp, token: &str, id: &str, name: &str, bytes: Vec<u8>) -> Value {
    let part = reqwest::multipart::Part::bytes(bytes).file_name(name.to_owned());
    let form = reqwest::multipart::Form::new().text("conversation_id", id.to_owned()).part("file", part);
    let url = format!("{}/api/v1/media", it.url);
    let response = it.http().post(url).bearer_auth(token).multipart(form).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::CREATED);
    response.json::<Value>().await.unwrap()["id"].clone()
}

async fn say(it: &TestApp, token: &str, id: &str, body: Value) -> Value {
    it.post(token, &format!("/conversations/{id}/messages"), body).await
}

async fn refused(it: &TestApp, token: &str, id: &str, body: Value) -> (String, String) {
    let path = format!("/conversations/{id}/messages");
    let (status, answer) = it.call(token, Method::POST, &path, Some(body)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
    let error = &answer["errors"][0];
    (error["pointer"].as_str().unwrap().to_owned(), error["detail"].as_str().unwrap().to_owned())
}

/// The page's messages on the phone from `first` on.
async fn page_says(it: &TestApp) -> Vec<Value> {
    let phone = it.phone("olena").await;
    phone["messages"].as_array().unwrap().iter().filter(|m| m["direction"] == "out").cloned().collect()
}

async fn arrives(it: &TestApp, token: &str, conversation: &str, sent: &Value) -> Value {
    it.until("the message at the customer's", async || {
        let message = message(it, token, conversation, &sent["id"]).await;
        assert_ne!(message["status"], "failed", "{message}");
        ["sent", "delivered", "read"].contains(&message["status"].as_str()?).then_some(message)
    })
    .await
}

/// How often Meta was asked under a path, and taken.
async fn taken(it: &TestApp, path: &str) -> usize {
    let calls = it.control(Method::GET, &format!("/calls?limit=1000&path={path}"), json!({})).await;
    let calls = calls.as_array().or(calls["items"].as_array()).or(calls["calls"].as_array()).unwrap().clone();
    calls.iter().filter(|call| call["status"] == 200).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_text_arrives_whole_in_order_and_the_choices_stand_at_its_end() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    let text: String = (0..300).map(|n| format!("Sentence number {n} 👩‍👩‍👧‍👦. ")).collect();
    let asked = it.writes("olena", json!({ "text": "Tell me all" })).await;
    let question = it
        .until("the question", async || {
            let thread = it.get(&ben, &format!("/conversations/{id}/messages?limit=200")).await;
            thread["items"].as_array()?.iter().find(|m| m["text"] == "Tell me all").cloned()
        })
        .await;
    let before = page_says(&it).await.len();
    let body = json!({ "text": text, "reply_to": question["id"],
        "quick_replies": ["More", { "title": "Enough", "payload": "STOP" }] });
    let sent = say(&it, &ben, &id, body).await;
    arrives(&it, &ben, &id, &sent).await;
    let parts = page_says(&it).await.split_off(before);
    assert!(parts.len() >= 4, "{} parts", parts.len());
    let joined: String = parts.iter().map(|part| part["text"].as_str().unwrap()).collect();
    assert_eq!(joined.trim_end(), text.trim_end());
    assert!(parts.iter().all(|part| part["text"].as_str().unwrap().encode_utf16().count() < 2_000));
    assert_eq!(parts[0]["reply_to"], asked["mid"]);
    assert!(parts[1..].iter().all(|part| part["reply_to"].is_null()));
    let (last, others) = parts.split_last().unwrap();
    assert!(others.iter().all(|part| part["quick_replies"].as_array().unwrap().is_empty()));
    assert_eq!(last["quick_replies"][1]["payload"], "STOP");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_pictures_arrive_as_one_message_and_other_files_one_by_one() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    let before = page_says(&it).await.len();
    let pictures = [upload(&it, &ben, &id, "1.png", png(1)).await, upload(&it, &ben, &id, "2.png", png(2)).await];
    let sent = say(&it, &ben, &id, json!({ "text": "Look", "attachment_ids": pictures })).await;
    arrives(&it, &ben, &id, &sent).await;
    let parts = page_says(&it).await.split_off(before);
    assert_eq!(parts.len(), 2, "{parts:?}");
    assert_eq!(parts[0]["text"], "Look");
    assert_eq!(parts[1]["attachments"].as_array().unwrap().len(), 2);

    let files = [
        upload(&it, &ben, &id, "3.png", png(3)).await,
        upload(&it, &ben, &id, "list.pdf", b"%PDF-1.4 prices".to_vec()).await,
    ];
    let sent = say(&it, &ben, &id, json!({ "attachment_ids": files, "quick_replies": ["Thanks"] })).await;
    arrives(&it, &ben, &id, &sent).await;
    let parts = page_says(&it).await.split_off(before + 2);
    let kinds: Vec<_> = parts.iter().map(|part| part["attachments"][0]["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["image", "file"]);
    assert_eq!(parts[1]["quick_replies"][0]["title"], "Thanks");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_file_is_uploaded_to_meta_once_and_again_when_meta_has_forgotten_it() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    let path = format!("/{LAVKA}/message_attachments");
    let send = async || {
        let file = upload(&it, &ben, &id, "prices.pdf", b"%PDF-1.4 prices".to_vec()).await;
        let sent = say(&it, &ben, &id, json!({ "attachment_ids": [file] })).await;
        arrives(&it, &ben, &id, &sent).await;
    };
    send().await;
    send().await;
    assert_eq!(taken(&it, &path).await, 1, "the second time it goes by its id");
    it.control(Method::POST, "/attachments/expire", json!({})).await;
    send().await;
    assert_eq!(taken(&it, &path).await, 2, "what Meta refused is uploaded anew");
    let copies = page_says(&it).await.iter().filter(|m| m["attachments"][0]["name"] == "prices.pdf").count();
    assert_eq!(copies, 3, "and each is seen once");

    // An upload that fails for a passing reason is tried again: the customer has seen nothing of it.
    let fault = json!({ "kind": "graph_error", "path": path, "method": "POST", "times": 1, "status": 502,
        "body": "<html>bad gateway</html>" });
    it.control(Method::POST, "/faults", fault).await;
    let file = upload(&it, &ben, &id, "other.pdf", b"%PDF-1.4 other".to_vec()).await;
    let sent = say(&it, &ben, &id, json!({ "attachment_ids": [file] })).await;
    arrives(&it, &ben, &id, &sent).await;
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn templates_arrive_and_stay_in_the_thread_as_they_were_written() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    let buttons = json!([{ "type": "postback", "title": "Order", "payload": "ORDER" },
        { "type": "web_url", "title": "Shop", "url": "https://lavka.example/jam" },
        { "type": "phone_number", "title": "Call", "payload": "+380441112233" }]);
    let card = json!({ "title": "Plum jam", "subtitle": "450 g", "url": "https://lavka.example/jam", "buttons": buttons });
    let picture = upload(&it, &ben, &id, "jam.png", png(9)).await;
    for template in [
        json!({ "type": "button", "text": "What next?", "buttons": buttons }),
        json!({ "type": "generic", "elements": [card, card] }),
        json!({ "type": "media", "media_type": "image", "attachment_id": picture, "buttons": [buttons[0]] }),
        json!({ "type": "receipt", "recipient_name": "Olena", "order_number": "A-7", "currency": "UAH",
            "payment_method": "Visa 4242", "timestamp": 1_760_000_000, "summary": { "total_cost": 240.5 },
            "elements": [{ "title": "Plum jam", "quantity": 2.0, "price": 240.5 }] }),
    ] {
        let sent = say(&it, &ben, &id, json!({ "template": template })).await;
        assert_eq!((&sent["kind"], &sent["template"]), (&json!("template"), &template));
        let shown = arrives(&it, &ben, &id, &sent).await;
        assert_eq!(shown["template"], template, "it is kept as it was written");
        let on_phone = page_says(&it).await.pop().unwrap();
        assert_eq!(on_phone["template"]["template_type"], template["type"], "{on_phone}");
    }
    it.control(
        Method::POST,
        &format!("/pages/{LAVKA}/customers/olena/postback"),
        json!({ "title": "Order", "payload": "ORDER" }),
    )
    .await;
    it.until("the tap in the thread", async || {
        let thread = it.get(&ben, &format!("/conversations/{id}/messages?limit=200")).await;
        thread["items"].as_array()?.iter().any(|m| m["kind"] == "postback" && m["text"] == "Order").then_some(())
    })
    .await;
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_messenger_would_refuse_is_refused_with_place_limit_and_value() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    let before = page_says(&it).await.len();
    for (body, pointer, words) in [
        (json!({ "text": "x".repeat(20_001) }), "/text", "20001"),
        (json!({ "text": "x", "quick_replies": vec!["A"; 14] }), "/quick_replies", "14"),
        (json!({ "text": "x", "quick_replies": ["A", "b".repeat(21)] }), "/quick_replies/1", "21"),
        (json!({ "template": { "type": "button", "text": "x", "buttons": [] } }), "/template/buttons", "1 to 3"),
        (
            json!({ "template": { "type": "generic", "elements": [{ "title": "t".repeat(81), "subtitle": "s" }] } }),
            "/template/elements/0/title",
            "81",
        ),
        (
            json!({ "template": { "type": "media", "media_type": "image", "attachment_id": "7" } }),
            "/template/attachment_id",
            "no such upload",
        ),
        (json!({ "attachment_ids": ["7"] }), "/attachment_ids/0", "no such upload"),
        (json!({ "attachment_ids": vec!["7"; 31] }), "/attachment_ids", "31"),
        (json!({ "text": "x", "reply_to": "7" }), "/reply_to", "not in this conversation"),
    ] {
        let (at, why) = refused(&it, &ben, &id, body).await;
        assert_eq!(at, pointer, "{why}");
        assert!(why.contains(words), "{why}");
    }
    let odd = json!({ "template": { "type": "button", "text": "x", "buttons": [], "colour": "red" } });
    refused(&it, &ben, &id, odd).await;
    let picture = upload(&it, &ben, &id, "a.png", png(1)).await;
    let (at, _) = refused(
        &it,
        &ben,
        &id,
        json!({ "template": { "type": "media", "media_type": "video", "attachment_id": picture } }),
    )
    .await;
    assert_eq!(at, "/template/media_type");
    assert_eq!(page_says(&it).await.len(), before, "nothing left");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reaction_is_on_the_phone_and_one_that_meta_refuses_says_so() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    let wrote = it.writes("olena", json!({ "text": "You are great" })).await;
    let theirs = it
        .until("the praise", async || {
            let thread = it.get(&ben, &format!("/conversations/{id}/messages?limit=200")).await;
            thread["items"].as_array()?.iter().find(|m| m["text"] == "You are great").cloned()
        })
        .await;
    let path = format!("/conversations/{id}/messages/{}/reactions", theirs["id"].as_str().unwrap());
    let on_phone = async |emoji: Value| {
        it.until("the reaction on the phone", async || {
            let phone = it.phone("olena").await;
            let message = phone["messages"].as_array()?.iter().find(|m| m["mid"] == wrote["mid"])?.clone();
            (message["reactions"].get("page").cloned().unwrap_or_default() == emoji).then_some(())
        })
        .await;
    };
    let shown = it.post(&ben, &path, json!({ "emoji": "❤" })).await;
    assert_eq!(shown["reactions"][0]["emoji"], "❤", "it is shown at once");
    on_phone(json!("❤")).await;
    it.post(&ben, &path, json!({ "emoji": "👍" })).await;
    on_phone(json!("👍")).await;
    let off = it.post(&ben, &path, json!({ "emoji": null })).await;
    assert_eq!(off["reactions"], json!([]));
    on_phone(Value::Null).await;

    let refusal = json!({ "kind": "graph_error", "path": format!("/{LAVKA}/messages"), "method": "POST", "times": 1,
        "status": 400, "code": 551, "subcode": 1_545_041 });
    it.control(Method::POST, "/faults", refusal).await;
    it.post(&ben, &path, json!({ "emoji": "🎉" })).await;
    it.until("the reason at the reaction", async || {
        let message = message(&it, &ben, &id, &theirs["id"]).await;
        (message["reactions"][0]["error"]["code"] == 551).then_some(())
    })
    .await;

    let (status, _) = it.call(&ben, Method::POST, &path, Some(json!({ "emoji": "love" }))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let ours = say(&it, &ben, &id, json!({ "text": "Thank you" })).await;
    let path = format!("/conversations/{id}/messages/{}/reactions", ours["id"].as_str().unwrap());
    let (status, _) = it.call(&ben, Method::POST, &path, Some(json!({ "emoji": "❤" }))).await;
    assert_eq!(status, StatusCode::CONFLICT, "our own words get no reaction of ours");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_with_a_picture_answer_under_their_own_name_where_the_gateway_says_so() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    let seen = async |words: &str| {
        let sent = say(&it, &ben, &id, json!({ "text": words })).await;
        arrives(&it, &ben, &id, &sent).await;
        page_says(&it).await.into_iter().rev().find(|m| m["text"] == words).unwrap()["persona"].clone()
    };
    let gateway = it.get(&it.admin, "/gateways").await["items"][0]["id"].as_str().unwrap().to_owned();
    let switch = json!({ "personas": true });
    let (status, changed) = it.call(&it.admin, Method::PATCH, &format!("/gateways/{gateway}"), Some(switch)).await;
    assert_eq!((status, &changed["personas"]), (StatusCode::OK, &json!(true)));
    assert_eq!(seen("Without a picture").await, Value::Null);

    let part = reqwest::multipart::Part::bytes(png(1)).file_name("ben.png");
    let form = reqwest::multipart::Form::new().part("file", part);
    let put = it.http().put(format!("{}/api/v1/me/picture", it.url)).bearer_auth(&ben).multipart(form);
    let picture: Value = put.send().await.unwrap().json().await.unwrap();
    let address = picture["picture_url"].as_str().unwrap();
    let public = it.http().get(address).send().await.unwrap();
    assert_eq!(public.headers()["content-type"], "image/png", "Meta can fetch it");
    let shown = seen("With a picture").await;
    assert_eq!((&shown["name"], &shown["profile_picture_url"]), (&json!("Ben"), &picture["picture_url"]));
    assert_eq!(seen("And again").await["id"], shown["id"], "it is made once");
    assert_eq!(taken(&it, &format!("/{LAVKA}/personas")).await, 1);

    // Meta has lost it: the words leave all the same, and the next ones have a face again.
    it.control(Method::POST, "/personas/forget", json!({})).await;
    assert_eq!(seen("Lost").await, Value::Null);
    assert_eq!(seen("Found").await["name"], "Ben");

    let (status, _) = it.call(&ben, Method::DELETE, "/me/picture", None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(seen("As the Page").await, Value::Null);
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_reaches_the_customer_sign_by_sign() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    for text in [
        "Your order AB_12[3]_x is in [stock]",
        "*not bold* _not italic_ ~as it is~ `code`",
        "<b>&amp; \"quotes\" \\ {{name}} %s $1",
        "[link](https://example.org/a_b?c=[d])",
    ] {
        let sent = say(&it, &ben, &id, json!({ "text": text })).await;
        arrives(&it, &ben, &id, &sent).await;
        assert_eq!(page_says(&it).await.last().unwrap()["text"], text);
    }
    it.stop().await;
}
