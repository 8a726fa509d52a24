//! Contacts: who a customer is, what we have noted about them, and their earlier conversations.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use domain::id::ContactId;
use serde::{Deserialize, Serialize};
use store::table::contact::{self, Overview, Person};
use store::table::{event, setting};
use store::{Batch, CommitError, Signal};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::api::conversations::of_contact;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, Paging, Path, Query, sent};
use crate::web::fields::{Fields, fresh};
use crate::web::problem::{Answer, Problem};
use engine::clock::rfc3339;
use engine::view::{self, ContactView, ConversationView};

/// The most attributes of a contact.
const ATTRIBUTES: usize = 50;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(one, update))
        .routes(routes!(conversations))
        .routes(routes!(refresh))
}

/// A contact with what is known and said of them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Contact)]
pub struct ContactOut {
    /// Name, picture, identities.
    #[serde(flatten)]
    contact: ContactView,
    /// The name on Facebook, where Meta tells it.
    channel_name: Option<String>,
    /// Whether the shown name was given here; it stays when the one on Facebook changes.
    name_is_custom: bool,
    /// A phone number.
    phone: Option<String>,
    /// An e-mail address.
    email: Option<String>,
    /// What colleagues should know.
    note: Option<String>,
    /// Anything else, by key.
    attributes: BTreeMap<String, String>,
    /// When they first wrote.
    created_at: String,
    /// How many conversations there have been.
    conversations: i64,
    /// Grows with each edit.
    version: i64,
}

/// A contact that the user may see, or 404: seeing one of their conversations means seeing who they are.
pub async fn visible(app: &App, who: &Principal, id: ContactId) -> Answer<Person> {
    let is_visible = contact::is_visible(&app.store, id, &who.viewer(app)).await?;
    contact::find(&app.store, id).await?.filter(|_| is_visible).ok_or_else(|| Problem::not_found("contact"))
}

/// A contact as answers show them.
pub async fn shown(app: &App, person: Person) -> Answer<ContactOut> {
    let overview = contact::overviews(&app.store, &[person.id]).await?.pop();
    Ok(out(app, person, overview.unwrap_or_default()))
}

fn out(app: &App, person: Person, overview: Overview) -> ContactOut {
    ContactOut {
        contact: view::contact_view(app, person.id, &overview.identities),
        channel_name: person.channel_name,
        name_is_custom: person.name_is_custom,
        phone: person.phone,
        email: person.email,
        note: person.note,
        attributes: person.attributes,
        created_at: rfc3339(person.created_at),
        conversations: overview.conversations,
        version: person.version,
    }
}

/// The contact as it is now, for an answer.
pub async fn current(app: &App, id: ContactId) -> Answer<ContactOut> {
    let person = contact::find(&app.store, id).await?.ok_or_else(|| Problem::not_found("contact"))?;
    shown(app, person).await
}

/// Which contacts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// A part of the name, phone number or e-mail address, or a whole PSID.
    q: Option<String>,
    /// 1 to 200, else 50.
    limit: Option<i64>,
    /// Where to go on from.
    cursor: Option<String>,
}

/// Contacts that one may see, the newest first.
#[utoipa::path(get, path = "/contacts", tag = "contacts", params(Filter),
    responses((status = 200, body = Items<ContactOut>)))]
async fn list(
    State(app): State<App>,
    who: Principal,
    Query(filter): Query<Filter>,
) -> Answer<Json<Items<ContactOut>>> {
    let limit = Paging { limit: filter.limit, cursor: None }.limit()?;
    let below = match filter.cursor.as_deref() {
        None => i64::MAX,
        Some(cursor) => cursor
            .parse::<i64>()
            .map_err(|_| Problem::unreadable("This cursor is not one that a list answered: begin without it."))?,
    };
    let words = filter.q.unwrap_or_default();
    let mut found = contact::search(&app.store, &words, below, limit + 1, &who.viewer(&app)).await?;
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let next = found.get(wanted).and_then(|_| found.get(wanted - 1)).map(|last| last.id.to_string());
    found.truncate(wanted);
    let ids: Vec<_> = found.iter().map(|person| person.id).collect();
    let overviews = contact::overviews(&app.store, &ids).await?;
    let items = found.into_iter().zip(overviews).map(|(person, overview)| out(&app, person, overview)).collect();
    Ok(Json(Items { items, next }))
}

/// One contact.
#[utoipa::path(get, path = "/contacts/{id}", tag = "contacts", params(("id" = String, Path)),
    responses((status = 200, body = ContactOut)))]
async fn one(State(app): State<App>, who: Principal, Path(id): Path<ContactId>) -> Answer<Json<ContactOut>> {
    let person = visible(&app, &who, id).await?;
    shown(&app, person).await.map(Json)
}

/// What changes about a contact; null removes a value.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ContactChange)]
struct Change {
    /// Your own name for them; null goes back to the one on Facebook.
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<String>)]
    name: Option<Option<String>>,
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<String>)]
    phone: Option<Option<String>>,
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    /// What colleagues should know.
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<String>)]
    note: Option<Option<String>>,
    /// All of them: those that are not named go. At most 50.
    attributes: Option<BTreeMap<String, String>>,
    version: Option<i64>,
}

/// A text without space around it; an empty one is none.
fn trimmed(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

impl Change {
    /// The person after the change.
    fn applied(self, mut it: Person) -> Answer<Person> {
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
#[utoipa::path(patch, path = "/contacts/{id}", tag = "contacts", params(("id" = String, Path)), request_body = Change,
    responses((status = 200, body = ContactOut)))]
async fn update(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ContactId>,
    Body(change): Body<Change>,
) -> Answer<Json<ContactOut>> {
    let person = visible(&app, &who, id).await?;
    if change.version.is_some_and(|version| version != person.version) {
        fresh(change.version, person.version, &shown(&app, person.clone()).await?)?;
    }
    let (seen, wants_latest) = (person.version, change.version.is_none());
    let it = change.applied(person)?;
    let (mut batch, at) = (Batch::new(), app.clock.now());
    // Without a version the last write wins, but never over a merge that was not seen.
    contact::update(&mut batch, &it, Some(seen));
    event::conversations_changed(&mut batch, &contact::open_conversations(&app.store, id).await?, at);
    let object = format!("contact {id}");
    setting::audit(&mut batch, &mut app.id_source(), at, Some(who.user.id), "contact.update", &object, "");
    match app.store.commit(batch).await {
        Ok(_) => current(&app, id).await.map(Json),
        Err(CommitError::Conflict) if wants_latest => {
            Err(Problem::conflict("This contact is changing right now: nothing was changed. Try again."))
        }
        Err(CommitError::Conflict) => Err(Problem::stale(&current(&app, id).await?)),
        Err(error) => Err(error.into()),
    }
}

/// A contact's conversations that one may see, newest activity first.
#[utoipa::path(get, path = "/contacts/{id}/conversations", tag = "contacts",
    params(("id" = String, Path), ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<ConversationView>)))]
async fn conversations(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ContactId>,
    Query(paging): Query<Paging>,
) -> Answer<Json<Items<ConversationView>>> {
    of_contact(&app, &who, id, paging).await.map(Json)
}

/// Asks Meta for name and picture again, now. They arrive by the event stream.
#[utoipa::path(post, path = "/contacts/{id}/refresh", tag = "contacts", params(("id" = String, Path)),
    responses((status = 202, body = ContactOut)))]
async fn refresh(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<ContactId>,
) -> Answer<(axum::http::StatusCode, Json<ContactOut>)> {
    let person = visible(&app, &who, id).await?;
    let mut batch = Batch::new();
    contact::refresh_profile(&mut batch, id, app.clock.now());
    batch.notify(Signal::Fetch);
    app.store.commit(batch).await?;
    Ok((axum::http::StatusCode::ACCEPTED, Json(shown(&app, person).await?)))
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

    fn change(json: &str) -> Change {
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
        assert_eq!(change(&many).applied(person()).unwrap_err().errors[0].pointer, "/attributes");
        let bad = r#"{"phone":"call me","email":"no","attributes":{" a/b":"x"}}"#;
        let pointers: Vec<_> =
            change(bad).applied(person()).unwrap_err().errors.into_iter().map(|error| error.pointer).collect();
        assert_eq!(pointers, ["/phone", "/email", "/attributes/ a~1b"]);
    }
}
