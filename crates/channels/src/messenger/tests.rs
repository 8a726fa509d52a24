//! Messenger's limits at their edges.

use domain::outbound::Choice;

use super::*;

fn choice(title: &str, payload: &str) -> Choice {
    Choice { title: title.into(), payload: payload.into() }
}

#[test]
fn text_is_taken_up_to_1999_utf_16_units() {
    assert!(MESSENGER.request_text(&"a".repeat(1999)).is_ok());
    let refused = MESSENGER.request_text(&"a".repeat(2000)).unwrap_err();
    assert_eq!(refused.reason, "The text has 2000 characters; Messenger takes at most 1999");
    assert!(MESSENGER.request_text(&"😀".repeat(999)).is_ok());
    assert!(MESSENGER.request_text(&"😀".repeat(1000)).is_err());
    assert!(MESSENGER.request_text(" \n").is_err());
}

#[test]
fn choices_are_counted_and_measured() {
    let thirteen = vec![choice("Yes", "y"); 13];
    assert!(MESSENGER.choices(&thirteen).is_ok());
    assert!(MESSENGER.choices(&vec![choice("Yes", "y"); 14]).unwrap_err().reason.contains("14"));
    assert!(MESSENGER.choices(&[choice(&"t".repeat(20), &"p".repeat(1000))]).is_ok());
    assert!(MESSENGER.choices(&[choice(&"t".repeat(21), "p")]).unwrap_err().reason.contains("21 characters"));
    assert!(MESSENGER.choices(&[choice("t", &"p".repeat(1001))]).unwrap_err().reason.contains("1001"));
    assert!(MESSENGER.choices(&[choice(" ", "p")]).is_err());
}

#[test]
fn files_end_at_25_megabytes() {
    let check = |bytes| MESSENGER.file(FileKind::Image, "image/gif", bytes);
    let most = MESSENGER.files.largest();
    assert!(check(most).is_ok());
    assert!(check(most + 1).unwrap_err().reason.contains("25.0 MB"));
    assert!(check(0).is_err());
}

#[test]
fn a_whole_text_ends_at_twenty_thousand_and_pictures_at_thirty() {
    assert!(MESSENGER.whole_text(&"a".repeat(20_000)).is_ok());
    let refused = MESSENGER.whole_text(&"a".repeat(20_001)).unwrap_err();
    assert_eq!(refused.reason, "The text has 20001 characters; a message has at most 20000");
    assert!(
        domain::split::split(&"a ".repeat(10_000), &MESSENGER.text)
            .iter()
            .all(|part| MESSENGER.request_text(part).is_ok())
    );
    assert!(MESSENGER.pictures(30).is_ok());
    assert!(MESSENGER.pictures(31).unwrap_err().reason.contains("31 pictures"));
}

#[test]
fn what_is_refused_says_where() {
    let list = [choice("Yes", "y"), choice(&"t".repeat(21), "p")];
    assert_eq!(MESSENGER.choices(&list).unwrap_err().pointer, "/1");
}
