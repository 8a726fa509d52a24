//! The headers of §7.1.

use super::*;

#[test]
fn the_fullest_quota_counts_and_minutes_are_told() {
    let usage = usage([
        ("X-App-Usage", r#"{"call_count":28,"total_time":25,"total_cputime":25}"#),
        (
            "x-business-use-case-usage",
            r#"{"200":[{"type":"messenger","call_count":110,"total_cputime":"3","estimated_time_to_regain_access":7}]}"#,
        ),
        ("content-type", "text/html"),
    ]);
    assert_eq!(usage.percent, 110);
    assert_eq!(usage.regain_minutes, Some(7));
    assert_eq!(usage.wait_seconds(), Some(420));
    assert!(usage.is_high());
}

#[test]
fn unreadable_or_absent_headers_count_as_nothing() {
    assert_eq!(
        usage([("x-app-usage", "full"), ("x-page-usage", "[]"), ("retry-after", "soon")]),
        Usage::default()
    );
}
