//! What the tests of turns play with: a queue, and a context in which nothing is special. A test names only what it is about.

use std::sync::Arc;

use super::{QueueFacts, Templates, TurnContext};
use crate::capabilities::tests::SAMPLE;
use crate::id::QueueId;
use crate::routing::{Chosen, Reason};
use crate::time::Micros;

/// How routing chose an agent, where a test is about something else.
pub(crate) fn chosen() -> Chosen {
    Chosen { reason: Reason::RoundRobin, free: 1, relaxed: false }
}

/// A queue with an agent online.
pub(crate) fn queue(id: QueueId) -> QueueFacts {
    QueueFacts {
        id,
        name: format!("queue {}", id.0),
        settings: Arc::default(),
        online: true,
        open: true,
        waiting: None,
        isolated: false,
    }
}

/// A turn at `now`, of a customer who has just written, without a flow.
pub(crate) fn context<'a>(now: Micros, templates: &'a Templates, queues: &'a [QueueFacts]) -> TurnContext<'a> {
    TurnContext {
        capabilities: &SAMPLE,
        now,
        contact_name: None,
        page_name: "Shop",
        templates,
        flow: None,
        running: None,
        queues,
        last_user_at: Some(now),
        human_agent: false,
        marketing_stopped: false,
        message_templates: &[],
        bot_pause: 0,
        sender_at_work: true,
        agent_name: None,
    }
}
