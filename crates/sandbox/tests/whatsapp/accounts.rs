//! Business accounts and numbers: fields, subscriptions with callbacks of their own, registration, who may see them.

use super::{code, text, writes};
use crate::support::{APP, Bench, NUMBER, REDIRECT, SECRET, SYSTEM_USER, WABA};
use serde_json::{Value, json};

#[tokio::test]
async fn a_pasted_token_names_its_accounts_and_numbers() {
    let bench = Bench::start().await;
    let (_, debug) =
        bench.get(&format!("/debug_token?input_token={SYSTEM_USER}&access_token={APP}%7C{SECRET}")).await;
    let data = &debug["data"];
    assert_eq!((&data["type"], &data["expires_at"]), (&json!("SYSTEM_USER"), &json!(0)));
    let scopes = data["granular_scopes"].as_array().unwrap();
    assert!(scopes.iter().all(|scope| scope["target_ids"] == json!([WABA])), "{data}");
    let fields = "id,display_phone_number,verified_name,quality_rating,name_status,code_verification_status,messaging_limit_tier,status";
    let (_, numbers) = bench.graph_get(&format!("/v26.0/{WABA}/phone_numbers?fields={fields}"), SYSTEM_USER).await;
    assert_eq!(
        numbers["data"][0],
        json!({
            "id": NUMBER, "display_phone_number": "+380 44 390 0101", "verified_name": "Lavka", "quality_rating": "GREEN",
            "name_status": "APPROVED", "code_verification_status": "VERIFIED", "messaging_limit_tier": "TIER_250",
            "status": "CONNECTED",
        })
    );
    assert_eq!(bench.graph_get(&format!("/{WABA}?fields=name"), SYSTEM_USER).await.1["name"], "Lavka");
    let page_token = bench.connect(crate::support::LAVKA).await;
    assert_eq!(code(&bench.graph_get(&format!("/{WABA}"), &page_token).await), 100, "not with a Page's token");
    let order = json!({"person_id": "122090000000001"});
    assert_eq!(bench.control("tokens/expire", order).await["killed"], 1);
    assert_eq!(code(&bench.graph_get(&format!("/{WABA}"), SYSTEM_USER).await), 190);
    bench.stop().await;
}

#[tokio::test]
async fn an_account_that_is_not_subscribed_is_silent_and_may_have_a_callback_of_its_own() {
    let bench = Bench::start().await;
    bench.subscribe("whatsapp_business_account", "messages").await;
    writes(&bench, "olena").await;
    let log = async || {
        bench.get("/control/deliveries?kind=webhook&limit=50").await.1["items"].as_array().unwrap().clone()
    };
    assert!(log().await.is_empty(), "silence and no error");
    let path = format!("/{WABA}/subscribed_apps");
    let wrong = json!({"override_callback_uri": bench.receiver.url, "verify_token": "no"});
    assert_eq!(code(&bench.graph_post(&path, SYSTEM_USER, wrong).await), 2200);
    let own = format!("{}?own", bench.receiver.url);
    let order = json!({"override_callback_uri": own, "verify_token": "verify-me"});
    assert_eq!(bench.graph_post(&path, SYSTEM_USER, order).await.1["success"], true);
    let (_, apps) = bench.graph_get(&path, SYSTEM_USER).await;
    assert_eq!(
        (&apps["data"][0]["whatsapp_business_api_data"]["id"], &apps["data"][0]["override_callback_uri"]),
        (&json!(APP), &json!(own))
    );
    writes(&bench, "olena").await;
    bench.receiver.change("messages", "messages").await;
    assert_eq!(log().await.last().unwrap()["url"], own);
    let number = format!("{}?number", bench.receiver.url);
    let order = json!({"webhook_configuration": {"override_callback_uri": number, "verify_token": "verify-me"}});
    assert_eq!(bench.graph_post(&format!("/{NUMBER}"), SYSTEM_USER, order).await.1["success"], true);
    writes(&bench, "olena").await;
    bench.receiver.change("messages", "messages").await;
    assert_eq!(log().await.last().unwrap()["url"], number);
    let request =
        bench.http.delete(bench.url(&path)).query(&[("appsecret_proof", crate::support::proof(SYSTEM_USER))]);
    assert_eq!(request.bearer_auth(SYSTEM_USER).send().await.unwrap().status(), 200);
    assert_eq!(bench.graph_get(&path, SYSTEM_USER).await.1["data"], json!([]));
    bench.stop().await;
}

#[tokio::test]
async fn a_number_is_verified_and_registered_before_it_sends() {
    let bench = Bench::start().await;
    bench.connect_whatsapp().await;
    let phone = writes(&bench, "olena").await;
    bench.control(&format!("numbers/{NUMBER}"), json!({"registered": false, "verified": false})).await;
    let post =
        async |edge: &str, body: Value| bench.graph_post(&format!("/{NUMBER}/{edge}"), SYSTEM_USER, body).await;
    assert_eq!(code(&bench.whatsapp(text(&phone, "x")).await), 133_010);
    let register = |pin: &str| json!({"messaging_product": "whatsapp", "pin": pin});
    assert_eq!(code(&post("register", register("12")).await), 100);
    assert_eq!(code(&post("register", register("123456")).await), 133_006);
    assert_eq!(post("request_code", json!({"code_method": "SMS", "language": "en"})).await.0, 200);
    assert!(code(&post("verify_code", json!({"code": "000000"})).await) > 0);
    let state = bench.get("/control/state").await.1;
    let secret = state["whatsapp"][0]["numbers"][0]["code"].clone();
    assert_eq!(post("verify_code", json!({"code": secret})).await.0, 200);
    assert_eq!(code(&post("request_code", json!({"code_method": "SMS", "language": "en"})).await), 136_024);
    assert_eq!(post("register", register("123456")).await.1["success"], true);
    assert_eq!(bench.whatsapp(text(&phone, "x")).await.0, 200);
    assert_eq!(post("deregister", json!({})).await.0, 200);
    for _ in 0..5 {
        assert_eq!(code(&post("register", register("654321")).await), 133_005);
    }
    assert_eq!(code(&post("register", register("123456")).await), 133_008);
    bench.stop().await;
}

#[tokio::test]
async fn quality_limit_and_name_of_a_number_are_announced() {
    let bench = Bench::start().await;
    bench.connect_whatsapp().await;
    let path = format!("numbers/{NUMBER}");
    bench.control(&path, json!({"quality": "RED"})).await;
    assert_eq!(bench.receiver.change("phone_number_quality_update", "event").await["event"], "FLAGGED");
    bench.control(&path, json!({"limit": "TIER_2K"})).await;
    let upgrade = bench.receiver.change("phone_number_quality_update", "old_limit").await;
    assert_eq!((&upgrade["event"], &upgrade["current_limit"]), (&json!("UPGRADE"), &json!("TIER_2K")));
    bench.control(&path, json!({"name_status": "DECLINED"})).await;
    assert_eq!(bench.receiver.change("phone_number_name_update", "decision").await["decision"], "REJECTED");
    bench.stop().await;
}

#[tokio::test]
async fn embedded_signup_shares_accounts_or_makes_one() {
    let bench = Bench::start().await;
    let extra = "&config_id=2000000000000003&response_type=code&override_default_response_type=true&extras=%7B%22setup%22%3A%7B%7D%7D";
    let session = Bench::session(&bench.open_dialog(extra).await);
    let html = bench.step(&[("session", &session), ("step", "person"), ("person", crate::support::ANNA)]).await;
    assert!(html.text().await.unwrap().contains("+380 44 390 0101"));
    let none = bench.step(&[("session", &session), ("step", "whatsapp")]).await.text().await.unwrap();
    assert!(none.contains("Choose at least one WhatsApp account"), "{none}");
    let form = [
        ("session", session.as_str()),
        ("step", "whatsapp"),
        ("waba", WABA),
        ("new_name", "Bakery"),
        ("new_phone", "+4930000001"),
    ];
    bench.step(&form).await;
    let location = Bench::location(&bench.step(&[("session", &session), ("step", "permissions")]).await);
    let code_of = location.split("code=").nth(1).unwrap().split('&').next().unwrap();
    let (_, token) = bench.get(&format!(
        "/v26.0/oauth/access_token?client_id={APP}&client_secret={SECRET}&redirect_uri={REDIRECT}&code={code_of}"
    )).await;
    assert!(token.get("expires_in").is_none(), "a system user's token has no end: {token}");
    let token = token["access_token"].as_str().unwrap();
    let (_, debug) = bench.get(&format!("/debug_token?input_token={token}&access_token={APP}%7C{SECRET}")).await;
    let targets = debug["data"]["granular_scopes"][0]["target_ids"].as_array().unwrap().clone();
    assert_eq!(targets.len(), 2, "{debug}");
    let new = targets.iter().find(|id| **id != WABA).unwrap().as_str().unwrap();
    let (_, numbers) = bench
        .graph_get(&format!("/{new}/phone_numbers?fields=display_phone_number,status,name_status"), token)
        .await;
    assert_eq!(
        (&numbers["data"][0]["status"], &numbers["data"][0]["name_status"]),
        (&json!("PENDING"), &json!("PENDING_REVIEW"))
    );
    let scope = bench.open_dialog("&config_id=2000000000000003&scope=pages_messaging").await;
    assert!(scope.contains("takes no scope"));
    let extras = bench
        .open_dialog(
            "&config_id=2000000000000003&response_type=code&override_default_response_type=true&extras=no",
        )
        .await;
    assert!(extras.contains("Invalid extras"));
    bench.stop().await;
}
