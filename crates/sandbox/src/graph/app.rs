//! Apps: their node and their webhook subscriptions with the synchronous verification call (§1.9, §2.1).

use super::Outcome;
use super::auth::Caller;
use super::error::GraphError;
use super::fields::{self, Lookup};
use super::page::PAGE_FIELDS;
use super::request::Call;
use crate::callbacks;
use crate::shared::Shared;
use crate::world::{Subscription, World};
use serde_json::{Value, json};

const OBJECTS: &[&str] = &["page", "instagram", "user", "permissions", "whatsapp_business_account", "application"];

/// Fields of the object `instagram`; some are singular in one place of the documentation and plural in another (§2.7).
pub const INSTAGRAM_FIELDS: &[&str] = &[
    "messages",
    "message_reactions",
    "messaging_postbacks",
    "messaging_seen",
    "messaging_referral",
    "messaging_referrals",
    "messaging_handover",
    "messaging_handovers",
    "messaging_optins",
    "message_edit",
    "message_edits",
    "standby",
    "comments",
    "live_comments",
    "mentions",
    "story_insights",
];

/// Fields of the object `whatsapp_business_account` (§2.8).
pub const WHATSAPP_FIELDS: &[&str] = &[
    "messages",
    "message_template_status_update",
    "message_template_quality_update",
    "message_template_components_update",
    "template_category_update",
    "phone_number_quality_update",
    "phone_number_name_update",
    "account_update",
    "account_alerts",
    "account_review_update",
    "business_capability_update",
    "business_status_update",
    "user_preferences",
    "user_id_update",
    "security",
    "flows",
    "calls",
    "smb_message_echoes",
    "smb_app_state_sync",
    "history",
    "messaging_handovers",
    "standby",
];

/// Permissions that a Page field requires (§5.1).
pub fn permissions_for(field: &str) -> &'static [&'static str] {
    match field {
        "leadgen" | "leadgen_update" => &["pages_manage_metadata", "leads_retrieval"],
        field
            if field.starts_with("messag")
                || matches!(field, "standby" | "response_feedback" | "send_cart" | "calls") =>
        {
            &["pages_messaging", "pages_manage_metadata", "pages_show_list"]
        }
        _ => &["pages_manage_metadata", "pages_show_list"],
    }
}

/// `GET /{app}`.
pub fn node(world: &World, call: &Call, caller: &Caller, id: &str) -> Outcome {
    if caller.app_id() != id {
        return Err(GraphError::unknown_object("GET", id));
    }
    let app = world.apps.get(id).ok_or_else(|| GraphError::unknown_object("GET", id))?;
    fields::project(&fields::asked(call.text("fields"), "name,link,category")?, "Application", id, |field| {
        match field.name.as_str() {
            "id" | "icon_url" | "logo_url" => Lookup::Empty,
            "privacy_policy_url" => app.settings.privacy_policy_url.clone().into(),
            "name" => Lookup::Value(json!(app.settings.name)),
            "link" => Lookup::Value(json!("https://www.facebook.com/games/")),
            "category" => Lookup::Value(json!("Business")),
            "namespace" => Lookup::Empty,
            "subscriptions" => subscriptions(world, caller, id).ok().into(),
            _ => Lookup::Unknown,
        }
    })
}

fn own_app(caller: &Caller, method: &str, id: &str) -> Result<(), GraphError> {
    match caller {
        Caller::App(own) if own == id => Ok(()),
        Caller::App(_) => Err(GraphError::unknown_object(method, id)),
        _ => Err(GraphError::new(15, "(#15) This method must be called with an app access_token.")),
    }
}

/// `GET /{app}/subscriptions`.
pub fn subscriptions(world: &World, caller: &Caller, id: &str) -> Outcome {
    own_app(caller, "GET", id)?;
    let app = world.apps.get(id).ok_or_else(|| GraphError::unknown_object("GET", id))?;
    let data: Vec<Value> = app
        .subscriptions
        .iter()
        .map(|(object, subscription)| {
            let fields: Vec<Value> =
                subscription.fields.iter().map(|name| json!({"name": name, "version": "v26.0"})).collect();
            json!({"object": object, "callback_url": subscription.callback_url, "active": true, "fields": fields})
        })
        .collect();
    Ok(json!({"data": data}))
}

/// The error of the switched-off "Allow API Access to App Settings": Meta's exact text is unknown (§1.9 [?]).
fn check_switch(world: &World, id: &str) -> Result<(), GraphError> {
    match world.apps.get(id) {
        Some(app) if !app.settings.allow_api_settings => {
            Err(GraphError::permission("API access to app settings is disabled for this application"))
        }
        _ => Ok(()),
    }
}

/// `POST /{app}/subscriptions`: calls the callback before it responds; replaces URL and fields (§1.9).
pub async fn subscribe(shared: &Shared, call: &Call, caller: &Caller, id: &str) -> Outcome {
    own_app(caller, "POST", id)?;
    check_switch(&shared.world(), id)?;
    let object = call.text("object").ok_or_else(|| GraphError::required("object"))?;
    if !OBJECTS.contains(&object.as_str()) {
        return Err(GraphError::parameter(format_args!(
            "Param object must be one of {{{}}} - got \"{object}\".",
            OBJECTS.join(", ")
        )));
    }
    let callback_url = call.text("callback_url").ok_or_else(|| GraphError::required("callback_url"))?;
    let verify_token = call.text("verify_token").ok_or_else(|| GraphError::required("verify_token"))?;
    let fields = call.list("fields").ok_or_else(|| GraphError::required("fields"))?;
    let known = match object.as_str() {
        "page" => Some(PAGE_FIELDS),
        "instagram" => Some(INSTAGRAM_FIELDS),
        "whatsapp_business_account" => Some(WHATSAPP_FIELDS),
        _ => None,
    };
    if let Some(known) = known
        && let Some(field) = fields.iter().find(|field| !known.contains(&field.as_str()))
    {
        return Err(GraphError::parameter(format_args!(
            "Param fields[0] must be a field of {object} - got \"{field}\"."
        )));
    }
    callbacks::verify(shared, &callback_url, &verify_token).await.map_err(|reason| {
        GraphError::new(2200, format!("(#2200) Callback verification failed with the following errors: {reason}"))
    })?;
    let mut world = shared.world();
    if let Some(app) = world.apps.get_mut(id) {
        let fields = fields.into_iter().collect();
        app.subscriptions.insert(object, Subscription { callback_url, verify_token, fields });
    }
    Ok(json!({"success": true}))
}

/// `DELETE /{app}/subscriptions[?object=page[&fields=..]]`.
pub fn unsubscribe(world: &mut World, call: &Call, caller: &Caller, id: &str) -> Outcome {
    own_app(caller, "DELETE", id)?;
    check_switch(world, id)?;
    let app = world.apps.get_mut(id).ok_or_else(|| GraphError::unknown_object("DELETE", id))?;
    match (call.text("object"), call.list("fields")) {
        (None, _) => app.subscriptions.clear(),
        (Some(object), None) => drop(app.subscriptions.remove(&object)),
        (Some(object), Some(fields)) => {
            if let Some(subscription) = app.subscriptions.get_mut(&object) {
                subscription.fields.retain(|field| !fields.contains(field));
            }
        }
    }
    Ok(json!({"success": true}))
}
