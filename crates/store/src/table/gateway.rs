//! Gateways: Meta apps connected to Deskbell.

use domain::id::{FlowId, GatewayId};
use domain::time::Micros;
use domain::turn::Templates;

use crate::batch::statements;
use crate::{Error, Row, Store, values};

macro_rules! columns {
    () => {
        "g.id, g.kind, g.name, g.app_id, g.uri, g.verify_token, g.app_secret, g.secret_state, g.flow_id, g.api_version, \
         g.login_config_id, g.enabled, g.templates, g.webhook_verified_at, g.login_ok_at, g.last_event_at, g.last_sent_at, \
         g.signature_failures, g.created_at, g.version, g.human_agent, g.page_rate, g.personas"
    };
}

statements! {
    /// Every gateway that was not deleted.
    LIST = concat!("SELECT ", columns!(), " FROM gateway g WHERE g.deleted_at IS NULL ORDER BY g.id");
    /// One gateway.
    BY_ID = concat!("SELECT ", columns!(), " FROM gateway g WHERE g.id = $1 AND g.deleted_at IS NULL");
    /// Adds a gateway.
    INSERT = "INSERT INTO gateway (id, kind, name, app_id, uri, verify_token, app_secret, secret_state, flow_id, api_version,
        login_config_id, enabled, templates, signature_failures, created_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, $14, 1)";
    /// Changes one; $11 is the version that was edited, or 0 for whichever it is.
    UPDATE = "UPDATE gateway SET name = $2, app_id = $3, app_secret = $4, secret_state = $5, flow_id = $6, api_version = $7,
        login_config_id = $8, enabled = $9, templates = $10, version = version + 1
        WHERE id = $1 AND deleted_at IS NULL AND (version = $11 OR $11 = 0)";
    /// What it may do: whether the app holds Human Agent, and how many calls a second each Page gets.
    SET_LIMITS = "UPDATE gateway SET human_agent = $2, page_rate = $3 WHERE id = $1";
    /// Whether agents answer under their own names.
    SET_PERSONAS = "UPDATE gateway SET personas = $2 WHERE id = $1";
    /// Deletes one: what is secret goes, the name stays for the history.
    DELETE = "UPDATE gateway SET deleted_at = $2, enabled = 0, app_secret = '', verify_token = '', uri = 'deleted-' || CAST(id AS TEXT),
        version = version + 1 WHERE id = $1 AND deleted_at IS NULL";
    /// Nothing new is taken in: it is about to be deleted.
    DISABLE = "UPDATE gateway SET enabled = 0, version = version + 1 WHERE id = $1 AND deleted_at IS NULL";
    /// What is known of the secret now.
    SET_SECRET_STATE = "UPDATE gateway SET secret_state = $2 WHERE id = $1";
    /// Meta verified the webhook.
    VERIFIED = "UPDATE gateway SET webhook_verified_at = $2 WHERE id = $1";
    /// A login came to a good end.
    LOGGED_IN = "UPDATE gateway SET login_ok_at = $2 WHERE id = $1";
    /// An event was applied; kept to the minute, so that it costs nothing.
    EVENT_AT = "UPDATE gateway SET last_event_at = $2 WHERE id = $1 AND (last_event_at IS NULL OR last_event_at + 60000000 < $2)";
    /// A message left.
    SENT_AT = "UPDATE gateway SET last_sent_at = $2 WHERE id = $1 AND (last_sent_at IS NULL OR last_sent_at + 60000000 < $2)";
    /// Deliveries with a wrong signature came.
    BAD_SIGNATURE = "UPDATE gateway SET signature_failures = signature_failures + $2 WHERE id = $1";
    /// The last good call that needed a permission: evidence for App Review.
    USED = "INSERT INTO permission_use (gateway_id, permission, endpoint, at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (gateway_id, permission) DO UPDATE SET endpoint = excluded.endpoint, at = excluded.at";
    /// The last good call of each permission.
    USES = "SELECT permission, endpoint, at FROM permission_use WHERE gateway_id = $1 ORDER BY permission";

    /// What was called for another app is no evidence for this one.
    FORGET_USES = "DELETE FROM permission_use WHERE gateway_id = $1";

    /// A login begins.
    INSERT_ATTEMPT = "INSERT INTO login_attempt (id, gateway_id, state_hash, user_id, session_hash, expires_at, outcome, message)
        VALUES ($1, $2, $3, $4, $5, $6, 'pending', '')";
    /// The attempt that a state belongs to.
    ATTEMPT_BY_STATE = "SELECT id, gateway_id, user_id, session_hash, expires_at, outcome, message FROM login_attempt WHERE state_hash = $1";
    /// One attempt.
    ATTEMPT = "SELECT id, gateway_id, user_id, session_hash, expires_at, outcome, message FROM login_attempt WHERE id = $1 AND gateway_id = $2";
    /// One attempt of whichever gateway.
    ATTEMPT_BY_ID = "SELECT id, gateway_id, user_id, session_hash, expires_at, outcome, message FROM login_attempt WHERE id = $1";
    /// The state is used up: once only.
    TAKE_ATTEMPT = "UPDATE login_attempt SET outcome = 'working' WHERE id = $1 AND outcome = 'pending'";
    /// How it ended.
    END_ATTEMPT = "UPDATE login_attempt SET outcome = $2, message = $3 WHERE id = $1";
    /// Forgets old attempts.
    FORGET_ATTEMPTS = "DELETE FROM login_attempt WHERE expires_at < $1";

    /// Keeps a request to delete a person's data; the same one again changes nothing.
    INSERT_DELETION = "INSERT INTO deletion_request (code, gateway_id, person_id, requested_at, done_at, held)
        VALUES ($1, $2, $3, $4, $5, 'new') ON CONFLICT (gateway_id, person_id) DO NOTHING";
    /// What it came to.
    DELETION_HELD = "UPDATE deletion_request SET held = $2, done_at = $3 WHERE code = $1";
    /// Nothing was held of them, unless an earlier request of theirs was about something.
    DELETION_NOTHING = "UPDATE deletion_request SET held = 'nothing' WHERE code = $1 AND held = 'new'";
    /// The code of a person's request.
    DELETION_OF = "SELECT code, requested_at, done_at FROM deletion_request WHERE gateway_id = $1 AND person_id = $2";
    /// What became of a request.
    DELETION_BY_CODE = "SELECT gateway_id, requested_at, done_at, held FROM deletion_request WHERE code = $1";
}

/// A Meta app connected to Deskbell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gateway {
    /// Its id.
    pub id: GatewayId,
    /// `meta`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Meta's App ID.
    pub app_id: String,
    /// The last part of its address.
    pub uri: String,
    /// What Meta must show when it verifies the webhook.
    pub verify_token: String,
    /// The App Secret, encrypted.
    pub app_secret: String,
    /// `ok`, `refused`, `unchecked`.
    pub secret_state: String,
    /// The flow that greets.
    pub flow: FlowId,
    /// `vNN.N`.
    pub api_version: String,
    /// Facebook Login for Business.
    pub login_config_id: Option<String>,
    /// Whether events are processed.
    pub enabled: bool,
    /// Its texts for customers.
    pub templates: Templates,
    /// When Meta verified the webhook last.
    pub webhook_verified_at: Option<Micros>,
    /// When a login came to a good end last.
    pub login_ok_at: Option<Micros>,
    /// When an event came last.
    pub last_event_at: Option<Micros>,
    /// When a message left last.
    pub last_sent_at: Option<Micros>,
    /// Deliveries with a wrong signature so far.
    pub signature_failures: i64,
    /// When it was made.
    pub created_at: Micros,
    /// Grows with each edit.
    pub version: i64,
    /// Whether the app holds Meta's Human Agent feature: people may then answer for 7 days.
    pub human_agent: bool,
    /// The most calls of the Send API in a second for each of its Pages.
    pub page_rate: i64,
    /// Whether agents answer under their own names and pictures.
    pub personas: bool,
}

/// A gateway from its columns.
pub fn from_row(row: &Row) -> Gateway {
    Gateway {
        id: GatewayId(row.int(0)),
        kind: row.text(1),
        name: row.text(2),
        app_id: row.text(3),
        uri: row.text(4),
        verify_token: row.text(5),
        app_secret: row.text(6),
        secret_state: row.text(7),
        flow: FlowId(row.int(8)),
        api_version: row.text(9),
        login_config_id: row.opt_text(10),
        enabled: row.flag(11),
        templates: row.json(12),
        webhook_verified_at: row.opt_int(13).map(Micros),
        login_ok_at: row.opt_int(14).map(Micros),
        last_event_at: row.opt_int(15).map(Micros),
        last_sent_at: row.opt_int(16).map(Micros),
        signature_failures: row.int(17),
        created_at: Micros(row.int(18)),
        version: row.int(19),
        human_agent: row.flag(20),
        page_rate: row.int(21),
        personas: row.flag(22),
    }
}

/// Every gateway that was not deleted.
pub async fn list(store: &Store) -> Result<Vec<Gateway>, Error> {
    Ok(store.rows(LIST, values![]).await?.iter().map(from_row).collect())
}

/// One gateway by its id.
pub async fn by_id(store: &Store, id: GatewayId) -> Result<Option<Gateway>, Error> {
    Ok(store.row(BY_ID, values![id]).await?.as_ref().map(from_row))
}

/// One try of an administrator to connect pages by Meta's login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its id.
    pub id: i64,
    /// The gateway that it belongs to.
    pub gateway: GatewayId,
    /// Who tries.
    pub user: i64,
    /// The session that the redirect must come back with; None when it was begun by API token.
    pub session_hash: Option<String>,
    /// Until when its state is good.
    pub expires_at: Micros,
    /// `pending`, `working`, `done` or `failed`.
    pub outcome: String,
    /// How it ended, as a sentence.
    pub message: String,
}

/// An attempt from its columns.
pub fn attempt(row: &Row) -> Attempt {
    Attempt {
        id: row.int(0),
        gateway: GatewayId(row.int(1)),
        user: row.int(2),
        session_hash: row.opt_text(3),
        expires_at: Micros(row.int(4)),
        outcome: row.text(5),
        message: row.text(6),
    }
}
