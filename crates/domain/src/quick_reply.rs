//! Who sees a quick reply, and who may change it. This is the only definition.

use crate::id::{QueueId, TeamId, UserId};
use crate::role::Permission;
use crate::visibility::Viewer;

/// Whom a quick reply is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// One user, who made it for themselves.
    Personal(UserId),
    /// Everyone, or some: agents of these teams, in conversations of these queues. An empty list means all of them.
    Shared {
        /// The teams.
        teams: Vec<TeamId>,
        /// The queues.
        queues: Vec<QueueId>,
    },
}

impl Audience {
    /// Everyone.
    pub const EVERYONE: Self = Self::Shared { teams: Vec::new(), queues: Vec::new() };

    /// Whose it is; None for what is shared.
    pub fn owner(&self) -> Option<UserId> {
        match self {
            Self::Personal(owner) => Some(*owner),
            Self::Shared { .. } => None,
        }
    }

    /// Whether a user sees it. What one does not see does not exist for them (404).
    pub fn includes(&self, viewer: &Viewer, team: Option<TeamId>) -> bool {
        match self {
            Self::Personal(owner) => *owner == viewer.user,
            // Who answers in any queue, or looks after the texts, needs all of them.
            Self::Shared { .. }
                if [Permission::SeeAll, Permission::Content].map(|p| viewer.role.may(p)).contains(&true) =>
            {
                true
            }
            Self::Shared { teams, queues } => {
                (teams.is_empty() || team.is_some_and(|team| teams.contains(&team)))
                    && (queues.is_empty() || queues.iter().any(|queue| viewer.queues.contains(queue)))
            }
        }
    }

    /// Whether a user may change or delete it, or create one like it.
    pub fn is_changed_by(&self, viewer: &Viewer) -> bool {
        match self {
            Self::Personal(owner) => *owner == viewer.user,
            Self::Shared { .. } => viewer.role.may(Permission::Content),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::RoleId;
    use crate::role::{Permissions, Role};

    const ME: UserId = UserId(1);
    const SALES: QueueId = QueueId(7);
    const NIGHT: TeamId = TeamId(3);

    fn viewer(role: Role) -> Viewer {
        Viewer { user: ME, role, queues: vec![SALES] }
    }

    fn shared(teams: &[TeamId], queues: &[QueueId]) -> Audience {
        Audience::Shared { teams: teams.to_vec(), queues: queues.to_vec() }
    }

    #[test]
    fn a_personal_one_is_its_owners_alone_whatever_the_role() {
        for role in [Role::Agent, Role::Supervisor, Role::Administrator] {
            let me = viewer(role);
            let (mine, other) = (Audience::Personal(ME), Audience::Personal(UserId(2)));
            assert!(mine.includes(&me, None) && mine.is_changed_by(&me));
            assert!(!other.includes(&me, None) && !other.is_changed_by(&me));
        }
    }

    #[test]
    fn a_shared_one_is_seen_by_agents_of_its_teams_who_serve_one_of_its_queues() {
        let me = viewer(Role::Agent);
        assert!(Audience::EVERYONE.includes(&me, None));
        assert!(shared(&[NIGHT], &[]).includes(&me, Some(NIGHT)));
        assert!(!shared(&[NIGHT], &[]).includes(&me, None));
        assert!(shared(&[], &[SALES, QueueId(8)]).includes(&me, None));
        assert!(!shared(&[], &[QueueId(8)]).includes(&me, None));
        assert!(!shared(&[NIGHT], &[SALES]).includes(&me, Some(TeamId(4))), "both count");
        assert!(!Audience::EVERYONE.is_changed_by(&me));
    }

    #[test]
    fn who_sees_every_conversation_or_edits_the_texts_sees_every_shared_one() {
        let narrow = shared(&[TeamId(4)], &[QueueId(8)]);
        let editor = viewer(Role::Custom(RoleId(1), Permissions::of(&[Permission::Content])));
        assert!(narrow.includes(&editor, None) && narrow.is_changed_by(&editor));
        let supervisor = viewer(Role::Supervisor);
        assert!(narrow.includes(&supervisor, None) && !narrow.is_changed_by(&supervisor));
    }
}
