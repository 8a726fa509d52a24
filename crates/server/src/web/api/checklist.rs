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

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get))
}

/// One thing to do.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChecklistItem {
    /// `gateway`: there is one; `page`: one is switched on; `agent`: one was online; `message`: one answered.
    key: &'static str,
    done: bool,
}

/// What there is to do, in this order.
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
        ("gateway", !directory.gateways.is_empty()),
        ("page", directory.pages.values().any(|page| page.subscribed)),
        ("agent", steps.was_online),
        ("message", steps.has_answered),
    ];
    Ok(Json(Checklist { items: items.into_iter().map(|(key, done)| ChecklistItem { key, done }).collect() }))
}
