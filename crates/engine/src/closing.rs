//! What a customer would be sent if their conversation were closed now: the close is decided, but not committed.

use domain::id::ConversationId;
use domain::message::Direction;
use domain::turn::Actor;

use crate::engine::Engine;
use crate::turns::{self, TurnError};

/// The closing text as it would be sent; None if the gateway has none, or if it could not be delivered.
pub async fn text(app: &Engine, id: ConversationId, by: Actor<'_>) -> Result<Option<String>, TurnError> {
    let state = turns::state_of(app, id).await?;
    let decided = turns::decide(app, state, |turn| turn.close_as_filled_in(by, None)).await?;
    Ok(decided.decision.messages.into_iter().find(|it| it.direction == Direction::Out).and_then(|it| it.text))
}
