//! Instagram accounts, through the Page that they belong to and by Instagram Login.

use aws_lc_rs::hmac;
use domain::time::DAY;
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::graph::{ALONE, APP, INSTAGRAM, PAGE};
use super::{World, codes};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instagram_account_shares_the_subscription_of_its_page() {
    let world = World::start().await;
    let dialog = world.begin(json!({ "channel": "instagram" })).await;
    assert!(dialog.contains("instagram_basic%2Cinstagram_manage_messages"), "{dialog}");
    let page = world.come_back(&dialog, "c").await;
    assert!(page.contains("1 Instagram account of Anna connected"), "{page}");
    let accounts = world.accounts("instagram").await;
    assert_eq!(accounts.len(), 1, "{accounts:?}");
    let account = &accounts[0];
    assert_eq!((&account["id"], &account["username"]), (&json!(INSTAGRAM), &json!("shop")));
    assert_eq!(
        (&account["parent_id"], &account["login"], &account["usable"]),
        (&json!(PAGE), &json!("facebook"), &json!(true))
    );

    // The app's subscription for Instagram, and the Page's to the app with as little as is needed.
    let (status, on) = world.switch(INSTAGRAM, true).await;
    assert_eq!((status, &on["subscribed"]), (StatusCode::OK, &json!(true)), "{on}");
    assert_eq!(world.graph.app(APP, "instagram")["callback_url"], world.webhook);
    assert_eq!(world.graph.node(PAGE)["subscribed_fields"], json!(["messages"]));
    assert_eq!(world.graph.app(APP, "page"), json!(null));

    // With the Page it grows to what both need; the Page is not cut off with either of them.
    assert_eq!(world.switch(PAGE, true).await.0, StatusCode::OK);
    let fields = || world.graph.node(PAGE)["subscribed_fields"].as_array().map_or(0, Vec::len);
    assert!(fields() > 10);
    assert_eq!(world.switch(PAGE, false).await.0, StatusCode::OK);
    assert_eq!(world.graph.node(PAGE)["subscribed_fields"], json!(["messages"]));

    // What Meta lost is renewed; nothing else is wrong.
    world.graph.forget_node(PAGE);
    let health = world.check().await;
    assert_eq!(world.graph.node(PAGE)["subscribed_fields"], json!(["messages"]));
    assert_eq!(codes(&health), ["no_event"], "{health}");
    assert!(health.to_string().contains("Write to the Instagram account"), "{health}");
    let channel_of = |list: &str, key: &str, id: &str| {
        let list = health[list].as_array().unwrap();
        list.iter().find(|it| it[key] == id).map(|it| it["channel"].clone())
    };
    assert_eq!(channel_of("findings", "account_id", INSTAGRAM), Some(json!("instagram")));
    assert_eq!(channel_of("pages", "id", INSTAGRAM), Some(json!("instagram")));
    assert_eq!(channel_of("pages", "id", PAGE), Some(json!("messenger")));

    assert_eq!(world.switch(INSTAGRAM, false).await.0, StatusCode::OK);
    assert_eq!(world.graph.node(PAGE), json!(null));
    // `/pages` is Messenger's alone.
    let pages = world.it.get(&world.it.admin, &format!("/gateways/{}/pages", world.gateway)).await;
    assert_eq!(pages["items"].as_array().unwrap().len(), 1);
    assert_eq!(pages["items"][0]["id"], PAGE);
    world.it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_is_switched_off_while_it_is_renewed_stays_off() {
    let world = World::start().await;
    let dialog = world.begin(json!({})).await;
    world.come_back(&dialog, "c").await;
    assert_eq!(world.switch(PAGE, true).await.0, StatusCode::OK);
    world.graph.forget_node(PAGE);
    let (asked, go) = world.graph.hold_subscription();
    let switched_off = async {
        asked.await.unwrap();
        assert_eq!(world.switch(PAGE, false).await.0, StatusCode::OK);
        go.send(()).unwrap();
    };
    tokio::join!(world.check(), switched_off);
    assert_eq!(world.graph.node(PAGE), json!(null));
    world.it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_products_instagram_events_are_not_taken_without_a_word() {
    let world = World::start().await;
    let dialog = world.begin(json!({ "channel": "instagram" })).await;
    world.come_back(&dialog, "c").await;
    world.graph.take_app(APP, "instagram", "https://crm.example/hook");
    let (status, problem) = world.switch(INSTAGRAM, true).await;
    assert_eq!((status, &problem["callback_url"]), (StatusCode::CONFLICT, &json!("https://crm.example/hook")));
    let replace = json!({ "subscribed": true, "replace": true });
    let (status, _) = world.call(Method::PATCH, &format!("/accounts/{INSTAGRAM}"), replace).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(world.graph.app(APP, "instagram")["callback_url"], world.webhook);
    world.it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instagram_login_has_its_own_app_and_a_token_that_is_prolonged() {
    let world = World::start().await;
    let wanted = json!({ "login": "instagram" });
    let (status, problem) = world.call(Method::POST, "/connect", wanted.clone()).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(problem["detail"].as_str().unwrap().contains("Instagram app ID"), "{problem}");
    let app = json!({ "instagram_app_id": "900", "instagram_app_secret": "ig-secret" });
    let (status, changed) = world.call(Method::PATCH, "", app).await;
    assert_eq!((status, &changed["instagram_app_id"]), (StatusCode::OK, &json!("900")));
    assert!(!changed.to_string().contains("ig-secret"), "the secret is never answered");

    let dialog = world.begin(wanted).await;
    assert!(dialog.contains("/oauth/authorize?client_id=900"), "{dialog}");
    let page = world.come_back(&dialog, "bad").await;
    assert!(page.contains("refused to exchange"), "{page}");
    let dialog = world.begin(json!({ "login": "instagram" })).await;
    let page = world.come_back(&dialog, "good").await;
    assert!(page.contains("Instagram account lonely is connected"), "{page}");
    let accounts = world.accounts("instagram").await;
    assert_eq!((&accounts[0]["id"], &accounts[0]["login"]), (&json!(ALONE), &json!("instagram")), "{accounts:?}");
    assert_eq!(world.switch(ALONE, true).await.0, StatusCode::OK);
    let fields = world.graph.node(ALONE)["subscribed_fields"].clone();
    assert!(fields.as_array().unwrap().contains(&json!("messaging_seen")), "{fields}");

    // Its events are signed with the secret of its own app.
    let body = r#"{"object":"instagram","entry":[]}"#;
    let signed = |secret: &str| {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), body.as_bytes());
        tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    for (secret, status) in [("ig-secret", StatusCode::OK), ("another", StatusCode::UNAUTHORIZED)] {
        let request = world.it.http().post(&world.webhook).body(body);
        let request = request.header("x-hub-signature-256", format!("sha256={}", signed(secret)));
        assert_eq!(request.send().await.unwrap().status(), status);
    }

    // It lives for 60 days, and gets 60 more in the second half of them.
    world.check().await;
    assert_eq!(world.graph.prolonged(), 0);
    world.it.clock.advance(40 * DAY);
    world.check().await;
    assert_eq!(world.graph.prolonged(), 1);
    world.check().await;
    assert_eq!(world.graph.prolonged(), 1, "once is enough");

    // An invalid token makes the account unhealthy; a new login repairs it.
    world.graph.kill("IG-long-1");
    let health = world.check().await;
    assert!(codes(&health).contains(&"token_dead"), "{health}");
    assert_eq!(world.accounts("instagram").await[0]["usable"], false);
    let dialog = world.begin(json!({ "login": "instagram" })).await;
    world.come_back(&dialog, "good").await;
    assert_eq!(world.accounts("instagram").await[0]["usable"], true);
    world.it.stop().await;
}
