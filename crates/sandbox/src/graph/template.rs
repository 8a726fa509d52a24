//! Templates of outgoing messages, with Meta's limits (§3.4).

use super::error::GraphError;
use serde_json::{Map, Value};

/// The path of a template within a message.
const AT: &str = "message[attachment][payload]";

/// Checks that a text is within a limit.
pub fn limit(text: &str, most: usize, name: &str) -> Result<(), GraphError> {
    if text.chars().count() > most { Err(too_long(name, most)) } else { Ok(()) }
}

/// 100: a text over its limit.
pub fn too_long(name: &str, limit: usize) -> GraphError {
    GraphError::parameter(format_args!("Length of param {name} must be less than or equal to {limit}"))
}

/// Checks a template payload.
pub fn check(payload: &Value) -> Result<Value, GraphError> {
    let object = payload.as_object().ok_or_else(|| GraphError::required(AT))?;
    match payload["template_type"].as_str() {
        Some("generic") => {
            only(object, &["template_type", "elements", "image_aspect_ratio", "sharable"])?;
            for element in elements(payload, 1, 10)? {
                let keys = ["title", "subtitle", "image_url", "default_action", "buttons"];
                only(element.as_object().unwrap_or(&Map::new()), &keys)?;
                text(element, "title", 80)?;
                limit(element["subtitle"].as_str().unwrap_or_default(), 80, &format!("{AT}[elements][subtitle]"))?;
                let action = &element["default_action"];
                if !action.is_null() {
                    if action["type"] != "web_url" || !is_web(&action["url"]) {
                        return Err(GraphError::parameter("Param default_action must be a web_url with a url"));
                    }
                    if !action["title"].is_null() {
                        return Err(GraphError::parameter("Param default_action must not have a title"));
                    }
                }
                if ["subtitle", "image_url", "default_action", "buttons"].iter().all(|key| element[*key].is_null())
                {
                    return Err(GraphError::parameter(
                        "A generic template element needs at least one field besides its title",
                    ));
                }
                buttons(&element["buttons"], false)?;
            }
        }
        Some("button") => {
            only(object, &["template_type", "text", "buttons", "sharable"])?;
            text(payload, "text", 640)?;
            buttons(&payload["buttons"], true)?;
        }
        Some("media") => {
            only(object, &["template_type", "elements", "sharable"])?;
            let element = &elements(payload, 1, 1)?[0];
            only(element.as_object().unwrap_or(&Map::new()), &["media_type", "attachment_id", "url", "buttons"])?;
            if !matches!(element["media_type"].as_str(), Some("image" | "video")) {
                return Err(GraphError::parameter("Param media_type must be one of {IMAGE, VIDEO}"));
            }
            match (&element["attachment_id"], element["url"].as_str()) {
                (Value::String(_) | Value::Number(_), None) => {}
                (Value::Null, Some(url)) if url.contains("facebook.com/") => {}
                (Value::Null, Some(_)) => {
                    return Err(
                        GraphError::new(100, "(#100) The url must be of a media on Facebook").subcode(2018173)
                    );
                }
                _ => return Err(GraphError::parameter("An attachment_id or a url is needed, and not both")),
            }
            buttons(&element["buttons"], false)?;
        }
        Some("receipt") => {
            for name in ["recipient_name", "order_number", "payment_method"] {
                text(payload, name, 1_000)?;
            }
            let currency = text(payload, "currency", 3)?;
            if currency.len() != 3 || !currency.chars().all(|c| c.is_ascii_uppercase()) {
                return Err(GraphError::parameter(format_args!("Param {AT}[currency] must be a currency code")));
            }
            if !payload["summary"]["total_cost"].is_number() {
                return Err(GraphError::required(&format!("{AT}[summary][total_cost]")));
            }
            if !payload["elements"].is_null() {
                for element in elements(payload, 0, 100)? {
                    text(element, "title", 1_000)?;
                    if !element["price"].is_number() {
                        return Err(GraphError::required(&format!("{AT}[elements][price]")));
                    }
                }
            }
            if payload["timestamp"].is_number() {
                return Err(GraphError::parameter(format_args!("Param {AT}[timestamp] must be a string.")));
            }
        }
        Some("product" | "coupon" | "image_grid" | "customer_feedback") => {}
        other => {
            return Err(GraphError::parameter(format_args!(
                "Param {AT}[template_type] is not a known template: \"{}\".",
                other.unwrap_or_default()
            )));
        }
    }
    Ok(payload.clone())
}

fn only(object: &Map<String, Value>, known: &[&str]) -> Result<(), GraphError> {
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(unknown) => {
            Err(GraphError::parameter(format_args!("Invalid keys \"{unknown}\" were found in param \"{AT}\".")))
        }
        None => Ok(()),
    }
}

fn elements(payload: &Value, least: usize, most: usize) -> Result<&[Value], GraphError> {
    let list = payload["elements"].as_array().filter(|list| (least..=most).contains(&list.len()));
    list.map(Vec::as_slice).ok_or_else(|| {
        GraphError::parameter(format_args!("Param {AT}[elements] must have between {least} and {most} elements."))
    })
}

/// A text that must be there.
fn text<'v>(value: &'v Value, name: &str, most: usize) -> Result<&'v str, GraphError> {
    let text = value[name].as_str().unwrap_or_default();
    if text.is_empty() {
        return Err(GraphError::required(&format!("{AT}[{name}]")));
    }
    limit(text, most, &format!("{AT}[{name}]"))?;
    Ok(text)
}

fn is_web(value: &Value) -> bool {
    value.as_str().is_some_and(|url| url.starts_with("https://") || url.starts_with("http://"))
}

fn buttons(value: &Value, required: bool) -> Result<(), GraphError> {
    let buttons = match value {
        Value::Null if !required => return Ok(()),
        Value::Array(buttons) if (1..=3).contains(&buttons.len()) => buttons,
        _ => {
            return Err(GraphError::parameter("Param buttons must have between 1 and 3 elements."));
        }
    };
    for button in buttons {
        let kind = button["type"].as_str().unwrap_or_default();
        let needed: &[&str] = match kind {
            "web_url" => &["title", "url"],
            "postback" | "phone_number" => &["title", "payload"],
            "account_link" => &["url"],
            "account_unlink" | "game_play" => &[],
            _ => {
                return Err(GraphError::parameter(format_args!(
                    "Param buttons[type] is not a known button: \"{kind}\"."
                )));
            }
        };
        if let Some(missing) = needed.iter().find(|name| button[**name].as_str().is_none_or(str::is_empty)) {
            return Err(GraphError::required(&format!("buttons[{missing}]")));
        }
        if kind == "web_url" && !is_web(&button["url"]) {
            return Err(GraphError::parameter("Param buttons[url] must be a web address."));
        }
        if kind == "phone_number" && !button["payload"].as_str().is_some_and(|number| number.starts_with('+')) {
            return Err(GraphError::parameter("Param buttons[payload] must be a number that starts with +."));
        }
        limit(button["title"].as_str().unwrap_or_default(), 20, "buttons[title]")?;
        limit(button["payload"].as_str().unwrap_or_default(), 1_000, "buttons[payload]")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_meta_would_refuse_is_refused() {
        let tap = json!({"type": "postback", "title": "A", "payload": "P"});
        let refused = [
            json!({"template_type": "generic", "elements": []}),
            json!({"template_type": "generic", "elements": [{"title": "x"}]}),
            json!({"template_type": "generic", "elements": [{"title": "x", "subtitle": "s", "url": "https://x.test"}]}),
            json!({"template_type": "button", "text": "x", "buttons": []}),
            json!({"template_type": "button", "text": "x".repeat(641), "buttons": [tap]}),
            json!({"template_type": "media", "elements": [{"media_type": "image", "url": "https://x.test/a.png"}]}),
            json!({"template_type": "receipt", "recipient_name": "O", "order_number": "1", "currency": "UAH",
                "payment_method": "Cash", "timestamp": 7, "summary": {"total_cost": 1}}),
            json!({"template_type": "surprise"}),
        ];
        for payload in refused {
            assert!(check(&payload).is_err(), "{payload}");
        }
        assert!(check(&json!({"template_type": "button", "text": "x", "buttons": [tap]})).is_ok());
    }
}
