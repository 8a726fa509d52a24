//! The wallboard, as in responses and events.

use domain::agent::Status;
use domain::alert::AlertKind;
use domain::id::{QueueId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Queues and agents now, and their figures of today. Today begins at midnight in the installation's time zone.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Wallboard)]
pub struct WallboardView {
    /// All queues, oldest first.
    pub queues: Vec<QueueFigures>,
    /// All agents who may sign in, by name.
    pub agents: Vec<AgentFigures>,
    /// Limits that queues have passed.
    pub alerts: Vec<QueueAlert>,
}

/// A queue on the wallboard.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QueueFigures {
    #[schema(value_type = String)]
    pub id: QueueId,
    pub name: String,
    /// The number of customers who wait for an agent.
    pub waiting: i64,
    /// How long the first of them has waited; 0 if no customer waits.
    pub longest_wait_seconds: i64,
    /// The number of its agents who take conversations, free or busy.
    pub online: usize,
    /// The number of those with free capacity and no open offer.
    pub free: usize,
    /// The number of the other online agents.
    pub busy: usize,
    /// The number of its agents who are on a break.
    pub paused: usize,
    /// The number of customers who got an agent today.
    pub answered_today: i64,
    /// The number of customers who gave up today: they were closed while they waited and wrote nothing more, or
    /// refused further messages.
    pub abandoned_today: i64,
    /// The share, from 0 to 1, of those answered today who got their first answer within
    /// `sla.first_response_seconds`, or still may. Null without such a target, and if no customer was answered.
    pub service_level: Option<f64>,
}

/// An agent on the wallboard.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AgentFigures {
    #[schema(value_type = String)]
    pub id: UserId,
    pub name: String,
    pub status: Status,
    /// Why they are on a break.
    pub cause: Option<String>,
    /// When the daily limit of that cause is used up: in the past once they are over it. Null without a limit.
    pub limit_at: Option<String>,
    /// Since when they have this status.
    pub since: String,
    /// The number of conversations that they hold.
    pub open: i64,
    /// The number of their open offers.
    pub offered: i64,
    /// The number of customers they got today.
    pub answered_today: i64,
    /// The average time of conversations that were closed today, from accept to close; null if there were none.
    pub average_handling_seconds: Option<i64>,
}

/// A limit that a queue has passed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct QueueAlert {
    #[schema(value_type = String)]
    pub queue_id: QueueId,
    /// The queue's name.
    pub queue: String,
    /// The setting with the limit.
    pub kind: AlertKind,
    /// The limit: seconds, or customers.
    pub limit: i64,
    /// The value when the alert was raised.
    pub value: i64,
    /// When it was raised.
    pub since: String,
}
