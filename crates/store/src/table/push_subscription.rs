//! Browsers that get push notifications. Each belongs to the session or API token that it was added with, and ends with it.

use domain::id::UserId;
use domain::time::Micros;

use crate::batch::statements;
use crate::{Batch, Error, Store, values};

/// The maximum number of browsers of a user that get notifications: the newest ones.
const MOST: i64 = 20;

statements! {
    /// A user's browsers that are still signed in, newest first.
    OF_USER = "SELECT p.hash, p.sealed FROM push_subscription p WHERE p.user_id = $1
        AND (EXISTS (SELECT 1 FROM session s WHERE s.hash = p.via)
            OR EXISTS (SELECT 1 FROM token t WHERE CAST(t.id AS TEXT) = p.via))
        ORDER BY p.created_at DESC LIMIT $2";
    /// Adds one; a browser belongs to the user who last signed in with it.
    PUT = "INSERT INTO push_subscription (hash, user_id, via, sealed, created_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (hash) DO UPDATE SET user_id = excluded.user_id, via = excluded.via, sealed = excluded.sealed,
            created_at = excluded.created_at";
    /// Removes a user's oldest ones, except $2.
    DELETE_OLDEST = "DELETE FROM push_subscription WHERE user_id = $1 AND hash NOT IN (SELECT p.hash FROM push_subscription p
        WHERE p.user_id = $1 ORDER BY p.created_at DESC, p.hash LIMIT $2)";
    /// Removes one of a user.
    DELETE = "DELETE FROM push_subscription WHERE hash = $1 AND user_id = $2";
    /// Removes one of any user.
    FORGET = "DELETE FROM push_subscription WHERE hash = $1";
    /// Removes those of a user whose sign-in has ended.
    DELETE_ENDED = "DELETE FROM push_subscription WHERE user_id = $1
        AND NOT EXISTS (SELECT 1 FROM session s WHERE s.hash = push_subscription.via)
        AND NOT EXISTS (SELECT 1 FROM token t WHERE CAST(t.id AS TEXT) = push_subscription.via)";
    /// Removes all.
    DELETE_ALL = "DELETE FROM push_subscription";
    /// Whether there are any.
    ANY = "SELECT 1 FROM push_subscription LIMIT 1";
}

/// A browser that gets push notifications.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushSubscription {
    /// The hash of its address, which identifies it.
    pub hash: String,
    /// Address and keys, encrypted.
    pub sealed: String,
}

/// The browsers of a user that are still signed in.
pub async fn of_user(store: &Store, user: UserId) -> Result<Vec<PushSubscription>, Error> {
    let rows = store.rows(OF_USER, values![user, MOST]).await?;
    Ok(rows.iter().map(|row| PushSubscription { hash: row.text(0), sealed: row.text(1) }).collect())
}

/// Whether any browser gets push notifications.
pub async fn any(store: &Store) -> Result<bool, Error> {
    Ok(store.row(ANY, values![]).await?.is_some())
}

/// Adds a browser, with the session or token that it was added with; removes those whose sign-in has ended, and the
/// oldest beyond the limit.
pub fn put(batch: &mut Batch, user: UserId, via: &str, it: &PushSubscription, at: Micros) {
    batch.push(DELETE_ENDED, values![user]);
    batch.push(PUT, values![&it.hash, user, via, &it.sealed, at]);
    batch.push(DELETE_OLDEST, values![user, MOST]);
}

/// Removes a browser of a user; a conflict if they do not have it.
pub fn delete(batch: &mut Batch, user: UserId, hash: &str) {
    batch.must(DELETE, values![hash, user]);
}

/// Removes a browser that its push service no longer knows.
pub fn forget(batch: &mut Batch, hash: &str) {
    batch.push(FORGET, values![hash]);
}

/// Removes all of them.
pub fn delete_all(batch: &mut Batch) {
    batch.push(DELETE_ALL, values![]);
}
