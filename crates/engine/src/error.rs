//! How a use case fails. `server` turns these errors into HTTP problems in one place; nothing here knows HTTP.

use std::fmt::Display;

use domain::form::Fault;
use serde::Serialize;
use serde_json::{Map, Value};
use store::CommitError;
use utoipa::ToSchema;

use crate::optimistic::Contended;
use crate::turns::TurnError;

/// One field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// The field, as a JSON pointer.
    pub pointer: String,
    /// What is wrong with it.
    pub detail: String,
}

impl From<Fault> for FieldError {
    fn from(Fault { pointer, detail }: Fault) -> Self {
        Self { pointer, detail }
    }
}

/// Why nothing was done. The text is for the person who asked: what happened, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It does not exist, or the user may not see it.
    #[error("There is no such {0}, or you do not have access to it.")]
    NotFound(&'static str),
    /// The user may not do this.
    #[error("{0}")]
    Forbidden(String),
    /// The state forbids it. `facts` are what a screen needs besides the sentence.
    #[error("{detail}")]
    Conflict {
        /// What happened and what to do.
        detail: String,
        facts: Map<String, Value>,
    },
    /// Invalid input, whatever the state.
    #[error("{detail}")]
    Refused {
        /// The field as a JSON pointer; None if it is not about a single field.
        field: Option<String>,
        /// What is wrong with it.
        detail: String,
    },
    /// Several invalid fields.
    #[error("{} fields are not valid.", .0.len())]
    Invalid(Vec<FieldError>),
    /// Saved data can't be used as it is, with everything that is wrong with it.
    #[error("{detail}")]
    Unfit {
        /// What to do.
        detail: String,
        /// Each field.
        errors: Vec<FieldError>,
        /// The same as the screen shows it.
        problems: Value,
    },
    /// The value of this field is already taken.
    #[error("{}", .0.detail)]
    Taken(FieldError),
    /// Another user saved in between. It contains the current object, as in API responses.
    #[error("Another user changed this while you were editing. Check the current values, then save again.")]
    Stale(Value),
    /// A turn of a conversation was not possible.
    #[error(transparent)]
    Turn(#[from] TurnError),
    /// Another system has a problem: the same request may work later.
    #[error("{0}")]
    Unavailable(String),
    /// A file could not be written.
    #[error("{0}")]
    DiskFull(&'static str),
    /// The store failed, or another write was first.
    #[error(transparent)]
    Store(#[from] CommitError),
}

/// The result of a use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The state forbids it.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::Conflict { detail: detail.into(), facts: Map::new() }
    }

    pub fn field(field: impl Display, detail: impl Into<String>) -> Self {
        Self::Refused { field: Some(field.to_string()), detail: detail.into() }
    }

    /// The value of a field is already taken.
    pub fn taken(field: &str, detail: &str) -> Self {
        Self::Taken(FieldError { pointer: field.to_owned(), detail: detail.to_owned() })
    }

    /// Another user saved in between.
    pub fn stale(current: &impl Serialize) -> Self {
        Self::Stale(serde_json::to_value(current).unwrap_or_default())
    }

    /// Adds a fact to a conflict.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Serialize) -> Self {
        if let Self::Conflict { facts, .. } = &mut self {
            facts.insert(name.to_owned(), serde_json::to_value(value).unwrap_or_default());
        }
        self
    }
}

impl From<Contended> for Error {
    fn from(_: Contended) -> Self {
        Self::Store(CommitError::Conflict)
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::Store(error.into())
    }
}
