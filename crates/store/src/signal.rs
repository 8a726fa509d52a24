//! Signals wake workers after a commit. Losing one costs a poll, never a fact.

use tokio::sync::watch;

/// Who is notified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Deliveries wait to be applied.
    Inbox,
    /// Messages wait to be sent.
    Outbox,
    /// Something happened that screens show.
    Events,
    /// Conversations wait for agents, or agents for conversations.
    Routing,
    /// Pictures, names or files wait to be fetched.
    Fetch,
    /// Something is to be erased, forgotten or made smaller.
    Retention,
    /// A campaign may send.
    Campaigns,
    /// A flow asks another program.
    Jobs,
    /// What came to an account or left a gateway was written down: see [`crate::table::activity`].
    Activity,
    /// A gateway, Page, flow, queue or user changed: copies in memory are stale. The last one: see [`SIGNALS`].
    Config,
}

const SIGNALS: usize = Signal::Config as usize + 1;

/// The signals of one store.
#[derive(Debug)]
pub struct Signals([watch::Sender<u64>; SIGNALS]);

impl Default for Signals {
    fn default() -> Self {
        Self(std::array::from_fn(|_| watch::Sender::new(0)))
    }
}

impl Signals {
    /// Notifies everyone who subscribed to `signal`.
    pub fn notify(&self, signal: Signal) {
        self.0[signal as usize].send_modify(|count| *count = count.wrapping_add(1));
    }

    /// A receiver whose `changed()` returns after the next signal.
    pub fn subscribe(&self, signal: Signal) -> watch::Receiver<u64> {
        self.0[signal as usize].subscribe()
    }
}
