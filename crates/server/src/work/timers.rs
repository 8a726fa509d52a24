//! The clock of conversations: offers that run out, wrap-ups that end, questions that nobody answered.

use domain::id::ConversationId;
use domain::time::Micros;
use store::table::conversation;
use store::{Bell, values};
use tokio::sync::watch;

use crate::app::App;
use crate::clock::now;
use crate::work::turns::{ignore_refusal, play};
use crate::work::{until, woken};

/// The loop.
pub async fn run(app: App, mut drain: watch::Receiver<bool>) {
    // A timer begins with a change that the screens show.
    let mut ear = app.store.bells().ear(Bell::Events);
    loop {
        let next = match round(&app).await {
            Ok(next) => next,
            Err(error) => {
                tracing::warn!(%error, "timers cannot be looked at now; they are kept");
                None
            }
        };
        // Timers are seconds long: a change need not be looked at in the same millisecond.
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        if !woken(&mut ear, &mut drain, until(next)).await {
            return;
        }
    }
}

async fn round(app: &App) -> Result<Option<Micros>, store::Error> {
    for row in app.store.rows(conversation::DUE, values![now()]).await? {
        let ticked = play(app, ConversationId(row.int(0)), |turn| {
            turn.tick();
            Ok(())
        });
        ignore_refusal(ticked.await)?;
    }
    let row = app.store.row(conversation::NEXT_DUE, values![]).await?;
    Ok(row.and_then(|row| row.opt_int(0)).map(Micros))
}
