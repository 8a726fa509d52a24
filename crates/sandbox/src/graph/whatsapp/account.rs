//! Business accounts: their fields, and the apps that are subscribed, each with an optional separate callback (§5.5).

use super::{MANAGE, waba_with};
use crate::callbacks;
use crate::graph::Outcome;
use crate::graph::auth::{self, Caller};
use crate::graph::error::GraphError;
use crate::graph::fields::{self, Lookup};
use crate::graph::request::Call;
use crate::shared::Shared;
use crate::world::{Override, World};
use serde_json::{Value, json};

/// `GET /{waba}`.
pub fn node(world: &World, call: &Call, caller: &Caller, id: &str) -> Outcome {
    waba_with(world, caller, id, "GET", MANAGE)?;
    let asked = fields::asked(call.text("fields"), "name,currency,timezone_id,message_template_namespace")?;
    render(world, &asked, id)
}

fn render(world: &World, asked: &[fields::Field], id: &str) -> Outcome {
    let waba = world.wabas.get(id).ok_or_else(|| GraphError::unknown_object("GET", id))?;
    let seed = &waba.seed;
    fields::project(asked, "WhatsAppBusinessAccount", id, |field| match field.name.as_str() {
        "id" => Lookup::Empty,
        "name" => Lookup::Value(json!(seed.name)),
        "currency" => Lookup::Value(json!(seed.currency)),
        "timezone_id" => Lookup::Value(json!(seed.timezone_id)),
        "message_template_namespace" => Lookup::Value(json!(format!("ns_{id}"))),
        "account_review_status" => Lookup::Value(json!("APPROVED")),
        "business_verification_status" => Lookup::Value(json!("verified")),
        "ownership_type" => Lookup::Value(json!("CLIENT_OWNED")),
        "owner_business_info" => {
            Lookup::Value(json!({"id": seed.business_id, "name": format!("Business {}", seed.business_id)}))
        }
        "status" => Lookup::Value(json!(if seed.locked { "DISABLED" } else { "ACTIVE" })),
        "on_behalf_of_business_info" | "primary_funding_id" | "health_status" | "country" => Lookup::Empty,
        _ => Lookup::Unknown,
    })
}

/// `GET /{business}/owned_whatsapp_business_accounts`, and the shared ones.
pub fn of_business(world: &World, call: &Call, caller: &Caller, business: &str, edge: &str) -> Outcome {
    let Caller::Person(token) = caller else {
        return Err(GraphError::unknown_object("GET", business));
    };
    let grant = auth::grant(world, token)?;
    if !grant.has(MANAGE) && !grant.has("business_management") {
        return Err(GraphError::not_granted(MANAGE));
    }
    let asked = fields::asked(call.text("fields"), "name,currency,timezone_id,message_template_namespace")?;
    let owned = world.wabas.values().filter(|waba| waba.seed.business_id == business);
    let visible = owned.filter(|waba| waba_with(world, caller, &waba.seed.id, "GET", MANAGE).is_ok());
    let visible = visible.filter(|_| edge.starts_with("owned"));
    let data: Vec<Value> = visible.map(|waba| render(world, &asked, &waba.seed.id)).collect::<Result<_, _>>()?;
    Ok(json!({ "data": data }))
}

/// `GET /{waba}/subscribed_apps`.
pub fn subscribed(world: &World, caller: &Caller, id: &str) -> Outcome {
    waba_with(world, caller, id, "GET", MANAGE)?;
    let waba = world.wabas.get(id).ok_or_else(|| GraphError::unknown_object("GET", id))?;
    let apps = waba.subscribed_apps.iter().map(|(app_id, own)| {
        let name = world.apps.get(app_id).map(|app| app.settings.name.clone());
        let mut entry = json!({"whatsapp_business_api_data": {
            "id": app_id, "name": name, "link": "https://www.facebook.com/games/",
        }});
        if let Some(own) = own {
            entry["override_callback_uri"] = json!(own.callback_url);
        }
        entry
    });
    Ok(json!({"data": apps.collect::<Vec<_>>()}))
}

/// A callback in place of the app's, after it passed verification (§2.1, §5.5).
pub async fn read_override(
    shared: &Shared,
    url: Option<String>,
    token: Option<String>,
) -> Result<Option<Override>, GraphError> {
    let Some(callback_url) = url.filter(|url| !url.is_empty()) else { return Ok(None) };
    let verify_token = token.ok_or_else(|| GraphError::required("verify_token"))?;
    callbacks::verify(shared, &callback_url, &verify_token).await.map_err(|reason| {
        GraphError::new(2200, format!("(#2200) Callback verification failed with the following errors: {reason}"))
    })?;
    Ok(Some(Override { callback_url, verify_token }))
}

/// `POST /{waba}/subscribed_apps`.
pub async fn subscribe(shared: &Shared, call: &Call, caller: &Caller, id: &str) -> Outcome {
    waba_with(&shared.world(), caller, id, "POST", MANAGE)?;
    let own = read_override(shared, call.text("override_callback_uri"), call.text("verify_token")).await?;
    let mut world = shared.world();
    let waba = world.wabas.get_mut(id).ok_or_else(|| GraphError::unknown_object("POST", id))?;
    waba.subscribed_apps.insert(caller.app_id().to_owned(), own);
    Ok(json!({"success": true}))
}

/// `DELETE /{waba}/subscribed_apps`.
pub fn unsubscribe(world: &mut World, caller: &Caller, id: &str) -> Outcome {
    waba_with(world, caller, id, "DELETE", MANAGE)?;
    let waba = world.wabas.get_mut(id).ok_or_else(|| GraphError::unknown_object("DELETE", id))?;
    waba.subscribed_apps.remove(caller.app_id());
    Ok(json!({"success": true}))
}
