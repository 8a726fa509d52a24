//! `GET /agents`

use domain::role::Role;
use reqwest::{Method, StatusCode};

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    everybody_who_takes_chats_is_listed_for_all_staff
}

async fn everybody_who_takes_chats_is_listed_for_all_staff(it: &TestApp) {
    let ben = it.user("Ben", Role::Agent).await;
    let list = it.get(&ben, "/agents").await;
    let names: Vec<_> = list["items"].as_array().unwrap().iter().map(|agent| agent["name"].clone()).collect();
    assert_eq!(names, ["Anna Admin", "Ben"], "by name");
    let one = it.get(&ben, "/agents?limit=1").await;
    assert_eq!(one["items"].as_array().map(Vec::len), Some(1));
    assert!(one["next"].is_string());
    for bad in ["/agents?limit=0", "/agents?cursor=x"] {
        assert_eq!(it.call(&ben, Method::GET, bad, None).await.0, StatusCode::BAD_REQUEST, "{bad}");
    }
}
