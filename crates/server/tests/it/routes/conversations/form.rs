//! `PUT /conversations/{id}/form`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::forms::order_form;
use crate::routes::on_both_engines;

on_both_engines! {
    the_form_is_filled_in_before_wrap_up_ends
}

async fn the_form_is_filled_in_before_wrap_up_ends(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let carla = it.user("Carla", Role::Agent).await;
    let sue = it.user("Sue", Role::Supervisor).await;
    let path = format!("/conversations/{id}/form");
    let put = async |token: &str, values: Value| {
        it.call(token, Method::PUT, &path, Some(json!({ "values": values }))).await
    };
    let close = async || it.call(&ben, Method::POST, &format!("/conversations/{id}/close"), None).await;
    assert_eq!(put(&ben, json!({})).await.0, StatusCode::CONFLICT, "its queue has no form");
    let form = it.post(&it.admin, "/forms", order_form()).await["id"].clone();
    let queue = it.get(&it.admin, "/queues").await["items"][0]["id"].as_str().unwrap().to_owned();
    let change = json!({ "form_id": form, "wrap_up_seconds": 60 });
    it.call(&it.admin, Method::PATCH, &format!("/queues/{queue}"), Some(change)).await;
    let shown = it.get(&ben, &format!("/conversations/{id}")).await;
    assert_eq!(shown["form"], json!({ "id": form, "values": {} }));

    let wrong = json!({ "topic": "Complaint", "amount": "many", "due": "soon", "solved": "yes", "x": 1 });
    let (status, problem) = put(&ben, wrong).await;
    let pointers: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|it| &it["pointer"]).collect();
    let expected = ["/values/amount", "/values/due", "/values/solved", "/values/topic", "/values/x"];
    assert_eq!(
        (status, pointers),
        (StatusCode::UNPROCESSABLE_ENTITY, expected.each_ref().map(|it| json!(it)).iter().collect())
    );
    assert_eq!(put(&carla, json!({})).await.0, StatusCode::NOT_FOUND);
    let values = json!({ "amount": 12.5, "comment": "Wants it back", "due": "2026-12-24", "solved": true });
    let (status, filled) = put(&ben, values.clone()).await;
    assert_eq!((status, &filled["form"]["values"]), (StatusCode::OK, &values), "what is required may wait");

    assert_eq!(close().await.1["state"], "wrap_up", "the customer need not wait for it");
    let (status, problem) = close().await;
    let pointer = &problem["errors"][0]["pointer"];
    assert_eq!((status, pointer), (StatusCode::UNPROCESSABLE_ENTITY, &"/values/topic".into()), "{problem}");
    let (_, filled) = put(&ben, json!({ "topic": "refund" })).await;
    assert_eq!(filled["form"]["values"], json!({ "topic": "Refund" }), "the rest is no longer answered");
    assert_eq!(close().await.1["state"], "closed");
    assert_eq!(put(&ben, json!({})).await.0, StatusCode::CONFLICT);
    let (_, corrected) = put(&sue, json!({ "topic": "Question" })).await;
    assert_eq!(corrected["form"]["values"]["topic"], "Question");
}
