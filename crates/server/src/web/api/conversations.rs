//! Single conversations, and what agents do with them. Lists of them are in `conversation_list`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::conversation::Conversation;
use domain::id::{ConversationId, FlowId, QueueId, UserId};
use domain::role::Permission;
use serde::{Deserialize, Serialize};
use store::table::conversation;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::api::conversation_list;
use crate::web::auth::Principal;
use crate::web::extract::{Body, OptionalBody, Path};
use crate::web::problem::{Answer, Problem};
use engine::conversation_start::{self, NewConversation};
use engine::conversations::{self, Destination};
use engine::fields;
use engine::mentions;
use engine::named;
use engine::turns::play;
use engine::view::{self, ConversationView};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(conversation_list::routes())
        .routes(routes!(one))
        .routes(routes!(accept))
        .routes(routes!(decline))
        .routes(routes!(offer_shown))
        .routes(routes!(close))
        .routes(routes!(closing_text))
        .routes(routes!(reopen))
        .routes(routes!(take))
        .routes(routes!(note))
        .routes(routes!(read))
}

/// Not for guests: conversations cannot leave an isolated queue.
pub fn transfer_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(transfer))
}

/// Starting conversations. Not for guests.
pub fn start_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(start))
}

/// Starts a conversation with a template, or sends it in the one that the same agent holds. Only WhatsApp has message
/// templates.
#[utoipa::path(post, path = "/conversations", tag = "conversations", request_body = NewConversation,
    responses((status = 201, body = ConversationView)))]
async fn start(
    State(app): State<App>,
    who: Principal,
    Body(new): Body<NewConversation>,
) -> Answer<(StatusCode, Json<ConversationView>)> {
    fields::check_client_id(new.client_id.as_deref())?;
    let id = conversation_start::start(&app, who.actor(), &new).await?;
    let it = conversation::by_id(&app.store, id).await?.ok_or_else(|| Problem::not_found("conversation"))?;
    let shown = answer(&app, &it).await?;
    Ok((StatusCode::CREATED, shown))
}

/// A conversation that the user may see, or 404.
pub async fn visible(app: &App, who: &Principal, id: ConversationId) -> Answer<Conversation> {
    let it = conversation::by_id(&app.store, id).await?;
    match it {
        Some(it) if who.sees(app, &it).await? => Ok(it),
        _ => Err(Problem::not_found("conversation")),
    }
}

/// One conversation.
#[utoipa::path(get, path = "/conversations/{id}", tag = "conversations", params(("id" = String, Path)),
    responses((status = 200, body = ConversationView)))]
async fn one(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ConversationId>,
) -> Answer<Json<ConversationView>> {
    let it = visible(&app, &who, id).await?;
    Ok(Json(view::conversation(&app, &it).await?))
}

async fn answer(app: &App, it: &Conversation) -> Answer<Json<ConversationView>> {
    Ok(Json(view::conversation(app, it).await?))
}

/// Accepts the offered conversation.
#[utoipa::path(post, path = "/conversations/{id}/accept", tag = "conversations", params(("id" = String, Path)),
    responses((status = 200, body = ConversationView)))]
async fn accept(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ConversationId>,
) -> Answer<Json<ConversationView>> {
    offered(&app, &who, id).await?;
    let it = play(&app, id, |turn| turn.accept(who.actor())).await?;
    answer(&app, &it.conversation).await
}

/// Declines the offer, which goes to the next agent. The sender of a transfer takes it back.
#[utoipa::path(post, path = "/conversations/{id}/decline", tag = "conversations", params(("id" = String, Path)),
    responses((status = 200, body = ConversationView)))]
async fn decline(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ConversationId>,
) -> Answer<Json<ConversationView>> {
    offered(&app, &who, id).await?;
    let it = play(&app, id, |turn| turn.decline(who.actor())).await?;
    answer(&app, &it.conversation).await
}

/// Confirms that a screen of the agent shows the offer. From then on it can count as missed.
#[utoipa::path(post, path = "/conversations/{id}/offer-shown", tag = "conversations", params(("id" = String, Path)),
    responses((status = 204)))]
async fn offer_shown(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ConversationId>,
) -> Answer<StatusCode> {
    offered(&app, &who, id).await?;
    play(&app, id, |turn| turn.offer_shown(who.actor())).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An agent of the queue who is too late gets the conflict for a minute; after that, the conversation does not exist
/// for them.
async fn offered(app: &App, who: &Principal, id: ConversationId) -> Answer<Conversation> {
    let it = conversation::by_id(&app.store, id).await?.ok_or_else(|| Problem::not_found("conversation"))?;
    if who.sees(app, &it).await? {
        return Ok(it);
    }
    if who.viewer(app).came_too_late(&it, app.clock.now()) {
        return Err(Problem::conflict("Too late: a colleague was quicker."));
    }
    Err(Problem::not_found("conversation"))
}

/// The reason for closing a conversation.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct CloseIn {
    /// For the history: the id or the name of a close reason, or other words, at most 500 characters.
    reason: Option<String>,
}

/// Closes the conversation; in wrap-up it ends the wrap-up. The agent who holds it must have answered the required fields of
/// its queue's form before the wrap-up ends, or before the close if there is no wrap-up.
#[utoipa::path(post, path = "/conversations/{id}/close", tag = "conversations", params(("id" = String, Path)), request_body = Option<CloseIn>,
    responses((status = 200, body = ConversationView)))]
async fn close(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ConversationId>,
    OptionalBody(input): OptionalBody<CloseIn>,
) -> Answer<Json<ConversationView>> {
    if input.reason.as_ref().is_some_and(|reason| reason.chars().count() > 500) {
        return Err(Problem::field("/reason", "A reason has at most 500 characters."));
    }
    visible(&app, &who, id).await?;
    let reason = named::close_reason(&app, input.reason).await?;
    let it = play(&app, id, |turn| turn.close(who.actor(), reason.clone())).await?;
    answer(&app, &it.conversation).await
}

/// The text that the customer gets when the conversation is closed.
#[derive(Debug, Serialize, ToSchema)]
struct ClosingText {
    /// The text that would be sent now; null if none would be.
    text: Option<String>,
}

/// The text that the customer would get if the conversation were closed now.
#[utoipa::path(get, path = "/conversations/{id}/closing-text", tag = "conversations", params(("id" = String, Path)),
    responses((status = 200, body = ClosingText)))]
async fn closing_text(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ConversationId>,
) -> Answer<Json<ClosingText>> {
    visible(&app, &who, id).await?;
    Ok(Json(ClosingText { text: engine::closing::text(&app, id, who.actor()).await? }))
}

/// Reopens a closed conversation while agents may write to the customer. For the agent who held it last, and
/// supervisors.
#[utoipa::path(post, path = "/conversations/{id}/reopen", tag = "conversations", params(("id" = String, Path)),
    responses((status = 200, body = ConversationView)))]
async fn reopen(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ConversationId>,
) -> Answer<Json<ConversationView>> {
    visible(&app, &who, id).await?;
    let it = conversations::reopen(&app, who.actor(), id).await?;
    answer(&app, &it).await
}

/// The target of a transfer: exactly one of the three.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TransferIn {
    /// A queue.
    #[schema(value_type = Option<String>)]
    queue_id: Option<QueueId>,
    /// A colleague.
    #[schema(value_type = Option<String>)]
    agent_id: Option<UserId>,
    /// Back to the bot: the gateway's flow.
    #[schema(value_type = Option<String>)]
    flow_id: Option<FlowId>,
    /// A note for the agent who gets it.
    note: Option<String>,
}

/// Transfers the conversation to a queue or the bot, or offers it to a colleague. If the colleague does not accept
/// it, it goes back to the sender, or to the queue if the sender has gone offline.
#[utoipa::path(post, path = "/conversations/{id}/transfer", tag = "conversations", params(("id" = String, Path)), request_body = TransferIn,
    responses((status = 200, body = ConversationView)))]
async fn transfer(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ConversationId>,
    Body(input): Body<TransferIn>,
) -> Answer<Json<ConversationView>> {
    let known = visible(&app, &who, id).await?;
    if input.note.as_ref().is_some_and(|note| note.chars().count() > 5_000) {
        return Err(Problem::field("/note", "A note has at most 5,000 characters."));
    }
    let to = match (input.queue_id, input.agent_id, input.flow_id) {
        (Some(queue), None, None) => Destination::Queue(queue),
        (None, Some(agent), None) => Destination::Agent(agent),
        (None, None, Some(flow)) => Destination::Flow(flow),
        _ => return Err(Problem::field("", "Name exactly one of queue_id, agent_id and flow_id.")),
    };
    let it = conversations::transfer(&app, who.actor(), &known, to, input.note.as_deref()).await?;
    answer(&app, &it.conversation).await
}

/// Takes a conversation. Agents can take waiting ones of their queues; supervisors can also take over those that a
/// colleague
/// holds.
#[utoipa::path(post, path = "/conversations/{id}/take", tag = "conversations", params(("id" = String, Path)),
    responses((status = 200, body = ConversationView)))]
async fn take(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ConversationId>,
) -> Answer<Json<ConversationView>> {
    let known = offered(&app, &who, id).await?;
    let scope = who.viewer(&app).take_scope(&known);
    let scope = scope.ok_or_else(|| Problem::not_for(Permission::Supervise))?;
    let it = play(&app, id, |turn| turn.take(who.actor(), scope)).await?;
    answer(&app, &it.conversation).await
}

/// A note for agents.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NoteIn {
    /// The text.
    text: String,
    /// Agents who are mentioned in it, by their user ids: they are notified. Each must be able to see the conversation.
    #[serde(default)]
    #[schema(value_type = Vec<String>, required = false)]
    mentions: Vec<UserId>,
}

/// Adds a note. The customer never sees it.
#[utoipa::path(post, path = "/conversations/{id}/notes", tag = "conversations", params(("id" = String, Path)), request_body = NoteIn,
    responses((status = 200, body = ConversationView)))]
async fn note(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ConversationId>,
    Body(input): Body<NoteIn>,
) -> Answer<Json<ConversationView>> {
    let known = visible(&app, &who, id).await?;
    let text = input.text.trim();
    if text.is_empty() || text.chars().count() > 5_000 {
        return Err(Problem::field("/text", "A note has 1 to 5,000 characters."));
    }
    let it = mentions::note(&app, who.actor(), &known, text, &input.mentions).await?;
    answer(&app, &it.conversation).await
}

/// How far an agent has read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReadIn {
    /// The newest message that was on the screen.
    #[expect(dead_code, reason = "the whole thread counts as read; the id is reserved for partial reading")]
    #[schema(value_type = Option<String>)]
    message_id: Option<domain::id::MessageId>,
}

/// Marks the customer's messages as read, for the agent who holds the conversation.
#[utoipa::path(post, path = "/conversations/{id}/read", tag = "conversations", params(("id" = String, Path)), request_body = ReadIn,
    responses((status = 204)))]
async fn read(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ConversationId>,
    Body(_input): Body<ReadIn>,
) -> Answer<StatusCode> {
    let it = visible(&app, &who, id).await?;
    if it.agent == Some(who.user.id) && it.unread > 0 {
        play(&app, id, |turn| {
            turn.seen(who.actor());
            Ok(())
        })
        .await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
