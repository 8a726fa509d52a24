//! The rare kinds of events, read as plain JSON; most become an event in the thread (meta-platform.md §2.6).

use domain::inbound::{Control, ControlStep, Form, InboundEvent, PolicyAction, Said};
use domain::not_applied::NotApplied;
use domain::thread_event::{FeedbackAnswer, ThreadEvent};
use serde::Deserialize;
use serde_json::Value;

use super::{Context, key, shown};
use crate::meta::lenient::Text;

/// Reads an event of one of the rare kinds.
pub(crate) fn read(context: &Context, kind: &str, value: &Value) -> InboundEvent {
    let event = match kind {
        "pass_thread_control" => return control(context, ControlStep::Passed, value),
        "take_thread_control" => return control(context, ControlStep::Taken, value),
        "request_thread_control" => return control(context, ControlStep::Requested, value),
        "policy_enforcement" | "policy-enforcement" => return policy(value),
        "order" => return InboundEvent::Said(order(context, value)),
        "app_roles" => return NotApplied::AppRoles {}.into(),
        "optin" => optin(value),
        "account_linking" => match text(value, "status").as_deref() {
            Some("unlinked") => ThreadEvent::AccountUnlinked {},
            _ => ThreadEvent::AccountLinked {},
        },
        "response_feedback" => ThreadEvent::AnswerRated { rating: word(value, "feedback") },
        "messaging_feedback" => ThreadEvent::FeedbackGiven { answers: feedback(value) },
        "template" => ThreadEvent::CouponOpened { coupon: word(value, "coupon_code") },
        "form" => ThreadEvent::FormFilledIn { form: word(value, "id") },
        "appointment_booking" => ThreadEvent::AppointmentChanged { status: word(value, "status") },
        _ => return NotApplied::KindNotHandled {}.into(),
    };
    // There is no id, so the key is made from the whole content, to recognise a second delivery.
    let key = key::made(context, &[Some(kind), Some(&value.to_string())]);
    InboundEvent::Notice { key, event }
}

/// A value's text, with numbers written out.
pub(crate) fn text(value: &Value, key: &str) -> Option<String> {
    Text::deserialize(value.get(key)?).ok()?.own()
}

/// The same, shortened to one line of the thread.
fn word(value: &Value, key: &str) -> Option<String> {
    text(value, key).map(|text| shown(&text).to_string())
}

fn optin(value: &Value) -> ThreadEvent {
    let subject = text(value, "title").or_else(|| text(value, "payload")).or_else(|| text(value, "ref"));
    let subject = subject.map(|subject| shown(&subject).to_string());
    match text(value, "type").as_deref() {
        Some("notification_messages") => match text(value, "notification_messages_status").as_deref() {
            Some("STOP_NOTIFICATIONS") => ThreadEvent::NotificationsStopped { subject },
            _ => ThreadEvent::NotificationsAllowed { subject },
        },
        Some("one_time_notif_req") => ThreadEvent::OneNotificationRequested { subject },
        _ => ThreadEvent::OptedIn { subject },
    }
}

fn control(context: &Context, step: ControlStep, value: &Value) -> InboundEvent {
    let key = key::made(context, &[Some("control"), Some(&value.to_string())]);
    let app = |key| text(value, key);
    let (from, to) = match step {
        ControlStep::Requested => (app("requested_owner_app_id"), None),
        _ => (app("previous_owner_app_id"), app("new_owner_app_id")),
    };
    InboundEvent::Control(Control { key, step, from, to })
}

fn policy(value: &Value) -> InboundEvent {
    let measure = match text(value, "action").as_deref() {
        Some("block") => PolicyAction::Block,
        Some("unblock") => PolicyAction::Unblock,
        Some("warning") => PolicyAction::Warning,
        _ => PolicyAction::Unspecified,
    };
    InboundEvent::PolicyAction { measure, reason: text(value, "reason") }
}

fn feedback(value: &Value) -> Vec<FeedbackAnswer> {
    let mut answers = Vec::new();
    let screens = value.get("feedback_screens").and_then(Value::as_array).into_iter().flatten();
    for screen in screens {
        let questions = screen.get("questions").and_then(Value::as_object);
        for question in questions.into_iter().flat_map(|questions| questions.values()) {
            answers.extend(text(question, "payload").map(|text| FeedbackAnswer { text, written: false }));
            let words = question.get("follow_up").and_then(|follow_up| text(follow_up, "payload"));
            answers.extend(words.map(|text| FeedbackAnswer { text, written: true }));
        }
    }
    answers
}

/// A cart sent to the page: an order, item by item.
fn order(context: &Context, value: &Value) -> Said {
    let products = value.get("products").and_then(Value::as_array).into_iter().flatten();
    let mut lines: Vec<String> = products.map(product).collect();
    lines.extend(text(value, "note"));
    let words = if lines.is_empty() { "An order".into() } else { lines.join("\n") };
    let mid = text(value, "mid").unwrap_or_else(|| key::made(context, &[Some("order"), Some(&words)]));
    Said { mid, form: Form::Template, text: Some(words), ..Said::default() }
}

/// "2 × Red shoes, 49.90 EUR each".
fn product(value: &Value) -> String {
    let name = text(value, "name").or_else(|| text(value, "retailer_id")).or_else(|| text(value, "id"));
    let quantity = text(value, "quantity").unwrap_or_else(|| "1".into());
    let mut line = format!("{quantity} × {}", name.as_deref().unwrap_or("a product"));
    if let Some(price) = text(value, "unit_price") {
        let currency = text(value, "currency").unwrap_or_default();
        line.push_str(format!(", {price} {currency}").trim_end());
        line.push_str(" each");
    }
    line
}
