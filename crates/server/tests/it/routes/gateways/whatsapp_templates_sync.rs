//! `POST /gateways/{id}/whatsapp/templates/sync`.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::whatsapp::{WhatsApp, on_both_engines, template};

on_both_engines! {
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
