//! `GET /roles`

use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_built_in_roles_come_first() {
    let it = TestApp::start().await;
    for name in ["Reader", "Editor"] {
        it.post(&it.admin, "/roles", json!({ "name": name, "permissions": ["see_all"] })).await;
    }
    let list = it.get(&it.admin, "/roles").await;
    let roles: Vec<_> =
        list["items"].as_array().unwrap().iter().map(|it| (&it["name"], &it["built_in"])).collect();
    let expected =
        [("Administrator", true), ("Supervisor", true), ("Agent", true), ("Editor", false), ("Reader", false)];
    let expected: Vec<_> = expected.iter().map(|(name, built_in)| (json!(name), json!(built_in))).collect();
    assert_eq!(roles, expected.iter().map(|(name, built_in)| (name, built_in)).collect::<Vec<_>>());
    assert_eq!(list["items"][2]["permissions"], json!(["answer", "attend"]));
    it.stop().await;
}
