//! Users: who may sign in, in which role, and whether they take chats.

use domain::audit_detail::AuditDetail;
use domain::id::UserId;
use domain::role::Role;
use domain::secret::Secret;
use domain::thread_event::AgentGone;
use serde::{Deserialize, Serialize};
use store::table::agent;
use store::table::event::{self, Event};
use store::table::user::{self, User, UserEdit};
use store::table::{queue, session, setting, setup_link, token};
use store::{Batch, CommitError, Signal, Store};
use utoipa::ToSchema;

use crate::audit::act_by;
use crate::clock::{IdMaker, rfc3339};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::fields::{Fields, fresh};
use crate::{passwords, presence, roles};

/// A user.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = User)]
pub struct UserView {
    pub id: String,
    pub email: String,
    pub name: String,
    /// `administrator`, `supervisor`, `agent`, `guest`, or the id of a role that an administrator made.
    pub role: String,
    /// The name of that role; null for the built-in ones.
    pub role_name: Option<String>,
    /// Whether they take conversations.
    pub agent: bool,
    /// Whether they may sign in.
    pub active: bool,
    #[schema(format = DateTime)]
    pub created_at: String,
    pub version: i64,
}

impl From<&User> for UserView {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.to_string(),
            email: user.email.clone(),
            name: user.name.clone(),
            role: user.role.word(),
            role_name: user.role_name.clone(),
            agent: user.agent,
            active: user.active,
            created_at: rfc3339(user.created_at),
            version: user.version,
        }
    }
}

/// A new user.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// The e-mail address that they sign in with.
    pub email: String,
    /// Their name, as colleagues and customers see it.
    pub name: String,
    /// `administrator`, `supervisor` or `agent`, or the id or the name of another role.
    pub role: String,
    /// Their password, at least 10 characters; without one they cannot sign in yet.
    #[schema(value_type = Option<String>)]
    pub password: Option<Secret>,
    /// Whether they take conversations; users with the role agent always do.
    pub agent: Option<bool>,
}

/// Changes of a user.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UserChange)]
pub struct UserChange {
    pub email: Option<String>,
    pub name: Option<String>,
    /// `administrator`, `supervisor` or `agent`, or the id or the name of another role.
    pub role: Option<String>,
    pub agent: Option<bool>,
    /// A new password, which ends the user's sessions and API tokens.
    #[schema(value_type = Option<String>)]
    pub password: Option<Secret>,
    pub version: Option<i64>,
}

/// The user who acts, and their session or token.
#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    pub user: UserId,
    /// The hash of their session; None with an API token.
    pub session: Option<&'a str>,
    /// The id of their API token.
    pub token: Option<i64>,
}

impl<'a> By<'a> {
    /// The session, if it is one of this user's.
    pub(crate) fn session_of(self, user: UserId) -> Option<&'a str> {
        self.session.filter(|_| self.user == user)
    }

    /// The API token, if it is one of this user's.
    fn token_of(self, user: UserId) -> Option<i64> {
        self.token.filter(|_| self.user == user)
    }
}

fn password_field(fields: &mut Fields, password: Option<&str>) {
    if let Some(Err(detail)) = password.map(passwords::acceptable) {
        fields.bad("/password", detail);
    }
}

fn agent_field(fields: &mut Fields, role: Role, agent: Option<bool>) {
    if role == Role::Agent && agent == Some(false) {
        fields.bad("/agent", "A user of role agent always takes chats: choose another role.");
    }
}

/// The role that a request names; for an invalid name, an error and the role with the fewest permissions.
async fn role_field(store: &Store, fields: &mut Fields, given: &str) -> Result<Role> {
    let role = roles::named(store, given).await?;
    if role.is_none() {
        fields.bad("/role", "There is no such role: name one of GET /roles.");
    }
    Ok(role.unwrap_or(Role::Agent))
}

fn no_guest(fields: &mut Fields, role: Role) {
    if role == Role::Guest {
        fields.bad(
            "/role",
            "Users of this role are made by the part of Deskbell that needs them. Choose another role.",
        );
    }
}

fn guests_are_made_elsewhere() -> Error {
    Error::conflict(
        "Guests are changed and removed where their access was given, such as the App Review tab of a gateway.",
    )
}

/// How a new user is added.
#[derive(Debug, Clone, Copy)]
pub enum Admission<'a> {
    /// By an administrator.
    By(UserId),
    /// From the command line.
    CommandLine,
    /// As the first user, with the set-up link with this hash.
    Link(&'a str),
}

/// Adds a user. The first administrator of an installation takes chats, unless the request says otherwise.
pub async fn add(store: &Store, ids: &IdMaker, new: NewUser, how: Admission<'_>) -> Result<User> {
    let mut fields = Fields::default();
    let email = fields.email("/email", &new.email);
    let name = fields.name("/name", &new.name, 80);
    password_field(&mut fields, new.password.as_deref());
    let role = role_field(store, &mut fields, &new.role).await?;
    agent_field(&mut fields, role, new.agent);
    no_guest(&mut fields, role);
    fields.done()?;
    let first = user::count(store).await? == 0;
    let agent = role == Role::Agent || new.agent.unwrap_or(first);
    let password = match new.password {
        Some(password) => passwords::hash(password).await,
        None => String::new(),
    };
    let at = ids.now();
    let id = UserId(ids.next());
    let mut batch = Batch::new();
    user::serialize_changes(&mut batch);
    let by = match how {
        Admission::By(by) => Some(by),
        Admission::CommandLine => None,
        Admission::Link(hash) => {
            user::must_be_empty(&mut batch);
            setup_link::take(&mut batch, hash, at);
            Some(id)
        }
    };
    let password = password.as_str();
    user::insert(&mut batch, &user::NewUser { id, email: &email, name: &name, role, password, agent }, at);
    // Once a user can sign in, the set-up link becomes invalid.
    setup_link::delete_all(&mut batch);
    if agent {
        agent::add(&mut batch, id, at);
    }
    let detail = AuditDetail::User { name: email.clone(), role: role.word() };
    setting::audit(&mut batch, &mut ids.source(), at, by, "user.create", &format!("user {id}"), detail);
    batch.notify(Signal::Config);
    store.commit(batch).await.map_err(duplicate)?;
    user::by_id(store, id).await?.ok_or_else(|| Error::NotFound("user"))
}

fn duplicate(error: CommitError) -> Error {
    match error {
        CommitError::Duplicate => Error::taken("/email", "There is a user with this e-mail address already."),
        error => error.into(),
    }
}

async fn stored(app: &Engine, id: UserId) -> Result<User> {
    user::by_id(&app.store, id).await?.ok_or_else(|| Error::NotFound("user"))
}

/// All users, by name.
pub async fn all(app: &Engine) -> Result<Vec<UserView>> {
    Ok(user::list(&app.store).await?.iter().map(UserView::from).collect())
}

/// One user.
pub async fn one(app: &Engine, id: UserId) -> Result<UserView> {
    Ok((&stored(app, id).await?).into())
}

/// Adds a user, for an administrator.
pub async fn create(app: &Engine, by: UserId, new: NewUser) -> Result<UserView> {
    let user = add(&app.store, &app.ids, new, Admission::By(by)).await?;
    app.reload().await?;
    Ok((&user).into())
}

/// Changes a user. A new password ends their sessions and tokens, except the one with which users change their own; a
/// new role ends their sessions.
pub async fn update(app: &Engine, by: By<'_>, id: UserId, change: UserChange) -> Result<UserView> {
    let current = stored(app, id).await?;
    fresh(change.version, current.version, &UserView::from(&current))?;
    if current.role == Role::Guest {
        return Err(guests_are_made_elsewhere());
    }
    let mut fields = Fields::default();
    let role = match change.role.as_deref() {
        Some(given) => role_field(&app.store, &mut fields, given).await?,
        None => current.role,
    };
    let email = fields.email("/email", change.email.as_deref().unwrap_or(&current.email));
    let name = fields.name("/name", change.name.as_deref().unwrap_or(&current.name), 80);
    password_field(&mut fields, change.password.as_deref());
    agent_field(&mut fields, role, change.agent);
    no_guest(&mut fields, role);
    fields.done()?;
    let is_agent = role == Role::Agent || change.agent.unwrap_or(current.agent);
    let steps_down = current.active && current.role == Role::Administrator && role != Role::Administrator;
    if steps_down {
        somebody_left(app, "Make someone else an administrator first.").await?;
    }
    let password = match change.password {
        Some(password) => Some(passwords::hash(password).await),
        None => None,
    };

    let at = app.clock.now();
    let mut batch = Batch::new();
    if steps_down {
        user::serialize_changes(&mut batch);
    }
    let edit = UserEdit { email: &email, name: &name, role, agent: is_agent };
    user::update(&mut batch, id, &edit, change.version);
    if steps_down {
        user::must_keep_administrator(&mut batch);
    }
    if password.is_some() {
        end_access(&mut batch, id, by);
    }
    if role != current.role {
        session::delete_all(&mut batch, id);
    }
    if let Some(password) = &password {
        user::set_password(&mut batch, id, password);
    }
    if is_agent {
        agent::add(&mut batch, id, at);
        event::add(&mut batch, &Event::AgentStatus(id), at);
    } else if current.agent {
        agent::leave(&mut batch, id, Some(by.user), at);
        queue::leave_all(&mut batch, id);
    }
    let changes = [
        (email != current.email, "email".to_owned()),
        (name != current.name, "name".into()),
        (role != current.role, role.word()),
        (is_agent != current.agent, "agent".into()),
        (password.is_some(), "password".into()),
    ];
    let changed: Vec<_> = changes.into_iter().filter_map(|(changed, what)| changed.then_some(what)).collect();
    act_by(app, &mut batch, Some(by.user), "user.update", format!("user {id}"), AuditDetail::fields(changed));
    match app.store.commit(batch).await {
        Ok(_) => {}
        Err(CommitError::Conflict) => return Err(Error::stale(&one(app, id).await?)),
        Err(error) => return Err(duplicate(error)),
    }
    app.reload().await?;
    if !is_agent {
        hand_over(app, &current, AgentGone::NotAgent).await?;
    }
    one(app, id).await
}

/// Deactivates a user: they can no longer sign in, their sessions and tokens end, and their conversations go to
/// others.
pub async fn deactivate(app: &Engine, by: UserId, id: UserId) -> Result<UserView> {
    let current = stored(app, id).await?;
    let administers = current.active && current.role == Role::Administrator;
    if administers {
        somebody_left(app, "Without one, no one could sign in to Admin. Add another first.").await?;
    }
    let mut batch = Batch::new();
    user::serialize_changes(&mut batch);
    user::set_active(&mut batch, id, false);
    if administers {
        user::must_keep_administrator(&mut batch);
    }
    session::delete_all(&mut batch, id);
    token::delete_all(&mut batch, id);
    if current.agent {
        agent::leave(&mut batch, id, Some(by), app.clock.now());
    }
    act_by(app, &mut batch, Some(by), "user.deactivate", format!("user {id}"), AuditDetail::named(&current.email));
    app.store.commit(batch).await?;
    app.reload().await?;
    hand_over(app, &current, AgentGone::Deactivated).await?;
    one(app, id).await
}

/// Lets a user sign in again.
pub async fn activate(app: &Engine, by: UserId, id: UserId) -> Result<UserView> {
    let current = stored(app, id).await?;
    if current.role == Role::Guest {
        return Err(guests_are_made_elsewhere());
    }
    if !current.active {
        let mut batch = Batch::new();
        user::set_active(&mut batch, id, true);
        if current.agent {
            agent::announce(&mut batch, id, app.clock.now());
        }
        act_by(
            app,
            &mut batch,
            Some(by),
            "user.activate",
            format!("user {id}"),
            AuditDetail::named(&current.email),
        );
        app.store.commit(batch).await?;
        app.reload().await?;
    }
    one(app, id).await
}

/// Ends a user's sessions and tokens, except the one that they use for this request: anyone who knew the old password
/// may have created the others.
fn end_access(batch: &mut Batch, user: UserId, by: By<'_>) {
    session::delete_others(batch, user, by.session_of(user));
    token::delete_others(batch, user, by.token_of(user));
}

/// Sets a user's own password: all their other sessions and tokens end.
pub async fn set_own_password(app: &Engine, by: By<'_>, password: Secret) -> Result<()> {
    let (id, hash) = (by.user, passwords::hash(password).await);
    let mut batch = Batch::new();
    user::set_password(&mut batch, id, &hash);
    end_access(&mut batch, id, by);
    act_by(app, &mut batch, Some(id), "user.password", format!("user {id}"), AuditDetail::Nothing {});
    app.store.commit(batch).await?;
    Ok(())
}

/// Sets a new password from the command line: the user's sessions and tokens end.
pub async fn reset_password(store: &Store, ids: &IdMaker, id: UserId, password: Secret) -> Result<()> {
    let mut batch = Batch::new();
    user::set_password(&mut batch, id, &passwords::hash(password).await);
    session::delete_all(&mut batch, id);
    token::delete_all(&mut batch, id);
    let (at, object) = (ids.now(), format!("user {id}"));
    setting::audit(&mut batch, &mut ids.source(), at, None, "user.password", &object, AuditDetail::CommandLine {});
    store.commit(batch).await?;
    Ok(())
}

/// A conflict if no administrator would be left.
async fn somebody_left(app: &Engine, what_to_do: &str) -> Result<()> {
    let count = user::count_administrators(&app.store).await?;
    if count > 1 {
        return Ok(());
    }
    Err(Error::conflict(format!("This is the last administrator who can sign in. {what_to_do}")))
}

/// Gives the user's conversations to others. If it fails half-way, `presence` does the rest.
async fn hand_over(app: &Engine, user: &User, cause: AgentGone) -> Result<()> {
    Ok(presence::hand_over(app, user.id, &user.name, cause).await?)
}
