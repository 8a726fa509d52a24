//! Personas: names and pictures of users, and what Meta stores of them for a Page (meta-platform.md §3.6).

use domain::id::{GatewayId, MediumId, UserId};
use domain::time::Micros;

use crate::batch::statements;
use crate::{Batch, Error, Store, values};

statements! {
    /// What Meta stores of a person for a Page.
    OF = "SELECT persona_id, look, tried_at FROM persona WHERE gateway_id = $1 AND page_id = $2 AND user_id = $3";
    /// Meta stored a person, or refused to.
    SET = "INSERT INTO persona (gateway_id, page_id, user_id, persona_id, look, tried_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (gateway_id, page_id, user_id) DO UPDATE
        SET persona_id = excluded.persona_id, look = excluded.look, tried_at = excluded.tried_at";
    /// Meta no longer knows one.
    FORGET = "DELETE FROM persona WHERE gateway_id = $1 AND page_id = $2 AND persona_id = $3";
    /// A person's picture.
    PORTRAIT_OF = "SELECT key, medium_id, mime FROM portrait WHERE user_id = $1";
    /// The picture behind a public address.
    PORTRAIT_BY_KEY = "SELECT key, medium_id, mime FROM portrait WHERE key = $1";
    /// A person has a picture.
    SET_PORTRAIT = "INSERT INTO portrait (user_id, key, medium_id, mime) VALUES ($1, $2, $3, $4)
        ON CONFLICT (user_id) DO UPDATE SET key = excluded.key, medium_id = excluded.medium_id, mime = excluded.mime";
    /// Removes a person's picture.
    DELETE_PORTRAIT = "DELETE FROM portrait WHERE user_id = $1";
}

/// What Meta stores of a person for a Page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Persona {
    /// Meta's id; None if it refused.
    pub id: Option<String>,
    /// Name and picture as they were sent to Meta.
    pub look: String,
    /// When they were sent.
    pub tried_at: Micros,
}

/// What Meta stores of a person for a Page, if it was ever sent.
pub async fn of(store: &Store, gateway: GatewayId, page: &str, user: UserId) -> Result<Option<Persona>, Error> {
    let row = store.row(OF, values![gateway, page, user]).await?;
    Ok(row.map(|row| Persona { id: row.opt_text(0), look: row.text(1), tried_at: Micros(row.int(2)) }))
}

/// Records what was sent to Meta about a person.
pub fn set(batch: &mut Batch, gateway: GatewayId, page: &str, user: UserId, it: &Persona) {
    batch.push(SET, values![gateway, page, user, it.id.clone(), &it.look, it.tried_at]);
}

/// A person's picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portrait {
    /// The last part of its public address, which cannot be guessed.
    pub key: String,
    /// Where its bytes are.
    pub medium: MediumId,
    /// Its detected type.
    pub mime: String,
}

fn portrait(row: &crate::Row) -> Portrait {
    Portrait { key: row.text(0), medium: MediumId(row.int(1)), mime: row.text(2) }
}

/// The picture of a person.
pub async fn portrait_of(store: &Store, user: UserId) -> Result<Option<Portrait>, Error> {
    Ok(store.row(PORTRAIT_OF, values![user]).await?.as_ref().map(portrait))
}

/// The picture behind a public address.
pub async fn portrait_by_key(store: &Store, key: &str) -> Result<Option<Portrait>, Error> {
    Ok(store.row(PORTRAIT_BY_KEY, values![key]).await?.as_ref().map(portrait))
}

/// Meta no longer knows a persona.
pub fn forget(batch: &mut Batch, gateway: GatewayId, page: &str, id: &str) {
    batch.push(FORGET, values![gateway, page, id]);
}

/// A person's picture, in place of the one before.
pub fn set_portrait(batch: &mut Batch, user: UserId, portrait: &Portrait) {
    batch.push(SET_PORTRAIT, values![user, &portrait.key, portrait.medium, &portrait.mime]);
}

/// Removes a person's picture.
pub fn delete_portrait(batch: &mut Batch, user: UserId) {
    batch.push(DELETE_PORTRAIT, values![user]);
}
