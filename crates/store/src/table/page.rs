//! Facebook Pages of gateways.

use domain::channel::Channel;
use domain::failure::Failure;
use domain::id::{GatewayId, UserId};
use domain::inbound::PolicyAction;
use domain::page_trouble::{PageProblem, PageTrouble};
use domain::time::Micros;

use super::event::gateway_changed;
use super::page_access;
use super::permission_use::{self, PermissionUse};
use super::{catch_up, outbox};
use crate::batch::statements;
use crate::json::json;
use crate::{Batch, Error, Row, Signal, Store, values};

pub use super::connection::Connection;
pub use super::page_access::Access;

/// The most Pages of a gateway that are read at once.
const MOST: i64 = 10_000;

macro_rules! columns {
    () => {
        "p.id, p.gateway_id, p.account_id, p.name, p.picture_url, p.problem, p.subscribed, p.trouble, p.leaving_until, \
         p.connected_at, p.last_event_at, p.paused_until, p.pause_reason, p.pauses, p.policy, p.policy_reason, p.policy_at, p.channel"
    };
}

statements! {
    /// Every page of every gateway.
    ALL_PAGES = concat!("SELECT ", columns!(), " FROM account p ORDER BY p.name, p.account_id");
    /// The pages of a gateway, by name; $2 and $3 the place to go on from, $4 how many.
    OF_GATEWAY = concat!("SELECT ", columns!(), " FROM account p WHERE p.gateway_id = $1
        AND (p.name > $2 OR (p.name = $2 AND p.account_id > $3)) ORDER BY p.name, p.account_id LIMIT $4");
    /// One page of a gateway.
    ONE = concat!("SELECT ", columns!(), " FROM account p WHERE p.gateway_id = $1 AND p.account_id = $2");
    /// A page that a login showed: new, or known and refreshed.
    UPSERT = "INSERT INTO account (id, gateway_id, channel, account_id, name, picture_url, problem, subscribed, connected_at)
        VALUES ($1, $2, $8, $3, $4, $5, $6, 0, $7) ON CONFLICT (gateway_id, account_id) DO UPDATE SET name = excluded.name,
        picture_url = excluded.picture_url, problem = excluded.problem, trouble = NULL, connected_at = excluded.connected_at";
    /// Switches its events on or off.
    SUBSCRIBE = "UPDATE account SET subscribed = $3, leaving_until = $4 WHERE gateway_id = $1 AND account_id = $2";
    /// We are about to unsubscribe it ourselves: Meta reports that as a deauthorize, which is none.
    LEAVING = "UPDATE account SET leaving_until = $3 WHERE gateway_id = $1 AND account_id = $2";
    /// What is wrong with it now; NULL for nothing.
    TROUBLE = "UPDATE account SET trouble = $3 WHERE gateway_id = $1 AND account_id = $2";
    /// Meta wants nothing sent for it until $3. Of several refusals at once ($5 is now) the first one counts.
    PAUSE = "UPDATE account SET paused_until = $3, pause_reason = $4, pauses = pauses + 1
        WHERE gateway_id = $1 AND account_id = $2 AND (paused_until IS NULL OR paused_until < $5)";
    /// Something was taken again after its pause ($3 is now): all is well.
    RESUME = "UPDATE account SET paused_until = NULL, pause_reason = NULL, pauses = 0
        WHERE gateway_id = $1 AND account_id = $2 AND paused_until <= $3";
    /// A policy measure of Meta's ($4 its reason, both NULL once it is lifted), unless a later one is here.
    POLICY = "UPDATE account SET policy = $3, policy_reason = $4, policy_at = $5 WHERE gateway_id = $1 AND account_id = $2
        AND (policy_at IS NULL OR policy_at <= $5)";
    /// Why it cannot be used; NULL if it can.
    PROBLEM = "UPDATE account SET problem = $3 WHERE gateway_id = $1 AND account_id = $2";
    /// An event came; kept to the minute.
    EVENT_AT = "UPDATE account SET last_event_at = $3 WHERE gateway_id = $1 AND account_id = $2
        AND (last_event_at IS NULL OR last_event_at + 60000000 < $3)";
    /// Removes one.
    DELETE = "DELETE FROM account WHERE gateway_id = $1 AND account_id = $2";
    /// Removes all of a gateway.
    DELETE_ALL = "DELETE FROM account WHERE gateway_id = $1";
    /// The pages of a gateway that logins of one user reach, by name, as [`OF_GATEWAY`]; $5 the user.
    OF_LOGIN = concat!("SELECT ", columns!(), " FROM account p WHERE p.gateway_id = $1
        AND (p.name > $2 OR (p.name = $2 AND p.account_id > $3)) AND EXISTS (SELECT 1 FROM page_access a
            JOIN connection c ON c.id = a.connection_id WHERE a.gateway_id = $1 AND a.page_id = p.account_id AND c.user_id = $5)
        ORDER BY p.name, p.account_id LIMIT $4");
}

/// A Facebook Page of a gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Which channel it is an account of.
    pub channel: Channel,
    /// Its row.
    pub id: i64,
    /// The gateway.
    pub gateway: GatewayId,
    /// Meta's Page id.
    pub page: String,
    /// Its name.
    pub name: String,
    /// Its picture at Meta.
    pub picture_url: Option<String>,
    /// Why it cannot be used.
    pub problem: Option<PageProblem>,
    /// Whether its events are processed.
    pub subscribed: bool,
    /// What went wrong with it since: a dead token, a restriction.
    pub trouble: Option<PageTrouble>,
    /// Until when a deauthorize of it is the echo of our own unsubscribing.
    pub leaving_until: Option<Micros>,
    /// When it was connected last.
    pub connected_at: Micros,
    /// When an event of it came last.
    pub last_event_at: Option<Micros>,
    /// Meta wants nothing sent for it until then.
    pub paused_until: Option<Micros>,
    /// Why, until something was taken again.
    pub pause_reason: Option<Failure>,
    /// How many pauses there were in a row.
    pub pauses: i64,
    /// The policy measure that stands against it.
    pub policy: Option<Policy>,
}

/// A measure of Meta's against a page that breaks a policy (meta-platform.md §2.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Which measure.
    pub measure: PolicyAction,
    /// Meta's reason, in its words.
    pub reason: Option<String>,
    /// Since when.
    pub at: Micros,
}

impl Policy {
    /// Whether the page may not send; else it is a warning.
    pub fn is_block(&self) -> bool {
        self.measure == PolicyAction::Block
    }
}

/// A page from its columns.
pub(crate) fn from_row(row: &Row) -> Page {
    Page {
        channel: row.channel(17),
        id: row.int(0),
        gateway: GatewayId(row.int(1)),
        page: row.text(2),
        name: row.text(3),
        picture_url: row.opt_text(4),
        problem: row.json(5),
        subscribed: row.flag(6),
        trouble: row.json(7),
        leaving_until: row.opt_int(8).map(Micros),
        connected_at: Micros(row.int(9)),
        last_event_at: row.opt_int(10).map(Micros),
        paused_until: row.opt_int(11).map(Micros),
        pause_reason: row.json(12),
        pauses: row.int(13),
        policy: row.opt_text(14).map(|word| Policy {
            measure: PolicyAction::from_word(&word).unwrap_or(PolicyAction::Unspecified),
            reason: row.opt_text(15),
            at: Micros(row.opt_int(16).unwrap_or_default()),
        }),
    }
}

/// One page of a gateway.
pub async fn one(store: &Store, gateway: GatewayId, page: &str) -> Result<Option<Page>, Error> {
    Ok(store.row(ONE, values![gateway, page]).await?.as_ref().map(from_row))
}

/// Every Page of every gateway, by name.
pub async fn all(store: &Store) -> Result<Vec<Page>, Error> {
    Ok(store.rows(ALL_PAGES, values![]).await?.iter().map(from_row).collect())
}

/// The Pages of a gateway, by name.
pub async fn of_gateway(store: &Store, gateway: GatewayId) -> Result<Vec<Page>, Error> {
    Ok(store.rows(OF_GATEWAY, values![gateway, "", "", MOST]).await?.iter().map(from_row).collect())
}

/// The Pages of a gateway that logins of one user of ours reach, by name.
pub async fn of_login(store: &Store, gateway: GatewayId, user: UserId) -> Result<Vec<Page>, Error> {
    Ok(store.rows(OF_LOGIN, values![gateway, "", "", MOST, user]).await?.iter().map(from_row).collect())
}

/// Some of the Pages of a gateway behind a place (name and Page id), by name, with every access to the gateway's Pages.
/// With `login` only those that logins of that user reach.
pub async fn list_with_access(
    store: &Store,
    gateway: GatewayId,
    (name, page): (&str, &str),
    limit: i64,
    login: Option<UserId>,
) -> Result<(Vec<Page>, Vec<Access>), Error> {
    let pages = match login {
        Some(user) => (OF_LOGIN, values![gateway, name, page, limit, user]),
        None => (OF_GATEWAY, values![gateway, name, page, limit]),
    };
    let answers = store.ask(vec![pages, (page_access::ACCESS, values![gateway])]).await?;
    Ok((answers[0].iter().map(from_row).collect(), answers[1].iter().map(page_access::from_row).collect()))
}

/// The Pages of a gateway, and the last good call of each permission.
pub async fn of_gateway_with_uses(
    store: &Store,
    gateway: GatewayId,
) -> Result<(Vec<Page>, Vec<PermissionUse>), Error> {
    let pages = (OF_GATEWAY, values![gateway, "", "", MOST]);
    let answers = store.ask(vec![pages, (permission_use::USES, values![gateway])]).await?;
    Ok((answers[0].iter().map(from_row).collect(), answers[1].iter().map(permission_use::from_row).collect()))
}

/// A Page that a login showed.
#[derive(Debug, Clone, Copy)]
pub struct NewPage<'a> {
    /// The id of its row, should it be new.
    pub id: i64,
    /// The gateway.
    pub gateway: GatewayId,
    /// Which channel it is an account of.
    pub channel: Channel,
    /// The channel's id of it: for Messenger the Page id.
    pub page: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its picture at Meta.
    pub picture_url: Option<&'a str>,
    /// Why it can't be used.
    pub problem: Option<&'a PageProblem>,
}

/// Adds a Page, or refreshes what is known of it.
pub fn upsert(batch: &mut Batch, new: &NewPage<'_>, at: Micros) {
    let (page, name) = (new.page, new.name);
    let problem = new.problem.map(json);
    batch.push(UPSERT, values![new.id, new.gateway, page, name, new.picture_url, problem, at, new.channel]);
}

/// A Page can be reached again: what waits for it is due at once.
pub fn wake_sends(batch: &mut Batch, gateway: GatewayId, page: &str, now: Micros) {
    batch.push(outbox::WAKE_ACCOUNT, values![gateway, page, now]);
    batch.notify(Signal::Outbox);
}

/// Switches its events on or off. Until `leaving_until` a deauthorize is the echo of our own unsubscribing. A conflict
/// if the Page is gone.
pub fn set_subscribed(
    batch: &mut Batch,
    gateway: GatewayId,
    page: &str,
    subscribed: bool,
    leaving_until: Option<Micros>,
) {
    batch.must(SUBSCRIBE, values![gateway, page, subscribed, leaving_until]);
}

/// We are about to unsubscribe it: until then Meta's deauthorize is the echo of that.
pub fn set_leaving(batch: &mut Batch, gateway: GatewayId, page: &str, until: Micros) {
    batch.push(LEAVING, values![gateway, page, until]);
}

/// What is wrong with it now, None for nothing. The caller says that the gateway changed.
pub fn set_trouble(batch: &mut Batch, gateway: GatewayId, page: &str, why: Option<&PageTrouble>) {
    batch.push(TROUBLE, values![gateway, page, why.map(json)]);
}

/// Why it can't be used; None if it can.
pub fn set_problem(batch: &mut Batch, gateway: GatewayId, page: &str, why: Option<&PageProblem>) {
    batch.push(PROBLEM, values![gateway, page, why.map(json)]);
}

/// Meta wants nothing sent for it until then. Of several refusals at once the first one counts.
pub fn pause(batch: &mut Batch, gateway: GatewayId, page: &str, until: Micros, why: &Failure, now: Micros) {
    batch.push(PAUSE, values![gateway, page, until, json(why), now]);
    gateway_changed(batch, gateway, now);
    batch.notify(Signal::Config);
}

/// Meta took something after the pause: all is well.
pub fn resume(batch: &mut Batch, gateway: GatewayId, page: &str, now: Micros) {
    batch.push(RESUME, values![gateway, page, now]);
    gateway_changed(batch, gateway, now);
    batch.notify(Signal::Config);
}

/// A policy measure of Meta's since a moment, unless a later one is here.
pub fn set_policy(
    batch: &mut Batch,
    gateway: GatewayId,
    page: &str,
    (measure, reason): (PolicyAction, Option<&str>),
    since: Micros,
    now: Micros,
) {
    let stands = measure != PolicyAction::Unblock;
    let (word, reason) = (stands.then(|| measure.word()), reason.filter(|_| stands));
    batch.push(POLICY, values![gateway, page, word, reason, since]);
    gateway_changed(batch, gateway, now);
    batch.notify(Signal::Config);
}

/// Deletes a Page, every access to it and the search through it.
pub fn delete(batch: &mut Batch, gateway: GatewayId, page: &str) {
    batch.push(page_access::DELETE_ACCESS, values![gateway, page]);
    batch.push(DELETE, values![gateway, page]);
    batch.push(catch_up::FORGET, values![gateway, page]);
}
