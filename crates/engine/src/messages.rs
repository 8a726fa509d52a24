//! An agent's operations on single messages: send, resend, withdraw, react.

use domain::conversation::Conversation;
use domain::id::{ConversationId, MediumId, MessageId, UserId};
use domain::message::{File, Message, Status};
use domain::turn::{Actor, OutgoingContent, Refusal, Rescheduled, Turn};
use store::table::message::{self, Stored};
use store::table::outbox::{self, State};
use store::table::{comment, delivery_status, medium, mid, record};
use store::{Batch, Signal};

use crate::engine::Engine;
use crate::optimistic::commit_if_first;
use crate::turns::{self, Subject, TurnError, ignore_refusal, play_on};
use crate::{private_reply, send_result};

/// Sends something to the customer: stored and queued in one step. A repeated `client_id` is [`TurnError::Duplicate`]
/// with the message that was sent before.
pub async fn send(
    app: &Engine,
    by: Actor<'_>,
    id: ConversationId,
    content: OutgoingContent,
) -> Result<Stored, TurnError> {
    let client_id = content.client_id.clone();
    let subject = Subject { conversation: id, message: None, client_id: client_id.as_deref() };
    let played = play_on(app, subject, |turn, _| turn.say_as_agent(by, content.clone()), |_, _| {}).await?;
    played.into_message().ok_or(TurnError::NoMessage)
}

/// An upload as a file of a new message: uploaded by this user for this conversation, not part of any message yet,
/// and not already `taken` by this one. Otherwise None.
pub async fn unsent_upload(
    app: &Engine,
    user: UserId,
    conversation: ConversationId,
    id: MediumId,
    taken: &[File],
) -> Result<Option<File>, store::Error> {
    let upload = medium::by_id(&app.store, id).await?.filter(|upload| {
        upload.conversation == Some(conversation)
            && upload.created_by == Some(user)
            && upload.message.is_none()
            && taken.iter().all(|file| file.medium != upload.id)
    });
    Ok(upload.map(|upload| File { name: upload.name, ..File::of(upload.id, upload.kind) }))
}

/// A message of a conversation.
pub async fn in_thread(app: &Engine, conversation: ConversationId, id: MessageId) -> Result<Stored, TurnError> {
    let stored = message::by_id(&app.store, id).await?.filter(|it| it.message.conversation == conversation);
    stored.ok_or(TurnError::NoMessage)
}

/// Only the agent who holds the conversation decides what the customer gets.
async fn may_resend(app: &Engine, by: Actor<'_>, message: &Message) -> Result<(), TurnError> {
    let state = turns::state_of(app, message.conversation).await?;
    turns::decide(app, state, |turn| turn.may_resend(by, message)).await.map(drop)
}

/// Sends a failed or uncertain message again.
pub async fn retry(
    app: &Engine,
    by: Actor<'_>,
    conversation: &Conversation,
    id: MessageId,
) -> Result<Stored, TurnError> {
    let message = in_thread(app, conversation.id, id).await?.message;
    may_resend(app, by, &message).await?;
    if !matches!(message.status, Status::Failed | Status::Uncertain) {
        return refused("Only a message that failed, or may not have been sent, can be sent again.");
    }
    let leaving = "A part of it is being sent right now: wait a moment, then look again.";
    let waiting = outbox::of_message(&app.store, id).await?;
    if waiting.iter().any(|part| part.state == State::Sending) {
        return refused(leaving);
    }
    let mut sent_parts = mid::parts_sent(&app.store, id).await?;
    let mut batch = Batch::new();
    if let Some(comment) = &message.data.comment {
        private_reply::claim_again(app, &mut batch, &conversation.account, comment, id).await?;
    }
    delivery_status::send_again(&mut batch, id, message.status);
    for part in waiting {
        // A retry of failed parts does not include parts that may have been sent: those stay as they are.
        if message.status == Status::Failed && part.state != State::Queued {
            sent_parts.push(part.part_no);
        } else {
            outbox::replace(&mut batch, part.id, part.state);
        }
    }
    let capabilities = app.channels.capabilities(conversation.account.channel);
    record::again(
        &mut batch,
        conversation,
        &message,
        capabilities,
        &sent_parts,
        &mut app.id_source(),
        app.clock.now(),
    );
    if !commit_if_first(&app.store, batch).await? {
        return refused(leaving);
    }
    in_thread(app, conversation.id, id).await
}

/// Withdraws a message that has not been sent.
pub async fn cancel(
    app: &Engine,
    by: Actor<'_>,
    conversation: ConversationId,
    id: MessageId,
) -> Result<Stored, TurnError> {
    let message = in_thread(app, conversation, id).await?.message;
    if message.data.send_at.is_some() {
        return scheduled(app, conversation, id, |turn, message| turn.cancel_scheduled(by, message)).await;
    }
    may_resend(app, by, &message).await?;
    if !withdraw(app, conversation, id).await? {
        return refused("It is being sent or has been sent, so it can no longer be withdrawn.");
    }
    in_thread(app, conversation, id).await
}

/// Changes the text or the time of a scheduled message.
pub async fn reschedule(
    app: &Engine,
    by: Actor<'_>,
    conversation: ConversationId,
    id: MessageId,
    change: Rescheduled,
) -> Result<Stored, TurnError> {
    scheduled(app, conversation, id, |turn, message| turn.reschedule(by, message, change.clone())).await
}

/// Sends the scheduled messages that are due.
pub async fn send_due(app: &Engine, conversation: &Conversation) -> Result<(), store::Error> {
    let now = app.clock.now();
    for due in conversation.data.scheduled.iter().filter(|it| it.at <= now) {
        let sent = scheduled(app, conversation.id, due.message, |turn, message| {
            turn.send_scheduled(message);
            Ok(())
        });
        match sent.await {
            // It was erased.
            Err(TurnError::NoMessage) => {
                let forgotten = turns::play(app, conversation.id, |turn| Ok(turn.unplan(due.message)));
                ignore_refusal(forgotten.await)?;
            }
            sent => drop(ignore_refusal(sent)?),
        }
    }
    Ok(())
}

/// Runs a turn about a scheduled message, and returns the changed message.
async fn scheduled(
    app: &Engine,
    conversation: ConversationId,
    id: MessageId,
    turn: impl Fn(&mut Turn<'_>, &Message) -> Result<(), Refusal> + Sync,
) -> Result<Stored, TurnError> {
    let subject = Subject { conversation, message: Some(id), client_id: None };
    let turn = &turn;
    play_on(app, subject, |it, stored| stored.map_or(Ok(()), |stored| turn(it, &stored.message)), |_, _| {})
        .await?;
    in_thread(app, conversation, id).await
}

/// Withdraws a message if no part of it has been sent, and returns whether it did.
pub async fn withdraw(app: &Engine, conversation: ConversationId, id: MessageId) -> Result<bool, TurnError> {
    let mut batch = Batch::new();
    Ok(add_withdrawal(app, &mut batch, conversation, id).await? && commit_if_first(&app.store, batch).await?)
}

/// Adds to a batch that a message is withdrawn if nothing of it has left, and answers whether it is. A conflict if it leaves at this moment.
pub async fn add_withdrawal(
    app: &Engine,
    batch: &mut Batch,
    conversation: ConversationId,
    id: MessageId,
) -> Result<bool, TurnError> {
    let message = in_thread(app, conversation, id).await?.message;
    let parts = outbox::of_message(&app.store, id).await?;
    let waits = message.status == Status::Queued
        && parts.len() == usize::try_from(message.data.parts).unwrap_or(0)
        && parts.iter().all(|part| part.state == State::Queued);
    if !waits {
        return Ok(false);
    }
    for part in &parts {
        outbox::withdraw(batch, part.id);
    }
    delivery_status::cancel(batch, id);
    if message.data.comment.is_some() {
        comment::return_reply(batch, id, app.clock.now());
    }
    send_result::changed(batch, conversation, id, app.clock.now());
    batch.notify(Signal::Outbox);
    Ok(true)
}

/// Adds a reaction to a customer's message, or removes it.
pub async fn react(
    app: &Engine,
    by: Actor<'_>,
    conversation: ConversationId,
    id: MessageId,
    emoji: Option<&str>,
) -> Result<Stored, TurnError> {
    let subject = Subject { conversation, message: Some(id), client_id: None };
    let turn = play_on(
        app,
        subject,
        |turn, stored| stored.map_or(Ok(()), |stored| turn.react_as_agent(by, &stored.message, emoji)),
        |_, _| {},
    );
    turn.await?;
    in_thread(app, conversation, id).await
}

fn refused<T>(sentence: &str) -> Result<T, TurnError> {
    Err(Refusal::State(sentence.into()).into())
}
