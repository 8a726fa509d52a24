//! Changes of the business account, its numbers and its templates (meta-platform.md §2.8).

use domain::inbound::{AccountEvent, InboundEvent, TemplateName};
use domain::not_applied::NotApplied;
use serde_json::{Map, Value};

use super::customer::text;
use super::wire::Content;
use super::{shown, status};

/// Reads a change that names no customer.
pub(super) fn read(field: &str, value: &Content) -> InboundEvent {
    if let Some(error) = status::error(&value.errors) {
        return NotApplied::MetaError { code: error.code, subcode: error.subcode }.into();
    }
    let rest = &value.rest.0;
    let word = |name: &str| text(rest, name).map(|word| shown(&word).into_owned());
    let event = match field {
        "message_template_status_update" => {
            template(rest).zip(word("event")).map(|(template, status)| AccountEvent::TemplateStatus {
                template,
                status,
                reason: word("reason").filter(|reason| reason != "NONE"),
            })
        }
        "message_template_quality_update" => template(rest)
            .zip(word("new_quality_score"))
            .map(|(template, quality)| AccountEvent::TemplateQuality { template, quality }),
        "template_category_update" => template(rest)
            .zip(word("new_category"))
            .map(|(template, category)| AccountEvent::TemplateCategory { template, category }),
        "phone_number_quality_update" => word("event").map(|change| AccountEvent::NumberQuality {
            number: word("display_phone_number"),
            quality: quality_after(&change).map(str::to_owned),
            limit: word("max_daily_conversations_per_business").or_else(|| word("current_limit")),
        }),
        "phone_number_name_update" => word("decision").map(|decision| AccountEvent::NumberName {
            number: word("display_phone_number"),
            decision,
            name: word("requested_verified_name"),
            reason: word("rejection_reason").filter(|reason| reason != "NONE"),
        }),
        "account_update" | "account_review_update" => word("event")
            .or_else(|| word("decision"))
            .map(|change| AccountEvent::Account { change, detail: account_detail(rest) }),
        "account_alerts" => alert(rest),
        "business_capability_update" => Some(AccountEvent::Capability {
            limit: word("max_daily_conversations_per_business")
                .or_else(|| word("max_daily_conversation_per_phone")),
            numbers: word("max_phone_numbers_per_business").or_else(|| word("max_phone_numbers_per_waba")),
        }),
        "messages" | "smb_message_echoes" | "user_preferences" | "user_id_update" => {
            return NotApplied::ChangeEmpty {}.into();
        }
        "smb_app_state_sync" => return NotApplied::PhoneAppContacts {}.into(),
        "history" => return NotApplied::PhoneAppPast {}.into(),
        "messaging_handovers" => return NotApplied::AgentControl {}.into(),
        "standby" => return NotApplied::AgentMessages {}.into(),
        "calls" => return NotApplied::Call {}.into(),
        "flows" => return NotApplied::Form {}.into(),
        "security" => return NotApplied::SecuritySetting {}.into(),
        "payment_configuration_update" => return NotApplied::PaymentSetting {}.into(),
        other => return NotApplied::AccountChange { field: shown(other).into() }.into(),
    };
    match event {
        Some(event) => InboundEvent::Account(event),
        None => NotApplied::AccountChangeEmpty { field: field.into() }.into(),
    }
}

/// The quality of a number that was just flagged, or no longer is; the other events are about its limit.
fn quality_after(event: &str) -> Option<&'static str> {
    match event {
        "FLAGGED" => Some("RED"),
        "UNFLAGGED" => Some("GREEN"),
        _ => None,
    }
}

fn template(rest: &Map<String, Value>) -> Option<TemplateName> {
    Some(TemplateName {
        id: text(rest, "message_template_id"),
        name: text(rest, "message_template_name")?,
        language: text(rest, "message_template_language")?,
    })
}

/// The fields with details of a change of an account.
const DETAILS: [&str; 6] =
    ["waba_ban_state", "waba_ban_date", "violation_type", "restriction_type", "expiration", "remediation"];

/// The details of an account's change: which restriction, which violation, until when.
fn account_detail(rest: &Map<String, Value>) -> Option<String> {
    let objects =
        ["ban_info", "violation_info", "lock_info"].iter().filter_map(|name| rest.get(*name)?.as_object());
    let lists = rest.get("restriction_info").and_then(Value::as_array).into_iter().flatten();
    let words: Vec<String> = objects
        .chain(lists.filter_map(Value::as_object))
        .flat_map(|object| DETAILS.iter().filter_map(|name| text(object, name)))
        .collect();
    Some(shown(&words.join(", ")).into_owned()).filter(|words| !words.is_empty())
}

fn alert(rest: &Map<String, Value>) -> Option<AccountEvent> {
    let info = rest.get("alert_info").and_then(Value::as_object).unwrap_or(rest);
    let word = |name: &str| text(info, name).map(|word| shown(&word).into_owned());
    Some(AccountEvent::Alert {
        alert: word("alert_type")?,
        severity: word("alert_severity"),
        detail: word("alert_description"),
    })
}
