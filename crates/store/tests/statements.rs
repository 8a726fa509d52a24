//! Every SQL text is prepared on both engines, and the layer above them behaves the same on both.
//!
//! PostgreSQL is tested when `DESKBELL_TEST_POSTGRES` names a server (`cargo xtask test` starts one).

mod engines;

use domain::channel::{Account, Address};
use domain::id::QueueId;
use domain::time::Micros;
use engines::{on_both_engines, postgres_database};
use store::table::event::Event;
use store::testing::{self, Value, must, params, push, query};
use store::{Batch, CommitError, Store, table};

const USER: &str =
    "INSERT INTO users (email, id, email_folded, name, role, password, is_agent, active, created_at, version)
     VALUES ($2, $1, $2, $3, 'agent', '', 0, 1, 0, 1)";
const RENAME: &str = "UPDATE users SET name = $2 WHERE id = $1 AND version = $3";
const NAME: &str = "SELECT name, email FROM users WHERE id = $1";

/// PostgreSQL infers a parameter's type from its first use. A type other than the column's works until the first
/// large number.
#[tokio::test]
async fn parameters_have_the_types_of_their_columns_on_postgres() {
    let Some(url) = postgres_database("types").await else { return };
    Store::open(&url).await.unwrap();
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    for sql in testing::statements() {
        if sql.contains("$1 = $1") {
            continue; // SQLite's own
        }
        let prepared = client.prepare(sql).await.unwrap_or_else(|error| panic!("{error}: {}", sql));
        for (index, ty) in prepared.params().iter().enumerate() {
            assert!(["int8", "text", "bytea"].contains(&ty.name()), "${} is {ty} in: {}", index + 1, sql);
        }
    }
}

on_both_engines! {
    every_statement_can_be_prepared
    a_batch_stands_whole_or_not_at_all
    a_stale_version_is_a_conflict
    a_batch_that_fails_takes_no_other_with_it
    events_are_read_in_the_order_of_commit
    many_arrivals_share_commits
}

/// `$n` is positional, also where `$2` comes before `$1`; nothing is written.
async fn every_statement_can_be_prepared(store: Store) {
    for sql in testing::statements() {
        let highest = (1..=40).rev().find(|n| sql.contains(&format!("${n}"))).unwrap_or(0);
        // SQLite wants a number for a LIMIT, PostgreSQL a value of the column's own type.
        let filler = if store.is_sqlite() { Value::Int(0) } else { Value::Null };
        let params = vec![filler; highest];
        let reading = ["SELECT", "WITH"].iter().any(|word| sql.trim_start().starts_with(word));
        let result = if reading {
            query(&store, sql, params).await.map(|_| ()).map_err(|error| error.to_string())
        } else {
            let mut batch = Batch::new();
            push(&mut batch, sql, params);
            match store.commit(batch).await {
                // An error about a NULL value means that the text was understood.
                Ok(_) | Err(CommitError::Duplicate) => Ok(()),
                Err(error) if error.to_string().contains("23502") => Ok(()),
                Err(error) => Err(error.to_string()),
            }
        };
        assert_eq!(result, Ok(()), "{}", sql);
    }
    let mut batch = Batch::new();
    must(&mut batch, USER, params![1_i64, "a@example.org", "Ann"]);
    store.commit(batch).await.unwrap();
    let row = &query(&store, NAME, params![1_i64]).await.unwrap()[0];
    assert_eq!((row.text(0), row.text(1)), ("Ann".into(), "a@example.org".into()));
}

async fn a_batch_stands_whole_or_not_at_all(store: Store) {
    let mut batch = Batch::new();
    must(&mut batch, USER, params![1_i64, "a@example.org", "Ann"]);
    must(&mut batch, RENAME, params![99_i64, "nobody", 1_i64]);
    assert!(matches!(store.commit(batch).await, Err(CommitError::Conflict)));
    assert_eq!(query(&store, NAME, params![1_i64]).await.unwrap(), []);

    let mut batch = Batch::new();
    must(&mut batch, USER, params![1_i64, "a@example.org", "Ann"]);
    must(&mut batch, USER, params![2_i64, "a@example.org", "Bob"]);
    assert!(matches!(store.commit(batch).await, Err(CommitError::Duplicate)));
    assert_eq!(query(&store, NAME, params![1_i64]).await.unwrap(), []);
}

/// Batches without conditions share a transaction unguarded: one that fails must not affect the others.
async fn a_batch_that_fails_takes_no_other_with_it(store: Store) {
    let mut tasks = Vec::new();
    for id in 1..=40_i64 {
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            let mut batch = Batch::new();
            // Every tenth uses an address that is taken, after inserting a row that must then be rolled back.
            let email = if id % 10 == 0 { "taken@example.org".to_owned() } else { format!("{id}@example.org") };
            push(&mut batch, USER, params![1_000 + id, format!("first{id}@example.org"), "First"]);
            push(&mut batch, USER, params![id, email, "Second"]);
            store.commit_grouped(batch).await.is_ok()
        }));
    }
    let mut stand = 0;
    for task in tasks {
        stand += i64::from(task.await.unwrap());
    }
    let count = table::user::count(&store).await.unwrap();
    assert_eq!((stand, count), (37, 74), "36 and the first of the four that want the same address");
}

async fn a_stale_version_is_a_conflict(store: Store) {
    let mut batch = Batch::new();
    must(&mut batch, USER, params![1_i64, "a@example.org", "Ann"]);
    store.commit(batch).await.unwrap();
    let rename = |version: i64| {
        let mut batch = Batch::new();
        must(&mut batch, RENAME, params![1_i64, "Anna", version]);
        batch
    };
    assert!(matches!(store.commit(rename(7)).await, Err(CommitError::Conflict)));
    store.commit(rename(1)).await.unwrap();
}

async fn events_are_read_in_the_order_of_commit(store: Store) {
    let start = table::event::newest(&store).await.unwrap();
    for n in 0..5_i64 {
        let mut batch = Batch::new();
        table::event::add(&mut batch, &Event::Queue(QueueId(n)), Micros(n));
        store.commit(batch).await.unwrap();
    }
    // On PostgreSQL a running transaction, such as that of autovacuum, delays the events of later ones.
    let after = async |place, count: usize| loop {
        let page = table::event::after(&store, place, i64::try_from(count).unwrap()).await.unwrap();
        if page.len() == count {
            return page;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    };
    let first = after(start, 2).await;
    let rest = after(first[1].place, 3).await;
    let events: Vec<_> = first.iter().chain(&rest).filter_map(|it| it.event.clone()).collect();
    assert_eq!(events, [0, 1, 2, 3, 4].map(|n| Event::Queue(QueueId(n))));
    assert_eq!(table::event::newest(&store).await.unwrap().seq, rest[2].place.seq);
}

async fn many_arrivals_share_commits(store: Store) {
    let mut tasks = Vec::new();
    for id in 1..=200_i64 {
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            let arrived = table::inbox::Arrived {
                id: domain::id::DeliveryId(id),
                gateway: domain::id::GatewayId(1),
                page: Some("200".into()),
                at: Micros(id),
                body: b"{}".to_vec(),
                keys: vec![
                    Address::new(Account::page("200"), (id % 7).to_string()),
                    Address::new(Account::page("200"), (id % 5).to_string()),
                ],
                unreadable: None,
            };
            store.commit_grouped(table::inbox::arrive(arrived)).await.unwrap();
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(table::inbox::count(&store).await.unwrap(), 400);
    let behind = table::inbox::Place { delivery: domain::id::DeliveryId(100), n: 0 };
    let due = table::inbox::due(&store, behind, 1_000).await.unwrap();
    assert_eq!(due[0].place, table::inbox::Place { n: 1, ..behind });
}
