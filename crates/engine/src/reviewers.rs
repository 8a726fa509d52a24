//! The end of a reviewer's access, by its date or by a button. First one write makes it unusable; then its data is
//! removed step by step, and again after a restart until nothing is left.

use std::time::Duration;

use domain::agent::Reason;
use domain::conversation::State;
use domain::id::UserId;
use domain::thread_event::SystemClose;
use domain::time::Micros;
use store::table::agent::{self, StatusChange};
use store::table::reviewer::{self, Reviewer};
use store::table::{connection, conversation, event, page, session, token, user};
use store::{Batch, CommitError, Error, Signal};

use crate::audit::act_by;
use crate::engine::Engine;
use crate::pages;
use crate::turns::{ignore_refusal, play};
use crate::worker::{Context, Next, Schedule, Worker};

/// Between two rounds without a signal. The date itself is checked to the second by `auth::may_enter`.
const TICK: Duration = Duration::from_secs(5);

/// Ends accesses whose time is over.
#[derive(Debug)]
pub struct Reviewers(Engine);

impl Worker for Reviewers {
    const SCHEDULE: Schedule = Schedule {
        poll: TICK,
        patience: Duration::from_secs(600),
        ..Schedule::new("reviewers", Some(Signal::Retention))
    };

    fn new(app: &Engine) -> Self {
        Self(app.clone())
    }

    async fn round(&mut self, _: &Context) -> Result<Next, Error> {
        round(&self.0).await.map(|()| Next::Poll)
    }
}

async fn round(app: &Engine) -> Result<(), Error> {
    for it in reviewer::over(&app.store, app.clock.now()).await? {
        if it.ended_at.is_none() {
            end(app, &it, None, "reviewer.expire").await?;
        } else {
            clear(app, &it).await;
        }
    }
    Ok(())
}

/// Ends one access and clears away what it leaves.
pub async fn end(app: &Engine, it: &Reviewer, by: Option<UserId>, action: &str) -> Result<(), Error> {
    let mut batch = Batch::new();
    over(app, &mut batch, it, by, action, app.clock.now());
    match app.store.commit(batch).await {
        Ok(_) => {}
        Err(CommitError::Store(error)) => return Err(error),
        // Somebody else ended it at this moment.
        Err(CommitError::Conflict | CommitError::Duplicate) => {}
    }
    app.reload().await?;
    clear(app, it).await;
    Ok(())
}

/// From this write on it cannot be used: no sign-in, session, token or stream, and no word or link starts its review.
pub fn over(app: &Engine, batch: &mut Batch, it: &Reviewer, by: Option<UserId>, action: &str, at: Micros) {
    let user = it.user;
    reviewer::end(batch, user, at);
    user::set_active(batch, user, false);
    user::set_password(batch, user, "");
    session::delete_all(batch, user);
    token::delete_all(batch, user);
    agent::set_status(batch, user, &StatusChange::offline(Reason::Supervisor), at);
    event::gateway_changed(batch, it.gateway, at);
    act_by(app, batch, by, action, format_args!("gateway {}", it.gateway), &it.email);
    batch.notify(Signal::Retention);
}

/// Clears away what an access leaves that is over; what cannot be done now is done in a later round.
pub async fn clear(app: &Engine, it: &Reviewer) {
    match leave(app, it).await {
        Ok(()) => {}
        Err(sentence) => {
            tracing::warn!(gateway = %it.gateway, sentence, "a reviewer's traces could not all be cleared away; it is tried again");
        }
    }
}

async fn leave(app: &Engine, it: &Reviewer) -> Result<(), String> {
    let store = |error: Error| error.to_string();
    // The review's conversations hold no customer, so nobody needs to go on in them; who writes again is greeted as
    // everybody is. One that a colleague took over stays theirs.
    for open in conversation::open_of_review(&app.store, it.user).await.map_err(store)? {
        let closed = play(app, open.id, |turn| {
            let now = turn.conversation();
            let taken = matches!(now.state, State::Active | State::WrapUp) && now.agent != Some(it.user);
            if !taken {
                turn.abandon(SystemClose::ReviewEnded);
            }
            Ok(())
        });
        ignore_refusal(closed.await).map_err(store)?;
    }
    if let Some(known) = app.directory().gateways.get(&it.gateway).cloned() {
        for reached in page::of_login(&app.store, it.gateway, it.user).await.map_err(store)? {
            pages::give_up(app, &known, &reached, it.user, None).await.map_err(|error| error.to_string())?;
        }
    }
    let mut batch = Batch::new();
    connection::delete_of_login(&mut batch, it.gateway, it.user);
    reviewer::delete(&mut batch, it.user);
    event::gateway_changed(&mut batch, it.gateway, app.clock.now());
    batch.notify(Signal::Config);
    app.store.commit(batch).await.map_err(|error| error.to_string())?;
    app.reload().await.map_err(store)
}
