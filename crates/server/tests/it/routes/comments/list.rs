//! `GET /comments`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::{LAVKA, TestApp};
use crate::reviewer::invited;
use crate::routes::comment;
use crate::routes::on_both_engines;

on_both_engines! {
    comments_on_all_pages_are_listed_for_supervisors
    agents_list_comments_and_guests_do_not
    those_that_need_an_answer_and_the_others_make_up_the_whole_list
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
}

async fn agents_list_comments_and_guests_do_not(it: &TestApp) {
    let gateway = it.connected().await;
    let id = comment(it, "5_7").await;
    let ben = it.user("Ben", Role::Agent).await;
    assert_eq!(it.get(&ben, "/comments").await["items"][0]["id"], json!(id));
    let (_, guest) = invited(it, &gateway).await;
    let (done, reply) = (format!("/comments/{id}/done"), format!("/pages/{LAVKA}/comments/{id}/reply"));
    for (method, path) in [
        (Method::GET, "/comments"),
        (Method::GET, "/comments/count"),
        (Method::GET, &*format!("/comments/{id}")),
        (Method::GET, &*format!("/pages/{LAVKA}/comments")),
        (Method::POST, &*done),
        (Method::POST, &*reply),
    ] {
        let body = (method == Method::POST).then(|| json!({ "text": "Hello" }));
        let (status, problem) = it.call(&guest, method, path, body).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{path}: {problem}");
    }
}

async fn those_that_need_an_answer_and_the_others_make_up_the_whole_list(it: &TestApp) {
    it.connected().await;
    let ids = [comment(it, "5_7").await, comment(it, "5_8").await, comment(it, "5_9").await];
    let ben = it.user("Ben", Role::Agent).await;
    it.post(&ben, &format!("/comments/{}/done", ids[1]), json!({})).await;
    let listed = async |query: &str| {
        let list = it.get(&ben, &format!("/comments?{query}")).await;
        let items = list["items"].as_array().unwrap().clone();
        let mut found: Vec<_> = items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect();
        found.sort();
        (found, list["next"].clone())
    };
    assert_eq!(listed("needs_answer=true").await.0, [ids[0].clone(), ids[2].clone()]);
    assert_eq!(listed("needs_answer=false").await.0, [ids[1].clone()]);
    let (first, next) = listed("needs_answer=true&limit=1").await;
    let (second, end) = listed(&format!("needs_answer=true&limit=1&cursor={}", next.as_str().unwrap())).await;
    assert!(first != second && end.is_null());
}
