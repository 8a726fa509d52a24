//! Who may do what: one table, used by every route. What a role sees is in [`crate::visibility`].
//!
//! The built-in roles are constant sets of permissions; an administrator can make others.

use serde::{Deserialize, Serialize};

use crate::id::RoleId;
use crate::words::words;

/// A user's role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Configures everything; sees everything except secrets.
    Administrator,
    /// Supervises agents and conversations.
    Supervisor,
    /// Answers customers.
    Agent,
    /// An external user: works in the isolated queues that they serve and connects Pages of their own, and sees
    /// nothing else.
    Guest,
    /// One that an administrator made.
    Custom(RoleId, Permissions),
}

impl Role {
    /// The built-in roles that an administrator can give to users.
    pub const BUILT_IN: [Self; 3] = [Self::Administrator, Self::Supervisor, Self::Agent];

    /// The name of a built-in role in the API and the store; for a custom one, its id.
    pub fn word(self) -> String {
        match self {
            Self::Administrator => "administrator".into(),
            Self::Supervisor => "supervisor".into(),
            Self::Agent => "agent".into(),
            Self::Guest => "guest".into(),
            Self::Custom(id, _) => id.to_string(),
        }
    }

    /// Parses the name of a built-in role.
    pub fn built_in(word: &str) -> Option<Self> {
        match word {
            "administrator" => Some(Self::Administrator),
            "supervisor" => Some(Self::Supervisor),
            "agent" => Some(Self::Agent),
            "guest" => Some(Self::Guest),
            _ => None,
        }
    }

    /// The permissions that it was given. Some imply others: [`Role::may`] includes those.
    pub fn permissions(self) -> Permissions {
        use Permission::{Administer, Answer, Attend, Connect, SeeAll, Supervise};
        match self {
            Self::Administrator => Permissions::of(&Permission::ALL),
            Self::Supervisor => Permissions::of(&[Supervise, SeeAll, Answer, Attend]),
            Self::Agent => Permissions::of(&[Answer, Attend]),
            Self::Guest => Permissions::of(&[Connect, Attend]),
            Self::Custom(_, given) if given.has(Administer) => Permissions::of(&Permission::ALL),
            Self::Custom(_, given) => given,
        }
    }

    /// Whether this role has the permission.
    pub fn may(self, permission: Permission) -> bool {
        let given = self.permissions();
        match permission {
            Permission::Attend => true,
            // The permission to take over a conversation includes the permission to see it.
            Permission::SeeAll => given.has(Permission::SeeAll) || given.has(Permission::Supervise),
            permission => given.has(permission),
        }
    }
}

/// The permission that a route needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Change the installation: gateways, users, settings; see deliveries.
    #[serde(rename = "admin")]
    Administer,
    /// Change flows.
    Flows,
    /// Change queues, calendars, teams, and skills, and assign them to agents.
    Queues,
    /// Change what agents work with: quick replies, macros, forms, close reasons and pause reasons.
    Content,
    /// Import and export contacts.
    Contacts,
    /// Take over every conversation, set others' statuses.
    Supervise,
    /// See every conversation.
    SeeAll,
    /// See colleagues, queues and contacts, and transfer conversations.
    Answer,
    /// Connect Pages by their own login at Meta, and switch these on and off. Guests can too, on their gateway.
    Connect,
    /// Work on conversations that they may see, and set their own status. Guests can too.
    Attend,
}

words!(Permission {
    Administer = "admin",
    Flows = "flows",
    Queues = "queues",
    Content = "content",
    Contacts = "contacts",
    Supervise = "supervise",
    SeeAll = "see_all",
    Answer = "answer",
    Connect = "connect",
    Attend = "attend",
});

impl Permission {
    /// What it allows, as a sentence.
    pub fn english(self) -> &'static str {
        match self {
            Self::Administer => {
                "Everything: gateways, users and their roles, settings, deliveries, webhooks and the audit log, and all that is \
                 listed here."
            }
            Self::Flows => "Change, test and publish flows.",
            Self::Queues => "Change queues, calendars, teams and skills, and how many conversations agents take.",
            Self::Content => "Change quick replies, macros, forms, close reasons and pause reasons.",
            Self::Contacts => "Import and export contacts.",
            Self::Supervise => {
                "See and take over every conversation, set colleagues' statuses, change labels and run campaigns."
            }
            Self::SeeAll => "See every conversation and its history.",
            Self::Answer => {
                "See colleagues, queues and contacts, change contacts, answer comments on posts, and transfer conversations."
            }
            Self::Connect => "Connect Pages and other accounts by their own login, and switch these on and off.",
            Self::Attend => {
                "Work on the conversations that they may see, and set their own status. Every user has this permission."
            }
        }
    }

    fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// A set of permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions(u16);

impl Permissions {
    /// Those of a list.
    pub fn of(list: &[Permission]) -> Self {
        Self(list.iter().fold(0, |bits, permission| bits | permission.bit()))
    }

    /// Whether it is one of them.
    pub fn has(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }

    /// All of them, the widest first.
    pub fn list(self) -> Vec<Permission> {
        Permission::ALL.into_iter().filter(|permission| self.has(*permission)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entered(role: Role) -> Vec<Permission> {
        Permission::ALL.into_iter().filter(|permission| role.may(*permission)).collect()
    }

    fn custom(list: &[Permission]) -> Role {
        Role::Custom(RoleId(1), Permissions::of(list))
    }

    #[test]
    fn guests_attend_and_connect_and_do_nothing_else() {
        assert_eq!(entered(Role::Guest), [Permission::Connect, Permission::Attend]);
    }

    #[test]
    fn a_custom_role_may_do_what_it_was_given_and_what_that_brings() {
        use Permission::{Administer, Answer, Attend, Content, SeeAll, Supervise};
        assert_eq!(entered(custom(&[])), [Attend]);
        assert_eq!(entered(custom(&[Content, Answer])), [Content, Answer, Attend]);
        assert_eq!(entered(custom(&[Supervise])), [Supervise, SeeAll, Attend]);
        assert_eq!(entered(custom(&[Administer])), Permission::ALL);
        assert_eq!(entered(Role::Administrator), Permission::ALL);
        assert_eq!(entered(Role::Supervisor), [Supervise, SeeAll, Answer, Attend]);
    }

    #[test]
    fn sets_and_words_can_be_read_back() {
        for permission in Permission::ALL {
            assert_eq!(Permissions::of(&[permission]).list(), [permission]);
            assert_eq!(Permission::from_word(permission.word()), Some(permission));
            assert_eq!(serde_json::to_value(permission).unwrap(), permission.word(), "the API's word");
        }
        for role in Role::BUILT_IN {
            assert_eq!(Role::built_in(&role.word()), Some(role));
        }
        assert_eq!(Role::built_in(&custom(&[]).word()), None);
    }
}
