//! A browser that hangs up half-way: what it began is done to the end.

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{ANNA, LAVKA, TestApp};

async fn pages(it: &TestApp, gateway: &str) -> Vec<Value> {
    it.get(&it.admin, &format!("/gateways/{gateway}/pages")).await["items"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_is_removed_although_the_browser_hung_up_while_meta_was_asked() {
    let it = TestApp::start().await;
    let gateway = it.connected().await;
    let before = pages(&it, &gateway).await.len();
    let slow = json!({ "kind": "graph_delay", "path": format!("/{LAVKA}/subscribed_apps"), "method": "DELETE",
        "times": 1, "delay_ms": 3_000 });
    it.control(Method::POST, "/faults", slow).await;
    let url = format!("{}/api/v1/gateways/{gateway}/pages/{LAVKA}", it.url);
    let request = tokio::spawn(it.http().delete(url).bearer_auth(&it.admin).send());
    it.until("the first half", async || {
        let page = pages(&it, &gateway).await.into_iter().find(|page| page["id"] == LAVKA)?;
        (page["subscribed"] == false).then_some(())
    })
    .await;
    assert!(!request.is_finished(), "Meta is slow, so the answer cannot be there yet");
    request.abort();
    it.until("the second half", async || {
        let left = pages(&it, &gateway).await;
        (left.len() == before - 1 && left.iter().all(|page| page["id"] != LAVKA)).then_some(())
    })
    .await;
    it.stop().await;
}

/// Meta responds late to the next call of this kind.
async fn slow(it: &TestApp, method: &str, path: &str) {
    let slow = json!({ "kind": "graph_delay", "path": path, "method": method, "times": 1, "delay_ms": 3_000 });
    it.control(Method::POST, "/faults", slow).await;
}

/// Waits until Meta has been asked under this path, then cuts the connection whose answer cannot be there yet.
async fn cut(it: &TestApp, request: reqwest::RequestBuilder, path: &str) {
    let calls = async || {
        let calls = it.control(Method::GET, &format!("/calls?limit=1000&path={path}"), json!({})).await;
        calls.as_array().or(calls["items"].as_array()).or(calls["calls"].as_array()).unwrap().len()
    };
    let before = calls().await;
    let request = tokio::spawn(request.send());
    it.until("the question to Meta", async || (calls().await > before).then_some(())).await;
    assert!(!request.is_finished(), "Meta is slow, so the answer cannot be there yet");
    request.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_is_finished_although_its_window_was_closed_on_the_way_back() {
    let it = TestApp::start().await;
    let gateway = it.gateway_id().await;
    let begun = it.post(&it.admin, &format!("/gateways/{gateway}/connect"), json!({})).await;
    let back = it.dialog(begun["url"].as_str().unwrap(), ANNA).await;
    slow(&it, "GET", "/me/accounts").await;
    cut(&it, it.http().get(back), "/oauth/access_token").await;
    let path = format!("/gateways/{gateway}/connect/{}", begun["attempt_id"].as_str().unwrap());
    it.until("the end of the login", async || (it.get(&it.admin, &path).await["state"] == "done").then_some(()))
        .await;
    assert!(!pages(&it, &gateway).await.is_empty());
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_is_subscribed_although_the_browser_hung_up() {
    let it = TestApp::start().await;
    let gateway = it.gateway_id().await;
    it.connect(&gateway, ANNA).await;
    slow(&it, "POST", &format!("/{LAVKA}/subscribed_apps")).await;
    let url = format!("{}/api/v1/gateways/{gateway}/pages/{LAVKA}", it.url);
    let request = it.http().patch(url).bearer_auth(&it.admin).json(&json!({ "subscribed": true }));
    let request = tokio::spawn(request.send());
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    request.abort();
    it.until("the subscription", async || {
        let page = pages(&it, &gateway).await.into_iter().find(|page| page["id"] == LAVKA)?;
        (page["subscribed"] == true).then_some(())
    })
    .await;
    it.stop().await;
}
