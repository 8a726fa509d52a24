//! Which app answers a customer: taking a conversation from another app of the Page, or handing it to Meta's own
//! inbox (meta-platform.md §5.4). Meta is asked first: if it refuses, nothing changes here.

use axum::Json;
use axum::extract::State;
use channels::meta::graph::{self, Done};
use domain::conversation::Conversation;
use domain::id::ConversationId;
use domain::role::Permission;
use serde::Deserialize;
use store::table::identity;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::api::conversations::visible;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Path};
use crate::web::problem::{Answer, Problem, ProblemShape};
use engine::control::holder;
use engine::page_tokens::page_token;
use engine::pages::subscribe::refusal;
use engine::turns::play;
use engine::view::{self, ConversationView};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(control))
}

/// What is done with control over a conversation.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ControlAction)]
enum Action {
    /// Takes it from the app that holds it.
    Take,
    /// Hands it to Meta's own inbox.
    Pass,
}

/// A step of control.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ControlIn {
    /// `take` or `pass`.
    action: Action,
}

/// Takes the conversation from the app that answers in it, or hands it to the Page inbox.
///
/// For the agent who holds it, and for supervisors. Taking one that no agent holds makes the user its agent.
#[utoipa::path(post, path = "/conversations/{id}/control", tag = "conversations", params(("id" = String, Path)), request_body = ControlIn,
    responses((status = 200, body = ConversationView), (status = 502, body = ProblemShape)))]
async fn control(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ConversationId>,
    Body(input): Body<ControlIn>,
) -> Answer<Json<ConversationView>> {
    let it = visible(&app, &who, id).await?;
    if it.agent != Some(who.user.id) {
        who.must(Permission::Supervise)?;
    }
    let held = it.data.held_by.is_some();
    match input.action {
        _ if !it.state.is_open() => return Err(Problem::conflict("The conversation is closed.")),
        Action::Take if !held => {
            return Err(Problem::conflict("Deskbell answers in this conversation already."));
        }
        Action::Pass if held => {
            return Err(Problem::conflict("Another app answers in this conversation: take it over first."));
        }
        _ => {}
    }
    let inbox = app.channels.get(it.account.channel).and_then(|channel| channel.inbox());
    let inbox = inbox.ok_or_else(|| Problem::conflict("Conversations of this channel have one app only."))?;
    ask_meta(&app, &it, input.action, inbox).await?;
    let after = play(&app, id, |turn| match input.action {
        Action::Take => turn.took_control(who.actor()),
        Action::Pass => turn.passed_control(who.actor(), holder(Some(inbox))),
    })
    .await?;
    Ok(Json(view::conversation(&app, &after.conversation).await?))
}

async fn ask_meta(app: &App, it: &Conversation, action: Action, inbox: &str) -> Answer<()> {
    let customer = identity::by_id(&app.store, it.identity).await?.ok_or_else(|| Problem::not_found("contact"))?;
    let known = app.directory().gateways.get(&it.gateway).cloned();
    let known = known.ok_or_else(|| Problem::conflict("The gateway of this conversation was deleted."))?;
    let token = page_token(app, it.gateway, &it.account.id).await?.ok_or_else(|| {
        Problem::conflict(
            "No connected account has access to this Page any longer. Ask an administrator to press \
            Reconnect.",
        )
    })?;
    let call = match action {
        Action::Take => graph::take_thread_control(&it.account.id, &customer.address.user),
        Action::Pass => graph::pass_thread_control(&it.account.id, &customer.address.user, inbox),
    };
    match engine::page_tokens::read::<Done>(app, &known, &token, call).await {
        Ok(done) if done.success => Ok(()),
        Ok(_) => Err(Problem::conflict("Meta answered that it was not done: try again.")),
        Err(refused) => Err(refusal(&refused).into()),
    }
}
