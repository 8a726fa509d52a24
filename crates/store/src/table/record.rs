//! Turns a decision of the domain into one batch: the message, the conversation, the outbox, the events.

use domain::capabilities::Capabilities;
use domain::channel::Account;
use domain::conversation::Conversation;
use domain::decision::{Change, Decision, Event, Send};
use domain::id::{ConversationId, IdentityId, Ids, MessageId, OutboxId};
use domain::message::{Message, MessageData, SenderKind, Status};
use domain::outbound::Speaker;
use domain::search::indexed;
use domain::time::Micros;

use super::{
    agent, dead_file, entry_point, event, flow_failure, identity, job, label, medium, mention, message, mid,
    outbox, queue_wait,
};
use crate::batch::statements;
use crate::json::json;
use crate::text::fold;
use crate::{Batch, Signal, Value, values};

statements! {
    /// Begins a conversation. An identity has at most one open conversation: a second one conflicts.
    INSERT = "INSERT INTO conversation (id, identity_id, contact_id, gateway_id, account_id, created_at, state, is_open, queue_id,
        agent_id, last_agent_id, offered_to, offered_by, priority, last_activity_at, queued_at, accepted_at, closed_at, due_at, unread, data,
        colleagues, run_flow, run_version, run_node, run_left, isolated, channel, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26,
        $27, $28, 1)";
    /// Changes a conversation that is still the one that was read.
    UPDATE = "UPDATE conversation SET state = $3, is_open = $4, queue_id = $5, agent_id = $6, last_agent_id = $7, offered_to = $8,
        offered_by = $9, priority = $10, last_activity_at = $11, queued_at = $12, accepted_at = $13, closed_at = $14, due_at = $15,
        unread = $16, data = $17, colleagues = $18, run_flow = $19, run_version = $20, run_node = $21, run_left = $22, version = version + 1 WHERE id = $1 AND version = $2";
}

/// Adds all statements that carry out a decision of a turn. `now` is the time of the turn.
pub fn decision(batch: &mut Batch, decision: &Decision, now: Micros) {
    let conversation = &decision.conversation;
    if decision.created {
        let mut params = values![
            conversation.id,
            conversation.identity,
            conversation.contact,
            conversation.gateway,
            &conversation.account.id,
            conversation.created_at
        ];
        params.extend(state(conversation));
        params.extend(values![conversation.isolated, conversation.account.channel]);
        batch.must(INSERT, params);
        if let Some(id) = conversation.data.entry_point {
            entry_point::count(batch, id);
        }
        // The customer may have been erased or merged since they were read: then the turn runs again.
        batch.must(identity::HOLD, values![conversation.identity, conversation.contact, decision.window_at]);
    } else {
        let mut params = values![conversation.id, conversation.version];
        params.extend(state(conversation));
        batch.must(UPDATE, params);
    }
    for (mid, id) in &decision.mids {
        // A message that is already stored makes the whole batch a conflict; reading again shows it.
        let account = &conversation.account;
        batch.must(mid::INSERT_MID, values![&account.id, mid, *id, 0_i64, account.channel]);
    }
    for added in &decision.messages {
        batch.must(message::INSERT, message::insert_params(added));
        mention::record(batch, added);
        for file in added.data.files.iter().chain(&added.data.pictures) {
            if file.is_remote() {
                batch.push(medium::INSERT, medium::in_message(added, file, now));
                batch.notify(Signal::Fetch);
            } else {
                batch.push(medium::ATTACH, values![file.medium, added.id]);
            }
        }
    }
    for change in &decision.changes {
        apply(batch, change);
    }
    for change in &decision.labels {
        label::change_named(batch, conversation.id, change);
    }
    for call in &decision.calls {
        job::insert(batch, conversation.id, call, now);
    }
    for failure in &decision.flow_failures {
        flow_failure::add(batch, conversation.id, failure, now);
    }
    for send in &decision.sends {
        queue(batch, conversation, send, now);
    }
    for effect in &decision.agents {
        agent::apply(batch, *effect, now);
    }
    for wait in &decision.wait {
        queue_wait::record(batch, conversation, *wait, now);
    }
    if let Some(at) = decision.window_at.filter(|_| !decision.created) {
        move_window(batch, conversation.identity, at);
    }
    for happened in &decision.events {
        match happened {
            // Outgoing webhooks distinguish new messages from changed ones.
            Event::Message(conversation, id) if decision.messages.iter().any(|added| added.id == *id) => {
                event::add(batch, &event::Event::MessageAdded(*conversation, *id), now);
            }
            _ => tell(batch, happened, now),
        }
    }
    if decision.routing {
        if let Some(id) = conversation.queue {
            event::add(batch, &event::Event::Queue(id), now);
        }
        batch.notify(Signal::Routing);
    }
}

/// The columns that both texts share, in their order.
fn state(it: &Conversation) -> Vec<Value> {
    let place = it.flow_place();
    values![
        it.state.word(),
        it.state.is_open().then_some(1_i64),
        it.queue,
        it.agent,
        it.last_agent,
        it.data.offer.as_ref().map(|offer| offer.agent),
        it.sender(),
        it.priority,
        it.last_activity_at,
        it.queued_at,
        it.data.accepted_at,
        it.closed_at,
        it.due_at(),
        it.unread,
        json(&it.data),
        colleagues(it),
        place.map(|place| place.flow.flow),
        place.map(|place| place.flow.version),
        place.map(|place| place.node.to_owned()),
        place.map(|place| i64::from(place.left))
    ]
}

/// The users who are invited or take part, in the form that statements search: `,1,2,`, or empty.
fn colleagues(it: &Conversation) -> String {
    let invited = it.data.invitations.iter().map(|it| it.agent);
    let ids: String =
        invited.chain(it.data.participants.iter().map(|it| it.agent)).map(|id| format!("{id},")).collect();
    if ids.is_empty() { ids } else { format!(",{ids}") }
}

fn queue(batch: &mut Batch, conversation: &Conversation, send: &Send, now: Micros) {
    let speaker = match send.speaker {
        Speaker::Agent => "agent",
        Speaker::Bot => "bot",
    };
    batch.push(
        outbox::INSERT,
        values![
            send.id,
            send.message,
            send.part_no,
            conversation.id,
            conversation.identity,
            conversation.gateway,
            &conversation.account.id,
            json(&send.part),
            speaker,
            send.reply_to.map(|id| id.to_string()),
            now,
            conversation.account.channel
        ],
    );
    if send.part_no == 0 && send.message.is_some() {
        let Account { channel, id } = &conversation.account;
        batch.push(outbox::INHERIT_ERROR, values![send.message, *channel, id, conversation.identity, send.id]);
    }
    batch.notify(Signal::Outbox);
}

/// A change to a message outside of a turn, with its event.
pub fn change(batch: &mut Batch, conversation: ConversationId, change: &Change, now: Micros) {
    apply(batch, change);
    tell(batch, &Event::Message(conversation, change.message()), now);
}

/// Puts parts of a message into the outbox again, at the end of its queue: all except those in `keep`.
pub fn again(
    batch: &mut Batch,
    conversation: &Conversation,
    it: &Message,
    capabilities: &Capabilities,
    done: &[i64],
    ids: &mut dyn Ids,
    now: Micros,
) {
    let speaker = if it.sender.kind == SenderKind::Agent { Speaker::Agent } else { Speaker::Bot };
    for (part_no, part) in (0_u32..).zip(it.parts(capabilities)).filter(|(n, _)| !done.contains(&i64::from(*n))) {
        let reply_to = it.data.reply_to.filter(|_| part_no == 0);
        let send = Send { id: OutboxId::fresh(ids), message: Some(it.id), part_no, part, speaker, reply_to };
        queue(batch, conversation, &send, now);
    }
    tell(batch, &Event::Message(conversation.id, it.id), now);
}

/// Changes the data of a message that no screen shows. `before` is its `data` exactly as stored.
pub fn data(batch: &mut Batch, message: MessageId, before: &str, after: &MessageData) {
    batch.must(message::SWAP_DATA, values![message, json(after), before]);
}

/// The customer's reaction on a message changed. `before` is its `data` exactly as stored: both sides may react at
/// the same moment, and the one that read the older state conflicts and reads again.
pub fn reactions(
    batch: &mut Batch,
    conversation: ConversationId,
    message: MessageId,
    before: &str,
    after: &MessageData,
    now: Micros,
) {
    batch.must(message::SWAP_DATA, values![message, json(after), before]);
    tell(batch, &Event::Message(conversation, message), now);
}

fn apply(batch: &mut Batch, change: &Change) {
    match change {
        Change::Edited { message, text, number, at } => {
            batch.push(message::EDIT, values![*message, text, fold(text), *at, *number, indexed(text)]);
        }
        Change::Event { message, event } => {
            let (quoted, event) = (event.quoted(), Some(event.clone()));
            batch.push(
                message::SET_EVENT,
                values![
                    *message,
                    json(&MessageData { event, ..MessageData::default() }),
                    fold(&quoted),
                    indexed(&quoted)
                ],
            );
        }
        Change::Scheduled { message, text, at, data, status, error } => {
            let (words, error) = (text.clone().unwrap_or_default(), error.as_ref().map(json));
            let params = values![*message, text.as_deref(), fold(&words), *at, json(data), status.word(), error];
            batch.must(message::SCHEDULED, params);
        }
        Change::Unsent { message, at } => {
            batch.push(message::UNSEND, values![*message, *at]);
            dead_file::bury_of_message(batch, *message, *at);
        }
        Change::Reactions { message, data } => {
            batch.push(message::SET_DATA, values![*message, json(data)]);
        }
        Change::Receipt { message, status, at } => {
            let sql = if *status == Status::Read { message::READ } else { message::DELIVERED };
            batch.push(sql, values![*message, *at]);
        }
    }
}

/// The customer did something that opens the window.
pub fn move_window(batch: &mut Batch, identity: IdentityId, at: Micros) {
    batch.push(identity::MOVE_WINDOW, values![identity, at]);
}

/// Adds an event of the domain to the bus.
pub fn tell(batch: &mut Batch, happened: &Event, now: Micros) {
    let event = match happened {
        Event::Message(conversation, id) => event::Event::MessageChanged(*conversation, *id),
        Event::Conversation(conversation) => event::Event::Conversation(*conversation),
        Event::Offer(conversation, agent) => event::Event::Offer(*conversation, *agent),
        Event::OfferEnded(conversation, agent, end) => event::Event::OfferEnded(*conversation, *agent, *end),
    };
    event::add(batch, &event, now);
}
