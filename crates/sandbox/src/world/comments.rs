//! Comments on a Page's posts and posts of visitors, as the `feed` webhooks announced them.

use super::World;
use crate::clock::now_ms;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A comment or a visitor's post.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Comment {
    /// The Page that has it.
    pub page_id: String,
    /// Who wrote it.
    pub customer_id: String,
    /// Whether it is a post.
    pub is_post: bool,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Whether it has had its private reply.
    pub answered: bool,
}

impl World {
    /// Remembers what a `feed` change (§2.6) reports about a comment or a visitor's post: it exists, or no longer.
    pub fn record_feed_change(&mut self, page_id: &str, customer_id: &str, change: &Value) {
        let value = &change["value"];
        let is_post = value["item"] != "comment";
        let Some(id) = value[if is_post { "post_id" } else { "comment_id" }].as_str() else { return };
        match value["verb"].as_str() {
            Some("add") => {
                let at_ms = value["created_time"].as_i64().map_or_else(now_ms, |seconds| seconds * 1_000);
                self.comments.entry(id.to_owned()).or_insert(Comment {
                    page_id: page_id.to_owned(),
                    customer_id: customer_id.to_owned(),
                    is_post,
                    at_ms,
                    answered: false,
                });
            }
            Some("remove") => drop(self.comments.remove(id)),
            _ => {}
        }
    }

    /// Remembers a comment on a post of an Instagram account (`comments`, `live_comments`).
    pub fn record_instagram_comment(&mut self, account_id: &str, customer_id: &str, change: &Value) {
        let Some(id) = change["value"]["id"].as_str() else { return };
        self.comments.entry(id.to_owned()).or_insert(Comment {
            page_id: account_id.to_owned(),
            customer_id: customer_id.to_owned(),
            is_post: false,
            at_ms: now_ms(),
            answered: false,
        });
    }

    /// It is on its way: there is no second one.
    pub fn mark_replied(&mut self, id: &str) {
        if let Some(comment) = self.comments.get_mut(id) {
            comment.answered = true;
        }
    }
}
