//! `GET /comments`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::{LAVKA, TestApp};
use crate::routes::comment;
use crate::routes::on_both_engines;

on_both_engines! {
    comments_on_all_pages_are_listed_for_supervisors
}

async fn comments_on_all_pages_are_listed_for_supervisors(it: &TestApp) {
    it.connected().await;
    comment(it, "5_7").await;
    let sue = it.user("Sue", Role::Supervisor).await;
    let list = it.get(&sue, "/comments").await;
    let shown = &list["items"][0];
    assert_eq!(
        (&shown["comment_id"], &shown["page_id"], &shown["kind"]),
        (&json!("5_7"), &json!(LAVKA), &json!("comment"))
    );
    assert!(shown["reply_until"].is_string() && shown["replied_at"].is_null());
    assert_eq!(it.get(&sue, "/comments?state=removed").await["items"], json!([]));
    for bad in ["?state=lost", "?limit=0", "?cursor=x"] {
        let (status, _) = it.call(&sue, Method::GET, &format!("/comments{bad}"), None).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{bad}");
    }
    let ben = it.user("Ben", Role::Agent).await;
    assert_eq!(it.call(&ben, Method::GET, "/comments", None).await.0, StatusCode::FORBIDDEN);
}
