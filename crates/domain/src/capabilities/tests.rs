//! Limits at their edges, and a channel for other tests.

use super::*;
use crate::time::{DAY, SECOND};

/// A channel that can do everything, for tests.
pub(crate) const SAMPLE: Capabilities = Capabilities {
    channel: Channel::new("sample"),
    name: "Messenger",
    text: TextLimits { request: 1_999, whole: 20_000, unit: Unit::Characters },
    choices: Some(ChoiceLimits { most: 13, title: 20, payload: 1_000, text: None }),
    files: FileLimits {
        kinds: &[
            (FileKind::Image, KindLimits { bytes: 8 * 1024 * 1024, types: &["image/png", "image/jpeg"] }),
            (FileKind::Audio, KindLimits { bytes: 25 * 1024 * 1024, types: &["audio/*"] }),
            (FileKind::File, KindLimits { bytes: 25 * 1024 * 1024, types: &["*/*"] }),
        ],
        pictures: 30,
    },
    albums: true,
    caption: None,
    specials: &[],
    buttons: None,
    lists: None,
    message_templates: false,
    templates: Some(TemplateLimits {
        types: &["button", "generic", "media", "receipt"],
        buttons: 3,
        button_title: 20,
        button_payload: 1_000,
        button_text: 640,
        cards: 10,
        card_text: 80,
        receipt_lines: 100,
        receipt_text: 300,
        url: 2_000,
        media_from: &["https://www.facebook.com/"],
    }),
    reactions: true,
    reaction_emoji: &[],
    typing: true,
    edits: true,
    personas: true,
    receipts: Receipts::Watermark,
    time_step: SECOND,
    window: WindowPolicy { standard: DAY, human_agent: Some(7 * DAY), comment: Some(7 * DAY) },
    rates: Rates { per_second: 300, media_per_second: 10, private_replies_per_hour: 750, default_per_second: 40 },
};

#[test]
fn lengths_are_counted_in_the_unit_of_the_channel() {
    assert_eq!((Unit::Characters.count("ж👍"), Unit::Bytes.count("ж👍")), (3, 6));
    let bytes = Capabilities { text: TextLimits { request: 3, whole: 5, unit: Unit::Bytes }, ..SAMPLE };
    assert!(bytes.request_text("ж").is_ok() && bytes.request_text("жж").is_err());
    let refused = bytes.whole_text("жжж").unwrap_err();
    assert!(refused.reason.contains("6 bytes") && refused.reason.contains("at most 5"), "{refused}");
}

#[test]
fn what_a_channel_does_not_have_is_refused_by_its_name() {
    let plain = Capabilities { name: "Echo", choices: None, templates: None, ..SAMPLE };
    let yes = Choice { title: "Yes".into(), payload: "y".into() };
    assert!(plain.choices(&[]).is_ok());
    assert!(plain.choices(&[yes]).unwrap_err().reason.contains("Echo has no quick replies"));
    let cards = Template::Button { text: "Jam".into(), buttons: Vec::new() };
    let yes = Choice { title: "Yes".into(), payload: "y".into() };
    let adapted = plain.adapted("Shall we?", vec![yes.clone()], Some(cards.clone()));
    assert_eq!(adapted, ("Shall we?\nJam\nYes".into(), Vec::new(), None));
    let all = SAMPLE.adapted("Shall we?", vec![yes.clone()], Some(cards.clone()));
    assert_eq!(all, ("Shall we?".into(), vec![yes], Some(cards.clone())));
    assert!(plain.template(&cards).unwrap_err().reason.contains("Echo has no cards"));
}

#[test]
fn each_kind_of_file_has_its_own_types_and_size() {
    let mb = 1024 * 1024;
    let check = |kind, mime, bytes| SAMPLE.file(kind, mime, bytes).map_err(|refused| refused.reason);
    assert_eq!(check(FileKind::Image, "image/png", 8 * mb), Ok(()));
    assert_eq!(check(FileKind::Sticker, "image/png", 1), Ok(()), "a sticker is a picture");
    assert_eq!(check(FileKind::Audio, "audio/aac", 25 * mb), Ok(()));
    assert_eq!(check(FileKind::File, "application/zip", 25 * mb), Ok(()));
    assert_eq!(check(FileKind::Image, "", 1), Ok(()), "a type that is not known is the channel's to judge");
    let refused = |kind, mime, bytes| check(kind, mime, bytes).unwrap_err();
    assert_eq!(refused(FileKind::Image, "image/png", 9 * mb), "The file has 9.0 MB; Messenger takes at most 8 MB");
    assert_eq!(
        refused(FileKind::Image, "image/gif", 1),
        "Messenger takes pictures as PNG or JPEG; this one is GIF"
    );
    assert_eq!(refused(FileKind::Video, "video/mp4", 1), "Messenger takes no videos");
    assert_eq!(refused(FileKind::Image, "image/png", 0), "The file is empty");
    assert_eq!(SAMPLE.files.largest(), 25 * mb);
}

#[test]
fn a_reaction_is_one_that_the_channel_takes() {
    assert!(SAMPLE.reaction(Some("🎉")).is_ok());
    let hearts = Capabilities { name: "Echo", reaction_emoji: &["❤"], ..SAMPLE };
    assert!(hearts.reaction(Some("❤")).is_ok() && hearts.reaction(Some("❤\u{fe0f}")).is_ok());
    assert!(hearts.reaction(None).is_ok(), "taken off");
    assert_eq!(hearts.reaction(Some("🎉")).unwrap_err().reason, "Echo takes only ❤ as a reaction, not 🎉");
    let none = Capabilities { reactions: false, ..hearts };
    assert_eq!(none.reaction(Some("❤")).unwrap_err().reason, "Echo has no reactions");
}

#[test]
fn where_a_text_has_no_buttons_a_card_carries_them() {
    let limits = TemplateLimits { types: &["generic"], card_text: 12, ..SAMPLE.templates.unwrap() };
    let cards = Capabilities { templates: Some(limits), ..SAMPLE };
    let tap = || crate::template::Button::Postback { title: "Jam".into(), payload: "jam".into() };
    let buttons = |text: &str| Template::Button { text: text.into(), buttons: vec![tap()] };
    let card = |title: &str| Template::Generic {
        elements: vec![crate::template::Card {
            title: title.into(),
            subtitle: None,
            image_url: None,
            url: None,
            buttons: vec![tap()],
        }],
    };
    let adapted = |template| cards.adapted("", Vec::new(), Some(template));
    assert_eq!(adapted(buttons("Which one?")), (String::new(), vec![], Some(card("Which one?"))));
    let (text, _, template) = adapted(buttons("Which one would you like?"));
    assert_eq!(text, "Which one would you like?", "nothing of a long text is lost");
    assert_eq!(template, Some(card("Which one…")));
    let media = Template::Media {
        media_type: crate::template::MediaType::Image,
        attachment_id: None,
        url: None,
        buttons: vec![],
    };
    assert_eq!(adapted(media), (String::new(), vec![], None));
}
