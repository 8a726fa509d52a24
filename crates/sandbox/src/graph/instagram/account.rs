//! Instagram accounts and the people who write to them: fields, profiles, subscriptions (§1.7, §4.2, §5.1).

use super::access::{Need, with};
use crate::graph::Outcome;
use crate::graph::auth::{self, Caller};
use crate::graph::error::GraphError;
use crate::graph::fields::{self, Field, Lookup};
use crate::graph::request::Call;
use crate::seed::Link;
use crate::world::{Grant, Kind, World};
use serde_json::json;
use std::collections::BTreeSet;

/// The account of a Page as one of its fields; the field depends on where the link was made (§1.7).
pub fn connected(world: &World, grant: &Grant, page_id: &str, field: &Field) -> Lookup {
    let link = if field.name == "instagram_business_account" { Link::Business } else { Link::Connected };
    let account = world.instagram_of_page(page_id).filter(|account| account.seed.link == link);
    // Without the permission the field is silently omitted.
    let account = account.filter(|_| grant.has("instagram_basic") && grant.covers(page_id));
    let default = [Field { name: "id".to_owned(), alias: None, args: Default::default(), sub: Vec::new() }];
    let asked = if field.sub.is_empty() { &default[..] } else { &field.sub };
    match account.map(|account| render(world, asked, &account.seed.id)) {
        Some(Ok(value)) => Lookup::Value(value),
        Some(Err(_)) => Lookup::Unknown,
        None => Lookup::Empty,
    }
}

fn render(world: &World, asked: &[Field], id: &str) -> Outcome {
    let account = world.instagram.get(id).ok_or_else(|| GraphError::unknown_object("GET", id))?;
    let picture = world.instagram_picture(id);
    fields::project(asked, "IGUser", id, |field| match field.name.as_str() {
        "id" => Lookup::Empty,
        "username" => Lookup::Value(json!(account.seed.username)),
        "name" => Lookup::Value(json!(account.seed.name)),
        "profile_picture_url" => Lookup::Value(json!(picture)),
        "followers_count" => Lookup::Value(json!(account.seed.followers)),
        "follows_count" | "media_count" => Lookup::Value(json!(12)),
        "biography" | "website" | "ig_id" => Lookup::Empty,
        _ => Lookup::Unknown,
    })
}

/// `GET /{igid}` on Facebook's host.
pub fn node(world: &World, call: &Call, caller: &Caller, id: &str) -> Outcome {
    let account = world.instagram.get(id).ok_or_else(|| GraphError::unknown_object("GET", id))?;
    let page_id = account.seed.page_id.as_deref().unwrap_or_default();
    let (token, visible) = match caller {
        Caller::Page(token, own) => (token, own == page_id),
        Caller::Person(token) => {
            (token, world.pages.get(page_id).is_some_and(|page| !page.tasks(&token.person_id).is_empty()))
        }
        _ => return Err(GraphError::unknown_object("GET", id)),
    };
    let grant = auth::grant(world, token)?;
    if !visible || !grant.covers(page_id) {
        return Err(GraphError::unknown_object("GET", id));
    }
    if !grant.has("instagram_basic") {
        return Err(GraphError::not_granted("instagram_basic"));
    }
    render(world, &fields::asked(call.text("fields"), "id")?, id)
}

/// `GET /me` on Instagram's host: `id` is app-scoped, `user_id` is the IGID of webhooks (§2.7).
pub fn me(world: &World, call: &Call, caller: &Caller, id: &str) -> Outcome {
    with(world, caller, "GET", id, Need::Basic)?;
    let account = world.instagram.get(id).ok_or_else(|| GraphError::unknown_object("GET", id))?;
    let scoped = account.scoped_id(caller.app_id());
    let picture = world.instagram_picture(id);
    let asked = fields::asked(call.text("fields"), "id")?;
    fields::project(&asked, "IGUser", &scoped, |field| match field.name.as_str() {
        "id" => Lookup::Empty,
        "user_id" => Lookup::Value(json!(id)),
        "username" => Lookup::Value(json!(account.seed.username)),
        "name" => Lookup::Value(json!(account.seed.name)),
        "account_type" => Lookup::Value(json!("BUSINESS")),
        "profile_picture_url" => Lookup::Value(json!(picture)),
        "followers_count" => Lookup::Value(json!(account.seed.followers)),
        "follows_count" | "media_count" => Lookup::Value(json!(12)),
        "biography" | "website" => Lookup::Empty,
        _ => Lookup::Unknown,
    })
}

/// `GET /{igsid}`: nothing before the person wrote, or of someone who blocked the account (§4.2).
pub fn customer(world: &mut World, call: &Call, caller: &Caller, igsid: &str) -> Outcome {
    let unknown = || GraphError::unknown_object("GET", igsid);
    let (account_id, customer_id) = world.psids.get(igsid).cloned().ok_or_else(unknown)?;
    with(world, caller, "GET", &account_id, Need::Messages)
        .map_err(|error| if error.subcode == Some(33) { unknown() } else { error })?;
    if let Some(fault) = world.take_conversation_fault(Kind::Profile, &account_id, &customer_id) {
        let Some(status) = fault.status else { return Ok(json!({})) };
        let code = fault.code.unwrap_or(2);
        let message = fault.message.unwrap_or_else(|| format!("(#{code}) An error switched on in the sandbox"));
        let mut error = GraphError::new(code, message).status(status);
        error.subcode = fault.subcode;
        return Err(error);
    }
    let thread = world.thread(&account_id, &customer_id);
    if thread.blocked {
        return Ok(json!({}));
    }
    if thread.last_action_ms.is_none() {
        return Err(GraphError::new(230, "(#230) User consent is required to access user profile").status(403));
    }
    let person = world.instagram_person(&customer_id);
    let customer = world.customers.get(&customer_id).cloned().ok_or_else(unknown)?;
    let picture = world.customer_picture(&customer_id);
    let name = format!("{} {}", customer.first_name, customer.last_name);
    let asked = fields::asked(call.text("fields"), "name,username,profile_pic")?;
    fields::project(&asked, "IGBusinessScopedID", igsid, |field| match field.name.as_str() {
        "id" => Lookup::Empty,
        // Both may be null.
        "name" => Lookup::Value(json!(person.named.then(|| name.trim()))),
        "profile_pic" => Lookup::Value(json!(picture)),
        "username" => Lookup::Value(json!(person.username)),
        "follower_count" => Lookup::Value(json!(person.followers)),
        "is_user_follow_business" => Lookup::Value(json!(person.follows_business)),
        "is_business_follow_user" => Lookup::Value(json!(false)),
        "is_verified_user" => Lookup::Value(json!(person.verified)),
        _ => Lookup::Unknown,
    })
}

/// `GET /{igid}/subscribed_apps` on Instagram's host.
pub fn subscribed(world: &World, caller: &Caller, id: &str) -> Outcome {
    with(world, caller, "GET", id, Need::Basic)?;
    let account = world.instagram.get(id).ok_or_else(|| GraphError::unknown_object("GET", id))?;
    let apps = account.subscribed_apps.iter().filter_map(|app_id| {
        let app = world.apps.get(app_id)?;
        // Every field selected for the app, regardless of what was requested (§5.1).
        let fields: BTreeSet<String> =
            app.subscriptions.get("instagram").map(|own| own.fields.clone()).unwrap_or_default();
        Some(json!({"id": app.settings.instagram_app_id, "name": app.settings.name, "subscribed_fields": fields}))
    });
    Ok(json!({"data": apps.collect::<Vec<_>>()}))
}

/// `POST /{igid}/subscribed_apps`: the list of fields must be given, and is not honoured (§5.1).
pub fn subscribe(world: &mut World, call: &Call, caller: &Caller, id: &str) -> Outcome {
    with(world, caller, "POST", id, Need::Messages)?;
    let wanted = call.list("subscribed_fields").ok_or_else(|| GraphError::required("subscribed_fields"))?;
    if let Some(unknown) =
        wanted.iter().find(|field| !super::super::app::INSTAGRAM_FIELDS.contains(&field.as_str()))
    {
        return Err(GraphError::parameter(format_args!(
            "Param subscribed_fields[0] must be one of {{{}}} - got \"{unknown}\".",
            super::super::app::INSTAGRAM_FIELDS.join(", ")
        )));
    }
    let account = world.instagram.get_mut(id).ok_or_else(|| GraphError::unknown_object("POST", id))?;
    account.subscribed_apps.insert(caller.app_id().to_owned());
    account.disabled_apps.remove(caller.app_id());
    Ok(json!({"success": true}))
}

/// `DELETE /{igid}/subscribed_apps` on Instagram's host.
pub fn unsubscribe(world: &mut World, caller: &Caller, id: &str) -> Outcome {
    with(world, caller, "DELETE", id, Need::Messages)?;
    let account = world.instagram.get_mut(id).ok_or_else(|| GraphError::unknown_object("DELETE", id))?;
    account.subscribed_apps.remove(caller.app_id());
    Ok(json!({"success": true}))
}
