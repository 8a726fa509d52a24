//! `changes`: comments below posts, reels and live videos, and mentions in other people's posts (meta-platform.md §2.7).
//! Meta reports that they were written; edits and removals have no event.

use domain::inbound::{Comment, InboundEvent, Verb};
use domain::not_applied::NotApplied;
use serde_json::Value;

use crate::meta::messaging::rare::text;
use crate::meta::messaging::shown;
use crate::meta::messaging::wire::Change;

/// Reads a change of the account with the id `account`.
pub(super) fn read(account: &str, change: &Change) -> InboundEvent {
    let field = change.field.get().unwrap_or("?");
    let value = &change.value;
    if value.get("sender").is_some_and(Value::is_object) || value.get("recipient").is_some_and(Value::is_object) {
        return NotApplied::TestSample { field: shown(field).into() }.into();
    }
    match field {
        "comments" | "live_comments" => comment(account, value),
        "mentions" => mention(value),
        "story_insights" => NotApplied::StoryFigures {}.into(),
        other => NotApplied::AccountChange { field: shown(other).into() }.into(),
    }
}

fn comment(account: &str, value: &Value) -> InboundEvent {
    let writer = value.get("from");
    let from = writer.and_then(|from| Some((text(from, "id")?, text(from, "username").or(text(from, "name")))));
    // With Instagram Login the account's own comments have its other id in this key.
    let by_us = writer.is_some_and(|from| from.get("self_ig_scoped_id").is_some_and(|id| !id.is_null()));
    if by_us || from.as_ref().is_some_and(|(id, _)| id == account) {
        return NotApplied::OwnComment {}.into();
    }
    let Some(id) = text(value, "id").or_else(|| text(value, "comment_id")) else {
        return NotApplied::CommentWithoutId {}.into();
    };
    let post = value.get("media").and_then(|media| text(media, "id")).or_else(|| text(value, "media_id"));
    InboundEvent::Commented(Comment {
        verb: Verb::Added,
        id,
        is_post: false,
        post,
        parent: text(value, "parent_id"),
        from,
        text: text(value, "text"),
        link: None,
        written_at: None,
    })
}

/// Someone mentions the account in a comment, or in the caption of their own post. Meta includes neither the person
/// nor the text.
fn mention(value: &Value) -> InboundEvent {
    let (comment, post) = (text(value, "comment_id"), text(value, "media_id"));
    let is_post = comment.is_none();
    let Some(id) = comment.or_else(|| post.clone()) else {
        return NotApplied::MentionOfNothing {}.into();
    };
    InboundEvent::Commented(Comment {
        verb: Verb::Added,
        id,
        is_post,
        post,
        parent: None,
        from: None,
        text: None,
        link: None,
        written_at: None,
    })
}
