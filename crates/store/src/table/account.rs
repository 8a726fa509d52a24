//! Accounts of gateways: Facebook Pages, Instagram accounts, WhatsApp numbers. How each is reached is in
//! [`super::account_access`].

use domain::account_details::AccountDetails;
use domain::channel::{Channel, Login};
use domain::failure::Failure;
use domain::id::{GatewayId, UserId};
use domain::inbound::PolicyAction;
use domain::page_trouble::{PageProblem, PageTrouble};
use domain::time::Micros;
use domain::visibility::Viewer;

use super::account_access;
use super::event::gateway_changed;
use super::permission_use::{self, PermissionUse};
use super::visibility::{self, seen_by};
use super::{catch_up, outbox};
use crate::batch::statements;
use crate::json::json;
use crate::{Batch, Error, Row, Signal, Store, values};

pub use super::account_access::Access;
pub use super::connection::Connection;

/// The maximum number of Pages of a gateway that are read at once.
const MOST: i64 = 10_000;

macro_rules! columns {
    () => {
        "a.id, a.gateway_id, a.account_id, a.name, a.picture_url, a.problem, a.subscribed, a.trouble, a.leaving_until, \
         a.connected_at, a.paused_until, a.pause_reason, a.pauses, a.policy, a.policy_reason, a.policy_at, a.channel, \
         a.username, a.phone, a.node, a.parent_id, a.login, a.details"
    };
}

statements! {
    /// Accounts of the conversations that a viewer sees.
    SEEN = concat!("SELECT DISTINCT c.channel, c.account_id FROM conversation c WHERE ", seen_by!("$1", "$2", "$3"));
    /// Every account of every gateway.
    EVERY = concat!("SELECT ", columns!(), " FROM account a ORDER BY a.name, a.account_id");
    /// The accounts of a gateway, by name; $2 and $3 the place to continue after, $4 the limit.
    OF_GATEWAY = concat!("SELECT ", columns!(), " FROM account a WHERE a.gateway_id = $1
        AND (a.name > $2 OR (a.name = $2 AND a.account_id > $3)) ORDER BY a.name, a.account_id LIMIT $4");
    /// The same of one channel, $5, or of all if that is empty.
    OF_CHANNEL = concat!("SELECT ", columns!(), " FROM account a WHERE a.gateway_id = $1
        AND (a.name > $2 OR (a.name = $2 AND a.account_id > $3)) AND ($5 = '' OR a.channel = $5)
        ORDER BY a.name, a.account_id LIMIT $4");
    /// One account of a gateway.
    ONE = concat!("SELECT ", columns!(), " FROM account a WHERE a.gateway_id = $1 AND a.account_id = $2");
    /// Adds an account that a login returned, or refreshes a known one.
    UPSERT = "INSERT INTO account (id, gateway_id, channel, account_id, name, username, phone, picture_url, node, parent_id, login,
            problem, subscribed, connected_at, details, exclusive)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, $13, $14, $15) ON CONFLICT (gateway_id, account_id) DO UPDATE SET
        name = excluded.name, username = excluded.username, phone = excluded.phone, picture_url = excluded.picture_url,
        node = excluded.node, parent_id = excluded.parent_id, login = excluded.login, problem = excluded.problem, trouble = NULL,
        connected_at = excluded.connected_at, details = excluded.details";
    /// Sets its quality, limits and registration, where its channel has them.
    DETAILS = "UPDATE account SET details = $3 WHERE gateway_id = $1 AND account_id = $2";
    /// The gateway other than $1 that answers the customers of an account.
    ELSEWHERE = "SELECT g.name FROM account a JOIN gateway g ON g.id = a.gateway_id
        WHERE a.channel = $2 AND a.account_id = $3 AND a.gateway_id <> $1 AND a.subscribed = 1 AND g.deleted_at IS NULL ORDER BY a.id LIMIT 1";
    /// Switches its events on or off.
    SUBSCRIBE = "UPDATE account SET subscribed = $3, leaving_until = $4 WHERE gateway_id = $1 AND account_id = $2";
    /// We are about to unsubscribe it ourselves: Meta reports that as a deauthorization, which must be ignored.
    LEAVING = "UPDATE account SET leaving_until = $3 WHERE gateway_id = $1 AND account_id = $2";
    /// Sets what is wrong with it now; NULL for nothing.
    TROUBLE = "UPDATE account SET trouble = $3 WHERE gateway_id = $1 AND account_id = $2";
    /// Pauses its sends until $3. Of several simultaneous refusals the first one counts ($5 is now).
    PAUSE = "UPDATE account SET paused_until = $3, pause_reason = $4, pauses = pauses + 1
        WHERE gateway_id = $1 AND account_id = $2 AND (paused_until IS NULL OR paused_until < $5)";
    /// Meta accepted a request again after the pause ($3 is now).
    RESUME = "UPDATE account SET paused_until = NULL, pause_reason = NULL, pauses = 0
        WHERE gateway_id = $1 AND account_id = $2 AND paused_until <= $3";
    /// Sets a policy action of Meta ($4 its reason, both NULL once it is lifted), unless a later one is stored.
    POLICY = "UPDATE account SET policy = $3, policy_reason = $4, policy_at = $5 WHERE gateway_id = $1 AND account_id = $2
        AND (policy_at IS NULL OR policy_at <= $5)";
    /// Sets why it cannot be used; NULL if it can.
    PROBLEM = "UPDATE account SET problem = $3 WHERE gateway_id = $1 AND account_id = $2";
    /// Removes one.
    DELETE = "DELETE FROM account WHERE gateway_id = $1 AND account_id = $2";
    /// Removes all of a gateway.
    DELETE_ALL = "DELETE FROM account WHERE gateway_id = $1";
    /// The accounts of a gateway that are accessible through logins of one user ($5), by name, as [`OF_GATEWAY`].
    OF_LOGIN = concat!("SELECT ", columns!(), " FROM account a WHERE a.gateway_id = $1
        AND (a.name > $2 OR (a.name = $2 AND a.account_id > $3)) AND EXISTS (SELECT 1 FROM account_access w
            JOIN connection c ON c.id = w.connection_id WHERE w.gateway_id = $1 AND w.account_id = a.account_id AND c.user_id = $5)
        AND ($6 = '' OR a.channel = $6)
        ORDER BY a.name, a.account_id LIMIT $4");
}

/// An account of a gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Which channel it is an account of.
    pub channel: Channel,
    /// The id of its row.
    pub id: i64,
    /// The gateway.
    pub gateway: GatewayId,
    /// Its id at Meta: the id of a Page, an Instagram account (`1784…`), or a WhatsApp number.
    pub account_id: String,
    /// Its name.
    pub name: String,
    /// The user name of an Instagram account.
    pub username: Option<String>,
    /// The phone number of a WhatsApp number, formatted for people.
    pub phone: Option<String>,
    /// The node of the Graph API that its requests go to. For an Instagram account that was found through a Page, the
    /// Page's.
    pub node: String,
    /// What it belongs to: the Page of an Instagram account, the business account of a WhatsApp number.
    pub parent_id: Option<String>,
    /// The login that connected it, which determines where its requests go.
    pub login: Login,
    /// Its quality, limits and registration, where its channel has them.
    pub details: AccountDetails,
    /// Its picture at Meta.
    pub picture_url: Option<String>,
    /// Why it cannot be used.
    pub problem: Option<PageProblem>,
    /// Whether its events are processed.
    pub subscribed: bool,
    /// What has gone wrong with it since, such as an invalid token or a restriction.
    pub trouble: Option<PageTrouble>,
    /// Until when a deauthorization of it is caused by our own unsubscribing.
    pub leaving_until: Option<Micros>,
    /// When it was connected last.
    pub connected_at: Micros,
    /// Until when its sends are paused.
    pub paused_until: Option<Micros>,
    /// The reason for the pause, until Meta accepts a request again.
    pub pause_reason: Option<Failure>,
    /// The number of pauses in a row.
    pub pauses: i64,
    /// The current policy action against it.
    pub policy: Option<Policy>,
}

/// An action of Meta against a page that violates a policy (meta-platform.md §2.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The action.
    pub measure: PolicyAction,
    /// The reason, in Meta's words.
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

impl Account {
    /// An account with only its name known.
    pub fn named(gateway: GatewayId, channel: Channel, account_id: &str, name: &str) -> Self {
        Self {
            channel,
            id: 0,
            gateway,
            account_id: account_id.into(),
            name: name.into(),
            username: None,
            phone: None,
            node: account_id.into(),
            parent_id: None,
            login: Login::Facebook,
            details: AccountDetails::default(),
            picture_url: None,
            problem: None,
            subscribed: false,
            trouble: None,
            leaving_until: None,
            connected_at: Micros(0),
            paused_until: None,
            pause_reason: None,
            pauses: 0,
            policy: None,
        }
    }
}

/// An account from its columns.
pub(crate) fn from_row(row: &Row) -> Account {
    Account {
        channel: row.channel(16),
        id: row.int(0),
        gateway: GatewayId(row.int(1)),
        account_id: row.text(2),
        name: row.text(3),
        username: row.opt_text(17),
        phone: row.opt_text(18),
        node: row.text(19),
        parent_id: row.opt_text(20),
        login: Login::from_word(&row.text(21)).unwrap_or_default(),
        details: row.json(22),
        picture_url: row.opt_text(4),
        problem: row.json(5),
        subscribed: row.flag(6),
        trouble: row.json(7),
        leaving_until: row.opt_int(8).map(Micros),
        connected_at: Micros(row.int(9)),
        paused_until: row.opt_int(10).map(Micros),
        pause_reason: row.json(11),
        pauses: row.int(12),
        policy: row.opt_text(13).map(|word| Policy {
            measure: PolicyAction::from_word(&word).unwrap_or(PolicyAction::Unspecified),
            reason: row.opt_text(14),
            at: Micros(row.opt_int(15).unwrap_or_default()),
        }),
    }
}

/// One account of a gateway.
pub async fn one(store: &Store, gateway: GatewayId, account: &str) -> Result<Option<Account>, Error> {
    Ok(store.row(ONE, values![gateway, account]).await?.as_ref().map(from_row))
}

/// Every account of every gateway, by name.
pub async fn all(store: &Store) -> Result<Vec<Account>, Error> {
    Ok(store.rows(EVERY, values![]).await?.iter().map(from_row).collect())
}

/// The accounts of a gateway, by name.
pub async fn of_gateway(store: &Store, gateway: GatewayId) -> Result<Vec<Account>, Error> {
    Ok(store.rows(OF_GATEWAY, values![gateway, "", "", MOST]).await?.iter().map(from_row).collect())
}

/// The accounts of a gateway that are accessible through logins of one user, by name.
pub async fn of_login(store: &Store, gateway: GatewayId, user: UserId) -> Result<Vec<Account>, Error> {
    Ok(store.rows(OF_LOGIN, values![gateway, "", "", MOST, user, ""]).await?.iter().map(from_row).collect())
}

/// The channels and ids of accounts of the conversations that a user may see.
pub async fn seen(store: &Store, viewer: &Viewer) -> Result<Vec<(Channel, String)>, Error> {
    let rows = store.rows(SEEN, visibility::params(viewer)).await?;
    Ok(rows.iter().map(|row| (row.channel(0), row.text(1))).collect())
}

/// Some of the accounts of a gateway after a place (name and id), by name, with every access to the gateway's
/// accounts. With `login`, only those accessible through logins of that user; with `channel`, only those of that
/// channel.
pub async fn list_with_access(
    store: &Store,
    gateway: GatewayId,
    (name, account): (&str, &str),
    limit: i64,
    login: Option<UserId>,
    channel: Option<Channel>,
) -> Result<(Vec<Account>, Vec<Access>), Error> {
    let channel = channel.map(|channel| channel.name().to_owned()).unwrap_or_default();
    let accounts = match login {
        Some(user) => (OF_LOGIN, values![gateway, name, account, limit, user, channel]),
        None => (OF_CHANNEL, values![gateway, name, account, limit, channel]),
    };
    let answers = store.ask(vec![accounts, (account_access::ACCESS, values![gateway])]).await?;
    Ok((answers[0].iter().map(from_row).collect(), answers[1].iter().map(account_access::from_row).collect()))
}

/// The accounts of a gateway, and the last successful call for each permission.
pub async fn of_gateway_with_uses(
    store: &Store,
    gateway: GatewayId,
) -> Result<(Vec<Account>, Vec<PermissionUse>), Error> {
    let accounts = (OF_GATEWAY, values![gateway, "", "", MOST]);
    let answers = store.ask(vec![accounts, (permission_use::USES, values![gateway])]).await?;
    Ok((answers[0].iter().map(from_row).collect(), answers[1].iter().map(permission_use::from_row).collect()))
}

/// An account that a login returned.
#[derive(Debug, Clone)]
pub struct NewAccount<'a> {
    /// The id of its row, if it is new.
    pub id: i64,
    /// The gateway.
    pub gateway: GatewayId,
    /// Which channel it is an account of.
    pub channel: Channel,
    /// Its id at Meta.
    pub account_id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its user name.
    pub username: Option<&'a str>,
    /// Its phone number.
    pub phone: Option<&'a str>,
    /// Its picture at Meta.
    pub picture_url: Option<&'a str>,
    /// The node of the Graph API that its requests go to.
    pub node: &'a str,
    /// What it belongs to.
    pub parent_id: Option<&'a str>,
    /// By which login it was connected.
    pub login: Login,
    /// Its quality, limits and registration, where its channel has them.
    pub details: AccountDetails,
    /// Whether only one gateway can have it switched on.
    pub exclusive: bool,
    /// Why it can't be used.
    pub problem: Option<&'a PageProblem>,
}

impl<'a> NewAccount<'a> {
    /// An account whose requests go to its own node at Facebook, as those of Pages do.
    pub fn named(id: i64, gateway: GatewayId, channel: Channel, account_id: &'a str, name: &'a str) -> Self {
        Self {
            id,
            gateway,
            channel,
            account_id,
            name,
            username: None,
            phone: None,
            picture_url: None,
            node: account_id,
            parent_id: None,
            login: Login::Facebook,
            details: AccountDetails::default(),
            exclusive: false,
            problem: None,
        }
    }
}

/// Adds an account, or refreshes what is known about it.
pub fn upsert(batch: &mut Batch, new: &NewAccount<'_>, at: Micros) {
    batch.push(
        UPSERT,
        values![
            new.id,
            new.gateway,
            new.channel,
            new.account_id,
            new.name,
            new.username,
            new.phone,
            new.picture_url,
            new.node,
            new.parent_id,
            new.login.word(),
            new.problem.map(json),
            at,
            json(&new.details),
            new.exclusive
        ],
    );
}

/// Its quality, limits and registration, where its channel has them.
pub fn set_details(batch: &mut Batch, gateway: GatewayId, account: &str, details: &AccountDetails) {
    batch.push(DETAILS, values![gateway, account, json(details)]);
}

/// The name of another gateway on which this account is switched on.
pub async fn of_other_gateway(
    store: &Store,
    gateway: GatewayId,
    channel: Channel,
    account: &str,
) -> Result<Option<String>, Error> {
    Ok(store.row(ELSEWHERE, values![gateway, channel, account]).await?.map(|row| row.text(0)))
}

/// One account with every access to it, the best first.
pub async fn with_access(
    store: &Store,
    gateway: GatewayId,
    account: &str,
) -> Result<Option<(Account, Vec<Access>)>, Error> {
    let access = (account_access::ACCESS_TO, values![gateway, account]);
    let answers = store.ask(vec![(ONE, values![gateway, account]), access]).await?;
    let account = answers[0].first().map(from_row);
    Ok(account.map(|account| (account, answers[1].iter().map(account_access::from_row).collect())))
}

/// An account is accessible again: its waiting requests are due at once.
pub fn wake_sends(batch: &mut Batch, gateway: GatewayId, account: &str, now: Micros) {
    batch.push(outbox::WAKE_ACCOUNT, values![gateway, account, now]);
    batch.notify(Signal::Outbox);
}

/// Switches its events on or off. Until `leaving_until`, a deauthorization is caused by our own unsubscribing. A
/// conflict if the account is gone, a duplicate if it is exclusive and switched on elsewhere.
pub fn set_subscribed(
    batch: &mut Batch,
    gateway: GatewayId,
    account: &str,
    subscribed: bool,
    leaving_until: Option<Micros>,
) {
    batch.must(SUBSCRIBE, values![gateway, account, subscribed, leaving_until]);
}

/// We are about to unsubscribe it: until then, a deauthorization by Meta is caused by that.
pub fn set_leaving(batch: &mut Batch, gateway: GatewayId, account: &str, until: Micros) {
    batch.push(LEAVING, values![gateway, account, until]);
}

/// Sets what is wrong with it now; None for nothing. The caller adds the event that the gateway changed.
pub fn set_trouble(batch: &mut Batch, gateway: GatewayId, account: &str, why: Option<&PageTrouble>) {
    batch.push(TROUBLE, values![gateway, account, why.map(json)]);
}

/// Sets why it can't be used; None if it can.
pub fn set_problem(batch: &mut Batch, gateway: GatewayId, account: &str, why: Option<&PageProblem>) {
    batch.push(PROBLEM, values![gateway, account, why.map(json)]);
}

/// Pauses its sends until then. Of several simultaneous refusals the first one counts.
pub fn pause(batch: &mut Batch, gateway: GatewayId, account: &str, until: Micros, why: &Failure, now: Micros) {
    batch.push(PAUSE, values![gateway, account, until, json(why), now]);
    gateway_changed(batch, gateway, now);
    batch.notify(Signal::Config);
}

/// Meta accepted a request after the pause: ends it.
pub fn resume(batch: &mut Batch, gateway: GatewayId, account: &str, now: Micros) {
    batch.push(RESUME, values![gateway, account, now]);
    gateway_changed(batch, gateway, now);
    batch.notify(Signal::Config);
}

/// Sets a policy action of Meta since a moment, unless a later one is stored.
pub fn set_policy(
    batch: &mut Batch,
    gateway: GatewayId,
    account: &str,
    (measure, reason): (PolicyAction, Option<&str>),
    since: Micros,
    now: Micros,
) {
    let stands = measure != PolicyAction::Unblock;
    let (word, reason) = (stands.then(|| measure.word()), reason.filter(|_| stands));
    batch.push(POLICY, values![gateway, account, word, reason, since]);
    gateway_changed(batch, gateway, now);
    batch.notify(Signal::Config);
}

/// Deletes an account, every access to it and the search through it.
pub fn delete(batch: &mut Batch, gateway: GatewayId, account: &str) {
    batch.push(account_access::DELETE_ACCESS, values![gateway, account]);
    batch.push(DELETE, values![gateway, account]);
    batch.push(catch_up::FORGET, values![gateway, account]);
}
