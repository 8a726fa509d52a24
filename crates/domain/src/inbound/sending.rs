//! What a channel says of one message of ours, where it reports on each by its id.

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::message::Status;

/// What became of a message of ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SendStatus {
    /// The channel's id of the message.
    pub mid: String,
    /// What we put into the message when we sent it; None for other senders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<String>,
    /// How far it came.
    pub progress: Progress,
}

/// How far a message of ours came. They arrive in any order and more than once: a message never goes back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "progress", content = "failure", rename_all = "snake_case")]
pub enum Progress {
    /// The channel sent it on.
    Sent,
    /// It is on the customer's device.
    Delivered,
    /// The customer saw it.
    Read,
    /// The customer listened to it.
    Played,
    /// It does not arrive, for this reason.
    Failed(Failure),
}

impl Progress {
    /// The state that a message has then. To have listened to it is to have read it.
    pub fn status(&self) -> Status {
        match self {
            Progress::Sent => Status::Sent,
            Progress::Delivered => Status::Delivered,
            Progress::Read | Progress::Played => Status::Read,
            Progress::Failed(_) => Status::Failed,
        }
    }
}
