//! The run of a conversation's flow, as it is shown with the conversation: the visited nodes, their times, and the
//! variables.

use std::collections::BTreeMap;

use domain::conversation::{Conversation, FlowRef, State};
use domain::flow::Run;
use serde::Serialize;
use store::table::flow;
use utoipa::ToSchema;

use crate::clock::rfc3339;
use crate::engine::Engine;
use crate::error::Result;
use crate::flow_secrets;

/// The state of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FlowRunState)]
pub enum RunState {
    /// No flow has run in the conversation.
    None,
    /// It waits for the customer, a time, or an answer of another program.
    Waiting,
    /// The customer waits in the queue that it put them into.
    Queued,
    /// It has ended.
    Ended,
}

/// A run of a flow.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FlowRun)]
pub struct RunView {
    pub state: RunState,
    /// The flow; null for none.
    pub flow_id: Option<String>,
    /// Its current name; null if it was deleted.
    pub flow_name: Option<String>,
    /// The version that it began with.
    pub version: Option<i64>,
    /// The node at which it waits, or ended.
    pub node: Option<String>,
    /// When it continues automatically; null for never.
    pub wakes_at: Option<String>,
    /// The latest nodes that it went through, oldest first.
    pub nodes: Vec<VisitView>,
    /// Its variables. Secrets are masked.
    pub variables: BTreeMap<String, String>,
}

/// A node that a run went through.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FlowRunNode)]
pub struct VisitView {
    pub node: String,
    #[schema(format = DateTime)]
    pub at: String,
    /// The flow that has it, if it is inside another; null for the one that the conversation began with.
    pub flow_id: Option<String>,
    /// What went wrong there, as a sentence; null for nothing.
    pub fault: Option<String>,
}

/// The run of a conversation: the current one, else the last.
pub async fn of(app: &Engine, it: &Conversation) -> Result<RunView> {
    let run: Option<&Run> = it.data.run.as_ref().or(it.data.ended_run.as_deref());
    let reference: Option<FlowRef> = it.data.flow.filter(|_| run.is_some());
    let name = match reference {
        Some(reference) => flow::by_id(&app.store, reference.flow).await?.map(|flow| flow.name),
        None => None,
    };
    let state = match (&it.data.run, run) {
        (Some(_), _) if it.state != State::Bot => RunState::Queued,
        (Some(_), _) => RunState::Waiting,
        (None, Some(_)) => RunState::Ended,
        (None, None) => RunState::None,
    };
    let visits = run.map(|run| run.trace.as_slice()).unwrap_or_default();
    let shown = visits.iter().map(|visit| VisitView {
        node: visit.node.clone(),
        at: rfc3339(visit.at),
        flow_id: visit.flow.map(|reference| reference.flow.to_string()),
        fault: visit.fault.as_ref().map(|fault| fault.english()),
    });
    Ok(RunView {
        state,
        flow_id: reference.map(|reference| reference.flow.to_string()),
        flow_name: name,
        version: reference.map(|reference| reference.version),
        node: run.map(|run| run.node.clone()),
        wakes_at: it.run_wakes_at().map(rfc3339),
        nodes: shown.collect(),
        variables: run.map(|run| flow_secrets::masked(app, &run.vars)).unwrap_or_default(),
    })
}
