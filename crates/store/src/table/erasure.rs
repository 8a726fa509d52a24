//! Erasing a contact on request. Rows are deleted in small batches, files last.

use domain::channel::Address;
use domain::id::{ContactId, ConversationId, DeliveryId, MessageId, UserId};
use domain::time::Micros;
use serde::{Deserialize, Serialize};

use super::audit;
use super::campaign_recipient;
use super::contact::{self, Person};
use super::dead_file;
use super::delivery::Body;
use super::identity::{self, Identity};
use super::inbox;
use super::pending_update;
use super::{mention, queue_wait};
use crate::batch::statements;
use crate::json::json;
use crate::words::words;
use crate::{Batch, Error, Row, Signal, Store, values};

macro_rules! columns {
    () => {
        "id, contact_id, subjects, up_to, delivery_id, state, conversations, messages, deliveries, requested_at, done_at, request_code"
    };
}

pub use super::dead_file::bury;

statements! {
    /// Begins to erase a contact; once per contact.
    INSERT = "INSERT INTO erasure (id, contact_id, subjects, up_to, delivery_id, state, conversations, messages, deliveries,
        requested_at, requested_by, request_code) VALUES ($1, $2, $3, $4, 0, 'conversations', 0, 0, 0, $5, $6, $7)";
    /// The erasure of a contact.
    OF_CONTACT = concat!("SELECT ", columns!(), " FROM erasure WHERE contact_id = $1");
    /// Erasures that are not done.
    RUNNING = concat!("SELECT ", columns!(), " FROM erasure WHERE state <> 'done' ORDER BY id LIMIT 20");
    /// Continues with the next step.
    STEP = "UPDATE erasure SET state = $2 WHERE id = $1";
    /// Counts what was deleted.
    COUNT = "UPDATE erasure SET conversations = conversations + $2, messages = messages + $3 WHERE id = $1";
    /// Deliveries up to $2 were searched, $3 of them changed.
    LOOKED = "UPDATE erasure SET delivery_id = $2, deliveries = deliveries + $3 WHERE id = $1";
    /// It is done: deletes what it searched for as well.
    DONE = "UPDATE erasure SET state = 'done', subjects = '[]', done_at = $2 WHERE id = $1 AND state <> 'done'";
    /// A person's request is completed by the last erasure that belongs to it.
    REQUEST_DONE = "UPDATE deletion_request SET done_at = $2 WHERE code = $1
        AND NOT EXISTS (SELECT 1 FROM erasure e WHERE e.request_code = $1 AND e.state <> 'done')";

    /// Deletes their identities.
    DELETE_IDENTITIES = "DELETE FROM identity WHERE contact_id = $1";
    /// Deletes what still had to be sent to them.
    DELETE_OUTBOX = "DELETE FROM outbox WHERE identity_id IN (SELECT id FROM identity WHERE contact_id = $1)";
    /// Ends their conversations, and clears them from the lists. A concurrent turn conflicts.
    END_CONVERSATIONS = "UPDATE conversation SET state = 'closed', is_open = NULL, agent_id = NULL, last_agent_id = NULL,
        offered_to = NULL, offered_by = NULL, queued_at = NULL, due_at = NULL, unread = 0, data = '{}', version = version + 1 WHERE contact_id = $1";
    /// Their conversations.
    CONVERSATIONS = "SELECT id FROM conversation WHERE contact_id = $1 ORDER BY id LIMIT $2";
    /// Waiting events of a customer of a page.
    WAITING = "SELECT delivery_id, n FROM inbox WHERE key = $1 AND delivery_id <= $2 ORDER BY delivery_id, n LIMIT 1000";
    /// The last of the next messages of a conversation that are deleted together.
    NEXT_MESSAGES = "SELECT max(id), count(*) FROM (SELECT id FROM message WHERE conversation_id = $1 ORDER BY id LIMIT $2) m";
    /// The channel's ids of a conversation's messages up to one.
    DELETE_MIDS = "DELETE FROM mid WHERE message_id IN (SELECT id FROM message WHERE conversation_id = $1 AND id <= $2)";
    /// Deletes the messages.
    DELETE_MESSAGES = "DELETE FROM message WHERE conversation_id = $1 AND id <= $2";
    /// … and their rows deleted.
    DELETE_MEDIA = "DELETE FROM medium WHERE conversation_id = $1";
    /// … and its row deleted.
    DELETE_MEDIUM = "DELETE FROM medium WHERE id = $1";
    /// Deletes what a conversation still had to send.
    DELETE_SENDS = "DELETE FROM outbox WHERE conversation_id = $1";
    /// Deletes its labels.
    DELETE_LABELS = "DELETE FROM conversation_label WHERE conversation_id = $1";
    /// Deletes the conversation.
    DELETE_CONVERSATION = "DELETE FROM conversation WHERE id = $1";

    /// The next deliveries in any state: id, gateway, coding of the body, the body, the number of waiting events.
    DELIVERIES = "SELECT id, gateway_id, coding, body, pending FROM delivery WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3";
    /// A delivery without one customer's part.
    REWRITE_DELIVERY = "UPDATE delivery SET body = $2, coding = 0, events = $3 WHERE id = $1 AND pending = 0";
}

words! {
    /// What an erasure is currently removing.
    #[cfg_attr(feature = "schema", schema(as = ErasureState))]
    State {
        /// Conversations are deleted.
        Conversations = "conversations",
        /// Deliveries are searched.
        Deliveries = "deliveries",
        /// Files are deleted.
        Files = "files",
        /// Everything is deleted.
        Done = "done",
    }
}

/// How a customer's data is found in deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The gateway.
    pub gateway: i64,
    /// Their address.
    pub address: Address,
}

/// A contact that is being erased, or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// Its id.
    pub id: i64,
    /// The contact.
    pub contact: ContactId,
    /// Their addresses; empty once it is done.
    pub subjects: Vec<Subject>,
    /// Deliveries with higher ids arrived later.
    pub up_to: DeliveryId,
    /// Deliveries up to this id were searched.
    pub delivery: DeliveryId,
    /// How far it has come.
    pub state: State,
    /// The number of conversations that were deleted.
    pub conversations: i64,
    /// The number of messages that were deleted.
    pub messages: i64,
    /// Deliveries that were changed.
    pub deliveries: i64,
    /// When it was asked for.
    pub requested_at: Micros,
    /// When it was done.
    pub done_at: Option<Micros>,
    /// The code of the person's own request to Meta, if it came that way.
    pub request_code: Option<String>,
}

/// An erasure from its columns.
pub(crate) fn from_row(row: &Row) -> Erasure {
    Erasure {
        id: row.int(0),
        contact: ContactId(row.int(1)),
        subjects: row.json(2),
        up_to: DeliveryId(row.int(3)),
        delivery: DeliveryId(row.int(4)),
        state: State::parse(&row.text(5)).unwrap_or(State::Done),
        conversations: row.int(6),
        messages: row.int(7),
        deliveries: row.int(8),
        requested_at: Micros(row.int(9)),
        done_at: row.opt_int(10).map(Micros),
        request_code: row.opt_text(11),
    }
}

/// The erasure of a contact, if there is one.
pub async fn of_contact(store: &Store, contact: ContactId) -> Result<Option<Erasure>, Error> {
    Ok(store.row(OF_CONTACT, values![contact]).await?.as_ref().map(from_row))
}

/// Deletes the pictures of a contact.
pub fn delete_pictures(batch: &mut Batch, person: &Person, at: Micros) {
    for picture in [person.picture, person.picture_wanted].into_iter().flatten() {
        bury(batch, picture.0, at);
    }
}

/// Deletes everything of a conversation except its messages, which were deleted before.
pub fn delete_conversation(batch: &mut Batch, id: ConversationId, at: Micros) {
    batch.push(dead_file::BURY_FILES, values![id, at]);
    batch.push(DELETE_MEDIA, values![id]);
    batch.push(DELETE_SENDS, values![id]);
    batch.push(DELETE_LABELS, values![id]);
    batch.push(queue_wait::DELETE, values![id]);
    batch.push(mention::DELETE, values![id]);
    batch.push(DELETE_CONVERSATION, values![id]);
}

/// What an erasure starts from.
#[derive(Debug, Clone)]
pub struct Erasable {
    /// The contact.
    pub person: Person,
    /// Their identities.
    pub identities: Vec<Identity>,
    /// Their first conversations.
    pub conversations: Vec<ConversationId>,
}

/// A contact with what their erasure starts from, with at most `most` conversations; None if they no longer exist.
pub async fn erasable(store: &Store, contact: ContactId, most: i64) -> Result<Option<Erasable>, Error> {
    let answers = store
        .ask(vec![
            (contact::CONTACT, values![contact]),
            (identity::OF_CONTACT, values![contact]),
            (CONVERSATIONS, values![contact, most]),
        ])
        .await?;
    Ok(answers[0].first().map(contact::person).map(|person| Erasable {
        person,
        identities: answers[1].iter().map(identity::from_row).collect(),
        conversations: answers[2].iter().map(|row| ConversationId(row.int(0))).collect(),
    }))
}

/// Waiting events of a customer, by the key of their thread, in deliveries up to an id.
pub async fn waiting_events(store: &Store, key: &Address, up_to: i64) -> Result<Vec<inbox::Place>, Error> {
    let rows = store.rows(WAITING, values![key.to_string(), up_to]).await?;
    Ok(rows.iter().map(|row| inbox::Place { delivery: DeliveryId(row.int(0)), n: row.int(1) }).collect())
}

/// Who requested an erasure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requested<'a> {
    /// The user; None for a person's own request to Meta.
    pub by: Option<UserId>,
    /// The code of that request.
    pub code: Option<&'a str>,
}

/// Begins to erase a contact: the contact, their identities and pending sends are deleted at once, and their
/// conversations end. A duplicate if it has already begun, a conflict if the contact changed since they were read.
pub fn begin(
    batch: &mut Batch,
    id: i64,
    person: &Person,
    subjects: &[Subject],
    requested: Requested<'_>,
    at: Micros,
) {
    let contact = person.id;
    let (by, code) = (requested.by, requested.code);
    batch.must(INSERT, values![id, contact, json(&subjects), id, at, by, code]);
    batch.must(contact::REMOVE, values![contact, person.version]);
    audit::forget_contact(batch, contact);
    batch.push(pending_update::ERASE, values![contact]);
    batch.push(campaign_recipient::ERASE, values![contact]);
    batch.push(DELETE_OUTBOX, values![contact]);
    batch.push(DELETE_IDENTITIES, values![contact]);
    batch.push(END_CONVERSATIONS, values![contact]);
    delete_pictures(batch, person, at);
    batch.notify(Signal::Retention);
}

/// Erasures that are not done, at most 20.
pub async fn running(store: &Store) -> Result<Vec<Erasure>, Error> {
    Ok(store.rows(RUNNING, values![]).await?.iter().map(from_row).collect())
}

/// Conversations of a contact, oldest first.
pub async fn conversations(store: &Store, contact: ContactId, limit: i64) -> Result<Vec<ConversationId>, Error> {
    let rows = store.rows(CONVERSATIONS, values![contact, limit]).await?;
    Ok(rows.iter().map(|row| ConversationId(row.int(0))).collect())
}

/// The next messages of a conversation that are deleted together: the last of them, and their number. None if there
/// are none left.
pub async fn next_messages(
    store: &Store,
    id: ConversationId,
    limit: i64,
) -> Result<Option<(MessageId, i64)>, Error> {
    let row = store.row(NEXT_MESSAGES, values![id, limit]).await?;
    Ok(row.and_then(|row| row.opt_int(0).map(|last| (MessageId(last), row.int(1)))))
}

/// Deletes the messages of a conversation up to one.
pub fn delete_messages(batch: &mut Batch, id: ConversationId, up_to: MessageId) {
    batch.push(DELETE_MIDS, values![id, up_to]);
    batch.push(DELETE_MESSAGES, values![id, up_to]);
}

/// Continues the erasure with the next step.
pub fn set_state(batch: &mut Batch, id: i64, state: State) {
    batch.push(STEP, values![id, state]);
}

/// Counts what was deleted.
pub fn add_counts(batch: &mut Batch, id: i64, conversations: i64, messages: i64) {
    batch.push(COUNT, values![id, conversations, messages]);
}

/// Deliveries up to one were searched, and this many of them were changed.
pub fn set_looked_through(batch: &mut Batch, id: i64, up_to: DeliveryId, changed: i64) {
    batch.push(LOOKED, values![id, up_to, changed]);
}

/// Everything is deleted. A person's own request is completed by the last erasure that belongs to it. A conflict if
/// it is already done.
pub fn finish(batch: &mut Batch, erasure: &Erasure, at: Micros) {
    batch.must(DONE, values![erasure.id, at]);
    if let Some(code) = &erasure.request_code {
        batch.push(REQUEST_DONE, values![code, at]);
    }
}

/// A delivery that may contain a customer's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Searched {
    /// Its id.
    pub id: DeliveryId,
    /// Its body.
    pub body: Body,
    /// The number of its waiting events.
    pub pending: i64,
}

/// The next deliveries above an id and up to another.
pub async fn deliveries(
    store: &Store,
    above: DeliveryId,
    up_to: DeliveryId,
    limit: i64,
) -> Result<Vec<Searched>, Error> {
    let rows = store.rows(DELIVERIES, values![above, up_to, limit]).await?;
    let searched =
        |row: &Row| Searched { id: DeliveryId(row.int(0)), body: Body::read(row, 2), pending: row.int(4) };
    Ok(rows.iter().map(searched).collect())
}

/// Writes the body of a delivery without a customer's part; a conflict if it has waiting events.
pub fn rewrite_delivery(batch: &mut Batch, id: DeliveryId, body: Vec<u8>, events: i64) {
    batch.must(REWRITE_DELIVERY, values![id, body, events]);
}

/// The same for a delivery that is being applied: does nothing if it has waiting events.
pub fn rewrite_if_done(batch: &mut Batch, id: DeliveryId, body: Vec<u8>, events: i64) {
    batch.push(REWRITE_DELIVERY, values![id, body, events]);
}
