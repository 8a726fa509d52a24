//! Messages that no webhook delivered (`catch_up.rs`): recorded in their place, by Meta's time. One that still needs
//! an answer is handled as if it had just arrived; the others start nothing.

use domain::conversation::Conversation;
use domain::inbound::{Inbound, InboundEvent};
use domain::time::{DAY, Micros};
use domain::turn::Elsewhere;
use store::table::inbox::Source;
use store::table::thread;

use super::apply::{known_mid, newcomer, reply_to};
use super::{Application, PendingEvent};
use crate::engine::Engine;
use crate::turns::{Thread, ThreadState, TurnError, decide};

/// Whether a message from this source and time is only recorded.
pub fn is_over(source: Source, at: Option<Micros>, now: Micros) -> bool {
    match source {
        Source::Webhook => false,
        Source::Past => true,
        Source::Unanswered => at.is_some_and(|at| now.since(at) >= DAY),
    }
}

/// Records one message: in the customer's open conversation, else in their last one, else in one that is closed
/// from the start.
pub async fn record(app: &Engine, pending: &PendingEvent, inbound: &Inbound) -> Result<Application, TurnError> {
    let at = inbound.at.unwrap_or_else(|| app.clock.now());
    if known_mid(app, inbound).await? {
        return Ok(Application::applied(pending.batch()));
    }
    let found = thread::past(&app.store, &inbound.address).await?;
    // Messages before or after an isolated conversation are not part of it: its guest must not read them.
    let during = |it: &Conversation| {
        !it.isolated || (at >= it.created_at && it.closed_at.is_none_or(|closed| at <= closed))
    };
    let last = found.last.filter(during).or(found.last_of_customer);
    let is_new = found.identity.is_none();
    let identity = found.identity.unwrap_or_else(|| newcomer(app, pending.gateway, inbound));
    let reply_to = reply_to(app, inbound).await?;
    let conversation = last.map_or(Thread::New(None), Thread::Existing);
    let decided = decide(app, ThreadState { identity, is_new, conversation }, |turn| {
        turn.record(at, |turn| match &inbound.what {
            InboundEvent::Said(message) => turn.receive(message.clone(), inbound.at, reply_to),
            InboundEvent::Echo(echo) => {
                turn.answered_elsewhere(echo, inbound.at, reply_to, Elsewhere { name: "The Page", person: false });
            }
            _ => {}
        });
        Ok(())
    });
    let mut batch = pending.batch();
    let mut decided = decided.await?;
    decided.came_by(pending.place.delivery);
    decided.write(&mut batch);
    Ok(Application::applied(batch))
}
