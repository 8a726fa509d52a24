//! WhatsApp numbers, by a pasted token and by Embedded Signup.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::graph::{APP, NUMBER, PIN, SYSTEM_USER, UNREGISTERED, WABA};
use super::{World, codes, gateway};

impl World {
    async fn paste(&self, token: &str) -> (StatusCode, Value) {
        self.call(Method::POST, "/connect", json!({ "channel": "whatsapp", "token": token })).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pasted_token_connects_the_numbers_of_its_business_accounts() {
    let world = World::start().await;
    world.graph.kill("dead-token");
    for (token, words) in [
        ("dead-token", "expired or was revoked"),
        ("other-token", "of the app 1"),
        ("half-token", "whatsapp_business_messaging"),
    ] {
        let (status, problem) = world.paste(token).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert_eq!(problem["errors"][0]["pointer"], "/token");
        assert!(problem["errors"][0]["detail"].as_str().unwrap().contains(words), "{problem}");
    }
    let (status, connected) = world.paste(SYSTEM_USER).await;
    assert_eq!(status, StatusCode::CREATED, "{connected}");
    assert!(!connected.to_string().contains(SYSTEM_USER), "the token is never answered");
    let accounts = connected["accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), 2);
    let number = accounts.iter().find(|it| it["id"] == NUMBER).unwrap();
    assert_eq!((&number["phone"], &number["usable"]), (&json!("+380 44 000 00 00"), &json!(true)), "{number}");
    assert_eq!((&number["details"]["quality"], &number["parent_id"]), (&json!("GREEN"), &json!(WABA)));

    assert_eq!(world.switch(NUMBER, true).await.0, StatusCode::OK);
    assert_eq!(world.graph.app(APP, "whatsapp_business_account")["callback_url"], world.webhook);
    assert!(world.graph.node(WABA)["override_callback_uri"].is_null());
    let health = world.check().await;
    assert!(
        codes(&health).iter().all(|code| ["no_event", "page_unusable", "quality_low"].contains(code)),
        "{health}"
    );

    // Its quality is asked for with every check.
    let quality = async || {
        let numbers = world.accounts("whatsapp").await;
        numbers.iter().find(|number| number["id"] == NUMBER).unwrap()["details"]["quality"].clone()
    };
    assert_eq!(quality().await, "GREEN");
    world.graph.dislike();
    let health = world.check().await;
    assert_eq!(quality().await, "RED");
    let rated = health["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["account_id"] == NUMBER && it["code"] == "quality_low");
    assert_eq!(rated.unwrap()["severity"], "error", "{health}");

    // The token becomes invalid: the number is unhealthy and shows what to do.
    world.graph.kill(SYSTEM_USER);
    let health = world.check().await;
    assert!(codes(&health).contains(&"token_dead"), "{health}");
    world.it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_products_callback_stays_and_the_business_account_gets_its_own() {
    let world = World::start().await;
    world.paste(SYSTEM_USER).await;
    world.graph.take_app(APP, "whatsapp_business_account", "https://crm.example/hook");
    assert_eq!(world.switch(NUMBER, true).await.0, StatusCode::OK);
    assert_eq!(world.graph.app(APP, "whatsapp_business_account")["callback_url"], "https://crm.example/hook");
    assert_eq!(world.graph.node(WABA)["override_callback_uri"], world.webhook);

    // Health renews what was lost in the same way, and does not complain about the other product.
    world.graph.forget_node(WABA);
    let health = world.check().await;
    assert_eq!(world.graph.node(WABA)["override_callback_uri"], world.webhook);
    assert!(!codes(&health).contains(&"subscription_elsewhere"), "{health}");
    assert_eq!(world.switch(NUMBER, false).await.0, StatusCode::OK);
    assert_eq!(world.graph.node(WABA), json!(null));
    world.it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_that_is_not_registered_says_so_and_is_registered_with_its_pin() {
    let world = World::start().await;
    world.paste(SYSTEM_USER).await;
    let (status, problem) = world.switch(UNREGISTERED, true).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(problem["detail"].as_str().unwrap().contains("six-digit PIN"), "{problem}");
    let health = world.check().await;
    let finding = health["findings"].as_array().unwrap().iter().find(|it| it["code"] == "page_unusable").unwrap();
    assert_eq!(finding["action"]["kind"], "register_number", "{finding}");

    let register = async |number: &str, pin: &str| {
        world.call(Method::POST, &format!("/accounts/{number}/register"), json!({ "pin": pin })).await
    };
    assert_eq!(register(UNREGISTERED, "12345").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(register(UNREGISTERED, "654321").await.0, StatusCode::CONFLICT);
    let (status, registered) = register(UNREGISTERED, PIN).await;
    assert_eq!((status, &registered["usable"]), (StatusCode::OK, &json!(true)), "{registered}");
    assert_eq!(registered["details"]["status"], "CONNECTED");
    assert_eq!(world.switch(UNREGISTERED, true).await.0, StatusCode::OK);
    world.it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_is_answered_by_one_gateway_at_a_time() {
    let mut world = World::start().await;
    world.paste(SYSTEM_USER).await;
    assert_eq!(world.switch(NUMBER, true).await.0, StatusCode::OK);
    let first = world.gateway.clone();
    // The stand-in reports every token as one of the first app.
    let (second, _) = gateway(&world.it, "100200300400500").await;
    let known =
        world.it.app().directory().gateways[&second.parse::<i64>().map(domain::id::GatewayId).unwrap()].clone();
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
    store::table::account::upsert(&mut batch, &row, world.it.clock.now());
    world.it.store.commit(batch).await.unwrap();

    world.gateway = second;
    let (status, problem) = world.switch(NUMBER, true).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains(&format!("The gateway App {APP} answers the customers")), "{detail}");

    // Given up there, the way is free here: now only a token is missing.
    let second = std::mem::replace(&mut world.gateway, first);
    assert_eq!(world.switch(NUMBER, false).await.0, StatusCode::OK);
    world.gateway = second;
    let (_, problem) = world.switch(NUMBER, true).await;
    assert!(problem["detail"].as_str().unwrap().contains("Press Reconnect"), "{problem}");
    world.it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn embedded_signup_needs_a_configuration() {
    let world = World::start().await;
    let wanted = json!({ "channel": "whatsapp" });
    let (status, problem) = world.call(Method::POST, "/connect", wanted.clone()).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(problem["detail"].as_str().unwrap().contains("paste the token of a system user"), "{problem}");
    assert_eq!(world.call(Method::PATCH, "", json!({ "whatsapp_config_id": "77" })).await.0, StatusCode::OK);
    let dialog = world.begin(wanted).await;
    assert!(dialog.contains("config_id=77") && dialog.contains("extras="), "{dialog}");
    world.it.stop().await;
}
