//! Message templates in WhatsApp's terms: listed with their placeholders, and sent filled in (meta-platform.md §3.8).

use domain::message_template::{
    Component, ComponentKind, FilledTemplate, FilledValue, MessageTemplate, TemplateButton, VariableKind,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::meta::graph::{Call, Listed};
use crate::meta::lenient::owned;

/// The permission that listing templates is evidence for.
const MANAGEMENT: &str = "whatsapp_business_management";
/// The number of templates per request.
const PAGE: &str = "100";

/// The request for the templates of a business account. The answer is a [`Listed`] of [`ListedTemplate`].
pub fn list(business: &str, after: Option<&str>) -> Call {
    let call = Call::get("GET /{waba-id}/message_templates", format!("{business}/message_templates"))
        .with("fields", "id,name,language,status,category,quality_score,components")
        .with("limit", PAGE)
        .evidence(MANAGEMENT);
    match after {
        Some(after) => call.with("after", after),
        None => call,
    }
}

/// Part of the list of templates.
pub type Templates = Listed<ListedTemplate>;

/// A template as Meta lists it.
#[derive(Debug, Clone, PartialEq, Deserialize, Default)]
#[serde(default)]
pub struct ListedTemplate {
    #[serde(deserialize_with = "owned::string")]
    name: String,
    #[serde(deserialize_with = "owned::string")]
    language: String,
    #[serde(deserialize_with = "owned::string")]
    status: String,
    #[serde(deserialize_with = "owned::string")]
    category: String,
    #[serde(deserialize_with = "owned::object")]
    quality_score: Option<Quality>,
    #[serde(deserialize_with = "owned::objects")]
    components: Vec<WireComponent>,
}

#[derive(Debug, Clone, PartialEq, Deserialize, Default)]
#[serde(default)]
struct Quality {
    #[serde(deserialize_with = "owned::text")]
    score: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize, Default)]
#[serde(default)]
struct WireComponent {
    #[serde(rename = "type", deserialize_with = "owned::string")]
    kind: String,
    #[serde(deserialize_with = "owned::text")]
    format: Option<String>,
    #[serde(deserialize_with = "owned::text")]
    text: Option<String>,
    #[serde(deserialize_with = "owned::objects")]
    buttons: Vec<WireButton>,
}

#[derive(Debug, Clone, PartialEq, Deserialize, Default)]
#[serde(default)]
struct WireButton {
    #[serde(rename = "type", deserialize_with = "owned::string")]
    kind: String,
    #[serde(deserialize_with = "owned::string")]
    text: String,
    #[serde(deserialize_with = "owned::text")]
    url: Option<String>,
}

impl ListedTemplate {
    /// In our own terms; None without a name or language.
    pub fn template(self) -> Option<MessageTemplate> {
        if self.name.is_empty() || self.language.is_empty() {
            return None;
        }
        Some(MessageTemplate {
            name: self.name,
            language: self.language,
            status: self.status,
            category: self.category,
            quality: self.quality_score.and_then(|quality| quality.score),
            components: self.components.into_iter().map(component).collect(),
        })
    }
}

fn component(wire: WireComponent) -> Component {
    let kind = match wire.kind.to_ascii_uppercase().as_str() {
        "HEADER" => ComponentKind::Header,
        "BODY" => ComponentKind::Body,
        "FOOTER" => ComponentKind::Footer,
        "BUTTONS" => ComponentKind::Buttons,
        _ => ComponentKind::Other,
    };
    let button = |button: WireButton| TemplateButton { kind: button.kind, text: button.text, url: button.url };
    Component {
        kind,
        format: wire.format,
        text: wire.text,
        buttons: wire.buttons.into_iter().map(button).collect(),
    }
}

/// A template as it is sent.
pub(super) fn content(template: &FilledTemplate) -> Value {
    let mut components = Vec::new();
    if let Some(header) = &template.header {
        components.push(json!({ "type": "header", "parameters": [parameter(header)] }));
    }
    if !template.body.is_empty() {
        components
            .push(json!({ "type": "body", "parameters": template.body.iter().map(parameter).collect::<Value>() }));
    }
    for (index, value) in &template.buttons {
        let kind = match value.kind {
            VariableKind::Payload => "quick_reply",
            VariableKind::Code => "copy_code",
            _ => "url",
        };
        components.push(json!({ "type": "button", "sub_type": kind, "index": index.to_string(),
            "parameters": [parameter(value)] }));
    }
    json!({ "name": template.name, "language": { "code": template.language }, "components": components })
}

fn parameter(value: &FilledValue) -> Value {
    let text = value.value.as_str();
    let mut parameter = match value.kind {
        VariableKind::Text | VariableKind::Url => json!({ "type": "text", "text": text }),
        VariableKind::Image => json!({ "type": "image", "image": { "link": text } }),
        VariableKind::Video => json!({ "type": "video", "video": { "link": text } }),
        VariableKind::Document => json!({ "type": "document", "document": { "link": text } }),
        VariableKind::Payload => json!({ "type": "payload", "payload": text }),
        VariableKind::Code => json!({ "type": "coupon_code", "coupon_code": text }),
    };
    if let Some(name) = &value.name {
        parameter["parameter_name"] = name.as_str().into();
    }
    parameter
}

#[cfg(test)]
mod tests {
    use domain::message_template::Variables;

    use super::*;
    use crate::meta::graph;

    #[test]
    fn a_template_is_listed_filled_in_and_sent() {
        let answer = br#"{"data":[{"id":"1","name":"order_ready","language":"en_US","status":"APPROVED","category":"UTILITY",
            "quality_score":{"score":"GREEN","date":1},"components":[
            {"type":"HEADER","format":"IMAGE","example":{"header_handle":["x"]}},
            {"type":"BODY","text":"Hi {{first_name}}","example":{}},{"type":"FOOTER","text":"The Shop"},
            {"type":"BUTTONS","buttons":[{"type":"QUICK_REPLY","text":"Thanks"},{"type":"URL","text":"See","url":"https://shop.example/{{1}}"}]}]},
            {"name":"","language":"en"}],"paging":{"cursors":{"after":"c"},"next":"https://x"}}"#;
        let listed: Templates = graph::read(200, answer).unwrap();
        assert_eq!(listed.after.as_deref(), Some("c"));
        let mut templates = listed.items.into_iter().filter_map(ListedTemplate::template);
        let template = templates.next().unwrap();
        assert_eq!(templates.next(), None, "one without a name is none");
        assert!(template.is_approved() && !template.is_marketing());
        assert_eq!(template.quality.as_deref(), Some("GREEN"));
        let given = [
            ("first_name", "Ann"),
            ("header.1", "https://shop.example/a.png"),
            ("button.0", "THANKS"),
            ("button.1", "77"),
        ];
        let given: Variables = given.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        let (filled, text) = template.fill(&given).unwrap();
        assert_eq!(text, "Hi Ann\nThe Shop");
        assert_eq!(
            content(&filled),
            json!({ "name": "order_ready", "language": { "code": "en_US" }, "components": [
                { "type": "header", "parameters": [{ "type": "image", "image": { "link": "https://shop.example/a.png" } }] },
                { "type": "body", "parameters": [{ "type": "text", "text": "Ann", "parameter_name": "first_name" }] },
                { "type": "button", "sub_type": "quick_reply", "index": "0",
                    "parameters": [{ "type": "payload", "payload": "THANKS" }] },
                { "type": "button", "sub_type": "url", "index": "1", "parameters": [{ "type": "text", "text": "77" }] }
            ] })
        );
    }
}
