//! What the sandbox begins with: apps, people, Pages, customers. `deskbell sandbox --seed FILE` reads it as JSON.

mod demo;
mod instagram;
mod whatsapp;

pub use demo::{
    DEMO_APP_ID, DEMO_APP_SECRET, DEMO_INSTAGRAM_APP_ID, DEMO_INSTAGRAM_APP_SECRET, DEMO_INSTAGRAM_ID,
    DEMO_NUMBER_ID, DEMO_PAGE_ID, DEMO_PERSON_ID, DEMO_SIGNUP_CONFIG_ID, DEMO_SYSTEM_USER_TOKEN,
};
pub use instagram::{InstagramPerson, InstagramSeed, Link};
pub use whatsapp::{
    Category, NumberSeed, Quality, SystemUserSeed, TemplateSeed, TemplateState, Tier, WhatsAppPerson, WhatsAppSeed,
};

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything that exists when the sandbox starts.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Seed {
    /// Meta apps, as in the developer dashboard.
    pub apps: Vec<AppSeed>,
    /// People with a social-network account: they log in on the dialog.
    pub people: Vec<PersonSeed>,
    /// Pages that those people manage.
    pub pages: Vec<PageSeed>,
    /// People who write to Pages, Instagram accounts and WhatsApp numbers.
    pub customers: Vec<CustomerSeed>,
    /// Instagram professional accounts (§1.7, §1.10).
    pub instagram: Vec<InstagramSeed>,
    /// WhatsApp business accounts with their numbers and templates (§3.8).
    pub whatsapp: Vec<WhatsAppSeed>,
    /// System users created manually, with their tokens (§1.5).
    pub system_users: Vec<SystemUserSeed>,
    /// How the sandbox itself behaves.
    pub settings: Settings,
}

/// One Meta app and its dashboard settings.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppSeed {
    /// App ID, digits.
    pub id: String,
    /// Name shown in the dialog.
    pub name: String,
    /// App Secret: key of all signatures (§1.8, §2.2, §8.1).
    pub secret: String,
    /// "Valid OAuth Redirect URIs": compared byte for byte (§1.1).
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// Takes any redirect URI; Meta has no such switch, demos may want it.
    #[serde(default)]
    pub accept_any_redirect_uri: bool,
    /// Where the signed deauthorize call goes (§8.1).
    #[serde(default)]
    pub deauthorize_callback_url: Option<String>,
    /// Where the signed data-deletion call goes (§8.2).
    #[serde(default)]
    pub data_deletion_url: Option<String>,
    /// "Require App Secret": calls need `appsecret_proof` (§1.8).
    #[serde(default = "yes")]
    pub require_app_secret: bool,
    /// "Allow API Access to App Settings" (§1.9).
    #[serde(default = "yes")]
    pub allow_api_settings: bool,
    /// The Human Agent feature: tag `HUMAN_AGENT` up to seven days (§3.5).
    #[serde(default)]
    pub human_agent: bool,
    /// Business Asset User Profile Access: without it profiles are `{}` (§4.1).
    #[serde(default = "yes")]
    pub profile_access: bool,
    /// `live` or `development`; in development only people with a role log in, and no webhooks leave (§2.3).
    #[serde(default)]
    pub mode: Mode,
    /// "Privacy Policy URL" (§9.3).
    #[serde(default)]
    pub privacy_policy_url: Option<String>,
    /// Saved configurations of Facebook Login for Business (§1.1).
    #[serde(default)]
    pub login_configs: Vec<LoginConfig>,
    /// Ids of people with a role in the app.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Permissions that the app owns; all known ones if absent. Others are "Invalid Scopes" (§1.2).
    #[serde(default)]
    pub permissions: Option<Vec<String>>,
    /// The app's own id for Instagram Login (§1.10).
    #[serde(default)]
    pub instagram_app_id: Option<String>,
    /// The secret that belongs to it.
    #[serde(default)]
    pub instagram_app_secret: Option<String>,
}

/// Whether an app is published.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Published: everyone can log in and events are delivered.
    #[default]
    Live,
    /// In development: only people with a role can log in.
    Development,
}

/// A saved login configuration: its permissions are granted all or none (§1.1).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginConfig {
    /// The `config_id` of the dialog.
    pub id: String,
    /// Name in the dashboard.
    #[serde(default)]
    pub name: String,
    /// Kind of token that the login yields.
    #[serde(default)]
    pub token_type: TokenType,
    /// Permissions that are requested together.
    pub permissions: Vec<String>,
}

/// Kind of token that a login configuration yields (§1.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenType {
    /// A person's token; short-lived until exchanged.
    #[default]
    User,
    /// A business-integration system user's token; never expires.
    SystemUser,
}

/// A person with an account, who may manage Pages.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonSeed {
    /// App-scoped user id.
    pub id: String,
    pub name: String,
    /// A system user of a business: it never logs in (§1.5).
    #[serde(default)]
    pub system_user: bool,
}

/// A Page and who may do what on it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageSeed {
    /// Page id: decimal digits, usually beyond 2^53.
    pub id: String,
    pub name: String,
    /// Category shown in the list of Pages.
    #[serde(default = "category")]
    pub category: String,
    /// Person id → tasks: `MANAGE`, `CREATE_CONTENT`, `MODERATE`, `MESSAGING`, `ADVERTISE`, `ANALYZE` (§1.7).
    #[serde(default)]
    pub roles: BTreeMap<String, Vec<String>>,
    /// Business portfolio that owns the Page: hides it from `me/accounts` without `business_management` (§1.7).
    #[serde(default)]
    pub business_id: Option<String>,
    /// Whether people may write to it: the Page setting `USERS_CAN_MESSAGE` (§5.2).
    #[serde(default = "yes")]
    pub takes_messages: bool,
}

/// A person who writes to Pages from the phone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomerSeed {
    /// Key of the customer inside the sandbox (not the PSID, which differs per Page).
    pub id: String,
    pub first_name: String,
    #[serde(default)]
    pub last_name: String,
    /// Whether there is a profile picture.
    #[serde(default = "yes")]
    pub picture: bool,
    /// The same person on Instagram; omitted fields are generated.
    #[serde(default)]
    pub instagram: InstagramPerson,
    /// The same person on WhatsApp; omitted fields are generated.
    #[serde(default)]
    pub whatsapp: WhatsAppPerson,
}

/// How the sandbox itself behaves; all of it can be changed by `POST /control/settings`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Deliver webhooks and callbacks to hosts other than loopback.
    pub allow_external: bool,
    /// How long a receiver may take to answer a webhook; Meta gives 5 s (§2.3).
    pub webhook_timeout_ms: u64,
    /// How often one delivery is tried before it is dropped; an hour of failures ends it earlier (§2.3).
    pub webhook_attempts: u32,
    /// After how long the phone reports a message as delivered.
    pub delivery_ms: u64,
    /// The dialog responds with `Cross-Origin-Opener-Policy: same-origin`, which cuts `window.opener`.
    pub dialog_coop: bool,
    /// The Conversations API also requires `pages_read_engagement` (§4.3, contradictory in Meta's pages).
    pub conversations_need_read_engagement: bool,
    /// Percentage reported in `X-App-Usage` (§7.1).
    pub app_usage_percent: u32,
    /// The number of seconds by which the `Date` of Graph's responses is ahead of the true time; negative if it is
    /// behind.
    pub clock_ahead_seconds: i64,
    /// How many entries each log holds.
    pub log_limit: usize,
    /// Instagram's code exchange wraps its answer as `{"data":[{…}]}` (§1.10).
    pub instagram_wraps_tokens: bool,
    /// How many messages a WhatsApp number may send in a second (§7.4).
    pub whatsapp_messages_per_second: u32,
    /// At most 45 WhatsApp messages without a pause to one person, then one in six seconds (§7.4).
    pub whatsapp_pair_limit: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            allow_external: false,
            webhook_timeout_ms: 5_000,
            webhook_attempts: 200,
            delivery_ms: 300,
            dialog_coop: false,
            conversations_need_read_engagement: false,
            app_usage_percent: 1,
            clock_ahead_seconds: 0,
            log_limit: 2_000,
            instagram_wraps_tokens: false,
            whatsapp_messages_per_second: 80,
            whatsapp_pair_limit: true,
        }
    }
}

fn yes() -> bool {
    true
}

fn category() -> String {
    "Local business".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_seed_survives_json() {
        let text = serde_json::to_string(&Seed::demo()).unwrap();
        let seed: Seed = serde_json::from_str(&text).unwrap();
        assert_eq!(seed.pages.len(), 133);
        assert!(serde_json::from_str::<Seed>(r#"{"appz":[]}"#).is_err());
    }
}
