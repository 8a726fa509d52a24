//! The shape of a flow is defined twice: for serde, and in the table that the parser and the published schema use.
//! These tests compare the two.

use serde_json::{Value, json};

use super::super::shape::{COMMON, Field, Kind, NODES};
use super::super::*;

fn sample(kind: Kind) -> Value {
    match kind {
        Kind::Text(_) | Kind::Next | Kind::Variable => json!("x"),
        Kind::Word(words) => json!(words[0]),
        Kind::Count(least, _) => json!(least),
        Kind::Number => json!(1.5),
        Kind::Id(_) => json!("1"),
        Kind::Template => json!({"type": "button", "text": "x", "buttons": []}),
        Kind::Texts => json!({"a": "x"}),
        Kind::Object(fields) => record(fields, true),
        Kind::List(fields, _) => json!([record(fields, true), record(fields, false)]),
        Kind::TextList(..) => json!(["x"]),
    }
}

fn record(fields: &[Field], all: bool) -> Value {
    let chosen = fields.iter().filter(|field| all || field.required);
    Value::Object(chosen.map(|field| (field.name.to_owned(), sample(field.kind))).collect())
}

fn flow_of(node: Value) -> Value {
    json!({"schema": 2, "start": "a", "nodes": {"a": node}})
}

#[test]
fn the_schema_describes_every_node_with_a_sentence_for_each_field() {
    let schema = schema();
    assert_eq!(schema["required"], json!(["schema", "start", "nodes"]));
    for shape in NODES {
        let object = &schema["$defs"][shape.kind];
        assert_eq!(object["properties"]["type"]["const"], json!(shape.kind));
        for field in COMMON.iter().chain(shape.fields) {
            let about = object["properties"][field.name]["description"].as_str().unwrap();
            assert!(about.ends_with('.'), "{}.{}: {about}", shape.kind, field.name);
        }
    }
    for named in ["template", "card", "button"] {
        assert!(schema["$defs"][named].is_object(), "{named}");
    }
}

#[test]
fn serde_reads_and_writes_the_same_fields() {
    for shape in NODES {
        for all in [true, false] {
            let mut node = record(shape.fields, all);
            node["type"] = json!(shape.kind);
            let body: FlowBody = serde_json::from_value(flow_of(node.clone()))
                .unwrap_or_else(|error| panic!("{}: {error}", shape.kind));
            assert_eq!(body.nodes["a"].kind(), shape.kind);
            assert_eq!(serde_json::to_value(&body).unwrap(), flow_of(node.clone()), "nothing is dropped or added");
            let mut drawn = node.clone();
            drawn["position"] = json!({"x": 1, "y": -2.5});
            drawn["comment"] = json!("Ask Olena");
            let drawn = parse_value(flow_of(drawn)).unwrap();
            assert_eq!(drawn.nodes, body.nodes, "places and remarks are not part of the program");

            for field in shape.fields {
                let mut less = node.clone();
                let there = less.as_object_mut().unwrap().remove(field.name).is_some();
                let read = serde_json::from_value::<FlowBody>(flow_of(less));
                assert_eq!(read.is_err(), field.required && there, "{} without {}", shape.kind, field.name);
                if !field.required && !matches!(field.kind, Kind::List(..) | Kind::TextList(..) | Kind::Texts) {
                    let mut null = node.clone();
                    null[field.name] = Value::Null;
                    assert!(parse_value(flow_of(null)).is_ok(), "{} with {} null", shape.kind, field.name);
                }
            }
            node["colour"] = json!("red");
            assert!(parse_value(flow_of(node)).is_err(), "{} with an unknown field", shape.kind);
        }
    }
}

#[test]
fn flows_of_the_former_format_are_read_as_the_present_one() {
    let nodes = json!({"a": {"type": "send", "text": "Hi"}});
    let former = parse_value(json!({"schema": 1, "start": "a", "nodes": nodes})).unwrap();
    assert_eq!(former.schema, SCHEMA);
    let present = json!({"schema": 2, "start": "a", "nodes": nodes, "comments": [{"text": "Draft"}]});
    assert_eq!(parse_value(present), Ok(former));
    let newer = parse_value(json!({"schema": 3, "start": "a", "nodes": {}})).unwrap_err();
    assert!(newer[0].detail.contains("format 3"), "{newer:?}");
    let unknown = parse_value(flow_of(json!({"type": "hologram"}))).unwrap_err();
    assert_eq!((unknown[0].node.as_deref(), unknown[0].pointer.as_str()), (Some("a"), "/nodes/a/type"));
    assert!(unknown[0].detail.contains("no nodes of the type \"hologram\""), "{unknown:?}");
}

#[test]
fn the_welcome_flow_reads_back_as_it_was_written() {
    let text = serde_json::to_string(&welcome()).unwrap();
    assert_eq!(parse(&text), Ok(welcome()));
}
