//! Sends an agent's reaction. It is already on the agent's screen; if Meta refuses it, the message shows why. It
//! never delays messages for long, and the same reaction twice is harmless.

use channels::meta::error::Class;
use channels::recipient::{Recipient, Right, Whom};
use domain::decision::{Change, reaction_failed};
use domain::failure::Failure;
use domain::outbound::Part;
use domain::time::SECOND;
use domain::window::{Permit, may_send, window};
use store::table::outbox::{self, Queued};
use store::table::{identity, mid};
use store::{Batch, Error};

use crate::engine::Engine;
use crate::optimistic::commit_if_first;
use crate::turns::{Subject, TurnError, ignore_refusal, play_on};

/// How often a temporary failure is retried, in quick succession, because messages wait behind it.
const TRIES: i64 = 3;
/// The pause between two attempts.
const PAUSE: i64 = 2 * SECOND;

/// Sends the reaction and returns the batch that records the result.
pub(super) async fn send(app: &Engine, request: &Queued, emoji: Option<&str>) -> Result<Batch, Error> {
    let mut batch = Batch::new();
    match leave(app, request, emoji).await? {
        Ok(()) => {
            outbox::delete(&mut batch, request.id);
        }
        Err(None) => {
            let why = Failure::ReactionDelayed {};
            outbox::retry_harmless(&mut batch, request.id, app.clock.now().plus(PAUSE), Some(&why));
        }
        Err(Some(why)) => refused(app, request, emoji, &why).await?,
    }
    Ok(batch)
}

/// Err(None) requests another attempt.
async fn leave(app: &Engine, request: &Queued, emoji: Option<&str>) -> Result<Result<(), Option<Failure>>, Error> {
    let refuse = |why: Failure| Ok(Err(Some(why)));
    let Some(known) = app.directory().gateways.get(&request.gateway).cloned() else {
        return refuse(Failure::GatewayDeleted {});
    };
    let Some(identity) = identity::by_id(&app.store, request.identity).await? else {
        return refuse(Failure::CustomerGone {});
    };
    let Some(channel) = app.channels.get(request.account.channel) else {
        return refuse(Failure::ChannelMissing { channel: request.account.channel });
    };
    let policy = &channel.capabilities().window;
    let window = window(identity.last_user_at, policy, false);
    if let Permit::Closed(why) = may_send(app.clock.now(), &window, policy, request.speaker) {
        return refuse(why);
    }
    let Some(token) = crate::account_tokens::account_token(app, request.gateway, &request.account.id).await?
    else {
        return refuse(Failure::ReactionDisconnected {});
    };
    let mid = match request.reply_to {
        Some(id) => mid::of_message(&app.store, &request.account, id).await?,
        None => None,
    };
    let to = Recipient {
        node: &token.node,
        whom: Whom::Customer(&identity.address.user),
        right: Right::Window,
        metadata: None,
        reply_to: mid.as_deref(),
        persona: None,
        uploaded: &[],
    };
    let call = match channel.encode(&Part::React { emoji: emoji.map(str::to_owned) }, &to) {
        Ok(call) => call,
        Err(refused) => return Ok(Err(Some(refused.into()))),
    };
    let Err(refused) = crate::account_tokens::send(app, &known, &token, call, None).await else {
        return Ok(Ok(()));
    };
    let passing = matches!(
        refused.error.class(),
        Class::Retry | Class::Uncertain | Class::Throttled | Class::ThrottledCustomer
    );
    Ok(Err((!passing || request.tries >= TRIES).then(|| Failure::from(&refused.error))))
}

/// Records on the reaction why the customer does not see it, in the same step that ends the request.
async fn refused(app: &Engine, request: &Queued, emoji: Option<&str>, why: &Failure) -> Result<(), Error> {
    let (code, subcode) = why.numbers();
    tracing::warn!(code, subcode, "Meta did not take a reaction");
    let Some(target) = request.reply_to else { return Ok(()) };
    let noted = play_on(
        app,
        Subject { conversation: request.conversation, message: Some(target), client_id: None },
        |turn, stored| {
            let failed = stored.and_then(|it| reaction_failed(&it.message.data, emoji, why));
            if let Some(data) = failed {
                turn.change(Change::Reactions { message: target, data: Box::new(data) });
            }
            Ok(())
        },
        |batch, _| {
            outbox::delete(batch, request.id);
        },
    );
    match noted.await {
        Err(TurnError::NoConversation | TurnError::NoMessage) => {
            let mut batch = Batch::new();
            outbox::delete(&mut batch, request.id);
            commit_if_first(&app.store, batch).await.map(|_| ())
        }
        noted => ignore_refusal(noted).map(|_| ()),
    }
}
