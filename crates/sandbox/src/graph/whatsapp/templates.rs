//! `message_templates`: listed, made, changed, deleted; every new one waits for its review (§3.8).

use super::content::invalid;
use super::template::variables;
use super::{MANAGE, waba_with};
use crate::graph::auth::Caller;
use crate::graph::error::GraphError;
use crate::graph::fields::{self, Field, Lookup};
use crate::graph::request::Call;
use crate::graph::{Outcome, person};
use crate::seed::{Category, Quality, TemplateSeed, TemplateState};
use crate::world::World;
use serde_json::{Value, json};

const DEFAULT: &str = "name,parameter_format,components,language,status,category";

/// How many templates a verified business may have.
const LIMIT: usize = 6_000;

/// `GET /{waba}/message_templates`.
pub fn list(world: &mut World, call: &Call, caller: &Caller, waba_id: &str) -> Outcome {
    waba_with(world, caller, waba_id, "GET", MANAGE)?;
    let asked = fields::asked(call.text("fields"), DEFAULT)?;
    let waba = world.wabas.get(waba_id).ok_or_else(|| GraphError::unknown_object("GET", waba_id))?;
    let same = |name: &str, own: &Value| {
        call.text(name).is_none_or(|wanted| own.as_str().is_some_and(|own| own.eq_ignore_ascii_case(&wanted)))
    };
    let matching = waba.seed.templates.iter().filter(|it| {
        same("name", &json!(it.name))
            && same("status", &json!(it.status))
            && same("language", &json!(it.language))
            && same("category", &json!(it.category))
    });
    let ids = matching.map(|it| it.id.clone()).collect();
    let count = waba.seed.templates.len();
    let mut answer = person::paged(world, call, ids, |world, id| render(world, &asked, id))?;
    if call.text("summary").is_some() {
        answer["summary"] = json!({
            "total_count": count, "message_template_count": count, "message_template_limit": LIMIT,
            "are_translations_complete": false,
        });
    }
    Ok(answer)
}

/// `GET /{template-id}`.
pub fn node(world: &World, call: &Call, caller: &Caller, id: &str) -> Outcome {
    check(world, caller, id, "GET")?;
    render(world, &fields::asked(call.text("fields"), DEFAULT)?, id)
}

/// The account of a template that the token may manage.
fn check(world: &World, caller: &Caller, id: &str, method: &str) -> Result<String, GraphError> {
    let unknown = || GraphError::unknown_object(method, id);
    let waba_id = world.template(id).map(|(waba, _)| waba.seed.id.clone()).ok_or_else(unknown)?;
    waba_with(world, caller, &waba_id, method, MANAGE)
        .map_err(|error| if error.subcode == Some(33) { unknown() } else { error })?;
    Ok(waba_id)
}

fn render(world: &World, asked: &[Field], id: &str) -> Outcome {
    let (_, template) = world.template(id).ok_or_else(|| GraphError::unknown_object("GET", id))?;
    fields::project(asked, "MessageTemplate", id, |field| match field.name.as_str() {
        "id" => Lookup::Empty,
        "name" => Lookup::Value(json!(template.name)),
        "language" => Lookup::Value(json!(template.language)),
        "status" => Lookup::Value(json!(template.status)),
        "category" => Lookup::Value(json!(template.category)),
        "components" => Lookup::Value(template.components.clone()),
        "parameter_format" => Lookup::Value(json!(template.parameter_format)),
        "quality_score" => Lookup::Value(json!({"score": template.quality, "date": crate::clock::now_s()})),
        "rejected_reason" => Lookup::Value(json!(template.rejected_reason.as_deref().unwrap_or("NONE"))),
        "previous_category"
        | "correct_category"
        | "cta_url_link_tracking_opted_out"
        | "sub_category"
        | "message_send_ttl_seconds"
        | "library_template_name"
        | "degrees_of_freedom_spec" => Lookup::Empty,
        _ => Lookup::Unknown,
    })
}

/// `POST /{waba}/message_templates`.
pub fn create(world: &mut World, call: &Call, caller: &Caller, waba_id: &str) -> Outcome {
    waba_with(world, caller, waba_id, "POST", MANAGE)?;
    let name = call.text("name").ok_or_else(|| GraphError::required("name"))?;
    let language = call.text("language").ok_or_else(|| GraphError::required("language"))?;
    let category = category(&call.text("category").ok_or_else(|| GraphError::required("category"))?)?;
    let components = call.json("components")?.ok_or_else(|| GraphError::required("components"))?;
    let parameter_format = call.text("parameter_format").unwrap_or_else(|| "POSITIONAL".to_owned()).to_uppercase();
    let letters = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    if name.is_empty() || name.len() > 512 || !name.chars().all(letters) {
        return Err(GraphError::parameter(
            "Param name can only have lowercase letters, digits and underscores, and at most 512 of them.",
        ));
    }
    check_components(&components, &parameter_format)?;
    let number = world.next();
    let waba = world.wabas.get_mut(waba_id).ok_or_else(|| GraphError::unknown_object("POST", waba_id))?;
    if waba.seed.templates.iter().any(|it| it.name == name && it.language == language) {
        let message = "There is already content in this language for this template.";
        return Err(GraphError::new(100, format!("(#100) {message}")).subcode(2_388_024));
    }
    if waba.seed.templates.len() >= LIMIT {
        return Err(GraphError::parameter("The account has reached its limit of templates."));
    }
    let id = format!("16{number:014}");
    waba.seed.templates.push(TemplateSeed {
        id: id.clone(),
        name,
        language,
        category,
        status: TemplateState::Pending,
        quality: Quality::Unknown,
        components,
        parameter_format,
        rejected_reason: None,
    });
    Ok(json!({"id": id, "status": TemplateState::Pending, "category": category}))
}

/// `POST /{template-id}`: changed content is reviewed again.
pub fn edit(world: &mut World, call: &Call, caller: &Caller, id: &str) -> Outcome {
    let waba_id = check(world, caller, id, "POST")?;
    let components = call.json("components")?;
    let wanted = call.text("category").map(|text| category(&text)).transpose()?;
    let waba = world.wabas.get_mut(&waba_id).ok_or_else(|| GraphError::unknown_object("POST", id))?;
    let template = waba.seed.templates.iter_mut().find(|it| it.id == id);
    let template = template.ok_or_else(|| GraphError::unknown_object("POST", id))?;
    if template.status == TemplateState::Pending {
        return Err(GraphError::parameter("A template cannot be edited while it is in review."));
    }
    if let Some(components) = components {
        check_components(&components, &template.parameter_format)?;
        template.components = components;
    }
    if let Some(category) = wanted {
        if template.status == TemplateState::Approved && category != template.category {
            return Err(GraphError::parameter("The category of an approved template cannot be changed."));
        }
        template.category = category;
    }
    template.status = TemplateState::Pending;
    Ok(json!({"success": true}))
}

/// `DELETE /{waba}/message_templates?name=[&hsm_id=]`: all languages of the name, or one template.
pub fn remove(world: &mut World, call: &Call, caller: &Caller, waba_id: &str) -> Outcome {
    waba_with(world, caller, waba_id, "DELETE", MANAGE)?;
    let name = call.text("name").ok_or_else(|| GraphError::required("name"))?;
    let id = call.text("hsm_id");
    let waba = world.wabas.get_mut(waba_id).ok_or_else(|| GraphError::unknown_object("DELETE", waba_id))?;
    let before = waba.seed.templates.len();
    waba.seed.templates.retain(|it| it.name != name || id.as_ref().is_some_and(|id| *id != it.id));
    if waba.seed.templates.len() == before {
        return Err(GraphError::new(100, "(#100) Message template was not found").subcode(2_593_002));
    }
    Ok(json!({"success": true}))
}

fn category(text: &str) -> Result<Category, GraphError> {
    serde_json::from_value(json!(text.to_uppercase())).map_err(|_| {
        GraphError::parameter(format_args!(
            "Param category must be one of {{AUTHENTICATION, MARKETING, UTILITY}} - got \"{text}\"."
        ))
    })
}

/// One body, at most one header and footer, examples for every placeholder, buttons within their limits.
fn check_components(components: &Value, format: &str) -> Result<(), GraphError> {
    let list = components.as_array().ok_or_else(|| GraphError::parameter("Param components must be an array."))?;
    let kinds: Vec<String> =
        list.iter().map(|it| it["type"].as_str().unwrap_or_default().to_uppercase()).collect();
    for kind in ["HEADER", "BODY", "FOOTER", "BUTTONS"] {
        if kinds.iter().filter(|own| *own == kind).count() > 1 {
            return Err(invalid(format_args!("A template has at most one component of type {kind}.")));
        }
    }
    if !kinds.iter().any(|kind| kind == "BODY") {
        return Err(invalid("A template needs a component of type BODY."));
    }
    for (component, kind) in list.iter().zip(&kinds) {
        let text = component["text"].as_str().unwrap_or_default();
        let most = match kind.as_str() {
            "HEADER" if component["format"] == "TEXT" => 60,
            "HEADER"
                if matches!(component["format"].as_str(), Some("IMAGE" | "VIDEO" | "DOCUMENT" | "LOCATION")) =>
            {
                continue;
            }
            "BODY" => 1_024,
            "FOOTER" => 60,
            "BUTTONS" => {
                check_buttons(&component["buttons"])?;
                continue;
            }
            other => return Err(invalid(format_args!("There is no component {other} with this format."))),
        };
        if text.trim().is_empty() || text.chars().count() > most {
            return Err(invalid(format_args!("The text of {kind} must have 1 to {most} characters.")));
        }
        let names = variables(text);
        let positional = names.iter().enumerate().all(|(index, name)| *name == (index + 1).to_string());
        if format == "POSITIONAL" && !positional {
            return Err(invalid(format_args!(
                "The placeholders of {kind} must be {{{{1}}}}, {{{{2}}}} and so on."
            )));
        }
        if !names.is_empty() && component["example"].is_null() {
            let message = format!("(#100) Component of type {kind} is missing expected field(s) (example)");
            return Err(GraphError::new(100, message).subcode(2_388_043));
        }
    }
    Ok(())
}

fn check_buttons(buttons: &Value) -> Result<(), GraphError> {
    let list = buttons.as_array().filter(|list| (1..=10).contains(&list.len()));
    let list = list.ok_or_else(|| invalid("A template has 1 to 10 buttons."))?;
    for button in list {
        let kind = button["type"].as_str().unwrap_or_default();
        if !matches!(
            kind,
            "QUICK_REPLY" | "URL" | "PHONE_NUMBER" | "COPY_CODE" | "FLOW" | "OTP" | "CATALOG" | "MPM"
        ) {
            return Err(invalid(format_args!("There is no button of type {kind}.")));
        }
        let text = button["text"].as_str().unwrap_or_default();
        if matches!(kind, "QUICK_REPLY" | "URL" | "PHONE_NUMBER") && !(1..=25).contains(&text.chars().count()) {
            return Err(invalid("The text of a button must have 1 to 25 characters."));
        }
    }
    Ok(())
}
