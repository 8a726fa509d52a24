//! `GET /me/mentions`, `DELETE /me/mentions/{conversation_id}`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    what_one_was_mentioned_in_is_listed_until_it_is_read
}

async fn what_one_was_mentioned_in_is_listed_until_it_is_read(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let mara = it.user("Mara Supervisor", Role::Supervisor).await;
    let user = it.get(&mara, "/me").await["user"]["id"].clone();
    let unread = async |token: &str| it.get(token, "/me/mentions").await["items"].as_array().unwrap().clone();
    assert_eq!(unread(&mara).await, Vec::<Value>::new());

    let notes = format!("/conversations/{id}/notes");
    for text in ["@Mara first", "@Mara second"] {
        it.post(&ben, &notes, json!({ "text": text, "mentions": [user] })).await;
    }
    it.post(&ben, &notes, json!({ "text": "for no one" })).await;
    let items = unread(&mara).await;
    let texts: Vec<&Value> = items.iter().map(|it| &it["note"]["text"]).collect();
    assert_eq!(texts, ["@Mara second", "@Mara first"]);
    assert_eq!(
        (&items[0]["conversation"]["id"], &items[0]["note"]["sender"]["name"]),
        (&json!(id), &json!("Ben"))
    );
    assert_eq!(unread(&ben).await, Vec::<Value>::new());

    // Reading is one's own affair, and reading nothing is no error.
    let path = format!("/me/mentions/{id}");
    for (token, left) in [(&ben, 2), (&mara, 0), (&mara, 0)] {
        let (status, _) = it.call(token, Method::DELETE, &path, None).await;
        assert_eq!((status, unread(&mara).await.len()), (StatusCode::NO_CONTENT, left));
    }
    it.post(&ben, &notes, json!({ "text": "@Mara third", "mentions": [user] })).await;
    assert_eq!(unread(&mara).await.len(), 1);

    // What one may no longer see is not listed: an agent sees only what concerns them.
    let users = it.get(&it.admin, "/users").await;
    let known = users["items"].as_array().unwrap().iter().find(|it| it["id"] == user).unwrap().clone();
    let change = json!({ "role": "agent", "version": known["version"] });
    let path = format!("/users/{}", user.as_str().unwrap());
    assert_eq!(it.call(&it.admin, Method::PATCH, &path, Some(change)).await.0, StatusCode::OK);
    assert_eq!(unread(&mara).await, Vec::<Value>::new());
}
