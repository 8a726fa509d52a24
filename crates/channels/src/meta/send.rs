//! What we want told, in Meta's words: one [`Part`] of a message becomes one request to the Send API
//! (meta-platform.md §3.1–§3.3). What Meta would refuse for its size is refused here, with a sentence.

use domain::inbound::FileKind;
use domain::outbound::{Choice, Part};
use serde_json::{Value, json};

use super::graph::{Body, Call, Method};
use super::limits;
pub use super::limits::Refused;

/// Whom a part goes to, and under which title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recipient<'a> {
    /// Meta's Page id.
    pub page: &'a str,
    /// The customer's PSID.
    pub customer: &'a str,
    /// What allows us to write.
    pub right: Right,
    /// What shall come back in the echo: our own id (§3.1 has no other way to know a message again).
    pub metadata: Option<&'a str>,
    /// The message that this one answers (its mid).
    pub reply_to: Option<&'a str>,
}

/// What allows us to write (meta-platform.md §3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// The 24-hour window is open: `RESPONSE`.
    Window,
    /// A person writes within 7 days: `MESSAGE_TAG` with `HUMAN_AGENT`. Never for a bot.
    HumanAgent,
}

/// The request that sends a part. The bytes of a file are added by the caller, whose size
/// [`limits::file`] has checked.
pub fn encode(part: &Part, to: &Recipient) -> Result<Call, Refused> {
    if let Some(metadata) = to.metadata {
        limits::metadata(metadata)?;
    }
    let body = match part {
        Part::Text { text, choices } => {
            limits::text(text)?;
            limits::choices(choices)?;
            Body::Json(text_message(text, choices, to).to_string())
        }
        Part::File { medium, file } => {
            let Value::Object(request) = file_message(*file, to) else { unreachable!("made by json!") };
            // In a form the strings stand bare and the objects as JSON.
            let field = |(name, value): (String, Value)| match value {
                Value::String(text) => (name, text),
                other => (name, other.to_string()),
            };
            Body::Multipart {
                fields: request.into_iter().map(field).collect(),
                file_field: "filedata",
                medium: *medium,
            }
        }
        Part::Typing => Body::Json(action("typing_on", to).to_string()),
        Part::Seen => Body::Json(action("mark_seen", to).to_string()),
    };
    let human_agent = to.right == Right::HumanAgent && matches!(part, Part::Text { .. } | Part::File { .. });
    Ok(Call {
        method: Method::Post,
        path: format!("{}/messages", to.page),
        query: Vec::new(),
        body,
        permission: Some(if human_agent { "Human Agent" } else { "pages_messaging" }),
        endpoint: "POST /{page-id}/messages",
    })
}

fn text_message(text: &str, choices: &[Choice], to: &Recipient) -> Value {
    let mut message = json!({ "text": text });
    if !choices.is_empty() {
        let choice =
            |choice: &Choice| json!({ "content_type": "text", "title": choice.title, "payload": choice.payload });
        message["quick_replies"] = choices.iter().map(choice).collect();
    }
    request(message, to)
}

/// The payload stays empty: the file stands beside it in the form (§3.3).
fn file_message(file: FileKind, to: &Recipient) -> Value {
    let kind = match file {
        FileKind::Image | FileKind::Sticker => "image",
        FileKind::Video => "video",
        FileKind::Audio => "audio",
        FileKind::File => "file",
    };
    request(json!({ "attachment": { "type": kind, "payload": {} } }), to)
}

fn request(mut message: Value, to: &Recipient) -> Value {
    if let Some(metadata) = to.metadata {
        message["metadata"] = metadata.into();
    }
    let mut request = json!({ "recipient": { "id": to.customer } });
    match to.right {
        Right::Window => request["messaging_type"] = "RESPONSE".into(),
        Right::HumanAgent => {
            request["messaging_type"] = "MESSAGE_TAG".into();
            request["tag"] = "HUMAN_AGENT".into();
        }
    }
    request["message"] = message;
    if let Some(mid) = to.reply_to {
        request["reply_to"] = json!({ "mid": mid });
    }
    request
}

/// A sender action stands alone, never beside a message (§3.2).
fn action(action: &str, to: &Recipient) -> Value {
    json!({ "recipient": { "id": to.customer }, "sender_action": action })
}

#[cfg(test)]
mod tests {
    use domain::id::MediumId;
    use serde_json::from_str;

    use super::*;

    fn to(right: Right) -> Recipient<'static> {
        Recipient { page: "200", customer: "300", right, metadata: Some("77"), reply_to: None }
    }

    fn json_of(part: &Part, to: &Recipient) -> Value {
        match encode(part, to).unwrap().body {
            Body::Json(text) => from_str(&text).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn words_with_choices_answer_a_message() {
        let choices = vec![Choice { title: "Yes".into(), payload: "Y".into() }];
        let part = Part::Text { text: "Shall we?".into(), choices };
        let to = Recipient { reply_to: Some("m_old"), ..to(Right::Window) };
        let call = encode(&part, &to).unwrap();
        assert_eq!((call.method, call.path.as_str()), (Method::Post, "200/messages"));
        assert_eq!(call.permission, Some("pages_messaging"));
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
    fn a_person_may_write_later_under_the_tag() {
        let part = Part::Text { text: "Back on Monday".into(), choices: vec![] };
        assert_eq!(encode(&part, &to(Right::HumanAgent)).unwrap().permission, Some("Human Agent"));
        assert_eq!(
            json_of(&part, &to(Right::HumanAgent)),
            json!({
                "recipient": { "id": "300" },
                "messaging_type": "MESSAGE_TAG",
                "tag": "HUMAN_AGENT",
                "message": { "text": "Back on Monday", "metadata": "77" }
            })
        );
    }

    #[test]
    fn a_file_goes_as_a_form_with_objects_as_json() {
        let part = Part::File { medium: MediumId(9), file: FileKind::Video };
        let Body::Multipart { fields, file_field, medium } = encode(&part, &to(Right::Window)).unwrap().body
        else {
            panic!("a file is a form");
        };
        assert_eq!((file_field, medium), ("filedata", MediumId(9)));
        let field = |name: &str| fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
        assert_eq!(field("recipient"), Some(r#"{"id":"300"}"#));
        assert_eq!(field("messaging_type"), Some("RESPONSE"));
        let message: Value = from_str(field("message").unwrap()).unwrap();
        let attachment = json!({ "type": "video", "payload": {} });
        assert_eq!(message, json!({ "attachment": attachment, "metadata": "77" }));
    }

    #[test]
    fn sender_actions_stand_alone() {
        let alone = |action| json!({ "recipient": { "id": "300" }, "sender_action": action });
        assert_eq!(json_of(&Part::Typing, &to(Right::HumanAgent)), alone("typing_on"));
        assert_eq!(json_of(&Part::Seen, &to(Right::Window)), alone("mark_seen"));
    }

    #[test]
    fn what_is_too_long_is_refused_here() {
        let part = Part::Text { text: "x".repeat(2000), choices: vec![] };
        assert!(encode(&part, &to(Right::Window)).unwrap_err().reason.contains("2000"));
        let part = Part::Text { text: "x".into(), choices: vec![] };
        let long = "m".repeat(1000);
        let to = Recipient { metadata: Some(&long), ..to(Right::Window) };
        assert!(encode(&part, &to).is_err());
    }
}
