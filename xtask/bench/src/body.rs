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
    /// Sends a picture that lies at this address.
    Picture(&'a str),
    /// Reads everything.
    Read,
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

    /// One message of a customer.
    pub fn message(&mut self, customer: usize, text: &str) -> Vec<u8> {
        let event = self.event(customer, What::Text(text));
        self.post(&[event])
    }

    /// One event of a customer, to be put into a POST.
    pub fn event(&mut self, customer: usize, what: What<'_>) -> String {
        self.made += 1;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis());
        let (psid, mid) = (psid(customer), format!("m_{}_{:08}_Zq3vC0bXk1rWm8sT5yLpNd", self.run, self.made));
        let what = match what {
            What::Text(text) => format!(r#""message":{{"mid":"{mid}","text":"{text}"}}"#),
            What::Tap(payload) => {
                format!(r#""message":{{"mid":"{mid}","text":"Tap","quick_reply":{{"payload":"{payload}"}}}}"#)
            }
            What::Picture(url) => format!(
                r#""message":{{"mid":"{mid}","attachments":[{{"type":"image","payload":{{"url":"{url}"}}}}]}}"#
            ),
            What::Read => format!(r#""read":{{"watermark":{now}}}"#),
            What::Reaction { to } => {
                format!(r#""reaction":{{"reaction":"love","emoji":"\u2764","action":"react","mid":"{to}"}}"#)
            }
        };
        self.last_mid = mid;
        format!(
            r#"{{"id":"{PAGE_ID}","time":{now},"messaging":[{{"sender":{{"id":"{psid}"}},"recipient":{{"id":"{PAGE_ID}"}},"timestamp":{now},{what}}}]}}"#
        )
    }

    /// The id of the message that was made last.
    pub fn last_mid(&self) -> &str {
        &self.last_mid
    }

    /// A POST with these events.
    pub fn post(&self, events: &[String]) -> Vec<u8> {
        self.request(&format!(r#"{{"object":"page","entry":[{}]}}"#, events.join(",")))
    }

    /// Many messages, from `customers` customers in turn, the first of them `first`.
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

/// The page-scoped id of a customer.
pub fn psid(customer: usize) -> String {
    format!("{}", 6_000_000_000_000_000 + customer)
}
