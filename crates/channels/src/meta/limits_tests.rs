//! Limits at their edges, and the headers of §7.1.

use super::*;
use domain::outbound::Choice;

fn choice(title: &str, payload: &str) -> Choice {
    Choice { title: title.into(), payload: payload.into() }
}

#[test]
fn text_is_taken_up_to_1999_utf_16_units() {
    assert!(text(&"a".repeat(1999)).is_ok());
    let refused = text(&"a".repeat(2000)).unwrap_err();
    assert_eq!(refused.reason, "The text has 2000 characters; Messenger takes at most 1999");
    assert!(text(&"😀".repeat(999)).is_ok());
    assert!(text(&"😀".repeat(1000)).is_err());
    assert!(text(" \n").is_err());
}

#[test]
fn choices_are_counted_and_measured() {
    let thirteen = vec![choice("Yes", "y"); 13];
    assert!(choices(&thirteen).is_ok());
    assert!(choices(&vec![choice("Yes", "y"); 14]).unwrap_err().reason.contains("14"));
    assert!(choices(&[choice(&"t".repeat(20), &"p".repeat(1000))]).is_ok());
    assert!(choices(&[choice(&"t".repeat(21), "p")]).unwrap_err().reason.contains("21 characters"));
    assert!(choices(&[choice("t", &"p".repeat(1001))]).unwrap_err().reason.contains("1001"));
    assert!(choices(&[choice(" ", "p")]).is_err());
}

#[test]
fn files_end_at_25_megabytes() {
    assert!(file(FILE_BYTES).is_ok());
    assert!(file(FILE_BYTES + 1).unwrap_err().reason.contains("25.0 MB"));
    assert!(file(0).is_err());
}

#[test]
fn a_whole_text_ends_at_twenty_thousand_and_pictures_at_thirty() {
    assert!(whole_text(&"a".repeat(20_000)).is_ok());
    let refused = whole_text(&"a".repeat(20_001)).unwrap_err();
    assert_eq!(refused.reason, "The text has 20001 characters; a message has at most 20000");
    assert!(domain::split::split(&"a ".repeat(10_000)).iter().all(|part| text(part).is_ok()));
    assert!(pictures(30).is_ok());
    assert!(pictures(31).unwrap_err().reason.contains("31 pictures"));
}

#[test]
fn what_is_refused_says_where() {
    let list = [choice("Yes", "y"), choice(&"t".repeat(21), "p")];
    assert_eq!(choices(&list).unwrap_err().pointer, "/1");
}

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
