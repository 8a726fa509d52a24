//! `GET /contacts/{id}`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    a_contact_is_shown_to_those_who_see_a_conversation_of_theirs
}

async fn a_contact_is_shown_to_those_who_see_a_conversation_of_theirs(it: &TestApp) {
    let (ben, conversation, _) = active(it).await;
    let contact = it.get(&ben, &format!("/conversations/{conversation}")).await["contact"]["id"].clone();
    let path = format!("/contacts/{}", contact.as_str().unwrap());
    let shown = it.get(&ben, &path).await;
    assert_eq!((&shown["id"], &shown["conversations"]), (&contact, &json!(1)));
    assert_eq!(shown["identities"].as_array().map(Vec::len), Some(1));
    let carla = it.user("Carla", Role::Agent).await;
    assert_eq!(it.call(&carla, Method::GET, &path, None).await.0, StatusCode::NOT_FOUND);
    assert_eq!(it.call(&it.admin, Method::GET, "/contacts/1", None).await.0, StatusCode::NOT_FOUND);
}
