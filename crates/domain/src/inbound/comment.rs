//! Comments below posts, and the posts of visitors.

use serde::{Deserialize, Serialize};

use crate::time::Micros;

/// A comment below a post of a page, or a post of a visitor. Its author is not a customer yet: their id here is not
/// their id in messages (meta-platform.md §2.6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// What happened to it.
    pub verb: Verb,
    /// The channel's id of it: of the comment, or of the visitor's post.
    pub id: String,
    /// Whether it is a visitor's post.
    pub is_post: bool,
    /// The post to which it belongs.
    pub post: Option<String>,
    /// The comment or post that it answers.
    pub parent: Option<String>,
    /// The author: id and name.
    pub from: Option<(String, Option<String>)>,
    /// The comment's text.
    pub text: Option<String>,
    /// Where it can be seen.
    pub link: Option<String>,
    /// When it was written.
    pub written_at: Option<Micros>,
}

/// What happened to a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// It is new.
    Added,
    /// The text was changed.
    Edited,
    /// It was removed.
    Removed,
    /// Others can no longer see it.
    Hidden,
    /// Others can see it again.
    Shown,
}
