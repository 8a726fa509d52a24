//! Changes of the business account, its numbers and its templates (meta-platform.md §2.8).

use domain::inbound::{AccountAction, AccountEvent, InboundEvent, TemplateName};
use domain::not_applied::NotApplied;
use domain::time::{Micros, SECOND};
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
            .map(|change| action(rest, &change).unwrap_or(AccountEvent::Account { change })),
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

/// An action of Meta against the business account; None if the change is another one.
fn action(rest: &Map<String, Value>, change: &str) -> Option<AccountEvent> {
    let object = |name: &str| rest.get(name).and_then(Value::as_object);
    let event = |action, detail: Option<String>, until| {
        let detail = detail.map(|detail| shown(&detail).into_owned());
        AccountEvent::Action { action, detail, until }
    };
    Some(match change {
        "DISABLED_UPDATE" => {
            let ban = object("ban_info");
            let date = ban.and_then(|ban| text(ban, "waba_ban_date"));
            let action = match ban.and_then(|ban| text(ban, "waba_ban_state")).as_deref() {
                Some("REINSTATE") => AccountAction::Reinstated,
                Some("SCHEDULE_FOR_DISABLE") => AccountAction::DisableScheduled,
                // A state that is unknown to us is not taken for good news.
                _ => AccountAction::Disabled,
            };
            let seconds = date.as_deref().and_then(moment);
            event(action, date.filter(|_| seconds.is_none()), seconds)
        }
        "ACCOUNT_VIOLATION" => {
            let kind = object("violation_info").and_then(|info| text(info, "violation_type"));
            event(AccountAction::Violation, kind, None)
        }
        "ACCOUNT_RESTRICTION" => {
            let list = rest.get("restriction_info").and_then(Value::as_array);
            if list.is_some_and(Vec::is_empty) {
                return Some(event(AccountAction::Unrestricted, None, None));
            }
            let each = || list.into_iter().flatten().filter_map(Value::as_object);
            let kinds: Vec<String> = each().filter_map(|it| text(it, "restriction_type")).collect();
            let ends: Vec<Option<Micros>> =
                each().map(|it| text(it, "expiration").as_deref().and_then(moment)).collect();
            // One that never ends outlasts the others.
            let until = if ends.iter().all(Option::is_some) { ends.into_iter().flatten().max() } else { None };
            event(AccountAction::Restricted, Some(kinds.join(", ")).filter(|kinds| !kinds.is_empty()), until)
        }
        _ => return None,
    })
}

/// A time in seconds since 1970.
fn moment(seconds: &str) -> Option<Micros> {
    seconds.parse::<i64>().ok()?.checked_mul(SECOND).map(Micros)
}

fn alert(rest: &Map<String, Value>) -> Option<AccountEvent> {
    let info = rest.get("alert_info").and_then(Value::as_object).unwrap_or(rest);
    let word = |name: &str| text(info, name).map(|word| shown(&word).into_owned());
    Some(AccountEvent::Alert {
        alert: word("alert_type")?,
        severity: word("alert_severity"),
        detail: word("alert_description"),
        over: word("alert_status").is_some_and(|status| status != "ACTIVE"),
    })
}
