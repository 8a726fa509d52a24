//! A database that was moved to another PostgreSQL cluster with `pg_dump` and `pg_restore`.
//!
//! Events, and the places in their order where outgoing webhooks and reports are, contain transaction numbers, which start
//! again in each cluster. Without a change, the old events would be read after all new ones, and no new event would come
//! after an old place: webhooks and reports would stop without an error. So the old numbers become 0, lower than any number
//! of this cluster, and old events are ordered by their own numbers. Each follower continues where it stopped; if two
//! transactions overlapped there, it may get an event twice.

use tokio_postgres::Client;

use crate::Error;

/// Whether a stored number is one that this cluster has not assigned yet. Of the events, checking the newest is enough.
const MOVED: &str = "WITH cluster AS (SELECT CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT) AS BIGINT) AS next)
    SELECT coalesce((SELECT xact >= pg_snapshot_xmax(pg_current_snapshot()) FROM event ORDER BY seq DESC LIMIT 1), FALSE)
    OR EXISTS (SELECT 1 FROM webhook, cluster WHERE xact >= next)
    OR EXISTS (SELECT 1 FROM setting, cluster WHERE key = 'reports' AND CAST(CAST(value AS JSON) ->> 'xact' AS BIGINT) >= next)";

/// Orders the old events, and all places among them, before everything of this cluster.
const RENUMBER: &str = r#"BEGIN;
    UPDATE event SET xact = '0';
    UPDATE webhook SET xact = 0;
    UPDATE setting SET value = regexp_replace(value, '"xact":[0-9]+', '"xact":0') WHERE key = 'reports';
    COMMIT"#;

/// Adapts a database to its cluster.
pub(super) async fn adopt(client: &Client) -> Result<(), Error> {
    if !client.query_one(MOVED, &[]).await?.get::<_, bool>(0) {
        return Ok(());
    }
    client.batch_execute(RENUMBER).await?;
    tracing::warn!(
        "the database comes from another PostgreSQL cluster: the order of its events was renumbered, and outgoing \
         webhooks and reports continue where they stopped"
    );
    Ok(())
}
