//! `POST /conversations/{id}/summary`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixture::active;
use crate::program::{completion, model_for_agents};
use crate::routes::on_both_engines;

on_both_engines! {
    a_summary_is_made_with_notes_in_the_language_of_who_asks
}

async fn a_summary_is_made_with_notes_in_the_language_of_who_asks(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let summary = async |token: &str, body: Option<Value>| {
        it.call(token, Method::POST, &format!("/conversations/{id}/summary"), body).await
    };
    assert_eq!(summary(&ben, None).await.0, StatusCode::CONFLICT, "it is off");
    let program = model_for_agents(it).await;
    program.answers(200, completion("She waits for her order."));
    it.post(&ben, &format!("/conversations/{id}/notes"), json!({ "text": "Refund agreed" })).await;
    assert_eq!(summary(&ben, None).await, (StatusCode::OK, json!({ "text": "She waits for her order." })));
    let (system, chat) = program.asked()[0].question();
    assert!(system.contains("in English"), "{system}");
    assert_eq!(chat.as_array().unwrap().last(), Some(&json!({ "from": "note", "text": "Refund agreed" })));
    assert!(!chat.to_string().contains("Ben has taken"), "no events: {chat}");

    it.call(&ben, Method::PATCH, "/me/settings", Some(json!({ "language": "uk" }))).await;
    summary(&ben, None).await;
    summary(&ben, Some(json!({ "language": "en" }))).await;
    let systems: Vec<String> = program.asked()[1..].iter().map(|asked| asked.question().0).collect();
    assert!(systems[0].contains("in Ukrainian") && systems[1].contains("in English"), "{systems:?}");
    assert_eq!(summary(&ben, Some(json!({ "language": "xx" }))).await.0, StatusCode::UNPROCESSABLE_ENTITY);

    let (sue, carla) = (it.user("Sue", Role::Supervisor).await, it.user("Carla", Role::Agent).await);
    assert_eq!(summary(&sue, None).await.0, StatusCode::OK, "she sees the conversation");
    assert_eq!(summary(&carla, None).await.0, StatusCode::NOT_FOUND);
}
