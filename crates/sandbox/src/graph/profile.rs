//! The customer's profile, and the Page's Messenger profile (§4.1, §5.3).

use super::Outcome;
use super::auth::{self, Caller};
use super::error::GraphError;
use super::fields::{self, Lookup};
use super::instagram;
use super::request::Call;
use crate::world::{Kind, World};
use serde_json::{Map, Value, json};

/// `GET /{psid}`: without the feature an empty object, not an error (§4.1, §12.17).
pub fn customer(world: &mut World, call: &Call, caller: &Caller, psid: &str) -> Outcome {
    let (page_id, customer_id) =
        world.psids.get(psid).cloned().ok_or_else(|| GraphError::unknown_object("GET", psid))?;
    if world.instagram.contains_key(&page_id) {
        return instagram::customer(world, call, caller, psid);
    }
    auth::page_with(world, caller, &page_id, "GET", "pages_messaging", "MESSAGING").map_err(|error| {
        if error.subcode == Some(33) { GraphError::unknown_object("GET", psid) } else { error }
    })?;
    if let Some(fault) = world.take_conversation_fault(Kind::Profile, &page_id, &customer_id) {
        let Some(status) = fault.status else {
            return Ok(json!({}));
        };
        let code = fault.code.unwrap_or(2);
        let message = fault.message.unwrap_or_else(|| format!("(#{code}) An error switched on in the sandbox"));
        let mut error = GraphError::new(code, message).status(status);
        error.subcode = fault.subcode;
        error.transient = fault.is_transient;
        return Err(error);
    }
    if !world.apps.get(caller.app_id()).is_some_and(|app| app.settings.profile_access) {
        return Ok(json!({}));
    }
    // Consent: the customer wrote or tapped something (§4.1).
    if world.thread(&page_id, &customer_id).last_action_ms.is_none() {
        let text = "(#100) Unsupported get request. The person has not consented to their profile being read.";
        return Err(GraphError::new(100, text).subcode(33));
    }
    let customer =
        world.customers.get(&customer_id).cloned().ok_or_else(|| GraphError::unknown_object("GET", psid))?;
    let picture = world.customer_picture(&customer_id);
    let grant = match caller {
        Caller::Page(token, _) | Caller::Person(token) => auth::grant(world, token)?.clone(),
        Caller::App(_) | Caller::Instagram(..) => return Err(GraphError::unknown_object("GET", psid)),
    };
    let extra = |permission: &str, value: Value| grant.has(permission).then_some(value).into();
    let asked = fields::asked(call.text("fields"), "first_name,last_name,profile_pic")?;
    fields::project(&asked, "User", psid, |field| match field.name.as_str() {
        "id" => Lookup::Empty,
        "name" => Lookup::Value(json!(format!("{} {}", customer.first_name, customer.last_name).trim())),
        "first_name" => Lookup::Value(json!(customer.first_name)),
        "last_name" => Lookup::Value(json!(customer.last_name)),
        "profile_pic" => picture.clone().into(),
        "locale" => extra("pages_user_locale", json!("en_US")),
        "timezone" => extra("pages_user_timezone", json!(2)),
        "gender" => extra("pages_user_gender", json!("unknown")),
        _ => Lookup::Unknown,
    })
}

const PROPERTIES: &[&str] = &[
    "get_started",
    "greeting",
    "ice_breakers",
    "persistent_menu",
    "whitelisted_domains",
    "account_linking_url",
    "commands",
];

/// `/{page}/messenger_profile`: read, set, delete properties.
pub fn messenger_profile(world: &mut World, call: &Call, caller: &Caller, id: &str) -> Outcome {
    let unknown = || GraphError::unknown_object(&call.method, id);
    let profile = if call.instagram || instagram::by_platform(call) {
        let account = instagram::account_of(world, id)?;
        instagram::with(world, caller, &call.method, &account, instagram::Need::Messages)?;
        &mut world.instagram.get_mut(&account).ok_or_else(unknown)?.profile
    } else {
        auth::page_with(world, caller, id, &call.method, "pages_messaging", "MESSAGING")?;
        &mut world.pages.get_mut(id).ok_or_else(unknown)?.profile
    };
    let fields = call.list("fields");
    if let Some(unknown) = fields.iter().flatten().find(|field| !PROPERTIES.contains(&field.as_str())) {
        return Err(GraphError::parameter(format_args!(
            "Param fields[0] must be one of {{{}}} - got \"{unknown}\".",
            PROPERTIES.join(", ")
        )));
    }
    match call.method.as_str() {
        "GET" => {
            let wanted = fields.ok_or_else(|| GraphError::required("fields"))?;
            let found: Map<String, Value> = profile
                .iter()
                .filter(|(name, _)| wanted.contains(name))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            Ok(json!({"data": if found.is_empty() { vec![] } else { vec![Value::Object(found)] }}))
        }
        "POST" => {
            let mut changed = Map::new();
            for name in PROPERTIES {
                if let Some(value) =
                    call.json(name).or_else(|_| Ok::<_, GraphError>(call.params.get(*name).cloned()))?
                {
                    changed.insert((*name).to_owned(), value);
                }
            }
            if changed.is_empty() {
                return Err(GraphError::parameter("You must set at least one property of the Messenger profile"));
            }
            let payload =
                changed.get("get_started").map(|value| value["payload"].as_str().unwrap_or_default().to_owned());
            if payload.is_some_and(|payload| payload.is_empty() || payload.chars().count() > 1_000) {
                return Err(GraphError::parameter("Param get_started[payload] must have 1 to 1000 characters"));
            }
            if changed.contains_key("persistent_menu")
                && !call.instagram
                && !instagram::by_platform(call)
                && !changed.contains_key("get_started")
                && !profile.contains_key("get_started")
            {
                return Err(GraphError::parameter(
                    "You must set a Get Started button if you also wish to use persistent menu",
                ));
            }
            if changed
                .get("ice_breakers")
                .and_then(|value| value[0]["call_to_actions"].as_array())
                .is_some_and(|list| list.len() > 4)
            {
                return Err(GraphError::parameter("Param ice_breakers must have at most 4 questions"));
            }
            profile.extend(changed);
            Ok(json!({"result": "success"}))
        }
        "DELETE" => {
            let gone = fields.ok_or_else(|| GraphError::required("fields"))?;
            let named = |name: &str| gone.iter().any(|field| field == name);
            if named("get_started") && !named("persistent_menu") && profile.contains_key("persistent_menu") {
                return Err(GraphError::parameter(
                    "You must delete the persistent menu before the Get Started button",
                ));
            }
            profile.retain(|name, _| !named(name));
            Ok(json!({"result": "success"}))
        }
        method => Err(GraphError::unknown_object(method, id)),
    }
}
