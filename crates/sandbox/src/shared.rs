//! What all handlers and deliveries of one sandbox share: the world behind its mutex, and the handles to act.

use crate::world::World;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, Semaphore, watch};

/// The maximum number of concurrent webhook requests.
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
    /// Notified when the world may have changed.
    pub changed: Notify,
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
            changed: Notify::new(),
        }
    }

    /// Locks the world for a moment: never hold it across an await.
    pub fn world(&self) -> WorldGuard<'_> {
        let world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        WorldGuard { world, changed: &self.changed, written: false }
    }
}

/// The locked world. A mutable borrow is announced as a change when the lock is released.
pub struct WorldGuard<'a> {
    world: MutexGuard<'a, World>,
    changed: &'a Notify,
    written: bool,
}

impl Deref for WorldGuard<'_> {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl DerefMut for WorldGuard<'_> {
    fn deref_mut(&mut self) -> &mut World {
        self.written = true;
        &mut self.world
    }
}

impl Drop for WorldGuard<'_> {
    fn drop(&mut self) {
        if self.written {
            self.changed.notify_one();
        }
    }
}
