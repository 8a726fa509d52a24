//! Ready-signed webhooks, each distinct, as whole HTTP requests: nothing is computed while the clock runs.

use aws_lc_rs::hmac;
use std::fmt::Write;
use std::time::{SystemTime, UNIX_EPOCH};

/// App id of the measured gateway.
pub const APP_ID: &str = "1000000000000001";
/// App Secret of the measured gateway, and the floor's key.
pub const APP_SECRET: &str = "0123456789abcdef0123456789abcdef";
/// The Page that is written to.
pub const PAGE_ID: &str = "110000000000000001";
/// The Instagram account that belongs to it.
pub const INSTAGRAM_ID: &str = "17841400000000001";
/// The WhatsApp number that is written to.
pub const NUMBER_ID: &str = "106540000000001";
/// The business account of that number.
pub const WABA_ID: &str = "102290000000001";

/// The id of the first customer.
const FIRST: usize = 6_000_000_000_000_000;

/// Where a customer writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// To the Page.
    Messenger,
    /// To its Instagram account.
    Instagram,
    /// To the number.
    WhatsApp,
}

impl Channel {
    /// Meta's id of the account that is written to.
    pub fn account(self) -> &'static str {
        match self {
            Self::Messenger => PAGE_ID,
            Self::Instagram => INSTAGRAM_ID,
            Self::WhatsApp => NUMBER_ID,
        }
    }

    /// The account's id of a customer.
    pub fn user(self, customer: usize) -> String {
        match self {
            Self::WhatsApp => format!("UA.{}", psid(customer)),
            _ => psid(customer),
        }
    }
}

/// Makes requests to one address.
pub struct Maker {
    key: hmac::Key,
    path: String,
    host: String,
    /// Part of every message id, so that two runs share none.
    run: String,
    made: usize,
    last_mid: String,
}

/// What a customer does.
#[derive(Clone, Copy)]
pub enum What<'a> {
    /// Writes.
    Text(&'a str),
    /// Taps a quick reply with this payload.
    Tap(&'a str),
    /// Sends a picture.
    Picture {
        /// Where files lie.
        graph: &'a str,
        /// Differs from picture to picture.
        number: usize,
    },
    /// Reads everything, up to the message with this id.
    Read {
        /// The message.
        mid: &'a str,
    },
    /// Puts a heart on the message with this id.
    Reaction {
        /// The message.
        to: &'a str,
    },
}

impl Maker {
    /// For `http://host/path`.
    pub fn new(url: &str, run: &str) -> Self {
        let rest = url.trim_start_matches("http://");
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, APP_SECRET.as_bytes()),
            path: format!("/{path}"),
            host: host.to_owned(),
            run: run.to_owned(),
            made: 0,
            last_mid: String::new(),
        }
    }

    /// `host:port`.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// One message of a customer on Messenger.
    pub fn message(&mut self, customer: usize, text: &str) -> Vec<u8> {
        let event = self.event(Channel::Messenger, customer, What::Text(text));
        self.post(Channel::Messenger, &[event])
    }

    /// One event of a customer, to be put into a POST of the same channel.
    pub fn event(&mut self, channel: Channel, customer: usize, what: What<'_>) -> String {
        self.made += 1;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis());
        let mid = format!("m_{}_{:08}_Zq3vC0bXk1rWm8sT5yLpNd", self.run, self.made);
        let event = match channel {
            Channel::WhatsApp => whatsapp(customer, &mid, now / 1_000, what),
            _ => messaging(channel, customer, &mid, now, what),
        };
        self.last_mid = mid;
        event
    }

    /// The id of the message that was made last.
    pub fn last_mid(&self) -> &str {
        &self.last_mid
    }

    /// A POST with these events of a channel.
    pub fn post(&self, channel: Channel, events: &[String]) -> Vec<u8> {
        let object = match channel {
            Channel::Messenger => "page",
            Channel::Instagram => "instagram",
            Channel::WhatsApp => "whatsapp_business_account",
        };
        self.request(&format!(r#"{{"object":"{object}","entry":[{}]}}"#, events.join(",")))
    }

    /// Many messages on Messenger, from `customers` customers in turn, the first of them `first`.
    pub fn messages(&mut self, count: usize, first: usize, customers: usize) -> Vec<Vec<u8>> {
        (0..count).map(|n| self.message(first + n % customers, "Hello, is my order on its way?")).collect()
    }

    fn request(&self, body: &str) -> Vec<u8> {
        let mut signature = String::with_capacity(64);
        for byte in hmac::sign(&self.key, body.as_bytes()).as_ref() {
            let _ = write!(signature, "{byte:02x}");
        }
        format!(
            "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nX-Hub-Signature-256: sha256={signature}\r\nContent-Length: {}\r\n\r\n{body}",
            self.path,
            self.host,
            body.len()
        )
        .into_bytes()
    }
}

/// An entry of Messenger or Instagram, which share the format.
fn messaging(channel: Channel, customer: usize, mid: &str, now: u128, what: What<'_>) -> String {
    let (account, user) = (channel.account(), channel.user(customer));
    let what = match what {
        What::Text(text) => format!(r#""message":{{"mid":"{mid}","text":"{text}"}}"#),
        What::Tap(payload) => {
            format!(r#""message":{{"mid":"{mid}","text":"Tap","quick_reply":{{"payload":"{payload}"}}}}"#)
        }
        What::Picture { graph, number } => format!(
            r#""message":{{"mid":"{mid}","attachments":[{{"type":"image","payload":{{"url":"{graph}/picture/{number}.png"}}}}]}}"#
        ),
        What::Read { mid } if channel == Channel::Instagram => format!(r#""read":{{"mid":"{mid}"}}"#),
        What::Read { .. } => format!(r#""read":{{"watermark":{now}}}"#),
        What::Reaction { to } => {
            format!(r#""reaction":{{"reaction":"love","emoji":"\u2764","action":"react","mid":"{to}"}}"#)
        }
    };
    format!(
        r#"{{"id":"{account}","time":{now},"messaging":[{{"sender":{{"id":"{user}"}},"recipient":{{"id":"{account}"}},"timestamp":{now},{what}}}]}}"#
    )
}

/// An entry of WhatsApp: a message, or the status of one of ours.
fn whatsapp(customer: usize, mid: &str, seconds: u128, what: What<'_>) -> String {
    let (user, phone) = (Channel::WhatsApp.user(customer), format!("380{customer:09}"));
    let content = match what {
        What::Text(text) => format!(r#""type":"text","text":{{"body":"{text}"}}"#),
        What::Tap(payload) => format!(
            r#""type":"interactive","interactive":{{"type":"button_reply","button_reply":{{"id":"{payload}","title":"Tap"}}}}"#
        ),
        What::Picture { number, .. } => {
            format!(r#""type":"image","image":{{"id":"media{number}","mime_type":"image/png"}}"#)
        }
        What::Reaction { to } => {
            format!(r#""type":"reaction","reaction":{{"message_id":"{to}","emoji":"\u2764"}}"#)
        }
        What::Read { mid } => {
            let status = format!(
                r#""statuses":[{{"id":"{mid}","status":"read","timestamp":"{seconds}","recipient_id":"{phone}","recipient_user_id":"{user}"}}]"#
            );
            return change(&status);
        }
    };
    change(&format!(
        r#""contacts":[{{"profile":{{"name":"Olena"}},"wa_id":"{phone}","user_id":"{user}"}}],"messages":[{{"from":"{phone}","from_user_id":"{user}","id":"{mid}","timestamp":"{seconds}",{content}}}]"#
    ))
}

fn change(content: &str) -> String {
    format!(
        r#"{{"id":"{WABA_ID}","changes":[{{"field":"messages","value":{{"messaging_product":"whatsapp","metadata":{{"display_phone_number":"380443900101","phone_number_id":"{NUMBER_ID}"}},{content}}}}}]}}"#
    )
}

/// The page-scoped id of a customer.
fn psid(customer: usize) -> String {
    format!("{}", FIRST + customer)
}

/// Which customer of Messenger has this id.
pub fn customer(psid: &str) -> Option<usize> {
    psid.parse::<usize>().ok()?.checked_sub(FIRST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_of_every_channel_is_json() {
        let mut maker = Maker::new("http://127.0.0.1:9/chat/x", "test");
        for channel in [Channel::Messenger, Channel::Instagram, Channel::WhatsApp] {
            for what in [
                What::Text("Hi"),
                What::Tap("menu"),
                What::Picture { graph: "http://127.0.0.1:9", number: 3 },
                What::Read { mid: "m_1" },
                What::Reaction { to: "m_1" },
            ] {
                let event = maker.event(channel, 7, what);
                let request = String::from_utf8(maker.post(channel, &[event])).expect("it is text");
                let body = request.split_once("\r\n\r\n").expect("there is a body").1;
                let body: serde_json::Value = serde_json::from_str(body).expect("it is JSON");
                assert!(body.to_string().contains(channel.account()), "{body}");
            }
        }
    }
}
