//! Events about an account itself rather than a customer: its quality, its templates, what the channel forbids it.

use domain::inbound::{AccountAction, AccountEvent, Inbound, PolicyAction};
use domain::time::Micros;
use store::Batch;
use store::table::{account, health, message_template};

use super::{Application, PendingEvent};
use crate::account_facts::{Kind, Stored};
use crate::check_requests::request_check;
use crate::engine::Engine;

/// What its row and Health's facts contain is updated; Health asks Meta for the rest.
pub(super) async fn reported(
    app: &Engine,
    pending: &PendingEvent,
    inbound: &Inbound,
    event: &AccountEvent,
) -> Result<Application, store::Error> {
    let directory = app.directory();
    let business = &inbound.address.account.id;
    let numbers = directory.accounts_of(pending.gateway, business);
    let digits = |number: &Option<String>| number.as_deref().map(domain::same::digits);
    let now = app.clock.now();
    let since = inbound.at.unwrap_or(now).min(now);
    let mut batch = pending.batch();
    crate::message_templates::changed(&mut batch, pending.gateway, business, event);
    let is_unknown = match event.template() {
        Some(it) => {
            message_template::one(&app.store, pending.gateway, business, &it.name, &it.language).await?.is_none()
        }
        None => false,
    };
    // The check lists the templates of the business account.
    if is_unknown && let Some(first) = numbers.first() {
        request_check(&mut batch, pending.gateway, &first.account_id, "template", now);
    }
    for account in numbers {
        let mut details = account.details.clone();
        match event {
            AccountEvent::NumberQuality { number, quality, limit }
                if digits(number).is_none_or(|number| digits(&account.phone) == Some(number)) =>
            {
                details.messaging_limit = limit.clone().or(details.messaging_limit);
                details.quality = quality.clone().or(details.quality);
            }
            AccountEvent::NumberName { number, decision, .. }
                if digits(number).is_none_or(|number| digits(&account.phone) == Some(number)) =>
            {
                details.name_status = Some(decision.clone());
            }
            AccountEvent::Capability { limit: Some(limit), .. } => details.messaging_limit = Some(limit.clone()),
            AccountEvent::Action { action, detail, until } => {
                let stored = Stored { detail: detail.clone(), until: *until };
                taken(&mut batch, account, *action, &stored, since, now);
                continue;
            }
            AccountEvent::Alert { alert, detail, over, .. } => {
                let stored = Stored { detail: detail.clone(), until: None };
                let word = if *over { String::new() } else { stored.word() };
                let name = format!("{}{alert}", Kind::Alert.name());
                health::note(&mut batch, account.gateway, &account.account_id, &name, since, &word);
                store::table::event::gateway_changed(&mut batch, pending.gateway, now);
                continue;
            }
            AccountEvent::Account { change } => {
                request_check(&mut batch, account.gateway, &account.account_id, change, now);
                continue;
            }
            _ => continue,
        }
        if details != account.details {
            account::set_details(&mut batch, pending.gateway, &account.account_id, &details);
            store::table::event::gateway_changed(&mut batch, pending.gateway, now);
            batch.notify(store::Signal::Config);
        }
    }
    Ok(Application::applied(batch))
}

/// The channel took action against the business account of a number, or lifted it.
fn taken(
    batch: &mut Batch,
    number: &account::Account,
    action: AccountAction,
    stored: &Stored,
    since: Micros,
    now: Micros,
) {
    let (gateway, id) = (number.gateway, &number.account_id);
    let mut fact = |kind: Kind, word: &str| health::note(batch, gateway, id, kind.name(), since, word);
    match action {
        AccountAction::DisableScheduled => fact(Kind::DisableScheduled, &stored.word()),
        AccountAction::Restricted => fact(Kind::Restricted, &stored.word()),
        AccountAction::Violation => fact(Kind::Violation, &stored.word()),
        AccountAction::Unrestricted => fact(Kind::Restricted, ""),
        // The account can be used again as before.
        AccountAction::Reinstated => {
            fact(Kind::DisableScheduled, "");
            fact(Kind::Restricted, "");
        }
        AccountAction::Disabled => fact(Kind::DisableScheduled, ""),
    }
    let policy = match action {
        AccountAction::Disabled => Some(PolicyAction::Block),
        AccountAction::Reinstated => Some(PolicyAction::Unblock),
        _ => None,
    };
    match policy {
        Some(policy) => account::set_policy(batch, gateway, id, (policy, None), since, now),
        None => {
            store::table::event::gateway_changed(batch, gateway, now);
            batch.notify(store::Signal::Config);
        }
    }
}

/// Meta restricted the Page, warned it, or lifted a restriction.
pub(super) fn policy_action(
    pending: &PendingEvent,
    inbound: &Inbound,
    measure: PolicyAction,
    reason: Option<&str>,
    at: Micros,
) -> Application {
    let mut batch = pending.batch();
    let since = inbound.at.unwrap_or(at).min(at);
    account::set_policy(&mut batch, pending.gateway, &inbound.address.account.id, (measure, reason), since, at);
    Application::applied(batch)
}
