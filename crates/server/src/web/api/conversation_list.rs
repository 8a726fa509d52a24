//! Lists of conversations: filtered, searched, by activity or in queue order.

use axum::Json;
use axum::extract::State;
use domain::conversation::State as ConversationState;
use domain::id::{ContactId, MessageId, QueueId, UserId};
use serde::{Deserialize, Serialize};
use store::table::conversation::{self, Place};
use store::table::message;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::{Items, Paging, Query};
use crate::web::fields::{id_or_me, moment};
use crate::web::problem::{Answer, Problem, ProblemShape};
use crate::web::search;
use engine::view::{self, ConversationView};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// The filters of a list.
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
    /// A channel.
    channel: Option<String>,
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
    /// Only those that wait for an agent, in queue order: the highest priority first, then the longest wait.
    Waiting,
}

/// A conversation in a list.
#[derive(Debug, Serialize, ToSchema)]
struct ListedConversation {
    #[serde(flatten)]
    conversation: ConversationView,
    /// The last message with the searched words, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    found: Option<FoundMessage>,
}

/// A message with the searched words.
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
    /// The total number on all pages, if requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    total: Option<i64>,
}

/// Parses states of a query; None for all.
pub fn states(words: Option<&str>) -> Answer<Option<Vec<ConversationState>>> {
    let mut states = None;
    for word in words.iter().flat_map(|states| states.split(',')).map(str::trim).filter(|w| !w.is_empty()) {
        let state = ConversationState::from_word(word)
            .ok_or_else(|| Problem::unreadable(format!("There is no state \"{word}\".")))?;
        states.get_or_insert_with(Vec::new).push(state);
    }
    Ok(states)
}

/// Conversations, by their latest activity or in queue order.
#[utoipa::path(get, path = "/conversations", tag = "conversations", params(Filter),
    responses((status = 200, body = ConversationList), (status = 429, body = ProblemShape)))]
async fn list(
    State(app): State<App>,
    who: Principal,
    Query(filter): Query<Filter>,
) -> Answer<Json<ConversationList>> {
    let states = states(filter.state.as_deref())?;
    let number = |name, text| id_or_me(name, text, &who);
    let asked = conversation::Filter {
        states: states.as_deref(),
        queue: number("queue", filter.queue.as_deref())?.map(QueueId),
        agent: number("agent", filter.agent.as_deref())?.map(UserId),
        contact: number("contact", filter.contact.as_deref())?.map(ContactId),
        label: number("label", filter.label.as_deref())?,
        words: filter.q.as_deref().unwrap_or_default(),
        account: filter.account.as_deref().unwrap_or_default(),
        channel: filter.channel.as_deref().unwrap_or_default(),
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
