//! Roles that administrators made. The built-in ones are in `domain::role`.

use domain::id::RoleId;
use domain::role::{Permission, Permissions, Role};

use crate::batch::statements;
use crate::json::json;
use crate::text::fold;
use crate::{Batch, Error, Row, Store, values};

statements! {
    /// Every custom role.
    LIST = "SELECT id, name, permissions, version FROM role ORDER BY name, id";
    /// Adds a role.
    INSERT = "INSERT INTO role (id, name, name_folded, permissions, version) VALUES ($1, $2, $4, $3, 1)";
    /// Changes one; $4 is the expected version, or 0 for any.
    UPDATE = "UPDATE role SET name = $2, name_folded = $5, permissions = $3, version = version + 1 WHERE id = $1 AND (version = $4 OR $4 = 0)";
    /// Removes one that no user has.
    DELETE = "DELETE FROM role WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM users u WHERE u.role = CAST($1 AS TEXT))";
}

/// The permissions of the custom role that a user `u` has; NULL if theirs is a built-in one.
macro_rules! permissions_of_user {
    () => {
        "(SELECT r.permissions FROM role r WHERE CAST(r.id AS TEXT) = u.role)"
    };
}
pub(crate) use permissions_of_user;

/// A custom role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomRole {
    /// Its id.
    pub id: RoleId,
    /// Its name.
    pub name: String,
    /// Its permissions.
    pub permissions: Permissions,
    /// Increases with each edit.
    pub version: i64,
}

impl CustomRole {
    /// As the role of a user.
    pub fn role(&self) -> Role {
        Role::Custom(self.id, self.permissions)
    }
}

/// Permissions from their column. Those of a newer program are left out.
fn read(text: &str) -> Permissions {
    let words: Vec<String> = crate::json::read(text);
    let known: Vec<Permission> = words.iter().filter_map(|word| Permission::from_word(word)).collect();
    Permissions::of(&known)
}

/// A user's role from its name and the permissions of a custom one. A name from a newer program becomes the role with
/// the fewest permissions.
pub(crate) fn of_user(word: &str, permissions: Option<String>) -> Role {
    let custom = || word.parse().ok().map(|id| Role::Custom(id, read(permissions.as_deref().unwrap_or("[]"))));
    Role::built_in(word).or_else(custom).unwrap_or(Role::Guest)
}

fn from_row(row: &Row) -> CustomRole {
    CustomRole { id: RoleId(row.int(0)), name: row.text(1), permissions: read(&row.text(2)), version: row.int(3) }
}

/// All custom roles, by name.
pub async fn list(store: &Store) -> Result<Vec<CustomRole>, Error> {
    Ok(store.rows(LIST, values![]).await?.iter().map(from_row).collect())
}

/// Adds a role. A taken name makes the batch a duplicate.
pub fn insert(batch: &mut Batch, id: RoleId, name: &str, permissions: Permissions) {
    batch.push(INSERT, values![id, name, json(&permissions.list()), fold(name)]);
}

/// Changes a role; a conflict unless `version` is the current one.
pub fn update(batch: &mut Batch, id: RoleId, name: &str, permissions: Permissions, version: Option<i64>) {
    batch.must(UPDATE, values![id, name, json(&permissions.list()), version.unwrap_or(0), fold(name)]);
}

/// Deletes a role; a conflict if a user has it.
pub fn delete(batch: &mut Batch, id: RoleId) {
    batch.must(DELETE, values![id]);
}
