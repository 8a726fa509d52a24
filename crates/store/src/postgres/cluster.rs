//! A database that was moved to another PostgreSQL cluster with `pg_dump` and `pg_restore`.
//!
//! Events and the places of outgoing webhooks contain transaction numbers, which start again in each cluster. Without
//! a change, the old events would be read after all new ones, and no new event would come after an old place:
//! webhooks would stop without an error. So the old numbers become 0, lower than any number of this cluster, and old
//! events are ordered by their own numbers. A webhook continues where it stopped; if two transactions overlapped
//! there, it may get an event twice.

use tokio_postgres::Client;

use crate::Error;

/// Whether a stored number is one that this cluster has not assigned yet. Checking the newest event is enough.
const MOVED: &str = "SELECT coalesce((SELECT xact >= pg_snapshot_xmax(pg_current_snapshot()) FROM event ORDER BY seq DESC LIMIT 1), FALSE)
    OR EXISTS (SELECT 1 FROM webhook
        WHERE xact >= CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT) AS BIGINT))";

/// Adapts a database to its cluster.
pub(super) async fn adopt(client: &Client) -> Result<(), Error> {
    if !client.query_one(MOVED, &[]).await?.get::<_, bool>(0) {
        return Ok(());
    }
    client.batch_execute("BEGIN; UPDATE event SET xact = '0'; UPDATE webhook SET xact = 0; COMMIT").await?;
    tracing::warn!(
        "the database comes from another PostgreSQL cluster: the order of its events was renumbered, and outgoing \
         webhooks go on where they stopped"
    );
    Ok(())
}
