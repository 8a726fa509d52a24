//! The audit log: who did what, and when. Administrators can read it; it cannot be edited.

use axum::Json;
use axum::extract::State;
use domain::id::UserId;
use serde::{Deserialize, Serialize};
use store::table::audit;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::extract::{Items, Paging, Query};
use crate::web::problem::{Answer, Problem};
use engine::clock::rfc3339;
use engine::view::Named;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// An entry of the audit log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditLine)]
struct Line {
    id: String,
    /// The time of the action.
    at: String,
    /// The user; null for Deskbell itself, or Meta on behalf of a person.
    user: Option<Named>,
    /// The action, as `noun.verb`: `gateway.update`, `contact.erase`.
    action: String,
    /// The object: `gateway 42`.
    object: String,
    /// The name of the object, if it still exists.
    object_name: Option<String>,
    /// Details.
    detail: String,
}

impl From<(audit::Line, Option<String>)> for Line {
    fn from((it, object_name): (audit::Line, Option<String>)) -> Self {
        Self {
            id: it.id.to_string(),
            at: rfc3339(it.at),
            user: it.user.map(|(id, name)| Named { id: id.to_string(), name }),
            action: it.action,
            object: it.object,
            object_name,
            detail: it.detail.english(),
        }
    }
}

/// The filters of the audit log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only actions of this user.
    user: Option<String>,
    /// Only actions that begin with this: `contact` or `contact.erase`.
    action: Option<String>,
    /// 1 to 200, else 50.
    limit: Option<i64>,
    /// Cursor of the next page.
    cursor: Option<String>,
}

/// The entries of the audit log, newest first.
#[utoipa::path(get, path = "/audit", tag = "audit", params(Filter),
    responses((status = 200, body = Items<Line>)))]
async fn list(State(app): State<App>, Query(filter): Query<Filter>) -> Answer<Json<Items<Line>>> {
    let limit = Paging { limit: filter.limit, cursor: None }.limit()?;
    let number = |name: &str, text: Option<&str>, none: i64| match text {
        None | Some("") => Ok(none),
        Some(text) => text.parse::<i64>().map_err(|_| Problem::unreadable(format!("{name} cannot be read."))),
    };
    let user = number("user", filter.user.as_deref(), 0)?;
    let below = number("cursor", filter.cursor.as_deref(), i64::MAX)?;
    let action = filter.action.unwrap_or_default();
    let lines =
        engine::audit::list(&app, Some(UserId(user)).filter(|id| id.0 != 0), &action, below, limit + 1).await?;
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = lines.len() > wanted;
    let items: Vec<_> = lines.into_iter().take(wanted).map(Line::from).collect();
    let next = items.last().filter(|_| more).map(|last| last.id.clone());
    Ok(Json(Items { items, next }))
}
