//! Who may do what: one table, used by every route. What a role sees is in [`crate::visibility`].

use serde::{Deserialize, Serialize};

use crate::words::words;

/// A user's role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sets everything up; sees everything but secrets.
    Administrator,
    /// Watches over agents and conversations.
    Supervisor,
    /// Answers customers.
    Agent,
    /// Someone from outside: works in the isolated queues that they serve and connects Pages of their own, and sees
    /// nothing else.
    Guest,
}

words!(Role {
    Administrator = "administrator",
    Supervisor = "supervisor",
    Agent = "agent",
    Guest = "guest",
});

impl Role {
    /// Whether this role has the permission.
    pub fn may(self, permission: Permission) -> bool {
        match permission {
            Permission::Attend => true,
            Permission::Answer => self != Role::Guest,
            Permission::Connect => matches!(self, Role::Administrator | Role::Guest),
            Permission::Supervise => matches!(self, Role::Administrator | Role::Supervisor),
            Permission::Administer => self == Role::Administrator,
        }
    }
}

/// The permission that a route needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Change the installation: gateways, flows, queues, users; see deliveries.
    #[serde(rename = "admin")]
    Administer,
    /// See and take over every conversation, set others' statuses.
    Supervise,
    /// See colleagues, queues and contacts, and transfer conversations.
    Answer,
    /// Connect Pages by their own login at Meta, and switch these. Guests too, on their gateway.
    Connect,
    /// Work on conversations that they may see, and set their own status. Guests too.
    Attend,
}

impl Permission {
    /// All of them, the widest first.
    pub const ALL: [Self; 5] = [Self::Administer, Self::Supervise, Self::Answer, Self::Connect, Self::Attend];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guests_attend_and_connect_and_do_nothing_else() {
        let entered = Permission::ALL.map(|permission| Role::Guest.may(permission));
        assert_eq!(entered, [false, false, false, true, true]);
    }
}
