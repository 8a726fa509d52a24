//! Sessions, and the link by which a new installation gets its first administrator.

use domain::id::UserId;
use domain::time::{DAY, Micros};
use store::table::{session, setup_link, token, user};
use store::{Batch, Store};

use crate::agents;
use crate::engine::Engine;
use crate::error::Result;
use crate::secrets;

/// Whether no user can sign in yet.
pub async fn is_setup_needed(store: &Store) -> Result<bool, store::Error> {
    Ok(user::count(store).await? == 0)
}

/// Makes the set-up link's token: for 24 hours, for one use; those made before are dead.
pub async fn setup_token(store: &Store, at: Micros) -> Result<String, store::CommitError> {
    let token = secrets::token();
    let mut batch = Batch::new();
    setup_link::replace(&mut batch, &secrets::hash(&token), at.plus(DAY));
    store.commit(batch).await?;
    Ok(token)
}

/// Opens a session and returns its token.
pub async fn open(app: &Engine, user: UserId) -> Result<String> {
    let token = secrets::token();
    let mut batch = Batch::new();
    session::insert(&mut batch, &secrets::hash(&token), user, app.clock.now());
    app.store.commit(batch).await?;
    Ok(token)
}

/// Ends a session. An agent who has no other stream goes offline.
pub async fn close(app: &Engine, user: UserId, hash: &str) -> Result<()> {
    let mut batch = Batch::new();
    session::delete(&mut batch, hash);
    app.store.commit(batch).await?;
    // The streams of this session end within seconds; what counts is whether there are others.
    if app.presence.streams_beside(user, hash) == 0 {
        agents::sign_out(app, user).await?;
    }
    Ok(())
}

/// Notes that a session is in use, beside the request: it must not wait for a disk.
pub fn touch(app: &Engine, hash: &str) {
    let mut batch = Batch::new();
    session::touch(&mut batch, hash, app.clock.now());
    commit_later(app, batch);
}

/// Notes that an API token is in use, beside the request.
pub fn touch_token(app: &Engine, id: i64) {
    let mut batch = Batch::new();
    token::touch(&mut batch, id, app.clock.now());
    commit_later(app, batch);
}

fn commit_later(app: &Engine, batch: Batch) {
    let app = app.clone();
    tokio::spawn(async move {
        let _ = app.store.commit(batch).await;
    });
}
