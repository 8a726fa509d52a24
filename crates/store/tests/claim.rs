//! A store is claimed by one server at a time; commands work alongside it.

use std::time::Duration;

use store::{Claim, Error, Store};

/// Nothing is asserted about how long it takes; a test that hangs fails.
const PATIENCE: Duration = Duration::from_secs(30);
const AT_ONCE: Duration = Duration::ZERO;
/// The lock that a server takes.
const LOCK: i64 = 0x6465_736b_7365_7276;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_server_at_a_time_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    one_server_at_a_time(format!("sqlite:{}", folder.path().join("new/test.db").display())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_server_at_a_time_on_postgres() {
    let Some((url, _)) = postgres_database("one").await else { return };
    one_server_at_a_time(url).await;
}

async fn one_server_at_a_time(url: String) {
    let first = Claim::take(&url, AT_ONCE).await.unwrap();
    Store::open(&url).await.unwrap();
    let refused = Claim::take(&url, AT_ONCE).await.unwrap_err();
    assert!(matches!(refused, Error::Claimed(_)));
    let sentence = refused.to_string();
    assert!(sentence.contains(&format!("process {}", std::process::id())), "it says who: {sentence}");
    assert!(sentence.contains("stop that one first"), "it says what to do: {sentence}");

    let waiting = tokio::spawn({
        let url = url.clone();
        async move { Claim::take(&url, PATIENCE).await }
    });
    tokio::task::yield_now().await;
    drop(first);
    let second = waiting.await.unwrap().unwrap();
    assert!(matches!(Claim::take(&url, AT_ONCE).await, Err(Error::Claimed(_))));
    drop(second);
    assert!(Claim::take(&url, PATIENCE).await.is_ok());
}

#[tokio::test]
async fn a_link_to_the_database_is_the_same_store() {
    let folder = tempfile::tempdir().unwrap();
    let url = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
    Store::open(&url("a.db")).await.unwrap();
    std::os::unix::fs::symlink(folder.path().join("a.db"), folder.path().join("b.db")).unwrap();
    let _first = Claim::take(&url("a.db"), AT_ONCE).await.unwrap();
    assert!(matches!(Claim::take(&url("b.db"), AT_ONCE).await, Err(Error::Claimed(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_whose_connection_broke_is_renewed() {
    let Some((url, admin)) = postgres_database("renewed").await else { return };
    let claim = Claim::take(&url, AT_ONCE).await.unwrap();
    let before = holder(&admin).await.unwrap();
    admin.execute("SELECT pg_terminate_backend($1)", &[&before]).await.unwrap();
    let renewed = async {
        while holder(&admin).await.is_none_or(|after| after == before) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        () = renewed => {}
        () = claim.lost() => panic!("no other server took it"),
        () = tokio::time::sleep(PATIENCE) => panic!("it was not renewed"),
    }
    assert!(matches!(Claim::take(&url, AT_ONCE).await, Err(Error::Claimed(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_loses_the_claim_to_another_hears_of_it() {
    let Some((url, admin)) = postgres_database("lost").await else { return };
    let claim = Claim::take(&url, AT_ONCE).await.unwrap();
    let before = holder(&admin).await.unwrap();
    // Waits in PostgreSQL itself, so that it has the lock the moment it is free.
    let other = connect(&url).await;
    let taking = tokio::spawn(async move {
        other.execute("SELECT pg_advisory_lock($1)", &[&LOCK]).await.unwrap();
        other
    });
    let waits =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'";
    while admin.query_one(waits, &[]).await.unwrap().get::<_, i64>(0) == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    admin.execute("SELECT pg_terminate_backend($1)", &[&before]).await.unwrap();
    tokio::time::timeout(PATIENCE, claim.lost()).await.expect("the loss is noticed");
    tokio::time::timeout(PATIENCE, claim.lost()).await.expect("and stays lost");
    drop(taking.await.unwrap());
}

/// The process of PostgreSQL that holds the lock in this database.
async fn holder(admin: &tokio_postgres::Client) -> Option<i32> {
    let text = "SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database
        WHERE l.locktype = 'advisory' AND l.granted AND d.datname = current_database()";
    admin.query_opt(text, &[]).await.unwrap().map(|row| row.get(0))
}

async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// A fresh database on the test server, and a connection to it.
async fn postgres_database(name: &str) -> Option<(String, tokio_postgres::Client)> {
    let server = store::testing::postgres_server()?;
    let name = format!("claim_{name}_{}", std::process::id());
    let client = connect(&server).await;
    client.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await.unwrap();
    client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
    let own = connect(&url).await;
    Some((url, own))
}
