//! `POST /conversations/{id}/messages/{message_id}/reactions`

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    an_emoji_is_put_on_a_message_of_the_customer_and_taken_off
}

async fn an_emoji_is_put_on_a_message_of_the_customer_and_taken_off(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let thread = it.get(&ben, &format!("/conversations/{id}/messages?limit=200")).await;
    let of = |direction: &str| {
        let found = thread["items"].as_array().unwrap().iter().find(|m| m["direction"] == direction);
        format!("/conversations/{id}/messages/{}/reactions", found.unwrap()["id"].as_str().unwrap())
    };
    let react =
        async |path: &str, emoji: Value| it.call(&ben, Method::POST, path, Some(json!({ "emoji": emoji }))).await;
    let (status, shown) = react(&of("in"), json!("\u{1f44d}")).await;
    assert_eq!(status, StatusCode::OK, "{shown}");
    assert!(shown["reactions"].to_string().contains('\u{1f44d}'), "{shown}");
    let (_, shown) = react(&of("in"), Value::Null).await;
    assert_eq!(shown["reactions"], json!([]));
    let (status, problem) = react(&of("in"), json!("ok")).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/emoji")));
    assert_eq!(react(&of("out"), json!("\u{1f44d}")).await.0, StatusCode::CONFLICT, "only the customer's");
    let none = format!("/conversations/{id}/messages/1/reactions");
    assert_eq!(react(&none, json!("\u{1f44d}")).await.0, StatusCode::NOT_FOUND);
}
