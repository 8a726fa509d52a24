//! `DELETE /entry-points/{id}`

use reqwest::{Method, StatusCode};

use crate::app::TestApp;
use crate::routes::on_both_engines;

use super::{made, path};

on_both_engines! {
    a_deleted_one_is_gone
}

async fn a_deleted_one_is_gone(it: &TestApp) {
    it.connected().await;
    let made = made(it).await;
    assert_eq!(it.call(&it.admin, Method::DELETE, &path(&made), None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(it.call(&it.admin, Method::DELETE, &path(&made), None).await.0, StatusCode::NOT_FOUND);
}
