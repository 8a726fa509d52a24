//! `GET /pages/{page_id}/comments`

use domain::role::Role;
use reqwest::{Method, StatusCode};

use crate::app::{LAVKA, TestApp};
use crate::routes::comment;
use crate::routes::on_both_engines;

on_both_engines! {
    the_comments_of_one_page_are_listed
}

async fn the_comments_of_one_page_are_listed(it: &TestApp) {
    it.connected().await;
    comment(it, "5_7").await;
    let sue = it.user("Sue", Role::Supervisor).await;
    let list = it.get(&sue, &format!("/pages/{LAVKA}/comments")).await;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(list["items"][0]["comment_id"], "5_7");
    assert_eq!(it.call(&sue, Method::GET, "/pages/1/comments", None).await.0, StatusCode::NOT_FOUND);
}
