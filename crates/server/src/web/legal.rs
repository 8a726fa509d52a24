//! The public pages of a gateway's business: privacy policy and how to ask for deletion (meta-platform.md §8.2,
//! §9.3). Meta's reviewers and customers read them without signing in.

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use domain::id::GatewayId;

use crate::app::App;
use crate::web::gateway::html;
use crate::web::problem::Problem;
use ::review::facts::Facts;
use ::review::legal::Page;
use ::review::markup;

pub fn routes() -> Router<App> {
    Router::new().route("/legal/{gateway}/{page}", get(show))
}

async fn show(State(app): State<App>, path: Result<Path<(GatewayId, String)>, PathRejection>) -> Response {
    let Ok(Path((id, page))) = path else { return html::no_legal() };
    let (Some(page), Some(known)) = (Page::at(&page), app.directory().gateways.get(&id).cloned()) else {
        return html::no_legal();
    };
    match Facts::in_public(&app, &known).await {
        Ok(facts) => html::legal(page.title(), &markup::html(&page.text(&facts))),
        Err(error) => Problem::from(error).into_response(),
    }
}
