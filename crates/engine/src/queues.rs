//! Queues: where customers wait, and which agents serve them.

mod fields;

use domain::audit_detail::AuditDetail;
use domain::flow::Node;
use domain::id::{QueueId, TeamId, UserId};
use domain::macros::Action;
use domain::queue::QueueSettings;
use domain::visibility::Viewer;
use serde::Serialize;
use store::table::macros;
use store::table::queue::{self, Queue};
use store::{Batch, CommitError};
use utoipa::ToSchema;

use crate::audit::act_by;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::fields::fresh;
use crate::flows;
use crate::view;
use fields::Edited;

pub use fields::{QueueFields, QueueSkill};

/// A queue.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Queue)]
pub struct QueueView {
    #[schema(value_type = String)]
    pub id: QueueId,
    pub name: String,
    #[serde(flatten)]
    pub settings: QueueSettings,
    /// Whether every agent serves it; otherwise `team_ids` and `agent_ids` do.
    pub all_agents: bool,
    #[schema(value_type = Vec<String>)]
    pub team_ids: Vec<TeamId>,
    #[schema(value_type = Vec<String>)]
    pub agent_ids: Vec<UserId>,
    /// The skills that all its agents need.
    pub skills: Vec<QueueSkill>,
    /// Whether it is isolated: only links and code words of its own lead into it, and only its members, supervisors
    /// and administrators see the conversations in it.
    pub isolated: bool,
    /// The number of waiting customers.
    pub waiting: i64,
    /// The number of its agents who are online.
    pub online_agents: usize,
    pub version: i64,
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
            settings: QueueSettings::clone(&queue.settings),
            all_agents: queue.service.all_agents,
            team_ids: queue.service.teams,
            agent_ids: queue.service.members,
            skills: queue.service.skills.into_iter().map(QueueSkill::from).collect(),
            isolated: queue.service.isolated,
            version: queue.version,
        }
    };
    Ok(queue::list(&app.store).await?.into_iter().map(shown).collect())
}

/// The queues that a viewer may see, the oldest first.
pub async fn seen_by(app: &Engine, viewer: &Viewer) -> Result<Vec<QueueView>> {
    let mut queues = all(app).await?;
    queues.retain(|queue| viewer.sees_queue(queue.id, queue.isolated));
    Ok(queues)
}

/// One queue, if the viewer may see it.
pub async fn one_seen_by(app: &Engine, viewer: &Viewer, id: QueueId) -> Result<QueueView> {
    let queue = one(app, id).await?;
    if viewer.sees_queue(id, queue.isolated) { Ok(queue) } else { Err(Error::NotFound("queue")) }
}

async fn one(app: &Engine, id: QueueId) -> Result<QueueView> {
    all(app).await?.into_iter().find(|queue| queue.id == id).ok_or_else(|| Error::NotFound("queue"))
}

/// Creates a queue.
pub async fn create(app: &Engine, by: UserId, new: QueueFields) -> Result<QueueView> {
    let new = Edited::blank(&new, app.config.language).with(app, new, None).await?;
    let id = QueueId(app.ids.next());
    let mut batch = Batch::new();
    queue::insert(&mut batch, id, new.edit(), app.clock.now());
    act_by(app, &mut batch, Some(by), "queue.create", format!("queue {id}"), AuditDetail::named(&new.name));
    app.store.commit(batch).await.map_err(duplicate)?;
    app.reload().await?;
    one(app, id).await
}

/// Changes a queue.
pub async fn update(app: &Engine, by: UserId, id: QueueId, change: QueueFields) -> Result<QueueView> {
    let current = one(app, id).await?;
    let version = change.version;
    fresh(version, current.version, &current)?;
    let before = queue::list(&app.store).await?.into_iter().find(|queue| queue.id == id);
    let Queue { name, settings, service, .. } = before.ok_or_else(|| Error::NotFound("queue"))?;
    let was = service.clone();
    let before = Edited { name, settings: QueueSettings::clone(&settings), service };
    let after = before.with(app, change, Some(id)).await?;
    if was.isolated && after.service != was {
        return Err(Error::conflict(format!(
            "\"{}\" is isolated: who serves it was set when it was made. Supervisors take a conversation over where they must.",
            current.name
        )));
    }
    let mut batch = Batch::new();
    queue::update(&mut batch, id, after.edit(), version, app.clock.now());
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
    if !queue::list(&app.store).await?.iter().any(|other| other.id != id && !other.is_isolated()) {
        return Err(last());
    }
    let mut batch = Batch::new();
    queue::delete(&mut batch, id);
    act_by(app, &mut batch, Some(by), "queue.delete", format!("queue {id}"), AuditDetail::named(&current.name));
    app.store.commit(batch).await?;
    app.reload().await?;
    Ok(())
}

/// What uses a queue: open conversations, and flows that refer to it in their draft or published version.
async fn used_by(app: &Engine, id: QueueId) -> Result<Vec<String>> {
    let mut users = Vec::new();
    match queue::open_conversations(&app.store, id).await? {
        0 => {}
        1 => users.push("an open conversation".to_owned()),
        many => users.push(format!("{many} open conversations")),
    }
    let directory = app.directory();
    let takes_over = directory.queues.iter().filter(|queue| queue.settings.overflow_queue_id == Some(id));
    users.extend(takes_over.map(|queue| format!("the queue \"{}\"", queue.name)));
    for it in macros::list(&app.store).await? {
        let leads_here =
            |action: &Action| matches!(action, Action::Transfer { queue_id: Some(queue), .. } if *queue == id);
        if it.actions.iter().any(leads_here) {
            users.push(format!("the macro \"{}\"", it.name));
        }
    }
    let leads = directory.entry_points.iter().filter(|it| it.queue == Some(id));
    users.extend(leads.map(|it| format!("the entry point \"{}\"", it.name)));
    let is_it = |node: &Node| matches!(node, Node::JoinQueue { queue_id: Some(queue), .. } | Node::Transfer { queue_id: Some(queue), .. } if *queue == id);
    users.extend(flows::naming(app, is_it).await?);
    Ok(users)
}

fn duplicate(error: CommitError) -> Error {
    match error {
        CommitError::Duplicate => Error::taken("/name", "There is a queue of this name already."),
        error => error.into(),
    }
}
