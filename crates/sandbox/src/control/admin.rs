//! Apps, people, Pages, customers, tokens and settings over the control API.

use super::{Answer, Refusal, accounts, bad, missing, read};
use crate::callbacks;
use crate::dialog::agree;
use crate::phone::{named_customer, new_customer};
use crate::seed::{AppSeed, PageSeed, PersonSeed};
use crate::shared::Shared;
use crate::world::{App, Live, Page, Person, World};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// `GET /control/state`.
pub async fn state(State(shared): State<Shared>) -> Json<Value> {
    let world = shared.world();
    let apps: Vec<Value> = world
        .apps
        .values()
        .map(|app| {
            let mut value = json!(app.settings);
            value["subscriptions"] = json!(app.subscriptions);
            value["calls"] = json!(app.calls);
            value
        })
        .collect();
    let people: Vec<Value> = world
        .people
        .values()
        .map(|person| {
            let pages = world.pages.values().filter(|page| !page.tasks(&person.seed.id).is_empty()).count();
            json!({"id": person.seed.id, "name": person.seed.name, "pages": pages, "grants": person.grants})
        })
        .collect();
    let pages: Vec<Value> = world
        .pages
        .values()
        .map(|page| {
            let mut value = json!(page.seed);
            value["subscribed_apps"] = json!(page.subscribed_apps);
            value["picture_url"] = json!(world.page_picture(&page.seed.id));
            value
        })
        .collect();
    let customers: Vec<Value> = world
        .customers
        .values()
        .take(500)
        .map(|customer| {
            let name = format!("{} {}", customer.first_name, customer.last_name);
            let mut value = json!(customer);
            value["name"] = json!(name.trim());
            value["picture_url"] = json!(world.customer_picture(&customer.id));
            value["instagram"] = json!(world.instagram_person(&customer.id));
            value["whatsapp"] = json!(world.whatsapp_person(&customer.id));
            value
        })
        .collect();
    let mut threads: Vec<Value> = world
        .threads
        .iter()
        .filter_map(|((page, customer), thread)| {
            let last = thread.messages.last()?;
            Some(json!({"page_id": page, "customer_id": customer, "messages": thread.messages.len(), "last_ms": last.timestamp,
                "window_closes_ms": thread.window_closes_ms()}))
        })
        .collect();
    threads.sort_by_key(|thread| -thread["last_ms"].as_i64().unwrap_or_default());
    threads.truncate(500);
    let (instagram, whatsapp) = accounts::state(&world);
    Json(json!({
        "instagram": instagram, "whatsapp": whatsapp,
        "url": world.base_url, "settings": world.settings, "faults": world.faults, "apps": apps, "people": people, "pages": pages,
        "customers": customers, "customer_count": world.customers.len(), "threads": threads, "tokens": world.tokens.len(),
        "waiting_deliveries": world.waiting_deliveries(),
    }))
}

/// Lays the given fields over what is there; the types check the result.
pub(super) fn patch<T: serde::Serialize + serde::de::DeserializeOwned>(
    current: &T,
    changes: Map<String, Value>,
) -> Result<T, Refusal> {
    let mut value = json!(current);
    for (name, change) in changes {
        value[name] = change;
    }
    serde_json::from_value(value)
        .map_err(|error| bad(format!("The settings cannot be changed like this: {error}.")))
}

/// `POST /control/settings`.
pub async fn settings(State(shared): State<Shared>, body: Bytes) -> Answer {
    let changes = read(&body)?;
    let mut world = shared.world();
    world.settings = patch(&world.settings, changes)?;
    let _ = world.live.send(Live::Dashboard);
    Ok(Json(json!(world.settings)))
}

/// `POST /control/apps/{id}`: changes an app, or makes one if `name` and `secret` are given.
pub async fn app(State(shared): State<Shared>, Path(id): Path<String>, body: Bytes) -> Answer {
    let mut changes: Map<String, Value> = read(&body)?;
    if changes.get("id").is_some_and(|other| *other != id) {
        return Err(bad("The id of an app cannot be changed."));
    }
    changes.insert("id".to_owned(), json!(id));
    let mut world = shared.world();
    let known = world.apps.get(&id).map(|app| app.settings.clone());
    let settings: AppSeed = match known {
        Some(current) => patch(&current, changes)?,
        None if changes.contains_key("secret") => {
            patch(&Value::Object(Map::new()), changes).and_then(|value| {
                serde_json::from_value(value)
                    .map_err(|error| bad(format!("An app needs name and secret: {error}.")))
            })?
        }
        None => {
            return Err(missing(format!("There is no app {id}; with name and secret one would be made.")));
        }
    };
    let answer = json!(settings);
    match world.apps.get_mut(&id) {
        Some(app) => app.settings = settings,
        None => drop(world.apps.insert(id, App { settings, subscriptions: BTreeMap::new(), calls: 0 })),
    }
    let _ = world.live.send(Live::Dashboard);
    Ok(Json(answer))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whom {
    #[serde(default)]
    person_id: Option<String>,
    #[serde(default)]
    page_id: Option<String>,
    #[serde(default)]
    instagram_id: Option<String>,
}

/// `POST /control/apps/{id}/deauthorize`: a person removes the app, a Page is detached, or the owner of an Instagram
/// account takes its login back (§8.1).
pub async fn deauthorize(State(shared): State<Shared>, Path(id): Path<String>, body: Bytes) -> Answer {
    let whom: Whom = read(&body)?;
    let (url, secret) = {
        let world = shared.world();
        let app = world.apps.get(&id).ok_or_else(|| missing(format!("There is no app {id}.")))?;
        let secret = match &whom.instagram_id {
            Some(_) => app.settings.instagram_app_secret.clone().unwrap_or_default(),
            None => app.settings.secret.clone(),
        };
        (app.settings.deauthorize_callback_url.clone(), secret)
    };
    let payload = match (&whom.person_id, &whom.page_id) {
        (None, None) if whom.instagram_id.is_some() => {
            let account_id = whom.instagram_id.unwrap_or_default();
            let mut world = shared.world();
            let account = world.instagram.get_mut(&account_id);
            let account =
                account.ok_or_else(|| missing(format!("There is no Instagram account {account_id}.")))?;
            let scoped = account.scoped_id(&id);
            account.grants.remove(&id);
            account.subscribed_apps.remove(&id);
            world.kill_tokens(|token| token.app_id == id && token.instagram_id.as_ref() == Some(&account_id), 458);
            json!({"user_id": scoped})
        }
        (Some(person), None) => {
            forget(&mut shared.world(), &id, person)?;
            json!({"user_id": person})
        }
        (None, Some(page)) => {
            let mut world = shared.world();
            let known = world.pages.get_mut(page).ok_or_else(|| missing(format!("There is no Page {page}.")))?;
            known.subscribed_apps.remove(&id);
            json!({"profile_id": page, "user_id": ""})
        }
        _ => return Err(bad("Give either person_id or page_id.")),
    };
    let Some(url) = url else {
        return Ok(Json(json!({"status": null, "body": "", "error": "The app has no deauthorize_callback_url."})));
    };
    let answer = callbacks::post_signed_request(&shared, "deauthorize", &url, &secret, payload).await;
    Ok(Json(json!({"status": answer.status, "body": answer.body, "error": answer.error})))
}

fn forget(world: &mut World, app_id: &str, person_id: &str) -> Result<(), Refusal> {
    let person =
        world.people.get_mut(person_id).ok_or_else(|| missing(format!("There is no person {person_id}.")))?;
    person.grants.remove(app_id);
    world.kill_tokens(|token| token.app_id == app_id && token.person_id == person_id, 458);
    Ok(())
}

/// `POST /control/apps/{id}/data-deletion` (§8.2).
pub async fn data_deletion(State(shared): State<Shared>, Path(id): Path<String>, body: Bytes) -> Answer {
    let whom: Whom = read(&body)?;
    let person_id = whom.person_id.ok_or_else(|| bad("Give a person_id."))?;
    let (url, secret) = {
        let world = shared.world();
        let app = world.apps.get(&id).ok_or_else(|| missing(format!("There is no app {id}.")))?;
        let url =
            app.settings.data_deletion_url.clone().ok_or_else(|| bad("The app has no data_deletion_url."))?;
        (url, app.settings.secret.clone())
    };
    let answer =
        callbacks::post_signed_request(&shared, "data-deletion", &url, &secret, json!({"user_id": person_id}))
            .await;
    let parsed: Option<Value> = serde_json::from_str(&answer.body).ok();
    Ok(Json(json!({"status": answer.status, "body": answer.body, "json": parsed, "error": answer.error})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LogIn {
    url: String,
    person_id: String,
    #[serde(default)]
    page_ids: BTreeSet<String>,
}

/// `POST /control/log-in`: goes through a login dialog as a person and accepts everything.
pub async fn log_in(State(shared): State<Shared>, body: Bytes) -> Answer {
    let order: LogIn = read(&body)?;
    let location = agree(&shared, &order.url, &order.person_id, order.page_ids).map_err(bad)?;
    Ok(Json(json!({"location": location})))
}

/// `POST /control/people`.
pub async fn person(State(shared): State<Shared>, body: Bytes) -> Answer {
    let mut fields: Map<String, Value> = read(&body)?;
    let mut world = shared.world();
    let number = world.next();
    fields.entry("id").or_insert_with(|| json!(format!("1021{number:013}")));
    let seed: PersonSeed =
        serde_json::from_value(Value::Object(fields)).map_err(|error| bad(format!("Not a person: {error}.")))?;
    let id = seed.id.clone();
    world.people.entry(id.clone()).or_insert(Person { seed, grants: BTreeMap::new() });
    Ok(Json(json!({"id": id})))
}

/// `POST /control/pages`.
pub async fn page(State(shared): State<Shared>, body: Bytes) -> Answer {
    let mut fields: Map<String, Value> = read(&body)?;
    let mut world = shared.world();
    let number = world.next();
    fields.entry("id").or_insert_with(|| json!(format!("1077{number:014}")));
    let seed: PageSeed =
        serde_json::from_value(Value::Object(fields)).map_err(|error| bad(format!("Not a Page: {error}.")))?;
    let id = seed.id.clone();
    world.pages.entry(id.clone()).or_insert(Page { seed, subscribed_apps: BTreeMap::new(), profile: Map::new() });
    Ok(Json(json!({"id": id})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PageSettingsIn {
    takes_messages: bool,
}

/// `POST /control/pages/{page}/settings`: whether people may write to it (§5.2).
pub async fn page_settings(State(shared): State<Shared>, Path(page): Path<String>, body: Bytes) -> Answer {
    let order: PageSettingsIn = read(&body)?;
    let mut world = shared.world();
    let known = world.pages.get_mut(&page).ok_or_else(|| missing(format!("There is no Page {page}.")))?;
    known.seed.takes_messages = order.takes_messages;
    Ok(Json(json!({"takes_messages": order.takes_messages})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PermissionIn {
    app_id: String,
    permission: String,
    granted: bool,
}

/// `POST /control/people/{person}/permissions`: one permission is taken back, or granted after all (§1.6).
pub async fn permission(State(shared): State<Shared>, Path(person): Path<String>, body: Bytes) -> Answer {
    let order: PermissionIn = read(&body)?;
    let mut world = shared.world();
    let known = world.people.get_mut(&person).ok_or_else(|| missing(format!("There is no person {person}.")))?;
    let grant = known.grants.get_mut(&order.app_id);
    let grant = grant.ok_or_else(|| missing(format!("{} granted nothing to the app.", known.seed.name)))?;
    grant.permissions.insert(order.permission, order.granted);
    Ok(Json(json!({"permissions": grant.permissions})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RolesIn {
    person_id: String,
    tasks: Vec<String>,
}

/// `POST /control/pages/{page}/roles`.
pub async fn roles(State(shared): State<Shared>, Path(page): Path<String>, body: Bytes) -> Answer {
    let order: RolesIn = read(&body)?;
    let mut world = shared.world();
    let known = world.pages.get_mut(&page).ok_or_else(|| missing(format!("There is no Page {page}.")))?;
    if order.tasks.is_empty() {
        known.seed.roles.remove(&order.person_id);
    } else {
        known.seed.roles.insert(order.person_id, order.tasks);
    }
    Ok(Json(json!({"roles": known.seed.roles})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CustomerIn {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    first_name: Option<String>,
    #[serde(default)]
    last_name: Option<String>,
    #[serde(default = "yes")]
    picture: bool,
}

fn yes() -> bool {
    true
}

/// `POST /control/customers`.
pub async fn customer(State(shared): State<Shared>, body: Bytes) -> Answer {
    let order: CustomerIn = read(&body)?;
    let (first, last) = match (order.name, order.first_name) {
        (Some(name), _) => {
            let (first, last) = name.trim().split_once(' ').unwrap_or((name.trim(), ""));
            (first.to_owned(), last.to_owned())
        }
        (None, Some(first)) => (first, order.last_name.unwrap_or_default()),
        (None, None) => return Err(bad("A customer needs a name.")),
    };
    if first.is_empty() {
        return Err(bad("A customer needs a name."));
    }
    let mut world = shared.world();
    let id = match order.id {
        // An id of the caller's choice makes the PSID the same in each run, and with it what chaos does.
        Some(id) if id.is_empty() || id.contains('/') => return Err(bad("An id holds no slash.")),
        Some(id) => named_customer(&mut world, &id, &first, &last, order.picture),
        None => new_customer(&mut world, &first, &last, order.picture),
    }
    .map_err(bad)?;
    Ok(Json(json!({"id": id, "name": format!("{first} {last}").trim()})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpireIn {
    #[serde(default)]
    person_id: Option<String>,
    #[serde(default)]
    page_id: Option<String>,
    #[serde(default)]
    app_id: Option<String>,
    #[serde(default)]
    kind: Option<String>,
    #[serde(default = "expired")]
    subcode: i64,
}

fn expired() -> i64 {
    463
}

/// `POST /control/tokens/expire`: 463 expired, 460 password changed, 458 app removed, 492 role lost (§6.2).
pub async fn expire(State(shared): State<Shared>, body: Bytes) -> Answer {
    let order: ExpireIn = read(&body)?;
    if order.kind.as_deref().is_some_and(|kind| !matches!(kind, "user" | "page")) {
        return Err(bad("kind is user or page."));
    }
    let same =
        |wanted: &Option<String>, own: Option<&str>| wanted.as_deref().is_none_or(|wanted| own == Some(wanted));
    let killed = shared.world().kill_tokens(
        |token| {
            same(&order.person_id, Some(&token.person_id))
                && same(&order.page_id, token.page_id.as_deref())
                && same(&order.app_id, Some(&token.app_id))
                && same(&order.kind, Some(if token.page_id.is_some() { "page" } else { "user" }))
        },
        order.subcode,
    );
    Ok(Json(json!({"killed": killed})))
}

/// `POST /control/attachments/expire`: as after 90 days (§3.3).
pub async fn expire_attachments(State(shared): State<Shared>) -> Json<Value> {
    Json(json!({"expired": shared.world().media.expire()}))
}

/// `POST /control/personas/forget`: as if they had been deleted (§3.6).
pub async fn forget_personas(State(shared): State<Shared>) -> Json<Value> {
    let personas = std::mem::take(&mut shared.world().personas);
    Json(json!({"forgotten": personas.len()}))
}
