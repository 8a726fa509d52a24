//! A template as a message: found by name and language, its parameters counted and filled in (§3.8, §6.4).

use super::content::{invalid, missing, only};
use crate::graph::error::GraphError;
use crate::seed::{Category, TemplateSeed, TemplateState};
use crate::world::Waba;
use serde_json::{Value, json};

/// A template that can be sent.
pub struct Filled {
    pub category: Category,
    /// As the phone shows it: `{header,body,footer,buttons}`.
    pub rendered: Value,
    /// The file of the header, as it was given: `(kind, {id|link})`.
    pub media: Option<(String, Value)>,
    /// One-tap, zero-tap and copy-code authentication needs a phone (131062).
    pub needs_phone: bool,
}

/// The placeholders of a text: `{{1}}` or `{{name}}`, each once, in order.
pub fn variables(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for part in text.split("{{").skip(1) {
        if let Some((name, _)) = part.split_once("}}") {
            let name = name.trim().to_owned();
            if !name.is_empty() && !found.contains(&name) {
                found.push(name);
            }
        }
    }
    found
}

/// Finds and fills a template.
pub fn fill(waba: &Waba, object: &Value) -> Result<Filled, GraphError> {
    only(object, "template", &["name", "language", "components", "namespace"])?;
    let name = object["name"].as_str().ok_or_else(|| missing("Parameter 'template['name']' is mandatory"))?;
    let language = object["language"]["code"].as_str();
    let language = language.ok_or_else(|| missing("Parameter 'template['language']['code']' is mandatory"))?;
    let known = waba.seed.templates.iter().find(|it| it.name == name && it.language == language);
    let missing_template = || {
        let details = format!("template name ({name}) does not exist in {language}");
        GraphError::whatsapp(132_001, "Template name does not exist in the translation", details)
    };
    let template = known.ok_or_else(missing_template)?;
    match template.status {
        TemplateState::Approved => {}
        TemplateState::Paused => {
            let details = format!("template {name} is paused due to low quality");
            return Err(GraphError::whatsapp(132_015, "Template is Paused", details));
        }
        TemplateState::Disabled => {
            let details = format!("template {name} was paused too often and is disabled");
            return Err(GraphError::whatsapp(132_016, "Template is Disabled", details));
        }
        TemplateState::Pending | TemplateState::Rejected => return Err(missing_template()),
    }
    components(template, &object["components"])
}

fn components(template: &TemplateSeed, given: &Value) -> Result<Filled, GraphError> {
    let none = Vec::new();
    let given = match given {
        Value::Null => &none,
        Value::Array(list) => list,
        _ => return Err(GraphError::parameter("Param template['components'] must be an array.")),
    };
    let part = |kind: &str| {
        let named = |it: &&Value| it["type"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(kind));
        given.iter().find(named)
    };
    let mut filled = Filled { category: template.category, rendered: json!({}), media: None, needs_phone: false };
    let own = template.components.as_array().cloned().unwrap_or_default();
    let names = template.parameter_format == "NAMED";
    for component in &own {
        match component["type"].as_str().unwrap_or_default() {
            "HEADER" if component["format"] == "TEXT" => {
                let text = component["text"].as_str().unwrap_or_default();
                filled.rendered["header"] = json!(texts("header", text, part("header"), names, 60)?);
            }
            "HEADER" => {
                let kind = component["format"].as_str().unwrap_or_default().to_ascii_lowercase();
                let parameters = parameters(part("header"));
                let [parameter] = parameters.as_slice() else {
                    return Err(count("header", 1, parameters.len()));
                };
                if parameter["type"] != kind.as_str() {
                    let details =
                        format!("header: Format mismatch, expected {kind}, received {}", parameter["type"]);
                    return Err(GraphError::whatsapp(
                        132_012,
                        "Parameter format does not match format in the created template",
                        details,
                    ));
                }
                let file = &parameter[&kind];
                if kind != "location" {
                    if file["id"].is_null() == file["link"].is_null() {
                        return Err(missing(format_args!("header: {kind} needs exactly one of id and link")));
                    }
                    filled.media = Some((kind, file.clone()));
                }
            }
            "BODY" => {
                let text = component["text"].as_str().unwrap_or_default();
                let text = texts("body", text, part("body"), names, 1_024)?;
                filled.rendered["body"] = json!(text);
            }
            "FOOTER" => filled.rendered["footer"] = component["text"].clone(),
            "BUTTONS" => {
                let list = component["buttons"].as_array().cloned().unwrap_or_default();
                let mut shown = Vec::new();
                for (index, button) in list.iter().enumerate() {
                    shown.push(self::button(button, index, given)?);
                    filled.needs_phone |= matches!(button["type"].as_str(), Some("OTP" | "COPY_CODE"))
                        && template.category == Category::Authentication;
                }
                filled.rendered["buttons"] = json!(shown);
            }
            _ => {}
        }
    }
    let known = |it: &Value| {
        let kind = it["type"].as_str().unwrap_or_default().to_ascii_uppercase();
        kind == "BUTTON" || own.iter().any(|component| component["type"] == kind.as_str())
    };
    if let Some(unknown) = given.iter().find(|it| !known(it) && !parameters(Some(it)).is_empty()) {
        return Err(count(unknown["type"].as_str().unwrap_or("component"), 0, parameters(Some(unknown)).len()));
    }
    Ok(filled)
}

fn parameters(component: Option<&Value>) -> Vec<Value> {
    component.and_then(|it| it["parameters"].as_array()).cloned().unwrap_or_default()
}

/// 132000: too few or too many parameters.
fn count(part: &str, wanted: usize, given: usize) -> GraphError {
    let details = format!(
        "{part}: number of localizable_params ({given}) does not match the expected number of params ({wanted})"
    );
    GraphError::whatsapp(132_000, "Number of parameters does not match the expected number of params", details)
}

/// Fills the placeholders of a text.
fn texts(part: &str, text: &str, given: Option<&Value>, names: bool, most: usize) -> Result<String, GraphError> {
    let (wanted, given) = (variables(text), parameters(given));
    if wanted.len() != given.len() {
        return Err(count(part, wanted.len(), given.len()));
    }
    let mut filled = text.to_owned();
    for (index, name) in wanted.iter().enumerate() {
        let parameter = if names {
            let found = given.iter().find(|it| it["parameter_name"] == name.as_str());
            found.ok_or_else(|| {
                GraphError::parameter(format_args!(
                    "Invalid parameter: Parameter name is missing or empty: {name}"
                ))
            })?
        } else {
            &given[index]
        };
        let value = match parameter["type"].as_str() {
            Some("text") => parameter["text"].as_str(),
            Some("currency") => parameter["currency"]["fallback_value"].as_str(),
            Some("date_time") => parameter["date_time"]["fallback_value"].as_str(),
            _ => None,
        };
        let value = value.filter(|value| !value.trim().is_empty());
        let value =
            value.ok_or_else(|| missing(format_args!("{part}: the text of parameter {name} is missing")))?;
        if value.contains(['\n', '\t']) || value.contains("     ") {
            let details = format!(
                "{part}: Param text cannot have new-line/tab characters or more than 4 consecutive spaces"
            );
            return Err(GraphError::whatsapp(
                132_018,
                "There was an issue with the parameters in your template",
                details,
            ));
        }
        filled = filled.replace(&format!("{{{{{name}}}}}"), value);
    }
    if filled.chars().count() > most {
        let details = format!("{part}: the translated text is longer than {most} characters");
        return Err(GraphError::whatsapp(132_005, "Translated text too long", details));
    }
    Ok(filled)
}

/// One button with its parameter, if the template wants one.
fn button(button: &Value, index: usize, given: &[Value]) -> Result<Value, GraphError> {
    let position = index.to_string();
    let own = given.iter().find(|it| {
        let at = it["index"].as_str().map(str::to_owned).or_else(|| it["index"].as_u64().map(|at| at.to_string()));
        it["type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("button"))
            && at.as_deref() == Some(&position)
    });
    let parameters = parameters(own);
    let kind = button["type"].as_str().unwrap_or_default();
    let sub_type = own.and_then(|it| it["sub_type"].as_str()).unwrap_or_default().to_ascii_uppercase();
    if own.is_some() && sub_type != kind && !(sub_type == "URL" && kind == "OTP") {
        return Err(invalid(format_args!(
            "buttons: Button at index {index} of type {kind} does not take {sub_type}"
        )));
    }
    let mut shown = json!({"type": kind, "text": button["text"]});
    let text = |name: &str| parameters.first().and_then(|it| it[name].as_str()).filter(|text| !text.is_empty());
    match kind {
        "URL" => {
            let url = button["url"].as_str().unwrap_or_default();
            let wanted = variables(url);
            if wanted.len() != parameters.len() {
                return Err(count(&format!("button {index}"), wanted.len(), parameters.len()));
            }
            let mut url = url.to_owned();
            for name in wanted {
                let value =
                    text("text").ok_or_else(|| missing(format_args!("button {index}: the text is missing")))?;
                url = url.replace(&format!("{{{{{name}}}}}"), value);
            }
            shown["url"] = json!(url);
        }
        "COPY_CODE" | "OTP" => {
            let code = text("coupon_code").or(text("text"));
            let code = code.ok_or_else(|| missing(format_args!("button {index}: Button requires a parameter")))?;
            shown["code"] = json!(code);
        }
        "QUICK_REPLY" => {
            if let Some(payload) = text("payload") {
                if payload.chars().count() > 256 {
                    return Err(invalid(format_args!(
                        "button {index}: the payload is longer than 256 characters"
                    )));
                }
                shown["payload"] = json!(payload);
            }
        }
        "PHONE_NUMBER" => shown["phone_number"] = button["phone_number"].clone(),
        _ => {}
    }
    Ok(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_found_once_and_in_order() {
        assert_eq!(variables("Hi {{name}}, {{ 1 }} and {{name}} {{}}"), ["name", "1"]);
        assert!(variables("no {braces}").is_empty());
    }
}
