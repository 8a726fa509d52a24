//! The bot's next step: runs the flow and carries out its effects.

use super::{Actor, Turn};
use crate::conversation::State;
use crate::decision::{FlowFailure, LabelChange};
use crate::flow::call::Answer;
use crate::flow::{self, Effect, FlowContext, Input, Node, Run, Visit};
use crate::id::UserId;
use crate::message::{Direction, Kind, Sender};
use crate::outbound::Speaker;
use crate::thread_event::{CloseReason, ThreadEvent};

impl Turn<'_> {
    /// Lets the bot take its next step: an existing run continues in its version, otherwise the gateway's flow
    /// begins. Without a flow the customer joins the queue at once.
    pub(super) fn run_flow(&mut self, input: Input<'_>) {
        let context = FlowContext {
            contact_name: self.context.contact_name,
            page_name: self.context.page_name,
            now: self.context.now,
            capabilities: self.context.capabilities,
            message_templates: self
                .context
                .capabilities
                .message_templates
                .then_some(self.context.message_templates),
            marketing_stopped: self.context.marketing_stopped,
            more: self.context.surroundings,
        };
        if self.conversation().data.held_by.is_some() {
            // The app that has control of the thread answers. When control comes back, the flow starts over.
            self.it().data.run = None;
            return;
        }
        let run = self.it().data.run.take();
        let body = match (run.is_some(), self.context.running, self.context.flow) {
            (true, Some(body), _) => body,
            (_, _, Some((reference, body))) => {
                self.it().data.flow = Some(reference);
                body
            }
            // Without a flow the customer waits for a person at once.
            _ => return self.join_queue(None, None, None),
        };
        let step = flow::step(body, run, input, &context);
        self.note_failures(step.run.as_ref().or(step.ended.as_ref()), &step.effects);
        let asks_in_vain = matches!(input, Input::Start | Input::Said { .. } | Input::AsksForAgent)
            && step.effects.iter().any(|effect| matches!(effect, Effect::Say { .. }))
            && step
                .run
                .as_ref()
                .is_some_and(|run| self.context.surroundings.node_of(run, body).is_some_and(Node::waits))
            && !self.permit(Speaker::Bot).is_open();
        for effect in step.effects {
            self.carry_out(effect);
        }
        let data = &mut self.it().data;
        data.run = step.run;
        data.ended_run = step.ended.map(Box::new).or(data.ended_run.take());
        // Outside the window the customer does not get the question, so they would wait for an answer that never comes.
        if asks_in_vain && self.conversation().state == State::Bot {
            self.join_queue(None, None, None);
        }
    }

    /// Administrators hear of steps that failed where the flow does not say what comes then.
    fn note_failures(&mut self, run: Option<&Run>, effects: &[Effect]) {
        let own = self.conversation().data.flow;
        for effect in effects {
            let Effect::Failed { node, fault, handled: false } = effect else { continue };
            // A flow inside another has its own steps.
            let is_it = |visit: &&Visit| visit.node == *node && visit.fault.as_ref() == Some(fault);
            let inner = run.and_then(|run| run.trace.iter().rev().find(is_it)?.flow);
            if let Some(flow) = inner.or(own) {
                let (node, fault) = (node.clone(), fault.clone());
                self.decision.flow_failures.push(FlowFailure { flow, node, fault });
            }
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Say { text, choices, template } => self.say_as_bot(&text, choices, template),
            Effect::SendTemplate { text, template } => self.send_template_of_flow(text, template),
            Effect::TemplateNotSent { template, cause } => {
                self.add_event(ThreadEvent::TemplateNotSent { template, cause });
            }
            Effect::Label { add, remove } => self.decision.labels.push(LabelChange { add, remove }),
            Effect::Note { text } => {
                let mut note = self.blank_message(Kind::Note, Direction::Internal, Sender::bot());
                note.text = Some(text);
                self.add(note);
            }
            Effect::Call { call } => self.decision.calls.push(call),
            Effect::Failed { handled: true, .. } => {}
            Effect::Failed { node, fault, handled: false } => {
                self.add_event(ThreadEvent::FlowFailed { node, fault });
            }
            Effect::LeaveQueue {} => self.leave_queue(),
            Effect::JoinQueue { queue, waiting_text, nobody_text, priority, agent } => {
                self.join_queue(queue, waiting_text, nobody_text);
                let conversation = self.it();
                conversation.priority = conversation.priority.saturating_add(i64::from(priority));
                if let Some(agent) = agent {
                    self.offer_first(agent);
                }
            }
            Effect::Close { text, reason } => {
                self.say_automatically(text.as_deref().unwrap_or_default(), Vec::new());
                let event = ThreadEvent::ClosedByBot { reason: reason.clone() };
                self.end(reason.map(CloseReason::Given), event);
            }
        }
    }

    /// Another program answered what the flow asked. An answer that nothing waits for is ignored.
    pub fn answer_flow(&mut self, call: i64, answer: &Answer) {
        let waits = self.conversation().data.run.as_ref().is_some_and(|run| run.call == Some(call));
        if waits && self.conversation().state == State::Bot {
            self.run_flow(Input::Answered { call, answer });
        }
    }

    /// Whether the flow that led the customer to this agent continues when the agent closes the conversation. Outside
    /// the window a bot may not write, so the conversation is closed.
    pub(super) fn goes_back_to_flow(&self, by: Actor<'_>) -> bool {
        if !self.permit(Speaker::Bot).is_open() {
            return false;
        }
        let it = self.conversation();
        match (self.context.running, it.data.ended_run.as_deref()) {
            (Some(body), Some(run)) if it.agent == Some(by.user) && it.state != State::WrapUp => {
                flow::goes_on_after_agent(body, run, self.context.surroundings)
            }
            _ => false,
        }
    }

    /// The agent is done, and the flow continues. The agent's reason stays for when it closes the conversation.
    pub(super) fn back_to_flow(&mut self, by: Actor<'_>, reason: Option<String>) {
        self.unsnooze();
        self.note_end();
        let data = &mut self.it().data;
        data.close_reason = reason.map(CloseReason::Given);
        data.expect_no_answer();
        let run = data.ended_run.take().map(|run| *run);
        self.hand_to_bot(by, run, Input::AgentClosed);
    }

    /// From a person back to the bot.
    pub(super) fn hand_to_bot(&mut self, by: Actor<'_>, run: Option<Run>, input: Input<'_>) {
        self.add_event(ThreadEvent::TransferredToBot { by: by.name.into() });
        self.release_agent();
        let conversation = self.it();
        conversation.state = State::Bot;
        // Its queue is what an isolated conversation is seen by.
        conversation.queue = conversation.queue.filter(|_| conversation.isolated);
        conversation.queued_at = None;
        conversation.data.run = run;
        conversation.data.bot_paused_until = None;
        self.run_flow(input);
    }

    /// Back from the queue to the bot.
    fn leave_queue(&mut self) {
        if self.conversation().state != State::Queued {
            return;
        }
        let conversation = self.it();
        conversation.state = State::Bot;
        conversation.queue = conversation.queue.filter(|_| conversation.isolated);
        conversation.queued_at = None;
        conversation.data.wait_until = None;
        conversation.data.nobody_text = None;
        conversation.data.expect_no_answer();
        self.decision.routing = true;
    }

    /// Offers the conversation to this agent before routing chooses one, if they are online.
    fn offer_first(&mut self, agent: UserId) {
        if self.conversation().state == State::Queued && self.context.surroundings.online.contains(&agent) {
            self.show_to(agent, false, None);
        }
    }

    /// A run continues while the bot has the conversation, and while the customer waits in the queue that the run put
    /// them into. Otherwise it ends, and its variables are kept.
    pub(super) fn end_run_with_state(&mut self) {
        let conversation = self.it();
        let waits = conversation.data.run.as_ref().is_some_and(|run| run.queued_at.is_some());
        let goes_on = match conversation.state {
            State::Bot => true,
            State::Queued | State::Offered => waits,
            _ => false,
        };
        if !goes_on && let Some(mut run) = conversation.data.run.take() {
            (run.deadline, run.call) = (None, None);
            // An agent who takes over is what a flow leads to; a conversation that is over is not.
            run.left = conversation.state == State::Closed;
            conversation.data.ended_run = Some(Box::new(run));
        }
    }
}
