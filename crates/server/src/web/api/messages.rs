//! Messages of a conversation: the thread; sending, resending, withdrawing.

mod content;
mod reactions;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::id::{ConversationId, MessageId};
use domain::turn::Rescheduled;
use serde::{Deserialize, Serialize};
use store::table::message::{self, Place, Stored};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::content::SayIn;
use crate::app::App;
use crate::web::api::conversations::visible;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Paging, Path, Query};
use crate::web::problem::{Answer, Problem};
use engine::fields;
use engine::messages;
use engine::turns::TurnError;
use engine::view::{self, MessageView};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, say))
        .routes(routes!(retry))
        .routes(routes!(cancel))
        .routes(routes!(change))
        .routes(routes!(reactions::react))
}

/// The requested part of a thread.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Part {
    /// 1 to 200, else 50.
    limit: Option<i64>,
    /// The cursor of the page to continue with.
    cursor: Option<String>,
    /// The messages before this one, or before `end`.
    before: Option<String>,
}

/// A part of a thread, oldest first.
#[derive(Debug, Serialize, ToSchema)]
struct Thread {
    /// The messages.
    items: Vec<MessageView>,
    /// What to pass as `after` for newer messages, or null.
    next: Option<String>,
    /// What to pass as `before` for older ones, or null.
    previous: Option<String>,
}

/// The thread, oldest first.
#[utoipa::path(get, path = "/conversations/{id}/messages", tag = "messages", params(("id" = String, Path), Part),
    responses((status = 200, body = Thread)))]
async fn list(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ConversationId>,
    Query(part): Query<Part>,
) -> Answer<Json<Thread>> {
    visible(&app, &who, id).await?;
    let paging = Paging { limit: part.limit, cursor: part.cursor };
    let limit = paging.limit()?;
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    let Some(before) = part.before else {
        let from = paging.pair()?.map_or(Place::START, |(at, id)| Place { at, id });
        let mut found = message::after(&app.store, id, from, limit + 1).await?;
        let more = found.len() > size;
        found.truncate(size);
        let next = found.last().filter(|_| more).map(place);
        return Ok(Json(Thread { items: view::messages(&app, found).await?, next, previous: None }));
    };
    let from = if before == "end" {
        Place { at: i64::MAX, id: i64::MAX }
    } else {
        let known = before.parse::<MessageId>().map_err(|error| Problem::unreadable(error.to_string()))?;
        messages::in_thread(&app, id, known).await?.place()
    };
    let mut found = message::before(&app.store, id, from, limit + 1).await?;
    let more = found.len() > size;
    found.truncate(size);
    found.reverse();
    let previous = found.first().filter(|_| more).map(|first| first.message.id.to_string());
    Ok(Json(Thread { items: view::messages(&app, found).await?, next: None, previous }))
}

fn place(it: &Stored) -> String {
    format!("{}-{}", it.message.at.0, it.message.id.0)
}

/// Sends a message to the customer. It is stored and queued in one step, and sent in order.
#[utoipa::path(post, path = "/conversations/{id}/messages", tag = "messages", params(("id" = String, Path)), request_body = SayIn,
    responses((status = 201, body = MessageView)))]
async fn say(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ConversationId>,
    Body(input): Body<SayIn>,
) -> Answer<(StatusCode, Json<MessageView>)> {
    fields::check_client_id(input.client_id.as_deref())?;
    // A user who may send holds the conversation and so may see it: only other content and refusals need the check.
    if !input.is_plain_text() {
        visible(&app, &who, id).await?;
    }
    let content = input.content(&app, &who, id).await?;
    let stored = match messages::send(&app, who.actor(), id, content).await {
        Ok(stored) => stored,
        Err(refused) => {
            visible(&app, &who, id).await?;
            match refused {
                TurnError::Duplicate(before) => *before,
                refused => return Err(refused.into()),
            }
        }
    };
    Ok((StatusCode::CREATED, Json(view::message(&app, stored).await?)))
}

/// Resends a failed or uncertain message. For the agent who holds the conversation.
#[utoipa::path(post, path = "/conversations/{id}/messages/{message_id}/retry", tag = "messages",
    params(("id" = String, Path), ("message_id" = String, Path)),
    responses((status = 200, body = MessageView)))]
async fn retry(
    State(app): State<App>,
    who: Principal,
    Path((id, message_id)): Path<(ConversationId, MessageId)>,
) -> Answer<Json<MessageView>> {
    let conversation = visible(&app, &who, id).await?;
    let stored = messages::retry(&app, who.actor(), &conversation, message_id).await?;
    Ok(Json(view::message(&app, stored).await?))
}

/// Changes of a scheduled message.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MessageChange {
    /// Its new text, up to 20,000 characters.
    text: Option<String>,
    /// Its new time: a moment in the future, at most a year ahead.
    #[schema(format = DateTime)]
    send_at: Option<String>,
}

/// Changes the text or the time of a scheduled message. For its author, the agent who holds the conversation, and
/// supervisors.
#[utoipa::path(patch, path = "/conversations/{id}/messages/{message_id}", tag = "messages",
    params(("id" = String, Path), ("message_id" = String, Path)), request_body = MessageChange,
    responses((status = 200, body = MessageView)))]
async fn change(
    State(app): State<App>,
    who: Principal,
    Path((id, message_id)): Path<(ConversationId, MessageId)>,
    Body(input): Body<MessageChange>,
) -> Answer<Json<MessageView>> {
    visible(&app, &who, id).await?;
    let send_at = match input.send_at.as_deref() {
        Some(text) => Some(fields::moment_ahead("/send_at", text, app.clock.now())?),
        None => None,
    };
    let change = Rescheduled { text: input.text, send_at };
    let stored = messages::reschedule(&app, who.actor(), id, message_id, change).await?;
    Ok(Json(view::message(&app, stored).await?))
}

/// Withdraws a message that has not been sent. For the agent who holds the conversation.
#[utoipa::path(post, path = "/conversations/{id}/messages/{message_id}/cancel", tag = "messages",
    params(("id" = String, Path), ("message_id" = String, Path)),
    responses((status = 200, body = MessageView)))]
async fn cancel(
    State(app): State<App>,
    who: Principal,
    Path((id, message_id)): Path<(ConversationId, MessageId)>,
) -> Answer<Json<MessageView>> {
    visible(&app, &who, id).await?;
    let stored = messages::cancel(&app, who.actor(), id, message_id).await?;
    Ok(Json(view::message(&app, stored).await?))
}
