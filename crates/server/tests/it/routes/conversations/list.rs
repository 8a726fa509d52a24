//! `GET /conversations`

use domain::role::Role;
use reqwest::{Method, StatusCode};

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    it_is_filtered_by_state_and_by_what_one_may_see
}

async fn it_is_filtered_by_state_and_by_what_one_may_see(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let ids = async |token: &str, query: &str| -> Vec<String> {
        let list = it.get(token, &format!("/conversations{query}")).await;
        list["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&ben, "").await, std::slice::from_ref(&id));
    assert_eq!(ids(&ben, "?state=active,queued").await, [id]);
    assert!(ids(&ben, "?state=closed").await.is_empty());
    let carla = it.user("Carla", Role::Agent).await;
    assert!(ids(&carla, "").await.is_empty());
    for bad in ["?state=lost", "?limit=201", "?cursor=x"] {
        let (status, _) = it.call(&ben, Method::GET, &format!("/conversations{bad}"), None).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{bad}");
    }
}
