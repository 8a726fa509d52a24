//! How close we are to Meta's rate limits.

use serde::Deserialize;

use super::lenient::Number;

/// The maximum number of Conversations API calls per second for one Page (§4.3).
pub const CONVERSATIONS_PER_SECOND: u32 = 2;
/// From this percentage of a quota on it is time to slow down (§7.1).
pub const SLOW_DOWN_PERCENT: u32 = 75;

/// How much of Meta's quotas is used (meta-platform.md §7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// The fullest quota of all, in percent; over 100 means throttled. 0 if no header reported one.
    pub percent: u32,
    /// Minutes until access returns, where a header names them and they are not 0.
    pub regain_minutes: Option<u32>,
    /// Seconds that the header `Retry-After` asks to wait.
    pub retry_after_seconds: Option<u32>,
}

impl Usage {
    /// Whether it is time to slow down.
    pub fn is_high(&self) -> bool {
        self.percent >= SLOW_DOWN_PERCENT
    }

    /// How long the headers ask us to wait, in seconds.
    pub fn wait_seconds(&self) -> Option<u32> {
        let regain = self.regain_minutes.map(|minutes| minutes.saturating_mul(60));
        regain.max(self.retry_after_seconds)
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Quota {
    call_count: Number,
    total_time: Number,
    total_cputime: Number,
    estimated_time_to_regain_access: Number,
}

/// Reads `X-App-Usage`, `X-Page-Usage`, `X-Business-Use-Case-Usage` and `Retry-After` out of a response's headers,
/// ignoring case. Absent or unreadable ones are normal and count as 0.
pub fn usage<'a>(headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Usage {
    let mut usage = Usage::default();
    for (name, value) in headers {
        if name.eq_ignore_ascii_case("x-app-usage") || name.eq_ignore_ascii_case("x-page-usage") {
            if let Ok(quota) = serde_json::from_str(value) {
                usage.add(&quota);
            }
        } else if name.eq_ignore_ascii_case("x-business-use-case-usage") {
            let owners = serde_json::from_str::<std::collections::BTreeMap<String, Vec<Quota>>>(value);
            owners.unwrap_or_default().values().flatten().for_each(|quota| usage.add(quota));
        } else if name.eq_ignore_ascii_case("retry-after") {
            usage.retry_after_seconds = value.trim().parse().ok();
        }
    }
    usage
}

impl Usage {
    fn add(&mut self, quota: &Quota) {
        let whole = |number: Number| u32::try_from(number.0.unwrap_or(0).max(0)).unwrap_or(u32::MAX);
        for part in [quota.call_count, quota.total_time, quota.total_cputime] {
            self.percent = self.percent.max(whole(part));
        }
        let minutes = whole(quota.estimated_time_to_regain_access);
        if minutes > 0 {
            self.regain_minutes = self.regain_minutes.max(Some(minutes));
        }
    }
}

#[cfg(test)]
#[path = "limits_tests.rs"]
mod tests;
