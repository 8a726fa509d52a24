//! Whether a channel accepts a template: each refusal is a sentence with the limit and the value. Flows are checked
//! before they are published, messages before they are sent.

use super::{Button, Card, Receipt, Template};
use crate::capabilities::{Refused, TextLimits, Unit};
use crate::failure::Failure;
use crate::split::split;

/// A channel's limits for cards and buttons. Lengths are in UTF-16 units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TemplateLimits {
    /// The templates that it supports, as names from [`Template::word`].
    pub types: &'static [&'static str],
    /// The maximum number of buttons.
    pub buttons: usize,
    /// The longest title of a button.
    pub button_title: usize,
    /// The longest payload of a button.
    pub button_payload: usize,
    /// The longest text above buttons.
    pub button_text: usize,
    /// The largest number of cards side by side.
    pub cards: usize,
    /// The longest title and subtitle of a card.
    pub card_text: usize,
    /// The maximum number of lines of a receipt.
    pub receipt_lines: usize,
    /// The longest text of a receipt.
    pub receipt_text: usize,
    /// The longest address.
    pub url: usize,
    /// Prefixes of addresses from which media can be shown without an upload.
    pub media_from: &'static [&'static str],
}

type Checked = Result<(), Fault>;

/// What is wrong with a template, without the name of the channel.
struct Fault {
    pointer: String,
    reason: String,
    action: &'static str,
}

fn fault(pointer: impl Into<String>, reason: impl Into<String>, action: &'static str) -> Result<(), Fault> {
    Err(Fault { pointer: pointer.into(), reason: reason.into(), action })
}

impl TemplateLimits {
    /// A template in a form that the channel supports: a text with buttons becomes a card with the same buttons. A
    /// text that is too long for a card is returned as well, to be sent before it.
    pub fn adapted(&self, template: Template) -> (Option<String>, Option<Template>) {
        let (text, buttons) = match template {
            Template::Button { text, buttons }
                if !self.types.contains(&"button") && self.types.contains(&"generic") =>
            {
                (text, buttons)
            }
            other => return (None, Some(other)),
        };
        let fits = Unit::Characters.count(&text) <= self.card_text;
        let title = if fits { text.clone() } else { self.shortened(&text) };
        let card = Card { title, subtitle: None, image_url: None, url: None, buttons };
        ((!fits).then_some(text), Some(Template::Generic { elements: vec![card] }))
    }

    /// The beginning of a text, cut to the longest title of a card.
    fn shortened(&self, text: &str) -> String {
        let room = self.card_text.saturating_sub(1);
        let limits = TextLimits { request: room, whole: room, unit: Unit::Characters };
        let start = split(text, &limits).first().copied().unwrap_or_default();
        format!("{}…", start.trim_end())
    }

    /// The first thing that `channel` would refuse in a template, in reading order.
    pub fn check(&self, channel: &str, template: &Template) -> Result<(), Refused> {
        Check { limits: self, channel }.template(template).map_err(|Fault { pointer, reason, action }| Refused {
            failure: Box::new(Failure::TemplateNotTaken { channel: channel.to_owned(), pointer: pointer.clone() }),
            reason,
            action: action.to_owned(),
            pointer,
        })
    }
}

/// The limits, and the name of the channel that has them.
#[derive(Clone, Copy)]
struct Check<'a> {
    limits: &'a TemplateLimits,
    channel: &'a str,
}

impl Check<'_> {
    fn template(self, template: &Template) -> Checked {
        if !self.limits.types.contains(&template.word()) {
            let what = match template {
                Template::Button { .. } => "buttons under a text",
                Template::Generic { .. } => "cards",
                Template::Media { .. } => "media with buttons",
                Template::Receipt(_) => "receipts",
            };
            return fault("", format!("{} has no {what}", self.channel), "Write it as a text, or send a card.");
        }
        match template {
            Template::Button { text, buttons } => {
                self.words("/text", "The text above buttons", text, self.limits.button_text)?;
                if buttons.is_empty() {
                    return fault(
                        "/buttons",
                        format!("There is no button; {} wants 1 to {}", self.channel, self.limits.buttons),
                        "Add a button, or send the text alone.",
                    );
                }
                self.buttons("", buttons)
            }
            Template::Generic { elements } => {
                let most = self.limits.cards;
                if elements.is_empty() || elements.len() > most {
                    let reason = format!("There are {} cards; {} takes 1 to {most}", elements.len(), self.channel);
                    return fault("/elements", reason, "Send as many in one message.");
                }
                elements
                    .iter()
                    .enumerate()
                    .try_for_each(|(index, element)| self.card(&format!("/elements/{index}"), element))
            }
            Template::Media { attachment_id, url, buttons, .. } => {
                self.medium(attachment_id.is_some(), url.as_deref())?;
                self.buttons("", buttons)
            }
            Template::Receipt(it) => self.receipt(it),
        }
    }

    fn words(self, pointer: &str, what: &str, text: &str, most: usize) -> Checked {
        let length = Unit::Characters.count(text);
        if text.trim().is_empty() {
            return fault(pointer, format!("{what} is empty"), "Fill it in.");
        }
        if length > most {
            let reason = format!("{what} has {length} characters; {} takes at most {most}", self.channel);
            return fault(pointer, reason, "Shorten it.");
        }
        Ok(())
    }

    fn optional(self, pointer: &str, what: &str, text: Option<&String>, most: usize) -> Checked {
        text.map_or(Ok(()), |text| self.words(pointer, what, text, most))
    }

    /// A picture or film: a file of ours, or an address.
    fn medium(self, is_file: bool, address: Option<&str>) -> Checked {
        match (is_file, address) {
            (true, None) => Ok(()),
            (false, Some(address)) if self.limits.media_from.iter().any(|start| address.starts_with(start)) => {
                Ok(())
            }
            (false, Some(_)) => {
                let from = self.limits.media_from.first().copied().unwrap_or("no address");
                fault(
                    "/url",
                    format!("{} shows media by address only from {}", self.channel, from.trim_end_matches('/')),
                    "Upload the file and name it by attachment_id.",
                )
            }
            (true, Some(_)) => fault("/url", "There is a file and an address", "Name one of them."),
            (false, None) => fault(
                "/attachment_id",
                "There is neither a file nor an address",
                "Upload a picture or film, and name it here.",
            ),
        }
    }

    fn card(self, here: &str, card: &Card) -> Checked {
        let most = self.limits.card_text;
        self.words(&format!("{here}/title"), "The card's title", &card.title, most)?;
        self.optional(&format!("{here}/subtitle"), "The card's subtitle", card.subtitle.as_ref(), most)?;
        self.web(&format!("{here}/image_url"), card.image_url.as_deref())?;
        self.web(&format!("{here}/url"), card.url.as_deref())?;
        if card.subtitle.is_none() && card.image_url.is_none() && card.url.is_none() && card.buttons.is_empty() {
            let reason = format!("The card has a title only; {} wants something besides it", self.channel);
            return fault(here, reason, "Add a subtitle, a picture, an address or a button.");
        }
        self.buttons(here, &card.buttons)
    }

    fn buttons(self, here: &str, buttons: &[Button]) -> Checked {
        let most = self.limits.buttons;
        if buttons.len() > most {
            let reason = format!("There are {} buttons; {} takes at most {most}", buttons.len(), self.channel);
            return fault(format!("{here}/buttons"), reason, "Leave some out.");
        }
        for (index, button) in buttons.iter().enumerate() {
            let here = format!("{here}/buttons/{index}");
            let (Button::WebUrl { title, .. }
            | Button::Postback { title, .. }
            | Button::PhoneNumber { title, .. }) = button;
            self.words(&format!("{here}/title"), "The button's title", title, self.limits.button_title)?;
            match button {
                Button::WebUrl { url: address, .. } => self.web(&format!("{here}/url"), Some(address))?,
                Button::Postback { payload, .. } => {
                    let most = self.limits.button_payload;
                    self.words(&format!("{here}/payload"), "The button's payload", payload, most)?;
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

    fn receipt(self, it: &Receipt) -> Checked {
        let text = self.limits.receipt_text;
        self.words("/recipient_name", "The recipient's name", &it.recipient_name, text)?;
        self.words("/order_number", "The order's number", &it.order_number, text)?;
        self.words("/payment_method", "The payment method", &it.payment_method, text)?;
        currency("/currency", &it.currency)?;
        self.web("/order_url", it.order_url.as_deref())?;
        if let Some(address) = &it.address {
            for (name, value) in [
                ("street_1", &address.street_1),
                ("city", &address.city),
                ("postal_code", &address.postal_code),
                ("state", &address.state),
                ("country", &address.country),
            ] {
                self.words(&format!("/address/{name}"), "This part of the address", value, text)?;
            }
        }
        let most = self.limits.receipt_lines;
        if it.elements.len() > most {
            let reason = format!("There are {} lines; {} takes at most {most}", it.elements.len(), self.channel);
            return fault("/elements", reason, "Sum some of them up.");
        }
        for (index, item) in it.elements.iter().enumerate() {
            let here = format!("/elements/{index}");
            self.words(&format!("{here}/title"), "The line's title", &item.title, text)?;
            self.optional(&format!("{here}/subtitle"), "The line's subtitle", item.subtitle.as_ref(), text)?;
            if let Some(text) = &item.currency {
                currency(&format!("{here}/currency"), text)?;
            }
            self.web(&format!("{here}/image_url"), item.image_url.as_deref())?;
        }
        for (index, adjustment) in it.adjustments.iter().enumerate() {
            let here = format!("/adjustments/{index}/name");
            self.words(&here, "The name of the adjustment", &adjustment.name, text)?;
        }
        Ok(())
    }

    fn web(self, pointer: &str, address: Option<&str>) -> Checked {
        let Some(address) = address else { return Ok(()) };
        let (length, most) = (Unit::Characters.count(address), self.limits.url);
        if length > most {
            let reason = format!("The address has {length} characters; at most {most} are possible");
            return fault(pointer, reason, "Shorten it.");
        }
        let host = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
        let whole = host.is_some_and(|host| !host.is_empty() && !host.starts_with('/'));
        if !whole || address.contains(char::is_whitespace) {
            let reason = format!("\"{}\" is not a web address", cut(address));
            return fault(pointer, reason, "Begin it with https:// and write it without spaces.");
        }
        Ok(())
    }
}

fn currency(pointer: &str, text: &str) -> Checked {
    if text.len() == 3 && text.chars().all(|c| c.is_ascii_uppercase()) {
        return Ok(());
    }
    fault(pointer, format!("\"{}\" is not a currency", cut(text)), "Write its three letters, such as EUR.")
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (5..=15).contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_digit())
}

/// Enough of a bad value to recognise it.
fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::capabilities::tests::SAMPLE;

    fn refusal(value: Value) -> Option<(String, String)> {
        let template: Template = serde_json::from_value(value).unwrap();
        SAMPLE.template(&template).err().map(|fault| (fault.pointer, fault.reason))
    }

    #[track_caller]
    fn refuses(value: Value, pointer: &str, reason: &str) {
        let (at, why) = refusal(value).expect("it is refused");
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
            assert_eq!(refusal(fine), None);
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
        refuses(button("x".into(), script), "/buttons/0/url", "not a web address");

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
