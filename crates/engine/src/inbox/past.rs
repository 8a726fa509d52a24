//! Messages that no webhook brought (`catch_up.rs`): recorded where they belong, by Meta's time. One that still needs
//! an answer is played as if it had just arrived; the others start nothing.

use domain::conversation::Conversation;
use domain::inbound::{Happening, Inbound};
use domain::time::{DAY, Micros};
use store::table::{contact, conversation};
use store::values;

use super::apply::{known_mid, newcomer, reply_to};
use super::{Application, PendingEvent};
use crate::engine::Engine;
use crate::turns::{Thread, ThreadState, TurnError, decide};

/// How a message was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// By a webhook, as it should be.
    Live,
    /// Afterwards, and answered since or too old: it is recorded.
    Past,
    /// Afterwards, and not answered yet: it is routed while it is fresh.
    Unanswered,
}

impl Found {
    /// From the delivery's column.
    pub fn from_column(number: i64) -> Self {
        match number {
            0 => Found::Live,
            2 => Found::Unanswered,
            _ => Found::Past,
        }
    }

    /// The value of the delivery's column.
    pub fn column(self) -> i64 {
        match self {
            Found::Live => 0,
            Found::Past => 1,
            Found::Unanswered => 2,
        }
    }

    /// Whether it is recorded only.
    pub fn is_over(self, at: Option<Micros>, now: Micros) -> bool {
        match self {
            Found::Live => false,
            Found::Past => true,
            Found::Unanswered => at.is_some_and(|at| now.since(at) >= DAY),
        }
    }
}

/// Records one message: in the customer's open conversation, else in their last one, else in one that is closed
/// from the start.
pub async fn record(app: &Engine, pending: &PendingEvent, inbound: &Inbound) -> Result<Application, TurnError> {
    let at = inbound.at.unwrap_or_else(|| app.clock.now());
    if known_mid(app, inbound).await? {
        return Ok(Application::applied(pending.batch()));
    }
    let found = app
        .store
        .ask(vec![
            (contact::BY_EXTERNAL, values![&inbound.page, &inbound.customer]),
            (conversation::LAST_BY_EXTERNAL, values![&inbound.page, &inbound.customer]),
            (conversation::LAST_OF_CUSTOMER, values![&inbound.page, &inbound.customer]),
        ])
        .await?;
    let known = found[0].first().map(contact::from_row);
    // What was said before a review began, or after it, is not the review's: its reviewer must not read it.
    let during = |it: &Conversation| {
        it.review.is_none() || (at >= it.created_at && it.closed_at.is_none_or(|closed| at <= closed))
    };
    let last = found[1].first().map(conversation::from_row).filter(during);
    let last = last.or_else(|| found[2].first().map(conversation::from_row));
    let is_new = known.is_none();
    let identity = known.unwrap_or_else(|| newcomer(app, pending, inbound));
    let reply_to = reply_to(app, inbound).await?;
    let conversation = last.map_or(Thread::New { review: None }, Thread::Existing);
    let decided = decide(app, ThreadState { identity, is_new, conversation }, |turn| {
        turn.record(at, |turn| match &inbound.what {
            Happening::Said(said) => turn.receive(said.clone(), inbound.at, reply_to),
            Happening::Echo(echo) => turn.answered_elsewhere(echo, inbound.at, reply_to, "The Page"),
            _ => {}
        });
        Ok(())
    });
    let mut batch = pending.batch();
    decided.await?.write(&mut batch);
    Ok(Application::applied(batch))
}
