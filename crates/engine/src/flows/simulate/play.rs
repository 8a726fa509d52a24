//! The steps of a simulation, and what happens between them without the customer.
//!
//! They are computed on blocking threads, a few at a time: a flow may be expensive, and the threads that answer requests
//! must not wait for it.

use std::sync::{Arc, LazyLock};

use domain::capabilities::Capabilities;
use domain::flow::call::{Answer, CallFault};
use domain::flow::{Effect, FlowBody, FlowContext, Input, Node, Run, Step, Surroundings, step};
use domain::message_template::MessageTemplate;
use domain::time::Micros;
use serde_json::Value;
use tokio::sync::Semaphore;

use super::{GivenAnswer, OTHERS, SceneAnswer, SimulatedInput, SimulatedState, SimulatedStep, SimulationScene};
use crate::engine::Engine;
use crate::flow_calls;

/// The maximum number of answers of other programs and waits between two inputs.
const MOST_ROUNDS: usize = 50;
/// How many steps are computed at once: one core is left for customers.
static AT_ONCE: LazyLock<Semaphore> = LazyLock::new(|| {
    Semaphore::new(std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1)))
});

/// What does not change during a simulation.
pub(super) struct Setting {
    pub body: FlowBody,
    pub scene: SimulationScene,
    pub capabilities: &'static Capabilities,
    pub templates: Vec<MessageTemplate>,
    pub surroundings: Surroundings,
}

impl Setting {
    fn node(&self, run: &Run) -> Option<&Node> {
        self.surroundings.node_of(run, &self.body)
    }
}

/// What happens next in a simulation: an [`Input`] that owns its texts.
pub(super) enum What {
    Start,
    Said(SimulatedInput),
    TimedOut,
    Answered { call: i64, answer: Answer },
}

impl What {
    fn input(&self) -> Input<'_> {
        match self {
            Self::Start => Input::Start,
            Self::Said(SimulatedInput { text, payload, other, .. }) => {
                Input::Said { text: text.as_deref(), payload: payload.as_deref(), other: other.as_deref() }
            }
            Self::TimedOut => Input::TimedOut,
            Self::Answered { call, answer } => Input::Answered { call: *call, answer },
        }
    }
}

#[derive(Default)]
pub(super) struct Play {
    pub run: Option<Run>,
    now: Micros,
    call: i64,
    pub steps: Vec<SimulatedStep>,
    pub state: SimulatedState,
}

impl Play {
    /// Begins at a moment.
    pub fn at(now: Micros) -> Self {
        Self { now, ..Self::default() }
    }

    /// Computes the next step.
    pub async fn step(&mut self, setting: &Arc<Setting>, input: Option<SimulatedInput>, what: What) {
        let _turn = AT_ONCE.acquire().await;
        let (mut play, setting) = (std::mem::take(self), Arc::clone(setting));
        let stepped = tokio::task::spawn_blocking(move || {
            play.step_now(&setting, input, what.input());
            play
        });
        match stepped.await {
            Ok(play) => *self = play,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    fn step_now(&mut self, setting: &Setting, input: Option<SimulatedInput>, what: Input<'_>) {
        self.call += 1;
        let more = Surroundings { call: self.call, ..setting.surroundings.clone() };
        let context = FlowContext {
            contact_name: Some(setting.scene.contact.known_as()),
            page_name: "Our Page",
            now: self.now,
            capabilities: setting.capabilities,
            message_templates: Some(&setting.templates),
            marketing_stopped: false,
            more: &more,
        };
        let before = self.run.as_ref().map(|run| run.node.clone());
        let went = step(&setting.body, self.run.take(), what, &context);
        self.note(before, input, &went);
        self.run = went.run;
        let of_end = went.effects.iter().rev().find_map(|effect| match effect {
            Effect::JoinQueue { .. } => Some(SimulatedState::Queued),
            Effect::Close { .. } => Some(SimulatedState::Closed),
            Effect::LeaveQueue {} => Some(SimulatedState::Ended),
            _ => None,
        });
        let waits_in_queue = self.run.as_ref().is_some_and(|run| run.queued_at.is_some());
        self.state = match (of_end, &self.run) {
            (_, Some(_)) if waits_in_queue => SimulatedState::Queued,
            (_, Some(_)) => SimulatedState::Waiting,
            (Some(end), None) => end,
            (None, None) => SimulatedState::Ended,
        };
    }

    /// Records what happened, node by node. The effects of the waiting node come first.
    fn note(&mut self, before: Option<String>, mut input: Option<SimulatedInput>, went: &Step) {
        let vars = || went.run.as_ref().or(went.ended.as_ref()).map(|run| run.vars.clone()).unwrap_or_default();
        let first = went.details.first().map_or(went.effects.len(), |detail| detail.effects_before);
        if first > 0 || went.details.is_empty() {
            self.steps.push(SimulatedStep {
                node: before,
                input: input.take(),
                effects: went.effects[..first].to_vec(),
                variables: vars(),
            });
        }
        for (index, detail) in went.details.iter().enumerate() {
            let end = went.details.get(index + 1).map_or(went.effects.len(), |next| next.effects_before);
            let start = detail.effects_before.min(end).min(went.effects.len());
            self.steps.push(SimulatedStep {
                node: Some(detail.node.clone()),
                input: input.take(),
                effects: went.effects[start..end.min(went.effects.len())].to_vec(),
                variables: detail.vars.clone(),
            });
        }
    }

    pub fn pass_time(&mut self) {
        if let Some(deadline) = self.run.as_ref().and_then(|run| run.deadline) {
            self.now = self.now.max(deadline);
        }
    }

    /// Runs what happens without the customer: answers of other programs, and waits that nothing interrupts.
    pub async fn advance(&mut self, app: &Engine, setting: &Arc<Setting>, has_more: bool) {
        for _ in 0..MOST_ROUNDS {
            let Some(run) = &self.run else { return };
            if let Some(call) = run.call {
                let node = run.node.clone();
                let answer = self.answer(app, setting, &node).await;
                self.step(setting, None, What::Answered { call, answer }).await;
                continue;
            }
            match setting.node(run) {
                Some(Node::Wait { on_reply, .. }) if on_reply.is_none() || !has_more => {
                    self.pass_time();
                    self.step(setting, None, What::TimedOut).await;
                }
                _ => return,
            }
        }
    }

    async fn answer(&self, app: &Engine, setting: &Setting, node: &str) -> Answer {
        let asked = self.steps.iter().rev().flat_map(|step| step.effects.iter().rev());
        let call = asked.filter_map(|effect| match effect {
            Effect::Call { call } => Some(call),
            _ => None,
        });
        let is_model = |node: Option<&Node>| matches!(node, Some(Node::AiReply { .. }));
        let answers = &setting.scene.http;
        match answers.get(node).or_else(|| answers.get(OTHERS)) {
            None => Answer::Failed(CallFault::NotGiven {}),
            Some(SceneAnswer::Real(_)) => match call.into_iter().next() {
                Some(call) => flow_calls::ask_now(app, call).await,
                None => Answer::Failed(CallFault::NotGiven {}),
            },
            Some(SceneAnswer::Given(GivenAnswer { timeout: true, .. })) => Answer::Failed(CallFault::TimedOut {}),
            Some(SceneAnswer::Given(given)) => {
                let body = match &given.body {
                    Value::String(text) => text.clone(),
                    Value::Null => String::new(),
                    other => other.to_string(),
                };
                if is_model(self.run.as_ref().and_then(|run| setting.node(run))) {
                    return Answer::Text { unsure: body.trim().is_empty(), text: body };
                }
                Answer::Http { status: given.status.unwrap_or(200), body }
            }
        }
    }
}
