//! Flows: drafts that administrators edit and test, and the published versions that customers get.

mod dialogues;
mod exchange;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use domain::id::FlowId;
use engine::flow_failures;
use engine::flows::customers::{self, Customers, CustomersQuery};
use engine::flows::simulate::{self, Simulated, Simulation};
use engine::flows::versions::{self, CompareQuery, Comparison, RollbackOrder, VersionBody, VersionView};
use engine::flows::{self, FlowChange, FlowItem, FlowView, NewFlow, PublishOrder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, OptionalBody, Paging, Path as At, Query as Asked};
use crate::web::fields::page;
use crate::web::problem::{Answer, ProblemShape};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, put, delete))
        .routes(routes!(publish))
        .routes(routes!(simulate))
        .routes(routes!(all_versions))
        .routes(routes!(one_version))
        .routes(routes!(rollback))
        .routes(routes!(compare))
        .routes(routes!(customers))
        .routes(routes!(dismiss))
        .routes(routes!(schema))
        .merge(dialogues::routes())
        .merge(exchange::routes())
}

/// All flows, oldest first.
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
    Ok((StatusCode::CREATED, Json(flows::create(&app, Some(who.user.id), new).await?)))
}

/// Saves name and draft. A draft may have errors: the response lists them.
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
/// Errors, and failing tests that must pass, prevent it: 422 with `problems`.
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

/// Deletes a flow that nothing uses. Conversations that are in it continue to its end.
#[utoipa::path(delete, path = "/flows/{id}", tag = "flows",
    params(("id" = String, Path)), responses((status = 204)))]
async fn delete(State(app): State<App>, who: Principal, At(id): At<FlowId>) -> Answer<StatusCode> {
    flows::delete(&app, who.user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Simulates a chat with a flow. Nothing is sent or stored, and nothing leaves the installation unless the scene
/// allows it.
#[utoipa::path(post, path = "/flows/{id}/simulate", tag = "flows", params(("id" = String, Path)),
    request_body = Simulation, responses((status = 200, body = Simulated)))]
async fn simulate(
    State(app): State<App>,
    At(id): At<FlowId>,
    Body(order): Body<Simulation>,
) -> Answer<Json<Simulated>> {
    Ok(Json(simulate::simulate(&app, id, order).await?))
}

/// All published versions, newest first.
#[utoipa::path(get, path = "/flows/{id}/versions", tag = "flows",
    params(("id" = String, Path), ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<VersionView>)))]
async fn all_versions(
    State(app): State<App>,
    At(id): At<FlowId>,
    Asked(paging): Asked<Paging>,
) -> Answer<Json<Items<VersionView>>> {
    page(versions::all(&app, id).await?, &paging)
}

/// One published version. It never changes.
#[utoipa::path(get, path = "/flows/{id}/versions/{number}", tag = "flows",
    params(("id" = String, Path), ("number" = i64, Path)), responses((status = 200, body = VersionBody)))]
async fn one_version(State(app): State<App>, At((id, number)): At<(FlowId, i64)>) -> Answer<Json<VersionBody>> {
    Ok(Json(versions::body(&app, id, number).await?))
}

/// Goes back to an earlier version: new conversations begin with it. The draft stays as it is.
#[utoipa::path(post, path = "/flows/{id}/rollback", tag = "flows", params(("id" = String, Path)),
    request_body = RollbackOrder, responses((status = 200, body = FlowView)))]
async fn rollback(
    State(app): State<App>,
    who: Principal,
    At(id): At<FlowId>,
    Body(order): Body<RollbackOrder>,
) -> Answer<Json<FlowView>> {
    Ok(Json(versions::roll_back(&app, who.user.id, id, order).await?))
}

/// What differs between two versions, or a version and the draft.
#[utoipa::path(get, path = "/flows/{id}/compare", tag = "flows", params(("id" = String, Path), CompareQuery),
    responses((status = 200, body = Comparison), (status = 422, body = ProblemShape)))]
async fn compare(
    State(app): State<App>,
    At(id): At<FlowId>,
    Asked(query): Asked<CompareQuery>,
) -> Answer<Json<Comparison>> {
    Ok(Json(versions::compare(&app, id, &query).await?))
}

/// How many customers are at each node of a published version, and how many left there.
#[utoipa::path(get, path = "/flows/{id}/customers", tag = "flows", params(("id" = String, Path), CustomersQuery),
    responses((status = 200, body = Customers)))]
async fn customers(
    State(app): State<App>,
    At(id): At<FlowId>,
    Asked(query): Asked<CustomersQuery>,
) -> Answer<Json<Customers>> {
    Ok(Json(customers::of(&app, id, &query).await?))
}

/// Forgets the failures of a flow. A step that fails again is reported again. Publishing forgets them too.
#[utoipa::path(delete, path = "/flows/{id}/failures", tag = "flows", params(("id" = String, Path)),
    responses((status = 204)))]
async fn dismiss(State(app): State<App>, who: Principal, At(id): At<FlowId>) -> Answer<StatusCode> {
    flow_failures::dismiss(&app, who.user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The JSON Schema of a flow's body, for editors.
#[utoipa::path(get, path = "/flow-schema", tag = "flows",
    responses((status = 200, content_type = "application/schema+json", body = Object)))]
async fn schema() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/schema+json")], domain::flow::schema().to_string())
}
