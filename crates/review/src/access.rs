//! Access of Meta's reviewer (meta-platform.md §9.3): a guest, an isolated queue, an entry point that leads to it,
//! and the flow that greets there, created together for one gateway and one review. The reviewer signs in by password
//! alone, connects Pages by their own login, and works on the conversations that the entry point begins; they see no
//! customers, colleagues or settings (`domain::visibility`). The access ends on its date or by a button, and
//! `access/end.rs` removes its objects.

mod end;
mod flow;

use channels::messenger::MESSENGER;
use domain::audit_detail::AuditDetail;
use domain::entry_point::EntryPoint;
use domain::id::{EntryPointId, FlowId, GatewayId, QueueId, UserId};
use domain::queue::QueueSettings;
use domain::role::Role;
use domain::secret::Secret;
use domain::service::Service;
use domain::time::{DAY, Micros};
use store::table::message::json;
use store::table::queue::{self, QueueEdit};
use store::table::review_access::{self, NewReviewAccess, ReviewAccess};
use store::table::user::{self, User};
use store::table::{agent, entry_point, event, flow as flows};
use store::{Batch, CommitError};

use engine::audit::act_by;
use engine::directory::GatewayEntry;
use engine::engine::Engine;
use engine::error::{Error, Result};
use engine::passwords;
use engine::secrets;

pub use end::{ReviewAccesses, end};

/// The name that customers see with a reviewer's answers.
const NAME: &str = "App Reviewer";
/// The name of a review's queue and flow.
const TITLE: &str = "App review";

/// A reviewer's access, for administrators and for the instructions for Meta. It contains the password in clear text:
/// never log it or show it elsewhere.
#[derive(Clone)]
pub struct Access {
    /// What they sign in with.
    pub email: String,
    /// The password; None if it was encrypted with another key.
    pub password: Option<Secret>,
    /// When it was granted.
    pub created_at: Micros,
    /// Until when it lasts.
    pub expires_at: Micros,
    /// The code word that starts the review's conversation, on any Page of the gateway.
    pub code_word: String,
    /// A link into Messenger for each Page that is switched on, by name.
    pub links: Vec<Link>,
    /// The queue of the review's conversations, and its name.
    pub queue: (QueueId, String),
    /// The flow that greets them, and its name.
    pub flow: (FlowId, String),
    /// When they last signed in.
    pub last_sign_in: Option<Micros>,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access").field("email", &self.email).finish_non_exhaustive()
    }
}

/// A link that starts the review's conversation on one Page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub page_id: String,
    pub page_name: String,
    pub url: String,
}

fn purpose(user: UserId) -> String {
    format!("reviewer {user} password")
}

/// The access to a gateway; None if there is none, or it has expired.
pub async fn of(app: &Engine, gateway: GatewayId) -> Result<Option<Access>, store::Error> {
    let found = review_access::of_gateway(&app.store, gateway).await?.filter(|found| found.lives(app.clock.now()));
    match found {
        Some(found) => shown(app, &found).await.map(Some),
        None => Ok(None),
    }
}

async fn shown(app: &Engine, it: &ReviewAccess) -> Result<Access, store::Error> {
    let directory = app.directory();
    let flow = flows::by_id(&app.store, it.flow).await?;
    let code = it.code.as_deref().unwrap_or_default();
    let mut links: Vec<Link> = directory
        .accounts
        .values()
        .filter(|page| page.gateway == it.gateway && page.subscribed && page.channel == MESSENGER.channel)
        .map(|page| Link {
            page_id: page.account_id.clone(),
            page_name: page.name.clone(),
            url: format!("https://m.me/{}?ref={code}", page.account_id),
        })
        .collect();
    links.sort_by(|one, other| (&one.page_name, &one.page_id).cmp(&(&other.page_name, &other.page_id)));
    Ok(Access {
        email: it.email.clone(),
        password: app.cipher.open(&it.password, &purpose(it.user)).map(Secret),
        created_at: it.created_at,
        expires_at: it.expires_at,
        code_word: it.code_word.clone().unwrap_or_default(),
        links,
        queue: (it.queue, directory.queue(it.queue).map(|queue| queue.name.clone()).unwrap_or_default()),
        flow: (it.flow, flow.map(|flow| flow.name).unwrap_or_default()),
        last_sign_in: it.signed_in_at,
    })
}

/// Grants access for a number of days; it replaces an earlier one.
pub async fn give(app: &Engine, by: UserId, known: &GatewayEntry, days: i64) -> Result<Access> {
    let gateway = known.row.id;
    let before = review_access::of_gateway(&app.store, gateway).await?;
    let user = UserId(app.ids.next());
    let password = Secret(password());
    let hash = passwords::hash(password.clone()).await;
    let (email, at) = (sign_in_name(&app.config.public_url), app.clock.now());
    let (mut batch, by) = (Batch::new(), Some(by));
    if let Some(before) = &before {
        end::over(app, &mut batch, before, by, "reviewer.replace", at);
    }
    let queue = new_queue(app, &mut batch, known, user, at).await?;
    let flow = flow_for(app, &mut batch, known, at).await?;
    let new = user::NewUser {
        id: user,
        email: &email,
        name: NAME,
        role: Role::Guest,
        password: hash.as_str(),
        agent: true,
    };
    user::insert(&mut batch, &new, at);
    agent::add(&mut batch, user, at);
    let sealed = app.cipher.seal(&password, &purpose(user));
    let ends_at = at.plus(days * DAY);
    user::set_end(&mut batch, user, ends_at);
    let leads = EntryPoint {
        id: EntryPointId(app.ids.next()),
        gateway,
        account: None,
        name: TITLE.into(),
        code: Some(secrets::letters(16)),
        code_word: Some(code_word()),
        flow,
        queue: Some(queue),
        ends_at: Some(ends_at),
    };
    entry_point::insert(&mut batch, &leads);
    let access = NewReviewAccess { user, gateway, password: &sealed, entry_point: leads.id, queue, flow };
    review_access::insert(&mut batch, &access, at);
    event::gateway_changed(&mut batch, gateway, at);
    let detail = AuditDetail::Access { name: email.clone(), days };
    act_by(app, &mut batch, by, "reviewer.give", format_args!("gateway {gateway}"), detail);
    app.store.commit(batch).await.map_err(|error| match error {
        CommitError::Conflict | CommitError::Duplicate => Error::conflict(
            "Someone else gave or revoked access at the same time, or used the name of its queue. Check it, then \
             try again.",
        ),
        error => Error::from(error),
    })?;
    app.reload().await?;
    if let Some(before) = before {
        end::clear(app, &before).await;
    }
    of(app, gateway).await?.ok_or_else(|| Error::NotFound("access"))
}

/// Ends the access to a gateway now; 404 if there is none.
pub async fn revoke(app: &Engine, by: UserId, gateway: GatewayId) -> Result<()> {
    let found = review_access::of_gateway(&app.store, gateway).await?;
    let found = found.ok_or_else(|| Error::NotFound("access"))?;
    Ok(end(app, &found, Some(by), "reviewer.revoke").await?)
}

/// Ends the access that a guest was made for. False if there is none.
pub async fn revoke_of_user(app: &Engine, by: UserId, user: UserId) -> Result<bool> {
    let Some(found) = review_access::of_user(&app.store, user).await? else { return Ok(false) };
    end(app, &found, Some(by), "reviewer.revoke").await?;
    Ok(true)
}

/// Ends the access to a gateway, if there is one.
pub async fn revoke_of_gateway(app: &Engine, by: UserId, gateway: GatewayId) -> Result<()> {
    if let Some(found) = review_access::of_gateway(&app.store, gateway).await? {
        end(app, &found, Some(by), "reviewer.revoke").await?;
    }
    Ok(())
}

/// Records that a reviewer signed in.
pub async fn signed_in(app: &Engine, user: &User) -> Result<()> {
    let (mut batch, at) = (Batch::new(), app.clock.now());
    review_access::set_signed_in(&mut batch, user.id, at);
    act_by(
        app,
        &mut batch,
        Some(user.id),
        "reviewer.sign_in",
        format_args!("user {}", user.id),
        AuditDetail::named(&user.email),
    );
    app.store.commit(batch).await?;
    Ok(())
}

/// A queue for this access alone: a guest sees its conversations and nothing else.
async fn new_queue(
    app: &Engine,
    batch: &mut Batch,
    known: &GatewayEntry,
    guest: UserId,
    at: Micros,
) -> Result<QueueId, store::Error> {
    let (id, queues) = (QueueId(app.ids.next()), queue::list(&app.store).await?);
    let name = title(known, id.0, |name| queues.iter().any(|queue| queue.name == name));
    let settings = QueueSettings { offer_seconds: 60, missed_limit: 20, ..QueueSettings::default() };
    let service = Service { isolated: true, members: vec![guest], ..Service::default() };
    queue::insert(batch, id, QueueEdit { name: &name, settings: &settings, service: &service }, at);
    Ok(id)
}

/// The flow of the gateway's last review, which the operator may have changed, or a new one. Wherever the flow leads,
/// a conversation waits in the queue of its own access.
async fn flow_for(
    app: &Engine,
    batch: &mut Batch,
    known: &GatewayEntry,
    at: Micros,
) -> Result<FlowId, store::Error> {
    if let Some(flow) = review_access::flow(&app.store, known.row.id).await? {
        return Ok(flow);
    }
    let (id, others) = (FlowId(app.ids.next()), flows::list(&app.store).await?);
    let name = title(known, id.0, |name| others.iter().any(|flow| flow.name == name));
    let body = json(&flow::body());
    flows::insert(batch, id, &name, &body);
    let first = flows::Version { number: 1, published_at: at, by: "Deskbell".into(), note: String::new() };
    flows::publish(batch, id, &first, &body);
    Ok(id)
}

/// A name that is not in use.
fn title(known: &GatewayEntry, id: i64, is_taken: impl Fn(&str) -> bool) -> String {
    let gateway: String = known.row.name.chars().take(60).collect();
    let names = [TITLE.to_owned(), format!("{TITLE}: {gateway}")];
    names.into_iter().find(|name| !is_taken(name)).unwrap_or_else(|| format!("{TITLE} {id}"))
}

/// Meta's form requires something that looks like an e-mail address; no mail is ever sent there.
fn sign_in_name(public_url: &str) -> String {
    let host = reqwest::Url::parse(public_url).ok().and_then(|url| url.domain().map(str::to_owned));
    let host = host.filter(|host| host.contains('.')).unwrap_or_else(|| "deskbell.example".to_owned());
    format!("app-review-{}@{host}", secrets::letters(6))
}

/// Twenty letters and digits in groups, easy to type from a form: 100 bits.
fn password() -> String {
    [(); 4].map(|()| secrets::letters(5)).join("-")
}

/// `review` and three syllables: not a word of any language, and without letters that are easily confused.
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
