//! What is wrong with a flow.

use serde::{Deserialize, Serialize};

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = FlowSeverity))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The flow can't be published.
    Error,
    /// It can be published, and a part of it may not work.
    Warning,
}

/// A problem in a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = FlowProblem))]
pub struct Problem {
    /// The id of the node that has it; null if it is about the flow.
    pub node: Option<String>,
    /// JSON pointer to the place in the flow, for example `/nodes/menu/options/1/title`.
    pub pointer: String,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, as a sentence.
    pub detail: String,
}

impl Problem {
    /// A problem that prevents publishing.
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        let pointer = pointer.into();
        let node = pointer.strip_prefix("/nodes/").map(|rest| {
            let id = rest.split('/').next().unwrap_or_default();
            id.replace("~1", "/").replace("~0", "~")
        });
        Self { node, pointer, severity: Severity::Error, detail: detail.into() }
    }

    /// A warning, which does not prevent publishing.
    pub fn warning(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::new(pointer, detail) }
    }

    /// Whether it prevents publishing.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
