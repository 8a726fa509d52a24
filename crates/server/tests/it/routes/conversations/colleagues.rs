//! `GET /conversations/{id}/colleagues`

use domain::role::Role;
use reqwest::{Method, StatusCode};

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    those_who_may_see_the_conversation_can_be_mentioned
}

async fn those_who_may_see_the_conversation_can_be_mentioned(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    it.user("Mara Supervisor", Role::Supervisor).await;
    let stranger = it.user("Stan Stranger", Role::Agent).await;
    let path = format!("/conversations/{id}/colleagues");
    let answer = it.get(&ben, &path).await;
    let names: Vec<&str> =
        answer["items"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"Mara Supervisor"), "{names:?}");
    assert!(!names.contains(&"Ben") && !names.contains(&"Stan Stranger"), "{names:?}");
    let (status, _) = it.call(&stranger, Method::GET, &path, None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
