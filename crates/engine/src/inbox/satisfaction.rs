//! A customer's answer to the satisfaction question. It belongs to the closed conversation and does not begin a new
//! one.

use domain::inbound::{Inbound, InboundEvent};
use domain::satisfaction::{answer, tapped};
use store::table::conversation;
use store::table::inbox::Source;
use store::table::thread::Facts;

use super::{Application, PendingEvent, note_event};
use crate::engine::Engine;
use crate::turns::{Thread, ThreadState, TurnError, decide};

/// Applies the event if it is such an answer; None if it is something else.
pub(super) async fn rated(
    app: &Engine,
    pending: &PendingEvent,
    inbound: &Inbound,
    facts: &Facts,
) -> Result<Option<Application>, TurnError> {
    let (InboundEvent::Said(message), Some(identity)) = (&inbound.what, &facts.identity) else { return Ok(None) };
    if inbound.standby {
        return Ok(None);
    }
    let it = match message.payload.as_deref().and_then(tapped) {
        Some((id, _)) => conversation::by_id(&app.store, id).await?.filter(|it| it.identity == identity.id),
        // Typed answers are only recognised where questions are asked.
        None if facts.open.is_none() && app.directory().queues.iter().any(|queue| queue.settings.csat.enabled) => {
            conversation::last_of_customer(&app.store, &inbound.address).await?
        }
        None => None,
    };
    let Some(it) = it else { return Ok(None) };
    let Some(answer) = answer(&it, message, app.clock.now()) else { return Ok(None) };
    let mut batch = pending.batch();
    let state = ThreadState { identity: identity.clone(), is_new: false, conversation: Thread::Existing(it) };
    let mut decided = decide(app, state, |turn| {
        turn.rated(message, &answer, inbound.at, facts.reply_to);
        if pending.source != Source::Webhook {
            turn.mark_caught_up();
        }
        Ok(())
    })
    .await?;
    decided.came_by(pending.place.delivery);
    decided.write(&mut batch);
    if pending.source == Source::Webhook {
        note_event(app, &mut batch, pending, &inbound.address.account.id);
    }
    Ok(Some(Application::applied(batch)))
}
