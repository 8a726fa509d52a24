//! The values of the API's fields as enums, where neither the domain nor the store has one.

use channels::Channels;
use serde::Serialize;
use store::table::gateway;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

/// The channel that the customer uses: describes a [`domain::channel::Channel`] by the names of the channels that
/// this program has.
#[derive(Debug)]
pub struct Channel;

impl PartialSchema for Channel {
    fn schema() -> RefOr<Schema> {
        let channels = Channels::default();
        let names = channels.all().map(|it| it.channel.name().to_owned());
        let schema = ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .description(Some("Through what the customer writes."))
            .enum_values(Some(names.collect::<Vec<_>>()));
        RefOr::T(Schema::Object(schema.build()))
    }
}

impl ToSchema for Channel {}

/// The rule that allows agents to write to a customer now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WindowGround {
    /// Within 24 hours of the customer's last message.
    Response,
    /// Within 7 days, with Meta's Human Agent feature.
    HumanAgent,
}

/// Other apps that can control a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HolderKind {
    /// Meta's own inbox.
    Inbox,
    /// Another app.
    App,
}

/// Whether Meta accepts a gateway's App Secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SecretState {
    /// Meta accepts it.
    Ok,
    /// Meta refuses it.
    Refused,
    /// Meta has not been asked yet.
    Unchecked,
    /// It was encrypted with another key and must be entered again.
    Lost,
}

impl From<gateway::SecretState> for SecretState {
    fn from(state: gateway::SecretState) -> Self {
        match state {
            gateway::SecretState::Ok => Self::Ok,
            gateway::SecretState::Refused => Self::Refused,
            gateway::SecretState::Unchecked => Self::Unchecked,
        }
    }
}
