//! The settings of a queue besides its name and who serves it. Stored as JSON: a field that a stored queue does not
//! have yet gets its default.

use serde::{Deserialize, Serialize};

use crate::agent::COME_BACK;
use crate::id::{CalendarId, FormId, QueueId};
use crate::routing::Strategy;
use crate::satisfaction::CsatSettings;
use crate::sla::Sla;
use crate::time::SECOND;

/// The settings of a queue, as they are stored and as the API shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct QueueSettings {
    /// What it is for, as agents and administrators read it.
    pub description: String,
    /// How an agent is chosen.
    pub strategy: Strategy,
    /// Its priority; higher goes first.
    pub priority: i64,
    /// A wait of this many seconds outweighs one step of priority; null if no wait does.
    pub ageing_seconds: Option<i64>,
    /// For how many seconds only the agent who helped the customer before is tried, if they are online.
    pub sticky_seconds: i64,
    /// How long an agent has to answer an offer.
    pub offer_seconds: i64,
    /// After this many missed offers in a row an agent is put on pause.
    pub missed_limit: i64,
    /// How long an agent has for wrap-up after a close.
    pub wrap_up_seconds: i64,
    /// What agents fill in about its conversations; null for nothing.
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub form_id: Option<FormId>,
    /// For how many seconds after a close a customer who writes continues the same conversation, with the same agent if they
    /// are available; 0 for never.
    pub reopen_seconds: i64,
    /// When it is open; null for always.
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub calendar_id: Option<CalendarId>,
    /// The text for customers who arrive while it is closed; empty for the text that is sent when no agent is online.
    pub closed_text: String,
    /// The maximum time that a customer waits before the queue `overflow_queue_id` takes over; null for no limit.
    pub max_wait_seconds: Option<i64>,
    /// The maximum number of waiting customers before it takes over; null for no limit.
    pub max_waiting: Option<i64>,
    /// The queue that takes over; null for none: the customer gets the text and keeps waiting.
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub overflow_queue_id: Option<QueueId>,
    /// What customers are sent when a limit is reached; empty for nothing.
    pub overflow_text: String,
    /// Whether agents get conversations without accepting an offer.
    pub auto_accept: bool,
    /// After how long without an answer of the agent a warning appears in the thread, and after as long again the conversation
    /// goes to a colleague; null for never.
    pub agent_idle_seconds: Option<i64>,
    /// After how long without an answer of the customer they are warned, and after as long again the conversation is closed;
    /// null for never.
    pub customer_idle_seconds: Option<i64>,
    /// The text of that warning; empty for none.
    pub idle_warning_text: String,
    /// How long an agent may be disconnected before their conversations go to others.
    pub lost_after_seconds: i64,
    /// The targets for answers and for the end of a conversation.
    pub sla: Sla,
    /// What customers are asked when their conversation is closed.
    pub csat: CsatSettings,
}

impl Default for QueueSettings {
    fn default() -> Self {
        Self {
            description: String::new(),
            strategy: Strategy::default(),
            priority: 0,
            ageing_seconds: None,
            sticky_seconds: 0,
            offer_seconds: 30,
            missed_limit: 3,
            wrap_up_seconds: 0,
            form_id: None,
            reopen_seconds: 0,
            calendar_id: None,
            closed_text: String::new(),
            max_wait_seconds: None,
            max_waiting: None,
            overflow_queue_id: None,
            overflow_text: String::new(),
            auto_accept: false,
            agent_idle_seconds: None,
            customer_idle_seconds: None,
            idle_warning_text: String::new(),
            lost_after_seconds: COME_BACK / SECOND,
            sla: Sla::default(),
            csat: CsatSettings::default(),
        }
    }
}
