//! What the headers of Meta's answers report besides quotas: Meta's time, and which version answered.

use std::collections::HashMap;
use std::sync::Mutex;

use domain::id::GatewayId;
use domain::time::{Micros, SECOND};

/// By how many seconds a `Date` header is ahead of our clock.
pub(super) fn ahead(date: &str, at: Micros) -> Option<i64> {
    let theirs = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).ok()?;
    Some(theirs.as_second() - at.0.div_euclid(SECOND))
}

/// Gateways whose calls Meta answers with another version than the one that was asked for: it does so once that one
/// has expired (`facebook-api-version`, meta-platform.md §10).
#[derive(Debug, Default)]
pub(super) struct Versions(Mutex<HashMap<GatewayId, (String, String)>>);

impl Versions {
    /// Records which version answered a call for `asked`.
    pub(super) fn note(&self, gateway: GatewayId, asked: &str, answered: Option<&str>) {
        let Some(answered) = answered else { return };
        let mut map = self.0.lock().expect("nothing panics while it is held");
        if asked == answered {
            map.remove(&gateway);
            return;
        }
        let pair = (asked.to_owned(), answered.to_owned());
        if map.insert(gateway, pair.clone()) != Some(pair) {
            tracing::warn!(%gateway, asked, answered, "Meta answers with another API version than it was asked for");
        }
    }

    /// The version that answers instead of `asked`, if it is another one.
    pub(super) fn instead(&self, gateway: GatewayId, asked: &str) -> Option<String> {
        let map = self.0.lock().expect("nothing panics while it is held");
        map.get(&gateway).filter(|(known, _)| known == asked).map(|(_, answered)| answered.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_header_tells_how_far_the_clocks_are_apart() {
        // 2026-11-22 18:49:21.
        let at = Micros(1_795_373_361_000_000);
        assert_eq!(ahead("Sun, 22 Nov 2026 18:49:21 GMT", at), Some(0));
        assert_eq!(ahead("Sun, 22 Nov 2026 18:51:21 GMT", at), Some(120));
        assert_eq!(ahead("yesterday", at), None);
    }

    #[test]
    fn another_version_counts_until_the_right_one_answers_or_another_is_asked_for() {
        let (it, gateway) = (Versions::default(), GatewayId(1));
        it.note(gateway, "v19.0", Some("v21.0"));
        it.note(gateway, "v19.0", None);
        assert_eq!(it.instead(gateway, "v19.0").as_deref(), Some("v21.0"));
        assert_eq!(it.instead(gateway, "v25.0"), None, "the gateway asks for another one by now");
        it.note(gateway, "v25.0", Some("v25.0"));
        assert_eq!(it.instead(gateway, "v19.0"), None);
    }
}
