//! The end of a reviewer's access, by its date or by a button. First one write makes it unusable; then its data is
//! removed step by step, and again after a restart until nothing is left.

use std::time::Duration;

use domain::conversation::State;
use domain::id::UserId;
use domain::thread_event::SystemClose;
use domain::time::Micros;
use store::table::reviewer::{self, Reviewer};
use store::table::{account, agent, conversation, event, page};
use store::{Batch, Bell, CommitError, Error, values};

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
        ..Schedule::new("reviewers", Some(Bell::Keep))
    };

    fn new(app: &Engine) -> Self {
        Self(app.clone())
    }

    async fn round(&mut self, _: &Context) -> Result<Next, Error> {
        round(&self.0).await.map(|()| Next::Poll)
    }
}

async fn round(app: &Engine) -> Result<(), Error> {
    for row in app.store.rows(reviewer::OVER, values![app.clock.now()]).await? {
        let it = reviewer::from_row(&row);
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
    batch.must(reviewer::END, values![user, at]);
    batch.push(account::SET_ACTIVE, values![user, false]);
    batch.push(account::SET_PASSWORD, values![user, ""]);
    batch.push(account::END_SESSIONS, values![user]);
    batch.push(account::END_TOKENS, values![user]);
    batch.push(agent::SET_STATUS, values![user, "offline", None::<String>, at, "supervisor", false]);
    agent::announce(batch, user, at);
    event::insert(batch, "status", None, Some(user.0), "", at);
    event::insert(batch, "gateway", None, Some(it.gateway.0), "", at);
    act_by(app, batch, by, action, format_args!("gateway {}", it.gateway), &it.email);
    batch.ring(Bell::Keep);
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
    // There is no customer in the review's conversations, so they are closed; a person who writes again is greeted as
    // usual. One that a colleague took over stays with them.
    for open in
        conversation::list(&app.store, conversation::OPEN_OF_REVIEW, values![it.user]).await.map_err(store)?
    {
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
        let asked = values![it.gateway, "", "", 10_000_i64, it.user];
        for row in app.store.rows(page::OF_LOGIN, asked).await.map_err(store)? {
            let reached = page::from_row(&row);
            pages::give_up(app, &known, &reached, it.user, None).await.map_err(|error| error.to_string())?;
        }
    }
    let mut batch = Batch::new();
    batch.push(page::DELETE_ACCESS_OF_LOGIN, values![it.gateway, "", it.user]);
    batch.push(page::DELETE_CONNECTIONS_OF_LOGIN, values![it.gateway, it.user]);
    batch.push(reviewer::DELETE, values![it.user]);
    event::insert(&mut batch, "gateway", None, Some(it.gateway.0), "", app.clock.now());
    batch.ring(Bell::Config);
    app.store.commit(batch).await.map_err(|error| error.to_string())?;
    app.reload().await.map_err(store)
}
