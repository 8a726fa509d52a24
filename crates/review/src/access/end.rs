//! The end of a reviewer's access, on its date or by a button. First one write makes it unusable; then its objects
//! are removed step by step, continuing after a restart until nothing is left.

use std::time::Duration;

use domain::agent::Reason;
use domain::audit_detail::AuditDetail;
use domain::conversation::Conversation;
use domain::id::UserId;
use domain::thread_event::SystemClose;
use domain::time::Micros;
use store::table::agent::{self, StatusChange};
use store::table::review_access::{self, ReviewAccess};
use store::table::{account, connection, conversation, entry_point, event, queue, session, token, user};
use store::{Batch, CommitError, Error, Signal};

use engine::audit::act_by;
use engine::engine::Engine;
use engine::pages;
use engine::turns::{ignore_refusal, play};
use engine::worker::{Context, Next, Schedule, Worker};

/// Between two rounds without a signal. The date itself is checked to the second, by each request of the guest and
/// each use of the entry point.
const TICK: Duration = Duration::from_secs(5);

/// Ends expired accesses.
#[derive(Debug)]
pub struct ReviewAccesses(Engine);

impl Worker for ReviewAccesses {
    const SCHEDULE: Schedule = Schedule {
        poll: TICK,
        patience: Duration::from_secs(600),
        ..Schedule::new("review_accesses", Some(Signal::Retention))
    };

    fn new(app: &Engine) -> Self {
        Self(app.clone())
    }

    async fn round(&mut self, _: &Context) -> Result<Next, Error> {
        round(&self.0).await.map(|()| Next::Poll)
    }
}

async fn round(app: &Engine) -> Result<(), Error> {
    for access in review_access::over(&app.store, app.clock.now()).await? {
        if access.ended_at.is_none() {
            end(app, &access, None, "reviewer.expire").await?;
        } else {
            clear(app, &access).await;
        }
    }
    Ok(())
}

/// Ends one access and removes its objects.
pub async fn end(app: &Engine, access: &ReviewAccess, by: Option<UserId>, action: &str) -> Result<(), Error> {
    let mut batch = Batch::new();
    over(app, &mut batch, access, by, action, app.clock.now());
    match app.store.commit(batch).await {
        Ok(_) => {}
        Err(CommitError::Store(error)) => return Err(error),
        // Another writer ended it at the same moment.
        Err(CommitError::Conflict | CommitError::Duplicate) => {}
    }
    app.reload().await?;
    clear(app, access).await;
    Ok(())
}

/// Makes it unusable: no sign-in, session, token or stream works, and no word or link starts its conversations.
pub(super) fn over(
    app: &Engine,
    batch: &mut Batch,
    access: &ReviewAccess,
    by: Option<UserId>,
    action: &str,
    at: Micros,
) {
    let user = access.user;
    review_access::end(batch, user, at);
    entry_point::delete(batch, access.entry_point);
    user::set_active(batch, user, false);
    user::set_password(batch, user, "");
    session::delete_all(batch, user);
    token::delete_all(batch, user);
    agent::set_status(batch, user, &StatusChange::offline(Reason::Supervisor, by), at);
    event::gateway_changed(batch, access.gateway, at);
    act_by(app, batch, by, action, format_args!("gateway {}", access.gateway), AuditDetail::named(&access.email));
    batch.notify(Signal::Retention);
}

/// Removes the objects of an ended access; what cannot be done now is done in a later round.
pub(super) async fn clear(app: &Engine, access: &ReviewAccess) {
    match leave(app, access).await {
        Ok(()) => {}
        Err(sentence) => {
            tracing::warn!(gateway = %access.gateway, sentence, "a reviewer's traces could not all be removed; it is tried again");
        }
    }
}

async fn leave(app: &Engine, access: &ReviewAccess) -> Result<(), String> {
    let store = |error: Error| error.to_string();
    // The review's conversations have no real customer, so no agent needs to continue them; a person who writes again
    // is greeted as usual. One that a colleague took over stays with them.
    let mut is_left = false;
    let is_taken = |it: &Conversation| it.agent.is_some() && it.agent != Some(access.user);
    for open in conversation::open_of_queue(&app.store, access.queue).await.map_err(store)? {
        if is_taken(&open) {
            is_left = true;
            continue;
        }
        let played = play(app, open.id, |turn| {
            let taken = is_taken(turn.conversation());
            if !taken {
                turn.abandon(SystemClose::EntryPointEnded);
            }
            Ok(taken)
        });
        is_left |= ignore_refusal(played.await).map_err(store)?.is_none_or(|played| played.value);
    }
    if let Some(known) = app.directory().gateways.get(&access.gateway).cloned() {
        for reached in account::of_login(&app.store, access.gateway, access.user).await.map_err(store)? {
            pages::give_up(app, &known, &reached, access.user, None).await.map_err(|error| error.to_string())?;
        }
    }
    let mut batch = Batch::new();
    connection::delete_of_login(&mut batch, access.gateway, access.user);
    queue::leave_all(&mut batch, access.user);
    app.store.commit(batch).await.map_err(|error| error.to_string())?;
    if is_left {
        // The queue stays until its last conversation is closed.
        return Ok(());
    }
    // The conversations stay in the history, where only supervisors and administrators see them.
    let (mut batch, at) = (Batch::new(), app.clock.now());
    if app.directory().queue(access.queue).is_some() {
        queue::delete(&mut batch, access.queue);
    }
    review_access::set_cleared(&mut batch, access.user, at);
    event::gateway_changed(&mut batch, access.gateway, at);
    batch.notify(Signal::Config);
    match app.store.commit(batch).await {
        // A conversation may have begun at the last moment: the next round closes it.
        Ok(_) | Err(CommitError::Conflict) => {}
        Err(error) => return Err(error.to_string()),
    }
    app.reload().await.map_err(store)
}
