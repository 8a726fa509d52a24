//! The app's own settings, by API (meta-platform.md §1.9). Everything here needs the app token.

use serde::Deserialize;

use super::{Call, Method};
use crate::meta::lenient::{List, Text, owned};

/// Asks for the app itself, a [`super::Person`] with its name: shows whether id and secret match.
pub fn app_node(app_id: &str) -> Call {
    Call::get("GET /{app-id}", app_id).with("fields", "id,name")
}

/// The app's settings that App Review checks and Graph may return (§9.3). Which of them it returns depends on app and
/// version: one unknown field refuses the whole call, and then they are requested one by one.
pub const APP_FIELDS: [&str; 8] = [
    "category",
    "icon_url",
    "logo_url",
    "privacy_policy_url",
    "terms_of_service_url",
    "app_domains",
    "website_url",
    "contact_email",
];

/// Asks for some of [`APP_FIELDS`]: an [`AppSettings`]. Needs the app token.
pub fn app_settings(app_id: &str, fields: &[&str]) -> Call {
    Call::get("GET /{app-id}", app_id).with("fields", format!("id,{}", fields.join(",")))
}

/// What Graph returns of the app's settings; it leaves out empty fields.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Default)]
#[serde(default)]
pub struct AppSettings {
    /// The category of the app.
    #[serde(deserialize_with = "owned::text")]
    pub category: Option<String>,
    /// Its small icon; Meta may return a default one.
    #[serde(deserialize_with = "owned::text")]
    pub icon_url: Option<String>,
    /// Its large icon.
    #[serde(deserialize_with = "owned::text")]
    pub logo_url: Option<String>,
    /// Its privacy policy.
    #[serde(deserialize_with = "owned::text")]
    pub privacy_policy_url: Option<String>,
    /// Its terms.
    #[serde(deserialize_with = "owned::text")]
    pub terms_of_service_url: Option<String>,
    /// Its domains.
    #[serde(deserialize_with = "owned::words")]
    pub app_domains: Vec<String>,
    /// The platform "Website".
    #[serde(deserialize_with = "owned::text")]
    pub website_url: Option<String>,
    /// The contact address for Meta.
    #[serde(deserialize_with = "owned::text")]
    pub contact_email: Option<String>,
}

impl AppSettings {
    /// The value of one of [`APP_FIELDS`]; None if it is missing.
    pub fn get(&self, field: &str) -> Option<String> {
        let value = match field {
            "category" => self.category.clone(),
            "icon_url" => self.icon_url.clone(),
            "logo_url" => self.logo_url.clone(),
            "privacy_policy_url" => self.privacy_policy_url.clone(),
            "terms_of_service_url" => self.terms_of_service_url.clone(),
            "app_domains" => Some(self.app_domains.join(", ")),
            "website_url" => self.website_url.clone(),
            "contact_email" => self.contact_email.clone(),
            _ => None,
        };
        value.filter(|value| !value.trim().is_empty())
    }
}

/// Requests the app's subscriptions: `Listed<Subscription>`.
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
    /// The address that receives events.
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

/// Points the app's events of one kind of object at an address: a [`super::Done`]. It *replaces* address and fields,
/// so read first and [`merge_fields`]. Meta verifies the address before it answers.
pub fn subscribe_app(
    app_id: &str,
    object: &str,
    callback_url: &str,
    verify_token: &str,
    fields: &[String],
) -> Call {
    Call::new(Method::Post, "POST /{app-id}/subscriptions", format!("{app_id}/subscriptions")).form(&[
        ("object", object),
        ("callback_url", callback_url),
        ("verify_token", verify_token),
        ("fields", &fields.join(",")),
        ("include_values", "true"),
    ])
}

/// Ends the app's events of one kind of object: a [`super::Done`].
pub fn unsubscribe_app(app_id: &str, object: &str) -> Call {
    let path = format!("{app_id}/subscriptions");
    Call::new(Method::Delete, "DELETE /{app-id}/subscriptions", path).with("object", object)
}

/// The existing fields and those that we want, each once.
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

/// What Meta saw when it called our address, out of an error 2200 (§1.9): the HTTP status, if it names one. Only the
/// number is used: the sentence itself may contain anything.
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
