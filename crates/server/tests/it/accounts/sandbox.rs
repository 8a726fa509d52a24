//! The same logins and subscriptions against the sandbox, which is as strict as Meta, up to a message and its answer.

use ::sandbox::seed;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{ANNA, APP_ID, INSTAGRAM, TestApp};

const WABA: &str = "102290000000001";

async fn accounts(it: &TestApp, gateway: &str, channel: &str) -> Vec<Value> {
    let list = it.get(&it.admin, &format!("/gateways/{gateway}/accounts?channel={channel}")).await;
    list["items"].as_array().unwrap().clone()
}

/// A customer writes to an account, and the bot's greeting arrives on their phone.
pub async fn is_answered(it: &TestApp, account: &str) {
    let path = format!("/accounts/{account}/customers/olena/messages");
    it.control(Method::POST, &path, json!({ "text": "Hello" })).await;
    it.until("the bot's greeting", async || {
        let phone = it.control(Method::GET, &path, json!({})).await;
        let greeted = phone["messages"].as_array()?.iter().any(|message| {
            message["direction"] == "out"
                && message["text"].as_str().is_some_and(|text| text.contains("How can we help"))
        });
        greeted.then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instagram_account_found_through_its_page_is_answered() {
    let it = TestApp::start().await;
    let gateway = it.gateway_id().await;
    it.connect_instagram(&gateway).await;
    let found = accounts(&it, &gateway, "instagram").await;
    assert_eq!((&found[0]["id"], &found[0]["username"]), (&json!(INSTAGRAM), &json!("lavka.shop")), "{found:?}");
    is_answered(&it, INSTAGRAM).await;
    it.stop().await;
}

/// Sets Instagram Login up, connects [`INSTAGRAM`] by it, and switches it on.
pub async fn connect_by_instagram_login(it: &TestApp, gateway: &str) {
    let app = json!({
        "instagram_app_id": seed::DEMO_INSTAGRAM_APP_ID,
        "instagram_app_secret": seed::DEMO_INSTAGRAM_APP_SECRET,
    });
    let path = format!("/gateways/{gateway}");
    assert_eq!(it.call(&it.admin, Method::PATCH, &path, Some(app)).await.0, StatusCode::OK);
    let page = it
        .log_in(
            gateway,
            json!({ "login": "instagram" }),
            &[
                &[("step", "person"), ("person", INSTAGRAM)],
                &[
                    ("step", "permissions"),
                    ("permission", "instagram_business_basic"),
                    ("permission", "instagram_business_manage_messages"),
                ],
            ],
        )
        .await;
    assert!(page.contains("Instagram account lavka.shop is connected"), "{page}");
    it.switch_on(gateway, INSTAGRAM).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instagram_account_without_a_page_is_answered() {
    let it = TestApp::start().await;
    let gateway = it.gateway_id().await;
    connect_by_instagram_login(&it, &gateway).await;
    let path = format!("/gateways/{gateway}");
    is_answered(&it, INSTAGRAM).await;
    let health = it.post(&it.admin, &format!("{path}/health/check"), json!({})).await;
    assert_eq!(health["ok"], true, "{health}");

    // Taken back at Instagram: the notice is signed with the secret of Instagram's app.
    let taken = it
        .control(Method::POST, &format!("/apps/{APP_ID}/deauthorize"), json!({ "instagram_id": INSTAGRAM }))
        .await;
    assert_eq!(taken["status"], 200, "{taken}");
    let account = accounts(&it, &gateway, "instagram").await.remove(0);
    assert_eq!(account["usable"], false);
    assert!(account["problem"].as_str().unwrap().contains("this Instagram account was revoked"), "{account}");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatsapp_numbers_come_by_the_token_of_a_system_user() {
    let it = TestApp::start().await;
    let gateway = it.gateway_id().await;
    let path = format!("/gateways/{gateway}");
    let token = json!({ "channel": "whatsapp", "token": seed::DEMO_SYSTEM_USER_TOKEN });
    let (status, connected) = it.call(&it.admin, Method::POST, &format!("{path}/connect"), Some(token)).await;
    assert_eq!(status, StatusCode::CREATED, "{connected}");
    let number = &connected["accounts"][0];
    assert_eq!((&number["parent_id"], &number["usable"]), (&json!(WABA), &json!(true)), "{number}");
    it.switch_on(&gateway, number["id"].as_str().unwrap()).await;
    let health = it.post(&it.admin, &format!("{path}/health/check"), json!({})).await;
    assert_eq!(health["ok"], true, "{health}");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_made_in_embedded_signup_is_registered_here() {
    let it = TestApp::start().await;
    let gateway = it.gateway_id().await;
    let path = format!("/gateways/{gateway}");
    let config = json!({ "whatsapp_config_id": "2000000000000003" });
    assert_eq!(it.call(&it.admin, Method::PATCH, &path, Some(config)).await.0, StatusCode::OK);
    let page = it
        .log_in(
            &gateway,
            json!({ "channel": "whatsapp" }),
            &[
                &[("step", "person"), ("person", ANNA)],
                &[("step", "whatsapp"), ("new_name", "Branch"), ("new_phone", "+380 67 111 22 33")],
                &[
                    ("step", "permissions"),
                    ("permission", "whatsapp_business_management"),
                    ("permission", "whatsapp_business_messaging"),
                ],
            ],
        )
        .await;
    assert!(page.contains("connected"), "{page}");
    let found = accounts(&it, &gateway, "whatsapp").await;
    let made = found.iter().find(|number| number["name"] == "Branch").unwrap_or_else(|| panic!("{found:?}"));
    assert_eq!(made["usable"], false, "{made}");
    let id = made["id"].as_str().unwrap();
    let register = format!("{path}/accounts/{id}/register");
    let (status, registered) = it.call(&it.admin, Method::POST, &register, Some(json!({ "pin": "246810" }))).await;
    assert_eq!((status, &registered["usable"]), (StatusCode::OK, &json!(true)), "{registered}");
    it.switch_on(&gateway, id).await;
    it.stop().await;
}
