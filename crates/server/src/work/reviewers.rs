//! The end of a reviewer's access, by its date or by a button. First, in one write, nobody can use it any more; then what it
//! leaves is cleared away, step by step, and again after a restart until nothing is left.

use std::time::Duration;

use domain::conversation::State;
use domain::id::UserId;
use domain::time::Micros;
use store::table::reviewer::{self, Reviewer};
use store::table::{account, agent, conversation, event, page};
use store::{Batch, Bell, CommitError, Error, values};
use tokio::sync::watch;

use super::turns::{ignore_refusal, play};
use super::{guarded, woken};
use crate::app::App;
use crate::clock::now;
use crate::web::api::pages::guest;
use crate::web::fields::act_by;

/// Between two looks when nobody rings. The date itself is kept to the second by `auth::may_enter`.
const TICK: Duration = Duration::from_secs(5);
/// Why a conversation of the review was closed.
const WHY: &str = "The App Review's access has ended";

/// The loop.
pub async fn run(app: App, mut drain: watch::Receiver<bool>) {
    let mut ear = app.store.bells().ear(Bell::Keep);
    loop {
        if let Some(Err(error)) = guarded(round(&app)).await {
            tracing::warn!(%error, "a reviewer's access could not be ended; nobody gets in by it, and it is tried again");
        }
        if !woken(&mut ear, &mut drain, TICK).await {
            return;
        }
    }
}

async fn round(app: &App) -> Result<(), Error> {
    for row in app.store.rows(reviewer::OVER, values![now()]).await? {
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
pub async fn end(app: &App, it: &Reviewer, by: Option<UserId>, action: &str) -> Result<(), Error> {
    let mut batch = Batch::new();
    over(app, &mut batch, it, by, action, now());
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

/// From this write on nobody can use it: no sign-in, session, token or stream, and no word or link calls its review.
pub fn over(app: &App, batch: &mut Batch, it: &Reviewer, by: Option<UserId>, action: &str, at: Micros) {
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
pub async fn clear(app: &App, it: &Reviewer) {
    match leave(app, it).await {
        Ok(()) => {}
        Err(sentence) => {
            tracing::warn!(gateway = %it.gateway, sentence, "a reviewer's traces could not all be cleared away; it is tried again");
        }
    }
}

async fn leave(app: &App, it: &Reviewer) -> Result<(), String> {
    let store = |error: Error| error.to_string();
    // The review's conversations hold no customer, so nobody needs to go on in them; who writes again is greeted as
    // everybody is. One that a colleague took over stays theirs.
    for open in
        conversation::list(&app.store, conversation::OPEN_OF_REVIEW, values![it.user]).await.map_err(store)?
    {
        let closed = play(app, open.id, |turn| {
            let now = turn.conversation();
            let taken = matches!(now.state, State::Active | State::WrapUp) && now.agent != Some(it.user);
            if !taken {
                turn.abandon(WHY);
            }
            Ok(())
        });
        ignore_refusal(closed.await).map_err(store)?;
    }
    if let Some(known) = app.directory().gateways.get(&it.gateway).cloned() {
        let asked = values![it.gateway, "", "", 10_000_i64, it.user];
        for row in app.store.rows(page::OF_LOGIN, asked).await.map_err(store)? {
            let reached = page::from_row(&row);
            guest::give_up(app, &known, &reached, it.user, None).await.map_err(|problem| problem.detail)?;
        }
    }
    let mut batch = Batch::new();
    batch.push(page::DELETE_ACCESS_OF_LOGIN, values![it.gateway, "", it.user]);
    batch.push(page::DELETE_CONNECTIONS_OF_LOGIN, values![it.gateway, it.user]);
    batch.push(reviewer::DELETE, values![it.user]);
    event::insert(&mut batch, "gateway", None, Some(it.gateway.0), "", now());
    batch.ring(Bell::Config);
    app.store.commit(batch).await.map_err(|error| error.to_string())?;
    app.reload().await.map_err(store)
}
