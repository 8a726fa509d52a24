//! How a use case fails. `server` turns these errors into HTTP problems in one place; nothing here knows HTTP.

use std::fmt::Display;

use serde::Serialize;
use serde_json::{Map, Value};
use store::CommitError;

/// Why nothing was done. The text is for the person who asked: what happened, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It does not exist, or is not theirs to see.
    #[error("There is no such {0}, or it is not yours to see.")]
    NotFound(&'static str),
    /// Not for this user.
    #[error("{0}")]
    Forbidden(String),
    /// The state forbids it. `facts` are what a screen needs beside the sentence.
    #[error("{detail}")]
    Conflict {
        /// What happened and what to do.
        detail: String,
        facts: Map<String, Value>,
    },
    /// Input that cannot be right, whatever the state.
    #[error("{detail}")]
    Refused {
        /// The field as a JSON pointer; None if it is no field of its own.
        field: Option<String>,
        /// What is wrong with it.
        detail: String,
    },
    /// Somebody else's system is out of order: the same may work later.
    #[error("{0}")]
    Unavailable(String),
    /// The store failed, or another write was first.
    #[error(transparent)]
    Store(#[from] CommitError),
}

/// What a use case answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The state forbids it.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::Conflict { detail: detail.into(), facts: Map::new() }
    }

    pub fn field(field: impl Display, detail: impl Into<String>) -> Self {
        Self::Refused { field: Some(field.to_string()), detail: detail.into() }
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

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::Store(error.into())
    }
}
