//! Removes the content of unsent messages from the stored bodies (meta-platform.md §2.7). The events keep their
//! positions, without content, so that the rest of a delivery can be retried.

use serde_json::{Map, Value, json};

/// The fields that remain of a message of Messenger and Instagram.
const STAYS: [&str; 5] = ["mid", "is_echo", "app_id", "metadata", "num_edit"];
/// The same for WhatsApp.
const STAYS_ON_WHATSAPP: [&str; 4] = ["id", "from", "from_user_id", "timestamp"];

/// A body without the content of the message `mid`; None if it does not contain it, or cannot be read.
pub fn without_message(body: &[u8], mid: &str) -> Option<Vec<u8>> {
    let mut whole: Value = serde_json::from_slice(body).ok()?;
    blank(&mut whole, mid).then(|| whole.to_string().into_bytes())
}

fn blank(value: &mut Value, mid: &str) -> bool {
    let mut is_changed = false;
    match value {
        Value::Array(items) => {
            for item in items {
                is_changed |= blank(item, mid);
            }
        }
        Value::Object(fields) => {
            for (key, field) in fields.iter_mut() {
                is_changed |= match (key.as_str(), field) {
                    ("message", Value::Object(message)) if message.get("mid").is_some_and(|it| it == mid) => {
                        strip(message, &STAYS, ("is_deleted", json!(true)))
                    }
                    ("message_edit", Value::Object(edit)) if edit.get("mid").is_some_and(|it| it == mid) => {
                        strip(edit, &STAYS, ("text", json!("")))
                    }
                    ("messages", Value::Array(messages)) => messages
                        .iter_mut()
                        .filter_map(Value::as_object_mut)
                        .filter(|message| message.get("id").is_some_and(|it| it == mid))
                        .fold(false, |_, message| {
                            strip(message, &STAYS_ON_WHATSAPP, ("type", json!("unsupported")))
                        }),
                    (_, field) => blank(field, mid),
                };
            }
        }
        _ => {}
    }
    is_changed
}

fn strip(fields: &mut Map<String, Value>, names: &[&str], (name, value): (&str, Value)) -> bool {
    fields.retain(|field, _| names.contains(&field.as_str()));
    fields.insert(name.to_owned(), value);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(body: &Value, mid: &str) -> Option<String> {
        without_message(body.to_string().as_bytes(), mid).map(|body| String::from_utf8(body).unwrap())
    }

    #[test]
    fn only_the_content_of_that_message_goes_and_its_place_stays() {
        let body = json!({ "object": "instagram", "entry": [{ "id": "1784", "messaging": [
            { "sender": { "id": "7" }, "message": { "mid": "m_a", "text": "mine", "attachments": [{ "type": "image",
                "payload": { "url": "https://cdn/mine" } }] } },
            { "sender": { "id": "8" }, "message": { "mid": "m_b", "text": "theirs", "reply_to": { "mid": "m_a" } } },
            { "sender": { "id": "7" }, "message_edit": { "mid": "m_a", "text": "mine again", "num_edit": 1 } }] }] });
        let left = left(&body, "m_a").unwrap();
        assert!(!left.contains("mine") && left.contains("theirs"), "{left}");
        let events = crate::Channels::default().decode(left.as_bytes()).unwrap();
        assert_eq!(events.len(), 3, "{left}");
        assert!(without_message(left.as_bytes(), "m_c").is_none());
    }

    #[test]
    fn a_message_of_whatsapp_is_known_by_its_id() {
        let message = json!({ "from": "4915", "id": "wamid.A", "timestamp": "1", "type": "text", "text": { "body": "mine" } });
        let value = json!({ "metadata": { "phone_number_id": "700" }, "messages": [message] });
        let body = json!({ "entry": [{ "id": "1", "changes": [{ "field": "messages", "value": value }] }] });
        let left = left(&body, "wamid.A").unwrap();
        assert!(!left.contains("mine") && left.contains("wamid.A"), "{left}");
    }

    #[test]
    fn what_cannot_be_read_is_left_alone() {
        assert_eq!(without_message(b"no json m_a", "m_a"), None);
    }
}
