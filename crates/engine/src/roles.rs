//! Roles: the built-in ones, and those that administrators created. What each permission allows is in `domain::role`.

use domain::audit_detail::AuditDetail;
use domain::id::{RoleId, UserId};
use domain::role::{Permission, Permissions, Role};
use domain::same::same;
use serde::{Deserialize, Serialize};
use store::table::role::{self, CustomRole};
use store::table::user;
use store::{Batch, CommitError, Store};
use utoipa::ToSchema;

use crate::audit::act_by;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::fields::{Fields, fresh};

/// A role.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Role)]
pub struct RoleView {
    /// For a built-in role its name: `administrator`, `supervisor` or `agent`.
    pub id: String,
    pub name: String,
    pub permissions: Vec<Permission>,
    /// Whether it cannot be changed.
    pub built_in: bool,
    pub version: i64,
}

impl From<CustomRole> for RoleView {
    fn from(it: CustomRole) -> Self {
        let permissions = it.permissions.list();
        Self { id: it.id.to_string(), name: it.name, permissions, built_in: false, version: it.version }
    }
}

/// A built-in role.
fn built_in(role: Role) -> RoleView {
    let id = role.word();
    let name = id[..1].to_uppercase() + &id[1..];
    RoleView { id, name, permissions: role.permissions().list(), built_in: true, version: 1 }
}

/// A permission.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PermissionItem)]
pub struct PermissionView {
    /// Its name in `permissions`.
    pub id: Permission,
    /// What it allows.
    pub description: &'static str,
}

/// A new role.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRole {
    pub name: String,
    /// What it allows. Every role has `attend`, `supervise` includes `see_all`, and `admin` includes all others.
    pub permissions: Vec<Permission>,
}

/// Changes of a role. They apply at once to all users who have it. Omitted fields are not changed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleChange {
    pub name: Option<String>,
    /// All its permissions.
    pub permissions: Option<Vec<Permission>>,
    pub version: Option<i64>,
}

/// All permissions, the widest first.
pub fn permissions() -> Vec<PermissionView> {
    Permission::ALL.map(|id| PermissionView { id, description: id.english() }).into()
}

/// All roles: the built-in ones first, then the others by name.
pub async fn all(app: &Engine) -> Result<Vec<RoleView>> {
    let custom = role::list(&app.store).await?.into_iter().map(RoleView::from);
    Ok(Role::BUILT_IN.map(built_in).into_iter().chain(custom).collect())
}

/// One role.
pub async fn one(app: &Engine, id: &str) -> Result<RoleView> {
    all(app).await?.into_iter().find(|it| it.id == id).ok_or_else(|| Error::NotFound("role"))
}

/// The role that a request names: by the name of a built-in one, or by the id or name of a custom one.
pub(crate) async fn named(store: &Store, given: &str) -> Result<Option<Role>> {
    if let Some(role) = Role::built_in(given) {
        return Ok(Some(role));
    }
    let wanted = same(given);
    let custom = role::list(store).await?.into_iter();
    let mut meant = custom.filter(|it| it.id.to_string() == given || same(&it.name) == wanted);
    Ok(meant.next().map(|it| it.role()))
}

fn checked(name: &str) -> Result<String> {
    let mut fields = Fields::default();
    let name = fields.name("/name", name, 80);
    if Role::built_in(&same(&name)).is_some() {
        fields.bad("/name", "This is the name of a built-in role: choose another.");
    }
    fields.done()?;
    Ok(name)
}

/// Creates a role.
pub async fn create(app: &Engine, by: UserId, new: NewRole) -> Result<RoleView> {
    let name = checked(&new.name)?;
    let id = RoleId(app.ids.next());
    let mut batch = Batch::new();
    role::insert(&mut batch, id, &name, Permissions::of(&new.permissions));
    act_by(app, &mut batch, Some(by), "role.create", format!("role {id}"), AuditDetail::named(&name));
    app.store.commit(batch).await.map_err(duplicate)?;
    one(app, &id.to_string()).await
}

/// The id of a role that may be changed.
fn changeable(current: &RoleView) -> Result<RoleId> {
    if current.built_in {
        return Err(Error::conflict(format!(
            "\"{}\" is a built-in role and stays as it is: create a role of your own instead.",
            current.name
        )));
    }
    current.id.parse().map_err(|_| Error::NotFound("role"))
}

/// Changes a role. Streams of users who have it are closed and reopen with their new permissions.
pub async fn update(app: &Engine, by: UserId, id: &str, change: RoleChange) -> Result<RoleView> {
    let current = one(app, id).await?;
    let role = changeable(&current)?;
    fresh(change.version, current.version, &current)?;
    let name = checked(change.name.as_deref().unwrap_or(&current.name))?;
    let permissions = Permissions::of(change.permissions.as_deref().unwrap_or(&current.permissions));
    let mut batch = Batch::new();
    role::update(&mut batch, role, &name, permissions, change.version);
    let after = RoleView { name: name.clone(), permissions: permissions.list(), ..current.clone() };
    let detail = AuditDetail::changed(name, &current, &after);
    act_by(app, &mut batch, Some(by), "role.update", format!("role {role}"), detail);
    match app.store.commit(batch).await {
        Ok(_) => {}
        Err(CommitError::Conflict) => return Err(Error::stale(&one(app, id).await?)),
        Err(error) => return Err(duplicate(error)),
    }
    app.reload().await?;
    one(app, id).await
}

/// Removes a role that no user has.
pub async fn delete(app: &Engine, by: UserId, id: &str) -> Result<()> {
    let current = one(app, id).await?;
    let role = changeable(&current)?;
    let users = user::list(&app.store).await?;
    let users: Vec<_> = users.into_iter().filter(|user| user.role.word() == id).map(|user| user.name).collect();
    if !users.is_empty() {
        return Err(Error::conflict(format!("\"{}\" is the role of {}.", current.name, users.join(", "))));
    }
    let mut batch = Batch::new();
    role::delete(&mut batch, role);
    act_by(app, &mut batch, Some(by), "role.delete", format!("role {role}"), AuditDetail::named(&current.name));
    app.store.commit(batch).await?;
    Ok(())
}

fn duplicate(error: CommitError) -> Error {
    match error {
        CommitError::Duplicate => Error::taken("/name", "There is a role of this name already."),
        error => error.into(),
    }
}
