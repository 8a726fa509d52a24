//! What the language model offers agents: a suggested reply, a summary, a translation.

use axum::Json;
use axum::extract::State;
use domain::id::{ConversationId, MessageId};
use domain::user_settings::Language;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::model_requests::Open;
use crate::web::api::conversations::visible;
use crate::web::auth::Principal;
use crate::web::extract::{OptionalBody, Path};
use crate::web::problem::{Answer, Problem, ProblemShape};
use engine::agent_help::{self, ModelText, Translation};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(suggest)).routes(routes!(summarise)).routes(routes!(translate))
}

/// The language that is wanted.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WantedLanguage {
    /// If left out, your own language.
    language: Option<Language>,
}

fn begin<'a>(app: &'a App, who: &Principal) -> Answer<Open<'a>> {
    app.model_requests
        .begin(who.user.id)
        .ok_or_else(|| Problem::wait(5, "You already asked the language model twice: wait until it has answered."))
}

/// Asks the language model for the next reply. Nothing is sent: the agent checks the text and sends it as any other.
/// For those who may write in the conversation. The newest texts of both sides go to the model, without notes.
#[utoipa::path(post, path = "/conversations/{id}/suggestion", tag = "conversations", params(("id" = String, Path)),
    responses((status = 200, body = ModelText), (status = 429, body = ProblemShape), (status = 502, body = ProblemShape)))]
async fn suggest(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ConversationId>,
) -> Answer<Json<ModelText>> {
    visible(&app, &who, id).await?;
    let _open = begin(&app, &who)?;
    Ok(Json(agent_help::suggestion(&app, who.actor(), id).await?))
}

/// Asks the language model for a summary, for the colleague who continues the conversation. It is not stored. The
/// newest texts of both sides go to the model, and notes, which are for colleagues too.
#[utoipa::path(post, path = "/conversations/{id}/summary", tag = "conversations", params(("id" = String, Path)),
    request_body = Option<WantedLanguage>,
    responses((status = 200, body = ModelText), (status = 429, body = ProblemShape), (status = 502, body = ProblemShape)))]
async fn summarise(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ConversationId>,
    OptionalBody(wanted): OptionalBody<WantedLanguage>,
) -> Answer<Json<ModelText>> {
    let conversation = visible(&app, &who, id).await?;
    let _open = begin(&app, &who)?;
    Ok(Json(agent_help::summary(&app, who.user.id, &conversation, wanted.language).await?))
}

/// Asks the language model for a translation of a message. It is not stored. Only the text of this message goes to the
/// model; notes do not.
#[utoipa::path(post, path = "/conversations/{id}/messages/{message_id}/translation", tag = "messages",
    params(("id" = String, Path), ("message_id" = String, Path)), request_body = Option<WantedLanguage>,
    responses((status = 200, body = Translation), (status = 429, body = ProblemShape), (status = 502, body = ProblemShape)))]
async fn translate(
    State(app): State<App>,
    who: Principal,
    Path((id, message_id)): Path<(ConversationId, MessageId)>,
    OptionalBody(wanted): OptionalBody<WantedLanguage>,
) -> Answer<Json<Translation>> {
    visible(&app, &who, id).await?;
    let _open = begin(&app, &who)?;
    Ok(Json(agent_help::translation(&app, who.user.id, id, message_id, wanted.language).await?))
}
