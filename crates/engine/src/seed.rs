//! The first rows of a new store: the flow "Welcome", the queue "General", and what agents expect to find.

use domain::time::Micros;
use store::table::message::json;
use store::table::{flow, queue, setting};
use store::{Batch, CommitError, Store, values};

use crate::clock::{IdMaker, now};

/// Fills a new store; does nothing for one that was filled before, also when two start at once.
pub async fn first_rows(store: &Store, ids: &IdMaker) -> Result<(), CommitError> {
    if setting::get(store, "seeded").await?.is_some() {
        return Ok(());
    }
    let mut batch = Batch::new();
    batch.must(setting::CLAIM, values!["seeded", "1"]);
    let welcome = ids.next();
    let body = json(&domain::flow::welcome());
    let at: Micros = now();
    batch.push(flow::INSERT, values![welcome, "Welcome", &body]);
    batch.push(flow::INSERT_VERSION, values![welcome, 1_i64, &body, at, "Deskbell"]);
    batch.push(flow::PUBLISH, values![welcome, 1_i64]);
    batch.push(queue::INSERT, values![ids.next(), "General", "longest_idle", 0_i64, 30_i64, 3_i64, 0_i64, true]);
    for cause in ["Lunch", "Short break", "Training"] {
        batch.push(queue::INSERT_CAUSE, values![ids.next(), cause]);
    }
    for (shortcut, title, text) in [
        ("hello", "Greeting", "Hello {{ contact.name }}, how can I help you?"),
        ("moment", "One moment", "One moment, please: I am looking into it."),
        ("thanks", "Thanks", "Thank you for writing to us. Have a nice day!"),
    ] {
        batch.push(queue::INSERT_REPLY, values![ids.next(), shortcut, title, text]);
    }
    match store.commit(batch).await {
        // Another node was quicker.
        Ok(_) | Err(CommitError::Conflict) => Ok(()),
        Err(error) => Err(error),
    }
}
