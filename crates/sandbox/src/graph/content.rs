//! What a message may hold: text, quick replies, attachments, templates, with Meta's limits (§3.1, §3.3).

use super::error::GraphError;
use super::request::Upload;
use super::template::{self, limit, too_long};
use serde_json::Value;

/// Longest text, counted in UTF-16 units (§3.1 [?]).
const TEXT_LIMIT: usize = 2_000;

/// Where a file comes from.
#[derive(Debug, Clone)]
pub enum Source {
    /// To be fetched by Meta.
    Url(String),
    /// Uploaded earlier.
    Id(String),
    /// Part of this request.
    Upload(Upload),
}

/// One file to send.
#[derive(Debug, Clone)]
pub struct Piece {
    /// `image`, `audio`, `video`, `file`.
    pub kind: String,
    /// Where it comes from.
    pub source: Source,
    /// Whether it gets an id for further use.
    pub reusable: bool,
}

/// A checked message.
#[derive(Debug, Clone, Default)]
pub struct Content {
    pub text: Option<String>,
    pub pieces: Vec<Piece>,
    pub template: Option<Value>,
    pub quick_replies: Vec<Value>,
    /// Returned in the echo.
    pub metadata: Option<String>,
    /// A sticker of the catalogue.
    pub sticker_id: Option<String>,
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Checks a `message` object; `uploads` are the files of a multipart request.
pub fn check(message: &Value, uploads: &[Upload]) -> Result<Content, GraphError> {
    let object = message.as_object().ok_or_else(|| GraphError::parameter("param message must be an object."))?;
    const KNOWN: &[&str] =
        &["text", "attachment", "attachments", "quick_replies", "metadata", "sticker_id", "template"];
    if let Some(unknown) = object.keys().find(|key| !KNOWN.contains(&key.as_str())) {
        return Err(GraphError::parameter(format_args!(
            "Invalid keys \"{unknown}\" were found in param \"message\"."
        )));
    }
    let mut content = Content {
        text: match object.get("text") {
            None | Some(Value::Null) => None,
            Some(value) => Some(
                text_of(value).ok_or_else(|| GraphError::parameter("param message[text] must be a string."))?,
            ),
        },
        sticker_id: object.get("sticker_id").and_then(text_of),
        ..Content::default()
    };
    if content.text.as_ref().is_some_and(|text| text.encode_utf16().count() > TEXT_LIMIT) {
        return Err(too_long("message[text]", TEXT_LIMIT));
    }
    if let Some(metadata) = object.get("metadata").filter(|value| !value.is_null()) {
        let metadata =
            text_of(metadata).ok_or_else(|| GraphError::parameter("param message[metadata] must be a string."))?;
        if metadata.chars().count() >= 1_000 {
            return Err(too_long("message[metadata]", 1_000));
        }
        content.metadata = Some(metadata);
    }
    match (object.get("attachment"), object.get("attachments")) {
        (Some(attachment), _) if !attachment.is_null() => {
            if attachment["type"] == "template" {
                content.template = Some(template::check(&attachment["payload"])?);
            } else {
                content.pieces.push(check_piece(attachment, uploads)?);
            }
        }
        (_, Some(Value::Array(list))) => {
            if list.len() > 30 {
                return Err(GraphError::parameter("Param message[attachments] must have at most 30 elements."));
            }
            if list.is_empty() || list.iter().any(|attachment| attachment["type"] != "image") {
                return Err(GraphError::parameter("Param message[attachments] must hold images only."));
            }
            for attachment in list {
                content.pieces.push(check_piece(attachment, uploads)?);
            }
        }
        _ => {}
    }
    if content.text.is_some() && (content.template.is_some() || !content.pieces.is_empty()) {
        return Err(GraphError::parameter(
            "Only one of the text and attachment fields can be specified in param message.",
        ));
    }
    let empty_text = content.text.as_ref().is_none_or(|text| text.trim().is_empty());
    if empty_text && content.pieces.is_empty() && content.template.is_none() && content.sticker_id.is_none() {
        return Err(GraphError::new(100, "(#100) Message cannot be empty, must provide valid attachment or text")
            .subcode(2018034));
    }
    content.quick_replies = check_quick_replies(object.get("quick_replies"))?;
    Ok(content)
}

/// Checks one attachment by URL, by id or by upload.
pub fn check_piece(attachment: &Value, uploads: &[Upload]) -> Result<Piece, GraphError> {
    let kind = attachment["type"].as_str().unwrap_or_default();
    if !matches!(kind, "image" | "audio" | "video" | "file") {
        return Err(GraphError::parameter(format_args!(
            "Param message[attachment][type] must be one of {{AUDIO, FILE, IMAGE, TEMPLATE, VIDEO}} - got \"{kind}\"."
        )));
    }
    let payload = &attachment["payload"];
    let reusable = payload["is_reusable"] == true || payload["is_reusable"] == "true";
    let source = if let Some(url) = payload["url"].as_str() {
        Source::Url(url.to_owned())
    } else if let Some(id) = text_of(&payload["attachment_id"]) {
        Source::Id(id)
    } else if let Some(upload) = uploads.iter().find(|upload| upload.field == "filedata").or(uploads.first()) {
        Source::Upload(upload.clone())
    } else {
        return Err(GraphError::parameter(
            "param message[attachment][payload] must hold a url, an attachment_id, or come with filedata.",
        ));
    };
    Ok(Piece { kind: kind.to_owned(), source, reusable })
}

pub fn check_quick_replies(value: Option<&Value>) -> Result<Vec<Value>, GraphError> {
    let list = match value {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(_) => {
            return Err(GraphError::parameter("param message[quick_replies] must be an array."));
        }
    };
    if list.is_empty() || list.len() > 13 {
        return Err(GraphError::parameter("Param message[quick_replies] must have between 1 and 13 elements."));
    }
    for (index, reply) in list.iter().enumerate() {
        match reply["content_type"].as_str() {
            Some("text") => {
                let title = reply["title"].as_str().unwrap_or_default();
                if title.trim().is_empty() {
                    return Err(GraphError::required(&format!("message[quick_replies][{index}][title]")));
                }
                limit(title, 20, &format!("message[quick_replies][{index}][title]"))?;
                let Some(payload) = reply["payload"].as_str() else {
                    return Err(GraphError::required(&format!("message[quick_replies][{index}][payload]")));
                };
                limit(payload, 1_000, &format!("message[quick_replies][{index}][payload]"))?;
            }
            Some("user_phone_number" | "user_email") => {}
            other => {
                return Err(GraphError::parameter(format_args!(
                    "Param message[quick_replies][{index}][content_type] must be one of {{TEXT, USER_EMAIL, USER_PHONE_NUMBER}} - got \"{}\".",
                    other.unwrap_or_default()
                )));
            }
        }
    }
    Ok(list.clone())
}
