//! The events of the stream: one list for the server, the API's document and the types of the screens.

use std::sync::Arc;

use domain::decision::OfferEnd;
use domain::id::{ConversationId, FlowId, GatewayId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::wallboard::WallboardView;
use super::{AgentView, ConversationView, MessageView, QueueLoad, StatusView};

/// An event of the stream: `event` is its SSE name, `data` its data.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
pub enum LiveEvent {
    /// A message was added, or changed.
    Message {
        /// Its conversation.
        #[schema(value_type = String)]
        conversation_id: ConversationId,
        /// As it is now.
        message: Box<MessageView>,
    },
    /// A conversation changed or was erased.
    Conversation {
        /// The conversation.
        #[schema(value_type = String)]
        conversation_id: ConversationId,
        /// As it is now; left out if it is gone.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        conversation: Option<Box<ConversationView>>,
        /// Whether it was erased, or the user no longer sees it: screens stop showing it.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        gone: bool,
        /// The name of the agent who has it now, if it is gone because it was taken from the user.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        taken_by: Option<String>,
    },
    /// A conversation is offered to this agent.
    Offer {
        /// The conversation.
        #[schema(value_type = String)]
        conversation_id: ConversationId,
        /// As it is now, with the offer.
        conversation: Box<ConversationView>,
    },
    /// An offer to this agent ended.
    OfferEnded {
        /// The conversation.
        #[schema(value_type = String)]
        conversation_id: ConversationId,
        /// How it ended.
        outcome: OfferEnd,
    },
    /// An agent's name, status or load changed.
    Agent {
        /// As they are now.
        agent: AgentView,
    },
    /// The status of the stream's own user changed.
    Status {
        /// The user.
        #[schema(value_type = String)]
        user_id: UserId,
        /// The status.
        status: StatusView,
    },
    /// The numbers of a queue changed.
    Queue {
        /// The current numbers.
        queue: QueueLoad,
    },
    /// The wallboard changed; only sent to users who may see it, and at most once a second.
    Wallboard(WallboardView),
    /// A gateway, its accounts or its health changed.
    Gateway {
        /// The gateway.
        #[schema(value_type = String)]
        gateway_id: GatewayId,
    },
    /// A step of a flow failed where the flow does not say what comes then.
    Flow {
        /// Which flow.
        #[schema(value_type = String)]
        flow_id: FlowId,
    },
    /// A comment is new or changed. Screens read it again: whose conversation its reply began is not for all who see it.
    Comment {
        /// Its id.
        id: String,
    },
    /// A login at Meta ended.
    Connect(ConnectEnded),
    /// Events are missing: screens must reload everything.
    Reset {},
}

/// How a login at Meta ended.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ConnectEnded {
    /// Its gateway.
    #[schema(value_type = String)]
    pub gateway_id: GatewayId,
    /// The attempt, as `POST /gateways/{id}/connect` returned it.
    pub attempt_id: String,
    /// Whether accounts were connected.
    pub state: ConnectState,
    /// The outcome, in English.
    pub message: String,
}

/// The end of a login at Meta.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConnectState {
    /// It succeeded.
    Done,
    /// It failed.
    Failed,
}

impl LiveEvent {
    /// A conversation that the user no longer sees, and who has it instead if it was taken from them.
    pub fn gone(conversation_id: ConversationId, taken_by: Option<String>) -> Self {
        LiveEvent::Conversation { conversation_id, conversation: None, gone: true, taken_by }
    }

    /// The name of the SSE event.
    pub fn name(&self) -> &'static str {
        match self {
            LiveEvent::Message { .. } => "message",
            LiveEvent::Conversation { .. } => "conversation",
            LiveEvent::Offer { .. } => "offer",
            LiveEvent::OfferEnded { .. } => "offer_ended",
            LiveEvent::Agent { .. } => "agent",
            LiveEvent::Status { .. } => "status",
            LiveEvent::Queue { .. } => "queue",
            LiveEvent::Wallboard(_) => "wallboard",
            LiveEvent::Gateway { .. } => "gateway",
            LiveEvent::Flow { .. } => "flow",
            LiveEvent::Comment { .. } => "comment",
            LiveEvent::Connect(_) => "connect",
            LiveEvent::Reset {} => "reset",
        }
    }

    /// Its data as JSON text.
    pub fn data(&self) -> Arc<str> {
        let whole = serde_json::to_value(self).unwrap_or_default();
        whole.get("data").unwrap_or(&Value::Null).to_string().into()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_is_called_as_its_schema_says_and_leaves_out_what_is_not_there() {
        let gone = LiveEvent::gone(ConversationId(7), None);
        let ended = LiveEvent::OfferEnded { conversation_id: ConversationId(7), outcome: OfferEnd::Missed };
        let connect = LiveEvent::Connect(ConnectEnded {
            gateway_id: GatewayId(2),
            attempt_id: "9".into(),
            state: ConnectState::Failed,
            message: "No.".into(),
        });
        let events = [
            (gone, json!({ "conversation_id": "7", "gone": true })),
            (ended, json!({ "conversation_id": "7", "outcome": "missed" })),
            (LiveEvent::Gateway { gateway_id: GatewayId(2) }, json!({ "gateway_id": "2" })),
            (LiveEvent::Comment { id: "5".into() }, json!({ "id": "5" })),
            (connect, json!({ "gateway_id": "2", "attempt_id": "9", "state": "failed", "message": "No." })),
            (LiveEvent::Reset {}, json!({})),
        ];
        for (event, data) in events {
            assert_eq!(serde_json::to_value(&event).unwrap(), json!({ "event": event.name(), "data": data }));
            assert_eq!(*event.data(), *data.to_string());
        }
    }
}
