//! Failed steps of flows without a branch for failures: the customer is handed over, and administrators are notified
//! once, until the flow is published again. The rows are written with the turns; the notification is an event on the
//! bus, committed with the row that makes sure it happens once.

use domain::audit_detail::AuditDetail;
use domain::flow::Fault;
use domain::id::{ConversationId, FlowId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::json::json;
use store::table::event::{self, Event};
use store::table::flow;
use store::table::flow_failure::{self, Failure};
use store::{Batch, Store};
use utoipa::ToSchema;

use crate::audit::act_by;
use crate::clock::rfc3339;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::optimistic::commit_if_first;

/// A step of a flow that failed where the flow does not say what comes then.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = FlowFailure)]
pub struct FailureView {
    /// The step.
    pub node: String,
    /// The version in which it failed last.
    pub flow_version: i64,
    /// What went wrong the last time, as a sentence.
    pub detail: String,
    /// How often.
    pub count: i64,
    #[schema(format = DateTime)]
    pub first_at: String,
    #[schema(format = DateTime)]
    pub last_at: String,
    /// The conversation in which it failed last.
    #[schema(value_type = String)]
    pub conversation_id: ConversationId,
}

/// What the event of a failure holds, and outgoing webhooks get.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Announcement {
    flow_id: FlowId,
    /// What the flow is called.
    pub flow: String,
    #[serde(flatten)]
    pub failure: FailureView,
}

impl Announcement {
    /// Reads it from what its event holds.
    pub(crate) fn read(detail: &str) -> Option<Self> {
        serde_json::from_str(detail).ok()
    }
}

impl From<&Failure> for FailureView {
    fn from(it: &Failure) -> Self {
        Self {
            node: it.node.clone(),
            flow_version: it.flow.version,
            detail: it.fault.as_ref().map(Fault::english).unwrap_or_default(),
            count: it.count,
            first_at: rfc3339(it.first_at),
            last_at: rfc3339(it.last_at),
            conversation_id: it.conversation,
        }
    }
}

/// All of them, with their flows.
pub(crate) async fn all(store: &Store) -> Result<Vec<(FlowId, FailureView)>, store::Error> {
    let failures = flow_failure::list(store).await?;
    Ok(failures.iter().map(|it| (it.flow.flow, FailureView::from(it))).collect())
}

/// Announces the failures that were not announced yet.
pub(crate) async fn announce(app: &Engine) -> Result<(), store::Error> {
    let at = app.clock.now();
    for failure in flow_failure::unannounced(&app.store).await? {
        let id = failure.flow.flow;
        let name = flow::by_id(&app.store, id).await?.map(|flow| flow.name).unwrap_or_default();
        let announcement = Announcement { flow_id: id, flow: name, failure: FailureView::from(&failure) };
        let mut batch = Batch::new();
        flow_failure::announced(&mut batch, &failure);
        event::add(&mut batch, &Event::FlowFailed(id, json(&announcement)), at);
        // On a conflict another process has announced it.
        if commit_if_first(&app.store, batch).await? {
            tracing::warn!(flow = %id, node = %failure.node, "a step of a flow failed");
        }
    }
    Ok(())
}

/// A failure as outgoing webhooks get it, from what its event holds.
pub(crate) fn shown(detail: &str) -> Option<Value> {
    serde_json::to_value(Announcement::read(detail)?).ok()
}

/// Removes the failures of a flow: an administrator has seen them. One that happens again is announced again.
pub async fn dismiss(app: &Engine, by: UserId, id: FlowId) -> Result<()> {
    let flow = flow::by_id(&app.store, id).await?.ok_or_else(|| Error::NotFound("flow"))?;
    let mut batch = Batch::new();
    flow_failure::forget(&mut batch, id);
    act_by(app, &mut batch, Some(by), "flow.dismiss", format!("flow {id}"), AuditDetail::named(&flow.name));
    app.store.commit(batch).await?;
    Ok(())
}
