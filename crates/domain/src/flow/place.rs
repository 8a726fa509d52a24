//! Where customers are in a flow: what is counted at each of its nodes, and which run may go on.

use super::Run;
use crate::conversation::{Conversation, FlowRef};

/// A node of a flow at which a customer is, or left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlowPlace<'a> {
    /// The flow that has the node.
    pub flow: FlowRef,
    /// The node.
    pub node: &'a str,
    /// Whether they left there.
    pub left: bool,
}

impl Conversation {
    /// The run that continues, now or when the agent to whom it led is done.
    pub fn living_run(&self) -> Option<&Run> {
        let ended = self.data.ended_run.as_deref().filter(|_| self.agent.is_some());
        self.data.run.as_ref().or(ended)
    }

    /// Where the customer is in a flow, or left it; None if the flow did its part, or there is none.
    pub fn flow_place(&self) -> Option<FlowPlace<'_>> {
        let (run, left) = match (&self.data.run, self.data.ended_run.as_deref()) {
            (Some(run), _) => (run, false),
            (None, Some(run)) if run.left => (run, true),
            _ => return None,
        };
        Some(FlowPlace { flow: run.flow.or(self.data.flow)?, node: &run.node, left })
    }
}
