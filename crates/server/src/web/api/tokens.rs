//! API tokens: they belong to a user, and each is shown once.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use engine::tokens::{self, NewToken, TokenView};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, Paging, Path as At, Query as Asked};
use crate::web::fields::page;
use crate::web::problem::Answer;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(delete))
}

/// Your API tokens, newest first.
#[utoipa::path(get, path = "/tokens", tag = "tokens",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<TokenView>)))]
async fn list(
    State(app): State<App>,
    who: Principal,
    Asked(paging): Asked<Paging>,
) -> Answer<Json<Items<TokenView>>> {
    page(tokens::all(&app, who.user.id).await?, &paging)
}

/// Creates an API token with your permissions. One that is made with an API token ends with that one.
#[utoipa::path(post, path = "/tokens", tag = "tokens", request_body = NewToken,
    responses((status = 201, body = TokenView)))]
async fn create(
    State(app): State<App>,
    who: Principal,
    Body(new): Body<NewToken>,
) -> Answer<(StatusCode, Json<TokenView>)> {
    Ok((StatusCode::CREATED, Json(tokens::create(&app, who.by(), new).await?)))
}

/// Ends one of your API tokens and those that were made with it: requests and streams with them end.
#[utoipa::path(delete, path = "/tokens/{id}", tag = "tokens",
    params(("id" = String, Path)), responses((status = 204)))]
async fn delete(State(app): State<App>, who: Principal, At(id): At<i64>) -> Answer<StatusCode> {
    tokens::delete(&app, who.user.id, who.user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
