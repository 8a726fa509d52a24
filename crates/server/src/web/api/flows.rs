//! Flows: drafts that administrators edit and try out, and the versions that customers meet.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use domain::flow::{FlowBody, FlowContext, Input, Node, Run, Step};
use domain::id::FlowId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::table::flow::{self, Flow};
use store::table::message::json;
use store::{Batch, CommitError};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, OptionalBody, Paging, Path as At, Query as Asked};
use crate::web::fields::{Fields, act, fresh, page, taken};
use crate::web::problem::{Answer, FieldError, Problem};
use engine::clock::rfc3339;

/// The most inputs of one simulation.
const MOST_INPUTS: usize = 200;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, put, delete))
        .routes(routes!(publish))
        .routes(routes!(simulate))
        .routes(routes!(schema))
}

/// A published version.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = FlowVersion)]
pub struct VersionOut {
    number: i64,
    #[schema(format = DateTime)]
    published_at: String,
    /// The name of who published it.
    by: String,
}

/// A flow as lists show it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FlowItem {
    #[schema(value_type = String)]
    id: FlowId,
    name: String,
    /// The version that new conversations begin with; null for none.
    published_version: Option<i64>,
    /// What keeps the draft from being published.
    problems: Vec<FieldError>,
    version: i64,
}

/// A flow.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Flow)]
pub struct FlowOut {
    #[serde(flatten)]
    item: FlowItem,
    /// What is being edited: see `GET /flow-schema`.
    #[schema(value_type = Object)]
    draft: Value,
    /// What customers meet.
    #[schema(value_type = Option<Object>)]
    published: Option<Value>,
    /// Every published version, newest first.
    versions: Vec<VersionOut>,
}

/// A flow to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewFlow)]
pub struct FlowIn {
    name: String,
    /// Left out, it is a copy of "Welcome" as Deskbell came with it.
    #[schema(value_type = Option<Object>)]
    draft: Option<Value>,
}

/// A flow as it was edited.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FlowChange)]
pub struct FlowPut {
    name: Option<String>,
    #[schema(value_type = Option<Object>)]
    draft: Option<Value>,
    version: Option<i64>,
}

/// Which edit is to be published.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FlowPublish)]
pub struct PublishIn {
    version: Option<i64>,
}

/// What the simulated customer does.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SimulatedInput {
    /// What they write.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// What the choice they tap stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<String>,
}

/// A dialogue to try out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Simulation {
    /// One after the other, until the run ends.
    #[serde(default)]
    inputs: Vec<SimulatedInput>,
    /// Instead of the draft that is saved.
    #[schema(value_type = Option<Object>)]
    draft: Option<Value>,
    /// What the customer is called.
    contact_name: Option<String>,
}

/// What came of one input.
#[derive(Debug, Serialize, ToSchema)]
pub struct SimulatedStep {
    /// Null for the start.
    input: Option<SimulatedInput>,
    /// What happens: `say`, `join_queue`, `close`.
    #[schema(value_type = Vec<Object>)]
    effects: Vec<domain::flow::Effect>,
    /// Where the run waits, with its variables; null once it ended.
    #[schema(value_type = Option<Object>)]
    run: Option<Run>,
}

/// A dialogue that was tried out.
#[derive(Debug, Serialize, ToSchema)]
pub struct Simulated {
    steps: Vec<SimulatedStep>,
}

/// Everything that prevents publishing, with pointers from the flow's root.
fn problems(app: &App, body: &FlowBody) -> Vec<FieldError> {
    let directory = app.directory();
    let mut found: Vec<_> =
        domain::flow::validate(body, app.channels.for_flows()).into_iter().map(field).collect();
    for (id, node) in &body.nodes {
        if let Node::JoinQueue { queue_id: Some(queue), .. } = node
            && directory.queue(*queue).is_none()
        {
            let key = id.replace('~', "~0").replace('/', "~1");
            found.push(FieldError {
                pointer: format!("/draft/nodes/{key}/queue_id"),
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
fn shaped(draft: Value) -> Answer<FlowBody> {
    if draft.to_string().len() > domain::flow::LARGEST {
        return Err(Problem::field("/draft", "This flow is too large: at most 512 KiB are possible."));
    }
    domain::flow::parse_value(draft).map_err(|problems| Problem::fields(problems.into_iter().map(field).collect()))
}

fn item(app: &App, flow: &Flow) -> FlowItem {
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

async fn row(app: &App, id: FlowId) -> Answer<Flow> {
    flow::by_id(&app.store, id).await?.ok_or_else(|| Problem::not_found("flow"))
}

async fn one(app: &App, id: FlowId) -> Answer<FlowOut> {
    let flow = row(app, id).await?;
    let (versions, published) = flow::versions(&app.store, id, flow.published.unwrap_or(0)).await?;
    let read = |text: &str| serde_json::from_str(text).unwrap_or(Value::Null);
    Ok(FlowOut {
        item: item(app, &flow),
        draft: read(&flow.draft),
        published: published.map(|body| read(&body)),
        versions: versions
            .into_iter()
            .map(|it| VersionOut { number: it.number, published_at: rfc3339(it.published_at), by: it.by })
            .collect(),
    })
}

/// Every flow, the oldest first.
#[utoipa::path(get, path = "/flows", tag = "flows",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<FlowItem>)))]
async fn list(State(app): State<App>, Asked(paging): Asked<Paging>) -> Answer<Json<Items<FlowItem>>> {
    page(flow::list(&app.store).await?.iter().map(|flow| item(&app, flow)).collect(), &paging)
}

/// One flow.
#[utoipa::path(get, path = "/flows/{id}", tag = "flows",
    params(("id" = String, Path)), responses((status = 200, body = FlowOut)))]
async fn get(State(app): State<App>, At(id): At<FlowId>) -> Answer<Json<FlowOut>> {
    one(&app, id).await.map(Json)
}

/// Creates a flow. Customers do not meet it before it is published and chosen for a gateway.
#[utoipa::path(post, path = "/flows", tag = "flows", request_body = FlowIn,
    responses((status = 201, body = FlowOut)))]
async fn create(
    State(app): State<App>,
    who: Principal,
    Body(new): Body<FlowIn>,
) -> Answer<(StatusCode, Json<FlowOut>)> {
    let mut fields = Fields::default();
    let name = fields.name("/name", &new.name, 80);
    fields.done()?;
    let body = new.draft.map_or_else(|| Ok(domain::flow::welcome()), shaped)?;
    let id = FlowId(app.ids.next());
    let mut batch = Batch::new();
    flow::insert(&mut batch, id, &name, &json(&body));
    act(&app, &mut batch, &who, "flow.create", format!("flow {id}"), &name);
    app.store.commit(batch).await.map_err(duplicate)?;
    Ok((StatusCode::CREATED, Json(one(&app, id).await?)))
}

/// Saves name and draft. A draft may have problems; its shape must be right.
#[utoipa::path(put, path = "/flows/{id}", tag = "flows", params(("id" = String, Path)), request_body = FlowPut,
    responses((status = 200, body = FlowOut)))]
async fn put(
    State(app): State<App>,
    who: Principal,
    At(id): At<FlowId>,
    Body(change): Body<FlowPut>,
) -> Answer<Json<FlowOut>> {
    let current = row(&app, id).await?;
    if change.version.is_some_and(|sent| sent != current.version) {
        return Err(Problem::stale(&one(&app, id).await?));
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
    act(&app, &mut batch, &who, "flow.update", format!("flow {id}"), &name);
    match app.store.commit(batch).await {
        Ok(_) => one(&app, id).await.map(Json),
        Err(CommitError::Conflict) => Err(Problem::stale(&one(&app, id).await?)),
        Err(error) => Err(duplicate(error)),
    }
}

/// Makes the draft the version that new conversations begin with. Conversations under way go on in theirs.
#[utoipa::path(post, path = "/flows/{id}/publish", tag = "flows", params(("id" = String, Path)),
    request_body = Option<PublishIn>, responses((status = 200, body = FlowOut)))]
async fn publish(
    State(app): State<App>,
    who: Principal,
    At(id): At<FlowId>,
    OptionalBody(sent): OptionalBody<PublishIn>,
) -> Answer<Json<FlowOut>> {
    let current = row(&app, id).await?;
    if sent.version.is_some() {
        fresh(sent.version, current.version, &one(&app, id).await?)?;
    }
    let body = domain::flow::parse(&current.draft)
        .map_err(|problems| Problem::fields(problems.into_iter().map(field).collect()))?;
    let found = problems(&app, &body);
    if !found.is_empty() {
        return Err(Problem::fields(found));
    }
    let newest = flow::newest_version(&app.store, id).await?;
    let number = newest + 1;
    let mut batch = Batch::new();
    // What was judged is what is published.
    flow::must_be_unchanged(&mut batch, &current);
    flow::publish(&mut batch, id, number, &json(&body), &who.user.name, app.clock.now());
    act(&app, &mut batch, &who, "flow.publish", format!("flow {id}"), &format!("version {number}"));
    match app.store.commit(batch).await {
        Ok(_) => {}
        Err(CommitError::Conflict | CommitError::Duplicate) => {
            return Err(Problem::stale(&one(&app, id).await?));
        }
        Err(error) => return Err(error.into()),
    }
    app.reload().await?;
    one(&app, id).await.map(Json)
}

/// Removes a flow that no gateway greets with. Conversations that are in it go on to its end.
#[utoipa::path(delete, path = "/flows/{id}", tag = "flows",
    params(("id" = String, Path)), responses((status = 204)))]
async fn delete(State(app): State<App>, who: Principal, At(id): At<FlowId>) -> Answer<StatusCode> {
    let current = row(&app, id).await?;
    let gateways = flow::gateways(&app.store, id).await?;
    if !gateways.is_empty() {
        let names: Vec<_> = gateways.iter().map(|name| format!("\"{name}\"")).collect();
        let what = if names.len() == 1 { "the gateway" } else { "the gateways" };
        return Err(Problem::conflict(format!("\"{}\" is used by {what} {}.", current.name, names.join(", "))));
    }
    if let Some(leads) = app.directory().entry_points.iter().find(|leads| leads.flow == id) {
        return Err(Problem::conflict(format!(
            "The link and the code word of \"{}\" lead to \"{}\": end them first.",
            leads.name, current.name
        )));
    }
    let mut batch = Batch::new();
    flow::delete(&mut batch, id);
    act(&app, &mut batch, &who, "flow.delete", format!("flow {id}"), &current.name);
    app.store.commit(batch).await?;
    app.reload().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Chats with the draft: nothing is sent and nothing is kept.
#[utoipa::path(post, path = "/flows/{id}/simulate", tag = "flows", params(("id" = String, Path)),
    request_body = Simulation, responses((status = 200, body = Simulated)))]
async fn simulate(
    State(app): State<App>,
    At(id): At<FlowId>,
    Body(order): Body<Simulation>,
) -> Answer<Json<Simulated>> {
    let current = row(&app, id).await?;
    if order.inputs.len() > MOST_INPUTS {
        return Err(Problem::field("/inputs", format!("At most {MOST_INPUTS} inputs are possible.")));
    }
    let body = match order.draft {
        Some(draft) => shaped(draft)?,
        None => domain::flow::parse(&current.draft)
            .map_err(|problems| Problem::fields(problems.into_iter().map(field).collect()))?,
    };
    let name = order.contact_name.as_deref().unwrap_or("Ann Example");
    let context = FlowContext {
        contact_name: Some(name),
        page_name: "Our Page",
        now: app.clock.now(),
        capabilities: app.channels.for_flows(),
    };
    Ok(Json(Simulated { steps: walk(&body, &context, order.inputs) }))
}

/// Walks a flow as a customer would, from the start until the run ends.
fn walk(body: &FlowBody, context: &FlowContext<'_>, inputs: Vec<SimulatedInput>) -> Vec<SimulatedStep> {
    let Step { mut run, effects } = domain::flow::step(body, None, Input::Start, context);
    let mut steps = vec![SimulatedStep { input: None, effects, run: run.clone() }];
    for input in inputs {
        if run.is_none() {
            break;
        }
        let said = Input::Said { text: input.text.as_deref(), payload: input.payload.as_deref(), files: false };
        let step = domain::flow::step(body, run.take(), said, context);
        run.clone_from(&step.run);
        steps.push(SimulatedStep { input: Some(input), effects: step.effects, run: step.run });
    }
    steps
}

/// The JSON Schema of a flow's body, for editors.
#[utoipa::path(get, path = "/flow-schema", tag = "flows",
    responses((status = 200, content_type = "application/schema+json", body = Object)))]
async fn schema() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/schema+json")], domain::flow::schema())
}

fn duplicate(error: CommitError) -> Problem {
    match error {
        CommitError::Duplicate => taken("/name", "There is a flow of this name already."),
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
        };
        let say = |text: &str| SimulatedInput { text: Some(text.into()), payload: None };
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
        let problem =
            shaped(serde_json::json!({"schema": 1, "start": "a", "nodes": {"a": {"type": "dance"}}})).unwrap_err();
        assert!(problem.errors[0].pointer.starts_with("/draft/nodes/a"), "{problem:?}");
    }
}
