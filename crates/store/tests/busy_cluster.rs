//! PostgreSQL shares transaction numbers among the databases of a cluster: which running transactions delay our events.

use std::time::Duration;

use domain::id::QueueId;
use domain::time::Micros;
use store::table::event::{self, Event};
use store::{Batch, Store};
use tokio_postgres::Client;

#[tokio::test]
async fn only_transactions_of_our_own_database_delay_events() {
    let Some(server) = store::testing::postgres_server() else { return };
    let admin = connect(&server).await;
    let (ours, others) = (database(&admin, &server, "ours").await, database(&admin, &server, "others").await);
    let store = Store::open(&ours).await.unwrap();

    let other = connect(&others).await;
    other.batch_execute("CREATE TABLE note (text TEXT); BEGIN; INSERT INTO note VALUES ('slow')").await.unwrap();
    let start = event::newest(&store).await.unwrap();
    say(&store, 1).await;
    assert_eq!(queues(&store, start).await, [1], "the other database's transaction is still running");
    let place = event::newest(&store).await.unwrap();
    assert!(place.seq > start.seq);
    assert_eq!(queues(&store, place).await, [0; 0]);

    // One of our own may still add an event below those that are committed already.
    let own = connect(&ours).await;
    own.batch_execute("BEGIN; SELECT pg_current_xact_id()").await.unwrap();
    say(&store, 2).await;
    assert_eq!(queues(&store, place).await, [0; 0]);
    assert_eq!(event::newest(&store).await.unwrap().seq, place.seq);
    own.batch_execute("COMMIT").await.unwrap();
    for _ in 0..1_000 {
        if queues(&store, place).await == [2] {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the event does not appear");
}

async fn say(store: &Store, queue: i64) {
    let mut batch = Batch::new();
    event::add(&mut batch, &Event::Queue(QueueId(queue)), Micros(1));
    store.commit(batch).await.unwrap();
}

async fn queues(store: &Store, place: event::Place) -> Vec<i64> {
    let events = event::after(store, place, 10).await.unwrap();
    let queue = |it: &event::Stored| match it.event {
        Some(Event::Queue(id)) => Some(id.0),
        _ => None,
    };
    events.iter().filter_map(queue).collect()
}

async fn database(admin: &Client, server: &str, name: &str) -> String {
    let name = format!("busy_{name}_{}", std::process::id());
    admin.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await.unwrap();
    admin.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    format!("{}/{name}", server.rsplit_once('/').unwrap().0)
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}
