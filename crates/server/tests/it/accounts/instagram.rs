//! Instagram accounts, through the Page that they belong to and by Instagram Login.

use aws_lc_rs::hmac;
use domain::time::DAY;
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::graph::{ALONE, APP, INSTAGRAM, PAGE};
use super::{Desk, codes};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instagram_account_shares_the_subscription_of_its_page() {
    let desk = Desk::start().await;
    let dialog = desk.begin(json!({ "channel": "instagram" })).await;
    assert!(dialog.contains("instagram_basic%2Cinstagram_manage_messages"), "{dialog}");
    let page = desk.come_back(&dialog, "c").await;
    assert!(page.contains("1 Instagram account of Anna connected"), "{page}");
    let accounts = desk.accounts("instagram").await;
    assert_eq!(accounts.len(), 1, "{accounts:?}");
    let account = &accounts[0];
    assert_eq!((&account["id"], &account["username"]), (&json!(INSTAGRAM), &json!("shop")));
    assert_eq!(
        (&account["parent_id"], &account["login"], &account["usable"]),
        (&json!(PAGE), &json!("facebook"), &json!(true))
    );

    // The app's subscription for Instagram, and the Page's to the app with as little as is needed.
    let (status, on) = desk.switch(INSTAGRAM, true).await;
    assert_eq!((status, &on["subscribed"]), (StatusCode::OK, &json!(true)), "{on}");
    assert_eq!(desk.graph.app(APP, "instagram")["callback_url"], desk.webhook);
    assert_eq!(desk.graph.node(PAGE)["subscribed_fields"], json!(["messages"]));
    assert_eq!(desk.graph.app(APP, "page"), json!(null));

    // With the Page it grows to what both need; the Page is not cut off with either of them.
    assert_eq!(desk.switch(PAGE, true).await.0, StatusCode::OK);
    let fields = || desk.graph.node(PAGE)["subscribed_fields"].as_array().map_or(0, Vec::len);
    assert!(fields() > 10);
    assert_eq!(desk.switch(PAGE, false).await.0, StatusCode::OK);
    assert_eq!(desk.graph.node(PAGE)["subscribed_fields"], json!(["messages"]));

    // What Meta lost is renewed; nothing else is wrong.
    desk.graph.forget_node(PAGE);
    let health = desk.check().await;
    assert_eq!(desk.graph.node(PAGE)["subscribed_fields"], json!(["messages"]));
    assert_eq!(codes(&health), ["no_event"], "{health}");
    assert!(
        health["findings"][0]["message"].as_str().unwrap().contains("Write to the Instagram account"),
        "{health}"
    );

    assert_eq!(desk.switch(INSTAGRAM, false).await.0, StatusCode::OK);
    assert_eq!(desk.graph.node(PAGE), json!(null));
    // `/pages` is Messenger's alone.
    let pages = desk.it.get(&desk.it.admin, &format!("/gateways/{}/pages", desk.gateway)).await;
    assert_eq!(pages["items"].as_array().unwrap().len(), 1);
    assert_eq!(pages["items"][0]["id"], PAGE);
    desk.it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_products_instagram_events_are_not_taken_without_a_word() {
    let desk = Desk::start().await;
    let dialog = desk.begin(json!({ "channel": "instagram" })).await;
    desk.come_back(&dialog, "c").await;
    desk.graph.take_app(APP, "instagram", "https://crm.example/hook");
    let (status, problem) = desk.switch(INSTAGRAM, true).await;
    assert_eq!((status, &problem["callback_url"]), (StatusCode::CONFLICT, &json!("https://crm.example/hook")));
    let replace = json!({ "subscribed": true, "replace": true });
    let (status, _) = desk.call(Method::PATCH, &format!("/accounts/{INSTAGRAM}"), replace).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(desk.graph.app(APP, "instagram")["callback_url"], desk.webhook);
    desk.it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instagram_login_has_its_own_app_and_a_token_that_is_prolonged() {
    let desk = Desk::start().await;
    let wanted = json!({ "login": "instagram" });
    let (status, problem) = desk.call(Method::POST, "/connect", wanted.clone()).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(problem["detail"].as_str().unwrap().contains("Instagram app ID"), "{problem}");
    let app = json!({ "instagram_app_id": "900", "instagram_app_secret": "ig-secret" });
    let (status, changed) = desk.call(Method::PATCH, "", app).await;
    assert_eq!((status, &changed["instagram_app_id"]), (StatusCode::OK, &json!("900")));
    assert!(!changed.to_string().contains("ig-secret"), "the secret is never answered");

    let dialog = desk.begin(wanted).await;
    assert!(dialog.contains("/oauth/authorize?client_id=900"), "{dialog}");
    let page = desk.come_back(&dialog, "bad").await;
    assert!(page.contains("refused to exchange"), "{page}");
    let dialog = desk.begin(json!({ "login": "instagram" })).await;
    let page = desk.come_back(&dialog, "good").await;
    assert!(page.contains("Instagram account lonely is connected"), "{page}");
    let accounts = desk.accounts("instagram").await;
    assert_eq!((&accounts[0]["id"], &accounts[0]["login"]), (&json!(ALONE), &json!("instagram")), "{accounts:?}");
    assert_eq!(desk.switch(ALONE, true).await.0, StatusCode::OK);
    let fields = desk.graph.node(ALONE)["subscribed_fields"].clone();
    assert!(fields.as_array().unwrap().contains(&json!("messaging_seen")), "{fields}");

    // Its events are signed with the secret of its own app.
    let body = r#"{"object":"instagram","entry":[]}"#;
    let signed = |secret: &str| {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), body.as_bytes());
        tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    for (secret, status) in [("ig-secret", StatusCode::OK), ("another", StatusCode::UNAUTHORIZED)] {
        let request = desk.it.http().post(&desk.webhook).body(body);
        let request = request.header("x-hub-signature-256", format!("sha256={}", signed(secret)));
        assert_eq!(request.send().await.unwrap().status(), status);
    }

    // It lives for 60 days, and gets 60 more in the second half of them.
    desk.check().await;
    assert_eq!(desk.graph.prolonged(), 0);
    desk.it.clock.advance(40 * DAY);
    desk.check().await;
    assert_eq!(desk.graph.prolonged(), 1);
    desk.check().await;
    assert_eq!(desk.graph.prolonged(), 1, "once is enough");

    // A token that died is an account in trouble, which a new login mends.
    desk.graph.kill("IG-long-1");
    let health = desk.check().await;
    assert!(codes(&health).contains(&"token_dead"), "{health}");
    assert_eq!(desk.accounts("instagram").await[0]["usable"], false);
    let dialog = desk.begin(json!({ "login": "instagram" })).await;
    desk.come_back(&dialog, "good").await;
    assert_eq!(desk.accounts("instagram").await[0]["usable"], true);
    desk.it.stop().await;
}
