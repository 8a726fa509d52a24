//! The signed-in user: their data, their Call Center switch, their password.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::role::{Permission, Role};
use domain::secret::Secret;
use domain::time::{Micros, SECOND};
use serde::{Deserialize, Serialize};
use store::table::agent;
use store::table::user::{self, User};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::throttle::{Try, Wait};
use crate::web::auth::Principal;
use crate::web::client::Client;
use crate::web::extract::{Body, OptionalBody, Query};
use crate::web::problem::{Answer, Problem};
use engine::agent_help;
use engine::agents::{self, NewStatus};
use engine::clock::{read, rfc3339};
use engine::passwords;
use engine::presence;
use engine::sessions;
use engine::users::{self, UserView};
use engine::view::{self, StatusView};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get)).routes(routes!(put_status)).routes(routes!(beat))
}

/// Not for guests: the password of Meta's reviewer is written in Meta's form.
pub fn own_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(put_password))
}

/// Attempts to give one's own password count together, from whatever sessions and tokens.
const OWN_PASSWORD: &str = "own password";

/// The user's figures of today.
#[derive(Debug, Serialize, ToSchema)]
pub struct Today {
    /// Conversations that were closed.
    handled: i64,
    /// The average time from accept to close.
    average_handle_seconds: i64,
}

/// The query of the request.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// When today began; midnight in the installation's time zone if left out.
    #[param(format = DateTime)]
    since: Option<String>,
}

/// The signed-in user.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    user: UserView,
    /// Null for users who are not agents.
    status: Option<StatusView>,
    /// The user's permissions, which decide what screens show.
    permissions: Vec<Permission>,
    /// For a guest: the gateway that they belong to.
    guest: Option<GuestOf>,
    today: Today,
    /// Whether the language model offers this user suggested replies, summaries and translations.
    language_model: bool,
    /// The time zone of the installation, where its days begin.
    time_zone: String,
    public_url: String,
    #[schema(format = DateTime)]
    server_time: String,
}

/// What a guest may see of their gateway.
#[derive(Debug, Serialize, ToSchema)]
pub struct GuestOf {
    gateway_id: String,
    gateway_name: String,
    /// Until when they may sign in.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

fn guest(app: &App, user: &User) -> Option<GuestOf> {
    if user.role != Role::Guest {
        return None;
    }
    let directory = app.directory();
    let gateway = directory.gateway_of_guest(user.id)?;
    Some(GuestOf {
        gateway_id: gateway.to_string(),
        gateway_name: directory.gateways.get(&gateway)?.row.name.clone(),
        expires_at: user.ends_at.map(rfc3339),
    })
}

/// Everything that the screens need to know about a user at the start.
pub async fn of(app: &App, user: &User, today: Option<Micros>) -> Answer<Me> {
    let at = app.clock.now();
    let today = today.unwrap_or_else(|| app.today().start);
    let (agent, handled) = agent::with_handled(&app.store, user.id, today).await?;
    Ok(Me {
        user: user.into(),
        status: agent.as_ref().map(view::status),
        permissions: Permission::ALL.into_iter().filter(|permission| user.role.may(*permission)).collect(),
        guest: guest(app, user),
        today: Today {
            handled: handled.count,
            average_handle_seconds: handled.duration / handled.count.max(1) / SECOND,
        },
        language_model: user.role.may(Permission::Answer) && agent_help::is_on(app).await?,
        time_zone: app.directory().time_zone.name.clone(),
        public_url: app.config.public_url.clone(),
        server_time: rfc3339(at),
    })
}

/// The signed-in user.
#[utoipa::path(get, path = "/me", tag = "me", params(Asked), responses((status = 200, body = Me)))]
async fn get(State(app): State<App>, who: Principal, Query(asked): Query<Asked>) -> Answer<Json<Me>> {
    let unreadable = || Problem::unreadable("since must be a time such as 2026-01-31T00:00:00+02:00.");
    let today = match asked.since {
        // The plus of an offset that was not escaped is read as a space.
        Some(text) => Some(read(&text.replace(' ', "+")).ok_or_else(unreadable)?),
        None => None,
    };
    of(&app, &who.user, today).await.map(Json)
}

/// The Call Center switch.
#[utoipa::path(put, path = "/me/status", tag = "me", request_body = NewStatus,
    responses((status = 200, body = StatusView)))]
async fn put_status(
    State(app): State<App>,
    who: Principal,
    Body(wish): Body<NewStatus>,
) -> Answer<Json<StatusView>> {
    Ok(Json(agents::set_own_status(&app, who.user.id, wish).await?))
}

/// A new password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    #[schema(value_type = String)]
    current: Secret,
    /// At least 10 characters.
    #[schema(value_type = String)]
    password: Secret,
}

/// Changes your password. All your other sessions and API tokens end.
#[utoipa::path(put, path = "/me/password", tag = "me", request_body = NewPassword, responses((status = 204)))]
async fn put_password(
    State(app): State<App>,
    who: Principal,
    client: Client,
    Body(new): Body<NewPassword>,
) -> Answer<StatusCode> {
    passwords::acceptable(&new.password).map_err(|detail| Problem::field("/password", detail))?;
    // A person at an unattended screen must not be able to guess, nor one who makes an API token for each guess.
    let this = Try::new(client.address, user::fold_email(&who.user.email), Some(OWN_PASSWORD.to_owned()));
    app.throttle.begin(&this, app.clock.now()).map_err(|Wait(seconds)| {
        Problem::wait(seconds, format!("Too many wrong passwords. Wait {seconds} s, then try again."))
    })?;
    if !sessions::confirms(&app, &who.user, new.current, client.address).await {
        return Err(Problem::field("/current", "This is not your current password."));
    }
    app.throttle.succeeded(&this);
    users::set_own_password(&app, who.by(), new.password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a screen reports about itself.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Beat {
    /// Whether it is visible: then the user sees events there, and nothing is pushed. If left out, unchanged.
    visible: Option<bool>,
}

/// Heartbeat of an open screen, every 20 s. An agent who counted as lost and still has an event stream is online
/// again.
#[utoipa::path(post, path = "/me/presence", tag = "me", request_body = Option<Beat>, responses((status = 204)))]
async fn beat(
    State(app): State<App>,
    who: Principal,
    OptionalBody(beat): OptionalBody<Beat>,
) -> Answer<StatusCode> {
    presence::beat(&app, who.user.id, beat.visible).await?;
    Ok(StatusCode::NO_CONTENT)
}
