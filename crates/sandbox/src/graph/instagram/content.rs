//! What an Instagram message may hold, with Meta's limits (§3.7).

use crate::graph::content::{Content, Piece, check_piece, check_quick_replies};
use crate::graph::error::GraphError;
use crate::graph::request::Upload;
use crate::graph::template;
use crate::media::Medium;
use serde_json::Value;

/// Longest text in bytes of UTF-8.
const TEXT_BYTES: usize = 1_000;
/// Most pictures of one message.
const IMAGES: usize = 10;
/// The largest picture.
const IMAGE_BYTES: usize = 8 * 1024 * 1024;

/// A checked message, and what Instagram alone has: a heart, or a post of the account.
pub struct Checked {
    pub content: Content,
    /// `like_heart`, or `MEDIA_SHARE` with the id of the post.
    pub special: Option<(&'static str, Option<String>)>,
}

/// 2534015: Instagram has no such message.
fn invalid(text: &str) -> GraphError {
    GraphError::new(100, format!("(#100) Invalid message data. {text}")).subcode(2_534_015)
}

/// Checks a `message` object; `uploads` are the files of a multipart request.
pub fn check(message: &Value, uploads: &[Upload]) -> Result<Checked, GraphError> {
    let object = message.as_object().ok_or_else(|| GraphError::parameter("param message must be an object."))?;
    const KNOWN: &[&str] = &["text", "attachment", "attachments", "quick_replies", "metadata"];
    if let Some(unknown) = object.keys().find(|key| !KNOWN.contains(&key.as_str())) {
        return Err(GraphError::parameter(format_args!(
            "Invalid keys \"{unknown}\" were found in param \"message\"."
        )));
    }
    let mut checked = Checked { content: Content::default(), special: None };
    let content = &mut checked.content;
    if let Some(text) = object.get("text").filter(|text| !text.is_null()) {
        let text = text.as_str().ok_or_else(|| GraphError::parameter("param message[text] must be a string."))?;
        if text.len() > TEXT_BYTES {
            return Err(GraphError::parameter(format_args!(
                "Length of param message[text] must be less than or equal to {TEXT_BYTES}"
            )));
        }
        content.text = Some(text.to_owned());
    }
    if let Some(metadata) = object.get("metadata").and_then(Value::as_str) {
        template::limit(metadata, 1_000, "message[metadata]")?;
        content.metadata = Some(metadata.to_owned());
    }
    match (object.get("attachment"), object.get("attachments")) {
        (Some(attachment), _) if !attachment.is_null() => match attachment["type"].as_str().unwrap_or_default() {
            "template" => {
                let kind = attachment["payload"]["template_type"].as_str().unwrap_or_default();
                if !matches!(kind, "generic" | "product") {
                    return Err(invalid(&format!("Instagram has no template {kind}.")));
                }
                content.template = Some(template::check(&attachment["payload"])?);
            }
            "like_heart" => checked.special = Some(("like_heart", None)),
            "MEDIA_SHARE" => {
                let id = &attachment["payload"]["id"];
                let id = id.as_str().map(str::to_owned).or(id.as_u64().map(|id| id.to_string()));
                let id = id.ok_or_else(|| GraphError::required("message[attachment][payload][id]"))?;
                checked.special = Some(("MEDIA_SHARE", Some(id)));
            }
            _ => content.pieces.push(check_piece(attachment, uploads)?),
        },
        (_, Some(Value::Array(list))) => {
            if list.is_empty() || list.len() > IMAGES {
                return Err(GraphError::parameter(format_args!(
                    "Param message[attachments] must have between 1 and {IMAGES} elements."
                )));
            }
            if list.iter().any(|attachment| attachment["type"] != "image") {
                return Err(GraphError::parameter("Param message[attachments] must hold images only."));
            }
            for attachment in list {
                content.pieces.push(check_piece(attachment, uploads)?);
            }
        }
        _ => {}
    }
    let holds_file = content.template.is_some() || !content.pieces.is_empty() || checked.special.is_some();
    if content.text.is_some() && holds_file {
        return Err(GraphError::parameter(
            "Only one of the text and attachment fields can be specified in param message.",
        ));
    }
    if content.text.as_ref().is_none_or(|text| text.trim().is_empty()) && !holds_file {
        return Err(invalid("The message is empty."));
    }
    content.quick_replies = check_quick_replies(object.get("quick_replies"))?;
    Ok(checked)
}

/// Checks the formats that Instagram accepts, in addition to what Messenger requires of a file.
pub fn check_file(piece: &Piece, file: &Medium) -> Result<(), GraphError> {
    let kinds: &[&str] = match piece.kind.as_str() {
        "image" => &["image/png", "image/jpeg"],
        "audio" => {
            &["audio/aac", "audio/mp4", "audio/x-m4a", "audio/m4a", "audio/wav", "audio/x-wav", "video/mp4"]
        }
        "video" => &["video/mp4", "video/ogg", "video/avi", "video/x-msvideo", "video/quicktime", "video/webm"],
        _ => &["application/pdf"],
    };
    let refuse = |reason: String| {
        GraphError::new(100, format!("(#100) Upload attachment failure. {reason}")).subcode(2_018_047)
    };
    if !kinds.contains(&file.mime.as_str()) {
        return Err(refuse(format!("Instagram takes no {} of type {}.", piece.kind, file.mime)));
    }
    if piece.kind == "image" && file.bytes.len() > IMAGE_BYTES {
        return Err(GraphError::new(100, "(#100) Attachment size exceeds allowable limit").subcode(2_018_109));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_limit_of_a_text_is_in_bytes() {
        assert!(check(&json!({"text": "x".repeat(1_000)}), &[]).is_ok());
        assert!(check(&json!({"text": "é".repeat(501)}), &[]).is_err());
        assert!(check(&json!({"text": ""}), &[]).is_err());
        let template = json!({"attachment": {"type": "template", "payload": {"template_type": "receipt"}}});
        assert!(check(&template, &[]).is_err());
        assert!(check(&json!({"attachment": {"type": "like_heart"}}), &[]).is_ok());
    }
}
