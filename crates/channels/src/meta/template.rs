//! Our templates in Meta's terms (meta-platform.md §3.4). Most names are Meta's already; only the differences are
//! here.

use domain::id::MediumId;
use domain::template::{Button, Card, MediaType, Receipt, Template};
use serde_json::{Map, Value, json};

/// The `payload` of a template's attachment. `known` returns the id under which Meta stores a file; if it returns
/// None, the template cannot be built.
pub(super) fn payload(template: &Template, known: impl Fn(MediumId) -> Option<String>) -> Option<Value> {
    Some(match template {
        Template::Button { text, buttons } => {
            json!({ "template_type": "button", "text": text, "buttons": list(buttons) })
        }
        Template::Generic { elements } => {
            let elements: Vec<Value> = elements.iter().map(card).collect();
            json!({ "template_type": "generic", "elements": elements })
        }
        Template::Media { media_type, attachment_id, url, buttons } => {
            let kind = match media_type {
                MediaType::Image => "image",
                MediaType::Video => "video",
            };
            let mut element = json!({ "media_type": kind });
            match (attachment_id, url) {
                (Some(medium), _) => element["attachment_id"] = known(*medium)?.into(),
                (None, url) => element["url"] = url.clone()?.into(),
            }
            if !buttons.is_empty() {
                element["buttons"] = list(buttons);
            }
            json!({ "template_type": "media", "elements": [element] })
        }
        Template::Receipt(it) => receipt(it),
    })
}

fn list(buttons: &[Button]) -> Value {
    // Names and structure are Meta's own.
    buttons.iter().map(|button| serde_json::to_value(button).unwrap_or_default()).collect()
}

fn card(card: &Card) -> Value {
    let mut element = Map::from_iter([("title".to_owned(), card.title.clone().into())]);
    let mut put = |name: &str, value: &Option<String>| {
        if let Some(value) = value {
            element.insert(name.to_owned(), value.clone().into());
        }
    };
    put("subtitle", &card.subtitle);
    put("image_url", &card.image_url);
    if let Some(url) = &card.url {
        element.insert("default_action".into(), json!({ "type": "web_url", "url": url }));
    }
    if !card.buttons.is_empty() {
        element.insert("buttons".into(), list(&card.buttons));
    }
    Value::Object(element)
}

/// Names and structure are Meta's own, except for the time, which Meta wants as text.
fn receipt(it: &Receipt) -> Value {
    let mut value = serde_json::to_value(it).unwrap_or_default();
    value["template_type"] = "receipt".into();
    if let Some(seconds) = it.timestamp {
        value["timestamp"] = seconds.to_string().into();
    }
    value
}

#[cfg(test)]
mod tests {
    use serde_json::from_value;

    use super::*;

    fn meta(ours: Value) -> Option<Value> {
        let template: Template = from_value(ours).unwrap();
        payload(&template, |medium| (medium == MediumId(7)).then(|| "900".to_owned()))
    }

    #[test]
    fn cards_name_the_tap_on_them_default_action() {
        let tap = json!({ "type": "postback", "title": "Buy", "payload": "BUY" });
        let ours = json!({ "type": "generic", "elements": [
            { "title": "Jam", "subtitle": "Plum", "image_url": "https://x.test/a.png", "url": "https://x.test", "buttons": [tap] }] });
        let theirs = json!({ "template_type": "generic", "elements": [
            { "title": "Jam", "subtitle": "Plum", "image_url": "https://x.test/a.png",
              "default_action": { "type": "web_url", "url": "https://x.test" }, "buttons": [tap] }] });
        assert_eq!(meta(ours), Some(theirs));
    }

    #[test]
    fn media_go_by_metas_id_or_not_at_all() {
        let ours = |id: &str| json!({ "type": "media", "media_type": "video", "attachment_id": id });
        let theirs =
            json!({ "template_type": "media", "elements": [{ "media_type": "video", "attachment_id": "900" }] });
        assert_eq!(meta(ours("7")), Some(theirs));
        assert_eq!(meta(ours("8")), None);
    }

    #[test]
    fn a_receipt_tells_its_time_as_text() {
        let ours = json!({ "type": "receipt", "recipient_name": "Olena", "order_number": "7", "currency": "UAH",
            "payment_method": "Cash", "timestamp": 1_760_000_000, "summary": { "total_cost": 3.5 } });
        let theirs = json!({ "template_type": "receipt", "recipient_name": "Olena", "order_number": "7",
            "currency": "UAH", "payment_method": "Cash", "timestamp": "1760000000", "summary": { "total_cost": 3.5 } });
        assert_eq!(meta(ours), Some(theirs));
    }

    #[test]
    fn buttons_are_metas_own() {
        let buttons = json!([{ "type": "web_url", "title": "Shop", "url": "https://x.test" },
            { "type": "phone_number", "title": "Call", "payload": "+4915100000" }]);
        let theirs = json!({ "template_type": "button", "text": "Hi", "buttons": buttons });
        assert_eq!(meta(json!({ "type": "button", "text": "Hi", "buttons": buttons })), Some(theirs));
    }
}
