//! Taking a conversation from another app of the Page, and passing it to Meta's own inbox, on behalf of a user
//! (meta-platform.md §5.4).

use channels::meta::graph::{self, Done};
use domain::conversation::Conversation;
use domain::turn::Actor;
use serde::Deserialize;
use store::table::identity;
use utoipa::ToSchema;

use crate::account_tokens::{self, account_token};
use crate::control::holder;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::pages::subscribe::refusal;
use crate::turns::{Played, play};

/// A change of control over a conversation.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ControlAction)]
pub enum Action {
    /// Takes it from the app that has control.
    Take,
    /// Passes it to Meta's own inbox.
    Pass,
}

/// Changes which app may answer. Meta is asked first: if it refuses, nothing changes here.
pub async fn change(app: &Engine, by: Actor<'_>, it: &Conversation, action: Action) -> Result<Played<()>> {
    let held = it.data.held_by.is_some();
    let refused = match action {
        _ if !it.state.is_open() => Some("The conversation is closed."),
        Action::Take if !held => Some("Deskbell answers in this conversation already."),
        Action::Pass if held => Some("Another app answers in this conversation: take it over first."),
        Action::Take | Action::Pass => None,
    };
    if let Some(why) = refused {
        return Err(Error::conflict(why));
    }
    let inbox = app.channels.get(it.account.channel).and_then(|channel| channel.inbox());
    let inbox = inbox.ok_or_else(|| Error::conflict("No other app can answer on this channel."))?;
    ask_meta(app, it, action, inbox).await?;
    let played = play(app, it.id, |turn| match action {
        Action::Take => turn.took_control(by),
        Action::Pass => turn.passed_control(by, holder(Some(inbox))),
    });
    Ok(played.await?)
}

async fn ask_meta(app: &Engine, it: &Conversation, action: Action, inbox: &str) -> Result<()> {
    let customer = identity::by_id(&app.store, it.identity).await?.ok_or(Error::NotFound("contact"))?;
    let known = app.directory().gateways.get(&it.gateway).cloned();
    let known = known.ok_or_else(|| Error::conflict("The gateway of this conversation was deleted."))?;
    let token = account_token(app, it.gateway, &it.account.id).await?.ok_or_else(|| {
        Error::conflict(
            "No connected account has access to this Page any longer. Ask an administrator to press Reconnect.",
        )
    })?;
    let call = match action {
        Action::Take => graph::take_thread_control(&token.node, &customer.address.user),
        Action::Pass => graph::pass_thread_control(&token.node, &customer.address.user, inbox),
    };
    match account_tokens::read::<Done>(app, &known, &token, call).await {
        Ok(done) if done.success => Ok(()),
        Ok(_) => Err(Error::conflict("Meta answered that it was not done: try again.")),
        Err(refused) => Err(refusal(&refused)),
    }
}
