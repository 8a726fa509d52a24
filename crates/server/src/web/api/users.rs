//! Users: who may sign in, in which role, and whether they take chats.

use ::review::access;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::id::UserId;
use engine::sessions::{self as signed_in, SessionView};
use engine::tokens::{self as api_tokens, TokenView};
use engine::users::{self, NewUser, UserChange, UserView};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, Paging, Path as At, Query as Asked};
use crate::web::fields::page;
use crate::web::problem::Answer;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, update))
        .routes(routes!(deactivate))
        .routes(routes!(activate))
        .routes(routes!(tokens))
        .routes(routes!(end_token))
        .routes(routes!(sessions, end_sessions))
        .routes(routes!(end_session))
}

/// All users, by name.
#[utoipa::path(get, path = "/users", tag = "users",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<UserView>)))]
async fn list(State(app): State<App>, Asked(paging): Asked<Paging>) -> Answer<Json<Items<UserView>>> {
    page(users::all(&app).await?, &paging)
}

/// One user.
#[utoipa::path(get, path = "/users/{id}", tag = "users",
    params(("id" = String, Path)), responses((status = 200, body = UserView)))]
async fn get(State(app): State<App>, At(id): At<UserId>) -> Answer<Json<UserView>> {
    Ok(Json(users::one(&app, id).await?))
}

/// Adds a user.
#[utoipa::path(post, path = "/users", tag = "users", request_body = NewUser,
    responses((status = 201, body = UserView)))]
async fn create(
    State(app): State<App>,
    who: Principal,
    Body(new): Body<NewUser>,
) -> Answer<(StatusCode, Json<UserView>)> {
    Ok((StatusCode::CREATED, Json(users::create(&app, who.user.id, new).await?)))
}

/// Changes a user. A new password ends their sessions and API tokens, a new role ends their sessions.
#[utoipa::path(patch, path = "/users/{id}", tag = "users", params(("id" = String, Path)),
    request_body = UserChange, responses((status = 200, body = UserView)))]
async fn update(
    State(app): State<App>,
    who: Principal,
    At(id): At<UserId>,
    Body(change): Body<UserChange>,
) -> Answer<Json<UserView>> {
    Ok(Json(users::update(&app, who.by(), id, change).await?))
}

/// Deactivates a user: they can no longer sign in, their sessions and tokens end, and their conversations go to
/// others.
#[utoipa::path(post, path = "/users/{id}/deactivate", tag = "users",
    params(("id" = String, Path)), responses((status = 200, body = UserView)))]
async fn deactivate(State(app): State<App>, who: Principal, At(id): At<UserId>) -> Answer<Json<UserView>> {
    // A review ends as a whole: the guest, their access, and its objects.
    if access::revoke_of_user(&app, who.user.id, id).await? {
        return Ok(Json(users::one(&app, id).await?));
    }
    Ok(Json(users::deactivate(&app, who.user.id, id).await?))
}

/// Lets a user sign in again.
#[utoipa::path(post, path = "/users/{id}/activate", tag = "users",
    params(("id" = String, Path)), responses((status = 200, body = UserView)))]
async fn activate(State(app): State<App>, who: Principal, At(id): At<UserId>) -> Answer<Json<UserView>> {
    Ok(Json(users::activate(&app, who.user.id, id).await?))
}

/// A user's API tokens, newest first. The tokens themselves are never shown.
#[utoipa::path(get, path = "/users/{id}/tokens", tag = "users",
    params(("id" = String, Path), ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<TokenView>)))]
async fn tokens(
    State(app): State<App>,
    At(id): At<UserId>,
    Asked(paging): Asked<Paging>,
) -> Answer<Json<Items<TokenView>>> {
    page(api_tokens::of_user(&app, id).await?, &paging)
}

/// Ends one of a user's API tokens: requests and streams with it end.
#[utoipa::path(delete, path = "/users/{id}/tokens/{token_id}", tag = "users",
    params(("id" = String, Path), ("token_id" = String, Path)), responses((status = 204)))]
async fn end_token(
    State(app): State<App>,
    who: Principal,
    At((id, token)): At<(UserId, i64)>,
) -> Answer<StatusCode> {
    api_tokens::delete(&app, who.user.id, id, token).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The browsers in which a user is signed in, newest first.
#[utoipa::path(get, path = "/users/{id}/sessions", tag = "users",
    params(("id" = String, Path), ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<SessionView>)))]
async fn sessions(
    State(app): State<App>,
    who: Principal,
    At(id): At<UserId>,
    Asked(paging): Asked<Paging>,
) -> Answer<Json<Items<SessionView>>> {
    page(signed_in::all(&app, who.by(), id).await?, &paging)
}

/// Signs a user out everywhere, except in the session of this request.
#[utoipa::path(delete, path = "/users/{id}/sessions", tag = "users",
    params(("id" = String, Path)), responses((status = 204)))]
async fn end_sessions(State(app): State<App>, who: Principal, At(id): At<UserId>) -> Answer<StatusCode> {
    signed_in::revoke_all(&app, who.by(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Signs a user out in one browser.
#[utoipa::path(delete, path = "/users/{id}/sessions/{session_id}", tag = "users",
    params(("id" = String, Path), ("session_id" = String, Path)), responses((status = 204)))]
async fn end_session(
    State(app): State<App>,
    who: Principal,
    At((id, session)): At<(UserId, i64)>,
) -> Answer<StatusCode> {
    signed_in::revoke(&app, who.user.id, id, session).await?;
    Ok(StatusCode::NO_CONTENT)
}
