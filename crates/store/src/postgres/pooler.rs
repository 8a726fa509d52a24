//! Detects a pooler between us and PostgreSQL that gives each transaction another connection. Durable commits, time
//! limits, prepared statements and the claim on the store all belong to a connection, so behind such a pooler they
//! would silently be someone else's. It is detected by its behaviour, not by its name.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio_postgres::{Client, SimpleQueryMessage};

use super::address::{Address, Dedicated};
use crate::Error;

/// How often the two connections are compared. A pooler may give the same one several times.
const ROUNDS: u32 = 5;

/// Fails if a connection is not the same from transaction to transaction.
pub(crate) async fn refuse(address: &Address, limit: Duration) -> Result<(), Error> {
    let Dedicated { client, .. } = &address.connect(None, limit).await?;
    let Dedicated { client: other, .. } = &address.connect(None, limit).await?;
    let waiting = AtomicBool::new(false);
    let comparing = async {
        let first = backend(client).await?;
        for _ in 0..ROUNDS {
            // Its transaction keeps one of the pooler's connections busy, probably the one that we had before.
            if let Err(error) = other.batch_execute("BEGIN").await {
                return if error.as_db_error().is_some() { Err(Error::Pooler) } else { Err(error.into()) };
            }
            waiting.store(true, Ordering::Relaxed);
            let (theirs, ours) = (backend(other).await?, backend(client).await?);
            other.batch_execute("ROLLBACK").await?;
            waiting.store(false, Ordering::Relaxed);
            if ours != first || ours == theirs {
                return Err(Error::Pooler);
            }
        }
        Ok(())
    };
    match tokio::time::timeout(limit, comparing).await {
        Ok(compared) => compared,
        // With a single connection, the pooler makes us wait for the other transaction. PostgreSQL never does.
        Err(_) if waiting.load(Ordering::Relaxed) => Err(Error::Pooler),
        Err(_) => Err(Error::Connect(limit)),
    }
}

/// The id of the server process that answers. Uses a simple query, because a prepared one might fail behind a pooler.
async fn backend(client: &Client) -> Result<Option<String>, Error> {
    let answer = client.simple_query("SELECT pg_backend_pid()").await?;
    Ok(answer.into_iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    }))
}
