//! `GET /close-reasons`

use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn close_reasons_are_listed_by_name() {
    let it = TestApp::start().await;
    for name in ["Zoo", "Atlas"] {
        it.post(&it.admin, "/close-reasons", json!({ "name": name })).await;
    }
    let list = it.get(&it.admin, "/close-reasons").await;
    let names: Vec<_> =
        list["items"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert!(
        names.iter().position(|name| *name == "Atlas") < names.iter().position(|name| *name == "Zoo"),
        "{names:?}"
    );
    it.stop().await;
}
