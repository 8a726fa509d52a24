//! Why a conversation went to an agent, as in responses and events.

use domain::routing::RoutingEntry;
use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::rfc3339;

/// A choice of routing.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RoutingView {
    /// When it was made.
    pub at: String,
    /// The chosen agent and the reason, in English.
    pub why: String,
}

impl From<&RoutingEntry> for RoutingView {
    fn from(entry: &RoutingEntry) -> Self {
        Self { at: rfc3339(entry.at), why: entry.english() }
    }
}
