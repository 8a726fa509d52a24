//! `POST /contacts/{id}/split`

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    an_identity_becomes_a_contact_of_its_own
}

async fn an_identity_becomes_a_contact_of_its_own(it: &TestApp) {
    let contacts = super::two_contacts(it).await;
    let (one, other) = (&contacts[0], &contacts[1]);
    let path = format!("/contacts/{}", one["id"].as_str().unwrap());
    let split = async |body: Value| it.call(&it.admin, Method::POST, &format!("{path}/split"), Some(body)).await;
    let (status, _) = split(json!({ "identity_id": one["identities"][0]["id"] })).await;
    assert_eq!(status, StatusCode::CONFLICT, "it is their only one");
    it.post(&it.admin, &format!("{path}/merge"), json!({ "contact_id": other["id"] })).await;
    let (status, problem) = split(json!({ "identity_id": "1" })).await;
    assert_eq!(
        (status, &problem["errors"][0]["pointer"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("/identity_id"))
    );
    let leaving = &other["identities"][0]["id"];
    let (status, new) = split(json!({ "identity_id": leaving })).await;
    assert_eq!((status, &new["identities"][0]["id"], &new["conversations"]), (StatusCode::OK, leaving, &json!(1)));
    assert_eq!(it.get(&it.admin, &path).await["conversations"], 1);
}
