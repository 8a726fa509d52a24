//! WhatsApp numbers, by a pasted token and by Embedded Signup.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::graph::{APP, NUMBER, PIN, SYSTEM_USER, UNREGISTERED, WABA};
use super::{Desk, codes, gateway};

impl Desk {
    async fn paste(&self, token: &str) -> (StatusCode, Value) {
        self.call(Method::POST, "/connect", json!({ "channel": "whatsapp", "token": token })).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pasted_token_connects_the_numbers_of_its_business_accounts() {
    let desk = Desk::start().await;
    desk.graph.kill("dead-token");
    for (token, words) in [
        ("dead-token", "expired or was revoked"),
        ("other-token", "of the app 1"),
        ("half-token", "whatsapp_business_messaging"),
    ] {
        let (status, problem) = desk.paste(token).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert_eq!(problem["errors"][0]["pointer"], "/token");
        assert!(problem["errors"][0]["detail"].as_str().unwrap().contains(words), "{problem}");
    }
    let (status, connected) = desk.paste(SYSTEM_USER).await;
    assert_eq!(status, StatusCode::CREATED, "{connected}");
    assert!(!connected.to_string().contains(SYSTEM_USER), "the token is never answered");
    let accounts = connected["accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), 2);
    let number = accounts.iter().find(|it| it["id"] == NUMBER).unwrap();
    assert_eq!((&number["phone"], &number["usable"]), (&json!("+380 44 000 00 00"), &json!(true)), "{number}");
    assert_eq!((&number["details"]["quality"], &number["parent_id"]), (&json!("GREEN"), &json!(WABA)));

    assert_eq!(desk.switch(NUMBER, true).await.0, StatusCode::OK);
    assert_eq!(desk.graph.app(APP, "whatsapp_business_account")["callback_url"], desk.webhook);
    assert!(desk.graph.node(WABA)["override_callback_uri"].is_null());
    let health = desk.check().await;
    assert!(
        codes(&health).iter().all(|code| ["no_event", "page_unusable", "quality_low"].contains(code)),
        "{health}"
    );

    // The token dies: the number is in trouble, and says what to do.
    desk.graph.kill(SYSTEM_USER);
    let health = desk.check().await;
    assert!(codes(&health).contains(&"token_dead"), "{health}");
    desk.it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_products_callback_stays_and_the_business_account_gets_its_own() {
    let desk = Desk::start().await;
    desk.paste(SYSTEM_USER).await;
    desk.graph.take_app(APP, "whatsapp_business_account", "https://crm.example/hook");
    assert_eq!(desk.switch(NUMBER, true).await.0, StatusCode::OK);
    assert_eq!(desk.graph.app(APP, "whatsapp_business_account")["callback_url"], "https://crm.example/hook");
    assert_eq!(desk.graph.node(WABA)["override_callback_uri"], desk.webhook);

    // Health renews what was lost in the same way, and does not complain about the other product.
    desk.graph.forget_node(WABA);
    let health = desk.check().await;
    assert_eq!(desk.graph.node(WABA)["override_callback_uri"], desk.webhook);
    assert!(!codes(&health).contains(&"subscription_elsewhere"), "{health}");
    assert_eq!(desk.switch(NUMBER, false).await.0, StatusCode::OK);
    assert_eq!(desk.graph.node(WABA), json!(null));
    desk.it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_that_is_not_registered_says_so_and_is_registered_with_its_pin() {
    let desk = Desk::start().await;
    desk.paste(SYSTEM_USER).await;
    let (status, problem) = desk.switch(UNREGISTERED, true).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(problem["detail"].as_str().unwrap().contains("six-digit PIN"), "{problem}");
    let health = desk.check().await;
    let finding = health["findings"].as_array().unwrap().iter().find(|it| it["code"] == "page_unusable").unwrap();
    assert_eq!(finding["action"]["kind"], "register_number", "{finding}");

    let register = async |number: &str, pin: &str| {
        desk.call(Method::POST, &format!("/accounts/{number}/register"), json!({ "pin": pin })).await
    };
    assert_eq!(register(UNREGISTERED, "12345").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(register(UNREGISTERED, "654321").await.0, StatusCode::CONFLICT);
    let (status, registered) = register(UNREGISTERED, PIN).await;
    assert_eq!((status, &registered["usable"]), (StatusCode::OK, &json!(true)), "{registered}");
    assert_eq!(registered["details"]["status"], "CONNECTED");
    assert_eq!(desk.switch(UNREGISTERED, true).await.0, StatusCode::OK);
    desk.it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_is_answered_by_one_gateway_at_a_time() {
    let mut desk = Desk::start().await;
    desk.paste(SYSTEM_USER).await;
    assert_eq!(desk.switch(NUMBER, true).await.0, StatusCode::OK);
    let first = desk.gateway.clone();
    // The stand-in says of every token that it is of the first app.
    let (second, _) = gateway(&desk.it, "100200300400500").await;
    let known =
        desk.it.app().directory().gateways[&second.parse::<i64>().map(domain::id::GatewayId).unwrap()].clone();
    let row = store::table::account::NewAccount {
        exclusive: true,
        parent_id: Some(WABA),
        ..store::table::account::NewAccount::named(
            1,
            known.row.id,
            domain::channel::Channel::WHATSAPP,
            NUMBER,
            "Shop",
        )
    };
    let mut batch = store::Batch::new();
    store::table::account::upsert(&mut batch, &row, desk.it.clock.now());
    desk.it.store.commit(batch).await.unwrap();

    desk.gateway = second;
    let (status, problem) = desk.switch(NUMBER, true).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains(&format!("The gateway App {APP} answers the customers")), "{detail}");

    // Given up there, the way is free here: now only a token is missing.
    let second = std::mem::replace(&mut desk.gateway, first);
    assert_eq!(desk.switch(NUMBER, false).await.0, StatusCode::OK);
    desk.gateway = second;
    let (_, problem) = desk.switch(NUMBER, true).await;
    assert!(problem["detail"].as_str().unwrap().contains("Press Reconnect"), "{problem}");
    desk.it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn embedded_signup_needs_a_configuration() {
    let desk = Desk::start().await;
    let wanted = json!({ "channel": "whatsapp" });
    let (status, problem) = desk.call(Method::POST, "/connect", wanted.clone()).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(problem["detail"].as_str().unwrap().contains("paste the token of a system user"), "{problem}");
    assert_eq!(desk.call(Method::PATCH, "", json!({ "whatsapp_config_id": "77" })).await.0, StatusCode::OK);
    let dialog = desk.begin(wanted).await;
    assert!(dialog.contains("config_id=77") && dialog.contains("extras="), "{dialog}");
    desk.it.stop().await;
}
