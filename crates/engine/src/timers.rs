//! The timers of conversations: offers that expire, wrap-ups and snoozes that end, questions without an answer,
//! scheduled messages.

use std::time::Duration;

use domain::id::ConversationId;
use futures_util::{StreamExt as _, stream};
use store::Signal;
use store::table::conversation;

use crate::engine::Engine;
use crate::messages;
use crate::turns::{ignore_refusal, play};
use crate::worker::guarded;
use crate::worker::{Context, Next, Schedule, Worker};

/// How many conversations are handled at the same time: their turns share commits.
const ABREAST: usize = 64;

/// Runs the turns of due timers.
#[derive(Debug)]
pub struct Timers(Engine);

impl Worker for Timers {
    const SCHEDULE: Schedule = Schedule {
        // Timers run for seconds, so a change need not be handled in the same millisecond.
        rest: Duration::from_millis(50),
        // A timer begins with a change that the screens show.
        ..Schedule::new("timers", Some(Signal::Events))
    };

    fn new(app: &Engine) -> Self {
        Self(app.clone())
    }

    async fn round(&mut self, _: &Context) -> Result<Next, store::Error> {
        round(&self.0).await
    }
}

async fn round(app: &Engine) -> Result<Next, store::Error> {
    let due = conversation::due(&app.store, app.clock.now()).await?;
    let played: Vec<_> = stream::iter(due).map(|id| tick(app, id)).buffer_unordered(ABREAST).collect().await;
    let panicked = played.iter().any(Option::is_none);
    played.into_iter().flatten().collect::<Result<(), _>>()?;
    let due = conversation::next_due(&app.store).await?;
    Ok(if panicked { Next::Poll } else { Next::At(due) })
}

/// Plays the turn of one conversation whose timer is due, and sends what was scheduled. None if it panicked.
async fn tick(app: &Engine, id: ConversationId) -> Option<Result<(), store::Error>> {
    let played = guarded(async {
        let ticked = play(app, id, |turn| {
            turn.tick();
            Ok(())
        });
        match ignore_refusal(ticked.await)? {
            Some(ticked) => messages::send_due(app, &ticked.conversation).await,
            None => Ok(()),
        }
    });
    let played = played.await;
    if played.is_none() {
        tracing::error!(conversation = %id, "the timer of a conversation panicked; it will be tried again");
    }
    played
}
