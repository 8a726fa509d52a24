//! Requests of a flow to other programs, and their answers. The request is built here, with names of secrets in place
//! of their values; the caller fills those in.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::body::Method;

/// Encloses the name of a secret in a text. A private-use character that is taken out of all values.
pub const SECRET_OPENS: char = '\u{E000}';
/// Ends the name of a secret in a text.
pub const SECRET_ENDS: char = '\u{E001}';

/// The default time limit of one attempt, in seconds.
pub const DEFAULT_TIMEOUT: u32 = 10;
/// The default number of further attempts.
pub const DEFAULT_RETRIES: u32 = 2;
/// The largest answer that is read, in bytes.
pub const LARGEST_ANSWER: usize = 256 * 1024;

/// A request to another program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Its id, which its idempotency key is also made from.
    #[serde(skip)]
    pub id: i64,
    /// The node that asks.
    pub node: String,
    /// The time limit of one attempt, in seconds.
    pub timeout_seconds: u32,
    /// The number of further attempts.
    pub retries: u32,
    /// The content of the request.
    pub request: Request,
}

/// The content of a request to another program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum Request {
    /// Any program.
    Http {
        /// The HTTP method.
        method: Method,
        /// The address.
        url: String,
        /// Headers.
        headers: BTreeMap<String, String>,
        /// The body.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<String>,
    },
    /// A program that gets what is known about the conversation.
    Webhook {
        /// The address.
        url: String,
        /// Headers.
        headers: BTreeMap<String, String>,
        /// More fields.
        data: BTreeMap<String, String>,
        /// The run's variables.
        variables: BTreeMap<String, String>,
    },
    /// The language model of the settings.
    Ai {
        /// How it should answer.
        instructions: String,
        /// Texts that it may use.
        knowledge: Vec<String>,
    },
}

impl Request {
    /// The host that it goes to, with its port: requests to one that hangs must not delay those to others.
    pub fn host(&self) -> String {
        let url = match self {
            Request::Http { url, .. } | Request::Webhook { url, .. } => url,
            Request::Ai { .. } => return "ai".into(),
        };
        let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        host.chars().filter(|c| c.is_alphanumeric() || "-.:[]".contains(*c)).collect::<String>().to_lowercase()
    }

    /// Whether a repeated request has the same effect as a single one.
    pub fn is_idempotent(&self) -> bool {
        match self {
            Request::Http { method, .. } => method.is_idempotent(),
            Request::Webhook { .. } => false,
            // It costs money, but has no other effect.
            Request::Ai { .. } => true,
        }
    }
}

/// What another program answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// An answer by HTTP, good or bad.
    Http {
        /// Its status.
        status: u16,
        /// Its body.
        body: String,
    },
    /// The text of a language model.
    Text {
        /// The text.
        text: String,
        /// Whether it asks for a person to take over.
        unsure: bool,
    },
    /// None.
    Failed(CallFault),
}

/// Why there is no answer, or not a successful one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "code", content = "args", rename_all = "snake_case")]
pub enum CallFault {
    /// It took too long.
    TimedOut {},
    /// It could not be reached, or the connection broke off.
    Unreachable {},
    /// Requests to this address are not allowed.
    Forbidden {
        /// Why, as a sentence.
        detail: String,
    },
    /// The answer began, but its end never arrived.
    BrokenOff {},
    /// The answer is larger than the limit.
    TooLarge {},
    /// The answer of a language model is longer than the limit of cost.
    CutShort {
        /// The limit, in tokens.
        tokens: u32,
    },
    /// A status other than success.
    Status {
        /// The status.
        status: u16,
    },
    /// The answer is not JSON, but values had to be read from it.
    NoJson {},
    /// The server stopped during the request. Whether it arrived is not known, so it is not repeated.
    Uncertain {},
    /// No language model is set up, or it is switched off.
    NotConfigured {},
    /// The simulation's input contains no answer.
    NotGiven {},
}

impl CallFault {
    /// What went wrong, as a sentence.
    pub fn english(&self) -> String {
        match self {
            CallFault::TimedOut {} => "It did not answer in time.".into(),
            CallFault::Unreachable {} => "It could not be reached.".into(),
            CallFault::Forbidden { detail } => detail.clone(),
            CallFault::TooLarge {} => format!("Its answer is larger than {} KiB.", LARGEST_ANSWER / 1024),
            CallFault::BrokenOff {} => "Its answer broke off before the end.".into(),
            CallFault::CutShort { tokens } => {
                format!("Its answer is longer than the limit of {tokens} tokens. Ask it for shorter answers.")
            }
            CallFault::Status { status } => format!("It answered with the status {status}."),
            CallFault::NoJson {} => "Its answer is not JSON.".into(),
            CallFault::Uncertain {} => "The server ended while it was asked; it is not asked twice.".into(),
            CallFault::NotConfigured {} => "No language model is set up in the settings.".into(),
            CallFault::NotGiven {} => "The scene holds no answer for this node.".into(),
        }
    }
}

/// The parts of an answer that a node wants, by the names of variables; None if they can't be read from it.
pub(super) fn parts(body: &str, save: &BTreeMap<String, String>) -> Option<Vec<(String, String)>> {
    let mut read: Option<Value> = None;
    let mut found = Vec::new();
    for (name, path) in save {
        if path.is_empty() {
            found.push((name.clone(), body.to_owned()));
            continue;
        }
        if read.is_none() {
            read = Some(serde_json::from_str(body).ok()?);
        }
        let mut part = read.as_ref();
        for key in path.split('.') {
            part = match part {
                Some(Value::Object(map)) => map.get(key),
                Some(Value::Array(list)) => key.parse::<usize>().ok().and_then(|index| list.get(index)),
                _ => None,
            };
        }
        let text = match part {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        found.push((name.clone(), text));
    }
    Some(found)
}

/// A value for an address: everything but letters, digits and `-._~` percent-encoded.
pub fn in_address(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// A value for a JSON string, without the quotes around it.
pub fn in_json(value: &str) -> String {
    let quoted = Value::String(value.to_owned()).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// A value for a header: on one line.
pub fn in_header(value: &str) -> String {
    value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A value without the characters that mark names of secrets: customers and other programs must not choose secrets.
pub(super) fn without_secrets(value: &str) -> String {
    value.replace([SECRET_OPENS, SECRET_ENDS], "")
}

/// A text with the values of its secrets. `value` returns the value of a name, `encode` escapes it for its place.
pub fn with_secrets(
    text: &str,
    value: impl Fn(&str) -> Option<String>,
    encode: impl Fn(&str) -> String,
) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(SECRET_OPENS) {
        filled.push_str(before);
        let (name, after) = after.split_once(SECRET_ENDS).unwrap_or((after, ""));
        filled.push_str(&encode(&value(name).unwrap_or_default()));
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// A text that is safe to show: with the names of its secrets instead of the values.
pub fn masked(text: &str) -> String {
    with_secrets(text, |name| Some(format!("[{name}]")), str::to_owned)
}
