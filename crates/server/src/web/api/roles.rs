//! Roles: the built-in ones, and those that administrators created; and the permissions.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use engine::roles::{self, NewRole, PermissionView, RoleChange, RoleView};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, Paging, Path as At, Query as Asked};
use crate::web::fields::page;
use crate::web::problem::Answer;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(permissions))
        .routes(routes!(list, create))
        .routes(routes!(get, update, delete))
}

/// All permissions, each with what it allows.
#[utoipa::path(get, path = "/permissions", tag = "roles",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<PermissionView>)))]
async fn permissions(Asked(paging): Asked<Paging>) -> Answer<Json<Items<PermissionView>>> {
    page(roles::permissions(), &paging)
}

/// All roles: the built-in ones first, then the others by name.
#[utoipa::path(get, path = "/roles", tag = "roles",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<RoleView>)))]
async fn list(State(app): State<App>, Asked(paging): Asked<Paging>) -> Answer<Json<Items<RoleView>>> {
    page(roles::all(&app).await?, &paging)
}

/// One role.
#[utoipa::path(get, path = "/roles/{id}", tag = "roles",
    params(("id" = String, Path)), responses((status = 200, body = RoleView)))]
async fn get(State(app): State<App>, At(id): At<String>) -> Answer<Json<RoleView>> {
    Ok(Json(roles::one(&app, &id).await?))
}

/// Creates a role. Users get it by its id in their `role`.
#[utoipa::path(post, path = "/roles", tag = "roles", request_body = NewRole,
    responses((status = 201, body = RoleView)))]
async fn create(
    State(app): State<App>,
    who: Principal,
    Body(new): Body<NewRole>,
) -> Answer<(StatusCode, Json<RoleView>)> {
    Ok((StatusCode::CREATED, Json(roles::create(&app, who.user.id, new).await?)))
}

/// Changes a role, for all users who have it. The built-in ones cannot be changed.
#[utoipa::path(patch, path = "/roles/{id}", tag = "roles", params(("id" = String, Path)),
    request_body = RoleChange, responses((status = 200, body = RoleView)))]
async fn update(
    State(app): State<App>,
    who: Principal,
    At(id): At<String>,
    Body(change): Body<RoleChange>,
) -> Answer<Json<RoleView>> {
    Ok(Json(roles::update(&app, who.user.id, &id, change).await?))
}

/// Removes a role that no user has. The built-in ones cannot be removed.
#[utoipa::path(delete, path = "/roles/{id}", tag = "roles",
    params(("id" = String, Path)), responses((status = 204)))]
async fn delete(State(app): State<App>, who: Principal, At(id): At<String>) -> Answer<StatusCode> {
    roles::delete(&app, who.user.id, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
