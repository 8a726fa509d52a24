//! Contacts: what is noted about customers, merging two that are one person, and splitting one that is two.
//! Conversations are moved in the same batch, so a turn in progress is stale and runs again.

mod export;
mod import;

use std::collections::BTreeMap;

use domain::audit_detail::AuditDetail;
use domain::id::{ContactId, IdentityId, UserId};
use domain::time::Micros;
use serde::{Deserialize, Serialize};
use store::table::contact::{self, Overview, Person};
use store::table::{event, identity, setting};
use store::{Batch, CommitError, Signal};
use utoipa::ToSchema;

use crate::clock::rfc3339;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::fields::{Fields, fresh, sent};
use crate::view::{self, ContactView};

pub use export::export;
pub use import::import;

/// The most attributes of a contact.
const ATTRIBUTES: usize = 50;

/// A contact with everything that is known about them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Contact)]
pub struct ContactDetails {
    /// Names, pictures and identities.
    #[serde(flatten)]
    pub contact: ContactView,
    /// The name on Facebook, if Meta provides it.
    pub channel_name: Option<String>,
    /// Whether the name was set here. It then stays when the one on Facebook changes.
    pub name_is_custom: bool,
    /// What colleagues should know.
    pub note: Option<String>,
    /// Anything else, by key.
    pub attributes: BTreeMap<String, String>,
    /// When they first wrote.
    pub created_at: String,
    /// How many conversations there have been.
    pub conversations: i64,
    /// Increases with each edit.
    pub version: i64,
}

/// Changes of a contact; null removes a value.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ContactChange)]
pub struct ContactChange {
    /// Your own name for them; null restores the one on Facebook.
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<String>)]
    pub name: Option<Option<String>>,
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<String>)]
    pub phone: Option<Option<String>>,
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<String>)]
    pub email: Option<Option<String>>,
    /// What colleagues should know.
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<String>)]
    pub note: Option<Option<String>>,
    /// The complete list, at most 50: keys that are not in it are removed.
    pub attributes: Option<BTreeMap<String, String>>,
    pub version: Option<i64>,
}

/// A contact as in API responses.
pub async fn shown(app: &Engine, person: Person) -> Result<ContactDetails> {
    let overview = contact::overviews(&app.store, &[person.id]).await?.pop();
    Ok(out(app, person, overview.unwrap_or_default()))
}

/// Several contacts as in API responses.
pub async fn details(app: &Engine, people: Vec<Person>) -> Result<Vec<ContactDetails>> {
    let ids: Vec<_> = people.iter().map(|person| person.id).collect();
    let overviews = contact::overviews(&app.store, &ids).await?;
    Ok(people.into_iter().zip(overviews).map(|(person, overview)| out(app, person, overview)).collect())
}

fn out(app: &Engine, person: Person, overview: Overview) -> ContactDetails {
    let mut contact = view::contact_view(app, person.id, &overview.identities);
    if overview.identities.is_empty() {
        // Known before they wrote: there is only the imported data.
        let known = [&person.name, &person.phone, &person.email].into_iter().flatten().next();
        contact.name = known.cloned().unwrap_or(contact.name);
    }
    (contact.phone, contact.email) = (person.phone, person.email);
    for shown in &mut contact.identities {
        let known = overview.identities.iter().find(|known| known.id == shown.id);
        shown.window = known.map(|known| view::identity_window(app, known));
    }
    ContactDetails {
        contact,
        channel_name: person.channel_name,
        name_is_custom: person.name_is_custom,
        note: person.note,
        attributes: person.attributes,
        created_at: rfc3339(person.created_at),
        conversations: overview.conversations,
        version: person.version,
    }
}

/// The current contact, for a response.
async fn current(app: &Engine, id: ContactId) -> Result<ContactDetails> {
    let person = contact::find(&app.store, id).await?.ok_or_else(|| Error::NotFound("contact"))?;
    shown(app, person).await
}

/// A trimmed text; None if it is empty.
fn trimmed(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

impl ContactChange {
    /// The person after the change.
    fn applied(self, mut it: Person) -> Result<Person> {
        let mut fields = Fields::default();
        if let Some(name) = self.name {
            let name = trimmed(name).map(|name| fields.name("/name", &name, 200));
            it.name_is_custom = name.is_some();
            it.name = name.or_else(|| it.channel_name.clone());
        }
        if let Some(phone) = self.phone {
            it.phone = trimmed(phone);
            let good = |c: char| c.is_ascii_digit() || " +-()./".contains(c);
            if it.phone.as_ref().is_some_and(|phone| phone.len() > 40 || !phone.chars().all(good)) {
                fields
                    .bad("/phone", "A phone number has at most 40 digits, spaces and the signs + - ( ) . and /.");
            }
        }
        if let Some(email) = self.email {
            it.email = trimmed(email).map(|email| fields.email("/email", &email));
        }
        if let Some(note) = self.note {
            it.note = trimmed(note);
            if it.note.as_ref().is_some_and(|note| note.chars().count() > 5_000) {
                fields.bad("/note", "A note has at most 5,000 characters.");
            }
        }
        if let Some(attributes) = self.attributes {
            if attributes.len() > ATTRIBUTES {
                let many = attributes.len();
                fields.bad(
                    "/attributes",
                    format!("There are {many} attributes, at most {ATTRIBUTES} are possible."),
                );
            }
            for (key, value) in &attributes {
                // A JSON pointer escapes these two.
                let pointer = format!("/attributes/{}", key.replace('~', "~0").replace('/', "~1"));
                if key.trim() != key
                    || !(1..=80).contains(&key.chars().count())
                    || key.chars().any(char::is_control)
                {
                    fields.bad(&pointer, "A key has 1 to 80 characters, without space around it.");
                }
                if value.chars().count() > 1_000 {
                    fields.bad(&pointer, "A value has at most 1,000 characters.");
                }
            }
            it.attributes = attributes;
        }
        fields.done()?;
        Ok(it)
    }
}

/// Changes a contact. Users who may see a contact may change it.
pub async fn update(app: &Engine, by: UserId, person: Person, change: ContactChange) -> Result<ContactDetails> {
    let id = person.id;
    if change.version.is_some_and(|version| version != person.version) {
        fresh(change.version, person.version, &shown(app, person.clone()).await?)?;
    }
    let (seen, wants_latest) = (person.version, change.version.is_none());
    let before = Known::of(&person);
    let it = change.applied(person)?;
    let after = Known::of(&it);
    let name = it.name.as_deref().unwrap_or_default();
    let (mut batch, at) = (Batch::new(), app.clock.now());
    // Without a version the last write wins, but never over an unseen merge.
    contact::update(&mut batch, &it, Some(seen));
    event::conversations_changed(&mut batch, &contact::open_conversations(&app.store, id).await?, at);
    let object = format!("contact {id}");
    audit(app, &mut batch, by, "contact.update", &object, AuditDetail::changed(name, &before, &after));
    match app.store.commit(batch).await {
        Ok(_) => current(app, id).await,
        Err(CommitError::Conflict) if wants_latest => {
            Err(Error::conflict("This contact is changing right now: nothing was changed. Try again."))
        }
        Err(CommitError::Conflict) => Err(Error::stale(&current(app, id).await?)),
        Err(error) => Err(error.into()),
    }
}

/// What users change of a contact, for the audit log. It is deleted there with the contact.
#[derive(Serialize)]
struct Known {
    name: Option<String>,
    phone: Option<String>,
    email: Option<String>,
    note: Option<String>,
    attributes: BTreeMap<String, String>,
}

impl Known {
    fn of(person: &Person) -> Self {
        let Person { name, phone, email, note, attributes, .. } = person.clone();
        Self { name, phone, email, note, attributes }
    }
}

/// Asks Meta for the name and picture again. The result arrives on the event stream.
pub async fn refresh(app: &Engine, person: Person) -> Result<ContactDetails> {
    let mut batch = Batch::new();
    contact::refresh_profile(&mut batch, person.id, app.clock.now());
    batch.notify(Signal::Fetch);
    app.store.commit(batch).await?;
    shown(app, person).await
}

/// Two contacts are one person. Name and attributes of `target` win; the history of both is shown. `version` is the
/// version of the target that the user saw.
pub async fn merge(
    app: &Engine,
    by: UserId,
    target: Person,
    other: &Person,
    version: Option<i64>,
) -> Result<ContactDetails> {
    let id = target.id;
    if version.is_some_and(|version| version != target.version) {
        fresh(version, target.version, &shown(app, target.clone()).await?)?;
    }
    let at = app.clock.now();
    let mut batch = Batch::new();
    fold_into(&mut batch, target, other, at);
    conversations_changed(app, &mut batch, &[id, other.id], at).await?;
    audit(
        app,
        &mut batch,
        by,
        "contact.merge",
        &format!("contact {id}"),
        AuditDetail::Contact { contact: other.id },
    );
    save(app, batch, id).await
}

/// One identity is another person: it becomes a separate contact, with its conversations. Returns the new contact.
pub async fn split(
    app: &Engine,
    by: UserId,
    person: Person,
    leaving: IdentityId,
    version: Option<i64>,
) -> Result<ContactDetails> {
    let id = person.id;
    if version.is_some_and(|version| version != person.version) {
        fresh(version, person.version, &shown(app, person.clone()).await?)?;
    }
    let identities = identity::of_contact(&app.store, id).await?;
    let Some(leaving) = identities.iter().find(|one| one.id == leaving) else {
        return Err(Error::field("/identity_id", "This contact has no such identity."));
    };
    if identities.len() < 2 {
        return Err(Error::conflict("This is the contact's only identity: there is nothing to split off."));
    }
    let (new, at) = (ContactId(app.ids.next()), app.clock.now());
    let mut batch = Batch::new();
    contact::split(&mut batch, &person, leaving, new, at);
    conversations_changed(app, &mut batch, &[id], at).await?;
    audit(app, &mut batch, by, "contact.split", &format!("contact {id}"), AuditDetail::Contact { contact: new });
    save(app, batch, new).await
}

/// Adds events, so that all of their open conversations show who they are now.
async fn conversations_changed(app: &Engine, batch: &mut Batch, contacts: &[ContactId], at: Micros) -> Result<()> {
    for contact in contacts {
        event::conversations_changed(batch, &contact::open_conversations(&app.store, *contact).await?, at);
    }
    Ok(())
}

fn audit(app: &Engine, batch: &mut Batch, by: UserId, action: &str, object: &str, detail: AuditDetail) {
    setting::audit(batch, &mut app.id_source(), app.clock.now(), Some(by), action, object, detail);
}

async fn save(app: &Engine, batch: Batch, answer: ContactId) -> Result<ContactDetails> {
    match app.store.commit(batch).await {
        Ok(_) => current(app, answer).await,
        Err(CommitError::Conflict | CommitError::Duplicate) => Err(Error::conflict(
            "Another user changed one of the contacts at the same moment: nothing was changed. Reload, then try again.",
        )),
        Err(error) => Err(error.into()),
    }
}

/// What remains of two contacts: the target's fields, and the other's where the target has none.
fn joined(mut target: Person, other: &Person) -> Person {
    if target.name.is_none() {
        target.name = other.name.clone();
        target.name_is_custom = other.name_is_custom;
    }
    target.phone = target.phone.or_else(|| other.phone.clone());
    target.email = target.email.or_else(|| other.email.clone());
    target.note = target.note.or_else(|| other.note.clone());
    for (key, value) in &other.attributes {
        target.attributes.entry(key.clone()).or_insert_with(|| value.clone());
    }
    target
}

/// One contact becomes part of another, with all their data; a conflict if either changed since it was read.
pub fn fold_into(batch: &mut Batch, target: Person, other: &Person, at: Micros) {
    contact::merge(batch, &joined(target, other), other, at);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person() -> Person {
        Person {
            id: ContactId(1),
            name: Some("Olena on Facebook".into()),
            channel_name: Some("Olena on Facebook".into()),
            name_is_custom: false,
            picture: None,
            picture_wanted: None,
            phone: None,
            email: None,
            note: None,
            attributes: BTreeMap::new(),
            created_at: domain::time::Micros(0),
            version: 1,
        }
    }

    fn change(json: &str) -> ContactChange {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_name_of_ours_stays_until_it_is_taken_back() {
        let named = change(r#"{"name":" Olena K. "}"#).applied(person()).unwrap();
        assert_eq!((named.name.as_deref(), named.name_is_custom), (Some("Olena K."), true));
        let untouched = change(r#"{"phone":"+380 44 123"}"#).applied(named.clone()).unwrap();
        assert_eq!((untouched.name.as_deref(), untouched.name_is_custom), (Some("Olena K."), true));
        let back = change(r#"{"name":null}"#).applied(named).unwrap();
        assert_eq!((back.name.as_deref(), back.name_is_custom), (Some("Olena on Facebook"), false));
    }

    #[test]
    fn every_bad_value_is_named_with_its_place() {
        let many: BTreeMap<String, String> = (0..51).map(|n| (n.to_string(), String::new())).collect();
        let many = serde_json::json!({ "attributes": many }).to_string();
        let pointers = |json: &str| match change(json).applied(person()) {
            Err(Error::Invalid(errors)) => errors.into_iter().map(|error| error.pointer).collect(),
            _ => Vec::new(),
        };
        assert_eq!(pointers(&many)[0], "/attributes");
        let bad = r#"{"phone":"call me","email":"no","attributes":{" a/b":"x"}}"#;
        assert_eq!(pointers(bad), ["/phone", "/email", "/attributes/ a~1b"]);
    }
}
