//! Comments on a Page's posts and posts of visitors: what the one private reply to each is checked by (§3.5, §6.3).

use crate::clock::now_ms;
use crate::graph::error::GraphError;
use crate::world::World;
use serde_json::Value;

/// How long after a comment its private reply is taken.
const REPLY_WITHIN_MS: i64 = 7 * 86_400_000;

/// A comment or a visitor's post.
#[derive(Debug)]
pub struct Comment {
    /// The Page on which it stands.
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
    /// Remembers what a `feed` change (§2.6) tells of a comment or a visitor's post: it is there, or not any more.
    pub fn feed_told(&mut self, page_id: &str, customer_id: &str, change: &Value) {
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

    /// Whom a private reply reaches, if it may be sent: once ever, within seven days by the thread's clock, from the Page
    /// on which the comment stands.
    pub fn private_reply(&mut self, page_id: &str, id: &str, is_post: bool) -> Result<String, GraphError> {
        let refusal = || GraphError::new(100, "(#100) The private reply is invalid or was used").subcode(2534025);
        let comment = self.comments.get(id).filter(|it| it.page_id == page_id && it.is_post == is_post);
        let comment = comment.filter(|it| !it.answered).ok_or_else(refusal)?;
        let (at, customer) = (comment.at_ms, comment.customer_id.clone());
        let shift = self.thread(page_id, &customer).shift_ms;
        if now_ms() + shift - at > REPLY_WITHIN_MS { Err(refusal()) } else { Ok(customer) }
    }

    /// It is on its way: there is no second one.
    pub fn privately_replied(&mut self, id: &str) {
        if let Some(comment) = self.comments.get_mut(id) {
            comment.answered = true;
        }
    }
}
