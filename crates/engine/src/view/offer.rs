//! What rings at agents: offers, transfers, invitations.

use domain::conversation::{Invitation, Offer};
use domain::id::UserId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::rfc3339;
use crate::engine::Engine;

/// A conversation offered to one agent.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OfferView {
    /// The agent who gets the offer.
    #[schema(value_type = String)]
    pub agent_id: UserId,
    /// When it expires.
    pub expires_at: String,
    /// The agent's name.
    pub agent_name: String,
    /// How long the whole offer lasts, in seconds.
    pub seconds: i64,
    /// The colleague who transfers the conversation, or invites; null if the queue offers it.
    pub from: Option<SenderOfTransfer>,
}

/// The user who transfers a conversation to a colleague, or invites them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SenderOfTransfer {
    /// The user.
    #[schema(value_type = String)]
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// What they wrote for the colleague.
    pub note: Option<String>,
}

/// An offer as in responses.
pub(super) fn offer(app: &Engine, it: &Offer) -> OfferView {
    OfferView {
        agent_id: it.agent,
        agent_name: app.roster().get(it.agent).map(|agent| agent.name.clone()).unwrap_or_default(),
        expires_at: rfc3339(it.until),
        seconds: it.seconds,
        from: it.transfer.as_ref().map(|transfer| SenderOfTransfer {
            id: transfer.by,
            name: transfer.by_name.clone(),
            note: transfer.note.clone(),
        }),
    }
}

/// An invitation as in responses.
pub(super) fn invitation(it: &Invitation) -> OfferView {
    OfferView {
        agent_id: it.agent,
        agent_name: it.name.clone(),
        expires_at: rfc3339(it.until),
        seconds: it.seconds,
        from: Some(SenderOfTransfer { id: it.by, name: it.by_name.clone(), note: it.note.clone() }),
    }
}
