//! `POST /pages/{page_id}/comments/{comment_id}/reply`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{LAVKA, TestApp};
use crate::routes::comment;
use crate::routes::on_both_engines;

on_both_engines! {
    a_comment_gets_one_private_reply
    the_conversation_of_an_agents_reply_waits_for_the_author_and_that_agent_continues_it
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

async fn the_conversation_of_an_agents_reply_waits_for_the_author_and_that_agent_continues_it(it: &TestApp) {
    it.connected().await;
    let id = comment(it, "5_7").await;
    let ben = it.user("Ben", Role::Agent).await;
    let eva = it.user("Eva", Role::Agent).await;
    it.online(&ben).await;
    it.online(&eva).await;
    it.post(&ben, &format!("/pages/{LAVKA}/comments/{id}/reply"), json!({ "text": "80 UAH" })).await;
    let comment = it.get(&ben, &format!("/comments/{id}")).await["comment"].clone();
    let aside = it.get(&ben, "/conversations?agent=me&state=waiting").await["items"][0].clone();
    assert_eq!(aside["id"], comment["reply_conversation_id"], "the agent finds it among those set aside");
    let path = format!("/conversations/{}", aside["id"].as_str().unwrap());
    assert_eq!(it.call(&eva, Method::GET, &path, None).await.0, StatusCode::NOT_FOUND, "it is Ben's");
    it.phone_shows("olena", "80 UAH").await;
    it.until("who wrote the comment", async || {
        let shown = it.get(&ben, &path).await;
        (shown["contact"]["identities"][0]["external_id"].as_str()?.len() > 10).then_some(())
    })
    .await;
    it.writes("olena", json!({ "text": "One, please" })).await;
    it.until("the conversation comes back", async || {
        let shown = it.get(&ben, &path).await;
        (shown["state"] == "active" && shown["agent"]["name"] == "Ben").then_some(())
    })
    .await;
    it.post(&ben, &format!("{path}/messages"), json!({ "text": "It is yours" })).await;
    it.phone_shows("olena", "It is yours").await;
}
