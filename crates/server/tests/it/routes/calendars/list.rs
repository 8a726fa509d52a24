//! `GET /calendars`

use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calendars_are_listed_by_name() {
    let it = TestApp::start().await;
    for name in ["Zoo", "Atlas"] {
        it.post(&it.admin, "/calendars", json!({ "name": name, "time_zone": "UTC" })).await;
    }
    let list = it.get(&it.admin, "/calendars").await;
    let names: Vec<_> =
        list["items"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert!(
        names.iter().position(|name| *name == "Atlas") < names.iter().position(|name| *name == "Zoo"),
        "{names:?}"
    );
    it.stop().await;
}
