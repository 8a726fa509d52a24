//! Comments on a Page's posts and posts of visitors, as Meta reported them, and the one private reply that each may
//! have. Supervisors read and answer them: a comment belongs to no queue and no agent.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::channel::Channel;
use serde::{Deserialize, Serialize};
use store::table::comment::{self, StoredComment};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, Paging, Path, Query};
use crate::web::problem::{Answer, Problem};
use engine::clock::rfc3339;
use engine::private_reply::{self, Reply};
use engine::view::{self, FailureView, MessageView};

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(all)).routes(routes!(comments)).routes(routes!(reply))
}

/// The kind of a comment.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum CommentKind {
    /// A comment below a post.
    Comment,
    /// A visitor's own post.
    Post,
}

/// A comment on a post of a Page, or a visitor's post.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Comment)]
struct CommentOut {
    /// Its id.
    id: String,
    /// Meta's Page id.
    page_id: String,
    /// The Page's name; empty if it is no longer connected.
    page_name: String,
    /// The channel that it was written on; null if the account no longer exists.
    #[schema(value_type = Option<engine::view::words::Channel>)]
    channel: Option<Channel>,
    /// Meta's id of the comment, or of the visitor's post.
    comment_id: String,
    /// A comment, or a visitor's post.
    kind: CommentKind,
    /// Meta's id of the post that it belongs to.
    post_id: Option<String>,
    /// Meta's id of the comment or post that it answers.
    parent_id: Option<String>,
    /// Meta's id of the author, which differs from the one in messages.
    from_id: Option<String>,
    /// The author's name.
    from_name: Option<String>,
    /// The text; null if it was removed.
    text: Option<String>,
    /// Where it can be seen.
    permalink: Option<String>,
    /// Whether it can be seen on the Page.
    state: domain::comment::State,
    /// When it was written.
    created_at: String,
    /// When its text was edited.
    edited_at: Option<String>,
    /// Until when its one private reply may be sent; null if it was sent, if it is too late, or if the comment was
    /// removed.
    reply_until: Option<String>,
    /// When its private reply was sent, or put into the outbox.
    replied_at: Option<String>,
    /// The message of that reply; without `replied_at`, the last attempt, which failed.
    reply_message_id: Option<String>,
    /// Its conversation; null if that was erased.
    reply_conversation_id: Option<String>,
    /// Its state.
    reply_status: Option<domain::message::Status>,
    /// Why it failed or is waiting.
    reply_error: Option<FailureView>,
}

fn shown(app: &App, it: StoredComment) -> CommentOut {
    let directory = app.directory();
    let account = directory.account(it.gateway, &it.page);
    let channel = account.map(|account| account.channel);
    let limit = channel.map_or(0, |channel| private_reply::limit(app, channel));
    let until = it.written_at.plus(limit);
    let may_reply = it.may_reply(app.clock.now(), limit).is_ok();
    let (reply, stands) = it.reply.map(|reply| (reply.message.to_string(), reply.stands)).unzip();
    let stands = stands.flatten();
    let page_name = account.map(|account| account.name.clone()).unwrap_or_default();
    CommentOut {
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
        reply_conversation_id: stands.as_ref().map(|(conversation, ..)| conversation.to_string()),
        reply_status: stands.as_ref().map(|(_, status, _)| *status),
        reply_error: stands.and_then(|(.., error)| error).map(FailureView::from),
    }
}

/// The filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only those in this state.
    #[param(value_type = Option<domain::comment::State>)]
    state: Option<String>,
    /// 1 to 200, else 50.
    limit: Option<i64>,
    /// The cursor of the page to continue with.
    cursor: Option<String>,
}

/// Comments on all Pages, newest first.
#[utoipa::path(get, path = "/comments", tag = "comments", params(Filter),
    responses((status = 200, body = Items<CommentOut>)))]
async fn all(State(app): State<App>, Query(filter): Query<Filter>) -> Answer<Json<Items<CommentOut>>> {
    list(&app, None, filter).await
}

/// Comments on a Page, newest first.
#[utoipa::path(get, path = "/pages/{page_id}/comments", tag = "comments", params(("page_id" = String, Path), Filter),
    responses((status = 200, body = Items<CommentOut>)))]
async fn comments(
    State(app): State<App>,
    Path(page): Path<String>,
    Query(filter): Query<Filter>,
) -> Answer<Json<Items<CommentOut>>> {
    if !app.directory().accounts.keys().any(|(_, known)| *known == page) {
        return Err(Problem::not_found("page"));
    }
    list(&app, Some(page), filter).await
}

async fn list(app: &App, page: Option<String>, filter: Filter) -> Answer<Json<Items<CommentOut>>> {
    let state = match filter.state.as_deref().filter(|word| !word.is_empty()) {
        None => None,
        Some(word) => Some(
            domain::comment::State::from_word(word)
                .ok_or_else(|| Problem::unreadable(format!("There is no state \"{word}\" of comments.")))?,
        ),
    };
    let paging = Paging { limit: filter.limit, cursor: filter.cursor };
    let limit = paging.limit()?;
    let place = paging.pair()?.unwrap_or((i64::MAX, i64::MAX));
    let mut found = comment::list(&app.store, page.as_deref(), state, place, limit + 1).await?;
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > size;
    found.truncate(size);
    let next = found.last().filter(|_| more).map(|last| format!("{}-{}", last.written_at.0, last.id));
    Ok(Json(Items { items: found.into_iter().map(|it| shown(app, it)).collect(), next }))
}

/// A private reply.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReplyIn {
    /// The text: at most 1,999 UTF-16 units, because it must fit into one message.
    text: String,
    /// The sender's own key for it, 1 to 64 characters. A repeated key returns the same message and sends nothing.
    client_id: Option<String>,
}

/// Replies privately to a comment: one message to its author, once, within 7 days. Returns the message.
#[utoipa::path(post, path = "/pages/{page_id}/comments/{comment_id}/reply", tag = "comments", request_body = ReplyIn,
    params(("page_id" = String, Path), ("comment_id" = String, Path, description = "`id` of the comment")),
    responses((status = 201, body = MessageView)))]
async fn reply(
    State(app): State<App>,
    who: Principal,
    Path((page, id)): Path<(String, String)>,
    Body(input): Body<ReplyIn>,
) -> Answer<(StatusCode, Json<MessageView>)> {
    let id: i64 = id.parse().map_err(|_| Problem::not_found("comment"))?;
    let reply = Reply { text: input.text, client_id: input.client_id };
    let stored = private_reply::send(&app, who.actor(), &page, id, &reply).await?;
    Ok((StatusCode::CREATED, Json(view::message(&app, stored).await?)))
}
