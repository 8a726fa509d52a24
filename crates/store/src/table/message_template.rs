//! Message templates of business accounts, as last listed by the channel.

use std::collections::BTreeSet;

use domain::id::GatewayId;
use domain::message_template::MessageTemplate;
use domain::time::Micros;

use crate::batch::statements;
use crate::json::json;
use crate::{Batch, Error, Row, Store, values};

macro_rules! columns {
    () => {
        "business_id, name, language, status, category, quality, components, synced_at"
    };
}

statements! {
    /// Every template of a gateway.
    OF_GATEWAY = concat!("SELECT ", columns!(), " FROM message_template WHERE gateway_id = $1 ORDER BY name, language, business_id");
    /// Those that the channel paused, once each.
    PAUSED = "SELECT DISTINCT business_id, name FROM message_template WHERE gateway_id = $1 AND status IN ('PAUSED', 'DISABLED')
        ORDER BY business_id, name LIMIT 20";
    /// One template.
    ONE = concat!("SELECT ", columns!(), " FROM message_template
        WHERE gateway_id = $1 AND business_id = $2 AND name = $3 AND language = $4");
    /// Those of a name and language, of any business account.
    NAMED = concat!("SELECT ", columns!(), " FROM message_template WHERE name = $1 AND language = $2 ORDER BY gateway_id, business_id");
    /// Adds or updates a template.
    UPSERT = "INSERT INTO message_template (gateway_id, business_id, name, language, status, category, quality, components, synced_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (gateway_id, business_id, name, language) DO UPDATE SET status = excluded.status,
        category = excluded.category, quality = excluded.quality, components = excluded.components, synced_at = excluded.synced_at";
    /// Deletes those that the channel no longer lists.
    REMOVE_OLDER = "DELETE FROM message_template WHERE gateway_id = $1 AND business_id = $2 AND synced_at < $3";
    /// Deletes all of a gateway.
    REMOVE_ALL = "DELETE FROM message_template WHERE gateway_id = $1";
    /// The channel changed its status …
    SET_STATUS = "UPDATE message_template SET status = $5 WHERE gateway_id = $1 AND business_id = $2 AND name = $3 AND language = $4";
    /// … its quality …
    SET_QUALITY = "UPDATE message_template SET quality = $5 WHERE gateway_id = $1 AND business_id = $2 AND name = $3 AND language = $4";
    /// … or its category.
    SET_CATEGORY = "UPDATE message_template SET category = $5 WHERE gateway_id = $1 AND business_id = $2 AND name = $3 AND language = $4";
}

/// A template with its business account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTemplate {
    /// The business account that it belongs to.
    pub business: String,
    /// The template.
    pub template: MessageTemplate,
    /// When the channel last listed it.
    pub synced_at: Micros,
}

/// What changed about a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed<'a> {
    /// Its status.
    Status(&'a str),
    /// Its quality.
    Quality(&'a str),
    /// Its category.
    Category(&'a str),
}

fn from_row(row: &Row) -> StoredTemplate {
    StoredTemplate {
        business: row.text(0),
        template: MessageTemplate {
            name: row.text(1),
            language: row.text(2),
            status: row.text(3),
            category: row.text(4),
            quality: row.opt_text(5),
            components: row.json(6),
        },
        synced_at: Micros(row.int(7)),
    }
}

/// Every template of a gateway, by name and language.
pub async fn of_gateway(store: &Store, gateway: GatewayId) -> Result<Vec<StoredTemplate>, Error> {
    Ok(store.rows(OF_GATEWAY, values![gateway]).await?.iter().map(from_row).collect())
}

/// Templates that the channel paused or disabled: the business account that they belong to, and their name. At most 20.
pub async fn paused(store: &Store, gateway: GatewayId) -> Result<Vec<(String, String)>, Error> {
    Ok(store.rows(PAUSED, values![gateway]).await?.iter().map(|row| (row.text(0), row.text(1))).collect())
}

/// One template of a business account.
pub async fn one(
    store: &Store,
    gateway: GatewayId,
    business: &str,
    name: &str,
    language: &str,
) -> Result<Option<StoredTemplate>, Error> {
    Ok(store.row(ONE, values![gateway, business, name, language]).await?.as_ref().map(from_row))
}

/// Templates of a business account by name and language, if it has them.
pub async fn some(
    store: &Store,
    gateway: GatewayId,
    business: &str,
    named: &BTreeSet<(&str, &str)>,
) -> Result<Vec<StoredTemplate>, Error> {
    let questions = named.iter().map(|(name, language)| (ONE, values![gateway, business, *name, *language]));
    Ok(store.ask(questions.collect()).await?.iter().flatten().map(from_row).collect())
}

/// Templates of all business accounts by name and language.
pub async fn named(store: &Store, named: &BTreeSet<(&str, &str)>) -> Result<Vec<StoredTemplate>, Error> {
    let questions = named.iter().map(|(name, language)| (NAMED, values![*name, *language]));
    Ok(store.ask(questions.collect()).await?.iter().flatten().map(from_row).collect())
}

/// The channel listed a template.
pub fn upsert(batch: &mut Batch, gateway: GatewayId, business: &str, it: &MessageTemplate, at: Micros) {
    batch.push(
        UPSERT,
        values![
            gateway,
            business,
            &it.name,
            &it.language,
            &it.status,
            &it.category,
            it.quality.as_deref(),
            json(&it.components),
            at
        ],
    );
}

/// Those of a business account that were not listed at `at` or later are deleted.
pub fn remove_older(batch: &mut Batch, gateway: GatewayId, business: &str, at: Micros) {
    batch.push(REMOVE_OLDER, values![gateway, business, at]);
}

/// Deletes all templates of a gateway.
pub fn remove_all(batch: &mut Batch, gateway: GatewayId) {
    batch.push(REMOVE_ALL, values![gateway]);
}

/// The channel reports a change of a template. One that was never listed is ignored.
pub fn set(
    batch: &mut Batch,
    gateway: GatewayId,
    business: &str,
    (name, language): (&str, &str),
    what: Changed<'_>,
) {
    let (sql, value) = match what {
        Changed::Status(word) => (SET_STATUS, word),
        Changed::Quality(word) => (SET_QUALITY, word),
        Changed::Category(word) => (SET_CATEGORY, word),
    };
    batch.push(sql, values![gateway, business, name, language, value]);
}
