//! Tables as CSV files, uploaded and downloaded.

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::{Json, RequestExt as _};
use bytes::Bytes;
use engine::csv_table::Imported;
use futures_util::stream::Stream;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::web::extract::{is, unread};
use crate::web::problem::{Answer, FieldError, Problem};

/// The largest file: 20,000 rows with a few notes among them.
const LARGEST: usize = 10 * 1024 * 1024;

/// Lets a route accept a whole table.
pub fn largest_table() -> DefaultBodyLimit {
    DefaultBodyLimit::max(LARGEST)
}

/// A body of type `text/csv`.
#[derive(Debug)]
pub struct Table(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for Table {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        if !is(request.headers(), "text/csv") {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "This route reads a table: send it with Content-Type: text/csv.",
            ));
        }
        let bytes: Result<Bytes, axum::extract::rejection::BytesRejection> = request.extract().await;
        bytes.map(Self).map_err(|error| unread(error.status()))
    }
}

/// Whether an import is only a trial.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Importing {
    /// `1` or `true`: only reports what would happen.
    dry_run: Option<String>,
}

impl Importing {
    /// Whether nothing is to be stored. Any value but "0" and "false" is a yes: rows of a trial must never be stored.
    pub fn dry_run(&self) -> bool {
        self.dry_run.as_deref().is_some_and(|value| !matches!(value, "0" | "false"))
    }
}

/// What an import did. Refused rows are a result of a trial; otherwise they are the reason why nothing was imported.
pub fn imported(result: Imported, dry_run: bool) -> Answer<Json<Imported>> {
    if dry_run || result.refused.is_empty() {
        return Ok(Json(result));
    }
    let errors =
        result.refused.iter().map(|it| FieldError { pointer: format!("/{}", it.row), detail: it.detail.clone() });
    let mut problem = Problem::fields(errors.collect());
    problem.detail = format!("{} of {} rows cannot be imported, so none was.", result.refused.len(), result.rows);
    Err(problem.with("rows", result.rows).with("created", 0).with("updated", 0).with("refused", result.refused))
}

/// A file as a download, sent while its parts are made.
pub fn answer(parts: impl Stream<Item = Result<Vec<u8>, store::Error>> + Send + 'static, name: &str) -> Response {
    let mut response = Response::new(Body::from_stream(parts));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    response
}
