//! Live events: one reader follows the event table, converts each event once into its form for screens, and passes it
//! to every stream that may see it. A stream resumes from the last event that its browser saw.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use store::Signal;
use store::table::event::{self, Event, Place, Stored};
use store::table::{agent, conversation, login_attempt, message};
use tokio::sync::watch;

use crate::connect;
use crate::engine::Engine;
use crate::hub::{Audience, Hub, Shown};
use crate::view::{self, LiveEvent};
use crate::worker::{Context, Next, Schedule, Worker, until};

/// Events that are read from the bus at once.
const PAGE: i64 = 500;
/// Events whose facts are read at the same time.
const ABREAST: usize = 32;
/// How many times the bus is read again right after a signal, on PostgreSQL.
const LOOKS: u32 = 40;
/// While a backlog is applied, screens get a `reset` this often.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// After this many failures in a row a page of events is replaced by one `reset`.
const GIVE_UP: u32 = 5;
/// During a backlog, events are collected for this long: each read of the bus has a cost, even if it finds few.
const COALESCE: Duration = Duration::from_millis(5);

/// Follows the event table and passes on what happens.
#[derive(Debug)]
pub struct LiveEvents {
    app: Engine,
    signal: watch::Receiver<u64>,
    /// The place up to which events were passed on; None until the table was read once.
    place: Option<Place>,
    owed: Owed,
    /// The number of reads since the last signal that found nothing.
    looks: u32,
    /// How often in a row the page behind `place` could not be shown.
    failures: u32,
}

impl Worker for LiveEvents {
    const SCHEDULE: Schedule = Schedule::new("live_events", Some(Signal::Events));

    fn new(app: &Engine) -> Self {
        Self {
            app: app.clone(),
            signal: app.store.signals().subscribe(Signal::Events),
            place: None,
            owed: Owed::default(),
            looks: 0,
            failures: 0,
        }
    }

    /// The place is kept: events that were not passed on still will be.
    fn after_panic(mut self, _: &Engine) -> Self {
        self.failures += 1;
        self
    }

    async fn round(&mut self, context: &Context) -> Result<Next, store::Error> {
        if self.signal.has_changed().unwrap_or(false) {
            self.signal.borrow_and_update();
            self.looks = 0;
        }
        let mut place = match self.place {
            Some(place) => place,
            None => event::newest(&self.app.store).await?,
        };
        self.place = Some(place);
        while let Some(last) = self.page(place).await? {
            place = last;
            self.place = Some(place);
            (self.looks, self.failures) = (0, 0);
            context.progress();
        }
        self.owed.pay(&self.app.hub, place);
        // On PostgreSQL a running transaction delays later events: after a signal there may be nothing to read yet.
        let soon = !self.app.store.is_sqlite() && self.looks < LOOKS;
        self.looks += 1;
        let longest =
            if soon { Duration::from_millis(5) } else { self.owed.wait().min(until(&self.app.clock, None)) };
        Ok(Next::At(Some(self.app.clock.now().plus(i64::try_from(longest.as_micros()).unwrap_or(i64::MAX)))))
    }
}

impl LiveEvents {
    /// Passes on the next page after `place`. Returns its end, or None if there is none. The page counts as passed on
    /// only once all of it was shown: after an error it is read again.
    async fn page(&mut self, place: Place) -> Result<Option<Place>, store::Error> {
        let page = event::after(&self.app.store, place, PAGE).await?;
        let Some(last) = page.last().map(|last| last.place) else { return Ok(None) };
        let hub = &self.app.hub;
        if !hub.has_listeners() {
            return Ok(Some(last));
        }
        let (bulk, single): (Vec<_>, Vec<_>) = page.into_iter().partition(|it| it.bulk);
        let flood = !bulk.is_empty();
        self.owed.note(flood);
        if self.failures >= GIVE_UP {
            tracing::error!(?place, "events could not be shown again and again: screens reload instead");
            self.owed.note(true);
        } else {
            self.failures += 1;
            let shown = show(&self.app, &single).await?;
            shown.into_iter().for_each(|one| hub.tell(self.owed.hold(one)));
        }
        self.owed.pay(hub, last);
        if flood {
            tokio::time::sleep(COALESCE).await;
        }
        Ok(Some(last))
    }
}

/// Debounced `reset` while a backlog is applied: the first at once, then one every two seconds, and one after the
/// last event.
#[derive(Debug, Default)]
struct Owed {
    owed: bool,
    paid: Option<Instant>,
}

impl Owed {
    fn note(&mut self, bulk: bool) {
        self.owed |= bulk;
    }

    /// While a `reset` is due, events carry no id. A browser that loses its connection now must not resume after
    /// events it never got.
    fn hold(&self, shown: Shown) -> Shown {
        Shown { place: shown.place.filter(|_| !self.owed), ..shown }
    }

    fn wait(&self) -> Duration {
        match self.paid.filter(|_| self.owed) {
            Some(paid) => LOOK_AGAIN.saturating_sub(paid.elapsed()),
            None => Duration::MAX,
        }
    }

    fn pay(&mut self, hub: &Hub, place: Place) {
        if self.owed && self.paid.is_none_or(|paid| paid.elapsed() >= LOOK_AGAIN) {
            *self = Self { owed: false, paid: Some(Instant::now()) };
            hub.tell(ready(place, &LiveEvent::Reset {}, Audience::Everybody));
        }
    }
}

/// Converts events into their form for screens, in order. Objects that no longer exist are left out.
pub async fn show(app: &Engine, events: &[Stored]) -> Result<Vec<Shown>, store::Error> {
    // Several changes of one object in one page look the same, so only the last is shown.
    let is_replaced = |index: usize, it: &Stored| {
        let later = events[index + 1..].iter().take(64).filter_map(|later| later.event.as_ref());
        it.event.as_ref().is_some_and(|event| later.into_iter().any(|later| event.is_replaced_by(later)))
    };
    let latest: Vec<&Stored> =
        events.iter().enumerate().filter(|(index, it)| !is_replaced(*index, it)).map(|(_, it)| it).collect();
    let mut shown = Vec::with_capacity(latest.len());
    for some in latest.chunks(ABREAST) {
        // Read concurrently: in sequence, each would wait behind all other reads.
        shown.extend(try_join_all(some.iter().map(|it| one(app, it))).await?.into_iter().flatten());
    }
    Ok(shown)
}

fn ready(place: Place, event: &LiveEvent, audience: Audience) -> Shown {
    Shown { place: Some(place), kind: event.name(), data: event.data(), audience }
}

async fn one(app: &Engine, it: &Stored) -> Result<Option<Shown>, store::Error> {
    let shown = |event: LiveEvent, audience: Audience| Some(ready(it.place, &event, audience));
    let Some(event) = &it.event else { return Ok(None) };
    let concerned = match event.conversation() {
        Some(id) => match conversation::by_id(&app.store, id).await? {
            Some(conversation) => Some(Arc::new(conversation)),
            // It was erased: screens that show it must stop.
            None if matches!(event, Event::ConversationGone(_)) => {
                return Ok(shown(LiveEvent::gone(id, None), Audience::Gone(id)));
            }
            None => return Ok(None),
        },
        None => None,
    };
    Ok(match (event, concerned) {
        (Event::MessageAdded(_, id) | Event::MessageChanged(_, id), Some(conversation)) => {
            let Some(stored) = message::by_id(&app.store, *id).await? else { return Ok(None) };
            let message = Box::new(view::message(app, stored).await?);
            let conversation_id = conversation.id;
            shown(LiveEvent::Message { conversation_id, message }, Audience::Conversation(conversation))
        }
        (Event::Conversation(_) | Event::ConversationGone(_), Some(conversation)) => {
            let view = Some(Box::new(view::conversation(app, &conversation).await?));
            let conversation_id = conversation.id;
            let changed =
                LiveEvent::Conversation { conversation_id, conversation: view, gone: false, taken_by: None };
            shown(changed, Audience::Conversation(conversation))
        }
        (Event::Offer(_, user), Some(conversation)) => {
            if !conversation.data.rings_at(*user) {
                return Ok(None);
            }
            let view = Box::new(view::conversation(app, &conversation).await?);
            let offer = LiveEvent::Offer { conversation_id: conversation.id, conversation: view };
            shown(offer, Audience::User(*user))
        }
        (Event::OfferEnded(_, user, end), Some(conversation)) => {
            let ended = LiveEvent::OfferEnded { conversation_id: conversation.id, outcome: *end };
            shown(ended, Audience::User(*user))
        }
        (Event::Agent(user), _) => {
            // From the store: the roster may be read again only after this event.
            let Some(agent) = agent::by_id(&app.store, *user).await? else { return Ok(None) };
            shown(LiveEvent::Agent { agent: view::agent(&app.directory(), &agent) }, Audience::Agent(agent.user))
        }
        (Event::AgentStatus(user), _) => {
            let Some(agent) = agent::by_id(&app.store, *user).await? else { return Ok(None) };
            let status = LiveEvent::Status { user_id: agent.user, status: view::status(&agent) };
            shown(status, Audience::User(agent.user))
        }
        (Event::Queue(id), _) => {
            let queues = view::queue_loads(app).await?;
            let Some(queue) = queues.into_iter().find(|queue| queue.id == *id) else { return Ok(None) };
            shown(LiveEvent::Queue { queue }, Audience::Queue(*id))
        }
        (Event::Gateway(id), _) => shown(LiveEvent::Gateway { gateway_id: *id }, Audience::Gateway(*id)),
        (Event::FlowFailed(id, _), _) => shown(LiveEvent::Flow { flow_id: *id }, Audience::Supervisors),
        (Event::Comment(id), _) => shown(LiveEvent::Comment { id: id.to_string() }, Audience::Comments),
        (Event::Connect(attempt), _) => {
            let Some(attempt) = login_attempt::by_id(&app.store, *attempt).await? else { return Ok(None) };
            shown(LiveEvent::Connect(connect::ended(app, &attempt)), Audience::Login(attempt.user))
        }
        // Screens learn of alarms by the gateway's event, and of alerts by the wallboard's. No conversation is there only if
        // it was erased: that was answered above.
        (Event::Alarm(..) | Event::AlarmCleared(..) | Event::QueueAlert(..), _)
        | (
            Event::MessageAdded(..)
            | Event::MessageChanged(..)
            | Event::Conversation(_)
            | Event::ConversationGone(_)
            | Event::Offer(..)
            | Event::OfferEnded(..),
            None,
        ) => None,
    })
}
