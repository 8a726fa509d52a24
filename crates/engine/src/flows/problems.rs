//! What is wrong with a draft in this installation: what it refers to may not exist here.

use std::collections::{BTreeMap, BTreeSet};

use domain::flow::{FlowBody, Known, Problem, validate_with, variables};
use domain::id::FlowId;
use domain::same::same;
use store::table::flow::Flow;
use store::table::label;

use crate::engine::Engine;
use crate::error::Result;
use crate::flow_surroundings;

/// The existing objects that flows can refer to.
pub(super) struct Installation {
    known: Known,
    /// The flows that lead into each flow, in their published versions.
    leads_in: BTreeMap<FlowId, Vec<FlowId>>,
}

impl Installation {
    pub(super) async fn read(app: &Engine) -> Result<Self> {
        let directory = app.directory();
        let labels = label::list(&app.store).await?;
        let labels = labels.iter().flat_map(|label| [same(&label.name), label.id.to_string()]);
        let known = Known {
            queues: directory.queues.iter().map(|queue| queue.id).collect(),
            calendars: directory.calendars.keys().copied().collect(),
            flows: directory.flows.keys().copied().collect(),
            agents: app.roster().iter().filter(|agent| agent.active).map(|agent| agent.user).collect(),
            labels: labels.collect(),
            secrets: directory.flow_secrets.keys().cloned().collect(),
            variables: BTreeSet::new(),
        };
        let mut leads_in: BTreeMap<FlowId, Vec<FlowId>> = BTreeMap::new();
        for (id, (_, body)) in &directory.flows {
            for (_, to) in body.flows() {
                leads_in.entry(to).or_default().push(*id);
            }
        }
        Ok(Self { known, leads_in })
    }

    /// What is wrong with a draft, whether it can be read or not.
    pub(super) fn problems_of_draft(&self, app: &Engine, flow: &Flow) -> Vec<Problem> {
        self.problems_of(app, flow.id, &flow.draft)
    }

    /// The same for any text of a flow's program.
    pub(super) fn problems_of(&self, app: &Engine, id: FlowId, text: &str) -> Vec<Problem> {
        match domain::flow::parse(text) {
            Ok(body) => self.problems(app, Some(id), &body),
            Err(problems) => problems,
        }
    }

    pub(super) fn problems(&self, app: &Engine, id: Option<FlowId>, body: &FlowBody) -> Vec<Problem> {
        let directory = app.directory();
        let mut known = self.known.clone();
        // Variables are shared with nested flows and with outer ones.
        let mut shared: Vec<FlowId> = id.and_then(|id| self.leads_in.get(&id)).cloned().unwrap_or_default();
        shared.extend(flow_surroundings::published(&directory, body).iter().map(|inner| inner.reference.flow));
        for other in shared {
            if let Some((_, body)) = directory.flows.get(&other) {
                known.variables.extend(variables(body).into_iter().map(str::to_owned));
            }
        }
        // It may lead back to its own start before it is published.
        known.flows.extend(id);
        validate_with(body, app.channels.for_flows(), &known)
    }
}
