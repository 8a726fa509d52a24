//! A database that was moved to another PostgreSQL cluster: its events and webhooks continue.

use std::time::Duration;

use domain::id::QueueId;
use domain::time::Micros;
use store::table::event::Event;
use store::table::report::{self, Progress};
use store::table::{event, webhook};
use store::{Batch, Store};

/// A transaction number that the test's cluster will not reach.
const FOREIGN: i64 = 1 << 50;

const TAKEN: QueueId = QueueId(1);
const WAITING: QueueId = QueueId(2);
const NEW: QueueId = QueueId(3);

#[tokio::test]
async fn webhooks_and_reports_continue_where_they_stopped_after_dump_and_restore() {
    let Some((url, admin)) = database().await else { return };
    let store = Store::open(&url).await.unwrap();
    for queue in [TAKEN, WAITING] {
        say(&store, queue).await;
    }
    let taken = events(&store, event::Place::default(), 2).await[0].place;
    let hook = format!(
        "INSERT INTO webhook (id, url, events, secret, enabled, xact, seq, tries, delivered, failed, created_at, version)
         VALUES (1, 'https://example.org', '[]', '', 1, {FOREIGN}, {}, 0, 0, 0, 0, 1)",
        taken.seq
    );
    admin.batch_execute(&hook).await.unwrap();
    let counted = Progress { xact: FOREIGN, version: domain::report::VERSION, seq: taken.seq, rebuilt: None };
    let mut batch = Batch::new();
    report::advance(&mut batch, None, &counted);
    store.commit(batch).await.unwrap();
    admin.batch_execute(&format!("UPDATE event SET xact = '{}'", FOREIGN + 1)).await.unwrap();
    drop(store);

    let store = Store::open(&url).await.unwrap();
    say(&store, NEW).await;
    let place = webhook::by_id(&store, 1).await.unwrap().unwrap().place;
    assert_eq!(queues(&events(&store, place, 2).await), [WAITING, NEW]);
    let counted = report::progress(&store).await.unwrap().unwrap();
    assert_eq!(queues(&events(&store, counted.place(), 2).await), [WAITING, NEW]);
    // The place can still be advanced from what was read.
    let mut batch = Batch::new();
    report::advance(&mut batch, Some(&counted), &Progress { seq: counted.seq + 1, ..counted });
    store.commit(batch).await.unwrap();
    // What was stored in this cluster stays as it is.
    let before = events(&store, event::Place::default(), 3).await;
    let again = Store::open(&url).await.unwrap();
    assert_eq!(events(&again, event::Place::default(), 3).await, before);
    assert_eq!(queues(&before), [TAKEN, WAITING, NEW]);
}

/// The events after a place, of which there are this many. A running transaction, such as that of autovacuum, delays later
/// ones.
async fn events(store: &Store, place: event::Place, count: usize) -> Vec<event::Stored> {
    for _ in 0..1_000 {
        let found = event::after(store, place, 10).await.unwrap();
        if found.len() >= count {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("there are fewer than {count} events");
}

fn queues(events: &[event::Stored]) -> Vec<QueueId> {
    let queue = |it: &event::Stored| match it.event {
        Some(Event::Queue(id)) => Some(id),
        _ => None,
    };
    events.iter().filter_map(queue).collect()
}

async fn say(store: &Store, queue: QueueId) {
    let mut batch = Batch::new();
    event::add(&mut batch, &Event::Queue(queue), Micros(1));
    store.commit(batch).await.unwrap();
}

async fn database() -> Option<(String, tokio_postgres::Client)> {
    let server = store::testing::postgres_server()?;
    let name = format!("moved_{}", std::process::id());
    let client = connect(&server).await;
    client.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await.unwrap();
    client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
    let own = connect(&url).await;
    Some((url, own))
}

async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}
