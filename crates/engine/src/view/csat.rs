//! Customer satisfaction, as shown in conversations.

use domain::satisfaction::Csat;
use serde::Serialize;
use utoipa::ToSchema;

use super::time;

/// A customer's answer to the satisfaction question.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CsatView {
    /// 1 to 5.
    pub score: u8,
    /// The customer's comment.
    pub comment: Option<String>,
    /// When they gave the score.
    pub at: Option<String>,
}

impl CsatView {
    /// None until they have answered.
    pub(super) fn of(it: &Csat) -> Option<Self> {
        Some(Self { score: it.score?, comment: it.comment.clone(), at: time(it.at) })
    }
}
