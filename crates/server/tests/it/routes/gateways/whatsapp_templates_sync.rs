//! `POST /gateways/{id}/whatsapp/templates/sync`.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::whatsapp::{WhatsApp, change, on_both_engines, template};

on_both_engines! {
    they_are_listed_unasked => templates_are_listed_without_being_asked_for_on_sqlite, templates_are_listed_without_being_asked_for_on_postgres;
    all_parts_of_the_list_are_read => all_parts_of_the_list_are_read_and_old_ones_go_on_sqlite, all_parts_of_the_list_are_read_and_old_ones_go_on_postgres;
}

async fn all_parts_of_the_list_are_read(it: WhatsApp) {
    let path = format!("/gateways/{}/whatsapp/templates/sync", it.gateway);
    it.meta.has_templates(&[template("b", "APPROVED", "UTILITY"), template("a", "PAUSED", "MARKETING")]);
    let all = it.it.post(&it.it.admin, &path, json!({})).await;
    let names = |all: &serde_json::Value| {
        all["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&all), ["a", "b"]);
    it.meta.has_templates(&[template("b", "APPROVED", "UTILITY")]);
    it.it.clock.advance(domain::time::SECOND);
    let all = it.it.post(&it.it.admin, &path, json!({})).await;
    assert_eq!(names(&all), ["b"], "Meta no longer lists the other");
    it.it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_number_there_is_nothing_to_read() {
    let it = TestApp::start().await;
    let gateway = it.connected().await;
    let path = format!("/gateways/{gateway}/whatsapp/templates/sync");
    let (status, problem) = it.call(&it.admin, Method::POST, &path, Some(json!({}))).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    let (status, _) =
        it.call(&it.admin, Method::POST, "/gateways/1/whatsapp/templates/sync", Some(json!({}))).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    it.stop().await;
}

/// By each check of the gateway, and when Meta reports one that is not known.
async fn they_are_listed_unasked(it: WhatsApp) {
    let names = async || {
        let all = it.it.get(&it.it.admin, &format!("/gateways/{}/whatsapp/templates", it.gateway)).await;
        let all = all["items"].as_array().unwrap().clone();
        all.into_iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(names().await.is_empty());
    it.meta.has_templates(&[template("sale", "APPROVED", "MARKETING")]);
    it.it.post(&it.it.admin, &format!("/gateways/{}/health/check", it.gateway), json!({})).await;
    assert_eq!(names().await, ["sale"]);

    it.meta.has_templates(&[template("sale", "APPROVED", "MARKETING"), template("news", "APPROVED", "MARKETING")]);
    let news = json!({ "event": "APPROVED", "message_template_id": 2, "message_template_name": "news",
        "message_template_language": "en_US" });
    it.deliver(&change("message_template_status_update", &news)).await;
    it.settled().await;
    it.it.clock.advance(2 * domain::time::MINUTE);
    // Changed configuration wakes the worker that carries out the check.
    let mut batch = store::Batch::new();
    batch.notify(store::Signal::Config);
    it.it.store.commit(batch).await.unwrap();
    it.it.until("the new one", async || names().await.contains(&"news".to_owned()).then_some(())).await;
    it.it.stop().await;
}
