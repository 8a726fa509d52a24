//! Contacts and identities: who writes, and how each page knows them.

use domain::id::{ContactId, GatewayId, IdentityId, MediumId};
use domain::time::Micros;

use crate::batch::statements;
use crate::{Batch, Error, Row, Store, values};

macro_rules! identity {
    () => {
        "i.id, i.gateway_id, i.page_id, i.external_id, i.contact_id, i.last_user_at, i.profile_tries, \
         i.profile_next_at, p.name, p.picture, i.created_at"
    };
}

statements! {
    /// The identity that a page knows by an id, with its contact.
    BY_EXTERNAL = concat!("SELECT ", identity!(), " FROM identity i JOIN contact p ON p.id = i.contact_id
        WHERE i.page_id = $1 AND i.external_id = $2");
    /// One identity.
    BY_ID = concat!("SELECT ", identity!(), " FROM identity i JOIN contact p ON p.id = i.contact_id WHERE i.id = $1");
    /// All identities of a contact.
    OF_CONTACT = concat!("SELECT ", identity!(), " FROM identity i JOIN contact p ON p.id = i.contact_id
        WHERE i.contact_id = $1 ORDER BY i.id");
    /// Identities whose name and picture are to be fetched.
    PROFILE_DUE = concat!("SELECT ", identity!(), " FROM identity i JOIN contact p ON p.id = i.contact_id
        WHERE i.profile_next_at <= $1 ORDER BY i.profile_next_at LIMIT 50");
    /// One contact.
    CONTACT = "SELECT id, name, picture, created_at FROM contact WHERE id = $1";
    /// Adds a contact.
    INSERT_CONTACT = "INSERT INTO contact (id, name, name_folded, created_at) VALUES ($1, NULL, '', $2)";
    /// Adds an identity. Its page's id and the channel's are unique together.
    INSERT_IDENTITY = "INSERT INTO identity (id, gateway_id, page_id, external_id, contact_id, profile_tries, profile_next_at, created_at)
        VALUES ($1, $2, $3, $4, $5, 0, $6, $6)";
    /// The customer did something that opens the window; it never moves backwards.
    MOVE_WINDOW = "UPDATE identity SET last_user_at = $2 WHERE id = $1 AND (last_user_at IS NULL OR last_user_at < $2)";
    /// Another try at the profile later, or none ($2 NULL).
    PROFILE_LATER = "UPDATE identity SET profile_next_at = $2, profile_tries = profile_tries + 1 WHERE id = $1";
    /// The name that a profile told.
    SET_NAME = "UPDATE contact SET name = $2, name_folded = $3 WHERE id = $1";
    /// The picture that a profile told; the old one is shown until it is here.
    WANT_PICTURE = "UPDATE contact SET picture_wanted = $2 WHERE id = $1";
    /// It is here.
    HAVE_PICTURE = "UPDATE contact SET picture = picture_wanted WHERE picture_wanted = $1";
    /// Whose picture is being fetched.
    BY_WANTED_PICTURE = "SELECT id FROM contact WHERE picture_wanted = $1";
    /// Conversations that show a contact now.
    OPEN_CONVERSATIONS = "SELECT id FROM conversation WHERE contact_id = $1 AND state <> 'closed'";
}

/// How a page knows a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its id.
    pub id: IdentityId,
    /// The gateway.
    pub gateway: GatewayId,
    /// Meta's Page id.
    pub page: String,
    /// The page's id for the person (PSID).
    pub external: String,
    /// The person.
    pub contact: ContactId,
    /// The customer's last act that opens the window.
    pub last_user_at: Option<Micros>,
    /// How often the profile was asked for.
    pub profile_tries: i64,
    /// When it is asked for next.
    pub profile_next_at: Option<Micros>,
    /// The contact's name, once it is known.
    pub name: Option<String>,
    /// The contact's picture.
    pub picture: Option<MediumId>,
    /// When they first wrote.
    pub created_at: Micros,
}

/// An identity from its columns.
pub fn from_row(row: &Row) -> Identity {
    Identity {
        id: IdentityId(row.int(0)),
        gateway: GatewayId(row.int(1)),
        page: row.text(2),
        external: row.text(3),
        contact: ContactId(row.int(4)),
        last_user_at: row.opt_int(5).map(Micros),
        profile_tries: row.int(6),
        profile_next_at: row.opt_int(7).map(Micros),
        name: row.opt_text(8),
        picture: row.opt_int(9).map(MediumId),
        created_at: Micros(row.int(10)),
    }
}

/// One identity by its id.
pub async fn by_id(store: &Store, id: IdentityId) -> Result<Option<Identity>, Error> {
    Ok(store.row(BY_ID, values![id]).await?.as_ref().map(from_row))
}

/// Adds a new identity with a contact of its own; its profile is to be fetched at once.
pub fn insert(batch: &mut Batch, identity: &Identity) {
    batch.must(INSERT_CONTACT, values![identity.contact, identity.created_at]);
    batch.must(
        INSERT_IDENTITY,
        values![
            identity.id,
            identity.gateway,
            &identity.page,
            &identity.external,
            identity.contact,
            identity.created_at
        ],
    );
    batch.ring(crate::Bell::Fetch);
}
