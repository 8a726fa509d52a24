//! `GET /macros`

use serde_json::json;

use super::thanks;
use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn macros_are_listed_by_name() {
    let it = TestApp::start().await;
    for name in ["Zoo", "Atlas"] {
        let mut new = thanks();
        new["name"] = json!(name);
        it.post(&it.admin, "/macros", new).await;
    }
    let list = it.get(&it.admin, "/macros").await;
    let names: Vec<_> = list["items"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Atlas", "Zoo"]);
    it.stop().await;
}
