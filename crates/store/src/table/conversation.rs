//! Conversations: read by id, by identity, by list; written only by a turn (`record.rs`).

use std::collections::{BTreeSet, HashMap};

use domain::channel::{Account, Address, Channel};
use domain::conversation::{Conversation, State};
use domain::id::{ContactId, ConversationId, GatewayId, IdentityId, QueueId, UserId};
use domain::inbound::FileKind;
use domain::message::{Direction, Status};
use domain::time::Micros;
use domain::visibility::Viewer;

use super::agent::Handled;
use super::contact::has_words;
use super::identity::{self, Identity};
use super::ids::{self, with_ids};
use super::label::{self, Label};
use super::visibility::{self, held_contacts, seen_by};
use super::{medium, message};
use crate::batch::statements;
use crate::text::{contains, contains_digits};
use crate::{Error, Row, Store, Value, values};

macro_rules! columns {
    () => {
        "c.id, c.identity_id, c.contact_id, c.gateway_id, c.account_id, c.state, c.queue_id, c.agent_id, \
         c.last_agent_id, c.priority, c.created_at, c.last_activity_at, c.queued_at, c.closed_at, c.unread, \
         c.data, c.version, c.isolated, c.channel"
    };
}
pub(crate) use columns;

/// `OFFSET 0` keeps PostgreSQL from reading all texts once and hashing them: texts of conversations that the viewer
/// may not see must not be read.
///
/// The filters of a list: $1 states (`,a,b,` or empty), $2 queue (0 for all), $3 agent or last agent (0 for all), $4
/// contact (0 for all), $5 words (a LIKE pattern or empty), $6 a label (0 for all), $7 to $9 the viewer, $10 digits
/// of a phone number (a LIKE pattern or empty), $11 an account (empty for all), $12 and $13 the range of the latest
/// activity, $14 a channel (empty for all).
macro_rules! listed {
    () => {
        concat!(" FROM conversation c
        WHERE ($1 = '' OR $1 LIKE '%,' || c.state || ',%') AND (c.queue_id = $2 OR $2 = 0)
        AND (c.agent_id = $3 OR $3 = 0 OR c.offered_to = $3 OR c.offered_by = $3 OR (c.colleagues <> '' AND c.colleagues LIKE '%,' || CAST($3 AS BIGINT) || ',%') OR (c.state IN ('closed', 'wrap_up') AND c.last_agent_id = $3))
        AND (c.contact_id = $4 OR $4 = 0) AND (c.account_id = $11 OR $11 = '') AND (c.channel = $14 OR $14 = '') AND c.last_activity_at >= $12 AND c.last_activity_at < $13
        AND ($5 = '' OR EXISTS (SELECT 1 FROM contact p WHERE p.id = c.contact_id AND ", has_words!("$5", "$10"), ")
             OR EXISTS (SELECT 1 FROM message m WHERE m.conversation_id = c.id AND m.folded LIKE $5 ESCAPE '!' LIMIT 1 OFFSET 0))
        AND (EXISTS (SELECT 1 FROM conversation_label u WHERE u.conversation_id = c.id AND u.label_id = $6) OR $6 = 0)
        AND ", seen_by!("$7", "$8", "$9"))
    };
}

statements! {
    /// One conversation.
    BY_ID = concat!("SELECT ", columns!(), " FROM conversation c WHERE c.id = $1");
    /// The open conversation of a customer as a page knows them.
    OPEN_BY_EXTERNAL = concat!("SELECT ", columns!(), " FROM identity i JOIN conversation c ON c.identity_id = i.id AND c.is_open = 1
        WHERE i.channel = $3 AND i.account_id = $1 AND i.external_id = $2");
    /// The open conversation of a customer, else their last one.
    LAST_BY_EXTERNAL = concat!("SELECT ", columns!(), " FROM identity i JOIN conversation c ON c.identity_id = i.id
        WHERE i.channel = $3 AND i.account_id = $1 AND i.external_id = $2 ORDER BY coalesce(c.is_open, 0) DESC, c.id DESC LIMIT 1");
    /// The last conversation of a customer outside isolated queues.
    LAST_OF_CUSTOMER = concat!("SELECT ", columns!(), " FROM identity i JOIN conversation c ON c.identity_id = i.id
        WHERE i.channel = $3 AND i.account_id = $1 AND i.external_id = $2 AND c.isolated = 0 ORDER BY coalesce(c.is_open, 0) DESC, c.id DESC LIMIT 1");
    /// Conversations of a queue that are not closed.
    OPEN_OF_QUEUE = concat!("SELECT ", columns!(), " FROM conversation c WHERE c.queue_id = $1 AND c.state <> 'closed'");
    /// Those whose timer is due.
    DUE = "SELECT id FROM conversation WHERE due_at <= $1 ORDER BY due_at LIMIT 500";
    /// When the next timer is due.
    NEXT_DUE = "SELECT min(due_at) FROM conversation WHERE due_at IS NOT NULL";
    /// Those that wait in one of the queues $1; those of no queue wait in $2. Per queue and channel, the first $3 by
    /// priority and the first $3 by wait; the first of each comes before the second of any, so that no queue hides
    /// another.
    WAITING = concat!(with_ids!("$1"), ", line (id, by_priority, by_wait) AS (SELECT c.id,
            row_number() OVER (PARTITION BY c.queue_id, c.channel ORDER BY c.priority DESC, c.queued_at, c.id),
            row_number() OVER (PARTITION BY c.queue_id, c.channel ORDER BY c.queued_at, c.id)
            FROM conversation c WHERE c.is_open = 1 AND c.state = 'queued' AND coalesce(c.queue_id, $2) IN (SELECT id FROM ids))
        SELECT ", columns!(), " FROM line l JOIN conversation c ON c.id = l.id WHERE l.by_priority <= $3 OR l.by_wait <= $3
        ORDER BY CASE WHEN l.by_priority < l.by_wait THEN l.by_priority ELSE l.by_wait END, c.id LIMIT $4");
    /// For each conversation of $1, the agent who held the customer's previous one.
    FORMER_AGENTS = concat!(with_ids!("$1"), "SELECT c.id, (SELECT p.last_agent_id FROM conversation p
            WHERE p.contact_id = c.contact_id AND p.id < c.id AND p.isolated = c.isolated AND p.last_agent_id IS NOT NULL
            ORDER BY p.id DESC LIMIT 1)
        FROM ids JOIN conversation c ON c.id = ids.id");
    /// Those that wait in none of them, with ids above $3.
    WAITING_ELSEWHERE = concat!(with_ids!("$1"), "SELECT ", columns!(), " FROM conversation c WHERE c.is_open = 1 AND c.state = 'queued'
        AND coalesce(c.queue_id, $2) NOT IN (SELECT id FROM ids) AND c.id > $3 ORDER BY c.id LIMIT $4");
    /// The number of conversations per agent and channel, held or in wrap-up.
    LOADS = "SELECT agent_id, channel, count(*) FROM conversation
        WHERE agent_id IS NOT NULL AND state IN ('active', 'wrap_up') GROUP BY agent_id, channel";
    /// Those that are offered to an agent, or that a colleague is invited to.
    OFFERED = concat!("SELECT ", columns!(), " FROM conversation c WHERE c.is_open = 1 AND (c.state = 'offered' OR c.colleagues <> '')");
    /// Those that a colleague is invited to, or takes part in.
    HELPED_BY = concat!("SELECT ", columns!(), " FROM conversation c WHERE c.colleagues <> '' AND c.colleagues LIKE '%,' || CAST($1 AS BIGINT) || ',%'");
    /// Those that an agent set aside.
    SET_ASIDE_BY = concat!("SELECT ", columns!(), " FROM conversation c WHERE c.agent_id = $1 AND c.state IN ('snoozed', 'waiting')");
    /// Those that an agent holds.
    HELD_BY = concat!("SELECT ", columns!(), " FROM conversation c WHERE c.agent_id = $1 AND c.state IN ('active', 'wrap_up')");
    /// How many wait in each queue, and since when the first of them. A transfer from one agent to another does not
    /// count as waiting.
    WAITING_COUNTS = "SELECT queue_id, count(*), min(queued_at) FROM conversation
        WHERE is_open = 1 AND state IN ('queued', 'offered') AND offered_by IS NULL AND queue_id IS NOT NULL GROUP BY queue_id";
    /// The number of open offers per agent.
    OFFERED_COUNTS = "SELECT offered_to, count(*) FROM conversation WHERE is_open = 1 AND state = 'offered' AND offered_to IS NOT NULL
        GROUP BY offered_to";
    /// What each agent closed since $1: see HANDLED.
    HANDLED_BY_ALL = "SELECT last_agent_id, count(*), CAST(coalesce(sum(closed_at - coalesce(accepted_at, closed_at)), 0) AS BIGINT)
        FROM conversation WHERE closed_at >= $1 AND last_agent_id IS NOT NULL GROUP BY last_agent_id";
    /// Open conversations of a gateway; of one page of it if `$2` is not empty.
    OPEN_OF_PAGE = concat!("SELECT ", columns!(), " FROM conversation c
        WHERE c.gateway_id = $1 AND ($2 = '' OR c.account_id = $2) AND c.state <> 'closed'");
    /// A list, newest activity first; $15 and $16 the place to continue after, $17 the limit.
    LIST = concat!("SELECT ", columns!(), listed!(), "
        AND (c.last_activity_at < $15 OR (c.last_activity_at = $15 AND c.id < $16))
        ORDER BY c.last_activity_at DESC, c.id DESC LIMIT $17");
    /// Those that wait, in queue order; $15 to $17 the place to continue after, $18 the limit.
    LIST_WAITING = concat!("SELECT ", columns!(), listed!(), "
        AND c.is_open = 1 AND c.state IN ('queued', 'offered')
        AND (c.priority < $15 OR (c.priority = $15 AND (coalesce(c.queued_at, c.created_at) > $16
             OR (coalesce(c.queued_at, c.created_at) = $16 AND c.id > $17))))
        ORDER BY c.priority DESC, coalesce(c.queued_at, c.created_at), c.id LIMIT $18");
    /// The number of conversations in a list that are not closed.
    COUNT_UNCLOSED = concat!("SELECT count(*)", listed!(), " AND c.state <> 'closed'");
    /// Whether there is a conversation of a page ($1) that a viewer ($2 to $4) may see.
    SEEN_OF_PAGE = concat!("SELECT c.id FROM conversation c WHERE c.account_id = $1 AND ", seen_by!("$2", "$3", "$4"), " LIMIT 1");
    /// Whether there is a conversation of a contact ($1) that a viewer ($2 to $4) may see.
    SEEN_OF_CONTACT = concat!("SELECT c.id FROM conversation c WHERE c.contact_id = $1 AND ", seen_by!("$2", "$3", "$4"), " LIMIT 1");
    /// Whether there is a conversation of an identity ($1) that a viewer ($2 to $4) may see.
    SEEN_OF_IDENTITY = concat!("SELECT c.id FROM conversation c WHERE c.identity_id = $1 AND ", seen_by!("$2", "$3", "$4"), " LIMIT 1");
    /// The names of some users.
    NAMES = concat!(with_ids!("$1"), "SELECT u.id, u.name FROM ids JOIN users u ON u.id = ids.id");
    /// The contacts of conversations that an agent holds now.
    HELD_CONTACTS = concat!(held_contacts!("$1"));
    /// What an agent closed since $2: the number, and the total time from accept to close, in microseconds.
    HANDLED = "SELECT count(*), CAST(coalesce(sum(closed_at - coalesce(accepted_at, closed_at)), 0) AS BIGINT) FROM conversation
        WHERE last_agent_id = $1 AND closed_at >= $2";
    /// The number of conversations that any agent has finished or held, for the first-run checklist.
    ANSWERED = "SELECT count(*) FROM conversation WHERE last_agent_id IS NOT NULL";
}

/// A conversation from its columns.
pub(crate) fn from_row(row: &Row) -> Conversation {
    Conversation {
        id: ConversationId(row.int(0)),
        identity: IdentityId(row.int(1)),
        contact: ContactId(row.int(2)),
        gateway: GatewayId(row.int(3)),
        account: Account::new(row.channel(18), row.text(4)),
        state: State::from_word(&row.text(5)).unwrap_or(State::Closed),
        queue: row.opt_int(6).map(QueueId),
        agent: row.opt_int(7).map(UserId),
        last_agent: row.opt_int(8).map(UserId),
        priority: row.int(9),
        created_at: Micros(row.int(10)),
        last_activity_at: Micros(row.int(11)),
        queued_at: row.opt_int(12).map(Micros),
        closed_at: row.opt_int(13).map(Micros),
        unread: u32::try_from(row.int(14)).unwrap_or(0),
        data: row.json(15),
        version: row.int(16),
        isolated: row.flag(17),
    }
}

/// One conversation by its id.
pub async fn by_id(store: &Store, id: ConversationId) -> Result<Option<Conversation>, Error> {
    Ok(store.row(BY_ID, values![id]).await?.as_ref().map(from_row))
}

/// The filters of a list of conversations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter<'a> {
    /// In one of these states.
    pub states: Option<&'a [State]>,
    /// Of a queue.
    pub queue: Option<QueueId>,
    /// Held by, offered to, sent to a colleague by, or last held by an agent, or one in which they are invited or help.
    pub agent: Option<UserId>,
    /// Of a contact.
    pub contact: Option<ContactId>,
    /// With a label.
    pub label: Option<i64>,
    /// Words in the contact's name, e-mail address or phone number, or in a message; empty for all.
    pub words: &'a str,
    /// Of an account; empty for all.
    pub account: &'a str,
    /// Of a channel; empty for all.
    pub channel: &'a str,
    /// With their latest activity at this moment or later.
    pub from: Option<Micros>,
    /// With their latest activity before this moment.
    pub to: Option<Micros>,
}

/// The order of a list, and the place after which it continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The latest activity first: after this time and id.
    Activity(i64, i64),
    /// Only those that wait, in queue order: after this priority, beginning of the wait, and id.
    Waiting(i64, i64, i64),
}

impl Place {
    /// The beginning of the list by latest activity.
    pub const LATEST: Self = Self::Activity(i64::MAX, i64::MAX);
    /// The beginning of the queue.
    pub const NEXT_IN_LINE: Self = Self::Waiting(i64::MAX, i64::MIN, i64::MIN);

    /// The place of a conversation in a list of this order.
    pub fn of(self, it: &Conversation) -> Self {
        match self {
            Self::Activity(..) => Self::Activity(it.last_activity_at.0, it.id.0),
            Self::Waiting(..) => Self::Waiting(it.priority, it.queued_at.unwrap_or(it.created_at).0, it.id.0),
        }
    }
}

/// Conversations that a user may see, after a place.
pub async fn search(
    store: &Store,
    filter: &Filter<'_>,
    viewer: &Viewer,
    place: Place,
    limit: i64,
) -> Result<Vec<Conversation>, Error> {
    let mut params = listed_params(filter, viewer);
    let sql = match place {
        Place::Activity(before, id) => {
            params.extend(values![before, id, limit]);
            LIST
        }
        Place::Waiting(priority, since, id) => {
            params.extend(values![priority, since, id, limit]);
            LIST_WAITING
        }
    };
    list(store, sql, params).await
}

/// The number of conversations in a list that are not closed and that a user may see.
pub async fn count_unclosed(store: &Store, filter: &Filter<'_>, viewer: &Viewer) -> Result<i64, Error> {
    let row = store.row(COUNT_UNCLOSED, listed_params(filter, viewer)).await?;
    Ok(row.map_or(0, |row| row.int(0)))
}

/// States in the form that a filter expects.
pub(crate) fn words_of(states: &[State]) -> String {
    let words: String = states.iter().map(|state| format!("{},", state.word())).collect();
    format!(",{words}")
}

fn listed_params(filter: &Filter<'_>, viewer: &Viewer) -> Vec<Value> {
    let states = filter.states.map_or_else(String::new, words_of);
    let mut params = values![
        states,
        filter.queue.map_or(0, |id| id.0),
        filter.agent.map_or(0, |id| id.0),
        filter.contact.map_or(0, |id| id.0),
        contains(filter.words),
        filter.label.unwrap_or(0)
    ];
    params.extend(visibility::params(viewer));
    params.extend(values![
        contains_digits(filter.words),
        filter.account,
        filter.from.unwrap_or(Micros(i64::MIN)),
        filter.to.unwrap_or(Micros(i64::MAX)),
        filter.channel
    ]);
    params
}

/// Whether there is a conversation of a Page that a user may see.
pub async fn is_any_of_page_visible(store: &Store, page: &str, viewer: &Viewer) -> Result<bool, Error> {
    let mut params = values![page];
    params.extend(visibility::params(viewer));
    Ok(store.row(SEEN_OF_PAGE, params).await?.is_some())
}

/// What is shown with a conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details {
    /// The identities of its contact.
    pub identities: Vec<Identity>,
    /// When the customer last did something that opens the window.
    pub last_user_at: Option<Micros>,
    /// Its labels, by name.
    pub labels: Vec<Label>,
    /// The name of the agent who holds it, or held it last.
    pub agent_name: Option<String>,
    /// The current status of its last message.
    pub last_status: Option<Status>,
    /// The duration of the recording in its last message, in seconds.
    pub last_seconds: Option<u32>,
}

/// The details of some conversations, in the same order: five queries, however many there are.
pub async fn details(store: &Store, list: &[Conversation]) -> Result<Vec<Details>, Error> {
    let contacts: BTreeSet<i64> = list.iter().map(|it| it.contact.0).collect();
    let agents: BTreeSet<i64> =
        list.iter().filter_map(|it| it.agent.or(it.last_agent)).map(|user| user.0).collect();
    let last = |it: &Conversation| it.data.last_message.as_ref().map(|last| last.id.0);
    // The status of customers' messages does not change.
    let is_ours =
        |it: &&Conversation| it.data.last_message.as_ref().is_some_and(|last| last.direction == Direction::Out);
    let last_messages = list.iter().filter(is_ours).filter_map(last);
    let is_recording = |it: &&Conversation| {
        let file = it.data.last_message.as_ref().and_then(|last| last.file.as_ref());
        file.is_some_and(|file| file.kind == FileKind::Audio)
    };
    let recordings = list.iter().filter(is_recording).filter_map(last);
    let answers = store
        .ask(vec![
            (identity::OF_CONTACTS, vec![ids::param(contacts)]),
            (label::OF_CONVERSATIONS, vec![ids::param(list.iter().map(|it| it.id.0))]),
            (NAMES, vec![ids::param(agents)]),
            (message::STATUS, vec![ids::param(last_messages)]),
            (medium::SECONDS, vec![ids::param(recordings)]),
        ])
        .await?;
    let mut identities: HashMap<ContactId, Vec<Identity>> = HashMap::new();
    for identity in answers[0].iter().map(identity::from_row) {
        identities.entry(identity.contact).or_default().push(identity);
    }
    let mut labels: HashMap<i64, Vec<Label>> = HashMap::new();
    for row in &answers[1] {
        labels.entry(row.int(label::COLUMNS)).or_default().push(label::from_row(row));
    }
    let names: HashMap<i64, String> = answers[2].iter().map(|row| (row.int(0), row.text(1))).collect();
    let statuses: HashMap<i64, Status> = answers[3]
        .iter()
        .map(|row| (row.int(0), Status::from_word(&row.text(1)).unwrap_or(Status::Received)))
        .collect();
    // The first file of each message comes last.
    let seconds: HashMap<i64, u32> =
        answers[4].iter().filter_map(|row| Some((row.int(0), u32::try_from(row.int(1)).ok()?))).collect();
    let details = |it: &Conversation| {
        let identities = identities.get(&it.contact).cloned().unwrap_or_default();
        Details {
            last_user_at: identities.iter().find(|one| one.id == it.identity).and_then(|one| one.last_user_at),
            identities,
            labels: labels.get(&it.id.0).cloned().unwrap_or_default(),
            agent_name: it.agent.or(it.last_agent).and_then(|user| names.get(&user.0).cloned()),
            last_status: last(it).and_then(|id| statuses.get(&id).copied()),
            last_seconds: last(it).and_then(|id| seconds.get(&id).copied()),
        }
    };
    Ok(list.iter().map(details).collect())
}

/// The open conversation of a customer of a Page.
pub async fn open_of_customer(store: &Store, address: &Address) -> Result<Option<Conversation>, Error> {
    Ok(store.row(OPEN_BY_EXTERNAL, identity::of_address(address)).await?.as_ref().map(from_row))
}

/// The open conversation of a customer of a Page, else their last one.
pub async fn last_of_customer(store: &Store, address: &Address) -> Result<Option<Conversation>, Error> {
    Ok(store.row(LAST_BY_EXTERNAL, identity::of_address(address)).await?.as_ref().map(from_row))
}

/// Conversations of a queue that are not closed.
pub async fn open_of_queue(store: &Store, queue: QueueId) -> Result<Vec<Conversation>, Error> {
    list(store, OPEN_OF_QUEUE, values![queue]).await
}

/// Open conversations of a gateway, or of one Page of it.
pub async fn open_of_gateway(
    store: &Store,
    gateway: GatewayId,
    page: Option<&str>,
) -> Result<Vec<Conversation>, Error> {
    list(store, OPEN_OF_PAGE, values![gateway, page.unwrap_or_default()]).await
}

/// Conversations that an agent holds.
pub async fn held_by(store: &Store, agent: UserId) -> Result<Vec<Conversation>, Error> {
    list(store, HELD_BY, values![agent]).await
}

/// Conversations that an agent has set aside.
pub async fn set_aside_by(store: &Store, agent: UserId) -> Result<Vec<Conversation>, Error> {
    list(store, SET_ASIDE_BY, values![agent]).await
}

/// Conversations that an agent is invited to, or takes part in.
pub async fn helped_by(store: &Store, agent: UserId) -> Result<Vec<Conversation>, Error> {
    list(store, HELPED_BY, values![agent]).await
}

/// The contacts of conversations that an agent holds now.
pub async fn held_contacts(store: &Store, agent: UserId) -> Result<Vec<ContactId>, Error> {
    let rows = store.rows(HELD_CONTACTS, values![agent]).await?;
    Ok(rows.iter().map(|row| ContactId(row.int(0))).collect())
}

/// Conversations that wait in one of these queues, at most `limit`, with the first in line of each: `each` by
/// priority and `each` by wait per queue and channel. Those without a queue wait in `first`.
pub async fn waiting(
    store: &Store,
    queues: &[QueueId],
    first: Option<QueueId>,
    each: i64,
    limit: i64,
) -> Result<Vec<Conversation>, Error> {
    let queues = ids::param(queues.iter().map(|id| id.0));
    list(store, WAITING, values![queues, first.map_or(0, |id| id.0), each, limit]).await
}

/// The agent who held each customer's previous conversation; customers without one are left out.
pub async fn former_agents(
    store: &Store,
    conversations: impl IntoIterator<Item = ConversationId>,
) -> Result<HashMap<ConversationId, UserId>, Error> {
    let ids = ids::param(conversations.into_iter().map(|id| id.0));
    let rows = store.rows(FORMER_AGENTS, values![ids]).await?;
    let known = |row: &Row| Some((ConversationId(row.int(0)), UserId(row.opt_int(1)?)));
    Ok(rows.iter().filter_map(known).collect())
}

/// Conversations that wait in none of these queues, with ids above `after`.
pub async fn waiting_elsewhere(
    store: &Store,
    queues: &[QueueId],
    first: Option<QueueId>,
    after: ConversationId,
    limit: i64,
) -> Result<Vec<Conversation>, Error> {
    let queues = ids::param(queues.iter().map(|id| id.0));
    list(store, WAITING_ELSEWHERE, values![queues, first.map_or(0, |id| id.0), after, limit]).await
}

/// Conversations that are offered to an agent, or in which a colleague is invited or helps.
pub async fn offered(store: &Store) -> Result<Vec<Conversation>, Error> {
    list(store, OFFERED, values![]).await
}

/// The number of conversations per agent and channel; agents without any are left out.
pub async fn loads(store: &Store) -> Result<HashMap<UserId, HashMap<Channel, i64>>, Error> {
    let mut loads: HashMap<UserId, HashMap<Channel, i64>> = HashMap::new();
    for row in store.rows(LOADS, values![]).await? {
        loads.entry(UserId(row.int(0))).or_default().insert(row.channel(1), row.int(2));
    }
    Ok(loads)
}

/// The customers waiting in a queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// The number.
    pub count: i64,
    /// Since when the first of them has been waiting.
    pub oldest_since: Option<Micros>,
}

/// The customers waiting in each queue; empty queues are left out.
pub async fn waiting_counts(store: &Store) -> Result<HashMap<QueueId, Waiting>, Error> {
    let rows = store.rows(WAITING_COUNTS, values![]).await?;
    let waiting = |row: &Row| Waiting { count: row.int(1), oldest_since: row.opt_int(2).map(Micros) };
    Ok(rows.iter().map(|row| (QueueId(row.int(0)), waiting(row))).collect())
}

/// The number of open offers per agent; agents without any are left out.
pub async fn offered_counts(store: &Store) -> Result<HashMap<UserId, i64>, Error> {
    let rows = store.rows(OFFERED_COUNTS, values![]).await?;
    Ok(rows.iter().map(|row| (UserId(row.int(0)), row.int(1))).collect())
}

/// What each agent closed since a moment; agents who closed nothing are left out.
pub async fn handled(store: &Store, since: Micros) -> Result<HashMap<UserId, Handled>, Error> {
    let rows = store.rows(HANDLED_BY_ALL, values![since]).await?;
    let handled = |row: &Row| Handled { count: row.int(1), duration: row.int(2) };
    Ok(rows.iter().map(|row| (UserId(row.int(0)), handled(row))).collect())
}

/// Conversations whose timer is due, at most 500.
pub async fn due(store: &Store, now: Micros) -> Result<Vec<ConversationId>, Error> {
    Ok(store.rows(DUE, values![now]).await?.iter().map(|row| ConversationId(row.int(0))).collect())
}

/// When the next timer is due.
pub async fn next_due(store: &Store) -> Result<Option<Micros>, Error> {
    Ok(store.row(NEXT_DUE, values![]).await?.and_then(|row| row.opt_int(0)).map(Micros))
}

/// Conversations by one of the texts above.
pub(crate) async fn list(store: &Store, sql: crate::Sql, params: Vec<Value>) -> Result<Vec<Conversation>, Error> {
    Ok(store.rows(sql, params).await?.iter().map(from_row).collect())
}
