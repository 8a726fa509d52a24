//! Resolves messages that Meta did not confirm: if no echo arrives, Meta's own record of the conversation is read
//! (meta-platform.md §4.3), in the background and rarely. A message that it shows was sent. One that it does not show
//! most likely was not, and a person may send it again.

use channels::meta::error::Class;
use channels::meta::graph::{PastMessage, Thread};
use domain::channel::Address;
use domain::failure::Failure;
use domain::outbound::Part;
use domain::time::{DAY, HOUR, MINUTE, Micros, SECOND};
use store::table::outbox::{self, Queued};
use store::table::{delivery_status, identity, message};
use store::{Batch, CommitError, Error};

use crate::account_tokens::{account_token, conversations, platform};
use crate::clients::graph::Refused;
use crate::clock;
use crate::engine::Engine;
use crate::send_result;
use crate::worker::{Context, Next, Schedule, Worker};

/// How far Meta's clock may be from ours.
const SKEW: i64 = 5 * SECOND;
/// A recent message that Meta does not show may still be on its way: only from this age on does its absence count.
const GRACE: i64 = MINUTE;
/// How long Meta is asked.
const GIVE_UP: i64 = DAY;
/// How often it is tried without the permission to read conversations.
const NOT_ALLOWED: i64 = 6 * HOUR;
/// Meta shows at most this many of a conversation's newest messages (§4.3).
const READABLE: usize = 20;

/// Resolves uncertain messages.
#[derive(Debug)]
pub struct Uncertain(Engine);

impl Worker for Uncertain {
    const SCHEDULE: Schedule = Schedule::new("uncertain", None);

    fn new(app: &Engine) -> Self {
        Self(app.clone())
    }

    async fn round(&mut self, _: &Context) -> Result<Next, Error> {
        round(&self.0).await.map(|()| Next::Poll)
    }
}

async fn round(app: &Engine) -> Result<(), Error> {
    for request in outbox::to_ask_about(&app.store, app.clock.now()).await? {
        let batch = look(app, &request).await?;
        // A conflict: an echo, or a person who sent it again, was faster.
        if let Err(CommitError::Store(error)) = app.store.commit(batch).await {
            return Err(error);
        }
    }
    Ok(())
}

/// Searches for one request at Meta. Returns the batch that records the result.
async fn look(app: &Engine, request: &Queued) -> Result<Batch, Error> {
    let (mut batch, at) = (Batch::new(), app.clock.now());
    let known = app.directory().gateways.get(&request.gateway).cloned();
    let row = match request.message {
        Some(id) => message::by_id(&app.store, id).await?,
        None => None,
    };
    let identity = identity::by_id(&app.store, request.identity).await?;
    let (Some(known), Some(row), Some(identity)) = (known, row, identity) else {
        outbox::stop_asking(&mut batch, request.id);
        return Ok(batch);
    };
    let sent = row.message;
    let age = at.since(sent.at);
    let Some(platform) = platform(app, request.account.channel) else {
        outbox::stop_asking(&mut batch, request.id);
        return Ok(batch);
    };
    let Some(token) = account_token(app, request.gateway, &request.account.id).await? else {
        again(&mut batch, request, age, at, 10 * MINUTE);
        return Ok(batch);
    };
    // A private reply may be in any of the Page's newest conversations: the one that contains it reveals the
    // customer.
    let is_pending = identity.comment().is_some();
    let whose = (!is_pending).then_some(identity.address.user.as_str());
    let listed = match conversations(app, &known, &token, platform, whose, None).await {
        Ok(listed) => listed.items,
        Err(refused) => {
            again(&mut batch, request, age, at, pause(&refused, request.tries));
            return Ok(batch);
        }
    };
    // Oldest first: of two with the same text, the first that is not assigned to another of our messages is this one.
    let mut like_it = Vec::new();
    for thread in &listed {
        let Some(customer) = thread.customer(&[&request.account.id, &token.node]) else { continue };
        for shown in thread.messages.iter().rev().filter(|shown| is_it(request, sent.at, shown)) {
            if message::by_mid(&app.store, &request.account, &shown.id).await?.is_none() {
                like_it.push((customer.id.as_str(), shown.id.as_str()));
            }
        }
    }
    // The same text to two people: it is not known which of them wrote the comment.
    let certain = if is_pending && like_it.len() > 1 { None } else { like_it.first() };
    if let (Some((customer, mid)), Some(id)) = (certain, request.message) {
        let to = Address::new(request.account.clone(), *customer);
        send_result::echoed(app, &mut batch, &to, (id, request.part_no), mid).await?;
        return Ok(batch);
    }
    let thread = listed.into_iter().next().filter(|_| !is_pending).unwrap_or_default();
    if age >= GRACE && request.message.is_some() {
        delivery_status::explain_uncertain(&mut batch, sent.id, &doubt(&thread, sent.at));
        send_result::changed(&mut batch, request.conversation, sent.id, at);
    }
    again(&mut batch, request, age, at, if age < 5 * MINUTE { 30 * SECOND } else { HOUR });
    Ok(batch)
}

/// Asks again after a pause, or stops asking.
fn again(batch: &mut Batch, request: &Queued, age: i64, at: Micros, pause: i64) {
    if age > GIVE_UP {
        outbox::stop_asking(batch, request.id);
    } else {
        outbox::ask_again(batch, request.id, at.plus(pause));
    }
}

/// How long to wait after a refusal.
fn pause(refused: &Refused, tries: i64) -> i64 {
    match refused.error.class() {
        Class::Throttled => refused.wait_seconds.map_or(MINUTE, |wait| i64::from(wait) * SECOND),
        Class::Retry | Class::Uncertain => ((10 * SECOND) << tries.clamp(0, 6)).min(10 * MINUTE),
        Class::TokenDead => 10 * MINUTE,
        _ => NOT_ALLOWED,
    }
}

/// Whether a message at Meta may be this request: from the Page, not older, with the same text or a file.
pub(super) fn is_it(request: &Queued, said_at: Micros, shown: &PastMessage) -> bool {
    let from_page = shown.from.as_ref().is_some_and(|from| from.id == request.account.id);
    let at = shown.created_time.as_deref().and_then(clock::read);
    if !from_page || shown.id.is_empty() || at.is_none_or(|at| said_at.since(at) > SKEW) {
        return false;
    }
    let words = shown.text.as_deref().unwrap_or_default().trim();
    match &request.part {
        Some(Part::Text { text, .. }) => words == text.trim(),
        Some(Part::File { .. }) => words.is_empty() && shown.files.len() == 1,
        Some(Part::Pictures { media, .. }) => words.is_empty() && shown.files.len() == media.len(),
        _ => false,
    }
}

/// What it means that Meta does not show the message.
fn doubt(thread: &Thread, said_at: Micros) -> Failure {
    let oldest =
        thread.messages.iter().filter_map(|shown| shown.created_time.as_deref().and_then(clock::read)).min();
    let reaches = thread.messages.len() < READABLE || oldest.is_some_and(|oldest| oldest < said_at.plus(-SKEW));
    if reaches { Failure::NotShown {} } else { Failure::NotVisible {} }
}

#[cfg(test)]
mod tests {
    use channels::meta::graph::Participant;
    use domain::id::{ConversationId, GatewayId, IdentityId, MediumId, MessageId, OutboxId};
    use domain::inbound::{FileKind, RemoteFile};
    use domain::outbound::Speaker;

    use super::*;

    fn request(part: Part) -> Queued {
        Queued {
            id: OutboxId(1),
            message: Some(MessageId(2)),
            part_no: 0,
            conversation: ConversationId(3),
            identity: IdentityId(4),
            gateway: GatewayId(5),
            account: domain::channel::Account::page("200"),
            part: Some(part),
            speaker: Speaker::Agent,
            reply_to: None,
            state: outbox::State::Released,
            tries: 1,
            next_at: Micros(0),
        }
    }

    fn shown(from: &str, time: &str, text: &str) -> PastMessage {
        PastMessage {
            id: format!("m_{time}"),
            created_time: Some(format!("2026-11-22T{time}+0000")),
            from: Some(Participant { id: from.into(), ..Participant::default() }),
            text: Some(text.into()),
            files: Vec::new(),
        }
    }

    #[test]
    fn only_the_pages_own_words_of_that_time_are_it() {
        let at = clock::read("2026-11-22T10:00:00+0000").unwrap();
        let text = request(Part::Text { text: "Hello ".into(), choices: Vec::new() });
        assert!(is_it(&text, at, &shown("200", "10:00:01", "Hello")));
        assert!(is_it(&text, at, &shown("200", "09:59:56", "Hello")), "clocks differ a little");
        assert!(!is_it(&text, at, &shown("200", "09:59:00", "Hello")), "said before");
        assert!(!is_it(&text, at, &shown("300", "10:00:01", "Hello")), "the customer's");
        assert!(!is_it(&text, at, &shown("200", "10:00:01", "Hello!")), "other words");
        assert!(!is_it(&text, at, &PastMessage { id: String::new(), ..shown("200", "10:00:01", "Hello") }));
        let file = request(Part::File {
            medium: MediumId(9),
            file: FileKind::Image,
            name: None,
            caption: None,
            choices: Vec::new(),
        });
        let picture = RemoteFile { kind: FileKind::Image, ..RemoteFile::default() };
        assert!(is_it(&file, at, &PastMessage { files: vec![picture], ..shown("200", "10:00:01", "") }));
        assert!(!is_it(&file, at, &shown("200", "10:00:01", "Hello")));
    }

    #[test]
    fn not_shown_counts_only_as_far_as_meta_shows() {
        let at = clock::read("2026-11-22T10:00:00+0000").unwrap();
        let thread = |messages| Thread { messages, ..Thread::default() };
        assert_eq!(doubt(&thread(Vec::new()), at), Failure::NotShown {});
        let newer = |n: usize| (0..n).map(|n| shown("300", &format!("10:01:{n:02}"), "x")).collect::<Vec<_>>();
        assert_eq!(doubt(&thread(newer(19)), at), Failure::NotShown {});
        assert_eq!(doubt(&thread(newer(20)), at), Failure::NotVisible {});
        let mut reaching = newer(20);
        reaching[0] = shown("300", "09:00:00", "x");
        assert_eq!(doubt(&thread(reaching), at), Failure::NotShown {});
    }
}
