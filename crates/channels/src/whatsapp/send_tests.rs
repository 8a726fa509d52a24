//! Requests as Meta documents them (meta-platform.md §3.8).

use domain::id::MediumId;
use serde_json::from_str;

use super::*;
use crate::meta::graph::{Body, Method};
use crate::recipient::Right;
use crate::whatsapp::WHATSAPP;

fn to(user: &str) -> Recipient<'_> {
    Recipient {
        node: "700",
        whom: Whom::Customer(user),
        right: Right::Window,
        metadata: Some("deskbell:7:0"),
        reply_to: None,
        persona: None,
        uploaded: &[],
    }
}

fn json_of(part: &Part, to: &Recipient) -> Value {
    let call = encode(part, to, &WHATSAPP).unwrap();
    assert_eq!((call.method, call.path.as_str()), (Method::Post, "700/messages"));
    match call.body {
        Body::Json(text) => from_str(&text).unwrap(),
        other => panic!("{other:?}"),
    }
}

fn text(text: &str) -> Part {
    Part::Text { text: text.into(), choices: vec![] }
}

#[test]
fn a_number_leaves_with_its_plus_and_a_user_id_as_recipient() {
    let expected = json!({
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": "+4915100", "type": "text",
        "text": { "body": "Hi", "preview_url": true }, "biz_opaque_callback_data": "deskbell:7:0"
    });
    assert_eq!(json_of(&text("Hi"), &to("4915100")), expected);
    let by_id = json_of(&text("Hi"), &to("DE.123abc"));
    assert_eq!((by_id["recipient"].as_str(), by_id.get("to")), (Some("DE.123abc"), None));
}

#[test]
fn an_answer_names_its_message() {
    let answer = json_of(&text("Yes"), &Recipient { reply_to: Some("wamid.A"), ..to("4915100") });
    assert_eq!(answer["context"], json!({ "message_id": "wamid.A" }));
}

/// The n-th of some choices; the first has the title as it is.
fn choice(title: &str, n: usize) -> Choice {
    let number = if n == 0 { String::new() } else { n.to_string() };
    Choice { title: format!("{title}{number}"), payload: format!("P{number}") }
}

#[test]
fn up_to_three_short_choices_are_buttons_and_others_a_list() {
    let part = |count: usize, title: &str| Part::Text {
        text: "Which?".into(),
        choices: (0..count).map(|n| choice(title, n)).collect(),
    };
    let kind = |part: &Part| json_of(part, &to("4915100"))["interactive"]["type"].clone();
    assert_eq!(kind(&part(3, "One")), "button");
    assert_eq!(kind(&part(4, "One")), "list");
    assert_eq!(kind(&part(1, "A title of 21 units …")), "list");
    let one = json_of(&part(1, "One"), &to("4915100"));
    assert_eq!(
        one["interactive"],
        json!({ "type": "button", "body": { "text": "Which?" },
            "action": { "buttons": [{ "type": "reply", "reply": { "id": "P", "title": "One" } }] } })
    );
    let four = json_of(&part(4, "One"), &to("4915100"));
    let rows = &four["interactive"]["action"]["sections"][0]["rows"];
    assert_eq!((rows.as_array().unwrap().len(), &rows[0]), (4, &json!({ "id": "P", "title": "One" })));
    let refused = encode(&part(11, "One"), &to("4915100"), &WHATSAPP).unwrap_err();
    assert!(refused.reason.contains("11"), "{refused}");
}

#[test]
fn files_leave_by_id_with_caption_and_name() {
    let uploaded = [(MediumId(9), "555".to_owned())];
    let to = Recipient { uploaded: &uploaded, ..to("4915100") };
    let part = |file, name: &str, caption: Option<&str>| Part::File {
        medium: MediumId(9),
        file,
        name: Some(name.into()),
        caption: caption.map(Into::into),
        choices: vec![],
    };
    let document = json_of(&part(FileKind::File, "bill.pdf", Some("Your bill")), &to);
    assert_eq!(document["document"], json!({ "id": "555", "caption": "Your bill", "filename": "bill.pdf" }));
    let picture = json_of(&part(FileKind::Image, "cat.png", None), &to);
    assert_eq!(picture["image"], json!({ "id": "555" }));
    assert_eq!(json_of(&part(FileKind::Audio, "a.ogg", None), &to)["audio"], json!({ "id": "555" }));
    assert!(encode(&part(FileKind::Image, "", Some(&"a".repeat(1_025))), &to, &WHATSAPP).is_err());
    let unknown = Recipient { uploaded: &[], ..to };
    assert!(encode(&part(FileKind::Image, "", None), &unknown, &WHATSAPP).is_err(), "Meta does not have it");
}

#[test]
fn reactions_and_marks_name_the_message() {
    let on = Recipient { reply_to: Some("wamid.A"), ..to("DE.1") };
    let put = json_of(&Part::React { emoji: Some("❤".into()) }, &on);
    assert_eq!(put["reaction"], json!({ "message_id": "wamid.A", "emoji": "❤" }));
    assert_eq!(json_of(&Part::React { emoji: None }, &on)["reaction"]["emoji"], "");
    assert_eq!(
        json_of(&Part::Typing, &on),
        json!({ "messaging_product": "whatsapp", "status": "read", "message_id": "wamid.A",
            "typing_indicator": { "type": "text" } })
    );
    assert_eq!(json_of(&Part::Seen, &on).get("typing_indicator"), None);
    for part in [Part::React { emoji: None }, Part::Typing, Part::Seen] {
        assert!(encode(&part, &to("DE.1"), &WHATSAPP).is_err(), "which message is not known");
    }
}

#[test]
fn the_answers_message_id_is_read() {
    let answer = br#"{"messaging_product":"whatsapp","contacts":[{"input":"+4915100","wa_id":"4915100"}],"messages":[{"id":"wamid.C","message_status":"accepted"}]}"#;
    assert_eq!(read_sent(answer).message_id.as_deref(), Some("wamid.C"));
    assert_eq!(read_sent(b"{}").message_id, None);
}
