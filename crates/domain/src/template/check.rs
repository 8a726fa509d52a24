//! Whether Messenger takes a template (meta-platform.md §3.4): the limits, each with a sentence that names it and the
//! value. Flows are checked before they are published, messages before Meta is asked.

use super::{Button, Card, Receipt, Template};
use crate::split::units;

/// Most buttons in a row.
const BUTTONS: usize = 3;
/// Longest title of a button.
const BUTTON_TITLE: usize = 20;
/// Longest payload of a button.
const BUTTON_PAYLOAD: usize = 1_000;
/// Longest text above buttons.
const BUTTON_TEXT: usize = 640;
/// Most cards side by side.
const CARDS: usize = 10;
/// Longest title and subtitle of a card.
const CARD_WORDS: usize = 80;
/// Most lines of a receipt.
const ITEMS: usize = 100;
/// Meta names no limit for the texts of a receipt; ours prevents accidents.
const RECEIPT_WORDS: usize = 300;
/// Longest address that is sent.
const URL: usize = 2_000;

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where: a JSON pointer inside of the template.
    pub pointer: String,
    /// What is too much or missing, with limit and value; without a full stop.
    pub reason: String,
    /// What to do.
    pub action: &'static str,
}

type Checked = Result<(), Fault>;

fn fault(pointer: impl Into<String>, reason: impl Into<String>, action: &'static str) -> Checked {
    Err(Fault { pointer: pointer.into(), reason: reason.into(), action })
}

/// The first thing that is wrong with a template, in the order in which it is read.
pub fn check(template: &Template) -> Checked {
    match template {
        Template::Button { text, buttons: list } => {
            words("/text", "The text above buttons", text, BUTTON_TEXT)?;
            if list.is_empty() {
                return fault(
                    "/buttons",
                    "There is no button; Messenger wants 1 to 3",
                    "Add a button, or send the text alone.",
                );
            }
            buttons("", list)
        }
        Template::Generic { elements } => {
            if elements.is_empty() || elements.len() > CARDS {
                let reason = format!("There are {} cards; Messenger takes 1 to {CARDS}", elements.len());
                return fault("/elements", reason, "Send as many in one message.");
            }
            elements
                .iter()
                .enumerate()
                .try_for_each(|(index, element)| card(&format!("/elements/{index}"), element))
        }
        Template::Media { attachment_id, url: address, buttons: list, .. } => {
            match (attachment_id, address) {
                (Some(_), None) => {}
                (None, Some(address)) if is_on_facebook(address) => {}
                (None, Some(_)) => {
                    return fault(
                        "/url",
                        "Messenger shows media by address only from https://www.facebook.com",
                        "Upload the file and name it by attachment_id.",
                    );
                }
                (Some(_), Some(_)) => {
                    return fault("/url", "There is a file and an address", "Name one of them.");
                }
                (None, None) => {
                    return fault(
                        "/attachment_id",
                        "There is neither a file nor an address",
                        "Upload a picture or film, and name it here.",
                    );
                }
            }
            buttons("", list)
        }
        Template::Receipt(it) => receipt(it),
    }
}

fn words(pointer: &str, what: &str, text: &str, most: usize) -> Checked {
    let length = units(text);
    if text.trim().is_empty() {
        return fault(pointer, format!("{what} is empty"), "Fill it in.");
    }
    if length > most {
        let reason = format!("{what} has {length} characters; Messenger takes at most {most}");
        return fault(pointer, reason, "Shorten it.");
    }
    Ok(())
}

fn optional(pointer: &str, what: &str, text: Option<&String>, most: usize) -> Checked {
    text.map_or(Ok(()), |text| words(pointer, what, text, most))
}

fn card(here: &str, card: &Card) -> Checked {
    words(&format!("{here}/title"), "The card's title", &card.title, CARD_WORDS)?;
    optional(&format!("{here}/subtitle"), "The card's subtitle", card.subtitle.as_ref(), CARD_WORDS)?;
    web(&format!("{here}/image_url"), card.image_url.as_deref())?;
    web(&format!("{here}/url"), card.url.as_deref())?;
    if card.subtitle.is_none() && card.image_url.is_none() && card.url.is_none() && card.buttons.is_empty() {
        let reason = "The card has a title only; Messenger wants something besides it";
        return fault(here, reason, "Add a subtitle, a picture, an address or a button.");
    }
    buttons(here, &card.buttons)
}

fn buttons(here: &str, list: &[Button]) -> Checked {
    if list.len() > BUTTONS {
        let reason = format!("There are {} buttons; Messenger takes at most {BUTTONS}", list.len());
        return fault(format!("{here}/buttons"), reason, "Leave some out.");
    }
    for (index, button) in list.iter().enumerate() {
        let here = format!("{here}/buttons/{index}");
        let (Button::WebUrl { title, .. } | Button::Postback { title, .. } | Button::PhoneNumber { title, .. }) =
            button;
        words(&format!("{here}/title"), "The button's title", title, BUTTON_TITLE)?;
        match button {
            Button::WebUrl { url: address, .. } => web(&format!("{here}/url"), Some(address))?,
            Button::Postback { payload, .. } => {
                words(&format!("{here}/payload"), "The button's payload", payload, BUTTON_PAYLOAD)?;
            }
            Button::PhoneNumber { payload, .. } if !is_number(payload) => {
                let reason = format!("\"{}\" is no telephone number with its country", cut(payload));
                return fault(format!("{here}/payload"), reason, "Write it with a plus sign: +4915100000.");
            }
            Button::PhoneNumber { .. } => {}
        }
    }
    Ok(())
}

fn receipt(it: &Receipt) -> Checked {
    words("/recipient_name", "The recipient's name", &it.recipient_name, RECEIPT_WORDS)?;
    words("/order_number", "The order's number", &it.order_number, RECEIPT_WORDS)?;
    words("/payment_method", "The payment method", &it.payment_method, RECEIPT_WORDS)?;
    currency("/currency", &it.currency)?;
    web("/order_url", it.order_url.as_deref())?;
    if let Some(address) = &it.address {
        for (name, value) in [
            ("street_1", &address.street_1),
            ("city", &address.city),
            ("postal_code", &address.postal_code),
            ("state", &address.state),
            ("country", &address.country),
        ] {
            words(&format!("/address/{name}"), "This part of the address", value, RECEIPT_WORDS)?;
        }
    }
    if it.elements.len() > ITEMS {
        let reason = format!("There are {} lines; Messenger takes at most {ITEMS}", it.elements.len());
        return fault("/elements", reason, "Sum some of them up.");
    }
    for (index, item) in it.elements.iter().enumerate() {
        let here = format!("/elements/{index}");
        words(&format!("{here}/title"), "The line's title", &item.title, RECEIPT_WORDS)?;
        optional(&format!("{here}/subtitle"), "The line's subtitle", item.subtitle.as_ref(), RECEIPT_WORDS)?;
        if let Some(text) = &item.currency {
            currency(&format!("{here}/currency"), text)?;
        }
        web(&format!("{here}/image_url"), item.image_url.as_deref())?;
    }
    for (index, adjustment) in it.adjustments.iter().enumerate() {
        words(
            &format!("/adjustments/{index}/name"),
            "The name of the adjustment",
            &adjustment.name,
            RECEIPT_WORDS,
        )?;
    }
    Ok(())
}

fn currency(pointer: &str, text: &str) -> Checked {
    if text.len() == 3 && text.chars().all(|c| c.is_ascii_uppercase()) {
        return Ok(());
    }
    fault(pointer, format!("\"{}\" is no currency", cut(text)), "Write its three letters, such as EUR.")
}

fn web(pointer: &str, address: Option<&str>) -> Checked {
    let Some(address) = address else { return Ok(()) };
    let length = units(address);
    if length > URL {
        let reason = format!("The address has {length} characters; at most {URL} are possible");
        return fault(pointer, reason, "Shorten it.");
    }
    let host = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
    let whole = host.is_some_and(|host| !host.is_empty() && !host.starts_with('/'));
    if !whole || address.contains(char::is_whitespace) {
        let reason = format!("\"{}\" is no web address", cut(address));
        return fault(pointer, reason, "Begin it with https:// and write it without spaces.");
    }
    Ok(())
}

fn is_on_facebook(address: &str) -> bool {
    ["https://www.facebook.com/", "https://business.facebook.com/", "https://facebook.com/"]
        .iter()
        .any(|start| address.starts_with(start))
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (5..=15).contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_digit())
}

/// Enough of a bad value to know it by.
fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn told(value: Value) -> Option<(String, String)> {
        let template: Template = serde_json::from_value(value).unwrap();
        check(&template).err().map(|fault| (fault.pointer, fault.reason))
    }

    #[track_caller]
    fn refuses(value: Value, pointer: &str, reason: &str) {
        let (at, why) = told(value).expect("it is refused");
        assert_eq!(at, pointer);
        assert!(why.contains(reason), "{why}");
    }

    fn tap(title: &str) -> Value {
        json!({ "type": "postback", "title": title, "payload": "P" })
    }

    #[test]
    fn what_messenger_takes_passes() {
        let card = json!({ "title": "t".repeat(80), "subtitle": "s".repeat(80), "image_url": "https://x.test/a.png",
            "url": "https://x.test", "buttons": [tap(&"b".repeat(20)), tap("2"), tap("3")] });
        for fine in [
            json!({ "type": "button", "text": "x".repeat(640), "buttons": [
                { "type": "web_url", "title": "Shop", "url": "https://x.test/a" },
                { "type": "phone_number", "title": "Call", "payload": "+380441112233" }] }),
            json!({ "type": "generic", "elements": vec![card; 10] }),
            json!({ "type": "media", "media_type": "image", "attachment_id": "7" }),
            json!({ "type": "media", "media_type": "video", "url": "https://www.facebook.com/x/videos/1/" }),
            json!({ "type": "receipt", "recipient_name": "Olena", "order_number": "A-7", "currency": "UAH",
                "payment_method": "Visa 4242", "summary": { "total_cost": 25.5 },
                "elements": [{ "title": "Jam", "price": 25.5, "quantity": 1 }] }),
        ] {
            assert_eq!(told(fine), None);
        }
    }

    #[test]
    fn each_limit_is_named_with_the_value_and_its_place() {
        let button = |text: String, buttons: Value| json!({ "type": "button", "text": text, "buttons": buttons });
        refuses(
            button("x".repeat(641), json!([tap("A")])),
            "/text",
            "641 characters; Messenger takes at most 640",
        );
        refuses(button("x".into(), json!([])), "/buttons", "1 to 3");
        refuses(button("x".into(), json!(vec![tap("A"); 4])), "/buttons", "4 buttons");
        refuses(button("x".into(), json!([tap(&"b".repeat(21))])), "/buttons/0/title", "21 characters");
        let long = json!([{ "type": "postback", "title": "A", "payload": "p".repeat(1_001) }]);
        refuses(button("x".into(), long), "/buttons/0/payload", "1001");
        let number = json!([{ "type": "phone_number", "title": "Call", "payload": "0441112233" }]);
        refuses(button("x".into(), number), "/buttons/0/payload", "no telephone number");
        let script = json!([{ "type": "web_url", "title": "Go", "url": "javascript:alert(1)" }]);
        refuses(button("x".into(), script), "/buttons/0/url", "no web address");

        let card = json!({ "title": "t", "subtitle": "s" });
        refuses(json!({ "type": "generic", "elements": vec![card.clone(); 11] }), "/elements", "11 cards");
        refuses(json!({ "type": "generic", "elements": [] }), "/elements", "0 cards");
        let tall = json!({ "title": "t".repeat(81) });
        refuses(json!({ "type": "generic", "elements": [card, tall] }), "/elements/1/title", "81");
        refuses(json!({ "type": "generic", "elements": [{ "title": "t" }] }), "/elements/0", "title only");

        let elsewhere = json!({ "type": "media", "media_type": "image", "url": "https://x.test/a.png" });
        refuses(elsewhere, "/url", "facebook.com");
        refuses(json!({ "type": "media", "media_type": "image" }), "/attachment_id", "neither");
    }

    #[test]
    fn unknown_fields_are_no_template() {
        let odd = json!({ "type": "button", "text": "x", "buttons": [], "colour": "red" });
        assert!(serde_json::from_value::<Template>(odd).is_err());
        assert!(serde_json::from_value::<Template>(json!({ "type": "coupon" })).is_err());
    }
}
