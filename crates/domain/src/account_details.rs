//! What a channel reports about an account besides its name: for a WhatsApp number its quality, its limits and
//! whether its name is approved (meta-platform.md §2.8, §3.8). The values are in Meta's own terms.

use serde::{Deserialize, Serialize};

/// The quality, limits and registration of an account. Empty where the channel reports nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct AccountDetails {
    /// How customers rate what they receive: `GREEN`, `YELLOW`, `RED` or `UNKNOWN`.
    pub quality: Option<String>,
    /// How many customers the business may write to first within 24 hours: `TIER_250`, `TIER_1K`, … `TIER_UNLIMITED`.
    pub messaging_limit: Option<String>,
    /// Whether the displayed name is approved: `APPROVED`, `PENDING_REVIEW`, `DECLINED`, …
    pub name_status: Option<String>,
    /// Whether the number is registered: `CONNECTED`, `PENDING`, `DISCONNECTED`, …
    pub status: Option<String>,
    /// Where the number is served: `CLOUD_API`, or `NOT_APPLICABLE` before it is registered.
    pub platform: Option<String>,
    /// The name of the business account that the number belongs to.
    pub business_name: Option<String>,
}
