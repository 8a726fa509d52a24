//! Doorbells: after a commit they wake those who look for work. Losing a ring costs a poll, never a fact.

use tokio::sync::watch;

/// Who is woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bell {
    /// Deliveries wait to be applied.
    Inbox,
    /// Messages wait to be sent.
    Outbox,
    /// Something happened that the screens show.
    Events,
    /// Conversations wait for agents, or agents for conversations.
    Routing,
    /// Pictures, names or files wait to be fetched.
    Fetch,
    /// Something is to be erased, forgotten or made smaller.
    Keep,
    /// A gateway, page, flow, queue or user changed: memory copies are stale.
    Config,
}

const BELLS: usize = 7;

/// The bells of one store.
#[derive(Debug)]
pub struct Bells([watch::Sender<u64>; BELLS]);

impl Default for Bells {
    fn default() -> Self {
        Self(std::array::from_fn(|_| watch::Sender::new(0)))
    }
}

impl Bells {
    /// Rings one bell.
    pub fn ring(&self, bell: Bell) {
        self.0[bell as usize].send_modify(|count| *count = count.wrapping_add(1));
    }

    /// An ear for one bell: `changed()` returns after the next ring.
    pub fn ear(&self, bell: Bell) -> watch::Receiver<u64> {
        self.0[bell as usize].subscribe()
    }
}
