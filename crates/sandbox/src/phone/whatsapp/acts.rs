//! Single acts on WhatsApp besides writing: reading, reacting, tapping, moving to another number, stopping promotions.

use super::{Inbound, emit, say, status_of, value};
use crate::clock::now_ms;
use crate::thread::{Direction, Message};
use crate::world::{Change, World, digits};
use serde_json::{Value, json};

/// The customer has seen everything that arrived; `false` if there was nothing new.
pub fn read(world: &mut World, phone_id: &str, customer_id: &str) -> bool {
    let thread = world.thread(phone_id, customer_id);
    let unread = thread.messages.iter().filter(|message| message.status.as_deref() == Some("delivered"));
    let ids: Vec<String> = unread.map(|message| message.mid.clone()).collect();
    if let Some(newest) = thread.messages.iter().rev().find(|message| message.direction == Direction::Out) {
        thread.customer_read_ms = newest.timestamp;
    }
    ids.iter().filter(|id| status_of(world, phone_id, customer_id, id, "read")).count() > 0
}

/// The customer listened to a voice message.
pub fn played(world: &mut World, phone_id: &str, customer_id: &str, id: &str) -> bool {
    let message = world.thread(phone_id, customer_id).find(id);
    let is_voice = message.is_some_and(|message| message.content["type"] == "audio");
    is_voice && status_of(world, phone_id, customer_id, id, "played")
}

/// The customer reacts, or takes the reaction back with `None`; `false` if there is no such message.
pub fn react(world: &mut World, phone_id: &str, customer_id: &str, id: &str, emoji: Option<&str>) -> bool {
    let Some(message) = world.thread(phone_id, customer_id).find(id) else { return false };
    let mut object = json!({"message_id": id});
    match emoji {
        Some(emoji) => {
            message.reactions.insert("customer".to_owned(), emoji.to_owned());
            object["emoji"] = json!(emoji);
        }
        None => drop(message.reactions.remove("customer")),
    }
    let inbound = Inbound { kind: "reaction".to_owned(), object, ..Inbound::default() };
    let (reaction, _) = say(world, phone_id, customer_id, inbound, None);
    // A reaction is shown on its message, not as a separate bubble.
    world.thread(phone_id, customer_id).messages.retain(|message| message.mid != reaction);
    true
}

/// The customer deletes an own message for everyone (§2.8 [?]); `false` if there is no such message.
pub fn revoke(world: &mut World, phone_id: &str, customer_id: &str, id: &str) -> bool {
    let found = world.thread(phone_id, customer_id).find(id);
    let Some(message) = found.filter(|it| it.direction == Direction::In && !it.unsent) else { return false };
    message.text = None;
    message.attachments.clear();
    message.content = Value::Null;
    message.unsent = true;
    let inbound =
        Inbound { kind: "revoke".to_owned(), object: json!({"original_message_id": id}), ..Inbound::default() };
    let (notice, _) = say(world, phone_id, customer_id, inbound, None);
    world.thread(phone_id, customer_id).messages.retain(|message| message.mid != notice);
    true
}

/// The customer edits an own message (§2.8 [?]); `false` if there is no such message.
pub fn edit(world: &mut World, phone_id: &str, customer_id: &str, id: &str, text: &str) -> bool {
    let found = world.thread(phone_id, customer_id).find(id);
    let Some(message) = found.filter(|it| it.direction == Direction::In && !it.unsent) else { return false };
    message.text = Some(text.to_owned());
    message.edits += 1;
    let object = json!({"original_message_id": id, "message": {"type": "text", "text": {"body": text}}});
    let inbound = Inbound { kind: "edit".to_owned(), object, ..Inbound::default() };
    let (notice, _) = say(world, phone_id, customer_id, inbound, None);
    world.thread(phone_id, customer_id).messages.retain(|message| message.mid != notice);
    true
}

/// Someone replied in the business's own WhatsApp app: the apps get an echo (coexistence, §2.8).
pub fn echo(world: &mut World, phone_id: &str, customer_id: &str, text: &str) -> String {
    let mut message = Message::new(world.next_wamid(), Direction::Out);
    message.text = Some(text.to_owned());
    message.delivered = true;
    message.content = json!({"type": "text", "text": {"body": text}});
    let (id, at) = (message.mid.clone(), message.timestamp);
    let identity = world.identity(phone_id, customer_id);
    let mut value = value(world, phone_id);
    let mut entry = json!({
        "from": value["metadata"]["display_phone_number"], "id": id, "timestamp": (at / 1_000).to_string(),
        "type": "text", "text": {"body": text}, "to_user_id": identity.user_id,
    });
    if identity.shows_phone {
        entry["to"] = json!(identity.phone);
    }
    value["message_echoes"] = json!([entry]);
    world.thread(phone_id, customer_id).push(message);
    let change = Change {
        field: "smb_message_echoes",
        account_id: phone_id.to_owned(),
        customer_id: customer_id.to_owned(),
        mid: None,
        value,
    };
    world.emit_change(change, None);
    world.touch(phone_id, customer_id);
    id
}

/// The customer taps a button or a row of a message: `choice` is its id, or the text of a template's button.
pub fn tap(
    world: &mut World,
    phone_id: &str,
    customer_id: &str,
    id: &str,
    choice: &str,
) -> Result<String, String> {
    let message = world.thread(phone_id, customer_id).find(id).ok_or("There is no such message in this chat.")?;
    let (content, template) = (message.content.clone(), message.template.clone());
    let interactive = &content["interactive"];
    let action = &interactive["action"];
    let (kind, object, title) = if let Some(template) = template {
        let buttons = template["buttons"].as_array().cloned().unwrap_or_default();
        let button = buttons.iter().find(|it| it["text"] == choice || it["payload"] == choice);
        let button = button.filter(|it| it["type"] == "QUICK_REPLY").ok_or("There is no such button.")?;
        let payload = button["payload"].as_str().or(button["text"].as_str()).unwrap_or_default();
        ("button", json!({"payload": payload, "text": button["text"]}), button["text"].clone())
    } else if interactive["type"] == "button" {
        let buttons = action["buttons"].as_array().cloned().unwrap_or_default();
        let reply = buttons.iter().map(|it| &it["reply"]).find(|reply| reply["id"] == choice);
        let reply = reply.ok_or("There is no such button.")?.clone();
        ("interactive", json!({"type": "button_reply", "button_reply": reply}), reply["title"].clone())
    } else if interactive["type"] == "list" {
        let sections = action["sections"].as_array().cloned().unwrap_or_default();
        let mut rows = sections.iter().flat_map(|section| section["rows"].as_array().into_iter().flatten());
        let row = rows.find(|row| row["id"] == choice).ok_or("There is no such row.")?.clone();
        ("interactive", json!({"type": "list_reply", "list_reply": row}), row["title"].clone())
    } else if interactive["type"] == "flow" {
        let answer = json!({"flow_token": action["parameters"]["flow_token"], "answer": choice}).to_string();
        let reply = json!({"name": "flow", "body": "Sent", "response_json": answer});
        ("interactive", json!({"type": "nfm_reply", "nfm_reply": reply}), json!(choice))
    } else if action["name"] == "request_contact_info" {
        let identity = world.identity(phone_id, customer_id);
        world.thread(phone_id, customer_id).phone_known = true;
        let name = json!({"formatted_name": identity.profile_name, "first_name": identity.profile_name});
        let phone = json!({"phone": format!("+{}", identity.phone), "wa_id": identity.phone, "type": "CELL"});
        ("contacts", json!([{"name": name, "phones": [phone]}]), json!("Phone number shared"))
    } else {
        return Err("This message holds nothing to tap.".to_owned());
    };
    let inbound = Inbound {
        kind: kind.to_owned(),
        object,
        reply_to: Some(id.to_owned()),
        text: title.as_str().map(str::to_owned),
        ..Inbound::default()
    };
    Ok(say(world, phone_id, customer_id, inbound, None).0)
}

/// The customer moves to another phone number: two system messages follow, without `contacts` (§2.8).
pub fn change_number(world: &mut World, phone_id: &str, customer_id: &str, phone: &str) -> Result<(), String> {
    let new = digits(phone);
    if new.len() < 8 || world.customer_by_phone(&new).is_some() {
        return Err(format!("{phone} is too short, or another customer has it."));
    }
    let old = world.identity(phone_id, customer_id);
    let Some(customer) = world.customers.get_mut(customer_id) else {
        return Err("There is no such customer.".into());
    };
    customer.whatsapp.phone = format!("+{new}");
    customer.whatsapp.changes += 1;
    let now = world.identity(phone_id, customer_id);
    let notices = [
        json!({"type": "user_changed_number", "wa_id": now.phone,
            "body": format!("User {} changed from {} to {}", old.profile_name, old.phone, now.phone)}),
        json!({"type": "user_changed_user_id", "user_id": now.user_id,
            "body": format!("User {} changed from {} to {}", old.profile_name, old.user_id, now.user_id)}),
    ];
    for (index, mut system) in notices.into_iter().enumerate() {
        if index == 0 && !old.shows_phone {
            continue;
        }
        let id = world.next_wamid();
        let mut message = json!({"from_user_id": old.user_id, "id": id, "type": "system",
            "timestamp": (now_ms() / 1_000).to_string()});
        if old.shows_phone {
            message["from"] = json!(old.phone);
        } else {
            system["body"] = json!("User changed");
        }
        message["system"] = system;
        let mut value = value(world, phone_id);
        value["messages"] = json!([message]);
        emit(world, phone_id, customer_id, None, value, None);
    }
    world.touch(phone_id, customer_id);
    Ok(())
}

/// The customer stops or resumes promotions in the chat's own settings: `user_preferences`.
pub fn marketing(world: &mut World, phone_id: &str, customer_id: &str, wanted: bool) {
    world.thread(phone_id, customer_id).marketing_stopped = !wanted;
    let identity = world.identity(phone_id, customer_id);
    let mut preference = json!({
        "user_id": identity.user_id, "category": "marketing_messages", "value": if wanted { "resume" } else { "stop" },
        "detail": if wanted { "User requested to resume marketing messages" } else { "User requested to stop marketing messages" },
        "timestamp": now_ms() / 1_000,
    });
    if identity.shows_phone {
        preference["wa_id"] = json!(identity.phone);
    }
    let mut value = value(world, phone_id);
    value["contacts"] = json!([identity.contact()]);
    value["user_preferences"] = json!([preference]);
    let change = Change {
        field: "user_preferences",
        account_id: phone_id.to_owned(),
        customer_id: customer_id.to_owned(),
        mid: None,
        value,
    };
    world.emit_change(change, None);
    world.touch(phone_id, customer_id);
}
