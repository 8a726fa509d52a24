//! Messages that no webhook brought (`work/catch_up.rs`): recorded where they belong, by Meta's time. What still
//! wants an answer is played as if it had just come; the rest starts nothing.

use domain::conversation::Conversation;
use domain::inbound::{Happening, Inbound};
use domain::time::{DAY, Micros};
use domain::turn::Turn;
use store::table::{contact, conversation, record};
use store::{Batch, CommitError, Error, values};

use super::apply::{TRIES, known_mid, newcomer, reply_to, with};
use super::{Outcome, Waiting, finish};
use crate::clock::now;
use crate::desk::Stage;
use crate::engine::Engine;

/// How a message was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// By a webhook, as it should be.
    Live,
    /// Afterwards, and answered since or too old: it is recorded.
    Past,
    /// Afterwards, and nobody has answered: it is routed while it is fresh.
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

    /// As the delivery's column keeps it.
    pub fn column(self) -> i64 {
        match self {
            Found::Live => 0,
            Found::Past => 1,
            Found::Unanswered => 2,
        }
    }

    /// Whether it is recorded only.
    pub fn is_over(self, at: Option<Micros>) -> bool {
        match self {
            Found::Live => false,
            Found::Past => true,
            Found::Unanswered => at.is_some_and(|at| now().since(at) >= DAY),
        }
    }
}

/// Records one message: in the customer's open conversation, else in their last one, else in one that is closed
/// from the start.
pub async fn record(app: &Engine, waiting: &Waiting, inbound: &Inbound) -> Result<(), Error> {
    let at = inbound.at.unwrap_or_else(now);
    for _ in 0..TRIES {
        if known_mid(app, inbound).await? {
            return settled(app, waiting, Outcome::Applied).await;
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
        let identity = known.unwrap_or_else(|| newcomer(app, waiting, inbound));
        let reply_to = reply_to(app, inbound).await?;
        let stage = Stage::of(app, waiting.gateway, &inbound.page, None, identity.name.clone(), None).await?;
        let scene = stage.scene();
        let decision = {
            let mut ids = app.id_source();
            let mut turn = match last {
                Some(it) => Turn::of(it, &scene, &mut ids),
                None => Turn::begin(with(&identity, None), &scene, &mut ids),
            };
            turn.record(at, |turn| match &inbound.what {
                Happening::Said(said) => turn.receive(said.clone(), inbound.at, reply_to),
                Happening::Echo(echo) => turn.answered_elsewhere(echo, inbound.at, reply_to, "The Page"),
                _ => {}
            });
            turn.finish()
        };
        let mut batch = Batch::new();
        if is_new {
            contact::insert(&mut batch, &identity);
        }
        batch.append(record::decision(&decision, stage.now()));
        Outcome::Applied.settle(&mut batch, waiting);
        match app.store.commit(batch).await {
            Ok(_) => return Ok(()),
            Err(CommitError::Store(error)) => return Err(error),
            Err(CommitError::Conflict | CommitError::Duplicate) => {}
        }
    }
    let why = "The conversation changed too quickly to apply it. It can be retried.";
    settled(app, waiting, Outcome::Failed(why.into())).await
}

async fn settled(app: &Engine, waiting: &Waiting, outcome: Outcome) -> Result<(), Error> {
    let mut batch = Batch::new();
    outcome.settle(&mut batch, waiting);
    finish(app, batch).await.map(|_| ())
}
