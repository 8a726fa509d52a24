//! Facebook Pages of gateways, and through whose accounts they are reached.

use domain::id::{GatewayId, UserId};
use domain::time::Micros;

use crate::batch::statements;
use crate::{Error, Row, Store, values};

macro_rules! columns {
    () => {
        "p.id, p.gateway_id, p.page_id, p.name, p.picture_url, p.problem, p.subscribed, p.trouble, p.leaving_until, \
         p.connected_at, p.last_event_at, p.paused_until, p.pause_reason, p.pauses, p.policy, p.policy_kind, p.policy_at"
    };
}

statements! {
    /// Every page of every gateway.
    ALL_PAGES = concat!("SELECT ", columns!(), " FROM page p ORDER BY p.name, p.page_id");
    /// The pages of a gateway, by name; $2 and $3 the place to go on from, $4 how many.
    OF_GATEWAY = concat!("SELECT ", columns!(), " FROM page p WHERE p.gateway_id = $1
        AND (p.name > $2 OR (p.name = $2 AND p.page_id > $3)) ORDER BY p.name, p.page_id LIMIT $4");
    /// One page of a gateway.
    ONE = concat!("SELECT ", columns!(), " FROM page p WHERE p.gateway_id = $1 AND p.page_id = $2");
    /// A page that a login showed: new, or known and refreshed.
    UPSERT = "INSERT INTO page (id, gateway_id, page_id, name, picture_url, problem, subscribed, connected_at)
        VALUES ($1, $2, $3, $4, $5, $6, 0, $7) ON CONFLICT (gateway_id, page_id) DO UPDATE SET name = excluded.name,
        picture_url = excluded.picture_url, problem = excluded.problem, trouble = NULL, connected_at = excluded.connected_at";
    /// Switches its events on or off.
    SUBSCRIBE = "UPDATE page SET subscribed = $3, leaving_until = $4 WHERE gateway_id = $1 AND page_id = $2";
    /// We are about to unsubscribe it ourselves: Meta reports that as a deauthorize, which is none.
    LEAVING = "UPDATE page SET leaving_until = $3 WHERE gateway_id = $1 AND page_id = $2";
    /// What is wrong with it now; NULL for nothing.
    TROUBLE = "UPDATE page SET trouble = $3 WHERE gateway_id = $1 AND page_id = $2";
    /// Meta wants nothing sent for it until $3. Of several refusals at once ($5 is now) the first one counts.
    PAUSE = "UPDATE page SET paused_until = $3, pause_reason = $4, pauses = pauses + 1
        WHERE gateway_id = $1 AND page_id = $2 AND (paused_until IS NULL OR paused_until < $5)";
    /// Something was taken again after its pause ($3 is now): all is well.
    RESUME = "UPDATE page SET paused_until = NULL, pause_reason = NULL, pauses = 0
        WHERE gateway_id = $1 AND page_id = $2 AND paused_until <= $3";
    /// A policy measure of Meta's ($4 its word, both NULL once it is lifted), unless a later one is here.
    POLICY = "UPDATE page SET policy = $3, policy_kind = $4, policy_at = $5 WHERE gateway_id = $1 AND page_id = $2
        AND (policy_at IS NULL OR policy_at <= $5)";
    /// Why it cannot be used; NULL if it can.
    PROBLEM = "UPDATE page SET problem = $3 WHERE gateway_id = $1 AND page_id = $2";
    /// An event came; kept to the minute.
    EVENT_AT = "UPDATE page SET last_event_at = $3 WHERE gateway_id = $1 AND page_id = $2
        AND (last_event_at IS NULL OR last_event_at + 60000000 < $3)";
    /// Removes one.
    DELETE = "DELETE FROM page WHERE gateway_id = $1 AND page_id = $2";
    /// Removes all of a gateway.
    DELETE_ALL = "DELETE FROM page WHERE gateway_id = $1";

    /// An account that connected; the same one again gets its new token.
    UPSERT_CONNECTION = "INSERT INTO connection (id, gateway_id, person_id, person_name, token, alive, scopes, connected_at, user_id)
        VALUES ($1, $2, $3, $4, $5, 1, $6, $7, $8) ON CONFLICT (gateway_id, person_id) DO UPDATE SET person_name = excluded.person_name,
        token = excluded.token, alive = 1, scopes = excluded.scopes, connected_at = excluded.connected_at, user_id = excluded.user_id";
    /// The accounts of a gateway.
    CONNECTIONS = "SELECT id, person_id, person_name, token, alive, scopes, connected_at, user_id FROM connection WHERE gateway_id = $1 ORDER BY id";
    /// One account.
    CONNECTION = "SELECT id, person_id, person_name, token, alive, scopes, connected_at, user_id FROM connection WHERE gateway_id = $1 AND person_id = $2";
    /// Its token is dead: nothing of it is kept.
    KILL_CONNECTION = "UPDATE connection SET alive = 0, token = '' WHERE gateway_id = $1 AND id = $2";
    /// A person asked to be forgotten: token, name and id go, the row stays so that the history of grants holds.
    FORGET_CONNECTION = "UPDATE connection SET alive = 0, token = '', person_name = 'removed', scopes = '[]',
        person_id = 'removed-' || CAST(id AS TEXT) WHERE gateway_id = $1 AND id = $2";
    /// The permissions that an account holds now.
    SET_SCOPES = "UPDATE connection SET scopes = $3 WHERE gateway_id = $1 AND id = $2";
    /// What an account may do on a page now.
    SET_TASKS = "UPDATE page_access SET tasks = $4 WHERE gateway_id = $1 AND page_id = $2 AND connection_id = $3";
    /// What it could reach is dead with it.
    KILL_ACCESS_OF = "UPDATE page_access SET alive = 0, token = '' WHERE gateway_id = $1 AND connection_id = $2";
    /// A forgotten account is a way to nothing.
    FORGET_ACCESS_OF = "DELETE FROM page_access WHERE gateway_id = $1 AND connection_id = $2";
    /// Nobody reaches a page any more.
    KILL_ACCESS_TO = "UPDATE page_access SET alive = 0, token = '' WHERE gateway_id = $1 AND page_id = $2";
    /// One way to a page is dead.
    KILL_ACCESS = "UPDATE page_access SET alive = 0 WHERE gateway_id = $1 AND page_id = $2 AND connection_id = $3 AND alive = 1";
    /// It lives again.
    REVIVE_ACCESS = "UPDATE page_access SET alive = 1 WHERE gateway_id = $1 AND page_id = $2 AND connection_id = $3 AND alive = 0 AND token <> ''";
    /// An account does not grant a page any more.
    DROP_ACCESS = "UPDATE page_access SET alive = 0, token = '', tasks = '[]' WHERE gateway_id = $1 AND page_id = $2 AND connection_id = $3";
    /// A way to a page, by the account's id at Meta: its row may be written in the same batch.
    UPSERT_ACCESS_OF = "INSERT INTO page_access (gateway_id, page_id, connection_id, token, tasks, alive)
        SELECT c.gateway_id, CAST($2 AS TEXT), c.id, CAST($4 AS TEXT), CAST($5 AS TEXT), CAST($6 AS BIGINT)
        FROM connection c WHERE c.gateway_id = $1 AND c.person_id = $3
        ON CONFLICT (gateway_id, page_id, connection_id) DO UPDATE SET token = excluded.token, tasks = excluded.tasks, alive = excluded.alive";
    /// Every way to the pages of a gateway.
    ACCESS = "SELECT a.page_id, a.connection_id, a.token, a.tasks, a.alive, c.person_name, c.person_id, c.user_id FROM page_access a
        JOIN connection c ON c.id = a.connection_id WHERE a.gateway_id = $1 ORDER BY c.connected_at DESC, c.id";
    /// Every way to one page, the best first: a reviewer's is taken only where there is no other.
    ACCESS_TO = "SELECT a.page_id, a.connection_id, a.token, a.tasks, a.alive, c.person_name, c.person_id, c.user_id FROM page_access a
        JOIN connection c ON c.id = a.connection_id LEFT JOIN reviewer r ON r.user_id = c.user_id
        WHERE a.gateway_id = $1 AND a.page_id = $2
        ORDER BY a.alive DESC, CASE WHEN r.user_id IS NULL THEN 0 ELSE 1 END, c.connected_at DESC, c.id";
    /// No way is left to a page.
    DELETE_ACCESS = "DELETE FROM page_access WHERE gateway_id = $1 AND ($2 = '' OR page_id = $2)";
    /// The pages of a gateway that logins of one user reach, by name, as [`OF_GATEWAY`]; $5 the user.
    OF_LOGIN = concat!("SELECT ", columns!(), " FROM page p WHERE p.gateway_id = $1
        AND (p.name > $2 OR (p.name = $2 AND p.page_id > $3)) AND EXISTS (SELECT 1 FROM page_access a
            JOIN connection c ON c.id = a.connection_id WHERE a.gateway_id = $1 AND a.page_id = p.page_id AND c.user_id = $5)
        ORDER BY p.name, p.page_id LIMIT $4");
    /// What one user's logins reach of one page ($2) is given up; of all pages if it is empty.
    DELETE_ACCESS_OF_LOGIN = "DELETE FROM page_access WHERE gateway_id = $1 AND ($2 = '' OR page_id = $2)
        AND connection_id IN (SELECT c.id FROM connection c WHERE c.gateway_id = $1 AND c.user_id = $3)";
    /// One user's logins are forgotten, tokens and all.
    DELETE_CONNECTIONS_OF_LOGIN = "DELETE FROM connection WHERE gateway_id = $1 AND user_id = $2";
    /// No account is left.
    DELETE_CONNECTIONS = "DELETE FROM connection WHERE gateway_id = $1";
}

/// A Facebook Page of a gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
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
    pub problem: Option<String>,
    /// Whether its events are processed.
    pub subscribed: bool,
    /// What went wrong with it since: a dead token, a restriction.
    pub trouble: Option<String>,
    /// Until when a deauthorize of it is the echo of our own unsubscribing.
    pub leaving_until: Option<Micros>,
    /// When it was connected last.
    pub connected_at: Micros,
    /// When an event of it came last.
    pub last_event_at: Option<Micros>,
    /// Meta wants nothing sent for it until then.
    pub paused_until: Option<Micros>,
    /// Why, until something was taken again.
    pub pause_reason: Option<String>,
    /// How many pauses there were in a row.
    pub pauses: i64,
    /// The policy measure that stands against it.
    pub policy: Option<Policy>,
}

/// A measure of Meta's against a page that breaks a policy (meta-platform.md §2.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// A sentence.
    pub text: String,
    /// Whether the page may not send; else it is a warning.
    pub blocked: bool,
    /// Since when.
    pub at: Micros,
}

/// A page from its columns.
pub fn from_row(row: &Row) -> Page {
    Page {
        id: row.int(0),
        gateway: GatewayId(row.int(1)),
        page: row.text(2),
        name: row.text(3),
        picture_url: row.opt_text(4),
        problem: row.opt_text(5),
        subscribed: row.flag(6),
        trouble: row.opt_text(7),
        leaving_until: row.opt_int(8).map(Micros),
        connected_at: Micros(row.int(9)),
        last_event_at: row.opt_int(10).map(Micros),
        paused_until: row.opt_int(11).map(Micros),
        pause_reason: row.opt_text(12),
        pauses: row.int(13),
        policy: row.opt_text(14).map(|text| Policy {
            text,
            blocked: row.text(15) == "block",
            at: Micros(row.opt_int(16).unwrap_or_default()),
        }),
    }
}

/// One page of a gateway.
pub async fn one(store: &Store, gateway: GatewayId, page: &str) -> Result<Option<Page>, Error> {
    Ok(store.row(ONE, values![gateway, page]).await?.as_ref().map(from_row))
}

/// A Facebook account that connected pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Its row.
    pub id: i64,
    /// Meta's id of the person.
    pub person: String,
    /// The person's name.
    pub name: String,
    /// The user token, encrypted; empty when dead.
    pub token: String,
    /// Whether the grant is alive.
    pub alive: bool,
    /// The permissions that were granted.
    pub scopes: Vec<String>,
    /// When it connected last.
    pub connected_at: Micros,
    /// Which user of ours went through the login.
    pub user: Option<UserId>,
}

/// An account from its columns.
pub fn connection(row: &Row) -> Connection {
    Connection {
        id: row.int(0),
        person: row.text(1),
        name: row.text(2),
        token: row.text(3),
        alive: row.flag(4),
        scopes: row.json(5),
        connected_at: Micros(row.int(6)),
        user: row.opt_int(7).map(UserId),
    }
}

/// A way to a page: through one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Meta's Page id.
    pub page: String,
    /// The account's row.
    pub connection: i64,
    /// The page token, encrypted; empty when the account has none.
    pub token: String,
    /// What the account may do on the page.
    pub tasks: Vec<String>,
    /// Whether the token is alive.
    pub alive: bool,
    /// The account's name.
    pub person_name: String,
    /// The account's id at Meta.
    pub person: String,
    /// Which user of ours went through its login.
    pub user: Option<UserId>,
}

/// A way to a page from its columns.
pub fn access(row: &Row) -> Access {
    Access {
        page: row.text(0),
        connection: row.int(1),
        token: row.text(2),
        tasks: row.json(3),
        alive: row.flag(4),
        person_name: row.text(5),
        person: row.text(6),
        user: row.opt_int(7).map(UserId),
    }
}
