//! The claim on a PostgreSQL store: an advisory lock of a dedicated connection, taken again when that connection is
//! lost.

use std::time::{Duration, SystemTime};

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::until_true;
use crate::Error;
use crate::postgres::address::{Address, Dedicated};

/// The number of the advisory lock: "deskserv" in ASCII.
const LOCK: i64 = 0x6465_736b_7365_7276;
/// The time limit for connecting and for each query.
pub(super) const LIMIT: Duration = Duration::from_secs(10);
/// How often the connection is checked.
const PULSE: Duration = Duration::from_secs(5);
/// The pause before a database that does not answer is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// How often the lock is tried when it is free, or held only by our own lost connection.
const TRIES: u32 = 20;

/// With these the server notices within half a minute if the machine that holds the lock is gone. No setting of the
/// server ends our idle session, and only our own limits apply to statements.
const SETTINGS: &str = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; \
    SET tcp_user_timeout = 15000; SET statement_timeout = 10000";

/// The holder of the lock: `pg_locks` shows a 64-bit number as two halves.
const HOLDER: &str = "SELECT a.pid, a.backend_start, a.application_name, host(a.client_addr) FROM pg_locks l
    JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (CAST(l.classid AS BIGINT) << 32) | CAST(l.objid AS BIGINT) = $1";

/// Holds the lock, and takes it again when its connection is lost.
#[derive(Debug)]
pub(super) struct Keeper {
    task: JoinHandle<()>,
    lost: watch::Receiver<bool>,
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Keeper {
    pub(super) async fn start(address: Address) -> Result<Self, Error> {
        let session = Session::take(&address, None).await?;
        let (send, lost) = watch::channel(false);
        let task = tokio::spawn(async move {
            keep_alive(&address, session).await;
            let _ = send.send(true);
            // `lost` must see the value, not a closed channel.
            send.closed().await;
        });
        Ok(Self { task, lost })
    }

    pub(super) fn lost(&self) -> impl Future<Output = ()> + use<> {
        until_true(self.lost.clone())
    }
}

/// Ends when another server has the lock.
async fn keep_alive(address: &Address, mut session: Session) {
    loop {
        session.ended().await;
        tracing::warn!("the connection that claims the store was lost; claiming it again");
        let own = session.backend;
        drop(session);
        session = loop {
            match Session::take(address, Some(own)).await {
                Ok(session) => break session,
                Err(Error::Claimed(holder)) => {
                    tracing::error!("another server ({holder}) has claimed the store in the meantime");
                    return;
                }
                Err(error) => {
                    tracing::warn!(%error, "the store could not be claimed again");
                    tokio::time::sleep(RETRY).await;
                }
            }
        };
        tracing::info!("the store is claimed again");
    }
}

/// A server process of PostgreSQL. Process ids are reused, so its start time is included.
type Backend = (i32, SystemTime);

/// A connection that has the lock.
struct Session {
    connection: Dedicated,
    backend: Backend,
}

impl Session {
    /// Takes the lock, also from `own`, a lost connection of ours that the server has not noticed yet.
    async fn take(address: &Address, own: Option<Backend>) -> Result<Self, Error> {
        let name = format!("deskbell serve, process {}", std::process::id());
        let connection = address.connect(Some(&name), LIMIT).await?;
        let client = &connection.client;
        let taking = async {
            client.batch_execute(SETTINGS).await?;
            let mut holder = String::new();
            for _ in 0..TRIES {
                if client.query_one("SELECT pg_try_advisory_lock($1)", &[&LOCK]).await?.get(0) {
                    let row = client
                        .query_one(
                            "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()",
                            &[],
                        )
                        .await?;
                    return Ok((row.get(0), row.get(1)));
                }
                // None: it was released between the two queries.
                if let Some(row) = client.query_opt(HOLDER, &[&LOCK]).await? {
                    let backend = (row.get(0), row.get(1));
                    if own != Some(backend) {
                        holder = describe(&row);
                        break;
                    }
                    client.execute("SELECT pg_terminate_backend($1)", &[&backend.0]).await?;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            Err(Error::Claimed(holder))
        };
        let backend = tokio::time::timeout(LIMIT, taking).await.map_err(|_| Error::Connect(LIMIT))??;
        Ok(Self { connection, backend })
    }

    /// Ends when the connection no longer answers.
    async fn ended(&mut self) {
        while tokio::time::timeout(PULSE, self.connection.closed()).await.is_err() {
            let asked = tokio::time::timeout(LIMIT, self.connection.client.batch_execute("SELECT 1")).await;
            if !matches!(asked, Ok(Ok(()))) {
                return;
            }
        }
    }
}

/// A description of the holder: `process 17 at 10.0.0.5`.
fn describe(row: &tokio_postgres::Row) -> String {
    let name: Option<String> = row.get(2);
    let name = name.unwrap_or_default();
    let process = name.strip_prefix("deskbell serve, ").unwrap_or(&name);
    match row.get::<_, Option<String>>(3) {
        Some(host) => format!("{process} at {host}"),
        None => process.to_owned(),
    }
}
