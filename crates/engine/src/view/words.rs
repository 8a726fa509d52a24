//! The values of the API's fields as enums, where the domain has none. Some fields are still text in the store; their
//! enums only describe them in the OpenAPI document.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Through what the customer writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Facebook Messenger.
    Messenger,
    /// Instagram messaging.
    Instagram,
    /// WhatsApp Cloud API.
    Whatsapp,
}

/// On what ground a person may write to a customer now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WindowGround {
    /// Within 24 hours of the customer's last message.
    Response,
    /// Within 7 days, by Meta's Human Agent feature.
    HumanAgent,
}

/// What else holds a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HolderKind {
    /// Meta's own inbox.
    Inbox,
    /// Another app.
    App,
}

/// Whether an agent takes conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgentStatus {
    /// Takes them.
    Online,
    /// Takes none for a while.
    Pause,
    /// Takes none.
    Offline,
}

impl From<AgentStatus> for domain::agent::Status {
    fn from(status: AgentStatus) -> Self {
        match status {
            AgentStatus::Online => Self::Online,
            AgentStatus::Pause => Self::Pause,
            AgentStatus::Offline => Self::Offline,
        }
    }
}

/// Why an agent has their status.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StatusReason {
    /// They chose it.
    #[serde(rename = "self")]
    Chosen,
    /// Their connection was lost.
    Lost,
    /// They missed too many offers.
    MissedOffers,
    /// A supervisor or administrator set it.
    Supervisor,
    /// They signed out.
    SignedOut,
}

/// Declares enums that only describe a text column.
macro_rules! described {
    ($($(#[$doc:meta])* $name:ident { $($word:ident),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Serialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($word),* }
    )*};
}

described! {
    /// Whether a file is on this server.
    MediumState { Pending, Stored, Failed }
    /// The colours of labels.
    LabelColour { Grey, Violet, Green, Amber, Red }
    /// What became of a webhook delivery.
    DeliveryState { Pending, Done, Failed, Ignored, Dismissed }
    /// Whether a comment can be seen on the Page.
    CommentState { Shown, Hidden, Removed }
    /// What an erasure removes at the moment.
    ErasureState { Conversations, Deliveries, Files, Done }
    /// How far a search for missed messages is.
    CatchUpState { Waiting, Running, Done, Failed }
    /// Which software a gateway leads to.
    GatewayKind { Meta }
    /// Whether Meta accepts a gateway's App Secret.
    SecretState { Ok, Refused, Unchecked, Lost }
}
