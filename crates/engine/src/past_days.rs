//! Conversations of days gone by, for the demo. They are played by the same turns as real ones, at moments of the past, and stored
//! by the same statements; but nothing is sent, and no agent's status changes. No route leads here.

use std::cell::Cell;
use std::sync::Arc;

use domain::conversation::Conversation;
use domain::decision::Decision;
use domain::flow::Surroundings;
use domain::id::{QueueId, UserId};
use domain::inbound::Said;
use domain::message::{Direction, Kind, Status};
use domain::queue::QueueSettings;
use domain::satisfaction::{Answer, CsatSettings};
use domain::time::Micros;
use domain::turn::{
    Actor, NewConversation, OutgoingContent, QueueFacts, Refusal, Target, Templates, Turn, TurnContext,
};
use domain::visibility::TakeScope;
use store::Batch;
use store::table::contact::Identity;
use store::table::{identity, record};

use crate::clock::id_at;
use crate::directory::Directory;
use crate::engine::Engine;
use crate::error::Result;
use crate::roster::Roster;
use crate::turns::TurnError;

/// Conversations that are stored in one batch.
const TOGETHER: usize = 25;

/// A customer's visit: what happened in its conversation, in this order. It begins with something that they write.
#[derive(Debug)]
pub struct Visit {
    pub customer: Identity,
    /// Whether it is the customer's first one.
    pub is_first: bool,
    /// Where they wait.
    pub queue: QueueId,
    pub steps: Vec<(Micros, Step)>,
}

/// What someone did.
#[derive(Debug)]
pub enum Step {
    /// The customer writes.
    Writes(String),
    /// An agent takes the conversation.
    Takes(UserId),
    /// An agent writes.
    Says(UserId, String),
    /// An agent sends it to another queue.
    Transfers(UserId, QueueId),
    /// An agent closes it, or, while the customer waits, a supervisor does.
    Closes(UserId),
    /// The customer says how satisfied they are, from 1 to 5.
    Rates(u8),
}

/// Stores visits.
pub async fn write(app: &Engine, visits: Vec<Visit>) -> Result<()> {
    let (directory, roster) = (app.directory(), app.roster());
    let mut queues = directory.queue_facts(&roster, app.clock.now(), None);
    for queue in &mut queues {
        let csat = CsatSettings { enabled: true, ..queue.settings.csat.clone() };
        let settings = QueueSettings { csat, wrap_up_seconds: 0, form_id: None, ..(*queue.settings).clone() };
        *queue =
            QueueFacts { settings: Arc::new(settings), form: None, online: true, open: true, ..queue.clone() };
    }
    let player = Player {
        app,
        roster: &roster,
        queues,
        templates: Templates::default(),
        surroundings: Surroundings::default(),
        directory: &directory,
        number: Cell::new(0),
    };
    let mut visits = visits.into_iter().peekable();
    while visits.peek().is_some() {
        let mut batch = Batch::new();
        for visit in visits.by_ref().take(TOGETHER) {
            if visit.is_first {
                identity::insert(&mut batch, &visit.customer);
                identity::stop_profile(&mut batch, visit.customer.id);
            }
            let mut conversation = None;
            for (at, step) in &visit.steps {
                let decision = player.play(&visit, conversation, *at, step).map_err(TurnError::from)?;
                record::decision(&mut batch, &decision, *at);
                let version = if decision.created { 1 } else { decision.conversation.version + 1 };
                conversation = Some(Conversation { version, ..decision.conversation });
            }
        }
        app.store.commit(batch).await?;
    }
    Ok(())
}

struct Player<'a> {
    app: &'a Engine,
    roster: &'a Roster,
    queues: Vec<QueueFacts>,
    templates: Templates,
    surroundings: Surroundings,
    directory: &'a Directory,
    number: Cell<i64>,
}

impl Player<'_> {
    fn actor(&self, user: UserId) -> Actor<'_> {
        let name = self.roster.get(user).map_or("", |agent| &agent.name);
        Actor { user, name, supervises: false }
    }

    /// A number that no other id or message has.
    fn number(&self) -> i64 {
        self.number.replace(self.number.get() + 1)
    }

    fn play(
        &self,
        visit: &Visit,
        conversation: Option<Conversation>,
        now: Micros,
        step: &Step,
    ) -> Result<Decision, Refusal> {
        let Visit { customer, queue, .. } = visit;
        // Who names no queue gets into the first.
        let mut queues = self.queues.clone();
        queues.sort_by_key(|known| known.id != *queue);
        let agent = conversation.as_ref().and_then(|it| it.agent);
        let agent_name = agent.map(|agent| self.actor(agent).name.to_owned());
        let mid = format!("past-{}", self.number());
        // Ids are ordered by time: these are of that moment.
        let mut ids = || id_at(now) + self.number();
        let account = self.directory.account(customer.gateway, &customer.address.account.id);
        let context = TurnContext {
            now,
            today: self.directory.day(now).start,
            capabilities: self.app.channels.capabilities(customer.address.account.channel),
            contact_name: customer.name.as_deref(),
            page_name: account.map_or("", |account| &account.name),
            templates: &self.templates,
            flow: None,
            running: None,
            queues: &queues,
            last_user_at: Some(now),
            human_agent: false,
            agent_name: agent_name.as_deref(),
            agent_available: true,
            sender_at_work: true,
            bot_pause: 0,
            marketing_stopped: false,
            message_templates: &[],
            surroundings: &self.surroundings,
        };
        let mut turn = match conversation {
            Some(conversation) => Turn::of(conversation, &context, &mut ids),
            None => {
                let (identity, contact, gateway) = (customer.id, customer.contact, customer.gateway);
                let account = customer.address.account.clone();
                Turn::begin(
                    NewConversation { identity, contact, gateway, account, entry: None },
                    &context,
                    &mut ids,
                )
            }
        };
        let written = |text: &str| Said { mid: mid.clone(), text: Some(text.into()), ..Said::default() };
        let played = match step {
            Step::Writes(text) => {
                turn.receive(written(text), Some(now), None);
                Ok(())
            }
            Step::Takes(user) => turn.take(self.actor(*user), TakeScope::Waiting),
            Step::Says(user, text) => {
                let content = OutgoingContent { text: Some(text.clone()), ..OutgoingContent::default() };
                turn.say_as_agent(self.actor(*user), content).map(|_| ())
            }
            Step::Transfers(user, queue) => turn.transfer(self.actor(*user), Target::Queue(*queue), None),
            Step::Closes(user) => turn.close(Actor { supervises: true, ..self.actor(*user) }, None),
            Step::Rates(score) => {
                turn.rated(&written(&score.to_string()), &Answer::Score(*score), Some(now), None);
                Ok(())
            }
        };
        let mut decision = turn.finish();
        played?;
        over(&mut decision);
        Ok(decision)
    }
}

/// What is over needs no sending, no work of an agent and no ringing; the customer has read what they were sent.
fn over(decision: &mut Decision) {
    decision.sends.clear();
    decision.agents.clear();
    decision.calls.clear();
    decision.routing = false;
    for message in &mut decision.messages {
        if message.direction == Direction::Out && message.kind != Kind::Event {
            message.status = Status::Read;
        }
    }
    decision.conversation.unread = 0;
}
