//! Live updates by server-sent events: they only say that something changed, the pages read it again.

use crate::shared::Shared;
use crate::world::Live;
use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

type Events = Sse<
    axum::response::sse::KeepAliveStream<std::pin::Pin<Box<dyn Stream<Item = Result<Event, Infallible>> + Send>>>,
>;

/// `GET /control/pages/{page}/customers/{customer}/events`.
pub async fn thread(State(shared): State<Shared>, Path((page, customer)): Path<(String, String)>) -> Events {
    let wanted = Live::Thread(page, customer);
    watch(shared, "thread", move |live| *live == wanted)
}

/// `GET /control/events`.
pub async fn dashboard(State(shared): State<Shared>) -> Events {
    watch(shared, "change", |_| true)
}

fn watch(shared: Shared, name: &'static str, wanted: impl Fn(&Live) -> bool + Send + 'static) -> Events {
    let receiver = shared.world().live.subscribe();
    let stopping = shared.stopping.subscribe();
    let changes =
        stream::unfold((receiver, stopping, wanted), move |(mut receiver, mut stopping, wanted)| async move {
            loop {
                let received = tokio::select! {
                    received = receiver.recv() => received,
                    _ = stopping.wait_for(|stopping| *stopping) => return None,
                };
                let matches = match received {
                    Ok(live) => wanted(&live),
                    Err(RecvError::Lagged(_)) => true,
                    Err(RecvError::Closed) => return None,
                };
                if matches {
                    // Several simultaneous changes become one event.
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    while !receiver.is_empty() && receiver.len() < 64 {
                        if !receiver.try_recv().is_ok_and(|live| wanted(&live)) {
                            break;
                        }
                    }
                    let event = Event::default().event(name).data("{}");
                    return Some((Ok(event), (receiver, stopping, wanted)));
                }
            }
        });
    let changes: std::pin::Pin<Box<dyn Stream<Item = Result<Event, Infallible>> + Send>> = Box::pin(changes);
    Sse::new(changes).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}
