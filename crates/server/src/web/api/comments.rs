//! Comments on a Page's posts and posts of visitors, as Meta reported them, and the one private reply that each may
//! have. Who sees them is `domain::visibility::Viewer::sees_comments`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use engine::comments::{self, CommentThread, Wanted};
use engine::private_reply::{self, Reply};
use engine::view::{self, CommentView, MessageView};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::{self, Principal};
use crate::web::extract::{Body, Items, Paging, Path, Query};
use crate::web::problem::{Answer, Problem};

/// The routes.
pub fn routes(app: &App) -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(all))
        .routes(routes!(count))
        .routes(routes!(one))
        .routes(routes!(done))
        .routes(routes!(reopen))
        .routes(routes!(of_page))
        .routes(routes!(reply))
        .route_layer(from_fn_with_state(app.clone(), auth::comments))
}

/// The filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only those in this state.
    #[param(value_type = Option<domain::comment::State>)]
    state: Option<String>,
    /// Only those that wait for an answer that can still be given; false for only the others.
    needs_answer: Option<bool>,
    /// 1 to 200, else 50.
    limit: Option<i64>,
    /// The cursor of the page to continue with.
    cursor: Option<String>,
}

/// Comments on all Pages, newest first.
#[utoipa::path(get, path = "/comments", tag = "comments", params(Filter),
    responses((status = 200, body = Items<CommentView>)))]
async fn all(
    State(app): State<App>,
    who: Principal,
    Query(filter): Query<Filter>,
) -> Answer<Json<Items<CommentView>>> {
    list(&app, &who, None, filter).await
}

/// Comments on a Page, newest first.
#[utoipa::path(get, path = "/pages/{page_id}/comments", tag = "comments", params(("page_id" = String, Path), Filter),
    responses((status = 200, body = Items<CommentView>)))]
async fn of_page(
    State(app): State<App>,
    who: Principal,
    Path(page): Path<String>,
    Query(filter): Query<Filter>,
) -> Answer<Json<Items<CommentView>>> {
    if !app.directory().accounts.keys().any(|(_, known)| *known == page) {
        return Err(Problem::not_found("page"));
    }
    list(&app, &who, Some(&page), filter).await
}

async fn list(app: &App, who: &Principal, page: Option<&str>, filter: Filter) -> Answer<Json<Items<CommentView>>> {
    let state = match filter.state.as_deref().filter(|word| !word.is_empty()) {
        None => None,
        Some(word) => Some(
            domain::comment::State::from_word(word)
                .ok_or_else(|| Problem::unreadable(format!("There is no state \"{word}\" of comments.")))?,
        ),
    };
    let wanted = Wanted { page, state, needs_answer: filter.needs_answer };
    let paging = Paging { limit: filter.limit, cursor: filter.cursor };
    let (items, next) = comments::list(app, &who.viewer(app), wanted, paging.pair()?, paging.limit()?).await?;
    Ok(Json(Items { items, next }))
}

/// How many comments there are.
#[derive(Debug, Serialize, ToSchema)]
struct CommentCount {
    /// Those that wait for an answer that can still be given.
    needs_answer: i64,
}

/// How many comments wait for an answer.
#[utoipa::path(get, path = "/comments/count", tag = "comments", responses((status = 200, body = CommentCount)))]
async fn count(State(app): State<App>) -> Answer<Json<CommentCount>> {
    Ok(Json(CommentCount { needs_answer: comments::count(&app).await? }))
}

/// A comment, with the post and the comment that it answers if they are known.
#[utoipa::path(get, path = "/comments/{id}", tag = "comments", params(("id" = String, Path)),
    responses((status = 200, body = CommentThread)))]
async fn one(State(app): State<App>, who: Principal, Path(id): Path<String>) -> Answer<Json<CommentThread>> {
    Ok(Json(comments::one(&app, &who.viewer(&app), number(&id)?).await?))
}

/// Marks a comment as done: it needs no answer, or got one elsewhere. Returns the comment.
#[utoipa::path(post, path = "/comments/{id}/done", tag = "comments", params(("id" = String, Path)),
    responses((status = 200, body = CommentView)))]
async fn done(State(app): State<App>, who: Principal, Path(id): Path<String>) -> Answer<Json<CommentView>> {
    Ok(Json(comments::finish(&app, &who.viewer(&app), number(&id)?).await?))
}

/// Takes back that a comment was marked as done. Returns the comment.
#[utoipa::path(post, path = "/comments/{id}/reopen", tag = "comments", params(("id" = String, Path)),
    responses((status = 200, body = CommentView)))]
async fn reopen(State(app): State<App>, who: Principal, Path(id): Path<String>) -> Answer<Json<CommentView>> {
    Ok(Json(comments::reopen(&app, &who.viewer(&app), number(&id)?).await?))
}

fn number(id: &str) -> Answer<i64> {
    id.parse().map_err(|_| Problem::not_found("comment"))
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

/// Replies privately to a comment: one message to its author, once, within 7 days. Returns the message. If an agent
/// sends it, the conversation is theirs and waits for the author.
#[utoipa::path(post, path = "/pages/{page_id}/comments/{comment_id}/reply", tag = "comments", request_body = ReplyIn,
    params(("page_id" = String, Path), ("comment_id" = String, Path, description = "`id` of the comment")),
    responses((status = 201, body = MessageView)))]
async fn reply(
    State(app): State<App>,
    who: Principal,
    Path((page, id)): Path<(String, String)>,
    Body(input): Body<ReplyIn>,
) -> Answer<(StatusCode, Json<MessageView>)> {
    let reply = Reply { text: input.text, client_id: input.client_id, is_agent: who.user.agent };
    let stored = private_reply::send(&app, who.actor(), &page, number(&id)?, &reply).await?;
    Ok((StatusCode::CREATED, Json(view::message(&app, stored).await?)))
}
