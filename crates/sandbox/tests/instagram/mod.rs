//! Instagram: the account through its Page, messages both ways, every refusal with its code.

mod login;

use crate::support::{Bench, INSTAGRAM, LAVKA, SCOPES, SECRET};
use serde_json::{Value, json};

/// The code and subcode of a rejected call.
pub fn refusal(answer: &(u16, Value)) -> (i64, i64) {
    let error = &answer.1["error"];
    (error["code"].as_i64().unwrap_or_default(), error["error_subcode"].as_i64().unwrap_or_default())
}

async fn igsid(bench: &Bench, customer: &str) -> String {
    bench.act(INSTAGRAM, customer, "messages", json!({"text": "Hello"})).await["psid"].as_str().unwrap().to_owned()
}

async fn send(bench: &Bench, token: &str, igsid: &str, message: Value) -> (u16, Value) {
    let order = json!({"recipient": {"id": igsid}, "messaging_type": "RESPONSE", "message": message});
    bench.graph_post(&format!("/v26.0/{LAVKA}/messages"), token, order).await
}

#[tokio::test]
async fn a_page_names_its_instagram_account_only_with_the_permission() {
    let bench = Bench::start().await;
    let fields = "instagram_business_account.as(instagram){id,username,name,profile_picture_url}";
    let code = bench.log_in("Anna Admin", &[LAVKA], SCOPES).await;
    let token = bench.exchange(&code).await.1["access_token"].as_str().unwrap().to_owned();
    let (_, page) = bench.graph_get(&format!("/{LAVKA}?fields=id,{fields}"), &token).await;
    assert!(page["instagram"].is_null() && page["id"] == LAVKA, "{page}");

    let scopes = [SCOPES, &["instagram_basic", "instagram_manage_messages"]].concat();
    let code = bench.log_in_with("Anna Admin", &[LAVKA], &scopes).await;
    let token = bench.exchange(&code).await.1["access_token"].as_str().unwrap().to_owned();
    let (_, pages) = bench.graph_get(&format!("/me/accounts?fields=id,access_token,{fields}"), &token).await;
    let account = &pages["data"][0]["instagram"];
    assert_eq!((&account["id"], &account["username"]), (&json!(INSTAGRAM), &json!("lavka.shop")));
    let (_, debug) = bench
        .get(&format!("/debug_token?input_token={token}&access_token={}%7C{SECRET}", crate::support::APP))
        .await;
    let scopes = debug["data"]["granular_scopes"].as_array().unwrap();
    let own = scopes.iter().find(|scope| scope["scope"] == "instagram_basic").unwrap();
    assert_eq!(own["target_ids"], json!([INSTAGRAM]));
    bench.stop().await;
}

#[tokio::test]
async fn a_customer_writes_and_is_answered() {
    let bench = Bench::start().await;
    let token = bench.connect_instagram().await;
    let id = igsid(&bench, "olena").await;
    let event = bench.receiver.next("message").await;
    assert!(event.is_signed_by(SECRET), "the Page flavour is signed by the app's secret");
    assert_eq!((&event.body["object"], &event.body["entry"][0]["id"]), (&json!("instagram"), &json!(INSTAGRAM)));
    assert_eq!((&event.item["sender"]["id"], &event.item["recipient"]["id"]), (&json!(id), &json!(INSTAGRAM)));

    let (status, answer) = send(&bench, &token, &id, json!({"text": "Вітаю 😀", "metadata": "row-1"})).await;
    assert_eq!((status, &answer["recipient_id"]), (200, &json!(id)), "{answer}");
    let echo = bench.receiver.next("message").await.item;
    assert_eq!(echo["message"]["mid"], answer["message_id"]);
    assert_eq!((&echo["message"]["is_echo"], &echo["message"]["metadata"]), (&json!(true), &json!("row-1")));
    assert!(echo["message"]["app_id"].is_null(), "an echo of Instagram names no app");
    assert_eq!((&echo["sender"]["id"], &echo["recipient"]["id"]), (&json!(INSTAGRAM), &json!(id)));

    bench.act(INSTAGRAM, "olena", "read", json!({})).await;
    let read = bench.receiver.next("read").await.item;
    assert_eq!(read["read"], json!({"mid": answer["message_id"]}), "a mid, not a watermark");
    let actions = [
        json!({"sender_action": "typing_on"}),
        json!({"sender_action": "mark_seen"}),
        json!({"sender_action": "react", "payload": {"message_id": answer["message_id"], "reaction": "love"}}),
    ];
    for mut action in actions {
        action["recipient"] = json!({"id": id});
        let (status, answer) = bench.graph_post("/me/messages", &token, action).await;
        assert_eq!(status, 200, "{answer}");
    }
    let log = bench.get("/control/deliveries?field=message_deliveries&limit=10").await.1;
    assert_eq!(log["items"], json!([]), "Instagram reports no deliveries");
    bench.stop().await;
}

#[tokio::test]
async fn every_act_of_a_customer_becomes_its_event() {
    let bench = Bench::start().await;
    let token = bench.connect_instagram().await;
    let id = igsid(&bench, "olena").await;
    let mid = bench.receiver.next("message").await.item["message"]["mid"].clone();
    let act = async |what: &str, body: Value| bench.act(INSTAGRAM, "olena", what, body).await;
    let message = async || bench.receiver.next("message").await.item["message"].clone();

    act("messages", json!({"story": {"kind": "mention"}})).await;
    let mention = message().await;
    let url = mention["attachments"][0]["payload"]["url"].as_str().unwrap().to_owned();
    assert_eq!(mention["attachments"][0]["type"], "story_mention");
    assert_eq!(bench.http.get(&url).send().await.unwrap().status(), 200);
    act("story/expire", json!({})).await;
    assert_eq!(bench.http.get(&url).send().await.unwrap().status(), 404, "the story is over");

    act("messages", json!({"text": "Lovely", "story": {"kind": "reply"}})).await;
    let reply = message().await;
    assert!(reply["reply_to"]["story"]["url"].is_string() && reply["text"] == "Lovely", "{reply}");
    act("messages", json!({"attachment": {"type": "ephemeral"}})).await;
    assert_eq!(message().await["attachments"], json!([{"type": "ephemeral"}]), "nothing to fetch");
    act("messages", json!({"unsupported": true})).await;
    assert_eq!(message().await["is_unsupported"], true);
    act("messages", json!({"attachments": [{"type": "image"}, {"type": "image"}]})).await;
    assert_eq!(message().await["attachments"].as_array().unwrap().len(), 2);
    act("edit", json!({"mid": mid, "text": "Hello!"})).await;
    assert_eq!(bench.receiver.next("message_edit").await.item["message_edit"]["num_edit"], 1);
    act("unsend", json!({"mid": mid})).await;
    assert_eq!(message().await, json!({"mid": mid, "is_deleted": true}));
    let out = send(&bench, &token, &id, json!({"text": "Well"})).await.1["message_id"].clone();
    act("reaction", json!({"mid": out, "emoji": "😆"})).await;
    assert_eq!(bench.receiver.next("reaction").await.item["reaction"]["reaction"], "laugh");
    act("postback", json!({"title": "Hours", "payload": "HOURS"})).await;
    assert_eq!(bench.receiver.next("postback").await.item["postback"]["payload"], "HOURS");
    act("referral", json!({"ref": "sticker"})).await;
    assert_eq!(bench.receiver.next("referral").await.item["referral"]["ref"], "sticker");
    bench.stop().await;
}

#[tokio::test]
async fn what_instagram_would_not_send_is_refused_with_its_code() {
    let bench = Bench::start().await;
    let token = bench.connect_instagram().await;
    let id = igsid(&bench, "olena").await;
    let refused = async |message: Value| refusal(&send(&bench, &token, &id, message).await);
    assert_eq!(refused(json!({"text": "я".repeat(501)})).await, (100, 0), "1,000 bytes, not characters");
    assert_eq!(send(&bench, &token, &id, json!({"text": "я".repeat(500)})).await.0, 200);
    assert_eq!(refused(json!({"text": " "})).await, (100, 2_534_015));
    let template = json!({"template_type": "button", "text": "x", "buttons": [{"type": "postback", "title": "A", "payload": "A"}]});
    assert_eq!(refused(json!({"attachment": {"type": "template", "payload": template}})).await, (100, 2_534_015));
    let file = |kind: &str, url: String| json!({"attachment": {"type": kind, "payload": {"url": url}}});
    let png = bench.url("/cdn/avatar/page-1.png");
    assert_eq!(refused(file("file", png.clone())).await, (100, 2_018_047), "only PDF is a file");
    assert_eq!(send(&bench, &token, &id, file("image", png.clone())).await.0, 200);
    let pictures =
        |count: usize| json!({"attachments": vec![json!({"type": "image", "payload": {"url": png}}); count]});
    assert_eq!(send(&bench, &token, &id, pictures(10)).await.0, 200);
    assert_eq!(refused(pictures(11)).await, (100, 0));
    assert_eq!(send(&bench, &token, &id, json!({"attachment": {"type": "like_heart"}})).await.0, 200);

    let order = |extra: Value| {
        let mut order = json!({"recipient": {"id": id}, "message": {"text": "x"}});
        extra.as_object().unwrap().iter().for_each(|(name, value)| order[name] = value.clone());
        order
    };
    let post = async |order: Value| refusal(&bench.graph_post("/me/messages", &token, order).await);
    assert_eq!(post(order(json!({"messaging_type": "MESSAGE_TAG", "tag": "ACCOUNT_UPDATE"}))).await, (100, 0));
    assert_eq!(post(order(json!({"persona_id": "1"}))).await, (100, 0));
    assert_eq!(
        post(json!({"recipient": {"id": "99999999999999999"}, "message": {"text": "x"}, "platform": "instagram"}))
            .await,
        (100, 2_534_014)
    );

    bench.control("customers/olena", json!({"instagram": {"allows_access": false}})).await;
    assert_eq!(refused(json!({"text": "x"})).await, (200, 2_534_041));
    bench.control("customers/olena", json!({"instagram": {"allows_access": true}})).await;
    bench.control("instagram", json!({"id": INSTAGRAM, "allows_access": false})).await;
    assert_eq!(refused(json!({"text": "x"})).await, (200, 2_534_041));
    let sent = bench.act(INSTAGRAM, "olena", "event", json!({"kind": "text"})).await;
    assert_eq!(sent["receivers"], 0, "the owner switched access off: silence");
    bench.control("instagram", json!({"id": INSTAGRAM, "allows_access": true})).await;
    let shift = |hours: u32| json!({"page_id": INSTAGRAM, "customer_id": "olena", "shift_hours": hours});
    bench.control("clock", shift(25)).await;
    assert_eq!(refused(json!({"text": "x"})).await, (10, 2_534_022));
    let human = json!({"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"});
    assert_eq!(bench.graph_post("/me/messages", &token, order(human.clone())).await.0, 200);
    bench.control("clock", shift(24 * 7 + 1)).await;
    assert_eq!(post(order(human)).await, (10, 2_534_022));
    bench.stop().await;
}

#[tokio::test]
async fn profiles_need_consent_and_conversations_name_the_user() {
    let bench = Bench::start().await;
    let token = bench.connect_instagram().await;
    let id = bench.thread_of(INSTAGRAM, "ahmed").await["customer"]["psid"].as_str().unwrap().to_owned();
    let profile =
        async || bench.graph_get(&format!("/{id}?fields=name,username,profile_pic,follower_count"), &token).await;
    assert_eq!(refusal(&profile().await).0, 230);
    bench.control("customers/ahmed", json!({"instagram": {"username": "ahmed.r", "named": false}})).await;
    igsid(&bench, "ahmed").await;
    let (status, found) = profile().await;
    assert_eq!((status, &found["username"], &found["name"]), (200, &json!("ahmed.r"), &Value::Null), "{found}");
    bench.act(INSTAGRAM, "ahmed", "block", json!({"blocked": true})).await;
    assert_eq!(profile().await.1, json!({}));

    let path = format!(
        "/{LAVKA}/conversations?platform=instagram&user_id={id}&fields=id,participants,messages.limit(5){{id,from,message}}"
    );
    let (_, found) = bench.graph_get(&path, &token).await;
    let conversation = &found["data"][0];
    assert_eq!(conversation["participants"]["data"][0]["username"], "ahmed.r");
    assert_eq!(conversation["messages"]["data"][0]["message"], "Hello");
    let mid = conversation["messages"]["data"][0]["id"].as_str().unwrap();
    assert_eq!(bench.graph_get(&format!("/{mid}?fields=message"), &token).await.1["message"], "Hello");
    let (_, messenger) = bench.graph_get(&format!("/{LAVKA}/conversations?platform=messenger"), &token).await;
    assert_eq!(messenger["data"], json!([]));
    bench.stop().await;
}

#[tokio::test]
async fn a_comment_has_one_private_reply() {
    let bench = Bench::start().await;
    let token = bench.connect_instagram().await;
    let sent = bench.act(INSTAGRAM, "olena", "event", json!({"kind": "comment"})).await;
    let comment = sent["item"]["value"]["id"].as_str().unwrap().to_owned();
    let order = json!({"recipient": {"comment_id": comment}, "message": {"text": "20"}});
    let (status, answer) = bench.graph_post(&format!("/{LAVKA}/messages"), &token, order.clone()).await;
    assert!(status == 200 && answer["recipient_id"].is_null(), "{answer}");
    assert_eq!(refusal(&bench.graph_post(&format!("/{LAVKA}/messages"), &token, order).await), (100, 2_534_025));
    bench.stop().await;
}

#[tokio::test]
async fn an_hour_of_failures_silences_instagram_until_the_page_subscribes_again() {
    let bench = Bench::start().await;
    let token = bench.connect_instagram().await;
    bench.receiver.fail_next(u32::MAX);
    igsid(&bench, "olena").await;
    bench.control("clock", json!({"speed": 10_000})).await;
    let disabled = async || {
        let log = bench.get("/control/deliveries?limit=2000&kind=webhooks_disabled").await.1;
        log["items"].as_array().is_some_and(|items| !items.is_empty())
    };
    for _ in 0..500 {
        if disabled().await {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    bench.receiver.fail_next(0);
    let subscribed = async || bench.thread_of(INSTAGRAM, "olena").await["page"]["subscribed_by"].clone();
    assert_eq!(subscribed().await, json!([]));
    bench.graph_post(&format!("/{LAVKA}/subscribed_apps"), &token, json!({"subscribed_fields": "messages"})).await;
    assert_eq!(subscribed().await, json!([crate::support::APP]));
    bench.stop().await;
}
