//! Connecting Pages: an administrator goes through Meta's login, and learns how it ended.

use axum::Json;
use axum::extract::State;
use channels::meta::oauth::{Login, SCOPES, dialog_url};
use domain::id::GatewayId;
use domain::role::Permission;
use domain::time::MINUTE;
use serde::Serialize;
use store::Batch;
use store::table::login_attempt::{self, NewAttempt, Outcome};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::api::gateways::reached;
use crate::web::auth::{Principal, Via};
use crate::web::extract::Path;
use crate::web::problem::{Answer, Problem};
use engine::clock::rfc3339;
use engine::secrets;

/// How long a login may take.
const LONGEST: i64 = 10 * MINUTE;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(begin)).routes(routes!(outcome))
}

/// A login that was begun.
#[derive(Debug, Serialize, ToSchema)]
pub struct Begun {
    /// Meta's login dialog, to be opened in a popup.
    url: String,
    /// What to ask for the outcome.
    attempt_id: String,
    /// Until when it must be finished.
    expires_at: String,
}

/// Begins a login: answers the address of Meta's dialog.
#[utoipa::path(post, path = "/gateways/{id}/connect", tag = "gateways", params(("id" = String, Path)), responses(
    (status = 200, body = Begun)))]
async fn begin(State(app): State<App>, who: Principal, Path(id): Path<GatewayId>) -> Answer<Json<Begun>> {
    let known = reached(&app, &who, id)?;
    if !known.row.enabled {
        return Err(Problem::conflict("The gateway is switched off: switch it on, then connect Pages."));
    }
    if known.secret.is_none() {
        return Err(Problem::conflict("The gateway has lost its App Secret: type it again, then connect Pages."));
    }
    let (attempt, state, expires) = (app.ids.next(), secrets::token(), app.clock.now().plus(LONGEST));
    let session = match &who.via {
        Via::Session(hash) => Some(hash.clone()),
        Via::Token(_) => None,
    };
    let mut batch = Batch::new();
    let new = NewAttempt {
        id: attempt,
        gateway: id,
        state_hash: &secrets::hash(&state),
        user: who.user.id,
        session_hash: session.as_deref(),
        expires_at: expires,
    };
    login_attempt::insert(&mut batch, &new);
    app.store.commit(batch).await?;
    let login = match known.row.login_config_id.as_deref() {
        Some(config) => Login::Config(config),
        None => Login::Scopes(&SCOPES),
    };
    let url = dialog_url(
        &app.config.meta_dialog_url,
        &known.row.api_version,
        &known.row.app_id,
        &app.urls.webhook(&known.row.uri),
        &state,
        login,
        // Without it Facebook does not ask again for what was once declined, and says nothing about it.
        true,
    );
    Ok(Json(Begun { url, attempt_id: attempt.to_string(), expires_at: rfc3339(expires) }))
}

/// Whether a login has ended.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum AttemptState {
    /// Not yet.
    Pending,
    /// Well.
    Done,
    /// Not well.
    Failed,
}

/// How a login ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptView {
    state: AttemptState,
    /// The outcome as a sentence.
    message: String,
}

/// How a login ended, or that it has not.
#[utoipa::path(get, path = "/gateways/{id}/connect/{attempt_id}", tag = "gateways",
    params(("id" = String, Path), ("attempt_id" = String, Path)),
    responses((status = 200, body = AttemptView)))]
async fn outcome(
    State(app): State<App>,
    who: Principal,
    Path((id, attempt)): Path<(GatewayId, String)>,
) -> Answer<Json<AttemptView>> {
    let not_found = || Problem::not_found("login");
    let attempt: i64 = attempt.parse().map_err(|_| not_found())?;
    let attempt = login_attempt::of_gateway(&app.store, id, attempt).await?.ok_or_else(not_found)?;
    if attempt.user != who.user.id && !who.user.role.may(Permission::Administer) {
        return Err(not_found());
    }
    let over = attempt.expires_at < app.clock.now();
    let (state, message) = match attempt.outcome {
        Outcome::Done => (AttemptState::Done, attempt.message),
        Outcome::Failed => (AttemptState::Failed, attempt.message),
        Outcome::Pending if over => (
            AttemptState::Failed,
            "Nobody came back from Facebook's login within ten minutes. If Facebook showed an error there, it says what is \
             missing in the app's settings; else press Add or remove pages again."
                .to_owned(),
        ),
        Outcome::Working if attempt.expires_at.plus(LONGEST) < app.clock.now() => {
            (AttemptState::Failed, "The login was interrupted half-way: press Add or remove pages again.".to_owned())
        }
        _ => (AttemptState::Pending, String::new()),
    };
    Ok(Json(AttemptView { state, message }))
}
