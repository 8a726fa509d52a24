//! Operations on a conversation that need more than a single turn.

use domain::agent::Status;
use domain::channel::Address;
use domain::conversation::Conversation;
use domain::id::{ConversationId, FlowId, GatewayId, QueueId, UserId};
use domain::time::Micros;
use domain::turn::{Actor, Refusal, Target};
use store::table::conversation;

use crate::directory::Directory;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::messages;
use crate::roster::Roster;
use crate::turns::{Played, TurnError, play, state_of};

/// The target of a transfer.
#[derive(Debug, Clone, Copy)]
pub enum Destination {
    Queue(QueueId),
    Agent(UserId),
    /// Back to the bot: the published flow of its gateway.
    Flow(FlowId),
}

/// The receiver of a conversation: a destination that can take it.
#[derive(Debug, Clone)]
pub enum Receiver {
    Queue(QueueId),
    Agent {
        user: UserId,
        name: String,
        /// Whether the offer counts as shown at once.
        shown: bool,
    },
    Bot,
}

impl Receiver {
    pub(crate) fn target(&self) -> Target<'_> {
        match self {
            Self::Queue(id) => Target::Queue(*id),
            Self::Agent { user, name, shown } => {
                let colleague = Actor { user: *user, name, supervises: false };
                Target::Agent { colleague, shown: *shown }
            }
            Self::Bot => Target::Bot,
        }
    }
}

/// Transfers a conversation. A colleague gets an offer; a colleague who may not get it is refused by name.
pub async fn transfer(
    app: &Engine,
    by: Actor<'_>,
    it: &Conversation,
    to: Destination,
    note: Option<&str>,
) -> Result<Played<()>> {
    let receiver = receiver(app, it, to)?;
    Ok(play(app, it.id, |turn| turn.transfer(by, receiver.target(), note.map(str::to_owned))).await?)
}

/// The receiver of a transfer to a destination; an error if it is not possible.
pub(crate) fn receiver(app: &Engine, it: &Conversation, to: Destination) -> Result<Receiver> {
    let (directory, roster) = (app.directory(), app.roster());
    Ok(match to {
        Destination::Queue(queue) => {
            directory.queue(queue).ok_or_else(|| Error::field("/queue_id", "There is no such queue."))?;
            Receiver::Queue(queue)
        }
        Destination::Agent(agent) => {
            let (colleague, shown) = colleague(app, &directory, &roster, it, agent)?;
            Receiver::Agent { user: colleague.user, name: colleague.name.to_owned(), shown }
        }
        Destination::Flow(flow) => {
            let own = directory.flow_for(it.gateway, it.data.entry_point);
            if own.is_none_or(|(reference, _)| reference.flow != flow) {
                return Err(Error::field("/flow_id", "Only the published flow of its gateway can take it back."));
            }
            Receiver::Bot
        }
    })
}

/// Asks a colleague to help in a conversation; they get an offer.
pub async fn invite(
    app: &Engine,
    by: Actor<'_>,
    it: &Conversation,
    agent: UserId,
    note: Option<&str>,
) -> Result<Played<()>> {
    let (directory, roster) = (app.directory(), app.roster());
    let (colleague, shown) = colleague(app, &directory, &roster, it, agent)?;
    Ok(play(app, it.id, |turn| turn.invite(by, colleague, shown, note.map(str::to_owned))).await?)
}

/// A colleague who can be offered the conversation, and whether the offer counts as shown at once.
fn colleague<'r>(
    app: &Engine,
    directory: &Directory,
    roster: &'r Roster,
    it: &Conversation,
    agent: UserId,
) -> Result<(Actor<'r>, bool)> {
    let colleague = roster.get(agent).filter(|agent| agent.active);
    let colleague = colleague.ok_or_else(|| Error::field("/agent_id", "There is no such agent."))?;
    let name = &colleague.name;
    if colleague.status == Status::Offline {
        return Err(Error::conflict(format!("{name} is offline. Choose someone who is online, or a queue.")));
    }
    if !directory.viewer(colleague).may_hold(it) {
        return Err(Error::conflict(format!(
            "{name} has no access to this conversation. Choose a colleague who serves its queue."
        )));
    }
    Ok((Actor { user: agent, name, supervises: false }, !app.presence.confirms_offers(colleague)))
}

/// The closed conversation that a customer who writes at `at` continues, if its queue allows that.
pub async fn continued(
    app: &Engine,
    address: &Address,
    gateway: GatewayId,
    at: Micros,
) -> Result<Option<Conversation>, store::Error> {
    let directory = app.directory();
    if directory.queues.iter().all(|queue| queue.settings.reopen_seconds == 0) {
        return Ok(None);
    }
    let last = conversation::last_of_customer(&app.store, address).await?;
    Ok(last.filter(|it| {
        let queue = it.queue.and_then(|id| directory.queue(id));
        it.gateway == gateway && queue.is_some_and(|queue| it.comes_back(at, queue.settings.reopen_seconds))
    }))
}

/// Opens a closed conversation again.
pub async fn reopen(app: &Engine, by: Actor<'_>, id: ConversationId) -> Result<Conversation, TurnError> {
    let address = state_of(app, id).await?.identity.address;
    let newer = async || {
        let open = conversation::open_of_customer(&app.store, &address).await?;
        Ok::<_, store::Error>(open.is_some_and(|open| open.id != id))
    };
    if newer().await? {
        return Err(continued_elsewhere());
    }
    match play(app, id, |turn| turn.reopen(by)).await {
        // The customer wrote in the meantime: the store allows one open conversation.
        Err(TurnError::Contended(_)) if newer().await? => Err(continued_elsewhere()),
        played => {
            let played = played?;
            if let Some(text) = played.value {
                messages::withdraw(app, id, text).await?;
            }
            Ok(played.conversation)
        }
    }
}

fn continued_elsewhere() -> TurnError {
    let why = "The customer has written again since, and has a newer conversation: continue there.";
    Refusal::State(why.into()).into()
}
