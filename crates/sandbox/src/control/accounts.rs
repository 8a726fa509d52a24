//! Instagram accounts, WhatsApp business accounts, numbers and templates over the control API, with the webhooks that
//! Meta sends when a review ends, quality changes or a limit moves (§2.8).

use super::admin::patch;
use super::{Answer, bad, missing, read};
use crate::crypto::random_string;
use crate::seed::{
    CustomerSeed, InstagramSeed, NumberSeed, Quality, SystemUserSeed, TemplateSeed, TemplateState, WhatsAppSeed,
};
use crate::shared::Shared;
use crate::world::{Change, Instagram, Live, Number, World};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// The lists of `GET /control/state`.
pub(super) fn state(world: &World) -> (Vec<Value>, Vec<Value>) {
    let instagram = world.instagram.values().map(|account| {
        let mut value = json!(account.seed);
        value["subscribed_apps"] = json!(world.attached(&account.seed.id, None));
        value["grants"] = json!(account.grants);
        value["picture_url"] = json!(world.instagram_picture(&account.seed.id));
        value
    });
    let whatsapp = world.wabas.values().map(|waba| {
        let numbers = world.numbers.values().filter(|number| number.waba_id == waba.seed.id).map(|number| {
            let mut value = json!(number.seed);
            value["code"] = json!(number.code);
            value["overrides"] = json!(number.overrides);
            value["picture_url"] = json!(world.page_picture(&number.seed.id));
            value
        });
        let mut value = json!(waba.seed);
        value["numbers"] = numbers.collect();
        value["subscribed_apps"] = json!(waba.subscribed_apps);
        value
    });
    (instagram.collect(), whatsapp.collect())
}

fn seed<T: DeserializeOwned>(fields: Map<String, Value>, what: &str) -> Result<T, super::Refusal> {
    serde_json::from_value(Value::Object(fields)).map_err(|error| bad(format!("Not {what}: {error}.")))
}

/// `POST /control/instagram`: makes an account, or changes the one with this id.
pub async fn instagram(State(shared): State<Shared>, body: Bytes) -> Answer {
    let mut fields: Map<String, Value> = read(&body)?;
    let mut world = shared.world();
    let number = world.next();
    let id = fields.entry("id").or_insert_with(|| json!(format!("1784{number:013}"))).clone();
    let known = id.as_str().and_then(|id| world.instagram.get(id)).map(|account| account.seed.clone());
    let changed: InstagramSeed = match &known {
        Some(current) => patch(current, fields)?,
        None => seed(fields, "an Instagram account")?,
    };
    match world.instagram.get_mut(&changed.id) {
        Some(account) => account.seed = changed.clone(),
        None => drop(world.instagram.insert(changed.id.clone(), Instagram::new(changed.clone()))),
    }
    let _ = world.live.send(Live::Dashboard);
    Ok(Json(json!(changed)))
}

/// `POST /control/whatsapp`: makes a business account with its numbers and templates, or changes `locked`,
/// `payment_ok`, `people` and the like of the one with this id.
pub async fn waba(State(shared): State<Shared>, body: Bytes) -> Answer {
    let mut fields: Map<String, Value> = read(&body)?;
    let mut world = shared.world();
    let number = world.next();
    let id = fields.entry("id").or_insert_with(|| json!(format!("1022{number:011}"))).clone();
    let known = id.as_str().and_then(|id| world.wabas.get(id)).map(|waba| waba.seed.clone());
    let Some(current) = known else {
        let made: WhatsAppSeed = seed(fields, "a WhatsApp business account")?;
        let id = made.id.clone();
        world.add_waba(made);
        let _ = world.live.send(Live::Dashboard);
        return Ok(Json(json!({"id": id})));
    };
    if fields.contains_key("numbers") {
        return Err(bad("The numbers of an account are changed by POST /control/numbers/{id}."));
    }
    let changed: WhatsAppSeed = patch(&current, fields)?;
    if changed.locked != current.locked {
        let state = if changed.locked { "DISABLE" } else { "REINSTATE" };
        let value = json!({"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": state}});
        emit(&mut world, &current.id, "account_update", value);
    }
    if let Some(waba) = world.wabas.get_mut(&changed.id) {
        waba.seed = changed.clone();
    }
    let _ = world.live.send(Live::Dashboard);
    Ok(Json(json!(changed)))
}

fn emit(world: &mut World, account_id: &str, field: &'static str, value: Value) {
    let change = Change { field, account_id: account_id.to_owned(), customer_id: String::new(), mid: None, value };
    world.emit_change(change, None);
}

/// `POST /control/numbers/{id}`: any field of a number; a new id needs `waba_id` and makes one.
pub async fn number(State(shared): State<Shared>, Path(id): Path<String>, body: Bytes) -> Answer {
    let mut fields: Map<String, Value> = read(&body)?;
    let mut world = shared.world();
    let Some(current) = world.numbers.get(&id).map(|number| number.seed.clone()) else {
        let waba_id = fields.remove("waba_id").and_then(|id| id.as_str().map(str::to_owned)).unwrap_or_default();
        if !world.wabas.contains_key(&waba_id) {
            return Err(missing(format!(
                "There is no number {id}; with the waba_id of an account one would be made."
            )));
        }
        fields.insert("id".to_owned(), json!(id));
        let made: NumberSeed = seed(fields, "a number")?;
        world.numbers.insert(id.clone(), Number::new(made, &waba_id));
        return Ok(Json(json!({"id": id})));
    };
    let changed: NumberSeed = patch(&current, fields)?;
    let digits = crate::world::digits(&changed.display_phone);
    if changed.quality != current.quality {
        let event = if changed.quality == Quality::Red { "FLAGGED" } else { "UNFLAGGED" };
        let value = json!({"display_phone_number": digits, "event": event, "current_limit": changed.limit});
        emit(&mut world, &id, "phone_number_quality_update", value);
    }
    if changed.limit != current.limit {
        let up = changed.limit.people() > current.limit.people();
        let value = json!({"display_phone_number": digits, "event": if up { "UPGRADE" } else { "DOWNGRADE" },
            "old_limit": current.limit, "current_limit": changed.limit});
        emit(&mut world, &id, "phone_number_quality_update", value);
    }
    if changed.name_status != current.name_status {
        let decision = if changed.name_status == "APPROVED" { "APPROVED" } else { "REJECTED" };
        let value = json!({"display_phone_number": digits, "decision": decision,
            "requested_verified_name": changed.verified_name, "rejection_reason": Value::Null});
        emit(&mut world, &id, "phone_number_name_update", value);
    }
    if let Some(number) = world.numbers.get_mut(&id) {
        number.seed = changed.clone();
    }
    let _ = world.live.send(Live::Dashboard);
    Ok(Json(json!(changed)))
}

/// `POST /control/templates/{id}`: the end of a review, a pause, another quality or category.
pub async fn template(State(shared): State<Shared>, Path(id): Path<String>, body: Bytes) -> Answer {
    let fields: Map<String, Value> = read(&body)?;
    let mut world = shared.world();
    let known = world.template(&id).map(|(waba, template)| (waba.seed.id.clone(), template.clone()));
    let (waba_id, current) = known.ok_or_else(|| missing(format!("There is no template {id}.")))?;
    let changed: TemplateSeed = patch(&current, fields)?;
    let about = json!({
        "message_template_id": id.parse::<u64>().unwrap_or_default(), "message_template_name": changed.name,
        "message_template_language": changed.language,
    });
    if changed.status != current.status {
        let reason = match changed.status {
            TemplateState::Rejected => {
                changed.rejected_reason.clone().unwrap_or_else(|| "INVALID_FORMAT".to_owned())
            }
            _ => "NONE".to_owned(),
        };
        let mut value = about.clone();
        value["event"] = json!(changed.status);
        value["reason"] = json!(reason);
        value["message_template_category"] = json!(changed.category);
        if changed.status == TemplateState::Paused {
            value["other_info"] = json!({"title": "FIRST_PAUSE", "description": "Its quality is too low: it is paused for 3 hours."});
        }
        emit(&mut world, &waba_id, "message_template_status_update", value);
    }
    if changed.quality != current.quality {
        let mut value = about.clone();
        value["previous_quality_score"] = json!(current.quality);
        value["new_quality_score"] = json!(changed.quality);
        emit(&mut world, &waba_id, "message_template_quality_update", value);
    }
    if changed.category != current.category {
        let mut value = about;
        value["previous_category"] = json!(current.category);
        value["new_category"] = json!(changed.category);
        emit(&mut world, &waba_id, "template_category_update", value);
    }
    if let Some(waba) = world.wabas.get_mut(&waba_id) {
        let place = waba.seed.templates.iter_mut().find(|it| it.id == id);
        place.into_iter().for_each(|it| *it = changed.clone());
    }
    let _ = world.live.send(Live::Dashboard);
    Ok(Json(json!(changed)))
}

/// `POST /control/system-users`: a system user with a token, as the business's settings make them (§1.5).
pub async fn system_user(State(shared): State<Shared>, body: Bytes) -> Answer {
    let mut fields: Map<String, Value> = read(&body)?;
    let mut world = shared.world();
    let number = world.next();
    fields.entry("id").or_insert_with(|| json!(format!("1220{number:011}")));
    fields.entry("token").or_insert_with(|| json!(format!("EAAS{}", random_string(92))));
    let made: SystemUserSeed = seed(fields, "a system user")?;
    if !world.apps.contains_key(&made.app_id) {
        return Err(missing(format!("There is no app {}.", made.app_id)));
    }
    let answer = json!({"id": made.id, "token": made.token});
    world.add_system_user(made);
    let _ = world.live.send(Live::Dashboard);
    Ok(Json(answer))
}

/// `POST /control/customers/{id}`: names, and the person's settings on Instagram and WhatsApp.
pub async fn customer(State(shared): State<Shared>, Path(id): Path<String>, body: Bytes) -> Answer {
    let fields: Map<String, Value> = read(&body)?;
    let mut world = shared.world();
    let current =
        world.customers.get(&id).cloned().ok_or_else(|| missing(format!("There is no customer {id}.")))?;
    let mut whole = json!(current);
    for (name, change) in fields {
        match change {
            Value::Object(inner) if whole[&name].is_object() => {
                inner.into_iter().for_each(|(key, value)| whole[&name][&key] = value);
            }
            other => whole[&name] = other,
        }
    }
    whole["id"] = json!(id);
    let changed: CustomerSeed =
        serde_json::from_value(whole).map_err(|error| bad(format!("Not a customer: {error}.")))?;
    world.customers.insert(id, changed.clone());
    let _ = world.live.send(Live::Dashboard);
    Ok(Json(json!(changed)))
}

/// `POST …/story/expire`: the media of all stories of the thread can no longer be fetched (§2.7).
pub async fn expire_story(
    State(shared): State<Shared>,
    Path((account, customer)): Path<(String, String)>,
) -> Answer {
    let mut world = shared.world();
    super::customer::check(&world, &account, &customer)?;
    let urls: Vec<String> = world
        .thread(&account, &customer)
        .messages
        .iter()
        .filter_map(|message| message.story["url"].as_str().map(str::to_owned))
        .collect();
    for url in &urls {
        if let Some(id) = url.split("/cdn/file/").nth(1).and_then(|rest| rest.split('/').next()) {
            world.media.remove(id);
        }
    }
    Ok(Json(json!({"expired": urls.len()})))
}
