//! Nodes that put the customer into a queue: the branches of a queue that can't take them, and what happens while they wait.

use super::body::{FlowBody, Next, Node};
use super::run::{Effect, Run, Surroundings};
use super::walk::{Heard, Walk, Went};
use crate::expected_wait::minutes;
use crate::id::QueueId;
use crate::text::{self, Values};
use crate::time::{Micros, SECOND};
use crate::turn::QueueFacts;

/// The default interval at which a waiting customer is sent their position, in seconds.
const POSITION_SECONDS: u32 = 120;

/// Whether a flow says what comes after the agent to whom a run led.
pub fn goes_on_after_agent(flow: &FlowBody, run: &Run, more: &Surroundings) -> bool {
    matches!(more.node_of(run, flow), Some(Node::JoinQueue { after_agent: Some(_), .. }))
}

impl<'a> Walk<'a> {
    /// The customer still waits in a queue: they are sent their position, or have waited long enough.
    pub(super) fn wait_on(&mut self, before: &Run) -> Heard {
        let Some(Node::JoinQueue { queue_id, position_text, max_wait_seconds, on_timeout, .. }) =
            self.flow.nodes.get(&before.node)
        else {
            return Heard::Goes(None);
        };
        let now = self.context.now;
        let since = before.queued_at.unwrap_or(now);
        let ends = max_wait_seconds.map(|seconds| since.plus(i64::from(seconds) * SECOND));
        if on_timeout.is_some() && ends.is_some_and(|ends| ends <= now) {
            self.effects.push(Effect::LeaveQueue {});
            return Heard::Goes(on_timeout.clone());
        }
        if let Some(text) = position_text {
            let values = self.queue_values(*queue_id, false);
            let text = text::render_or_plain(text, &values);
            self.push_text(text, Vec::new());
        }
        let mut run = self.run.clone();
        (run.node, run.queued_at) = (before.node.clone(), Some(since));
        run.deadline = self.wakes_in_queue(&before.node, since);
        Heard::Stays(Box::new(run))
    }

    /// When something happens to a customer who waits in a queue; None if the run is over for them.
    fn wakes_in_queue(&self, id: &str, since: Micros) -> Option<Micros> {
        let Some(Node::JoinQueue { position_text, position_seconds, max_wait_seconds, on_timeout, .. }) =
            self.flow.nodes.get(id)
        else {
            return None;
        };
        let after = |from: Micros, seconds: u32| from.plus(i64::from(seconds) * SECOND);
        let ends = max_wait_seconds.filter(|_| on_timeout.is_some()).map(|seconds| after(since, seconds));
        let position = position_text
            .as_ref()
            .map(|_| after(self.context.now, position_seconds.unwrap_or(POSITION_SECONDS).max(1)));
        [ends, position].into_iter().flatten().min()
    }

    pub(super) fn join_queue(&mut self, id: &str, node: &Node) -> Went {
        let Node::JoinQueue {
            queue_id, priority, waiting_text, nobody_text, on_closed, on_full, on_nobody, ..
        } = node
        else {
            return Went::Ends;
        };
        if let Some(queue) = self.queue(*queue_id) {
            let ways = [(!queue.open, on_closed), (queue.is_full(), on_full), (!queue.online, on_nobody)];
            if let Some((_, way)) = ways.iter().find(|(is_so, way)| *is_so && way.is_some()) {
                return Went::On((*way).clone());
            }
        }
        let values = self.queue_values(*queue_id, true);
        let fill = |text: &Option<String>| {
            text.as_deref().map(|text| text::render_or_plain(text, &values)).filter(|text| !text.trim().is_empty())
        };
        self.effects.push(Effect::JoinQueue {
            queue: *queue_id,
            waiting_text: fill(waiting_text),
            nobody_text: fill(nobody_text),
            priority: priority.unwrap_or(0),
            agent: None,
        });
        let now = self.context.now;
        let deadline = self.wakes_in_queue(id, now);
        if deadline.is_none() {
            return Went::Ends;
        }
        (self.run.deadline, self.run.queued_at) = (deadline, Some(now));
        Went::Waits
    }

    /// What comes after the agent to whom a run led.
    pub(super) fn after_agent(&self, before: &Run) -> Next {
        match self.flow.nodes.get(&before.node) {
            Some(Node::JoinQueue { after_agent, .. }) => after_agent.clone(),
            _ => None,
        }
    }

    fn queue(&self, id: Option<QueueId>) -> Option<&'a QueueFacts> {
        let queues = &self.context.more.queues;
        let named = id.and_then(|id| queues.iter().find(|queue| queue.id == id));
        named.or_else(|| queues.iter().find(|queue| !queue.isolated))
    }

    /// The variables of a text for a customer who waits. `joins`: the customer is only now joining the queue.
    fn queue_values(&self, id: Option<QueueId>, joins: bool) -> Values {
        let mut values = self.values();
        if let Some(queue) = self.queue(id) {
            values.insert("queue.name".into(), queue.name.clone());
            if let Some(waiting) = queue.waiting {
                let position = if joins { waiting.saturating_add(1) } else { waiting.max(1) };
                values.insert("queue.position".into(), position.to_string());
            }
            // Also where it is not known, so that a text can ask for it: {% if queue.expected_minutes %}.
            let expected = queue.expected_wait.map(|wait| minutes(wait).to_string());
            values.insert("queue.expected_minutes".into(), expected.unwrap_or_default());
        }
        values
    }
}
