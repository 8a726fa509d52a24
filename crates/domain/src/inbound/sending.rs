//! What a channel reports about one of our messages, on channels that report on each by its id.

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::message::Status;

/// The status of one of our messages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SendStatus {
    /// The channel's id of the message.
    pub mid: String,
    /// What we put into the message when we sent it; None for other senders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<String>,
    /// The status.
    pub progress: Progress,
}

/// The status of one of our messages. Reports arrive in any order and more than once; a message never goes back to an
/// earlier status.
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
    /// It could not be delivered, for this reason.
    Failed(Failure),
}

impl Progress {
    /// The corresponding state of a message. Played counts as read.
    pub fn status(&self) -> Status {
        match self {
            Progress::Sent => Status::Sent,
            Progress::Delivered => Status::Delivered,
            Progress::Read | Progress::Played => Status::Read,
            Progress::Failed(_) => Status::Failed,
        }
    }
}
