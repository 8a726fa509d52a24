//! `GET /permissions`

use domain::role::{Permission, Role};
use reqwest::{Method, StatusCode};

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_permission_is_explained_in_a_sentence() {
    let it = TestApp::start().await;
    let list = it.get(&it.admin, "/permissions").await;
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), Permission::ALL.len());
    for item in items {
        assert!(Permission::from_word(item["id"].as_str().unwrap()).is_some(), "{item}");
        assert!(item["description"].as_str().unwrap().ends_with('.'), "{item}");
    }
    let sue = it.user("Sue", Role::Supervisor).await;
    assert_eq!(it.call(&sue, Method::GET, "/permissions", None).await.0, StatusCode::FORBIDDEN);
    it.stop().await;
}
