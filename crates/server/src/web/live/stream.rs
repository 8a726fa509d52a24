//! One event stream of one browser: what it missed, then new events, filtered by what its user may see.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::http::header;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse as _, Response};
use domain::conversation::{Conversation, State};
use domain::id::{ContactId, ConversationId, UserId};
use domain::role::Permission;
use domain::visibility::Viewer;
use store::table::event::{self, Place};
use store::table::{session, token, user};
use tokio::sync::{broadcast, mpsc};

use crate::app::App;
use crate::web::auth::{Principal, Via, may_enter};
use crate::web::problem::{Answer, Problem};
use engine::browsers::Stream;
use engine::hub::{Audience, Shown};
use engine::live::show;
use engine::presence::stream_opened;
use engine::view::LiveEvent;

/// A comment at this interval keeps proxies from closing an idle stream.
const COMMENT: Duration = Duration::from_secs(15);
/// A browser whose stream was cut reconnects after this long.
const RETRY: Duration = Duration::from_secs(1);
/// How often it is checked whether the user may still listen: a sign-out ends a stream within 5 s.
const RECHECK: Duration = Duration::from_secs(3);
/// The maximum number of streams of one user.
const STREAMS: usize = 16;
/// After this many checks without a byte read, the browser counts as disconnected.
const STALLED: u32 = 10;
/// The maximum number of missed events that are replayed; beyond that, the screen must reload.
const REPLAY: i64 = 2_000;

/// Opens a stream that continues after `last`.
pub async fn open(app: App, who: Principal, last: Option<String>, confirms_offers: bool) -> Answer<Response> {
    if app.presence.streams(who.user.id) >= STREAMS {
        return Err(Problem::wait(
            5,
            format!("You have {STREAMS} event streams open already: close a tab, or end what else reads events."),
        ));
    }
    // Listening begins before replaying, so that no event is lost in between.
    let wakeup = app.hub.listen();
    let newest = event::newest(&app.store).await?;
    let (sender, receiver) = mpsc::channel::<Event>(64);
    let user = who.user.id;
    let stream = Stream { by: who.via.to_string(), confirms_offers };
    app.presence.opened(user, stream.clone());
    let ended = Arc::new(AtomicBool::new(false));
    let supervises = who.user.role.may(Permission::Supervise);
    if supervises {
        app.hub.supervisor_came();
    }
    let gone = Gone { app: app.clone(), user, stream, supervises, ended: Arc::clone(&ended) };
    stream_opened(&app, user).await?;
    tokio::spawn(async move {
        let mut listener = Listener::new(&app, who, sender, newest);
        if listener.begin(last.as_deref()).await.is_ok() {
            let _ = listener.follow(wakeup).await;
        }
        drop(gone);
    });
    let stream = futures_util::stream::unfold((receiver, ended), async |(mut receiver, ended)| {
        let event = receiver.recv().await?;
        // Unread events must not reach a user who may no longer listen.
        (!ended.load(Ordering::Acquire)).then(|| (Ok::<_, Infallible>(event), (receiver, ended)))
    });
    let headers =
        [(header::CACHE_CONTROL, "no-store"), (header::HeaderName::from_static("x-accel-buffering"), "no")];
    Ok((headers, Sse::new(stream)).into_response())
}

/// Ends the stream and notifies presence that it is closed, no matter how it ended.
struct Gone {
    app: App,
    user: UserId,
    stream: Stream,
    supervises: bool,
    ended: Arc<AtomicBool>,
}

impl Drop for Gone {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Release);
        self.app.presence.closed(self.user, &self.stream);
        if self.supervises {
            self.app.hub.supervisor_left();
        }
    }
}

/// The stream has ended: the browser disconnected, or the user may no longer listen.
struct Over;

struct Listener<'a> {
    app: &'a App,
    who: Principal,
    viewer: Viewer,
    held: HashSet<ContactId>,
    /// Conversations that they held until an event before the one that will report them as gone.
    lost: HashSet<ConversationId>,
    /// What this stream last said of a conversation: true if it showed it, false if it reported it as gone. So each loss
    /// is reported once. Closed conversations that the user does not see are left out.
    shown: HashMap<i64, bool>,
    sender: mpsc::Sender<Event>,
    /// Events up to here have already been sent.
    place: Place,
}

impl<'a> Listener<'a> {
    fn new(app: &'a App, who: Principal, sender: mpsc::Sender<Event>, place: Place) -> Self {
        let viewer = who.viewer(app);
        Self { app, who, viewer, held: HashSet::new(), lost: HashSet::new(), shown: HashMap::new(), sender, place }
    }

    /// Waits for a browser that reads slowly, but checks in the meantime whether its user may still listen, and gives up on one
    /// that does not read at all.
    async fn send(&mut self, event: Event) -> Result<(), Over> {
        let mut closing = self.app.hub.closing();
        let sender = self.sender.clone();
        for _ in 0..STALLED {
            tokio::select! {
                place = sender.reserve() => {
                    place.map_err(|_| Over)?.send(event);
                    return Ok(());
                }
                _ = closing.changed() => return Err(Over),
                () = tokio::time::sleep(RECHECK) => self.look_again().await?,
            }
        }
        Err(Over)
    }

    /// An event that only carries the stream's place.
    async fn send_place(&mut self, kind: &str) -> Result<(), Over> {
        self.send(Event::default().id(id(self.place)).event(kind).data("{}")).await
    }

    /// Sends the events since `last`, or that there are too many.
    async fn begin(&mut self, last: Option<&str>) -> Result<(), Over> {
        self.look_again().await?;
        self.send(Event::default().retry(RETRY).comment("welcome")).await?;
        let Some(last) = last else {
            // An id from the start: so a browser that disconnects before the first event misses nothing either.
            return self.send_place("hello").await;
        };
        let missed = match parse(last) {
            Some(place) => self.missed(place).await.map_err(|_| Over)?,
            None => None,
        };
        match missed {
            Some(events) => {
                for shown in events {
                    self.tell(&shown).await?;
                }
                Ok(())
            }
            None => self.send_place("reset").await,
        }
    }

    /// The events after a place; None if the place is unknown or too old, or there are too many events.
    async fn missed(&mut self, place: Place) -> Result<Option<Vec<Shown>>, store::Error> {
        if place > self.place || !event::is_known(&self.app.store, place).await? {
            return Ok(None);
        }
        let events = event::after(&self.app.store, place, REPLAY + 1).await?;
        let too_many = i64::try_from(events.len()).unwrap_or(i64::MAX) > REPLAY;
        if too_many || events.iter().any(|it| it.bulk) {
            return Ok(None);
        }
        self.place = place;
        show(self.app, &events).await.map(Some)
    }

    /// Sends events from now on.
    async fn follow(&mut self, mut wakeup: broadcast::Receiver<Shown>) -> Result<(), Over> {
        let mut closing = self.app.hub.closing();
        let mut comment = tokio::time::interval_at(tokio::time::Instant::now() + COMMENT, COMMENT);
        let mut recheck = tokio::time::interval_at(tokio::time::Instant::now() + RECHECK, RECHECK);
        loop {
            tokio::select! {
                received = wakeup.recv() => match received {
                    Ok(shown) => {
                        // While a stream replays, live events may include what it has already sent.
                        if shown.place.is_none_or(|place| place > self.place) {
                            self.tell(&shown).await?;
                        }
                    }
                    Err(broadcast::error::RecvError::Lagged(_)) => {
                        self.place = event::newest(&self.app.store).await.map_err(|_| Over)?;
                        self.send_place("reset").await?;
                    }
                    Err(broadcast::error::RecvError::Closed) => return Err(Over),
                },
                _ = comment.tick() => self.send(Event::default().comment("still here")).await?,
                _ = recheck.tick() => self.look_again().await?,
                () = self.sender.closed() => return Err(Over),
                _ = closing.changed() => return Err(Over),
            }
        }
    }

    /// Checks again whether the user may listen, and what they may see.
    async fn look_again(&mut self) -> Result<(), Over> {
        let found = match &self.who.via {
            Via::Session(hash) => session::by_hash(&self.app.store, hash).await.map(|it| it.map(|it| it.user)),
            Via::Token(id) => token::user(&self.app.store, *id).await,
        };
        let user = match found {
            Ok(Some(user)) => user,
            // An unreachable store is no reason to end the stream.
            Err(_) => return Ok(()),
            Ok(None) => return Err(Over),
        };
        if !may_enter(self.app, &user) || user.role != self.who.user.role {
            return Err(Over);
        }
        self.who.user = user;
        self.viewer = self.who.viewer(self.app);
        self.read_held().await;
        Ok(())
    }

    async fn read_held(&mut self) {
        if let Ok(held) = self.who.held_contacts(self.app).await {
            self.held = held.into_iter().collect();
        }
    }

    /// Whether they belong to the staff; a guest does not, and must not see colleagues and queues.
    fn works_here(&self) -> bool {
        self.viewer.role.may(Permission::Answer)
    }

    /// Whether the browser may still show a conversation that its user no longer sees: because this stream showed it, or
    /// because it may have been in the list of their queue before the stream began.
    fn is_lost(&mut self, it: &Conversation) -> bool {
        let last =
            if it.state.is_open() { self.shown.insert(it.id.0, false) } else { self.shown.remove(&it.id.0) };
        last.unwrap_or_else(|| it.queue.is_some_and(|queue| self.viewer.queues.contains(&queue)))
    }

    /// The name of the user who has a conversation that this one held.
    async fn taker(&mut self, it: &Conversation) -> Option<String> {
        let was_theirs = self.lost.remove(&it.id);
        let holder = it.agent.filter(|_| was_theirs && it.state == State::Active)?;
        // Supervisors who are no agents may have it, so the roster does not know all of them.
        user::by_id(&self.app.store, holder).await.ok()?.map(|user| user.name)
    }

    async fn tell(&mut self, event: &Shown) -> Result<(), Over> {
        if let Some(place) = event.place {
            self.place = place;
        }
        let seen = match &event.audience {
            Audience::Everybody => true,
            Audience::Staff => self.works_here(),
            Audience::Agent(user) => self.works_here() || *user == self.viewer.user,
            Audience::Queue(queue) => {
                let isolated = self.app.directory().queue(*queue).is_some_and(|queue| queue.is_isolated());
                self.viewer.sees_queue(*queue, isolated)
            }
            Audience::Gone(id) => self.shown.remove(&id.0) == Some(true) || self.works_here(),
            Audience::Comments => self.viewer.sees_comments(),
            Audience::User(user) => *user == self.viewer.user,
            Audience::Supervisors => self.viewer.role.may(Permission::Supervise),
            Audience::Gateway(id) => {
                self.viewer.role.may(Permission::Administer)
                    || self.app.directory().gateway_of_guest(self.viewer.user) == Some(*id)
            }
            Audience::Login(user) => self.viewer.role.may(Permission::Administer) || *user == self.viewer.user,
            Audience::Conversation(it) => {
                if it.agent == Some(self.viewer.user) {
                    self.held.insert(it.contact);
                } else if self.held.contains(&it.contact) {
                    // They may have lost it just now, and with it the contact's other conversations.
                    self.read_held().await;
                    if !self.held.contains(&it.contact) {
                        self.lost.insert(it.id);
                    }
                }
                let seen = self.viewer.sees(it, self.held.contains(&it.contact));
                if seen {
                    self.shown.insert(it.id.0, true);
                } else if event.kind == "conversation" && self.is_lost(it) {
                    let taken_by = self.taker(it).await;
                    return self.send(frame(event, &LiveEvent::gone(it.id, taken_by).data())).await;
                }
                seen
            }
        };
        if seen { self.send(frame(event, &event.data)).await } else { Ok(()) }
    }
}

fn frame(event: &Shown, data: &str) -> Event {
    let framed = Event::default().event(event.kind).data(data);
    match event.place {
        Some(place) => framed.id(id(place)),
        None => framed,
    }
}

/// A place in the form that browsers store.
fn id(place: Place) -> String {
    format!("{}-{}", place.xact, place.seq)
}

fn parse(id: &str) -> Option<Place> {
    let (xact, seq) = id.trim().split_once('-')?;
    Some(Place { xact: xact.parse().ok()?, seq: seq.parse().ok()? })
}
