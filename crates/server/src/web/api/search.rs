//! Full-text search over messages, conversations and contacts.

use axum::Json;
use axum::extract::State;
use engine::search::{self, Item, Kind, Search};
use serde::Deserialize;
use store::table::search::Filter;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::api::conversation_list::states;
use crate::web::auth::Principal;
use crate::web::extract::{Items, Paging, Query};
use crate::web::fields::{id_or_me, moment};
use crate::web::problem::{Answer, ProblemShape};
use crate::web::search::turn;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(find))
}

/// The query of a search.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Words that must all occur, as a word or the beginning of one; case, accents and invisible characters do not
    /// matter. At most 12 count. Contacts are found by a part of their phone number, too.
    q: String,
    /// The kind of results; all if left out.
    #[param(inline)]
    kind: Option<Kind>,
    /// Only messages that were written at this moment (RFC 3339) or later; conversations with activity then, and contacts
    /// with such conversations.
    #[param(format = DateTime)]
    from: Option<String>,
    /// The same, before this moment.
    #[param(format = DateTime)]
    to: Option<String>,
    /// Only in conversations of a queue.
    queue: Option<String>,
    /// Only in conversations of an agent, or of `me`.
    agent: Option<String>,
    /// Only in conversations with a label.
    label: Option<String>,
    /// Only in conversations of a channel.
    channel: Option<String>,
    /// Only in conversations of an account.
    account: Option<String>,
    /// Only in conversations in one of these states, separated by commas.
    state: Option<String>,
    /// 1 to 200, else 50.
    limit: Option<i64>,
    /// The cursor of the page to continue with.
    cursor: Option<String>,
}

/// Searches everything that you may see, newest first. `highlight` contains plain text and the positions of the words
/// in it.
#[utoipa::path(get, path = "/search", tag = "search", params(Asked),
    responses((status = 200, body = Items<Item>), (status = 429, body = ProblemShape)))]
async fn find(State(app): State<App>, who: Principal, Query(asked): Query<Asked>) -> Answer<Json<Items<Item>>> {
    let paging = Paging { limit: asked.limit, cursor: asked.cursor };
    let (limit, below) = (paging.limit()?, paging.number()?.unwrap_or(i64::MAX));
    let filter = Filter {
        queue: id_or_me("queue", asked.queue.as_deref(), &who)?,
        agent: id_or_me("agent", asked.agent.as_deref(), &who)?,
        label: id_or_me("label", asked.label.as_deref(), &who)?,
        channel: asked.channel.unwrap_or_default(),
        account: asked.account.unwrap_or_default(),
        states: states(asked.state.as_deref())?,
        from: moment("from", asked.from.as_deref())?,
        to: moment("to", asked.to.as_deref())?,
    };
    let wanted = Search { words: asked.q, kind: asked.kind, filter };
    let _turn = turn(&app, &who, &wanted.words).await?;
    let (items, next) = search::find(&app, &wanted, &who.viewer(&app), below, limit).await?;
    Ok(Json(Items { items, next: next.map(|id| id.to_string()) }))
}
