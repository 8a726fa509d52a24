//! Queues: where customers wait, and who serves them.

use domain::audit_detail::AuditDetail;
use domain::flow::{FlowBody, Node};
use domain::id::{QueueId, UserId};
use domain::routing::Strategy;
use domain::time::Micros;
use domain::visibility::Viewer;
use serde::{Deserialize, Serialize};
use store::table::flow;
use store::table::queue::{self, Queue, QueueEdit};
use store::{Batch, CommitError};
use utoipa::ToSchema;

use crate::audit::act_by;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::fields::{Fields, fresh};
use crate::view;

/// A queue.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Queue)]
pub struct QueueView {
    #[schema(value_type = String)]
    pub id: QueueId,
    pub name: String,
    pub strategy: Strategy,
    /// Higher goes first.
    pub priority: i64,
    /// How long an agent may think about an offer.
    pub offer_seconds: i64,
    /// After this many missed offers in a row an agent is put on pause.
    pub missed_limit: i64,
    pub wrap_up_seconds: i64,
    /// Whether every agent serves it; else `agent_ids` do.
    pub all_agents: bool,
    #[schema(value_type = Vec<String>)]
    pub agent_ids: Vec<UserId>,
    /// Whether it is isolated: only links and code words of its own lead into it, and only its members, supervisors and
    /// administrators see what waits in it.
    pub isolated: bool,
    /// How many customers are waiting.
    pub waiting: i64,
    /// How many of its agents are online.
    pub online_agents: usize,
    pub version: i64,
}

/// A new queue. Fields that are left out get their default.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewQueue)]
pub struct NewQueue {
    pub name: String,
    #[serde(default)]
    pub strategy: Strategy,
    /// −100 to 100.
    #[serde(default)]
    pub priority: i64,
    /// 5 to 600, else 30.
    #[serde(default = "half_a_minute")]
    pub offer_seconds: i64,
    /// 1 to 20, else 3.
    #[serde(default = "three")]
    pub missed_limit: i64,
    /// 0 to 3600.
    #[serde(default)]
    pub wrap_up_seconds: i64,
    /// Whether every agent serves it. Default: true if `agent_ids` names none.
    pub all_agents: Option<bool>,
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub agent_ids: Vec<UserId>,
}

fn half_a_minute() -> i64 {
    30
}

fn three() -> i64 {
    3
}

/// Changes of a queue.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = QueueChange)]
pub struct QueueChange {
    pub name: Option<String>,
    pub strategy: Option<Strategy>,
    pub priority: Option<i64>,
    pub offer_seconds: Option<i64>,
    pub missed_limit: Option<i64>,
    pub wrap_up_seconds: Option<i64>,
    pub all_agents: Option<bool>,
    #[schema(value_type = Option<Vec<String>>)]
    pub agent_ids: Option<Vec<UserId>>,
    pub version: Option<i64>,
}

impl NewQueue {
    fn checked(mut self, app: &Engine) -> Result<Self> {
        let mut fields = Fields::default();
        self.name = fields.name("/name", &self.name, 80);
        fields.between("/priority", self.priority, -100, 100);
        fields.between("/offer_seconds", self.offer_seconds, 5, 600);
        fields.between("/missed_limit", self.missed_limit, 1, 20);
        fields.between("/wrap_up_seconds", self.wrap_up_seconds, 0, 3_600);
        let roster = app.roster();
        for (index, id) in self.agent_ids.iter().enumerate() {
            if roster.get(*id).is_none() {
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
            strategy: self.strategy,
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

/// Every queue, the oldest first.
async fn all(app: &Engine) -> Result<Vec<QueueView>> {
    let loads = view::queue_loads(app).await?;
    let shown = |queue: Queue| {
        let load = loads.iter().find(|load| load.id == queue.id);
        QueueView {
            waiting: load.map_or(0, |load| load.waiting),
            online_agents: load.map_or(0, |load| load.online_agents),
            id: queue.id,
            name: queue.name,
            strategy: queue.strategy,
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

/// The queues that a viewer may know, the oldest first.
pub async fn seen_by(app: &Engine, viewer: &Viewer) -> Result<Vec<QueueView>> {
    let mut queues = all(app).await?;
    queues.retain(|queue| viewer.sees_queue(queue.id, queue.isolated));
    Ok(queues)
}

/// One queue, if the viewer may know it.
pub async fn one_seen_by(app: &Engine, viewer: &Viewer, id: QueueId) -> Result<QueueView> {
    let queue = one(app, id).await?;
    if viewer.sees_queue(id, queue.isolated) { Ok(queue) } else { Err(Error::NotFound("queue")) }
}

async fn one(app: &Engine, id: QueueId) -> Result<QueueView> {
    all(app).await?.into_iter().find(|queue| queue.id == id).ok_or_else(|| Error::NotFound("queue"))
}

/// Creates a queue.
pub async fn create(app: &Engine, by: UserId, new: NewQueue) -> Result<QueueView> {
    let new = new.checked(app)?;
    let id = QueueId(app.ids.next());
    let mut batch = Batch::new();
    queue::insert(&mut batch, id, &new.edit(new.everybody()));
    new.serve(&mut batch, id, app.clock.now());
    act_by(app, &mut batch, Some(by), "queue.create", format!("queue {id}"), AuditDetail::named(&new.name));
    app.store.commit(batch).await.map_err(duplicate)?;
    app.reload().await?;
    one(app, id).await
}

/// Changes a queue.
pub async fn update(app: &Engine, by: UserId, id: QueueId, change: QueueChange) -> Result<QueueView> {
    let current = one(app, id).await?;
    fresh(change.version, current.version, &current)?;
    if current.isolated
        && (change.all_agents == Some(true) || change.agent_ids.as_ref().is_some_and(|ids| !ids.is_empty()))
    {
        return Err(Error::conflict(format!(
            "\"{}\" is isolated: who serves it was set when it was made. Supervisors take a conversation over where they must.",
            current.name
        )));
    }
    let isolated = current.isolated;
    let after = NewQueue {
        name: change.name.unwrap_or(current.name),
        strategy: change.strategy.unwrap_or(current.strategy),
        priority: change.priority.unwrap_or(current.priority),
        offer_seconds: change.offer_seconds.unwrap_or(current.offer_seconds),
        missed_limit: change.missed_limit.unwrap_or(current.missed_limit),
        wrap_up_seconds: change.wrap_up_seconds.unwrap_or(current.wrap_up_seconds),
        all_agents: Some(change.all_agents.unwrap_or(current.all_agents)),
        agent_ids: change.agent_ids.unwrap_or(current.agent_ids),
    };
    let after = after.checked(app)?;
    let everybody = after.everybody() && !isolated;
    let mut batch = Batch::new();
    queue::update(&mut batch, id, &after.edit(everybody), change.version);
    after.serve(&mut batch, id, app.clock.now());
    act_by(app, &mut batch, Some(by), "queue.update", format!("queue {id}"), AuditDetail::named(&after.name));
    match app.store.commit(batch).await {
        Ok(_) => {}
        Err(CommitError::Conflict) => return Err(Error::stale(&one(app, id).await?)),
        Err(error) => return Err(duplicate(error)),
    }
    app.reload().await?;
    one(app, id).await
}

/// Removes a queue that nothing uses.
pub async fn delete(app: &Engine, by: UserId, id: QueueId) -> Result<()> {
    let current = one(app, id).await?;
    let users = used_by(app, id).await?;
    if !users.is_empty() {
        return Err(Error::conflict(format!("\"{}\" is used by {}.", current.name, users.join(", "))));
    }
    let last =
        || Error::conflict("This is the only queue, and customers need one to wait in: make another first.");
    if let Some(leads) = app.directory().entry_points.iter().find(|leads| leads.queue == Some(id)) {
        return Err(Error::conflict(format!(
            "The link and the code word of \"{}\" lead into \"{}\": end them first.",
            leads.name, current.name
        )));
    }
    if !queue::list(&app.store).await?.iter().any(|other| other.id != id && !other.isolated) {
        return Err(last());
    }
    let mut batch = Batch::new();
    queue::delete(&mut batch, id);
    act_by(app, &mut batch, Some(by), "queue.delete", format!("queue {id}"), AuditDetail::named(&current.name));
    app.store.commit(batch).await?;
    app.reload().await?;
    Ok(())
}

/// What uses a queue: open conversations, and flows that name it in a draft or in what customers meet.
async fn used_by(app: &Engine, id: QueueId) -> Result<Vec<String>> {
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

fn duplicate(error: CommitError) -> Error {
    match error {
        CommitError::Duplicate => Error::taken("/name", "There is a queue of this name already."),
        error => error.into(),
    }
}
