//! How long data is stored, and deleting it afterwards. Data that is open, waiting or has just failed is not touched.

use domain::audit_detail::AuditDetail;
use domain::id::ContactId;
use domain::time::{DAY, Micros};
use serde::{Deserialize, Serialize};
use store::Batch;
use store::table::retention::{self, Aged};
use store::table::{conversation, dead_file, setting};
use tokio::sync::watch;

use super::{commit, erase, rest};
use crate::clock::id_at;
use crate::engine::Engine;

/// The number of rows that are deleted together.
const TOGETHER: i64 = 200;
pub const KEY: &str = "retention";

/// How many days data is stored; 0 means without limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    /// Finished deliveries.
    pub deliveries: i64,
    /// Deliveries that failed and were not dismissed.
    pub failed_deliveries: i64,
    /// Files of closed conversations.
    pub media: i64,
    /// Closed conversations, with contacts that have no other.
    pub conversations: i64,
    pub audit: i64,
    /// Increases with each edit.
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

/// Deletes old data. True if something was deleted.
pub async fn round(app: &Engine, drain: &watch::Receiver<bool>) -> Result<bool, store::Error> {
    let rules = read(&stored(app).await?);
    let now = app.clock.now();
    let mut gone: Vec<(&str, u64)> = Vec::new();
    if let Some(at) = before(now, rules.deliveries) {
        gone.push(("deliveries", delete(app, drain, Aged::Deliveries, at).await?));
    }
    if let Some(at) = before(now, rules.failed_deliveries) {
        gone.push(("failed_deliveries", delete(app, drain, Aged::FailedDeliveries, at).await?));
    }
    if let Some(at) = before(now, rules.conversations) {
        gone.push(("conversations", conversations(app, drain, at).await?));
    }
    if let Some(at) = before(now, rules.media) {
        gone.push(("files", media(app, drain, at).await?));
    }
    if let Some(at) = before(now, rules.audit) {
        gone.push(("audit_lines", delete(app, drain, Aged::Audit, at).await?));
    }
    gone.push(("unused_uploads", uploads(app).await?));
    gone.retain(|(_, count)| *count > 0);
    if gone.is_empty() {
        return Ok(false);
    }
    let detail = AuditDetail::deleted(gone);
    let mut batch = Batch::new();
    setting::audit(
        &mut batch,
        &mut app.id_source(),
        app.clock.now(),
        None,
        "retention.forget",
        "installation",
        detail,
    );
    commit(app, batch).await?;
    Ok(true)
}

/// Deletes rows with ids from before a moment, some at a time.
async fn delete(app: &Engine, drain: &watch::Receiver<bool>, rows: Aged, at: Micros) -> Result<u64, store::Error> {
    let mut gone = 0;
    loop {
        let count = match app.store.commit(retention::delete_aged(rows, id_at(at), TOGETHER)).await {
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
        let rows = retention::old_conversations(&app.store, at, 20).await?;
        if rows.is_empty() {
            return Ok(gone);
        }
        for id in rows {
            let Some(it) = conversation::by_id(&app.store, id).await? else { continue };
            if !erase::conversation(app, drain, id, None).await? {
                return Ok(gone);
            }
            gone += 1;
            leave(app, it.contact).await?;
        }
    }
}

/// Deletes a contact without conversations. A customer who writes at that moment starts over as a new one.
async fn leave(app: &Engine, id: ContactId) -> Result<(), store::Error> {
    let Some(person) = retention::contact_without_conversations(&app.store, id).await? else { return Ok(()) };
    let mut batch = Batch::new();
    retention::delete_contact(&mut batch, &person, app.clock.now());
    commit(app, batch).await.map(|_| ())
}

/// Removes files of conversations that closed before a moment; their rows stay.
async fn media(app: &Engine, drain: &watch::Receiver<bool>, at: Micros) -> Result<u64, store::Error> {
    let mut gone = 0;
    loop {
        let rows = retention::old_media(&app.store, id_at(at), at, TOGETHER).await?;
        if rows.is_empty() {
            return Ok(gone);
        }
        let mut batch = Batch::new();
        for id in &rows {
            retention::expire_medium(&mut batch, *id, app.clock.now());
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
    let rows = retention::unused_uploads(&app.store, app.clock.now().plus(-DAY), TOGETHER).await?;
    let mut batch = Batch::new();
    for id in &rows {
        dead_file::delete(&mut batch, *id, app.clock.now());
    }
    commit(app, batch).await?;
    Ok(rows.len() as u64)
}
