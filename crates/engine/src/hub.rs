//! The hub: passes events that are ready to be shown to every open stream. They come from `live`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use domain::id::{ConversationId, GatewayId, QueueId, UserId};
use store::table::event::Place;
use tokio::sync::{broadcast, watch};

/// How many events a slow stream may lag behind before it has to reload.
const QUEUE: usize = 4_096;

/// Who may see an event.
#[derive(Debug, Clone)]
pub enum Audience {
    /// All signed-in users: the event is not about a user.
    Everybody,
    /// All staff, which excludes guests.
    Staff,
    /// All staff, and the agent that it is about.
    Agent(UserId),
    /// All staff, and everyone who serves the queue.
    Queue(QueueId),
    /// All staff, and users who were shown the conversation that no longer exists.
    Gone(ConversationId),
    /// All who see comments.
    Comments,
    /// One user.
    User(UserId),
    /// Supervisors and administrators.
    Supervisors,
    /// Administrators, and the gateway's guests.
    Gateway(GatewayId),
    /// Administrators, and the user who logged in.
    Login(UserId),
    /// All who see the conversation as it is now.
    Conversation(Arc<domain::conversation::Conversation>),
}

/// An event in the form for screens.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Its place in the order; None while a `reset` is due, so that no browser resumes from here.
    pub place: Option<Place>,
    pub kind: &'static str,
    /// Its data, as JSON text.
    pub data: Arc<str>,
    /// Who may see it.
    pub audience: Audience,
}

/// The open streams.
#[derive(Debug)]
pub struct Hub {
    sender: broadcast::Sender<Shown>,
    closing: watch::Sender<bool>,
    /// How many streams of supervisors and administrators are open.
    supervisors: AtomicUsize,
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            sender: broadcast::channel(QUEUE).0,
            closing: watch::channel(false).0,
            supervisors: AtomicUsize::new(0),
        }
    }
}

impl Hub {
    /// Ends every stream: the server stops.
    pub fn close(&self) {
        let _ = self.closing.send(true);
    }

    /// Whether a stream is open.
    pub fn has_listeners(&self) -> bool {
        self.sender.receiver_count() > 0
    }

    /// A stream of a user who may see the wallboard opened.
    pub fn supervisor_came(&self) {
        self.supervisors.fetch_add(1, Ordering::Relaxed);
    }

    /// Such a stream closed.
    pub fn supervisor_left(&self) {
        self.supervisors.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whether such a stream is open.
    pub fn has_supervisors(&self) -> bool {
        self.supervisors.load(Ordering::Relaxed) > 0
    }

    /// Subscribes to events from now on.
    pub fn listen(&self) -> broadcast::Receiver<Shown> {
        self.sender.subscribe()
    }

    /// Changes when streams have to end.
    pub fn closing(&self) -> watch::Receiver<bool> {
        self.closing.subscribe()
    }

    /// Passes an event on to every open stream.
    pub fn tell(&self, shown: Shown) {
        let _ = self.sender.send(shown);
    }
}
