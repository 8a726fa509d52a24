//! Simulates a flow with given inputs of a customer, in a given scene. Nothing is sent or stored, and nothing leaves
//! the installation unless the scene allows it.

mod play;
mod scene;

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::channel::Channel;
use domain::flow::{Effect, FlowBody, Problem};
use domain::id::{CalendarId, FlowId, QueueId, UserId};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use self::play::{Play, Setting, What};
use self::scene::{begins_at, surroundings};
use super::problems::Installation;
use super::{row, shaped, versions, warnings};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::flow_templates;

/// The most inputs of one simulation.
const MOST_INPUTS: usize = 200;
/// The most visited nodes of one simulation.
const MOST_STEPS: usize = 2_000;

/// What the simulated customer does.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SimulatedInput {
    /// What they write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The payload of the choice that they tap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
    /// What they send instead of text: a place as "50.45, 30.523", a link's address, a file's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<String>,
    /// They write nothing, and time passes until the flow continues automatically.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub timeout: bool,
}

/// An input: a text, or an object with details.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum InputOrText {
    Text(String),
    Input(SimulatedInput),
}

impl From<InputOrText> for SimulatedInput {
    fn from(it: InputOrText) -> Self {
        match it {
            InputOrText::Text(text) => Self { text: Some(text), ..Self::default() },
            InputOrText::Input(input) => input,
        }
    }
}

/// The customer, the time, and the state of the installation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SimulationScene {
    #[serde(default)]
    pub contact: SceneContact,
    /// The time at the start; now if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<String>,
    /// The time zone of `now`, if it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The channel; the one that flows are checked for if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub channel: Option<Channel>,
    /// The state of queues, by id. Others are open according to their calendar, with an agent online.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, SceneQueue>)]
    pub queues: BTreeMap<QueueId, SceneQueue>,
    /// Whether calendars are open, by id. Others are as they are at that time.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, bool>)]
    pub calendars: BTreeMap<CalendarId, bool>,
    /// The agents who are online; if left out, those who are online now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    pub online: Option<Vec<UserId>>,
    /// What other programs answer, by the id of the node that calls them; `*` for all other nodes. Without an answer the node
    /// fails. `"real"` instead of all this: every program is called.
    #[serde(default, deserialize_with = "answers")]
    pub http: BTreeMap<String, SceneAnswer>,
}

/// The key of the answer that is for all nodes without one of their own.
const OTHERS: &str = "*";

fn answers<'de, D: Deserializer<'de>>(source: D) -> std::result::Result<BTreeMap<String, SceneAnswer>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Answers {
        All(RealAnswer),
        Each(BTreeMap<String, SceneAnswer>),
    }
    Ok(match Answers::deserialize(source)? {
        Answers::All(real) => BTreeMap::from([(OTHERS.to_owned(), SceneAnswer::Real(real))]),
        Answers::Each(answers) => answers,
    })
}

/// The customer of a scene.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SceneContact {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The first word of `name` if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The `ref` of the link that they used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#ref: Option<String>,
}

impl SceneContact {
    /// Their name, as far as it is given.
    fn known_as(&self) -> &str {
        self.name.as_deref().or(self.first_name.as_deref()).unwrap_or("Ann Example")
    }
}

/// The state of a queue in a scene.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SceneQueue {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<bool>,
    /// Whether an agent is online.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub online: Option<bool>,
    /// The number of customers waiting in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<i64>,
}

/// What another program answers in a scene.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum SceneAnswer {
    /// It is really called: `"real"`.
    Real(RealAnswer),
    /// This answer.
    Given(GivenAnswer),
}

/// `"real"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RealAnswer {
    Real,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenAnswer {
    /// It does not answer in time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub timeout: bool,
    /// 200 if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Text, or JSON. For a language model, its text.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub body: Value,
}

/// A dialogue to simulate. At most one of `body` and `version`; without either, the saved draft.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Simulation {
    /// What the customer does, in this order. The flow starts automatically.
    #[serde(default)]
    pub inputs: Vec<InputOrText>,
    #[serde(alias = "draft")]
    #[schema(value_type = Option<Object>)]
    pub body: Option<Value>,
    /// The number of a published version.
    pub version: Option<i64>,
    #[serde(default)]
    pub scene: SimulationScene,
    /// The customer's name: the same as `scene.contact.name`.
    pub contact_name: Option<String>,
}

/// What one node did.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SimulatedStep {
    /// The node; null if no node did anything.
    pub node: Option<String>,
    /// What the customer did before it; null if nothing.
    pub input: Option<SimulatedInput>,
    /// The effects: `say`, `send_template`, `template_not_sent`, `label`, `note`, `call`, `failed`, `leave_queue`,
    /// `join_queue`, `close`.
    #[schema(value_type = Vec<Object>)]
    pub effects: Vec<Effect>,
    /// The variables after it.
    pub variables: BTreeMap<String, String>,
}

/// The state at the end of a simulation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SimulatedState {
    /// The flow waits for the customer.
    Waiting,
    /// The customer waits in a queue.
    Queued,
    /// The conversation is closed.
    Closed,
    /// The flow has ended, and the conversation stays with the bot.
    #[default]
    Ended,
}

/// The result of a simulated dialogue.
#[derive(Debug, Serialize, ToSchema)]
pub struct Simulated {
    pub steps: Vec<SimulatedStep>,
    pub state: SimulatedState,
    /// What is wrong with the simulated flow.
    pub problems: Vec<Problem>,
}

/// Simulates a chat with a flow.
pub async fn simulate(app: &Engine, id: FlowId, order: Simulation) -> Result<Simulated> {
    let current = row(app, id).await?;
    let body = match (order.body, order.version) {
        (Some(_), Some(_)) => return Err(Error::field("/version", "Send either a body or a version.")),
        (Some(body), None) => shaped("/body", body)?,
        (None, Some(number)) => shaped("/version", versions::body(app, id, number).await?.body)?,
        (None, None) => domain::flow::parse(&current.draft).map_err(|found| super::invalid("/body", found))?,
    };
    let mut scene = order.scene;
    scene.contact.name = scene.contact.name.or(order.contact_name);
    let inputs: Vec<SimulatedInput> = order.inputs.into_iter().map(SimulatedInput::from).collect();
    check_inputs("/inputs", &inputs)?;
    let (steps, state) = walk(app, &body, &scene, inputs).await?;
    let mut problems = Installation::read(app).await?.problems(app, Some(id), &body);
    problems.extend(warnings::of(&body, &flow_templates::of_all_accounts(app, &body).await?));
    Ok(Simulated { steps, state, problems })
}

pub(super) fn check_inputs(pointer: &str, inputs: &[SimulatedInput]) -> Result<()> {
    if inputs.len() > MOST_INPUTS {
        return Err(Error::field(pointer, format!("At most {MOST_INPUTS} inputs are possible.")));
    }
    Ok(())
}

/// Walks a flow as a customer would, until there are no more inputs or the flow ends.
pub(super) async fn walk(
    app: &Engine,
    body: &FlowBody,
    scene: &SimulationScene,
    inputs: Vec<SimulatedInput>,
) -> Result<(Vec<SimulatedStep>, SimulatedState)> {
    let now = begins_at(app, scene)?;
    let capabilities =
        scene.channel.map_or(app.channels.for_flows(), |channel| app.channels.capabilities(channel));
    let setting = Arc::new(Setting {
        body: body.clone(),
        scene: scene.clone(),
        capabilities,
        templates: flow_templates::of_all_accounts(app, body).await?,
        surroundings: surroundings(app, body, scene, now),
    });
    let mut play = Play::at(now);
    play.step(&setting, None, What::Start).await;
    let mut inputs = inputs.into_iter().peekable();
    play.advance(app, &setting, inputs.peek().is_some()).await;
    while let Some(input) = inputs.next() {
        if play.run.is_none() || play.steps.len() >= MOST_STEPS {
            break;
        }
        if input.timeout {
            play.pass_time();
            play.step(&setting, Some(input), What::TimedOut).await;
        } else {
            play.step(&setting, Some(input.clone()), What::Said(input)).await;
        }
        play.advance(app, &setting, inputs.peek().is_some()).await;
    }
    Ok((play.steps, play.state))
}
