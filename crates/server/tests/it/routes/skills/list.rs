//! `GET /skills`

use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn skills_are_listed_by_name() {
    let it = TestApp::start().await;
    for name in ["Zoo", "Atlas"] {
        it.post(&it.admin, "/skills", json!({ "name": name })).await;
    }
    let list = it.get(&it.admin, "/skills").await;
    let names: Vec<_> =
        list["items"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert!(
        names.iter().position(|name| *name == "Atlas") < names.iter().position(|name| *name == "Zoo"),
        "{names:?}"
    );
    it.stop().await;
}
