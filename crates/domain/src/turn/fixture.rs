//! What the tests of turns play with: a queue, and a context in which nothing is special. A test names only what it is about.

use std::sync::Arc;

use super::{QueueFacts, Templates, TurnContext};
use crate::capabilities::tests::SAMPLE;
use crate::channel::Account;
use crate::conversation::{Conversation, ConversationData, State};
use crate::id::{ContactId, ConversationId, GatewayId, IdentityId, QueueId, UserId};
use crate::routing::{Chosen, Reason};
use crate::time::Micros;

/// How routing chose an agent, where a test is about something else.
pub(super) fn chosen() -> Chosen {
    Chosen { reason: Reason::RoundRobin, free: 1, relaxed: false }
}

/// A queue with an agent online.
pub(super) fn queue(id: QueueId) -> QueueFacts {
    QueueFacts {
        id,
        name: format!("queue {}", id.0),
        settings: Arc::default(),
        form: None,
        online: true,
        open: true,
        waiting: None,
        isolated: false,
    }
}

/// A turn at `now`, of a customer who has just written, without a flow.
pub(super) fn context<'a>(now: Micros, templates: &'a Templates, queues: &'a [QueueFacts]) -> TurnContext<'a> {
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

/// A conversation that an agent has held since `at`.
pub(super) fn held(agent: UserId, queue: QueueId, at: Micros) -> Conversation {
    Conversation {
        id: ConversationId(1),
        identity: IdentityId(1),
        contact: ContactId(2),
        gateway: GatewayId(3),
        account: Account::page("200"),
        state: State::Active,
        queue: Some(queue),
        isolated: false,
        agent: Some(agent),
        last_agent: Some(agent),
        priority: 0,
        created_at: at,
        last_activity_at: at,
        queued_at: Some(at),
        closed_at: None,
        unread: 0,
        data: ConversationData { accepted_at: Some(at), ..ConversationData::default() },
        version: 1,
    }
}
