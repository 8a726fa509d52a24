//! Who may do what, and who sees which conversation: one table, used by every route, list and stream.

use serde::{Deserialize, Serialize};

use crate::conversation::State;
use crate::id::{GatewayId, QueueId, UserId};

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
    /// Somebody of Meta's who reviews the app: works on the review's own conversations and connects Pages of
    /// their own, and sees nothing else.
    Reviewer,
}

impl Role {
    /// The word of the API and the store.
    pub fn word(self) -> &'static str {
        match self {
            Role::Administrator => "administrator",
            Role::Supervisor => "supervisor",
            Role::Agent => "agent",
            Role::Reviewer => "reviewer",
        }
    }

    /// Reads the word of the API and the store.
    pub fn from_word(word: &str) -> Option<Self> {
        [Role::Administrator, Role::Supervisor, Role::Agent, Role::Reviewer]
            .into_iter()
            .find(|role| role.word() == word)
    }

    /// Whether this role has the permission.
    pub fn may(self, permission: Permission) -> bool {
        match permission {
            Permission::Attend => true,
            Permission::Answer => self != Role::Reviewer,
            Permission::Connect => matches!(self, Role::Administrator | Role::Reviewer),
            Permission::Supervise => matches!(self, Role::Administrator | Role::Supervisor),
            Permission::Administer => self == Role::Administrator,
        }
    }
}

/// What a route needs. Each route needs one of these; reviewers have the two that say so.
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
    /// Connect Pages by their own login at Meta, and switch these. Reviewers too, on their gateway.
    Connect,
    /// Work on conversations that they may see, and set their own status. Reviewers too.
    Attend,
}

impl Permission {
    /// All of them, the widest first.
    pub const ALL: [Self; 5] = [Self::Administer, Self::Supervise, Self::Answer, Self::Connect, Self::Attend];
}

/// Who looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// Which user.
    pub user: UserId,
    /// In which role.
    pub role: Role,
    /// The queues that they serve as an agent; empty for those who are none.
    pub queues: Vec<QueueId>,
}

/// Whether a user who serves queues as a reviewer of a gateway (None: as a colleague) may serve this one, which
/// belongs to the review of a gateway (None: to the customers). Neither ever serves the other's.
pub fn may_serve(review_of: Option<GatewayId>, reviews: Option<GatewayId>) -> bool {
    review_of == reviews
}

/// What visibility is decided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sight {
    /// The conversation's state.
    pub state: State,
    /// Its queue.
    pub queue: Option<QueueId>,
    /// The agent who holds it.
    pub agent: Option<UserId>,
    /// Who held it last.
    pub last_agent: Option<UserId>,
    /// The agent to whom it is offered.
    pub offered_to: Option<UserId>,
    /// The reviewer to whose review it belongs; None for every customer's.
    pub review: Option<UserId>,
    /// Whether the viewer holds another conversation with the same contact now: then the contact's whole
    /// history is theirs to see.
    pub holds_contact: bool,
}

impl Viewer {
    /// Whether they may see the conversation. What one may not see does not exist for them (404).
    pub fn sees(&self, it: &Sight) -> bool {
        if self.role == Role::Reviewer {
            // Nothing else ever counts: neither who holds it, nor who the contact is.
            return it.review == Some(self.user);
        }
        if self.role.may(Permission::Supervise) || it.holds_contact {
            return true;
        }
        let me = Some(self.user);
        match it.state {
            State::Active | State::WrapUp => it.agent == me,
            State::Closed => it.last_agent == me,
            State::Offered if it.offered_to == me => true,
            State::Queued | State::Offered => it.queue.is_some_and(|queue| self.queues.contains(&queue)),
            State::Bot => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: UserId = UserId(1);
    const OTHER: UserId = UserId(2);
    const MINE: QueueId = QueueId(7);

    fn sight(state: State) -> Sight {
        Sight {
            state,
            queue: Some(MINE),
            agent: None,
            last_agent: None,
            offered_to: None,
            review: None,
            holds_contact: false,
        }
    }

    #[test]
    fn an_agent_sees_own_waiting_and_offered_conversations_and_no_others() {
        let me = Viewer { user: ME, role: Role::Agent, queues: vec![MINE] };
        assert!(me.sees(&sight(State::Queued)));
        assert!(!me.sees(&Sight { queue: Some(QueueId(8)), ..sight(State::Queued) }));
        assert!(me.sees(&Sight { queue: None, offered_to: Some(ME), ..sight(State::Offered) }));
        assert!(me.sees(&Sight { agent: Some(ME), ..sight(State::Active) }));
        assert!(!me.sees(&Sight { agent: Some(OTHER), ..sight(State::Active) }));
        assert!(me.sees(&Sight { last_agent: Some(ME), ..sight(State::Closed) }));
        assert!(!me.sees(&Sight { last_agent: Some(OTHER), ..sight(State::Closed) }));
        assert!(me.sees(&Sight { last_agent: Some(OTHER), holds_contact: true, ..sight(State::Closed) }));
        assert!(!me.sees(&sight(State::Bot)));
    }

    #[test]
    fn a_reviewer_sees_the_conversations_of_their_own_review_and_nothing_else() {
        let me = Viewer { user: ME, role: Role::Reviewer, queues: vec![MINE] };
        for state in State::ALL {
            let every_reason = Sight {
                agent: Some(ME),
                last_agent: Some(ME),
                offered_to: Some(ME),
                holds_contact: true,
                ..sight(state)
            };
            assert!(!me.sees(&every_reason), "{state:?}: a customer's, whatever else is so");
            assert!(!me.sees(&Sight { review: Some(OTHER), ..every_reason }), "{state:?}: of another review");
            assert!(me.sees(&Sight { review: Some(ME), ..sight(state) }), "{state:?}");
        }
        let entered = [
            Permission::Attend,
            Permission::Answer,
            Permission::Connect,
            Permission::Supervise,
            Permission::Administer,
        ]
        .map(|act| Role::Reviewer.may(act));
        assert_eq!(entered, [true, false, true, false, false]);
    }

    #[test]
    fn customers_and_reviews_wait_in_different_queues() {
        let (one, other) = (Some(GatewayId(1)), Some(GatewayId(2)));
        assert!(may_serve(None, None) && may_serve(one, one));
        assert!(!may_serve(None, one) && !may_serve(one, None) && !may_serve(one, other));
    }

    #[test]
    fn supervisors_and_administrators_see_all() {
        for role in [Role::Supervisor, Role::Administrator] {
            let viewer = Viewer { user: ME, role, queues: vec![] };
            for state in State::ALL {
                assert!(viewer.sees(&sight(state)), "{role:?} {state:?}");
            }
        }
    }
}
