//! What a customer's turn starts from, read for many customers in one query.

use domain::inbound::{Inbound, InboundEvent};
use store::table::thread::{self, Asked, Facts};

use super::threads::ThreadBatch;
use crate::engine::Engine;

/// Reads them for one event. They may be old by the time of the commit; then the batch is a conflict, and the turn
/// runs again with newer facts.
///
/// # Errors
/// The store's.
pub(super) async fn of(app: &Engine, inbound: &Inbound) -> Result<Facts, store::Error> {
    let facts = thread::facts(&app.store, &[asked(inbound)]).await?.pop();
    Ok(facts.unwrap_or(Facts { identity: None, open: None, reply_to: None }))
}

/// Adds to each thread the facts for its first event. If the store fails now, the turn reads them itself and reports the
/// error.
pub(super) async fn read(app: &Engine, threads: Vec<ThreadBatch>) -> Vec<(ThreadBatch, Option<Facts>)> {
    let asked: Vec<_> = threads.iter().filter_map(first).map(asked).collect();
    let Ok(facts) = thread::facts(&app.store, &asked).await else {
        return threads.into_iter().map(|thread| (thread, None)).collect();
    };
    let mut facts = facts.into_iter();
    let with_facts = |thread: ThreadBatch| {
        let facts = first(&thread).and_then(|_| facts.next());
        (thread, facts)
    };
    threads.into_iter().map(with_facts).collect()
}

/// The first event of a customer, if it needs a turn.
fn first(thread: &ThreadBatch) -> Option<&Inbound> {
    let inbound = thread.events.first()?.event.as_ref()?;
    matches!(inbound.what, InboundEvent::Said(_)).then_some(inbound)
}

fn asked(inbound: &Inbound) -> Asked<'_> {
    Asked { address: &inbound.address, answered: answered(inbound) }
}

/// The channel's id of the message that this one answers.
pub(super) fn answered(inbound: &Inbound) -> Option<&str> {
    match &inbound.what {
        InboundEvent::Said(message) => message.reply_to.as_deref(),
        InboundEvent::Echo(echo) => echo.reply_to.as_deref(),
        _ => None,
    }
}
