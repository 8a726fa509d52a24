//! Contacts: people who write to us, with what is known and noted about them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::id::{ContactId, ConversationId, MediumId};
use domain::same::{digits, phone_end};
use domain::search::{indexed, indexed_number};
use domain::time::Micros;
use domain::visibility::{Viewer, Visibility};

use super::audit;
use super::conversation;
use super::erasure;
use super::identity;
use super::ids::{self, with_ids};
use super::visibility::{self, seen_by};
use crate::batch::statements;
use crate::json::json;
use crate::text::{contains, contains_digits, fold};
use crate::{Batch, Error, Row, Signal, Store, values};

pub use super::identity::{Identity, by_id, insert, insert_unmet};

macro_rules! person_columns {
    () => {
        "p.id, p.name, p.channel_name, p.name_is_custom, p.picture, p.picture_wanted, p.phone, p.email, p.note, p.attributes, \
         p.created_at, p.version"
    };
}
pub(crate) use person_columns;

/// Whether contact `p` matches words, or its phone number matches digits (LIKE patterns).
macro_rules! has_words {
    ($words:literal, $digits:literal) => {
        concat!(
            "(p.name_folded LIKE ",
            $words,
            " ESCAPE '!' OR p.email_folded LIKE ",
            $words,
            " ESCAPE '!' \
             OR (",
            $digits,
            " <> '' AND p.phone_digits LIKE ",
            $digits,
            "))"
        )
    };
}
pub(crate) use has_words;

statements! {
    /// One contact.
    CONTACT = concat!("SELECT ", person_columns!(), " FROM contact p WHERE p.id = $1");
    /// Contacts, newest first. $1 words (a LIKE pattern or empty), $2 the same words as an id, $3 ids below this one,
    /// $4 the limit, $5 to $7 the viewer, $8 digits of a phone number (a LIKE pattern or empty).
    SEARCH = concat!("SELECT ", person_columns!(), " FROM contact p WHERE ($1 = '' OR ", has_words!("$1", "$8"), "
            OR EXISTS (SELECT 1 FROM identity i WHERE i.contact_id = p.id AND i.external_id = $2))
        AND p.id < $3 AND (EXISTS (SELECT 1 FROM conversation c WHERE c.contact_id = p.id AND ", seen_by!("$5", "$6", "$7"), ")
            OR ($6 = 'all' AND NOT EXISTS (SELECT 1 FROM conversation c WHERE c.contact_id = p.id)))
        ORDER BY p.id DESC LIMIT $4");
    /// Sets what is noted about a contact; $9 is the expected version, or 0 for any.
    UPDATE = "UPDATE contact SET name = $2, name_folded = $3, name_is_custom = $4, phone = $5, email = $6, note = $7, attributes = $8,
        email_folded = $10, phone_digits = $11, name_words = $12, email_words = $13, phone_words = $14, phone_end = $15, version = version + 1 WHERE id = $1 AND (version = $9 OR $9 = 0)";
    /// Merges two contacts: the identities of $2 move to $1.
    MOVE_IDENTITIES = "UPDATE identity SET contact_id = $1 WHERE contact_id = $2";
    /// The same for their conversations. Concurrent turns conflict and run again.
    MOVE_CONVERSATIONS = "UPDATE conversation SET contact_id = $1, version = version + 1 WHERE contact_id = $2";
    /// Deletes the contact that was merged into another, if it has not changed since it was read.
    REMOVE = "DELETE FROM contact WHERE id = $1 AND version = $2";
    /// The other contact takes over the picture.
    TAKE_PICTURE = "UPDATE contact SET picture = $2, picture_wanted = $3 WHERE id = $1";
    /// One identity becomes a contact of its own.
    SPLIT_IDENTITY = "UPDATE identity SET contact_id = $2, profile_next_at = $4, profile_tries = 0 WHERE id = $1 AND contact_id = $3";
    /// The same for its conversations.
    SPLIT_CONVERSATIONS = "UPDATE conversation SET contact_id = $2, version = version + 1 WHERE identity_id = $1";
    /// Increments the version, so that concurrent edits conflict.
    TOUCH = "UPDATE contact SET version = version + 1 WHERE id = $1 AND version = $2";
    /// Requests name and picture now.
    REFRESH = "UPDATE identity SET profile_next_at = $2, profile_tries = 0 WHERE contact_id = $1";
    /// Adds a contact.
    INSERT_CONTACT = "INSERT INTO contact (id, name, name_folded, created_at) VALUES ($1, NULL, '', $2)";
    /// Sets the name from a profile; one that was given here stays.
    SET_NAME = "UPDATE contact SET channel_name = $2, name = CASE WHEN name_is_custom = 1 THEN name ELSE $2 END,
        name_folded = CASE WHEN name_is_custom = 1 THEN name_folded ELSE $3 END,
        name_words = CASE WHEN name_is_custom = 1 THEN name_words ELSE $4 END WHERE id = $1";
    /// Sets the phone number from the channel, in digits. One that a user entered stays; $4 is the channel's previous
    /// number.
    TELL_PHONE = "UPDATE contact SET phone = $3, phone_digits = $2, phone_words = $5, phone_end = $6 WHERE id = $1 AND (phone IS NULL OR phone_digits = $4)";
    /// Sets the picture from a profile to fetch; the old one is shown until it has arrived.
    WANT_PICTURE = "UPDATE contact SET picture_wanted = $2 WHERE id = $1";
    /// It has arrived.
    HAVE_PICTURE = "UPDATE contact SET picture = picture_wanted WHERE picture_wanted = $1";
    /// The contact whose picture is being fetched.
    BY_WANTED_PICTURE = "SELECT id FROM contact WHERE picture_wanted = $1";
    /// How many conversations each of some contacts has had.
    CONVERSATION_COUNTS = concat!(with_ids!("$1"), "SELECT c.contact_id, count(*) FROM ids JOIN conversation c ON c.contact_id = ids.id
        GROUP BY c.contact_id");
    /// The customers' names in some conversations; where none is known, a phone number.
    NAMES = concat!(with_ids!("$1"), "SELECT c.id, coalesce(p.name, (SELECT '+' || i.phone FROM identity i
        WHERE i.contact_id = p.id AND i.phone IS NOT NULL ORDER BY i.id LIMIT 1))
        FROM ids JOIN conversation c ON c.id = ids.id JOIN contact p ON p.id = c.contact_id");
    /// Those whose phone number ends in these digits.
    BY_PHONE = concat!("SELECT ", person_columns!(), " FROM contact p WHERE p.phone_end = $1 AND p.phone_end <> ''");
    /// Those with an e-mail address, folded.
    BY_EMAIL = concat!("SELECT ", person_columns!(), " FROM contact p WHERE p.email_folded = $1 AND p.email_folded <> ''");
    /// Whether a contact has had no conversation yet.
    NEVER_WROTE = "SELECT p.id FROM contact p WHERE p.id = $1 AND NOT EXISTS (SELECT 1 FROM conversation c WHERE c.contact_id = p.id)";
    /// Open conversations of some contacts.
    OPEN_CONVERSATIONS_OF = concat!(with_ids!("$1"), "SELECT c.id FROM ids JOIN conversation c ON c.contact_id = ids.id WHERE c.state <> 'closed'");
    /// Open conversations of a contact.
    OPEN_CONVERSATIONS = "SELECT id FROM conversation WHERE contact_id = $1 AND state <> 'closed'";
}

/// A person, with what is known and noted about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The contact's id.
    pub id: ContactId,
    /// The name that is shown.
    pub name: Option<String>,
    /// The name from the channel.
    pub channel_name: Option<String>,
    /// Whether the shown one was given here.
    pub name_is_custom: bool,
    /// The picture.
    pub picture: Option<MediumId>,
    /// A picture that is being fetched.
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
    /// Increases with each edit.
    pub version: i64,
}

/// A person from their columns.
pub(crate) fn person(row: &Row) -> Person {
    Person {
        id: ContactId(row.int(0)),
        name: row.opt_text(1),
        channel_name: row.opt_text(2),
        name_is_custom: row.flag(3),
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

/// A contact.
pub async fn find(store: &Store, id: ContactId) -> Result<Option<Person>, Error> {
    Ok(store.row(CONTACT, values![id]).await?.as_ref().map(person))
}

/// Two contacts, read together.
pub async fn find_two(
    store: &Store,
    first: ContactId,
    second: ContactId,
) -> Result<(Option<Person>, Option<Person>), Error> {
    let answers = store.ask(vec![(CONTACT, values![first]), (CONTACT, values![second])]).await?;
    Ok((answers[0].first().map(person), answers[1].first().map(person)))
}

/// A contact with their identities.
pub async fn with_identities(store: &Store, id: ContactId) -> Result<Option<(Person, Vec<Identity>)>, Error> {
    let questions = vec![(CONTACT, values![id]), (identity::OF_CONTACT, values![id])];
    let answers = store.ask(questions).await?;
    let identities = || answers[1].iter().map(identity::from_row).collect();
    Ok(answers[0].first().map(person).map(|person| (person, identities())))
}

/// What a list shows besides a contact.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overview {
    /// How Pages know them.
    pub identities: Vec<Identity>,
    /// How many conversations they have had.
    pub conversations: i64,
}

/// The overviews of some contacts, in the same order.
pub async fn overviews(store: &Store, contacts: &[ContactId]) -> Result<Vec<Overview>, Error> {
    let ids = ids::param(contacts.iter().map(|id| id.0).collect::<BTreeSet<_>>());
    let questions = vec![(identity::OF_CONTACTS, vec![ids.clone()]), (CONVERSATION_COUNTS, vec![ids])];
    let answers = store.ask(questions).await?;
    let mut found: HashMap<ContactId, Overview> = HashMap::new();
    for identity in answers[0].iter().map(identity::from_row) {
        found.entry(identity.contact).or_default().identities.push(identity);
    }
    for row in &answers[1] {
        found.entry(ContactId(row.int(0))).or_default().conversations = row.int(1);
    }
    Ok(contacts.iter().map(|id| found.get(id).cloned().unwrap_or_default()).collect())
}

/// The customers' names in some conversations. A phone number takes the place of an unknown one; those without either
/// are left out.
pub async fn names(
    store: &Store,
    conversations: &[ConversationId],
) -> Result<HashMap<ConversationId, String>, Error> {
    let ids = ids::param(conversations.iter().map(|id| id.0).collect::<BTreeSet<_>>());
    let rows = store.rows(NAMES, vec![ids]).await?;
    Ok(rows.iter().filter_map(|row| Some((ConversationId(row.int(0)), row.opt_text(1)?))).collect())
}

/// Contacts that a user may see, newest first, with ids below `below`: those whose name, phone number, address or id
/// at a Page matches `words`, or all if it is empty.
pub async fn search(
    store: &Store,
    words: &str,
    below: i64,
    limit: i64,
    viewer: &Viewer,
) -> Result<Vec<Person>, Error> {
    let mut params = values![contains(words), words.trim(), below, limit];
    params.extend(visibility::params(viewer));
    params.push(contains_digits(words).into());
    Ok(store.rows(SEARCH, params).await?.iter().map(person).collect())
}

/// Whether a user may see one of the contact's conversations, and so who the contact is.
pub async fn is_visible(store: &Store, id: ContactId, viewer: &Viewer) -> Result<bool, Error> {
    let mut params = values![id];
    params.extend(visibility::params(viewer));
    if store.row(conversation::SEEN_OF_CONTACT, params).await?.is_some() {
        return Ok(true);
    }
    // Contacts without a conversation are visible to users who see everything.
    Ok(viewer.visibility() == Visibility::All && store.row(NEVER_WROTE, values![id]).await?.is_some())
}

/// The number of queries per read.
const AT_ONCE: usize = 500;

/// The contacts with a phone number that may be the same; [`same_phone`](domain::same::same_phone) decides.
pub async fn by_phone(store: &Store, phone: &str) -> Result<Vec<Person>, Error> {
    Ok(store.rows(BY_PHONE, values![phone_end(&digits(phone))]).await?.iter().map(person).collect())
}

/// The contacts with one of these ids, phone numbers that may be the same, or e-mail addresses (folded), each once.
pub async fn known(
    store: &Store,
    ids: &[ContactId],
    phones: &[String],
    emails: &[String],
) -> Result<Vec<Person>, Error> {
    let by_id = ids.iter().map(|id| (CONTACT, values![*id]));
    let by_phone = phones.iter().map(|phone| (BY_PHONE, values![phone_end(&digits(phone))]));
    let by_email = emails.iter().map(|email| (BY_EMAIL, values![email.as_str()]));
    let questions: Vec<_> = by_id.chain(by_phone).chain(by_email).collect();
    let mut found = BTreeMap::new();
    for part in questions.chunks(AT_ONCE) {
        for rows in store.ask(part.to_vec()).await? {
            found.extend(rows.iter().map(person).map(|person| (person.id, person)));
        }
    }
    Ok(found.into_values().collect())
}

/// Those of some contacts whom a user may see.
pub async fn visible(store: &Store, people: Vec<Person>, viewer: &Viewer) -> Result<Vec<Person>, Error> {
    if viewer.visibility() == Visibility::All {
        return Ok(people);
    }
    let mut visible = Vec::new();
    for part in people.chunks(AT_ONCE) {
        let seen = |person: &Person| {
            let mut params = values![person.id];
            params.extend(visibility::params(viewer));
            (conversation::SEEN_OF_CONTACT, params)
        };
        let answers = store.ask(part.iter().map(seen).collect()).await?;
        visible.extend(
            part.iter().zip(answers).filter(|(_, rows)| !rows.is_empty()).map(|(person, _)| person.clone()),
        );
    }
    Ok(visible)
}

/// Open conversations of some contacts.
pub async fn open_conversations_of(
    store: &Store,
    contacts: impl IntoIterator<Item = ContactId>,
) -> Result<Vec<ConversationId>, Error> {
    let mut ids = contacts.into_iter().map(|id| id.0).peekable();
    let mut found = Vec::new();
    while ids.peek().is_some() {
        let part: Vec<i64> = ids.by_ref().take(AT_ONCE).collect();
        let rows = store.rows(OPEN_CONVERSATIONS_OF, vec![ids::param(part)]).await?;
        found.extend(rows.iter().map(|row| ConversationId(row.int(0))));
    }
    Ok(found)
}

/// Adds a contact who is known before they write.
pub fn insert_known(batch: &mut Batch, it: &Person, at: Micros) {
    batch.push(INSERT_CONTACT, values![it.id, at]);
    update(batch, it, None);
}

/// Open conversations of a contact.
pub async fn open_conversations(store: &Store, id: ContactId) -> Result<Vec<ConversationId>, Error> {
    let rows = store.rows(OPEN_CONVERSATIONS, values![id]).await?;
    Ok(rows.iter().map(|row| ConversationId(row.int(0))).collect())
}

/// The contact whose picture is being fetched.
pub async fn by_wanted_picture(store: &Store, picture: MediumId) -> Result<Option<ContactId>, Error> {
    Ok(store.row(BY_WANTED_PICTURE, values![picture]).await?.map(|row| ContactId(row.int(0))))
}

/// Writes what is known and noted about a contact; a conflict unless `version` is the current one.
pub fn update(batch: &mut Batch, it: &Person, version: Option<i64>) {
    let name = it.name.as_deref().unwrap_or_default();
    let email = it.email.as_deref().unwrap_or_default();
    let phone = it.phone.as_deref().unwrap_or_default();
    batch.must(
        UPDATE,
        values![
            it.id,
            it.name.as_deref(),
            fold(name),
            it.name_is_custom,
            it.phone.as_deref(),
            it.email.as_deref(),
            it.note.as_deref(),
            json(&it.attributes),
            version.unwrap_or(0),
            fold(email),
            digits(phone),
            indexed(name),
            indexed(email),
            indexed_number(phone),
            phone_end(&digits(phone))
        ],
    );
}

/// One contact becomes part of another: identities, conversations and picture move, the other is deleted. `after` is
/// the merged contact, as prepared by the caller. A conflict if either changed since it was read.
pub fn merge(batch: &mut Batch, after: &Person, other: &Person, at: Micros) {
    batch.must(REMOVE, values![other.id, other.version]);
    audit::forget_contact(batch, other.id);
    batch.push(MOVE_IDENTITIES, values![after.id, other.id]);
    batch.push(MOVE_CONVERSATIONS, values![after.id, other.id]);
    if after.picture.is_none() && after.picture_wanted.is_none() {
        batch.push(TAKE_PICTURE, values![after.id, other.picture, other.picture_wanted]);
    } else {
        erasure::delete_pictures(batch, other, at);
    }
    update(batch, after, Some(after.version));
}

/// One identity of a contact becomes a contact of its own, with its conversations. A conflict if either changed since it
/// was read.
pub fn split(batch: &mut Batch, from: &Person, leaving: &Identity, new: ContactId, now: Micros) {
    batch.must(TOUCH, values![from.id, from.version]);
    batch.must(INSERT_CONTACT, values![new, leaving.created_at]);
    batch.must(SPLIT_IDENTITY, values![leaving.id, new, from.id, now]);
    batch.push(SPLIT_CONVERSATIONS, values![leaving.id, new]);
    batch.notify(Signal::Fetch);
}

/// Requests name and picture now.
pub fn refresh_profile(batch: &mut Batch, id: ContactId, now: Micros) {
    batch.push(REFRESH, values![id, now]);
    batch.notify(Signal::Fetch);
}

/// Sets the name from the channel. It is shown unless one was given here.
pub fn set_channel_name(batch: &mut Batch, id: ContactId, name: &str) {
    batch.push(SET_NAME, values![id, name, fold(name), indexed(name)]);
}

/// Sets the phone number from the channel, in digits; `before` is its previous number.
pub fn tell_phone(batch: &mut Batch, id: ContactId, before: Option<&str>, phone: &str) {
    batch.push(
        TELL_PHONE,
        values![id, phone, format!("+{phone}"), before.unwrap_or("-"), indexed_number(phone), phone_end(phone)],
    );
}

/// A picture is being fetched; a conflict if the contact was erased.
pub fn want_picture(batch: &mut Batch, id: ContactId, picture: MediumId) {
    batch.must(WANT_PICTURE, values![id, picture]);
}

/// A picture has arrived: its contact, if it belongs to one, shows it.
pub fn show_picture(batch: &mut Batch, picture: MediumId) {
    batch.push(HAVE_PICTURE, values![picture]);
}
