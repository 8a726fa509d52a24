//! The app's own settings, by API (meta-platform.md §1.9). Everything here wants the app token.

use serde::Deserialize;

use super::{Call, Method};
use crate::meta::lenient::{List, Text, owned};

/// Asks for the app itself, a [`super::Person`] with its name: tells whether id and secret belong
/// together.
pub fn app_node(app_id: &str) -> Call {
    Call::get("GET /{app-id}", app_id).with("fields", "id,name")
}

/// Asks what the app is subscribed to: `Listed<Subscription>`.
pub fn subscriptions(app_id: &str) -> Call {
    Call::get("GET /{app-id}/subscriptions", format!("{app_id}/subscriptions"))
}

/// A subscription of the app to one kind of object; one address serves all its Pages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Default)]
#[serde(default)]
pub struct Subscription {
    /// `page`, `instagram`, `permissions`, …
    #[serde(deserialize_with = "owned::string")]
    pub object: String,
    /// Where events go.
    #[serde(deserialize_with = "owned::string")]
    pub callback_url: String,
    /// Whether it is on.
    #[serde(deserialize_with = "owned::flag")]
    pub active: bool,
    /// The fields.
    #[serde(deserialize_with = "field_names")]
    pub fields: Vec<String>,
}

/// Fields come as names or as objects with a `name`.
pub(super) fn field_names<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Field {
        Named {
            #[serde(deserialize_with = "owned::string")]
            name: String,
        },
        #[serde(deserialize_with = "owned::string")]
        Name(String),
    }
    let fields = List::<Field>::deserialize(from)?.0.into_iter().map(|field| match field {
        Field::Named { name } | Field::Name(name) => name,
    });
    Ok(fields.filter(|name| !name.is_empty()).collect())
}

/// Points the app's Page events at an address: a [`super::Done`]. It *replaces* address and fields,
/// so read first and [`merge_fields`]. Meta verifies the address before it answers.
pub fn subscribe_app(app_id: &str, callback_url: &str, verify_token: &str, fields: &[String]) -> Call {
    Call::new(Method::Post, "POST /{app-id}/subscriptions", format!("{app_id}/subscriptions")).form(&[
        ("object", "page"),
        ("callback_url", callback_url),
        ("verify_token", verify_token),
        ("fields", &fields.join(",")),
        ("include_values", "true"),
    ])
}

/// The fields that are there and those that we want, each once.
pub fn merge_fields(existing: &[String], wanted: &[&str]) -> Vec<String> {
    let mut merged = existing.to_vec();
    for field in wanted {
        if !merged.iter().any(|known| known == field) {
            merged.push((*field).to_owned());
        }
    }
    merged
}

/// Which of the wanted fields are missing.
pub fn missing_fields(existing: &[String], wanted: &[&'static str]) -> Vec<&'static str> {
    wanted.iter().copied().filter(|field| !existing.iter().any(|known| known == field)).collect()
}

/// What Meta saw when it called our address, out of an error 2200 (§1.9): the HTTP status, if it
/// names one. Numbers only: the sentence itself may hold anything.
pub fn callback_status(body: &[u8]) -> Option<u16> {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Answer<'a> {
        #[serde(borrow)]
        message: Text<'a>,
    }
    #[derive(Deserialize)]
    struct Envelope<'a> {
        #[serde(borrow)]
        error: Answer<'a>,
    }
    let envelope: Envelope = serde_json::from_slice(body).ok()?;
    let message = envelope.error.message.own()?;
    let (_, after) = message.split_once("HTTP Status Code = ")?;
    let digits: String = after.chars().take_while(char::is_ascii_digit).take(3).collect();
    digits.parse().ok().filter(|status| *status > 0)
}
