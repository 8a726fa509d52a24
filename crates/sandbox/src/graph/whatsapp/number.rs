//! Business numbers: their fields, the callback of one number, the business profile (§3.8, §5.5).

use super::account::read_override;
use super::{MANAGE, MESSAGE, check_product, number_with, waba_with};
use crate::graph::auth::Caller;
use crate::graph::error::GraphError;
use crate::graph::fields::{self, Field, Lookup};
use crate::graph::request::Call;
use crate::graph::{Outcome, person};
use crate::shared::Shared;
use crate::world::World;
use serde_json::{Map, Value, json};

const DEFAULT: &str = "verified_name,code_verification_status,display_phone_number,quality_rating,platform_type,throughput,last_onboarded_time";

/// `GET /{waba}/phone_numbers`.
pub fn list(world: &mut World, call: &Call, caller: &Caller, waba_id: &str) -> Outcome {
    waba_with(world, caller, waba_id, "GET", MANAGE)?;
    let asked = fields::asked(call.text("fields"), DEFAULT)?;
    let own = world.numbers.values().filter(|number| number.waba_id == waba_id);
    let ids = own.map(|number| number.seed.id.clone()).collect();
    person::paged(world, call, ids, |world, id| render(world, &asked, id))
}

/// `GET /{phone-number-id}`.
pub fn node(world: &World, call: &Call, caller: &Caller, id: &str) -> Outcome {
    number_with(world, caller, id, "GET", MANAGE)?;
    render(world, &fields::asked(call.text("fields"), DEFAULT)?, id)
}

fn render(world: &World, asked: &[Field], id: &str) -> Outcome {
    let number = world.numbers.get(id).ok_or_else(|| GraphError::unknown_object("GET", id))?;
    let seed = &number.seed;
    fields::project(asked, "WhatsAppBusinessPhoneNumber", id, |field| match field.name.as_str() {
        "id" => Lookup::Empty,
        "display_phone_number" => Lookup::Value(json!(seed.display_phone)),
        "verified_name" => Lookup::Value(json!(seed.verified_name)),
        "quality_rating" => Lookup::Value(json!(seed.quality)),
        "quality_score" => Lookup::Value(json!({"score": seed.quality})),
        "name_status" => Lookup::Value(json!(seed.name_status)),
        "code_verification_status" => {
            Lookup::Value(json!(if seed.verified { "VERIFIED" } else { "NOT_VERIFIED" }))
        }
        "status" => Lookup::Value(json!(if seed.registered { "CONNECTED" } else { "PENDING" })),
        "platform_type" => Lookup::Value(json!(if seed.registered { "CLOUD_API" } else { "NOT_APPLICABLE" })),
        "messaging_limit_tier" | "whatsapp_business_manager_messaging_limit" => Lookup::Value(json!(seed.limit)),
        "throughput" => {
            Lookup::Value(json!({"level": if seed.registered { "STANDARD" } else { "NOT_APPLICABLE" }}))
        }
        "is_pin_enabled" => Lookup::Value(json!(seed.pin.is_some())),
        "is_official_business_account" | "is_on_biz_app" | "is_preverified_number" => Lookup::Value(json!(false)),
        "country_dial_code" => Lookup::Value(json!(seed.country_code)),
        "account_mode" => Lookup::Value(json!(if seed.allowed_recipients.is_some() { "SANDBOX" } else { "LIVE" })),
        "webhook_configuration" => {
            let waba = world.wabas.get(&number.waba_id);
            let of_account = waba.and_then(|waba| waba.subscribed_apps.values().flatten().next());
            let mut urls = Map::new();
            if let Some(own) = number.overrides.values().next() {
                urls.insert("phone_number".to_owned(), json!(own.callback_url));
            }
            if let Some(own) = of_account {
                urls.insert("whatsapp_business_account".to_owned(), json!(own.callback_url));
            }
            Lookup::Value(Value::Object(urls))
        }
        "new_name_status"
        | "last_onboarded_time"
        | "certificate"
        | "new_certificate"
        | "health_status"
        | "search_visibility"
        | "conversational_automation"
        | "eligibility_for_api_business_global_search"
        | "country_code"
        | "username" => Lookup::Empty,
        _ => Lookup::Unknown,
    })
}

/// `POST /{phone-number-id} {"webhook_configuration":{…}}`: an empty address takes the callback away.
pub async fn configure(shared: &Shared, call: &Call, caller: &Caller, id: &str) -> Outcome {
    number_with(&shared.world(), caller, id, "POST", MANAGE)?;
    let wanted =
        call.json("webhook_configuration")?.ok_or_else(|| GraphError::required("webhook_configuration"))?;
    let text = |name: &str| wanted[name].as_str().map(str::to_owned);
    let own = read_override(shared, text("override_callback_uri"), text("verify_token")).await?;
    let mut world = shared.world();
    let number = world.numbers.get_mut(id).ok_or_else(|| GraphError::unknown_object("POST", id))?;
    match own {
        Some(own) => drop(number.overrides.insert(caller.app_id().to_owned(), own)),
        None => drop(number.overrides.remove(caller.app_id())),
    }
    Ok(json!({"success": true}))
}

const PROFILE: &[(&str, usize)] =
    &[("about", 139), ("address", 256), ("description", 512), ("email", 128), ("vertical", 64)];

/// `/{phone-number-id}/whatsapp_business_profile`.
pub fn profile(world: &mut World, call: &Call, caller: &Caller, id: &str) -> Outcome {
    number_with(world, caller, id, &call.method, MESSAGE)?;
    let picture = world.page_picture(id);
    let number = world.numbers.get_mut(id).ok_or_else(|| GraphError::unknown_object(&call.method, id))?;
    if call.method == "GET" {
        let wanted = call.list("fields").unwrap_or_default();
        let mut found = Map::from_iter([("messaging_product".to_owned(), json!("whatsapp"))]);
        for name in wanted {
            let value = if name == "profile_picture_url" {
                Some(json!(picture))
            } else {
                number.profile.get(&name).cloned()
            };
            if let Some(value) = value {
                found.insert(name, value);
            }
        }
        return Ok(json!({"data": [found]}));
    }
    check_product(call)?;
    for (name, most) in PROFILE {
        if let Some(text) = call.text(name) {
            if text.chars().count() > *most {
                return Err(GraphError::parameter(format_args!(
                    "Param {name} must be at most {most} characters long."
                )));
            }
            number.profile.insert((*name).to_owned(), json!(text));
        }
    }
    if let Some(websites) = call.list("websites") {
        if websites.len() > 2 {
            return Err(GraphError::parameter("Param websites must have at most 2 elements."));
        }
        number.profile.insert("websites".to_owned(), json!(websites));
    }
    Ok(json!({"success": true}))
}
