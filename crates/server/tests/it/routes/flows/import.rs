//! `POST /flows/import`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

use super::published;

on_both_engines! {
    flows_come_from_files_of_ours_and_of_webitel
}

async fn flows_come_from_files_of_ours_and_of_webitel(it: &TestApp) {
    let path = published(it, &["One"]).await;
    it.post(&it.admin, &format!("{path}/tests"), json!({ "name": "Greets", "expected": ["One"] })).await;
    let file = it.get(&it.admin, &format!("{path}/export")).await;
    let (status, copy) = it.call(&it.admin, Method::POST, "/flows/import", Some(file)).await;
    assert_eq!((status, &copy["name"], &copy["left_out"]), (StatusCode::CREATED, &json!("Night (2)"), &json!([])));
    assert_eq!((&copy["body"], &copy["published_version"]), (&super::greets("One"), &json!(null)));
    let tests = it.get(&it.admin, &format!("/flows/{}/tests", copy["id"].as_str().unwrap())).await;
    assert_eq!(tests["items"][0]["name"], "Greets");

    let webitel = json!([{ "sendText": "Hello ${facebook.name}" }, { "js": "1" }, { "joinQueue": { "queue": { "name": "Sales" } } }]);
    let path = "/flows/import?from=webitel&name=Old%20bot";
    let (status, taken) = it.call(&it.admin, Method::POST, path, Some(webitel)).await;
    assert_eq!((status, &taken["name"]), (StatusCode::CREATED, &json!("Old bot")));
    assert!(taken["body"].to_string().contains("Hello {{ contact.name }}"), "{taken}");
    assert_eq!(taken["left_out"].as_array().map(Vec::len), Some(2), "{taken}");
    for (path, bad) in [("/flows/import", json!({ "x": 1 })), ("/flows/import?from=webitel", json!({}))] {
        let (status, _) = it.call(&it.admin, Method::POST, path, Some(bad)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}
