//! Push notifications (Web Push): what an agent must know while none of their screens is visible, and failed steps of
//! flows for administrators, sent to the browsers that they allowed it for. The browser's push service delivers it, encrypted; it is best effort, so
//! nothing is retried.

use std::sync::atomic::Ordering;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use domain::agent::{Agent, COME_BACK, Reason, Status};
use domain::conversation::{Conversation, State};
use domain::id::{ConversationId, FlowId, MessageId, UserId};
use domain::message::{Direction, Kind, SenderKind};
use domain::role::Permission;
use domain::secret::Secret;
use domain::time::{DAY, MINUTE, Micros, SECOND};
use domain::user_settings::{Language, Occasion};
use serde::{Deserialize, Serialize};
use store::table::event::{self, Event, Place, Stored};
use store::table::push_subscription::{self, PushSubscription};
use store::table::{agent, conversation, message, user, user_settings};
use store::{Batch, CommitError, Signal};
use tokio::task::JoinSet;
use utoipa::ToSchema;

use crate::clients::web_push::encryption;
use crate::clock::rfc3339;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::flow_failures::Announcement;
use crate::opening_hours::zone;
use crate::users::By;
use crate::worker::{Context, Next, Schedule, Worker, guarded, until};
use crate::{secrets, view};

/// Events that are read from the bus at once.
const PAGE: i64 = 200;
/// Pushes on their way at once.
const AT_ONCE: usize = 16;
/// How long a message's push may wait for the phone.
const MESSAGE_VALID: i64 = 10 * MINUTE;
/// The same for a failed step of a flow. It fails until an administrator does something about it.
const FAILURE_VALID: i64 = DAY;
/// Browsers write base64url without padding; some libraries pad it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A browser that wants push notifications, in the format of `PushSubscription.toJSON()`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPush)]
pub struct NewPush {
    /// The address at which its push service accepts messages from anyone who knows it.
    #[schema(value_type = String)]
    pub endpoint: Secret,
    /// When it expires, in the browser's own format; ignored.
    #[serde(rename = "expirationTime", default, skip_serializing)]
    #[schema(value_type = Option<f64>)]
    pub expiration_time: Option<serde_json::Value>,
    /// What messages are encrypted with.
    pub keys: PushKeys,
}

/// What messages for a browser are encrypted with, as base64url.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PushKeys {
    /// Its public key.
    pub p256dh: String,
    /// The secret that it shares with permitted senders.
    pub auth: String,
}

impl std::fmt::Debug for PushKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PushKeys")
    }
}

/// A browser that gets push notifications.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PushEndpoint)]
pub struct PushEndpoint {
    /// The address at which its push service accepts messages from anyone who knows it.
    #[schema(value_type = String)]
    pub endpoint: Secret,
}

fn purpose(hash: &str) -> String {
    format!("push subscription {hash}")
}

/// Subscribes a browser to push notifications, while the session or API token of the request is valid.
pub async fn subscribe(app: &Engine, by: By<'_>, new: NewPush) -> Result<PushEndpoint> {
    let mut fields = Fields::default();
    if new.endpoint.len() > 2_000 {
        fields.bad("/endpoint", "This address is too long: at most 2,000 characters are possible.");
    } else if let Err(error) = app.hooks.check(&new.endpoint) {
        fields.bad("/endpoint", error.english());
    }
    if !BASE64.decode(&new.keys.p256dh).is_ok_and(|point| encryption::is_point(&point)) {
        fields.bad(
            "/keys/p256dh",
            "This is no public key of a browser: send the subscription as the browser gives it.",
        );
    }
    if !BASE64.decode(&new.keys.auth).is_ok_and(|auth| auth.len() == encryption::AUTH) {
        fields.bad("/keys/auth", "This is no secret of a browser: send the subscription as the browser gives it.");
    }
    fields.done()?;
    let hash = secrets::hash(&new.endpoint);
    let sealed = app.cipher.seal(&store::json::json(&new), &purpose(&hash));
    let via = by.session.map(str::to_owned).or(by.token.map(|id| id.to_string())).unwrap_or_default();
    let mut batch = Batch::new();
    push_subscription::put(&mut batch, by.user, &via, &PushSubscription { hash, sealed }, app.clock.now());
    app.store.commit(batch).await?;
    app.pushes.store(true, Ordering::Relaxed);
    Ok(PushEndpoint { endpoint: new.endpoint })
}

/// Unsubscribes a browser.
pub async fn unsubscribe(app: &Engine, by: UserId, endpoint: &str) -> Result<()> {
    let mut batch = Batch::new();
    push_subscription::delete(&mut batch, by, &secrets::hash(endpoint));
    match app.store.commit(batch).await {
        Ok(_) => Ok(()),
        Err(CommitError::Conflict) => Err(Error::NotFound("push subscription")),
        Err(error) => Err(error.into()),
    }
}

/// What a browser shows. The browser words it, because only it knows the user's language if they chose none.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Notice {
    /// A conversation is offered.
    Offer { name: String, place: String },
    /// A customer wrote in the user's own conversation.
    Message { name: String },
    /// A colleague mentions the user in a note.
    Mention { name: String, by: String },
    /// The user's browser lost the connection, and their conversations will soon go to others.
    Lost { conversations: i64 },
    /// A step of a flow failed, and the flow does not say what comes then.
    FlowFailed { flow: String, step: String },
}

/// A notice on its way to one user.
#[derive(Debug, Clone, Serialize)]
struct Push {
    #[serde(flatten)]
    notice: Notice,
    /// Another one with the same tag replaces it.
    tag: String,
    /// What a tap opens.
    path: String,
    /// The language that the user chose.
    language: Option<Language>,
    /// Until when it is relevant.
    expires_at: String,
    #[serde(skip)]
    until: Micros,
    #[serde(skip)]
    is_urgent: bool,
}

/// Follows the event table and sends push notifications.
#[derive(Debug)]
pub struct Pushes {
    app: Engine,
    place: Option<Place>,
    tasks: JoinSet<()>,
}

impl Worker for Pushes {
    const SCHEDULE: Schedule = Schedule::new("pushes", Some(Signal::Events));

    fn new(app: &Engine) -> Self {
        Self { app: app.clone(), place: None, tasks: JoinSet::new() }
    }

    /// The place is reset: missed notifications are not sent later.
    fn after_panic(mut self, _: &Engine) -> Self {
        self.place = None;
        self
    }

    async fn round(&mut self, context: &Context) -> Result<Next, store::Error> {
        while self.tasks.try_join_next().is_some() {}
        if !self.app.pushes.load(Ordering::Relaxed) {
            self.place = None;
            return Ok(Next::Poll);
        }
        let mut place = match self.place {
            Some(place) => place,
            None => event::newest(&self.app.store).await?,
        };
        self.place = Some(place);
        loop {
            let page = event::after(&self.app.store, place, PAGE).await?;
            let Some(last) = page.last().map(|last| last.place) else { break };
            for it in page.iter().filter(|it| !it.bulk) {
                self.tell(it).await?;
            }
            place = last;
            self.place = Some(place);
            context.progress();
        }
        let longest = i64::try_from(until(&self.app.clock, None).as_micros()).unwrap_or(i64::MAX);
        Ok(Next::At(Some(self.app.clock.now().plus(longest))))
    }

    async fn finish(mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}

impl Pushes {
    async fn tell(&mut self, it: &Stored) -> Result<(), store::Error> {
        for (user, happened) in concerned(&self.app, it).await? {
            self.tell_user(user, happened).await?;
        }
        Ok(())
    }

    async fn tell_user(&mut self, user: UserId, occasion: Happened) -> Result<(), store::Error> {
        let app = &self.app;
        if app.presence.is_watching(user) && occasion.is_on_screen() {
            return Ok(());
        }
        let browsers = push_subscription::of_user(&app.store, user).await?;
        if browsers.is_empty() {
            return Ok(());
        }
        let (settings, _) = user_settings::of(&app.store, user).await?;
        let zone = settings.quiet_hours.as_ref().and_then(|quiet| zone(&quiet.time_zone));
        if !settings.shows(occasion.kind(), app.clock.now(), zone.as_ref()) {
            return Ok(());
        }
        let Some(push) = made(app, occasion, settings.language).await? else { return Ok(()) };
        for browser in browsers {
            while self.tasks.len() >= AT_ONCE {
                self.tasks.join_next().await;
            }
            let (app, push) = (self.app.clone(), push.clone());
            self.tasks.spawn(async move {
                if guarded(deliver(&app, &browser, &push)).await.is_none() {
                    tracing::error!("sending a push notification panicked");
                }
            });
        }
        Ok(())
    }
}

/// What happened, and to which user.
enum Happened {
    Offered(Box<Conversation>),
    Written(Box<Conversation>),
    Mentioned { conversation: Box<Conversation>, by: String, note: MessageId },
    Lost(Box<Agent>),
    FlowFailed { flow: FlowId, name: String, step: String },
}

impl Happened {
    fn kind(&self) -> Occasion {
        match self {
            Self::Offered(_) | Self::Lost(_) => Occasion::Offers,
            Self::Written(_) | Self::Mentioned { .. } => Occasion::Messages,
            Self::FlowFailed { .. } => Occasion::Flows,
        }
    }

    /// Whether every screen shows it. Failures are on the overview only.
    fn is_on_screen(&self) -> bool {
        !matches!(self, Self::FlowFailed { .. })
    }
}

/// The users to notify of an event.
async fn concerned(app: &Engine, it: &Stored) -> Result<Vec<(UserId, Happened)>, store::Error> {
    let happened = match it.event {
        Some(Event::FlowFailed(flow, ref detail)) => return failed(app, flow, detail).await,
        Some(Event::Offer(id, user)) => {
            let conversation = conversation::by_id(&app.store, id).await?;
            let still = conversation.filter(|it| it.data.offer.as_ref().is_some_and(|offer| offer.agent == user));
            still.map(|conversation| (user, Happened::Offered(Box::new(conversation))))
        }
        Some(Event::MessageAdded(id, message)) => return added(app, id, message, it.at).await,
        Some(Event::AgentStatus(user)) => {
            let agent = agent::by_id(&app.store, user).await?;
            let lost = agent.filter(|it| {
                it.status == Status::Offline
                    && it.reason == Some(Reason::Lost)
                    && it.lost_at.is_some()
                    && it.open > 0
            });
            lost.map(|agent| (user, Happened::Lost(Box::new(agent))))
        }
        _ => None,
    };
    Ok(happened.into_iter().collect())
}

/// The users to notify of a failed step of a flow: those who may change it, such as administrators.
async fn failed(app: &Engine, flow: FlowId, detail: &str) -> Result<Vec<(UserId, Happened)>, store::Error> {
    let Some(Announcement { flow: name, failure, .. }) = Announcement::read(detail) else { return Ok(Vec::new()) };
    let at = app.clock.now();
    let happened = || Happened::FlowFailed { flow, name: name.clone(), step: failure.node.clone() };
    let users = user::list(&app.store).await?;
    let editors = users.iter().filter(|it| it.may_enter(at) && it.role.may(Permission::Flows));
    Ok(editors.map(|it| (it.id, happened())).collect())
}

/// The users to notify of a new message: the agent of a customer's message, the colleagues mentioned in a note.
async fn added(
    app: &Engine,
    id: ConversationId,
    message: MessageId,
    at: Micros,
) -> Result<Vec<(UserId, Happened)>, store::Error> {
    let Some(conversation) = conversation::by_id(&app.store, id).await? else { return Ok(Vec::new()) };
    let Some(stored) = message::by_id(&app.store, message).await? else { return Ok(Vec::new()) };
    let message = stored.message;
    if message.kind == Kind::Note {
        let mentioned = |by: &str| Happened::Mentioned {
            conversation: Box::new(conversation.clone()),
            by: by.to_owned(),
            note: message.id,
        };
        return Ok(message.data.mentions.iter().map(|user| (*user, mentioned(&message.sender.name))).collect());
    }
    let is_customers = message.direction == Direction::In && message.sender.kind == SenderKind::Contact;
    // Messages from before the agent accepted are not new to them, however late the event is read.
    let accepted_at = conversation.data.accepted_at.filter(|accepted_at| *accepted_at <= at);
    let agent = conversation.agent.filter(|_| conversation.state == State::Active && accepted_at.is_some());
    let notified = agent.filter(|_| is_customers);
    Ok(notified.map(|user| (user, Happened::Written(Box::new(conversation)))).into_iter().collect())
}

/// Builds the notification; None if it is already outdated.
async fn made(app: &Engine, what: Happened, language: Option<Language>) -> Result<Option<Push>, store::Error> {
    let at = app.clock.now();
    let (notice, tag, path, until, is_urgent) = match what {
        Happened::Offered(conversation) => {
            let Some(offer) = &conversation.data.offer else { return Ok(None) };
            let until = offer.until;
            let shown = view::conversation(app, &conversation).await?;
            let place = shown.queue.map_or(shown.account.name, |queue| queue.name);
            let notice = Notice::Offer { name: shown.contact.name, place };
            (notice, format!("offer-{}", conversation.id), "/workspace".to_owned(), until, true)
        }
        Happened::Written(conversation) => {
            let shown = view::conversation(app, &conversation).await?;
            let (tag, path) = (format!("message-{}", conversation.id), format!("/workspace/{}", conversation.id));
            (Notice::Message { name: shown.contact.name }, tag, path, at.plus(MESSAGE_VALID), false)
        }
        Happened::Mentioned { conversation, by, note } => {
            let shown = view::conversation(app, &conversation).await?;
            let path = format!("/workspace/{}?at={note}", conversation.id);
            let notice = Notice::Mention { name: shown.contact.name, by };
            (notice, format!("mention-{}", conversation.id), path, at.plus(MESSAGE_VALID), false)
        }
        Happened::Lost(agent) => {
            let until = agent.lost_at.unwrap_or(at).plus(COME_BACK);
            (Notice::Lost { conversations: agent.open }, "lost".to_owned(), "/workspace".to_owned(), until, true)
        }
        Happened::FlowFailed { flow, name, step } => {
            // One for each step, although push services take at most 32 characters.
            let tag = format!("flow-{}", &secrets::hash(&format!("{flow} {step}"))[..24]);
            (
                Notice::FlowFailed { flow: name, step },
                tag,
                format!("/admin/flows/{flow}"),
                at.plus(FAILURE_VALID),
                false,
            )
        }
    };
    let push = Push { notice, tag, path, language, expires_at: rfc3339(until), until, is_urgent };
    Ok(Some(push).filter(|_| until > at))
}

/// Sends one push to one browser; a browser that its service no longer knows is forgotten.
async fn deliver(app: &Engine, browser: &PushSubscription, push: &Push) {
    let opened = app.cipher.open(&browser.sealed, &purpose(&browser.hash));
    let known: Option<NewPush> = opened.and_then(|text| serde_json::from_str(&text).ok());
    let outcome = match &known {
        Some(to) => send(app, to, push).await,
        None => "unreadable",
    };
    metrics::counter!("deskbell_pushes_total", "outcome" => outcome).increment(1);
    if matches!(outcome, "gone" | "unreadable") {
        let mut batch = Batch::new();
        push_subscription::forget(&mut batch, &browser.hash);
        if let Err(error) = app.store.commit(batch).await {
            tracing::warn!(%error, "a browser that is gone could not be forgotten now");
        }
    }
}

async fn send(app: &Engine, to: &NewPush, push: &Push) -> &'static str {
    let (Ok(point), Ok(auth)) = (BASE64.decode(&to.keys.p256dh), BASE64.decode(&to.keys.auth)) else {
        return "unreadable";
    };
    let Ok(body) = encryption::encrypt(store::json::json(push).as_bytes(), &point, &auth) else {
        return "unreadable";
    };
    let Ok(url) = app.hooks.check(&to.endpoint) else { return "forbidden" };
    let at = app.clock.now();
    let valid = (push.until.since(at) / SECOND).max(1).to_string();
    let is_public = app.config.is_https();
    let contact = if is_public { &app.config.public_url } else { "mailto:deskbell@localhost.invalid" };
    let authorization = app.vapid.authorization(&url.origin().ascii_serialization(), contact, at);
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-type", "application/octet-stream"),
        ("content-encoding", "aes128gcm"),
        ("ttl", &valid),
        ("urgency", if push.is_urgent { "high" } else { "normal" }),
        ("topic", &push.tag),
    ];
    match app.hooks.send(url, &headers, body).await {
        Ok(200..300) => "sent",
        Ok(404 | 410) => "gone",
        Ok(status) => {
            tracing::warn!(status, "a push service refused a notification");
            "refused"
        }
        Err(error) => {
            tracing::info!(why = %error.english(), "a push service could not be reached");
            "unreachable"
        }
    }
}
