//! `POST /labels`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    a_label_is_grey_unless_a_colour_is_named
}

async fn a_label_is_grey_unless_a_colour_is_named(it: &TestApp) {
    let label = it.post(&it.admin, "/labels", json!({ "name": " Refund " })).await;
    assert_eq!(
        (&label["name"], &label["colour"], &label["conversations"]),
        (&json!("Refund"), &json!("grey"), &json!(0))
    );
    let create = async |token: &str, body: Value| it.call(token, Method::POST, "/labels", Some(body)).await;
    let (status, problem) = create(&it.admin, json!({ "name": "refund" })).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::CONFLICT, &json!("/name")));
    for (body, pointer) in
        [(json!({ "name": "x".repeat(41) }), "/name"), (json!({ "name": "Late", "colour": "pink" }), "/colour")]
    {
        let (status, problem) = create(&it.admin, body).await;
        let refused = (status, &problem["errors"][0]["pointer"]);
        assert_eq!(refused, (StatusCode::UNPROCESSABLE_ENTITY, &json!(pointer)));
    }
    let ben = it.user("Ben", Role::Agent).await;
    assert_eq!(create(&ben, json!({ "name": "Mine" })).await.0, StatusCode::FORBIDDEN);
}
