//! Signals wake workers after a commit. A lost signal only delays work until the next poll.

use tokio::sync::watch;

/// What is signalled.
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
    /// Something is to be erased, deleted or compressed.
    Retention,
    /// A campaign may send.
    Campaigns,
    /// A flow calls another program.
    Jobs,
    /// The times of the last event and message were stored: see [`crate::table::activity`].
    Activity,
    /// A gateway, Page, flow, queue or user changed: copies in memory are stale. Must be the last variant: see
    /// [`SIGNALS`].
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
    /// Notifies all subscribers of `signal`.
    pub fn notify(&self, signal: Signal) {
        self.0[signal as usize].send_modify(|count| *count = count.wrapping_add(1));
    }

    /// A receiver whose `changed()` returns after the next signal.
    pub fn subscribe(&self, signal: Signal) -> watch::Receiver<u64> {
        self.0[signal as usize].subscribe()
    }
}
