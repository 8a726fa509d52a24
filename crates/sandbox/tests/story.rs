//! The story of one app: login, tokens, Pages, subscriptions, messages both ways, faults.
//!
//! The helpers sign and verify on their own: nothing of the crate's inside is used.

mod chaos;
mod instagram;
mod kinds;
mod real;
mod state;
mod support;
mod whatsapp;

use serde_json::{Value, json};
use support::{APP, Bench, LAVKA, SECRET, proof};

#[tokio::test]
async fn a_login_leads_to_130_pages() {
    let bench = Bench::start().await;
    let code = bench.log_in("Max Many", &["all"], support::SCOPES).await;
    let short = bench.exchange(&code).await;
    assert_eq!(short.0, 200, "{}", short.1);
    let short = short.1["access_token"].as_str().unwrap().to_owned();

    let (status, again) = bench.exchange(&code).await;
    assert_eq!(
        (status, &again["error"]["code"], &again["error"]["error_subcode"]),
        (400, &json!(100), &json!(36009))
    );

    let long = bench
        .get(&format!(
            "/v26.0/oauth/access_token?grant_type=fb_exchange_token&client_id={APP}&client_secret={SECRET}&fb_exchange_token={short}"
        ))
        .await;
    assert_eq!(long.1["expires_in"], 5_184_000);
    let token = long.1["access_token"].as_str().unwrap();

    let (mut pages, mut after) = (Vec::new(), String::new());
    loop {
        let (status, answer) = bench.graph_get(&format!("/v26.0/me/accounts?limit=100{after}"), token).await;
        assert_eq!(status, 200, "{answer}");
        pages.extend(answer["data"].as_array().unwrap().clone());
        if answer["paging"]["next"].is_null() {
            break;
        }
        assert!(answer["paging"]["next"].as_str().unwrap().contains(token));
        after = format!("&after={}", answer["paging"]["cursors"]["after"].as_str().unwrap().replace('=', "%3D"));
    }
    assert_eq!(pages.len(), 130);
    assert!(pages.iter().all(|page| page["access_token"].is_string()));

    let page_token = pages[0]["access_token"].as_str().unwrap();
    let (_, debug) =
        bench.get(&format!("/debug_token?input_token={page_token}&access_token={APP}%7C{SECRET}")).await;
    assert_eq!(debug["data"]["type"], "PAGE");
    assert_eq!(debug["data"]["expires_at"], 0);
    assert_eq!(debug["data"]["granular_scopes"][0]["target_ids"].as_array().unwrap().len(), 130);
    bench.stop().await;
}

#[tokio::test]
async fn mistakes_of_a_login_are_refused() {
    let bench = Bench::start().await;
    let wrong = bench
        .http
        .get(bench.url(&format!(
            "/v26.0/dialog/oauth?client_id={APP}&redirect_uri=http://127.0.0.1/other&state=s&scope=pages_messaging"
        )))
        .send()
        .await
        .unwrap();
    assert_eq!(wrong.status(), 400);
    assert!(wrong.headers().get("location").is_none());
    let unknown_scope = bench.open_dialog("&scope=instagram_dreams").await;
    assert!(unknown_scope.contains("Invalid Scopes"));
    let denied = bench.cancel().await;
    assert!(
        denied.contains("error=access_denied")
            && denied.contains("error_reason=user_denied")
            && denied.contains("state=st%2Fate"),
        "{denied}"
    );

    let code = bench.log_in("Anna Admin", &[LAVKA], support::SCOPES).await;
    let (_, mismatch) = bench
        .get(&format!(
            "/oauth/access_token?client_id={APP}&client_secret={SECRET}&redirect_uri=http://x/&code={code}"
        ))
        .await;
    assert_eq!(mismatch["error"]["error_subcode"], 36008);
    let (_, secret) = bench
        .get(&format!("/oauth/access_token?client_id={APP}&client_secret=no&redirect_uri=http://x/&code={code}"))
        .await;
    assert_eq!(secret["error"]["code"], 1);
    let (_, app) =
        bench.get("/oauth/access_token?client_id=9&client_secret=no&redirect_uri=http://x/&code=c").await;
    assert_eq!(app["error"]["code"], 101);
    bench.stop().await;
}

#[tokio::test]
async fn untouched_scopes_and_pages_stay_out() {
    let bench = Bench::start().await;
    let code =
        bench.log_in("Anna Admin", &[LAVKA, "105500000000000003"], &["pages_show_list", "pages_messaging"]).await;
    let token = bench.exchange(&code).await.1["access_token"].as_str().unwrap().to_owned();
    let (_, accounts) =
        bench.graph_get("/me/accounts?fields=id,name,tasks,access_token,picture{url}", &token).await;
    let pages = accounts["data"].as_array().unwrap();
    assert_eq!(pages.len(), 2);
    assert!(pages[0]["access_token"].is_string());
    assert!(pages[1].get("access_token").is_none(), "no useful task, no token: {}", pages[1]);
    let (_, permissions) = bench.graph_get("/me/permissions", &token).await;
    assert!(
        permissions["data"]
            .as_array()
            .unwrap()
            .contains(&json!({"permission": "pages_manage_metadata", "status": "declined"}))
    );

    // All or nothing: one forbidden field refuses the whole list.
    let page_token = pages[0]["access_token"].as_str().unwrap();
    let (status, refused) = bench
        .graph_post(
            &format!("/{LAVKA}/subscribed_apps"),
            page_token,
            json!({"subscribed_fields": "messages,feed"}),
        )
        .await;
    assert_eq!((status, &refused["error"]["code"]), (403, &json!(200)));
    bench.stop().await;
}

#[tokio::test]
async fn a_proof_is_asked_for_and_checked() {
    let bench = Bench::start().await;
    let code = bench.log_in("Anna Admin", &[LAVKA], support::SCOPES).await;
    let token = bench.exchange(&code).await.1["access_token"].as_str().unwrap().to_owned();
    let (status, missing) = bench.get(&format!("/v26.0/me?access_token={token}")).await;
    assert_eq!(
        (status, &missing["error"]["code"], &missing["error"]["type"]),
        (400, &json!(100), &json!("GraphMethodException"))
    );
    let (_, wrong) =
        bench.get(&format!("/v26.0/me?access_token={token}&appsecret_proof={}", proof("other"))).await;
    assert!(wrong["error"]["message"].as_str().unwrap().contains("Invalid appsecret_proof"));
    assert_eq!(bench.graph_get("/v26.0/me", &token).await.1["name"], "Anna Admin");
    bench.control(&format!("apps/{APP}"), json!({"require_app_secret": false})).await;
    assert_eq!(bench.get(&format!("/v26.0/me?access_token={token}")).await.0, 200);
    assert_eq!(bench.get(&format!("/v27.0/me?access_token={token}")).await.1["error"]["code"], 2500);
    bench.stop().await;
}

#[tokio::test]
async fn a_message_arrives_signed_and_escaped_and_is_answered() {
    let bench = Bench::start().await;
    let page_token = bench.connect(LAVKA).await;
    let sent = bench.say("olena", json!({"text": "Привіт 😀 a/b"})).await;
    let event = bench.receiver.next("message").await;
    assert!(event.raw.iter().all(u8::is_ascii));
    let raw = String::from_utf8(event.raw.clone()).unwrap();
    assert!(raw.contains(r"\u041f\u0440\u0438\u0432\u0456\u0442 \ud83d\ude00 a\/b"), "{raw}");
    assert_eq!(event.signature, format!("sha256={}", support::hmac_hex(SECRET, &event.raw)));
    assert!(event.sha1.starts_with("sha1=") && event.sha1.len() == 45);
    let psid = event.item["sender"]["id"].as_str().unwrap().to_owned();
    assert_eq!((psid.len(), &event.item["message"]["mid"]), (17, &sent["mid"]));

    let (_, profile) = bench.graph_get(&format!("/{psid}?fields=name,first_name,profile_pic"), &page_token).await;
    assert_eq!(profile["name"], "Olena Kovalenko");
    let picture =
        bench.http.get(profile["profile_pic"].as_str().unwrap()).send().await.unwrap().bytes().await.unwrap();
    assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n"));

    let body = json!({
        "recipient": {"id": psid}, "messaging_type": "RESPONSE",
        "message": {"text": "Вітаю", "metadata": "row-1", "quick_replies": [{"content_type": "text", "title": "Ціни", "payload": "PRICES"}]},
    });
    let (status, sent) = bench.graph_post("/v26.0/me/messages", &page_token, body).await;
    assert_eq!((status, &sent["recipient_id"]), (200, &json!(psid)), "{sent}");
    let echo = bench.receiver.next("message").await.item;
    assert_eq!(echo["message"]["is_echo"], true);
    assert_eq!(echo["message"]["app_id"], APP.parse::<u64>().unwrap());
    assert_eq!((&echo["message"]["metadata"], &echo["recipient"]["id"]), (&json!("row-1"), &json!(psid)));
    let delivery = bench.receiver.next("delivery").await.item;
    assert_eq!(delivery["delivery"]["mids"][0], sent["message_id"]);

    let thread = bench.thread("olena").await;
    let messages = thread["messages"].as_array().unwrap();
    assert_eq!(
        (messages.len(), &messages[0]["delivered"], &messages[1]["delivered"]),
        (2, &json!(true), &json!(true))
    );
    assert_eq!(messages[1]["quick_replies"][0]["title"], "Ціни");

    bench.say("olena", json!({"text": "Ціни", "quick_reply_payload": "PRICES"})).await;
    assert_eq!(bench.receiver.next("message").await.item["message"]["quick_reply"]["payload"], "PRICES");
    bench.control(&format!("pages/{LAVKA}/customers/olena/read"), json!({})).await;
    assert!(bench.receiver.next("read").await.item["read"]["watermark"].is_i64());
    bench.stop().await;
}

#[tokio::test]
async fn windows_limits_and_strangers_are_refused() {
    let bench = Bench::start().await;
    let token = bench.connect(LAVKA).await;
    bench.say("olena", json!({"text": "hi"})).await;
    let psid = bench.receiver.next("message").await.item["sender"]["id"].as_str().unwrap().to_owned();
    let send = |extra: Value| {
        let mut body = json!({"recipient": {"id": psid}});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let (bench, token) = (&bench, token.as_str());
        async move {
            let (status, answer) = bench.graph_post("/me/messages", token, body).await;
            (
                status,
                answer["error"]["code"].as_i64().unwrap_or(0),
                answer["error"]["error_subcode"].as_i64().unwrap_or(0),
            )
        }
    };
    assert_eq!(send(json!({"message": {"text": "x"}, "sender_action": "typing_on"})).await, (400, 100, 2018014));
    assert_eq!(send(json!({"message": {"text": "x".repeat(2001)}})).await.1, 100);
    assert_eq!(
        send(json!({"message": {"text": "x"}, "recipient": {"id": "20000000000000001"}})).await,
        (400, 100, 2018001)
    );
    assert_eq!(
        send(json!({"message": {"text": "x"}, "messaging_type": "MESSAGE_TAG", "tag": "ACCOUNT_UPDATE"})).await.1,
        100
    );
    assert_eq!(send(json!({"sender_action": "typing_on"})).await.0, 200);
    assert_eq!(bench.thread("olena").await["typing"], true);

    bench.control("clock", json!({"page_id": LAVKA, "customer_id": "olena", "shift_hours": 25})).await;
    assert_eq!(send(json!({"message": {"text": "late"}})).await, (403, 10, 2018278));
    let human = json!({"message": {"text": "late"}, "messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"});
    assert_eq!(send(human.clone()).await.0, 200);
    bench.control("clock", json!({"page_id": LAVKA, "customer_id": "olena", "shift_hours": 200})).await;
    assert_eq!(send(human.clone()).await, (403, 10, 2018278));
    bench.control(&format!("apps/{APP}"), json!({"human_agent": false})).await;
    assert_eq!(send(human).await.1, 3);
    bench.stop().await;
}

#[tokio::test]
async fn subscribing_calls_the_callback_first() {
    let bench = Bench::start().await;
    let app_token = format!("{APP}|{SECRET}");
    let order = |url: &str, verify: &str| json!({"object": "page", "callback_url": url, "verify_token": verify, "fields": "messages"});
    let path = format!("/v26.0/{APP}/subscriptions");
    let (_, wrong) = bench.app_post(&path, &app_token, order(&bench.receiver.url, "wrong")).await;
    assert_eq!(wrong["error"]["code"], 2200);
    assert!(wrong["error"]["message"].as_str().unwrap().contains("HTTP Status Code = 403"));
    let (_, foreign) = bench.app_post(&path, &app_token, order("https://example.com/hook", "verify-me")).await;
    assert_eq!(foreign["error"]["code"], 2200);
    bench.control(&format!("apps/{APP}"), json!({"allow_api_settings": false})).await;
    assert_eq!(
        bench.app_post(&path, &app_token, order(&bench.receiver.url, "verify-me")).await.1["error"]["code"],
        200
    );
    bench.control(&format!("apps/{APP}"), json!({"allow_api_settings": true})).await;
    assert_eq!(
        bench.app_post(&path, &app_token, order(&bench.receiver.url, "verify-me")).await.1["success"],
        true
    );
    let (_, list) = bench.get(&format!("{path}?access_token={APP}%7C{SECRET}")).await;
    assert_eq!(list["data"][0]["callback_url"], bench.receiver.url);
    assert_eq!(bench.app_post(&path, &format!("{APP}|wrong"), order("x", "y")).await.1["error"]["code"], 190);
    bench.stop().await;
}

#[tokio::test]
async fn faults_happen_as_often_as_ordered() {
    let bench = Bench::start().await;
    let token = bench.connect(LAVKA).await;
    bench.say("olena", json!({"text": "hi"})).await;
    let psid = bench.receiver.next("message").await.item["sender"]["id"].as_str().unwrap().to_owned();
    let body = json!({"recipient": {"id": psid}, "message": {"text": "x"}});
    bench.control("faults", json!({"kind": "graph_error", "path": "/*/messages", "times": 1, "status": 500, "code": 2, "is_transient": true})).await;
    let (status, failed) = bench.graph_post("/me/messages", &token, body.clone()).await;
    assert_eq!(
        (status, &failed["error"]["code"], &failed["error"]["is_transient"]),
        (500, &json!(2), &json!(true))
    );
    assert_eq!(bench.thread("olena").await["messages"].as_array().unwrap().len(), 1);
    bench.control("faults", json!({"kind": "graph_error", "path": "/me/messages", "times": 1, "code": 1, "subcode": 1357046, "when": "after"})).await;
    assert_eq!(bench.graph_post("/me/messages", &token, body.clone()).await.1["error"]["error_subcode"], 1357046);
    assert_eq!(bench.thread("olena").await["messages"].as_array().unwrap().len(), 2, "it was sent all the same");
    bench.receiver.next("delivery").await;

    bench.control("faults", json!({"kind": "webhook_duplicate", "times": 1, "copies": 1})).await;
    bench.say("olena", json!({"text": "twice"})).await;
    let (one, two) = (bench.receiver.next("message").await, bench.receiver.next("message").await);
    assert_eq!(one.raw, two.raw);

    bench.control("faults", json!({"kind": "profile", "times": 1})).await;
    assert_eq!(bench.graph_get(&format!("/{psid}?fields=name"), &token).await.1, json!({}));
    assert_eq!(bench.graph_get(&format!("/{psid}?fields=name"), &token).await.1["name"], "Olena Kovalenko");

    // A receiver that fails gets the event again, and later events wait for it.
    bench.receiver.fail_next(2);
    bench.say("olena", json!({"text": "first"})).await;
    bench.say("olena", json!({"text": "second"})).await;
    assert_eq!(bench.receiver.next("message").await.item["message"]["text"], "first");
    assert_eq!(bench.receiver.next("message").await.item["message"]["text"], "second");
    bench.stop().await;
}

#[tokio::test]
async fn unsubscribing_and_removing_tell_the_app() {
    let bench = Bench::start().await;
    let token = bench.connect(LAVKA).await;
    bench.control(&format!("apps/{APP}"), json!({"deauthorize_callback_url": bench.receiver.url})).await;
    let gone = bench
        .http
        .delete(
            bench.url(&format!("/{LAVKA}/subscribed_apps?access_token={token}&appsecret_proof={}", proof(&token))),
        )
        .send()
        .await
        .unwrap();
    assert_eq!(gone.status(), 200);
    let page = bench.receiver.signed().await;
    assert_eq!((&page["profile_id"], &page["user_id"]), (&json!(LAVKA), &json!("")));
    bench.control(&format!("apps/{APP}/deauthorize"), json!({"person_id": support::ANNA})).await;
    assert_eq!(bench.receiver.signed().await["user_id"], support::ANNA);
    assert_eq!(bench.graph_get("/me", &token).await.1["error"]["error_subcode"], 458);
    bench.stop().await;
}
