//! Message templates in flows: what is sent, and where the flow goes if that is not possible.

use serde_json::{Value, json};

use super::super::*;
use super::{context, tell};
use crate::message_template::{Component, ComponentKind, MessageTemplate};
use crate::time::Micros;

fn template(category: &str, status: &str) -> MessageTemplate {
    let body = Component {
        kind: ComponentKind::Body,
        format: None,
        text: Some("Hello {{1}}, your order {{2}} is ready.".into()),
        buttons: Vec::new(),
    };
    MessageTemplate {
        name: "order_ready".into(),
        language: "en_US".into(),
        status: status.into(),
        category: category.into(),
        quality: None,
        components: vec![body],
    }
}

fn approved() -> MessageTemplate {
    template("UTILITY", "APPROVED")
}

/// A flow that sends the template with these variables, and then sends a text that shows which exit it took.
fn flow(variables: Value, on_error: Option<&str>) -> FlowBody {
    let named = json!({"name": "order_ready", "language": "en_US", "variables": variables});
    let mut nodes = json!({
        "a": {"type": "set", "variable": "number", "value": "A-7\n(paid)", "next": "b"},
        "b": {"type": "send", "text": "", "message_template": named, "next": "sent"},
        "sent": {"type": "close", "reason": "next"},
    });
    if let Some(on_error) = on_error {
        nodes["b"]["on_error"] = json!(on_error);
        nodes[on_error] = json!({"type": "close", "reason": "on_error"});
    }
    let flow = parse_value(json!({"schema": 1, "start": "a", "nodes": nodes})).unwrap();
    assert_eq!(super::errors(&flow), []);
    flow
}

fn whole() -> Value {
    json!({"1": "{{ contact.first_name }}", "2": "{{ number }}"})
}

/// What the flow does, with these templates of the channel; None for a channel without any.
fn played(flow: &FlowBody, templates: Option<&[MessageTemplate]>, marketing_stopped: bool) -> Vec<String> {
    let context =
        FlowContext { message_templates: templates, marketing_stopped, ..context(Some("Ann Lee"), Micros(0)) };
    step(flow, None, Input::Start, &context).effects.iter().map(tell).collect()
}

#[test]
fn a_template_is_sent_with_its_values_in_one_line() {
    let effects = played(&flow(whole(), Some("error")), Some(&[approved()]), false);
    assert_eq!(effects, ["Hello Ann, your order A-7 (paid) is ready. (order_ready)", "=|  (next)"]);
}

#[test]
fn whatever_prevents_it_leads_to_on_error_or_else_to_next() {
    let long = json!({"1": "a".repeat(1_100), "2": "7"});
    let marketing = || vec![template("MARKETING", "APPROVED")];
    let other_language = MessageTemplate { language: "uk".into(), ..approved() };
    let table: [(&str, Value, Option<Vec<MessageTemplate>>); 7] = [
        ("Unknown", whole(), Some(vec![])),
        ("Unknown", whole(), Some(vec![other_language])),
        ("NotApproved", whole(), Some(vec![template("UTILITY", "PAUSED")])),
        ("Variables", json!({"1": "Ann"}), Some(vec![approved()])),
        ("Variables", json!({"1": "Ann", "2": "{% if number == 0 %}x{% endif %}"}), Some(vec![approved()])),
        ("Variables", long, Some(vec![approved()])),
        ("MarketingStopped", whole(), Some(marketing())),
    ];
    for (cause, variables, templates) in table {
        let reason = format!("!! order_ready: {cause}");
        let with = played(&flow(variables.clone(), Some("error")), templates.as_deref(), true);
        assert_eq!(with, [&reason, "=|  (on_error)"]);
        let without = played(&flow(variables, None), templates.as_deref(), true);
        assert_eq!(without, [&reason, "=|  (next)"]);
    }
    let wanted = played(&flow(whole(), Some("error")), Some(&marketing()), false);
    assert_eq!(wanted[1], "=|  (next)", "a customer who wants marketing messages gets them");
}

#[test]
fn a_channel_without_templates_goes_its_own_way() {
    assert_eq!(played(&flow(whole(), Some("error")), None, false), ["=|  (on_error)"]);
    assert_eq!(played(&flow(whole(), None), None, false), ["!! order_ready: NotOnChannel", "=|  (next)"]);
}
