//! The JSON Schema of flows, written from the table of their shape.

use serde_json::{Map, Value, json};

use super::body::SCHEMA;
use super::shape::{COMMON, FLOW, Field, Kind, LARGEST_GRAPH, NODES};

/// The JSON Schema of a flow, for editors.
pub fn schema() -> Value {
    let mut defs = Map::new();
    for shape in NODES {
        let mut fields = vec![("type".to_owned(), json!({ "const": shape.kind }))];
        fields.extend(COMMON.iter().chain(shape.fields).map(property));
        defs.insert(shape.kind.to_owned(), object(shape.about, fields, &["type"], shape.fields));
    }
    let nodes: Vec<Value> =
        NODES.iter().map(|shape| json!({ "$ref": format!("#/$defs/{}", shape.kind) })).collect();
    defs.insert("node".to_owned(), json!({ "oneOf": nodes }));
    let parts: Map<String, Value> = serde_json::from_str(include_str!("template.schema.json")).unwrap_or_default();
    defs.extend(parts);
    let mut fields = vec![
        (
            "schema".to_owned(),
            json!({ "const": SCHEMA, "description": "The number of this format. 1 is still read." }),
        ),
        ("start".to_owned(), json!({ "type": "string", "description": "The id of the node where runs begin." })),
        (
            "nodes".to_owned(),
            json!({
                "type": "object",
                "description": "All nodes by their ids.",
                "maxProperties": LARGEST_GRAPH,
                "propertyNames": { "pattern": "^[A-Za-z0-9_-]{1,64}$" },
                "additionalProperties": { "$ref": "#/$defs/node" },
            }),
        ),
    ];
    fields.extend(FLOW.iter().map(property));
    let mut schema =
        object("What a bot does: nodes, and the ways between them.", fields, &["schema", "start", "nodes"], &[]);
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!("Deskbell flow");
    schema["$defs"] = Value::Object(defs);
    schema
}

fn object(about: &str, fields: Vec<(String, Value)>, also: &[&str], known: &[Field]) -> Value {
    let needed = known.iter().filter(|field| field.required).map(|field| field.name);
    let required: Vec<&str> = also.iter().copied().chain(needed).collect();
    let properties: Map<String, Value> = fields.into_iter().collect();
    let mut schema = json!({
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": properties,
    });
    if !about.is_empty() {
        schema["description"] = json!(about);
    }
    schema
}

fn property(field: &Field) -> (String, Value) {
    let mut schema = holds(field.kind);
    // Any field that may be omitted may be null.
    let nullable = !field.required && !matches!(field.kind, Kind::List(..) | Kind::TextList(..) | Kind::Texts);
    if nullable {
        match schema.get("type").and_then(Value::as_str).map(str::to_owned) {
            Some(word) => {
                schema["type"] = json!([word, "null"]);
                if let Some(words) = schema.get_mut("enum").and_then(Value::as_array_mut) {
                    words.push(Value::Null);
                }
            }
            None => schema = json!({ "oneOf": [schema, { "type": "null" }] }),
        }
    }
    schema["description"] = json!(field.about);
    (field.name.to_owned(), schema)
}

fn holds(kind: Kind) -> Value {
    match kind {
        Kind::Text(most) => json!({ "type": "string", "maxLength": most }),
        Kind::Word(words) => json!({ "type": "string", "enum": words }),
        Kind::Count(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Number => json!({ "type": "number" }),
        Kind::Id(of) => json!({ "type": "string", "pattern": "^[0-9]+$", "x-id-of": of }),
        Kind::Next => json!({ "type": "string", "x-next": true }),
        Kind::Variable => json!({ "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "maxLength": 64 }),
        Kind::Template => json!({ "$ref": "#/$defs/template" }),
        Kind::Texts => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
        Kind::Object(fields) => object("", fields.iter().map(property).collect(), &[], fields),
        Kind::List(fields, most) => {
            json!({ "type": "array", "maxItems": most, "items": holds(Kind::Object(fields)) })
        }
        Kind::TextList(most, longest) => {
            json!({ "type": "array", "maxItems": most, "items": { "type": "string", "maxLength": longest } })
        }
    }
}
