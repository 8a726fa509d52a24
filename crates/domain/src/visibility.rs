//! Who sees which conversation. This is the only definition: lists, searches, counts, files and the event stream use
//! it. `store::table::visibility` is its SQL, for statements that must not read what a user may not see; a test there
//! compares the two for every state, role and kind of queue.

use crate::conversation::{Conversation, State};
use crate::id::{QueueId, UserId};
use crate::role::{Permission, Role};
use crate::time::{MINUTE, Micros};

/// What a role can see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Every conversation.
    All,
    /// An agent's own conversations, those offered to them or waiting in a queue that they serve, and the history of
    /// contacts that they are talking with. Of the isolated queues that they serve, all conversations.
    Agent,
    /// Isolated queues that they serve, and nothing else.
    Guest,
}

impl Visibility {
    /// The visibility of a role.
    pub fn of(role: Role) -> Self {
        match role {
            Role::Guest => Self::Guest,
            role if role.may(Permission::SeeAll) => Self::All,
            _ => Self::Agent,
        }
    }

    /// Its name in the store's statements.
    pub fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Agent => "agent",
            Self::Guest => "guest",
        }
    }
}

/// The user whose visibility is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// The user.
    pub user: UserId,
    /// Their role.
    pub role: Role,
    /// The queues that they serve ([`Service`](crate::service::Service)); empty for users who are not agents.
    pub queues: Vec<QueueId>,
}

impl Viewer {
    /// What they can see.
    pub fn visibility(&self) -> Visibility {
        Visibility::of(self.role)
    }

    /// Whether they serve the conversation's queue.
    pub fn serves(&self, it: &Conversation) -> bool {
        it.queue.is_some_and(|queue| self.queues.contains(&queue))
    }

    /// Whether they may see the conversation. A conversation that they may not see does not exist for them (404).
    /// `holds_contact`: they hold a conversation with the same contact now.
    pub fn sees(&self, it: &Conversation, holds_contact: bool) -> bool {
        let me = Some(self.user);
        match (self.visibility(), it.state) {
            (Visibility::All, _) => true,
            // There, neither the agent who holds it nor the contact matters.
            _ if it.isolated => self.serves(it),
            (Visibility::Guest, _) => false,
            _ if holds_contact || it.data.involves(self.user) => true,
            (_, State::Active | State::Snoozed | State::Waiting | State::WrapUp) => it.agent == me,
            (_, State::Closed) => it.last_agent == me,
            (_, State::Offered) if it.data.offer.as_ref().map(|offer| offer.agent) == me || it.sender() == me => {
                true
            }
            (_, State::Queued | State::Offered) => self.serves(it),
            (_, State::Bot) => false,
        }
    }

    /// Whether they may see comments and answer them. Comments are public on the accounts' posts and belong to no
    /// queue, so all who answer customers or supervise see all of them; guests see none, not even on their own Page:
    /// there, too, others wrote them. The conversation that a reply began is seen by its own rule ([`Viewer::sees`]).
    pub fn sees_comments(&self) -> bool {
        self.role.may(Permission::Answer) || self.role.may(Permission::Supervise)
    }

    /// Whether they may see the state of a queue.
    pub fn sees_queue(&self, id: QueueId, isolated: bool) -> bool {
        match self.visibility() {
            Visibility::All => true,
            _ if isolated => self.queues.contains(&id),
            visibility => visibility == Visibility::Agent,
        }
    }

    /// How they may take a conversation that they see; None if they may not, for example if they only see it because
    /// they talk with the same customer.
    pub fn take_scope(&self, it: &Conversation) -> Option<TakeScope> {
        match self.visibility() {
            _ if self.role.may(Permission::Supervise) => Some(TakeScope::Any),
            Visibility::Guest => Some(TakeScope::Unassigned),
            Visibility::All | Visibility::Agent => self.serves(it).then_some(TakeScope::Waiting),
        }
    }

    /// Whether a conversation that they no longer see was in their queue until just now: a colleague was faster.
    pub fn came_too_late(&self, it: &Conversation, now: Micros) -> bool {
        let left = it.data.accepted_at.max(it.closed_at);
        self.serves(it) && left.is_some_and(|at| now.since(at) < MINUTE)
    }

    /// Whether the conversation may be given to them: guests get no customers, and no user gets a conversation of an
    /// isolated queue that they cannot see.
    pub fn may_hold(&self, it: &Conversation) -> bool {
        if it.isolated { self.sees(it, false) } else { self.role != Role::Guest }
    }
}

/// Which conversations a user may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakeScope {
    /// Those waiting in a queue that are not offered to a colleague right now.
    Waiting,
    /// Those that no agent holds, even if offered to a colleague right now.
    Unassigned,
    /// All, including those that a colleague holds.
    Any,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{ConversationData, Offer, Transfer};
    use crate::id::{ContactId, ConversationId, GatewayId, IdentityId};

    const ME: UserId = UserId(1);
    const OTHER: UserId = UserId(2);
    const MINE: QueueId = QueueId(7);

    fn of(state: State) -> Conversation {
        Conversation {
            id: ConversationId(1),
            identity: IdentityId(1),
            contact: ContactId(1),
            gateway: GatewayId(1),
            account: crate::channel::Account::page("200"),
            state,
            queue: Some(MINE),
            isolated: false,
            agent: None,
            last_agent: None,
            priority: 0,
            created_at: Micros(0),
            last_activity_at: Micros(0),
            queued_at: None,
            closed_at: None,
            unread: 0,
            data: ConversationData::default(),
            version: 1,
        }
    }

    fn offered(to: UserId, mut it: Conversation) -> Conversation {
        it.data.offer = Some(Offer { agent: to, until: Micros(1), seconds: 30, shown: true, transfer: None });
        it
    }

    #[test]
    fn the_sender_of_a_transfer_sees_it_until_it_is_accepted() {
        let mut it = offered(OTHER, Conversation { queue: None, ..of(State::Offered) });
        let me = Viewer { user: ME, role: Role::Agent, queues: vec![MINE] };
        assert!(!me.sees(&it, false));
        let (by_name, to_name) = ("Ann".into(), "Ben".into());
        let transfer = Transfer { by: ME, by_name, to_name, note: None, accepted_at: None, moved_from: None };
        it.data.offer.as_mut().unwrap().transfer = Some(Box::new(transfer));
        assert!(me.sees(&it, false));
        it.isolated = true;
        assert!(!me.sees(&it, false), "an isolated queue is seen by those who serve it");
    }

    #[test]
    fn an_agent_sees_own_waiting_and_offered_conversations_and_no_others() {
        let me = Viewer { user: ME, role: Role::Agent, queues: vec![MINE] };
        let sees = |it: &Conversation| me.sees(it, false);
        assert!(sees(&of(State::Queued)));
        assert!(!sees(&Conversation { queue: Some(QueueId(8)), ..of(State::Queued) }));
        assert!(sees(&offered(ME, Conversation { queue: None, ..of(State::Offered) })));
        assert!(sees(&Conversation { agent: Some(ME), ..of(State::Active) }));
        assert!(!sees(&Conversation { agent: Some(OTHER), ..of(State::Active) }));
        assert!(sees(&Conversation { last_agent: Some(ME), ..of(State::Closed) }));
        let others = Conversation { last_agent: Some(OTHER), ..of(State::Closed) };
        assert!(!sees(&others) && me.sees(&others, true));
        assert!(!sees(&of(State::Bot)));
    }

    #[test]
    fn a_guest_sees_isolated_queues_that_they_serve_and_nothing_else() {
        let me = Viewer { user: ME, role: Role::Guest, queues: vec![MINE] };
        for state in State::ALL {
            let reasons = Conversation { agent: Some(ME), last_agent: Some(ME), ..of(state) };
            let reasons = offered(ME, reasons);
            assert!(!me.sees(&reasons, true) && !me.may_hold(&reasons), "{state:?}: a customer's");
            let elsewhere = Conversation { isolated: true, queue: Some(QueueId(8)), ..reasons };
            assert!(!me.sees(&elsewhere, true) && !me.may_hold(&elsewhere), "{state:?}: of another queue");
            let own = Conversation { isolated: true, agent: Some(OTHER), ..of(state) };
            assert!(me.sees(&own, false) && me.may_hold(&own), "{state:?}");
        }
    }

    #[test]
    fn who_does_not_serve_an_isolated_queue_sees_nothing_of_it_whatever_they_hold() {
        let me = Viewer { user: ME, role: Role::Agent, queues: vec![QueueId(8)] };
        for state in State::ALL {
            let it = Conversation { isolated: true, agent: Some(ME), last_agent: Some(ME), ..of(state) };
            let it = offered(ME, it);
            assert!(!me.sees(&it, true) && !me.may_hold(&it), "{state:?}");
        }
        assert!(me.may_hold(&of(State::Queued)));
    }

    #[test]
    fn agents_take_what_waits_in_their_queues_and_supervisors_take_anything() {
        let scope = |role, queues: &[QueueId]| {
            Viewer { user: ME, role, queues: queues.to_vec() }.take_scope(&of(State::Queued))
        };
        assert_eq!(scope(Role::Agent, &[MINE]), Some(TakeScope::Waiting));
        assert_eq!(scope(Role::Agent, &[QueueId(8)]), None, "seen only because of the contact");
        assert_eq!(scope(Role::Guest, &[MINE]), Some(TakeScope::Unassigned));
        assert_eq!(scope(Role::Supervisor, &[]), Some(TakeScope::Any));
    }

    #[test]
    fn who_may_see_everything_takes_no_more_for_it() {
        let reads = |list: &[Permission]| {
            let role = Role::Custom(crate::id::RoleId(1), crate::role::Permissions::of(list));
            Viewer { user: ME, role, queues: vec![] }
        };
        let it = Conversation { agent: Some(OTHER), ..of(State::Active) };
        let reader = reads(&[Permission::SeeAll, Permission::Answer]);
        assert!(reader.sees(&it, false) && reader.take_scope(&it).is_none());
        assert_eq!(reads(&[Permission::Supervise]).take_scope(&it), Some(TakeScope::Any));
        assert!(!reads(&[Permission::Content, Permission::Answer]).sees(&it, false));
    }

    #[test]
    fn an_agent_of_the_queue_is_told_for_a_minute_that_a_colleague_was_quicker() {
        let me = Viewer { user: ME, role: Role::Agent, queues: vec![MINE] };
        let mut it = of(State::Active);
        assert!(!me.came_too_late(&it, Micros(0)), "no one was quicker");
        it.data.accepted_at = Some(Micros(0));
        assert!(me.came_too_late(&it, Micros(MINUTE - 1)) && !me.came_too_late(&it, Micros(MINUTE)));
        it.queue = Some(QueueId(8));
        assert!(!me.came_too_late(&it, Micros(0)), "of a queue that they do not serve");
    }

    #[test]
    fn supervisors_and_administrators_see_all() {
        for role in [Role::Supervisor, Role::Administrator] {
            let viewer = Viewer { user: ME, role, queues: vec![] };
            for isolated in [false, true] {
                for state in State::ALL {
                    let it = Conversation { isolated, ..of(state) };
                    assert!(viewer.sees(&it, false) && viewer.may_hold(&it), "{role:?} {state:?}");
                }
            }
        }
    }

    #[test]
    fn comments_are_seen_by_those_who_answer_or_supervise_and_never_by_guests() {
        let custom = |list: &[Permission]| Role::Custom(crate::id::RoleId(1), crate::role::Permissions::of(list));
        for (role, seen) in [
            (Role::Administrator, true),
            (Role::Supervisor, true),
            (Role::Agent, true),
            (custom(&[Permission::Supervise]), true),
            (custom(&[Permission::Answer]), true),
            (custom(&[Permission::SeeAll, Permission::Content]), false),
            (Role::Guest, false),
        ] {
            let viewer = Viewer { user: ME, role, queues: vec![MINE] };
            assert_eq!(viewer.sees_comments(), seen, "{role:?}");
        }
    }

    #[test]
    fn an_isolated_queue_is_known_to_those_who_serve_it_and_to_supervisors() {
        let viewer = |role, queues: &[QueueId]| Viewer { user: ME, role, queues: queues.to_vec() };
        for (viewer, ordinary, isolated) in [
            (viewer(Role::Supervisor, &[]), true, true),
            (viewer(Role::Agent, &[]), true, false),
            (viewer(Role::Agent, &[MINE]), true, true),
            (viewer(Role::Guest, &[MINE]), false, true),
            (viewer(Role::Guest, &[]), false, false),
        ] {
            let seen = (viewer.sees_queue(MINE, false), viewer.sees_queue(MINE, true));
            assert_eq!(seen, (ordinary, isolated), "{viewer:?}");
        }
    }
}
