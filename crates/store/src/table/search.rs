//! Full-text search over messages, conversations and contacts. Both engines index the words that `domain::search`
//! finds in a text, unchanged: SQLite in FTS5 tables that triggers fill, PostgreSQL in GIN indexes. So what is
//! deleted from a row is deleted from the index in the same transaction. Results are ordered by id, newest first.

mod index;

use std::collections::HashMap;

use domain::conversation::State;
use domain::id::{ContactId, ConversationId, MessageId};
use domain::search::{MOST_WORDS, Query};
use domain::time::Micros;
use domain::visibility::{Viewer, Visibility};

pub(crate) use self::index::{
    CONTACT_INDEX_POSTGRES, CONTACT_INDEX_SQLITE, MESSAGE_INDEX_POSTGRES, MESSAGE_INDEX_SQLITE,
};
use self::index::{contact_vector, message_vector};
use super::contact::{self, Person};
use super::conversation;
use super::ids::{self, with_ids};
use super::message::{self, Stored};
use super::visibility::{self, seen_by};
use crate::batch::statements;
use crate::{Error, Row, Sql, Store, Value, values};

/// Messages that have the words $1. `CROSS JOIN`: SQLite begins with the index.
macro_rules! messages_sqlite {
    ($query:literal) => {
        concat!(
            "message_search CROSS JOIN message m ON m.id = message_search.rowid AND message_search MATCH ",
            $query
        )
    };
}

macro_rules! messages_postgres {
    ($query:literal) => {
        concat!(
            "message m JOIN (SELECT 1) one ON ",
            message_vector!("m."),
            " @@ CAST(CAST(",
            $query,
            " AS TEXT) AS tsquery)"
        )
    };
}

macro_rules! contacts_sqlite {
    ($query:literal) => {
        concat!(
            "contact_search CROSS JOIN contact p ON p.id = contact_search.rowid AND contact_search MATCH ",
            $query
        )
    };
}

macro_rules! contacts_postgres {
    ($query:literal) => {
        concat!(
            "contact p JOIN (SELECT 1) one ON ",
            contact_vector!("p."),
            " @@ CAST(CAST(",
            $query,
            " AS TEXT) AS tsquery)"
        )
    };
}

/// Whether conversation `c` is visible and matches the filters: $3 queue, $4 agent or last agent, $5 label (0 for
/// all), $6 channel (empty for all), $7 to $9 the viewer, $13 account (empty for all), $14 states (`,a,b,` or empty).
macro_rules! asked {
    () => {
        concat!(
            "(c.queue_id = $3 OR $3 = 0)
             AND (c.agent_id = $4 OR $4 = 0 OR (c.state IN ('closed', 'wrap_up') AND c.last_agent_id = $4))
             AND (EXISTS (SELECT 1 FROM conversation_label u WHERE u.conversation_id = c.id AND u.label_id = $5) OR $5 = 0)
             AND (c.channel = $6 OR $6 = '') AND (c.account_id = $13 OR $13 = '')
             AND ($14 = '' OR $14 LIKE '%,' || c.state || ',%') AND ",
            seen_by!("$7", "$8", "$9")
        )
    };
}

/// $1 words, $2 ids below this one, $10 and $11 the range of time, $12 the limit. `$id`: SQLite finds the newest first, and stops after
/// the limit, only if it is asked for the id of its index.
macro_rules! messages {
    ($from:expr, $id:literal) => {
        concat!(
            "SELECT m.id FROM ",
            $from,
            " JOIN conversation c ON c.id = m.conversation_id
            WHERE ",
            $id,
            " < $2 AND ",
            asked!(),
            " AND m.at >= $10 AND m.at < $11 ORDER BY ",
            $id,
            " DESC LIMIT $12"
        )
    };
}

/// Whether no filter asks for conversations: then contacts who never wrote are found as well, such as imported ones.
macro_rules! unfiltered {
    () => {
        "$3 = 0 AND $4 = 0 AND $5 = 0 AND $6 = '' AND $13 = '' AND $14 = '' AND $10 < 0 AND $11 = 9223372036854775807"
    };
}

/// The same, where $1 also contains a telephone number.
macro_rules! contacts {
    ($from:expr, $id:literal) => {
        concat!(
            "SELECT p.id FROM ",
            $from,
            " WHERE ",
            $id,
            " < $2 AND (EXISTS (SELECT 1 FROM conversation c WHERE c.contact_id = p.id AND ",
            asked!(),
            " AND c.last_activity_at >= $10 AND c.last_activity_at < $11) OR (",
            unfiltered!(),
            " AND NOT EXISTS (SELECT 1 FROM conversation c WHERE c.contact_id = p.id))) ORDER BY ",
            $id,
            " DESC LIMIT $12"
        )
    };
}

/// The same, with the words for contacts in $15.
macro_rules! conversations {
    ($messages:expr, $contacts:expr) => {
        concat!(
            "SELECT c.id FROM conversation c WHERE c.id < $2 AND ",
            asked!(),
            "
            AND c.last_activity_at >= $10 AND c.last_activity_at < $11
            AND (c.id IN (SELECT m.conversation_id FROM ",
            $messages,
            ") OR c.contact_id IN (SELECT p.id FROM ",
            $contacts,
            "))
            ORDER BY c.id DESC LIMIT $12"
        )
    };
}

/// Whether a text contains all searched words: $1 and $15 to $25 are LIKE patterns; unused ones are `%`.
macro_rules! has_all {
    ($words:expr) => {
        has_all!($words; "$1", "$15", "$16", "$17", "$18", "$19", "$20", "$21", "$22", "$23", "$24", "$25")
    };
    ($words:expr; $first:literal $(, $more:literal)*) => {
        concat!("(", $words, " LIKE ", $first, $(" AND ", $words, " LIKE ", $more,)* ")")
    };
}

macro_rules! message_words {
    () => {
        "' ' || m.words"
    };
}

/// Whether contact `p` has all words, or the telephone number $26 (a LIKE pattern).
macro_rules! contact_has_all {
    () => {
        concat!(
            "(",
            has_all!("' ' || p.name_words || ' ' || p.email_words || ' ' || p.phone_words"),
            " OR ' ' || p.phone_words LIKE $26)"
        )
    };
}

const MESSAGES: [Sql; 2] = [
    Sql(messages!(messages_sqlite!("$1"), "message_search.rowid")),
    Sql(messages!(messages_postgres!("$1"), "m.id")),
];
const CONTACTS: [Sql; 2] = [
    Sql(contacts!(contacts_sqlite!("$1"), "contact_search.rowid")),
    Sql(contacts!(contacts_postgres!("$1"), "p.id")),
];
const CONVERSATIONS: [Sql; 2] = [
    Sql(conversations!(messages_sqlite!("$1"), contacts_sqlite!("$15"))),
    Sql(conversations!(messages_postgres!("$1"), contacts_postgres!("$15"))),
];
statements! {
    /// Those among the newest messages, for a user who sees everything: words that many messages have fill a page here, while the index
    /// would have to collect all messages with them.
    NEWEST_MESSAGES = concat!("SELECT m.id FROM message m CROSS JOIN conversation c WHERE c.id = m.conversation_id AND m.id < $2
        AND m.id >= (SELECT min(n.id) FROM (SELECT id FROM message WHERE id < $2 ORDER BY id DESC LIMIT 5000) n) AND ",
        has_all!(message_words!()), " AND ", asked!(), " AND m.at >= $10 AND m.at < $11 ORDER BY m.id DESC LIMIT $12");
    /// The same for conversations.
    NEWEST_CONVERSATIONS = concat!("SELECT c.id FROM conversation c WHERE c.id < $2
        AND c.id >= (SELECT min(n.id) FROM (SELECT id FROM conversation WHERE id < $2 ORDER BY id DESC LIMIT 1000) n) AND ", asked!(), "
        AND c.last_activity_at >= $10 AND c.last_activity_at < $11
        AND (EXISTS (SELECT 1 FROM contact p WHERE p.id = c.contact_id AND ", contact_has_all!(), ")
            OR EXISTS (SELECT 1 FROM message m WHERE m.conversation_id = c.id AND ", has_all!(message_words!()), "))
        ORDER BY c.id DESC LIMIT $12");
    /// Messages for a user who does not see everything. Neither the indexes nor texts of others are read: the
    /// duration of a search must not depend on what others have written. `OFFSET 0` keeps PostgreSQL from looking at
    /// texts first.
    SEEN_MESSAGES = concat!("SELECT m.id FROM (SELECT c.id FROM conversation c WHERE ", asked!(), " LIMIT 1000000 OFFSET 0) seen
        CROSS JOIN message m WHERE m.conversation_id = seen.id AND m.id < $2 AND m.at >= $10 AND m.at < $11 AND ", has_all!(message_words!()), "
        ORDER BY m.id DESC LIMIT $12");
    /// The same for contacts.
    SEEN_CONTACTS = concat!("SELECT p.id FROM (SELECT DISTINCT c.contact_id FROM conversation c WHERE ", asked!(), "
        AND c.last_activity_at >= $10 AND c.last_activity_at < $11 LIMIT 1000000 OFFSET 0) seen
        CROSS JOIN contact p WHERE p.id = seen.contact_id AND p.id < $2 AND ", contact_has_all!(), " ORDER BY p.id DESC LIMIT $12");
    /// The same for conversations.
    SEEN_CONVERSATIONS = concat!("SELECT seen.id FROM (SELECT c.id, c.contact_id FROM conversation c WHERE c.id < $2 AND ", asked!(), "
        AND c.last_activity_at >= $10 AND c.last_activity_at < $11 LIMIT 1000000 OFFSET 0) seen
        WHERE EXISTS (SELECT 1 FROM contact p WHERE p.id = seen.contact_id AND ", contact_has_all!(), " LIMIT 1 OFFSET 0)
            OR EXISTS (SELECT 1 FROM message m WHERE m.conversation_id = seen.id AND ", has_all!(message_words!()), " LIMIT 1 OFFSET 0)
        ORDER BY seen.id DESC LIMIT $12");
    /// For each conversation of $2, the last message that contains all words.
    LAST_MESSAGES = concat!(with_ids!("$2"), "SELECT (SELECT max(m.id) FROM message m WHERE m.conversation_id = ids.id AND ",
        has_all!(message_words!(); "$1", "$3", "$4", "$5", "$6", "$7", "$8", "$9", "$10", "$11", "$12", "$13"), ") FROM ids");
    /// Some messages.
    MESSAGES_BY_ID = concat!(with_ids!("$1"), "SELECT ", message::columns!(), " FROM ids JOIN message m ON m.id = ids.id");
    /// Some conversations.
    CONVERSATIONS_BY_ID = concat!(with_ids!("$1"), "SELECT ", conversation::columns!(), " FROM ids JOIN conversation c ON c.id = ids.id");
    /// Some contacts.
    CONTACTS_BY_ID = concat!(with_ids!("$1"), "SELECT ", contact::person_columns!(), " FROM ids JOIN contact p ON p.id = ids.id");
}

/// Which conversations are searched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of a queue.
    pub queue: Option<i64>,
    /// Held by an agent, or last held by them.
    pub agent: Option<i64>,
    /// With a label.
    pub label: Option<i64>,
    /// Of a channel; empty for all.
    pub channel: String,
    /// Of an account; empty for all.
    pub account: String,
    /// In one of these states; None for all.
    pub states: Option<Vec<State>>,
    /// From this moment on: for messages, when they were written; else, when the conversation was last active.
    pub from: Option<Micros>,
    /// Before this moment.
    pub to: Option<Micros>,
}

/// A page of results: ids below `below`, newest first.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The searched words.
    pub query: &'a Query,
    /// The filters.
    pub filter: &'a Filter,
    /// The user who searches.
    pub viewer: &'a Viewer,
    /// Ids below this one.
    pub below: i64,
    /// The limit.
    pub limit: i64,
}

impl Asked<'_> {
    fn params(&self, words: Value) -> Vec<Value> {
        let it = self.filter;
        let states = it.states.as_deref().map_or_else(String::new, conversation::words_of);
        let mut params = values![
            words,
            self.below,
            it.queue.unwrap_or(0),
            it.agent.unwrap_or(0),
            it.label.unwrap_or(0),
            &it.channel
        ];
        params.extend(visibility::params(self.viewer));
        params.extend(values![
            it.from.unwrap_or(Micros(i64::MIN)),
            it.to.unwrap_or(Micros(i64::MAX)),
            self.limit,
            &it.account,
            states
        ]);
        params
    }
}

/// The SQL text for the engine.
fn of(store: &Store, sql: [Sql; 2]) -> Sql {
    sql[usize::from(!store.is_sqlite())]
}

/// The words as LIKE patterns, for texts in which each word follows a space; no word contains a wildcard.
fn patterns(query: &Query) -> Vec<Value> {
    let begins = |word: &String| Value::Text(format!("% {word}%"));
    let mut all: Vec<Value> = query.words().iter().map(begins).collect();
    all.resize(MOST_WORDS, Value::Text("%".into()));
    all
}

/// The search in the engine's syntax: every word, or the telephone number.
fn words(store: &Store, query: &Query, with_number: bool) -> String {
    let each = query.words().iter().map(|word| term(store, word)).collect::<Vec<_>>();
    let (and, or) = if store.is_sqlite() { (" AND ", " OR ") } else { (" & ", " | ") };
    match query.number().filter(|_| with_number) {
        Some(number) => format!("({}){or}{}", each.join(and), term(store, number)),
        None => each.join(and),
    }
}

/// Words with this prefix. No word contains a quotation mark.
fn term(store: &Store, word: &str) -> String {
    if store.is_sqlite() { format!("\"{word}\"*") } else { format!("'{word}':*") }
}

async fn found(store: &Store, sql: Sql, params: Vec<Value>) -> Result<Vec<i64>, Error> {
    Ok(store.rows(sql, params).await?.iter().map(|row| row.int(0)).collect())
}

/// The SQL texts of one kind of results.
struct Texts {
    /// Those among the newest.
    newest: Option<Sql>,
    /// All, by the index.
    indexed: [Sql; 2],
    /// All that a user sees who does not see everything.
    seen: Sql,
    /// Whether the patterns of `newest` and `seen` include the telephone number.
    with_number: bool,
}

/// Searches the newest and then the index for users who see everything, and for others only what they see.
async fn ask(
    store: &Store,
    asked: &Asked<'_>,
    texts: Texts,
    words: [Option<String>; 2],
) -> Result<Vec<i64>, Error> {
    let mut patterns = patterns(asked.query).into_iter();
    let mut params = asked.params(patterns.next().unwrap_or(Value::Null));
    params.extend(patterns);
    if texts.with_number {
        params.push(asked.query.number().map_or(String::new(), |number| format!("% {number}%")).into());
    }
    if asked.viewer.visibility() != Visibility::All {
        return found(store, texts.seen, params).await;
    }
    if let Some(newest) = texts.newest {
        let found = found(store, newest, params).await?;
        if i64::try_from(found.len()).unwrap_or(i64::MAX) >= asked.limit {
            return Ok(found);
        }
    }
    let [first, second] = words;
    let mut params = asked.params(first.unwrap_or_default().into());
    params.extend(second.map(Value::Text));
    found(store, of(store, texts.indexed), params).await
}

/// Messages with all words.
pub async fn messages(store: &Store, asked: &Asked<'_>) -> Result<Vec<MessageId>, Error> {
    let words = [Some(words(store, asked.query, false)), None];
    let texts =
        Texts { newest: Some(NEWEST_MESSAGES), indexed: MESSAGES, seen: SEEN_MESSAGES, with_number: false };
    let found = ask(store, asked, texts, words).await?;
    Ok(found.into_iter().map(MessageId).collect())
}

/// Contacts with all words in what is known about them, or with the telephone number.
pub async fn contacts(store: &Store, asked: &Asked<'_>) -> Result<Vec<ContactId>, Error> {
    let words = [Some(words(store, asked.query, true)), None];
    let texts = Texts { newest: None, indexed: CONTACTS, seen: SEEN_CONTACTS, with_number: true };
    let found = ask(store, asked, texts, words).await?;
    Ok(found.into_iter().map(ContactId).collect())
}

/// Conversations of such contacts, or with such a message.
pub async fn conversations(store: &Store, asked: &Asked<'_>) -> Result<Vec<ConversationId>, Error> {
    let words = [Some(words(store, asked.query, false)), Some(words(store, asked.query, true))];
    let texts = Texts {
        newest: Some(NEWEST_CONVERSATIONS),
        indexed: CONVERSATIONS,
        seen: SEEN_CONVERSATIONS,
        with_number: true,
    };
    let found = ask(store, asked, texts, words).await?;
    Ok(found.into_iter().map(ConversationId).collect())
}

/// For each of some conversations, the last message with all words, if there is one.
pub async fn last_messages(
    store: &Store,
    query: &Query,
    list: &[ConversationId],
) -> Result<Vec<MessageId>, Error> {
    let mut params = patterns(query);
    params.insert(1, ids::param(list.iter().map(|id| id.0)));
    let rows = store.rows(LAST_MESSAGES, params).await?;
    Ok(rows.iter().filter_map(|row| row.opt_int(0)).map(MessageId).collect())
}

/// The results.
#[derive(Debug, Default)]
pub struct Rows {
    /// Messages.
    pub messages: HashMap<MessageId, Stored>,
    /// Contacts.
    pub contacts: HashMap<ContactId, Person>,
}

/// Some messages and contacts.
pub async fn rows(
    store: &Store,
    messages: impl IntoIterator<Item = MessageId>,
    contacts: impl IntoIterator<Item = ContactId>,
) -> Result<Rows, Error> {
    let questions = vec![
        (MESSAGES_BY_ID, vec![ids::param(messages.into_iter().map(|id| id.0))]),
        (CONTACTS_BY_ID, vec![ids::param(contacts.into_iter().map(|id| id.0))]),
    ];
    let answers = store.ask(questions).await?;
    let messages = answers[0].iter().map(message::from_row).map(|it| (it.message.id, it));
    let contacts = answers[1].iter().map(contact::person).map(|it| (it.id, it));
    Ok(Rows { messages: messages.collect(), contacts: contacts.collect() })
}

/// Some conversations, in any order.
pub async fn conversation_rows(
    store: &Store,
    list: impl IntoIterator<Item = ConversationId>,
) -> Result<Vec<domain::conversation::Conversation>, Error> {
    let params = vec![ids::param(list.into_iter().map(|id| id.0))];
    Ok(store
        .rows(CONVERSATIONS_BY_ID, params)
        .await?
        .iter()
        .map(conversation::from_row as fn(&Row) -> _)
        .collect())
}

#[cfg(test)]
mod tests;
