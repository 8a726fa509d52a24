//! Gateways: Meta apps connected to Deskbell.

use domain::id::{FlowId, GatewayId};
use domain::secret::Secret;
use domain::time::Micros;
use domain::turn::Templates;

use super::{account, account_access, catch_up, connection, entry_point, health, permission_use, review};
use crate::batch::statements;
use crate::json::json;
use crate::words::words;
use crate::{Batch, Error, Row, Store, values};

pub use super::login_attempt::Attempt;

macro_rules! columns {
    () => {
        "g.id, g.kind, g.name, g.app_id, g.uri, g.verify_token, g.app_secret, g.secret_state, g.flow_id, g.api_version, \
         g.login_config_id, g.enabled, g.templates, g.webhook_verified_at, g.login_ok_at, \
         g.signature_failures, g.created_at, g.version, g.human_agent, g.page_rate, g.personas, \
         g.bot_pause_minutes, g.instagram_app_id, g.instagram_app_secret, g.whatsapp_config_id"
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
    /// Changes one; $11 is the expected version, or 0 for any.
    UPDATE = "UPDATE gateway SET name = $2, app_id = $3, app_secret = $4, secret_state = $5, flow_id = $6, api_version = $7,
        login_config_id = $8, enabled = $9, templates = $10, version = version + 1
        WHERE id = $1 AND deleted_at IS NULL AND (version = $11 OR $11 = 0)";
    /// Sets its limits: whether the app has the Human Agent feature, the calls per second of each Page, how long the
    /// bot is paused.
    SET_LIMITS = "UPDATE gateway SET human_agent = $2, page_rate = $3, bot_pause_minutes = $4 WHERE id = $1";
    /// Sets what channels other than Messenger need: Instagram Login, Embedded Signup.
    SET_CHANNELS = "UPDATE gateway SET instagram_app_id = $2, instagram_app_secret = $3, whatsapp_config_id = $4 WHERE id = $1";
    /// Sets whether agents answer under their own names.
    SET_PERSONAS = "UPDATE gateway SET personas = $2 WHERE id = $1";
    /// Deletes one: secrets are removed, the name stays for the history.
    DELETE = "UPDATE gateway SET deleted_at = $2, enabled = 0, app_secret = '', instagram_app_secret = '', verify_token = '', uri = 'deleted-' || CAST(id AS TEXT),
        version = version + 1 WHERE id = $1 AND deleted_at IS NULL";
    /// Stops receiving events: it is about to be deleted.
    DISABLE = "UPDATE gateway SET enabled = 0, version = version + 1 WHERE id = $1 AND deleted_at IS NULL";
    /// Sets the state of the secret.
    SET_SECRET_STATE = "UPDATE gateway SET secret_state = $2 WHERE id = $1";
    /// Meta verified the webhook.
    VERIFIED = "UPDATE gateway SET webhook_verified_at = $2 WHERE id = $1";
    /// A login succeeded.
    LOGGED_IN = "UPDATE gateway SET login_ok_at = $2 WHERE id = $1";
    /// Counts deliveries with a wrong signature.
    BAD_SIGNATURE = "UPDATE gateway SET signature_failures = signature_failures + $2 WHERE id = $1";
}

/// A Meta app connected to Deskbell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gateway {
    /// Its id.
    pub id: GatewayId,
    /// `meta`.
    pub kind: GatewayKind,
    /// Its name.
    pub name: String,
    /// Meta's App ID.
    pub app_id: String,
    /// The last part of its address.
    pub uri: String,
    /// What Meta must show when it verifies the webhook.
    pub verify_token: Secret,
    /// The App Secret, encrypted.
    pub app_secret: Secret,
    /// The state of the App Secret.
    pub secret_state: SecretState,
    /// The flow that greets.
    pub flow: FlowId,
    /// The version of the Graph API: `vNN.N`.
    pub api_version: String,
    /// The configuration of Facebook Login for Business.
    pub login_config_id: Option<String>,
    /// Whether events are processed.
    pub enabled: bool,
    /// Its texts for customers.
    pub templates: Templates,
    /// When Meta last verified the webhook.
    pub webhook_verified_at: Option<Micros>,
    /// When a login last succeeded.
    pub login_ok_at: Option<Micros>,
    /// Deliveries with a wrong signature so far.
    pub signature_failures: i64,
    /// When it was created.
    pub created_at: Micros,
    /// Increases with each edit.
    pub version: i64,
    /// Whether the app has Meta's Human Agent feature: people may then answer for 7 days.
    pub human_agent: bool,
    /// The maximum number of Send API calls per second for each of its Pages.
    pub page_rate: i64,
    /// Whether agents answer under their own names and pictures.
    pub personas: bool,
    /// How long the bot is paused after a person answered outside Deskbell; 0 for never.
    pub bot_pause_minutes: i64,
    /// The id of the app for Instagram Login.
    pub instagram_app_id: Option<String>,
    /// Its secret, encrypted; empty if there is none.
    pub instagram_app_secret: Secret,
    /// The configuration of WhatsApp's Embedded Signup.
    pub whatsapp_config_id: Option<String>,
}

impl Gateway {
    /// Whether an id of Meta is the id of its app: Instagram Login has a separate one.
    pub fn is_app(&self, id: &str) -> bool {
        self.app_id == id || self.instagram_app_id.as_deref() == Some(id)
    }
}

/// A gateway from its columns.
pub(crate) fn from_row(row: &Row) -> Gateway {
    Gateway {
        id: GatewayId(row.int(0)),
        kind: GatewayKind::parse(&row.text(1)).unwrap_or(GatewayKind::Meta),
        name: row.text(2),
        app_id: row.text(3),
        uri: row.text(4),
        verify_token: Secret(row.text(5)),
        app_secret: Secret(row.text(6)),
        secret_state: SecretState::parse(&row.text(7)).unwrap_or(SecretState::Unchecked),
        flow: FlowId(row.int(8)),
        api_version: row.text(9),
        login_config_id: row.opt_text(10),
        enabled: row.flag(11),
        templates: row.json(12),
        webhook_verified_at: row.opt_int(13).map(Micros),
        login_ok_at: row.opt_int(14).map(Micros),
        signature_failures: row.int(15),
        created_at: Micros(row.int(16)),
        version: row.int(17),
        human_agent: row.flag(18),
        page_rate: row.int(19),
        personas: row.flag(20),
        bot_pause_minutes: row.int(21),
        instagram_app_id: row.opt_text(22),
        instagram_app_secret: Secret(row.text(23)),
        whatsapp_config_id: row.opt_text(24),
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

words! {
    /// The kind of software that a gateway connects to.
    GatewayKind {
        /// Meta's apps.
        Meta = "meta",
    }
}

words! {
    /// The state of a gateway's App Secret.
    SecretState {
        /// Meta accepted it.
        Ok = "ok",
        /// Meta refused it.
        Refused = "refused",
        /// Meta has not been asked yet.
        Unchecked = "unchecked",
    }
}

/// The settings of a gateway that an administrator edits.
#[derive(Clone, PartialEq, Eq)]
pub struct GatewayEdit<'a> {
    /// Its name.
    pub name: &'a str,
    /// Meta's App ID.
    pub app_id: &'a str,
    /// The App Secret, encrypted.
    pub app_secret: &'a str,
    /// The state of the App Secret.
    pub secret_state: SecretState,
    /// The flow that greets.
    pub flow: FlowId,
    /// The version of the Graph API: `vNN.N`.
    pub api_version: &'a str,
    /// The configuration of Facebook Login for Business.
    pub login_config_id: Option<&'a str>,
    /// Whether events are processed.
    pub enabled: bool,
    /// Its texts for customers.
    pub templates: &'a Templates,
    /// Whether the app has Meta's Human Agent feature.
    pub human_agent: bool,
    /// The maximum number of Send API calls per second for each of its Pages.
    pub page_rate: i64,
    /// How long the bot is paused after a person answered outside Deskbell.
    pub bot_pause_minutes: i64,
    /// The id of the app for Instagram Login.
    pub instagram_app_id: Option<&'a str>,
    /// Its secret, encrypted; empty if there is none.
    pub instagram_app_secret: &'a str,
    /// The configuration of WhatsApp's Embedded Signup.
    pub whatsapp_config_id: Option<&'a str>,
}

/// Adds a gateway: `uri` is the last part of its address, `verify_token` what Meta must show there. A taken App ID
/// makes the batch a duplicate.
pub fn insert(
    batch: &mut Batch,
    id: GatewayId,
    (uri, verify_token): (&str, &str),
    new: &GatewayEdit<'_>,
    at: Micros,
) {
    batch.push(
        INSERT,
        values![
            id,
            "meta",
            new.name,
            new.app_id,
            uri,
            verify_token,
            new.app_secret,
            new.secret_state,
            new.flow,
            new.api_version,
            new.login_config_id,
            new.enabled,
            json(new.templates),
            at
        ],
    );
    set_others(batch, id, new);
}

/// Sets what has statements of its own.
fn set_others(batch: &mut Batch, id: GatewayId, edit: &GatewayEdit<'_>) {
    batch.push(SET_LIMITS, values![id, edit.human_agent, edit.page_rate, edit.bot_pause_minutes]);
    let channels = values![id, edit.instagram_app_id, edit.instagram_app_secret, edit.whatsapp_config_id];
    batch.push(SET_CHANNELS, channels);
}

/// Changes a gateway; a conflict unless `version` is the current one.
pub fn update(batch: &mut Batch, id: GatewayId, edit: &GatewayEdit<'_>, version: Option<i64>) {
    batch.must(
        UPDATE,
        values![
            id,
            edit.name,
            edit.app_id,
            edit.app_secret,
            edit.secret_state,
            edit.flow,
            edit.api_version,
            edit.login_config_id,
            edit.enabled,
            json(edit.templates),
            version.unwrap_or(0)
        ],
    );
    set_others(batch, id, edit);
}

/// Sets whether agents answer under their own names.
pub fn set_personas(batch: &mut Batch, id: GatewayId, personas: bool) {
    batch.push(SET_PERSONAS, values![id, personas]);
}

/// Sets the state of the secret.
pub fn set_secret_state(batch: &mut Batch, id: GatewayId, state: SecretState) {
    batch.push(SET_SECRET_STATE, values![id, state]);
}

/// Deletes what Meta reported about the app: the gateway has another one now.
pub fn forget_app(batch: &mut Batch, id: GatewayId) {
    review::forget_meta_status(batch, id);
    permission_use::delete_all(batch, id);
}

/// Stops receiving events: it is about to be deleted.
pub fn disable(batch: &mut Batch, id: GatewayId) {
    batch.push(DISABLE, values![id]);
}

/// Deletes a gateway with its Pages, accounts and everything that is stored about it. Conversations and deliveries
/// stay.
pub fn delete(batch: &mut Batch, id: GatewayId, at: Micros) {
    batch.push(DELETE, values![id, at]);
    batch.push(account_access::DELETE_ACCESS, values![id, ""]);
    batch.push(connection::DELETE_CONNECTIONS, values![id]);
    batch.push(account::DELETE_ALL, values![id]);
    batch.push(catch_up::FORGET, values![id, ""]);
    health::delete_all(batch, id);
    entry_point::delete_of_gateway(batch, id);
    review::delete(batch, id);
}

/// Meta verified the webhook.
pub fn set_verified(batch: &mut Batch, id: GatewayId, at: Micros) {
    batch.push(VERIFIED, values![id, at]);
}

/// A login at Meta succeeded.
pub fn set_logged_in(batch: &mut Batch, id: GatewayId, at: Micros) {
    batch.push(LOGGED_IN, values![id, at]);
}

/// Counts deliveries with a wrong signature.
pub fn count_bad_signatures(batch: &mut Batch, id: GatewayId, count: i64) {
    batch.push(BAD_SIGNATURE, values![id, count]);
}
