//! Users: who may sign in, in which role, and whether they take chats.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::agent::Reason;
use domain::id::UserId;
use domain::role::Role;
use domain::thread_event::AgentGone;
use domain::time::Micros;
use serde::{Deserialize, Serialize};
use store::table::agent::{self, StatusChange};
use store::table::event::{self, Event};
use store::table::user::{self, User, UserEdit};
use store::table::{queue, session, setting, setup_link, token};
use store::{Batch, CommitError, Signal, Store};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::{Principal, Via};
use crate::web::extract::{Body, Items, Paging, Path as At, Query as Asked};
use crate::web::fields::{Fields, act, fresh, page, taken};
use crate::web::problem::{Answer, Problem};
use ::review::access;
use engine::clock::{IdMaker, rfc3339};
use engine::passwords;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, update))
        .routes(routes!(deactivate))
        .routes(routes!(activate))
}

/// A user.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = User)]
pub struct UserOut {
    id: String,
    email: String,
    name: String,
    role: Role,
    /// Whether they take chats.
    agent: bool,
    /// Whether they may sign in.
    active: bool,
    #[schema(format = DateTime)]
    created_at: String,
    version: i64,
}

impl From<&User> for UserOut {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.to_string(),
            email: user.email.clone(),
            name: user.name.clone(),
            role: user.role,
            agent: user.agent,
            active: user.active,
            created_at: rfc3339(user.created_at),
            version: user.version,
        }
    }
}

/// A user to be added.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// Their e-mail address: what they sign in with.
    pub email: String,
    /// Their name, as colleagues and customers see it.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// Their password, at least 10 characters; without one they cannot sign in yet.
    pub password: Option<String>,
    /// Whether they take chats; users of role agent always do.
    pub agent: Option<bool>,
}

/// What changes about a user.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UserChange)]
pub struct UserChange {
    email: Option<String>,
    name: Option<String>,
    role: Option<Role>,
    agent: Option<bool>,
    /// Another password: it ends the user's sessions.
    password: Option<String>,
    version: Option<i64>,
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

fn no_guest(fields: &mut Fields, role: Role) {
    if role == Role::Guest {
        fields.bad("/role", "Guests are made by what needs them: Meta's reviewer gets access at the gateway, in its App Review tab.");
    }
}

fn guests_are_made_elsewhere() -> Problem {
    Problem::conflict(
        "This guest is Meta's reviewer: their access is given and revoked at the gateway, in its App Review tab.",
    )
}

/// How a new user is let in.
#[derive(Debug, Clone, Copy)]
pub enum Admission<'a> {
    /// By an administrator.
    By(UserId),
    /// From the command line.
    CommandLine,
    /// As the first one, by the set-up link with this hash.
    Link(&'a str),
}

/// Adds a user. The first administrator of an installation takes chats, unless the request says otherwise.
pub async fn add(store: &Store, ids: &IdMaker, new: NewUser, how: Admission<'_>) -> Answer<User> {
    let mut fields = Fields::default();
    let email = fields.email("/email", &new.email);
    let name = fields.name("/name", &new.name, 80);
    password_field(&mut fields, new.password.as_deref());
    agent_field(&mut fields, new.role, new.agent);
    no_guest(&mut fields, new.role);
    fields.done()?;
    let first = user::count(store).await? == 0;
    let agent = new.role == Role::Agent || new.agent.unwrap_or(first);
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
    let (role, password) = (new.role, password.as_str());
    user::insert(&mut batch, &user::NewUser { id, email: &email, name: &name, role, password, agent }, at);
    // Once somebody can sign in, the set-up link is dead.
    setup_link::delete_all(&mut batch);
    if agent {
        agent::add(&mut batch, id, at);
    }
    let detail = format!("{email}, {}", new.role.word());
    setting::audit(&mut batch, &mut ids.source(), at, by, "user.create", &format!("user {id}"), &detail);
    batch.notify(Signal::Config);
    store.commit(batch).await.map_err(duplicate)?;
    user::by_id(store, id).await?.ok_or_else(|| Problem::not_found("user"))
}

fn duplicate(error: CommitError) -> Problem {
    match error {
        CommitError::Duplicate => taken("/email", "There is a user with this e-mail address already."),
        error => error.into(),
    }
}

async fn one(app: &App, id: UserId) -> Answer<User> {
    user::by_id(&app.store, id).await?.ok_or_else(|| Problem::not_found("user"))
}

/// Every user, by name.
#[utoipa::path(get, path = "/users", tag = "users",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<UserOut>)))]
async fn list(State(app): State<App>, Asked(paging): Asked<Paging>) -> Answer<Json<Items<UserOut>>> {
    page(user::list(&app.store).await?.iter().map(UserOut::from).collect(), &paging)
}

/// One user.
#[utoipa::path(get, path = "/users/{id}", tag = "users",
    params(("id" = String, Path)), responses((status = 200, body = UserOut)))]
async fn get(State(app): State<App>, At(id): At<UserId>) -> Answer<Json<UserOut>> {
    Ok(Json((&one(&app, id).await?).into()))
}

/// Adds a user.
#[utoipa::path(post, path = "/users", tag = "users", request_body = NewUser,
    responses((status = 201, body = UserOut)))]
async fn create(
    State(app): State<App>,
    who: Principal,
    Body(new): Body<NewUser>,
) -> Answer<(StatusCode, Json<UserOut>)> {
    let user = add(&app.store, &app.ids, new, Admission::By(who.user.id)).await?;
    app.reload().await?;
    Ok((StatusCode::CREATED, Json((&user).into())))
}

/// Changes a user. Another password or role ends their sessions.
#[utoipa::path(patch, path = "/users/{id}", tag = "users", params(("id" = String, Path)),
    request_body = UserChange, responses((status = 200, body = UserOut)))]
async fn update(
    State(app): State<App>,
    who: Principal,
    At(id): At<UserId>,
    Body(change): Body<UserChange>,
) -> Answer<Json<UserOut>> {
    let current = one(&app, id).await?;
    fresh(change.version, current.version, &UserOut::from(&current))?;
    if current.role == Role::Guest {
        return Err(guests_are_made_elsewhere());
    }
    let role = change.role.unwrap_or(current.role);
    let mut fields = Fields::default();
    let email = fields.email("/email", change.email.as_deref().unwrap_or(&current.email));
    let name = fields.name("/name", change.name.as_deref().unwrap_or(&current.name), 80);
    password_field(&mut fields, change.password.as_deref());
    agent_field(&mut fields, role, change.agent);
    no_guest(&mut fields, role);
    fields.done()?;
    let is_agent = role == Role::Agent || change.agent.unwrap_or(current.agent);
    let steps_down = current.active && current.role == Role::Administrator && role != Role::Administrator;
    if steps_down {
        somebody_left(&app, "Make somebody else an administrator first.").await?;
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
    if role != current.role {
        session::delete_all(&mut batch, id);
    } else if password.is_some() {
        session::delete_others(&mut batch, id, own_session(&who, id));
    }
    if let Some(password) = &password {
        user::set_password(&mut batch, id, password);
    }
    if is_agent {
        agent::add(&mut batch, id, at);
        event::add(&mut batch, &Event::AgentStatus(id), at);
    } else if current.agent {
        leave(&mut batch, id, at);
        queue::leave_all(&mut batch, id);
    }
    let changes = [
        (email != current.email, "email"),
        (name != current.name, "name"),
        (role != current.role, role.word()),
        (is_agent != current.agent, "agent"),
        (password.is_some(), "password"),
    ];
    let changed: Vec<_> = changes.into_iter().filter_map(|(changed, what)| changed.then_some(what)).collect();
    act(&app, &mut batch, &who, "user.update", format!("user {id}"), &changed.join(", "));
    match app.store.commit(batch).await {
        Ok(_) => {}
        Err(CommitError::Conflict) => return Err(Problem::stale(&UserOut::from(&one(&app, id).await?))),
        Err(error) => return Err(duplicate(error)),
    }
    app.reload().await?;
    if !is_agent {
        hand_over(&app, &current, AgentGone::NotAgent).await?;
    }
    Ok(Json((&one(&app, id).await?).into()))
}

/// Takes a user's right to sign in: their sessions and tokens end, their conversations go to others.
#[utoipa::path(post, path = "/users/{id}/deactivate", tag = "users",
    params(("id" = String, Path)), responses((status = 200, body = UserOut)))]
async fn deactivate(State(app): State<App>, who: Principal, At(id): At<UserId>) -> Answer<Json<UserOut>> {
    let current = one(&app, id).await?;
    if current.role == Role::Guest && access::revoke_of_user(&app, who.user.id, id).await? {
        return Ok(Json((&one(&app, id).await?).into()));
    }
    let administers = current.active && current.role == Role::Administrator;
    if administers {
        somebody_left(&app, "Without one nobody could sign in to Admin: add another first.").await?;
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
        leave(&mut batch, id, app.clock.now());
    }
    act(&app, &mut batch, &who, "user.deactivate", format!("user {id}"), &current.email);
    app.store.commit(batch).await?;
    app.reload().await?;
    hand_over(&app, &current, AgentGone::Deactivated).await?;
    Ok(Json((&one(&app, id).await?).into()))
}

/// Gives a user the right to sign in back.
#[utoipa::path(post, path = "/users/{id}/activate", tag = "users",
    params(("id" = String, Path)), responses((status = 200, body = UserOut)))]
async fn activate(State(app): State<App>, who: Principal, At(id): At<UserId>) -> Answer<Json<UserOut>> {
    let current = one(&app, id).await?;
    if current.role == Role::Guest {
        return Err(guests_are_made_elsewhere());
    }
    if !current.active {
        let mut batch = Batch::new();
        user::set_active(&mut batch, id, true);
        if current.agent {
            agent::announce(&mut batch, id, app.clock.now());
        }
        act(&app, &mut batch, &who, "user.activate", format!("user {id}"), &current.email);
        app.store.commit(batch).await?;
        app.reload().await?;
    }
    Ok(Json((&one(&app, id).await?).into()))
}

/// 409 if the only administrator would go.
async fn somebody_left(app: &App, what_to_do: &str) -> Answer<()> {
    let count = user::count_administrators(&app.store).await?;
    if count > 1 {
        return Ok(());
    }
    Err(Problem::conflict(format!("This is the last administrator who can sign in. {what_to_do}")))
}

/// A user who is deactivated takes no more chats.
fn leave(batch: &mut Batch, id: UserId, at: Micros) {
    agent::set_status(batch, id, &StatusChange::offline(Reason::Supervisor), at);
}

/// What the user held goes to others. A repeated request does it again, in case it failed half-way.
async fn hand_over(app: &App, user: &User, cause: AgentGone) -> Answer<()> {
    Ok(engine::release::requeue_all(app, user.id, &user.name, cause).await?)
}

/// The session that a request came by, if it is this user's.
pub fn own_session(who: &Principal, user: UserId) -> Option<&str> {
    match &who.via {
        Via::Session(hash) if who.user.id == user => Some(hash),
        _ => None,
    }
}
