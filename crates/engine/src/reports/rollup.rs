//! Adds up what conversations count for, in the background: follows the event table, and updates the buckets of each
//! changed conversation. If it cannot continue, because events were deleted, it counts everything again.

use std::collections::{BTreeMap, BTreeSet};

use domain::id::ConversationId;
use domain::report::{self, Figures};
use store::Batch;
use store::Signal;
use store::table::event::{self, Event};
use store::table::report::{self as table, Progress};

use crate::engine::Engine;
use crate::optimistic::commit_if_first;
use crate::worker::{Context, Next, Schedule, Worker};

/// Events that are read at once.
const EVENTS: i64 = 500;
/// Conversations that are counted in one batch when everything is counted again: each batch writes the buckets of whole days and
/// months, and one commit of this size delays other writers by some milliseconds.
const TOGETHER: i64 = 1_000;
/// The shortest pause between two rounds: a busy conversation is counted once.
const REST: std::time::Duration = std::time::Duration::from_millis(500);

/// Keeps the buckets of reports up to date.
#[derive(Debug)]
pub struct Rollup(Engine);

impl Worker for Rollup {
    const SCHEDULE: Schedule = Schedule { rest: REST, ..Schedule::new("reports", Some(Signal::Events)) };

    fn new(app: &Engine) -> Self {
        Self(app.clone())
    }

    async fn round(&mut self, context: &Context) -> Result<Next, store::Error> {
        while !*context.stop().borrow() {
            if !step(&self.0).await? {
                return Ok(Next::Poll);
            }
            context.progress();
        }
        Ok(Next::Poll)
    }
}

/// One step. False if there is nothing to do.
async fn step(app: &Engine) -> Result<bool, store::Error> {
    let Some(now) = table::progress(&app.store).await? else {
        return begin(app, None).await;
    };
    if now.version != report::VERSION {
        return begin(app, Some(&now)).await;
    }
    if let Some(behind) = now.rebuilt {
        return recount(app, &now, behind).await;
    }
    let page = event::after(&app.store, now.place(), EVENTS).await?;
    let Some(last) = page.last() else { return Ok(false) };
    if !event::is_known(&app.store, now.place()).await? {
        return begin(app, Some(&now)).await;
    }
    let changed: BTreeSet<ConversationId> = page
        .iter()
        .filter_map(|it| match it.event {
            Some(Event::Conversation(id)) => Some(id),
            _ => None,
        })
        .collect();
    let changed: Vec<ConversationId> = changed.into_iter().collect();
    let mut batch = Batch::new();
    let mut gains = BTreeMap::new();
    let (sources, counted) = table::sources(&app.store, &changed).await?;
    for source in sources {
        let id = source.conversation.id;
        let after = report::figures(&source.conversation, &source.waits, &source.labels);
        if counted.get(&id) != Some(&after) {
            report::changes(counted.get(&id), Some(&after), &mut gains);
            table::set_figures(&mut batch, id, &after);
        }
    }
    table::add(&app.store, &mut batch, gains).await?;
    table::advance(&mut batch, Some(&now), &now.at(last.place));
    // On a conflict another process was faster: its progress is read next.
    commit_if_first(&app.store, batch).await?;
    Ok(true)
}

/// Begins to count everything again, from the current state; later events are followed afterwards.
async fn begin(app: &Engine, before: Option<&Progress>) -> Result<bool, store::Error> {
    let place = event::newest(&app.store).await?;
    let begun = Progress { version: report::VERSION, xact: place.xact, seq: place.seq, rebuilt: Some(0) };
    let mut batch = Batch::new();
    table::clear(&mut batch);
    table::advance(&mut batch, before, &begun);
    commit_if_first(&app.store, batch).await
}

/// Counts the next conversations. What a deleted conversation counted for is kept.
async fn recount(app: &Engine, now: &Progress, behind: i64) -> Result<bool, store::Error> {
    let list = table::next(&app.store, behind, TOGETHER).await?;
    let mut batch = Batch::new();
    let mut gains = BTreeMap::new();
    let (sources, mut counted) = table::sources(&app.store, &list).await?;
    for source in sources {
        let id = source.conversation.id;
        let after: Figures = report::figures(&source.conversation, &source.waits, &source.labels);
        report::changes(None, Some(&after), &mut gains);
        table::set_figures(&mut batch, id, &after);
        counted.remove(&id);
    }
    for figures in counted.values() {
        report::changes(None, Some(figures), &mut gains);
    }
    table::add(&app.store, &mut batch, gains).await?;
    let rebuilt = list.last().map(|id| id.0);
    table::advance(&mut batch, Some(now), &Progress { rebuilt, ..*now });
    commit_if_first(&app.store, batch).await?;
    Ok(true)
}
