//! Tests of flows: dialogues with their expected effects.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::id::FlowId;
use engine::flows::dialogues::{self, NewTest, TestChange, TestOrder, TestResults, TestView};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, OptionalBody, Paging, Path as At, Query as Asked};
use crate::web::fields::page;
use crate::web::problem::Answer;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(get, update, delete)).routes(routes!(run))
}

/// The tests of a flow, oldest first.
#[utoipa::path(get, path = "/flows/{id}/tests", tag = "flows",
    params(("id" = String, Path), ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<TestView>)))]
async fn list(
    State(app): State<App>,
    At(id): At<FlowId>,
    Asked(paging): Asked<Paging>,
) -> Answer<Json<Items<TestView>>> {
    page(dialogues::all(&app, id).await?, &paging)
}

/// Adds a test: a dialogue with its expected effects.
#[utoipa::path(post, path = "/flows/{id}/tests", tag = "flows", params(("id" = String, Path)), request_body = NewTest,
    responses((status = 201, body = TestView)))]
async fn create(
    State(app): State<App>,
    who: Principal,
    At(id): At<FlowId>,
    Body(new): Body<NewTest>,
) -> Answer<(StatusCode, Json<TestView>)> {
    Ok((StatusCode::CREATED, Json(dialogues::create(&app, Some(who.user.id), id, new).await?)))
}

/// One test.
#[utoipa::path(get, path = "/flows/{id}/tests/{test_id}", tag = "flows",
    params(("id" = String, Path), ("test_id" = String, Path)), responses((status = 200, body = TestView)))]
async fn get(State(app): State<App>, At((id, test)): At<(FlowId, i64)>) -> Answer<Json<TestView>> {
    Ok(Json(dialogues::one(&app, id, test).await?))
}

/// Changes a test.
#[utoipa::path(patch, path = "/flows/{id}/tests/{test_id}", tag = "flows",
    params(("id" = String, Path), ("test_id" = String, Path)), request_body = TestChange,
    responses((status = 200, body = TestView)))]
async fn update(
    State(app): State<App>,
    who: Principal,
    At((id, test)): At<(FlowId, i64)>,
    Body(change): Body<TestChange>,
) -> Answer<Json<TestView>> {
    Ok(Json(dialogues::update(&app, who.user.id, id, test, change).await?))
}

/// Deletes a test.
#[utoipa::path(delete, path = "/flows/{id}/tests/{test_id}", tag = "flows",
    params(("id" = String, Path), ("test_id" = String, Path)), responses((status = 204)))]
async fn delete(State(app): State<App>, who: Principal, At((id, test)): At<(FlowId, i64)>) -> Answer<StatusCode> {
    dialogues::delete(&app, who.user.id, id, test).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Runs all tests of a flow against the saved draft, or against the given body.
#[utoipa::path(post, path = "/flows/{id}/tests/run", tag = "flows", params(("id" = String, Path)),
    request_body = Option<TestOrder>, responses((status = 200, body = TestResults)))]
async fn run(
    State(app): State<App>,
    At(id): At<FlowId>,
    OptionalBody(order): OptionalBody<TestOrder>,
) -> Answer<Json<TestResults>> {
    Ok(Json(dialogues::run(&app, id, order).await?))
}
