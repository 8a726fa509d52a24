//! `POST /me/presence`

use domain::role::Role;
use domain::time::SECOND;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;
use crate::fixture::Screen;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_beats_stays_and_who_does_not_is_lost_after_a_minute() {
    let it = TestApp::start().await;
    let (ben, sue) = (it.user("Ben", Role::Agent).await, it.user("Sue", Role::Agent).await);
    let _screens = (Screen::open(&it, &ben).await, Screen::open(&it, &sue).await);
    it.online(&ben).await;
    it.online(&sue).await;
    it.clock.advance(50 * SECOND);
    let (status, _) = it.call(&ben, Method::POST, "/me/presence", Some(json!({}))).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    it.clock.advance(20 * SECOND);
    let lost = async || (it.get(&sue, "/me").await["status"]["reason"] == "lost").then_some(());
    it.until("Sue to be lost", lost).await;
    assert_eq!(it.get(&ben, "/me").await["status"]["status"], "online");
    it.stop().await;
}
