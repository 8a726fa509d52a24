//! Instagram professional accounts and the people who write to them (§1.7, §1.10, §4.2).

use super::yes;
use serde::{Deserialize, Serialize};

/// A professional account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstagramSeed {
    /// The IGID of webhooks: digits that begin with 1784 (§2.7).
    pub id: String,
    pub username: String,
    #[serde(default)]
    pub name: String,
    /// The Page it is linked to; without one only Instagram Login reaches it.
    #[serde(default)]
    pub page_id: Option<String>,
    /// Where the link was made, which decides the field that names it (§1.7).
    #[serde(default)]
    pub link: Link,
    #[serde(default)]
    pub followers: u64,
    /// "Allow access to messages" in the account's settings; off, no app can read or write (200/2534041, §3.7).
    #[serde(default = "yes")]
    pub allows_access: bool,
}

/// Where a Page and an Instagram account were linked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Link {
    /// When it became a professional account: `instagram_business_account`.
    #[default]
    Business,
    /// In the Page's settings: `connected_instagram_account`.
    Connected,
}

/// A customer on Instagram.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InstagramPerson {
    /// Made from the first name if it is empty.
    pub username: String,
    /// Whether the profile holds a name; without one `name` is null (§4.2).
    pub named: bool,
    pub followers: u64,
    pub follows_business: bool,
    pub verified: bool,
    /// Off, no app can write to this person: the same 200/2534041 for one conversation.
    pub allows_access: bool,
}

impl Default for InstagramPerson {
    fn default() -> Self {
        Self {
            username: String::new(),
            named: true,
            followers: 120,
            follows_business: false,
            verified: false,
            allows_access: true,
        }
    }
}
