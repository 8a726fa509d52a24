//! Tokens: exchanging, extending and inspecting them (meta-platform.md §1.3–§1.6), and checking which API versions
//! exist (§10).

use serde::Deserialize;

use super::{Call, Secret};
use crate::meta::error::{GraphError, Wire};
use crate::meta::lenient::{Maybe, Text, owned};

/// A token, as returned by the exchange.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Default)]
#[serde(default)]
pub struct AccessToken {
    /// The token.
    #[serde(deserialize_with = "super::secret")]
    pub access_token: Secret,
    /// Seconds until it expires; None for one that does not expire.
    #[serde(deserialize_with = "owned::number")]
    pub expires_in: Option<i64>,
}

/// Exchanges a code for a short user token. No token needed.
pub fn exchange_code(app_id: &str, app_secret: &str, redirect_uri: &str, code: &str) -> Call {
    Call::get("GET /oauth/access_token (code)", "oauth/access_token")
        .with("client_id", app_id)
        .with("client_secret", app_secret)
        .with("redirect_uri", redirect_uri)
        .with("code", code)
}

/// Exchanges a short user token for one of about 60 days. No other token needed.
pub fn exchange_long_lived(app_id: &str, app_secret: &str, short: &str) -> Call {
    Call::get("GET /oauth/access_token (long-lived)", "oauth/access_token")
        .with("grant_type", "fb_exchange_token")
        .with("client_id", app_id)
        .with("client_secret", app_secret)
        .with("fb_exchange_token", short)
}

/// Inspects a token. Needs the app token; the answer is a [`Debugged`].
pub fn debug_token(inspected: &str) -> Call {
    Call::get("GET /debug_token", "debug_token").with("input_token", inspected)
}

/// The answer to [`debug_token`].
#[derive(Debug, Clone, PartialEq, Deserialize, Default)]
#[serde(default)]
pub struct Debugged {
    /// What Meta knows about the token; None if the answer was empty.
    #[serde(deserialize_with = "owned::object")]
    pub data: Option<TokenFacts>,
}

/// What Meta knows about a token (§1.6).
#[derive(Debug, Clone, PartialEq, Deserialize, Default)]
#[serde(default)]
pub struct TokenFacts {
    /// The app that it belongs to: compare it with our own.
    #[serde(deserialize_with = "owned::string")]
    pub app_id: String,
    /// `USER`, `PAGE`, `SYSTEM_USER` or `APP`.
    #[serde(rename = "type", deserialize_with = "owned::string")]
    pub kind: String,
    /// Whether it is valid.
    #[serde(deserialize_with = "owned::flag")]
    pub is_valid: bool,
    /// The person.
    #[serde(deserialize_with = "owned::text")]
    pub user_id: Option<String>,
    /// The Page, of a Page token.
    #[serde(deserialize_with = "owned::text")]
    pub profile_id: Option<String>,
    /// Seconds since 1970; 0 or None: never.
    #[serde(deserialize_with = "owned::number")]
    pub expires_at: Option<i64>,
    /// When access to data expires, in seconds since 1970.
    #[serde(deserialize_with = "owned::number")]
    pub data_access_expires_at: Option<i64>,
    /// Its permissions.
    #[serde(deserialize_with = "owned::words")]
    pub scopes: Vec<String>,
    /// The same with the assets that were selected.
    #[serde(deserialize_with = "owned::objects")]
    pub granular_scopes: Vec<GranularScope>,
    /// Why it is invalid.
    #[serde(deserialize_with = "dead_because")]
    pub error: Option<GraphError>,
}

/// A permission and the assets that it applies to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Default)]
#[serde(default)]
pub struct GranularScope {
    /// The permission; one client reads it as `permission`.
    #[serde(alias = "permission", deserialize_with = "owned::string")]
    pub scope: String,
    /// The assets' ids; None: all assets.
    #[serde(deserialize_with = "targets")]
    pub target_ids: Option<Vec<String>>,
}

fn targets<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Vec<String>>, D::Error> {
    owned::words(from).map(Some)
}

fn dead_because<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<GraphError>, D::Error> {
    let wire: Maybe<Wire> = Maybe::deserialize(from)?;
    Ok(wire.0.map(|wire| wire.into_error(200)))
}

impl TokenFacts {
    /// The Pages that the person selected: those that `me/accounts` may have left out (§1.7). Read each with
    /// [`super::page_node`], skipping failures. Empty also when *all* Pages were chosen.
    pub fn pages_picked(&self) -> Vec<String> {
        self.picked(&["pages_show_list", "pages_read_engagement", "pages_messaging"])
    }

    /// The WhatsApp business accounts that were selected; empty also when *all* were chosen.
    pub fn whatsapp_accounts_picked(&self) -> Vec<String> {
        self.picked(&["whatsapp_business_management", "whatsapp_business_messaging"])
    }

    fn picked(&self, scopes: &[&str]) -> Vec<String> {
        let mut picked: Vec<String> = Vec::new();
        for granular in self.granular_scopes.iter().filter(|granular| scopes.contains(&granular.scope.as_str())) {
            for id in granular.target_ids.iter().flatten() {
                if !picked.contains(id) {
                    picked.push(id.clone());
                }
            }
        }
        picked
    }
}

/// Requests the person of the token: a [`Person`]. Needs a user token.
pub fn me() -> Call {
    Call::get("GET /me", "me").with("fields", "id,name").evidence("public_profile")
}

/// A person, app or Page by id and name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Default)]
#[serde(default)]
pub struct Person {
    /// The id, scoped to the app for people.
    #[serde(deserialize_with = "owned::string")]
    pub id: String,
    /// The name.
    #[serde(deserialize_with = "owned::text")]
    pub name: Option<String>,
}

/// Requests the permissions that the person granted: `Listed<Grant>`. Needs a user token.
pub fn permissions() -> Call {
    Call::get("GET /me/permissions", "me/permissions")
}

/// A permission and what the person did with it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Default)]
#[serde(default)]
pub struct Grant {
    /// Its name.
    #[serde(deserialize_with = "owned::string")]
    pub permission: String,
    /// `granted`, `declined` or `expired`.
    #[serde(deserialize_with = "owned::string")]
    pub status: String,
}

impl Grant {
    /// Whether it is granted.
    pub fn is_granted(&self) -> bool {
        self.status == "granted"
    }
}

/// Checks whether an API version exists (§10). Needs no token. The path is taken from the version given to the
/// request: call it under the version in question and read it with [`version_exists`].
pub fn version_probe() -> Call {
    Call::get("GET /me (version probe)", "me")
}

/// Reads the answer to [`version_probe`]: code 2500 means that the version exists, unless Meta reports "Unknown path
/// components". Any other error is inconclusive and is returned.
pub fn version_exists(status: u16, body: &[u8]) -> Result<bool, GraphError> {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Answer<'a> {
        #[serde(borrow)]
        error: Maybe<Complaint<'a>>,
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Complaint<'a> {
        #[serde(borrow)]
        message: Text<'a>,
    }
    let error = GraphError::from_body(status, body);
    let message = serde_json::from_slice::<Answer>(body).ok().and_then(|a| a.error.0?.message.own());
    if message.unwrap_or_default().contains("Unknown path components") {
        return Ok(false);
    }
    match error.code {
        // 190 reports an invalid token, which Meta does not check for an unknown version.
        2500 | 190 => Ok(true),
        _ => Err(error),
    }
}
