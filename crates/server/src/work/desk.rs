//! The desk: plays a turn of one conversation and makes it true. Whoever changes a conversation, a customer, an
//! agent or the clock, does it here, so that the rules about being first stand in one place.

use std::sync::Arc;

use domain::conversation::{Conversation, FlowRef};
use domain::decision::Decision;
use domain::flow::FlowBody;
use domain::id::{ConversationId, GatewayId, MessageId, UserId};
use domain::time::Micros;
use domain::turn::{QueueFacts, Refusal, Scene, Templates, Turn};
use store::table::contact::Identity;
use store::table::message::Stored;
use store::table::{contact, conversation, message, record};
use store::{Batch, CommitError, values};

use crate::app::App;
use crate::clock::now;

/// How often a turn is played again because another writer was quicker.
const TRIES: usize = 20;

/// A turn came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    /// There is no such conversation.
    #[error("there is no such conversation")]
    Gone,
    /// The state forbids it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Somebody was quicker again and again.
    #[error("the conversation changes too quickly")]
    Busy,
}

impl From<TurnError> for crate::web::problem::Problem {
    fn from(error: TurnError) -> Self {
        match error {
            TurnError::Gone => Self::not_found("conversation"),
            TurnError::Refused(refusal) => refusal.into(),
            TurnError::Store(error) => error.into(),
            TurnError::Busy => Self::conflict("This conversation is changing right now: try again."),
        }
    }
}

/// What a scene borrows from.
#[derive(Debug)]
pub struct Stage {
    now: Micros,
    name: Option<String>,
    page_name: String,
    templates: Templates,
    flow: Option<(FlowRef, Arc<FlowBody>)>,
    running: Option<Arc<FlowBody>>,
    queues: Vec<QueueFacts>,
}

impl Stage {
    /// What a turn with this customer may know; `review` is the reviewer to whose review the conversation belongs.
    pub async fn of(
        app: &App,
        gateway: GatewayId,
        page: &str,
        review: Option<UserId>,
        name: Option<String>,
        running: Option<FlowRef>,
    ) -> Result<Self, store::Error> {
        let directory = app.directory();
        let running = match running {
            Some(reference) => app.flow_version(reference).await?,
            None => None,
        };
        Ok(Self {
            now: now(),
            name,
            page_name: directory.page(gateway, page).map(|page| page.name.clone()).unwrap_or_default(),
            templates: directory
                .gateways
                .get(&gateway)
                .map(|known| known.row.templates.clone())
                .unwrap_or_default(),
            flow: directory.flow_for(gateway, review),
            running,
            queues: directory.queue_facts(),
        })
    }

    /// When it is played.
    pub fn now(&self) -> Micros {
        self.now
    }

    /// The scene of a turn.
    pub fn scene(&self) -> Scene<'_> {
        Scene {
            now: self.now,
            contact_name: self.name.as_deref(),
            page_name: &self.page_name,
            templates: &self.templates,
            flow: self.flow.as_ref().map(|(reference, body)| (*reference, &**body)),
            running: self.running.as_deref(),
            queues: &self.queues,
        }
    }
}

/// Plays a turn of a conversation that is there. `play` may run more than once.
pub async fn turn<T>(
    app: &App,
    id: ConversationId,
    play: impl Fn(&mut Turn<'_>) -> Result<T, Refusal>,
) -> Result<(Conversation, T), TurnError> {
    turn_with(app, id, play, |_, _| {}).await
}

/// Like [`turn`]; `more` adds to the batch what must stand or fall with it.
pub async fn turn_with<T>(
    app: &App,
    id: ConversationId,
    play: impl Fn(&mut Turn<'_>) -> Result<T, Refusal>,
    more: impl Fn(&mut Batch, &Decision),
) -> Result<(Conversation, T), TurnError> {
    turn_about(app, id, None, |turn, _| play(turn), more).await
}

/// Like [`turn_with`], about one message: `play` gets it as it is when the turn is played.
pub async fn turn_about<T>(
    app: &App,
    id: ConversationId,
    about: Option<MessageId>,
    play: impl Fn(&mut Turn<'_>, Option<&Stored>) -> Result<T, Refusal>,
    more: impl Fn(&mut Batch, &Decision),
) -> Result<(Conversation, T), TurnError> {
    let Some(known) = conversation::by_id(&app.store, id).await? else { return Err(TurnError::Gone) };
    for _ in 0..TRIES {
        let mut questions = vec![(conversation::BY_ID, values![id]), (contact::BY_ID, values![known.identity])];
        questions.extend(about.map(|message| (message::BY_ID, values![message])));
        let answers = app.store.ask(questions).await?;
        let message = answers.get(2).and_then(|rows| rows.first()).map(message::from_row);
        let message = message.filter(|it| it.message.conversation == id);
        let (Some(it), Some(identity)) = (answers[0].first(), answers[1].first()) else {
            return Err(TurnError::Gone);
        };
        let (it, identity) = (conversation::from_row(it), contact::from_row(identity));
        let running = it.more.run.as_ref().and(it.more.flow);
        let stage = Stage::of(app, it.gateway, &it.page, it.review, identity.name, running).await?;
        let (decision, value) = {
            let scene = stage.scene();
            let mut ids = app.id_source();
            let mut turn = Turn::of(it, &scene, &mut ids);
            let value = play(&mut turn, message.as_ref())?;
            (turn.finish(), value)
        };
        let mut batch = record::decision(&decision, stage.now);
        more(&mut batch, &decision);
        match app.store.commit(batch).await {
            Ok(_) => {
                let mut after = decision.conversation;
                after.version += 1;
                return Ok((after, value));
            }
            Err(CommitError::Store(error)) => return Err(error.into()),
            Err(CommitError::Conflict | CommitError::Duplicate) => {}
        }
    }
    Err(TurnError::Busy)
}

/// Puts everything that an agent holds back into its line, because they are gone.
pub async fn requeue_all(app: &App, agent: UserId, why: &str) -> Result<(), store::Error> {
    for held in conversation::list(&app.store, conversation::HELD_BY, values![agent]).await? {
        settle(
            turn(app, held.id, |turn| {
                if turn.conversation().agent == Some(agent) {
                    turn.requeue(why);
                }
                Ok(())
            })
            .await,
        )?;
    }
    Ok(())
}

/// Closes what is open of a gateway, or of one page of it: it is taken away.
pub async fn abandon_page(app: &App, gateway: GatewayId, page: &str, why: &str) -> Result<(), store::Error> {
    loop {
        let open = conversation::list(&app.store, conversation::OPEN_OF_PAGE, values![gateway, page]).await?;
        if open.is_empty() {
            return Ok(());
        }
        for it in open {
            settle(
                turn(app, it.id, |turn| {
                    turn.abandon(why);
                    Ok(())
                })
                .await,
            )?;
        }
    }
}

/// For work that nobody waits for: what is gone or refused needs nothing more, only the store matters.
pub fn settle<T>(result: Result<T, TurnError>) -> Result<Option<T>, store::Error> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(TurnError::Store(error)) => Err(error),
        Err(TurnError::Gone | TurnError::Refused(_)) => Ok(None),
        Err(TurnError::Busy) => {
            tracing::warn!("a conversation changed too quickly for a piece of background work");
            Ok(None)
        }
    }
}

/// The identity of a customer of a page, if we know them.
pub async fn identity(app: &App, page: &str, external: &str) -> Result<Option<Identity>, store::Error> {
    Ok(app.store.row(contact::BY_EXTERNAL, values![page, external]).await?.as_ref().map(contact::from_row))
}
