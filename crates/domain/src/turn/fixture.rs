//! Fixtures for tests of turns: a queue, and a context with nothing special. A test names only what it is about.

use std::sync::Arc;

use super::{Actor, QueueFacts, Templates, Turn, TurnContext};
use crate::capabilities::tests::SAMPLE;
use crate::channel::Account;
use crate::conversation::{Conversation, ConversationData, State};
use crate::decision::Decision;
use crate::flow::Surroundings;
use crate::id::{ContactId, ConversationId, GatewayId, IdentityId, QueueId, UserId};
use crate::queue::QueueSettings;
use crate::routing::{Chosen, Reason};
use crate::thread_event::ThreadEvent;
use crate::time::{Micros, SECOND};
use crate::user_settings::Language;

pub(super) const ANN: Actor<'static> = Actor { user: UserId(1), name: "Ann", supervises: false };
pub(super) const BEN: Actor<'static> = Actor { user: UserId(2), name: "Ben", supervises: false };
pub(super) const SUE: Actor<'static> = Actor { user: UserId(3), name: "Sue", supervises: true };
pub(super) const START: Micros = Micros(1_000 * SECOND);

/// A conversation that Ann has held since the start.
pub(super) fn held() -> Conversation {
    Conversation {
        id: ConversationId(1),
        identity: IdentityId(1),
        contact: ContactId(2),
        gateway: GatewayId(3),
        account: Account::page("200"),
        state: State::Active,
        queue: Some(QueueId(7)),
        isolated: false,
        agent: Some(ANN.user),
        last_agent: Some(ANN.user),
        priority: 0,
        created_at: START,
        last_activity_at: START,
        queued_at: Some(START),
        closed_at: None,
        unread: 0,
        data: ConversationData { accepted_at: Some(START), ..ConversationData::default() },
        version: 1,
    }
}

/// What is special in a turn of a conversation that Ann holds.
#[derive(Default)]
pub(super) struct Given {
    /// The time of the turn, in seconds after the start.
    pub(super) seconds: i64,
    /// Whether Ann takes no conversations now.
    pub(super) away: bool,
    /// The settings of the queue.
    pub(super) queue: QueueSettings,
}

impl Given {
    /// A turn this many seconds after the start.
    pub(super) fn at(seconds: i64) -> Self {
        Self { seconds, ..Self::default() }
    }

    /// Runs it.
    pub(super) fn play(self, it: Conversation, play: impl FnOnce(&mut Turn<'_>)) -> Decision {
        let templates = Templates::default();
        let queues = [QueueFacts { settings: Arc::new(self.queue), ..queue(QueueId(7)) }];
        let context = TurnContext {
            last_user_at: Some(START),
            agent_name: Some(ANN.name),
            agent_available: !self.away,
            ..context(START.plus(self.seconds * SECOND), &templates, &queues)
        };
        let mut next = 1_000 + self.seconds * 10;
        let mut ids = move || {
            next += 1;
            next
        };
        let mut turn = Turn::of(it, &context, &mut ids);
        play(&mut turn);
        turn.finish()
    }
}

/// The events that the turn adds to the thread.
pub(super) fn events(decision: &Decision) -> Vec<ThreadEvent> {
    decision.messages.iter().filter_map(|message| message.data.event.as_deref().cloned()).collect()
}

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
        form: None,
        online: true,
        open: true,
        hours: None,
        waiting: None,
        expected_wait: None,
        isolated: false,
    }
}

static SURROUNDINGS: Surroundings = Surroundings {
    values: std::collections::BTreeMap::new(),
    queues: Vec::new(),
    calendars: Vec::new(),
    online: Vec::new(),
    secrets: Vec::new(),
    flows: Vec::new(),
    call: 0,
    language: Language::En,
    detailed: false,
};

/// A turn at `now`, of a customer who has just written, without a flow.
pub(crate) fn context<'a>(now: Micros, templates: &'a Templates, queues: &'a [QueueFacts]) -> TurnContext<'a> {
    TurnContext {
        capabilities: &SAMPLE,
        now,
        today: Micros(0),
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
        agent_available: true,
        surroundings: &SURROUNDINGS,
    }
}
