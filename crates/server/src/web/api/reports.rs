//! Reports on conversations, and the single conversations behind them.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use engine::csv_table::Writer;
use engine::reports::{self, Asked, AskedRows, Report, SingleRow};
use serde::Deserialize;
use store::table::report::Filter;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::accept::chosen;
use crate::web::auth::Principal;
use crate::web::extract::{Items, Paging, Query};
use crate::web::fields::id_or_me;
use crate::web::problem::{Answer, Problem, ProblemShape};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(rows)).routes(routes!(report))
}

/// The format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Csv,
}

fn form(headers: &HeaderMap) -> Answer<Form> {
    chosen(headers, &[(Form::Json, "application", "json"), (Form::Csv, "text", "csv")])
        .ok_or_else(|| Problem::new(StatusCode::NOT_ACCEPTABLE, "A report comes as application/json or text/csv."))
}

/// The query of a report.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AskedReport {
    /// The beginning: a moment (RFC 3339) or a day (`2026-11-22`); else seven days before `to`.
    from: Option<String>,
    /// The end: a moment, or the last day; else now. Both are widened to whole quarters of an hour.
    to: Option<String>,
    /// The time zone of days, weeks and hours, such as `Europe/Kyiv`; the installation's if left out.
    time_zone: Option<String>,
    /// What each row is for: `hour`, `day`, `week`, `queue`, `agent`, `account`, `label` or `channel`. If left out:
    /// `day`, or `agent` for `agents`.
    by: Option<String>,
}

/// A report: `volume`, `response`, `handling`, `sla`, `csat`, `agents` or `abandoned`. Waits, responses and customers
/// who gave up count when the wait began, and first responses are measured from then; the end, the handling time
/// (from the agent's acceptance) and the customers' scores count when the conversation was closed, for its last queue
/// and agent. Durations are in seconds: medians and 90th percentiles (nearest rank) are exact up to a minute and to
/// 1.6 % above. `Accept: text/csv` returns a table.
#[utoipa::path(get, path = "/reports/{name}", tag = "reports", params(("name" = String, Path), AskedReport),
    responses(
        (status = 200, content((Report = "application/json"), (String = "text/csv"))),
        (status = 406, body = ProblemShape), (status = 422, body = ProblemShape)))]
async fn report(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(asked): Query<AskedReport>,
    headers: HeaderMap,
) -> Answer<Response> {
    let form = form(&headers)?;
    let asked = Asked {
        name: &name,
        from: asked.from.as_deref(),
        to: asked.to.as_deref(),
        time_zone: asked.time_zone.as_deref(),
        by: asked.by.as_deref(),
    };
    let report = reports::read(&app, &asked).await?;
    Ok(match form {
        Form::Json => Json(report).into_response(),
        Form::Csv => file(&format!("{}-by-{}", report.name, report.by), report.csv()),
    })
}

/// The filters of single conversations.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AskedConversations {
    /// The beginning, as for reports. It applies to when the conversation began.
    from: Option<String>,
    /// The end.
    to: Option<String>,
    /// The time zone of days; the installation's if left out.
    time_zone: Option<String>,
    /// Only of a queue.
    queue: Option<String>,
    /// Only of an agent, or of `me`.
    agent: Option<String>,
    /// Only with a label.
    label: Option<String>,
    /// Only of a channel.
    channel: Option<String>,
    /// Only of an account.
    account: Option<String>,
    /// 1 to 200, else 50.
    limit: Option<i64>,
    /// The cursor of the page to continue with.
    cursor: Option<String>,
}

/// The single conversations behind reports, newest first. `Accept: text/csv` returns the page as a table.
#[utoipa::path(get, path = "/reports/rows", tag = "reports", params(AskedConversations),
    responses(
        (status = 200, content((Items<SingleRow> = "application/json"), (String = "text/csv"))),
        (status = 406, body = ProblemShape), (status = 422, body = ProblemShape)))]
async fn rows(
    State(app): State<App>,
    who: Principal,
    Query(asked): Query<AskedConversations>,
    headers: HeaderMap,
) -> Answer<Response> {
    let form = form(&headers)?;
    let paging = Paging { limit: asked.limit, cursor: asked.cursor };
    let (limit, behind) = (paging.limit()?, paging.pair()?);
    let filter = Filter {
        queue: id_or_me("queue", asked.queue.as_deref(), &who)?,
        agent: id_or_me("agent", asked.agent.as_deref(), &who)?,
        label: id_or_me("label", asked.label.as_deref(), &who)?,
        channel: asked.channel.unwrap_or_default(),
        account: asked.account.unwrap_or_default(),
    };
    let wanted = AskedRows {
        from: asked.from.as_deref(),
        to: asked.to.as_deref(),
        time_zone: asked.time_zone.as_deref(),
        filter,
    };
    let (items, next) = reports::rows(&app, &wanted, behind, limit).await?;
    Ok(match form {
        Form::Json => Json(Items { items, next: next.map(|(at, id)| format!("{at}-{id}")) }).into_response(),
        Form::Csv => {
            let mut table = Writer::new(SingleRow::COLUMNS, false);
            for item in &items {
                table.row(item.cells().iter().map(String::as_str));
            }
            file("conversations", table.finish())
        }
    })
}

/// A table as a download.
fn file(name: &str, table: Vec<u8>) -> Response {
    let mut response = table.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    let name = format!("attachment; filename=\"{name}.csv\"");
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_str(&name).expect("names are plain words"));
    response
}
