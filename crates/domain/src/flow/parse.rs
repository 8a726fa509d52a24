//! Reads JSON into a [`FlowBody`]. serde alone stops at the first error and does not report where it is; people who
//! write flows by hand, and the designer's side panel, need all of them with their places. So the shape is checked by
//! the table in `shape` first.

use serde_json::{Map, Value};

use super::body::{FlowBody, Needs, SCHEMA};
use super::shape::{COMMON, FLOW, Field, Kind, NODES, shape};
use super::{Problem, place};
use crate::id::QueueId;
use crate::template::Template;

/// The most that is read of one flow, in bytes.
pub const LARGEST: usize = 512 * 1024;
/// The former format, which is still read.
const FORMER: u64 = 1;

/// Reads a flow from JSON text. The result has the right shape; whether it can be published is
/// [`validate`](super::validate)'s question, so that unfinished drafts can be saved.
pub fn parse(json: &str) -> Result<FlowBody, Vec<Problem>> {
    if json.len() > LARGEST {
        return Err(vec![Problem::new("", format!("The flow is larger than {} KiB.", LARGEST / 1024))]);
    }
    match serde_json::from_str(json) {
        Ok(value) => parse_value(value),
        Err(error) => Err(vec![Problem::new(
            "",
            format!("This is not JSON: line {}, column {} can't be read.", error.line(), error.column()),
        )]),
    }
}

/// Reads a flow from a JSON value.
pub fn parse_value(mut value: Value) -> Result<FlowBody, Vec<Problem>> {
    let mut problems = Vec::new();
    flow(&value, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    program(&mut value);
    // The table is checked against serde by a test; if they still differ, serde decides.
    let needs = needs(&value.to_string());
    serde_json::from_value(value)
        .map(|body| FlowBody { needs, ..body })
        .map_err(|error| vec![Problem::new("", format!("The flow can't be read: {error}."))])
}

fn needs(text: &str) -> Needs {
    let names = |words: &[&str]| words.iter().any(|word| text.contains(word));
    Needs {
        contact: names(&["contact.phone", "contact.email", "contact.language"]),
        waiting: names(&["queue.position", "queue.expected_minutes", "\"on_full\""]),
        expected_wait: names(&["queue.expected_minutes"]),
        agents: names(&["\"agent_id\""]),
    }
}

/// Reduces a flow to what is run: without remarks and positions on the canvas, in the current format. Format 1 is a
/// subset of format 2.
fn program(value: &mut Value) {
    let Some(body) = value.as_object_mut() else { return };
    body.insert("schema".into(), SCHEMA.into());
    body.remove("comments");
    let nodes = body.get_mut("nodes").and_then(Value::as_object_mut);
    for node in nodes.into_iter().flatten().filter_map(|(_, node)| node.as_object_mut()) {
        COMMON.iter().for_each(|field| drop(node.remove(field.name)));
    }
}

fn flow(value: &Value, problems: &mut Vec<Problem>) {
    let Some(body) = object("", value, problems) else {
        return;
    };
    match body.get("schema").and_then(Value::as_u64) {
        Some(number) if number == u64::from(SCHEMA) || number == FORMER => {}
        Some(number) if number > u64::from(SCHEMA) => problems.push(Problem::new(
            "/schema",
            format!("This flow is written in format {number}; this version of Deskbell reads up to {SCHEMA}."),
        )),
        _ => problems.push(Problem::new("/schema", format!("The schema must be the number {SCHEMA}."))),
    }
    match body.get("start") {
        Some(start) => field("/start", start, Kind::Text(64), problems),
        None => problems.push(Problem::new("/start", "The flow must name the node that it starts with.")),
    }
    let rest = body.iter().filter(|(name, _)| !["schema", "start", "nodes"].contains(&name.as_str()));
    let rest: Map<String, Value> = rest.map(|(name, value)| (name.clone(), value.clone())).collect();
    record("", &rest, &[FLOW], problems);
    let Some(nodes) = body.get("nodes") else {
        problems.push(Problem::new("/nodes", "The flow has no nodes."));
        return;
    };
    for (id, node) in object("/nodes", nodes, problems).into_iter().flatten() {
        let here = place(&["/nodes", id]);
        let Some(fields) = object(&here, node, problems) else {
            continue;
        };
        let kind = fields.get("type").and_then(Value::as_str);
        match kind.and_then(shape) {
            Some(known) => record(&here, fields, &[TYPE, COMMON, known.fields], problems),
            None => {
                let names: Vec<&str> = NODES.iter().map(|shape| shape.kind).collect();
                let names = names.join(", ");
                let detail = match kind {
                    Some(kind) => format!(
                        "This version of Deskbell has no nodes of the type \"{kind}\". The type must be one of {names}."
                    ),
                    None => format!("The type of a node must be one of {names}."),
                };
                problems.push(Problem::new(format!("{here}/type"), detail));
            }
        }
    }
}

const TYPE: &[Field] = &[Field { name: "type", kind: Kind::Text(40), required: true, about: "" }];

fn object<'a>(here: &str, value: &'a Value, problems: &mut Vec<Problem>) -> Option<&'a Map<String, Value>> {
    if value.as_object().is_none() {
        problems.push(Problem::new(here, "This must be a JSON object."));
    }
    value.as_object()
}

/// Checks the fields of an object against the lists of those that it may have.
fn record(here: &str, fields: &Map<String, Value>, known: &[&[Field]], problems: &mut Vec<Problem>) {
    for Field { name, kind, required, .. } in known.iter().copied().flatten() {
        match fields.get(*name) {
            Some(Value::Null)
                if !required && !matches!(kind, Kind::List(..) | Kind::TextList(..) | Kind::Texts) => {}
            Some(value) => field(&format!("{here}/{name}"), value, *kind, problems),
            None if *required => {
                problems.push(Problem::new(format!("{here}/{name}"), format!("\"{name}\" is missing.")));
            }
            None => {}
        }
    }
    for name in fields.keys() {
        if !known.iter().copied().flatten().any(|field| field.name == name) {
            problems.push(Problem::new(place(&[here, name]), "There is no such field here."));
        }
    }
}

/// Checks what a field holds. Lengths and amounts are left to [`validate`](super::validate), which knows the channel.
fn field(here: &str, value: &Value, kind: Kind, problems: &mut Vec<Problem>) {
    let (good, wanted) = match kind {
        Kind::Text(_) | Kind::Next | Kind::Variable => (value.is_string(), "This must be text.".to_owned()),
        Kind::Word(words) => {
            let good = value.as_str().is_some_and(|word| words.contains(&word));
            (good, format!("This must be one of {}.", words.join(", ")))
        }
        Kind::Count(..) => {
            let good = value.as_u64().is_some_and(|number| u32::try_from(number).is_ok());
            (good, "This must be a whole number, 0 or more.".to_owned())
        }
        Kind::Number => (value.is_number(), "This must be a number.".to_owned()),
        Kind::Id(of) => {
            let good = value.as_str().is_some_and(|id| id.parse::<QueueId>().is_ok());
            (good, format!("This must be the id of a {of}, as text."))
        }
        Kind::Template => match serde_json::from_value::<Template>(value.clone()) {
            Ok(_) => (true, String::new()),
            Err(error) => (false, format!("These cards or buttons can't be read: {error}.")),
        },
        Kind::Texts => {
            for (key, text) in object(here, value, problems).into_iter().flatten() {
                field(&place(&[here, key]), text, Kind::Text(0), problems);
            }
            return;
        }
        Kind::Object(known) => {
            if let Some(fields) = object(here, value, problems) {
                record(here, fields, &[known], problems);
            }
            return;
        }
        Kind::List(known, _) => {
            for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                field(&format!("{here}/{index}"), item, Kind::Object(known), problems);
            }
            (value.is_array(), "This must be a list.".to_owned())
        }
        Kind::TextList(..) => {
            for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                field(&format!("{here}/{index}"), item, Kind::Text(0), problems);
            }
            (value.is_array(), "This must be a list.".to_owned())
        }
    };
    if !good {
        problems.push(Problem::new(here, wanted));
    }
}
