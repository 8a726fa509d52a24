//! WhatsApp's limits at their edges.

use domain::outbound::Choice;
use domain::window::{Permit, may_send, window};
use domain::{outbound::Speaker, time::Micros};

use super::*;

/// Choices whose titles are one character longer than `title`.
fn choices(count: usize, title: &str) -> Vec<Choice> {
    let letters = ('a'..='z').take(count);
    letters.map(|letter| Choice { title: format!("{title}{letter}"), payload: letter.into() }).collect()
}

#[test]
fn limits_are_whatsapps() {
    assert!(WHATSAPP.request_text(&"a".repeat(4_096)).is_ok());
    assert!(WHATSAPP.request_text(&"a".repeat(4_097)).unwrap_err().reason.contains("WhatsApp"));
    assert!(WHATSAPP.text_with_choices(&"a".repeat(1_024)).is_ok());
    assert!(WHATSAPP.text_with_choices(&"a".repeat(1_025)).is_err());
    assert!(WHATSAPP.file_caption(&"a".repeat(1_025)).is_err());
    assert!(WHATSAPP.choices(&choices(10, &"t".repeat(23))).is_ok());
    assert!(WHATSAPP.choices(&choices(11, "t")).is_err());
    assert!(WHATSAPP.choices(&choices(1, &"t".repeat(24))).is_err());
    // Meta refuses two buttons with one id, or with one title.
    let twice = |titles: [&str; 2], payloads: [&str; 2]| {
        let pairs = titles.into_iter().zip(payloads);
        pairs.map(|(title, payload)| Choice { title: title.into(), payload: payload.into() }).collect::<Vec<_>>()
    };
    assert!(WHATSAPP.choices(&twice(["One", "Two"], ["p", "q"])).is_ok());
    assert_eq!(WHATSAPP.choices(&twice(["One", "Two"], ["p", "p"])).unwrap_err().pointer, "/1");
    assert_eq!(WHATSAPP.choices(&twice(["One", "One"], ["p", "q"])).unwrap_err().pointer, "/1");
}

#[test]
fn choices_that_whatsapp_cannot_show_are_lines_of_the_text() {
    let (text, shown, _) = WHATSAPP.adapted("Which?", choices(10, "One"), None);
    assert_eq!((text.as_str(), shown.len()), ("Which?", 10));
    let (text, shown, _) = WHATSAPP.adapted("Which?", choices(11, "One"), None);
    assert_eq!((text.lines().count(), shown.len()), (12, 0));
    let (text, shown, _) = WHATSAPP.adapted("Which?", choices(2, "A title of more than 24 units"), None);
    assert_eq!((text.lines().count(), shown.len()), (3, 0));
}

#[test]
fn outside_of_a_day_nobody_may_write_freely() {
    use Speaker::{Agent, Bot};
    let wrote = Micros(1_000 * DAY);
    for (after, speaker, feature, open) in [
        (0, Bot, false, true),
        (DAY - 1, Agent, false, true),
        (DAY, Agent, false, false),
        // The feature exists on Messenger only.
        (DAY, Agent, true, false),
        (3 * DAY, Agent, true, false),
        (DAY, Bot, true, false),
    ] {
        let permit = may_send(
            wrote.plus(after),
            &window(Some(wrote), &WHATSAPP.window, feature),
            &WHATSAPP.window,
            speaker,
        );
        assert_eq!(permit == Permit::Response, open, "{after} {speaker:?} {feature}");
    }
}
