//! Live events: one reader follows the bus, makes each event into what a screen shows, once, and hands it to
//! every stream that may see it. A stream resumes from the last event that its browser saw.

pub mod presence;
mod stream;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::id::{ConversationId, GatewayId, MessageId, QueueId, UserId};
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use store::table::event::{self, Place, Stored};
use store::table::{conversation, gateway, message};
use store::{Bell, values};
use tokio::sync::{broadcast, watch};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::api::view;
use crate::web::auth::Who;
use crate::web::problem::{Answer, ProblemShape};
use crate::work::{until, woken};

/// Events that a slow stream may lag behind before it is told to reload.
const QUEUE: usize = 4_096;
/// Events that are read from the bus at once.
const PAGE: i64 = 500;
/// Events whose facts are read at the same time.
const ABREAST: usize = 32;
/// Looks that follow a ring at once, on PostgreSQL.
const LOOKS: u32 = 40;
/// While a long line is worked off, screens are told to look again so often.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Meanwhile events are let gather so long: each look at the bus costs, however few it finds.
const GATHER: Duration = Duration::from_millis(5);

/// Who may see an event.
#[derive(Debug, Clone)]
pub enum Audience {
    /// Everybody who is signed in: it is about nobody.
    Everybody,
    /// Everybody who works here.
    Staff,
    /// Everybody who works here, and the agent whom it is about.
    Agent(UserId),
    /// Everybody who works here, and who serves the queue.
    Queue(QueueId),
    /// Everybody who works here, and whoever was shown the conversation that is gone.
    Gone(ConversationId),
    /// One user.
    User(UserId),
    /// Administrators, and the reviewer of the gateway.
    Gateway(GatewayId),
    /// Administrators, and whoever went through the login.
    Login(Option<UserId>),
    /// Whoever sees the conversation as it stands now.
    Conversation(Arc<domain::conversation::Conversation>),
}

/// An event as screens get it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Where it stands in the order; None for what is gone when it is missed (typing).
    pub place: Option<Place>,
    /// Its name.
    pub kind: &'static str,
    /// Its data, as JSON text.
    pub data: Arc<str>,
    /// Who may see it.
    pub audience: Audience,
}

/// Who listens, and who is there.
#[derive(Debug)]
pub struct Hub {
    sender: broadcast::Sender<Shown>,
    closing: watch::Sender<bool>,
    /// Streams and beats of each user.
    pub presence: presence::Presence,
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            sender: broadcast::channel(QUEUE).0,
            closing: watch::channel(false).0,
            presence: presence::Presence::default(),
        }
    }
}

impl Hub {
    /// Ends every stream: the server stops.
    pub fn close(&self) {
        let _ = self.closing.send(true);
    }

    /// Tells what is worth nothing later and is not kept.
    pub fn tell(&self, shown: Shown) {
        let _ = self.sender.send(shown);
    }
}

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(events))
}

/// The event stream.
///
/// Resumes after `Last-Event-ID`. Events: `connect`, `gateway`, `offer`, `offer_ended`, `conversation`,
/// `message`, `typing`, `status`, `queue`, `agent`, `presence`, `reset`.
#[utoipa::path(get, path = "/events", tag = "live", responses(
    (status = 200, content_type = "text/event-stream", body = String), (status = 401, body = ProblemShape)))]
async fn events(State(app): State<App>, who: Who, headers: HeaderMap) -> Answer<Response> {
    let last = headers.get("last-event-id").map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    stream::open(app, who, last).await
}

/// Follows the bus and hands out what happens.
pub async fn run(app: App, mut drain: watch::Receiver<bool>) {
    let mut ear = app.store.bells().ear(Bell::Events);
    let mut place = loop {
        match event::newest(&app.store).await {
            Ok(place) => break place,
            Err(error) => tracing::warn!(%error, "the bus cannot be read yet"),
        }
        if !woken(&mut ear, &mut drain, until(None)).await {
            return;
        }
    };
    let mut owed = Owed::default();
    // On PostgreSQL a transaction that still runs holds back what came after it: a ring may find nothing yet.
    let mut looks = 0;
    loop {
        loop {
            let page = match event::after(&app.store, place, PAGE).await {
                Ok(page) => page,
                Err(error) => {
                    tracing::warn!(%error, "the bus cannot be read now; nothing on it is lost");
                    break;
                }
            };
            let Some(last) = page.last() else { break };
            place = last.place;
            looks = 0;
            if app.hub.sender.receiver_count() == 0 {
                continue;
            }
            let (bulk, single): (Vec<_>, Vec<_>) = page.into_iter().partition(|it| it.bulk);
            let flood = !bulk.is_empty();
            owed.note(flood);
            match show(&app, &single).await {
                Ok(shown) => shown.into_iter().for_each(|one| app.hub.tell(owed.hold(one))),
                Err(error) => tracing::warn!(%error, "events could not be shown; streams resume them"),
            }
            owed.pay(&app.hub, place);
            if flood {
                tokio::time::sleep(GATHER).await;
            }
        }
        owed.pay(&app.hub, place);
        let soon = !app.store.is_sqlite() && looks < LOOKS;
        looks += 1;
        let longest = if soon { Duration::from_millis(5) } else { owed.wait().min(until(None)) };
        let rings = *ear.borrow();
        if !woken(&mut ear, &mut drain, longest).await {
            return;
        }
        if *ear.borrow() != rings {
            looks = 0;
        }
    }
}

/// The word that screens shall look again, which a long line of events is worth: the first at once, the next ones after a
/// while, and one behind the last event.
#[derive(Debug, Default)]
struct Owed {
    owed: bool,
    paid: Option<Instant>,
}

impl Owed {
    fn note(&mut self, bulk: bool) {
        self.owed |= bulk;
    }

    /// What is shown while a word is owed leaves a browser's place where it is: cut off now, it must not go on from behind
    /// what it was never told.
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
            let (data, audience) = ("{}".into(), Audience::Everybody);
            hub.tell(Shown { place: Some(place), kind: "reset", data, audience });
        }
    }
}

/// Makes events into what screens get, in their order. What is gone in the meantime is left out.
pub(super) async fn show(app: &App, events: &[Stored]) -> Result<Vec<Shown>, store::Error> {
    // Several changes of one thing in one page look the same: the last stands for all.
    let again = |index: usize, it: &Stored| {
        let look_alike = |later: &Stored| {
            (&later.kind, later.conversation, later.subject) == (&it.kind, it.conversation, it.subject)
        };
        it.kind != "offer_ended" && events[index + 1..].iter().take(64).any(look_alike)
    };
    let kept: Vec<&Stored> =
        events.iter().enumerate().filter(|(index, it)| !again(*index, it)).map(|(_, it)| it).collect();
    let mut shown = Vec::with_capacity(kept.len());
    for some in kept.chunks(ABREAST) {
        // One after the other each would wait behind everything else that is read meanwhile.
        shown.extend(try_join_all(some.iter().map(|it| one(app, it))).await?.into_iter().flatten());
    }
    Ok(shown)
}

async fn one(app: &App, it: &Stored) -> Result<Option<Shown>, store::Error> {
    let shown = |kind: &'static str, data: Value, audience: Audience| {
        Some(Shown { place: Some(it.place), kind, data: data.to_string().into(), audience })
    };
    let concerned = match it.conversation {
        Some(id) => match conversation::by_id(&app.store, ConversationId(id)).await? {
            Some(conversation) => Some(Arc::new(conversation)),
            // It was erased: whoever shows it must not go on doing so.
            None if it.detail == "gone" => {
                let data = json!({ "conversation_id": id.to_string(), "gone": true });
                return Ok(shown("conversation", data, Audience::Gone(ConversationId(id))));
            }
            None => return Ok(None),
        },
        None => None,
    };
    let user = it.subject.map(UserId);
    Ok(match (it.kind.as_str(), concerned) {
        ("message", Some(conversation)) => {
            let id = MessageId(it.subject.unwrap_or_default());
            let Some(row) = app.store.row(message::BY_ID, values![id]).await? else { return Ok(None) };
            let message = view::message(app, message::from_row(&row)).await?;
            let data = json!({ "conversation_id": conversation.id, "message": message });
            shown("message", data, Audience::Conversation(conversation))
        }
        ("conversation", Some(conversation)) => {
            let view = view::conversation(app, &conversation).await?;
            let data = json!({ "conversation_id": conversation.id, "conversation": view });
            shown("conversation", data, Audience::Conversation(conversation))
        }
        ("offer", Some(conversation)) => {
            let offered = conversation.more.offer.as_ref().is_some_and(|offer| Some(offer.agent) == user);
            let Some(user) = user.filter(|_| offered) else { return Ok(None) };
            let view = view::conversation(app, &conversation).await?;
            let data = json!({ "conversation_id": conversation.id, "conversation": view });
            shown("offer", data, Audience::User(user))
        }
        ("offer_ended", Some(conversation)) => {
            let Some(user) = user else { return Ok(None) };
            let data = json!({ "conversation_id": conversation.id, "outcome": it.detail });
            shown("offer_ended", data, Audience::User(user))
        }
        ("agent", _) => {
            let Some(agent) = user.and_then(|user| app.directory().agent(user).cloned()) else { return Ok(None) };
            shown("agent", json!({ "agent": view::agent(&agent) }), Audience::Agent(agent.user))
        }
        ("status", _) => {
            let directory = app.directory();
            let Some(agent) = user.and_then(|user| directory.agent(user)) else { return Ok(None) };
            let data = json!({ "user_id": agent.user, "status": view::status(agent) });
            shown("status", data, Audience::User(agent.user))
        }
        ("queue", _) => {
            let id = QueueId(it.subject.unwrap_or_default());
            let queues = view::queue_loads(app).await?;
            let Some(queue) = queues.into_iter().find(|queue| queue.id == id) else { return Ok(None) };
            shown("queue", json!({ "queue": queue }), Audience::Queue(id))
        }
        ("presence", _) => {
            let data = json!({ "user_id": user, "present": it.detail == "1" });
            shown("presence", data, user.map_or(Audience::Staff, Audience::Agent))
        }
        ("gateway", _) => {
            let id = GatewayId(it.subject.unwrap_or_default());
            shown("gateway", json!({ "gateway_id": id }), Audience::Gateway(id))
        }
        ("connect", _) => {
            let data = serde_json::from_str(&it.detail).unwrap_or(Value::Null);
            let row = app.store.row(gateway::ATTEMPT_BY_ID, values![it.subject.unwrap_or_default()]).await?;
            shown("connect", data, Audience::Login(row.map(|row| UserId(gateway::attempt(&row).user))))
        }
        _ => None,
    })
}
