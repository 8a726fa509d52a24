//! The one private reply that a comment may have. Its customer's id in messages is not known yet: until then, their
//! identity is based on the comment (decision 10).

use domain::channel::{Account, Address, Channel};
use domain::id::{ContactId, IdentityId, MessageId};
use domain::time::{HOUR, MINUTE};
use domain::turn::{Actor, Commented, Refusal};
use store::Batch;
use store::table::comment::{self, StoredComment};
use store::table::contact::Identity;
use store::table::message::{self, Stored};
use store::table::thread;

use crate::engine::Engine;
use crate::error::Error;
use crate::fields;
use crate::optimistic::{Attempt, optimistic};
use crate::turns::{Decided, Thread, ThreadState, TurnError, decide};

/// A private reply.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The text, which must fit into one message of the channel.
    pub text: String,
    /// The sender's own key: a repeated one is [`TurnError::Duplicate`].
    pub client_id: Option<String>,
    /// Whether the sender takes conversations: then the author's answer comes to them, and not to the bot.
    pub is_agent: bool,
}

/// Answers a comment privately: one message to its author, only once, within 7 days. A repeated `client_id` returns
/// the message that was sent before.
pub async fn send(app: &Engine, by: Actor<'_>, page: &str, id: i64, reply: &Reply) -> Result<Stored, Error> {
    fields::check_client_id(reply.client_id.as_deref())?;
    let channel = app.directory().accounts.values().find(|it| it.account_id == page).map(|it| it.channel);
    let channel = channel.ok_or(Error::NotFound("page"))?;
    check_text(app, channel, &reply.text)?;
    match commit(app, by, page, id, reply).await {
        Ok(stored) => stored.ok_or(Error::NotFound("comment")),
        Err(TurnError::Duplicate(before)) => Ok(*before),
        Err(error) => Err(error.into()),
    }
}

/// A comment may have one private reply, so it must fit into one message.
fn check_text(app: &Engine, channel: Channel, text: &str) -> Result<(), Error> {
    app.channels.capabilities(channel).request_text(text).map_err(|refused| {
        let is_empty = text.trim().is_empty();
        let advice =
            if is_empty { "Write something." } else { "Shorten it: a comment may have one private reply." };
        Error::field("/text", format!("{}. {advice}", refused.reason))
    })
}

async fn commit(
    app: &Engine,
    by: Actor<'_>,
    page: &str,
    id: i64,
    reply: &Reply,
) -> Result<Option<Stored>, TurnError> {
    let decided = optimistic(&app.store, "private_reply", |_| async move {
        let Some(comment) = comment::one(&app.store, page, id).await? else {
            return Ok::<_, TurnError>(Attempt::Done(None));
        };
        if let (Some(before), Some(_)) = (sent_before(app, &comment).await?, &reply.client_id)
            && before.message.client_id == reply.client_id
        {
            return Err(TurnError::Duplicate(Box::new(before)));
        }
        let account = app.directory().account(comment.gateway, page).map(|it| Account::new(it.channel, page));
        let account =
            account.ok_or_else(|| refusal("The account is no longer connected. Connect it again first."))?;
        let limit = limit(app, account.channel);
        comment.may_reply(app.clock.now(), limit).map_err(Refusal::from)?;
        within_the_hour(app, &account).await?;
        let decided = decide_reply(app, by, account, &comment, reply).await?;
        let mut batch = Batch::new();
        decided.write(&mut batch);
        comment.take(&mut batch, decided.value, app.clock.now(), limit);
        Ok(Attempt::Commit(batch, Some(decided)))
    });
    Ok(decided.await?.and_then(|decided| decided.committed().into_message()))
}

/// The private reply that a comment got, or the last one that was tried.
async fn sent_before(app: &Engine, comment: &StoredComment) -> Result<Option<Stored>, store::Error> {
    let Some(reply) = &comment.reply else { return Ok(None) };
    message::by_id(&app.store, reply.message).await
}

async fn decide_reply(
    app: &Engine,
    by: Actor<'_>,
    account: Account,
    it: &StoredComment,
    reply: &Reply,
) -> Result<Decided<MessageId>, TurnError> {
    let address = Address::new(account, Identity::of_comment(&it.comment));
    let asked = thread::Asked { address: &address, answered: None };
    let found = thread::facts(&app.store, &[asked]).await?.pop();
    let (known, open) = found.map_or((None, None), |facts| (facts.identity, facts.open));
    let is_new = known.is_none();
    let identity = known.unwrap_or_else(|| Identity {
        id: IdentityId(app.ids.next()),
        gateway: it.gateway,
        address,
        contact: ContactId(app.ids.next()),
        last_user_at: None,
        profile_tries: 0,
        profile_next_at: None,
        name: it.from_name.clone(),
        picture: None,
        created_at: app.clock.now(),
        phone: None,
        marketing_stopped_at: None,
        contact_phone: None,
        contact_email: None,
        channel_name: None,
        known_as: None,
    });
    let conversation = open.map_or(Thread::New(None), Thread::Existing);
    decide(app, ThreadState { identity, is_new, conversation }, |turn| {
        let text = it.text.as_deref().unwrap_or_default();
        let comment = Commented { id: &it.comment, is_post: it.is_post, text };
        turn.reply_to_comment(by, reply.is_agent, comment, is_new, (reply.text.clone(), reply.client_id.clone()))
    })
    .await
}

/// A private reply that is sent again keeps its claim on the comment, or claims it again; the error is the reason why
/// it cannot.
pub async fn claim_again(
    app: &Engine,
    batch: &mut Batch,
    account: &Account,
    comment: &str,
    message: MessageId,
) -> Result<(), TurnError> {
    let it = comment::by_comment(&app.store, &account.id, comment).await?;
    let it = it.ok_or_else(|| refusal("The comment no longer exists."))?;
    let limit = limit(app, account.channel);
    if !it.belongs_to(Some(message)) {
        it.may_reply(app.clock.now(), limit).map_err(Refusal::from)?;
        within_the_hour(app, account).await?;
    }
    it.take(batch, message, app.clock.now(), limit);
    Ok(())
}

/// Checks Meta's limit of private replies per account and hour (meta-platform.md §7.2, §7.3).
async fn within_the_hour(app: &Engine, account: &Account) -> Result<(), TurnError> {
    let most = i64::from(app.channels.capabilities(account.channel).rates.private_replies_per_hour);
    let now = app.clock.now();
    let oldest = now.plus(-limit(app, account.channel) - HOUR);
    let (count, first) = comment::replied_since(&app.store, &account.id, now.plus(-HOUR), oldest).await?;
    if count < most {
        return Ok(());
    }
    let minutes = first.map_or(60, |first| first.plus(HOUR).since(now) / MINUTE + 1);
    Err(refusal(&format!(
        "Meta takes {most} private replies of an account in an hour, and as many were sent. Try again in {minutes} min."
    )))
}

/// How long after a comment its private reply may be sent; 0 on a channel without comments.
pub fn limit(app: &Engine, channel: Channel) -> i64 {
    app.channels.capabilities(channel).window.comment.unwrap_or(0)
}

fn refusal(sentence: &str) -> TurnError {
    Refusal::State(sentence.into()).into()
}
