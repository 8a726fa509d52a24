//! Reads JSON into a [`FlowBody`]. serde alone stops at the first fault and does not say where it is; people who
//! write flows by hand, and the designer's side panel, need all of them with their places. So the shape is written
//! down again as a table, and a test compares table, serde and schema.

use serde_json::{Map, Value};

use super::body::{FlowBody, SCHEMA};
use super::{Problem, place};
use crate::id::QueueId;
use crate::template::Template;

/// The most that is read of one flow, in bytes.
pub const LARGEST: usize = 512 * 1024;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// Text; with a list of allowed values, if there is one.
    Text(&'static [&'static str]),
    /// A whole number from 0 up.
    Count,
    /// An id of a queue.
    Queue,
    /// Cards and buttons.
    Template,
    /// An object of texts, under keys of any kind.
    Texts,
    /// One object.
    Object(&'static [Field]),
    /// A list of objects.
    List(&'static [Field]),
}

/// A field: its name, what it holds, whether it must be there.
pub(super) type Field = (&'static str, Kind, bool);

const TEXT: Kind = Kind::Text(&[]);

/// The fields of each type of node, beside `type`.
pub(super) const NODES: &[(&str, &[Field])] = &[
    (
        "send",
        &[
            ("text", TEXT, true),
            ("quick_replies", Kind::List(QUICK_REPLY), false),
            ("template", Kind::Template, false),
            ("message_template", Kind::Object(MESSAGE_TEMPLATE), false),
            ("on_error", TEXT, false),
            ("next", TEXT, false),
        ],
    ),
    (
        "menu",
        &[
            ("text", TEXT, true),
            ("options", Kind::List(OPTION), true),
            ("retry_text", TEXT, false),
            ("retries", Kind::Count, false),
            ("otherwise", TEXT, false),
        ],
    ),
    (
        "ask",
        &[
            ("text", TEXT, true),
            ("variable", TEXT, true),
            ("validate", Kind::Object(VALIDATE), false),
            ("retry_text", TEXT, false),
            ("retries", Kind::Count, false),
            ("timeout_seconds", Kind::Count, false),
            ("on_timeout", TEXT, false),
            ("otherwise", TEXT, false),
            ("next", TEXT, false),
        ],
    ),
    (
        "condition",
        &[
            ("variable", TEXT, true),
            ("is", Kind::Text(&["equals", "contains", "exists", "greater", "less"]), true),
            ("value", TEXT, false),
            ("then", TEXT, false),
            ("else", TEXT, false),
        ],
    ),
    ("set", &[("variable", TEXT, true), ("value", TEXT, true), ("next", TEXT, false)]),
    (
        "join_queue",
        &[("queue_id", Kind::Queue, false), ("waiting_text", TEXT, false), ("nobody_text", TEXT, false)],
    ),
    ("close", &[("text", TEXT, false), ("reason", TEXT, false)]),
];
const MESSAGE_TEMPLATE: &[Field] =
    &[("name", TEXT, true), ("language", TEXT, true), ("variables", Kind::Texts, false)];
const QUICK_REPLY: &[Field] = &[("title", TEXT, true), ("payload", TEXT, true)];
const OPTION: &[Field] = &[("id", TEXT, true), ("title", TEXT, true), ("next", TEXT, false)];
const VALIDATE: &[Field] = &[("kind", Kind::Text(&["any", "number", "email", "phone"]), true)];

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
pub fn parse_value(value: Value) -> Result<FlowBody, Vec<Problem>> {
    let mut problems = Vec::new();
    flow(&value, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    // The table is checked against serde by a test; should they differ all the same, serde decides.
    serde_json::from_value(value)
        .map_err(|error| vec![Problem::new("", format!("The flow can't be read: {error}."))])
}

fn flow(value: &Value, problems: &mut Vec<Problem>) {
    let Some(body) = object("", value, problems) else {
        return;
    };
    for name in body.keys().filter(|name| !["schema", "start", "nodes"].contains(&name.as_str())) {
        problems.push(Problem::new(place(&["", name]), "A flow has no such field."));
    }
    match body.get("schema") {
        Some(number) if number.as_u64() == Some(u64::from(SCHEMA)) => {}
        _ => problems.push(Problem::new("/schema", format!("The schema must be the number {SCHEMA}."))),
    }
    match body.get("start") {
        Some(start) => field("/start", start, TEXT, problems),
        None => problems.push(Problem::new("/start", "The flow must name the node that it starts with.")),
    }
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
        match NODES.iter().find(|(name, _)| Some(*name) == kind) {
            Some((_, known)) => record(&here, fields, known, Some("type"), problems),
            None => {
                let names: Vec<&str> = NODES.iter().map(|(name, _)| *name).collect();
                let detail = format!("The type of a node must be one of {}.", names.join(", "));
                problems.push(Problem::new(format!("{here}/type"), detail));
            }
        }
    }
}

fn object<'a>(here: &str, value: &'a Value, problems: &mut Vec<Problem>) -> Option<&'a Map<String, Value>> {
    if value.as_object().is_none() {
        problems.push(Problem::new(here, "This must be a JSON object."));
    }
    value.as_object()
}

fn record(
    here: &str,
    fields: &Map<String, Value>,
    known: &[Field],
    also: Option<&str>,
    problems: &mut Vec<Problem>,
) {
    for (name, kind, required) in known {
        match fields.get(*name) {
            Some(Value::Null) if !required && !matches!(kind, Kind::List(_) | Kind::Texts) => {}
            Some(value) => field(&format!("{here}/{name}"), value, *kind, problems),
            None if *required => {
                problems.push(Problem::new(format!("{here}/{name}"), format!("\"{name}\" is missing.")));
            }
            None => {}
        }
    }
    for name in fields.keys() {
        if also != Some(name.as_str()) && !known.iter().any(|(field, ..)| field == name) {
            problems.push(Problem::new(place(&[here, name]), "There is no such field here."));
        }
    }
}

fn field(here: &str, value: &Value, kind: Kind, problems: &mut Vec<Problem>) {
    let (good, wanted) = match kind {
        Kind::Text([]) => (value.is_string(), "This must be text.".to_owned()),
        Kind::Text(words) => {
            let good = value.as_str().is_some_and(|word| words.contains(&word));
            (good, format!("This must be one of {}.", words.join(", ")))
        }
        Kind::Count => {
            let good = value.as_u64().is_some_and(|number| u32::try_from(number).is_ok());
            (good, "This must be a whole number, 0 or more.".to_owned())
        }
        Kind::Queue => {
            let good = value.as_str().is_some_and(|id| id.parse::<QueueId>().is_ok());
            let wanted = "This must be the id of a queue, as text, or null for the first queue.";
            (good, wanted.to_owned())
        }
        Kind::Template => match serde_json::from_value::<Template>(value.clone()) {
            Ok(_) => (true, String::new()),
            Err(error) => (false, format!("These cards or buttons can't be read: {error}.")),
        },
        Kind::Texts => {
            for (key, text) in object(here, value, problems).into_iter().flatten() {
                field(&place(&[here, key]), text, TEXT, problems);
            }
            return;
        }
        Kind::Object(known) => {
            if let Some(fields) = object(here, value, problems) {
                record(here, fields, known, None, problems);
            }
            return;
        }
        Kind::List(known) => {
            for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                let here = format!("{here}/{index}");
                if let Some(fields) = object(&here, item, problems) {
                    record(&here, fields, known, None, problems);
                }
            }
            (value.is_array(), "This must be a list.".to_owned())
        }
    };
    if !good {
        problems.push(Problem::new(here, wanted));
    }
}
