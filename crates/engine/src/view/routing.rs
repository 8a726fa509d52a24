//! Why a conversation went to whom it went, as answers and events show it.

use domain::routing::RoutingEntry;
use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::rfc3339;

/// A choice of routing.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RoutingView {
    /// When.
    pub at: String,
    /// Who was chosen and why, in English.
    pub why: String,
}

impl From<&RoutingEntry> for RoutingView {
    fn from(entry: &RoutingEntry) -> Self {
        Self { at: rfc3339(entry.at), why: entry.english() }
    }
}
