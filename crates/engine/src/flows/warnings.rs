//! What a flow expects at Meta but is not there today. Templates change at Meta, so this never prevents publishing.

use domain::flow::{FlowBody, Problem, place};
use domain::message_template::{MessageTemplate, TemplateToSend};

use crate::message_templates::bad_variables;

/// Warnings about the flow's message templates, with pointers into the body. `known` are the accounts' templates with
/// these names, those that can be sent first.
pub(super) fn of(flow: &FlowBody, known: &[MessageTemplate]) -> Vec<Problem> {
    let with_name = flow.message_templates().filter(|(_, named)| !named.name.trim().is_empty());
    with_name.flat_map(|(node, named)| about(node, named, known)).collect()
}

fn about(node: &str, named: &TemplateToSend, known: &[MessageTemplate]) -> Vec<Problem> {
    let here = place(&["/nodes", node, "message_template"]);
    let (name, language) = (&named.name, &named.language);
    let of_name = |detail: String| vec![Problem::warning(format!("{here}/name"), detail)];
    match known.iter().find(|template| template.is(named)) {
        None => of_name(format!(
            "No account has a template {name} in {language}. Synchronise the templates under Chat gateways, or choose another."
        )),
        Some(template) if !template.is_approved() => of_name(format!(
            "The template {name} is not sent at the moment: its status at Meta is {}. Choose another, or wait until Meta approves it.",
            template.status
        )),
        Some(template) => bad_variables(template.misfits(&named.variables), &format!("{here}/variables"))
            .into_iter()
            .map(|it| Problem::warning(it.pointer, it.detail))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use domain::message_template::{Component, ComponentKind};
    use serde_json::json;

    use super::*;

    fn template(status: &str) -> MessageTemplate {
        let text = Some("Hello {{1}}".into());
        MessageTemplate {
            name: "hello".into(),
            language: "en".into(),
            status: status.into(),
            category: "UTILITY".into(),
            quality: None,
            components: vec![Component { kind: ComponentKind::Body, format: None, text, buttons: Vec::new() }],
        }
    }

    #[test]
    fn what_would_not_be_sent_today_is_named_with_its_place() {
        let found = |variables: serde_json::Value, known: &[MessageTemplate]| {
            let named = json!({"name": "hello", "language": "en", "variables": variables});
            let node = json!({"type": "send", "text": "", "message_template": named});
            let flow =
                domain::flow::parse_value(json!({"schema": 1, "start": "a", "nodes": {"a": node}})).unwrap();
            of(&flow, known).into_iter().map(|it| (it.pointer, it.detail)).collect::<Vec<_>>()
        };
        let here = "/nodes/a/message_template";
        let fits = json!({"1": "{{ contact.name }}"});
        assert_eq!(found(fits.clone(), &[template("APPROVED"), template("PAUSED")]), []);
        let [(place, detail)] = &found(fits.clone(), &[])[..] else { panic!("not one warning") };
        assert!(*place == format!("{here}/name") && detail.contains("No account has a template hello in en"));
        let [(place, detail)] = &found(fits, &[template("PAUSED")])[..] else { panic!("not one warning") };
        assert!(*place == format!("{here}/name") && detail.contains("PAUSED"), "{detail}");
        let places: Vec<_> =
            found(json!({"2": "x"}), &[template("APPROVED")]).into_iter().map(|(place, _)| place).collect();
        assert_eq!(places, [format!("{here}/variables/1"), format!("{here}/variables/2")]);
    }
}
