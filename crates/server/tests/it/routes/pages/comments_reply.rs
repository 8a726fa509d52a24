//! `POST /pages/{page_id}/comments/{comment_id}/reply`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{LAVKA, TestApp};
use crate::routes::comment;
use crate::routes::on_both_engines;

on_both_engines! {
    a_comment_gets_one_private_reply
}

async fn a_comment_gets_one_private_reply(it: &TestApp) {
    it.connected().await;
    let id = comment(it, "5_7").await;
    let sue = it.user("Sue", Role::Supervisor).await;
    let path = format!("/pages/{LAVKA}/comments/{id}/reply");
    let reply = async |body: Value| it.call(&sue, Method::POST, &path, Some(body)).await;
    for (bad, pointer) in
        [(json!({ "text": " " }), "/text"), (json!({ "text": "x", "client_id": "" }), "/client_id")]
    {
        let (status, problem) = reply(bad).await;
        assert_eq!(
            (status, &problem["errors"][0]["pointer"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(pointer))
        );
    }
    let (status, sent) = reply(json!({ "text": "80 UAH", "client_id": "k" })).await;
    assert_eq!((status, &sent["text"]), (StatusCode::CREATED, &json!("80 UAH")));
    assert_eq!(reply(json!({ "text": "80 UAH", "client_id": "k" })).await.1["id"], sent["id"]);
    assert_eq!(reply(json!({ "text": "Once more" })).await.0, StatusCode::CONFLICT);
    let none = format!("/pages/{LAVKA}/comments/1/reply");
    assert_eq!(it.call(&sue, Method::POST, &none, Some(json!({ "text": "?" }))).await.0, StatusCode::NOT_FOUND);
}
