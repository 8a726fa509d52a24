//! "Is writing" at the customer's side: Messenger shows it for some twenty seconds, so more than one signal in a few is
//! waste.

use std::collections::HashMap;
use std::sync::Mutex;

use axum::extract::State;
use axum::http::StatusCode;
use domain::conversation::State as ConversationState;
use domain::id::ConversationId;
use domain::outbound::Part;
use domain::time::{Micros, SECOND};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::api::conversations::visible;
use crate::web::auth::Who;
use crate::web::extract::Path;
use crate::web::problem::Answer;
use engine::clock::now;
use engine::turns::play;

/// One signal in so long is enough.
const PAUSE: i64 = 5 * SECOND;
/// What is kept at most; beyond it the oldest are forgotten.
const KEPT: usize = 10_000;

/// When the last signal of a conversation left.
#[derive(Debug, Default)]
pub struct Typed(Mutex<HashMap<ConversationId, Micros>>);

impl Typed {
    /// Whether a signal is worth sending at `now`; it counts as sent.
    fn again(&self, id: ConversationId, now: Micros) -> bool {
        let mut map = self.0.lock().expect("nothing panics while it is held");
        if map.get(&id).is_some_and(|last| now.since(*last) < PAUSE) {
            return false;
        }
        if map.len() >= KEPT {
            map.retain(|_, last| now.since(*last) < PAUSE);
        }
        map.insert(id, now);
        true
    }
}

/// The route.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(typing))
}

/// The agent is writing: the customer sees it where the channel can show it, at most every five seconds and only
/// while the window is open.
#[utoipa::path(post, path = "/conversations/{id}/typing", tag = "conversations", params(("id" = String, Path)),
    responses((status = 204)))]
async fn typing(State(app): State<App>, who: Who, Path(id): Path<ConversationId>) -> Answer<StatusCode> {
    let it = visible(&app, &who, id).await?;
    if it.agent != Some(who.user.id) || it.state != ConversationState::Active || !app.typed.again(id, now()) {
        return Ok(StatusCode::NO_CONTENT);
    }
    play(&app, id, |turn| {
        turn.signal(Part::Typing);
        Ok(())
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_signal_in_five_seconds_is_enough() {
        let typed = Typed::default();
        let (one, other, at) = (ConversationId(1), ConversationId(2), Micros(0));
        assert!(typed.again(one, at));
        assert!(!typed.again(one, at.plus(PAUSE - 1)));
        assert!(typed.again(other, at));
        assert!(typed.again(one, at.plus(PAUSE)));
    }
}
