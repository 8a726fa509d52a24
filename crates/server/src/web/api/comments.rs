//! Comments on the posts of a Page and posts of visitors, as Meta reported them.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use store::table::comment::{self, Kept, REPLY_WITHIN};
use store::values;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::clock::{now, rfc3339};
use crate::web::extract::{Items, Paging, Path, Query};
use crate::web::problem::{Answer, Problem, ProblemShape};

/// The states of a comment.
const STATES: [&str; 3] = ["shown", "hidden", "removed"];

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(comments))
}

/// A comment on a post of a Page, or a visitor's post.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Comment)]
struct CommentOut {
    /// Its id.
    id: String,
    /// Meta's Page id.
    page_id: String,
    /// Meta's id of the comment; of a visitor's post the post's.
    comment_id: String,
    /// `comment` or `post`.
    kind: &'static str,
    /// Meta's id of the post below which it stands.
    post_id: Option<String>,
    /// Meta's id of what it answers.
    parent_id: Option<String>,
    /// Who wrote it: Meta's id, which is not the one in messages.
    from_id: Option<String>,
    /// The writer's name.
    from_name: Option<String>,
    /// The words; null once it is removed.
    text: Option<String>,
    /// Where it can be seen.
    permalink: Option<String>,
    /// `shown`, `hidden` or `removed`.
    state: String,
    /// When it was written.
    created_at: String,
    /// When its words were changed.
    edited_at: Option<String>,
    /// Until when its one private reply may be sent; null if it was sent, is too late, or the comment is gone.
    reply_until: Option<String>,
    /// When its private reply was sent.
    replied_at: Option<String>,
    /// The message that this was.
    reply_message_id: Option<String>,
}

fn view(it: Kept) -> CommentOut {
    let until = it.written_at.plus(REPLY_WITHIN);
    let may_reply = it.replied_at.is_none() && it.state != "removed" && until > now();
    CommentOut {
        id: it.id.to_string(),
        page_id: it.page,
        comment_id: it.comment,
        kind: if it.is_post { "post" } else { "comment" },
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
        reply_message_id: it.reply.map(|id| id.to_string()),
    }
}

/// What the list is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// `shown`, `hidden` or `removed`; all if it is not given.
    state: Option<String>,
    /// 1 to 200, else 50.
    limit: Option<i64>,
    /// Where to go on from.
    cursor: Option<String>,
}

/// Comments on a Page, newest first.
#[utoipa::path(get, path = "/pages/{page_id}/comments", tag = "comments", params(("page_id" = String, Path), Filter),
    responses((status = 200, body = Items<CommentOut>), (status = "4XX", body = ProblemShape)))]
async fn comments(
    State(app): State<App>,
    Path(page): Path<String>,
    Query(filter): Query<Filter>,
) -> Answer<Json<Items<CommentOut>>> {
    let state = filter.state.unwrap_or_default();
    if !state.is_empty() && !STATES.contains(&state.as_str()) {
        return Err(Problem::unreadable(format!("There is no state \"{state}\" of comments.")));
    }
    if !app.directory().pages.keys().any(|(_, known)| *known == page) {
        return Err(Problem::not_found("page"));
    }
    let paging = Paging { limit: filter.limit, cursor: filter.cursor };
    let limit = paging.limit()?;
    let (before, id) = paging.pair()?.unwrap_or((i64::MAX, i64::MAX));
    let rows = app.store.rows(comment::OF_PAGE, values![page, before, id, limit + 1, state]).await?;
    let mut found: Vec<Kept> = rows.iter().map(comment::from_row).collect();
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > size;
    found.truncate(size);
    let next = found.last().filter(|_| more).map(|last| format!("{}-{}", last.written_at.0, last.id));
    Ok(Json(Items { items: found.into_iter().map(view).collect(), next }))
}
