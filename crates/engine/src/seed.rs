//! The first rows of a new store: the flow "Welcome", the queue "General", and what agents expect to find.

use domain::id::{FlowId, QueueId};
use domain::queue::QueueSettings;
use domain::service::Service;
use domain::time::Micros;
use store::table::message::json;
use store::table::queue::{self, QueueEdit};
use store::table::{flow, pause_cause, quick_reply, setting};
use store::{Batch, CommitError, Store};

use crate::clock::IdMaker;

/// Fills a new store; does nothing for one that was filled before, also when two start at once.
pub async fn first_rows(store: &Store, ids: &IdMaker, at: Micros) -> Result<(), CommitError> {
    if setting::get(store, "seeded").await?.is_some() {
        return Ok(());
    }
    let mut batch = Batch::new();
    setting::claim(&mut batch, "seeded", "1");
    let welcome = FlowId(ids.next());
    let body = json(&domain::flow::welcome());
    flow::insert(&mut batch, welcome, "Welcome", &body);
    let first = flow::Version { number: 1, published_at: at, by: "Deskbell".into(), note: String::new() };
    flow::publish(&mut batch, welcome, &first, &body);
    let (settings, service) = (QueueSettings::default(), Service { all_agents: true, ..Service::default() });
    let general = QueueEdit { name: "General", settings: &settings, service: &service };
    queue::insert(&mut batch, QueueId(ids.next()), general, at);
    for cause in ["Lunch", "Short break", "Training"] {
        pause_cause::insert(&mut batch, ids.next(), cause);
    }
    for (shortcut, title, text) in [
        ("hello", "Greeting", "Hello {{ contact.name }}, how can I help you?"),
        ("moment", "One moment", "One moment, please: I am looking into it."),
        ("thanks", "Thanks", "Thank you for writing to us. Have a nice day!"),
    ] {
        quick_reply::insert(&mut batch, ids.next(), shortcut, title, text);
    }
    match store.commit(batch).await {
        // Another node was quicker.
        Ok(_) | Err(CommitError::Conflict) => Ok(()),
        Err(error) => Err(error),
    }
}
