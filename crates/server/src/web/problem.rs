//! Errors of the API: RFC 9457, each with a sentence on what happened and what to do.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::web::request_id;
use domain::role::Permission;
use domain::turn::Refusal;
use engine::error::Error;
pub use engine::error::FieldError;
use engine::turns::TurnError;

/// An error response. Nothing was changed.
#[derive(Debug, Clone)]
pub struct Problem {
    pub status: StatusCode,
    /// What happened and what to do.
    pub detail: String,
    pub errors: Vec<FieldError>,
    /// Further fields: `current` for a stale save, `callback_url` for a page that points elsewhere.
    pub extra: Map<String, Value>,
    /// Seconds to wait, for 429.
    pub retry_after: Option<u64>,
}

/// The result of a handler.
pub type Answer<T> = Result<T, Problem>;

impl Problem {
    /// A problem of some status.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), errors: Vec::new(), extra: Map::new(), retry_after: None }
    }

    /// 400: JSON or query that cannot be read.
    pub fn unreadable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// 401: not signed in, or no longer.
    pub fn sign_in() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "You are not signed in, or your sign-in has ended: sign in again.")
    }

    /// 403: not for this role, or from a foreign page.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, detail)
    }

    /// 403: it needs a permission that the user does not have.
    pub fn not_for(permission: Permission) -> Self {
        let who = match permission {
            Permission::Administer
            | Permission::Connect
            | Permission::Flows
            | Permission::Queues
            | Permission::Content
            | Permission::Contacts => "administrators, and users whose role allows it",
            Permission::Supervise | Permission::SeeAll => "supervisors and administrators",
            Permission::Answer => "people who work here",
            Permission::Attend => "people who are signed in",
        };
        Self::forbidden(format!("This is for {who}: ask one of them."))
    }

    /// 404: it does not exist, or the user may not see it; the response does not reveal which.
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("There is no such {what}, or you do not have access to it."))
    }

    /// 409: the state forbids it.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, detail)
    }

    /// 409: another user saved in between; `current` is the current state.
    pub fn stale(current: &impl Serialize) -> Self {
        let mut problem = Self::conflict(
            "Another user changed this while you were editing. Check the current values, then save again.",
        );
        problem.extra.insert("current".into(), serde_json::to_value(current).unwrap_or_default());
        problem
    }

    /// 422: one bad field.
    pub fn field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail.clone());
        problem.errors.push(FieldError { pointer: pointer.into(), detail });
        problem
    }

    /// 422: several bad fields.
    pub fn fields(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [one] => one.detail.clone(),
            many => format!("{} fields are not valid.", many.len()),
        };
        Self { errors, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail) }
    }

    /// 429: wait.
    pub fn wait(seconds: u64, detail: impl Into<String>) -> Self {
        Self { retry_after: Some(seconds), ..Self::new(StatusCode::TOO_MANY_REQUESTS, detail) }
    }

    /// Adds a field to the response.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Serialize) -> Self {
        self.extra.insert(key.into(), serde_json::to_value(value).unwrap_or_default());
        self
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        tracing::error!(%error, "the store failed");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "The store cannot be reached or is full, so nothing was changed. Try again; if it keeps happening, tell \
            your server administrator.",
        )
    }
}

impl From<store::CommitError> for Problem {
    fn from(error: store::CommitError) -> Self {
        match error {
            store::CommitError::Conflict => {
                Self::conflict("Someone else changed this at the same time. Nothing was saved. Try again.")
            }
            store::CommitError::Duplicate => Self::conflict("This already exists. Nothing was changed."),
            store::CommitError::Store(error) => error.into(),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::State(sentence) => Self::conflict(sentence),
            Refusal::Content(refused) => Self::field(refused.pointer.clone(), refused.to_string()),
            Refusal::Form(faults) => Self::fields(faults.into_iter().map(FieldError::from).collect()),
        }
    }
}

impl From<TurnError> for Problem {
    fn from(error: TurnError) -> Self {
        match error {
            TurnError::NoConversation => Self::not_found("conversation"),
            TurnError::NoMessage => Self::not_found("message"),
            TurnError::Refused(refusal) => refusal.into(),
            TurnError::Duplicate(_) => Self::conflict("This was sent already: nothing was sent again."),
            TurnError::Store(error) => error.into(),
            TurnError::Contended(_) => Self::conflict("This conversation is changing right now: try again."),
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(what) => Self::not_found(what),
            Error::Forbidden(detail) => Self::forbidden(detail),
            Error::Conflict { detail, facts } => Self { extra: facts, ..Self::conflict(detail) },
            Error::Refused { field: Some(field), detail } => Self::field(field, detail),
            Error::Refused { field: None, detail } => Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail),
            Error::Invalid(errors) => Self::fields(errors),
            Error::Unfit { detail, errors, problems } => {
                let extra = [("problems".to_owned(), problems)].into_iter().collect();
                Self { extra, errors, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail) }
            }
            Error::Taken(field) => Self { errors: vec![field.clone()], ..Self::conflict(field.detail) },
            Error::Stale(current) => Self::stale(&current),
            Error::Turn(error) => error.into(),
            Error::Unavailable(detail) => Self::new(StatusCode::BAD_GATEWAY, detail),
            Error::DiskFull(detail) => Self::new(StatusCode::INSUFFICIENT_STORAGE, detail),
            Error::Store(error) => error.into(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or("Problem"),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        if let Some(object) = body.as_object_mut() {
            if !self.errors.is_empty() {
                object.insert("errors".into(), serde_json::to_value(&self.errors).unwrap_or_default());
            }
            object.extend(self.extra);
            // Internal errors can be found in the log by the request's id.
            if let Some(id) = request_id::current().filter(|_| self.status.is_server_error()) {
                object.insert("request_id".into(), id.into());
            }
        }
        let mut response = (self.status, body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// An error (RFC 9457). Nothing was changed.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemShape {
    /// `about:blank`: see the status.
    pub r#type: String,
    /// The status as text.
    pub title: String,
    /// The status.
    pub status: u16,
    /// What happened and what to do.
    pub detail: String,
    /// Fields that are wrong.
    #[schema(nullable = false)]
    pub errors: Option<Vec<FieldError>>,
    /// The current object, if a `version` was stale.
    #[schema(value_type = Option<Object>, nullable = false)]
    pub current: Option<Value>,
    /// Where the app's events are sent now, if a Page's subscription leads elsewhere.
    #[schema(nullable = false)]
    pub callback_url: Option<String>,
    /// What must be copied into Meta's dashboard manually.
    #[schema(nullable = false)]
    pub paste: Option<Paste>,
    /// For an import: the number of rows below the header.
    #[schema(nullable = false)]
    pub rows: Option<usize>,
    /// For an import: the rows that cannot be imported.
    #[schema(nullable = false)]
    pub refused: Option<Vec<engine::csv_table::RefusedRow>>,
    /// The number of conversations with the label to be deleted.
    #[schema(nullable = false)]
    pub conversations: Option<i64>,
    /// The id of this response in the log. Quote it when you ask for help.
    #[schema(nullable = false)]
    pub request_id: Option<String>,
}

/// What must be copied into Meta's dashboard manually.
#[derive(Serialize, ToSchema)]
#[schema(as = ProblemPaste)]
pub struct Paste {
    /// The webhook's address.
    pub callback_url: String,
    /// The token that Meta sends when it verifies the webhook.
    pub verify_token: String,
}
