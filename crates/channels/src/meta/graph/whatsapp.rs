//! WhatsApp business accounts and their numbers (meta-platform.md §3.8, §5.5). Everything here needs the token of a
//! person or a system user who was given the business account.

use serde::Deserialize;
use serde_json::json;

use super::{Call, Method, Portfolio, paged};
use crate::meta::lenient::owned;

/// The permission for business accounts and numbers.
pub const WHATSAPP_MANAGEMENT: &str = "whatsapp_business_management";
/// The permission for messages and their files.
pub const WHATSAPP_MESSAGING: &str = "whatsapp_business_messaging";

/// The fields of a number to request.
pub const NUMBER_FIELDS: &str =
    "id,display_phone_number,verified_name,quality_rating,name_status,status,platform_type,messaging_limit_tier";
/// The fields that exist in every version: one unknown field fails the whole call.
pub const CORE_NUMBER_FIELDS: &str = "id,display_phone_number,verified_name,quality_rating";

/// Requests the numbers of a business account: `Listed<PhoneNumber>`.
pub fn phone_numbers(account: &str, fields: &str, after: Option<&str>) -> Call {
    let call =
        Call::get("GET /{waba-id}/phone_numbers", format!("{account}/phone_numbers")).with("fields", fields);
    paged(call.evidence(WHATSAPP_MANAGEMENT), after)
}

/// Requests one number: a [`PhoneNumber`].
pub fn phone_number(number: &str) -> Call {
    Call::get("GET /{phone-number-id}", number).with("fields", NUMBER_FIELDS).evidence(WHATSAPP_MANAGEMENT)
}

/// Requests a business account: a [`super::Person`] with its name.
pub fn whatsapp_account(account: &str) -> Call {
    Call::get("GET /{waba-id}", account).with("fields", "id,name").evidence(WHATSAPP_MANAGEMENT)
}

/// Requests the business accounts of a portfolio: `Listed<Person>`. The token names them only if they were selected
/// one by one.
pub fn business_whatsapp_accounts(business: &str, which: Portfolio, after: Option<&str>) -> Call {
    let (endpoint, edge) = match which {
        Portfolio::Owned => {
            ("GET /{business-id}/owned_whatsapp_business_accounts", "owned_whatsapp_business_accounts")
        }
        Portfolio::Client => {
            ("GET /{business-id}/client_whatsapp_business_accounts", "client_whatsapp_business_accounts")
        }
    };
    paged(Call::get(endpoint, format!("{business}/{edge}")).with("fields", "id,name"), after)
}

/// A number of a business account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Default)]
#[serde(default)]
pub struct PhoneNumber {
    /// Its id, used in events and requests.
    #[serde(deserialize_with = "owned::string")]
    pub id: String,
    /// The number, formatted for people.
    #[serde(deserialize_with = "owned::text")]
    pub display_phone_number: Option<String>,
    /// The name that customers see.
    #[serde(deserialize_with = "owned::text")]
    pub verified_name: Option<String>,
    /// `GREEN`, `YELLOW`, `RED` or `UNKNOWN`.
    #[serde(deserialize_with = "owned::text")]
    pub quality_rating: Option<String>,
    /// Whether the name is approved.
    #[serde(deserialize_with = "owned::text")]
    pub name_status: Option<String>,
    /// Whether the number is registered.
    #[serde(deserialize_with = "owned::text")]
    pub status: Option<String>,
    /// Where it is served.
    #[serde(deserialize_with = "owned::text")]
    pub platform_type: Option<String>,
    /// How many customers the business may write to first in a day.
    #[serde(deserialize_with = "owned::text")]
    pub messaging_limit_tier: Option<String>,
}

impl PhoneNumber {
    /// Whether it still has to be registered for the Cloud API. Missing fields do not count.
    pub fn is_unregistered(&self) -> bool {
        let platform = self.platform_type.as_deref();
        let unserved = platform.is_some_and(|platform| platform != "CLOUD_API");
        unserved || (platform.is_none() && self.status.as_deref() == Some("PENDING"))
    }
}

/// Registers a number for the Cloud API with its six-digit PIN: a [`super::Done`].
pub fn register_number(number: &str, pin: &str) -> Call {
    Call::new(Method::Post, "POST /{phone-number-id}/register", format!("{number}/register"))
        .json(&json!({ "messaging_product": "whatsapp", "pin": pin }))
        .evidence(WHATSAPP_MANAGEMENT)
}

/// Subscribes the app to a business account: a [`super::Done`]. With a callback (its address and verify token) its
/// events go there instead of to the app's; Meta verifies it before it answers.
pub fn subscribe_whatsapp_account(account: &str, callback: Option<(&str, &str)>) -> Call {
    let call = Call::new(Method::Post, "POST /{waba-id}/subscribed_apps", format!("{account}/subscribed_apps"));
    let call = match callback {
        Some((url, token)) => call.form(&[("override_callback_uri", url), ("verify_token", token)]),
        None => call,
    };
    call.evidence(WHATSAPP_MANAGEMENT)
}

/// Requests the apps that are subscribed to a business account: `Listed<ListeningApp>`.
pub fn whatsapp_subscriptions(account: &str) -> Call {
    Call::get("GET /{waba-id}/subscribed_apps", format!("{account}/subscribed_apps")).evidence(WHATSAPP_MANAGEMENT)
}

/// An app that is subscribed to a business account, perhaps with a separate callback.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListeningApp {
    /// The app's id.
    pub id: String,
    /// The address that receives the events of this business account, if not the app's callback.
    pub callback: Option<String>,
}

impl<'de> Deserialize<'de> for ListeningApp {
    /// The app is in a nested object.
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize, Default)]
        #[serde(default)]
        struct App {
            #[serde(deserialize_with = "owned::string")]
            id: String,
        }
        #[derive(Deserialize, Default)]
        #[serde(default)]
        struct Entry {
            #[serde(deserialize_with = "owned::string")]
            id: String,
            #[serde(deserialize_with = "owned::object")]
            whatsapp_business_api_data: Option<App>,
            #[serde(deserialize_with = "owned::text")]
            override_callback_uri: Option<String>,
        }
        let entry = Entry::deserialize(from)?;
        let id = entry.whatsapp_business_api_data.map_or(entry.id, |app| app.id);
        Ok(Self { id, callback: entry.override_callback_uri })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meta::graph::{Body, Listed, read};

    #[test]
    fn an_app_that_listens_may_have_its_own_callback() {
        let body = br#"{"data":[{"whatsapp_business_api_data":{"id":"100","name":"Gw"},"override_callback_uri":"https://a"},{"id":"7"}]}"#;
        let apps = read::<Listed<ListeningApp>>(200, body).unwrap().items;
        assert_eq!(apps[0], ListeningApp { id: "100".into(), callback: Some("https://a".into()) });
        assert_eq!(apps[1], ListeningApp { id: "7".into(), callback: None });
    }

    #[test]
    fn a_callback_goes_with_its_verify_token() {
        assert_eq!(subscribe_whatsapp_account("1", None).body, Body::None);
        let Body::Form(fields) = subscribe_whatsapp_account("1", Some(("https://a", "vt"))).body else {
            panic!("a form")
        };
        assert_eq!(fields[1], ("verify_token".to_owned(), "vt".to_owned()));
    }

    #[test]
    fn a_number_is_unregistered_only_if_meta_says_so() {
        let number = |platform: Option<&str>, status: Option<&str>| PhoneNumber {
            platform_type: platform.map(Into::into),
            status: status.map(Into::into),
            ..PhoneNumber::default()
        };
        assert!(number(Some("NOT_APPLICABLE"), Some("PENDING")).is_unregistered());
        assert!(number(None, Some("PENDING")).is_unregistered());
        assert!(!number(Some("CLOUD_API"), Some("CONNECTED")).is_unregistered());
        assert!(!number(None, None).is_unregistered());
    }
}
