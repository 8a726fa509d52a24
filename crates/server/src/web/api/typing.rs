//! "Is typing" on the customer's side: Messenger shows it for about twenty seconds, so more than one signal in a few
//! seconds is pointless.

use axum::extract::State;
use axum::http::StatusCode;
use domain::conversation::State as ConversationState;
use domain::id::ConversationId;
use domain::outbound::Part;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::api::conversations::visible;
use crate::web::auth::Principal;
use crate::web::extract::Path;
use crate::web::problem::Answer;
use engine::turns::play;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(typing))
}

/// Shows the customer that the agent is writing, if the channel can, at most every five seconds and only
/// while the window is open.
#[utoipa::path(post, path = "/conversations/{id}/typing", tag = "conversations", params(("id" = String, Path)),
    responses((status = 204)))]
async fn typing(State(app): State<App>, who: Principal, Path(id): Path<ConversationId>) -> Answer<StatusCode> {
    let it = visible(&app, &who, id).await?;
    if !(it.agent == Some(who.user.id) || it.data.takes_part(who.user.id))
        || it.state != ConversationState::Active
        || !app.typing_signals.again(id, app.clock.now())
    {
        return Ok(StatusCode::NO_CONTENT);
    }
    play(&app, id, |turn| {
        turn.signal(Part::Typing);
        Ok(())
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
