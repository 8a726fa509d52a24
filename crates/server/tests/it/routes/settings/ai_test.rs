//! `POST /settings/ai/test`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    what_is_stored_is_tested_and_the_answer_told
}

async fn what_is_stored_is_tested_and_the_answer_told(it: &TestApp) {
    let test = async || it.call(&it.admin, Method::POST, "/settings/ai/test", None).await;
    assert_eq!(test().await.0, StatusCode::CONFLICT, "nothing is set up");
    // The sandbox speaks no chat completions.
    let ai = json!({ "url": format!("http://{}/v1", it.sandbox.address()), "model": "small" });
    it.call(&it.admin, Method::PATCH, "/settings", Some(json!({ "ai": ai }))).await;
    let (status, tested) = test().await;
    assert_eq!((status, &tested["ok"]), (StatusCode::OK, &json!(false)), "{tested}");
    assert!(tested["message"].as_str().unwrap().contains("status"), "{tested}");
}
