//! Queues: where customers wait, and who serves them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::flow::{FlowBody, Node};
use domain::id::{QueueId, UserId};
use domain::time::Micros;
use serde::{Deserialize, Serialize};
use store::table::flow;
use store::table::queue::{self, Queue, QueueEdit};
use store::{Batch, CommitError};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, Paging, Path as At, Query as Asked};
use crate::web::fields::{Fields, act, fresh, page, taken};
use crate::web::problem::{Answer, Problem};
use engine::view;

/// What everybody may read.
pub fn answer_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get))
}

/// What administrators do.
pub fn administer_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create)).routes(routes!(update, delete))
}

/// How an agent is chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Whoever has had nothing new for the longest time.
    #[default]
    LongestIdle,
}

impl From<Strategy> for domain::routing::Strategy {
    fn from(strategy: Strategy) -> Self {
        match strategy {
            Strategy::LongestIdle => Self::LongestIdle,
        }
    }
}

impl From<domain::routing::Strategy> for Strategy {
    fn from(strategy: domain::routing::Strategy) -> Self {
        match strategy {
            domain::routing::Strategy::LongestIdle => Self::LongestIdle,
        }
    }
}

/// A waiting line.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Queue)]
pub struct QueueOut {
    #[schema(value_type = String)]
    id: QueueId,
    name: String,
    strategy: Strategy,
    /// Higher goes first.
    priority: i64,
    /// How long an agent may think about an offer.
    offer_seconds: i64,
    /// So many missed offers in a row put an agent on pause.
    missed_limit: i64,
    wrap_up_seconds: i64,
    /// Whether every agent serves it; else `agent_ids` do.
    all_agents: bool,
    #[schema(value_type = Vec<String>)]
    agent_ids: Vec<UserId>,
    /// Whether it is isolated: only links and code words of its own lead into it, and only its members, supervisors and
    /// administrators see what waits in it.
    isolated: bool,
    /// How many wait.
    waiting: i64,
    /// How many of its agents are online.
    online_agents: usize,
    version: i64,
}

/// A queue to be made; what is left out gets its usual value.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewQueue)]
pub struct QueueIn {
    name: String,
    #[serde(default)]
    strategy: Strategy,
    /// −100 to 100.
    #[serde(default)]
    priority: i64,
    /// 5 to 600, else 30.
    #[serde(default = "half_a_minute")]
    offer_seconds: i64,
    /// 1 to 20, else 3.
    #[serde(default = "three")]
    missed_limit: i64,
    /// 0 to 3600.
    #[serde(default)]
    wrap_up_seconds: i64,
    /// Whether every agent serves it. Default: true if `agent_ids` names none.
    all_agents: Option<bool>,
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    agent_ids: Vec<UserId>,
}

fn half_a_minute() -> i64 {
    30
}

fn three() -> i64 {
    3
}

/// What changes about a queue.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = QueueChange)]
pub struct QueueChange {
    name: Option<String>,
    strategy: Option<Strategy>,
    priority: Option<i64>,
    offer_seconds: Option<i64>,
    missed_limit: Option<i64>,
    wrap_up_seconds: Option<i64>,
    all_agents: Option<bool>,
    #[schema(value_type = Option<Vec<String>>)]
    agent_ids: Option<Vec<UserId>>,
    version: Option<i64>,
}

impl QueueIn {
    fn checked(mut self, app: &App) -> Answer<Self> {
        let mut fields = Fields::default();
        self.name = fields.name("/name", &self.name, 80);
        fields.between("/priority", self.priority, -100, 100);
        fields.between("/offer_seconds", self.offer_seconds, 5, 600);
        fields.between("/missed_limit", self.missed_limit, 1, 20);
        fields.between("/wrap_up_seconds", self.wrap_up_seconds, 0, 3_600);
        let directory = app.directory();
        for (index, id) in self.agent_ids.iter().enumerate() {
            if directory.agent(*id).is_none() {
                fields.bad(&format!("/agent_ids/{index}"), "There is no such agent.");
            }
        }
        fields.done()?;
        self.agent_ids.sort();
        self.agent_ids.dedup();
        Ok(self)
    }

    fn serve(&self, batch: &mut Batch, id: QueueId, at: Micros) {
        queue::set_members(batch, id, &self.agent_ids, at);
    }

    fn edit(&self, all_agents: bool) -> QueueEdit<'_> {
        QueueEdit {
            name: &self.name,
            strategy: self.strategy.into(),
            priority: self.priority,
            offer_seconds: self.offer_seconds,
            missed_limit: self.missed_limit,
            wrap_up_seconds: self.wrap_up_seconds,
            all_agents,
        }
    }

    fn everybody(&self) -> bool {
        self.all_agents.unwrap_or(self.agent_ids.is_empty())
    }
}

async fn all(app: &App) -> Answer<Vec<QueueOut>> {
    let loads = view::queue_loads(app).await?;
    let shown = |queue: Queue| {
        let load = loads.iter().find(|load| load.id == queue.id);
        QueueOut {
            waiting: load.map_or(0, |load| load.waiting),
            online_agents: load.map_or(0, |load| load.online_agents),
            id: queue.id,
            name: queue.name,
            strategy: queue.strategy.into(),
            priority: queue.priority,
            offer_seconds: queue.offer_seconds,
            missed_limit: queue.missed_limit,
            wrap_up_seconds: queue.wrap_up_seconds,
            all_agents: queue.all_agents,
            agent_ids: queue.members,
            isolated: queue.isolated,
            version: queue.version,
        }
    };
    Ok(queue::list(&app.store).await?.into_iter().map(shown).collect())
}

async fn one(app: &App, id: QueueId) -> Answer<QueueOut> {
    all(app).await?.into_iter().find(|queue| queue.id == id).ok_or_else(|| Problem::not_found("queue"))
}

/// Every queue, the oldest first: it is the one for flows that name none.
#[utoipa::path(get, path = "/queues", tag = "queues",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<QueueOut>)))]
async fn list(
    State(app): State<App>,
    who: Principal,
    Asked(paging): Asked<Paging>,
) -> Answer<Json<Items<QueueOut>>> {
    let (mut queues, viewer) = (all(&app).await?, who.viewer(&app));
    queues.retain(|queue| viewer.sees_queue(queue.id, queue.isolated));
    page(queues, &paging)
}

/// One queue.
#[utoipa::path(get, path = "/queues/{id}", tag = "queues",
    params(("id" = String, Path)), responses((status = 200, body = QueueOut)))]
async fn get(State(app): State<App>, who: Principal, At(id): At<QueueId>) -> Answer<Json<QueueOut>> {
    let queue = one(&app, id).await?;
    if !who.viewer(&app).sees_queue(id, queue.isolated) {
        return Err(Problem::not_found("queue"));
    }
    Ok(Json(queue))
}

/// Makes a queue.
#[utoipa::path(post, path = "/queues", tag = "queues", request_body = QueueIn,
    responses((status = 201, body = QueueOut)))]
async fn create(
    State(app): State<App>,
    who: Principal,
    Body(new): Body<QueueIn>,
) -> Answer<(StatusCode, Json<QueueOut>)> {
    let new = new.checked(&app)?;
    let id = QueueId(app.ids.next());
    let mut batch = Batch::new();
    queue::insert(&mut batch, id, &new.edit(new.everybody()));
    new.serve(&mut batch, id, app.clock.now());
    act(&app, &mut batch, &who, "queue.create", format!("queue {id}"), &new.name);
    app.store.commit(batch).await.map_err(duplicate)?;
    app.reload().await?;
    Ok((StatusCode::CREATED, Json(one(&app, id).await?)))
}

/// Changes a queue.
#[utoipa::path(patch, path = "/queues/{id}", tag = "queues", params(("id" = String, Path)),
    request_body = QueueChange, responses((status = 200, body = QueueOut)))]
async fn update(
    State(app): State<App>,
    who: Principal,
    At(id): At<QueueId>,
    Body(change): Body<QueueChange>,
) -> Answer<Json<QueueOut>> {
    let current = one(&app, id).await?;
    fresh(change.version, current.version, &current)?;
    if current.isolated
        && (change.all_agents == Some(true) || change.agent_ids.as_ref().is_some_and(|ids| !ids.is_empty()))
    {
        return Err(Problem::conflict(format!(
            "\"{}\" is isolated: who serves it was set when it was made. Supervisors take a conversation over where they must.",
            current.name
        )));
    }
    let isolated = current.isolated;
    let after = QueueIn {
        name: change.name.unwrap_or(current.name),
        strategy: change.strategy.unwrap_or(current.strategy),
        priority: change.priority.unwrap_or(current.priority),
        offer_seconds: change.offer_seconds.unwrap_or(current.offer_seconds),
        missed_limit: change.missed_limit.unwrap_or(current.missed_limit),
        wrap_up_seconds: change.wrap_up_seconds.unwrap_or(current.wrap_up_seconds),
        all_agents: Some(change.all_agents.unwrap_or(current.all_agents)),
        agent_ids: change.agent_ids.unwrap_or(current.agent_ids),
    };
    let after = after.checked(&app)?;
    let everybody = after.everybody() && !isolated;
    let mut batch = Batch::new();
    queue::update(&mut batch, id, &after.edit(everybody), change.version);
    after.serve(&mut batch, id, app.clock.now());
    act(&app, &mut batch, &who, "queue.update", format!("queue {id}"), &after.name);
    match app.store.commit(batch).await {
        Ok(_) => {}
        Err(CommitError::Conflict) => return Err(Problem::stale(&one(&app, id).await?)),
        Err(error) => return Err(duplicate(error)),
    }
    app.reload().await?;
    one(&app, id).await.map(Json)
}

/// Removes a queue that nothing uses.
#[utoipa::path(delete, path = "/queues/{id}", tag = "queues",
    params(("id" = String, Path)), responses((status = 204)))]
async fn delete(State(app): State<App>, who: Principal, At(id): At<QueueId>) -> Answer<StatusCode> {
    let current = one(&app, id).await?;
    let users = used_by(&app, id).await?;
    if !users.is_empty() {
        return Err(Problem::conflict(format!("\"{}\" is used by {}.", current.name, users.join(", "))));
    }
    let last =
        || Problem::conflict("This is the only queue, and customers need one to wait in: make another first.");
    if let Some(leads) = app.directory().entry_points.iter().find(|leads| leads.queue == Some(id)) {
        return Err(Problem::conflict(format!(
            "The link and the code word of \"{}\" lead into \"{}\": end them first.",
            leads.name, current.name
        )));
    }
    if !queue::list(&app.store).await?.iter().any(|other| other.id != id && !other.isolated) {
        return Err(last());
    }
    let mut batch = Batch::new();
    queue::delete(&mut batch, id);
    act(&app, &mut batch, &who, "queue.delete", format!("queue {id}"), &current.name);
    app.store.commit(batch).await?;
    app.reload().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What uses a queue: open conversations, and flows that name it in a draft or in what customers meet.
async fn used_by(app: &App, id: QueueId) -> Answer<Vec<String>> {
    let mut users = Vec::new();
    match queue::open_conversations(&app.store, id).await? {
        0 => {}
        1 => users.push("an open conversation".to_owned()),
        many => users.push(format!("{many} open conversations")),
    }
    let directory = app.directory();
    for flow in flow::list(&app.store).await? {
        let draft = domain::flow::parse(&flow.draft).is_ok_and(|body| names(&body, id));
        let published = directory.flows.get(&flow.id).is_some_and(|(_, body)| names(body, id));
        if draft || published {
            users.push(format!("the flow \"{}\"", flow.name));
        }
    }
    Ok(users)
}

fn names(body: &FlowBody, id: QueueId) -> bool {
    body.nodes.values().any(|node| matches!(node, Node::JoinQueue { queue_id: Some(queue), .. } if *queue == id))
}

fn duplicate(error: CommitError) -> Problem {
    match error {
        CommitError::Duplicate => taken("/name", "There is a queue of this name already."),
        error => error.into(),
    }
}
