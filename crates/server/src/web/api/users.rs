//! Users: who may sign in, in which role, and whether they take chats.

use ::review::access;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::id::UserId;
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
}

/// Every user, by name.
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

/// Changes a user. Another password or role ends their sessions.
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

/// Takes a user's right to sign in: their sessions and tokens end, their conversations go to others.
#[utoipa::path(post, path = "/users/{id}/deactivate", tag = "users",
    params(("id" = String, Path)), responses((status = 200, body = UserView)))]
async fn deactivate(State(app): State<App>, who: Principal, At(id): At<UserId>) -> Answer<Json<UserView>> {
    // A review ends as a whole: the guest, what they may do, and what they leave.
    if access::revoke_of_user(&app, who.user.id, id).await? {
        return Ok(Json(users::one(&app, id).await?));
    }
    Ok(Json(users::deactivate(&app, who.user.id, id).await?))
}

/// Gives a user the right to sign in back.
#[utoipa::path(post, path = "/users/{id}/activate", tag = "users",
    params(("id" = String, Path)), responses((status = 200, body = UserView)))]
async fn activate(State(app): State<App>, who: Principal, At(id): At<UserId>) -> Answer<Json<UserView>> {
    Ok(Json(users::activate(&app, who.user.id, id).await?))
}
