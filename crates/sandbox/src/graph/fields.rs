//! The `fields` parameter: nesting and modifiers as in `picture.type(large).as(p){url}` (§11.3).

use super::error::GraphError;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// One asked-for field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    /// Name in the answer, by `.as(name)`.
    pub alias: Option<String>,
    /// Other modifiers, such as `.limit(5)`.
    pub args: BTreeMap<String, String>,
    /// Nested fields.
    pub sub: Vec<Field>,
}

/// The result of looking up a field of a node.
pub enum Lookup {
    /// There is a value.
    Value(Value),
    /// The field exists but is empty: omitted from the response.
    Empty,
    /// No such field.
    Unknown,
}

impl<V: Into<Value>> From<Option<V>> for Lookup {
    fn from(value: Option<V>) -> Self {
        value.map_or(Self::Empty, |value| Self::Value(value.into()))
    }
}

/// Parses a `fields` parameter.
pub fn parse(text: &str) -> Result<Vec<Field>, GraphError> {
    let mut rest = text.trim();
    let fields = parse_list(&mut rest, 0)?;
    if rest.is_empty() { Ok(fields) } else { Err(syntax(rest)) }
}

fn parse_list(rest: &mut &str, depth: usize) -> Result<Vec<Field>, GraphError> {
    if depth > 6 {
        return Err(syntax(rest));
    }
    let mut fields = Vec::new();
    loop {
        let name = take_name(rest);
        if name.is_empty() {
            return if rest.is_empty() || rest.starts_with('}') { Ok(fields) } else { Err(syntax(rest)) };
        }
        let mut field = Field { name, alias: None, args: BTreeMap::new(), sub: Vec::new() };
        while let Some(after) = rest.strip_prefix('.') {
            *rest = after;
            let modifier = take_name(rest);
            let Some((value, after)) = rest.strip_prefix('(').and_then(|inner| inner.split_once(')')) else {
                return Err(syntax(rest));
            };
            *rest = after;
            if modifier == "as" {
                field.alias = Some(value.to_owned());
            } else {
                field.args.insert(modifier, value.to_owned());
            }
        }
        if let Some(after) = rest.strip_prefix('{') {
            *rest = after;
            field.sub = parse_list(rest, depth + 1)?;
            *rest = rest.strip_prefix('}').ok_or_else(|| syntax("end of string"))?;
        }
        fields.push(field);
        *rest = rest.trim_start();
        match rest.strip_prefix(',') {
            Some(after) => *rest = after.trim_start(),
            None => return Ok(fields),
        }
    }
}

fn take_name(rest: &mut &str) -> String {
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    *rest = after;
    name.to_owned()
}

fn syntax(rest: &str) -> GraphError {
    let near: String = rest.chars().take(20).collect();
    GraphError::new(2500, format!("Syntax error \"Expected end of string instead of \"{near}\".\" in fields"))
}

/// Builds the answer of a node from the asked-for fields; `id` is always included.
pub fn project(
    fields: &[Field],
    node_type: &str,
    id: &str,
    mut lookup: impl FnMut(&Field) -> Lookup,
) -> Result<Value, GraphError> {
    let mut answer = Map::new();
    for field in fields {
        let name = field.alias.clone().unwrap_or_else(|| field.name.clone());
        match lookup(field) {
            Lookup::Value(value) => drop(answer.insert(name, value)),
            Lookup::Empty => {}
            Lookup::Unknown => {
                return Err(GraphError::parameter(format_args!(
                    "Tried accessing nonexisting field ({}) on node type ({node_type})",
                    field.name
                )));
            }
        }
    }
    answer.insert("id".to_owned(), Value::from(id));
    Ok(Value::Object(answer))
}

/// The asked-for fields, or the defaults.
pub fn asked(text: Option<String>, default: &str) -> Result<Vec<Field>, GraphError> {
    parse(text.filter(|text| !text.trim().is_empty()).as_deref().unwrap_or(default))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_nesting_and_modifiers() {
        let fields = parse("id,picture.type(large).as(p){url},messages.limit(5){id,from{name}}").unwrap();
        assert_eq!(fields.len(), 3);
        assert_eq!(fields[1].alias.as_deref(), Some("p"));
        assert_eq!(fields[1].args["type"], "large");
        assert_eq!(fields[2].sub[1].sub[0].name, "name");
        for wrong in ["id}", "a{b", "a.b", "a.limit(", "{{", "a b"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
