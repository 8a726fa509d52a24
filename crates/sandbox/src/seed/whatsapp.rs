//! WhatsApp business accounts, numbers and templates, the people who write to them, and system users (§2.8, §3.8).

use super::yes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A WhatsApp business account (WABA).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhatsAppSeed {
    pub id: String,
    pub name: String,
    /// The portfolio that owns it: user ids and messaging limits are counted per portfolio (§2.8, §7.4).
    pub business_id: String,
    /// People with full control, who may share it in Embedded Signup.
    #[serde(default)]
    pub people: Vec<String>,
    #[serde(default = "currency")]
    pub currency: String,
    #[serde(default = "one")]
    pub timezone_id: String,
    #[serde(default)]
    pub numbers: Vec<NumberSeed>,
    #[serde(default)]
    pub templates: Vec<TemplateSeed>,
    /// Locked for a violation of policy: 131031 (§6.4).
    #[serde(default)]
    pub locked: bool,
    /// Whether there is a way to pay; without one templates fail with 131042 (§6.4).
    #[serde(default = "yes")]
    pub payment_ok: bool,
}

/// A business number.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumberSeed {
    /// Id of the number, by which webhooks and calls name it.
    pub id: String,
    /// As people write it, with `+`.
    pub display_phone: String,
    /// Its country code, which Meta puts before a `to` without `+` (§3.8).
    pub country_code: String,
    pub verified_name: String,
    #[serde(default)]
    pub quality: Quality,
    /// `APPROVED`, `PENDING_REVIEW`, `DECLINED`, `NONE`.
    #[serde(default = "approved")]
    pub name_status: String,
    /// Whether its owner proved by SMS or call that it is theirs.
    #[serde(default = "yes")]
    pub verified: bool,
    /// Whether it can send and receive.
    #[serde(default = "yes")]
    pub registered: bool,
    /// Six digits of two-step verification, once they are set.
    #[serde(default)]
    pub pin: Option<String>,
    #[serde(default)]
    pub limit: Tier,
    /// A test number writes to these phones only (131030).
    #[serde(default)]
    pub allowed_recipients: Option<Vec<String>>,
}

/// Quality of a number or template, as people rate it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Quality {
    Green,
    Yellow,
    Red,
    #[default]
    Unknown,
}

/// How many people a portfolio may write to first in 24 hours (§7.4).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tier {
    #[default]
    #[serde(rename = "TIER_250")]
    Tier250,
    #[serde(rename = "TIER_2K")]
    Tier2K,
    #[serde(rename = "TIER_10K")]
    Tier10K,
    #[serde(rename = "TIER_100K")]
    Tier100K,
    #[serde(rename = "TIER_UNLIMITED")]
    Unlimited,
}

impl Tier {
    /// The number of people.
    pub fn people(self) -> usize {
        match self {
            Self::Tier250 => 250,
            Self::Tier2K => 2_000,
            Self::Tier10K => 10_000,
            Self::Tier100K => 100_000,
            Self::Unlimited => usize::MAX,
        }
    }
}

/// A message template.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateSeed {
    /// Given by the sandbox if it is empty.
    #[serde(default)]
    pub id: String,
    pub name: String,
    pub language: String,
    pub category: Category,
    #[serde(default)]
    pub status: TemplateState,
    #[serde(default)]
    pub quality: Quality,
    /// Header, body, footer, buttons.
    pub components: Value,
    /// `POSITIONAL` or `NAMED`.
    #[serde(default = "positional")]
    pub parameter_format: String,
    /// Why the review rejected it.
    #[serde(default)]
    pub rejected_reason: Option<String>,
}

/// What a template is for; it decides the price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Category {
    Marketing,
    Utility,
    Authentication,
}

impl Category {
    /// As statuses name it in `pricing`.
    pub fn price(self) -> &'static str {
        match self {
            Self::Marketing => "marketing",
            Self::Utility => "utility",
            Self::Authentication => "authentication",
        }
    }
}

/// Where a template is in its life.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum TemplateState {
    #[default]
    Pending,
    Approved,
    Rejected,
    Paused,
    Disabled,
}

/// A customer on WhatsApp.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WhatsAppPerson {
    /// With `+`; made up if it is empty.
    pub phone: String,
    /// The profile's name; the customer's if it is empty.
    pub profile_name: String,
    /// Without `@`.
    pub username: Option<String>,
    /// The phone number is omitted from webhooks (§2.8).
    pub hides_phone: bool,
    /// How often the number changed: the business-scoped id changes with it.
    pub changes: u32,
}

/// A system user with a token that was made in the business's settings (§1.5).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SystemUserSeed {
    pub id: String,
    pub name: String,
    /// The app that the token is for.
    pub app_id: String,
    pub token: String,
    pub permissions: Vec<String>,
    /// WhatsApp business accounts that are assigned to it; all if absent.
    #[serde(default)]
    pub whatsapp: Option<Vec<String>>,
}

fn currency() -> String {
    "EUR".to_owned()
}

fn one() -> String {
    "1".to_owned()
}

fn approved() -> String {
    "APPROVED".to_owned()
}

fn positional() -> String {
    "POSITIONAL".to_owned()
}
