//! Sessions, and the set-up link for a new installation's first administrator.

use std::net::IpAddr;

use domain::audit_detail::AuditDetail;
use domain::id::UserId;
use domain::role::Role;
use domain::secret::Secret;
use domain::time::{DAY, HOUR, Micros};
use serde::Serialize;
use store::table::user::User;
use store::table::{session, setting, setup_link, token, user};
use store::{Batch, CommitError, Store};
use utoipa::ToSchema;

use crate::audit::act_by;
use crate::clock::rfc3339;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::passwords::{self, Place};
use crate::users::{Admission, By, NewUser};
use crate::{agents, secrets, users};

/// Whether no user can sign in yet.
pub async fn is_setup_needed(store: &Store) -> Result<bool, store::Error> {
    Ok(user::count(store).await? == 0)
}

/// Creates the first administrator, for the holder of the set-up link's token.
pub async fn set_up(app: &Engine, token: &Secret, first: FirstUser) -> Result<User> {
    if !is_setup_needed(&app.store).await? {
        return Err(Error::conflict("This installation is set up already: sign in."));
    }
    let hash = secrets::hash(token.trim());
    // Checked first, so that a wrong link causes no password hashing; used up together with adding the user.
    if !setup_link::is_good(&app.store, &hash, app.clock.now()).await? {
        return Err(Error::field(
            "/token",
            "This set-up link is used up, older than 24 hours or not the newest: a start prints a new one.",
        ));
    }
    let new = NewUser {
        email: first.email,
        name: first.name,
        role: Role::Administrator.word(),
        password: Some(first.password),
        agent: Some(true),
    };
    let user = users::add(&app.store, &app.ids, new, Admission::Link(&hash)).await?;
    app.reload().await?;
    Ok(user)
}

/// The user with this e-mail address and password, if they may sign in now; a failure is recorded. An unknown user is
/// checked as slowly as a known one.
pub async fn authenticate(
    app: &Engine,
    place: Place,
    email: &str,
    password: Secret,
    address: IpAddr,
) -> Result<Option<User>> {
    let known = user::by_email(&app.store, email).await?;
    let user = known.clone().filter(|user| user.may_enter(app.clock.now()));
    let hash = user.as_ref().map(|user| user.password.clone()).unwrap_or_default();
    let password = Secret(password.chars().take(LONGEST_PASSWORD).collect());
    if passwords::check(place, password, hash).await && user.is_some() {
        return Ok(user);
    }
    refused(app, "session.refuse", known.as_ref(), address).await;
    Ok(None)
}

/// Whether this is the password of a signed-in user, who must give it to change it.
pub async fn confirms(app: &Engine, user: &User, password: Secret, address: IpAddr) -> bool {
    let password = Secret(password.chars().take(LONGEST_PASSWORD).collect());
    if passwords::check(Place::beside(), password, user.password.clone()).await {
        return true;
    }
    refused(app, "user.password.refuse", Some(user), address).await;
    false
}

/// Creates the set-up link's token: valid for 24 hours and one use; older ones become invalid.
pub async fn setup_token(store: &Store, at: Micros) -> Result<String, store::CommitError> {
    let token = secrets::token();
    let mut batch = Batch::new();
    setup_link::replace(&mut batch, &secrets::hash(&token), at.plus(DAY));
    store.commit(batch).await?;
    Ok(token)
}

/// The longest password that is read, in characters; longer than any user can set.
const LONGEST_PASSWORD: usize = 1_000;

/// The first administrator.
#[derive(Debug)]
pub struct FirstUser {
    pub email: String,
    pub name: String,
    /// At least 10 characters.
    pub password: Secret,
}

/// How long a session lasts without being used.
pub const IDLE: i64 = 12 * HOUR;
/// The maximum duration of a session.
pub const LONGEST: i64 = 30 * DAY;

/// A browser in which a user is signed in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionView {
    pub id: String,
    /// The address that the user signed in from.
    pub address: String,
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it was last used, within minutes.
    #[schema(format = DateTime)]
    pub last_used_at: String,
    /// Whether it is the session of this request.
    pub current: bool,
}

/// The browsers in which a user is signed in, newest first.
pub async fn all(app: &Engine, by: By<'_>, user: UserId) -> Result<Vec<SessionView>> {
    users::one(app, user).await?;
    let at = app.clock.now();
    let found = session::of_user(&app.store, user, at.plus(-IDLE), at.plus(-LONGEST)).await?;
    let view = |it: session::Listed| SessionView {
        id: it.id.to_string(),
        address: it.address,
        created_at: rfc3339(it.created_at),
        last_used_at: rfc3339(it.seen_at),
        current: by.session == Some(it.hash.as_str()),
    };
    Ok(found.into_iter().map(view).collect())
}

/// Ends one session of a user, for an administrator.
pub async fn revoke(app: &Engine, by: UserId, user: UserId, id: i64) -> Result<()> {
    let mut batch = Batch::new();
    session::delete_one(&mut batch, id, user);
    act_by(app, &mut batch, Some(by), "session.revoke", format!("user {user}"), AuditDetail::Nothing {});
    match app.store.commit(batch).await {
        Ok(_) => Ok(()),
        Err(CommitError::Conflict) => Err(Error::NotFound("session")),
        Err(error) => Err(error.into()),
    }
}

/// Ends all sessions of a user except that of the request, for an administrator.
pub async fn revoke_all(app: &Engine, by: By<'_>, user: UserId) -> Result<()> {
    users::one(app, user).await?;
    let mut batch = Batch::new();
    session::delete_others(&mut batch, user, by.session_of(user));
    act_by(app, &mut batch, Some(by.user), "session.revoke", format!("user {user}"), AuditDetail::All {});
    app.store.commit(batch).await?;
    Ok(())
}

/// Opens a session for a user at this address and returns its token.
pub async fn open(app: &Engine, user: &User, address: IpAddr) -> Result<String> {
    let token = secrets::token();
    let mut batch = Batch::new();
    let (id, at) = (app.ids.next(), app.clock.now());
    session::insert(&mut batch, id, &secrets::hash(&token), user.id, &address.to_string(), at);
    audit(app, &mut batch, Some(user.id), "session.create", address);
    app.store.commit(batch).await?;
    Ok(token)
}

/// Records that a password was wrong, given for a user (None if unknown) from this address. The input is not recorded: it
/// may be a password in the wrong field.
async fn refused(app: &Engine, action: &str, user: Option<&User>, address: IpAddr) {
    let mut batch = Batch::new();
    audit(app, &mut batch, user.map(|user| user.id), action, address);
    if let Err(error) = app.store.commit(batch).await {
        tracing::warn!(%error, action, "a refused password could not be written into the audit log");
    }
}

fn audit(app: &Engine, batch: &mut Batch, user: Option<UserId>, action: &str, address: IpAddr) {
    let object = user.map_or_else(|| "user".to_owned(), |user| format!("user {user}"));
    setting::audit(
        batch,
        &mut app.id_source(),
        app.clock.now(),
        user,
        action,
        &object,
        AuditDetail::Address { address: address.to_string() },
    );
}

/// Ends a session, for its user at this address. An agent who has no other stream goes offline.
pub async fn close(app: &Engine, user: UserId, hash: &str, address: IpAddr) -> Result<()> {
    let mut batch = Batch::new();
    session::delete(&mut batch, hash);
    audit(app, &mut batch, Some(user), "session.delete", address);
    app.store.commit(batch).await?;
    // The streams of this session end within seconds; what counts is whether there are others.
    if app.presence.streams_beside(user, hash) == 0 {
        agents::sign_out(app, user).await?;
    }
    Ok(())
}

/// Records that a session is in use, in the background: the request must not wait for a disk.
pub fn touch(app: &Engine, hash: &str) {
    let mut batch = Batch::new();
    session::touch(&mut batch, hash, app.clock.now());
    commit_later(app, batch);
}

/// Records that an API token is in use, in the background.
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
