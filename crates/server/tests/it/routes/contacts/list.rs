//! `GET /contacts`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    contacts_are_found_by_name_phone_and_address
    contacts_and_conversations_are_found_however_the_words_are_written
}

async fn contacts_are_found_by_name_phone_and_address(it: &TestApp) {
    let (ben, conversation, _) = active(it).await;
    let contact = it.get(&ben, &format!("/conversations/{conversation}")).await["contact"]["id"].clone();
    let path = format!("/contacts/{}", contact.as_str().unwrap());
    let change = json!({ "name": "Olena Kravets", "phone": "+380 44 123" });
    it.call(&ben, Method::PATCH, &path, Some(change)).await;
    for found in ["kravets", "44 123"] {
        let list = it.get(&ben, &format!("/contacts?q={}", found.replace(' ', "%20"))).await;
        assert_eq!(list["items"][0]["id"], contact, "{found}");
    }
    assert_eq!(it.get(&ben, "/contacts?q=nobody").await["items"], json!([]));
    let carla = it.user("Carla", Role::Agent).await;
    assert_eq!(it.get(&carla, "/contacts").await["items"], json!([]), "not hers to see");
    assert_eq!(it.call(&ben, Method::GET, "/contacts?cursor=x", None).await.0, StatusCode::BAD_REQUEST);
}

async fn contacts_and_conversations_are_found_however_the_words_are_written(it: &TestApp) {
    let (ben, conversation, _) = active(it).await;
    let contact = it.get(&ben, &format!("/conversations/{conversation}")).await["contact"]["id"].clone();
    let path = format!("/contacts/{}", contact.as_str().unwrap());
    let change =
        json!({ "name": "André Conceição", "email": "Olena.K@Example.com", "phone": "+38 (067) 123-45-67" });
    let (status, changed) = it.call(&ben, Method::PATCH, &path, Some(change)).await;
    assert_eq!((status, &changed["phone"]), (StatusCode::OK, &json!("+38 (067) 123-45-67")), "{changed}");
    for words in [
        "conceicao",
        "ANDRE",
        "olena.k@example.com",
        "%2B380671234567",
        "0671234567",
        "67%20123",
        "%D9%A0%D9%A6%D9%A7",
        "Andre%CC%81",
    ] {
        let list = it.get(&ben, &format!("/contacts?q={words}")).await;
        assert_eq!(list["items"][0]["id"], contact, "{words}");
        let list = it.get(&ben, &format!("/conversations?q={words}")).await;
        assert_eq!(list["items"][0]["id"], json!(conversation), "{words}");
    }
    // However it is written in the contact, too.
    for phone in ["067 123 45 67", "+380 67 1234567", "0038 (067) 123-45-67"] {
        it.call(&ben, Method::PATCH, &path, Some(json!({ "phone": phone }))).await;
        for words in ["%2B380671234567", "%2B38%20067%20123-45-67", "0671234567", "00380671234567"] {
            let list = it.get(&ben, &format!("/contacts?q={words}")).await;
            assert_eq!(list["items"][0]["id"], contact, "{phone} by {words}");
            let list = it.get(&ben, &format!("/conversations?q={words}")).await;
            assert_eq!(list["items"][0]["id"], json!(conversation), "{phone} by {words}");
        }
    }
    assert_eq!(it.get(&ben, "/contacts?q=%2B380671234568").await["items"], json!([]));
}
