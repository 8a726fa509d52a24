//! Filling in a template: what is missing or too long is found before anything is sent to the channel.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::parts::VariableKind;
use super::{ComponentKind, MessageTemplate};
use crate::capabilities::Unit;

/// The longest body, everything filled in.
const BODY: usize = 1_024;
/// The longest text header.
const HEADER: usize = 60;
/// The longest payload of a button, end of an address or code.
const BUTTON: usize = 256;
/// The longest address of a file.
const ADDRESS: usize = 2_000;

/// What is filled in, by the keys of [`MessageTemplate::variables`].
pub type Variables = BTreeMap<String, String>;

/// A variable that is missing, unknown, empty or too long.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct BadVariable {
    /// Its key.
    pub key: String,
    /// What is wrong with it, and what to do.
    pub detail: String,
}

/// A template with everything filled in, as it is sent and stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilledTemplate {
    /// Its name.
    pub name: String,
    /// Its language.
    pub language: String,
    /// Its category at that time.
    pub category: String,
    /// What fills the header; None if nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<FilledValue>,
    /// What fills the body, in the order of its placeholders.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub body: Vec<FilledValue>,
    /// What fills the buttons, by their index.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<(usize, FilledValue)>,
}

/// One placeholder, filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilledValue {
    /// What kind of value it takes.
    pub kind: VariableKind,
    /// The placeholder's name; None for a numbered one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its value.
    pub value: String,
}

impl MessageTemplate {
    /// Fills it in, and returns it with its text as the customer reads it.
    ///
    /// # Errors
    /// Every variable that is wrong, in the order of the template.
    pub fn fill(&self, variables: &Variables) -> Result<(FilledTemplate, String), Vec<BadVariable>> {
        let known = self.variables();
        let mut wrong = self.misfits(variables);
        for variable in &known {
            let Some(given) = variables.get(&variable.key).filter(|given| !given.trim().is_empty()) else {
                continue;
            };
            let limit = match variable.kind {
                VariableKind::Text => BODY,
                VariableKind::Image | VariableKind::Video | VariableKind::Document => ADDRESS,
                VariableKind::Url | VariableKind::Payload | VariableKind::Code => BUTTON,
            };
            let length = Unit::Characters.count(given);
            if length > limit {
                let detail =
                    format!("The value for {} has {length} characters; it has at most {limit}.", variable.key);
                wrong.push(bad(&variable.key, detail));
            }
            let is_file =
                matches!(variable.kind, VariableKind::Image | VariableKind::Video | VariableKind::Document);
            if is_file && !given.starts_with("https://") {
                let detail = format!(
                    "The value for {} is the address of a file, which begins with https://.",
                    variable.key
                );
                wrong.push(bad(&variable.key, detail));
            }
        }
        let (body, header) = (
            self.text(ComponentKind::Body, "", variables),
            self.text(ComponentKind::Header, "header.", variables),
        );
        for (text, limit, prefix, what) in [(&body, BODY, "", "text"), (&header, HEADER, "header.", "header")] {
            let length = Unit::Characters.count(text);
            let first = known.iter().find(|known| {
                known.kind == VariableKind::Text && known.key.starts_with("header.") != prefix.is_empty()
            });
            if let (true, Some(first)) = (length > limit && wrong.is_empty(), first) {
                let detail = format!(
                    "With its variables the template's {what} has {length} characters; it has at most {limit}. Shorten them."
                );
                wrong.push(bad(&first.key, detail));
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok((self.filled(variables), self.shown(&header, &body)))
    }

    /// Placeholders without a value, values without a placeholder, and values that Meta refuses in any message.
    pub fn misfits(&self, variables: &Variables) -> Vec<BadVariable> {
        let known = self.variables();
        let is_empty = |key: &str| variables.get(key).is_none_or(|given| given.trim().is_empty());
        let missing = known.iter().filter(|variable| variable.required && is_empty(&variable.key));
        let unknown = variables.keys().filter(|key| known.iter().all(|known| known.key != **key));
        let needs = |key: &String| bad(key, format!("The template needs a value for {key}."));
        let has_none = |key: &String| bad(key, format!("The template has no place called {key}."));
        let texts = known.iter().filter(|variable| variable.kind == VariableKind::Text);
        let broken = texts.filter(|it| variables.get(&it.key).is_some_and(|given| breaks_line(given)));
        let broken = broken.map(|it| {
            let detail = format!(
                "The value for {} has a line break, a tab or more than 4 spaces in a row, which Meta refuses. Write it in one line.",
                it.key
            );
            bad(&it.key, detail)
        });
        missing.map(|variable| needs(&variable.key)).chain(unknown.map(has_none)).chain(broken).collect()
    }

    fn filled(&self, variables: &Variables) -> FilledTemplate {
        let mut filled = FilledTemplate {
            name: self.name.clone(),
            language: self.language.clone(),
            category: self.category.clone(),
            header: None,
            body: Vec::new(),
            buttons: Vec::new(),
        };
        for variable in self.variables() {
            let Some(value) = variables.get(&variable.key).filter(|value| !value.trim().is_empty()) else {
                continue;
            };
            let (kind, value) = (variable.kind, value.clone());
            let place = |key: &str| Some(key.to_owned()).filter(|key| key.parse::<u32>().is_err());
            if let Some(index) = variable.key.strip_prefix("button.").and_then(|index| index.parse().ok()) {
                filled.buttons.push((index, FilledValue { kind, name: None, value }));
            } else if let Some(key) = variable.key.strip_prefix("header.") {
                filled.header = Some(FilledValue { kind, name: place(key), value });
            } else {
                filled.body.push(FilledValue { kind, name: place(&variable.key), value });
            }
        }
        filled
    }

    /// The text of a component with its places filled in.
    fn text(&self, kind: ComponentKind, prefix: &str, variables: &Variables) -> String {
        let Some(text) = self.component(kind).and_then(|component| component.text.as_deref()) else {
            return String::new();
        };
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        // In one pass: values may contain braces themselves.
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((key, next)) = after.split_once("}}") else { break };
            filled.push_str(before);
            let value = variables.get(&format!("{prefix}{}", key.trim()));
            filled.push_str(value.map(String::as_str).unwrap_or_default());
            rest = next;
        }
        filled.push_str(rest);
        filled
    }

    /// What the thread shows: header, text and footer.
    fn shown(&self, header: &str, body: &str) -> String {
        let footer = self.text(ComponentKind::Footer, "", &Variables::new());
        let lines = [header, body, &footer].into_iter().filter(|line| !line.trim().is_empty());
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// Whether Meta refuses a value for how it is laid out (132018).
fn breaks_line(value: &str) -> bool {
    value.contains(['\n', '\r', '\t']) || value.contains("     ")
}

fn bad(key: &str, detail: String) -> BadVariable {
    BadVariable { key: key.into(), detail }
}

#[cfg(test)]
mod tests {
    use super::super::parts::placeholders;
    use super::super::{Component, TemplateButton};
    use super::*;

    fn component(kind: ComponentKind, text: &str) -> Component {
        Component { kind, format: None, text: Some(text.into()), buttons: Vec::new() }
    }

    fn button(kind: &str, url: Option<&str>) -> TemplateButton {
        TemplateButton { kind: kind.into(), text: "Tap".into(), url: url.map(Into::into) }
    }

    fn template(body: &str) -> MessageTemplate {
        MessageTemplate {
            name: "order_ready".into(),
            language: "en_US".into(),
            status: "APPROVED".into(),
            category: "UTILITY".into(),
            quality: None,
            components: vec![
                component(ComponentKind::Header, "Order {{1}}"),
                component(ComponentKind::Body, body),
                component(ComponentKind::Footer, "The Shop"),
                Component {
                    buttons: vec![
                        button("QUICK_REPLY", None),
                        button("URL", Some("https://shop.example/{{1}}")),
                        button("URL", Some("https://shop.example/")),
                        button("PHONE_NUMBER", None),
                    ],
                    ..component(ComponentKind::Buttons, "")
                },
            ],
        }
    }

    fn variables(pairs: &[(&str, &str)]) -> Variables {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_places_of_a_template_are_named() {
        let keys: Vec<String> =
            template("Hi {{1}}, it is {{ 2 }} {{1}}").variables().into_iter().map(|it| it.key).collect();
        assert_eq!(keys, ["header.1", "1", "2", "button.0", "button.1"]);
        let named: Vec<String> = template("Hi {{first_name}}").variables().into_iter().map(|it| it.key).collect();
        assert_eq!(named, ["header.1", "first_name", "button.0", "button.1"]);
        let mut picture = template("Hi");
        picture.components[0].format = Some("IMAGE".into());
        assert_eq!(picture.variables()[0].kind, VariableKind::Image);
    }

    #[test]
    fn what_is_filled_in_is_shown_as_the_customer_reads_it() {
        let given = variables(&[("header.1", "77"), ("1", "Ann {{2}}"), ("2", "ready"), ("button.1", "77")]);
        let (filled, text) = template("Hi {{1}}, it is {{2}}.").fill(&given).unwrap();
        assert_eq!(text, "Order 77\nHi Ann {{2}}, it is ready.\nThe Shop");
        assert_eq!(filled.header.unwrap().value, "77");
        assert_eq!(filled.body.iter().map(|it| it.value.as_str()).collect::<Vec<_>>(), ["Ann {{2}}", "ready"]);
        assert_eq!(filled.buttons.len(), 1);
        assert_eq!((filled.buttons[0].0, filled.buttons[0].1.kind), (1, VariableKind::Url));
    }

    #[test]
    fn each_wrong_variable_is_named() {
        let wrong = |pairs: &[(&str, &str)]| template("Hi {{1}}").fill(&variables(pairs)).unwrap_err();
        let keys = |wrong: &[BadVariable]| wrong.iter().map(|it| it.key.clone()).collect::<Vec<_>>();
        assert_eq!(keys(&wrong(&[])), ["header.1", "1", "button.1"]);
        let all = [("header.1", "7"), ("1", "Ann"), ("button.1", "x")];
        let with = |key, value| {
            let mut all = all.to_vec();
            all.retain(|(known, _)| *known != key);
            all.push((key, value));
            all
        };
        assert_eq!(keys(&wrong(&with("3", "x"))), ["3"]);
        assert_eq!(keys(&wrong(&with("1", " "))), ["1"]);
        for broken in ["a\nb", "a\rb", "a\tb", "a     b"] {
            assert_eq!(keys(&wrong(&with("1", broken))), ["1"], "{broken:?}");
            assert_eq!(keys(&wrong(&with("header.1", broken))), ["header.1"], "{broken:?}");
        }
        assert!(template("Hi {{1}}").fill(&variables(&with("1", "a    b"))).is_ok(), "4 spaces");
        let long = "a".repeat(1_025);
        assert!(wrong(&with("1", &long))[0].detail.contains("1025 characters; it has at most 1024"));
        let fills = "a".repeat(1_022);
        assert!(wrong(&with("1", &fills))[0].detail.contains("template's text has 1025"));
        let header = "a".repeat(60);
        assert_eq!(keys(&wrong(&with("header.1", &header))), ["header.1"]);
        assert!(template("Hi {{1}}").fill(&variables(&all)).is_ok());
    }

    #[test]
    fn a_picture_is_an_address() {
        let mut picture = template("Hi");
        picture.components[0] =
            Component { format: Some("IMAGE".into()), text: None, ..picture.components[0].clone() };
        let fill = |url| picture.fill(&variables(&[("header.1", url), ("button.1", "x")]));
        assert!(fill("https://shop.example/a.png").is_ok());
        assert!(fill("a.png").unwrap_err()[0].detail.contains("https://"));
    }

    #[test]
    fn broken_braces_are_text() {
        assert_eq!(placeholders("{{1}} {{ }} {{2 {{3}}"), ["1", "2 {{3"]);
    }
}
