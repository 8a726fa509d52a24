//! Where the nodes of a flow lead, and where a run stops.

use super::body::{FlowBody, Next, Node};
use crate::id::FlowId;
use crate::message_template::TemplateToSend;

impl FlowBody {
    /// Every message template that the flow names, with the node that names it.
    pub fn message_templates(&self) -> impl Iterator<Item = (&str, &TemplateToSend)> {
        self.nodes.iter().filter_map(|(id, node)| match node {
            Node::Send { message_template: Some(named), .. } => Some((id.as_str(), named)),
            _ => None,
        })
    }

    /// Every flow that this one leads into, with the node that leads there.
    pub fn flows(&self) -> impl Iterator<Item = (&str, FlowId)> {
        self.nodes.iter().filter_map(|(id, node)| match node {
            Node::Subflow { flow_id, .. } | Node::Jump { flow_id: Some(flow_id), .. } => {
                Some((id.as_str(), *flow_id))
            }
            _ => None,
        })
    }
}

impl Node {
    /// Every way out of this node: the JSON pointer of it inside the node, and where it leads.
    pub fn exits(&self) -> Vec<(String, &str)> {
        let mut exits = Vec::new();
        fn put<'a>(exits: &mut Vec<(String, &'a str)>, place: impl Into<String>, next: &'a Next) {
            exits.extend(next.as_deref().map(|next| (place.into(), next)));
        }
        let list = &mut exits;
        match self {
            Node::Send { next, on_error, .. }
            | Node::Webhook { next, on_error, .. }
            | Node::Subflow { next, on_error, .. } => {
                put(list, "/next", next);
                put(list, "/on_error", on_error);
            }
            Node::Set { next, .. } | Node::Label { next, .. } | Node::Note { next, .. } => {
                put(list, "/next", next)
            }
            Node::Menu { options, on_timeout, otherwise, .. } => {
                for (index, option) in options.iter().enumerate() {
                    put(list, format!("/options/{index}/next"), &option.next);
                }
                put(list, "/on_timeout", on_timeout);
                put(list, "/otherwise", otherwise);
            }
            Node::Ask { next, on_timeout, otherwise, .. } => {
                put(list, "/next", next);
                put(list, "/on_timeout", on_timeout);
                put(list, "/otherwise", otherwise);
            }
            Node::Condition { then, otherwise, .. } => {
                put(list, "/then", then);
                put(list, "/else", otherwise);
            }
            Node::Switch { cases, otherwise, .. } => {
                for (index, case) in cases.iter().enumerate() {
                    put(list, format!("/cases/{index}/next"), &case.next);
                }
                put(list, "/otherwise", otherwise);
            }
            Node::Http { next, on_error, on_timeout, .. } => {
                put(list, "/next", next);
                put(list, "/on_error", on_error);
                put(list, "/on_timeout", on_timeout);
            }
            Node::Calendar { next, on_closed, .. } => {
                put(list, "/next", next);
                put(list, "/on_closed", on_closed);
            }
            Node::JoinQueue { on_timeout, on_closed, on_full, on_nobody, after_agent, .. } => {
                put(list, "/on_timeout", on_timeout);
                put(list, "/on_closed", on_closed);
                put(list, "/on_full", on_full);
                put(list, "/on_nobody", on_nobody);
                put(list, "/after_agent", after_agent);
            }
            Node::Transfer { on_nobody, .. } => put(list, "/on_nobody", on_nobody),
            // A node of another flow does not count.
            Node::Jump { next, flow_id: None } => put(list, "/next", next),
            Node::AiReply { next, otherwise, on_error, .. } => {
                put(list, "/next", next);
                put(list, "/otherwise", otherwise);
                put(list, "/on_error", on_error);
            }
            Node::Wait { next, on_reply, .. } => {
                put(list, "/next", next);
                put(list, "/on_reply", on_reply);
            }
            Node::Jump { .. } | Node::Close { .. } => {}
        }
        exits
    }

    /// Whether the run stops here until the customer writes.
    pub fn waits(&self) -> bool {
        matches!(self, Node::Menu { .. } | Node::Ask { .. } | Node::AiReply { .. })
    }

    /// Whether the run stops here for any reason: for the customer, a time, an answer of another program, or an
    /// agent.
    pub fn stops(&self) -> bool {
        self.waits()
            || matches!(
                self,
                Node::Wait { .. } | Node::Http { .. } | Node::Webhook { .. } | Node::JoinQueue { .. }
            )
    }

    /// The value of its `type` field.
    pub fn kind(&self) -> &'static str {
        match self {
            Node::Send { .. } => "send",
            Node::Menu { .. } => "menu",
            Node::Ask { .. } => "ask",
            Node::Condition { .. } => "condition",
            Node::Switch { .. } => "switch",
            Node::Set { .. } => "set",
            Node::Http { .. } => "http",
            Node::Calendar { .. } => "calendar",
            Node::JoinQueue { .. } => "join_queue",
            Node::Transfer { .. } => "transfer",
            Node::Label { .. } => "label",
            Node::Note { .. } => "note",
            Node::Subflow { .. } => "subflow",
            Node::Jump { .. } => "jump",
            Node::AiReply { .. } => "ai_reply",
            Node::Webhook { .. } => "webhook",
            Node::Wait { .. } => "wait",
            Node::Close { .. } => "close",
        }
    }
}
