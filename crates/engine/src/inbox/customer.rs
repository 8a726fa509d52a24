//! The customer of an event, on channels where a customer has two keys: an id and a phone number (meta-platform.md
//! §2.8).
//!
//! The id outweighs the number. A customer who was known by number alone gets their id once both appear together; two
//! identities that turn out to be one customer are merged, and the one with the id stays. A number belongs to one
//! customer of an account at a time (a unique index), so that two simultaneous events cannot create two customers:
//! the second conflicts, and finds the first when it is applied again.

use std::borrow::Cow;

use domain::channel::Address;
use domain::conversation::State;
use domain::id::{ContactId, GatewayId, IdentityId};
use domain::inbound::{CustomerDetails, Inbound, InboundEvent, MarketingChoice, Renamed};
use domain::not_applied::NotApplied;
use domain::same::digits;
use domain::thread_event::SystemClose;
use domain::time::Micros;
use store::table::contact::{self, Identity, Person};
use store::table::thread::Facts;
use store::table::{conversation, event, identity};
use store::{Batch, Signal};

use super::apply::newcomer;
use super::{Application, PendingEvent};
use crate::engine::Engine;
use crate::optimistic::{Attempt, optimistic};
use crate::turns::{TurnError, ignore_refusal, play};

/// The event with the stored address of its customer, and whether the facts read before are still valid.
pub(super) async fn resolve<'i>(
    app: &Engine,
    gateway: GatewayId,
    inbound: &'i Inbound,
    facts: Option<&Facts>,
) -> Result<(Cow<'i, Inbound>, bool), TurnError> {
    let Some(details) = inbound.customer.as_deref().filter(|_| !inbound.address.user.is_empty()) else {
        return Ok((Cow::Borrowed(inbound), true));
    };
    if matches!(inbound.what, InboundEvent::Renamed(_)) {
        return before_the_change(app, inbound, details).await;
    }
    let known = facts.and_then(|facts| facts.identity.as_ref());
    if known.is_some_and(|known| details.phone.is_none() || known.phone == details.phone) {
        return Ok((Cow::Borrowed(inbound), true));
    }
    let user = optimistic(&app.store, "identity", |_| attempt(app, gateway, inbound, details)).await?;
    let mut inbound = inbound.clone();
    inbound.address.user = user;
    Ok((Cow::Owned(inbound), false))
}

/// A notice that a customer has a new id or number names them as they were before, so nothing of it is stored as theirs. Id and number
/// often change together, in two notices of any order (§2.8): by the second, they may be known by the old number alone.
async fn before_the_change<'i>(
    app: &Engine,
    inbound: &'i Inbound,
    details: &CustomerDetails,
) -> Result<(Cow<'i, Inbound>, bool), TurnError> {
    let Inbound { address, .. } = inbound;
    if identity::by_address(&app.store, address).await?.is_none()
        && let Some(phone) = details.phone.as_deref()
        && let Some(known) = identity::by_phone(&app.store, &address.account, phone).await?
    {
        let mut inbound = inbound.clone();
        inbound.address.user = known.address.user;
        return Ok((Cow::Owned(inbound), false));
    }
    Ok((Cow::Borrowed(inbound), true))
}

/// Reconciles the customer of the event with what is stored. Returns their id.
async fn attempt(
    app: &Engine,
    gateway: GatewayId,
    inbound: &Inbound,
    details: &CustomerDetails,
) -> Result<Attempt<String>, TurnError> {
    let Inbound { address, .. } = inbound;
    let user = &address.user;
    let by_id = identity::by_address(&app.store, address).await?;
    let Some(phone) = details.phone.as_deref() else { return Ok(Attempt::Done(user.clone())) };
    let by_phone = identity::by_phone(&app.store, &address.account, phone).await?;
    let mut batch = Batch::new();
    let goes_by = match (by_id, by_phone) {
        (None, None) => {
            if let Some(contact) = expected(app, address, phone).await? {
                let newcomer = Identity { contact, ..newcomer(app, gateway, inbound) };
                identity::insert_for_contact(&mut batch, &newcomer);
            }
            user.clone()
        }
        (Some(one), Some(other)) if one.id == other.id => user.clone(),
        (Some(one), None) => {
            identity::set_phone(&mut batch, &one, Some(phone));
            user.clone()
        }
        // Only the number was given, and its customer is known.
        (None, Some(known)) if user == phone => known.address.user,
        (None, Some(known)) if is_by_phone(&known) => {
            identity::rename(&mut batch, &known, user, Some(phone));
            user.clone()
        }
        // The number now belongs to another customer.
        (None, Some(before)) => {
            identity::set_phone(&mut batch, &before, None);
            user.clone()
        }
        (Some(one), Some(other)) if is_by_phone(&other) => {
            merge(app, &mut batch, &other, &one).await?;
            identity::set_phone(&mut batch, &one, Some(phone));
            user.clone()
        }
        (Some(one), Some(before)) => {
            identity::set_phone(&mut batch, &before, None);
            identity::set_phone(&mut batch, &one, Some(phone));
            user.clone()
        }
    };
    Ok(if batch.is_empty() { Attempt::Done(goes_by) } else { Attempt::Commit(batch, goes_by) })
}

/// The only contact with this phone number, such as one that was imported, unless they are known on the account already: then it is a
/// number that several people have.
async fn expected(app: &Engine, address: &Address, phone: &str) -> Result<Option<ContactId>, TurnError> {
    // All digits must be the same, because no person checks it: without its country a number may be that of another customer.
    let has_it = |person: &Person| person.phone.as_deref().is_some_and(|known| digits(known) == digits(phone));
    let found: Vec<Person> = contact::by_phone(&app.store, phone).await?.into_iter().filter(has_it).collect();
    let [person] = found.as_slice() else { return Ok(None) };
    let known = identity::of_contact(&app.store, person.id).await?;
    Ok((!known.iter().any(|it| it.address.account == address.account)).then_some(person.id))
}

/// Whether only their number is known.
fn is_by_phone(identity: &Identity) -> bool {
    identity.phone.as_deref() == Some(identity.address.user.as_str())
}

/// The customer has a new id or number. For one who never wrote there is nothing to rename.
pub(super) async fn renamed(
    app: &Engine,
    pending: &PendingEvent,
    inbound: &Inbound,
    new: &Renamed,
) -> Result<Application, TurnError> {
    let mut batch = pending.batch();
    let account = &inbound.address.account;
    let Some(known) = identity::by_address(&app.store, &inbound.address).await? else {
        return Ok(Application::ignored(NotApplied::CustomerUnknown {}));
    };
    let phone = new.phone.clone().or_else(|| known.phone.clone().filter(|_| !is_by_phone(&known)));
    let user = match (&new.user, &new.phone) {
        (Some(user), _) => user.clone(),
        (None, Some(phone)) if is_by_phone(&known) => phone.clone(),
        _ => known.address.user.clone(),
    };
    let target = domain::channel::Address::new(account.clone(), user.clone());
    let mut others: Vec<Identity> = Vec::new();
    let has_phone = match phone.as_deref() {
        Some(phone) => identity::by_phone(&app.store, account, phone).await?,
        None => None,
    };
    for other in identity::by_address(&app.store, &target).await?.into_iter().chain(has_phone) {
        if other.id != known.id && others.iter().all(|it| it.id != other.id) {
            others.push(other);
        }
    }
    for other in &others {
        if other.address.user == user || is_by_phone(other) {
            merge(app, &mut batch, other, &known).await?;
        } else {
            identity::set_phone(&mut batch, other, None);
        }
    }
    identity::rename(&mut batch, &known, &user, phone.as_deref());
    announce(app, &mut batch, &known).await?;
    Ok(Application::applied(batch))
}

/// Moves everything of `other` to the customer. Two open conversations would be one thread: the younger one is closed
/// first, in a separate commit, which may be repeated.
async fn merge(app: &Engine, batch: &mut Batch, other: &Identity, stays: &Identity) -> Result<(), TurnError> {
    let open = async |identity: &Identity| conversation::open_of_customer(&app.store, &identity.address).await;
    if let (Some(one), Some(two)) = (open(other).await?, open(stays).await?) {
        let younger = if one.id > two.id { one } else { two };
        let closed = play(app, younger.id, |turn| {
            if turn.conversation().state != State::Closed {
                turn.abandon(SystemClose::ContinuedElsewhere);
            }
            Ok(())
        });
        ignore_refusal(closed.await)?;
    }
    let at = app.clock.now();
    identity::join(batch, other, stays);
    let identities = identity::of_contact(&app.store, other.contact).await?;
    if other.contact != stays.contact
        && identities.len() == 1
        && let (Some(left), Some(target)) = contact::find_two(&app.store, other.contact, stays.contact).await?
    {
        crate::contacts::fold_into(batch, target, &left, at);
    }
    announce(app, batch, other).await?;
    announce(app, batch, stays).await
}

/// Adds events, so that all of their open conversations show who they are now.
async fn announce(app: &Engine, batch: &mut Batch, identity: &Identity) -> Result<(), TurnError> {
    let open = contact::open_conversations(&app.store, identity.contact).await?;
    event::conversations_changed(batch, &open, app.clock.now());
    batch.notify(Signal::Outbox);
    Ok(())
}

/// The name in the event, if it has changed.
pub(super) fn new_name<'i>(inbound: &'i Inbound, known: &Identity) -> Option<&'i str> {
    let name = inbound.customer.as_deref()?.name.as_deref()?;
    Some(name).filter(|name| known.channel_name.as_deref() != Some(*name))
}

/// The customer allowed or refused marketing messages in the channel's own settings.
pub(super) async fn marketing(
    app: &Engine,
    pending: &PendingEvent,
    inbound: &Inbound,
    choice: MarketingChoice,
) -> Result<Application, TurnError> {
    let Some(known) = identity::by_address(&app.store, &inbound.address).await? else {
        return Ok(Application::ignored(NotApplied::CustomerUnknown {}));
    };
    let mut batch = pending.batch();
    set_marketing(&mut batch, known.id, choice, inbound.at, app.clock.now());
    announce(app, &mut batch, &known).await?;
    Ok(Application::applied(batch))
}

/// Records the customer's choice.
pub(super) fn set_marketing(
    batch: &mut Batch,
    id: IdentityId,
    choice: MarketingChoice,
    at: Option<Micros>,
    now: Micros,
) {
    identity::set_marketing(batch, id, marketing_stopped_at(choice, at, now));
}

/// Since when the customer refuses marketing messages, after this choice.
pub(super) fn marketing_stopped_at(choice: MarketingChoice, at: Option<Micros>, now: Micros) -> Option<Micros> {
    (choice == MarketingChoice::Stop).then(|| at.unwrap_or(now).min(now))
}
