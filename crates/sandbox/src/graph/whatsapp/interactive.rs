//! Interactive messages: buttons, lists, links, requests, flows, products (§3.8).

use super::content::{invalid, missing, only};
use crate::graph::error::GraphError;
use serde_json::Value;
use std::collections::BTreeSet;

/// Checks an `interactive` object and returns its text.
pub fn check(object: &Value) -> Result<String, GraphError> {
    only(object, "interactive", &["type", "header", "body", "footer", "action"])?;
    let kind = object["type"].as_str().ok_or_else(|| missing("Parameter 'interactive['type']' is mandatory"))?;
    let action = &object["action"];
    if !action.is_object() {
        return Err(missing("Parameter 'interactive['action']' is mandatory"));
    }
    let body = object["body"]["text"].as_str().unwrap_or_default();
    // A single product may come without words.
    if kind != "product" {
        length("Body text", body, 1, if kind == "list" { 4_096 } else { 1_024 })?;
    }
    if !object["footer"].is_null() {
        length("Footer text", object["footer"]["text"].as_str().unwrap_or_default(), 1, 60)?;
    }
    header(kind, &object["header"])?;
    match kind {
        "button" => buttons(action)?,
        "list" => list(action)?,
        "cta_url" => {
            named(action, "cta_url")?;
            length("Display text", action["parameters"]["display_text"].as_str().unwrap_or_default(), 1, 20)?;
            if !action["parameters"]["url"].as_str().is_some_and(|url| url.starts_with("http")) {
                return Err(invalid("The url of a cta_url button must be a web address."));
            }
        }
        "location_request_message" => named(action, "send_location")?,
        "contact_request" => named(action, "request_contact_info")?,
        "flow" => {
            named(action, "flow")?;
            let parameters = &action["parameters"];
            if parameters["flow_id"].is_null() && parameters["flow_name"].is_null() {
                return Err(missing("A flow needs a flow_id or a flow_name."));
            }
            length("Flow CTA", parameters["flow_cta"].as_str().unwrap_or_default(), 1, 30)?;
        }
        "product" | "product_list" => {
            if action["catalog_id"].is_null() {
                return Err(missing("Parameter 'action['catalog_id']' is mandatory"));
            }
            if kind == "product" && action["product_retailer_id"].is_null() {
                return Err(missing("Parameter 'action['product_retailer_id']' is mandatory"));
            }
            if kind == "product_list" && object["header"]["type"] != "text" {
                return Err(missing("A product list needs a text header."));
            }
        }
        "catalog_message" => named(action, "catalog_message")?,
        other => {
            return Err(GraphError::parameter(format_args!(
                "Param interactive['type'] must be one of {{BUTTON, CATALOG_MESSAGE, CONTACT_REQUEST, CTA_URL, FLOW, \
                 LIST, LOCATION_REQUEST_MESSAGE, PRODUCT, PRODUCT_LIST}} - got \"{other}\"."
            )));
        }
    }
    Ok(body.to_owned())
}

fn length(what: &str, text: &str, least: usize, most: usize) -> Result<(), GraphError> {
    if (least..=most).contains(&text.chars().count()) && (least == 0 || !text.trim().is_empty()) {
        Ok(())
    } else {
        Err(invalid(format_args!("{what} length invalid. Min length: {least}, Max length: {most}")))
    }
}

fn named(action: &Value, name: &str) -> Result<(), GraphError> {
    if action["name"] == name { Ok(()) } else { Err(invalid(format_args!("action['name'] must be {name}."))) }
}

fn header(kind: &str, header: &Value) -> Result<(), GraphError> {
    if header.is_null() {
        return Ok(());
    }
    match header["type"].as_str() {
        Some("text") => length("Header text", header["text"].as_str().unwrap_or_default(), 1, 60),
        Some(media @ ("image" | "video" | "document")) if kind != "list" => {
            let file = &header[media];
            if file["id"].is_null() == file["link"].is_null() {
                return Err(missing(format_args!("A header with {media} needs exactly one of id and link.")));
            }
            Ok(())
        }
        _ => Err(invalid("This message cannot have a header of this type.")),
    }
}

fn buttons(action: &Value) -> Result<(), GraphError> {
    let list = action["buttons"].as_array().filter(|list| (1..=3).contains(&list.len()));
    let list =
        list.ok_or_else(|| invalid("Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3"))?;
    let (mut ids, mut titles) = (BTreeSet::new(), BTreeSet::new());
    for button in list {
        if button["type"] != "reply" {
            return Err(invalid("Buttons must have the type reply."));
        }
        let (id, title) = (button["reply"]["id"].as_str(), button["reply"]["title"].as_str());
        length("Button id", id.unwrap_or_default(), 1, 256)?;
        length("Button title", title.unwrap_or_default(), 1, 20)?;
        if !ids.insert(id) {
            return Err(invalid("Buttons must have different ids."));
        }
        if !titles.insert(title) {
            return Err(invalid("Buttons must have different titles."));
        }
    }
    Ok(())
}

fn list(action: &Value) -> Result<(), GraphError> {
    length("Button label", action["button"].as_str().unwrap_or_default(), 1, 20)?;
    let sections = action["sections"].as_array().filter(|list| (1..=10).contains(&list.len()));
    let sections = sections.ok_or_else(|| invalid("Invalid sections count. Min allowed: 1, Max allowed: 10"))?;
    let (mut count, mut ids) = (0, BTreeSet::new());
    for section in sections {
        let title = section["title"].as_str().unwrap_or_default();
        length("Section title", title, usize::from(sections.len() > 1), 24)?;
        for row in section["rows"].as_array().into_iter().flatten() {
            count += 1;
            let id = row["id"].as_str().unwrap_or_default();
            length("Row id", id, 1, 200)?;
            length("Row title", row["title"].as_str().unwrap_or_default(), 1, 24)?;
            length("Row description", row["description"].as_str().unwrap_or_default(), 0, 72)?;
            if !ids.insert(id) {
                return Err(invalid("Rows must have different ids."));
            }
        }
    }
    if (1..=10).contains(&count) {
        Ok(())
    } else {
        Err(invalid(format_args!("Total row count exceed max allowed count: 10, or there are none. Got {count}.")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn reply(id: &str, title: &str) -> Value {
        json!({"type": "reply", "reply": {"id": id, "title": title}})
    }

    #[test]
    fn what_meta_would_refuse_is_refused() {
        let button =
            |buttons: Value| json!({"type": "button", "body": {"text": "Which?"}, "action": {"buttons": buttons}});
        let list = |rows: Vec<Value>| json!({"type": "list", "body": {"text": "Which?"}, "action": {"button": "Choose", "sections": [{"rows": rows}]}});
        let row = |number: usize| json!({"id": number.to_string(), "title": format!("Row {number}")});
        assert!(check(&button(json!([reply("a", "Yes"), reply("b", "No")]))).is_ok());
        assert!(check(&list((0..10).map(row).collect())).is_ok());
        let refused = [
            button(json!([])),
            button(json!([reply("a", "1"), reply("b", "2"), reply("c", "3"), reply("d", "4")])),
            button(json!([reply("a", "Yes"), reply("a", "No")])),
            button(json!([reply("a", "Yes"), reply("b", "Yes")])),
            button(json!([reply("a", &"x".repeat(21))])),
            list((0..11).map(row).collect()),
            list(vec![]),
            json!({"type": "button", "body": {"text": "x".repeat(1_025)}, "action": {"buttons": [reply("a", "Yes")]}}),
            json!({"type": "surprise", "body": {"text": "x"}, "action": {}}),
        ];
        for object in refused {
            assert!(check(&object).is_err(), "{object}");
        }
    }
}
