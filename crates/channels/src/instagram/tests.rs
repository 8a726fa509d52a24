//! Instagram's limits at their edges, and its requests.

use domain::channel::Login;
use domain::outbound::Choice;
use domain::split::split;
use domain::template::{Button, Card, Template};
use serde_json::{Value, json};

use super::*;
use crate::meta::graph::Body;
use crate::recipient::{Right, Whom};

fn to(right: Right) -> Recipient<'static> {
    Recipient {
        node: "200",
        whom: Whom::Customer("300"),
        right,
        metadata: Some("77"),
        reply_to: None,
        persona: None,
        uploaded: &[],
    }
}

fn json_of(part: &Part, to: &Recipient) -> Value {
    match Instagram.encode(part, to).unwrap().body {
        Body::Json(text) => serde_json::from_str(&text).unwrap(),
        other => panic!("{other:?}"),
    }
}

fn text(text: &str) -> Part {
    Part::Text { text: text.into(), choices: vec![] }
}

#[test]
fn a_text_ends_at_a_thousand_bytes() {
    assert!(INSTAGRAM.request_text(&"a".repeat(1_000)).is_ok());
    let refused = INSTAGRAM.request_text(&"a".repeat(1_001)).unwrap_err();
    assert_eq!(refused.reason, "The text has 1001 bytes; Instagram takes at most 1000");
    assert!(INSTAGRAM.request_text(&"ж".repeat(500)).is_ok());
    assert!(INSTAGRAM.request_text(&"ж".repeat(501)).is_err());
}

#[test]
fn a_long_text_is_cut_between_what_people_see_as_characters() {
    // Families, flags, skin tones, accents on accents, keycaps, conjuncts: none is split, whatever its length in
    // bytes.
    for whole in ["👩‍👩‍👧‍👦", "🇺🇦", "👍🏽", "e\u{301}\u{323}", "#️⃣", "क्षि", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"]
    {
        let long = format!("x{}", whole.repeat(700));
        let parts = split(&long, &INSTAGRAM.text);
        assert_eq!(parts.concat(), long);
        for part in &parts {
            assert!(INSTAGRAM.request_text(part).is_ok());
            let part = part.strip_prefix('x').unwrap_or(part);
            assert_eq!(part.len() % whole.len(), 0, "{whole} was torn apart");
        }
    }
    let words = "Слово ".repeat(400);
    assert!(split(&words, &INSTAGRAM.text).iter().all(|part| part.len() <= 1_000 && part.ends_with(' ')));
}

#[test]
fn files_are_of_the_types_and_sizes_of_the_reference() {
    let check = |kind, mime, bytes| INSTAGRAM.file(kind, mime, bytes).map_err(|refused| refused.reason);
    for (kind, mime, most) in [
        (FileKind::Image, "image/png", 8 * MB),
        (FileKind::Image, "image/jpeg", 8 * MB),
        (FileKind::Audio, "audio/mp4", 25 * MB),
        (FileKind::Audio, "audio/aac", 25 * MB),
        (FileKind::Audio, "audio/wav", 25 * MB),
        (FileKind::Video, "video/mp4", 25 * MB),
        (FileKind::Video, "video/quicktime", 25 * MB),
        (FileKind::File, "application/pdf", 25 * MB),
    ] {
        assert_eq!(check(kind, mime, most), Ok(()), "{mime}");
        assert!(check(kind, mime, most + 1).unwrap_err().contains("MB; Instagram takes at most"), "{mime}");
    }
    let refused = |kind, mime| check(kind, mime, 1).unwrap_err();
    assert_eq!(refused(FileKind::Image, "image/gif"), "Instagram takes pictures as PNG or JPEG; this one is GIF");
    assert_eq!(refused(FileKind::File, "application/zip"), "Instagram takes files as PDF; this one is ZIP");
    assert!(refused(FileKind::Audio, "audio/mpeg").contains("this one is MPEG"));
    assert!(INSTAGRAM.pictures(10).is_ok());
    assert!(INSTAGRAM.pictures(11).unwrap_err().reason.contains("11 pictures; Instagram takes at most 10"));
}

#[test]
fn words_with_choices_answer_a_message_on_the_account_s_node() {
    let part = Part::Text {
        text: "Shall we?".into(),
        choices: vec![Choice { title: "Yes".into(), payload: "Y".into() }],
    };
    let to = Recipient { reply_to: Some("m_old"), ..to(Right::Window) };
    let call = Instagram.encode(&part, &to).unwrap();
    assert_eq!((call.path.as_str(), &*call.permissions), ("200/messages", &["instagram_manage_messages"][..]));
    assert_eq!(call.through(Login::Instagram).permissions, ["instagram_business_manage_messages"]);
    assert_eq!(
        json_of(&part, &to),
        json!({
            "recipient": { "id": "300" },
            "messaging_type": "RESPONSE",
            "message": {
                "text": "Shall we?",
                "quick_replies": [{ "content_type": "text", "title": "Yes", "payload": "Y" }],
                "metadata": "77"
            },
            "reply_to": { "mid": "m_old" }
        })
    );
}

#[test]
fn a_person_may_write_for_seven_days_under_the_tag() {
    let call = Instagram.encode(&text("Back on Monday"), &to(Right::HumanAgent)).unwrap();
    assert_eq!(call.permissions, ["Human Agent"]);
    let sent = json_of(&text("Back on Monday"), &to(Right::HumanAgent));
    assert_eq!((&sent["messaging_type"], &sent["tag"]), (&json!("MESSAGE_TAG"), &json!("HUMAN_AGENT")));
}

#[test]
fn every_reaction_is_a_heart() {
    let on = Recipient { reply_to: Some("m_old"), ..to(Right::Window) };
    for heart in ["❤", "❤\u{fe0f}"] {
        let put = json_of(&Part::React { emoji: Some(heart.into()) }, &on);
        assert_eq!(put["payload"], json!({ "message_id": "m_old", "reaction": "love" }));
    }
    let off = json_of(&Part::React { emoji: None }, &on);
    assert_eq!(
        (off["sender_action"].as_str(), &off["payload"]),
        (Some("unreact"), &json!({ "message_id": "m_old" }))
    );
    let other = Instagram.encode(&Part::React { emoji: Some("🎉".into()) }, &on).unwrap_err();
    assert_eq!(other.reason, "Instagram takes only ❤ as a reaction, not 🎉");
}

#[test]
fn marks_stand_alone() {
    let alone = |action| json!({ "recipient": { "id": "300" }, "sender_action": action });
    assert_eq!(json_of(&Part::Typing, &to(Right::HumanAgent)), alone("typing_on"));
    assert_eq!(json_of(&Part::Seen, &to(Right::Window)), alone("mark_seen"));
}

#[test]
fn a_private_reply_names_the_comment() {
    let to = Recipient { whom: Whom::Comment("17900000000000001"), ..to(Right::Window) };
    let sent = json_of(&text("2,490 ₴"), &to);
    assert_eq!(sent["recipient"], json!({ "comment_id": "17900000000000001" }));
}

#[test]
fn a_file_is_left_with_meta_for_instagram() {
    let call = Instagram.upload("200", MediumId(9), FileKind::File, "application/pdf").unwrap();
    assert_eq!(call.path, "200/message_attachments");
    let Body::Multipart { fields, .. } = call.body else { panic!("a file is a form") };
    let field = |name: &str| fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    assert_eq!(field("platform"), Some("instagram"));
    let message: Value = serde_json::from_str(field("message").unwrap()).unwrap();
    assert_eq!(message, json!({ "attachment": { "type": "file", "payload": { "is_reusable": true } } }));
}

#[test]
fn ten_pictures_go_together_by_their_ids() {
    let uploaded: Vec<(MediumId, String)> = (0..10).map(|n| (MediumId(n), format!("9{n}"))).collect();
    let to = Recipient { uploaded: &uploaded, ..to(Right::Window) };
    let media: Vec<MediumId> = uploaded.iter().map(|(medium, _)| *medium).collect();
    let sent = json_of(&Part::Pictures { media: media.clone(), choices: vec![] }, &to);
    assert_eq!(sent["message"]["attachments"].as_array().unwrap().len(), 10);
    assert_eq!(
        sent["message"]["attachments"][0],
        json!({ "type": "image", "payload": { "attachment_id": "90" } })
    );
    let many = Part::Pictures { media: media.into_iter().chain([MediumId(0)]).collect(), choices: vec![] };
    assert!(Instagram.encode(&many, &to).is_err());
}

#[test]
fn cards_are_the_only_template() {
    let button = Button::WebUrl { title: "Look".into(), url: "https://lavka.example/5".into() };
    let card = Card {
        title: "Jacket".into(),
        subtitle: Some("2,490 ₴".into()),
        image_url: None,
        url: None,
        buttons: vec![button.clone()],
    };
    let cards = Template::Generic { elements: vec![card] };
    let sent = json_of(&Part::Template { template: cards, choices: vec![] }, &to(Right::Window));
    assert_eq!(sent["message"]["attachment"]["payload"]["template_type"], "generic");
    let buttons = Template::Button { text: "Look".into(), buttons: vec![button] };
    let refused = Instagram.encode(&Part::Template { template: buttons, choices: vec![] }, &to(Right::Window));
    assert_eq!(refused.unwrap_err().reason, "Instagram has no buttons under a text");
}

#[test]
fn a_customer_without_a_name_is_called_by_their_username() {
    let call = Instagram.profile("300").unwrap();
    assert_eq!((call.path.as_str(), call.query[0].1.as_str()), ("300", "name,username,profile_pic"));
    let read = |answer: &[u8]| Instagram.read_profile(answer).unwrap();
    assert_eq!(read(br#"{"name":null,"username":"olena.k"}"#).display_name().as_deref(), Some("@olena.k"));
    assert_eq!(read(br#"{"name":"Olena","username":"olena.k"}"#).display_name().as_deref(), Some("Olena"));
    assert!(read(b"{\"id\":\"300\"}").is_empty());
}
