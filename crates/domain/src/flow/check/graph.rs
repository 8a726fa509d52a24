//! The graph of a flow: what can be reached, what loops without waiting, and where it just ends.

use std::collections::{BTreeMap, BTreeSet};

use super::super::body::{FlowBody, Node};
use super::super::run::MOST_NODES;
use super::super::{Problem, place};
use super::Check;

impl Check<'_> {
    /// Nodes that cannot be reached. Of connected nodes only the first is reported. If an exit of the reachable part
    /// is broken, that is the cause and already has its own problem.
    pub(super) fn reachable(&mut self, flow: &FlowBody) {
        let mut seen = BTreeSet::new();
        let begins = flow.keywords.iter().filter_map(|keyword| keyword.next.as_deref());
        for id in std::iter::once(flow.start.as_str()).chain(begins) {
            if !flow.nodes.contains_key(id) || !reach(flow, id, &mut seen) {
                return;
            }
        }
        let lost = flow.nodes.keys().map(String::as_str).filter(|id| !seen.contains(id));
        let lost: Vec<&str> = lost.collect();
        let exits = |id: &&str| flow.nodes[*id].exits().into_iter().map(|(_, next)| next).collect::<Vec<_>>();
        let led_to: BTreeSet<&str> =
            lost.iter().flat_map(|id| exits(id).into_iter().filter(move |next| next != id)).collect();
        // First nodes that nothing leads to, then any node of a loop.
        let (begin, round): (Vec<&str>, Vec<&str>) = lost.into_iter().partition(|id| !led_to.contains(id));
        for id in begin.into_iter().chain(round) {
            if !seen.contains(id) {
                reach(flow, id, &mut seen);
                self.say(place(&["/nodes", id]), "No step leads to this node: connect one, or delete it.");
            }
        }
    }

    /// Places where the flow just ends and the conversation stays with the bot.
    pub(super) fn dead_ends(&mut self, flow: &FlowBody) {
        const DETAIL: &str = "The flow ends here, and what the customer writes next starts it from the beginning. Close the conversation, hand it over, or choose what comes next.";
        for (id, node) in &flow.nodes {
            let here = place(&["/nodes", id]);
            let open: Vec<String> = match node {
                Node::Send { next: None, .. }
                | Node::Ask { next: None, .. }
                | Node::Set { next: None, .. }
                | Node::Http { next: None, .. }
                | Node::Calendar { next: None, .. }
                | Node::Label { next: None, .. }
                | Node::Note { next: None, .. }
                | Node::Webhook { next: None, .. }
                | Node::Wait { next: None, .. } => vec!["/next".into()],
                Node::Menu { options, .. } => {
                    let open = options.iter().enumerate().filter(|(_, option)| option.next.is_none());
                    open.map(|(index, _)| format!("/options/{index}/next")).collect()
                }
                Node::Condition { then, otherwise, .. } => {
                    let ways = [("/then", then), ("/else", otherwise)];
                    ways.into_iter().filter(|(_, way)| way.is_none()).map(|(place, _)| place.into()).collect()
                }
                Node::Switch { cases, otherwise, .. } => {
                    let open = cases.iter().enumerate().filter(|(_, case)| case.next.is_none());
                    let open = open.map(|(index, _)| format!("/cases/{index}/next"));
                    open.chain(otherwise.is_none().then(|| "/otherwise".to_owned())).collect()
                }
                _ => Vec::new(),
            };
            let warnings = open.into_iter().map(|place| Problem::warning(format!("{here}{place}"), DETAIL));
            self.problems.extend(warnings);
        }
    }

    /// Loops that never wait for the customer, and chains too long for one step.
    pub(super) fn rounds(&mut self, flow: &FlowBody) {
        // What happens without a message from the customer. A question that times out counts: a bot that sends
        // reminders forever is a nuisance too.
        let mut ways: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (id, node) in &flow.nodes {
            let exits = node
                .exits()
                .into_iter()
                .filter(|(place, next)| flow.nodes.contains_key(*next) && happens_alone(node, place));
            ways.insert(id, exits.map(|(_, next)| next).collect());
        }
        // Nodes from which every path ends are removed until only loops and the paths into them remain; `depth` is
        // the longest path from a removed node.
        let mut depth: BTreeMap<&str, usize> = BTreeMap::new();
        loop {
            let ended: Vec<&str> = ways
                .iter()
                .filter(|(id, nexts)| {
                    !depth.contains_key(*id) && nexts.iter().all(|next| depth.contains_key(next))
                })
                .map(|(id, _)| *id)
                .collect();
            if ended.is_empty() {
                break;
            }
            for id in ended {
                // A path ends at a node that waits, wherever its timeout leads later.
                let length = |next: &&str| {
                    if ends_a_step(&flow.nodes[*next]) { 1 } else { depth[next] }
                };
                let below = ways[id].iter().map(length).max().unwrap_or(0);
                depth.insert(id, below + 1);
            }
        }
        let mut reported: BTreeSet<&str> = BTreeSet::new();
        for id in flow.nodes.keys().map(String::as_str).filter(|id| !depth.contains_key(id)) {
            // From any remaining node, the remaining paths lead into a loop.
            let mut path = vec![id];
            let round = loop {
                let last = path[path.len() - 1];
                let Some(next) = ways[last].iter().copied().find(|next| !depth.contains_key(next)) else {
                    break &[][..];
                };
                if let Some(first) = path.iter().position(|id| *id == next) {
                    break &path[first..];
                }
                path.push(next);
            };
            if round.iter().any(|id| reported.contains(id)) || round.is_empty() {
                continue;
            }
            reported.extend(round);
            let way = round.iter().chain(round.first()).copied().collect::<Vec<_>>().join(" → ");
            let detail = format!("This goes round without ever waiting for the customer: {way}.");
            self.say(place(&["/nodes", round[0]]), detail);
        }
        if reported.is_empty()
            && let Some((id, _)) = depth.iter().find(|(_, depth)| **depth > MOST_NODES)
        {
            let detail =
                format!("More than {MOST_NODES} nodes follow from here without waiting for the customer.");
            self.say(place(&["/nodes", id]), detail);
        }
    }
}

/// Whether an exit of a node is taken without a message from the customer and without a pause.
fn happens_alone(node: &Node, place: &str) -> bool {
    match node {
        Node::Menu { .. } | Node::Ask { .. } => place == "/on_timeout",
        Node::JoinQueue { .. } => place != "/on_timeout",
        Node::Wait { .. } => false,
        _ => true,
    }
}

/// Whether a run always stops at a node, so that what follows is another step.
fn ends_a_step(node: &Node) -> bool {
    matches!(
        node,
        Node::Menu { .. } | Node::Ask { .. } | Node::Wait { .. } | Node::Http { .. } | Node::Webhook { .. }
    )
}

/// Adds what can be reached from a node; false if an exit on the way leads nowhere.
fn reach<'a>(flow: &'a FlowBody, from: &'a str, seen: &mut BTreeSet<&'a str>) -> bool {
    let mut whole = true;
    let mut open = vec![from];
    while let Some(id) = open.pop() {
        match flow.nodes.get(id) {
            Some(node) if seen.insert(id) => open.extend(node.exits().into_iter().map(|(_, next)| next)),
            Some(_) => {}
            None => whole = false,
        }
    }
    whole
}
