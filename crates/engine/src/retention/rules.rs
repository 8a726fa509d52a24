//! How long data is stored, and deleting it afterwards. Data that is open, waiting or has just failed is not touched.

use domain::id::{ContactId, ConversationId};
use domain::time::{DAY, Micros};
use serde::{Deserialize, Serialize};
use store::table::{contact, conversation, erasure, setting};
use store::{Batch, Sql, values};
use tokio::sync::watch;

use super::{commit, erase, rest};
use crate::clock::id_at;
use crate::engine::Engine;

/// Rows that go together.
const TOGETHER: i64 = 200;
pub const KEY: &str = "retention";
/// What the message says in place of a file that was removed.
const EXPIRED: &str = "It was removed: this installation does not keep files of closed conversations for longer.";

/// How many days data is stored; 0 means without limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    /// Deliveries that came to their end.
    pub deliveries: i64,
    /// Deliveries that failed and were not dismissed.
    pub failed_deliveries: i64,
    /// Files of closed conversations.
    pub media: i64,
    /// Closed conversations, with contacts that have no other.
    pub conversations: i64,
    pub audit: i64,
    /// Grows with each edit.
    pub version: i64,
}

impl Default for Rules {
    fn default() -> Self {
        Self { deliveries: 14, failed_deliveries: 90, media: 0, conversations: 0, audit: 0, version: 1 }
    }
}

/// The rules as they are stored; empty before the first change.
pub async fn stored(app: &Engine) -> Result<String, store::Error> {
    Ok(setting::get(&app.store, KEY).await?.unwrap_or_default())
}

pub fn read(stored: &str) -> Rules {
    serde_json::from_str(stored).unwrap_or_default()
}

/// The time before which data is deleted; None if it is stored without limit.
fn before(now: Micros, days: i64) -> Option<Micros> {
    (days > 0).then(|| now.plus(-days * DAY))
}

/// Forgets what is old. True if something went.
pub async fn round(app: &Engine, drain: &watch::Receiver<bool>) -> Result<bool, store::Error> {
    let rules = read(&stored(app).await?);
    let now = app.clock.now();
    let mut gone: Vec<(&str, u64)> = Vec::new();
    if let Some(at) = before(now, rules.deliveries) {
        gone.push(("deliveries", delete(app, drain, erasure::FORGET_DELIVERIES, at).await?));
    }
    if let Some(at) = before(now, rules.failed_deliveries) {
        gone.push(("failed deliveries", delete(app, drain, erasure::FORGET_FAILED, at).await?));
    }
    if let Some(at) = before(now, rules.conversations) {
        gone.push(("conversations", conversations(app, drain, at).await?));
    }
    if let Some(at) = before(now, rules.media) {
        gone.push(("files", media(app, drain, at).await?));
    }
    if let Some(at) = before(now, rules.audit) {
        gone.push(("audit lines", delete(app, drain, erasure::FORGET_AUDIT, at).await?));
    }
    gone.push(("unused uploads", uploads(app).await?));
    gone.retain(|(_, count)| *count > 0);
    if gone.is_empty() {
        return Ok(false);
    }
    let detail = gone.iter().map(|(what, count)| format!("{count} {what}")).collect::<Vec<_>>().join(", ");
    let mut batch = Batch::new();
    setting::audit(
        &mut batch,
        &mut app.id_source(),
        app.clock.now(),
        None,
        "retention.forget",
        "installation",
        &detail,
    );
    commit(app, batch).await?;
    Ok(true)
}

/// Deletes rows with ids from before a moment, some at a time.
async fn delete(app: &Engine, drain: &watch::Receiver<bool>, sql: Sql, at: Micros) -> Result<u64, store::Error> {
    let mut gone = 0;
    loop {
        let mut batch = Batch::new();
        batch.push(sql, values![id_at(at), TOGETHER]);
        let count = match app.store.commit(batch).await {
            Ok(counts) => counts.first().copied().unwrap_or(0),
            Err(store::CommitError::Store(error)) => return Err(error),
            Err(_) => 0,
        };
        gone += count;
        if count == 0 || !rest(drain).await {
            return Ok(gone);
        }
    }
}

/// Deletes conversations that closed before a moment, and contacts that have none left.
async fn conversations(app: &Engine, drain: &watch::Receiver<bool>, at: Micros) -> Result<u64, store::Error> {
    let mut gone = 0;
    loop {
        let rows = app.store.rows(erasure::OLD_CONVERSATIONS, values![at, 20_i64]).await?;
        if rows.is_empty() {
            return Ok(gone);
        }
        for row in rows {
            let id = ConversationId(row.int(0));
            let Some(it) = conversation::by_id(&app.store, id).await? else { continue };
            if !erase::conversation(app, drain, id, None).await? {
                return Ok(gone);
            }
            gone += 1;
            leave(app, it.contact).await?;
        }
    }
}

/// Deletes a contact without conversations. A customer who writes at this moment starts over as a new one.
async fn leave(app: &Engine, id: ContactId) -> Result<(), store::Error> {
    let answers = app.store.ask(vec![(erasure::LEFT_ALONE, values![id]), (contact::CONTACT, values![id])]).await?;
    let (Some(_), Some(person)) = (answers[0].first(), answers[1].first().map(contact::person)) else {
        return Ok(());
    };
    let mut batch = Batch::new();
    batch.must(erasure::REMOVE_ALONE, values![id, person.version]);
    batch.push(erasure::DELETE_IDENTITIES, values![id]);
    for picture in [person.picture, person.picture_wanted].into_iter().flatten() {
        erasure::bury(&mut batch, picture.0, app.clock.now());
    }
    commit(app, batch).await.map(|_| ())
}

/// Removes files of conversations that closed before a moment; their places stay.
async fn media(app: &Engine, drain: &watch::Receiver<bool>, at: Micros) -> Result<u64, store::Error> {
    let mut gone = 0;
    loop {
        let rows = app.store.rows(erasure::OLD_MEDIA, values![id_at(at), at, TOGETHER]).await?;
        if rows.is_empty() {
            return Ok(gone);
        }
        let mut batch = Batch::new();
        for row in &rows {
            batch.push(erasure::BURY_FILE, values![row.int(0), app.clock.now()]);
            batch.push(erasure::MEDIUM_EXPIRED, values![row.int(0), EXPIRED]);
        }
        commit(app, batch).await?;
        gone += rows.len() as u64;
        if !rest(drain).await {
            return Ok(gone);
        }
    }
}

/// Removes uploads that were not sent within a day.
async fn uploads(app: &Engine) -> Result<u64, store::Error> {
    let rows = app.store.rows(erasure::STRAY_UPLOADS, values![app.clock.now().plus(-DAY), TOGETHER]).await?;
    let mut batch = Batch::new();
    for row in &rows {
        erasure::bury(&mut batch, row.int(0), app.clock.now());
    }
    commit(app, batch).await?;
    Ok(rows.len() as u64)
}
