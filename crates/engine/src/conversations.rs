//! What is done with a whole conversation and needs more than one turn of it.

use domain::id::ConversationId;
use domain::turn::{Actor, Refusal};
use store::table::conversation;

use crate::engine::Engine;
use crate::turns::{Played, TurnError, play, state_of};

/// Opens a closed conversation again.
pub async fn reopen(app: &Engine, by: Actor<'_>, id: ConversationId) -> Result<Played<()>, TurnError> {
    let address = state_of(app, id).await?.identity.address;
    let newer = async || {
        let open = conversation::open_of_customer(&app.store, &address).await?;
        Ok::<_, store::Error>(open.is_some_and(|open| open.id != id))
    };
    if newer().await? {
        return Err(continued_elsewhere());
    }
    match play(app, id, |turn| turn.reopen(by)).await {
        // The customer wrote in the meantime: the store allows one open conversation.
        Err(TurnError::Contended(_)) if newer().await? => Err(continued_elsewhere()),
        played => played,
    }
}

fn continued_elsewhere() -> TurnError {
    let why = "The customer has written again since, and has a newer conversation: continue there.";
    Refusal::State(why.into()).into()
}
