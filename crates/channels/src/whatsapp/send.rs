//! Our messages in WhatsApp's terms: one [`Part`] of a message becomes one request (meta-platform.md §3.8). Parts
//! that are too large for Meta are refused here, with a sentence.

use domain::capabilities::{Capabilities, Refused};
use domain::choice_list::{ChoiceList, ListRow, ListSection};
use domain::failure::Failure;
use domain::inbound::FileKind;
use domain::outbound::{Choice, Part};
use domain::special::{ContactCard, Special};
use serde::Deserialize;
use serde_json::{Value, json};

use super::template;
use crate::meta::graph::{self, Call, Sent};
use crate::meta::lenient::owned;
use crate::recipient::{Recipient, Whom};

/// The maximum number of choices that can be buttons; more become a list.
const BUTTONS: usize = 3;
/// The longest title of a button, in UTF-16 units; with longer ones the choices become a list.
const BUTTON_TITLE: usize = 20;
/// The label of the button that opens a list of choices. It must not be empty, and a symbol needs no translation.
const LIST_BUTTON: &str = "☰";
/// The longest marker of ours, in UTF-16 units.
const MARK: usize = 512;

/// The request that sends a part. Files must be uploaded first.
pub fn encode(part: &Part, to: &Recipient, limits: &Capabilities) -> Result<Call, Refused> {
    let message = match part {
        Part::Text { text, choices } => text_message(text, choices, to, limits)?,
        Part::List { text, list } => self::list(text, list, to, limits)?,
        Part::Special { text, special } => self::special(text, special, to, limits)?,
        Part::Approved { template } => message("template", template::content(template), to)?,
        Part::File { medium, file, caption, name, .. } => {
            let id = to.uploaded_as(*medium).ok_or_else(|| Refused::new(Failure::FileNotStored {}))?;
            let kind = word(*file);
            let mut content = json!({ "id": id });
            if let Some(caption) = caption.as_ref().filter(|_| takes_caption(*file)) {
                limits.file_caption(caption)?;
                content["caption"] = caption.as_str().into();
            }
            if let Some(name) = name.as_ref().filter(|name| *file == FileKind::File && !name.is_empty()) {
                content["filename"] = name.as_str().into();
            }
            message(kind, content, to)?
        }
        Part::React { emoji } => reaction(emoji.as_deref(), to)?,
        Part::Typing => mark_read(to, true)?,
        Part::Seen => mark_read(to, false)?,
        Part::Pictures { .. } | Part::Template { .. } => {
            return Err(Refused::new(Failure::NotOnChannel { channel: limits.name.into() }));
        }
    };
    let call = Call::post("POST /{phone-number-id}/messages", format!("{}/messages", to.node));
    Ok(call.json(&message).evidence(graph::WHATSAPP_MESSAGING))
}

/// Text, with choices as buttons or as a list.
fn text_message(text: &str, choices: &[Choice], to: &Recipient, limits: &Capabilities) -> Result<Value, Refused> {
    limits.request_text(text)?;
    if choices.is_empty() {
        return message("text", json!({ "body": text, "preview_url": true }), to);
    }
    limits.choices(choices)?;
    limits.text_with_choices(text)?;
    let is_short = |choice: &Choice| limits.text.unit.count(&choice.title) <= BUTTON_TITLE;
    let action = if choices.len() <= BUTTONS && choices.iter().all(is_short) {
        let button =
            |choice: &Choice| json!({ "type": "reply", "reply": { "id": id_of(choice), "title": choice.title } });
        json!({ "buttons": choices.iter().map(button).collect::<Value>() })
    } else {
        let row = |choice: &Choice| json!({ "id": id_of(choice), "title": choice.title });
        json!({ "button": LIST_BUTTON, "sections": [{ "rows": choices.iter().map(row).collect::<Value>() }] })
    };
    let kind = if action.get("buttons").is_some() { "button" } else { "list" };
    message("interactive", json!({ "type": kind, "body": { "text": text }, "action": action }), to)
}

/// Text with a list that the author made.
fn list(text: &str, list: &ChoiceList, to: &Recipient, limits: &Capabilities) -> Result<Value, Refused> {
    limits.request_text(text)?;
    limits.text_with_choices(text)?;
    if let Some(limits) = &limits.lists {
        limits.check("WhatsApp", list)?;
    }
    let row = |row: &ListRow| {
        let mut shown = json!({ "id": row.id, "title": row.title });
        if let Some(description) = &row.description {
            shown["description"] = description.as_str().into();
        }
        shown
    };
    let section = |section: &ListSection| {
        let mut shown = json!({ "rows": section.rows.iter().map(row).collect::<Value>() });
        if !section.title.is_empty() {
            shown["title"] = section.title.as_str().into();
        }
        shown
    };
    let sections: Value = list.sections.iter().map(section).collect();
    let action = json!({ "button": list.button, "sections": sections });
    message("interactive", json!({ "type": "list", "body": { "text": text }, "action": action }), to)
}

/// A special message.
fn special(text: &str, special: &Special, to: &Recipient, limits: &Capabilities) -> Result<Value, Refused> {
    let button = |kind: &str, action: Value| {
        limits.request_text(text)?;
        limits.text_with_choices(text)?;
        message("interactive", json!({ "type": kind, "body": { "text": text }, "action": action }), to)
    };
    match special {
        Special::Location(place) => message("location", json!(place), to),
        Special::Contacts { contacts } => message("contacts", contacts.iter().map(contact).collect(), to),
        Special::Link(link) => {
            let parameters = json!({ "display_text": link.title, "url": link.url });
            button("cta_url", json!({ "name": "cta_url", "parameters": parameters }))
        }
        Special::AskLocation => button("location_request_message", json!({ "name": "send_location" })),
        Special::Heart => Err(Refused::new(Failure::NotOnChannel { channel: limits.name.into() })),
    }
}

fn contact(contact: &ContactCard) -> Value {
    let phones: Value = contact.phones.iter().map(|phone| json!({ "phone": phone })).collect();
    let emails: Value = contact.emails.iter().map(|email| json!({ "email": email })).collect();
    let name = json!({ "formatted_name": contact.name, "first_name": contact.name });
    let mut card = json!({ "name": name, "phones": phones, "emails": emails });
    if let Some(organization) = &contact.organization {
        card["org"] = json!({ "company": organization });
    }
    card
}

/// What is returned when it is tapped; it must not be empty.
fn id_of(choice: &Choice) -> &str {
    if choice.payload.is_empty() { &choice.title } else { &choice.payload }
}

/// A message of a kind, with its recipient, its marker and the message that it answers.
fn message(kind: &str, content: Value, to: &Recipient) -> Result<Value, Refused> {
    let mut message = addressed(kind, content, to)?;
    if let Some(mid) = to.reply_to {
        message["context"] = json!({ "message_id": mid });
    }
    if let Some(mark) = to.metadata {
        let length = mark.encode_utf16().count();
        if length > MARK {
            return Err(Refused::new(Failure::MetadataTooLong { length, limit: MARK }));
        }
        message["biz_opaque_callback_data"] = mark.into();
    }
    Ok(message)
}

fn addressed(kind: &str, content: Value, to: &Recipient) -> Result<Value, Refused> {
    let Whom::Customer(user) = to.whom else {
        return Err(Refused::new(Failure::NotOnChannel { channel: "WhatsApp".into() }));
    };
    let mut message = json!({ "messaging_product": "whatsapp", "recipient_type": "individual", "type": kind });
    match number(user) {
        Some(number) => message["to"] = number.into(),
        None => message["recipient"] = user.into(),
    }
    message[kind] = content;
    Ok(message)
}

/// A customer's phone number in the form that Meta needs: without the `+`, Meta prepends the country code of our own
/// number, and the message may reach a stranger (§3.8). None for a user id.
fn number(user: &str) -> Option<String> {
    (!user.is_empty() && user.bytes().all(|byte| byte.is_ascii_digit())).then(|| format!("+{user}"))
}

fn reaction(emoji: Option<&str>, to: &Recipient) -> Result<Value, Refused> {
    let Some(mid) = to.reply_to else {
        return Err(Refused::new(Failure::ReactionTargetUnknown {}));
    };
    // An empty one removes ours.
    addressed("reaction", json!({ "message_id": mid, "emoji": emoji.unwrap_or_default() }), to)
}

/// The seen mark, with or without the typing indicator. Both refer to the customer's last message, and mark
/// everything before it as read.
fn mark_read(to: &Recipient, typing: bool) -> Result<Value, Refused> {
    let Some(mid) = to.reply_to else {
        return Err(Refused::new(Failure::ReactionTargetUnknown {}));
    };
    let mut mark = json!({ "messaging_product": "whatsapp", "status": "read", "message_id": mid });
    if typing {
        mark["typing_indicator"] = json!({ "type": "text" });
    }
    Ok(mark)
}

fn takes_caption(file: FileKind) -> bool {
    matches!(file, FileKind::Image | FileKind::Video | FileKind::File)
}

/// Meta's name for a kind of file.
fn word(file: FileKind) -> &'static str {
    match file {
        FileKind::Image => "image",
        FileKind::Video => "video",
        FileKind::Audio => "audio",
        FileKind::File => "document",
        FileKind::Sticker => "sticker",
    }
}

/// Meta's answer to a message.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Answer {
    #[serde(deserialize_with = "owned::objects")]
    messages: Vec<Accepted>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Accepted {
    #[serde(deserialize_with = "owned::text")]
    id: Option<String>,
}

/// Reads the answer: 200 means accepted. Whether it arrives is reported by the statuses.
pub(super) fn read_sent(answer: &[u8]) -> Sent {
    let answer: Answer = graph::read(200, answer).unwrap_or_default();
    let message_id = answer.messages.into_iter().next().and_then(|message| message.id);
    Sent { message_id, recipient_id: None }
}

#[cfg(test)]
#[path = "send_tests.rs"]
mod tests;
