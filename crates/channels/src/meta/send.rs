//! Our messages in Meta's terms: one [`Part`] of a message becomes one request to the Send API, which Messenger and
//! Instagram share (meta-platform.md §3.1–§3.7). Parts that are too large for Meta are refused here, with a sentence.

use domain::failure::Failure;
use domain::id::MediumId;
use domain::inbound::FileKind;
use domain::outbound::{Choice, Part};
use domain::special::Special;
use serde_json::{Value, json};

use super::template;
use crate::meta::graph::{Body, Call};
use crate::recipient::{Recipient, Right, Whom};
use domain::capabilities::{Capabilities, Refused, Unit};

/// What is specific to one of the two channels.
pub(crate) struct Dialect {
    /// What can be sent.
    pub limits: &'static Capabilities,
    /// The permission that sending proves.
    pub permission: &'static str,
    /// The channel's name for its only reaction, if it has just one (§3.2).
    pub only_reaction: Option<&'static str>,
    /// Meta's platform value for files of this channel; None for Messenger, the default (§3.3).
    pub platform: Option<&'static str>,
}

/// The request that sends a part. A file that Meta does not have yet is sent with the request: the caller adds its
/// bytes, after checking their size.
pub(crate) fn encode(part: &Part, to: &Recipient, dialect: &Dialect) -> Result<Call, Refused> {
    let limits = dialect.limits;
    if let Some(metadata) = to.metadata {
        check_metadata(metadata)?;
    }
    let body = match part {
        Part::Text { text, choices } => {
            limits.request_text(text)?;
            message_body(json!({ "text": text }), choices, to, limits)?
        }
        Part::File { medium, file, choices, .. } => match to.uploaded_as(*medium) {
            Some(id) => {
                let attachment = json!({ "type": word(*file), "payload": { "attachment_id": id } });
                message_body(json!({ "attachment": attachment }), choices, to, limits)?
            }
            None => {
                limits.choices(choices)?;
                // The payload stays empty: the file is a separate field of the form (§3.3).
                let message = json!({ "attachment": { "type": word(*file), "payload": {} } });
                form(request(with_choices(message, choices), to), *medium)
            }
        },
        Part::Pictures { media, choices } => {
            limits.pictures(media.len())?;
            let picture = |medium: &MediumId| {
                let id = to.uploaded_as(*medium).ok_or_else(not_uploaded)?;
                Ok(json!({ "type": "image", "payload": { "attachment_id": id } }))
            };
            let attachments = media.iter().map(picture).collect::<Result<Vec<Value>, Refused>>()?;
            message_body(json!({ "attachments": attachments }), choices, to, limits)?
        }
        Part::Template { template, choices } => {
            limits.template(template)?;
            let known = |medium| to.uploaded_as(medium).map(str::to_owned);
            let payload = template::payload(template, known).ok_or_else(not_uploaded)?;
            message_body(json!({ "attachment": { "type": "template", "payload": payload } }), choices, to, limits)?
        }
        // A heart has no content (§3.7).
        Part::Special { special, .. }
            if matches!(**special, Special::Heart) && limits.specials.contains(&special.word()) =>
        {
            Body::Json(request(json!({ "attachment": { "type": "like_heart" } }), to).to_string())
        }
        Part::List { .. } | Part::Special { .. } | Part::Approved { .. } => {
            return Err(Refused::new(Failure::NotOnChannel { channel: limits.name.into() }));
        }
        Part::React { emoji } => {
            limits.reaction(emoji.as_deref())?;
            let word = emoji.as_deref().map(|emoji| dialect.only_reaction.unwrap_or(emoji));
            Body::Json(reaction(word, to)?.to_string())
        }
        Part::Typing => Body::Json(action("typing_on", to).to_string()),
        Part::Seen => Body::Json(action("mark_seen", to).to_string()),
    };
    let human_agent = to.right == Right::HumanAgent && part.speaks();
    let call = Call::post("POST /{page-id}/messages", format!("{}/messages", to.node)).body(body);
    Ok(call.evidence(if human_agent { "Human Agent" } else { dialect.permission }))
}

/// The request that uploads a file to Meta, to be sent by its id for 90 days (§3.3). The bytes are added by the
/// caller; the answer is a [`super::graph::Uploaded`]. It has no visible effect, so it may be repeated.
pub(crate) fn upload(node: &str, medium: MediumId, file: FileKind, dialect: &Dialect) -> Call {
    let message = json!({ "attachment": { "type": word(file), "payload": { "is_reusable": true } } });
    let mut request = json!({ "message": message });
    if let Some(platform) = dialect.platform {
        request["platform"] = platform.into();
    }
    Call::post("POST /{page-id}/message_attachments", format!("{node}/message_attachments"))
        .body(form(request, medium))
        .evidence(dialect.permission)
}

/// Metadata must stay below this many UTF-16 units (§3.1).
const METADATA: usize = 1000;

/// Checks the metadata that is returned in the echo.
fn check_metadata(metadata: &str) -> Result<(), Refused> {
    let length = Unit::Characters.count(metadata);
    if length >= METADATA {
        return Err(Refused::new(Failure::MetadataTooLong { length, limit: METADATA }));
    }
    Ok(())
}

/// The recipient in Meta's format (§3.1).
fn recipient(whom: Whom) -> Value {
    match whom {
        Whom::Customer(id) => json!({ "id": id }),
        Whom::Comment(id) => json!({ "comment_id": id }),
        Whom::Post(id) => json!({ "post_id": id }),
    }
}

fn not_uploaded() -> Refused {
    Refused::new(Failure::FileNotStored {})
}

/// Meta's name for a kind of file.
fn word(file: FileKind) -> &'static str {
    match file {
        FileKind::Image | FileKind::Sticker => "image",
        FileKind::Video => "video",
        FileKind::Audio => "audio",
        FileKind::File => "file",
    }
}

fn with_choices(mut message: Value, choices: &[Choice]) -> Value {
    if !choices.is_empty() {
        let choice =
            |choice: &Choice| json!({ "content_type": "text", "title": choice.title, "payload": choice.payload });
        message["quick_replies"] = choices.iter().map(choice).collect();
    }
    message
}

fn message_body(
    message: Value,
    choices: &[Choice],
    to: &Recipient,
    limits: &Capabilities,
) -> Result<Body, Refused> {
    limits.choices(choices)?;
    Ok(Body::Json(request(with_choices(message, choices), to).to_string()))
}

/// In a form, strings are bare and objects are JSON.
fn form(request: Value, medium: MediumId) -> Body {
    let field = |(name, value): (String, Value)| match value {
        Value::String(text) => (name, text),
        other => (name, other.to_string()),
    };
    let fields = match request {
        Value::Object(request) => request.into_iter().map(field).collect(),
        _ => Vec::new(),
    };
    Body::Multipart { fields, file_field: "filedata", medium }
}

fn request(mut message: Value, to: &Recipient) -> Value {
    if let Some(metadata) = to.metadata {
        message["metadata"] = metadata.into();
    }
    let mut request = json!({ "recipient": recipient(to.whom) });
    match to.right {
        Right::Window => request["messaging_type"] = "RESPONSE".into(),
        Right::HumanAgent => {
            request["messaging_type"] = "MESSAGE_TAG".into();
            request["tag"] = "HUMAN_AGENT".into();
        }
    }
    request["message"] = message;
    if let Some(persona) = to.persona {
        request["persona_id"] = persona.into();
    }
    if let Some(mid) = to.reply_to {
        request["reply_to"] = json!({ "mid": mid });
    }
    request
}

/// A sender action is a separate request, never combined with a message (§3.2).
fn action(action: &str, to: &Recipient) -> Value {
    json!({ "recipient": recipient(to.whom), "sender_action": action })
}

fn reaction(emoji: Option<&str>, to: &Recipient) -> Result<Value, Refused> {
    let Some(mid) = to.reply_to else {
        return Err(Refused::new(Failure::ReactionTargetUnknown {}));
    };
    let mut request = action(if emoji.is_some() { "react" } else { "unreact" }, to);
    request["payload"] = json!({ "message_id": mid });
    if let Some(emoji) = emoji {
        request["payload"]["reaction"] = emoji.into();
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use serde_json::from_str;

    use super::*;
    use crate::messenger::SENDING;
    use crate::meta::graph::Method;

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
        match encode(part, to, &SENDING).unwrap().body {
            Body::Json(text) => from_str(&text).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn words_with_choices_answer_a_message() {
        let choices = vec![Choice { title: "Yes".into(), payload: "Y".into() }];
        let part = Part::Text { text: "Shall we?".into(), choices };
        let to = Recipient { reply_to: Some("m_old"), ..to(Right::Window) };
        let call = encode(&part, &to, &SENDING).unwrap();
        assert_eq!((call.method, call.path.as_str()), (Method::Post, "200/messages"));
        assert_eq!(call.permissions, ["pages_messaging"]);
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
        assert_eq!(encode(&part, &to(Right::HumanAgent), &SENDING).unwrap().permissions, ["Human Agent"]);
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
    fn a_private_reply_names_the_comment_and_no_customer() {
        let part = Part::Text { text: "20 €".into(), choices: vec![] };
        for (whom, key) in [(Whom::Comment("5_7"), "comment_id"), (Whom::Post("5_7"), "post_id")] {
            let to = Recipient { whom, ..to(Right::Window) };
            assert_eq!(
                json_of(&part, &to),
                json!({
                    "recipient": { key: "5_7" },
                    "messaging_type": "RESPONSE",
                    "message": { "text": "20 €", "metadata": "77" }
                })
            );
            assert_eq!(encode(&part, &to, &SENDING).unwrap().permissions, ["pages_messaging"]);
        }
    }

    #[test]
    fn a_file_goes_as_a_form_with_objects_as_json() {
        let part =
            Part::File { medium: MediumId(9), file: FileKind::Video, name: None, caption: None, choices: vec![] };
        let Body::Multipart { fields, file_field, medium } =
            encode(&part, &to(Right::Window), &SENDING).unwrap().body
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
    fn pictures_that_meta_keeps_go_together_by_their_ids() {
        let uploaded = [(MediumId(1), "900".to_owned()), (MediumId(2), "901".to_owned())];
        let to = Recipient { uploaded: &uploaded, persona: Some("55"), ..to(Right::Window) };
        let part = Part::Pictures { media: vec![MediumId(1), MediumId(2)], choices: vec![] };
        let picture = |id| json!({ "type": "image", "payload": { "attachment_id": id } });
        assert_eq!(
            json_of(&part, &to),
            json!({
                "recipient": { "id": "300" },
                "messaging_type": "RESPONSE",
                "message": { "attachments": [picture("900"), picture("901")], "metadata": "77" },
                "persona_id": "55"
            })
        );
        let part = Part::Pictures { media: vec![MediumId(1), MediumId(3)], choices: vec![] };
        assert!(encode(&part, &to, &SENDING).is_err(), "one of them is not there");
    }

    #[test]
    fn a_file_is_left_with_meta_for_further_use() {
        let call = upload("200", MediumId(9), FileKind::File, &SENDING);
        assert_eq!(call.path, "200/message_attachments");
        let Body::Multipart { fields, .. } = call.body else { panic!("a file is a form") };
        let message: Value = from_str(&fields[0].1).unwrap();
        assert_eq!(message, json!({ "attachment": { "type": "file", "payload": { "is_reusable": true } } }));
    }

    #[test]
    fn reactions_name_the_message_and_taking_off_names_no_emoji() {
        let on = Recipient { reply_to: Some("m_old"), ..to(Right::Window) };
        let put = json_of(&Part::React { emoji: Some("❤".into()) }, &on);
        assert_eq!(
            (put["sender_action"].as_str(), &put["payload"]),
            (Some("react"), &json!({ "message_id": "m_old", "reaction": "❤" }))
        );
        let off = json_of(&Part::React { emoji: None }, &on);
        assert_eq!(
            (off["sender_action"].as_str(), &off["payload"]),
            (Some("unreact"), &json!({ "message_id": "m_old" }))
        );
        assert!(encode(&Part::React { emoji: None }, &to(Right::Window), &SENDING).is_err());
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
        assert!(encode(&part, &to(Right::Window), &SENDING).unwrap_err().reason.contains("2000"));
        let part = Part::Text { text: "x".into(), choices: vec![] };
        let long = "m".repeat(1000);
        let to = Recipient { metadata: Some(&long), ..to(Right::Window) };
        assert!(encode(&part, &to, &SENDING).is_err());
    }
}
