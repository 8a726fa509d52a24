//! Calendars: when queues are open.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::id::CalendarId;
use engine::calendars::{self, CalendarChange, CalendarView, NewCalendar, OpeningView};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, Paging, Path as At, Query as Asked};
use crate::web::fields::{moment, page};
use crate::web::problem::Answer;

/// For everyone.
pub fn answer_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get)).routes(routes!(open))
}

/// For administrators.
pub fn administer_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create)).routes(routes!(update, delete))
}

/// All calendars, by name.
#[utoipa::path(get, path = "/calendars", tag = "calendars",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<CalendarView>)))]
async fn list(State(app): State<App>, Asked(paging): Asked<Paging>) -> Answer<Json<Items<CalendarView>>> {
    page(calendars::all(&app).await?, &paging)
}

/// One calendar.
#[utoipa::path(get, path = "/calendars/{id}", tag = "calendars",
    params(("id" = String, Path)), responses((status = 200, body = CalendarView)))]
async fn get(State(app): State<App>, At(id): At<CalendarId>) -> Answer<Json<CalendarView>> {
    Ok(Json(calendars::one(&app, id).await?))
}

/// The moment to check.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asking {
    /// As `2026-11-22T16:00:00Z`; else now.
    at: Option<String>,
}

/// Whether a calendar is open, and when that changes.
#[utoipa::path(get, path = "/calendars/{id}/open", tag = "calendars",
    params(("id" = String, Path), Asking), responses((status = 200, body = OpeningView)))]
async fn open(
    State(app): State<App>,
    At(id): At<CalendarId>,
    Asked(asking): Asked<Asking>,
) -> Answer<Json<OpeningView>> {
    let at = moment("at", asking.at.as_deref())?;
    Ok(Json(calendars::opening(&app, id, at).await?))
}

/// Creates a calendar.
#[utoipa::path(post, path = "/calendars", tag = "calendars", request_body = NewCalendar,
    responses((status = 201, body = CalendarView)))]
async fn create(
    State(app): State<App>,
    who: Principal,
    Body(new): Body<NewCalendar>,
) -> Answer<(StatusCode, Json<CalendarView>)> {
    Ok((StatusCode::CREATED, Json(calendars::create(&app, who.user.id, new).await?)))
}

/// Changes a calendar.
#[utoipa::path(patch, path = "/calendars/{id}", tag = "calendars", params(("id" = String, Path)),
    request_body = CalendarChange, responses((status = 200, body = CalendarView)))]
async fn update(
    State(app): State<App>,
    who: Principal,
    At(id): At<CalendarId>,
    Body(change): Body<CalendarChange>,
) -> Answer<Json<CalendarView>> {
    Ok(Json(calendars::update(&app, who.user.id, id, change).await?))
}

/// Removes a calendar that no queue uses.
#[utoipa::path(delete, path = "/calendars/{id}", tag = "calendars",
    params(("id" = String, Path)), responses((status = 204)))]
async fn delete(State(app): State<App>, who: Principal, At(id): At<CalendarId>) -> Answer<StatusCode> {
    calendars::delete(&app, who.user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
