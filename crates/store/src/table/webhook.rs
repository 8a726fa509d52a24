//! Outgoing webhooks: other programs that receive events. Each has its own place in the order of events, so that a
//! dead one does not delay the others and a restart loses nothing.

use domain::hook_error::HookError;
use domain::secret::Secret;
use domain::time::Micros;

use super::event::Place;
use crate::batch::statements;
use crate::json::json;
use crate::{Batch, Error, Row, Store, values};

macro_rules! columns {
    () => {
        "id, url, events, secret, enabled, xact, seq, tries, next_at, failing_since, stopped, last_at, last_ok_at, \
         last_status, last_error, delivered, failed, created_at, version"
    };
}

statements! {
    /// All of them.
    LIST = concat!("SELECT ", columns!(), " FROM webhook ORDER BY id");
    /// One.
    BY_ID = concat!("SELECT ", columns!(), " FROM webhook WHERE id = $1");
    /// Adds one: it receives events from $6, $7 on.
    INSERT = "INSERT INTO webhook (id, url, events, secret, enabled, xact, seq, tries, delivered, failed, created_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, $8, 1)";
    /// Changes one; $5 is the expected version, or 0 for any. Its failures are reset: it is tried at once.
    UPDATE = "UPDATE webhook SET url = $2, events = $3, enabled = $4, tries = 0, next_at = NULL, failing_since = NULL,
        stopped = NULL, version = version + 1 WHERE id = $1 AND (version = $5 OR $5 = 0)";
    /// Continues from here: it was switched off, and events in the meantime are skipped.
    MOVE = "UPDATE webhook SET xact = $2, seq = $3 WHERE id = $1";
    /// It has a new secret.
    SET_SECRET = "UPDATE webhook SET secret = $2 WHERE id = $1";
    /// Nothing up to here was for it.
    PASSED = "UPDATE webhook SET xact = $3, seq = $4 WHERE id = $1 AND seq = $2";
    /// It accepted an event at $4. A webhook that is no longer at $2 was moved in the meantime.
    DELIVERED = "UPDATE webhook SET xact = $3, seq = $4, tries = 0, next_at = NULL, failing_since = NULL, last_at = $5,
        last_ok_at = $5, last_status = $6, last_error = NULL, delivered = delivered + 1 WHERE id = $1 AND seq = $2";
    /// It did not accept it.
    FAILED = "UPDATE webhook SET tries = tries + 1, failed = failed + 1, next_at = $3, failing_since = coalesce(failing_since, $2),
        last_at = $2, last_status = $4, last_error = $5 WHERE id = $1";
    /// It failed for too long.
    STOP = "UPDATE webhook SET enabled = 0, stopped = $2, next_at = NULL, version = version + 1 WHERE id = $1";
    /// Removes one.
    DELETE = "DELETE FROM webhook WHERE id = $1";
}

/// An outgoing webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: i64,
    /// The address that receives the events.
    pub url: String,
    /// The events that it receives.
    pub events: Vec<String>,
    /// The secret that signs them, encrypted.
    pub secret: Secret,
    /// Whether events are sent.
    pub enabled: bool,
    /// The last event that is finished.
    pub place: Place,
    /// How often the next one was tried.
    pub tries: i64,
    /// When it is tried again.
    pub next_at: Option<Micros>,
    /// Since when it has accepted nothing.
    pub failing_since: Option<Micros>,
    /// Why it was switched off automatically.
    pub stopped: Option<HookError>,
    /// When it was last tried.
    pub last_at: Option<Micros>,
    /// When it last accepted an event.
    pub last_ok_at: Option<Micros>,
    /// The HTTP status of the last attempt; None if there was no answer.
    pub last_status: Option<i64>,
    /// What went wrong in the last attempt.
    pub last_error: Option<HookError>,
    /// How many events it accepted.
    pub delivered: i64,
    /// How many attempts failed.
    pub failed: i64,
    /// When it was created.
    pub created_at: Micros,
    /// Increases with each edit.
    pub version: i64,
}

/// A webhook from its columns.
pub(crate) fn from_row(row: &Row) -> Webhook {
    Webhook {
        id: row.int(0),
        url: row.text(1),
        events: row.json(2),
        secret: Secret(row.text(3)),
        enabled: row.flag(4),
        place: Place { xact: row.int(5), seq: row.int(6) },
        tries: row.int(7),
        next_at: row.opt_int(8).map(Micros),
        failing_since: row.opt_int(9).map(Micros),
        stopped: row.json(10),
        last_at: row.opt_int(11).map(Micros),
        last_ok_at: row.opt_int(12).map(Micros),
        last_status: row.opt_int(13),
        last_error: row.json(14),
        delivered: row.int(15),
        failed: row.int(16),
        created_at: Micros(row.int(17)),
        version: row.int(18),
    }
}

/// All of them.
pub async fn list(store: &Store) -> Result<Vec<Webhook>, Error> {
    Ok(store.rows(LIST, values![]).await?.iter().map(from_row).collect())
}

/// One of them.
pub async fn by_id(store: &Store, id: i64) -> Result<Option<Webhook>, Error> {
    Ok(store.row(BY_ID, values![id]).await?.as_ref().map(from_row))
}

/// The settings of a webhook that an administrator edits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WebhookEdit<'a> {
    /// The address that receives the events.
    pub url: &'a str,
    /// The events that it receives.
    pub events: &'a [String],
    /// Whether events are sent.
    pub enabled: bool,
}

/// Adds a webhook: it receives the events after `place`. The secret is encrypted.
pub fn insert(batch: &mut Batch, id: i64, new: &WebhookEdit<'_>, secret: &str, place: Place, at: Micros) {
    let events = json(&new.events);
    batch.must(INSERT, values![id, new.url, events, secret, new.enabled, place.xact, place.seq, at]);
}

/// Changes a webhook and resets its failures; a conflict unless `version` is the current one.
pub fn update(batch: &mut Batch, id: i64, edit: &WebhookEdit<'_>, version: Option<i64>) {
    batch.must(UPDATE, values![id, edit.url, json(&edit.events), edit.enabled, version.unwrap_or(0)]);
}

/// Continues after another place: events before it aren't sent.
pub fn set_place(batch: &mut Batch, id: i64, place: Place) {
    batch.push(MOVE, values![id, place.xact, place.seq]);
}

/// Its new secret, encrypted.
pub fn set_secret(batch: &mut Batch, id: i64, secret: &str) {
    batch.push(SET_SECRET, values![id, secret]);
}

/// Nothing up to a place was for it; a conflict if it was moved.
pub fn set_passed(batch: &mut Batch, hook: &Webhook, to: Place) {
    batch.must(PASSED, values![hook.id, hook.place.seq, to.xact, to.seq]);
}

/// It accepted the events up to a place, with an HTTP status; a conflict if it was moved.
pub fn set_delivered(batch: &mut Batch, hook: &Webhook, to: Place, status: u16, at: Micros) {
    batch.must(DELIVERED, values![hook.id, hook.place.seq, to.xact, to.seq, at, i64::from(status)]);
}

/// A failed attempt of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailedTry<'a> {
    /// When.
    pub at: Micros,
    /// When it is tried again.
    pub next_at: Micros,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// What went wrong.
    pub error: &'a HookError,
}

/// It did not accept an event.
pub fn set_failed(batch: &mut Batch, id: i64, failed: &FailedTry<'_>) {
    let status = failed.status.map(i64::from);
    batch.push(FAILED, values![id, failed.at, failed.next_at, status, json(failed.error)]);
}

/// It is switched off, because it failed for too long.
pub fn stop(batch: &mut Batch, id: i64, why: &HookError) {
    batch.push(STOP, values![id, json(why)]);
}

/// Deletes a webhook.
pub fn delete(batch: &mut Batch, id: i64) {
    batch.push(DELETE, values![id]);
}
