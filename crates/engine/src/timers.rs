//! The timers of conversations: offers that expire, wrap-ups and snoozes that end, questions without an answer,
//! scheduled messages.

use std::time::Duration;

use store::Signal;
use store::table::conversation;

use crate::engine::Engine;
use crate::messages;
use crate::turns::{ignore_refusal, play};
use crate::worker::guarded;
use crate::worker::{Context, Next, Schedule, Worker};

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
    let mut panicked = false;
    for id in conversation::due(&app.store, app.clock.now()).await? {
        let ticked = play(app, id, |turn| {
            turn.tick();
            Ok(())
        });
        let played = async {
            match ignore_refusal(ticked.await)? {
                Some(ticked) => messages::send_due(app, &ticked.conversation).await,
                None => Ok(()),
            }
        };
        match guarded(played).await {
            Some(played) => played?,
            None => {
                panicked = true;
                tracing::error!(
                    conversation = %id,
                    "the timer of a conversation panicked; it will be tried again"
                );
            }
        }
    }
    let due = conversation::next_due(&app.store).await?;
    Ok(if panicked { Next::Poll } else { Next::At(due) })
}
