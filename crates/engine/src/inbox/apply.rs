//! How one event is applied: which turn is decided, or which message changes. Nothing is committed here.

use domain::channel::Address;
use domain::entry_point::EntryPoint;
use domain::id::{ContactId, GatewayId, IdentityId, MessageId};
use domain::inbound::{Control, Echo, Inbound, InboundEvent, MarketingChoice, Verb};
use domain::not_applied::NotApplied;
use domain::turn::{Elsewhere, Owner, Turn};
use store::table::contact::{self, Identity};
use store::table::inbox::Source;
use store::table::{comment, delivery_status, event, identity, mid};

use super::{
    Application, Outcome, PendingEvent, account_event, customer, gateway, note_event, past, revise, satisfaction,
};
use crate::engine::Engine;
use crate::turns::{Thread, ThreadState, TurnError, decide};
use crate::{comment_identity, control, conversations, messages, send_result};
use store::table::thread::Facts;

/// The longest id that is stored, in bytes. PostgreSQL cannot index much longer texts; Meta's longest ids have about 200.
const LONGEST_ID: usize = 1_000;

/// Applies the event. `facts`: those read shortly before, if any. `again`: another writer was faster in an earlier
/// attempt.
pub async fn event(
    app: &Engine,
    pending: &PendingEvent,
    facts: Option<Facts>,
    again: bool,
) -> Result<Application, TurnError> {
    let ignored = |why| Ok(Application::ignored(why));
    let Some(inbound) = &pending.event else { return ignored(NotApplied::DeliveryGone {}) };
    let Some(known) = gateway(app, pending.gateway) else { return ignored(NotApplied::GatewayDeleted {}) };
    if !known.row.enabled {
        return ignored(NotApplied::GatewayOff {});
    }
    if let InboundEvent::NotForUs { reason } = &inbound.what {
        return ignored(reason.clone());
    }
    if let InboundEvent::Account(event) = &inbound.what {
        return Ok(account_event::reported(app, pending, inbound, event).await?);
    }
    let directory = app.directory();
    let noun = || app.channels.connecting(inbound.address.account.channel).noun.to_owned();
    let account = &inbound.address.account.id;
    match directory.account(pending.gateway, account) {
        None => return ignored(NotApplied::AccountNotConnected { noun: noun(), account: account.clone() }),
        Some(page) if !page.subscribed => {
            return ignored(NotApplied::AccountOff { noun: noun(), account: account.clone() });
        }
        Some(_) => {}
    }
    if inbound.ids().any(|id| id.len() > LONGEST_ID) {
        let most = i64::try_from(LONGEST_ID).unwrap_or(i64::MAX);
        return Ok(Application::failed(NotApplied::IdTooLong { most }));
    }
    let channel = app.channels.capabilities(inbound.address.account.channel);
    if matches!(inbound.what, InboundEvent::Edited { .. }) && !channel.edits {
        return ignored(NotApplied::EditsUnknown { channel: channel.name.into() });
    }
    let (inbound, still_holds) = customer::resolve(app, pending.gateway, inbound, facts.as_ref()).await?;
    let (inbound, facts) = (inbound.as_ref(), facts.filter(|_| still_holds));
    // A repeated message is already in its thread.
    if again && known_mid(app, inbound).await? {
        return Ok(Application::applied(pending.batch()));
    }
    let echo = match &inbound.what {
        InboundEvent::Echo(echo) if !inbound.address.user.is_empty() => echo_of(app, inbound, echo).await?,
        _ => EchoOf::Others,
    };
    match &inbound.what {
        InboundEvent::PolicyAction { measure, reason } => {
            Ok(account_event::policy_action(pending, inbound, *measure, reason.as_deref(), app.clock.now()))
        }
        InboundEvent::Commented(_) => commented(app, pending, inbound).await,
        _ if inbound.address.user.is_empty() => ignored(NotApplied::CustomerMissing {}),
        InboundEvent::Echo(it) if let EchoOf::Part(part) = echo => own_echo(app, pending, inbound, it, part).await,
        InboundEvent::Echo(_) if echo == EchoOf::Gone => ignored(NotApplied::EchoOfRemoved {}),
        InboundEvent::Said(_) | InboundEvent::Echo(_)
            if past::is_over(pending.source, inbound.at, app.clock.now()) =>
        {
            past::record(app, pending, inbound).await
        }
        InboundEvent::Said(_)
        | InboundEvent::Referral(_)
        | InboundEvent::Notice { .. }
        | InboundEvent::Control(_)
        | InboundEvent::Unknown { .. }
        | InboundEvent::Echo(_) => talk(app, pending, inbound, facts).await,
        InboundEvent::Edited { .. } | InboundEvent::Unsent { .. } | InboundEvent::Reacted { .. } => {
            revise::change(app, pending, inbound).await
        }
        InboundEvent::Status(_) => revise::change(app, pending, inbound).await,
        InboundEvent::Renamed(new) => customer::renamed(app, pending, inbound, new).await,
        InboundEvent::Marketing { choice } => customer::marketing(app, pending, inbound, *choice).await,
        InboundEvent::Delivered { .. } | InboundEvent::Read { .. } | InboundEvent::ReadMessage { .. } => {
            revise::receipt(app, pending, inbound).await
        }
        // Handled above, whatever page it is about.
        InboundEvent::NotForUs { reason } => ignored(reason.clone()),
        InboundEvent::Account(event) => Ok(account_event::reported(app, pending, inbound, event).await?),
    }
}

async fn commented(app: &Engine, pending: &PendingEvent, inbound: &Inbound) -> Result<Application, TurnError> {
    let InboundEvent::Commented(comment) = &inbound.what else { return Ok(Application::applied(pending.batch())) };
    let at = app.clock.now();
    let mut batch = pending.batch();
    let when = inbound.at.unwrap_or(at).min(at);
    comment::happened(&mut batch, app.ids.next(), pending.gateway, &inbound.address.account.id, comment, when);
    event::comment_changed(&mut batch, &inbound.address.account.id, &comment.id, at);
    if comment.verb == Verb::Removed {
        comment_identity::remove_quote(app, &mut batch, &inbound.address.account, &comment.id).await?;
    }
    note_event(app, &mut batch, pending, &inbound.address.account.id);
    Ok(Application::applied(batch))
}

/// The origin of an echo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EchoOf {
    /// A part of one of our messages to this customer.
    Part((MessageId, i64)),
    /// Our app sent it, but the message and the customer have been erased.
    Gone,
    /// From another sender, or with a marker that does not match.
    Others,
}

/// Determines the origin of an echo. Anyone can put our marker into a message, and another Deskbell on the same
/// account uses the same kind of marker: it only counts if an app of this installation sent that message to this
/// customer.
async fn echo_of(app: &Engine, inbound: &Inbound, echo: &Echo) -> Result<EchoOf, store::Error> {
    let Some((message, part)) = send_result::metadata(echo.metadata.as_deref()) else { return Ok(EchoOf::Others) };
    let directory = app.directory();
    let is_ours = |sender: &String| directory.gateways.values().any(|known| known.row.is_app(sender));
    if !echo.app.as_ref().is_none_or(is_ours) {
        return Ok(EchoOf::Others);
    }
    let sent_to = identity::of_message(&app.store, message).await?;
    let fits = sent_to.as_ref().is_some_and(|to| {
        let Address { account, user } = &to.address;
        // The private reply to a comment is the first message that reveals the comment's author.
        *account == inbound.address.account && (*user == inbound.address.user || to.comment().is_some())
    });
    if fits {
        return Ok(EchoOf::Part((message, part)));
    }
    let is_gone = sent_to.is_none() && identity::by_address(&app.store, &inbound.address).await?.is_none();
    Ok(if is_gone { EchoOf::Gone } else { EchoOf::Others })
}

/// Our own message came back: it was sent, whatever its state was.
async fn own_echo(
    app: &Engine,
    pending: &PendingEvent,
    inbound: &Inbound,
    echo: &Echo,
    part: (MessageId, i64),
) -> Result<Application, TurnError> {
    let mut applied = Application::applied(pending.batch());
    let to = &inbound.address;
    let sent = send_result::echoed(app, &mut applied.batch, to, part, &echo.mid).await?;
    if let (Some(sent), Some(at)) = (&sent, inbound.at)
        && part.1 + 1 >= i64::from(sent.data.parts)
    {
        delivery_status::read_before_echo(&mut applied.batch, sent.id, to, at, app.clock.now());
    }
    applied.link = sent.filter(|sent| sent.data.comment.is_some()).map(|sent| sent.identity);
    Ok(applied)
}

/// The customer wrote: runs a turn of the open conversation, or of a new one.
async fn talk(
    app: &Engine,
    pending: &PendingEvent,
    inbound: &Inbound,
    facts: Option<Facts>,
) -> Result<Application, TurnError> {
    let facts = match facts {
        Some(facts) => facts,
        None => super::facts::of(app, inbound).await?,
    };
    if let Some(rated) = satisfaction::rated(app, pending, inbound, &facts).await? {
        return Ok(rated);
    }
    let Facts { identity: known, mut open, reply_to } = facts;
    if let Some(reason) = open.is_none().then(|| pointless(app, pending, inbound)).flatten() {
        return Ok(Application::new(pending.batch(), Outcome::Ignored(reason)));
    }
    let mut is_new = known.is_none();
    let mut identity = known.unwrap_or_else(|| newcomer(app, pending.gateway, inbound));
    let customer_id = identity.id;
    let used = entry_point_used(app, pending, inbound);
    let mut batch = pending.batch();
    let may_advertise = app.channels.capabilities(inbound.address.account.channel).message_templates;
    let choice = match &inbound.what {
        InboundEvent::Said(message) if !inbound.standby => app.directory().opt_out.choice(message.text.as_deref()),
        _ => None,
    };
    let marketing = choice.filter(|_| may_advertise);
    // The flow that answers this message must already know it.
    if let Some(choice) = marketing {
        identity.marketing_stopped_at = customer::marketing_stopped_at(choice, inbound.at, app.clock.now());
    }
    if !is_new && let Some(name) = customer::new_name(inbound, &identity) {
        contact::set_channel_name(&mut batch, identity.contact, name);
    }
    // Their first gateway has since been deleted, or was another app on the same account: a new conversation belongs
    // to the gateway that received it.
    if open.is_none() && identity.gateway != pending.gateway {
        identity.gateway = pending.gateway;
        store::table::identity::set_gateway(&mut batch, identity.id, pending.gateway);
    }
    // An entry point begins a new conversation: the open one closes, unless an agent holds it.
    let mut must_wait = false;
    if let Some(entry) = &used
        && let Some(before) = open.take_if(|it| it.data.entry_point != Some(entry.id))
    {
        let state =
            ThreadState { identity: identity.clone(), is_new, conversation: Thread::Existing(before.clone()) };
        let ended = decide(app, state, |turn| Ok(turn.gives_way(&entry.name))).await?;
        if ended.value {
            ended.write(&mut batch);
            is_new = false;
        } else {
            must_wait = true;
            open = Some(before);
        }
    }
    if open.is_none()
        && used.is_none()
        && !is_new
        && matches!(inbound.what, InboundEvent::Said(_))
        && !inbound.standby
    {
        let now = app.clock.now();
        let at = inbound.at.unwrap_or(now).min(now);
        open = conversations::continued(app, &inbound.address, pending.gateway, at).await?;
    }
    let closing_text = open.as_ref().and_then(|it| it.data.closing_text.map(|text| (it.id, text)));
    let conversation = open.map_or_else(|| Thread::begun_by(used.as_ref()), Thread::Existing);
    let decided = decide(app, ThreadState { identity, is_new, conversation }, |turn| {
        if used.is_some() {
            turn.wake_bot();
        }
        play(app, turn, pending, inbound, reply_to);
        if choice == Some(MarketingChoice::Stop) {
            turn.said_stop();
        }
        if let Some(entry) = &used {
            if must_wait {
                turn.gives_way(&entry.name);
            } else if matches!(inbound.what, InboundEvent::Referral(_)) {
                turn.greet_at_entry();
            }
        }
        if pending.source != Source::Webhook {
            turn.mark_caught_up();
        }
        Ok(())
    });
    let mut decided = decided.await?;
    decided.came_by(pending.place.delivery);
    decided.write(&mut batch);
    // A farewell that waits to be sent is out of place once the customer continues.
    if let Some((id, text)) = closing_text
        && decided.decision.conversation.data.closing_text.is_none()
    {
        messages::add_withdrawal(app, &mut batch, id, text).await?;
    }
    // After the turn, which may add the customer.
    if let Some(choice) = marketing {
        customer::set_marketing(&mut batch, customer_id, choice, inbound.at, app.clock.now());
    }
    if pending.source == Source::Webhook {
        note_event(app, &mut batch, pending, &inbound.address.account.id);
    }
    Ok(Application::applied(batch))
}

/// The entry point that this event uses, by its link or code word. While another app has control of the thread we
/// could not answer, so none is used.
fn entry_point_used(app: &Engine, pending: &PendingEvent, inbound: &Inbound) -> Option<EntryPoint> {
    if inbound.standby {
        return None;
    }
    app.directory()
        .entry_point_used(pending.gateway, &inbound.address.account.id, &inbound.what, app.clock.now())
        .cloned()
}

fn play(
    app: &Engine,
    turn: &mut Turn<'_>,
    pending: &PendingEvent,
    inbound: &Inbound,
    reply_to: Option<MessageId>,
) {
    match &inbound.what {
        InboundEvent::Said(message) if inbound.standby => turn.overhear(message, inbound.at, reply_to),
        InboundEvent::Said(message) => turn.receive(message.clone(), inbound.at, reply_to),
        InboundEvent::Referral(referral) => turn.referred(referral, inbound.at),
        InboundEvent::Notice { key, event } => turn.notice(event.clone(), key.clone()),
        InboundEvent::Unknown { key, .. } => turn.puzzled(key.clone(), inbound.at),
        InboundEvent::Control(step) => {
            let ours = our_app(app, pending.gateway, step);
            turn.controlled(step, control::owner(step, &ours), control::event(step, &ours));
        }
        InboundEvent::Echo(echo) => {
            let holder = control::holder(echo.app.as_deref());
            // Meta's own tools do not always send an app id; programs do.
            let person = holder.inbox || echo.app.is_none();
            let name = if holder.inbox { "Page inbox" } else { "Another app" };
            if inbound.standby {
                turn.held_elsewhere(holder);
            }
            turn.answered_elsewhere(echo, inbound.at, reply_to, Elsewhere { name, person });
        }
        _ => {}
    }
}

/// Why an event is pointless while the customer has no open conversation.
fn pointless(app: &Engine, pending: &PendingEvent, inbound: &Inbound) -> Option<NotApplied> {
    match &inbound.what {
        InboundEvent::Unknown { .. } => Some(NotApplied::UnknownAlone {}),
        InboundEvent::Control(step) if control::owner(step, &our_app(app, pending.gateway, step)) != Owner::Us => {
            Some(NotApplied::OtherApps {})
        }
        _ => None,
    }
}

/// Our id in a step of control: that of the Meta app, or of Instagram Login's app.
fn our_app(app: &Engine, id: GatewayId, step: &Control) -> String {
    let Some(known) = gateway(app, id) else { return String::new() };
    let named = [&step.from, &step.to].into_iter().flatten().find(|id| known.row.is_app(id));
    named.unwrap_or(&known.row.app_id).clone()
}

/// A customer who writes for the first time. Name and picture are fetched afterwards.
pub(super) fn newcomer(app: &Engine, gateway: GatewayId, inbound: &Inbound) -> Identity {
    let details = inbound.customer.as_deref().cloned().unwrap_or_default();
    Identity {
        id: IdentityId(app.ids.next()),
        gateway,
        address: inbound.address.clone(),
        contact: ContactId(app.ids.next()),
        last_user_at: None,
        profile_tries: 0,
        profile_next_at: None,
        name: details.name.clone(),
        picture: None,
        created_at: app.clock.now(),
        phone: details.phone,
        marketing_stopped_at: None,
        contact_phone: None,
        contact_email: None,
        channel_name: details.name,
        known_as: None,
    }
}

/// Our message that the customer answers.
pub(super) async fn reply_to(app: &Engine, inbound: &Inbound) -> Result<Option<MessageId>, store::Error> {
    let Some(mid) = super::facts::answered(inbound) else { return Ok(None) };
    mid::message(&app.store, &inbound.address.account, mid).await
}

/// Whether it is already in a thread.
pub(super) async fn known_mid(app: &Engine, inbound: &Inbound) -> Result<bool, store::Error> {
    let mid = match &inbound.what {
        InboundEvent::Said(message) => &message.mid,
        InboundEvent::Echo(echo) => &echo.mid,
        InboundEvent::Referral(referral) => &referral.key,
        InboundEvent::Notice { key, .. } | InboundEvent::Unknown { key, .. } => key,
        InboundEvent::Control(step) => &step.key,
        _ => return Ok(false),
    };
    Ok(mid::message(&app.store, &inbound.address.account, mid).await?.is_some())
}
