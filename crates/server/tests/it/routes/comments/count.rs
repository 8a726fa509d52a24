//! `GET /comments/count`

use serde_json::json;

use crate::app::TestApp;
use crate::routes::comment;
use crate::routes::comments::{reply, waiting};
use crate::routes::on_both_engines;

on_both_engines! {
    only_comments_that_can_still_be_answered_are_counted
}

async fn only_comments_that_can_still_be_answered_are_counted(it: &TestApp) {
    let (ben, first) = waiting(it).await;
    let second = comment(it, "5_8").await;
    comment(it, "5_9").await;
    let counted = async || it.get(&ben, "/comments/count").await["needs_answer"].clone();
    assert_eq!(counted().await, json!(3));
    reply(it, &ben, &first).await;
    assert_eq!(counted().await, json!(2), "one has its private reply");
    it.post(&ben, &format!("/comments/{second}/done"), json!({})).await;
    assert_eq!(counted().await, json!(1), "one is done");
    it.clock.advance(8 * domain::time::DAY);
    assert_eq!(counted().await, json!(0), "it is too late for the last one");
}
