//! What a new installation still needs before its first customer is answered.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use store::table::agent;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::problem::Answer;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get))
}

/// The tasks.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ChecklistKey {
    /// There is a gateway.
    Gateway,
    /// A Page is switched on.
    Page,
    /// An agent was online.
    Agent,
    /// A person answered a customer.
    Message,
}

/// A single task.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChecklistItem {
    key: ChecklistKey,
    done: bool,
}

/// The tasks, in this order.
#[derive(Debug, Serialize, ToSchema)]
pub struct Checklist {
    items: Vec<ChecklistItem>,
}

/// What a new installation still needs.
#[utoipa::path(get, path = "/checklist", tag = "checklist", responses((status = 200, body = Checklist)))]
async fn get(State(app): State<App>) -> Answer<Json<Checklist>> {
    let directory = app.directory();
    let steps = agent::first_steps(&app.store).await?;
    let items = [
        (ChecklistKey::Gateway, !directory.gateways.is_empty()),
        (ChecklistKey::Page, directory.accounts.values().any(|page| page.subscribed)),
        (ChecklistKey::Agent, steps.was_online),
        (ChecklistKey::Message, steps.has_answered),
    ];
    Ok(Json(Checklist { items: items.into_iter().map(|(key, done)| ChecklistItem { key, done }).collect() }))
}
