//! `POST /quick-replies`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::media::upload_for_reply;
use crate::routes::on_both_engines;

on_both_engines! {
    a_shortcut_is_unique_and_simple
    agents_make_their_own_which_no_one_else_sees
    files_are_uploaded_once_and_sent_in_any_conversation
}

async fn a_shortcut_is_unique_and_simple(it: &TestApp) {
    let create = async |token: &str, shortcut: &str, text: &str| {
        let new = json!({ "shortcut": shortcut, "title": "Greeting", "text": text });
        it.call(token, Method::POST, "/quick-replies", Some(new)).await
    };
    let (status, reply) = create(&it.admin, "night-shift", "Hello {{ contact.name }}").await;
    assert_eq!((status, &reply["shortcut"]), (StatusCode::CREATED, &json!("night-shift")));
    let (status, problem) = create(&it.admin, "night-shift", "Again").await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::CONFLICT, &json!("/shortcut")));
    let (status, problem) = create(&it.admin, "Night!", "{{ contact.name").await;
    assert_eq!((status, pointers(&problem)), (StatusCode::UNPROCESSABLE_ENTITY, vec!["/shortcut", "/text"]));
    let ben = it.user("Ben", Role::Agent).await;
    assert_eq!(create(&ben, "mine", "Mine").await.0, StatusCode::FORBIDDEN);
    let new = json!({ "shortcut": "x", "title": "X", "text": "x", "team_ids": ["9"], "queue_ids": ["9"] });
    let (status, problem) = it.call(&it.admin, Method::POST, "/quick-replies", Some(new)).await;
    assert_eq!(
        (status, pointers(&problem)),
        (StatusCode::UNPROCESSABLE_ENTITY, vec!["/team_ids/0", "/queue_ids/0"])
    );
}

fn pointers(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect()
}

async fn agents_make_their_own_which_no_one_else_sees(it: &TestApp) {
    let ben = it.user("Ben", Role::Agent).await;
    let carla = it.user("Carla", Role::Agent).await;
    let new =
        json!({ "shortcut": "bye", "title": "Bye", "text": "See you", "personal": true, "folder": " Mine " });
    let reply = it.post(&ben, "/quick-replies", new.clone()).await;
    assert_eq!((&reply["personal"], &reply["folder"]), (&json!(true), &json!("Mine")));
    // The same shortcut of another agent, and of everyone, is another reply.
    it.post(&carla, "/quick-replies", new).await;
    it.post(&it.admin, "/quick-replies", json!({ "shortcut": "bye", "title": "Bye", "text": "Bye" })).await;
    let path = format!("/quick-replies/{}", reply["id"].as_str().unwrap());
    for other in [&carla, &it.admin] {
        assert_eq!(it.call(other, Method::GET, &path, None).await.0, StatusCode::NOT_FOUND);
        assert_eq!(it.call(other, Method::DELETE, &path, None).await.0, StatusCode::NOT_FOUND);
    }
    let seen = it.get(&ben, "/quick-replies?limit=200").await;
    assert_eq!(seen["items"].as_array().unwrap().iter().filter(|it| it["shortcut"] == "bye").count(), 2);
    let changed = json!({ "text": "See you soon", "version": 1 });
    assert_eq!(it.call(&ben, Method::PATCH, &path, Some(changed)).await.1["text"], "See you soon");
    assert_eq!(it.call(&ben, Method::DELETE, &path, None).await.0, StatusCode::NO_CONTENT);
}

async fn files_are_uploaded_once_and_sent_in_any_conversation(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let file = upload_for_reply(it, &it.admin, "prices.pdf", b"%PDF-1.4 prices").await;
    let new = |text: &str, file: &Value| json!({ "shortcut": "prices", "title": "Prices", "text": text, "file_ids": [file] });
    let (status, problem) = it.call(&ben, Method::POST, "/quick-replies", Some(new("", &json!("9")))).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::FORBIDDEN, &Value::Null));
    let (status, problem) = it.call(&it.admin, Method::POST, "/quick-replies", Some(new("", &json!("9")))).await;
    assert_eq!((status, pointers(&problem)), (StatusCode::UNPROCESSABLE_ENTITY, vec!["/file_ids/0"]));
    let reply = it.post(&it.admin, "/quick-replies", new("", &file["id"])).await;
    assert_eq!(reply["files"][0]["name"], "prices.pdf");
    let read = async |token: &str, id: &Value| {
        it.call(token, Method::GET, &format!("/media/{}", id.as_str().unwrap()), None).await.0
    };
    assert_eq!(read(&ben, &file["id"]).await, StatusCode::OK, "who sees the reply reads its files");
    // What is part of a reply stays, what is not goes after a day.
    let stray = upload_for_reply(it, &it.admin, "stray.pdf", b"%PDF-1.4 stray").await;
    it.clock.advance(25 * domain::time::HOUR);
    it.until("the stray upload is removed", async || {
        (read(&it.admin, &stray["id"]).await == StatusCode::NOT_FOUND).then_some(())
    })
    .await;
    assert_eq!(read(&ben, &file["id"]).await, StatusCode::OK);
    let path = format!("/conversations/{id}/quick-replies/{}/files", reply["id"].as_str().unwrap());
    let chosen = async |ids: Value| it.call(&ben, Method::POST, &path, Some(json!({ "file_ids": ids }))).await;
    let (status, problem) = chosen(json!([file["id"], stray["id"]])).await;
    assert_eq!((status, pointers(&problem)), (StatusCode::UNPROCESSABLE_ENTITY, vec!["/file_ids/1"]));
    assert_eq!(chosen(json!([])).await.1["items"], json!([]), "none of them");
    assert_eq!(chosen(json!([file["id"]])).await.1["items"][0]["name"], "prices.pdf");
    let (status, copies) = it.call(&ben, Method::POST, &path, None).await;
    assert_eq!((status, &copies["items"][0]["name"]), (StatusCode::CREATED, &json!("prices.pdf")));
    let (status, _) =
        it.call(&ben, Method::DELETE, &format!("/quick-replies/{}", reply["id"].as_str().unwrap()), None).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let copy = &copies["items"][0]["id"];
    it.call(&it.admin, Method::DELETE, &format!("/quick-replies/{}", reply["id"].as_str().unwrap()), None).await;
    assert_eq!(read(&ben, copy).await, StatusCode::OK, "the copy is the conversation's own");
    assert_eq!(read(&ben, &file["id"]).await, StatusCode::NOT_FOUND);
}
