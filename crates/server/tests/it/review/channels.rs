//! App Review of Instagram and WhatsApp: a gateway's review has the permissions of the channels that it uses, and no others.

use serde_json::{Value, json};

use super::{check, patched, permission, review};
use crate::accounts::sandbox::{connect_by_instagram_login, is_answered};
use crate::app::{INSTAGRAM, NUMBER, TestApp};
use crate::routes::on_both_engines;

on_both_engines! {
    an_account_that_is_reached_through_its_page_needs_the_pages_permissions_too
    instagram_login_has_permissions_of_its_own
    a_number_alone_needs_nothing_of_facebook_pages
}

fn keys(review: &Value) -> Vec<&str> {
    review["permissions"].as_array().unwrap().iter().map(|it| it["key"].as_str().unwrap()).collect()
}

/// Waits until good calls with these permissions were noted.
async fn proved(it: &TestApp, gateway: &str, permissions: &[&str]) -> Value {
    it.until("the proof of permissions", async || {
        let review = review(it, gateway).await;
        let is_proved = |key: &&str| permission(&review, key)["evidence"]["fresh"] == true;
        permissions.iter().all(is_proved).then_some(review)
    })
    .await
}

async fn document(it: &TestApp, gateway: &str, name: &str) -> String {
    let url = format!("{}/api/v1/gateways/{gateway}/review/documents/{name}", it.url);
    let response = it.http().get(url).bearer_auth(&it.admin).send().await.unwrap();
    assert_eq!(response.status(), 200, "{name}");
    response.text().await.unwrap()
}

async fn an_account_that_is_reached_through_its_page_needs_the_pages_permissions_too(it: &TestApp) {
    let gateway = it.gateway_id().await;
    assert_eq!(keys(&review(it, &gateway).await)[0], "pages_show_list", "a new gateway is meant for Messenger");
    it.connect_instagram(&gateway).await;
    is_answered(it, INSTAGRAM).await;
    let now = proved(
        it,
        &gateway,
        &["pages_show_list", "pages_read_engagement", "instagram_basic", "instagram_manage_messages"],
    )
    .await;
    assert!(!keys(&now).iter().any(|key| key.starts_with("whatsapp") || key.contains("business_basic")));
    assert_eq!(check(&now, "instagram_account")["state"], "done");
    assert_eq!((&now["scopes"]["missing"], &now["scopes"]["extra"]), (&json!([]), &json!([])));
    let text = permission(&now, "instagram_manage_messages")["text"].as_str().unwrap();
    assert!(text.contains("@lavka.shop"), "{text}");

    // What is pasted, read and filmed follows.
    let instructions = document(it, &gateway, "instructions.txt").await;
    assert!(instructions.contains("https://ig.me/m/lavka.shop"), "{instructions}");
    assert!(document(it, &gateway, "permissions.html").await.contains("instagram_basic"));
    let films = it.get(&it.admin, &format!("/gateways/{gateway}/review/films")).await;
    let films: Vec<&str> =
        films["films"].as_array().unwrap().iter().map(|film| film["film"].as_str().unwrap()).collect();
    assert!(films.contains(&"instagram_manage_messages") && !films.contains(&"human_agent"), "{films:?}");
    patched(it, &gateway, json!({ "texts": { "instagram_basic": "Ours" } })).await;
}

async fn instagram_login_has_permissions_of_its_own(it: &TestApp) {
    let gateway = it.gateway_id().await;
    connect_by_instagram_login(it, &gateway).await;
    is_answered(it, INSTAGRAM).await;
    let both = ["instagram_business_basic", "instagram_business_manage_messages"];
    let now = proved(it, &gateway, &both).await;
    assert_eq!(keys(&now), [both[0], both[1], "human_agent"]);
    assert_eq!((&now["scopes"]["asked"], &now["scopes"]["extra"]), (&json!(both), &json!([])));
    assert_eq!(check(&now, "instagram_redirect_uri")["state"], "done");
    let read = it.post(&it.admin, &format!("/gateways/{gateway}/review/read"), json!({})).await;
    assert_eq!(permission(&read, both[1])["meta"]["state"], "granted", "{read}");
    let recordings = it.get(&it.admin, &format!("/gateways/{gateway}/review/recordings")).await;
    assert_eq!(recordings["films"], json!([]), "the sandbox plays Messenger alone");
}

async fn a_number_alone_needs_nothing_of_facebook_pages(it: &TestApp) {
    let gateway = it.gateway_id().await;
    it.connect_whatsapp(&gateway).await;
    is_answered(it, NUMBER).await;
    let both = ["whatsapp_business_management", "whatsapp_business_messaging"];
    let now = proved(it, &gateway, &both).await;
    assert_eq!(keys(&now), both);
    assert_eq!(check(&now, "whatsapp_number")["state"], "done");
    let instructions = document(it, &gateway, "instructions.txt").await;
    assert!(instructions.contains("https://wa.me/") && !instructions.contains("Facebook Login"), "{instructions}");
    let privacy = document(it, &gateway, "privacy.html").await;
    assert!(privacy.contains("WhatsApp") && !privacy.contains("Messenger"), "{privacy}");
}
