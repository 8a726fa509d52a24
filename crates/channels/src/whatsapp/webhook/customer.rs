//! Who a customer is, and how their id or number changes (meta-platform.md §2.8).

use domain::inbound::{Inbound, InboundEvent, MarketingChoice, Renamed};
use domain::not_applied::NotApplied;
use domain::time::Micros;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::wire::{Contact, Content, Message};
use super::{Customer, Source, digits, key, seconds};
use crate::meta::lenient::{Number, Text};

/// A text of an object that is read as plain JSON; numbers are written out.
pub(super) fn text(object: &Map<String, Value>, name: &str) -> Option<String> {
    Text::deserialize(object.get(name)?).ok()?.own()
}

/// The author of a message.
pub(super) fn sender(value: &Content, message: &Message) -> Option<Customer> {
    found(value, message.from_user_id.own(), message.from.get())
}

/// The customer of a change of user id, if only the system message itself contains the old one.
pub(super) fn before_change(message: &Message) -> Option<Customer> {
    let system = message.system.0.as_ref()?;
    Customer::known(text(&system.0, "previous_user_id"), None)
}

/// The customer whom the business wrote to with its own phone app.
pub(super) fn recipient(value: &Content, message: &Message) -> Option<Customer> {
    found(value, message.to_user_id.own(), message.to.get())
}

/// The customer of an event, with the data from the contacts of the change. What the event leaves out is taken from
/// there, if it is unambiguous.
fn found(value: &Content, user: Option<String>, phone: Option<&str>) -> Option<Customer> {
    let contacts: Vec<&Contact> = value.contacts.objects().collect();
    let is_it = |contact: &&&Contact| {
        let same_user = user.is_some() && contact.user_id.get() == user.as_deref();
        let same_phone =
            phone.is_some_and(|phone| contact.wa_id.get().is_some_and(|id| digits(id) == digits(phone)));
        same_user || (same_phone && (user.is_none() || contact.user_id.get().is_none()))
    };
    let only = match (&user, phone, &contacts[..]) {
        (None, None, [only]) => Some(*only),
        _ => None,
    };
    let contact = contacts.iter().find(is_it).copied().or(only);
    let user = user.or_else(|| contact?.user_id.own());
    let phone = phone.or_else(|| contact?.wa_id.get());
    let mut customer = Customer::known(user, phone)?;
    let profile = contact.and_then(|contact| contact.profile.0.as_ref());
    customer.details.name = profile.and_then(|profile| name(&profile.name).or_else(|| name(&profile.username)));
    Some(customer)
}

fn name(text: &Text) -> Option<String> {
    text.own().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// A system message: the customer changed their number, or their user id.
pub(super) fn system(mid: &str, system: &Map<String, Value>) -> InboundEvent {
    let phone = || text(system, "wa_id").or_else(|| text(system, "new_wa_id")).map(|number| digits(&number));
    let user = || text(system, "user_id").or_else(|| text(system, "new_user_id"));
    let renamed = match text(system, "type").as_deref() {
        Some("user_changed_user_id") => Renamed { key: mid.into(), user: user(), phone: None },
        // The user id changes with the number (§2.8).
        _ => Renamed { key: mid.into(), user: user(), phone: phone().filter(|digits| !digits.is_empty()) },
    };
    if renamed.user.is_none() && renamed.phone.is_none() {
        return NotApplied::RenameOfNothing {}.into();
    }
    InboundEvent::Renamed(renamed)
}

/// `user_id_update`: the same change as a separate field.
pub(super) fn user_id_update(source: &Source, update: &Map<String, Value>) -> Inbound {
    let at = time(update);
    let ids = update.get("user_id").and_then(Value::as_object);
    let of = |names: [&str; 2]| ids.and_then(|ids| text(ids, names[0])).or_else(|| text(update, names[1]));
    let (before, after) = (of(["previous", "old_user_id"]), of(["current", "new_user_id"]));
    let phone = text(update, "wa_id");
    let customer = Customer::known(before.clone(), phone.as_deref());
    let (Some(customer), Some(after)) = (customer, after) else {
        return source.event(NotApplied::UserIdOfNothing {}.into());
    };
    let key = key(&["user_id_update", &customer.user, &after], at);
    source.of_customer(customer, at, InboundEvent::Renamed(Renamed { key, user: Some(after), phone: None }))
}

/// `user_preferences`: the customer refuses marketing messages, or allows them again.
pub(super) fn preference(source: &Source, value: &Content, preference: &Map<String, Value>) -> Inbound {
    let (user, phone) = (text(preference, "user_id"), text(preference, "wa_id"));
    let category = text(preference, "category").unwrap_or_default();
    let choice = match text(preference, "value").as_deref() {
        Some("stop") => Some(MarketingChoice::Stop),
        Some("resume") => Some(MarketingChoice::Resume),
        _ => None,
    };
    let what = match choice {
        Some(choice) if category.is_empty() || category == "marketing_messages" => {
            InboundEvent::Marketing { choice }
        }
        _ => NotApplied::PreferenceNotHandled {}.into(),
    };
    match found(value, user, phone.as_deref()) {
        Some(customer) => source.of_customer(customer, time(preference), what),
        None => source.event(NotApplied::PreferenceOfNobody {}.into()),
    }
}

fn time(object: &Map<String, Value>) -> Option<Micros> {
    object.get("timestamp").and_then(|time| Number::deserialize(time).ok()).and_then(seconds)
}
