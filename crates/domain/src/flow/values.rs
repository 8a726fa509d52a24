//! The variables that texts of a flow may contain, and their values.

use super::run::{FlowContext, Run};
use crate::text::Values;

/// The variables that every text of a flow may contain, besides the flow's own.
pub const GIVEN: &[&str] = &[
    "account.channel",
    "account.name",
    "contact.email",
    "contact.first_name",
    "contact.id",
    "contact.language",
    "contact.name",
    "contact.phone",
    "conversation.id",
    "last_message",
    "page.name",
    "referral.ad",
    "referral.ref",
    "referral.source",
];
/// Those of the texts for customers who wait in a queue.
pub(super) const OF_QUEUE: &[&str] = &["queue.expected_minutes", "queue.name", "queue.position"];

/// The values of all variables at this point.
pub(super) fn of(run: &Run, context: &FlowContext<'_>) -> Values {
    let mut values = run.vars.clone();
    values.extend(context.more.values.iter().map(|(name, value)| (name.clone(), value.clone())));
    values.insert("page.name".into(), context.page_name.into());
    values.insert("account.name".into(), context.page_name.into());
    if let Some(name) = context.contact_name.map(str::trim).filter(|name| !name.is_empty()) {
        values.insert("contact.name".into(), name.into());
        let first = || name.split_whitespace().next().unwrap_or(name).into();
        values.entry("contact.first_name".into()).or_insert_with(first);
    }
    if let Some(last_message) = &run.last_message {
        values.insert("last_message".into(), last_message.clone());
    }
    values
}
