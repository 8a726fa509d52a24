//! Signing in and out, and the set-up of a new installation.

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use domain::role::Role;
use domain::secret::Secret;
use serde::{Deserialize, Serialize};
use store::table::user::{self, User};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::throttle::{Try, Wait};
use crate::web::api::me::{self, Me};
use crate::web::auth::{self, Via};
use crate::web::client::Client;
use crate::web::extract::Body;
use crate::web::known_device;
use crate::web::problem::{Answer, Problem, ProblemShape};
use ::review::access;
use engine::passwords::Place;
use engine::sessions;

/// The largest body: anyone may send one here, and a name and a password are short.
const LARGEST: usize = 16 * 1024;

/// Routes for which no sign-in is needed.
pub fn public_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(needed, set_up))
        .routes(routes!(sign_in, sign_out))
        .layer(DefaultBodyLimit::max(LARGEST))
}

/// Whether the installation is waiting for its first administrator.
#[derive(Debug, Serialize, ToSchema)]
pub struct Setup {
    needed: bool,
}

/// The first administrator.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstUser {
    /// From the set-up link that the server printed.
    #[schema(value_type = String)]
    token: Secret,
    email: String,
    name: String,
    /// At least 10 characters.
    #[schema(value_type = String)]
    password: Secret,
}

/// The credentials of a sign-in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    email: String,
    #[schema(value_type = String)]
    password: Secret,
}

/// Whether the installation is waiting for its first administrator.
#[utoipa::path(get, path = "/setup", tag = "session", security(()), responses((status = 200, body = Setup)))]
async fn needed(State(app): State<App>) -> Answer<Json<Setup>> {
    Ok(Json(Setup { needed: sessions::is_setup_needed(&app.store).await? }))
}

/// Creates the first administrator and signs them in.
#[utoipa::path(post, path = "/setup", tag = "session", security(()), request_body = FirstUser,
    responses((status = 200, body = Me), (status = 403, body = ProblemShape), (status = 409, body = ProblemShape)))]
async fn set_up(
    State(app): State<App>,
    client: Client,
    headers: HeaderMap,
    Body(first): Body<FirstUser>,
) -> Answer<impl IntoResponse> {
    auth::own_origin(&app, &headers, Some(client))?;
    let new = sessions::FirstUser { email: first.email, name: first.name, password: first.password };
    let user = sessions::set_up(&app, &first.token, new).await?;
    signed_in(&app, &user, client, &headers).await
}

/// Signs in with e-mail address and password.
#[utoipa::path(post, path = "/session", tag = "session", security(()), request_body = SignIn,
    responses((status = 200, body = Me), (status = 401, body = ProblemShape), (status = 403, body = ProblemShape), (status = 429, body = ProblemShape)))]
async fn sign_in(
    State(app): State<App>,
    client: Client,
    headers: HeaderMap,
    Body(sign_in): Body<SignIn>,
) -> Answer<impl IntoResponse> {
    auth::own_origin(&app, &headers, Some(client))?;
    // An address that is too long belongs to no user, and needs no entry in the throttle.
    let account: String = user::fold_email(&sign_in.email).chars().take(254).collect();
    let device = known_device::find(&app, &headers, &account);
    let known_device = device.is_some();
    let this = Try::new(client.address, account.clone(), device);
    let pause = app.throttle.begin(&this, app.clock.now()).map_err(|Wait(seconds)| {
        Problem::wait(seconds, format!("Too many failed sign-ins. Wait {seconds} s, then try again."))
    })?;
    tokio::time::sleep(pause).await;
    let place = if known_device { Some(Place::beside()) } else { Place::take() };
    let Some(place) = place else {
        app.throttle.gave_up(&this);
        return Err(Problem::wait(2, "Too many sign-ins at once. Try again in a moment."));
    };
    let user = sessions::authenticate(&app, place, &sign_in.email, sign_in.password, client.address).await?;
    let Some(user) = user else {
        metrics::counter!("deskbell_sign_ins_failed_total").increment(1);
        app.throttle.failed(&this, app.clock.now());
        return Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "The e-mail address or password is wrong, or this user is not allowed to sign in.",
        ));
    };
    app.throttle.succeeded(&this);
    if user.role == Role::Guest {
        access::signed_in(&app, &user).await?;
    }
    signed_in(&app, &user, client, &headers).await
}

async fn signed_in(
    app: &App,
    user: &User,
    client: Client,
    headers: &HeaderMap,
) -> Answer<impl IntoResponse + use<>> {
    let session = auth::open_session(app, user, client).await?;
    let device = known_device::cookie(app, headers, client, &user::fold_email(&user.email));
    let me = me::of(app, user, None).await?;
    Ok((AppendHeaders([(header::SET_COOKIE, session), (header::SET_COOKIE, device)]), Json(me)))
}

/// Signs out: the session ends, and an agent who has no other stream goes offline. The browser clears its cached
/// files.
#[utoipa::path(delete, path = "/session", tag = "session", security(("cookie" = [])),
    responses((status = 204), (status = 401, body = ProblemShape), (status = 403, body = ProblemShape), (status = 409, body = ProblemShape)))]
async fn sign_out(State(app): State<App>, client: Client, headers: HeaderMap) -> Answer<impl IntoResponse> {
    let who = auth::identify(&app, &headers).await?;
    let Via::Session(hash) = &who.via else {
        return Err(Problem::conflict("An API token is no session: end it with DELETE /tokens/{id}."));
    };
    auth::own_origin(&app, &headers, Some(client))?;
    sessions::close(&app, who.user.id, hash, client.address).await?;
    let headers = [
        (header::SET_COOKIE, auth::closing_cookie(&app, client)),
        (header::HeaderName::from_static("clear-site-data"), "\"cache\"".into()),
    ];
    Ok((StatusCode::NO_CONTENT, AppendHeaders(headers)))
}
