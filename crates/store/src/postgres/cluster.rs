//! A database that was moved to another PostgreSQL cluster with `pg_dump` and `pg_restore`.
//!
//! Events and the places of outgoing webhooks hold transaction numbers, and those count again in each cluster. Left alone,
//! the old events would be read after all new ones, and no new event would lie behind an old place: webhooks would be
//! silent without an error. So the old numbers become 0, before any of this cluster, and the order within them is that
//! of the events' own numbers. A webhook continues where it stopped; where two transactions had overlapped there, it may
//! get an event a second time.

use tokio_postgres::Client;

use crate::Error;

/// Whether a number was stored that this cluster has not given yet. The newest event stands for all.
const MOVED: &str = "SELECT coalesce((SELECT xact >= pg_snapshot_xmax(pg_current_snapshot()) FROM event ORDER BY seq DESC LIMIT 1), FALSE)
    OR EXISTS (SELECT 1 FROM webhook
        WHERE xact >= CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT) AS BIGINT))";

/// Makes a database at home in its cluster.
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
