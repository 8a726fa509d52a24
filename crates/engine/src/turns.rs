//! The one way to change a conversation: read it, let the domain decide, commit the decision as one batch, and start
//! over if another writer was faster. There are no locks; the version of the conversation decides (decision 2).
//!
//! [`play`] and [`play_on`] do all of this for an existing conversation. Callers that build a larger batch (an inbox
//! event, a private reply) use [`decide`] inside their own [`optimistic`] attempt.

use std::sync::Arc;

use domain::capabilities::Capabilities;
use domain::conversation::{Conversation, FlowRef};
use domain::decision::Decision;
use domain::entry_point::EntryPoint;
use domain::flow::{FlowBody, Surroundings};
use domain::id::{ConversationId, DeliveryId, MessageId};
use domain::message::Message;
use domain::message_template::MessageTemplate;
use domain::time::{MINUTE, Micros};
use domain::turn::{Entry, NewConversation, Refusal, Templates, Turn, TurnContext};
use store::Batch;
use store::table::identity::{self, Identity};
use store::table::message::Stored;
use store::table::{record, thread};

use crate::engine::Engine;
use crate::flow_surroundings;
use crate::flow_templates;
use crate::optimistic::{Attempt, Contended, optimistic};

/// A turn was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    /// There is no such conversation.
    #[error("there is no such conversation")]
    NoConversation,
    /// The conversation has no such message.
    #[error("there is no such message in the conversation")]
    NoMessage,
    /// The state forbids it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// This message was already sent with the same key of its sender.
    #[error("the same message was sent before")]
    Duplicate(Box<Stored>),
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Other writers were faster every time.
    #[error(transparent)]
    Contended(#[from] Contended),
}

/// The state that a turn starts from.
#[derive(Debug)]
pub struct ThreadState {
    pub identity: Identity,
    /// Whether the customer is new: then they are stored together with the turn.
    pub is_new: bool,
    pub conversation: Thread,
}

/// The conversation that a turn continues or begins.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one is made for each turn, and the existing one is the usual case")]
pub enum Thread {
    /// An existing one.
    Existing(Conversation),
    /// One that the turn begins, with or without an entry point.
    New(Option<Entry>),
}

impl Thread {
    /// A new one, begun by this entry point.
    pub fn begun_by(entry_point: Option<&EntryPoint>) -> Self {
        Self::New(entry_point.map(|it| Entry { id: it.id, queue: it.queue }))
    }
}

/// A turn that was decided but is not committed yet.
#[derive(Debug)]
pub struct Decided<T> {
    /// What the domain decided.
    pub decision: Decision,
    /// The result of the play.
    pub value: T,
    now: Micros,
    newcomer: Option<Identity>,
}

impl<T> Decided<T> {
    /// Adds the decision, and the customer if they are new, to a batch.
    pub fn write(&self, batch: &mut Batch) {
        match &self.newcomer {
            Some(new) if new.comment().is_some() => identity::insert_unmet(batch, new),
            Some(new) => identity::insert(batch, new),
            None => {}
        }
        record::decision(batch, &self.decision, self.now);
    }

    /// Records which delivery contains the text of the event.
    pub fn came_by(&mut self, delivery: DeliveryId) {
        let Decision { messages, mids, .. } = &mut self.decision;
        for message in messages.iter_mut().filter(|message| mids.iter().any(|(_, id)| *id == message.id)) {
            message.data.deliveries.push(delivery);
        }
    }

    /// The result once the batch is committed.
    pub fn committed(self) -> Played<T> {
        let mut conversation = self.decision.conversation;
        conversation.version += 1;
        Played { conversation, messages: self.decision.messages, value: self.value }
    }
}

/// A turn that was committed.
#[derive(Debug)]
pub struct Played<T> {
    /// The conversation afterwards.
    pub conversation: Conversation,
    /// The messages that the turn added.
    pub messages: Vec<Message>,
    /// The result of the play.
    pub value: T,
}

impl Played<MessageId> {
    /// The message whose id the play returned.
    pub fn into_message(self) -> Option<Stored> {
        self.messages.into_iter().find(|message| message.id == self.value).map(Stored::fresh)
    }
}

/// What a turn is about.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    pub conversation: ConversationId,
    /// The message that the play needs in its current state.
    pub message: Option<MessageId>,
    /// The sender's own key of the message that the turn adds: one key, one message.
    pub client_id: Option<&'a str>,
}

impl From<ConversationId> for Subject<'_> {
    fn from(conversation: ConversationId) -> Self {
        Self { conversation, message: None, client_id: None }
    }
}

/// Runs a turn of a conversation. `turn` may run more than once.
pub async fn play<T>(
    app: &Engine,
    id: ConversationId,
    turn: impl Fn(&mut Turn<'_>) -> Result<T, Refusal> + Sync,
) -> Result<Played<T>, TurnError> {
    play_on(app, id.into(), |it, _| turn(it), |_, _| {}).await
}

/// Like [`play`]. `turn` also gets the subject's message; `extend` adds to the batch what must be committed with it.
pub async fn play_on<T>(
    app: &Engine,
    subject: Subject<'_>,
    turn: impl Fn(&mut Turn<'_>, Option<&Stored>) -> Result<T, Refusal> + Sync,
    extend: impl Fn(&mut Batch, &Decision) + Sync,
) -> Result<Played<T>, TurnError> {
    let (turn, extend) = (&turn, &extend);
    let decided = optimistic(&app.store, "turn", |_| async move {
        let (state, message) = read(app, subject).await?;
        let decided = decide(app, state, |it| turn(it, message.as_ref())).await?;
        let mut batch = Batch::new();
        decided.write(&mut batch);
        extend(&mut batch, &decided.decision);
        Ok::<_, TurnError>(Attempt::Commit(batch, decided))
    });
    decided.await.map(Decided::committed)
}

/// Reads everything that a turn starts from in one query.
async fn read(app: &Engine, subject: Subject<'_>) -> Result<(ThreadState, Option<Stored>), TurnError> {
    let found = thread::begin(&app.store, subject.conversation, subject.message, subject.client_id).await?;
    let found = found.ok_or(TurnError::NoConversation)?;
    if subject.message.is_some() && found.message.is_none() {
        return Err(TurnError::NoMessage);
    }
    if let Some(before) = found.added_before {
        return Err(TurnError::Duplicate(Box::new(before)));
    }
    let conversation = Thread::Existing(found.conversation);
    Ok((ThreadState { identity: found.identity, is_new: false, conversation }, found.message))
}

/// The conversation of a message and its customer, to decide a turn on.
pub async fn state_of(app: &Engine, id: ConversationId) -> Result<ThreadState, TurnError> {
    read(app, id.into()).await.map(|(state, _)| state)
}

/// Lets the domain decide a turn. Nothing is written.
pub async fn decide<T>(
    app: &Engine,
    state: ThreadState,
    turn: impl FnOnce(&mut Turn<'_>) -> Result<T, Refusal>,
) -> Result<Decided<T>, TurnError> {
    let ThreadState { identity, is_new, conversation } = state;
    let inputs = Inputs::of(app, &identity, &conversation).await?;
    let context = inputs.context(&identity);
    let (decision, value) = {
        let mut ids = app.id_source();
        let mut play = match conversation {
            Thread::Existing(conversation) => Turn::of(conversation, &context, &mut ids),
            Thread::New(entry) => {
                let new = NewConversation {
                    identity: identity.id,
                    contact: identity.contact,
                    gateway: identity.gateway,
                    account: identity.address.account.clone(),
                    entry,
                };
                Turn::begin(new, &context, &mut ids)
            }
        };
        let value = turn(&mut play)?;
        (play.finish(), value)
    };
    let now = inputs.now;
    Ok(Decided { decision, value, now, newcomer: is_new.then_some(identity) })
}

/// What a [`TurnContext`] borrows from.
struct Inputs {
    now: Micros,
    today: Micros,
    capabilities: &'static Capabilities,
    page_name: String,
    templates: Templates,
    flow: Option<(FlowRef, Arc<FlowBody>)>,
    running: Option<Arc<FlowBody>>,
    surroundings: Surroundings,
    human_agent: bool,
    agent_name: Option<String>,
    agent_available: bool,
    sender_at_work: bool,
    bot_pause: i64,
    message_templates: Vec<MessageTemplate>,
}

impl Inputs {
    async fn of(app: &Engine, identity: &Identity, conversation: &Thread) -> Result<Self, store::Error> {
        let directory = app.directory();
        let (entry_point, run) = match conversation {
            Thread::Existing(it) => (it.data.entry_point, it.living_run().and(it.data.flow)),
            Thread::New(entry) => (entry.map(|entry| entry.id), None),
        };
        let running = match run {
            Some(reference) => app.flow_version(reference).await?,
            None => None,
        };
        let flow = directory.flow_for(identity.gateway, entry_point);
        let message_templates = match running.as_ref().or(flow.as_ref().map(|(_, body)| body)) {
            Some(body) => {
                flow_templates::of_account(app, identity.gateway, &identity.address.account, body).await?
            }
            None => Vec::new(),
        };
        let gateway = directory.gateways.get(&identity.gateway);
        let roster = app.roster();
        let sender = match conversation {
            Thread::Existing(it) => it.sender(),
            Thread::New(_) => None,
        };
        let agent = match conversation {
            Thread::Existing(it) => it.agent.or(it.last_agent).and_then(|agent| roster.get(agent)),
            Thread::New(_) => None,
        };
        let agent_available = match conversation {
            Thread::Existing(it) => {
                agent.is_some_and(|agent| agent.takes_chats() && directory.viewer(agent).may_hold(it))
            }
            Thread::New(_) => false,
        };
        let now = app.clock.now();
        let surroundings = {
            let conversation = match conversation {
                Thread::Existing(it) => Some(it),
                Thread::New(_) => None,
            };
            let flow = running.as_deref().or(flow.as_ref().map(|(_, body)| &**body));
            let about = flow_surroundings::Subject { identity, conversation, flow, now };
            flow_surroundings::of_turn(app, &directory, about).await?
        };
        Ok(Self {
            now,
            today: directory.day(now).start,
            capabilities: app.channels.capabilities(identity.address.account.channel),
            page_name: directory
                .account(identity.gateway, &identity.address.account.id)
                .map(|page| page.name.clone())
                .unwrap_or_default(),
            templates: gateway.map(|known| known.row.templates.clone()).unwrap_or_default(),
            flow,
            message_templates,
            running,
            surroundings,
            agent_name: agent.map(|agent| agent.name.clone()),
            agent_available,
            sender_at_work: sender.is_some_and(|sender| roster.is_at_work(sender)),
            human_agent: gateway.is_some_and(|known| known.row.human_agent),
            bot_pause: gateway.map_or(0, |known| known.row.bot_pause_minutes * MINUTE),
        })
    }

    fn context<'a>(&'a self, identity: &'a Identity) -> TurnContext<'a> {
        TurnContext {
            now: self.now,
            today: self.today,
            capabilities: self.capabilities,
            contact_name: identity.name.as_deref(),
            page_name: &self.page_name,
            templates: &self.templates,
            flow: self.flow.as_ref().map(|(reference, body)| (*reference, &**body)),
            running: self.running.as_deref(),
            queues: &self.surroundings.queues,
            surroundings: &self.surroundings,
            last_user_at: identity.last_user_at,
            human_agent: self.human_agent,
            agent_name: self.agent_name.as_deref(),
            agent_available: self.agent_available,
            sender_at_work: self.sender_at_work,
            bot_pause: self.bot_pause,
            marketing_stopped: identity.marketing_stopped_at.is_some(),
            message_templates: &self.message_templates,
        }
    }
}

/// For background work: if the conversation no longer exists, or its state forbids the turn, nothing more is needed.
/// Only the store's errors are passed on.
pub fn ignore_refusal<T>(result: Result<T, TurnError>) -> Result<Option<T>, store::Error> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(TurnError::Store(error)) => Err(error),
        Err(TurnError::Contended(_)) => {
            tracing::warn!(
                "a conversation changed too often for a piece of background work; the next round tries again"
            );
            Ok(None)
        }
        Err(_) => Ok(None),
    }
}
