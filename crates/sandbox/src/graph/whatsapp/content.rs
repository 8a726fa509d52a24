//! What a WhatsApp message may hold, with Meta's limits (§3.8).

use super::{check_product, interactive};
use crate::graph::error::GraphError;
use crate::graph::request::Call;
use serde_json::{Map, Value, json};

const TYPES: &[&str] = &[
    "text",
    "image",
    "video",
    "audio",
    "document",
    "sticker",
    "location",
    "contacts",
    "reaction",
    "interactive",
    "template",
];

/// A checked message.
pub struct Content {
    pub kind: String,
    /// The object under the kind's name.
    pub object: Value,
    /// What the phone shows as text.
    pub text: Option<String>,
}

/// 131008: something is missing.
pub fn missing(details: impl std::fmt::Display) -> GraphError {
    GraphError::whatsapp(131_008, "Required parameter is missing", details.to_string())
}

/// 131009: something is not valid.
pub fn invalid(details: impl std::fmt::Display) -> GraphError {
    GraphError::whatsapp(131_009, "Parameter value is not valid", details.to_string())
}

/// 100 in the words of WhatsApp's text limits.
pub fn too_long(path: &str, most: usize) -> GraphError {
    GraphError::parameter(format_args!("Param {path} must be at most {most} characters long."))
}

/// Reads and checks a message.
pub fn check(call: &Call) -> Result<Content, GraphError> {
    check_product(call)?;
    if let Some(kind) = call.text("recipient_type").filter(|kind| kind != "individual") {
        return Err(GraphError::parameter(format_args!(
            "Param recipient_type must be one of {{INDIVIDUAL}} - got \"{kind}\"."
        )));
    }
    let kind = call.text("type").unwrap_or_else(|| "text".to_owned());
    if !TYPES.contains(&kind.as_str()) {
        let types = TYPES.join(", ").to_uppercase();
        return Err(GraphError::parameter(format_args!(
            "Param type must be one of {{{types}}} - got \"{kind}\"."
        )));
    }
    let object = call
        .json(&kind)?
        .ok_or_else(|| missing(format_args!("Parameter '{kind}' is mandatory for type '{kind}'")))?;
    let text = match kind.as_str() {
        "text" => Some(check_text(&object)?),
        "image" | "video" | "audio" | "document" | "sticker" => check_media(&kind, &object)?,
        "location" => {
            check_location(&object)?;
            None
        }
        "contacts" => {
            check_contacts(&object)?;
            None
        }
        "reaction" => {
            check_reaction(&object)?;
            None
        }
        "interactive" => Some(interactive::check(&object)?),
        _ => None,
    };
    Ok(Content { kind, object, text })
}

/// Refuses keys that the object does not have.
pub fn only(object: &Value, path: &str, known: &[&str]) -> Result<Map<String, Value>, GraphError> {
    let map = object
        .as_object()
        .ok_or_else(|| GraphError::parameter(format_args!("Param {path} must be a JSON object.")))?;
    match map.keys().find(|key| !known.contains(&key.as_str())) {
        Some(unknown) => {
            Err(GraphError::parameter(format_args!("Unexpected key \"{unknown}\" on param \"{path}\".")))
        }
        None => Ok(map.clone()),
    }
}

fn check_text(object: &Value) -> Result<String, GraphError> {
    only(object, "text", &["body", "preview_url"])?;
    let body = object["body"].as_str().unwrap_or_default();
    if body.trim().is_empty() {
        return Err(GraphError::parameter("The parameter text['body'] is required."));
    }
    if body.chars().count() > 4_096 {
        return Err(too_long("text['body']", 4_096));
    }
    Ok(body.to_owned())
}

fn check_media(kind: &str, object: &Value) -> Result<Option<String>, GraphError> {
    let known: &[&str] = match kind {
        "image" | "video" => &["id", "link", "caption"],
        "document" => &["id", "link", "caption", "filename"],
        "audio" => &["id", "link", "voice"],
        _ => &["id", "link"],
    };
    only(object, kind, known)?;
    match (&object["id"], object["link"].as_str()) {
        (Value::String(_) | Value::Number(_), None) => {}
        (Value::Null, Some(link)) if link.starts_with("https://") || link.starts_with("http://") => {}
        (Value::Null, Some(_)) => {
            return Err(GraphError::parameter(format_args!("Param {kind}['link'] is not a valid URI.")));
        }
        _ => {
            return Err(GraphError::parameter(format_args!("Param {kind} must have exactly one of id and link.")));
        }
    }
    let caption = object["caption"].as_str();
    if caption.is_some_and(|caption| caption.chars().count() > 1_024) {
        return Err(too_long(&format!("{kind}['caption']"), 1_024));
    }
    if object["filename"].as_str().is_some_and(|name| name.chars().count() > 240) {
        return Err(too_long("document['filename']", 240));
    }
    Ok(caption.map(str::to_owned))
}

fn check_location(object: &Value) -> Result<(), GraphError> {
    only(object, "location", &["latitude", "longitude", "name", "address"])?;
    for (name, most) in [("latitude", 90.0), ("longitude", 180.0)] {
        let value = object[name].as_f64().or_else(|| object[name].as_str().and_then(|text| text.parse().ok()));
        match value {
            None => return Err(missing(format_args!("Parameter 'location['{name}']' is mandatory"))),
            Some(value) if value.abs() > most => {
                return Err(invalid(format_args!("{name} must be between -{most} and {most}.")));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn check_contacts(list: &Value) -> Result<(), GraphError> {
    let list = list.as_array().filter(|list| !list.is_empty());
    let list = list.ok_or_else(|| GraphError::parameter("Param contacts must be a non-empty array."))?;
    for contact in list {
        let name = &contact["name"];
        if name["formatted_name"].as_str().is_none_or(str::is_empty) {
            return Err(missing("Parameter 'contacts['name']['formatted_name']' is mandatory"));
        }
        let parts = ["first_name", "last_name", "middle_name", "suffix", "prefix"];
        if parts.iter().all(|part| name[*part].as_str().is_none_or(str::is_empty)) {
            return Err(missing("A contact's name needs at least one part besides formatted_name."));
        }
        if contact["phones"]
            .as_array()
            .is_some_and(|phones| phones.iter().any(|it| it["phone"].as_str().is_none_or(str::is_empty)))
        {
            return Err(missing("Parameter 'contacts['phones']['phone']' is mandatory"));
        }
    }
    Ok(())
}

fn check_reaction(object: &Value) -> Result<(), GraphError> {
    only(object, "reaction", &["message_id", "emoji"])?;
    if object["message_id"].as_str().is_none_or(str::is_empty) {
        return Err(missing("Parameter 'reaction['message_id']' is mandatory"));
    }
    match object["emoji"].as_str() {
        None => Err(missing("Parameter 'reaction['emoji']' is mandatory; an empty one removes the reaction.")),
        Some(emoji) if emoji.chars().count() > 12 || emoji.chars().any(char::is_alphabetic) => {
            Err(invalid("reaction['emoji'] must be one emoji."))
        }
        Some(_) => Ok(()),
    }
}

/// The content as messages store it.
pub fn stored(kind: &str, object: &Value) -> Value {
    json!({"type": kind, kind: object})
}
