//! `GET /flow-starters`

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_starter_is_imported_as_it_is_and_passes_its_tests() {
    let it = TestApp::start().await;
    for language in ["en", "uk"] {
        let list = it.get(&it.admin, &format!("/flow-starters?language={language}")).await;
        let starters = list["items"].as_array().unwrap();
        assert_eq!(starters.len(), 8);
        for starter in starters {
            let (status, made) = it.call(&it.admin, Method::POST, "/flows/import", Some(starter.clone())).await;
            assert_eq!((status, &made["left_out"]), (StatusCode::CREATED, &json!([])), "{made}");
            let path = format!("/flows/{}/tests/run", made["id"].as_str().unwrap());
            let run = it.post(&it.admin, &path, json!({})).await;
            for result in run["results"].as_array().unwrap() {
                assert_eq!(result["passed"], true, "{language} {}: {result}", starter["id"]);
            }
        }
    }
    it.stop().await;
}
