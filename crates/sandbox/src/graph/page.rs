//! Pages: their fields, their picture, and the subscription of apps (§1.7, §5.1).

use super::auth::{self, Caller};
use super::error::GraphError;
use super::fields::{self, Field, Lookup};
use super::request::Call;
use super::{Outcome, app, instagram};
use crate::callbacks;
use crate::shared::Shared;
use crate::world::{Token, World};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Fields of `subscribed_fields` (§2.6).
pub const PAGE_FIELDS: &[&str] = &[
    "messages",
    "messaging_postbacks",
    "messaging_optins",
    "message_deliveries",
    "message_reads",
    "message_echoes",
    "message_edits",
    "message_reactions",
    "messaging_referrals",
    "messaging_handovers",
    "standby",
    "messaging_feedback",
    "messaging_policy_enforcement",
    "messaging_account_linking",
    "response_feedback",
    "send_cart",
    "messaging_in_thread_lead_form_submit",
    "inbox_labels",
    "feed",
    "calls",
    "messaging_appointments",
    "business_integrity",
    "call_permission_reply",
    "call_settings_update",
    "conversations",
    "leadgen",
    "leadgen_update",
    "mention",
    "message_context",
    "message_mention",
    "message_template_status_update",
    "messaging_customer_information",
    "messaging_optouts",
    "user_action",
    "name",
    "picture",
    "category",
];

/// `GET /{page}?fields=`.
pub fn node(world: &mut World, call: &Call, caller: &Caller, id: &str) -> Outcome {
    let fields = fields::asked(call.text("fields"), "name")?;
    match caller {
        Caller::App(_) | Caller::Instagram(..) => Err(GraphError::unknown_object("GET", id)),
        Caller::Page(token, own) if own == id => render(world, &fields, &token.clone(), id),
        Caller::Page(..) => Err(GraphError::unknown_object("GET", id)),
        Caller::Person(token) => {
            let visible = world.pages.get(id).is_some_and(|page| !page.tasks(&token.person_id).is_empty());
            if visible && auth::grant(world, token)?.covers(id) {
                render(world, &fields, token, id)
            } else {
                Err(GraphError::unknown_object("GET", id))
            }
        }
    }
}

/// A Page as an entry of a list or a node.
pub fn render(world: &mut World, fields: &[Field], token: &Token, id: &str) -> Outcome {
    let grant = auth::grant(world, token)?.clone();
    let picture = world.page_picture(id);
    let page = world.pages.get(id).ok_or_else(|| GraphError::unknown_object("GET", id))?;
    let seed = page.seed.clone();
    let followers = page.seed.id.bytes().map(u64::from).sum::<u64>();
    let tasks = page.tasks(&token.person_id).to_vec();
    let useful =
        ["MESSAGING", "MODERATE", "CREATE_CONTENT"].iter().any(|task| page.has_task(&token.person_id, task));
    let scoped =
        ["pages_messaging", "pages_manage_metadata", "pages_read_engagement", "instagram_manage_messages"]
            .iter()
            .any(|name| grant.has(name));
    let page_token =
        (useful && scoped && grant.covers(id) && fields.iter().any(|field| field.name == "access_token"))
            .then(|| world.page_token(token, id));
    let world = &*world;
    fields::project(fields, "Page", id, |field| match field.name.as_str() {
        "id" => Lookup::Empty,
        "instagram_business_account" | "connected_instagram_account" => {
            instagram::connected(world, &grant, id, field)
        }
        "name" => Lookup::Value(json!(seed.name)),
        "category" => Lookup::Value(json!(seed.category)),
        "category_list" => Lookup::Value(json!([{"id": "2500", "name": seed.category}])),
        "tasks" => Lookup::Value(json!(tasks)),
        "access_token" => page_token.clone().into(),
        "link" => Lookup::Value(json!(format!("https://www.facebook.com/{id}"))),
        "picture" => Lookup::Value(json!({"data": {
            "height": 50, "is_silhouette": false, "url": picture, "width": 50,
        }})),
        "fan_count" | "followers_count" => Lookup::Value(json!(followers)),
        "is_published" => Lookup::Value(json!(true)),
        "business" => {
            seed.business_id.as_ref().map(|id| json!({"id": id, "name": format!("Business {id}")})).into()
        }
        "username" | "about" | "emails" | "phone" | "website" | "verification_status" => Lookup::Empty,
        _ => Lookup::Unknown,
    })
}

/// `GET /{page or psid}/picture`: a redirect, or JSON with `redirect=0`.
pub fn picture(world: &World, call: &Call, caller: &Caller, id: &str) -> Outcome {
    let url = if world.pages.contains_key(id) {
        world.page_picture(id)
    } else {
        let (page_id, customer_id) = world.psids.get(id).ok_or_else(|| GraphError::unknown_object("GET", id))?;
        let own = matches!(caller, Caller::Page(_, own) if own == page_id);
        own.then(|| world.customer_picture(customer_id))
            .flatten()
            .ok_or_else(|| GraphError::unknown_object("GET", id))?
    };
    if matches!(call.text("redirect").as_deref(), Some("0" | "false")) {
        return Ok(json!({"data": {"url": url, "is_silhouette": false, "width": 50, "height": 50}}));
    }
    Ok(json!({"__redirect": url}))
}

/// `GET /{page}/subscribed_apps`.
pub fn subscribed(world: &World, call: &Call, caller: &Caller, id: &str) -> Outcome {
    let (page, _) = auth::page_with(world, caller, id, "GET", "pages_manage_metadata", "MODERATE")?;
    let fields = fields::asked(call.text("fields"), "id,name,link,category,subscribed_fields")?;
    let apps = page.subscribed_apps.iter().map(|(app_id, subscribed)| {
        let name = world.apps.get(app_id).map(|app| app.settings.name.clone());
        fields::project(&fields, "Application", app_id, |field| match field.name.as_str() {
            "id" => Lookup::Empty,
            "name" => name.clone().into(),
            "link" => Lookup::Value(json!("https://www.facebook.com/games/")),
            "category" => Lookup::Value(json!("Business")),
            "subscribed_fields" => Lookup::Value(json!(subscribed)),
            _ => Lookup::Unknown,
        })
    });
    Ok(json!({"data": apps.collect::<Result<Vec<Value>, _>>()?}))
}

/// `GET /{page}/settings` (§5.2).
pub fn settings(world: &World, caller: &Caller, id: &str) -> Outcome {
    let (page, _) = auth::page_with(world, caller, id, "GET", "pages_manage_metadata", "MODERATE")?;
    Ok(json!({"data": [{"setting": "USERS_CAN_MESSAGE", "value": page.seed.takes_messages}]}))
}

/// `POST /{page}/subscribed_apps`: sets the whole list, or refuses the whole list (§5.1).
pub fn subscribe(world: &mut World, call: &Call, caller: &Caller, id: &str) -> Outcome {
    let wanted = call.list("subscribed_fields").ok_or_else(|| GraphError::required("subscribed_fields"))?;
    let app_id = caller.app_id().to_owned();
    let Caller::Page(token, _) = caller else {
        return Err(
            GraphError::new(210, "(#210) A page access token is required to request this resource.").status(403)
        );
    };
    if wanted.is_empty() {
        return Err(GraphError::new(1, "An unknown error occurred").status(500));
    }
    if let Some((index, field)) =
        wanted.iter().enumerate().find(|(_, field)| !PAGE_FIELDS.contains(&field.as_str()))
    {
        return Err(GraphError::parameter(format_args!(
            "Param subscribed_fields[{index}] must be one of {{{}}} - got \"{field}\".",
            PAGE_FIELDS.join(", ")
        )));
    }
    let grant = auth::grant(world, token)?;
    for field in &wanted {
        if let Some(missing) = app::permissions_for(field).iter().find(|name| !grant.has(name)) {
            return Err(GraphError::permission(format_args!(
                "To subscribe to the {field} field, one of these permissions is needed: {missing}. Object does not \
                 exist, cannot be loaded due to missing permission or reviewable feature, or does not support this operation"
            )));
        }
    }
    auth::page_with(world, caller, id, "POST", "pages_manage_metadata", "MODERATE")?;
    if let Some(page) = world.pages.get_mut(id) {
        page.subscribed_apps.insert(app_id.clone(), wanted.into_iter().collect::<BTreeSet<_>>());
    }
    let linked = world.instagram_of_page(id).map(|account| account.seed.id.clone());
    if let Some(account) = linked.and_then(|id| world.instagram.get_mut(&id)) {
        account.disabled_apps.remove(&app_id);
    }
    Ok(json!({"success": true}))
}

/// `DELETE /{page}/subscribed_apps`: comes back to the app as a deauthorize callback with `profile_id` (§5.1, §8.1).
pub fn unsubscribe(shared: &Shared, call: &Call, caller: &Caller, id: &str) -> Outcome {
    {
        let mut world = shared.world();
        if !matches!(caller, Caller::App(_)) {
            auth::page_with(&world, caller, id, &call.method, "pages_manage_metadata", "MODERATE")?;
        }
        let page = world.pages.get_mut(id).ok_or_else(|| GraphError::unknown_object(&call.method, id))?;
        page.subscribed_apps.remove(caller.app_id());
    }
    callbacks::deauthorize(shared, caller.app_id(), json!({"profile_id": id, "user_id": ""}));
    Ok(json!({"success": true}))
}
