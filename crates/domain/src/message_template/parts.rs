//! What a template consists of, and the placeholders in it.

use serde::{Deserialize, Serialize};

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = TemplateComponent))]
pub struct Component {
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: ComponentKind,
    /// For a header: `TEXT`, `IMAGE`, `VIDEO`, `DOCUMENT`, `LOCATION`.
    #[serde(default)]
    pub format: Option<String>,
    /// Its text, with `{{1}}` or `{{name}}` where something is filled in.
    #[serde(default)]
    pub text: Option<String>,
    /// Its buttons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<TemplateButton>,
}

/// The kinds of parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = TemplateComponentKind))]
#[serde(rename_all = "snake_case")]
pub enum ComponentKind {
    /// Above the text: a line, a picture, a video or a document.
    Header,
    /// The text.
    Body,
    /// Below the text.
    Footer,
    /// The buttons.
    Buttons,
    /// Something that cannot be filled in here.
    Other,
}

/// A button of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct TemplateButton {
    /// The channel's term: `QUICK_REPLY`, `URL`, `PHONE_NUMBER`, `COPY_CODE`, `FLOW` …
    #[serde(rename = "type")]
    pub kind: String,
    /// What is shown.
    pub text: String,
    /// Where it leads, with `{{1}}` where something is filled in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A placeholder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = TemplateVariable))]
pub struct Variable {
    /// Its key: `1`, `first_name`, `header.1`, `button.0`.
    pub key: String,
    /// What it takes.
    pub kind: VariableKind,
    /// Whether the template cannot be sent without it.
    pub required: bool,
}

/// What a place takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = TemplateVariableKind))]
#[serde(rename_all = "snake_case")]
pub enum VariableKind {
    /// A text.
    Text,
    /// The address of a picture.
    Image,
    /// The address of a video.
    Video,
    /// The address of a document.
    Document,
    /// The end of a button's address.
    Url,
    /// What is returned when a button is tapped.
    Payload,
    /// A code to copy.
    Code,
}

impl Component {
    /// The variables that have to be filled in.
    pub(super) fn variables(&self) -> Vec<Variable> {
        match self.kind {
            ComponentKind::Header => match self.format.as_deref().map(str::to_ascii_uppercase).as_deref() {
                Some("IMAGE") => vec![needed("header.1", VariableKind::Image)],
                Some("VIDEO") => vec![needed("header.1", VariableKind::Video)],
                Some("DOCUMENT") => vec![needed("header.1", VariableKind::Document)],
                _ => self
                    .placeholders()
                    .iter()
                    .map(|key| needed(&format!("header.{key}"), VariableKind::Text))
                    .collect(),
            },
            ComponentKind::Body => self.placeholders().iter().map(|key| needed(key, VariableKind::Text)).collect(),
            ComponentKind::Buttons => self.buttons.iter().enumerate().filter_map(button).collect(),
            ComponentKind::Footer | ComponentKind::Other => Vec::new(),
        }
    }

    /// The placeholders of its text, each once.
    pub(super) fn placeholders(&self) -> Vec<String> {
        placeholders(self.text.as_deref().unwrap_or_default())
    }
}

fn needed(key: &str, kind: VariableKind) -> Variable {
    Variable { key: key.into(), kind, required: true }
}

fn button((index, button): (usize, &TemplateButton)) -> Option<Variable> {
    let key = format!("button.{index}");
    match button.kind.to_ascii_uppercase().as_str() {
        "URL" if button.url.as_deref().is_some_and(|url| !placeholders(url).is_empty()) => {
            Some(needed(&key, VariableKind::Url))
        }
        // Without a payload, the button's text is returned.
        "QUICK_REPLY" => Some(Variable { key, kind: VariableKind::Payload, required: false }),
        "COPY_CODE" | "OTP" => Some(needed(&key, VariableKind::Code)),
        _ => None,
    }
}

/// The names between `{{` and `}}` in a text, each once, in order.
pub(super) fn placeholders(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("{{") {
        let Some((key, next)) = after.split_once("}}") else { break };
        let key = key.trim().to_owned();
        if !key.is_empty() && !found.contains(&key) {
            found.push(key);
        }
        rest = next;
    }
    found
}
