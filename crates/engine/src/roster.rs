//! The agents, for routing and presence. Their status changes every minute, so they are read separately from the
//! configuration in [`Directory`](crate::directory::Directory).

use domain::agent::{Agent, Status};
use domain::id::UserId;
use domain::role::Role;
use store::table::agent;
use store::table::queue::Queue;
use store::{Error, Store};

/// All agents, by name.
#[derive(Debug, Default)]
pub struct Roster(Vec<Agent>);

impl Roster {
    /// Reads it.
    pub async fn read(store: &Store) -> Result<Self, Error> {
        Ok(Self(agent::list(store).await?))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Agent> {
        self.0.iter()
    }

    /// One of them.
    pub fn get(&self, user: UserId) -> Option<&Agent> {
        self.iter().find(|agent| agent.user == user)
    }

    /// Those who can get offers now.
    pub fn available(&self) -> impl Iterator<Item = &Agent> {
        self.iter().filter(|agent| agent.takes_chats())
    }

    /// Whether a transfer that a colleague does not accept may go back to this user. A supervisor who takes no chats
    /// has no status, so counts as at work.
    pub fn is_at_work(&self, user: UserId) -> bool {
        self.get(user).is_none_or(|agent| agent.active && agent.status != Status::Offline)
    }

    /// How many agents of a queue are online now.
    pub fn online(&self, queue: &Queue) -> usize {
        let serves = |agent: &&Agent| queue.service.includes(agent.user, agent.role, &agent.qualifications);
        self.available().filter(serves).count()
    }

    /// Whether a user is a guest.
    pub fn is_guest(&self, user: UserId) -> bool {
        self.get(user).is_some_and(|agent| agent.role == Role::Guest)
    }
}
