//! Identities: a contact as one account knows them. The author of a comment is stored under the id of the comment
//! until their id for messages is known.

use std::collections::BTreeSet;

use domain::channel::{Account, Address};
use domain::id::{ContactId, GatewayId, IdentityId, MediumId, MessageId};
use domain::time::Micros;
use domain::visibility::Viewer;

use super::ids::{self, with_ids};
use super::{contact, conversation, visibility};
use crate::batch::statements;
use crate::{Batch, Error, Row, Signal, Store, Value, values};

macro_rules! identity_columns {
    () => {
        "i.id, i.gateway_id, i.account_id, i.external_id, i.contact_id, i.last_user_at, i.profile_tries, \
         i.profile_next_at, p.name, p.picture, i.created_at, i.known_as, i.channel, i.phone, \
         p.channel_name, i.marketing_stopped_at, p.phone, p.email"
    };
}

statements! {
    /// The identity of an address, with its contact.
    BY_EXTERNAL = concat!("SELECT ", identity_columns!(), " FROM identity i JOIN contact p ON p.id = i.contact_id
        WHERE i.channel = $3 AND i.account_id = $1 AND i.external_id = $2");
    /// The identity that has a phone number on an account.
    BY_PHONE = concat!("SELECT ", identity_columns!(), " FROM identity i JOIN contact p ON p.id = i.contact_id
        WHERE i.channel = $3 AND i.account_id = $1 AND i.phone = $2");
    /// Sets another id and number; only while they still have the id that was read.
    RENAME = "UPDATE identity SET external_id = $3, phone = $4 WHERE id = $1 AND external_id = $2";
    /// Sets the number, or none; only while they still have the id that was read.
    SET_PHONE = "UPDATE identity SET phone = $3 WHERE id = $1 AND external_id = $2";
    /// They refuse marketing messages since $2, or earlier …
    STOP_MARKETING = "UPDATE identity SET marketing_stopped_at = coalesce(marketing_stopped_at, $2) WHERE id = $1";
    /// … or allow them again.
    RESUME_MARKETING = "UPDATE identity SET marketing_stopped_at = NULL WHERE id = $1";
    /// Deletes an identity that was joined with another one of the same account …
    FOLDED = "DELETE FROM identity WHERE id = $1 AND external_id = $2";
    /// … which keeps the later window.
    KEEP_WINDOW = "UPDATE identity SET last_user_at = CASE WHEN last_user_at >= $2 THEN last_user_at ELSE coalesce($2, last_user_at) END
        WHERE id = $1";
    /// The identities that accounts of a gateway have under an id.
    BY_EXTERNAL_OF_GATEWAY = concat!("SELECT ", identity_columns!(), " FROM identity i JOIN contact p ON p.id = i.contact_id
        WHERE i.gateway_id = $1 AND i.external_id = $2 ORDER BY i.id LIMIT 100");
    /// One identity.
    BY_ID = concat!("SELECT ", identity_columns!(), " FROM identity i JOIN contact p ON p.id = i.contact_id WHERE i.id = $1");
    /// All identities of a contact.
    OF_CONTACT = concat!("SELECT ", identity_columns!(), " FROM identity i JOIN contact p ON p.id = i.contact_id
        WHERE i.contact_id = $1 ORDER BY i.id");
    /// Identities whose name and picture are to be fetched.
    PROFILE_DUE = concat!("SELECT ", identity_columns!(), " FROM identity i JOIN contact p ON p.id = i.contact_id
        WHERE i.profile_next_at <= $1 AND i.external_id NOT LIKE 'comment:%' ORDER BY i.profile_next_at LIMIT 50");
    /// Authors of comments whose id for messages has become known.
    MET = concat!("SELECT ", identity_columns!(), " FROM identity i JOIN contact p ON p.id = i.contact_id
        WHERE i.known_as IS NOT NULL ORDER BY i.id LIMIT 50");
    /// The author of a comment has the id $2 in messages.
    MEET = "UPDATE identity SET known_as = $2 WHERE id = $1 AND external_id LIKE 'comment:%'";
    /// Replaces their id with that one; $2 is when their profile is requested.
    BECOME = "UPDATE identity SET external_id = known_as, known_as = NULL, profile_next_at = $2, profile_tries = 0
        WHERE id = $1 AND known_as IS NOT NULL";
    /// If identity $2 of contact $3 already has that id: moves the conversations to it …
    JOIN_CONVERSATIONS = "UPDATE conversation SET identity_id = $2, contact_id = $3, version = version + 1 WHERE identity_id = $1";
    /// … and the messages in them …
    JOIN_MESSAGES = "UPDATE message SET identity_id = $2
        WHERE conversation_id IN (SELECT id FROM conversation WHERE identity_id = $1)";
    /// … and what still waits to be sent on a page …
    JOIN_OUTBOX = "UPDATE outbox SET identity_id = $2 WHERE identity_id = $1 AND account_id = $3 AND channel = $4";
    /// … and deletes the previous identity.
    JOINED = "DELETE FROM identity WHERE id = $1 AND known_as = $2";
    /// Checks that the identity still belongs to this contact, and moves the window forward, never backward.
    HOLD = "UPDATE identity SET last_user_at = CASE WHEN last_user_at >= $3 THEN last_user_at ELSE coalesce($3, last_user_at) END
        WHERE id = $1 AND contact_id = $2";
    /// Adds an identity. The ids of the account and the user are unique together.
    INSERT_IDENTITY = "INSERT INTO identity (id, gateway_id, account_id, external_id, contact_id, profile_tries, profile_next_at, created_at, channel, phone)
        VALUES ($1, $2, $3, $4, $5, 0, $6, $6, $7, $8)";
    /// The contact that an identity is added to is still there.
    CONTACT_STAYS = "UPDATE contact SET version = version WHERE id = $1";
    /// Adds the author of a comment, whose profile cannot be requested from Meta yet.
    INSERT_UNMET = "INSERT INTO identity (id, gateway_id, account_id, external_id, contact_id, profile_tries, created_at, channel)
        VALUES ($1, $2, $3, $4, $5, 0, $6, $7)";
    /// The customer did something that opens the window; it never moves backwards.
    MOVE_WINDOW = "UPDATE identity SET last_user_at = $2 WHERE id = $1 AND (last_user_at IS NULL OR last_user_at < $2)";
    /// Moves them to another gateway.
    SET_GATEWAY = "UPDATE identity SET gateway_id = $2 WHERE id = $1";
    /// Tries the profile again later, or never ($2 NULL).
    PROFILE_LATER = "UPDATE identity SET profile_next_at = $2, profile_tries = profile_tries + 1 WHERE id = $1";
    /// The identity of a conversation.
    BY_CONVERSATION = concat!("SELECT ", identity_columns!(), " FROM conversation c JOIN identity i ON i.id = c.identity_id
        JOIN contact p ON p.id = i.contact_id WHERE c.id = $1");
    /// The identity that a message was sent to, or came from.
    OF_MESSAGE = concat!("SELECT ", identity_columns!(), " FROM message m JOIN identity i ON i.id = m.identity_id
        JOIN contact p ON p.id = i.contact_id WHERE m.id = $1");
    /// All identities of some contacts.
    OF_CONTACTS = concat!(with_ids!("$1"), "SELECT ", identity_columns!(), " FROM ids JOIN identity i ON i.contact_id = ids.id
        JOIN contact p ON p.id = i.contact_id ORDER BY i.id");
}

/// A contact as one account knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its id.
    pub id: IdentityId,
    /// The gateway.
    pub gateway: GatewayId,
    /// Their address. The author of a comment has no id for messages yet: see [`Identity::comment`].
    pub address: Address,
    /// The person.
    pub contact: ContactId,
    /// When the customer last did something that opens the window.
    pub last_user_at: Option<Micros>,
    /// How often the profile was requested.
    pub profile_tries: i64,
    /// When it is requested next.
    pub profile_next_at: Option<Micros>,
    /// The contact's name, once it is known.
    pub name: Option<String>,
    /// The contact's picture.
    pub picture: Option<MediumId>,
    /// When they first wrote.
    pub created_at: Micros,
    /// Their phone number in digits, where the account knows it: another id for them.
    pub phone: Option<String>,
    /// Since when they refuse marketing messages; None if these may be sent.
    pub marketing_stopped_at: Option<Micros>,
    /// Their name at the channel.
    pub channel_name: Option<String>,
    /// The contact's phone number, as it is shown.
    pub contact_phone: Option<String>,
    /// The contact's e-mail address.
    pub contact_email: Option<String>,
    /// For the author of a comment: their id for messages, known but not applied yet.
    pub known_as: Option<String>,
}

/// The prefix of Meta's id of a comment where it replaces the id of its author.
const COMMENT: &str = "comment:";

impl Identity {
    /// Meta's id of the comment, if that is all we know about this person; None for everyone else.
    pub fn comment(&self) -> Option<&str> {
        self.address.user.strip_prefix(COMMENT)
    }

    /// Every address that events may use for them: their own, and the one of their phone number.
    pub fn addresses(&self) -> Vec<Address> {
        let by_phone = self.phone.as_ref().filter(|phone| **phone != self.address.user);
        let by_phone = by_phone.map(|phone| Address::new(self.address.account.clone(), phone.clone()));
        [self.address.clone()].into_iter().chain(by_phone).collect()
    }

    /// The user in the address of a comment's author.
    pub fn of_comment(comment: &str) -> String {
        format!("{COMMENT}{comment}")
    }
}

/// An identity from its columns.
pub(crate) fn from_row(row: &Row) -> Identity {
    Identity {
        id: IdentityId(row.int(0)),
        gateway: GatewayId(row.int(1)),
        address: Address::new(Account::new(row.channel(12), row.text(2)), row.text(3)),
        contact: ContactId(row.int(4)),
        last_user_at: row.opt_int(5).map(Micros),
        profile_tries: row.int(6),
        profile_next_at: row.opt_int(7).map(Micros),
        name: row.opt_text(8),
        picture: row.opt_int(9).map(MediumId),
        created_at: Micros(row.int(10)),
        known_as: row.opt_text(11),
        phone: row.opt_text(13),
        channel_name: row.opt_text(14),
        marketing_stopped_at: row.opt_int(15).map(Micros),
        contact_phone: row.opt_text(16),
        contact_email: row.opt_text(17),
    }
}

/// One identity by its id.
pub async fn by_id(store: &Store, id: IdentityId) -> Result<Option<Identity>, Error> {
    Ok(store.row(BY_ID, values![id]).await?.as_ref().map(from_row))
}

/// Whether a user may see a conversation with an identity, and so the identity.
pub async fn is_visible(store: &Store, id: IdentityId, viewer: &Viewer) -> Result<bool, Error> {
    let mut params = values![id];
    params.extend(visibility::params(viewer));
    Ok(store.row(conversation::SEEN_OF_IDENTITY, params).await?.is_some())
}

/// The identity that a message was sent to, or came from.
pub async fn of_message(store: &Store, message: MessageId) -> Result<Option<Identity>, Error> {
    Ok(store.row(OF_MESSAGE, values![message]).await?.as_ref().map(from_row))
}

/// Adds a new identity with a contact of its own; its profile is to be fetched at once.
pub fn insert(batch: &mut Batch, identity: &Identity) {
    batch.must(contact::INSERT_CONTACT, values![identity.contact, identity.created_at]);
    insert_alone(batch, identity);
}

/// The same for a contact who is known already. A conflict if the contact was erased.
pub fn insert_for_contact(batch: &mut Batch, identity: &Identity) {
    batch.must(CONTACT_STAYS, values![identity.contact]);
    insert_alone(batch, identity);
}

fn insert_alone(batch: &mut Batch, identity: &Identity) {
    batch.must(
        INSERT_IDENTITY,
        values![
            identity.id,
            identity.gateway,
            &identity.address.account.id,
            &identity.address.user,
            identity.contact,
            identity.created_at,
            identity.address.account.channel,
            identity.phone.as_deref()
        ],
    );
    if let Some(name) = &identity.channel_name {
        contact::set_channel_name(batch, identity.contact, name);
    }
    if let Some(phone) = &identity.phone {
        contact::tell_phone(batch, identity.contact, None, phone);
    }
    batch.notify(crate::Signal::Fetch);
}

/// Adds the author of a comment as a separate contact, with the name shown at the comment.
pub fn insert_unmet(batch: &mut Batch, identity: &Identity) {
    batch.must(contact::INSERT_CONTACT, values![identity.contact, identity.created_at]);
    let Address { account, user } = &identity.address;
    let (id, gateway, contact) = (identity.id, identity.gateway, identity.contact);
    batch.must(
        INSERT_UNMET,
        values![id, gateway, &account.id, user, contact, identity.created_at, account.channel],
    );
    if let Some(name) = &identity.name {
        contact::set_channel_name(batch, identity.contact, name);
    }
}

/// The identity of a customer.
pub async fn by_address(store: &Store, address: &Address) -> Result<Option<Identity>, Error> {
    Ok(store.row(BY_EXTERNAL, of_address(address)).await?.as_ref().map(from_row))
}

/// The customer of an account who has a phone number, given in digits.
pub async fn by_phone(store: &Store, account: &Account, phone: &str) -> Result<Option<Identity>, Error> {
    Ok(store.row(BY_PHONE, values![&account.id, phone, account.channel]).await?.as_ref().map(from_row))
}

/// Sets another id and phone number. A conflict if they were renamed since they were read, or if another customer has
/// the id or the number.
pub fn rename(batch: &mut Batch, identity: &Identity, user: &str, phone: Option<&str>) {
    batch.must(RENAME, values![identity.id, &identity.address.user, user, phone]);
    follow_phone(batch, identity, phone);
}

/// Sets this phone number, or none. A conflict if they were renamed since they were read, or if another customer has
/// the number.
pub fn set_phone(batch: &mut Batch, identity: &Identity, phone: Option<&str>) {
    batch.must(SET_PHONE, values![identity.id, &identity.address.user, phone]);
    follow_phone(batch, identity, phone);
}

/// They refuse marketing messages since then, or allow them again.
pub fn set_marketing(batch: &mut Batch, id: IdentityId, stopped_at: Option<Micros>) {
    match stopped_at {
        Some(at) => batch.push(STOP_MARKETING, values![id, at]),
        None => batch.push(RESUME_MARKETING, values![id]),
    };
}

/// Sets the number on their contact as well, unless a user entered another one.
fn follow_phone(batch: &mut Batch, identity: &Identity, phone: Option<&str>) {
    if let Some(phone) = phone.filter(|phone| identity.phone.as_deref() != Some(*phone)) {
        contact::tell_phone(batch, identity.contact, identity.phone.as_deref(), phone);
    }
}

/// Two identities of one account are one customer: moves everything of `other` to the one that stays, and deletes
/// `other`. If either refused marketing messages, they are refused. A conflict if it was renamed since it was read.
pub fn join(batch: &mut Batch, other: &Identity, stays: &Identity) {
    batch.must(FOLDED, values![other.id, &other.address.user]);
    batch.push(JOIN_MESSAGES, values![other.id, stays.id]);
    batch.push(JOIN_OUTBOX, values![other.id, stays.id, &other.address.account.id, other.address.account.channel]);
    batch.push(JOIN_CONVERSATIONS, values![other.id, stays.id, stays.contact]);
    batch.push(KEEP_WINDOW, values![stays.id, other.last_user_at]);
    if let Some(at) = other.marketing_stopped_at {
        batch.push(STOP_MARKETING, values![stays.id, at]);
    }
}

/// The identities that accounts of a gateway have under an id, at most 100.
pub async fn of_gateway(store: &Store, gateway: GatewayId, external: &str) -> Result<Vec<Identity>, Error> {
    let rows = store.rows(BY_EXTERNAL_OF_GATEWAY, values![gateway, external]).await?;
    Ok(rows.iter().map(from_row).collect())
}

/// The parameters of statements that look for an address.
pub(crate) fn of_address(address: &Address) -> Vec<Value> {
    values![&address.account.id, &address.user, address.account.channel]
}

/// All identities of a contact.
pub async fn of_contact(store: &Store, contact: ContactId) -> Result<Vec<Identity>, Error> {
    Ok(store.rows(OF_CONTACT, values![contact]).await?.iter().map(from_row).collect())
}

/// The identities of some contacts.
pub async fn of_contacts(store: &Store, contacts: &BTreeSet<ContactId>) -> Result<Vec<Identity>, Error> {
    let rows = store.rows(OF_CONTACTS, vec![ids::param(contacts.iter().map(|id| id.0))]).await?;
    Ok(rows.iter().map(from_row).collect())
}

/// Identities whose profile is to be fetched now, at most 50.
pub async fn profile_due(store: &Store, now: Micros) -> Result<Vec<Identity>, Error> {
    Ok(store.rows(PROFILE_DUE, values![now]).await?.iter().map(from_row).collect())
}

/// Authors of comments whose id for messages is known but not applied yet, at most 50.
pub async fn pending_links(store: &Store) -> Result<Vec<Identity>, Error> {
    Ok(store.rows(MET, values![]).await?.iter().map(from_row).collect())
}

/// The id for messages of a comment's author became known.
pub fn link(batch: &mut Batch, id: IdentityId, external: &str) {
    batch.push(MEET, values![id, external]);
}

/// Gives the author of a comment their id for messages; a conflict if none is known.
pub fn promote(batch: &mut Batch, id: IdentityId, now: Micros) {
    batch.must(BECOME, values![id, now]);
    batch.notify(Signal::Fetch);
}

/// The author of a comment is a customer whom the Page already knows: moves everything to the customer, and deletes
/// the identity. A conflict if it has changed since it was read.
pub fn merge(batch: &mut Batch, writer: &Identity, customer: &Identity) {
    batch.must(JOINED, values![writer.id, writer.known_as.as_deref()]);
    batch.push(JOIN_MESSAGES, values![writer.id, customer.id]);
    batch.push(
        JOIN_OUTBOX,
        values![writer.id, customer.id, &writer.address.account.id, writer.address.account.channel],
    );
    batch.push(JOIN_CONVERSATIONS, values![writer.id, customer.id, customer.contact]);
}

/// Moves them to another gateway.
pub fn set_gateway(batch: &mut Batch, id: IdentityId, gateway: GatewayId) {
    batch.push(SET_GATEWAY, values![id, gateway]);
}

/// Requests the profile again at a moment; counts as an attempt.
pub fn retry_profile(batch: &mut Batch, id: IdentityId, at: Micros) {
    batch.push(PROFILE_LATER, values![id, at]);
}

/// Stops requesting the profile: the channel has none.
pub fn stop_profile(batch: &mut Batch, id: IdentityId) {
    batch.push(PROFILE_LATER, values![id, None::<Micros>]);
}
