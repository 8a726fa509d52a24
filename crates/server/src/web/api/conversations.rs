//! Conversations: lists, single ones, and what agents do with them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::conversation::{Conversation, State as ConversationState};
use domain::id::{ContactId, ConversationId, FlowId, MessageId, QueueId, UserId};
use domain::role::Permission;
use domain::time::Micros;
use serde::{Deserialize, Serialize};
use store::table::conversation::{self, Place};
use store::table::message;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, OptionalBody, Paging, Path, Query};
use crate::web::problem::{Answer, Problem, ProblemShape};
use crate::web::search;
use engine::conversation_start::{self, NewConversation};
use engine::conversations::{self, Destination};
use engine::turns::play;
use engine::view::{self, ConversationView};

/// States that the product names and that nothing enters yet: asking for them finds nothing.
const LATER: [&str; 2] = ["snoozed", "waiting"];

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
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

/// What is not for guests: nothing leads out of an isolated queue.
pub fn transfer_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(transfer))
}

/// What begins from our side. Not for guests.
pub fn start_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(start))
}

/// Begins a conversation with a template, or sends it in the one that the same agent holds. Only WhatsApp has such templates.
#[utoipa::path(post, path = "/conversations", tag = "conversations", request_body = NewConversation,
    responses((status = 201, body = ConversationView)))]
async fn start(
    State(app): State<App>,
    who: Principal,
    Body(new): Body<NewConversation>,
) -> Answer<(StatusCode, Json<ConversationView>)> {
    if new.client_id.as_ref().is_some_and(|key| key.is_empty() || key.chars().count() > 64) {
        return Err(Problem::field("/client_id", "client_id has 1 to 64 characters."));
    }
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

/// What a list is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// States, separated by commas.
    state: Option<String>,
    /// A queue.
    queue: Option<String>,
    /// An agent, or `me`.
    agent: Option<String>,
    /// A contact.
    contact: Option<String>,
    /// A label.
    label: Option<String>,
    /// An account, such as a Page.
    account: Option<String>,
    /// Only those with activity at this moment (RFC 3339) or later.
    #[param(format = DateTime)]
    from: Option<String>,
    /// Only those whose last activity was before this moment.
    #[param(format = DateTime)]
    to: Option<String>,
    /// Search words, in names and texts.
    q: Option<String>,
    /// The order; by activity if left out.
    #[param(inline)]
    sort: Option<Sort>,
    /// Whether to return the total. Only for states without `closed`, and without `q`.
    total: Option<bool>,
    /// 1 to 200, else 50.
    limit: Option<i64>,
    /// The cursor of the page to continue with.
    cursor: Option<String>,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Sort {
    /// The latest activity first.
    #[default]
    Activity,
    /// Only those that wait for an agent, in the order of their turn: the highest priority first, then the longest wait.
    Waiting,
}

/// A conversation in a list.
#[derive(Debug, Serialize, ToSchema)]
struct ListedConversation {
    #[serde(flatten)]
    conversation: ConversationView,
    /// If words were searched for and a message has them: the last such message.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    found: Option<FoundMessage>,
}

/// A message that has the words that were searched for.
#[derive(Debug, Serialize, ToSchema)]
struct FoundMessage {
    #[schema(value_type = String)]
    message_id: MessageId,
    /// Its text.
    text: String,
}

/// A list of conversations.
#[derive(Debug, Serialize, ToSchema)]
struct ConversationList {
    /// The conversations.
    items: Vec<ListedConversation>,
    /// Cursor of the next page, or null.
    next: Option<String>,
    /// How many there are on all pages together, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    total: Option<i64>,
}

/// Conversations, by their latest activity or in the order of their turn.
#[utoipa::path(get, path = "/conversations", tag = "conversations", params(Filter),
    responses((status = 200, body = ConversationList), (status = 429, body = ProblemShape)))]
async fn list(
    State(app): State<App>,
    who: Principal,
    Query(filter): Query<Filter>,
) -> Answer<Json<ConversationList>> {
    let mut states = None;
    for word in filter.state.iter().flat_map(|states| states.split(',')).map(str::trim).filter(|w| !w.is_empty()) {
        let state = ConversationState::from_word(word);
        if state.is_none() && !LATER.contains(&word) {
            return Err(Problem::unreadable(format!("There is no state \"{word}\".")));
        }
        states.get_or_insert_with(Vec::new).extend(state);
    }
    let number = |name: &str, text: Option<&str>| match text {
        None | Some("" | "0") => Ok(None),
        Some("me") if name == "agent" => Ok(Some(who.user.id.0)),
        Some(text) => {
            text.parse::<i64>().map(Some).map_err(|_| Problem::unreadable(format!("{name} must be an id.")))
        }
    };
    let asked = conversation::Filter {
        states: states.as_deref(),
        queue: number("queue", filter.queue.as_deref())?.map(QueueId),
        agent: number("agent", filter.agent.as_deref())?.map(UserId),
        contact: number("contact", filter.contact.as_deref())?.map(ContactId),
        label: number("label", filter.label.as_deref())?,
        words: filter.q.as_deref().unwrap_or_default(),
        account: filter.account.as_deref().unwrap_or_default(),
        from: moment("from", filter.from.as_deref())?,
        to: moment("to", filter.to.as_deref())?,
    };
    let sort = filter.sort.unwrap_or_default();
    let counted = filter.total.unwrap_or_default();
    if counted
        && (!asked.words.is_empty() || states.as_ref().is_none_or(|it| it.contains(&ConversationState::Closed)))
    {
        return Err(Problem::unreadable(
            "total counts open conversations only: name the states without \"closed\", and leave out q.",
        ));
    }
    let _turn = search::turn(&app, &who, asked.words).await?;
    let paging = Paging { limit: filter.limit, cursor: filter.cursor };
    let Items { items, next } = page(&app, &who, &asked, sort, &paging).await?;
    let total = match counted {
        true => Some(conversation::count_unclosed(&app.store, &asked, &who.viewer(&app)).await?),
        false => None,
    };
    let ids: Vec<_> = items.iter().map(|it| it.id).collect();
    let mut found = message::last_with_words(&app.store, &ids, asked.words).await?;
    let items = items.into_iter().map(|conversation| ListedConversation {
        found: found.remove(&conversation.id).map(|it| FoundMessage { message_id: it.id, text: it.text }),
        conversation,
    });
    Ok(Json(ConversationList { items: items.collect(), next, total }))
}

/// A moment of the query.
fn moment(name: &str, text: Option<&str>) -> Answer<Option<Micros>> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let at = text.parse::<jiff::Timestamp>();
    at.map(|at| Some(Micros(at.as_microsecond())))
        .map_err(|_| Problem::unreadable(format!("{name} must be a moment, such as 2026-11-22T16:00:00Z.")))
}

/// One page of the conversations that the user may see.
async fn page(
    app: &App,
    who: &Principal,
    asked: &conversation::Filter<'_>,
    sort: Sort,
    paging: &Paging,
) -> Answer<Items<ConversationView>> {
    let limit = paging.limit()?;
    let place = match sort {
        Sort::Activity => paging.pair()?.map_or(Place::LATEST, |(at, id)| Place::Activity(at, id)),
        Sort::Waiting => paging
            .triple()?
            .map_or(Place::NEXT_IN_LINE, |(priority, since, id)| Place::Waiting(priority, since, id)),
    };
    let viewer = who.viewer(app);
    let mut found = conversation::search(&app.store, asked, &viewer, place, limit + 1).await?;
    let more = i64::try_from(found.len()).unwrap_or(i64::MAX) > limit;
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = found.last().filter(|_| more).map(|last| match place.of(last) {
        Place::Activity(at, id) => format!("{at}-{id}"),
        Place::Waiting(priority, since, id) => format!("{priority}_{since}_{id}"),
    });
    Ok(Items { items: view::conversations(app, &found).await?, next })
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

/// An agent of the queue who is too late gets that answer for a minute; afterwards the conversation does not exist
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

/// Why a conversation is closed.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct CloseIn {
    /// For the history.
    reason: Option<String>,
}

/// Closes the conversation. In wrap-up it ends the wrap-up.
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
    let reason = input.reason.filter(|reason| !reason.trim().is_empty());
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

/// Where a conversation is handed to: exactly one of the three.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TransferIn {
    /// A queue.
    #[schema(value_type = Option<String>)]
    queue_id: Option<QueueId>,
    /// A colleague.
    #[schema(value_type = Option<String>)]
    agent_id: Option<UserId>,
    /// The gateway's flow: back to the bot.
    #[schema(value_type = Option<String>)]
    flow_id: Option<FlowId>,
    /// For the agent who gets it.
    note: Option<String>,
}

/// Hands the conversation to a queue or the bot, or offers it to a colleague. A colleague who does not accept it gives it
/// back to the sender, or to the queue if the sender has gone offline.
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

/// What is said among agents.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NoteIn {
    /// The text.
    text: String,
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
    visible(&app, &who, id).await?;
    let text = input.text.trim();
    if text.is_empty() || text.chars().count() > 5_000 {
        return Err(Problem::field("/text", "A note has 1 to 5,000 characters."));
    }
    let it = play(&app, id, |turn| {
        turn.note(who.actor(), text.to_owned());
        Ok(())
    })
    .await?;
    answer(&app, &it.conversation).await
}

/// Up to where an agent has read.
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

/// The conversations of one contact.
pub async fn of_contact(
    app: &App,
    who: &Principal,
    contact: ContactId,
    paging: Paging,
) -> Answer<Items<ConversationView>> {
    let asked = conversation::Filter { contact: Some(contact), ..Default::default() };
    page(app, who, &asked, Sort::Activity, &paging).await
}
