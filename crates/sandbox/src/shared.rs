//! What all handlers and deliveries of one sandbox share: the world behind its mutex, and the handles to act.

use crate::world::World;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, Semaphore, watch};

/// How many webhook requests run at once.
const CONCURRENT_DELIVERIES: usize = 64;

/// Shared by all tasks of a sandbox.
pub type Shared = Arc<Inner>;

/// The parts of a running sandbox.
pub struct Inner {
    world: Mutex<World>,
    /// The client for webhooks and callbacks.
    pub http: reqwest::Client,
    /// Becomes true when the sandbox stops.
    pub stopping: watch::Sender<bool>,
    /// Limits the webhook requests in progress.
    pub delivery_permits: Semaphore,
    /// Notified when the retry clock is moved forward.
    pub clock_moved: Notify,
}

impl Inner {
    /// The parts around a fresh world.
    pub fn new(world: World, http: reqwest::Client) -> Self {
        Self {
            world: Mutex::new(world),
            http,
            stopping: watch::channel(false).0,
            delivery_permits: Semaphore::new(CONCURRENT_DELIVERIES),
            clock_moved: Notify::new(),
        }
    }

    /// Locks the world for a moment: never hold it across an await.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
