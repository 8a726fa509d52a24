//! Comments on the accounts' posts, as a viewer sees them.

use std::collections::HashSet;

use domain::channel::Channel;
use domain::id::ConversationId;
use domain::visibility::Viewer;
use serde::Serialize;
use store::table::comment::{self, StoredComment};
use utoipa::ToSchema;

use super::FailureView;
use crate::clock::rfc3339;
use crate::engine::Engine;
use crate::private_reply;

/// The kind of a comment.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CommentKind {
    /// A comment below a post.
    Comment,
    /// A visitor's own post.
    Post,
}

/// A comment on a post of a Page, or a visitor's post.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Comment)]
pub struct CommentView {
    /// Its id.
    pub id: String,
    /// Meta's Page id.
    pub page_id: String,
    /// The Page's name; empty if it is no longer connected.
    pub page_name: String,
    /// The channel that it was written on; null if the account no longer exists.
    #[schema(value_type = Option<super::words::Channel>)]
    pub channel: Option<Channel>,
    /// Meta's id of the comment, or of the visitor's post.
    pub comment_id: String,
    /// A comment, or a visitor's post.
    pub kind: CommentKind,
    /// Meta's id of the post that it belongs to.
    pub post_id: Option<String>,
    /// Meta's id of the comment or post that it answers.
    pub parent_id: Option<String>,
    /// Meta's id of the author, which differs from the one in messages.
    pub from_id: Option<String>,
    /// The author's name.
    pub from_name: Option<String>,
    /// The text; null if it was removed.
    pub text: Option<String>,
    /// Where it can be seen.
    pub permalink: Option<String>,
    /// Whether it can be seen on the Page.
    pub state: domain::comment::State,
    /// When it was written.
    pub created_at: String,
    /// When its text was edited.
    pub edited_at: Option<String>,
    /// Until when its one private reply may be sent; null if it was sent, if it is too late, or if the comment was
    /// removed.
    pub reply_until: Option<String>,
    /// When its private reply was sent, or put into the outbox.
    pub replied_at: Option<String>,
    /// The message of that reply; without `replied_at`, the last attempt, which failed.
    pub reply_message_id: Option<String>,
    /// Its conversation; null if that was erased, or if the user has no access to it.
    pub reply_conversation_id: Option<String>,
    /// Its state.
    pub reply_status: Option<domain::message::Status>,
    /// Why it failed or is waiting.
    pub reply_error: Option<FailureView>,
    /// Whether it waits for an answer that can still be given: it has no reply, and no agent marked it as done.
    pub needs_answer: bool,
    /// When an agent marked it as done.
    pub done_at: Option<String>,
    /// The name of that agent.
    pub done_by: Option<String>,
}

/// Comments as a viewer sees them.
pub async fn comments(
    app: &Engine,
    viewer: &Viewer,
    stored: Vec<StoredComment>,
) -> Result<Vec<CommentView>, store::Error> {
    let seen = comment::seen_conversations(&app.store, &stored, viewer).await?;
    Ok(stored.into_iter().map(|it| shown(app, &seen, it)).collect())
}

fn shown(app: &Engine, seen: &HashSet<ConversationId>, it: StoredComment) -> CommentView {
    let directory = app.directory();
    let account = directory.account(it.gateway, &it.page);
    let channel = account.map(|account| account.channel);
    let limit = channel.map_or(0, |channel| private_reply::limit(app, channel));
    let until = it.written_at.plus(limit);
    let may_reply = it.may_reply(app.clock.now(), limit).is_ok();
    let (reply, outcome) = it.reply.map(|reply| (reply.message.to_string(), reply.stands)).unzip();
    let outcome = outcome.flatten();
    let conversation = outcome.as_ref().map(|(conversation, ..)| *conversation);
    let page_name = account.map(|account| account.name.clone()).unwrap_or_default();
    let (done_at, done_by) = it.done.unzip();
    CommentView {
        id: it.id.to_string(),
        page_name,
        channel,
        page_id: it.page,
        comment_id: it.comment,
        kind: if it.is_post { CommentKind::Post } else { CommentKind::Comment },
        post_id: it.post,
        parent_id: it.parent,
        from_id: it.from_id,
        from_name: it.from_name,
        text: it.text,
        permalink: it.link,
        state: it.state,
        created_at: rfc3339(it.written_at),
        edited_at: it.edited_at.map(rfc3339),
        reply_until: may_reply.then(|| rfc3339(until)),
        replied_at: it.replied_at.map(rfc3339),
        reply_message_id: reply,
        reply_conversation_id: conversation.filter(|id| seen.contains(id)).map(|id| id.to_string()),
        reply_status: outcome.as_ref().map(|(_, status, _)| *status),
        reply_error: outcome.and_then(|(.., error)| error).map(FailureView::from),
        needs_answer: may_reply && done_at.is_none(),
        done_at: done_at.map(rfc3339),
        done_by: done_by.flatten(),
    }
}
