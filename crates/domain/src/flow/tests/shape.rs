//! The shape of a flow is written down three times: for serde, for `parse`'s messages, and in the published schema.
//! Here the three are compared.

use serde_json::{Value, json};

use super::super::parse::{Field, Kind, NODES};
use super::super::*;

fn the_schema() -> Value {
    serde_json::from_str(schema()).unwrap()
}

/// Follows `$ref` and "null or this".
fn resolve<'a>(schema: &'a Value, at: &'a Value) -> &'a Value {
    if let Some(name) = at["$ref"].as_str() {
        return &schema["$defs"][name.strip_prefix("#/$defs/").unwrap()];
    }
    match at["oneOf"].as_array() {
        Some(choices) => resolve(schema, choices.iter().find(|choice| choice["type"] != "null").unwrap()),
        None => at,
    }
}

fn assert_same_fields(schema: &Value, object: &Value, fields: &[Field], also: &[&str]) {
    assert_eq!(object["additionalProperties"], json!(false));
    let mut written: Vec<&str> = object["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    let mut known: Vec<&str> = fields.iter().map(|(name, ..)| *name).chain(also.iter().copied()).collect();
    written.sort_unstable();
    known.sort_unstable();
    assert_eq!(written, known);
    let mut required: Vec<&str> =
        object["required"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    let mut needed: Vec<&str> = fields
        .iter()
        .filter(|(.., required)| *required)
        .map(|(name, ..)| *name)
        .chain(also.iter().copied())
        .collect();
    required.sort_unstable();
    needed.sort_unstable();
    assert_eq!(required, needed);

    for (name, kind, required) in fields {
        let property = resolve(schema, &object["properties"][*name]);
        let kinds = |word: &str| {
            if *required { json!(word) } else { json!([word, "null"]) }
        };
        match kind {
            Kind::Text([]) | Kind::Queue => assert_eq!(property["type"], kinds("string"), "{name}"),
            Kind::Text(words) => assert_eq!(property["enum"], json!(words), "{name}"),
            Kind::Count => assert_eq!(property["type"], kinds("integer"), "{name}"),
            Kind::Template => assert_eq!(property, &schema["$defs"]["template"], "{name}"),
            Kind::Texts => {
                assert_eq!(property["type"], "object", "{name}");
                assert_eq!(property["additionalProperties"]["type"], "string", "{name}");
            }
            Kind::Object(fields) => assert_same_fields(schema, property, fields, &[]),
            Kind::List(fields) => {
                assert_eq!(property["type"], "array", "{name}");
                assert_same_fields(schema, resolve(schema, &property["items"]), fields, &[]);
            }
        }
    }
}

fn sample(kind: Kind) -> Value {
    match kind {
        Kind::Text([]) => json!("x"),
        Kind::Text(words) => json!(words[0]),
        Kind::Count => json!(1),
        Kind::Queue => json!("1"),
        Kind::Template => json!({"type": "button", "text": "x", "buttons": []}),
        Kind::Texts => json!({"1": "x"}),
        Kind::Object(fields) => record(fields, true),
        Kind::List(fields) => json!([record(fields, true), record(fields, false)]),
    }
}

fn record(fields: &[Field], all: bool) -> Value {
    let chosen = fields.iter().filter(|(.., required)| all || *required);
    Value::Object(chosen.map(|(name, kind, _)| ((*name).to_owned(), sample(*kind))).collect())
}

fn flow_of(node: Value) -> Value {
    json!({"schema": 1, "start": "a", "nodes": {"a": node}})
}

#[test]
fn the_schema_names_the_same_fields() {
    let schema = the_schema();
    assert_eq!(schema["required"], json!(["schema", "start", "nodes"]));
    assert_eq!(schema["properties"]["schema"]["const"], json!(SCHEMA));
    let kinds: Vec<&str> = schema["$defs"]["node"]["oneOf"]
        .as_array()
        .unwrap()
        .iter()
        .map(|choice| choice["$ref"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, NODES.iter().map(|(kind, _)| format!("#/$defs/{kind}")).collect::<Vec<_>>());
    for (kind, fields) in NODES {
        let object = &schema["$defs"][*kind];
        assert_eq!(object["properties"]["type"]["const"], json!(kind));
        assert_same_fields(&schema, object, fields, &["type"]);
    }
}

#[test]
fn serde_reads_and_writes_the_same_fields() {
    for (kind, fields) in NODES {
        for all in [true, false] {
            let mut node = record(fields, all);
            node["type"] = json!(kind);
            let body: FlowBody =
                serde_json::from_value(flow_of(node.clone())).unwrap_or_else(|error| panic!("{kind}: {error}"));
            assert_eq!(body.nodes["a"].kind(), *kind);
            assert_eq!(serde_json::to_value(&body).unwrap(), flow_of(node.clone()), "nothing is dropped or added");
            assert_eq!(parse_value(flow_of(node.clone())), Ok(body));

            for (name, _, required) in *fields {
                let mut less = node.clone();
                let there = less.as_object_mut().unwrap().remove(*name).is_some();
                let read = serde_json::from_value::<FlowBody>(flow_of(less));
                assert_eq!(read.is_err(), *required && there, "{kind} without {name}");
                if !required && *name != "quick_replies" {
                    let mut null = node.clone();
                    null[*name] = Value::Null;
                    assert!(parse_value(flow_of(null)).is_ok(), "{kind} with {name} null");
                }
            }
            node["colour"] = json!("red");
            assert!(serde_json::from_value::<FlowBody>(flow_of(node)).is_err(), "{kind} with an unknown field");
        }
    }
}

#[test]
fn the_welcome_flow_reads_back_as_it_was_written() {
    let text = serde_json::to_string(&welcome()).unwrap();
    assert_eq!(parse(&text), Ok(welcome()));
}
