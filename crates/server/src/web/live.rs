//! The event stream over HTTP (SSE). Events come from `engine::live`; here they are filtered for one user and framed.

mod stream;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::Query;
use crate::web::problem::{Answer, ProblemShape};

/// The capabilities of a stream's screen.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Screen {
    /// Whether it reports which offers it has shown. Only those offers count as missed.
    #[serde(default)]
    confirms_offers: bool,
}

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(events))
}

/// The event stream.
///
/// Resumes after `Last-Event-ID`. A screen with `confirms_offers` reports each offer that it has shown with `POST
/// /conversations/{id}/offer-shown`; for others, an offer counts as shown when it is made. The schema `LiveEvent`
/// describes the events and their data.
#[utoipa::path(get, path = "/events", tag = "live", params(Screen), responses(
    (status = 200, content_type = "text/event-stream", body = String), (status = 429, body = ProblemShape)))]
async fn events(
    State(app): State<App>,
    who: Principal,
    Query(screen): Query<Screen>,
    headers: HeaderMap,
) -> Answer<Response> {
    let last = headers.get("last-event-id").map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    stream::open(app, who, last, screen.confirms_offers).await
}
