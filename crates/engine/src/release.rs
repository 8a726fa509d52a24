//! Conversations that an agent, a Page or a gateway leaves behind.

use domain::conversation::{Conversation, State};
use domain::id::{GatewayId, UserId};
use domain::thread_event::{AgentGone, SystemClose};
use store::table::conversation;

use crate::engine::Engine;
use crate::turns::{ignore_refusal, play};

/// Puts everything that an agent holds back into its queue. `name` is the agent's. False if something is left,
/// because other writers kept changing it.
pub async fn requeue_all(app: &Engine, agent: UserId, name: &str, cause: AgentGone) -> Result<bool, store::Error> {
    requeue(app, agent, name, cause, |_| true).await
}

/// Does the same for these conversations. False if anything is left.
pub async fn requeue(
    app: &Engine,
    agent: UserId,
    name: &str,
    cause: AgentGone,
    is_due: impl Fn(&Conversation) -> bool,
) -> Result<bool, store::Error> {
    for held in conversation::held_by(&app.store, agent).await?.into_iter().filter(|it| is_due(it)) {
        let requeued = play(app, held.id, |turn| {
            if turn.conversation().agent == Some(agent) {
                turn.requeue(name, cause);
            }
            Ok(())
        });
        ignore_refusal(requeued.await)?;
    }
    // Snoozed conversations wait for them, unless they will not come back.
    if cause.is_for_good() {
        for aside in conversation::set_aside_by(&app.store, agent).await? {
            let requeued = play(app, aside.id, |turn| {
                if turn.conversation().agent == Some(agent) {
                    turn.requeue(name, cause);
                }
                Ok(())
            });
            ignore_refusal(requeued.await)?;
        }
    }
    stop_helping(app, agent).await?;
    let left = conversation::held_by(&app.store, agent).await?;
    // Wrap-up ends on its own.
    Ok(left.iter().all(|it| it.state == State::WrapUp))
}

/// Ends their part in conversations of colleagues, and the invitations to them.
pub async fn stop_helping(app: &Engine, agent: UserId) -> Result<(), store::Error> {
    for helped in conversation::helped_by(&app.store, agent).await? {
        let left = play(app, helped.id, |turn| {
            turn.colleague_gone(agent);
            Ok(())
        });
        ignore_refusal(left.await)?;
    }
    Ok(())
}

/// Closes the open conversations of a gateway, or of one Page of it, because it is removed.
pub async fn close_all_of(
    app: &Engine,
    gateway: GatewayId,
    page: Option<&str>,
    cause: SystemClose,
) -> Result<(), store::Error> {
    loop {
        let open = conversation::open_of_gateway(&app.store, gateway, page).await?;
        if open.is_empty() {
            return Ok(());
        }
        for it in open {
            let closed = play(app, it.id, |turn| {
                turn.abandon(cause);
                Ok(())
            });
            ignore_refusal(closed.await)?;
        }
    }
}
