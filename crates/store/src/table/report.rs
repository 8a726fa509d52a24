//! Reports: what each conversation counts for, the buckets that it is added to, and the list of single conversations.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use domain::conversation::Conversation;
use domain::id::{ConversationId, QueueId, UserId};
use domain::report::{Bucket, Counts, Dimension, Figures, Level, Wait};
use domain::time::Micros;
use serde::{Deserialize, Serialize};

use super::event::Place;
use super::ids::{self, with_ids};
use super::{conversation, setting};
use crate::batch::statements;
use crate::json::json;
use crate::{Batch, Error, Row, Store, values};

/// The setting with the progress of the buckets.
const PROGRESS: &str = "reports";

statements! {
    /// Some conversations; not those of a person who is being erased.
    CONVERSATIONS = concat!(with_ids!("$1"), "SELECT ", conversation::columns!(), " FROM ids JOIN conversation c ON c.id = ids.id
        JOIN contact p ON p.id = c.contact_id");
    /// Their waits.
    WAITS = concat!(with_ids!("$1"), "SELECT w.conversation_id, w.queued_at, w.queue_id, w.at, w.agent_id, w.due_at, w.responded_at
        FROM ids JOIN queue_wait w ON w.conversation_id = ids.id ORDER BY w.conversation_id, w.queued_at");
    /// Their labels.
    LABELS = concat!(with_ids!("$1"), "SELECT u.conversation_id, u.label_id FROM ids JOIN conversation_label u ON u.conversation_id = ids.id");
    /// What they count for in the buckets.
    FIGURES = concat!(with_ids!("$1"), "SELECT r.conversation_id, r.figures FROM ids JOIN report_conversation r ON r.conversation_id = ids.id");
    /// Sets what a conversation counts for.
    PUT_FIGURES = "INSERT INTO report_conversation (conversation_id, figures) VALUES ($1, $2)
        ON CONFLICT (conversation_id) DO UPDATE SET figures = excluded.figures";
    /// The next conversations after $1 that count for something, or could: deleted ones still count.
    NEXT = "SELECT id FROM (SELECT id FROM (SELECT c.id FROM conversation c WHERE c.id > $1 ORDER BY c.id LIMIT $2) a
        UNION SELECT id FROM (SELECT r.conversation_id AS id FROM report_conversation r WHERE r.conversation_id > $1
            ORDER BY r.conversation_id LIMIT $2) b) n ORDER BY id LIMIT $2";
    /// The buckets of one time.
    BUCKETS = "SELECT key, counts FROM report_bucket WHERE dimension = $1 AND level = $2 AND start_at = $3";
    /// The buckets of a range of time.
    READ = "SELECT start_at, key, counts FROM report_bucket WHERE dimension = $1 AND level = $2 AND start_at >= $3 AND start_at < $4";
    /// Sets the contents of a bucket.
    PUT_BUCKET = "INSERT INTO report_bucket (dimension, level, start_at, key, counts) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (dimension, level, start_at, key) DO UPDATE SET counts = excluded.counts";
    /// Deletes an empty bucket.
    DELETE_BUCKET = "DELETE FROM report_bucket WHERE dimension = $1 AND level = $2 AND start_at = $3 AND key = $4";
    /// Deletes all buckets, to count them again.
    CLEAR = "DELETE FROM report_bucket";
    /// Every bucket, for comparing.
    ALL_BUCKETS = "SELECT dimension, level, start_at, key, counts FROM report_bucket";
    /// Conversations that began from $1 to $2, newest first, after $3 and $4; $5 queue, $6 agent, $7 label (0 for
    /// all), $8 channel, $9 account (empty for all); $10 the limit.
    ROWS = concat!("SELECT ", conversation::columns!(), " FROM conversation c WHERE c.created_at >= $1 AND c.created_at < $2
        AND (c.created_at < $3 OR (c.created_at = $3 AND c.id < $4)) AND (c.queue_id = $5 OR $5 = 0)
        AND (coalesce(c.agent_id, c.last_agent_id) = $6 OR $6 = 0)
        AND (EXISTS (SELECT 1 FROM conversation_label u WHERE u.conversation_id = c.id AND u.label_id = $7) OR $7 = 0)
        AND (c.channel = $8 OR $8 = '') AND (c.account_id = $9 OR $9 = '')
        ORDER BY c.created_at DESC, c.id DESC LIMIT $10");
}

/// The progress of the buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Progress {
    /// What is counted ([`domain::report::VERSION`]).
    #[serde(default)]
    pub version: u32,
    /// The transaction of the last processed event; 0 on SQLite.
    pub xact: i64,
    /// Its number.
    pub seq: i64,
    /// During a recount of all buckets: the last conversation that was counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rebuilt: Option<i64>,
}

impl Progress {
    /// The place in the order of events.
    pub fn place(&self) -> Place {
        Place { xact: self.xact, seq: self.seq }
    }

    /// The same at another place.
    pub fn at(self, place: Place) -> Self {
        Self { xact: place.xact, seq: place.seq, ..self }
    }
}

/// The progress of the buckets; None before the first event.
pub async fn progress(store: &Store) -> Result<Option<Progress>, Error> {
    let text = setting::get(store, PROGRESS).await?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Advances the progress from `before` to `after`; a conflict if it was not at `before`.
pub fn advance(batch: &mut Batch, before: Option<&Progress>, after: &Progress) {
    setting::replace(batch, PROGRESS, before.map(json).as_deref(), &json(after));
}

/// Empties all buckets.
pub fn clear(batch: &mut Batch) {
    batch.push(CLEAR, values![]);
}

/// The next conversations after an id, including deleted ones.
pub async fn next(store: &Store, behind: i64, limit: i64) -> Result<Vec<ConversationId>, Error> {
    let rows = store.rows(NEXT, values![behind, limit]).await?;
    Ok(rows.iter().map(|row| ConversationId(row.int(0))).collect())
}

/// A conversation with what its figures are computed from.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// The conversation.
    pub conversation: Conversation,
    /// Its waits.
    pub waits: Vec<Wait>,
    /// Its labels.
    pub labels: Vec<i64>,
}

/// Some conversations as they are now, and what they count for in the buckets.
pub async fn sources(
    store: &Store,
    list: &[ConversationId],
) -> Result<(Vec<Source>, HashMap<ConversationId, Figures>), Error> {
    let ids = ids::param(list.iter().map(|id| id.0));
    let questions = [CONVERSATIONS, WAITS, LABELS, FIGURES].map(|sql| (sql, vec![ids.clone()]));
    let answers = store.ask(questions.into()).await?;
    let conversations = answers[0].iter().map(conversation::from_row).collect();
    let counted = answers[3]
        .iter()
        .filter_map(|row| Some((ConversationId(row.int(0)), serde_json::from_str(&row.text(1)).ok()?)));
    Ok((with_parts(conversations, &answers[1], &answers[2]), counted.collect()))
}

fn with_parts(list: Vec<Conversation>, waits: &[Row], labels: &[Row]) -> Vec<Source> {
    let mut waits_of: HashMap<i64, Vec<Wait>> = HashMap::new();
    for row in waits {
        waits_of.entry(row.int(0)).or_default().push(Wait {
            queued_at: Micros(row.int(1)),
            queue: row.opt_int(2).map(QueueId),
            ended_at: Micros(row.int(3)),
            agent: row.opt_int(4).map(UserId),
            due_at: row.opt_int(5).map(Micros),
            responded_at: row.opt_int(6).map(Micros),
        });
    }
    let mut labels_of: HashMap<i64, Vec<i64>> = HashMap::new();
    for row in labels {
        labels_of.entry(row.int(0)).or_default().push(row.int(1));
    }
    let source = |conversation: Conversation| Source {
        waits: waits_of.remove(&conversation.id.0).unwrap_or_default(),
        labels: labels_of.remove(&conversation.id.0).unwrap_or_default(),
        conversation,
    };
    list.into_iter().map(source).collect()
}

/// Sets what a conversation counts for.
pub fn set_figures(batch: &mut Batch, id: ConversationId, figures: &Figures) {
    batch.push(PUT_FIGURES, values![id, json(figures)]);
}

/// Adds to buckets, whose contents are read first. The caller advances the progress in the same batch.
pub async fn add(store: &Store, batch: &mut Batch, gains: BTreeMap<Bucket, Counts>) -> Result<(), Error> {
    let mut times: Vec<(Dimension, Level, Micros)> =
        gains.keys().map(|bucket| (bucket.dimension, bucket.level, bucket.start)).collect();
    times.dedup();
    let questions =
        times.iter().map(|(dimension, level, start)| (BUCKETS, values![dimension.word(), level.word(), *start]));
    let answers = store.ask(questions.collect()).await?;
    let mut before: HashMap<Bucket, Counts> = HashMap::new();
    for ((dimension, level, start), rows) in times.into_iter().zip(answers) {
        for row in rows {
            before.insert(Bucket { dimension, level, start, key: row.text(0) }, counts(&row.text(1)));
        }
    }
    for (bucket, gain) in gains {
        let mut after = before.remove(&bucket).unwrap_or_default();
        after.merge(&gain, 1);
        let mut params = values![bucket.dimension.word(), bucket.level.word(), bucket.start, &bucket.key];
        if after.is_zero() {
            batch.push(DELETE_BUCKET, params);
        } else {
            params.push(json(&after).into());
            batch.push(PUT_BUCKET, params);
        }
    }
    Ok(())
}

fn counts(text: &str) -> Counts {
    serde_json::from_str(text).unwrap_or_default()
}

/// The buckets of some ranges: when each begins, its key, and its counts.
pub async fn read(
    store: &Store,
    dimension: Dimension,
    spans: &[(Level, Range<Micros>)],
) -> Result<Vec<(Micros, String, Counts)>, Error> {
    let question = |(level, span): &(Level, Range<Micros>)| {
        (READ, values![dimension.word(), level.word(), span.start, span.end])
    };
    let answers = store.ask(spans.iter().map(question).collect()).await?;
    let bucket = |row: &Row| (Micros(row.int(0)), row.text(1), counts(&row.text(2)));
    Ok(answers.iter().flatten().map(bucket).collect())
}

/// Every bucket with its contents.
pub async fn all(store: &Store) -> Result<BTreeMap<Bucket, Counts>, Error> {
    let rows = store.rows(ALL_BUCKETS, values![]).await?;
    let bucket = |row: &Row| {
        let (dimension, level) = (Dimension::from_word(&row.text(0))?, Level::from_word(&row.text(1))?);
        Some((Bucket { dimension, level, start: Micros(row.int(2)), key: row.text(3) }, counts(&row.text(4))))
    };
    Ok(rows.iter().filter_map(bucket).collect())
}

/// The filters of single conversations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of a queue.
    pub queue: Option<i64>,
    /// Held or last held by this agent.
    pub agent: Option<i64>,
    /// With a label.
    pub label: Option<i64>,
    /// Of a channel; empty for all.
    pub channel: String,
    /// Of an account; empty for all.
    pub account: String,
}

/// Single conversations that began in a range, newest first, after a time and id.
pub async fn rows(
    store: &Store,
    range: &Range<Micros>,
    filter: &Filter,
    behind: (i64, i64),
    limit: i64,
) -> Result<Vec<Source>, Error> {
    let params = values![
        range.start,
        range.end,
        behind.0,
        behind.1,
        filter.queue.unwrap_or(0),
        filter.agent.unwrap_or(0),
        filter.label.unwrap_or(0),
        &filter.channel,
        &filter.account,
        limit
    ];
    let found = store.rows(ROWS, params).await?;
    let list: Vec<Conversation> = found.iter().map(conversation::from_row).collect();
    let ids = ids::param(list.iter().map(|it| it.id.0));
    let answers = store.ask(vec![(WAITS, vec![ids.clone()]), (LABELS, vec![ids])]).await?;
    Ok(with_parts(list, &answers[0], &answers[1]))
}
