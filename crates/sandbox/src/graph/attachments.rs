//! Files of outgoing messages: fetched by URL, taken from uploads, found by id; and the upload edge (§3.3).

use super::Outcome;
use super::auth::{self, Caller};
use super::content::{self, Piece, Source};
use super::error::GraphError;
use super::instagram;
use super::request::Call;
use crate::clock::now_ms;
use crate::media::{self, FILE_LIMIT, IMAGE_BY_URL_LIMIT, Medium};
use crate::shared::Shared;
use crate::world::World;
use crate::{avatar, callbacks};
use bytes::Bytes;
use serde_json::json;
use std::time::Duration;

/// `POST /{page}/message_attachments`.
pub async fn upload(shared: &Shared, call: &Call, caller: &Caller, id: &str) -> Outcome {
    {
        let world = shared.world();
        if call.instagram || instagram::by_platform(call) {
            let account = instagram::account_of(&world, id)?;
            instagram::with(&world, caller, "POST", &account, instagram::Need::Messages)?;
        } else {
            auth::page_with(&world, caller, id, "POST", "pages_messaging", "MESSAGING")?;
        }
    }
    let message = call.json("message")?.ok_or_else(|| GraphError::required("message"))?;
    let piece = content::check_piece(&message["attachment"], &call.files)?;
    let medium = resolve(shared, id, &Piece { reusable: true, ..piece }).await?;
    Ok(json!({"attachment_id": medium.id}))
}

/// Fetches a file and stores it.
pub async fn resolve(shared: &Shared, page_id: &str, piece: &Piece) -> Result<Medium, GraphError> {
    let (name, mime, bytes) = match &piece.source {
        Source::Id(id) => {
            let medium = stored(&shared.world(), page_id, id)?;
            if medium.kind != piece.kind {
                return Err(mismatch("The file behind the attachment ID is of another type"));
            }
            return Ok(medium);
        }
        Source::Upload(upload) => (upload.name.clone(), upload.mime.clone(), upload.bytes.clone()),
        Source::Url(url) => fetch(shared, url, &piece.kind, FILE_LIMIT).await?,
    };
    let limit = match (&piece.source, piece.kind.as_str()) {
        (Source::Url(_), "image") => IMAGE_BY_URL_LIMIT,
        _ => FILE_LIMIT,
    };
    if bytes.len() > limit {
        return Err(GraphError::new(100, "(#100) Attachment size exceeds allowable limit").subcode(2018109));
    }
    if bytes.is_empty() {
        return Err(mismatch("The file is empty"));
    }
    let declared = mime.filter(|mime| mime != "application/octet-stream");
    let sniffed = media::sniff(&bytes).map(str::to_owned);
    let mime = match piece.kind.as_str() {
        // A picture must look like one; audio needs an audio content type, which some containers hide.
        "image" => {
            sniffed.filter(|mime| mime.starts_with("image/")).ok_or_else(|| mismatch("It is not an image"))?
        }
        "audio" | "video" => declared.or(sniffed).ok_or_else(|| mismatch("It has no content type"))?,
        _ => declared.or(sniffed).unwrap_or_else(|| "application/octet-stream".to_owned()),
    };
    if piece.kind != "file" && !mime.starts_with(&piece.kind) && !(piece.kind == "audio" && mime == "video/mp4") {
        return Err(mismatch(&format!("Its content type is {mime}, not {}", piece.kind)));
    }
    let mut world = shared.world();
    let id = format!("12{:014}", world.next());
    let medium = Medium {
        id,
        kind: piece.kind.clone(),
        mime: mime.split(';').next().unwrap_or_default().trim().to_owned(),
        name,
        page_id: page_id.to_owned(),
        reusable: piece.reusable,
        expires_ms: now_ms() + media::REUSABLE_MS,
        bytes,
    };
    world.media.insert(medium.clone());
    Ok(medium)
}

/// The file with this attachment id, while it is valid.
pub fn stored(world: &World, page_id: &str, id: &str) -> Result<Medium, GraphError> {
    let known = world.media.get(id);
    let known = known.filter(|it| it.page_id == page_id && it.reusable && it.expires_ms > now_ms());
    known.cloned().ok_or_else(|| {
        GraphError::new(100, "(#100) The attachment ID is invalid or belongs to another Page").subcode(2018074)
    })
}

fn mismatch(reason: &str) -> GraphError {
    GraphError::new(100, format!("(#100) Upload attachment failure. {reason}.")).subcode(2018047)
}

/// Meta fetches the URL itself. Addresses outside loopback are not called: they get a placeholder picture.
pub(super) async fn fetch(
    shared: &Shared,
    url: &str,
    kind: &str,
    most: usize,
) -> Result<(String, Option<String>, Bytes), GraphError> {
    let failure = |reason: &str| {
        GraphError::new(100, format!("(#100) Failed to fetch the file from the url: {reason}")).subcode(2018008)
    };
    let external = shared.world().settings.allow_external;
    let parsed = reqwest::Url::parse(url).map_err(|_| failure("it is not an absolute URL"))?;
    let name = parsed.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or("file").to_owned();
    let Ok(target) = callbacks::check_target(url, external) else {
        let bytes = Bytes::from(avatar::png(avatar::Motif::Placeholder, url));
        let mime = match kind {
            "image" => "image/png",
            "audio" => "audio/mpeg",
            "video" => "video/mp4",
            _ => "application/octet-stream",
        };
        return Ok((name, Some(mime.to_owned()), bytes));
    };
    let timeout = Duration::from_secs(if kind == "video" { 75 } else { 10 });
    let answer = shared
        .http
        .get(target)
        .timeout(timeout)
        .send()
        .await
        .map_err(|error| failure(&callbacks::describe(&error)))?;
    if !answer.status().is_success() {
        return Err(failure(&format!("HTTP status {}", answer.status().as_u16())));
    }
    let mime = answer.headers().get("content-type").and_then(|value| value.to_str().ok()).map(str::to_owned);
    if answer.content_length().is_some_and(|length| length > most as u64) {
        return Err(GraphError::new(100, "(#100) Attachment size exceeds allowable limit").subcode(2018109));
    }
    let bytes = answer.bytes().await.map_err(|error| failure(&callbacks::describe(&error)))?;
    Ok((name, mime, bytes))
}
