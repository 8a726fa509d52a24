//! What a customer's turn starts from, read for many customers in one question.

use domain::conversation::Conversation;
use domain::id::MessageId;
use domain::inbound::{Happening, Inbound};
use store::table::contact::{self, Identity};
use store::table::{conversation, message};
use store::{Row, Sql, Value, values};

use super::ThreadBatch;
use crate::engine::Engine;

/// What the store knows about a customer who says something. It may be old by the time of the commit; then the batch is a
/// conflict, and the turn is played again from newer facts.
#[derive(Debug)]
pub struct Facts {
    /// The customer, unless they are new.
    pub identity: Option<Identity>,
    /// Their open conversation.
    pub open: Option<Conversation>,
    /// The message that they answer.
    pub reply_to: Option<MessageId>,
}

impl Facts {
    /// Reads them for one event.
    ///
    /// # Errors
    /// The store's.
    pub async fn of(app: &Engine, inbound: &Inbound) -> Result<Self, store::Error> {
        let found = app.store.ask(questions(inbound)).await?;
        Ok(Self::from_answers(&mut found.into_iter(), inbound))
    }

    fn from_answers(answers: &mut impl Iterator<Item = Vec<Row>>, inbound: &Inbound) -> Self {
        let mut next = || answers.next().and_then(|rows| rows.into_iter().next());
        Self {
            identity: next().as_ref().map(contact::from_row),
            open: next().as_ref().map(conversation::from_row),
            reply_to: answered(inbound).and_then(|_| next()).map(|row| MessageId(row.int(0))),
        }
    }
}

/// Adds to each thread the facts for its first event. If the store fails now, the turn reads them itself and reports the
/// error.
pub(super) async fn read(app: &Engine, threads: Vec<ThreadBatch>) -> Vec<(ThreadBatch, Option<Facts>)> {
    let all = threads.iter().filter_map(first).flat_map(questions).collect();
    let Ok(answers) = app.store.ask(all).await else {
        return threads.into_iter().map(|thread| (thread, None)).collect();
    };
    let mut answers = answers.into_iter();
    let with_facts = |thread: ThreadBatch| {
        let facts = first(&thread).map(|inbound| Facts::from_answers(&mut answers, inbound));
        (thread, facts)
    };
    threads.into_iter().map(with_facts).collect()
}

/// The first event of a customer, if it is one that a turn is played for.
fn first(thread: &ThreadBatch) -> Option<&Inbound> {
    let inbound = thread.events.first()?.event.as_ref()?;
    matches!(inbound.what, Happening::Said(_)).then_some(inbound)
}

fn questions(inbound: &Inbound) -> Vec<(Sql, Vec<Value>)> {
    let mut questions = vec![
        (contact::BY_EXTERNAL, values![&inbound.page, &inbound.customer]),
        (conversation::OPEN_BY_EXTERNAL, values![&inbound.page, &inbound.customer]),
    ];
    if let Some(mid) = answered(inbound) {
        questions.push((message::ID_BY_MID, values![&inbound.page, mid]));
    }
    questions
}

/// The channel's id of the message that this one answers.
pub(super) fn answered(inbound: &Inbound) -> Option<&str> {
    match &inbound.what {
        Happening::Said(said) => said.reply_to.as_deref(),
        Happening::Echo(echo) => echo.reply_to.as_deref(),
        _ => None,
    }
}
