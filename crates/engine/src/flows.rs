//! Flows: drafts that administrators edit and try out, and the versions that customers meet.

mod warnings;

use domain::audit_detail::AuditDetail;
use domain::flow::{FlowBody, FlowContext, Input, Node, Run, Step};
use domain::id::{FlowId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::json::json;
use store::table::flow::{self, Flow};
use store::table::user::User;
use store::{Batch, CommitError};
use utoipa::ToSchema;

use crate::audit::act_by;
use crate::clock::rfc3339;
use crate::engine::Engine;
use crate::error::{Error, FieldError, Result};
use crate::fields::{Fields, fresh};
use crate::{first_texts, flow_templates};

/// The most inputs of one simulation.
const MOST_INPUTS: usize = 200;

/// A published version.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = FlowVersion)]
pub struct VersionView {
    pub number: i64,
    #[schema(format = DateTime)]
    pub published_at: String,
    /// The name of who published it.
    pub by: String,
}

/// A flow, as shown in lists.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FlowItem {
    #[schema(value_type = String)]
    pub id: FlowId,
    pub name: String,
    /// The version that new conversations begin with; null for none.
    pub published_version: Option<i64>,
    /// The problems that prevent the draft from being published.
    pub problems: Vec<FieldError>,
    pub version: i64,
}

/// A flow.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Flow)]
pub struct FlowView {
    #[serde(flatten)]
    pub item: FlowItem,
    /// What keeps parts of the draft from working at the moment. It can be published all the same.
    pub warnings: Vec<FieldError>,
    /// What is being edited: see `GET /flow-schema`.
    #[schema(value_type = Object)]
    pub draft: Value,
    /// The published version, which customers get.
    #[schema(value_type = Option<Object>)]
    pub published: Option<Value>,
    /// All published versions, newest first.
    pub versions: Vec<VersionView>,
}

/// A new flow.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewFlow)]
pub struct NewFlow {
    pub name: String,
    /// If left out, a copy of the "Welcome" flow that comes with Deskbell.
    #[schema(value_type = Option<Object>)]
    pub draft: Option<Value>,
}

/// An edited flow.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FlowChange)]
pub struct FlowChange {
    pub name: Option<String>,
    #[schema(value_type = Option<Object>)]
    pub draft: Option<Value>,
    pub version: Option<i64>,
}

/// The edit to publish.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FlowPublish)]
pub struct PublishOrder {
    pub version: Option<i64>,
}

/// What the simulated customer does.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SimulatedInput {
    /// What they write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The payload of the choice that they tap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
    /// What they send instead of text: a place as "50.45, 30.523", a link's address, a file's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<String>,
}

/// A dialogue to simulate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Simulation {
    /// In this order, until the run ends.
    #[serde(default)]
    pub inputs: Vec<SimulatedInput>,
    /// Used instead of the saved draft.
    #[schema(value_type = Option<Object>)]
    pub draft: Option<Value>,
    /// What the customer is called.
    pub contact_name: Option<String>,
}

/// The result of one input.
#[derive(Debug, Serialize, ToSchema)]
pub struct SimulatedStep {
    /// Null at the start.
    pub input: Option<SimulatedInput>,
    /// What happens: `say`, `send_template`, `template_not_sent`, `join_queue`, `close`.
    #[schema(value_type = Vec<Object>)]
    pub effects: Vec<domain::flow::Effect>,
    /// Where the run waits, with its variables; null once it ended.
    #[schema(value_type = Option<Object>)]
    pub run: Option<Run>,
    /// The node that the flow refers to but does not have. The simulation ends there; a customer would be handed
    /// over to the
    /// first queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub missing: Option<String>,
}

/// The result of a simulated dialogue.
#[derive(Debug, Serialize, ToSchema)]
pub struct Simulated {
    pub steps: Vec<SimulatedStep>,
    /// The problems that prevent the simulated flow from being published.
    pub problems: Vec<FieldError>,
    /// What keeps parts of it from working at the moment.
    pub warnings: Vec<FieldError>,
}

/// Everything that prevents publishing, with pointers from the flow's root.
fn problems(app: &Engine, body: &FlowBody) -> Vec<FieldError> {
    let directory = app.directory();
    let mut found: Vec<_> =
        domain::flow::validate(body, app.channels.for_flows()).into_iter().map(field).collect();
    for (id, node) in &body.nodes {
        if let Node::JoinQueue { queue_id: Some(queue), .. } = node
            && directory.queue(*queue).is_none()
        {
            found.push(FieldError {
                pointer: domain::flow::place(&["/draft/nodes", id, "queue_id"]),
                detail: "There is no such queue.".into(),
            });
        }
    }
    found
}

fn field(problem: domain::flow::Problem) -> FieldError {
    FieldError { pointer: format!("/draft{}", problem.pointer), detail: problem.detail }
}

/// A body whose shape is right; what it says may still have problems.
fn shaped(draft: Value) -> Result<FlowBody> {
    if draft.to_string().len() > domain::flow::LARGEST {
        return Err(Error::field("/draft", "This flow is too large: at most 512 KiB are possible."));
    }
    domain::flow::parse_value(draft).map_err(|problems| Error::Invalid(problems.into_iter().map(field).collect()))
}

fn item(app: &Engine, flow: &Flow) -> FlowItem {
    let problems = match domain::flow::parse(&flow.draft) {
        Ok(body) => problems(app, &body),
        Err(problems) => problems.into_iter().map(field).collect(),
    };
    FlowItem {
        id: flow.id,
        name: flow.name.clone(),
        published_version: flow.published,
        problems,
        version: flow.version,
    }
}

async fn row(app: &Engine, id: FlowId) -> Result<Flow> {
    flow::by_id(&app.store, id).await?.ok_or_else(|| Error::NotFound("flow"))
}

/// One flow.
pub async fn one(app: &Engine, id: FlowId) -> Result<FlowView> {
    let flow = row(app, id).await?;
    let (versions, published) = flow::versions(&app.store, id, flow.published.unwrap_or(0)).await?;
    let warnings = match domain::flow::parse(&flow.draft) {
        Ok(body) => warnings::of(&body, &flow_templates::of_all_accounts(app, &body).await?),
        Err(_) => Vec::new(),
    };
    let read = |text: &str| serde_json::from_str(text).unwrap_or(Value::Null);
    Ok(FlowView {
        item: item(app, &flow),
        warnings,
        draft: read(&flow.draft),
        published: published.map(|body| read(&body)),
        versions: versions
            .into_iter()
            .map(|it| VersionView { number: it.number, published_at: rfc3339(it.published_at), by: it.by })
            .collect(),
    })
}

/// All flows, the oldest first.
pub async fn all(app: &Engine) -> Result<Vec<FlowItem>> {
    Ok(flow::list(&app.store).await?.iter().map(|flow| item(app, flow)).collect())
}

/// Creates a flow. Customers see it only after it is published and chosen for a gateway.
pub async fn create(app: &Engine, by: UserId, new: NewFlow) -> Result<FlowView> {
    let mut fields = Fields::default();
    let name = fields.name("/name", &new.name, 80);
    fields.done()?;
    let body = new.draft.map_or_else(|| Ok(first_texts::welcome(app.config.language)), shaped)?;
    let id = FlowId(app.ids.next());
    let mut batch = Batch::new();
    flow::insert(&mut batch, id, &name, &json(&body));
    act_by(app, &mut batch, Some(by), "flow.create", format!("flow {id}"), AuditDetail::named(&name));
    app.store.commit(batch).await.map_err(duplicate)?;
    one(app, id).await
}

/// Saves name and draft. A draft may have problems, but must match the schema.
pub async fn update(app: &Engine, by: UserId, id: FlowId, change: FlowChange) -> Result<FlowView> {
    let current = row(app, id).await?;
    if change.version.is_some_and(|sent| sent != current.version) {
        return Err(Error::stale(&one(app, id).await?));
    }
    let mut fields = Fields::default();
    let name = fields.name("/name", change.name.as_deref().unwrap_or(&current.name), 80);
    fields.done()?;
    let draft = match change.draft {
        Some(draft) => json(&shaped(draft)?),
        None => current.draft,
    };
    let mut batch = Batch::new();
    flow::update(&mut batch, id, &name, &draft, change.version);
    act_by(app, &mut batch, Some(by), "flow.update", format!("flow {id}"), AuditDetail::named(&name));
    match app.store.commit(batch).await {
        Ok(_) => one(app, id).await,
        Err(CommitError::Conflict) => Err(Error::stale(&one(app, id).await?)),
        Err(error) => Err(duplicate(error)),
    }
}

/// Publishes the draft: new conversations start with it. Conversations in progress continue with their version.
pub async fn publish(app: &Engine, by: &User, id: FlowId, sent: PublishOrder) -> Result<FlowView> {
    let current = row(app, id).await?;
    if sent.version.is_some() {
        fresh(sent.version, current.version, &one(app, id).await?)?;
    }
    let body = domain::flow::parse(&current.draft)
        .map_err(|problems| Error::Invalid(problems.into_iter().map(field).collect()))?;
    let found = problems(app, &body);
    if !found.is_empty() {
        return Err(Error::Invalid(found));
    }
    let newest = flow::newest_version(&app.store, id).await?;
    let number = newest + 1;
    let mut batch = Batch::new();
    // What was judged is what is published.
    flow::must_be_unchanged(&mut batch, &current);
    flow::publish(&mut batch, id, number, &json(&body), &by.name, app.clock.now());
    act_by(app, &mut batch, Some(by.id), "flow.publish", format!("flow {id}"), AuditDetail::Version { number });
    match app.store.commit(batch).await {
        Ok(_) => {}
        Err(CommitError::Conflict | CommitError::Duplicate) => {
            return Err(Error::stale(&one(app, id).await?));
        }
        Err(error) => return Err(error.into()),
    }
    app.reload().await?;
    one(app, id).await
}

/// Deletes a flow that no gateway uses. Conversations that are in it continue to its end.
pub async fn delete(app: &Engine, by: UserId, id: FlowId) -> Result<()> {
    let current = row(app, id).await?;
    let gateways = flow::gateways(&app.store, id).await?;
    if !gateways.is_empty() {
        let names: Vec<_> = gateways.iter().map(|name| format!("\"{name}\"")).collect();
        let what = if names.len() == 1 { "the gateway" } else { "the gateways" };
        return Err(Error::conflict(format!("\"{}\" is used by {what} {}.", current.name, names.join(", "))));
    }
    if let Some(leads) = app.directory().entry_points.iter().find(|leads| leads.flow == id) {
        return Err(Error::conflict(format!(
            "The link and the code word of \"{}\" lead to \"{}\": end them first.",
            leads.name, current.name
        )));
    }
    let mut batch = Batch::new();
    flow::delete(&mut batch, id);
    act_by(app, &mut batch, Some(by), "flow.delete", format!("flow {id}"), AuditDetail::named(&current.name));
    app.store.commit(batch).await?;
    app.reload().await?;
    Ok(())
}

/// Simulates a chat with the draft. Nothing is sent or stored.
pub async fn simulate(app: &Engine, id: FlowId, order: Simulation) -> Result<Simulated> {
    let current = row(app, id).await?;
    if order.inputs.len() > MOST_INPUTS {
        return Err(Error::field("/inputs", format!("At most {MOST_INPUTS} inputs are possible.")));
    }
    let body = match order.draft {
        Some(draft) => shaped(draft)?,
        None => domain::flow::parse(&current.draft)
            .map_err(|problems| Error::Invalid(problems.into_iter().map(field).collect()))?,
    };
    let name = order.contact_name.as_deref().unwrap_or("Ann Example");
    let templates = flow_templates::of_all_accounts(app, &body).await?;
    let context = FlowContext {
        contact_name: Some(name),
        page_name: "Our Page",
        now: app.clock.now(),
        capabilities: app.channels.for_flows(),
        message_templates: Some(&templates),
        marketing_stopped: false,
    };
    Ok(Simulated {
        problems: problems(app, &body),
        warnings: warnings::of(&body, &templates),
        steps: walk(&body, &context, order.inputs),
    })
}

/// Walks a flow as a customer would, from the start until the run ends.
fn walk(body: &FlowBody, context: &FlowContext<'_>, inputs: Vec<SimulatedInput>) -> Vec<SimulatedStep> {
    let begun = domain::flow::step(body, None, Input::Start, context);
    let mut run = begun.run.clone();
    let mut steps = vec![simulated(None, begun)];
    for input in inputs {
        if run.is_none() {
            break;
        }
        let SimulatedInput { text, payload, other } = &input;
        let answer = Input::Said { text: text.as_deref(), payload: payload.as_deref(), other: other.as_deref() };
        let step = domain::flow::step(body, run.take(), answer, context);
        run.clone_from(&step.run);
        steps.push(simulated(Some(input), step));
    }
    steps
}

fn simulated(input: Option<SimulatedInput>, Step { run, mut effects, missing }: Step) -> SimulatedStep {
    if missing.is_some() {
        // What follows is how a customer would be saved from the mistake, and no part of the flow.
        effects.pop();
    }
    SimulatedStep { input, effects, run, missing }
}

fn duplicate(error: CommitError) -> Error {
    match error {
        CommitError::Duplicate => Error::taken("/name", "There is a flow of this name already."),
        error => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_simulation_begins_at_the_start_and_ends_with_the_run() {
        let context = FlowContext {
            contact_name: Some("Ann"),
            page_name: "Our Page",
            now: domain::time::Micros(0),
            capabilities: &channels::messenger::MESSENGER,
            message_templates: None,
            marketing_stopped: false,
        };
        let say = |text: &str| SimulatedInput { text: Some(text.into()), ..SimulatedInput::default() };
        let steps = walk(&domain::flow::welcome(), &context, vec![say("???"), say("???")]);
        assert_eq!(steps.len(), 3);
        assert!(steps[0].input.is_none() && !steps[0].effects.is_empty() && steps[0].run.is_some());
        let body: Value =
            serde_json::json!({"schema": 1, "start": "a", "nodes": {"a": {"type": "close", "text": "Bye"}}});
        let steps = walk(&shaped(body).unwrap(), &context, vec![say("hello")]);
        assert_eq!(steps.len(), 1, "an ended run hears nothing");
    }

    #[test]
    fn a_shape_that_is_wrong_is_told_with_its_place_in_the_draft() {
        let body = serde_json::json!({"schema": 1, "start": "a", "nodes": {"a": {"type": "dance"}}});
        let Err(Error::Invalid(errors)) = shaped(body) else { panic!("it was taken") };
        assert!(errors[0].pointer.starts_with("/draft/nodes/a"), "{errors:?}");
    }
}
