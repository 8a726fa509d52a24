//! Messages of a conversation: the thread, what an agent says, another try, a second thought.

mod reactions;
mod words;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::id::{ConversationId, MessageId};
use domain::message::Status;
use domain::outbound::Speaker;
use domain::turn::Refusal;
use domain::window::{Permit, may_send, window};
use serde::{Deserialize, Serialize};
use store::table::message::{self, Stored};
use store::table::{comment, contact, outbox, record};
use store::{Batch, values};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::words::SayIn;
use crate::app::App;
use crate::web::api::comments;
use crate::web::api::conversations::visible;
use crate::web::auth::Who;
use crate::web::extract::{Body, Paging, Path, Query};
use crate::web::problem::{Answer, Problem, ProblemShape};
use engine::clock::now;
use engine::desk::{self, TurnError};
use engine::settle;
use engine::view::{self, MessageView};

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, say))
        .routes(routes!(retry))
        .routes(routes!(cancel))
        .routes(routes!(reactions::react))
}

/// What a thread is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Part {
    /// 1 to 200, else 50.
    limit: Option<i64>,
    /// Where to go on from.
    cursor: Option<String>,
    /// The messages before this one, or before `end`.
    before: Option<String>,
}

/// A part of a thread, oldest first.
#[derive(Debug, Serialize, ToSchema)]
struct Thread {
    /// The messages.
    items: Vec<MessageView>,
    /// Where the newer rest begins, or null.
    next: Option<String>,
    /// What to pass as `before` for older ones, or null.
    previous: Option<String>,
}

/// The thread, oldest first.
#[utoipa::path(get, path = "/conversations/{id}/messages", tag = "messages", params(("id" = String, Path), Part),
    responses((status = 200, body = Thread), (status = 404, body = ProblemShape)))]
async fn list(
    State(app): State<App>,
    who: Who,
    Path(id): Path<ConversationId>,
    Query(part): Query<Part>,
) -> Answer<Json<Thread>> {
    visible(&app, &who, id).await?;
    let paging = Paging { limit: part.limit, cursor: part.cursor };
    let limit = paging.limit()?;
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    let Some(before) = part.before else {
        let (at, last) = paging.pair()?.unwrap_or((i64::MIN, 0));
        let rows = app.store.rows(message::AFTER, values![id, at, last, limit + 1]).await?;
        let mut found: Vec<_> = rows.iter().map(message::from_row).collect();
        let more = found.len() > size;
        found.truncate(size);
        let next = found.last().filter(|_| more).map(place);
        return Ok(Json(Thread { items: view::messages(&app, found).await?, next, previous: None }));
    };
    let (at, last) = if before == "end" {
        (i64::MAX, i64::MAX)
    } else {
        let known = before.parse::<MessageId>().map_err(|error| Problem::unreadable(error.to_string()))?;
        let it = in_thread(&app, id, known).await?.message;
        (it.at.0, it.id.0)
    };
    let rows = app.store.rows(message::BEFORE, values![id, at, last, limit + 1]).await?;
    let mut found: Vec<_> = rows.iter().map(message::from_row).collect();
    let more = found.len() > size;
    found.truncate(size);
    found.reverse();
    let previous = found.first().filter(|_| more).map(|first| first.message.id.to_string());
    Ok(Json(Thread { items: view::messages(&app, found).await?, next: None, previous }))
}

fn place(it: &Stored) -> String {
    format!("{}-{}", it.message.at.0, it.message.id.0)
}

async fn in_thread(app: &App, conversation: ConversationId, id: MessageId) -> Answer<Stored> {
    let row = app.store.row(message::BY_ID, values![id]).await?;
    row.map(|row| message::from_row(&row))
        .filter(|it| it.message.conversation == conversation)
        .ok_or_else(|| Problem::not_found("message"))
}

/// Says something to the customer. It is stored and queued in one step, and leaves in order.
#[utoipa::path(post, path = "/conversations/{id}/messages", tag = "messages", params(("id" = String, Path)), request_body = SayIn,
    responses((status = 201, body = MessageView), (status = 404, body = ProblemShape), (status = 409, body = ProblemShape), (status = 422, body = ProblemShape)))]
async fn say(
    State(app): State<App>,
    who: Who,
    Path(id): Path<ConversationId>,
    Body(input): Body<SayIn>,
) -> Answer<(StatusCode, Json<MessageView>)> {
    let conversation = visible(&app, &who, id).await?;
    if input.client_id.as_ref().is_some_and(|key| key.is_empty() || key.chars().count() > 64) {
        return Err(Problem::field("/client_id", "client_id has 1 to 64 characters."));
    }
    if let Some(known) = said_before(&app, id, input.client_id.as_deref()).await? {
        return Ok((StatusCode::CREATED, Json(view::message(&app, known).await?)));
    }
    let client_id = input.client_id.clone();
    let words = input.words(&app, &who, id).await?;
    let identity = contact::by_id(&app.store, conversation.identity).await?;
    let human_agent = view::human_agent(&app.directory(), conversation.gateway);
    let said = desk::turn(&app, id, |turn| {
        let message = turn.say_as_agent(who.actor(), words.clone())?;
        let window = window(identity.as_ref().and_then(|identity| identity.last_user_at), human_agent);
        match may_send(now(), &window, Speaker::Agent) {
            Permit::Closed { reason, opens } => Err(Refusal(format!("{reason} {opens}"))),
            _ => Ok(message),
        }
    })
    .await;
    let message = match said {
        Ok((_, message)) => message,
        // The same key at the same moment: the other one was quicker, and it is the same message.
        Err(TurnError::Busy) => {
            let known = said_before(&app, id, client_id.as_deref()).await?;
            let known = known.ok_or_else(|| Problem::from(TurnError::Busy))?;
            return Ok((StatusCode::CREATED, Json(view::message(&app, known).await?)));
        }
        Err(error) => return Err(error.into()),
    };
    let stored = in_thread(&app, id, message).await?;
    Ok((StatusCode::CREATED, Json(view::message(&app, stored).await?)))
}

async fn said_before(app: &App, id: ConversationId, key: Option<&str>) -> Result<Option<Stored>, store::Error> {
    let Some(key) = key else { return Ok(None) };
    let row = app.store.row(message::BY_CLIENT_ID, values![id, key]).await?;
    Ok(row.map(|row| message::from_row(&row)))
}

/// Sends a failed or uncertain message again.
#[utoipa::path(post, path = "/conversations/{id}/messages/{message_id}/retry", tag = "messages",
    params(("id" = String, Path), ("message_id" = String, Path)),
    responses((status = 200, body = MessageView), (status = 404, body = ProblemShape), (status = 409, body = ProblemShape)))]
async fn retry(
    State(app): State<App>,
    who: Who,
    Path((id, message_id)): Path<(ConversationId, MessageId)>,
) -> Answer<Json<MessageView>> {
    let conversation = visible(&app, &who, id).await?;
    let it = in_thread(&app, id, message_id).await?.message;
    if !matches!(it.status, Status::Failed | Status::Uncertain) {
        return Err(Problem::conflict("Only a message that failed, or may not have left, can be sent again."));
    }
    let on_its_way = || Problem::conflict("A part of it is on its way right now: wait a moment, then look again.");
    let waiting = outbox::of_message(&app.store, message_id).await?;
    if waiting.iter().any(|part| part.state == "sending") {
        return Err(on_its_way());
    }
    let rows = app.store.rows(message::PARTS_LEFT, values![message_id]).await?;
    let mut keep: Vec<i64> = rows.iter().map(|row| row.int(0)).collect();
    let mut batch = Batch::new();
    if let Some(comment) = &it.extra.comment {
        comments::take_again(&app, &mut batch, &conversation.page, comment, message_id).await?;
    }
    batch.must(message::AGAIN, values![message_id, it.status.word()]);
    for part in waiting {
        // Whoever tries a failed one again was not asked about a part that may have left: it stays as it is.
        if it.status == Status::Failed && part.state != "queued" {
            keep.push(part.part_no);
        } else {
            batch.must(outbox::REPLACE, values![part.id, &part.state]);
        }
    }
    record::again(&mut batch, &conversation, &it, &keep, &mut app.id_source(), now());
    match app.store.commit(batch).await {
        Err(store::CommitError::Conflict) => return Err(on_its_way()),
        other => other?,
    };
    let stored = in_thread(&app, id, message_id).await?;
    Ok(Json(view::message(&app, stored).await?))
}

/// Withdraws a message that has not left.
#[utoipa::path(post, path = "/conversations/{id}/messages/{message_id}/cancel", tag = "messages",
    params(("id" = String, Path), ("message_id" = String, Path)),
    responses((status = 200, body = MessageView), (status = 404, body = ProblemShape), (status = 409, body = ProblemShape)))]
async fn cancel(
    State(app): State<App>,
    who: Who,
    Path((id, message_id)): Path<(ConversationId, MessageId)>,
) -> Answer<Json<MessageView>> {
    visible(&app, &who, id).await?;
    let it = in_thread(&app, id, message_id).await?.message;
    let parts = outbox::of_message(&app.store, message_id).await?;
    let waits = it.status == Status::Queued
        && parts.len() == usize::try_from(it.extra.parts).unwrap_or(0)
        && parts.iter().all(|part| part.state == "queued");
    let mut batch = Batch::new();
    for part in &parts {
        batch.must(outbox::WITHDRAW, values![part.id]);
    }
    batch.must(message::CANCEL, values![message_id]);
    if it.extra.comment.is_some() {
        batch.push(comment::RETURN_REPLY, values![message_id]);
    }
    settle::changed(&mut batch, id, message_id);
    batch.ring(store::Bell::Outbox);
    let committed = if waits { app.store.commit(batch).await.map(|_| true) } else { Ok(false) };
    match committed {
        Ok(true) => {}
        Ok(false) | Err(store::CommitError::Conflict) => {
            return Err(Problem::conflict("It is on its way or has left: it cannot be withdrawn any more."));
        }
        Err(error) => return Err(error.into()),
    }
    let stored = in_thread(&app, id, message_id).await?;
    Ok(Json(view::message(&app, stored).await?))
}
