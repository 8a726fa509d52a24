//! What differs between two versions of a flow, node by node.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};

use super::place;
use super::shape::COMMON;

/// How a node changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = FlowDifferenceKind))]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It differs.
    Changed,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = FlowDifference))]
pub struct Difference {
    /// The id of the node; null for what belongs to the flow: its start and its keywords.
    pub node: Option<String>,
    /// How it changed.
    pub kind: DifferenceKind,
    /// The fields that differ.
    pub fields: Vec<FieldDifference>,
}

/// A field that is different.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = FlowFieldDifference))]
pub struct FieldDifference {
    /// JSON pointer to it in the flow.
    pub pointer: String,
    /// Its value in the first version; null for none.
    #[cfg_attr(feature = "schema", schema(value_type = Option<Object>))]
    pub a: Value,
    /// Its value in the second version; null for none.
    #[cfg_attr(feature = "schema", schema(value_type = Option<Object>))]
    pub b: Value,
}

/// The differences of `b` from `a`. Positions on the canvas and remarks do not count.
pub fn differences(a: &Value, b: &Value) -> Vec<Difference> {
    let (top_a, top_b) = (top(a), top(b));
    let mut found = Vec::new();
    let fields = fields("", &top_a, &top_b);
    if !fields.is_empty() {
        found.push(Difference { node: None, kind: DifferenceKind::Changed, fields });
    }
    let ids: BTreeSet<&String> =
        [a, b].into_iter().filter_map(|it| it["nodes"].as_object()).flat_map(Map::keys).collect();
    for id in ids {
        let here = place(&["/nodes", id]);
        let (before, after) = (node(a, id), node(b, id));
        let kind = match (&before, &after) {
            (None, _) => DifferenceKind::Added,
            (_, None) => DifferenceKind::Removed,
            _ => DifferenceKind::Changed,
        };
        let fields = self::fields(&here, &before.unwrap_or_default(), &after.unwrap_or_default());
        if !fields.is_empty() || kind != DifferenceKind::Changed {
            found.push(Difference { node: Some(id.clone()), kind, fields });
        }
    }
    found
}

fn top(flow: &Value) -> Map<String, Value> {
    let parts = flow.as_object().into_iter().flatten();
    let counts = |name: &str| !["schema", "nodes", "comments"].contains(&name);
    parts.filter(|(name, _)| counts(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn node(flow: &Value, id: &str) -> Option<Map<String, Value>> {
    let mut fields = flow["nodes"].get(id)?.as_object()?.clone();
    COMMON.iter().for_each(|field| drop(fields.remove(field.name)));
    fields.retain(|_, value| !value.is_null());
    Some(fields)
}

fn fields(here: &str, a: &Map<String, Value>, b: &Map<String, Value>) -> Vec<FieldDifference> {
    let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    let value = |of: &Map<String, Value>, name: &String| of.get(name).cloned().unwrap_or_default();
    names
        .into_iter()
        .map(|name| FieldDifference { pointer: place(&[here, name]), a: value(a, name), b: value(b, name) })
        .filter(|it| it.a != it.b)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nodes_that_are_new_gone_or_changed_are_told_and_places_on_the_canvas_are_not() {
        let flow = |nodes: Value| json!({"schema": 2, "start": "a", "nodes": nodes, "comments": []});
        let before = flow(
            json!({"a": {"type": "send", "text": "Hi", "position": {"x": 1, "y": 1}}, "b": {"type": "close"}}),
        );
        let moved = flow(json!({"a": {"type": "send", "text": "Hi", "next": null}, "b": {"type": "close"}}));
        assert_eq!(differences(&before, &moved), []);
        let mut after = flow(json!({"a": {"type": "send", "text": "Hello"}, "c": {"type": "close"}}));
        after["start"] = json!("c");
        let found = differences(&before, &after);
        let changes: Vec<_> = found.iter().map(|it| (it.node.as_deref(), it.kind)).collect();
        use DifferenceKind::{Added, Changed, Removed};
        assert_eq!(changes, [(None, Changed), (Some("a"), Changed), (Some("b"), Removed), (Some("c"), Added)]);
        assert_eq!(
            found[1].fields[0],
            FieldDifference { pointer: "/nodes/a/text".into(), a: json!("Hi"), b: json!("Hello") }
        );
    }
}
