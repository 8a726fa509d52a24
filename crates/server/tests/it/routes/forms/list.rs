//! `GET /forms`

use serde_json::json;

use super::order_form;
use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forms_are_listed_by_name_in_pages() {
    let it = TestApp::start().await;
    for name in ["Zoo", "Atlas"] {
        let mut form = order_form();
        form["name"] = json!(name);
        it.post(&it.admin, "/forms", form).await;
    }
    let first = it.get(&it.admin, "/forms?limit=1").await;
    assert_eq!(first["items"][0]["name"], "Atlas");
    let rest = it.get(&it.admin, &format!("/forms?limit=1&cursor={}", first["next"].as_str().unwrap())).await;
    assert_eq!((&rest["items"][0]["name"], &rest["next"]), (&json!("Zoo"), &json!(null)));
    it.stop().await;
}
