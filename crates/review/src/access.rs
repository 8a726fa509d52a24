//! Access of Meta's reviewer (meta-platform.md §9.3): a user made for one gateway and one review. They sign in by password
//! alone, connect Pages by their own login, and work on the conversations that were called by a code word or link; of
//! customers, colleagues and settings they see nothing (`domain::role`). It ends by its date or by one button, and
//! `work/reviewers.rs` clears away what it leaves.

use domain::id::{FlowId, GatewayId, QueueId, UserId};
use domain::role::Role;
use domain::routing::Strategy;
use domain::time::{DAY, Micros};
use store::table::message::json;
use store::table::queue::{self, QueueEdit};
use store::table::reviewer::{self, Reviewer};
use store::table::user::{self, User};
use store::table::{agent, event, flow};
use store::{Batch, CommitError};

use engine::audit::act_by;
use engine::directory::GatewayEntry;
use engine::engine::Engine;
use engine::error::{Error, Result};
use engine::passwords;
use engine::reviewers;
use engine::secrets;

/// What customers read beside a reviewer's answers.
const NAME: &str = "App Reviewer";
/// What the queue and the flow of a review are called.
const TITLE: &str = "App review";

/// A reviewer's access as administrators and the instructions for Meta need it. It holds the password in clear: it goes into no
/// log and to nobody else.
#[derive(Clone)]
pub struct Access {
    /// What they sign in with.
    pub email: String,
    /// The password; None if it was encrypted with another key.
    pub password: Option<String>,
    /// When it was given.
    pub created_at: Micros,
    /// Until when it lasts.
    pub expires_at: Micros,
    /// The word that calls the review, on any Page of the gateway.
    pub code_word: String,
    /// The `ref` of the links.
    pub ref_token: String,
    /// A link into Messenger for each Page that is switched on, by name.
    pub links: Vec<Link>,
    /// Where the review's conversations wait, and what it is called.
    pub queue: (QueueId, String),
    /// The flow that greets them, and what it is called.
    pub flow: (FlowId, String),
    /// When they signed in last.
    pub last_sign_in: Option<Micros>,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access").field("email", &self.email).finish_non_exhaustive()
    }
}

/// A link that calls the review on one Page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub page_id: String,
    pub page_name: String,
    pub url: String,
}

fn purpose(user: UserId) -> String {
    format!("reviewer {user} password")
}

/// The access to a gateway; None if there is none, or its date has passed.
pub async fn of(app: &Engine, gateway: GatewayId) -> Result<Option<Access>, store::Error> {
    let found = reviewer::of_gateway(&app.store, gateway).await?.filter(|found| found.lives(app.clock.now()));
    match found {
        Some(found) => shown(app, &found).await.map(Some),
        None => Ok(None),
    }
}

async fn shown(app: &Engine, it: &Reviewer) -> Result<Access, store::Error> {
    let directory = app.directory();
    let flow = flow::by_id(&app.store, it.flow).await?;
    let mut links: Vec<Link> = directory
        .pages
        .values()
        .filter(|page| page.gateway == it.gateway && page.subscribed)
        .map(|page| Link {
            page_id: page.page.clone(),
            page_name: page.name.clone(),
            url: format!("https://m.me/{}?ref={}", page.page, it.ref_token),
        })
        .collect();
    links.sort_by(|one, other| (&one.page_name, &one.page_id).cmp(&(&other.page_name, &other.page_id)));
    Ok(Access {
        email: it.email.clone(),
        password: app.cipher.open(&it.password, &purpose(it.user)),
        created_at: it.created_at,
        expires_at: it.expires_at,
        code_word: it.code_word.clone(),
        ref_token: it.ref_token.clone(),
        links,
        queue: (it.queue, directory.queue(it.queue).map(|queue| queue.name.clone()).unwrap_or_default()),
        flow: (it.flow, flow.map(|flow| flow.name).unwrap_or_default()),
        last_sign_in: it.signed_in_at,
    })
}

/// Gives access for so many days; the one that was given before is over with it.
pub async fn give(app: &Engine, by: UserId, known: &GatewayEntry, days: i64) -> Result<Access> {
    let gateway = known.row.id;
    let before = reviewer::of_gateway(&app.store, gateway).await?;
    let user = UserId(app.ids.next());
    let password = password();
    let hash = passwords::hash(password.clone()).await;
    let (email, at) = (sign_in_name(&app.config.public_url), app.clock.now());
    let (mut batch, by) = (Batch::new(), Some(by));
    if let Some(before) = &before {
        reviewers::over(app, &mut batch, before, by, "reviewer.replace", at);
    }
    let (queue, flow) = room(app, &mut batch, known, at).await?;
    let new = user::NewUser {
        id: user,
        email: &email,
        name: NAME,
        role: Role::Reviewer,
        password: hash.as_str(),
        agent: true,
    };
    user::insert(&mut batch, &new, at);
    agent::add(&mut batch, user, at);
    let sealed = app.cipher.seal(&password, &purpose(user));
    let access = Reviewer {
        user,
        gateway,
        password: sealed,
        code_word: code_word(),
        ref_token: secrets::letters(16),
        queue,
        flow,
        created_at: at,
        expires_at: at.plus(days * DAY),
        signed_in_at: None,
        ended_at: None,
        email: email.clone(),
    };
    reviewer::insert(&mut batch, &access);
    event::add(&mut batch, &event::Event::Queue(queue), at);
    event::gateway_changed(&mut batch, gateway, at);
    let detail = format!("{email}, {days} days");
    act_by(app, &mut batch, by, "reviewer.give", format_args!("gateway {gateway}"), &detail);
    app.store.commit(batch).await.map_err(|error| match error {
        CommitError::Conflict | CommitError::Duplicate => Error::conflict(
            "Somebody else gave or revoked access at this moment, or took the name of its queue: look again, then try again.",
        ),
        error => Error::from(error),
    })?;
    app.reload().await?;
    if let Some(before) = before {
        reviewers::clear(app, &before).await;
    }
    of(app, gateway).await?.ok_or_else(|| Error::NotFound("access"))
}

/// Ends the access to a gateway now; 404 if there is none.
pub async fn revoke(app: &Engine, by: UserId, gateway: GatewayId) -> Result<()> {
    let found = reviewer::of_gateway(&app.store, gateway).await?;
    let found = found.ok_or_else(|| Error::NotFound("access"))?;
    Ok(reviewers::end(app, &found, Some(by), "reviewer.revoke").await?)
}

/// A reviewer signed in: it is written down.
pub async fn signed_in(app: &Engine, user: &User) -> Result<()> {
    let (mut batch, at) = (Batch::new(), app.clock.now());
    reviewer::set_signed_in(&mut batch, user.id, at);
    act_by(app, &mut batch, Some(user.id), "reviewer.sign_in", format_args!("user {}", user.id), &user.email);
    app.store.commit(batch).await?;
    Ok(())
}

/// The queue and the flow of a gateway's review: those of an earlier one, or new ones.
async fn room(
    app: &Engine,
    batch: &mut Batch,
    known: &GatewayEntry,
    at: Micros,
) -> Result<(QueueId, FlowId), store::Error> {
    let (gateway, queues) = (known.row.id, queue::list(&app.store).await?);
    let queue = match queues.iter().find(|queue| queue.review_of == Some(gateway)) {
        Some(queue) => queue.id,
        None => {
            let id = QueueId(app.ids.next());
            let name = title(known, |name| queues.iter().any(|queue| queue.name == name));
            let new = QueueEdit {
                name: &name,
                strategy: Strategy::LongestIdle,
                priority: 0,
                offer_seconds: 60,
                missed_limit: 20,
                wrap_up_seconds: 0,
                all_agents: false,
            };
            queue::insert(batch, id, &new);
            queue::reserve_for_review(batch, id, gateway);
            id
        }
    };
    if let Some(flow) = flow::of_review(&app.store, gateway).await? {
        return Ok((queue, flow));
    }
    let flows: Vec<_> = flow::list(&app.store).await?;
    let id = FlowId(app.ids.next());
    let name = title(known, |name| flows.iter().any(|flow| flow.name == name));
    let body = json(&domain::flow::review(queue));
    flow::insert(batch, id, &name, &body);
    flow::reserve_for_review(batch, id, gateway);
    flow::publish(batch, id, 1, &body, "Deskbell", at);
    Ok((queue, id))
}

/// A name that nothing else has.
fn title(known: &GatewayEntry, is_taken: impl Fn(&str) -> bool) -> String {
    let gateway: String = known.row.name.chars().take(60).collect();
    let names = [TITLE.to_owned(), format!("{TITLE}: {gateway}")];
    names.into_iter().find(|name| !is_taken(name)).unwrap_or_else(|| format!("{TITLE} {}", known.row.id))
}

/// Meta's form wants something that looks like an e-mail address; no mail is ever sent there.
fn sign_in_name(public_url: &str) -> String {
    let host = reqwest::Url::parse(public_url).ok().and_then(|url| url.domain().map(str::to_owned));
    let host = host.filter(|host| host.contains('.')).unwrap_or_else(|| "deskbell.example".to_owned());
    format!("app-review-{}@{host}", secrets::letters(6))
}

/// Twenty letters and digits in groups, which can be typed off a form: 100 bits.
fn password() -> String {
    [(); 4].map(|()| secrets::letters(5)).join("-")
}

/// `review` and three syllables: no word of any language, and no letter that is taken for another.
fn code_word() -> String {
    const CONSONANTS: &[u8; 8] = b"bdlmnrtv";
    const VOWELS: &[u8; 4] = b"aeio";
    let mut word = "review".to_owned();
    for byte in secrets::random::<3>() {
        word.push(char::from(CONSONANTS[usize::from(byte & 7)]));
        word.push(char::from(VOWELS[usize::from(byte >> 3 & 3)]));
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_up_can_be_typed_and_looks_as_meta_wants_it() {
        for url in ["http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:8080", "nonsense"] {
            assert!(sign_in_name(url).ends_with("@deskbell.example"), "{url}");
        }
        assert!(sign_in_name("https://chat.shop.example:8443/").ends_with("@chat.shop.example"));
        let word = code_word();
        assert!(word.len() == 12 && word.chars().all(|c| c.is_ascii_lowercase()), "{word}");
        assert!(password().len() == 23 && password() != password());
    }
}
