//! What happens to the pool when work takes too long, is cancelled, or the server goes away.

use super::*;
use crate::{Sql, values};

const SLEEP: Sql = Sql("SELECT CAST(pg_sleep(60) AS TEXT)");
const PID: Sql = Sql("SELECT CAST(pg_backend_pid() AS BIGINT)");
const TABLE: Sql = Sql("SELECT count(*) FROM users");

/// A fresh database on the test server, with short limits; None if there is no server.
async fn open(name: &str, limits: Limits) -> Option<Postgres> {
    let server = crate::testing::postgres_server()?;
    let own = Address::parse(&server).unwrap().connect(None, limits.connect).await.unwrap();
    let name = format!("pool_{name}_{}", std::process::id());
    own.client.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await.unwrap();
    own.client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    Some(Postgres::open_within(&format!("{base}/{name}"), limits).await.unwrap())
}

fn short() -> Limits {
    Limits { wait: Duration::from_millis(300), work: Duration::from_millis(1_500), ..Limits::default() }
}

async fn pid(database: &Postgres) -> i64 {
    database.read(vec![(PID, values![])]).await.unwrap()[0][0].int(0)
}

#[tokio::test]
async fn a_connection_that_does_not_answer_in_time_is_closed() {
    let limits = Limits { work: Duration::from_secs(1), ..Limits::default() };
    let Some(database) = open("deadline", limits).await else { return };
    let before = pid(&database).await;
    // The server's own limit is the same, so either may come first.
    let error = database.read(vec![(SLEEP, values![])]).await.unwrap_err();
    assert!(matches!(&error, Error::Deadline(_)) || error.to_string().contains("57014"), "{error}");
    assert!(database.read(vec![(TABLE, values![])]).await.is_ok());
    if matches!(error, Error::Deadline(_)) {
        assert_ne!(pid(&database).await, before);
    }
    assert!(database.healthy());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_too_long_for_a_connection_is_refused_and_the_pool_recovers() {
    let Some(database) = open("wait", short()).await else { return };
    let database = Arc::new(database);
    let busy: Vec<_> = (0..POOL)
        .map(|_| {
            let database = Arc::clone(&database);
            tokio::spawn(async move { database.read(vec![(SLEEP, values![])]).await })
        })
        .collect();
    while database.connections.pool.status().size < POOL || database.connections.pool.status().available > 0 {
        tokio::task::yield_now().await;
    }
    let refused = database.read(vec![(TABLE, values![])]).await.unwrap_err();
    assert!(matches!(refused, Error::Busy(_)), "{refused}");
    for task in busy {
        assert!(task.await.unwrap().is_err());
    }
    assert!(database.read(vec![(TABLE, values![])]).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_was_cancelled_half_way_never_returns_to_the_pool() {
    let Some(database) = open("cancel", Limits::default()).await else { return };
    let database = Arc::new(database);
    let (begun, waiting) = oneshot::channel();
    let task = tokio::spawn({
        let database = Arc::clone(&database);
        async move {
            let work = async |client: &ClientWrapper| {
                client.batch_execute("BEGIN; INSERT INTO setting VALUES ('cancelled', '1')").await?;
                let _ = begun.send(());
                std::future::pending::<Result<(), Error>>().await
            };
            database.connections.with(work).await
        }
    });
    waiting.await.unwrap();
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert_eq!(database.connections.pool.status().size, 0);
    // A connection with the transaction still open would see its row.
    let row = database.read(vec![(Sql("SELECT value FROM setting WHERE key = 'cancelled'"), values![])]).await;
    assert_eq!(row.unwrap()[0], vec![]);
}

#[tokio::test]
async fn connections_that_the_server_closed_are_replaced() {
    let Some(database) = open("closed", Limits::default()).await else { return };
    let own = pid(&database).await;
    let killer = Address::parse(&std::env::var("DESKBELL_TEST_POSTGRES").unwrap()).unwrap();
    let killer = killer.connect(None, Limits::default().connect).await.unwrap();
    let own_pid = i32::try_from(own).unwrap();
    killer.client.execute("SELECT pg_terminate_backend($1)", &[&own_pid]).await.unwrap();
    // The first may still be sent on the old connection; it fails, and the next takes a new one.
    let mut answered = false;
    for _ in 0..3 {
        answered |= database.read(vec![(TABLE, values![])]).await.is_ok();
    }
    assert!(answered);
    assert_ne!(pid(&database).await, own);
    assert!(database.healthy());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_whose_connection_is_lost_fails_as_a_whole_and_the_next_succeeds() {
    const SLOW: Sql = Sql("INSERT INTO setting SELECT $1, coalesce(CAST(pg_sleep(60) AS TEXT), '')");
    const PUT: Sql = Sql("INSERT INTO setting VALUES ($1, 'x')");
    const KILL: Sql = Sql("SELECT CAST(count(pg_terminate_backend(pid)) AS BIGINT) FROM pg_stat_activity
         WHERE datname = current_database() AND query LIKE 'INSERT INTO setting SELECT%' AND state = 'active'");
    let Some(database) = open("group", Limits::default()).await else { return };
    let database = Arc::new(database);
    let send = |sql, key: &'static str| {
        let database = Arc::clone(&database);
        let mut batch = Batch::new();
        batch.push(sql, values![key]);
        tokio::spawn(async move { database.commit_grouped(batch).await })
    };
    let lost = send(SLOW, "slow");
    while database.read(vec![(KILL, values![])]).await.unwrap()[0][0].int(0) == 0 {
        tokio::task::yield_now().await;
    }
    let error = lost.await.unwrap().unwrap_err();
    assert!(matches!(&error, CommitError::Store(Error::Group(_))), "{error}");
    assert!(send(PUT, "first").await.unwrap().is_ok());
    assert!(matches!(send(PUT, "first").await.unwrap(), Err(CommitError::Duplicate)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_whose_asker_has_gone_is_stopped() {
    const ASKED: Sql = Sql("SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND state = 'active' AND query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()");
    let Some(database) = open("asker", Limits::default()).await else { return };
    let database = Arc::new(database);
    let asked = async || database.read(vec![(ASKED, values![])]).await.unwrap()[0][0].int(0);
    let asker = tokio::spawn({
        let database = Arc::clone(&database);
        async move { database.read(vec![(SLEEP, values![])]).await }
    });
    while asked().await == 0 {
        tokio::task::yield_now().await;
    }
    asker.abort();
    let stopped = async {
        while asked().await > 0 {
            tokio::task::yield_now().await;
        }
    };
    // Far less than the query would take.
    tokio::time::timeout(Duration::from_secs(25), stopped).await.unwrap();
}

/// Visibility is checked first: the duration of a search must not depend on what others have written.
#[tokio::test]
async fn a_search_reads_no_texts_of_conversations_that_its_viewer_may_not_see() {
    let Some(database) = open("sight", Limits::default()).await else { return };
    // The last agent of the first one is user 1, of all others user 2.
    const ROWS: &str = "INSERT INTO conversation (id, identity_id, contact_id, gateway_id, channel, account_id, state,
            last_agent_id, priority, created_at, last_activity_at, unread, data, version)
        SELECT n, n, n, 1, 'messenger', '200', 'closed', least(n, 2), 0, n, n, 0, '{}', 1 FROM generate_series(1, 2000) n;
        INSERT INTO message (id, conversation_id, identity_id, kind, direction, sender_kind, sender_name, text, folded, data, status, at)
        SELECT n * 100 + k, n, n, 'text', 'in', 'contact', '', 'words', 'words', '{}', 'received', k
        FROM generate_series(1, 2000) n, generate_series(0, 9) k;
        ANALYZE";
    const READ: &str = "SELECT CAST(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) AS BIGINT)
        FROM pg_stat_xact_user_tables WHERE relname = 'message'";
    let list = crate::table::all().into_iter().find(|sql| sql.0.contains("c.last_activity_at < $15")).unwrap();
    let work = async |client: &ClientWrapper| {
        client.batch_execute(ROWS).await?;
        let mut read = Vec::new();
        // As often as a plan for any parameters needs to be made.
        for sees in ["all", "agent"].into_iter().cycle().take(16) {
            client.batch_execute("BEGIN").await?;
            let statement = client.prepare_cached(list.0).await?;
            let (none, end) = (0_i64, i64::MAX);
            let asked = values![
                "", none, none, none, "%needle%", none, 1_i64, sees, ",", "", "", none, end, "", end, end, 50_i64
            ];
            client.query(&statement, &refs(&asked)).await?;
            read.push(client.query_one(READ, &[]).await?.get::<_, i64>(0));
            client.batch_execute("ROLLBACK").await?;
        }
        Ok::<_, Error>(read)
    };
    // The counters are cumulative.
    let counts = database.connections.with(work).await.unwrap();
    let before = std::iter::once(&0).chain(&counts);
    let read: Vec<i64> = counts.iter().zip(before).map(|(now, before)| now - before).collect();
    for texts in read.chunks(2) {
        assert!(texts[0] >= 20_000, "an administrator's search reads all texts: {read:?}");
        assert!(texts[1] < 500, "an agent's reads those of one conversation: {read:?}");
    }
}
