//! The first rows of a new store: the flow "Welcome", the queue "General", and the defaults for agents, in the
//! installation's language.

use domain::id::{FlowId, QueueId};
use domain::service::Service;
use domain::time::Micros;
use domain::user_settings::Language;
use store::table::message::json;
use store::table::queue::{self, QueueEdit};
use store::table::{flow, pause_cause, quick_reply, setting};
use store::{Batch, CommitError, Store};

use crate::clock::IdMaker;
use crate::first_texts;

/// Fills a new store; does nothing if it is already filled, also when two processes start at once.
pub async fn first_rows(store: &Store, ids: &IdMaker, at: Micros, language: Language) -> Result<(), CommitError> {
    if setting::get(store, "seeded").await?.is_some() {
        return Ok(());
    }
    let mut batch = Batch::new();
    setting::claim(&mut batch, "seeded", "1");
    let welcome = FlowId(ids.next());
    let first = first_texts::first(language);
    let body = json(&first_texts::welcome(language));
    flow::insert(&mut batch, welcome, first.flow, &body);
    let version = flow::Version { number: 1, published_at: at, by: "Deskbell".into(), note: String::new() };
    flow::publish(&mut batch, welcome, &version, &body);
    let (settings, service) = (first_texts::queue(language), Service { all_agents: true, ..Service::default() });
    let general = QueueEdit { name: first.queue, settings: &settings, service: &service };
    queue::insert(&mut batch, QueueId(ids.next()), general, at);
    for cause in first.pause_causes {
        pause_cause::insert(&mut batch, ids.next(), cause, None);
    }
    for (shortcut, title, text) in first.quick_replies {
        quick_reply::insert(&mut batch, ids.next(), &quick_reply::Content::of(shortcut, title, text));
    }
    match store.commit(batch).await {
        // Another process was faster.
        Ok(_) | Err(CommitError::Conflict) => Ok(()),
        Err(error) => Err(error),
    }
}
