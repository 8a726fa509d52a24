//! Customers who want no marketing messages get all others.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{BOTH, PHONE, USER, WhatsApp, change, on_both_engines, template};

on_both_engines! {
    stop_and_start => stop_and_start_are_obeyed_on_sqlite, stop_and_start_are_obeyed_on_postgres;
}

async fn stop_and_start(it: WhatsApp) {
    it.knows(&[template("order_ready", "APPROVED", "UTILITY"), template("sale", "APPROVED", "MARKETING")]).await;
    let (ben, id) = it.held().await;
    let path = format!("/conversations/{id}/messages");
    let send = async |name: &str| {
        let variables = json!({ "header.1": "7", "1": "Ann" });
        let body = json!({ "template": { "name": name, "language": "en_US", "variables": variables } });
        it.it.call(&ben, Method::POST, &path, Some(body)).await.0
    };
    assert_eq!(send("sale").await, StatusCode::CREATED);
    it.writes(BOTH, "wamid.stop", " STOP ").await;
    it.settled().await;
    assert_eq!(send("sale").await, StatusCode::CONFLICT);
    assert_eq!(send("order_ready").await, StatusCode::CREATED);
    let contact = it.it.get(&ben, &format!("/conversations/{id}")).await["contact"].clone();
    assert!(contact["identities"][0]["marketing_stopped_at"].is_string(), "{contact}");
    it.writes(BOTH, "wamid.start", "start").await;
    it.settled().await;
    assert_eq!(send("sale").await, StatusCode::CREATED);
    // Words of the business's own.
    let words = json!({ "stop": { "de": ["halt"] }, "start": { "en": ["start"] } });
    it.it.call(&it.it.admin, Method::PATCH, "/settings", Some(json!({ "opt_out_words": words }))).await;
    it.writes(BOTH, "wamid.word", "Halt!").await;
    it.settled().await;
    assert_eq!(send("sale").await, StatusCode::CONFLICT);
    it.writes(BOTH, "wamid.again", "start").await;
    it.settled().await;
    assert_eq!(send("sale").await, StatusCode::CREATED);
    // Meta's own switch.
    let preference = json!({ "wa_id": PHONE, "user_id": USER, "category": "marketing_messages", "value": "stop" });
    let value = json!({ "metadata": { "phone_number_id": "700" }, "user_preferences": [preference] });
    it.deliver(&change("user_preferences", &value)).await;
    it.settled().await;
    assert_eq!(send("sale").await, StatusCode::CONFLICT);

    // Buttons and lists, within WhatsApp's limits.
    let say = async |body| it.it.call(&ben, Method::POST, &path, Some(body)).await;
    let button = |title: &str| json!({ "id": title, "title": title });
    let (status, _) = say(json!({ "text": "Sure?", "buttons": [button("Yes"), button("No")] })).await;
    assert_eq!(status, StatusCode::CREATED);
    // Meta refuses two with the same id or title.
    for twin in [json!({ "id": "Yes", "title": "No" }), json!({ "id": "No", "title": "Yes" })] {
        let (status, problem) = say(json!({ "text": "Sure?", "buttons": [button("Yes"), twin] })).await;
        assert_eq!(
            (status, &problem["errors"][0]["pointer"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("/buttons/1")),
            "{problem}"
        );
    }
    let (status, problem) = say(json!({ "text": "Sure?", "buttons": vec![button("Yes"); 4] })).await;
    assert_eq!(
        (status, &problem["errors"][0]["pointer"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("/buttons")),
        "{problem}"
    );
    let list = |id: &str| json!({ "button": "Choose", "sections": [{ "rows": [{ "id": id, "title": "One" }] }] });
    assert_eq!(say(json!({ "text": "Which?", "list": list("1") })).await.0, StatusCode::CREATED);
    let (status, problem) = say(json!({ "text": "Which?", "list": list("") })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["errors"][0]["pointer"], "/list/sections/0/rows/0/id", "{problem}");
    it.it
        .until("both at Meta", async || {
            let sent = it.meta.sent();
            let has = |kind: &str| sent.iter().any(|it| it["interactive"]["type"] == kind);
            (has("button") && has("list")).then_some(())
        })
        .await;
    it.it.stop().await;
}
