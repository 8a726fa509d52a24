//! Erasing a contact on request. Rows go in small batches, files last.

use domain::channel::Address;
use domain::id::{ContactId, ConversationId, DeliveryId, MessageId, UserId};
use domain::time::Micros;
use serde::{Deserialize, Serialize};

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
    /// Begins to erase a contact; once for each.
    INSERT = "INSERT INTO erasure (id, contact_id, subjects, up_to, delivery_id, state, conversations, messages, deliveries,
        requested_at, requested_by, request_code) VALUES ($1, $2, $3, $4, 0, 'conversations', 0, 0, 0, $5, $6, $7)";
    /// The erasure of a contact.
    OF_CONTACT = concat!("SELECT ", columns!(), " FROM erasure WHERE contact_id = $1");
    /// Erasures that are not done.
    RUNNING = concat!("SELECT ", columns!(), " FROM erasure WHERE state <> 'done' ORDER BY id LIMIT 20");
    /// It continues with another step.
    STEP = "UPDATE erasure SET state = $2 WHERE id = $1";
    /// What went so far.
    COUNT = "UPDATE erasure SET conversations = conversations + $2, messages = messages + $3 WHERE id = $1";
    /// Deliveries up to $2 were looked through, $3 of them changed.
    LOOKED = "UPDATE erasure SET delivery_id = $2, deliveries = deliveries + $3 WHERE id = $1";
    /// It is done: what it looked for is forgotten too.
    DONE = "UPDATE erasure SET state = 'done', subjects = '[]', done_at = $2 WHERE id = $1 AND state <> 'done'";
    /// A person's request is done with the last erasure that belongs to it.
    REQUEST_DONE = "UPDATE deletion_request SET done_at = $2 WHERE code = $1
        AND NOT EXISTS (SELECT 1 FROM erasure e WHERE e.request_code = $1 AND e.state <> 'done')";

    /// The same for how pages know them.
    DELETE_IDENTITIES = "DELETE FROM identity WHERE contact_id = $1";
    /// The same for what must still reach them.
    DELETE_OUTBOX = "DELETE FROM outbox WHERE identity_id IN (SELECT id FROM identity WHERE contact_id = $1)";
    /// Their conversations end, with nothing of them left in the lists. Whoever is playing a turn is too late.
    END_CONVERSATIONS = "UPDATE conversation SET state = 'closed', is_open = NULL, agent_id = NULL, last_agent_id = NULL,
        offered_to = NULL, offered_by = NULL, queued_at = NULL, due_at = NULL, unread = 0, data = '{}', version = version + 1 WHERE contact_id = $1";
    /// Their conversations.
    CONVERSATIONS = "SELECT id FROM conversation WHERE contact_id = $1 ORDER BY id LIMIT $2";
    /// Events that wait for a customer of a page.
    WAITING = "SELECT delivery_id, n FROM inbox WHERE key = $1 AND delivery_id <= $2 ORDER BY delivery_id, n LIMIT 1000";
    /// The last of the next messages of a conversation that go together.
    NEXT_MESSAGES = "SELECT max(id), count(*) FROM (SELECT id FROM message WHERE conversation_id = $1 ORDER BY id LIMIT $2) m";
    /// The channel's ids of a conversation's messages up to one.
    DELETE_MIDS = "DELETE FROM mid WHERE message_id IN (SELECT id FROM message WHERE conversation_id = $1 AND id <= $2)";
    /// The messages.
    DELETE_MESSAGES = "DELETE FROM message WHERE conversation_id = $1 AND id <= $2";
    /// … and forgotten.
    DELETE_MEDIA = "DELETE FROM medium WHERE conversation_id = $1";
    /// … and forgotten.
    DELETE_MEDIUM = "DELETE FROM medium WHERE id = $1";
    /// What a conversation still had to send.
    DELETE_SENDS = "DELETE FROM outbox WHERE conversation_id = $1";
    /// Its labels.
    DELETE_LABELS = "DELETE FROM conversation_label WHERE conversation_id = $1";
    /// Itself.
    DELETE_CONVERSATION = "DELETE FROM conversation WHERE id = $1";

    /// The next deliveries, whatever became of them: id, gateway, how the body is kept, the body, how many events wait.
    DELIVERIES = "SELECT id, gateway_id, coding, body, pending FROM delivery WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3";
    /// A delivery without one customer's part.
    REWRITE_DELIVERY = "UPDATE delivery SET body = $2, coding = 0, events = $3 WHERE id = $1 AND pending = 0";
}

words! {
    /// What an erasure is currently removing.
    #[cfg_attr(feature = "schema", schema(as = ErasureState))]
    State {
        /// Conversations go.
        Conversations = "conversations",
        /// Deliveries are looked through.
        Deliveries = "deliveries",
        /// Files go.
        Files = "files",
        /// All is gone.
        Done = "done",
    }
}

/// What a customer's data in deliveries is found by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The gateway.
    pub gateway: i64,
    /// How they were addressed.
    pub address: Address,
}

/// A contact that is being erased, or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// Its id.
    pub id: i64,
    /// Whom.
    pub contact: ContactId,
    /// How pages knew them; empty once it is done.
    pub subjects: Vec<Subject>,
    /// Deliveries beyond this id came later.
    pub up_to: DeliveryId,
    /// Deliveries up to this id were looked through.
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
    /// The code of a person's own request to Meta, if it came so.
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

/// Everything of a conversation but its messages, which went before.
pub fn delete_conversation(batch: &mut Batch, id: ConversationId, at: Micros) {
    batch.push(dead_file::BURY_FILES, values![id, at]);
    batch.push(DELETE_MEDIA, values![id]);
    batch.push(DELETE_SENDS, values![id]);
    batch.push(DELETE_LABELS, values![id]);
    batch.push(queue_wait::DELETE, values![id]);
    batch.push(mention::DELETE, values![id]);
    batch.push(DELETE_CONVERSATION, values![id]);
}

/// What an erasure begins with.
#[derive(Debug, Clone)]
pub struct Erasable {
    /// The contact.
    pub person: Person,
    /// How Pages know them.
    pub identities: Vec<Identity>,
    /// Their first conversations.
    pub conversations: Vec<ConversationId>,
}

/// A contact with what their erasure begins with, at most `most` conversations of it; None if they are gone.
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

/// Events that wait for a customer, by the key of their thread, of deliveries up to an id.
pub async fn waiting_events(store: &Store, key: &Address, up_to: i64) -> Result<Vec<inbox::Place>, Error> {
    let rows = store.rows(WAITING, values![key.to_string(), up_to]).await?;
    Ok(rows.iter().map(|row| inbox::Place { delivery: DeliveryId(row.int(0)), n: row.int(1) }).collect())
}

/// Who asked for an erasure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requested<'a> {
    /// The user; None for a person's own request to Meta.
    pub by: Option<UserId>,
    /// The code of that request.
    pub code: Option<&'a str>,
}

/// Begins to erase a contact: the contact, their identities and what must still reach them go at once, and their
/// conversations end. A duplicate if it has begun, a conflict if the contact changed since they were read.
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

/// Conversations of a contact, the oldest first.
pub async fn conversations(store: &Store, contact: ContactId, limit: i64) -> Result<Vec<ConversationId>, Error> {
    let rows = store.rows(CONVERSATIONS, values![contact, limit]).await?;
    Ok(rows.iter().map(|row| ConversationId(row.int(0))).collect())
}

/// The next messages of a conversation that go together: the last of them, and how many. None if there are none left.
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

/// The erasure continues with another step.
pub fn set_state(batch: &mut Batch, id: i64, state: State) {
    batch.push(STEP, values![id, state]);
}

/// Counts what went.
pub fn add_counts(batch: &mut Batch, id: i64, conversations: i64, messages: i64) {
    batch.push(COUNT, values![id, conversations, messages]);
}

/// Deliveries up to one were looked through, and so many of them changed.
pub fn set_looked_through(batch: &mut Batch, id: i64, up_to: DeliveryId, changed: i64) {
    batch.push(LOOKED, values![id, up_to, changed]);
}

/// All is gone. A person's own request is done with the last erasure that belongs to it. A conflict if it is done
/// already.
pub fn finish(batch: &mut Batch, erasure: &Erasure, at: Micros) {
    batch.must(DONE, values![erasure.id, at]);
    if let Some(code) = &erasure.request_code {
        batch.push(REQUEST_DONE, values![code, at]);
    }
}

/// A delivery that may hold a customer's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Searched {
    /// Its id.
    pub id: DeliveryId,
    /// Its body.
    pub body: Body,
    /// How many events of it wait.
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

/// Writes the body of a delivery without a customer's part; a conflict if events of it wait.
pub fn rewrite_delivery(batch: &mut Batch, id: DeliveryId, body: Vec<u8>, events: i64) {
    batch.must(REWRITE_DELIVERY, values![id, body, events]);
}

/// The same for a delivery that is being applied: nothing if events of it wait.
pub fn rewrite_if_done(batch: &mut Batch, id: DeliveryId, body: Vec<u8>, events: i64) {
    batch.push(REWRITE_DELIVERY, values![id, body, events]);
}
