//! Failures as in responses and events: the code with its arguments, and the English of it.

use domain::failure::Failure;
use serde::Serialize;
use utoipa::ToSchema;

use crate::wording;

/// Why something was not sent.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Failure)]
pub struct FailureView {
    /// The channel's code; 0 if it gave none.
    pub code: i64,
    /// The channel's subcode; 0 if it gave none.
    pub subcode: i64,
    /// What happened, in English.
    pub reason: String,
    /// What to do next, in English.
    pub action: String,
    /// The same as a code and its arguments, for clients with their own texts.
    pub cause: Failure,
}

impl From<Failure> for FailureView {
    fn from(cause: Failure) -> Self {
        let (code, subcode) = cause.numbers();
        let words = wording::failure(&cause);
        Self { code, subcode, reason: words.reason, action: words.action, cause }
    }
}
