//! Flows: drafts that administrators edit and try out, and the versions that customers meet.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use domain::id::FlowId;
use engine::flows::{self, FlowChange, FlowItem, FlowView, NewFlow, PublishOrder, Simulated, Simulation};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, OptionalBody, Paging, Path as At, Query as Asked};
use crate::web::fields::page;
use crate::web::problem::Answer;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, put, delete))
        .routes(routes!(publish))
        .routes(routes!(simulate))
        .routes(routes!(schema))
}

/// All flows, the oldest first.
#[utoipa::path(get, path = "/flows", tag = "flows",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<FlowItem>)))]
async fn list(State(app): State<App>, Asked(paging): Asked<Paging>) -> Answer<Json<Items<FlowItem>>> {
    page(flows::all(&app).await?, &paging)
}

/// One flow.
#[utoipa::path(get, path = "/flows/{id}", tag = "flows",
    params(("id" = String, Path)), responses((status = 200, body = FlowView)))]
async fn get(State(app): State<App>, At(id): At<FlowId>) -> Answer<Json<FlowView>> {
    Ok(Json(flows::one(&app, id).await?))
}

/// Creates a flow. Customers see it only after it is published and chosen for a gateway.
#[utoipa::path(post, path = "/flows", tag = "flows", request_body = NewFlow,
    responses((status = 201, body = FlowView)))]
async fn create(
    State(app): State<App>,
    who: Principal,
    Body(new): Body<NewFlow>,
) -> Answer<(StatusCode, Json<FlowView>)> {
    Ok((StatusCode::CREATED, Json(flows::create(&app, who.user.id, new).await?)))
}

/// Saves name and draft. A draft may have problems, but must match the schema.
#[utoipa::path(put, path = "/flows/{id}", tag = "flows", params(("id" = String, Path)), request_body = FlowChange,
    responses((status = 200, body = FlowView)))]
async fn put(
    State(app): State<App>,
    who: Principal,
    At(id): At<FlowId>,
    Body(change): Body<FlowChange>,
) -> Answer<Json<FlowView>> {
    Ok(Json(flows::update(&app, who.user.id, id, change).await?))
}

/// Publishes the draft: new conversations start with it. Conversations in progress continue with their version.
#[utoipa::path(post, path = "/flows/{id}/publish", tag = "flows", params(("id" = String, Path)),
    request_body = Option<PublishOrder>, responses((status = 200, body = FlowView)))]
async fn publish(
    State(app): State<App>,
    who: Principal,
    At(id): At<FlowId>,
    OptionalBody(sent): OptionalBody<PublishOrder>,
) -> Answer<Json<FlowView>> {
    Ok(Json(flows::publish(&app, &who.user, id, sent).await?))
}

/// Deletes a flow that no gateway uses. Conversations that are in it continue to its end.
#[utoipa::path(delete, path = "/flows/{id}", tag = "flows",
    params(("id" = String, Path)), responses((status = 204)))]
async fn delete(State(app): State<App>, who: Principal, At(id): At<FlowId>) -> Answer<StatusCode> {
    flows::delete(&app, who.user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Simulates a chat with the draft. Nothing is sent or stored.
#[utoipa::path(post, path = "/flows/{id}/simulate", tag = "flows", params(("id" = String, Path)),
    request_body = Simulation, responses((status = 200, body = Simulated)))]
async fn simulate(
    State(app): State<App>,
    At(id): At<FlowId>,
    Body(order): Body<Simulation>,
) -> Answer<Json<Simulated>> {
    Ok(Json(flows::simulate(&app, id, order).await?))
}

/// The JSON Schema of a flow's body, for editors.
#[utoipa::path(get, path = "/flow-schema", tag = "flows",
    responses((status = 200, content_type = "application/schema+json", body = Object)))]
async fn schema() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/schema+json")], domain::flow::schema())
}
