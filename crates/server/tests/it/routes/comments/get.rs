//! `GET /comments/{id}`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{LAVKA, TestApp};
use crate::fixture::change_row;
use crate::routes::comments::{reply, waiting};
use crate::routes::on_both_engines;
use store::testing::Value as Column;

on_both_engines! {
    a_comment_is_shown_with_the_comment_that_it_answers
    whose_conversation_a_reply_began_is_shown_to_those_who_see_it
}

async fn a_comment_is_shown_with_the_comment_that_it_answers(it: &TestApp) {
    let (ben, first) = waiting(it).await;
    assert_eq!(it.get(&ben, &format!("/comments/{first}")).await["above"], json!([]), "the post is not known");
    let value = json!({ "item": "comment", "verb": "add", "comment_id": "5_8", "post_id": format!("{LAVKA}_5"),
        "parent_id": "5_7", "from": { "id": "300400501", "name": "Maria" }, "message": "I want one too",
        "created_time": it.clock.now().0 / 1_000_000 });
    let item = json!({ "kind": "comment", "item": { "field": "feed", "value": value } });
    it.control(Method::POST, &format!("/pages/{LAVKA}/customers/maria/event"), item).await;
    let answer = it
        .until("the answer", async || {
            let list = it.get(&ben, "/comments").await;
            let mut all = list["items"].as_array()?.iter();
            all.find(|comment| comment["comment_id"] == "5_8").cloned()
        })
        .await;
    let shown = it.get(&ben, &format!("/comments/{}", answer["id"].as_str().unwrap())).await;
    assert_eq!((&shown["comment"]["text"], &shown["above"][0]["id"]), (&json!("I want one too"), &json!(first)));
    assert_eq!(it.call(&ben, Method::GET, "/comments/1", None).await.0, StatusCode::NOT_FOUND);
}

async fn whose_conversation_a_reply_began_is_shown_to_those_who_see_it(it: &TestApp) {
    let (ben, id) = waiting(it).await;
    reply(it, &ben, &id).await;
    let eva = it.user("Eva", Role::Agent).await;
    let sue = it.user("Sue", Role::Supervisor).await;
    let shown = async |token: &str| it.get(token, &format!("/comments/{id}")).await["comment"].clone();
    let seen = shown(&ben).await;
    let conversation = seen["reply_conversation_id"].as_str().expect("it is his").to_owned();
    assert_eq!(shown(&sue).await["reply_conversation_id"], json!(conversation));
    let hidden = shown(&eva).await;
    assert_eq!(hidden["reply_conversation_id"], Value::Null, "it is Ben's");
    assert!(hidden["replied_at"].is_string(), "she sees that it was answered");
    assert_eq!(it.get(&eva, "/comments").await["items"][0]["reply_conversation_id"], Value::Null);
    // An entry point has led the author into an isolated queue, which Ben does not serve.
    let row = Column::Int(conversation.parse().unwrap());
    change_row(it, "UPDATE conversation SET isolated = 1 WHERE id = $1", vec![row]).await;
    assert_eq!(shown(&ben).await["reply_conversation_id"], Value::Null, "nothing of an isolated queue is shown");
}
