//! A browser that hangs up half-way: what it began is done to the end.

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{LAVKA, TestApp};

async fn pages(it: &TestApp, gateway: &str) -> Vec<Value> {
    it.get(&it.admin, &format!("/gateways/{gateway}/pages")).await["items"].as_array().unwrap().clone()
}

#[tokio::test]
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
