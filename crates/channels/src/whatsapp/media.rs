//! Files: uploaded before the message that shows them, and downloaded in two steps (meta-platform.md §3.8).

use domain::id::MediumId;
use serde::Deserialize;

use super::webhook::checksum;
use crate::meta::error::GraphError;
use crate::meta::graph::{self, Body, Call, WHATSAPP_MESSAGING};
use crate::meta::lenient::{Text, owned};
use crate::protocol::FileAddress;

/// How long Meta stores what we upload, in days.
pub const UPLOAD_DAYS: i64 = 30;

/// The request that uploads a file to Meta. The bytes are added by the caller; the answer is read by [`read_uploaded`].
pub fn upload(number: &str, medium: MediumId, mime: &str) -> Call {
    let fields = [("messaging_product", "whatsapp"), ("type", mime)];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    Call::post("POST /{phone-number-id}/media", format!("{number}/media"))
        .body(Body::Multipart { fields, file_field: "file", medium })
        .evidence(WHATSAPP_MESSAGING)
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Uploaded {
    #[serde(deserialize_with = "owned::text")]
    id: Option<String>,
}

/// Meta's id of an uploaded file.
pub fn read_uploaded(answer: &[u8]) -> Result<Option<String>, GraphError> {
    Ok(graph::read::<Uploaded>(200, answer)?.id)
}

/// The first step of a download: the temporary address of the file, valid for about five minutes.
pub fn address(number: &str, id: &str) -> Call {
    Call::get("GET /{media-id}", id).with("phone_number_id", number).evidence(WHATSAPP_MESSAGING)
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Located {
    #[serde(deserialize_with = "owned::text")]
    url: Option<String>,
    #[serde(deserialize_with = "owned::text")]
    sha256: Option<String>,
}

/// Reads the answer to [`address`]'s request.
pub fn read_address(answer: &[u8]) -> Result<FileAddress, GraphError> {
    let located: Located = graph::read(200, answer)?;
    let sha256 = checksum(&Text(located.sha256.map(Into::into)));
    Ok(FileAddress { url: located.url, sha256 })
}
