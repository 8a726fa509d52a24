//! Contacts and identities: who writes, and how each page knows them.

use std::collections::BTreeMap;

use domain::id::{ContactId, GatewayId, IdentityId, MediumId};
use domain::time::Micros;

use super::conversation::seen_by;
use crate::batch::statements;
use crate::{Batch, Error, Row, Store, values};

macro_rules! identity {
    () => {
        "i.id, i.gateway_id, i.page_id, i.external_id, i.contact_id, i.last_user_at, i.profile_tries, \
         i.profile_next_at, p.name, p.picture, i.created_at, i.known_as"
    };
}

macro_rules! person {
    () => {
        "p.id, p.name, p.told_name, p.name_given, p.picture, p.picture_wanted, p.phone, p.email, p.note, p.attributes, \
         p.created_at, p.version"
    };
}

statements! {
    /// The identity that a page knows by an id, with its contact.
    BY_EXTERNAL = concat!("SELECT ", identity!(), " FROM identity i JOIN contact p ON p.id = i.contact_id
        WHERE i.page_id = $1 AND i.external_id = $2");
    /// Whoever the pages of a gateway know by an id.
    BY_EXTERNAL_OF_GATEWAY = concat!("SELECT ", identity!(), " FROM identity i JOIN contact p ON p.id = i.contact_id
        WHERE i.gateway_id = $1 AND i.external_id = $2 ORDER BY i.id LIMIT 100");
    /// One identity.
    BY_ID = concat!("SELECT ", identity!(), " FROM identity i JOIN contact p ON p.id = i.contact_id WHERE i.id = $1");
    /// The customer of a conversation.
    OF_CONVERSATION = concat!("SELECT ", identity!(), " FROM conversation c JOIN identity i ON i.id = c.identity_id
        JOIN contact p ON p.id = i.contact_id WHERE c.id = $1");
    /// All identities of a contact.
    OF_CONTACT = concat!("SELECT ", identity!(), " FROM identity i JOIN contact p ON p.id = i.contact_id
        WHERE i.contact_id = $1 ORDER BY i.id");
    /// Identities whose name and picture are to be fetched.
    PROFILE_DUE = concat!("SELECT ", identity!(), " FROM identity i JOIN contact p ON p.id = i.contact_id
        WHERE i.profile_next_at <= $1 AND i.external_id NOT LIKE 'comment:%' ORDER BY i.profile_next_at LIMIT 50");
    /// Writers of comments whose id in messages has become known.
    MET = concat!("SELECT ", identity!(), " FROM identity i JOIN contact p ON p.id = i.contact_id
        WHERE i.known_as IS NOT NULL ORDER BY i.id LIMIT 50");
    /// The writer of a comment is known as $2 in messages.
    MEET = "UPDATE identity SET known_as = $2 WHERE id = $1 AND external_id LIKE 'comment:%'";
    /// They are known under that id from now on; $2 is when their profile is asked for.
    BECOME = "UPDATE identity SET external_id = known_as, known_as = NULL, profile_next_at = $2, profile_tries = 0
        WHERE id = $1 AND known_as IS NOT NULL";
    /// They were known under it already, as identity $2 of contact $3: their conversations are theirs …
    JOIN_CONVERSATIONS = "UPDATE conversation SET identity_id = $2, contact_id = $3, version = version + 1 WHERE identity_id = $1";
    /// … and the messages in them …
    JOIN_MESSAGES = "UPDATE message SET identity_id = $2
        WHERE conversation_id IN (SELECT id FROM conversation WHERE identity_id = $1)";
    /// … and what still waits to be sent on a page …
    JOIN_OUTBOX = "UPDATE outbox SET identity_id = $2 WHERE identity_id = $1 AND page_id = $3";
    /// … and the identity from before goes.
    JOINED = "DELETE FROM identity WHERE id = $1 AND known_as = $2";
    /// One contact.
    CONTACT = concat!("SELECT ", person!(), " FROM contact p WHERE p.id = $1");
    /// Contacts, the newest first. $1 words (a LIKE pattern or empty), $2 the same words as an id or phone number
    /// reads, $3 the id to go on below, $4 how many, $5 the agent whose sight bounds it (0 for those who see all).
    SEARCH = concat!("SELECT ", person!(), " FROM contact p WHERE ($1 = '' OR p.name_folded LIKE $1 ESCAPE '!' OR p.phone LIKE $1 ESCAPE '!'
            OR p.email LIKE $1 ESCAPE '!' OR EXISTS (SELECT 1 FROM identity i WHERE i.contact_id = p.id AND i.external_id = $2))
        AND p.id < $3 AND EXISTS (SELECT 1 FROM conversation c WHERE c.contact_id = p.id AND ", seen_by!("$5"), ")
        ORDER BY p.id DESC LIMIT $4");
    /// What we say of a contact; $9 is the version that was edited, or 0 for whichever it is.
    UPDATE = "UPDATE contact SET name = $2, name_folded = $3, name_given = $4, phone = $5, email = $6, note = $7, attributes = $8,
        version = version + 1 WHERE id = $1 AND (version = $9 OR $9 = 0)";
    /// The identity is still this contact's; the customer's act moves the window, never backwards.
    HOLD = "UPDATE identity SET last_user_at = CASE WHEN last_user_at >= $3 THEN last_user_at ELSE coalesce($3, last_user_at) END
        WHERE id = $1 AND contact_id = $2";
    /// Two contacts are one person: what pages know as $2 is known as $1.
    MOVE_IDENTITIES = "UPDATE identity SET contact_id = $1 WHERE contact_id = $2";
    /// The same for their conversations. Whoever is playing a turn plays it again.
    MOVE_CONVERSATIONS = "UPDATE conversation SET contact_id = $1, version = version + 1 WHERE contact_id = $2";
    /// The one that was merged into another, if it is still as it was looked at.
    REMOVE = "DELETE FROM contact WHERE id = $1 AND version = $2";
    /// The other takes a picture over.
    TAKE_PICTURE = "UPDATE contact SET picture = $2, picture_wanted = $3 WHERE id = $1";
    /// One identity becomes a contact of its own.
    SPLIT_IDENTITY = "UPDATE identity SET contact_id = $2, profile_next_at = $4, profile_tries = 0 WHERE id = $1 AND contact_id = $3";
    /// The same for its conversations.
    SPLIT_CONVERSATIONS = "UPDATE conversation SET contact_id = $2, version = version + 1 WHERE identity_id = $1";
    /// It has been touched: whoever edits it must look again.
    TOUCH = "UPDATE contact SET version = version + 1 WHERE id = $1 AND version = $2";
    /// Name and picture are asked for at once.
    REFRESH = "UPDATE identity SET profile_next_at = $2, profile_tries = 0 WHERE contact_id = $1";
    /// Who has not written since $3 need not be asked about now ($1), but at $2 again.
    PROFILE_IDLE = "UPDATE identity SET profile_next_at = $2 WHERE profile_next_at <= $1 AND profile_tries > 0
        AND (last_user_at IS NULL OR last_user_at < $3)";
    /// Adds a contact.
    INSERT_CONTACT = "INSERT INTO contact (id, name, name_folded, created_at) VALUES ($1, NULL, '', $2)";
    /// Adds an identity. Its page's id and the channel's are unique together.
    INSERT_IDENTITY = "INSERT INTO identity (id, gateway_id, page_id, external_id, contact_id, profile_tries, profile_next_at, created_at)
        VALUES ($1, $2, $3, $4, $5, 0, $6, $6)";
    /// Adds the writer of a comment, whom nobody can ask Meta about yet.
    INSERT_UNMET = "INSERT INTO identity (id, gateway_id, page_id, external_id, contact_id, profile_tries, created_at)
        VALUES ($1, $2, $3, $4, $5, 0, $6)";
    /// The customer did something that opens the window; it never moves backwards.
    MOVE_WINDOW = "UPDATE identity SET last_user_at = $2 WHERE id = $1 AND (last_user_at IS NULL OR last_user_at < $2)";
    /// Another try at the profile later, or none ($2 NULL).
    PROFILE_LATER = "UPDATE identity SET profile_next_at = $2, profile_tries = profile_tries + 1 WHERE id = $1";
    /// The name that a profile told; one given here stays.
    SET_NAME = "UPDATE contact SET told_name = $2, name = CASE WHEN name_given = 1 THEN name ELSE $2 END,
        name_folded = CASE WHEN name_given = 1 THEN name_folded ELSE $3 END WHERE id = $1";
    /// The picture that a profile told; the old one is shown until it is here.
    WANT_PICTURE = "UPDATE contact SET picture_wanted = $2 WHERE id = $1";
    /// It is here.
    HAVE_PICTURE = "UPDATE contact SET picture = picture_wanted WHERE picture_wanted = $1";
    /// Whose picture is being fetched.
    BY_WANTED_PICTURE = "SELECT id FROM contact WHERE picture_wanted = $1";
    /// Conversations that show a contact now.
    OPEN_CONVERSATIONS = "SELECT id FROM conversation WHERE contact_id = $1 AND state <> 'closed'";
}

/// A person, with what is known and said of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The contact's id.
    pub id: ContactId,
    /// The name that is shown.
    pub name: Option<String>,
    /// The name that the channel tells.
    pub told_name: Option<String>,
    /// Whether the shown one was given here.
    pub name_given: bool,
    /// The picture.
    pub picture: Option<MediumId>,
    /// A picture that is on its way.
    pub picture_wanted: Option<MediumId>,
    /// A phone number.
    pub phone: Option<String>,
    /// An e-mail address.
    pub email: Option<String>,
    /// What colleagues should know.
    pub note: Option<String>,
    /// Anything else, by key.
    pub attributes: BTreeMap<String, String>,
    /// When they first wrote.
    pub created_at: Micros,
    /// Grows with each edit.
    pub version: i64,
}

/// A person from their columns.
pub fn person(row: &Row) -> Person {
    Person {
        id: ContactId(row.int(0)),
        name: row.opt_text(1),
        told_name: row.opt_text(2),
        name_given: row.flag(3),
        picture: row.opt_int(4).map(MediumId),
        picture_wanted: row.opt_int(5).map(MediumId),
        phone: row.opt_text(6),
        email: row.opt_text(7),
        note: row.opt_text(8),
        attributes: row.json(9),
        created_at: Micros(row.int(10)),
        version: row.int(11),
    }
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
    /// Of the writer of a comment: the page's id for them, learned but not applied yet.
    pub known_as: Option<String>,
}

/// What stands before Meta's id of a comment in place of an id of its writer's.
const COMMENT: &str = "comment:";

impl Identity {
    /// Meta's id of the comment by which alone this person is known so far; None for everybody else.
    pub fn comment(&self) -> Option<&str> {
        self.external.strip_prefix(COMMENT)
    }

    /// What stands in `external` for the writer of a comment.
    pub fn of_comment(comment: &str) -> String {
        format!("{COMMENT}{comment}")
    }
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
        known_as: row.opt_text(11),
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

/// Adds the writer of a comment as a contact of their own, under the name that stands at the comment.
pub fn insert_unmet(batch: &mut Batch, identity: &Identity) {
    batch.must(INSERT_CONTACT, values![identity.contact, identity.created_at]);
    let (id, page, external) = (identity.id, &identity.page, &identity.external);
    batch.must(INSERT_UNMET, values![id, identity.gateway, page, external, identity.contact, identity.created_at]);
    if let Some(name) = &identity.name {
        batch.push(SET_NAME, values![identity.contact, name, super::message::fold(name)]);
    }
}
