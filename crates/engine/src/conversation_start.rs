//! Conversations that begin from our side: a template to a customer, who need not have written before, or an answer to a
//! known customer on another of their channels.

use domain::channel::{Account, Address};
use domain::id::{ContactId, ConversationId, GatewayId, IdentityId};
use domain::message_template::TemplateToSend;
use domain::same::plain_number;
use domain::turn::{Actor, OutgoingContent};
use domain::visibility::Viewer;
use serde::Deserialize;
use store::Batch;
use store::table::contact::Identity;
use store::table::{account, identity, message, thread};
use utoipa::ToSchema;

use crate::directory::Directory;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::message_templates;
use crate::optimistic::{Attempt, optimistic};
use crate::turns::{Thread, ThreadState, TurnError, decide};
use crate::view::words;

/// The number of digits of a phone number with its country code.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// A conversation to start.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewConversation)]
pub struct NewConversation {
    /// The channel.
    #[schema(value_type = words::Channel)]
    pub channel: domain::channel::Channel,
    /// Meta's id of the account that sends it: the id of the WhatsApp number.
    pub account_id: String,
    /// The customer: a phone number with its country, `+4915100…`, or a business-scoped user id.
    pub to: String,
    /// The template that starts it.
    pub template: TemplateToSend,
    /// The sender's own key: a request with the same key returns the same conversation.
    pub client_id: Option<String>,
}

/// How to continue with a customer on another of their channels: with a text or a template.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Continuation {
    /// The identity of the contact that is written to.
    #[schema(value_type = String)]
    pub identity_id: IdentityId,
    /// The first message. It can be sent while the messaging window of the identity is open.
    pub text: Option<String>,
    /// A template instead, where the channel has message templates. It can be sent at any time.
    pub template: Option<TemplateToSend>,
    /// The sender's own key: a request with the same key returns the same conversation.
    pub client_id: Option<String>,
}

/// Begins a conversation with a contact on one of their identities, or continues the one that the same agent holds
/// there. Returns its id.
pub async fn continue_on(
    app: &Engine,
    by: Actor<'_>,
    viewer: &Viewer,
    contact: ContactId,
    new: &Continuation,
) -> Result<ConversationId> {
    let is_visible = identity::is_visible(&app.store, new.identity_id, viewer).await?;
    let known = identity::by_id(&app.store, new.identity_id).await?;
    let known = known.filter(|known| is_visible && known.contact == contact && known.comment().is_none());
    let Identity { address, .. } = known.ok_or(Error::NotFound("identity"))?;
    let gateway = connected(app, &address.account).ok_or_else(|| {
        Error::conflict(
            "The account that knows this customer is not connected, or is switched off under Chat gateways.",
        )
    })?;
    let (text, approved) = match (&new.text, &new.template) {
        (Some(text), None) => (text.clone(), None),
        (None, Some(template)) => {
            let (template, text) = message_templates::fill(app, gateway, &address.account, template).await?;
            (text, Some(Box::new(template)))
        }
        _ => return Err(Error::field("", "Send either a text or a template.")),
    };
    let client_id = new.client_id.clone();
    let content = OutgoingContent { text: Some(text), approved, client_id, ..OutgoingContent::default() };
    begin(app, by, gateway, &address, None, &content).await
}

/// Begins a conversation, or continues the one that the same agent holds. Returns its id.
pub async fn start(app: &Engine, by: Actor<'_>, new: &NewConversation) -> Result<ConversationId> {
    let channel = app.channels.get(new.channel).filter(|channel| channel.capabilities().message_templates);
    if channel.is_none() {
        let detail =
            "On this channel customers write first: only WhatsApp has templates that begin a conversation.";
        return Err(Error::field("/channel", detail));
    }
    let account = Account::new(new.channel, new.account_id.clone());
    let gateway = gateway_of(app, &account)?;
    let (user, phone) = recipient(&new.to).map_err(|detail| Error::field("/to", detail))?;
    let (template, text) = message_templates::fill(app, gateway, &account, &new.template).await?;
    let content = OutgoingContent {
        text: Some(text),
        approved: Some(Box::new(template)),
        client_id: new.client_id.clone(),
        ..OutgoingContent::default()
    };
    begin(app, by, gateway, &Address::new(account, user), phone.as_deref(), &content).await
}

async fn begin(
    app: &Engine,
    by: Actor<'_>,
    gateway: GatewayId,
    address: &Address,
    phone: Option<&str>,
    content: &OutgoingContent,
) -> Result<ConversationId> {
    let started =
        optimistic(&app.store, "conversation_start", |_| attempt(app, by, gateway, address, phone, content));
    match started.await {
        Ok(id) => Ok(id),
        Err(TurnError::Duplicate(before)) => Ok(before.message.conversation),
        Err(error) => Err(error.into()),
    }
}

async fn attempt(
    app: &Engine,
    by: Actor<'_>,
    gateway: GatewayId,
    address: &Address,
    phone: Option<&str>,
    content: &OutgoingContent,
) -> std::result::Result<Attempt<ConversationId>, TurnError> {
    let (mut state, open) = thread_with(app, gateway, address, phone).await?;
    // Also in a conversation that has ended since: no one gets the same message twice.
    if let Some(key) = content.client_id.as_deref()
        && let Some(before) = message::to_customer_by_client_id(&app.store, state.identity.id, key).await?
    {
        return Err(TurnError::Duplicate(Box::new(before)));
    }
    let is_new = open.is_none();
    let mut batch = Batch::new();
    // Their first gateway has since been deleted, or has lost the account.
    if is_new && state.identity.gateway != gateway {
        state.identity.gateway = gateway;
        identity::set_gateway(&mut batch, state.identity.id, gateway);
    }
    let decided = decide(app, state, |turn| {
        turn.start_as_agent(by, content.clone(), is_new)?;
        Ok(turn.conversation().id)
    })
    .await?;
    decided.write(&mut batch);
    Ok(Attempt::Commit(batch, decided.value))
}

/// The thread with a recipient, who need not have written before, and the conversation that is open in it.
pub(crate) async fn thread_with(
    app: &Engine,
    gateway: GatewayId,
    address: &Address,
    phone: Option<&str>,
) -> std::result::Result<(ThreadState, Option<ConversationId>), store::Error> {
    // A customer who is known by id is also found by number.
    let by_phone = match phone {
        Some(phone) => identity::by_phone(&app.store, &address.account, phone).await?,
        None => None,
    };
    let address = by_phone.map_or_else(|| address.clone(), |known| known.address);
    let asked = thread::Asked { address: &address, answered: None };
    let found = thread::facts(&app.store, &[asked]).await?.pop();
    let (known, open) = found.map_or((None, None), |facts| (facts.identity, facts.open));
    let is_new = known.is_none();
    let identity = known.unwrap_or_else(|| Identity {
        id: IdentityId(app.ids.next()),
        gateway,
        address,
        contact: ContactId(app.ids.next()),
        last_user_at: None,
        profile_tries: 0,
        profile_next_at: None,
        name: None,
        picture: None,
        created_at: app.clock.now(),
        phone: phone.map(str::to_owned),
        marketing_stopped_at: None,
        contact_phone: None,
        contact_email: None,
        channel_name: None,
        known_as: None,
    });
    let id = open.as_ref().map(|open| open.id);
    let conversation = open.map_or(Thread::New(None), Thread::Existing);
    Ok((ThreadState { identity, is_new, conversation }, id))
}

/// The accounts that can start conversations, by name: on a channel with message templates, connected and switched
/// on. Of two gateways that hold the same account the older one sends.
pub fn senders(app: &Engine) -> Vec<account::Account> {
    let directory = app.directory();
    let begins = |channel| app.channels.get(channel).is_some_and(|it| it.capabilities().message_templates);
    let fits = |it: &&account::Account| begins(it.channel) && is_on(&directory, it);
    let mut all: Vec<_> = directory.accounts.values().filter(fits).cloned().collect();
    all.sort_by(|a, b| (&a.name, &a.account_id, a.gateway.0).cmp(&(&b.name, &b.account_id, b.gateway.0)));
    all.dedup_by(|next, older| next.account_id == older.account_id && next.channel == older.channel);
    all
}

/// Whether an account is connected and switched on.
fn is_on(directory: &Directory, it: &account::Account) -> bool {
    it.subscribed && directory.gateways.get(&it.gateway).is_some_and(|known| known.row.enabled)
}

/// The gateway through which an account of any channel is connected and switched on; of several the oldest.
fn connected(app: &Engine, account: &Account) -> Option<GatewayId> {
    let directory = app.directory();
    let same = |it: &&account::Account| it.channel == account.channel && it.account_id == account.id;
    let on = directory.accounts.values().filter(same).filter(|it| is_on(&directory, it));
    on.map(|it| it.gateway).min()
}

/// The gateway through which an account is connected.
pub(crate) fn gateway_of(app: &Engine, account: &Account) -> Result<GatewayId> {
    let same = |it: &account::Account| it.channel == account.channel && it.account_id == account.id;
    let known = senders(app).into_iter().find(same).map(|it| it.gateway);
    let detail = "No such account is connected and switched on. Choose one under Chat gateways.";
    known.ok_or_else(|| Error::field("/account_id", detail))
}

/// The recipient that a text names: the user of an address, and the phone number in digits if it is one.
pub(crate) fn recipient(to: &str) -> std::result::Result<(String, Option<String>), &'static str> {
    let to = to.trim();
    let is_id = to.split_once('.').is_some_and(|(country, rest)| {
        country.len() == 2
            && country.bytes().all(|byte| byte.is_ascii_uppercase())
            && !rest.is_empty()
            && rest.len() <= 140
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
    });
    if is_id {
        return Ok((to.to_owned(), None));
    }
    let number = plain_number(to);
    let Some(rest) = number.strip_prefix('+') else {
        return Err("Write the phone number with its country, beginning with +, such as +49 151 00000000.");
    };
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    let is_number = rest.chars().all(|c| c.is_ascii_digit() || " -().".contains(c));
    if !is_number || !DIGITS.contains(&digits.len()) || digits.starts_with('0') {
        return Err("This is no phone number: after + come 7 to 15 digits, beginning with the country.");
    }
    Ok((digits.clone(), Some(digits)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipient_is_a_number_with_its_country_or_a_user_id() {
        let of = |to: &str| recipient(to).ok();
        let number = || Some(("4915100".to_owned(), Some("4915100".to_owned())));
        assert_eq!(of("+4915100"), number());
        assert_eq!(of(" +49 (151) 00 "), number());
        assert_eq!(of("DE.123abc"), Some(("DE.123abc".into(), None)));
        for wrong in
            ["4915100", "015100", "+0151000000", "+49", "+49abc5100", "", "+1234567890123456", "de.1", "DE."]
        {
            assert!(of(wrong).is_none(), "{wrong}");
        }
    }
}
