//! Campaigns: one template for many recipients. The recipients and their outcomes are in
//! [`super::campaign_recipient`].

use domain::campaign::{Pause, State};
use domain::channel::Account;
use domain::id::{CampaignId, GatewayId, UserId};
use domain::message_template::Variables;
use domain::time::Micros;

use crate::batch::statements;
use crate::json::json;
use crate::{Batch, Error, Row, Signal, Store, values};

macro_rules! columns {
    () => {
        "c.id, c.name, c.gateway_id, c.channel, c.account_id, c.template, c.language, c.variables, c.recipients, c.per_minute, \
         c.state, c.pause, c.consent_by, c.consent_name, c.consent_at, c.client_id, c.resumed_at, c.next_at, c.ended_at"
    };
}

statements! {
    /// Adds one.
    INSERT = "INSERT INTO campaign (id, name, gateway_id, channel, account_id, template, language, variables, recipients, per_minute,
        state, consent_by, consent_name, consent_at, client_id, resumed_at, next_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $14, $14)";
    /// One of them.
    ONE = concat!("SELECT ", columns!(), " FROM campaign c WHERE c.id = $1");
    /// The one that a user started with their own key.
    BY_CLIENT_ID = concat!("SELECT ", columns!(), " FROM campaign c WHERE c.consent_by = $1 AND c.client_id = $2");
    /// Those with ids below $1, newest first, with the number of recipients still waiting.
    LIST = concat!("SELECT ", columns!(), ", CASE WHEN c.state IN ('running', 'paused') THEN (SELECT count(*) FROM campaign_recipient r
            WHERE r.campaign_id = c.id AND r.state = 'waiting') ELSE 0 END
        FROM campaign c WHERE c.id < $1 ORDER BY c.id DESC LIMIT $2");
    /// Those whose next message may be sent.
    DUE = concat!("SELECT ", columns!(), " FROM campaign c WHERE c.state = 'running' AND c.next_at <= $1 ORDER BY c.next_at LIMIT $2");
    /// When the next message of any campaign may be sent.
    NEXT = "SELECT min(next_at) FROM campaign WHERE state = 'running'";
    /// A message is sent, and the next one is due at $3. Only while it runs, and only if no other process has sent
    /// since it was read.
    ADVANCE = "UPDATE campaign SET next_at = $3 WHERE id = $1 AND state = 'running' AND next_at = $2";
    /// Pauses it; only while it runs.
    PAUSE = "UPDATE campaign SET state = 'paused', pause = $2 WHERE id = $1 AND state = 'running'";
    /// Resumes it at $2; only if it is paused.
    RESUME = "UPDATE campaign SET state = 'running', pause = NULL, resumed_at = $2, next_at = $2 WHERE id = $1 AND state = 'paused'";
    /// Ends it; only while it runs or is paused.
    END = "UPDATE campaign SET state = $2, pause = NULL, ended_at = $3 WHERE id = $1 AND state IN ('running', 'paused')";
}

/// A campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    /// Its id.
    pub id: CampaignId,
    /// Its name.
    pub name: String,
    /// The gateway of its account.
    pub gateway: GatewayId,
    /// The account that sends it.
    pub account: Account,
    /// The name of the template.
    pub template: String,
    /// The template's language.
    pub language: String,
    /// What all recipients share.
    pub variables: Variables,
    /// The number of recipients.
    pub recipients: i64,
    /// The rate, in messages per minute.
    pub per_minute: i64,
    /// Its state.
    pub state: State,
    /// Why it is paused.
    pub pause: Option<Pause>,
    /// The user who stated that the recipients agreed, and started it.
    pub consent_by: UserId,
    /// Their name at that time.
    pub consent_name: String,
    /// When.
    pub consent_at: Micros,
    /// The user's own key for it.
    pub client_id: Option<String>,
    /// When it was started or last resumed.
    pub resumed_at: Micros,
    /// When the next message may be sent.
    pub next_at: Micros,
    /// When it ended.
    pub ended_at: Option<Micros>,
}

fn from_row(row: &Row) -> Campaign {
    Campaign {
        id: CampaignId(row.int(0)),
        name: row.text(1),
        gateway: GatewayId(row.int(2)),
        account: Account::new(row.channel(3), row.text(4)),
        template: row.text(5),
        language: row.text(6),
        variables: row.json(7),
        recipients: row.int(8),
        per_minute: row.int(9),
        state: State::from_word(&row.text(10)).unwrap_or(State::Cancelled),
        pause: row.json(11),
        consent_by: UserId(row.int(12)),
        consent_name: row.text(13),
        consent_at: Micros(row.int(14)),
        client_id: row.opt_text(15),
        resumed_at: Micros(row.int(16)),
        next_at: Micros(row.int(17)),
        ended_at: row.opt_int(18).map(Micros),
    }
}

/// Adds one. A duplicate if its user already started one with the same key.
pub fn insert(batch: &mut Batch, it: &Campaign) {
    batch.push(
        INSERT,
        values![
            it.id,
            &it.name,
            it.gateway,
            it.account.channel,
            &it.account.id,
            &it.template,
            &it.language,
            json(&it.variables),
            it.recipients,
            it.per_minute,
            it.state.word(),
            it.consent_by,
            &it.consent_name,
            it.consent_at,
            it.client_id.as_deref()
        ],
    );
    batch.notify(Signal::Campaigns);
}

/// One of them.
pub async fn one(store: &Store, id: CampaignId) -> Result<Option<Campaign>, Error> {
    Ok(store.row(ONE, values![id]).await?.as_ref().map(from_row))
}

/// The one that a user started with their own key.
pub async fn by_client_id(store: &Store, user: UserId, key: &str) -> Result<Option<Campaign>, Error> {
    Ok(store.row(BY_CLIENT_ID, values![user, key]).await?.as_ref().map(from_row))
}

/// Those with ids below one, newest first, each with the number of its recipients still waiting.
pub async fn list(store: &Store, below: i64, limit: i64) -> Result<Vec<(Campaign, i64)>, Error> {
    let rows = store.rows(LIST, values![below, limit]).await?;
    Ok(rows.iter().map(|row| (from_row(row), row.int(19))).collect())
}

/// Those whose next message may be sent.
pub async fn due(store: &Store, now: Micros, limit: i64) -> Result<Vec<Campaign>, Error> {
    Ok(store.rows(DUE, values![now, limit]).await?.iter().map(from_row).collect())
}

/// When the next message of any campaign may be sent; None if none runs.
pub async fn next(store: &Store) -> Result<Option<Micros>, Error> {
    Ok(store.row(NEXT, values![]).await?.and_then(|row| row.opt_int(0)).map(Micros))
}

/// A message is sent, or is delayed until then. A conflict if it was paused, ended, or sent by another process since
/// it was read.
pub fn advance(batch: &mut Batch, it: &Campaign, next_at: Micros) {
    batch.must(ADVANCE, values![it.id, it.next_at, next_at]);
}

/// Pauses it. A conflict if it is not running.
pub fn pause(batch: &mut Batch, id: CampaignId, why: &Pause) {
    batch.must(PAUSE, values![id, json(why)]);
}

/// Resumes it. A conflict if it is not paused.
pub fn resume(batch: &mut Batch, id: CampaignId, at: Micros) {
    batch.must(RESUME, values![id, at]);
    batch.notify(Signal::Campaigns);
}

/// Ends it. A conflict if it had already ended.
pub fn end(batch: &mut Batch, id: CampaignId, state: State, at: Micros) {
    batch.must(END, values![id, state.word(), at]);
}
